"""Medians of whole numbers of days: what the metrics of durations share."""

from __future__ import annotations

import numpy as np
import pandas as pd

from pipelines.metrics.engine import Ask
from pipelines.statistics import quantiles

SPREAD_COLUMNS = {"p90": "nine tenths took at most this"}
_CELL = ["category", "category_id", "period"]


def spread(ask: Ask, days: str) -> pd.DataFrame:
    """One row per category and period: ``n``, ``value`` (median of ``days``, a whole number or NULL in every row of
    the metric's population), ``low``, ``high``, ``p90``."""
    found = ask.folded(
        f"""counted as (
        select {{key}} as category_id, {{label}} as category, {{period}} as period, {days}::bigint as days, {{count}} as n
        from scoped where {{population}} and {days} is not null group by all
    ), {{fold}}
    select place, category, category_id, others, period, days, sum(n)::bigint as n
    from folded group by all order by place, period, days"""
    )
    return summed(found)


def summed(found: pd.DataFrame) -> pd.DataFrame:
    """Median, its interval and 90th percentile from counts: ``found`` has ``category``, ``category_id``, ``period``,
    ``days`` (ascending within a cell) and ``n``."""
    rows = []
    for cell, part in found.groupby(_CELL, sort=False, dropna=False):
        values, counts = part["days"].to_numpy(float), part["n"].to_numpy("int64")
        low, high = quantiles.interval(values, counts, 0.5)
        middle, most = (quantiles.of_counts(values, counts, q) for q in (0.5, 0.9))
        rows.append((*cell, int(counts.sum()), middle, low, high, most))
    frame = pd.DataFrame(rows, columns=[*_CELL, "n", "value", "low", "high", "p90"])
    if frame.empty:
        frame = frame.astype({"n": "int64", "value": float, "low": float, "high": float, "p90": float})
    return frame.astype({"category": "str", "category_id": "Int64"}).replace({np.inf: np.nan, -np.inf: np.nan})
