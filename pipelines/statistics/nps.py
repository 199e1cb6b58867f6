"""Net promoter score with an interval that holds for few answers."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri

from pipelines.statistics.gate import counted

Array = NDArray[np.float64]
ADDED = 3  # answers that are added to those given: 3/4 of a promoter, 3/4 of a detractor, 1 1/2 passives


def adjusted_wald(
    promoters: ArrayLike, passives: ArrayLike, detractors: ArrayLike, level: float = 0.95
) -> tuple[Array, Array, Array]:
    """(score, low, high), each within -1 and 1: share of promoters less share of detractors after adding 3/4 of
    a promoter, 3/4 of a detractor and 1 1/2 passives (Rocks 2016). With no answers at all: NaN."""
    score, variance = _moments(promoters, passives, detractors)
    half = -ndtri((1 - level) / 2) * np.sqrt(variance)
    return score, np.maximum(score - half, -1.0), np.minimum(score + half, 1.0)


def change(
    before: tuple[ArrayLike, ArrayLike, ArrayLike], after: tuple[ArrayLike, ArrayLike, ArrayLike], level: float = 0.95
) -> tuple[Array, Array, Array]:
    """(after less before, low, high) of two scores, each (promoters, passives, detractors): the adjusted scores'
    difference, whose interval decides whether an arrow may be drawn (it leaves out 0)."""
    (old, old_var), (new, new_var) = _moments(*before), _moments(*after)
    half = -ndtri((1 - level) / 2) * np.sqrt(old_var + new_var)
    gap = new - old
    return gap, np.maximum(gap - half, -2.0), np.minimum(gap + half, 2.0)


def answer_variance(promoters: ArrayLike, passives: ArrayLike, detractors: ArrayLike) -> Array:
    """Variance of one answer (1, 0 or -1) with the same answers added, so that a handful that agree does not pass for
    certain; NaN with no answers."""
    n = np.asarray(promoters, float) + np.asarray(passives, float) + np.asarray(detractors, float)
    return np.asarray(_moments(promoters, passives, detractors)[1] * (n + ADDED))


def _moments(promoters: ArrayLike, passives: ArrayLike, detractors: ArrayLike) -> tuple[Array, Array]:
    """(adjusted score, its variance); NaN with no answers."""
    p, q, d = (counted(values) for values in (promoters, passives, detractors))
    n = np.where(p + q + d > 0, p + q + d + ADDED, np.nan)
    up, down = (p + 0.75) / n, (d + 0.75) / n
    return up - down, (up + down - (up - down) ** 2) / n
