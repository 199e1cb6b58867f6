"""Answers to a survey of any other tool (Alchemer, JotForm, LimeSurvey, ...): when each was sent, the questions as headers.

Such files say little of their own, so at least one header must be worded as a question. What tools add about whoever
answered is dropped at the door.
"""

from __future__ import annotations

from pipelines.sources import Check, Emit, Field, Relation, Source
from pipelines.vocabulary import QUESTIONS, SURVEY_EMITS, SURVEY_RELATIONS, survey_fields

FIELDS = (
    Field("response", "Response", "identifier", ("Response ID", "Submission ID", "Respondent", "Respondent ID", "Response Number", "Entry Id", "Entry ID", "id", "id. Response ID", "KEY", "Unique ID"), example="1"),
    Field("started", "Started", "datetime", ("Time Started", "Date started", "startdate", "Started At", "Start time", "startdate. Date started"), example="2026-03-31 09:00:00"),
    Field("ended", "Submitted", "datetime", ("Date Submitted", "Submission Date", "submitdate", "Submitted At", "Submission Time", "Response Date",
          "Submitted On", "Entry Date", "submitdate. Date submitted", "SubmissionDate", "Completed Time", "Completion Time", "Date Completed", "Completed At", "Return Date", "Date Returned", "Returned", "RECDATE", "Received Date"), example="2026-03-31 09:04:00"),
    Field("status", "Status", "text", ("Status", "Response Status", "Completion Status", "Survey Status"), example="Complete"),
    *survey_fields(),
)  # fmt: skip
_UNFINISHED = "ended is null or lower(status) in ('partial', 'incomplete', 'in progress', 'disqualified', 'deleted', 'spam', 'test')"
# Where the tool numbers nothing, an answer is its instant and its content.
_RESPONSE = Relation("response", SURVEY_RELATIONS[-1].sql.replace(
    "upper(p.response)", "coalesce(upper(p.response), p.ended::varchar || '|' || p.row_hash)"))  # fmt: skip

SOURCE = Source(
    name="online_survey",
    title="Survey answers (any other tool)",
    description="Answers of referrers, one row per response with the time it was sent, the questions as headers.",
    system="survey",
    fields=FIELDS,
    signature=(frozenset({"ended"}), frozenset({"response", "ended"})),
    wording=r"(\S+\s+){3,}\S+\?|\b(how|what|which|would|please)\b(\s+\S+){2,}|recommend|satisf|\[sq\d+\]|\bnps\b|likelihood|^ltr$|^osat$|ease of|timel(?:y|iness)|communication",
    primary="survey_response",
    zone_field="site",
    items=True,
    preamble=("survey", "site"),
    ignored=("Last page", "lastpage", "Start language", "startlanguage", "Seed", "Date last action", "datestamp", "Contact ID", "Legacy Comments", "Language", "Country",
             "State/Region", "Region", "Postal", "City", "Submission IP", "refurl", "Last Update Date", "Last updated", "Collector", "Device", "Browser", "Platform", "Tags",
             "Form Version", "FormVersion", "Invite Code", "lastpage. Last page", "startlanguage. Start language", "seed. Seed", "datestamp. Date last action", "ipaddr. IP address",
             "refurl. Referrer URL", "start", "end", "today", "deviceid", "DeviceID", "SubmitterID", "SubmitterName", "AttachmentsPresent", "AttachmentsExpected", "ReviewState", "Edits",
             "KEY", "instanceID", "Survey ID", "Segment", "Total time", "Group time", "Sample Unit", "Unit", "Unit Name", "Physician Name", "Provider Name", "Provider", "Physician", "NPI", "Client ID", "Service", "Specialty", "DISDATE", "Creation Date", "Discharge Date"),
    ignored_patterns=(r"meta[-/:]?instance ?id", r".*(question|group) time.*", r"url .*", r"utm_.*"),
    checks=(Check("survey_unfinished", "note", "ended", f"select row from parsed where {_UNFINISHED}", aside=True),
            # LimeSurvey writes this day for every answer of a survey that keeps no dates.
            Check("placeholder_date", "reject", "ended", "select row from parsed where ended_on = date '1980-01-01' and (status is null or ended is not null)")),
    relations=(*SURVEY_RELATIONS[:-1], _RESPONSE),
    emits=tuple(Emit(**vars(emit)) for emit in SURVEY_EMITS),
    further=QUESTIONS,
    order=70,
)  # fmt: skip
