"""Synthea ``patients.csv``: only to recognise the same patient in other files. Its number is the record number of Synthea's
FHIR files; the social security number makes no key, but stands where a patient's further number does."""

from __future__ import annotations

from pipelines.sources import Emit, Field, Source
from pipelines.vocabulary import SEXES
from pipelines.vocabulary.synthea import SYSTEM, person_field

FIELDS = (
    person_field("Id"),
    Field("born", "BIRTHDATE", "date", ("BIRTHDATE",), phi=True, example="1961-07-04"),
    Field("record", "SSN", "identifier", ("SSN",), phi=True),
    Field("patient_first", "FIRST", "name", ("FIRST",), phi=True),
    Field("patient_last", "LAST", "name", ("LAST",), phi=True),
    Field("sex", "GENDER", "enum", ("GENDER",), values=SEXES, phi=True, otherwise="unknown"),
    Field("patient_zip", "ZIP", "identifier", ("ZIP",), phi=True),
)  # fmt: skip

SOURCE = Source(
    name="synthea_patients",
    title="Synthea patients",
    description="Patients of a Synthea run: only to recognise the same one in other files.",
    system=SYSTEM,
    fields=FIELDS,
    signature=(frozenset({"mrn", "born", "record", "patient_first", "patient_last"}),),
    primary="patient_link",
    one_of=(("mrn",),),
    ignored=("DEATHDATE", "DRIVERS", "PASSPORT", "PREFIX", "MIDDLE", "SUFFIX", "MAIDEN", "MARITAL", "RACE", "ETHNICITY", "BIRTHPLACE", "ADDRESS", "CITY", "STATE", "COUNTY",
             "FIPS", "LAT", "LON", "HEALTHCARE_EXPENSES", "HEALTHCARE_COVERAGE", "INCOME"),
    emits=(
        Emit("patient_link", """
            select row, patient_key, name_key as other_key, 'name_and_birth' as basis from parsed where name_key is not null and patient_key is not null"""),
    ),
    order=10,
)  # fmt: skip
