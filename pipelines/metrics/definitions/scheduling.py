"""From received to scheduled and to kept (M7, M9).

Frame, one row per measure, category, period and horizon: ``measure`` ("scheduled" | "kept"), ``category``,
``category_id``, ``period``, ``complete``, ``horizon`` (3, 7, 14, 30 days), ``n`` (referrals), ``followed``, ``mature`` (see
conversion), ``reached`` (seen within the horizon so far), ``value`` (cumulative incidence), ``low``, ``high``,
``median_days`` and ``p90_days`` (days by which half and nine tenths of all referrals had it; NaN where never seen).
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pipelines.frames import Columns
from pipelines.metrics.declare import JOURNEY_DIMENSIONS, Answer, Metric
from pipelines.metrics.engine import Ask
from pipelines.metrics.incidence import cohorts, horizons
from pipelines.metrics.shares import left_out, measured, said, unbooked
from pipelines.metrics.tally import Tally

HORIZONS = (3, 7, 14, 30)
LONGEST = 180
MEASURES = ("scheduled", "kept")
_TIMED = """timed as (
    select *, $cut_day::date - received_on as followed from scoped where {population}
),
each_measure as (
    select *, 'scheduled' as measure, scheduled_day as done from timed
    union all
    select *, 'kept', kept_day from timed
),
ended as (
    select *, case when done < 0 then null else coalesce(least(done, exit_day), followed) end as ended,
        case when done <= coalesce(exit_day, done) then 1 when exit_day is not null then 2 else 0 end as how
    from each_measure
)"""
_ENDED = {
    "measure": "measure",
    "day": "case when ended > 180 then 181 else ended end",
    "outcome": "case when ended > 180 then 0 else how end",
    "age": "case when followed >= 30 then 30 when followed >= 14 then 14 when followed >= 7 then 7 when followed >= 3 then 3 else 0 end",
}
_COUNTED = Tally({"n": "{count}"}, _ENDED, among="", source="ended", before=_TIMED)


def answer(ask: Ask) -> Answer:
    """Cumulative incidence of scheduling and of a kept appointment, by cohort."""
    told = ask.tally(_COUNTED)
    known, cases, measure = ~np.asarray(pd.isna(told["day"])), np.asarray(told["n"], "int64"), told["measure"]
    found = measured({name: _horizons(told, known & (measure == name)) for name in MEASURES}, ask)
    wrong, n = (int(cases[(measure == "scheduled") & part].sum()) for part in (~known, known))
    return Answer(found, (*unbooked(ask), *left_out(wrong, "scheduling or visit"), *said(found)), n)


def _horizons(told: Columns, which: NDArray[np.bool_]) -> Columns:
    """One measure's cohorts at the horizons, with the days by which half and nine tenths had it."""
    found = {name: values[which] for name, values in told.items()}
    made = cohorts(found, 2, LONGEST)
    quantiles = {
        f"{name}_days": made.incidence.when(share).repeat(len(HORIZONS))
        for name, share in (("median", 0.5), ("p90", 0.9))
    }
    return horizons(made, found, HORIZONS, "reached") | quantiles


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
        "Who was seen had been scheduled by that day: who walks in is scheduled and seen at once.",
        "Where no file says when an appointment was made, it counts as made on the day it takes place: never too early.",
        "The median is over all referrals: there is none when fewer than half were ever seen.",
    ),
    source="Aalen & Johansen 1978; plug-in variance on the log(-log) scale; Jeffreys bound at none or all; quantiles of the cumulative incidence.",
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
