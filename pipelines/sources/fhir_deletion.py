"""What a FHIR server says that it has deleted: entries of a Bundle whose request is DELETE, as in the ``deleted`` files of a
bulk export, a history or a transaction.

What earlier files of the same system said of these resources no longer counts. People, practices and places stay,
for what they did was done; so does what is kept without the number that its source has for it.
"""

from __future__ import annotations

from pipelines.sources import Check, Emit, Field, Source
from pipelines.vocabulary.fhir import SYSTEM, bookkeeping, key

# Resource type -> the column that names its record, and the kind of its key.
_RECORDS = {
    "ServiceRequest": ("referral_id", "referral"), "ReferralRequest": ("referral_id", "referral"), "ProcedureRequest": ("referral_id", "referral"),
    "Appointment": ("appointment_id", "appointment"), "Encounter": ("appointment_id", "appointment"), "Communication": ("communication_id", "communication"),
    "ResearchSubject": ("subject_id", "subject"), "QuestionnaireResponse": ("response_id", "response"),
}  # fmt: skip
_FOLLOWED = ", ".join(f"'{name}'" for name in _RECORDS)

SOURCE = Source(
    name="fhir_deletion",
    title="FHIR deletions",
    description="Resources that a server has deleted, by a bulk export's deleted files, a history or a transaction.",
    system=SYSTEM,
    fields=(
        Field("number", "Reference", "identifier", ("Deletion.id",), required=True, example="ServiceRequest/12"),
        Field("kind", "Resource type", "text", ("Deletion.type",), example="ServiceRequest"),
        Field("deleted", "Deleted", "datetime", ("Deletion.date",), example="2026-04-01T09:00:00-04:00"),
        Field("superseded", "Told again", "boolean", ("Deletion.meta.superseded",), example=""),
    ),
    signature=(frozenset({"number", "kind", "deleted"}),),
    primary="deletion",
    ignored=bookkeeping("Deletion"),
    checks=(
        Check("older_version", "note", "superseded", "select row from parsed where superseded", repeats=True),
        Check("deletion_kept", "note", "kind", f"select row from parsed where kind not in ({_FOLLOWED})", aside=True),
    ),
    emits=(
        Emit("deletion", " union all ".join(
            f"select row, '{column}' as record, {key(kind, 'number')} as record_id, deleted as deleted_at, deleted_on from parsed where kind = '{name}'"
            for name, (column, kind) in _RECORDS.items()), unique=True),
    ),
    order=90,
)  # fmt: skip
