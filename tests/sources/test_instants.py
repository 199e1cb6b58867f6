"""What a bulk export stamps on every record (FHIR ``lastUpdated``) is read by its one form, and said where it has another."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest

from tests.sources.test_messages import read_and_map

VISIT = {"resourceType": "Encounter", "status": "finished", "class": {"code": "AMB"}, "subject": {"reference": "Patient/1"},
         "period": {"start": "2026-03-01T10:00:00Z"}}  # fmt: skip


def visits(*stamps: str) -> str:
    return "\n".join(json.dumps(VISIT | {"id": str(number), "meta": {"lastUpdated": stamp}}) for number, stamp in enumerate(stamps))  # fmt: skip


@pytest.mark.parametrize(
    ("stamp", "instant"),
    [
        ("2026-03-05T10:00:00Z", dt.datetime(2026, 3, 5, 10)),
        ("2026-03-05T10:00:00.123456789Z", dt.datetime(2026, 3, 5, 10, 0, 0, 123456)),
        ("2026-03-05T10:00:00+05:30", dt.datetime(2026, 3, 5, 4, 30)),
        ("2026-03-05T10:00:00-0500", dt.datetime(2026, 3, 5, 15)),
        ("2026-03-05T10:00:00", dt.datetime(2026, 3, 5, 15)),  # without an offset: of the file's zone
    ],
)
def test_a_stamp_is_the_instant_that_its_offset_says(
    desk: Any, tmp_path: Path, stamp: str, instant: dt.datetime
) -> None:
    read_and_map(desk, tmp_path, visits(stamp), "Encounter.ndjson")
    assert desk.rows("appointment", "updated_at") == [(instant,)]


@pytest.mark.parametrize("stamp", ["yesterday", "infinity", "2031-13-45T10:00:00Z", "2999-01-01T00:00:00Z", "0001-01-01T00:00:00Z"])  # fmt: skip
def test_a_stamp_that_cannot_be_is_said_and_its_record_kept(desk: Any, tmp_path: Path, stamp: str) -> None:
    mapped = read_and_map(desk, tmp_path, visits(stamp), "Encounter.ndjson")
    assert desk.rows("appointment", "updated_at") == [(None,)]
    assert [one["column"] for one in mapped.findings] == ["Encounter.meta.lastUpdated"]
