"""Conversion from referral to enrolment (M30).

Frame, one row per category, period (month of referral) and horizon: ``category``, ``category_id``, ``period``,
``complete`` (the period is over), ``horizon`` (30, 60, 90, 180 days), ``n`` (referrals), ``followed`` (of them, how
many were received at least that long ago), ``mature`` (at least 90% were: otherwise show the value as an estimate,
lighter, with its interval), ``enrolled`` (seen within the horizon so far), ``value`` (cumulative incidence; NaN
while nobody was followed that long), ``low``, ``high``.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from pipelines.metrics.declare import JOURNEY_DIMENSIONS, Answer, Metric
from pipelines.metrics.engine import Ask
from pipelines.metrics.incidence import cohorts, horizons

HORIZONS = (30, 60, 90, 180)
# One row per cohort, day and outcome, and by how many horizons are over, which tells who was followed how long.
# What comes after the longest horizon is as good as open there; so there are few rows however many referrals.
# Not least(): that takes the 181 where the day is unknown, and a wrong date would pass for a long follow-up.
COUNTED = """timed as (
    select *, $cut_day::date - received_on as age,
        case when enrolled_on is not null then enrolled_day when exit_on is not null then exit_day
             else $cut_day::date - received_on end as ended,
        case when enrolled_on is not null then 1 when exit_on is not null then 2 else 0 end as how
    from scoped where {population}
),
counted as (
    select {key} as category_id, {label} as category, {period} as period, case when ended > 180 then 181 else ended end as day,
        case when ended > 180 then 0 else how end as outcome,
        case when age >= 180 then 180 when age >= 90 then 90 when age >= 60 then 60
             when age >= 30 then 30 else 0 end as age,
        {count} as n
    from timed group by all
), {fold}
select place, category, category_id, others, period, day, outcome, age, sum(n)::bigint as cases
from folded group by all order by place, period"""


def answer(ask: Ask) -> Answer:
    """Cumulative incidence of enrolment at the fixed horizons, by cohort."""
    found = ask.folded(COUNTED)
    wrong = int(found.loc[found["day"].isna(), "cases"].sum())
    found = found.dropna(subset="day")
    made = cohorts(found, 2, max(HORIZONS))
    frame = ask.marked(horizons(made, found, HORIZONS).rename(columns={"seen": "enrolled"}))
    return Answer(frame, _caveats(frame, wrong), int(found["cases"].sum()))


def _caveats(frame: pd.DataFrame, wrong: int) -> tuple[str, ...]:
    said = []
    if wrong:
        said.append(f"{wrong:,} whose enrolment or exit lies before the referral are left out: mend their dates.")
    if len(frame) and not frame["mature"].all():
        said.append("The latest have not had the whole time yet: their values are estimates, see the interval.")
    if len(frame) and not np.any(frame["enrolled"]):
        said.append("No enrolments yet: only an upper bound can be given.")
    return tuple(said)


METRIC = Metric(
    name="conversion",
    label="Conversion to enrolment",
    question="What share of referred patients enrol, and how soon?",
    description=(
        "Probability of being enrolled within 30, 60, 90 and 180 days of referral, by month of referral. People still "
        "under way count for as long as they were followed; leaving another way ends the chance to enrol."
    ),
    numerator="first randomisation or on-study milestone of the referral's subject",
    denominator="research referrals received in the period",
    unit="share",
    window="30, 60, 90, 180 days from received; open cases are followed until the as-of day and then count as open (censored)",
    edge_cases=(
        "Competing exits: screen failure, declined, unreachable, withdrawn, cancelled, study closed.",
        "A rescreening of the same subject counts once; a referral to another study is a new start.",
        "An enrolment or exit dated before the referral is an error: left out and counted.",
        "A horizon that nobody has reached yet has no value; one that fewer than 90% have reached is an estimate.",
    ),
    source="Aalen & Johansen 1978; Aalen's plug-in variance on the log(-log) scale; Jeffreys bound at none or all.",
    dimensions=JOURNEY_DIMENSIONS,
    grains=("month", "quarter", "year"),
    answer=answer,
    columns={
        "horizon": "days since referral",
        "followed": "referrals received at least that long ago",
        "mature": "at least 90% were followed that long",
        "enrolled": "enrolled within the horizon so far",
    },
    population="countable and intent = 'research'",
    picks={"stage": "stage = $pick", "exit_code": "exit_code = $pick"},
    chart="trend",
)
