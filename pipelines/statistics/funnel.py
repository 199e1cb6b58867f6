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
from scipy import special, stats

from pipelines.statistics.gate import choose, counted, hits_of, known

Array = NDArray[np.float64]
Spread = Literal["none", "multiplicative", "additive"]
Law = Literal["binomial", "poisson"]
Extremes = Literal["pulled in", "left out"]
ShareScale = Literal["plain", "arcsine"]
RateScale = Literal["plain", "log", "root"]
WARN, ALARM = 0.95, 0.998
_COUNTED_OUT = 500  # people in a unit up to whom a beta-binomial is added up term by term


@dataclass(frozen=True)
class Funnel:
    """Per unit its ``value``, the limits ``low``/``high`` (95%) and ``lowest``/``highest`` (99.8%) at its size, its
    ``z`` after allowing for over-dispersion and the two-sided ``p`` (exact for shares and rates on their plain scale, by which units
    are flagged: normal limits of small counts are passed by chance far too often above, and hardly below); ``target``; ``phi`` the ratio of the units'
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
    NaN. ``p`` on the plain scale is twice the smaller exact tail, of the beta-binomial where they differ more than chance (see
    ``_unwinsorised``)."""
    choose("the scale", ShareScale, scale)
    x, size = (known(values, "count") for values in hits_of(hits, n))
    p0 = float(x.sum() / size.sum()) if target is None and size.sum() else float(np.nan if target is None else target)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(size > 0, x / size, np.nan)
        if scale == "plain":
            error = np.sqrt(p0 * (1 - p0) / size)
            found = scores(share, error, p0, spread, winsor, (0, 1), extremes)
            more = _between(found, error, spread, winsor, extremes)
            return replace(found, p=_of_shares(x, size, p0, more))
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
    1 / sqrt(r0 exposure); root: of its root, with error 1 / (2 sqrt(exposure)). ``p`` on the plain scale is exact as of
    ``proportions``, of the negative binomial where they differ more than chance."""
    choose("the scale", RateScale, scale)
    x, size = known(counted(events), "count"), known(counted(expected), "exposure")
    r0 = float(x.sum() / size.sum()) if target is None and size.sum() else float(np.nan if target is None else target)
    with np.errstate(divide="ignore", invalid="ignore"):
        rate = np.where(size > 0, x / size, np.nan)
        if scale == "plain":
            error = np.sqrt(r0 / size)
            found = scores(rate, error, r0, spread, winsor, (0, np.inf), extremes)
            more = _between(found, error, spread, winsor, extremes)
            return replace(found, p=_of_rates(x, size, r0, more))
        if scale == "log":
            logged = scores(np.log(rate), 1 / np.sqrt(r0 * size), float(np.log(r0)), spread, winsor, extremes=extremes)
            return _back(logged, np.exp)
        root = scores(np.sqrt(rate), 0.5 / np.sqrt(size), float(np.sqrt(r0)), spread, winsor, (0, np.inf), extremes)
    return _back(root, np.square)


def _between(found: Funnel, error: Array, spread: Spread, winsor: float, extremes: Extremes) -> Array:
    """Variance between units beyond chance, per unit, as their p allows for it."""
    if spread == "none" or not np.isfinite(found.phi):
        return np.zeros(found.value.shape)
    z = (found.value - found.target) / error
    phi, tau = overdispersion(z, error, winsor, extremes, _unwinsorised(winsor, extremes))
    return np.full(z.shape, tau**2) if spread == "additive" else error**2 * max(phi - 1, 0.0)


def _unwinsorised(winsor: float, extremes: Extremes) -> float:
    """The mean square of normal z-scores before their extremes were pulled in (or left out), over that after: pulling in a tenth at
    each end leaves .68. Spiegelhalter's limits, as they are printed, do without; flags would be false twice as often as said."""
    cut = stats.norm.isf(winsor)
    inside = 1 - 2 * winsor - 2 * cut * stats.norm.pdf(cut) if winsor > 0 else 1.0
    if extremes == "left out":
        return float((1 - 2 * winsor) / inside)
    return float(1 / (inside + (2 * winsor * cut**2 if winsor > 0 else 0.0)))


def _two_sided(at_most: Array, at_least: Array, size: Array) -> Array:
    """Twice the smaller tail, at most 1; NaN without anybody."""
    return np.where(size > 0, np.minimum(2 * np.minimum(at_most, at_least), 1.0), np.nan)


def _of_shares(x: Array, size: Array, p0: float, more: Array) -> Array:
    """Two-sided p of so many hits at a share of ``p0`` that varies between units by ``more``."""
    if not 0 < p0 < 1:
        return np.where(size > 0, np.where(x == p0 * size, 1.0, 0.0), np.nan)
    # Units alike are worked out once; a pair as one complex number is sorted ten times as fast as two columns.
    _, first, place = np.unique(x + 1j * size, return_index=True, return_inverse=True)
    hits, n, spread = x[first], size[first], np.minimum(more[first] / (p0 * (1 - p0)), 0.99)
    at_most, at_least = stats.binom.cdf(hits, n, p0), stats.binom.sf(hits - 1, n, p0)
    # Of large units the beta of the share's own mean and variance, of others the beta-binomial, term by term.
    large = (spread > 0) & (n > _COUNTED_OUT)
    known = 1 / (1 / n[large] + spread[large] * (1 - 1 / n[large])) - 1
    for tail, side in ((at_most, 0.5), (at_least, -0.5)):
        below = special.betainc(p0 * known, (1 - p0) * known, np.clip((hits[large] + side) / n[large], 0.0, 1.0))
        tail[large] = below if side > 0 else 1 - below
    small = np.flatnonzero((spread > 0) & (n > 0) & ~large)
    for size_ in np.unique(n[small]):
        mine = small[n[small] == size_]
        up, down = _beta_binomial(int(size_), p0, float(spread[mine[0]]))
        at_most[mine], at_least[mine] = (tail[np.round(hits[mine]).astype(int)] for tail in (up, down))
    return _two_sided(at_most, at_least, n)[place.reshape(-1)]


def _beta_binomial(n: int, p0: float, spread: float) -> tuple[Array, Array]:
    """Chances of 0, 1, ... ``n`` hits or fewer, and of as many or more, where shares vary with a variance of ``spread`` p0 (1 - p0)."""
    hits, a, b = np.arange(n + 1), p0 * (1 / spread - 1), (1 - p0) * (1 / spread - 1)
    each = special.betaln(a + hits, b + n - hits) - special.betaln(a, b) - special.betaln(hits + 1, n - hits + 1)
    chance = np.exp(each) / (n + 1)
    return chance.cumsum(), chance[::-1].cumsum()[::-1]


def _of_rates(x: Array, size: Array, r0: float, more: Array) -> Array:
    """The same of so many events at a rate of ``r0``."""
    if not r0 > 0:
        return np.where(size > 0, np.where(x == 0, 1.0, 0.0), np.nan)
    mean, varied = r0 * size, more > 0
    shape = r0**2 / np.where(varied, more, 1.0)
    chance = shape / (shape + np.where(size > 0, mean, 1.0))
    at_most = np.where(varied, stats.nbinom.cdf(x, shape, chance), stats.poisson.cdf(x, mean))
    at_least = np.where(varied, stats.nbinom.sf(x - 1, shape, chance), stats.poisson.sf(x - 1, mean))
    return _two_sided(at_most, at_least, size)


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
    if np.any(s < 0):
        raise ValueError("a standard error cannot be below 0")
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
    z: ArrayLike, error: ArrayLike, winsor: float = 0.1, extremes: Extremes = "pulled in", scale: float = 1.0
) -> tuple[float, float]:
    """(phi, tau): mean square of the winsorised z-scores, and the moment estimate (DerSimonian & Laird) of the
    standard deviation between units. Spiegelhalter 2005, appendix A. ``extremes`` left out: of the middle units alone, by rank.
    ``scale``: what phi is multiplied by (1: as he and others print it). (NaN, 0) with fewer than two units."""
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
    phi = float(np.mean(np.clip(scores_, low, high) ** 2)) * scale
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
    stays NaN and counts as no test. Raises ``ValueError`` for a p that does not lie between 0 and 1."""
    values = np.asarray(p, float)
    if np.any((values < 0) | (values > 1)):
        raise ValueError("a p-value lies between 0 and 1")
    result, known = np.full(len(values), np.nan), np.flatnonzero(~np.isnan(values))
    order = known[np.argsort(values[known], kind="stable")]
    scaled = values[order] * len(order) / np.arange(1, len(order) + 1)
    result[order] = np.minimum(np.minimum.accumulate(scaled[::-1])[::-1], 1.0)
    return result
