"""Exports: typed, documented and free of formulas."""

from __future__ import annotations

import csv as csv_format
import datetime as dt
import io
from dataclasses import replace

import pandas as pd
import pytest
from openpyxl import load_workbook

from pipelines import export
from pipelines.metrics import Filters, Result, registry

NASTY = ["=1+1", "+1", "-1", "@sum(A1)", "\tx", "\rx", '=HYPERLINK("http://x")', "Oak, Elm & Co", "Søren \x00"]


def made(frame: pd.DataFrame) -> Result:
    load = {
        "file_name": "=cmd.tsv",
        "source": "epic",
        "loaded_at": dt.datetime(2026, 1, 2),
        "rows_in": 3,
        "rows_loaded": 2,
    }
    return Result(
        registry()["unattributed_share"], frame, dt.date(2026, 3, 4), "g7", Filters(channels=("fax",)), "practice", "month",
        12, ("A caveat.",), (load,),
    )  # fmt: skip


@pytest.fixture
def result() -> Result:
    size = len(NASTY)
    frame = {"category": NASTY, "category_id": pd.array([None, *range(1, size)], "Int64"), "n": range(size)}
    frame |= {
        "period": pd.to_datetime(["2026-03-01"] * size),
        "complete": True,
        "value": [float("nan"), *[0.5] * (size - 1)],
    }
    return made(pd.DataFrame(frame))


def test_a_workbook_has_no_formula_cell_and_marks_text_that_looks_like_one(result: Result) -> None:
    book = load_workbook(io.BytesIO(export.workbook(result)))
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert not [cell.coordinate for cell in cells if cell.data_type == "f"]
    risky = [cell for cell in cells if isinstance(cell.value, str) and cell.value[:1] in tuple("=+-@\t\r")]
    assert len(risky) >= 6
    assert all(cell.quotePrefix for cell in risky)


def test_a_workbooks_data_are_typed_with_a_frozen_header_and_a_filter(result: Result) -> None:
    sheet = load_workbook(io.BytesIO(export.workbook(result)))["Data"]
    assert sheet.freeze_panes == "A2"
    assert sheet.auto_filter.ref == f"A1:F{len(NASTY) + 1}"
    row = {sheet.cell(1, column).value: sheet.cell(3, column).value for column in range(1, 7)}
    assert row == {
        "Practice": "+1",
        "Practice id": 1,
        "n": 1,
        "Period": dt.datetime(2026, 3, 1),
        "Complete": True,
        "Value": 0.5,
    }
    assert sheet["B2"].value is None
    assert sheet["F3"].number_format == "0.0%"


def test_a_workbook_says_what_it_is(result: Result) -> None:
    sheet = load_workbook(io.BytesIO(export.workbook(result)))["About"]
    said = {str(row[0].value): str(row[1].value) for row in sheet.iter_rows() if row[0].value}
    metric = result.metric
    assert said["Numerator"] == metric.numerator
    assert said["Generation of the data"] == "g7"
    assert said["As of"].startswith("2026-03-04")
    assert said["Filter: channels"] == "fax"
    assert said["Caveat"] == "A caveat."
    assert "2 of 3 rows loaded" in said["=cmd.tsv"]


def test_a_workbook_names_the_places_that_the_filters_choose_by_number(result: Result) -> None:
    chosen = replace(result, filters=Filters(sites=(6_518_286,), practices=(7, 8)))
    sheet = load_workbook(io.BytesIO(export.workbook(chosen, {6_518_286: "Riverside", 7: "Elm Clinic"})))["About"]
    said = {str(row[0].value): str(row[1].value) for row in sheet.iter_rows() if row[0].value}
    assert said["Filter: sites"] == "Riverside"
    assert said["Filter: practices"] == "Elm Clinic, 8"


def test_a_number_that_names_something_is_written_without_separators() -> None:
    book = export.workbook_of_frames({"Rows": pd.DataFrame({"source_row": [12_345], "referrals": [12_345]})}, [])
    sheet = load_workbook(io.BytesIO(book))["Rows"]
    assert [cell.number_format for cell in sheet[2]] == ["0", "#,##0"]


def test_the_headings_of_a_workbook_are_words() -> None:
    assert [export.headed(name, "practice") for name in ("category", "category_id", "n", "received_on")] == [
        "Practice", "Practice id", "n", "Received on",
    ]  # fmt: skip
    assert export.headed("category") == "Category"
    assert export.headed("category", "therapeutic_area") == "Therapeutic area"


def test_a_csv_quotes_what_a_spreadsheet_would_run_and_keeps_the_rest(result: Result) -> None:
    text = export.csv(result).decode("utf-8-sig")
    rows = list(csv_format.reader(io.StringIO(text, newline="")))
    assert [row[0] for row in rows[1:]] == [f"'{name}" if name[0] in "=+-@\t\r" else name for name in NASTY]
    assert rows[1][1:] == ["", "0", "2026-03-01", "True", ""]


def test_an_empty_answer_is_still_a_file() -> None:
    empty = made(pd.DataFrame({"category": pd.Series([], dtype=object), "n": pd.Series([], dtype="int64")}))
    assert load_workbook(io.BytesIO(export.workbook(empty)))["Data"].max_row == 1
    assert export.csv(empty).decode("utf-8-sig") == "category,n\r\n"


def test_a_file_name_says_metric_cut_and_day_only(result: Result) -> None:
    assert export.file_name(result, "xlsx") == "rapport-unattributed-share-by-practice-2026-03-04.xlsx"
