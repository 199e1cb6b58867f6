"""OMOP CDM ``provider``: practitioners by their NPI where it is valid, else by the database's own number."""

from __future__ import annotations

from pipelines.sources import Emit, Field, Source
from pipelines.values.names import named_sql
from pipelines.vocabulary.omop import SYSTEM, id_field, key

FIELDS = (
    id_field("number", "Provider", "provider_id", required=True),
    Field("name", "Name", "name", ("provider_name",), example="Smith, Jane MD"),
    Field("npi", "NPI", "npi", ("npi",), example="1234567893"),
    Field("specialty", "Specialty", "text", ("specialty_source_value",), example="Cardiology"),
    id_field("place", "Care site", "care_site_id"),
)  # fmt: skip
_NAMED = named_sql("(select *, name as person from parsed)")

SOURCE = Source(
    name="omop_provider",
    title="OMOP provider",
    description="Providers of an OMOP database: name, NPI, specialty and care site.",
    system=SYSTEM,
    fields=FIELDS,
    signature=(frozenset({"number", "npi", "specialty", "place"}), frozenset({"number", "name", "npi"})),
    primary="practitioner",
    ignored=("dea", "specialty_concept_id", "year_of_birth", "gender_concept_id", "provider_source_value", "specialty_source_concept_id",
             "gender_source_value", "gender_source_concept_id"),
    emits=(
        Emit("practitioner", f"""
            select row, {key("provider", "number")} as practitioner_id, family_name, given_name, credential, specialty,
                case when npi is not null then practitioner_key(npi, null, null, null) end as merged_into from ({_NAMED})"""),
        Emit("practitioner", f"""
            select row, practitioner_key(npi, null, null, null) as practitioner_id, npi, family_name, given_name, credential, specialty
            from ({_NAMED}) where npi is not null"""),
        Emit("practitioner_role", f"""
            select row, {key("provider", "number")} as practitioner_id, {key("care_site", "place")} as organization_id from parsed where place is not null"""),
    ),
    order=10,
)  # fmt: skip
