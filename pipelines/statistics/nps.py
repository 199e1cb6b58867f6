"""Net promoter score with an interval that holds for few answers."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

Array = NDArray[np.float64]


def adjusted_wald(
    promoters: ArrayLike, passives: ArrayLike, detractors: ArrayLike, level: float = 0.95
) -> tuple[Array, Array, Array]:
    """(score, low, high), each within -1 and 1: share of promoters less share of detractors after adding 3/4 of
    a promoter, 3/4 of a detractor and 1 1/2 passives (Rocks 2016). With no answers at all: NaN."""
    p, q, d = (np.asarray(values, float) for values in (promoters, passives, detractors))
    answered = p + q + d
    n = answered + 3
    up, down = (p + 0.75) / n, (d + 0.75) / n
    score = up - down
    half = stats.norm.isf((1 - level) / 2) * np.sqrt((up + down - score**2) / n)
    known = answered > 0
    low, high = np.maximum(score - half, -1.0), np.minimum(score + half, 1.0)
    return tuple(np.where(known, values, np.nan) for values in (score, low, high))  # type: ignore[return-value]
