"""Referrals per working day: months differ in how many Mondays they have, and Mondays from Fridays."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pipelines.statistics.gate import counted, known

Array = NDArray[np.float64]


def weekday_index(count: ArrayLike, days: ArrayLike) -> Array:
    """Seven numbers, Monday first, with mean 1 over all days: each weekday's count per such day against the average
    day. ``count``: per weekday how much there was; ``days``: how many such days. All 1 when there was nothing."""
    x, n = known(counted(count), "count"), known(counted(days), "number of days")
    if x.sum() <= 0 or n.sum() <= 0:
        return np.ones(7)
    return np.asarray(np.where(n > 0, x / np.maximum(n, 1), 0.0) / (x.sum() / n.sum()))


def days_in(start: ArrayLike, stop: ArrayLike, closed: ArrayLike = ()) -> NDArray[np.int64]:
    """(period, weekday) how many of each weekday lie in [start, stop), both datetime64[D]; days ``closed`` not counted."""
    begin, end = np.asarray(start, "datetime64[D]"), np.asarray(stop, "datetime64[D]")
    shut = np.unique(np.asarray(closed, "datetime64[D]"))
    found = []
    for weekday in range(7):
        mask = [day == weekday for day in range(7)]
        found.append(np.busday_count(begin, end, weekmask=mask, holidays=shut))
    return np.stack(found, axis=-1).astype(np.int64)


def effective_days(days: ArrayLike, index: ArrayLike) -> Array:
    """How many average days each period amounts to: weekdays weighed by their index."""
    return np.asarray(np.asarray(days, float) @ np.asarray(index, float))
