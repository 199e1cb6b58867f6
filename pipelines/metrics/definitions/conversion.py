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

from pipelines.frames import Columns, length
from pipelines.metrics.declare import JOURNEY_DIMENSIONS, Answer, Metric
from pipelines.metrics.engine import Ask
from pipelines.metrics.incidence import cohorts, horizons
from pipelines.metrics.shares import ESTIMATE
from pipelines.metrics.tally import Tally

HORIZONS = (30, 60, 90, 180)
# One row per cohort, day and outcome, and by how many horizons are over, which tells who was followed how long.
# What comes after the longest horizon is as good as open there; so there are few rows however many referrals.
# Not least(): that takes the 181 where the day is unknown, and a wrong date would pass for a long follow-up.
_TIMED = """timed as (
    select *, $cut_day::date - received_on as followed,
        case when enrolled_on is not null then enrolled_day when exit_on is not null then exit_day
             else $cut_day::date - received_on end as ended,
        case when enrolled_on is not null then 1 when exit_on is not null then 2 else 0 end as how
    from scoped where {population}
)"""
_ENDED = {
    "day": "case when ended > 180 then 181 else ended end",
    "outcome": "case when ended > 180 then 0 else how end",
    "age": "case when followed >= 180 then 180 when followed >= 90 then 90 when followed >= 60 then 60 when followed >= 30 then 30 else 0 end",
}
_COUNTED = Tally({"n": "{count}"}, _ENDED, among="", source="timed", before=_TIMED)


def answer(ask: Ask) -> Answer:
    """Cumulative incidence of enrolment at the fixed horizons, by cohort."""
    told = ask.tally(_COUNTED)
    known, cases = ~np.asarray(pd.isna(told["day"])), np.asarray(told["n"], "int64")
    found = {name: values[known] for name, values in told.items()}
    frame = ask.in_time(horizons(cohorts(found, 2, max(HORIZONS)), found, HORIZONS, "enrolled"))
    return Answer(frame, _caveats(frame, int(cases[~known].sum())), int(cases[known].sum()))


def _caveats(found: Columns, wrong: int) -> tuple[str, ...]:
    said = []
    if wrong:
        said.append(f"{wrong:,} whose enrolment or exit lies before the referral are left out: mend their dates.")
    if not found["mature"].all():
        said.append(ESTIMATE)
    if length(found) and not np.any(found["enrolled"]):
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
        "A referral that was declined before its subject went on in the study had not left by that.",
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
