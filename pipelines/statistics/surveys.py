"""Answers weighted to those who were asked: post-stratification by volume band."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats
from scipy.special import ndtr, ndtri

from pipelines.statistics import proportions
from pipelines.statistics.gate import counted, hits_of, known, require, together

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
    mean: ArrayLike,
    variance: ArrayLike,
    answered: ArrayLike,
    population: ArrayLike,
    level: float = 0.95,
    added: float = 0,
) -> Weighted:
    """Mean over strata from each one's sample ``mean``, sample ``variance`` (of answers, n - 1), number ``answered``
    and number in the ``population`` asked: sum W_h y_h with W_h = N_h / N, variance sum W_h^2 (1 - n_h / N_h) s_h^2 /
    n_h (Cochran 1977, 5A.9, given the numbers answered). The interval is Student's, with Satterthwaite's degrees of freedom
    (Cochran 5.4): small strata know their own variance badly. For yes or no of few see ``post_stratified_share``. ``added``: with so many answers more in each stratum the variances were taken.
    Raises ``TooLittle`` when a stratum has nobody who answered, and ``ValueError`` for numbers that are not known."""
    y, s2 = np.asarray(mean, float), np.asarray(variance, float)
    n, size = _asked(answered, population, y, s2)
    y, s2, n, size = (values[size > 0] for values in (y, s2, n, size))
    require(
        bool(len(n)) and bool((n > 0).all()), "Some group that was asked did not answer at all: no weighted figure."
    )
    if np.isnan(y).any() or np.isnan(s2[n > 1]).any() or np.any(s2 < 0):
        raise ValueError("every stratum that answered needs its mean and, from two answers on, a variance not below 0")
    share, kept = size / size.sum(), np.maximum(1 - n / size, 0.0)
    each = share**2 * kept * np.nan_to_num(s2) / n
    value, error = float(share @ y), float(np.sqrt(each.sum()))
    weight = share / (n / n.sum())
    half = stats.t.isf((1 - level) / 2, _freedom(each, n + added)) * error
    return Weighted(value, error, value - half, value + half, float(n @ y / n.sum()), weight,
                    float(n.sum() ** 2 / (n @ weight**2)) if n.sum() else np.nan)  # fmt: skip


def post_stratified_share(
    hits: ArrayLike, answered: ArrayLike, population: ArrayLike, level: float = 0.95, continuity: bool = False
) -> Weighted:
    """The same of answers that are yes or no, from how many of those who ``answered`` in each stratum said yes. The interval is
    Yan & Su's (2010) stratified Wilson: the strata's own Wilson intervals at the level at which their weighted sum has the
    weighted share's width, with the numbers asked taken as finite. A few that all agree are not certain: Student's interval
    holds .56 to .96 there, this one .94 to .98 (nine designs of strata of 5 to 100, three seeds). ``continuity``: from Wilson's
    corrected intervals. Raises ``TooLittle`` when a stratum has nobody who answered."""
    x = known(hits_of(hits, answered)[0], "number of hits")
    n, size = _asked(answered, population, x)
    x, n, size = (values[size > 0] for values in (x, n, size))
    require(
        bool(len(n)) and bool((n > 0).all()), "Some group that was asked did not answer at all: no weighted figure."
    )
    p, kept, weigh = x / n, np.maximum(1 - n / size, 0.0), size / size.sum()
    own = p * (1 - p) / n
    told = own if own.sum() > 0 else 1 / n  # where all agree no variance is known: as if all were alike
    narrower = np.sqrt((weigh**2 * kept * told).sum()) / (weigh @ np.sqrt(told))
    low, high = proportions.wilson(x, n, float(2 * ndtr(-ndtri((1 - level) / 2) * narrower) - 1), continuity)
    error = float(np.sqrt((weigh**2 * kept * x * (n - x) / n**2 / np.maximum(n - 1, 1)).sum()))
    weight = weigh / (n / n.sum())
    return Weighted(float(weigh @ p), error, float(weigh @ low), float(weigh @ high), float(x.sum() / n.sum()), weight,
                    float(n.sum() ** 2 / (n @ weight**2)))  # fmt: skip


def _asked(answered: ArrayLike, population: ArrayLike, *others: Array) -> tuple[Array, Array]:
    """(answered, population) of each stratum, all known: one left out for a number that is missing would go unsaid."""
    n, size = known(counted(answered), "number of answers"), known(counted(population), "number of people asked")
    if len({len(values) for values in (n, size, *others)}) > 1:
        raise ValueError("every stratum needs its figures, its answers and how many were asked")
    return n, size


def _freedom(variance: Array, n: Array) -> float:
    """Satterthwaite's degrees of freedom of a sum of variances, each estimated from ``n`` answers. A stratum of one answer
    has no variance of its own to be wrong about."""
    known = n > 1
    unsure = float((variance[known] ** 2 / (n[known] - 1)).sum())
    return float(variance.sum()) ** 2 / unsure if unsure > 0 else np.inf


def raked(table: ArrayLike, margins: Sequence[ArrayLike], rounds: int = 1000, near: float = 1e-10) -> Array:
    """``table`` of answers (one axis per way of dividing those asked) scaled in turn to each axis' known ``margins`` until all
    hold (Deming & Stephan 1940), for more than one way of dividing, of which only the totals are known. The weight of an
    answer is its cell's result over its cell's answers. Raises ``TooLittle`` where a margin has people but no answer, and
    ``ValueError`` for margins of different totals."""
    cells, wanted = np.asarray(table, float).copy(), [np.asarray(margin, float) for margin in margins]
    if not np.allclose([margin.sum() for margin in wanted], wanted[0].sum()) or len(wanted) != cells.ndim:
        raise ValueError("every axis needs its margin, and all margins the same total")
    others = [tuple(at for at in range(cells.ndim) if at != axis) for axis in range(cells.ndim)]
    require(
        all(bool((cells.sum(axis=rest)[margin > 0] > 0).all()) for rest, margin in zip(others, wanted, strict=True)),
        "Some group that was asked did not answer at all: no weighted figure.",
    )
    for _ in range(rounds):
        for rest, margin in zip(others, wanted, strict=True):
            seen = cells.sum(axis=rest)
            scale = np.divide(margin, seen, out=np.zeros_like(seen), where=seen > 0)
            cells = cells * np.expand_dims(scale, rest)
        apart = (np.abs(cells.sum(axis=rest) - margin).max() for rest, margin in zip(others, wanted, strict=True))
        if max(apart) <= near * wanted[0].sum():
            return np.asarray(cells)
    require(False, "No weights fit all these totals at once: too many groups have no answers. No weighted figure.")
    return np.asarray(cells)


def _places(stratum: ArrayLike, strata: int) -> NDArray[np.intp]:
    """The strata as whole numbers from 0, each with its population."""
    told = known(stratum, "stratum")
    if np.any(told != np.round(told)) or np.any((told < 0) | (told >= strata)):
        raise ValueError("strata are numbered from 0, and each has its population")
    return told.astype(np.intp)


def weighted_mean(
    answer: ArrayLike,
    stratum: ArrayLike,
    population: ArrayLike,
    level: float = 0.95,
    fewest: int = FEWEST_IN_BAND,
    variance: ArrayLike | None = None,
    added: float = 0,
) -> Weighted:
    """The same from one entry per answer and its ``stratum`` (0, 1, ...), of whom ``population`` were asked each.
    ``variance`` is that of one answer in each stratum, where the sample's own will not do: few answers that happen to
    agree have none, and would pass for certain; ``added`` answers went into it. Raises ``TooLittle`` when any stratum with people asked has fewer than
    ``fewest`` answers."""
    together(answer=answer, stratum=stratum)
    x, size = known(answer, "answer"), known(counted(population), "number of people asked")
    h = _places(stratum, len(size))
    n = np.bincount(h, minlength=len(size)).astype(float)
    require(
        bool((n[size > 0] >= fewest).all()),
        f"Weighting for those who did not answer needs {fewest} answers in each band; it is hidden until then.",
    )
    mean = np.bincount(h, x, len(size)) / np.maximum(n, 1)
    squares = np.bincount(h, (x - mean[h]) ** 2, len(size)) / np.maximum(n - 1, 1)
    return post_stratified(mean, squares if variance is None else variance, n, size, level, added)
