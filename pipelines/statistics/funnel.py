"""Which sites stand out from what chance alone would make of them? Funnel plots (Spiegelhalter 2005).

A unit's distance from the target is a z-score; limits at 95% and 99.8% are where z is 1.96 and 3.09. Where units differ
more than chance and known causes explain (over-dispersion), limits are widened, by a factor or by a variance between
units, estimated from the z-scores with their extremes pulled in (winsorised). Among thousands of units some lie outside
by chance: ``flags`` holds the false discovery rate. The screens draw plain limits with additive over-dispersion; the scales on
which the NHS's indicators are judged (log for SHMI, root for the Care Quality Commission, arcsine for shares; R's FunnelPlotR)
can be asked for.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from pipelines.statistics.gate import choose, counted, hits_of

Array = NDArray[np.float64]
Spread = Literal["none", "multiplicative", "additive"]
Law = Literal["binomial", "poisson"]
Extremes = Literal["pulled in", "left out"]
ShareScale = Literal["plain", "arcsine"]
RateScale = Literal["plain", "log", "root"]
WARN, ALARM = 0.95, 0.998


@dataclass(frozen=True)
class Funnel:
    """Per unit its ``value``, the limits ``low``/``high`` (95%) and ``lowest``/``highest`` (99.8%) at its size, its
    ``z`` after allowing for over-dispersion and the two-sided ``p``; ``target``; ``phi`` the ratio of the units'
    variance to chance's (winsorised), ``tau`` the standard deviation between units (0 unless additive), on the scale asked for."""

    value: Array
    low: Array
    high: Array
    lowest: Array
    highest: Array
    z: Array
    p: Array
    target: float
    phi: float
    tau: float

    def outside(self, level: float = WARN) -> NDArray[np.int64]:
        """-1 below the limit, 1 above it, 0 within; per unit."""
        beyond = np.abs(self.z) > stats.norm.isf((1 - level) / 2)
        return np.asarray(np.where(beyond, np.sign(self.z), 0), np.int64)


def proportions(
    hits: ArrayLike,
    n: ArrayLike,
    target: float | None = None,
    spread: Spread = "none",
    winsor: float = 0.1,
    scale: ShareScale = "plain",
    extremes: Extremes = "pulled in",
) -> Funnel:
    """Shares ``hits / n`` about ``target`` (by default the share of all): limits p0 +- z sqrt(p0 (1 - p0) / n), cut at
    0 and 1. ``scale`` arcsine: of the angle whose squared sine the share is, with error 1 / (2 sqrt(n)). Units with n = 0 have
    NaN."""
    choose("the scale", ShareScale, scale)
    x, size = hits_of(hits, n)
    p0 = float(x.sum() / size.sum()) if target is None and size.sum() else float(np.nan if target is None else target)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(size > 0, x / size, np.nan)
        if scale == "plain":
            return scores(share, np.sqrt(p0 * (1 - p0) / size), p0, spread, winsor, (0, 1), extremes)
        angle, middle = np.arcsin(np.sqrt(share)), float(np.arcsin(np.sqrt(p0)))
        found = scores(angle, 0.5 / np.sqrt(size), middle, spread, winsor, (0, np.pi / 2), extremes)
    return _back(found, lambda at: np.sin(at) ** 2)


def rates(
    events: ArrayLike,
    expected: ArrayLike,
    target: float | None = None,
    spread: Spread = "none",
    winsor: float = 0.1,
    scale: RateScale = "plain",
    extremes: Extremes = "pulled in",
) -> Funnel:
    """Events per exposure, or per expected event (a standardised ratio, ``target`` 1), about ``target`` (by default
    the rate of all): limits r0 +- z sqrt(r0 / exposure), not below 0. ``scale`` log: of the rate's logarithm, with error
    1 / sqrt(r0 exposure); root: of its root, with error 1 / (2 sqrt(exposure))."""
    choose("the scale", RateScale, scale)
    x, size = counted(events), counted(expected)
    r0 = float(x.sum() / size.sum()) if target is None and size.sum() else float(np.nan if target is None else target)
    with np.errstate(divide="ignore", invalid="ignore"):
        rate = np.where(size > 0, x / size, np.nan)
        if scale == "plain":
            return scores(rate, np.sqrt(r0 / size), r0, spread, winsor, (0, np.inf), extremes)
        if scale == "log":
            logged = scores(np.log(rate), 1 / np.sqrt(r0 * size), float(np.log(r0)), spread, winsor, extremes=extremes)
            return _back(logged, np.exp)
        root = scores(np.sqrt(rate), 0.5 / np.sqrt(size), float(np.sqrt(r0)), spread, winsor, (0, np.inf), extremes)
    return _back(root, np.square)


def _back(found: Funnel, of: Callable[[Array], Array]) -> Funnel:
    """A funnel on another scale with its values and limits as they are shown; z, p, phi and tau stay that scale's."""
    return replace(
        found,
        value=of(found.value),
        low=of(found.low),
        high=of(found.high),
        lowest=of(found.lowest),
        highest=of(found.highest),
        target=float(of(np.array(found.target))),
    )


def scores(
    value: ArrayLike,
    error: ArrayLike,
    target: float,
    spread: Spread = "none",
    winsor: float = 0.1,
    within: tuple[float, float] = (-np.inf, np.inf),
    extremes: Extremes = "pulled in",
) -> Funnel:
    """Any figure with its standard ``error`` under the target. ``winsor``: share of z-scores at each end that is
    pulled in before over-dispersion is measured (or left out, as NHS England's SHMI does: ``extremes``); it only ever widens,
    and only where phi exceeds 1."""
    choose("the spread", Spread, spread)
    y, s = np.asarray(value, float), np.asarray(error, float)
    with np.errstate(divide="ignore", invalid="ignore"):
        z = (y - target) / s
    phi, tau = overdispersion(z, s, winsor, extremes)
    if spread == "multiplicative":
        wide, tau = s * np.sqrt(max(phi, 1.0)), 0.0
    elif spread == "additive":
        wide = np.sqrt(s**2 + tau**2)
    else:
        wide, tau = s, 0.0
    with np.errstate(divide="ignore", invalid="ignore"):
        z = (y - target) / wide
    limits = [target + sign * stats.norm.isf((1 - level) / 2) * wide for level in (WARN, ALARM) for sign in (-1, 1)]
    low, high, lowest, highest = (np.clip(limit, *within) for limit in limits)
    return Funnel(y, low, high, lowest, highest, z, 2 * stats.norm.sf(np.abs(z)), target, phi, tau)


def overdispersion(
    z: ArrayLike, error: ArrayLike, winsor: float = 0.1, extremes: Extremes = "pulled in"
) -> tuple[float, float]:
    """(phi, tau): mean square of the winsorised z-scores, and the moment estimate (DerSimonian & Laird) of the
    standard deviation between units. Spiegelhalter 2005, appendix A. ``extremes`` left out: of the middle units alone, by rank.
    (NaN, 0) with fewer than two units."""
    choose("what becomes of the extremes", Extremes, extremes)
    scores_, s = np.asarray(z, float), np.asarray(error, float)
    known = np.isfinite(scores_) & np.isfinite(s) & (s > 0)
    scores_, s = scores_[known], s[known]
    if extremes == "left out" and winsor > 0:
        groups = 1 / winsor
        place = np.floor(stats.rankdata(scores_) * groups / (len(scores_) + 1) + 1e-9)
        kept = (place > 0) & (place < round(groups) - 1)
        scores_, s, winsor = scores_[kept], s[kept], 0.0
    if len(scores_) < 2:
        return np.nan, 0.0
    low, high = np.quantile(scores_, [winsor, 1 - winsor])
    phi = float(np.mean(np.clip(scores_, low, high) ** 2))
    w, n = s**-2.0, len(s)
    spread = w.sum() - (w**2).sum() / w.sum()
    between = (n * phi - (n - 1)) / spread if phi > (n - 1) / n and spread > 0 else 0.0
    return phi, float(np.sqrt(max(between, 0.0)))


def exact_limits(n: ArrayLike, target: float, level: float = WARN, kind: Law = "binomial") -> tuple[Array, Array]:
    """Limits of a share (or a rate per exposure ``n``) from the exact distribution, interpolated between the two counts
    about the tail as Spiegelhalter does, so that they fall smoothly; for small units, where normal limits are off."""
    choose("the kind", Law, kind)
    size, tail = np.asarray(n, float), (1 - level) / 2
    law = stats.binom(size, target) if kind == "binomial" else stats.poisson(size * target)
    found = []
    for p in (tail, 1 - tail):
        count = law.ppf(p)
        step = law.cdf(count) - law.cdf(count - 1)
        found.append((count - np.where(step > 0, (law.cdf(count) - p) / np.where(step > 0, step, 1), 0)) / size)
    upper = 1.0 if kind == "binomial" else np.inf
    return np.clip(found[0], 0, upper), np.clip(found[1], 0, upper)


def flags(p: ArrayLike, q: float = 0.05) -> NDArray[np.bool_]:
    """Units to flag at false discovery rate ``q`` (Benjamini & Hochberg 1995). NaN is never flagged."""
    return np.asarray(adjusted(p) <= q)


def adjusted(p: ArrayLike) -> Array:
    """p-values after Benjamini & Hochberg: the smallest false discovery rate at which each would be flagged; NaN
    stays NaN and counts as no test."""
    values = np.asarray(p, float)
    result, known = np.full(len(values), np.nan), np.flatnonzero(~np.isnan(values))
    order = known[np.argsort(values[known], kind="stable")]
    scaled = values[order] * len(order) / np.arange(1, len(order) + 1)
    result[order] = np.minimum(np.minimum.accumulate(scaled[::-1])[::-1], 1.0)
    return result
