"""A file of several tables is loaded part by part, and what is kept out comes back mended, whatever the format."""

from __future__ import annotations

import gc
import io
import json
from pathlib import Path

import openpyxl
import pytest
from readers.spreadsheets import WRITERS, packed

from pipelines import ingest
from pipelines.errors import FileRefused
from pipelines.ingest import inspecting
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
    assert "one column per period" in (inspection.problem or "")
    assert "export the list behind the counts" in (inspection.problem or "")
    assert (inspection.counts["rows_in"], inspection.counts["rows_loaded"]) == (6, 0)
    inspection.discard()


def test_a_later_screening_file_takes_back_what_it_no_longer_says_of_a_subject(workspace: Workspace) -> None:
    def brought(name: str, day: str) -> None:
        text = f"Protocol Number,Screening Number,Consent Date,Screening Date,Record ID,screening_complete\nABC-1,S1,2026-03-01,{day},1,2\n"
        inspection = ingest.inspect(
            workspace, ingest.receive(workspace, name, text.encode()), ingest.Choices(source="redcap_records")
        )
        assert inspection.problem is None, inspection.problem
        ingest.load(workspace, inspection)

    for name, day in (("first.csv", "2026-03-05"), ("corrected.csv", "2026-03-08")):
        brought(name, day)
    with workspace.warehouse.read() as reader:
        rows = reader.all("select occurred_on::varchar from subject_event where code = 'screened' order by 1")
    assert rows == [("2026-03-08",)]


def test_of_two_columns_with_one_header_the_filled_one_counts_and_it_is_said(workspace: Workspace) -> None:
    text = "Date Received,Site,Referring Provider,Site,Note,Note\n2026-03-01, ,Dr. Jo Lee,North,a,b\n2026-03-02,\t,Dr. Jo Lee,North,a,b\n"
    inspection = ingest.inspect(workspace, ingest.receive(workspace, "twice.csv", text.encode()))
    assert inspection.reading.header == ["Date Received", "Site (2)", "Referring Provider", "Site", "Note", "Note (2)"]
    assert inspection.columns["site"] == 3
    assert any("“Site”, “Note”" in note for note in inspection.reading.notes)
    inspection.discard()


def test_a_file_of_more_tables_than_one_file_may_hold_is_refused_whole(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inspecting, "MOST_PARTS", 3)
    file_id = ingest.receive(workspace, "many.zip", packed({f"{turn}.csv": b"a,b,c\n1,2,3\n" for turn in range(4)}))
    with pytest.raises(FileRefused, match="more than the 3 tables"):
        ingest.inspect_all(workspace, file_id)
    assert not [*(workspace.root / "work").iterdir()]


def test_archives_in_an_archive_that_together_unpack_to_far_too_much_are_refused_whole(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inspecting, "MAX_UNPACKED", 10_000)
    inner = packed({"a.csv": b"a,b,c\n" + b"1,2,3\n" * 1_000})  # each alone may pass
    file_id = ingest.receive(workspace, "many.zip", packed({f"{turn}.zip": inner for turn in range(6)}))
    with pytest.raises(FileRefused, match="unpacks to far more than it should"):
        ingest.inspect_all(workspace, file_id)
    assert not [*(workspace.root / "work").iterdir()]


def test_what_was_prepared_of_a_file_goes_with_whoever_looked_at_it(workspace: Workspace) -> None:
    text = "\n".join(",".join(row) for row in [HEADER, *rows(10)]).encode()
    found = ingest.inspect(workspace, ingest.receive(workspace, "log.csv", io.BytesIO(text), "test"))
    folder = found.folder
    assert folder.is_dir()
    del found  # a closed tab tells nobody
    gc.collect()
    assert not folder.exists()
