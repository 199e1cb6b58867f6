"""The course of conversion: who enrolled and who left how, day by day (M30).

Frame, one row per category, outcome and day: ``category``, ``category_id``, ``outcome`` (enrolled | declined |
unreachable | prescreen_failed | screen_failed | withdrawn | cancelled | redirected |
handback | study_closed), ``day`` (0, 5, ... 180 since
referral), ``n`` (referrals), ``at_risk`` (still under way and followed on that day), ``value`` (cumulative incidence;
NaN beyond the longest follow-up), ``low``, ``high``. The values of all outcomes of a day sum to at most 1.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pipelines.frames import Columns, length
from pipelines.metrics.declare import JOURNEY_DIMENSIONS, Answer, Metric
from pipelines.metrics.engine import Ask
from pipelines.metrics.incidence import Cohorts, cohorts
from pipelines.metrics.tally import Tally
from pipelines.statistics import survival

OUTCOMES = (
    "enrolled", "declined", "unreachable", "prescreen_failed", "screen_failed", "withdrawn", "cancelled", "redirected",
    "handback", "study_closed",
)  # fmt: skip
DAYS = np.arange(0, 181, 5)
_TIMED = """timed as (
    select *, case when enrolled_on is not null then enrolled_day when exit_on is not null then exit_day
              else $cut_day::date - received_on end as ended
    from scoped where {population}
)"""
_ENDED = {
    "day": "case when ended > 180 then 181 else ended end",
    "how": "case when enrolled_on is not null then 'enrolled' when exit_on is not null then exit_code end",
}
_COUNTED = Tally({"n": "{count}"}, _ENDED, among="", source="timed", before=_TIMED)


def answer(ask: Ask) -> Answer:
    """Cumulative incidence of every outcome over 180 days."""
    told = ask.tally(_COUNTED)
    known, cases = ~np.asarray(pd.isna(told["day"])), np.asarray(told["n"], "int64")
    found = {name: values[known] for name, values in told.items()}
    found["outcome"] = pd.Index(OUTCOMES).get_indexer(pd.Index(found["how"])) + 1  # 0: still open
    made = cohorts(found, len(OUTCOMES), int(DAYS[-1]))
    longest = np.zeros(length(made.names))
    np.maximum.at(longest, made.place, np.asarray(found["day"], float))
    wrong = int(cases[~known].sum())
    said = (
        (f"{wrong:,} whose enrolment or exit lies before the referral are left out: mend their dates.",)
        if wrong
        else ()
    )
    return Answer(_long(made, longest), said, int(cases[known].sum()))


def _long(made: Cohorts, longest: NDArray[np.float64]) -> Columns:
    """One row per category, outcome and day."""
    shape = (length(made.names), len(OUTCOMES), len(DAYS))
    steps = [made.incidence.at(DAYS, cause) for cause in range(len(OUTCOMES))]
    value, var = (np.stack(parts, axis=1) for parts in zip(*steps, strict=True))
    low, high = survival.incidence_interval(value, var)
    unknown = np.broadcast_to(longest[:, None, None] < DAYS, shape)
    each = np.repeat(np.arange(shape[0]), shape[1] * shape[2])
    at_risk = np.broadcast_to(made.incidence.at_risk[:, None, DAYS], shape)
    columns: dict[str, Any] = {name: made.names[name][each] for name in ("category", "category_id")}
    columns |= {
        "outcome": np.tile(np.repeat(np.array(OUTCOMES, object), shape[2]), shape[0]),
        "day": np.tile(DAYS, shape[0] * shape[1]),
    }
    columns |= {"n": made.n[each], "at_risk": at_risk.ravel().astype("int64")}
    figures = {"value": value, "low": low, "high": high}
    return columns | {name: np.where(unknown, np.nan, figure).ravel() for name, figure in figures.items()}


METRIC = Metric(
    name="conversion_curve",
    label="Course of conversion",
    question="How does it go on after a referral: who enrols, who leaves, and when?",
    description="Probability of having enrolled, or of having left in each way, by days since the referral.",
    numerator="first enrolment or exit",
    denominator="research referrals received in the period",
    unit="share",
    window="180 days from received; open cases are followed until the as-of day and then count as open (censored)",
    edge_cases=(
        "All outcomes and those still under way sum to 1 on every day.",
        "An enrolment or exit dated before the referral is an error: left out and counted.",
        "Beyond the longest follow-up there is no value.",
    ),
    source="Aalen & Johansen 1978; Aalen's plug-in variance on the log(-log) scale.",
    dimensions=JOURNEY_DIMENSIONS,
    grains=(),
    answer=answer,
    columns={
        "outcome": "enrolled, or how they left",
        "day": "days since the referral",
        "at_risk": "still under way and followed on that day",
    },
    population="countable and intent = 'research'",
    picks={"stage": "stage = $pick", "exit_code": "exit_code = $pick"},
    chart="curve",
)
