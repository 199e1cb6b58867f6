"""The provider taxonomy as NUCC publishes it. Loaded before a roster, it reads every code; a part of it comes with Rapport."""

from __future__ import annotations

from pipelines.sources import Emit, Field, Source

FIELDS = (
    Field("code", "Code", "identifier", ("Code", "Taxonomy Code"), required=True, example="207RC0000X"),
    Field("grouping", "Grouping", "text", ("Grouping", "Type"), example="Allopathic & Osteopathic Physicians"),
    Field("classification", "Classification", "text", ("Classification",), required=True, example="Internal Medicine"),
    Field("specialization", "Specialization", "text", ("Specialization",), example="Cardiovascular Disease"),
    Field("display", "Display Name", "text", ("Display Name",), example="Cardiovascular Disease Physician"),
    Field("section", "Section", "text", ("Section",), example="Individual"),
)  # fmt: skip

SOURCE = Source(
    name="nucc_taxonomy",
    title="Provider taxonomy (NUCC)",
    description="The codes of provider specialties, as the National Uniform Claim Committee publishes them.",
    system="nucc",
    fields=FIELDS,
    signature=(frozenset({"code", "grouping", "classification", "specialization"}), frozenset({"code", "grouping", "classification", "specialization", "display"})),
    primary="nucc",
    ignored=("Definition", "Notes", "Effective Date", "Deactivation Date", "Last Modified Date"),
    emits=(
        Emit("nucc", """
            select row, upper(code) as code, "grouping", classification, specialization, display as display_name, section
            from parsed where regexp_full_match(upper(code), '[0-9A-Z]{10}')"""),
    ),
    order=5,
)  # fmt: skip
