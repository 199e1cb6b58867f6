"""Each metric of the pages at 1,000,000 referrals, beside the query one would write by hand on the same generation."""

from __future__ import annotations

import datetime as dt
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pipelines import ingest
from pipelines.metrics import Filters, Scope, compute
from pipelines.workspace import Workspace, open_workspace
from tests.benchmarks import measure, referrals

ROWS = int(os.environ.get("RAPPORT_ROWS", "1000000"))
WHERE = "countable and received_on between date '2025-07-01' and date '2026-06-30'"
# What a careful person would write for the same figure, without interval, folding or caveats.
BY_HAND = {
    ("referral_volume", None, "month"): f"select date_trunc('month', received_on), count(*) from journey where {WHERE} group by 1",
    ("referral_volume", "channel", "month"): f"select date_trunc('month', received_on), channel, count(*) from journey where {WHERE} group by all",
    ("unattributed_share", None, "month"): f"select date_trunc('month', received_on), count(*), count(*) filter (not attributed) from journey where {WHERE} group by 1",
    ("conversion", None, "month"): f"""
        with t as (select date_trunc('month', received_on) as m, coalesce(enrolled_day, exit_day, date_diff('day', received_on, date '2026-06-30')) as d,
                   (enrolled_day is not null)::int as e, (enrolled_day is null and exit_day is not null)::int as x
                   from journey where {WHERE} and intent = 'research'),
        c as (select m, d, sum(e) as e, sum(e + x) as o, count(*) as n from t group by all),
        r as (select *, sum(n) over (partition by m order by d rows between current row and unbounded following) as y from c)
        select m, d, sum(e / y * s) over (partition by m order by d) from (
            select *, coalesce(exp(sum(ln(greatest(1 - o / y, 1e-12))) over (partition by m order by d rows between unbounded preceding and 1 preceding)), 1) as s from r)""",
    ("enrolment_funnel", None, None): f"select stage, exit_code is not null, count(*) from journey where {WHERE} and intent = 'research' group by all",
    ("exit_reasons", None, None): f"select exit_code, exit_reason, count(*) from journey where {WHERE} and intent = 'research' and exit_code is not null group by all",
    ("relationship_state", None, None): """select practice_id, min(received_on), max(received_on), count(distinct date_trunc('week', received_on)), count(*)
        from journey where countable and practice_id is not null group by 1""",
}  # fmt: skip
FILTERS = Filters(start=dt.date(2025, 7, 1), stop=dt.date(2026, 6, 30))


def run() -> None:
    """Print each metric's median seconds beside its hand-written query's."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.environ["XDG_CONFIG_HOME"] = str(folder / "config")
        workspace = open_workspace(folder / "workspace")
        ingest.ingest_files(workspace, [referrals.write(folder / "all.csv", ROWS)])
        for (metric, by, grain), sql in BY_HAND.items():
            seconds = measure.interleaved(
                {"by hand": _query(workspace, sql), "rapport": _metric(workspace, metric, by, grain)}, 7
            )
            measure.report(f"{metric} by {by or '-'} per {grain or '-'}", seconds, "by hand")
        workspace.warehouse.close()


def _metric(workspace: Workspace, metric: str, by: str | None, grain: str | None) -> Callable[[], Any]:
    return lambda: compute(metric, Scope.everything(), FILTERS, by=by, grain=grain, warehouse=workspace.warehouse)


def _query(workspace: Workspace, sql: str) -> Callable[[], Any]:
    def ask() -> None:
        with workspace.warehouse.read() as reader:
            reader.frame(sql)

    return ask
