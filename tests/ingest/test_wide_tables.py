"""Tables with one column per month through the whole road: asked what they count, loaded, remembered."""

from __future__ import annotations

import datetime as dt
from typing import Any

from pipelines import ingest
from pipelines.ingest import Choices, Inspection
from pipelines.workspace import Workspace

COUNTS = "Study,Site,Jan-26,Feb-26,Mar-26,Total\nABC-101,North,1,0,3,4\nABC-101,South,2,5,1,8\nTotal,,3,5,4,12\n"
LATER = "Study,Site,Jan-26,Feb-26,Mar-26,Apr-26,Total\nABC-101,North,1,0,3,2,6\nABC-101,South,2,5,1,0,8\n"
METRICS = (
    "Study,Site,Metric,Jan-26,Feb-26,Mar-26\n"
    "ABC-101,North,Screened,10,14,20\nABC-101,North,Enrolled,4,5,9\n"
    "ABC-101,South,Screened,3,many,8\nABC-101,South,Enrolled,1,1,2\n"
)
FIELDS = ("study", "site", "upto", "enrolled")


def inspected(workspace: Workspace, text: str, name: str = "counts.csv", **choices: Any) -> Inspection:
    return ingest.inspect(workspace, ingest.receive(workspace, name, text.encode()), Choices(**choices))


def mapped(found: Inspection) -> dict[str, int]:
    header = found.reading.header
    return dict(zip(FIELDS, map(header.index, ("Study", "Site", "Period end", "Count")), strict=True))


def counts(workspace: Workspace) -> list[tuple[Any, ...]]:
    with workspace.warehouse.read() as reader:
        return reader.all("select as_of_on, enrolled from enrolment_count order by site_id, as_of_on")


def test_counts_by_month_are_loaded_as_totals_so_far_and_the_next_file_is_read_alike(workspace: Workspace) -> None:
    first = inspected(workspace, COUNTS)
    assert first.source is None
    assert first.reading.header == ["Study", "Site", "Total", "Period start", "Period end", "Count"]
    told = inspected(workspace, COUNTS, source="enrolment_counts", columns=mapped(first))
    assert told.problem is not None
    assert "--periods" in told.problem
    sure = inspected(
        workspace, COUNTS, source="enrolment_counts", columns=mapped(first), periods="each", mapping="By month"
    )
    assert sure.problem is None
    ingest.load(workspace, sure)
    assert sorted(enrolled for _, enrolled in counts(workspace)) == [1, 1, 2, 4, 7, 8]

    later = inspected(workspace, LATER, "counts april.csv")
    assert (later.known_by, later.problem) == ("the mapping “By month”", None)
    ingest.load(workspace, later)
    assert len(counts(workspace)) == 8
    assert {day for day, _ in counts(workspace)} >= {dt.date(2026, 4, 30)}
    assert sorted(enrolled for day, enrolled in counts(workspace) if day == dt.date(2026, 4, 30)) == [6, 8]


def test_rows_of_what_is_counted_are_known_by_their_words_and_a_bad_cell_is_told_by_its_row_in_the_file(
    workspace: Workspace,
) -> None:
    asked = inspected(workspace, METRICS)
    assert asked.source == "enrolment_counts"
    assert asked.problem is not None
    assert asked.details["rising"] is True
    found = inspected(workspace, METRICS, periods="so_far")
    assert found.problem is None
    assert (found.counts["rows_in"], found.counts["rows_loaded"], found.counts["rows_rejected"]) == (6, 5, 1)
    fault = next(fault for fault in found.findings if fault.severity == "reject")
    assert (fault.row, fault.column, fault.value) == (4, "Screened", "many")
    ingest.load(workspace, found)
    assert sorted(enrolled for _, enrolled in counts(workspace)) == [1, 2, 4, 5, 9]
    with workspace.warehouse.read() as reader:
        assert {row for (row,) in reader.all("select distinct source_row from enrolment_count")} == {2, 4}


def test_the_month_that_is_not_over_counts_up_to_today(workspace: Workspace) -> None:
    today = dt.datetime.now(dt.UTC).date()
    months = [dt.date(today.year - 1, 11, 1), dt.date(today.year - 1, 12, 1), today.replace(day=1)]
    text = f"Study,Site,Metric,{','.join(f'{month:%b %Y}' for month in months)}\nABC-101,North,Enrolled,1,2,3\n"
    found = inspected(workspace, text, periods="so_far")
    assert found.counts["rows_loaded"] == 3
    assert found.preview[-1]["upto"] == today.isoformat()


def test_quarters_of_fiscal_years_stay_and_are_told(workspace: Workspace) -> None:
    text = "Study,Site,Metric,Q1 FY24,Q2 FY24,Q3 FY24\nABC-101,North,Enrolled,1,2,3\nABC-101,South,Enrolled,3,4,5\n"
    reading = inspected(workspace, text, periods="each").reading
    assert reading.header[3:] == ["Q1 FY24", "Q2 FY24", "Q3 FY24"]
    assert any("fiscal years" in note for note in reading.notes)
    calendar = inspected(workspace, text.replace(" FY24", " 2024"), periods="each").reading
    assert calendar.counts


def test_columns_that_are_kept_stay_and_months_without_a_year_are_told(workspace: Workspace) -> None:
    assert inspected(workspace, COUNTS, periods="keep").reading.header[2:5] == ["Jan-26", "Feb-26", "Mar-26"]
    found = inspected(workspace, "Site,Nov,Dec,Jan\nA,1,2,3\nB,3,4,5\n", "sheet.csv")
    assert any("say no year" in note for note in found.reading.notes)
    assert inspected(workspace, "Site,Nov,Dec,Jan\nA,1,2,3\nB,3,4,5\n", "counts 2025.csv").reading.counts
