"""Quantiles of values that are given as counts, with an interval that assumes nothing of their distribution."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats


def of_counts(values: ArrayLike, counts: ArrayLike, q: float) -> float:
    """The ``q`` quantile of ascending ``values`` occurring ``counts`` times each: the mean of the two middle values
    where ``q n`` is whole (the usual median), else the value that ``q`` of all do not exceed. NaN without any."""
    x, n = np.asarray(values, float), np.asarray(counts, np.int64)
    total = int(n.sum())
    if total == 0:
        return float("nan")
    reach = n.cumsum()
    place = q * total
    first = int(np.searchsorted(reach, place, side="left"))
    if place == int(place) and place > 0 and reach[first] == place and first + 1 < len(x):
        return float((x[first] + x[first + 1]) / 2)
    return float(x[min(first, len(x) - 1)])


def interval(values: ArrayLike, counts: ArrayLike, q: float, level: float = 0.95) -> tuple[float, float]:
    """Distribution-free interval of the ``q`` quantile by order statistics (Conover 1999, section 3.2): the values at
    the ranks r and s for which a binomial of (n, q) lies between r and s - 1 with at least ``level``. NaN, NaN below
    6 values for the median at 95%, where no pair of ranks reaches the level."""
    x, n = np.asarray(values, float), np.asarray(counts, np.int64)
    total = int(n.sum())
    tail = (1 - level) / 2
    low_rank, high_rank = int(stats.binom.ppf(tail, total, q)), int(stats.binom.isf(tail, total, q)) + 1
    if total == 0 or low_rank < 1 or high_rank > total:
        return float("nan"), float("nan")
    covered = stats.binom.cdf(high_rank - 1, total, q) - stats.binom.cdf(low_rank - 1, total, q)
    if covered < level:
        return float("nan"), float("nan")
    reach = n.cumsum()
    return float(x[np.searchsorted(reach, low_rank)]), float(x[np.searchsorted(reach, high_rank)])
