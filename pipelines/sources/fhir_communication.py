"""FHIR Communication: what was told to whoever asked. One that was not done or entered in error told nothing."""

from __future__ import annotations

from pipelines.sources import Check, Emit, Field, Source
from pipelines.vocabulary.fhir import NEWEST, SYSTEM, bookkeeping, id_fields, key, unreached

KIND_PATTERNS = (
    (r"not kept|no.?show|unattended|did not attend|cancel", "not_kept"), (r"appointment|schedul|booked", "appt_set"),
    (r"kept|attended|seen|arriv", "kept"), (r"acknowledg|receipt|received|\back\b", "ack"), (r"thank", "thank_you"), (r"welcome", "welcome"),
    (r"newsletter", "newsletter"), (r"case study", "case_study"), (r"confirm", "confirm_exam"),
    (r"report|consult|result|letter|note|summary|outcome|finding|discharge", "report"), (r"continu|handback|hand back|follow.?up", "continuity"),
    (r"progress|update|status|enrol|study", "progress"),
)  # fmt: skip
# http://terminology.hl7.org/CodeSystem/v3-ParticipationMode
MEDIA = {"faxwrit": "fax", "fax": "fax", "phone": "phone", "verbal": "phone", "dictate": "phone", "emailwrit": "email", "email": "email", "mailwrit": "mail",
         "written": "mail", "handwrit": "mail", "typewrit": "mail", "electronic": "ehr", "remote": "other", "face": "walk_in", "physical": "walk_in",
         "videoconf": "other", "onlinewrit": "portal", "portal": "portal", "direct": "direct", "directmessage": "direct", "sms": "other", "smswrit": "other"}  # fmt: skip
FIELDS = (
    *id_fields("Communication", dated=True),
    Field("status", "Status", "text", ("Communication.status",), example="completed"),
    Field("request", "About", "identifier", ("Communication.basedOn",), example="ServiceRequest/7"),
    Field("kind", "Topic", "enum", ("Communication.topic",), required=True, patterns=KIND_PATTERNS, otherwise="progress", example="Consultation report"),
    Field("medium", "Medium", "enum", ("Communication.medium",), values=MEDIA, otherwise="other", example="FAXWRIT"),
    Field("recipient", "Recipient", "identifier", ("Communication.recipient",), example="Organization/3"),
    Field("recipient_name", "Recipient's name", "name", ("Communication.recipient.display",)),
    Field("sent", "Sent", "datetime", ("Communication.sent",), required=True, example="2026-04-15T12:00:00-04:00"),
    Field("received", "Received", "datetime", ("Communication.received",)),
)  # fmt: skip
_PRACTICE = "regexp_matches(recipient, '^(Organization|PractitionerRole|CareTeam)')"

SOURCE = Source(
    name="fhir_communication",
    title="FHIR Communication",
    description="What was told to whoever asked: acknowledgements, appointments, reports, from bulk NDJSON or a Bundle.",
    system=SYSTEM,
    fields=FIELDS,
    signature=(frozenset({"number", "kind", "sent", "recipient"}),),
    primary="communication",
    ignored=bookkeeping("Communication"),
    checks=(
        NEWEST,
        unreached("request"),
        Check("entered_in_error", "note", "status", "select row from parsed where status in ('entered-in-error', 'not-done', 'preparation', 'aborted', 'stopped')",
              aside=True),
        Check("told_a_patient", "note", "recipient", "select row from parsed where regexp_matches(recipient, '^(Patient|RelatedPerson)')", aside=True),
    ),
    emits=(
        Emit("communication", f"""
            select row, {key("communication", "number")} as communication_id, case when request is not null then {key("referral", "request")} end as referral_id,
                kind, medium, case when {_PRACTICE} then {key("organization", "recipient")} end as organization_id, sent as sent_at, sent_on,
                received as received_at, received_on, updated as updated_at
            from parsed""", unique=True),
        Emit("organization", f"""
            select row, {key("organization", "recipient")} as organization_id, coalesce(recipient_name, recipient) as name, 'practice' as kind
            from parsed where starts_with(recipient, 'Organization')"""),
    ),
    order=70,
)  # fmt: skip
