"""OMOP CDM ``person``: only to recognise the same patient in other files. The number that the source knows a person by is
taken for the EHR's record number, as ETLs fill it; where it was replaced by a study's own code, nothing matches it."""

from __future__ import annotations

from pipelines.sources import Emit, Field, Source
from pipelines.vocabulary.omop import SYSTEM, person_field

FIELDS = (
    person_field(),
    Field("record", "Record number", "identifier", ("person_source_value",), phi=True, example="00012345"),
    Field("sex", "Gender concept", "identifier", ("gender_concept_id",), phi=True, example="8532"),
    Field("year", "Year of birth", "integer", ("year_of_birth",), phi=True, example="1961"),
)  # fmt: skip

SOURCE = Source(
    name="omop_person",
    title="OMOP person",
    description="Persons of an OMOP database: only to recognise the same patient in other files.",
    system=SYSTEM,
    fields=FIELDS,
    signature=(frozenset({"mrn", "sex", "year"}),),
    primary="patient_link",
    own_patients=True,
    one_of=(("mrn",),),
    ignored=("month_of_birth", "day_of_birth", "birth_datetime", "race_concept_id", "ethnicity_concept_id", "location_id", "provider_id", "care_site_id",
             "gender_source_value", "gender_source_concept_id", "race_source_value", "race_source_concept_id", "ethnicity_source_value",
             "ethnicity_source_concept_id", "death_datetime"),
    emits=(
        Emit("patient_link", """
            select row, patient_key, record_key as other_key, 'record_number' as basis from parsed where record_key is not null and patient_key is not null"""),
    ),
    order=10,
)  # fmt: skip
