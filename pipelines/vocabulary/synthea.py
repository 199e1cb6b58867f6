"""What the CSV tables of Synthea (synthetic patients) have in common: UUIDs that join them, whatever order they come in.

What does not map: allergies, careplans, claims, conditions, devices, immunizations, medications, observations, payers, procedures and
supplies say nothing of who referred whom; Synthea knows no referral, so a visit's referrer is nobody.
"""

from __future__ import annotations

from pipelines.sources import Field

SYSTEM = "synthea"


def key(kind: str, number: str) -> str:
    """SQL of the surrogate key of a row of another table; ``number`` is a column."""
    return f"key64('synthea|' || $system || '|{kind}|' || {number})"


def id_field(name: str, label: str, column: str, *, required: bool = False) -> Field:
    """A UUID of the run."""
    return Field(
        name, label, "identifier", (column,), required=required, example="30a6452c-4297-a1ac-977a-6a23237c7b46"
    )


def person_field(column: str) -> Field:
    """The patient, by the number that Synthea's FHIR files give as the record number: it makes the patient key and goes no further."""
    return Field(
        "mrn", "Patient's number", "identifier", (column,), phi=True, example="30a6452c-4297-a1ac-977a-6a23237c7b46"
    )
