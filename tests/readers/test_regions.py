"""Several tables in one sheet are parts of it; air within a table is not taken for a border."""

from __future__ import annotations

import datetime as dt

import pytest

from .conftest import Read
from .spreadsheets import WRITERS, Failed, Value

LOG: list[list[Value]] = [
    ["Referral ID", "Date", "Practice"],
    *[[f"R{n}", dt.date(2026, 1, n), f"Practice {n}"] for n in range(1, 9)],
]
SITES: list[list[Value]] = [["Site Code", "City"], ["A", "Rome"], ["B", "Oslo"], ["C", "Bern"]]
SCREENS: list[list[Value]] = [
    ["Subject", "Screened", "Age", "Eligible"],
    *[[f"S{n}", dt.date(2026, 2, n), float(40 + n), "Yes"] for n in range(1, 5)],
]


def beside(left: list[list[Value]], right: list[list[Value]], down: int = 0) -> list[list[Value]]:
    width = len(left[0])
    height = max(len(left), len(right) + down)
    rows = []
    for row in range(height):
        first = left[row] if row < len(left) else [None] * width
        second = right[row - down] if 0 <= row - down < len(right) else []
        rows.append([*first, None, *second])
    return rows


@pytest.mark.parametrize("kind", ["xlsx", "xls", "ods"])
def test_tables_one_below_the_other_are_read_each_on_its_own(read: Read, kind: str) -> None:
    content = WRITERS[kind](
        {"Sheet": [["Site:", "Boston"], [], *LOG, [], ["Screening 2026"], *SCREENS, [], ["Generated on 2026-03-01"]]}
    )
    reading, staged = read(content)
    assert (reading.part, reading.parts) == ("Sheet", ["Sheet", "Sheet › Table 2"])
    assert (reading.header, len(staged), staged[0][0]) == (["Referral ID", "Date", "Practice"], 8, 4)
    reading, staged = read(content, part="Sheet › Table 2")
    assert (reading.header, len(staged)) == (["Subject", "Screened", "Age", "Eligible"], 4)
    assert staged[0] == (15, "S1", "2026-02-01", "41", "Yes")
    assert any("2 tables" in note for note in reading.notes)


@pytest.mark.parametrize("down", [0, 2])
def test_a_list_beside_a_longer_table_is_a_table_of_its_own(read: Read, down: int) -> None:
    content = WRITERS["xlsx"]({"Sheet": beside(LOG, SITES, down)})
    reading, staged = read(content)
    assert (reading.parts, reading.header, len(staged)) == (["Sheet", "Sheet › Table 2"], LOG[0], 8)
    reading, staged = read(content, part="Sheet › Table 2")
    assert (reading.header, staged) == (SITES[0], [(2 + down + n, *values) for n, values in enumerate(SITES[1:])])


def test_error_cells_of_a_table_further_right_are_named_by_its_columns(read: Read) -> None:
    sites = [*SITES[:2], ["B", Failed()], *SITES[3:]]
    reading, _ = read(WRITERS["xlsx"]({"Sheet": beside(LOG, sites, 2)}), part="Sheet › Table 2")
    assert [(found.row, found.column) for found in reading.findings] == [(5, "City")]


def test_a_blank_column_within_a_table_parts_nothing(read: Read) -> None:
    outcome: list[list[Value]] = [["Outcome", "Outcome Date"], *[["Seen", dt.date(2026, 2, n)] for n in range(1, 7)]]
    reading, staged = read(WRITERS["xlsx"]({"Sheet": beside(LOG, outcome)}))
    assert (reading.parts, len(reading.header), len(staged)) == (["Sheet"], 6, 8)


def test_blank_rows_months_and_repeated_headers_part_nothing(read: Read) -> None:
    rows = [*LOG[:4], [], ["February"], *LOG[4:6], [], LOG[0], *LOG[6:]]
    reading, staged = read(WRITERS["xlsx"]({"Sheet": rows}))
    assert reading.parts == ["Sheet"]
    assert {"R1", "R5", "R8"} <= {row[1] for row in staged}


def test_tables_of_equal_length_beside_one_another_are_apart_where_both_name_a_practice(read: Read) -> None:
    left: list[list[Value]] = [
        ["Date Received", "Patient", "Practice", "Status"],
        *[[dt.date(2026, 3, n), f"Patient {n}", f"Practice {n}", "New"] for n in range(1, 4)],
    ]
    right: list[list[Value]] = [
        ["Date", "Liaison", "Practice", "Outcome"],
        *[[dt.date(2026, 4, n), "Amy", f"Office {n}", "Positive"] for n in range(1, 4)],
    ]
    reading, _ = read(WRITERS["xlsx"]({"Both": beside(left, right)}))
    assert reading.parts == ["Both", "Both › Table 2"]
    assert reading.header == ["Date Received", "Patient", "Practice", "Status"]


def test_two_visits_of_one_record_beside_one_another_stay_one_table(read: Read) -> None:
    left: list[list[Value]] = [
        ["Subject", "Screening Date", "Outcome"],
        *[[f"S{n}", dt.date(2026, 3, n), "Done"] for n in range(1, 4)],
    ]
    right: list[list[Value]] = [["Date", "Outcome"], *[[dt.date(2026, 4, n), "Done"] for n in range(1, 4)]]
    reading, _ = read(WRITERS["xlsx"]({"Log": beside(left, right)}))
    assert reading.parts == ["Log"]
