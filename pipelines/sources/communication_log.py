"""What was told to referrers: acknowledgements, appointment and outcome notices, reports, progress notes, thanks."""

from __future__ import annotations

from pipelines.sources import Emit, Field, Relation, Source
from pipelines.vocabulary import (
    CHANNELS,
    REFERRER,
    REFERRER_EMITS,
    REFERRER_JOIN,
    SITE_EMIT,
    SITE_JOIN,
    SITE_NAMED,
    STUDY_NAMED,
    referrer_fields,
    site_field,
    study_field,
)

KINDS = {
    "ack": "ack", "acknowledgement": "ack", "acknowledgment": "ack", "receipt": "ack", "referral received": "ack", "referral receipt": "ack",
    "confirmation of receipt": "ack", "auto acknowledgement": "ack", "appointment set": "appt_set", "appointment notice": "appt_set", "appt notice": "appt_set",
    "appointment scheduled": "appt_set", "appointment booked": "appt_set", "appointment confirmation": "appt_set",
    "kept": "kept", "appointment kept": "kept", "patient seen": "kept", "visit kept": "kept", "not kept": "not_kept", "appointment not kept": "not_kept",
    "no show notice": "not_kept", "no-show": "not_kept", "no show": "not_kept", "missed appointment": "not_kept", "cancellation notice": "not_kept",
    "report": "report", "consult note": "report", "consultation note": "report", "results": "report", "final report": "report", "report sent": "report",
    "progress": "progress", "progress note": "progress", "progress update": "progress", "study progress": "progress", "continuity": "continuity",
    "continuity note": "continuity", "continuity of care": "continuity", "enrolment notice": "continuity", "enrollment notice": "continuity",
    "confirm exam": "confirm_exam", "exam confirmation": "confirm_exam", "exam as envisioned": "confirm_exam", "protocol confirmation": "confirm_exam",
    "newsletter": "newsletter", "case study": "case_study", "welcome": "welcome", "welcome letter": "welcome", "welcome packet": "welcome",
    "thank you": "thank_you", "thank-you": "thank_you", "thank you note": "thank_you", "thanks": "thank_you",
    "feedback reply": "feedback_reply", "reply to feedback": "feedback_reply", "comment answered": "feedback_reply", "feedback follow up": "feedback_reply",
}  # fmt: skip
# Titles of letters with more words than the list can have.
KIND_PATTERNS = (
    (r"no.?show|not kept|did ?n[o']t (?:keep|attend|show)|missed|cancel", "not_kept"), (r"thank", "thank_you"), (r"acknowledg|\breceipt", "ack"),
    (r"consult\w* (?:report|note|letter)|final report|imaging report", "report"), (r"(?:appt|appointment|visit) (?:was )?kept", "kept"),
    (r"(?:appt|appointment|visit) (?:date|time|set|made|details|confirm\w*|notif\w*)", "appt_set"),
)  # fmt: skip
FIELDS = (
    Field("sent", "Sent", "datetime", ("Sent", "Sent At", "Date Sent", "Sent Date", "Sent On", "Message Date", "Communication Date", "Date/Time Sent"),
          required=True, clock="clock", example="2026-03-12 09:40"),
    Field("clock", "Time sent", "text", ("Time Sent", "Sent Time")),
    Field("number", "Message number", "identifier", ("Message ID", "Communication ID", "Message Number", "Message #", "Document ID"), example="M-100001"),
    Field("kind", "Kind", "enum", ("Kind", "Message Type", "Communication Type", "Message Kind", "Notice Type", "Type", "Document Type", "Type of Message", "Letter Type", "Letter"), required=True,
          values=KINDS, patterns=KIND_PATTERNS, example="Acknowledgement"),
    Field("medium", "Medium", "enum", ("Medium", "Sent By", "Channel", "Sent Via", "Delivery Method", "Method"), values=CHANNELS, otherwise="other", example="Fax"),
    Field("referral", "Referral number", "identifier", ("REFERRAL_ID", "Referral ID", "Referral Number", "Ref #", "Referral #", "Regarding", "Regarding Referral"), example="400000001"),
    study_field(),
    Field("subject", "Screening number", "identifier", ("Screening Number", "Subject ID", "Screening No", "Subject Number"), example="NYC01-001"),
    Field("response", "Survey response", "identifier", ("Response ID", "Survey Response ID", "Respondent ID", "In Reply To"), example="R-1001"),
    Field("survey_system", "Survey system", "text", ("Survey System", "Survey Tool"), example="qualtrics"),
    *referrer_fields(name=("Recipient", "To", "Sent To", "Recipient Name", "To Provider", "To Physician", "Recipient Provider"), practice=("Recipient Practice", "To Practice")),
    Field("received", "Arrived", "datetime", ("Arrived", "Delivered", "Received", "Received At", "Delivered At", "Opened", "Acknowledged At", "Confirmed"),
          example="2026-03-12 09:41"),
    Field("automatic", "Automatic", "boolean", ("Automatic", "Auto", "Automated", "System Generated"), example="No"),
    Field("answer", "Answer", "boolean", ("Answer", "Reply", "Referrer Answer", "Response", "As Envisioned"), example="Yes"),
    Field("answered", "Answered on", "datetime", ("Answered On", "Answered At", "Answer Date", "Date Answered", "Reply Date", "Replied On"), example="2026-03-13"),
    site_field(),
)  # fmt: skip

# As the sources of answers call themselves. Whoever names none means the number alone.
_SYSTEM = (
    "regexp_replace(regexp_replace(lower(trim(p.survey_system)), '[^a-z0-9]+', '_', 'g'), '^redcap$', 'redcap_survey')"
)

SOURCE = Source(
    name="communication_log",
    title="Communication log",
    description="Messages to referrers about their referrals: acknowledgements, appointment and outcome notices, reports, progress, thanks.",
    system="communications",
    fields=FIELDS,
    signature=(frozenset({"sent", "kind", "referral"}), frozenset({"sent", "kind", "medium", "practice"}), frozenset({"sent", "kind", "subject"}),
               frozenset({"sent", "kind", "response"}), frozenset({"number", "sent", "kind", "medium"})),
    primary="communication",
    zone_field="site",
    one_of=(("referral", "subject", "response", "practice", "referrer", "npi"),),
    ignored=("Notes", "Comments", "Subject Line", "Sender", "User", "Fax Number", "Pages"),
    relations=(
        REFERRER, SITE_NAMED, STUDY_NAMED,
        Relation("told", f"""
            select p.row, r.said_practitioner_id, r.organization_id, s.site_id,
                case when p.referral is not null then key64('referral|ehr|' || upper(p.referral)) end as referral_id,
                case when p.subject is not null and y.study_id is not null then
                    key64('subject|' || y.study_id || '|' || coalesce(s.site_id::varchar, '') || '|' || upper(p.subject)) end as subject_id,
                case when p.response is not null then
                    key64('response|' || coalesce({_SYSTEM}, '') || '|' || upper(p.response)) end as response_id
            from parsed p left join {REFERRER_JOIN} left join {SITE_JOIN} left join study_named y on y.study = p.study"""),
    ),
    emits=(
        Emit("communication", """
            select row, key64('communication|' || $system || '|' || case when p.number is not null then 'n|' || upper(p.number)
                    else concat_ws('|', p.sent::varchar, p.kind, coalesce(t.referral_id, t.subject_id, t.response_id, t.organization_id, t.said_practitioner_id)::varchar,
                        coalesce(p.medium, '')) end) as communication_id,
                t.referral_id, t.subject_id, t.response_id, p.kind, p.medium, t.organization_id, p.sent as sent_at, p.sent_on,
                p.received as received_at, p.received_on, p.automatic,
                case when p.answer then 'yes' when not p.answer then 'no' end as answer, p.answered_on
            from parsed p join told t using (row)"""),
        *REFERRER_EMITS, SITE_EMIT,
    ),
    order=75,
)  # fmt: skip
