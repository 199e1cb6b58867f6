"""Tables with one column per period are told from their headers, in the spellings people use."""

from __future__ import annotations

import duckdb
import pytest

from pipelines.readers import Reading
from pipelines.readers.structure import unpivot, wide
from readers.conftest import Cells, Read

WIDE = (
    (["Practice", "Jan-26", "Feb-26", "Mar-26", "Total"], "month", 3),
    (["Practice", "January 2026", "February 2026", "March 2026"], "month", 3),
    (["Practice", "2026-01", "2026-02", "2026-03"], "month", 3),
    (["Practice", "202511", "202512", "202601"], "month", 3),
    (["Practice", "11/2025", "12/2025", "01/2026"], "month", 3),
    (["Practice", "Mar 2026", "Feb 2026", "Jan 2026"], "month", 3),
    (["Practice", "Oct", "Nov", "Dec", "Jan", "Feb"], "month", 5),
    (["Site", "Q1 2025", "Q2 2025", "Q3 2025"], "quarter", 3),
    (["Site", "FY2023", "FY2024", "FY2025"], "year", 3),
    (["Site", "Week 1", "Week 2", "Week 3"], "week", 3),
    (["Site", "Week of 3/2", "Week of 3/9", "Week of 3/16"], "week", 3),
    (["Site", "W/E 8 Mar 2026", "W/E 15 Mar 2026", "W/E 22 Mar 2026"], "week", 3),
    (["Site", "1/1/2026", "2/1/2026", "3/1/2026"], "day", 3),
    (["Site", "2026-01-01 00:00:00", "2026-02-01 00:00:00", "2026-03-01 00:00:00"], "day", 3),
)
LONG = (
    ["Date received", "Referring provider", "Patient", "Site"],
    ["Name", "May", "June"],  # persons, or two periods only
    ["Site", "Jan 2026", "Feb 2026", "Jan 2026"],
    ["Site", "Mar 2026", "Jan 2026", "Feb 2026"],  # in no order
    ["2026", "Received", "Provider"],
    [],
)


@pytest.mark.parametrize(("header", "unit", "count"), WIDE)
def test_one_column_per_period_is_told_from_the_header(header: list[str], unit: str, count: int) -> None:
    found = wide.periods(header)
    assert found is not None
    assert (found.unit, len(found.places)) == (unit, count)
    assert header[found.places[0]] in wide.sentence(header, found)


@pytest.mark.parametrize("header", LONG)
def test_other_headers_are_not_taken_for_periods(header: list[str]) -> None:
    assert wide.periods(header) is None


@pytest.mark.parametrize("header", [header for header, _, _ in WIDE])
def test_a_row_of_periods_above_counts_is_the_header(read: Read, header: list[str]) -> None:
    rows = [[f"Place {n}", *(str((n * 7 + k) % 9) for k in range(len(header) - 1))] for n in range(6)]
    found, cells = read("\n".join(",".join(row) for row in [header, *rows]))
    assert found.header == header
    assert len(cells) == 6


SPANS = (  # header, years said beside it, date order, first and last period
    (["X", "Jan-26", "Feb-26", "Mar-26"], (), None, ("2026-01-01", "2026-01-31"), ("2026-03-01", "2026-03-31")),
    (["X", "Feb 2024", "Jan 2024", "Dec 2023"], (), None, ("2024-02-01", "2024-02-29"), ("2023-12-01", "2023-12-31")),
    (["X", "Week of 12/22", "Week of 12/29", "Week of 1/5"], (2025,), None, ("2025-12-22", "2025-12-28"), ("2026-01-05", "2026-01-11")),
    (["X", "Wk ending Mar 8, 2026", "Wk ending Mar 15, 2026", "Wk ending Mar 22, 2026"], (), None, ("2026-03-02", "2026-03-08"), ("2026-03-16", "2026-03-22")),
    (["X", "W/C 2/3/26", "W/C 9/3/26", "W/C 16/3/26"], (), None, ("2026-03-02", "2026-03-08"), ("2026-03-16", "2026-03-22")),
    (["X", "Nov", "Dec", "Jan"], (2025,), None, ("2025-11-01", "2025-11-30"), ("2026-01-01", "2026-01-31")),
    (["X", "Feb", "Jan", "Dec"], (2025, 2026), None, ("2026-02-01", "2026-02-28"), ("2025-12-01", "2025-12-31")),
    (["X", "Q3 2025", "Q4 2025", "Q1 2026"], (), None, ("2025-07-01", "2025-09-30"), ("2026-01-01", "2026-03-31")),
    (["X", "2023", "2024", "2025"], (), None, ("2023-01-01", "2023-12-31"), ("2025-01-01", "2025-12-31")),
    (["X", "W1 2026", "W2 2026", "W3 2026"], (), None, ("2025-12-29", "2026-01-04"), ("2026-01-12", "2026-01-18")),
    (["X", "2026-01-01 00:00:00", "2026-02-01 00:00:00", "2026-03-01 00:00:00"], (), None, ("2026-01-01", "2026-01-31"), ("2026-03-01", "2026-03-31")),
    (["X", "1/1/2026", "2/1/2026", "3/1/2026"], (), None, ("2026-01-01", "2026-01-31"), ("2026-03-01", "2026-03-31")),
    (["X", "1/1/2026", "2/1/2026", "3/1/2026"], (), "dmy", ("2026-01-01", "2026-01-01"), ("2026-01-03", "2026-01-03")),
    (["X", "13/01/2026", "20/01/2026", "27/01/2026"], (), None, ("2026-01-13", "2026-01-13"), ("2026-01-27", "2026-01-27")),
)  # fmt: skip


@pytest.mark.parametrize(("header", "years", "order", "first", "last"), SPANS)
def test_a_period_is_its_first_and_last_day(
    header: list[str], years: tuple[int, ...], order: str | None, first: tuple[str, str], last: tuple[str, str]
) -> None:
    found = wide.periods(header)
    assert found is not None
    days = wide.spans(header, found, years, order)
    assert days is not None
    texts = [(one.isoformat(), other.isoformat()) for one, other in days]
    assert (texts[0], texts[-1]) == (first, last)


@pytest.mark.parametrize("header", [["X", "Nov", "Dec", "Jan"], ["X", "31/02/2026", "01/03/2026", "02/03/2026"]])
def test_periods_without_a_year_or_off_the_calendar_have_no_days(header: list[str]) -> None:
    found = wide.periods(header)
    assert found is not None
    assert wide.spans(header, found) is None


def _long(con: duckdb.DuckDBPyConnection, read: Read, text: str) -> tuple[Reading, Cells]:
    reading, _ = read(text)
    found = wide.periods(reading.header)
    assert found is not None
    days = wide.spans(reading.header, found)
    assert days is not None
    assert unpivot.lay_out(con, reading, found, days)
    return reading, con.execute("select * from stage order by row").fetchall()


def test_a_wide_table_is_laid_out_with_a_row_per_period_that_tells_its_row_in_the_file(
    con: duckdb.DuckDBPyConnection, read: Read
) -> None:
    reading, cells = _long(con, read, "Site,Jan-26,Feb-26,Mar-26,Total\nNorth,1,,3,4\nSouth,,,,0\nWest,5,6,7,18\n")
    assert reading.header == ["Site", "Total", "Period start", "Period end", "Count"]
    assert [(row[0] // reading.step, *row[1:]) for row in cells][:2] == [
        (2, "North", "4", "2026-01-01", "2026-01-31", "1"),
        (2, "North", "4", "2026-03-01", "2026-03-31", "3"),
    ]
    assert (len(cells), reading.records) == (5, 5)
    assert [(aside.row, aside.reason, aside.count) for aside in reading.set_aside] == [(3, "row without a number", 1)]


def test_rows_that_say_what_they_count_become_columns(con: duckdb.DuckDBPyConnection, read: Read) -> None:
    reading, cells = _long(
        con, read, "Site,Metric,Q1 2026,Q2 2026,Q3 2026,YTD total\nA,Screened,5,6,7,18\nA,Enrolled,1,,3,4\nB,Screened,2,2,2,6\nB,Enrolled,0,1,1,2\n"
    )  # fmt: skip
    assert reading.header == ["Site", "Period start", "Period end", "Screened", "Enrolled"]
    assert [row[4:] for row in cells] == [("5", "1"), ("6", None), ("7", "3"), ("2", "0"), ("2", "1"), ("2", "1")]


def test_numbers_of_each_period_are_summed_up_in_the_order_of_time(con: duckdb.DuckDBPyConnection, read: Read) -> None:
    reading, _ = _long(con, read, 'Site,Mar-26,Feb-26,Jan-26\nA,3,"1,002",1\nB,n/k,2,\n')
    unpivot.sum_up(con, reading)
    assert con.execute("select c0, c2, c3 from stage order by c0, c2").fetchall() == [
        ("A", "2026-01-31", "1"), ("A", "2026-02-28", "1003"), ("A", "2026-03-31", "1006"),
        ("B", "2026-02-28", "2"), ("B", "2026-03-31", "n/k"),
    ]  # fmt: skip


@pytest.mark.parametrize(("numbers", "rising"), [(("1,2,3", "4,4,9"), True), (("1,0,3", "4,4,1"), False)])
def test_numbers_that_never_fall_look_like_totals_so_far(
    con: duckdb.DuckDBPyConnection, read: Read, numbers: tuple[str, str], rising: bool
) -> None:
    reading, _ = _long(con, read, f"Site,Jan-26,Feb-26,Mar-26\nA,{numbers[0]}\nB,{numbers[1]}\n")
    assert unpivot.never_fall(con, reading) is rising
