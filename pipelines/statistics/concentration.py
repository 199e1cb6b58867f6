"""How much hangs on how few? Effective number of referrers and the share of the largest."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from pipelines.statistics import proportions

Array = NDArray[np.float64]


def effective_number(count: ArrayLike, level: float = 0.95) -> tuple[float, float, float]:
    """(value, low, high) of 1 / sum(share^2): so many equally large referrers would be as concentrated. Interval: delta
    method on the log scale for multinomial counts, var(sum p^2) = 4 (sum p^3 - (sum p^2)^2) / N, between 1 and the
    number of referrers seen. NaN without any referral."""
    x = np.asarray(count, float)
    total = x.sum()
    if total <= 0:
        return np.nan, np.nan, np.nan
    p = x / total
    squares = float((p**2).sum())
    error = 2 * np.sqrt(max(float((p**3).sum()) - squares**2, 0.0) / total) / squares
    z, value, most = stats.norm.isf((1 - level) / 2), 1 / squares, float((x > 0).sum())
    return value, float(max(value * np.exp(-z * error), 1.0)), float(min(value * np.exp(z * error), most))


def top_share(count: ArrayLike, top: int = 5, level: float = 0.95) -> tuple[float, float, float]:
    """(value, low, high) of the share of all that the ``top`` largest hold; Wilson's interval, for these referrers as
    given. NaN without any referral."""
    x = np.sort(np.asarray(count, float))[::-1]
    hits, total = x[:top].sum(), x.sum()
    low, high = proportions.interval(hits, total, level)
    return (float(hits / total), float(low), float(high)) if total > 0 else (np.nan, np.nan, np.nan)
