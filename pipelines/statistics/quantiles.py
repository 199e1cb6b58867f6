"""Quantiles of values that are given as counts, with an interval that assumes nothing of their distribution."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from pipelines.statistics.gate import choose, counted, known

Tails = Literal["at most", "nearest"]


def of_counts(values: ArrayLike, counts: ArrayLike, q: float) -> float:
    """The ``q`` quantile of ``values``, in any order, occurring ``counts`` times each: the mean of the two middle values
    where ``q n`` is whole (the usual median), else the value that ``q`` of all do not exceed. NaN without any."""
    if not 0 <= q <= 1:
        raise ValueError("a quantile lies between 0 and 1")
    x, n = _ascending(values, counts)
    total = int(n.sum())
    if total == 0:
        return float("nan")
    reach = n.cumsum()
    place = q * total
    first = int(np.searchsorted(reach, place, side="left"))
    if place == int(place) and place > 0 and reach[first] == place and first + 1 < len(x):
        return float((x[first] + x[first + 1]) / 2)
    return float(x[min(first, len(x) - 1)])


def interval(
    values: ArrayLike, counts: ArrayLike, q: float, level: float = 0.95, tails: Tails = "at most"
) -> tuple[float, float]:
    """Distribution-free interval of the ``q`` quantile by order statistics (Conover 1999, section 3.2): the values at
    the ranks r and s for which a binomial of (n, q) lies between r and s - 1 with at least ``level``, and outside at either end
    with ``at most`` half of the rest. NaN, NaN below 6 values for the median at 95%, where no pair of ranks reaches the level.
    ``tails`` nearest to half of the rest, as Conover's own example has them: shorter, and covers about the level; NaN where the
    nearest ranks miss it by more than half of the rest, as those of the lower quartile of six values do."""
    choose("the tails", Tails, tails)
    x, n = _ascending(values, counts)
    total = int(n.sum())
    tail = (1 - level) / 2
    if tails == "nearest":
        below = stats.binom.cdf(np.arange(total + 1), total, q)
        low_rank, high_rank = (int(np.abs(below - share).argmin()) + 1 for share in (tail, 1 - tail))
    else:
        low_rank, high_rank = int(stats.binom.ppf(tail, total, q)), int(stats.binom.isf(tail, total, q)) + 1
    if total == 0 or low_rank < 1 or high_rank > total:
        return float("nan"), float("nan")
    covered = stats.binom.cdf(high_rank - 1, total, q) - stats.binom.cdf(low_rank - 1, total, q)
    if covered < (level if tails == "at most" else level - tail):
        return float("nan"), float("nan")
    reach = n.cumsum()
    return float(x[np.searchsorted(reach, low_rank)]), float(x[np.searchsorted(reach, high_rank)])


def _ascending(values: ArrayLike, counts: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Both in order of the values. Raises ``ValueError`` for one that is not known: it would pass for the largest."""
    x, many = np.asarray(values, float), known(counted(counts), "number of occurrences")
    if np.isnan(x).any():
        raise ValueError("every value must be known: leave out, and count, those that are not")
    if np.any(many != np.round(many)):
        raise ValueError("a value occurs a whole number of times")
    n = many.astype(np.int64)
    order = np.argsort(x, kind="stable")
    return x[order], n[order]
