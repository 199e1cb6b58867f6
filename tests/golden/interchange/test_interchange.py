"""Hand-written files of health-data standards, which hold several parts each, against reviewed results.

``expected/*.json`` holds what each part of each file must become, without surrogate keys. After a deliberate change,
write them anew (``python -m tests.golden.interchange.test_interchange``) and look at the difference.
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
CANARIES = ("Canaryname", "Canaryfirst", "00012345", "1961-07-04", "CANARY", "Patient/p1", "Patient/p2")
REVIEWED = ("part", "source", "recognised", COUNTS, "set aside", "findings", "notes", "tables")


@cache
def become(name: str) -> dict[str, Any]:
    """What each part of the golden file ``name`` becomes: source, counts, findings, notes and rows without keys."""
    parts: list[str | None] = [None]
    found: dict[str, Any] = {}
    while parts:
        told = mapped(HERE / "files" / name, parts.pop(0))
        parts = parts or [other for other in told["parts"] if other not in found and other != told["part"]]
        found[told["part"] or ""] = {what: told[what] for what in REVIEWED}
    return found


@pytest.mark.parametrize("name", FILES)
def test_every_part_of_a_golden_file_becomes_what_was_reviewed(name: str) -> None:
    assert become(name) == reviewed(HERE, name)


@pytest.mark.parametrize("name", FILES)
def test_every_part_is_recognised_and_every_record_of_it_accounted_for(name: str) -> None:
    for part in become(name).values():
        rows_in, loaded, rejected, duplicate, _ = part[COUNTS]
        assert part["recognised"], part["part"]
        assert rows_in == loaded + rejected + duplicate


@pytest.mark.parametrize("name", FILES)
def test_nothing_that_identifies_a_patient_reaches_a_canonical_table(name: str) -> None:
    for part in become(name).values():
        tables = json.dumps(part["tables"])
        assert not [canary for canary in CANARIES if canary in tables]


if __name__ == "__main__":
    write(HERE, FILES, become)
