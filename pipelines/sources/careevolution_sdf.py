"""CareEvolution's SDF "Referral" record. A term stands in one cell as code|name|namespace|family, so its words are looked
for between the bars. Start and end are those of what was authorised."""

from __future__ import annotations

import re

from pipelines.sources import Field
from pipelines.vocabulary import EVENTS, PRIORITIES, patient_fields, referrer_fields
from pipelines.vocabulary.referrals import bare, referral_source


def within_term(words: dict[str, str]) -> tuple[tuple[str, str], ...]:
    """Patterns that find a word as one part of a term, the longest words first."""
    ordered = sorted(words.items(), key=lambda pair: -len(pair[0]))
    return tuple((rf"(^|\|)\s*{re.escape(word)}\s*(\||$)", value) for word, value in ordered)


FIELDS = (
    Field("kind", "Record Type ID", "text", ("Record Type ID", "Record Type"), example="Referral"),
    Field("surrogate", "ID", "identifier", ("ID",)),
    Field("number", "Identifier", "identifier", ("Identifier", "Referral Identifier"), example="R-1"),
    *bare(patient_fields(), mrn=("Patient Identifier", "Patient ID")),
    Field("authored", "Start Date", "datetime", ("Start Date",), required=True, future=True, example="2026-03-31"),
    Field("ends", "End Date", "date", ("End Date",), future=True),
    Field("authorized_as", "Authorization Number", "identifier", ("Authorization Number",)),
    Field("status", "Status Term", "enum", ("Status Term", "Status Term Name", "Status"), values=EVENTS, patterns=within_term(dict(EVENTS)), otherwise="none",
          example="A|Authorized|SDF"),
    Field("priority", "Acuity Term", "enum", ("Acuity Term", "Acuity Term Name", "Acuity"), values=PRIORITIES, patterns=within_term(dict(PRIORITIES)), otherwise="routine"),
    *bare(referrer_fields(), referrer=("Refer From Caregiver Name", "Refer From Caregiver Identifier", "Refer From Caregiver ID"), npi=("Refer From Caregiver NPI",)),
)  # fmt: skip

SOURCE = referral_source(
    name="careevolution_sdf",
    title="CareEvolution SDF referrals",
    description="Referral records of a CareEvolution standard data file, with their authorised period and terms.",
    system="careevolution",
    fields=FIELDS,
    signature=(frozenset({"kind", "authored", "authorized_as"}), frozenset({"kind", "authored", "referrer"}), frozenset({"kind", "authored", "status", "referrer", "authorized_as"})),
    ignored=("Encounter ID", "Encounter Identifier", "Next Review Date", "Comment", "Data Source", "Template Term"),
    ignored_patterns=(r".*Record Authority ID", r"Refer To .*", r"Template Term.*", r"Data Source.*", r"Patient (ID|Identifier)"),
)  # fmt: skip
