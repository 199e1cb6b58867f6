"""What the recruitment forecast would have said earlier, and what came (M32).

Frame, one row per study and earlier day: ``category`` (the study), ``category_id``, ``said_on`` (the day it would have
been said), ``n`` (enrolled now), ``value`` (the number expected for now), ``low``, ``high`` (its 95% interval),
``inner_low``, ``inner_high`` (80%), ``actual`` (what it is), ``held`` (80% interval held it), ``held_95``.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from pipelines.metrics.declare import Answer, Metric
from pipelines.metrics.engine import Ask
from pipelines.metrics.recruiting import backtest, days_to_dates, studies
from pipelines.statistics.recruitment import MONTH

DRAWS = 400
SETTINGS = {"months_back": 6, "step_months": 3}
_COLUMNS = (
    "category", "category_id", "said_on", "n", "value", "low", "high", "inner_low", "inner_high", "actual", "held", "held_95",
)  # fmt: skip


def answer(ask: Ask) -> Answer:
    """The forecast repeated three and six months ago, for today."""
    back = tuple(np.arange(SETTINGS["step_months"], SETTINGS["months_back"] + 1, SETTINGS["step_months"]) * MONTH)
    parts, seen = [], 0
    for one in studies(ask):
        found = backtest(one, back, DRAWS) if one.enrolled else None
        if one.closed or found is None or not len(found.cut):
            continue
        seen += one.enrolled
        inner = (found.low <= found.actual) & (found.actual <= found.high)
        outer = (found.lowest <= found.actual) & (found.actual <= found.highest)
        parts.append(pd.DataFrame({
            "category": one.name, "category_id": one.study_id, "said_on": days_to_dates(found.cut).to_numpy(),
            "n": one.enrolled, "value": found.median, "low": found.lowest, "high": found.highest,
            "inner_low": found.low, "inner_high": found.high, "actual": found.actual, "held": inner, "held_95": outer,
        }))  # fmt: skip
    frame = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=list(_COLUMNS))
    frame["category_id"], frame["n"] = frame["category_id"].astype("Int64"), frame["n"].astype("int64")
    return Answer(frame[list(_COLUMNS)], _caveats(frame), seen)


def _caveats(frame: pd.DataFrame) -> tuple[str, ...]:
    if frame.empty:
        return ("No study had 5 enrolled at 2 recruiting sites three months ago: nothing can be checked yet.",)
    inner, outer = int(frame["held"].sum()), int(frame["held_95"].sum())
    return (
        f"Of {len(frame):,} forecasts made for today, {inner:,} of the 80% and {outer:,} of the 95% intervals held.",
        "Opening and closing dates count as known in advance, as plans are.",
    )


METRIC = Metric(
    name="recruitment_backtest",
    label="Forecasts that can be checked",
    question="How right would the recruitment forecast have been?",
    description="The forecast repeated as of three and six months ago for the as-of day, beside what came.",
    numerator="participants enrolled by the as-of day",
    denominator="none: a count",
    unit="participants",
    window="said three and six months before the as-of day, from what was known then",
    edge_cases=(
        "Studies that were below the gate then, or are closed now, are left out.",
        "Enrolments recorded late count as known on the day they happened.",
    ),
    source="The forecast's own method at earlier days (Anisimov & Fedorov 2007).",
    dimensions=("study",),
    grains=(),
    answer=answer,
    columns={
        "said_on": "the day it would have been said",
        "inner_low": "80% interval, low",
        "inner_high": "80% interval, high",
        "actual": "what came",
        "held": "the 80% interval held it",
        "held_95": "the 95% interval held it",
    },
    relation="subject",
    population="code in ('randomized', 'on_study')",
    settings=SETTINGS,
    chart="table",
)
