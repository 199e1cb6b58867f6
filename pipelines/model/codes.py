"""Code lists: what codes and form fields mean."""

from __future__ import annotations

from pipelines.model.declare import ID, TEXT, Column, Table

TABLES: tuple[Table, ...] = (
    Table(
        "code_value",
        "What a number in a system's coded columns means.",
        ("code_value_id",),
        (
            Column("code_value_id", ID, "Surrogate key of system and number.", required=True),
            Column("code", TEXT, "The number.", required=True),
            Column("code_set", TEXT, "The set it belongs to."),
            Column("display", TEXT, "What it means.", required=True),
        ),
        fhir="CodeSystem.concept",
    ),
    Table(
        "nucc",
        "A specialty of the provider taxonomy.",
        ("code",),
        (
            Column("code", TEXT, "Ten characters.", required=True),
            Column("grouping", TEXT, "Broad kind of provider."),
            Column("classification", TEXT, "Specialty.", required=True),
            Column("specialization", TEXT, "Narrower specialty."),
            Column("display_name", TEXT, "What NUCC shows."),
            Column("section", TEXT, "Individual or group."),
        ),
        fhir="CodeSystem.concept",
    ),
    Table(
        "dictionary_field",
        "A field of a data-capture project, as its data dictionary describes it.",
        ("field_id",),
        (
            Column("field_id", ID, "Surrogate key of form and field.", required=True),
            Column("name", TEXT, "The field's name.", required=True),
            Column("form", TEXT, "The form it stands on."),
            Column("label", TEXT, "The question as shown."),
            Column("field_type", TEXT, "text, radio, checkbox ..."),
            Column("choices", TEXT, "Codes and their words."),
            Column("identifier", "BOOLEAN", "Identifies somebody: never kept beyond the patient key.", required=True),
        ),
    ),
)
