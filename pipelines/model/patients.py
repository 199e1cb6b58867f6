"""Which pseudonymous patient keys are the same person."""

from __future__ import annotations

from pipelines.model.declare import PATIENT, TEXT, Column, Table

TABLES: tuple[Table, ...] = (
    Table(
        "patient_link",
        "Two keys that one record shows to be of the same patient: a FHIR Patient's reference and its record number.",
        ("patient_key", "other_key"),
        (
            Column("patient_key", PATIENT, "Keyed hash the record goes by.", required=True, phi=True),
            Column(
                "other_key", PATIENT, "Keyed hash of the same patient's other identifiers.", required=True, phi=True
            ),
            Column(
                "basis",
                TEXT,
                "What the other key is made of.",
                required=True,
                values=("record_number", "name_and_birth", "replaced"),
            ),
        ),
        fhir="Patient.identifier, Patient.link",
    ),
)
