"""Hand-written files in the shapes that people really upload, through the real readers, against reviewed results.

``expected/*.json`` holds what each file must become, without surrogate keys. After a deliberate change, write them
anew (``python -m tests.golden.test_golden_files``) and look at the difference.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.golden.becoming import COUNTS, mapped, reviewed, write

HERE = Path(__file__).parent
FILES = sorted(path.name for path in (HERE / "files").iterdir())
ZONES = {"NYC01": "America/New_York", "LAX02": "America/Los_Angeles", "Harbor Street Research": "America/New_York"}
CANARIES = ("Canaryname", "192.0.2", "203.0.113", "example.invalid", "Doe, Jane", "Z100", "0012345")
REVIEWED = ("source", "recognised", COUNTS, "findings", "decisions", "tables")


@cache
def become(name: str) -> dict[str, Any]:
    """What the golden file ``name`` becomes: source, counts, findings, decisions and rows without keys."""
    told = mapped(HERE / "files" / name, zones=ZONES)
    return {what: told[what] for what in REVIEWED}


@pytest.mark.parametrize("name", FILES)
def test_a_golden_file_becomes_what_was_reviewed(name: str) -> None:
    assert become(name) == reviewed(HERE, name)


@pytest.mark.parametrize("name", FILES)
def test_every_row_of_a_golden_file_is_loaded_rejected_or_a_duplicate(name: str) -> None:
    rows_in, loaded, rejected, duplicate, _ = become(name)[COUNTS]
    assert rows_in == loaded + rejected + duplicate


@pytest.mark.parametrize("name", FILES)
def test_no_name_or_address_of_a_person_who_answered_reaches_a_canonical_table(name: str) -> None:
    tables = json.dumps(become(name)["tables"])
    assert not [canary for canary in CANARIES if canary in tables]


if __name__ == "__main__":
    write(HERE, FILES, become)
