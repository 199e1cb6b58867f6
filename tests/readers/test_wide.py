"""Tables with one column per period are told from their headers, in the spellings people use."""

from __future__ import annotations

import pytest

from pipelines.readers import wide
from readers.conftest import Read

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
