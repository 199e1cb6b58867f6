"""What a source says that it has deleted, by messages and Bundles that name records of earlier files."""

from __future__ import annotations

from pipelines.model.declare import DAY, ID, INSTANT, TEXT, Column, Table

# The columns by which facts name the record that they are of. Deleting it takes back every fact under that number.
DELETABLE = ("referral_id", "appointment_id", "communication_id", "subject_id", "response_id")

TABLES: tuple[Table, ...] = (
    Table(
        "deletion",
        "A record that its source has deleted: what earlier files of the same system said of it no longer counts.",
        ("record", "record_id"),
        (
            Column("record", TEXT, "Which column names it.", required=True, values=DELETABLE),
            Column("record_id", ID, "The record's surrogate key.", required=True),
            Column("deleted_at", INSTANT, "When the source deleted it, if it says (UTC)."),
            Column("deleted_on", DAY, "The local day of it."),
        ),
        fhir="Bundle.entry.request (DELETE)",
    ),
)
