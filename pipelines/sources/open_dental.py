"""Open Dental's referred procedure tracking: patients whom the practice sent to others, and whether it was done."""

from __future__ import annotations

from pipelines.sources import Field
from pipelines.vocabulary import EVENTS, OUTCOME_PATTERNS, patient_fields
from pipelines.vocabulary.referrals import bare, referral_source

FIELDS = (
    *bare(patient_fields(), patient=("Patient", "Patient Name"), mrn=("PatNum",)),
    Field("service", "Referred To", "name", ("Referred To",), example="Oral Surgery Group"),
    Field("reason", "Description", "text", ("Description", "Procedure"), example="Extraction"),
    Field("authored", "Date Refer", "datetime", ("Date Refer", "Date Referred", "RefDate"), required=True, example="03/31/2026"),
    Field("done", "Date Done", "datetime", ("Date Done", "Date Completed", "DateProcComplete")),
    Field("status", "Status", "enum", ("Status", "RefToStatus", "Ref Status"), values={**EVENTS, "none": "none", "declined": "declined", "scheduled": "none",
          "consulted": "none", "in treatment": "none", "complete": "none"}, patterns=OUTCOME_PATTERNS),
)  # fmt: skip

SOURCE = referral_source(
    name="open_dental",
    title="Open Dental referred procedures",
    description="Patients whom the practice referred to others, and whether the procedure was done.",
    system="open_dental",
    direction="out",
    fields=FIELDS,
    signature=(frozenset({"patient", "service", "authored", "reason"}), frozenset({"patient", "service", "authored", "done"}),
               frozenset({"patient", "service", "authored", "reason", "done"})),
    steps=(("done", "completed"),),
    ignored=("Note", "Notes"),
)  # fmt: skip
