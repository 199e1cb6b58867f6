"""Cells that are struck through or coloured: read like the others, and said."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import openpyxl
import pytest
from openpyxl.styles import Font, PatternFill

from pipelines.readers import Reading

from .conftest import Read
from .test_workbook import saved

ROWS: list[list[object]] = [
    ["Date", "Patient", "Referred by", "Status"],
    *[[dt.date(2026, 3, day), f"Patient {day}", "Dr. Fox", "New"] for day in range(1, 7)],
]


def book(struck: Sequence[str] = (), fills: Sequence[tuple[int, str]] = ()) -> bytes:
    """A log in which some cells or whole rows are struck through and rows are filled with colours."""
    made = openpyxl.Workbook()
    sheet = made.active
    for row in ROWS:
        sheet.append(row)
    for place in struck:
        for cell in sheet[int(place)] if place.isdigit() else [sheet[place]]:
            cell.font = Font(strike=True)
    for row, colour in fills:
        for cell in sheet[row]:
            cell.fill = PatternFill("solid", fgColor=colour)
    return saved(made)


def said(reading: Reading) -> list[tuple[str, str, int | None, str | None]]:
    return [(one.code, one.severity, one.row, one.column) for one in reading.findings]


def test_rows_and_cells_that_are_struck_through_are_read_and_said(read: Read) -> None:
    reading, staged = read(book(struck=("3", "D5")), "log.xlsx")
    assert len(staged) == 6
    assert said(reading) == [
        ("row_struck_through", "warning", 3, None),
        ("cell_struck_through", "warning", 5, "Status"),
    ]


def test_a_header_that_is_struck_through_says_nothing_of_the_records(read: Read) -> None:
    assert said(read(book(struck=("1",)), "log.xlsx")[0]) == []


def test_colours_that_differ_between_records_are_said_once(read: Read) -> None:
    reading, _ = read(book(fills=((2, "00FF00"), (5, "FF0000"))), "log.xlsx")
    assert said(reading) == [("coloured_rows", "note", 2, None)]


@pytest.mark.parametrize(
    "fills",
    [
        ((1, "0000FF"),),
        tuple((row, "DDDDDD") for row in range(2, 8)),
        tuple((row, "DDDDDD") for row in range(2, 8, 2)),
        tuple((row, "FFFFFFFF") for row in range(2, 5)),
    ],
    ids=["the header", "all records", "every other record", "white"],
)
def test_shades_that_only_decorate_say_nothing(read: Read, fills: Sequence[tuple[int, str]]) -> None:
    assert said(read(book(fills=fills), "log.xlsx")[0]) == []
