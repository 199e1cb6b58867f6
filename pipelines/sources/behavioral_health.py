"""A behavioural-health intake sample: steps are told as minutes and hours since the referral, not as dates.

Needing an authorisation, and its delay, say nothing of admission: "conversion_status" does.
"""

from __future__ import annotations

from pipelines.sources import Field
from pipelines.vocabulary import OUTCOME_PATTERNS, patient_fields, referrer_fields, site_field
from pipelines.vocabulary.referrals import bare, referral_source

STATUSES = {"admitted": "none", "converted": "none", "completed": "none", "accepted": "none", "pending": "none", "in progress": "none", "scheduled": "none",
            "not admitted": "declined", "not converted": "declined", "lost": "declined", "declined": "declined", "denied": "declined", "no show": "declined",
            "withdrawn": "cancelled", "cancelled": "cancelled", "redirected": "redirected", "referred out": "redirected", "transferred": "redirected"}  # fmt: skip
FIELDS = (
    Field("number", "referral_id", "identifier", ("referral_id",), required=True, example="R1"),
    *bare(patient_fields(), mrn=("patient_id",)),
    *bare((site_field(label="facility_id"),), site=("facility_id",)),
    Field("service", "program_type_requested", "text", ("program_type_requested",)),
    *bare(referrer_fields(), source=("referral_source",)),
    Field("received", "referral_timestamp", "datetime", ("referral_timestamp",), required=True, example="2026-03-31 14:05:00"),
    Field("status", "conversion_status", "enum", ("conversion_status",), values=STATUSES, patterns=OUTCOME_PATTERNS, example="admitted"),
    Field("why", "conversion_reason", "text", ("conversion_reason",)),
    Field("review", "time_to_review_minutes", "number", ("time_to_review_minutes",), example="45"),
    Field("admit", "time_to_admit_hours", "number", ("time_to_admit_hours",), example="20"),
    Field("risk", "presenting_risk_level", "text", ("presenting_risk_level",)),
)  # fmt: skip
_LATER = "p.received + to_microseconds((p.{name} * {unit} * 1000000)::bigint)"
_STEP = """select p.row, {seq}, '{code}', {at}, p.received_on + (date_diff('day', p.received::date, ({at})::date))::integer, 'instant', null::varchar
    from parsed p where p.{name} >= 0 and p.received_precision = 'instant'{only}"""

SOURCE = referral_source(
    name="behavioral_health",
    title="Behavioural-health referrals",
    description="Referrals to programmes, with the time to review and to admission counted from the referral.",
    system="behavioral_health",
    fields=FIELDS,
    signature=(frozenset({"number", "received", "status", "service"}), frozenset({"number", "received", "source", "review"}),
               frozenset({"number", "received", "status", "review", "admit"})),
    ignored=("insurance_type", "authorization_required_flag", "authorization_delay_hours"),
    more_events=(
        _STEP.format(seq=1, code="acknowledged", name="review", at=_LATER.format(name="review", unit=60), only=""),
        _STEP.format(seq=2, code="kept", name="admit", at=_LATER.format(name="admit", unit=3600), only=" and coalesce(p.status, 'none') = 'none'"),
    ),
)  # fmt: skip
