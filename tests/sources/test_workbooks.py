"""Blank templates, and rejected rows that can be mended and loaded again."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from pipelines import mapping, readers, workbooks
from pipelines.checks import Finding
from pipelines.readers import ReadOptions
from pipelines.sources import Source, registry

HEADER = ["Date Received", "Patient Name", "DOB", "Referring Provider", "Site"]


def opened(data: bytes) -> Any:
    return openpyxl.load_workbook(io.BytesIO(data))


@pytest.mark.parametrize("source", registry().values(), ids=lambda source: source.name)
def test_a_template_has_the_header_and_explains_every_column(source: Source) -> None:
    book = opened(workbooks.template(source))
    labels = [declared.label for declared in source.fields]
    assert [cell.value for cell in book["Data"][1]] == [*labels, *source.further]
    assert [row[0].value for row in book["Columns"].iter_rows(min_row=2)] == labels
    assert book["Data"].max_row == 1


@pytest.mark.parametrize("source", registry().values(), ids=lambda source: source.name)
def test_a_template_is_known_while_it_is_blank(source: Source, desk: Any, tmp_path: Path) -> None:
    path = tmp_path / "template.xlsx"
    path.write_bytes(workbooks.template(source))
    reading = readers.read(path, path.name, ReadOptions(), desk.con)
    best = mapping.recognise(reading)[0]
    assert (best.source, best.recognised) == (source.name, True)
    assert reading.parts == ["Data"], "the sheet that explains the columns is no export"


def test_a_reject_shows_its_bad_cell_why_and_what_to_do() -> None:
    row = ["soon", "Doe, Jane", "1961-07-04", "Dr. Lee", "NYC01"]
    sheet = opened(
        workbooks.rejects_workbook(
            HEADER, [(7, row)], [Finding("unreadable_date", "reject", 7, "Date Received", "soon")]
        )
    ).worksheets[0]
    assert [cell.value for cell in sheet[1]][-3:] == ["Why", "What to do", "File row"]
    assert [cell.value for cell in sheet[2]][:5] == row
    assert "not a date" in sheet.cell(2, 6).value
    assert sheet.cell(2, 8).value == "7"
    assert sheet.cell(2, 1).fill.fgColor.rgb.endswith("FFF2B8")
    assert sheet.cell(2, 2).fill.fill_type is None


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\t=1"])
def test_nothing_in_a_workbook_of_rejects_runs(text: str) -> None:
    sheet = opened(workbooks.rejects_workbook(["A"], [(2, [text])], [Finding("ragged_row", "reject", 2)])).worksheets[0]
    assert sheet.cell(2, 1).data_type == "s"


def test_a_cell_with_control_characters_does_not_break_the_workbook() -> None:
    assert opened(workbooks.rejects_workbook(["A"], [(2, ["a\x00b\x0b"])], [])).worksheets[0].cell(2, 1).value == "ab"


def written(desk: Any, text: str) -> Path | None:
    desk.map(text)
    reading = desk.stage(text)
    target = desk.out / "rejects.xlsx"
    workbooks.write_rejects(desk.con, reading, desk.out, target)
    return target if target.exists() else None


def test_a_mended_workbook_loads_the_rows_that_were_kept_out(desk: Any) -> None:
    text = (
        ",".join(HEADER)
        + '\n2026-03-14,"Doe, Jane",1961-07-04,Dr. Lee,NYC01\nsoon,"Roe, Ann",1970-01-02,Dr. Lee,NYC01\n'
    )
    target = written(desk, text)
    assert target is not None
    book = openpyxl.load_workbook(target)
    book.worksheets[0].cell(2, 1).value = "2026-03-15"
    book.save(target)
    reading = readers.read(target, target.name, ReadOptions(), desk.con)
    assert mapping.recognise(reading)[0].recognised
    mapped = desk.apply(reading, None, None, None, None, {})
    assert (mapped.rows_in, mapped.rows_loaded) == (1, 1)
    assert desk.rows("referral", "received_on::varchar") == [("2026-03-15",)]


def test_all_cells_of_which_one_would_do_are_coloured() -> None:
    data = workbooks.rejects_workbook(["Received", "Written or not", "Site"], [(7, ["", "", "A"])],
                                    [Finding("none_of", "reject", 7, "Received or Written or not")])  # fmt: skip
    row = opened(data).worksheets[0][2]
    assert [bool(cell.fill.fill_type) for cell in row[:3]] == [True, True, False]


def test_a_header_with_the_word_or_in_it_is_one_column() -> None:
    data = workbooks.rejects_workbook(["Site", "MRN or study number", "MRN", "Seen"], [(7, ["A", "", "", "soon"])],
                                    [Finding("none_of", "reject", 7, "MRN or study number or Seen")])  # fmt: skip
    row = opened(data).worksheets[0][2]
    assert [bool(cell.fill.fill_type) for cell in row[:4]] == [False, True, False, True]


def test_a_file_without_rejects_makes_no_workbook(desk: Any) -> None:
    assert written(desk, ",".join(HEADER) + '\n2026-03-14,"Doe, Jane",1961-07-04,Dr. Lee,NYC01\n') is None


def test_what_stood_above_the_table_stands_above_the_rejects(desk: Any, tmp_path: Path) -> None:
    data = workbooks.rejects_workbook(["Subject ID", "Date of Consent", "Date Screened"], [(7, ["", "2026-03-02", "2026-03-04"])],
                                    [Finding("none_of", "reject", 7, "Subject ID")], {"Protocol": "ABC-101"})  # fmt: skip
    target = tmp_path / "mended.xlsx"
    target.write_bytes(data)
    reading = readers.read(target, target.name, ReadOptions(), desk.con)
    assert mapping.recognise(reading)[0].context == {"study": "ABC-101"}
