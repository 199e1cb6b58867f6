"""A file of several tables is loaded part by part, and what is kept out comes back mended, whatever the format."""

from __future__ import annotations

import io
import json
from pathlib import Path

import openpyxl
import pytest
from readers.spreadsheets import WRITERS, packed

from pipelines import ingest
from pipelines.workspace import Workspace

HEADER = [
    "Referral ID",
    "Date Received",
    "Patient Name",
    "DOB",
    "Referring Provider",
    "Referring Practice",
    "Site",
    "Reason",
    "Status",
]


def rows(first: int, bad: str = "2026-03-04") -> list[list[str]]:
    dates = ["2026-03-02", bad, "2026-03-05"]
    return [
        [f"R{first + n}", dates[n], f"Pat Test{n}", "1970-01-02", "Jo Doe", "Acme", "North", "pain", "Scheduled"]
        for n in range(3)
    ]


def archive() -> bytes:
    text = "\n".join(",".join(row) for row in [HEADER, *rows(10)]).encode()
    return packed(
        {"a/log.xls": WRITERS["xls"]({"Log": [HEADER, *rows(1, "not a date")]}), "../b.csv": text, "c.pdf": b"%PDF-1"}
    )


def referral_json() -> bytes:
    return json.dumps(
        {"site": "North", "data": [dict(zip(HEADER, row, strict=True)) for row in rows(1, "not a date")]}
    ).encode()


@pytest.mark.parametrize(
    ("name", "content", "loaded"), [("list.zip", archive(), [2, 3]), ("list.json", referral_json(), [2])]
)
def test_each_part_is_loaded_and_its_rejects_can_be_mended_and_loaded(
    workspace: Workspace, tmp_path: Path, name: str, content: bytes, loaded: list[int]
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    ((_, inspections, loads),) = ingest.ingest_files(workspace, [path])
    assert [load.rows_loaded for load in loads] == loaded
    assert all(isinstance(found, ingest.Inspection) for found in inspections)
    book = openpyxl.load_workbook(io.BytesIO(ingest.rejects_workbook(workspace, loads[0])))
    bad = [cell for line in book.worksheets[0].iter_rows() for cell in line if cell.value == "not a date"]
    assert len(bad) == 1
    assert bad[0].fill.fgColor.rgb not in ("00000000", "FFFFFFFF")
    bad[0].value = "2026-03-04"
    book.save(tmp_path / "mended.xlsx")
    ((_, _, again),) = ingest.ingest_files(workspace, [tmp_path / "mended.xlsx"])
    assert [(load.rows_loaded, load.rows_rejected) for load in again] == [(1, 0)]
    ((_, _, same),) = ingest.ingest_files(workspace, [path])
    assert [load.load_id for load in same] == [load.load_id for load in loads]


def test_a_table_with_a_column_per_month_is_said_to_be_wide_and_what_to_bring_instead(workspace: Workspace) -> None:
    text = b"Practice,Jan-26,Feb-26,Mar-26\nRiverside,3,4,5\nLakeside,1,0,2\n"
    inspection = ingest.inspect(workspace, ingest.receive(workspace, "by month.csv", text))
    assert any("3 of its columns are a month each" in note for note in inspection.reading.notes)
    assert "one column per month" in (inspection.problem or "")
    assert "one row per referral" in (inspection.problem or "")
    inspection.discard()
