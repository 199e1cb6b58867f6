"""Oracle Cerner's CODE_VALUE: what the numbers in its *_CD columns mean. Loaded first, it reads them for every later file."""

from __future__ import annotations

from pipelines.sources import Emit, Field, Source

FIELDS = (
    Field("number", "Code value", "identifier", ("CODE_VALUE",), required=True, example="2555133"),
    Field("kind", "Code set", "identifier", ("CODE_SET",), example="100172"),
    Field("display", "Display", "text", ("DISPLAY", "DISPLAY_KEY"), example="Accepted"),
    Field("description", "Description", "text", ("DESCRIPTION", "DEFINITION")),
    Field("meaning", "Meaning", "text", ("CDF_MEANING",), example="ACCEPTED"),
)  # fmt: skip

SOURCE = Source(
    name="cerner_code_value",
    title="Oracle Cerner code table (CODE_VALUE)",
    description="What the numbers in the *_CD columns of the other Cerner files mean. Load it before them.",
    system="cerner",
    fields=FIELDS,
    signature=(frozenset({"number", "kind", "display"}), frozenset({"number", "display", "meaning"}), frozenset({"number", "kind", "display", "description", "meaning"})),
    primary="code_value",
    one_of=(("display", "description", "meaning"),),
    ignored_patterns=(r".*_DT_TM", r".*_PRSNL_ID", r"ACTIVE_.*", r"UPDT_.*", r"CKI|CONCEPT_CKI|COLLATION_SEQ|DATA_STATUS_CD|INACTIVE_.*"),
    emits=(
        Emit("code_value", """
            select row, key64('code|' || $system || '|' || number) as code_value_id, number as code, kind as code_set,
                coalesce(display, description, meaning) as display
            from parsed"""),
    ),
    order=5,
)  # fmt: skip
