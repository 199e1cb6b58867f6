"""FHIR Patient: only which of a patient's keys are one patient's. Names, numbers and birth dates go no further.

Other resources name a patient by reference, logs and extracts by record number (identifier type MR) or by name and
birth date: a Patient that has them ties the three together. Without the Patient resource they stay apart.
"""

from __future__ import annotations

from pipelines.sources import Emit, Field, Source
from pipelines.vocabulary import SEXES
from pipelines.vocabulary.fhir import NEWEST, SYSTEM, bookkeeping, id_fields

FIELDS = (
    *(field for field in id_fields("Patient") if field.name != "number"),
    Field("mrn", "Patient reference", "identifier", ("Patient.id",), phi=True, example="Patient/12"),
    Field("record", "Record number", "identifier", ("Patient.identifier.MR",), phi=True, example="00012345"),
    Field("patient_last", "Family name", "name", ("Patient.name.family",), phi=True),
    Field("patient_first", "Given name", "name", ("Patient.name.given",), phi=True),
    Field("born", "Birth date", "date", ("Patient.birthDate",), phi=True, example="1961-07-04"),
    Field("sex", "Gender", "enum", ("Patient.gender",), values=SEXES, phi=True, otherwise="unknown"),
    Field("patient_zip", "ZIP", "identifier", ("Patient.address.postalCode",), phi=True),
    Field("patient_phone", "Telephone", "identifier", ("Patient.telecom.phone",), phi=True),
    Field("patient_email", "E-mail", "identifier", ("Patient.telecom.email",), phi=True),
    Field("replaced_by", "Linked patient", "identifier", ("Patient.link",), phi=True),
    Field("link", "Kind of link", "text", ("Patient.link.type",), example="replaced-by"),
)  # fmt: skip

SOURCE = Source(
    name="fhir_patient",
    title="FHIR Patient",
    description="Patients: only to recognise the same one in other files, from bulk NDJSON or a Bundle.",
    system=SYSTEM,
    fields=FIELDS,
    signature=(frozenset({"mrn", "record", "patient_last", "born"}),),
    primary="patient_link",
    own_patients=True,
    one_of=(("mrn",),),
    ignored=bookkeeping("Patient"),
    checks=(NEWEST,),
    emits=(
        Emit("patient_link", """
            select row, patient_key, record_key as other_key, 'record_number' as basis from parsed where record_key is not null
            union all
            select row, patient_key, name_key, 'name_and_birth' from parsed where name_key is not null
            union all
            select row, patient_key, replacing_key, 'replaced' from parsed where replacing_key is not null and link in ('replaced-by', 'replaces')"""),
    ),
    order=10,
)  # fmt: skip
