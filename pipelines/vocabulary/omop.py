"""What OMOP CDM tables (5.3, 5.4) have in common: integer keys that mean something within one database, so that a row
is keyed as ``omop|SYSTEM|table|id`` and joins the tables whatever order they come in.

What does not map: condition, drug, procedure, measurement, observation, note, cost and era tables say nothing of who
referred whom; OMOP has no table of referrals, so a visit's referrer is only its provider, and visits make no referral.
"""

from __future__ import annotations

from pipelines.sources import Field

SYSTEM = "omop"


def key(kind: str, number: str) -> str:
    """SQL of the surrogate key of a row of another table; ``number`` is a column."""
    return f"key64('omop|' || $system || '|{kind}|' || {number})"


def id_field(name: str, label: str, column: str, *, required: bool = False) -> Field:
    """A key of the CDM."""
    return Field(name, label, "identifier", (column,), required=required, example="1")


def person_field() -> Field:
    """The patient, by a number of this database alone: it makes the patient key and goes no further."""
    return Field("mrn", "Person", "identifier", ("person_id",), phi=True, example="1")
