"""Synthea ``providers.csv``: practitioners of a run, by its own number; they have no NPI."""

from __future__ import annotations

from pipelines.sources import Emit, Field, Source
from pipelines.values.names import named_sql
from pipelines.vocabulary.synthea import SYSTEM, id_field, key

FIELDS = (
    id_field("number", "Id", "Id", required=True),
    id_field("place", "ORGANIZATION", "ORGANIZATION"),
    Field("name", "NAME", "name", ("NAME",), required=True, example="Jane Smith"),
    Field("specialty", "SPECIALITY", "text", ("SPECIALITY",), example="GENERAL PRACTICE"),
    Field("zip", "ZIP", "identifier", ("ZIP",), example="02360"),
)  # fmt: skip
_NAMED = named_sql("(select *, name as person from parsed)")

SOURCE = Source(
    name="synthea_providers",
    title="Synthea providers",
    description="Providers of a Synthea run: name, specialty and organization.",
    system=SYSTEM,
    fields=FIELDS,
    signature=(frozenset({"number", "place", "name", "specialty"}),),
    primary="practitioner",
    ignored=("GENDER", "ADDRESS", "CITY", "STATE", "LAT", "LON", "UTILIZATION", "ENCOUNTERS", "PROCEDURES"),
    emits=(
        Emit("practitioner", f"""
            select row, {key("provider", "number")} as practitioner_id, family_name, given_name, credential, specialty, zip as postal_code from ({_NAMED})"""),
        Emit("practitioner_role", f"""
            select row, {key("provider", "number")} as practitioner_id, {key("organization", "place")} as organization_id from parsed where place is not null"""),
    ),
    order=10,
)  # fmt: skip
