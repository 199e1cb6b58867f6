"""How well the files come: cadence against a table worked out by hand, and counts against plain Python."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import re
from collections.abc import Sequence
from pathlib import Path

import openpyxl
import pytest
from conftest import put_load
from hypothesis import given
from hypothesis import strategies as st

from pipelines import export, ingest, quality
from pipelines.errors import UnknownName
from pipelines.generation.versions import FACTS
from pipelines.quality import _LATE, Expectation, cadence, measure
from pipelines.workspace import Workspace

TODAY = dt.date(2026, 6, 30)  # a Tuesday
LOG = "Date Received,Patient Name,DOB,Referring Provider,Referring Practice,Channel\n"


def days(*texts: str) -> list[dt.date]:
    return [dt.date.fromisoformat(f"2026-{text}") for text in texts]


WEEKLY = days("05-11", "05-18", "05-25", "06-01")
WORKDAYS = days("06-22", "06-23", "06-24", "06-25", "06-26")  # Monday to Friday
MONTHLY = days("03-01", "04-01", "05-01", "06-01")

# arrivals, today, said -> state, usual gap, in working days, expected, overdue from
CADENCES = [
    ("no arrival", [], "06-30", Expectation(), "not known yet", None, False, None, None),
    ("two arrivals", days("06-01", "06-08"), "06-30", Expectation(), "not known yet", None, False, None, None),
    ("three on two days", days("06-01", "06-08", "06-08"), "06-30", Expectation(), "not known yet", None, False, None, None),
    ("weekly, before the day", WEEKLY, "06-07", Expectation(), "on time", 7, False, "06-08", "06-13"),
    ("weekly, on the day", WEEKLY, "06-08", Expectation(), "due", 7, False, "06-08", "06-13"),
    ("weekly, last day of grace", WEEKLY, "06-12", Expectation(), "due", 7, False, "06-08", "06-13"),
    ("weekly, overdue", WEEKLY, "06-13", Expectation(), "overdue", 7, False, "06-08", "06-13"),
    ("weekly, an odd gap", [*WEEKLY, *days("06-03", "06-10", "06-17")], "06-20", Expectation(), "on time", 7, False, "06-24", "06-29"),
    ("later days do not count", [*WEEKLY, *days("06-29")], "06-13", Expectation(), "overdue", 7, False, "06-08", "06-13"),
    ("monthly", MONTHLY, "06-30", Expectation(), "on time", 31, False, "07-02", "07-19"),
    ("working days, over a weekend", WORKDAYS, "06-28", Expectation(), "on time", 1, True, "06-29", "07-01"),
    ("working days, Tuesday", WORKDAYS, "06-30", Expectation(), "due", 1, True, "06-29", "07-01"),
    ("working days, Wednesday", WORKDAYS, "07-01", Expectation(), "overdue", 1, True, "06-29", "07-01"),
    ("daily with weekends", days("06-19", "06-20", "06-21", "06-22"), "06-25", Expectation(), "overdue", 1, False, "06-23", "06-25"),
    ("set for two arrivals", days("06-01", "06-08"), "06-30", Expectation(10), "overdue", 10, False, "06-18", "06-25"),
    ("set over learned", WEEKLY, "06-20", Expectation(30), "on time", 30, False, "07-01", "07-18"),
    ("silenced", WEEKLY, "06-30", Expectation(silenced=True), "silenced", None, False, None, None),
    ("daily long ago, monthly of late", [*(dt.date(2024, 1, 1) + dt.timedelta(days=n) for n in range(30)),
     *(dt.date(2025, 6, 15) + dt.timedelta(days=30 * n) for n in range(13))], "06-30", Expectation(), "on time", 30, False, "07-10", "07-27"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("_case", "came", "today", "said", "state", "every", "working", "expected", "overdue"), CADENCES
)
def test_a_file_is_expected_when_the_table_says(
    _case: str, came: Sequence[dt.date], today: str, said: Expectation, state: str, every: float | None, working: bool,
    expected: str | None, overdue: str | None,
) -> None:  # fmt: skip
    found = cadence(came, *days(today), said)
    day = dt.date.fromisoformat
    assert (found.state, found.every_days, found.working_days) == (state, every, working)
    assert found.expected_on == (day(f"2026-{expected}") if expected else None)
    assert found.overdue_from == (day(f"2026-{overdue}") if overdue else None)


@given(st.sets(st.dates(dt.date(2025, 1, 1), dt.date(2026, 6, 1)), min_size=3, max_size=40), st.integers(0, 200))
def test_time_alone_never_makes_an_overdue_file_less_overdue(came: set[dt.date], later: int) -> None:
    order = [quality.ON_TIME, quality.DUE, quality.OVERDUE]
    start = max(came)
    now, then = (cadence(came, start + dt.timedelta(days=later + more)) for more in (0, 1))
    assert order.index(now.state) <= order.index(then.state)
    assert now.expected_on
    assert now.overdue_from
    assert start < now.expected_on <= now.overdue_from


def _ingest(workspace: Workspace, folder: Path, name: str, rows: str) -> None:
    path = folder / name
    path.write_text(LOG + rows, "utf-8")
    ingest.ingest_files(workspace, [path])


def test_rows_in_are_loaded_rejected_or_duplicate_and_an_undone_load_counts_for_nothing(
    workspace: Workspace, tmp_path: Path
) -> None:
    row = "03/02/2026,Mary Poe,01/15/1961,Ann Lee MD,Elm Clinic,\n"
    _ingest(workspace, tmp_path, "log.csv", row + row + "nonsense,Moe Poe,01/15/1961,Ann Lee MD,Elm Clinic,fax\n")
    found = measure(workspace)
    month = found.months.iloc[0]
    assert (month["rows_in"], month["rows_loaded"], month["rows_rejected"], month["rows_duplicate"]) == (3, 1, 1, 1)
    assert found.feeds.iloc[0]["last_arrival"].date() == dt.datetime.now(dt.UTC).date()
    load = workspace.ledger.loads()[0]
    workspace.ledger.undo(load.load_id, "test")
    undone = measure(workspace)
    assert undone.months.empty
    assert undone.feeds.iloc[0]["files"] == 1  # it came all the same


def test_blanks_are_counted_by_field_and_no_header_or_cell_is_kept(workspace: Workspace, tmp_path: Path) -> None:
    _ingest(workspace, tmp_path, "log.csv", "03/02/2026,Mary Poe,01/15/1961,Ann Lee MD,Elm Clinic,\n"
            "03/03/2026,Moe Poe,01/16/1961,Ann Lee MD,,fax\n03/04/2026,Max Poe,01/17/1961,Ann Lee MD,,\n")  # fmt: skip
    found = measure(workspace)
    blank = dict(zip(found.missing["column"], found.missing["blank"], strict=True))
    labels = {field.name: field.label for field in quality.sources.registry()["referral_log"].fields}
    assert blank[labels["practice"]] == 2
    assert blank[labels["channel"]] == 2
    assert blank[labels["received"]] == 0
    assert set(found.missing["rows"]) == {3}
    told = " ".join(frame.to_csv() for frame in (found.feeds, found.months, found.missing, found.arrivals))
    assert "Poe" not in told
    assert "Referring Practice" not in json.dumps(workspace.ledger.loads()[0].detail["blanks"])


def _touch(number: int, happened: dt.date) -> dict[str, object]:
    moment = dt.datetime.combine(happened, dt.time(12))
    return {"touch_id": number, "occurred_at": moment, "occurred_on": happened, "channel": "visit"}


def test_late_facts_are_those_first_told_long_after_they_happened_history_aside(workspace: Workspace) -> None:
    first, second = dt.datetime(2026, 4, 1, 12), dt.datetime(2026, 5, 6, 12)
    history = [_touch(n, dt.date(2025, 1, n)) for n in range(1, 6)]
    put_load(workspace, {"touch": history}, first, source="outreach_log")
    new = [_touch(11, dt.date(2026, 5, 5)), _touch(12, dt.date(2026, 4, 6)), _touch(13, dt.date(2026, 4, 5))]
    put_load(workspace, {"touch": [*history, *new]}, second, source="outreach_log")
    workspace.warehouse.publish()
    found = measure(workspace, TODAY)
    judged = {f"{row.month:%m}": (row.facts_judged, row.facts_late) for row in found.months.itertuples()}
    assert judged == {"04": (0, 0), "05": (3, 1)}  # 5 April is 31 days before 6 May, 6 April is 30
    assert measure(workspace, TODAY, late_days=29).months["facts_late"].sum() == 2


def test_every_fact_with_a_day_of_its_own_is_judged_for_lateness() -> None:
    dated = {"occurred_on", "received_on", "created_on", "sent_on", "completed_on", "stated_on", "exam_end_on", "invited_on", "started_on",
             "spent_on", "given_on", "as_of_on", "snapshot_on"}  # fmt: skip
    facts = {table.name for table in FACTS if dated & set(table.names)}
    # Of these a statement is of today (a plan, a version in force), not of something that happened on the day.
    assert facts - set(re.findall(r"select '(\w+)'", _LATE)) <= {"study_plan", "relationship"}


def test_what_is_said_of_a_feed_is_kept_checked_and_can_be_taken_back(workspace: Workspace) -> None:
    for day in WEEKLY:
        put_load(workspace, {"touch": [_touch(day.day, day)]}, dt.datetime.combine(day, dt.time(9)), source="outreach_log")  # fmt: skip
    feed = ("outreach_log", "test")
    assert len(measure(workspace, TODAY).overdue) == 1
    quality.expect(workspace.ledger, feed, Expectation(silenced=True), "me")
    assert measure(workspace, TODAY).overdue.empty
    quality.expect(workspace.ledger, feed, Expectation(60), "me")
    assert measure(workspace, TODAY).feeds.iloc[0]["basis"] == "set"
    quality.expect(workspace.ledger, feed, Expectation(), "me")
    assert len(measure(workspace, TODAY).overdue) == 1
    assert workspace.ledger.broken_trail_entry() is None
    with pytest.raises(UnknownName, match="no gap"):
        quality.expect(workspace.ledger, feed, Expectation(float("nan")), "me")
    with pytest.raises(UnknownName, match="ever loaded"):
        quality.expect(workspace.ledger, ("nothing", "test"), Expectation(7), "me")


def test_nothing_loaded_gives_empty_frames(workspace: Workspace) -> None:
    found = measure(workspace)
    assert all(frame.empty for frame in (found.feeds, found.months, found.missing, found.arrivals, found.overdue))


def test_a_system_named_like_a_formula_stays_text_in_a_workbook_and_in_csv() -> None:
    import pandas as pd

    frame = pd.DataFrame({"system": ["=1+1"], "rows": [3]})
    cell = openpyxl.load_workbook(io.BytesIO(export.workbook_of_frames({"Rows": frame}, [("What", "=x")])))["Rows"]["A2"]  # fmt: skip
    assert (cell.value, cell.data_type) == ("=1+1", "s")
    assert list(csv.reader(io.StringIO(export.csv_of_frame(frame).decode("utf-8-sig"))))[1][0] == "'=1+1"
