"""Intervals of proportions. All take counts (scalars or arrays) and give arrays; n = 0 gives NaN."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats
from scipy.special import ndtri

from pipelines.statistics.gate import counted, hits_of

Array = NDArray[np.float64]


def share(hits: ArrayLike, n: ArrayLike) -> Array:
    """``hits / n``; NaN where n is 0."""
    x, total = hits_of(hits, n)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where(total > 0, x / total, np.nan))


def wilson(hits: ArrayLike, n: ArrayLike, level: float = 0.95, continuity: bool = False) -> tuple[Array, Array]:
    """Wilson's score interval (Wilson 1927; Newcombe 1998, method 3), or with ``continuity`` correction (method 4)."""
    x, total = np.broadcast_arrays(*hits_of(hits, n))
    z = -ndtri((1 - level) / 2)  # norm.isf takes a hundred times as long to say the same
    with np.errstate(divide="ignore", invalid="ignore"):
        middle = (x + z**2 / 2) / (total + z**2)
        spread, p = x * (total - x) / total + z**2 / 4, x / total
        if continuity:
            down, up = (spread + (sign * (4 * p - 2) - 1 / total) / 4 for sign in (1, -1))
            low, high = (
                middle + sign * (0.5 + z * np.sqrt(np.maximum(part, 0))) / (total + z**2)
                for sign, part in ((-1, down), (1, up))
            )
        else:
            half = z / (total + z**2) * np.sqrt(spread)
            low, high = middle - half, middle + half
    low = np.where(x == 0, 0.0, low)  # exactly 0 and 1 at the ends, not 1e-17 off
    high = np.where(x == total, 1.0, high)
    return np.where(total > 0, low, np.nan), np.where(total > 0, high, np.nan)


def jeffreys(hits: ArrayLike, n: ArrayLike, level: float = 0.95) -> tuple[Array, Array]:
    """Equal-tailed posterior interval under Beta(1/2, 1/2); the lower end is 0 for no hits and the upper 1 for
    all hits (Brown, Cai & DasGupta 2001), as it must be to cover there."""
    x, total = np.broadcast_arrays(*hits_of(hits, n))
    tail = (1 - level) / 2
    low = np.where(x == 0, 0.0, stats.beta.ppf(tail, x + 0.5, total - x + 0.5))
    high = np.where(x == total, 1.0, stats.beta.isf(tail, x + 0.5, total - x + 0.5))
    return np.where(total > 0, low, np.nan), np.where(total > 0, high, np.nan)


def interval(hits: ArrayLike, n: ArrayLike, level: float = 0.95) -> tuple[Array, Array]:
    """What the screens show: Wilson, and Jeffreys where there are no hits or only hits."""
    x, total = np.broadcast_arrays(np.asarray(hits, float), np.asarray(n, float))
    at_end = (x == 0) | (x == total)
    low, high = wilson(x, total, level)
    if not at_end.any():  # Jeffreys' quantiles take ten times as long
        return low, high
    low_end, high_end = jeffreys(x, total, level)
    return np.where(at_end, low_end, low), np.where(at_end, high_end, high)


def agresti_coull(hits: ArrayLike, n: ArrayLike, level: float = 0.95) -> tuple[Array, Array]:
    """Wald's interval after adding z^2 / 2 hits and as many misses (Agresti & Coull 1998; Brown, Cai & DasGupta 2001), cut
    at 0 and 1: about the middle of Wilson's, and a little wider."""
    x, total = np.broadcast_arrays(*hits_of(hits, n))
    z = -ndtri((1 - level) / 2)
    more = total + z**2
    middle = (x + z**2 / 2) / more
    half = z * np.sqrt(middle * (1 - middle) / more)
    low, high = np.maximum(middle - half, 0.0), np.minimum(middle + half, 1.0)
    return np.where(total > 0, low, np.nan), np.where(total > 0, high, np.nan)


def wald(hits: ArrayLike, n: ArrayLike, level: float = 0.95, continuity: bool = False) -> tuple[Array, Array]:
    """The plain interval p +- z sqrt(p (1 - p) / n), with ``continuity`` 1 / 2n wider at each end, cut at 0 and 1 (Newcombe
    1998, methods 1 and 2). For comparison: it covers far less than it says in small samples and near 0 or 1."""
    x, total = np.broadcast_arrays(*hits_of(hits, n))
    p = share(x, total)
    with np.errstate(divide="ignore", invalid="ignore"):
        half = -ndtri((1 - level) / 2) * np.sqrt(p * (1 - p) / total) + (0.5 / total if continuity else 0.0)
    return np.maximum(p - half, 0.0), np.minimum(p + half, 1.0)


def mid_p(hits: ArrayLike, n: ArrayLike, level: float = 0.95) -> tuple[Array, Array]:
    """The exact interval with half the chance of what was seen in each tail (Newcombe 1998, method 6): shorter than
    Clopper and Pearson's, and covers what it says on average over shares."""
    x, total = np.broadcast_arrays(*hits_of(hits, n))
    tail = (1 - level) / 2

    def above(p: Array) -> Array:
        """Chance of more hits than seen, and half of as many."""
        return np.asarray(stats.binom.sf(x, total, p) + stats.binom.pmf(x, total, p) / 2)

    low = _rising(lambda p: above(p) - tail, x.shape)
    high = _rising(lambda p: above(p) - (1 - tail), x.shape)
    low, high = np.where(x == 0, 0.0, low), np.where(x == total, 1.0, high)
    seen = (total > 0) & ~np.isnan(x)  # halving ends at 0 where nothing is known
    return np.where(seen, low, np.nan), np.where(seen, high, np.nan)


def _rising(of: Callable[[Array], Array], shape: tuple[int, ...]) -> Array:
    """Where within 0 and 1 each of the rising functions is 0, by halving."""
    low, high = np.zeros(shape), np.ones(shape)
    for _ in range(60):
        middle = (low + high) / 2
        below = of(middle) < 0
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    return (low + high) / 2


def clopper_pearson(hits: ArrayLike, n: ArrayLike, level: float = 0.95) -> tuple[Array, Array]:
    """The exact interval (Clopper & Pearson 1934): never covers less than it says, usually more."""
    x, total = np.broadcast_arrays(*hits_of(hits, n))
    tail = (1 - level) / 2
    low = np.where(x == 0, 0.0, stats.beta.ppf(tail, np.maximum(x, 0.5), total - x + 1))
    high = np.where(x == total, 1.0, stats.beta.isf(tail, x + 1, np.maximum(total - x, 0.5)))
    return np.where(total > 0, low, np.nan), np.where(total > 0, high, np.nan)


def difference(
    hits: tuple[ArrayLike, ArrayLike], n: tuple[ArrayLike, ArrayLike], level: float = 0.95, continuity: bool = False
) -> tuple[Array, Array, Array]:
    """(first share less second, low, high) of two independent shares: Newcombe's (1998) hybrid score interval, method
    10, from the two Wilson intervals; with ``continuity`` correction method 11."""
    one, two = share(hits[0], n[0]), share(hits[1], n[1])
    (low_one, high_one), (low_two, high_two) = (
        wilson(x, size, level, continuity) for x, size in zip(hits, n, strict=True)
    )
    gap = one - two
    low, high = np.hypot(one - low_one, high_two - two), np.hypot(high_one - one, two - low_two)
    return gap, gap - low, gap + high


def paired_difference(
    both: ArrayLike, first: ArrayLike, second: ArrayLike, neither: ArrayLike, level: float = 0.95
) -> tuple[Array, Array, Array]:
    """(first share less second, low, high) of two shares of the same people, of whom ``both`` questions were answered yes by
    so many, the ``first`` alone, the ``second`` alone and ``neither``: Newcombe's (1998, Statistics in Medicine 17:2635)
    method 10, from the two Wilson intervals and how far the answers go together."""
    a, b, c, d = (counted(values) for values in (both, first, second, neither))
    n = a + b + c + d
    one, two = share(a + b, n), share(a + c, n)
    (low_one, high_one), (low_two, high_two) = wilson(a + b, n, level), wilson(a + c, n, level)
    apart = a * d - b * c
    apart = np.where(apart > n / 2, apart - n / 2, np.minimum(apart, 0.0))  # a correction for continuity, upwards only
    margins = (a + b) * (c + d) * (a + c) * (b + d)
    phi = np.where(margins > 0, apart / np.sqrt(np.where(margins > 0, margins, 1.0)), 0.0)

    def length(down: Array, up: Array) -> Array:
        return np.asarray(np.sqrt(np.maximum(down**2 - 2 * phi * down * up + up**2, 0.0)))

    gap = np.asarray((b - c) / np.where(n > 0, n, np.nan))
    return gap, gap - length(one - low_one, high_two - two), gap + length(two - low_two, high_one - one)
