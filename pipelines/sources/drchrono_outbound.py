"""drChrono's outbound_referrals: what the practice referred to others. They are kept and not counted as received."""

from __future__ import annotations

from pipelines.sources import Field
from pipelines.vocabulary import patient_fields
from pipelines.vocabulary.referrals import bare, referral_source

FIELDS = (
    Field("number", "id", "identifier", ("id",), required=True, example="2001"),
    Field("authored", "created_at", "datetime", ("created_at",), required=True, example="2026-03-31T14:05:00"),
    Field("recorded", "updated_at", "datetime", ("updated_at",)),
    *bare(patient_fields(), mrn=("patient_id",)),
    Field("referred_to", "referred_to_id", "identifier", ("referred_to_id",), example="88"),
    Field("reason", "reason_for_referral", "text", ("reason_for_referral",), example="Cardiology evaluation"),
    Field("appt", "date_of_service", "datetime", ("date_of_service",), future=True),
)  # fmt: skip

SOURCE = referral_source(
    name="drchrono_outbound",
    title="drChrono outbound referrals",
    description="Referrals that the practice sent to others.",
    system="drchrono",
    number_prefix="out|",
    direction="out",
    fields=FIELDS,
    signature=(frozenset({"number", "authored", "referred_to"}), frozenset({"number", "authored", "mrn", "referred_to", "reason"})),
    ignored=("doctor_id", "office_id", "codes_json", "icds_json", "from_email", "from_fax", "from_phone", "include_clinical_summary", "instructions",
             "message_id", "pdf"),
)  # fmt: skip
