"""REDCap's data dictionary: the fields of a project, their choices, and which of them identify somebody."""

from __future__ import annotations

from pipelines.sources import Emit, Field, Source

FIELDS = (
    Field("name", "Variable / Field Name", "identifier", ("Variable / Field Name", "field_name"), required=True, example="record_id"),
    Field("form", "Form Name", "text", ("Form Name", "form_name"), example="screening"),
    Field("type", "Field Type", "text", ("Field Type", "field_type"), example="text"),
    Field("label", "Field Label", "text", ("Field Label", "field_label"), example="Record ID"),
    Field("choices", "Choices", "text", ("Choices, Calculations, OR Slider Labels", "select_choices_or_calculations"), example="1, Yes | 0, No"),
    Field("identifier", "Identifier?", "boolean", ("Identifier?", "identifier"), example="y"),
    Field("validation", "Validation", "text", ("Text Validation Type OR Show Slider Number", "text_validation_type_or_show_slider_number")),
)  # fmt: skip

SOURCE = Source(
    name="redcap_dictionary",
    title="REDCap data dictionary",
    description="The fields of a REDCap project with their choices and the Identifier? flag, which later exports are read by.",
    system="redcap",
    fields=FIELDS,
    signature=(frozenset({"name", "form", "type", "label", "choices", "identifier"}), frozenset({"name", "form", "type", "label", "identifier"})),
    primary="dictionary_field",
    ignored=("Section Header", "Field Note", "Text Validation Min", "Text Validation Max", "Branching Logic (Show field only if...)", "Required Field?",
             "Custom Alignment", "Question Number (surveys only)", "Matrix Group Name", "Matrix Ranking?", "Field Annotation", "section_header", "field_note",
             "text_validation_min", "text_validation_max", "branching_logic", "required_field", "custom_alignment", "question_number",
             "matrix_group_name", "matrix_ranking", "field_annotation"),
    emits=(
        Emit("dictionary_field", """
            select row, key64('dictionary|' || $system || '|' || coalesce(lower(form), '') || '|' || lower(name)) as field_id, lower(name) as name, form, label,
                type as field_type, case when lower(type) in ('radio', 'dropdown', 'yesno', 'truefalse', 'checkbox') then choices end as choices,
                coalesce(identifier, false) as identifier
            from parsed""", unique=True),
    ),
    order=5,
)  # fmt: skip
