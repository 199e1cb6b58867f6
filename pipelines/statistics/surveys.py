"""Answers weighted to those who were asked: post-stratification by volume band."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from pipelines.statistics.gate import require

Array = NDArray[np.float64]
FEWEST_IN_BAND = 5


@dataclass(frozen=True)
class Weighted:
    """Post-stratified mean ``value`` with ``error`` and interval, the plain ``unweighted`` mean beside it, the
    ``weight`` of one answer of each stratum (mean 1 over the answers) and Kish's ``effective`` number of answers."""

    value: float
    error: float
    low: float
    high: float
    unweighted: float
    weight: Array
    effective: float


def post_stratified(
    mean: ArrayLike, variance: ArrayLike, answered: ArrayLike, population: ArrayLike, level: float = 0.95
) -> Weighted:
    """Mean over strata from each one's sample ``mean``, sample ``variance`` (of answers, n - 1), number ``answered``
    and number in the ``population`` asked: sum W_h y_h with W_h = N_h / N, variance sum W_h^2 (1 - n_h / N_h) s_h^2 /
    n_h (Cochran 1977, 5A.9, given the numbers answered). Raises ``TooLittle`` when a stratum has nobody who answered."""
    y, s2, n, size = (np.asarray(values, float) for values in (mean, variance, answered, population))
    y, s2, n, size = (values[size > 0] for values in (y, s2, n, size))
    require(
        bool(len(n)) and bool((n > 0).all()), "Some group that was asked did not answer at all: no weighted figure."
    )
    share, kept = size / size.sum(), np.maximum(1 - n / size, 0.0)
    value, error = float(share @ y), float(np.sqrt((share**2 * kept * np.nan_to_num(s2) / n).sum()))
    weight = share / (n / n.sum())
    z = stats.norm.isf((1 - level) / 2)
    return Weighted(value, error, value - z * error, value + z * error, float(n @ y / n.sum()), weight,
                    float(n.sum() ** 2 / (n @ weight**2)) if n.sum() else np.nan)  # fmt: skip


def weighted_mean(
    answer: ArrayLike,
    stratum: ArrayLike,
    population: ArrayLike,
    level: float = 0.95,
    fewest: int = FEWEST_IN_BAND,
    variance: ArrayLike | None = None,
) -> Weighted:
    """The same from one entry per answer and its ``stratum`` (0, 1, ...), of whom ``population`` were asked each.
    ``variance`` is that of one answer in each stratum, where the sample's own will not do: few answers that happen to
    agree have none, and would pass for certain. Raises ``TooLittle`` when any stratum with people asked has fewer than
    ``fewest`` answers."""
    x, h, size = np.asarray(answer, float), np.asarray(stratum, np.intp), np.asarray(population, float)
    n = np.bincount(h, minlength=len(size)).astype(float)
    require(
        bool((n[size > 0] >= fewest).all()),
        f"Weighting for those who did not answer needs {fewest} answers in each band; it is hidden until then.",
    )
    mean = np.bincount(h, x, len(size)) / np.maximum(n, 1)
    squares = np.bincount(h, (x - mean[h]) ** 2, len(size)) / np.maximum(n - 1, 1)
    return post_stratified(mean, squares if variance is None else variance, n, size, level)
