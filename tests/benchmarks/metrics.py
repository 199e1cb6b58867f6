"""Each metric of the pages at 1,000,000 referrals and 4,500,000 events, beside the query one would write by hand.

The hand-written query runs on the same generation and returns the same figures for the same groups, as plain SQL: the
columns that it shares with the metric are compared before anything is timed. It has no interval, caveat, definition,
list of loads, viewer's scope, folding of small members or day in the past: what the metric adds is its price.
"""

from __future__ import annotations

import datetime as dt
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from pipelines.metrics import Filters, Scope, compute
from pipelines.workspace import Workspace
from tests.benchmarks import network

REPEATS = int(os.environ.get("RAPPORT_REPEATS", "15"))
FILTERS = Filters(start=dt.date(2025, 7, 1), stop=dt.date(2026, 6, 30))
DAYS = "received_on between date '2025-07-01' and date '2026-06-30'"
WHERE = f"countable and {DAYS}"
RESEARCH = f"{WHERE} and intent = 'research'"
MONTH = "date_trunc('month', received_on)"
VOLUME = """count_if(countable) as n, count_if(excluded_because = 'duplicate') as duplicates, count_if(excluded_because = 'void') as voids,
    count_if(excluded_because = 'outbound') as outbound, count_if(countable and received_basis = 'authored') as fallback"""
AALEN_JOHANSEN = """ordered as (
    select *, sum(ends) over (partition by cohort) - coalesce(sum(ends) over earlier, 0) as at_risk
    from (select cohort, day, sum(event) as events, sum(event + exit) as outs, sum(k) as ends from timed group by all)
    window earlier as (partition by cohort order by day rows between unbounded preceding and 1 preceding)
),
surviving as (
    select *, coalesce(exp(sum(ln(greatest(1 - outs / at_risk, 1e-300))) over (partition by cohort order by day
        rows between unbounded preceding and 1 preceding)), 1) as before
    from ordered
)"""
TIMED = f"""timed as (
    select {{cohort}} as cohort, coalesce(enrolled_day, exit_day, date '2026-06-30' - received_on) as day,
        count(enrolled_day) as event, count(exit_day) filter (enrolled_day is null) as exit, count(*) as k
    from journey where {RESEARCH} group by all
)"""


@dataclass(frozen=True)
class Contest:
    """A metric's question, the query by hand, and the columns that both must agree on."""

    metric: str
    by: str | None
    grain: str | None
    sql: str
    returns: str
    same: tuple[str, ...]


CONTESTS = (
    Contest("referral_volume", None, "month", f"select {MONTH} as period, {VOLUME} from journey where {DAYS} group by all",
            "referrals a month, and those left out by why", ("period", "n", "duplicates", "voids", "outbound", "fallback")),
    Contest("referral_volume", "channel", "month", f"select channel as category, {MONTH} as period, {VOLUME} from journey where {DAYS} group by all",
            "the same by channel", ("category", "period", "n", "voids")),
    Contest("referral_volume", "practice", None, f"""with counted as (select practice, {VOLUME} from journey where {DAYS} group by all),
            ranked as (select *, row_number() over (order by n desc) as rank from counted)
            select least(rank, 21) as place, min(practice) as practice, sum(n) as n, sum(voids) as voids from ranked group by 1""",
            "the 20 largest practices and the rest", ("n", "voids")),
    Contest("active_referrers", None, "month", """select last_day(m) as "on", (select count(distinct practice_id) from journey
            where countable and received_on <= last_day(m) and received_on > last_day(m) - 90) as n
            from range(date '2025-07-01', date '2026-07-01', interval 1 month) t(m)""",
            "distinct practices in the 90 days before each month's end", ("on", "n")),
    Contest("new_referrers", None, "month", f"""select {MONTH} as period, count(*) as n from (
            select min(received_on) as received_on from journey where countable and practice_id is not null group by practice_id)
            where {DAYS} group by 1""", "practices by month of their first referral", ("n",)),
    Contest("unattributed_share", None, "month", f"""select {MONTH} as period, count(*) as n, count_if(not attributed) as unattributed,
            unattributed / n as value from journey where {WHERE} group by 1""",
            "referrals a month, those unattributed, their share", ("period", "n", "unattributed", "value")),
    Contest("conversion", None, "month", f"""with {TIMED.format(cohort=MONTH)}, {AALEN_JOHANSEN}
            select cohort as period, horizon, sum(events) filter (day <= horizon) as enrolled,
                sum(events / at_risk * before) filter (day <= horizon) as value
            from surviving, (select unnest([30, 60, 90, 180]) as horizon) group by all""",
            "Aalen-Johansen incidence a month at four horizons", ("enrolled",)),
    Contest("conversion_curve", None, None, f"""with timed as (
                select exit_code, case when enrolled_on is not null then enrolled_day when exit_on is not null then exit_day
                        else date '2026-06-30' - received_on end as day, enrolled_on is not null as enrolled, exit_on is not null as gone, count(*) as k
                from journey where {RESEARCH} group by all),
            ordered as (select case when enrolled then 'enrolled' when gone then exit_code end as how, day, sum(k) as k from timed group by all),
            each_day as (select day, sum(k) as ends, sum(k) filter (how is not null) as outs from ordered group by day),
            risk as (select *, sum(ends) over (order by day rows between current row and unbounded following) as at_risk from each_day),
            surviving as (select *, coalesce(exp(sum(ln(greatest(1 - coalesce(outs, 0) / at_risk, 1e-300))) over (order by day
                rows between unbounded preceding and 1 preceding)), 1) as before from risk)
            select how, day, sum(k / at_risk * before) over (partition by how order by day) as value
            from ordered join surviving using (day) where how is not null""", "Aalen-Johansen incidence of every outcome a day", ()),
    Contest("enrolment_funnel", None, None, f"""with counted as (select stage, exit_on is not null and enrolled_on is null as gone, count(*) as k
                from journey where {RESEARCH} group by all),
            steps as (select unnest(['referred', 'contacted', 'prescreened', 'consented', 'screened', 'eligible', 'enrolled']) as stage, unnest(range(7)) as step)
            select steps.stage, sum(k) filter (mine.step >= steps.step) as n, coalesce(sum(k) filter (mine.step = steps.step and gone), 0) as exited
            from steps, counted join steps mine on mine.stage = counted.stage group by all""",
            "how many reached each stage and how many left there", ("stage", "n", "exited")),
    Contest("exit_reasons", None, None, f"""with counted as (select exit_code, lower(trim(exit_reason)) as written, count(*) as n from journey
                where {RESEARCH} and exit_on is not null and enrolled_on is null group by all),
            ranked as (select *, row_number() over (order by n desc, exit_code, written) as rank from counted)
            select least(rank, 21) as rank, min(written), sum(n) as n, sum(n) / (select sum(n) from counted) as value from ranked group by 1""",
            "the 20 most frequent ways and reasons to leave and the rest", ("n", "value")),
    Contest("relationship_state", "practice", None, """with weeks as (
                select practice_id, date_trunc('week', received_on) as week, min(received_on) as first_day, max(received_on) as last_day, count(*) as n,
                    count(enrolled_on) as enrolled
                from journey where countable and practice_id is not null group by all),
            gaps as (select *, first_day - lag(last_day) over (partition by practice_id order by week) as gap from weeks),
            touches as (select practice_id, max(occurred_on) as last_touch, arg_max(liaison, occurred_on) as liaison from outreach group by 1)
            select practice, min(first_day) as first_on, max(last_day) as last_on, count(*) as weeks, sum(n) as n, sum(enrolled) as enrolled,
                max(gap) filter (first_day > date '2026-06-30' - 90) as back, any_value(last_touch), any_value(liaison)
            from gaps join dim_practice using (practice_id) left join touches using (practice_id) group by practice_id, practice""",
            "each practice's weeks, gaps and last contact: no alarm, no fitted model", ("first_on", "last_on", "weeks", "n", "enrolled")),
    Contest("feedback_response", None, "quarter", """select date_trunc('quarter', sent_on) as period, count(*) as n, count(answered_on) as answered
            from invitation where delivered and sent_on between date '2025-07-01' and date '2026-06-30' group by 1""",
            "invitations and answers a quarter", ("period", "n", "answered")),
    Contest("feedback_nps", None, "quarter", """select date_trunc('quarter', completed_on) as period, count(*) as n,
            count_if(value_num >= 9) as promoters, count_if(value_num < 7) as detractors, 100 * (promoters - detractors) / n as value
            from feedback where kind = 'nps' and completed_on between date '2025-07-01' and date '2026-06-30' group by 1""",
            "answers and score a quarter", ("period", "n", "promoters", "detractors", "value")),
    Contest("feedback_top_box", None, None, """select item_label as question, count(*) as n, count_if(value_num >= scale_max) as top, top / n as value, avg(value_num) as mean
            from feedback where kind = 'rating' and completed_on between date '2025-07-01' and date '2026-06-30' group by 1""",
            "answers and best answers a question", ("question", "n", "top", "value", "mean")),
    Contest("feedback_comments", None, None, """select completed_on, survey, site, practice, item_label, value_text from feedback
            where kind = 'comment' and value_text <> '' and completed_on between date '2025-07-01' and date '2026-06-30'
            order by completed_on desc limit 200""", "the newest 200", ("completed_on",)),
)  # fmt: skip


def run() -> None:
    """Print each metric's median wall and CPU milliseconds beside its hand-written query's."""
    with tempfile.TemporaryDirectory() as name:
        workspace = network.made(Path(os.environ.get("RAPPORT_BENCH", name)))
        wanted = os.environ.get("RAPPORT_METRIC", "")
        worst = [_run(workspace, contest) for contest in CONTESTS if wanted in contest.metric]
        over = sum(ratio > 2 for ratio, _ in worst)
        print(f"{len(worst)} questions: worst {max(worst)[0]:.2f} x ({max(worst)[1]}), {over} above 2 x")
        workspace.warehouse.close()


def _run(workspace: Workspace, contest: Contest) -> tuple[float, str]:
    """Interleaved, so that a busy moment hits both alike; returns the ratio of the medians of wall time and the name."""
    hand, ours = _query(workspace, contest.sql), _metric(workspace, contest)
    _agree(contest, hand(), ours())
    wall, cpu = {hand: [], ours: []}, {hand: [], ours: []}
    for _ in range(REPEATS):
        for run in (hand, ours):
            before, started = time.process_time(), time.perf_counter()
            run()
            wall[run].append(1000 * (time.perf_counter() - started))
            cpu[run].append(1000 * (time.process_time() - before))
    hand_ms, ours_ms, hand_cpu, ours_cpu = (
        statistics.median(kind[run]) for kind in (wall, cpu) for run in (hand, ours)
    )
    name = (
        f"{contest.metric}{f' by {contest.by}' if contest.by else ''}{f' per {contest.grain}' if contest.grain else ''}"
    )
    print(f"{name:<36} {ours_ms:6.1f} ms ({ours_cpu:6.1f} CPU)  by hand {hand_ms:6.1f} ms ({hand_cpu:6.1f} CPU)  "
          f"{ours_ms / hand_ms:5.2f} x ({ours_cpu / hand_cpu:5.2f} x CPU)  {contest.returns}")  # fmt: skip
    return ours_ms / hand_ms, name


def _agree(contest: Contest, hand: pd.DataFrame, ours: pd.DataFrame) -> None:
    """Stop where the query by hand does not answer the same question."""
    for column in contest.same:
        mine, theirs = (sorted(frame[column].astype(float).round(6) if frame[column].dtype.kind in "fiu" or column in ("n", "voids")
                               else frame[column].astype(str).str[:30]) for frame in (ours, hand))  # fmt: skip
        if mine != theirs:
            raise SystemExit(
                f"{contest.metric}: {column} differs: {mine[:5]} {len(mine)} against {theirs[:5]} {len(theirs)}"
            )


def _metric(workspace: Workspace, contest: Contest) -> Callable[[], pd.DataFrame]:
    return lambda: compute(contest.metric, Scope.everything(), FILTERS, by=contest.by, grain=contest.grain,
                           warehouse=workspace.warehouse).frame  # fmt: skip


def _query(workspace: Workspace, sql: str) -> Callable[[], Any]:
    def ask() -> pd.DataFrame:
        with workspace.warehouse.read() as reader:
            return reader.frame(sql)

    return ask
