"""From received to scheduled and to kept (M7, M9).

Frame, one row per measure, category, period and horizon: ``measure`` ("scheduled" | "kept"), ``category``,
``category_id``, ``period``, ``complete``, ``horizon`` (3, 7, 14, 30 days), ``n`` (referrals), ``followed``, ``mature`` (see
conversion), ``reached`` (seen within the horizon so far), ``value`` (cumulative incidence), ``low``, ``high``,
``median_days`` and ``p90_days`` (days by which half and nine tenths of all referrals had it; NaN where never seen).
"""

from __future__ import annotations

import pandas as pd

from pipelines.metrics.declare import JOURNEY_DIMENSIONS, Answer, Metric
from pipelines.metrics.engine import Ask
from pipelines.metrics.incidence import cohorts, horizons
from pipelines.metrics.shares import left_out, said, unbooked

HORIZONS = (3, 7, 14, 30)
LONGEST = 180
MEASURES = ("scheduled", "kept")
_COUNTED = """timed as (
    select *, $cut_day::date - received_on as age from scoped where {population}
),
each_measure as (
    select *, 'scheduled' as measure, scheduled_day as done from timed
    union all
    select *, 'kept', kept_day from timed
),
ended as (
    select *, case when done < 0 then null else coalesce(least(done, exit_day), age) end as ended,
        case when done <= coalesce(exit_day, done) then 1 when exit_day is not null then 2 else 0 end as how
    from each_measure
),
counted as (
    select {key} as category_id, {label} as category, {period} as period, measure, case when ended > 180 then 181 else ended end as day,
        case when ended > 180 then 0 else how end as outcome,
        case when age >= 30 then 30 when age >= 14 then 14 when age >= 7 then 7 when age >= 3 then 3 else 0 end as age,
        {count} as n
    from ended group by all
), {fold}
select place, category, category_id, others, measure, period, day, outcome, age, sum(n)::bigint as cases
from folded group by all order by place, period"""


def answer(ask: Ask) -> Answer:
    """Cumulative incidence of scheduling and of a kept appointment, by cohort."""
    found = ask.folded(_COUNTED)
    wrong = int(found.loc[found["day"].isna() & (found["measure"] == "scheduled"), "cases"].sum())
    found = found.dropna(subset="day")
    parts = [_measure(found[found["measure"] == measure].reset_index(drop=True), measure) for measure in MEASURES]
    frame = ask.marked(pd.concat(parts, ignore_index=True))
    n = int(found.loc[found["measure"] == "scheduled", "cases"].sum())
    return Answer(frame, (*unbooked(ask), *left_out(wrong, "scheduling"), *said(frame)), n)


def _measure(found: pd.DataFrame, measure: str) -> pd.DataFrame:
    made = cohorts(found, 2, LONGEST)
    frame = horizons(made, found, HORIZONS).rename(columns={"seen": "reached"})
    each = len(HORIZONS)
    quantiles = {
        f"{name}_days": made.incidence.when(share).repeat(each) for name, share in (("median", 0.5), ("p90", 0.9))
    }
    return frame.assign(measure=measure, **quantiles)


METRIC = Metric(
    name="scheduling",
    label="Time to appointment",
    question="How fast are referred patients scheduled, and how fast seen?",
    description="Share of referrals scheduled, and share with a kept appointment, within 3, 7, 14 and 30 days of receipt.",
    numerator="first scheduling; first kept appointment",
    denominator="referrals received in the period",
    unit="share",
    window="calendar days of the site from the day received; open referrals are followed until the as-of day and then count as open (censored); followed for 180 days",
    edge_cases=(
        "A referral that was declined, cancelled, unreachable or otherwise left competes: whichever came first counts.",
        "A scheduling or visit on a day before the referral was received is a data error: such a referral is left out and counted.",
        "The median is over all referrals: NaN when fewer than half were ever seen.",
    ),
    source="Aalen & Johansen 1978; quantiles of the cumulative incidence.",
    dimensions=(*JOURNEY_DIMENSIONS, "priority", "modality"),
    grains=("month", "quarter", "year"),
    answer=answer,
    columns={
        "measure": "scheduled or kept",
        "horizon": "days since received",
        "followed": "referrals received at least that long ago",
        "mature": "at least 90% were followed that long",
        "reached": "had it within the horizon so far",
        "median_days": "days by which half had it",
        "p90_days": "days by which nine tenths had it",
    },
    chart="trend",
)
