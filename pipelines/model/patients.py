"""Which pseudonymous patient keys are the same person, and what that is told by."""

from __future__ import annotations

from pipelines.model.declare import PATIENT, TEXT, Column, Table

HASH = "BIGINT"  # 63 bits of AES-256 under a key derived from the workspace's secret (see identity.keyed_hash)
HASHES = "BIGINT[]"
_FILLED = {"birth", "family", "sound", "given", "name_year", "name_day"}  # wherever a file names its patients


def _hash(name: str, meaning: str, kind: str = HASH) -> Column:
    return Column(name, kind, meaning, phi=True, unlike=name in _FILLED)


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
    # A hash of a name alone would show by its frequency which one is Smith. Each is therefore made together with the
    # birth date (or ZIP code, telephone, e-mail), of which nearly every patient has another.
    Table(
        "patient_trait",
        "How one mention of a patient may be compared with another: keyed hashes, each of two identifiers together.",
        ("patient_key", "trait_id"),
        (
            Column("patient_key", PATIENT, "Keyed hash the patient goes by.", required=True, phi=True),
            Column("trait_id", HASH, "Hash of the row's hashes and its system: an equal mention is one row.", required=True, phi=True, unlike=True),
            Column("numbered_by", TEXT, "Whose record number the key is made of; empty: of name and birth date."),
            Column("bare_key", PATIENT, "Key of the record number without the zeros before it, where it has any.", phi=True),
            _hash("birth", "Birth date."),
            _hash("family", "Family name, with the birth date."),
            _hash("family_parts", "Each word of a family name of several, with the birth date.", HASHES),
            _hash("sound", "How the family name sounds, with the birth date."),
            _hash("given", "First given name, with the birth date."),
            _hash("formal", "The formal names that a nickname may stand for, each with the birth date.", HASHES),
            _hash("middle", "Initial of the second given name, with the birth date."),
            _hash("sex", "Sex, with the birth date."),
            _hash("zip", "ZIP code, with the birth date."),
            _hash("phone", "Telephone, with the birth date."),
            _hash("email", "E-mail address, with the birth date."),
            _hash("name_year", "First and family name, with the year of birth."),
            _hash("name_day", "First and family name, with the day and month of birth."),
            _hash("name_zip", "First and family name, with the ZIP code."),
            _hash("name_phone", "First and family name, with the telephone."),
            _hash("name_email", "First and family name, with the e-mail address."),
        ),
        fhir="Patient",
    ),
)  # fmt: skip
