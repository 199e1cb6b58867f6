"""The demo once more, month by month: its facts arrive as they happen and are recorded, and what is said of a month's last
day long afterwards is what was said on that day."""

from __future__ import annotations

import calendar
import datetime as dt
import hashlib
import shutil
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest

from pipelines import model
from pipelines.metrics import Result, Scope, compute, registry
from pipelines.workspace import Workspace, open_workspace

ALL = Scope.everything()
LONG_AGO = "date '1990-01-01'"
# The day by which a fact was known, as SQL over its table ``t``; what is known in advance comes with the first files.
KNOWN: dict[str, str] = {
    "referral": "greatest(coalesce(t.received_on, t.authored_on), t.recorded_on)",
    "referral_event": "greatest(t.occurred_on, t.recorded_on)",
    "subject_event": "greatest(t.occurred_on, t.recorded_on)",
    "research_subject": "(select min(e.occurred_on) from subject_event e where e.subject_id = t.subject_id)",
    "communication": "t.sent_on", "touch": "t.occurred_on", "newsletter_event": "t.occurred_on", "gift_ledger": "t.given_on",
    "touch_study": "(select any_value(o.occurred_on) from touch o where o.touch_id = t.touch_id)",
    "enrolment_count": "t.as_of_on", "slot": "t.snapshot_on", "relationship": "t.started_on", "survey_invite": "t.sent_on",
    "survey_response": "t.completed_on", "call": "t.started_on", "lead": "greatest(t.created_on, t.status_on)", "campaign_spend": "t.spent_on",
    "collab_session": "t.invited_on", "share_event": "t.occurred_at::date", "imaging_study": "coalesce(t.exam_end_on, t.exam_end_at::date)",
    "survey_answer": "(select any_value(r.completed_on) from survey_response r where r.response_id = t.response_id)",
    "appointment": "greatest(t.created_on, t.recorded_on, case when t.status <> 'booked' then least(t.start_on, date '2026-10-31') end)",
}  # fmt: skip
# A visit is booked before it is kept, and somebody who answers a campaign is new before anything comes of it: what was
# known in between.
BOOKED = "select t.* replace ('booked' as status, null as recorded_at, null as recorded_on, null as cancel_reason, null as cancelled_at, null as cancelled_on), t.created_on as known_on from appointment t where t.status <> 'proposed'"
ANSWERED = "select t.* replace ('new' as status, null as status_on), t.created_on as known_on from lead t where t.status_on > t.created_on"


class Arrivals:
    """The facts of a finished warehouse, cut by the month in which they became known."""

    def __init__(self, finished: Workspace, workspace: Workspace) -> None:
        self.workspace = workspace
        # A copy: one process may not open a database in two ways.
        copied = shutil.copy(_generation(finished), workspace.root / "finished.duckdb")
        self.con = duckdb.connect(str(copied), read_only=True)

    def load(self, after: dt.date | None, until: dt.date) -> None:
        """What became known after one day and by another, as one load of that day's evening."""
        arrived = dt.datetime.combine(until, dt.time(20))
        ledger = self.workspace.ledger
        load_id = ledger.begin_load(
            file_id=hashlib.sha256(until.isoformat().encode()).hexdigest(), part="", file_name=f"{until}.csv", source="test", system="test", by="test",
            counts={"rows_in": 0, "rows_loaded": 0, "rows_rejected": 0, "rows_duplicate": 0}, detail={"choices": {}, "received_at": arrived.isoformat()},
        )  # fmt: skip
        folder = self.workspace.record / str(load_id)
        folder.mkdir(parents=True)
        for table in model.TABLES:
            self._write(table, folder / f"{table.name}.parquet", after, until, arrived)
        ledger.activate(load_id, "test")
        self.workspace.warehouse.publish()

    def _write(
        self, table: model.Table, path: Path, after: dt.date | None, until: dt.date, arrived: dt.datetime
    ) -> None:
        known = f"coalesce({KNOWN.get(table.name, LONG_AGO)}, {LONG_AGO})"
        told = f"select t.*, {known} as known_on from {table.name} t"
        if table.name == "appointment":  # the latest state known by the evening counts
            told = f"select * from ({told} union all {BOOKED}) where known_on <= date '{until}' qualify row_number() over (partition by appointment_id order by known_on desc, status = 'booked') = 1"
        if table.name == "lead":
            told = f"select * from ({told} union all {ANSWERED}) where known_on <= date '{until}' qualify row_number() over (partition by lead_id order by known_on desc) = 1"
        columns = ", ".join(
            f"timestamp '{arrived}' as ingested_at" if column.name == "ingested_at" else column.name
            for column in table.all_columns
        )
        newer = f"and known_on > date '{after}'" if after else ""
        where = f"where known_on <= date '{until}' {newer}"
        if self.con.execute(f"select count(*) from ({told}) {where}").fetchall()[0][0]:
            self.con.execute(f"copy (select {columns} from ({told}) {where}) to '{path}' (format parquet)")


def _generation(workspace: Workspace) -> Path:
    with workspace.warehouse.read() as reader:
        return next(path for path in workspace.root.rglob(f"{reader.generation}*") if path.suffix == ".duckdb")


def month_ends(first: dt.date, months: int) -> list[dt.date]:
    places = [first.year * 12 + first.month - 1 + back for back in range(months)]
    return [dt.date(at // 12, at % 12 + 1, calendar.monthrange(at // 12, at % 12 + 1)[1]) for at in places]


def answers(workspace: Workspace, as_of: dt.date | None) -> dict[str, Result]:
    """Every metric, over time where it can be and cut once where it can be."""
    found = {}
    for name, metric in registry().items():
        found[name] = compute(
            name, ALL, grain=metric.grains[-1] if metric.grains else None, as_of=as_of, warehouse=workspace.warehouse
        )
        if "site" in metric.dimensions:
            found[f"{name} by site"] = compute(name, ALL, by="site", as_of=as_of, warehouse=workspace.warehouse)
    return found


def replayed(finished: Workspace, folder: Path, days: list[dt.date]) -> None:
    """Load the demo as far as it was known on each of ``days`` and ask everything; then ask again about all of them."""
    workspace = open_workspace(folder / "workspace")
    arrivals = Arrivals(finished, workspace)
    said: dict[dt.date, dict[str, Any]] = {}
    try:
        for before, day in zip([None, *days[:-1]], days, strict=True):
            arrivals.load(before, day)
            said[day] = answers(workspace, None)
            cut = next(iter(said[day].values())).as_of
            said[cut] = said.pop(day)  # the last day on which anything happened
        for day in list(said)[:-1]:
            again = answers(workspace, day)
            assert {name: result.as_of for name, result in again.items()} == dict.fromkeys(again, day)
            wrong = [name for name, result in again.items() if not _same(result, said[day][name])]
            assert not wrong, (day, wrong)
    finally:
        workspace.warehouse.close()


def _same(again: Result, then: Result) -> bool:
    try:
        pd.testing.assert_frame_equal(again.frame, then.frame)
    except AssertionError as different:
        print(again.metric.name, again.by, different)
        return False
    return again.n == then.n


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.delenv("RAPPORT_KEY", raising=False)
    return tmp_path


def test_what_was_said_on_a_day_is_said_of_it_two_months_later(demo_network: Workspace, folder: Path) -> None:
    replayed(demo_network, folder, [dt.date(2026, 3, 31), dt.date(2026, 5, 31)])


@pytest.mark.slow
def test_month_by_month_the_past_stays_what_it_was(demo_network: Workspace, folder: Path) -> None:
    replayed(demo_network, folder, month_ends(dt.date(2025, 9, 1), 12))
