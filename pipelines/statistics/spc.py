"""Has something changed, or is it noise? Control charts and the rules of NHS England's Making Data Count.

``xmr`` for a measured series; ``c_chart``, ``u_chart`` and ``p_chart`` for counts, rates and shares with limits three
standard errors wide; ``poisson_limits`` for small counts, where the others raise false alarms: 24 stable months of
Poisson counts below 10 a month trip a rule of the XmR chart 21 to 48% of the time.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import integrate, stats
from scipy.special import gammaln, ndtr

from pipelines.statistics.gate import choose, counted, hits_of, known, require

Array = NDArray[np.float64]
Signs = NDArray[np.int64]
LIMIT, RANGE_LIMIT = 2.66, 3.267  # 3 / 1.128 and D4 for ranges of two (Wheeler)
FEWEST_POINTS, FEWEST_A_MONTH = 12, 10.0


@dataclass(frozen=True)
class Chart:
    """A series with its ``centre`` line and limits ``low``, ``high`` at each point; ``sigma`` a third of the distance
    to them (before any cut at 0 or 1)."""

    value: Array
    centre: Array
    low: Array
    high: Array
    sigma: Array

    @property
    def outside(self) -> Signs:
        """1 above the upper limit, -1 below the lower, else 0."""
        return np.asarray(np.where(self.value > self.high, 1, np.where(self.value < self.low, -1, 0)), np.int64)


@dataclass(frozen=True)
class XmR(Chart):
    """Individuals chart with its moving ranges: ``ranges`` (NaN at the first point), their mean ``range_mean`` over the
    ranges kept, and their upper limit ``range_high``."""

    ranges: Array
    range_mean: float
    range_high: float


def xmr(value: ArrayLike, baseline: int | None = None, screen: bool = True, exact: bool = False) -> XmR:
    """Mean +- 2.66 x mean moving range, from the first ``baseline`` points (default all). ``screen``: moving ranges
    above 3.267 times their mean are left out once and the mean taken again, as Making Data Count does. ``exact``: use
    3 / 1.128 in place of the rounded 2.66. Raises ``TooLittle`` below two points."""
    x = known(value, "point")
    used = x[:baseline]
    require(len(used) >= 2, "A control chart needs at least two points. The series is shown as it is.")
    ranges = np.abs(np.diff(used))
    mean = float(ranges.mean())
    if screen and (ranges <= RANGE_LIMIT * mean).any():
        mean = float(ranges[ranges <= RANGE_LIMIT * mean].mean())
    sigma = np.full(len(x), mean * (1 / 1.128 if exact else LIMIT / 3))
    centre = np.full(len(x), used.mean())
    moved = np.concatenate([[np.nan], np.abs(np.diff(x))])
    return XmR(x, centre, centre - 3 * sigma, centre + 3 * sigma, sigma, moved, mean, RANGE_LIMIT * mean)


@dataclass(frozen=True)
class Sampled:
    """Charts of samples: of their ``means`` and of their ``spreads`` (ranges or standard deviations). ``sigma``: the standard
    deviation of one measurement, from within the samples alone."""

    means: Chart
    spreads: Chart
    sigma: float


Within = Literal["range", "deviation"]


def xbar(value: ArrayLike, within: Within = "range", baseline: int | None = None) -> Sampled:
    """Samples of several measurements each, ``value`` (sample, measurement), NaN where a sample has fewer: mean of the means
    +- 3 sigma / sqrt(n), sigma from the samples' ranges over d2 (the X-bar and R charts) or their standard deviations over c4
    (X-bar and s), the first ``baseline`` samples' (default all). The spread's own limits, not below 0, are those of normal
    measurements (Montgomery, Introduction to Statistical Quality Control, chapter 6). Samples
    of unequal size count alike towards sigma, as in R's qcc; the spread's centre goes with the size. Raises ``TooLittle`` without a baseline sample of two."""
    choose("the spread within samples", Within, within)
    x = np.asarray(value, float)
    n = (~np.isnan(x)).sum(axis=1)
    several, used = n > 1, np.arange(len(x)) < (len(x) if baseline is None else baseline)
    require(
        bool((several & used).any()), "Charts of samples need a sample of two measurements. They are shown as they are."
    )
    rows = x[several]
    seen = np.nanmax(rows, axis=1) - np.nanmin(rows, axis=1) if within == "range" else np.nanstd(rows, axis=1, ddof=1)
    spread, usual, apart = (np.full(len(x), np.nan) for _ in range(3))
    spread[several] = seen
    for size in np.unique(n[several]):  # mean and standard deviation of the spread, in sigmas
        usual[n == size], apart[n == size] = _of_range(int(size)) if within == "range" else _of_deviation(int(size))
    sigma = float((spread / usual)[several & used].mean())
    middle, error = float(np.nanmean(x[used])), sigma / np.sqrt(np.maximum(n, 1))
    centre, third = usual * sigma, apart * sigma
    return Sampled(
        Chart(_means(x), np.full(len(x), middle), middle - 3 * error, middle + 3 * error, error),
        Chart(spread, centre, np.maximum(centre - 3 * third, 0.0), centre + 3 * third, third),
        sigma,
    )


def _means(x: Array) -> Array:
    """The mean of each sample's measurements; NaN of a sample without any."""
    n = (~np.isnan(x)).sum(axis=1)
    return np.asarray(np.where(n > 0, np.nansum(x, axis=1) / np.maximum(n, 1), np.nan))


def _of_deviation(n: int) -> tuple[float, float]:
    """(c4, sqrt(1 - c4^2)): mean and standard deviation of the standard deviation of ``n`` normal measurements."""
    c4 = float(np.sqrt(2 / (n - 1)) * np.exp(gammaln(n / 2) - gammaln((n - 1) / 2)))
    return c4, float(np.sqrt(1 - c4**2))


def _of_range(n: int) -> tuple[float, float]:
    """(d2, d3): mean and standard deviation of the range of ``n`` normal measurements, d2 to three places as tables have it."""
    z, reach = np.linspace(-9.0, 9.0, 901), np.linspace(0.0, 14.0, 561)
    below, density = ndtr(z), n * np.exp(-0.5 * z**2) / np.sqrt(2 * np.pi)
    beyond = np.array([1 - integrate.simpson(density * (ndtr(z + far) - below) ** (n - 1), x=z) for far in reach])
    mean, square = integrate.simpson(beyond, x=reach), 2 * integrate.simpson(reach * beyond, x=reach)
    return round(float(mean), 3), float(np.sqrt(square - mean**2))


def c_chart(count: ArrayLike, centre: float | None = None) -> Chart:
    """Counts in equal areas of opportunity: mean +- 3 sqrt(mean), not below 0."""
    return u_chart(count, np.ones(np.shape(np.asarray(count))), centre)


def u_chart(count: ArrayLike, size: ArrayLike, centre: float | None = None, laney: bool = False) -> Chart:
    """Counts per unit of ``size``: u +- 3 sqrt(u / size), not below 0. ``laney``: as in ``p_chart`` (the u' chart)."""
    x, n = np.broadcast_arrays(known(counted(count), "count"), _areas(size))
    u = float(x.sum() / n.sum()) if centre is None else centre
    sigma = np.sqrt(u / n)
    if laney:
        sigma = sigma * _varied(x / n, u, sigma)
    return Chart(x / n, np.full(len(x), u), np.maximum(u - 3 * sigma, 0), u + 3 * sigma, sigma)


def _areas(size: ArrayLike) -> Array:
    """Areas of opportunity, or sizes of samples: known and above 0."""
    n = known(size, "size")
    if np.any(n <= 0):
        raise ValueError("every size must lie above 0: leave out, and count, periods without any")
    return n


def np_chart(hits: ArrayLike, n: float, centre: float | None = None) -> Chart:
    """Numbers of hits in samples of one size ``n``: np +- 3 sqrt(np (1 - p)); ``centre`` is the share p."""
    shares = p_chart(hits, n, centre)
    return Chart(*(part * n for part in (shares.value, shares.centre, shares.low, shares.high, shares.sigma)))


def p_chart(hits: ArrayLike, n: ArrayLike, centre: float | None = None, laney: bool = False) -> Chart:
    """Shares: p +- 3 sqrt(p (1 - p) / n), within 0 and 1. ``laney``: times how much more (or less) neighbours differ than
    chance alone has them, for samples of thousands, where the plain limits are too narrow (Laney 2002: the p' chart)."""
    x, size = np.broadcast_arrays(*(known(values, "count") for values in hits_of(hits, n)))
    _areas(size)
    p = float(x.sum() / size.sum()) if centre is None else centre
    sigma = np.sqrt(p * (1 - p) / size)
    if laney:
        sigma = sigma * _varied(x / size, p, sigma)
    return Chart(x / size, np.full(len(x), p), np.maximum(p - 3 * sigma, 0), np.minimum(p + 3 * sigma, 1), sigma)


def _varied(value: Array, centre: float, sigma: Array) -> float:
    """Laney's sigma of the z-scores: their mean moving range over 1.128."""
    return float(np.abs(np.diff((value - centre) / sigma)).mean() / 1.128)


def poisson_limits(mean: ArrayLike, false_alarm: float = 0.0027) -> tuple[Array, Array]:
    """(low, high) counts such that an unchanged Poisson count lies below low or above high with probability at most
    half of ``false_alarm`` each (exact; the default is that of three sigma)."""
    m = np.asarray(mean, float)
    tail = false_alarm / 2
    low = stats.poisson.ppf(tail, m)
    low = np.where(stats.poisson.cdf(low - 1, m) > tail, low - 1, low)
    return np.maximum(low, 0.0), np.asarray(stats.poisson.isf(tail, m))


def counts(count: ArrayLike, exposure: ArrayLike | None = None, false_alarm: float = 0.0027) -> Chart:
    """Small counts per ``exposure`` (working days, say) with exact Poisson limits about the mean of all; each point's
    expectation is the mean rate times its exposure."""
    x = known(counted(count), "count")
    size = np.ones(len(x)) if exposure is None else known(counted(exposure), "exposure")
    if x.sum() > 0 and size.sum() == 0:
        raise ValueError("counts need an exposure that they come from")
    expected = x.sum() / max(float(size.sum()), 1e-12) * size
    low, high = poisson_limits(expected, false_alarm)
    return Chart(x, expected, low, high, np.sqrt(expected))


def outside(value: ArrayLike, low: ArrayLike, high: ArrayLike) -> Signs:
    """Rule 1: 1 above the upper limit, -1 below the lower, else 0."""
    x = np.asarray(value, float)
    return np.asarray(np.where(x > np.asarray(high), 1, np.where(x < np.asarray(low), -1, 0)), np.int64)


def runs(side: ArrayLike, length: int = 7) -> Signs:
    """Rule 2: points from the ``length``-th on of a run on one side of the mean; ``side`` is the value less the mean,
    or its sign. A point on the line ends a run, and so does one that is not known."""
    signs = _signs(np.asarray(side, float))
    return _lasting(signs, length)


def trend(value: ArrayLike, length: int = 7) -> Signs:
    """Rule 3: 1 (or -1) where the last ``length`` points each rose above (fell below) the one before them: the point
    that completes ``length`` of them counts and those after it. Equal neighbours end a trend, and so does a point that is not known."""
    steps = _signs(np.diff(np.asarray(value, float), prepend=np.nan))
    return _lasting(steps, length - 1)


def two_of_three(value: ArrayLike, centre: ArrayLike, sigma: ArrayLike) -> Signs:
    """Rule 4: two of three points in a row close to a limit, between two and three sigma; see ``near``."""
    side, s = np.asarray(value, float) - np.asarray(centre, float), np.asarray(sigma, float)
    return near((np.abs(side) > 2 * s) & (np.abs(side) <= 3 * s), side)


def near(beyond: ArrayLike, side: ArrayLike) -> Signs:
    """Rule 4 from flags: three points in a row on one side of the mean, two or more of them ``beyond`` two sigma: all
    three are marked with the side. (Points outside the limits are rule 1's and count as near in other rule books.)"""
    far, signs = np.asarray(beyond, bool), _signs(np.asarray(side, float))
    found = np.zeros(len(signs), np.int64)
    for at in range(len(signs) - 2):
        window = slice(at, at + 3)
        if signs[at] != 0 and (signs[window] == signs[at]).all() and far[window].sum() >= 2:
            found[window] = signs[at]
    return found


def _signs(values: Array) -> NDArray[np.int_]:
    """-1, 0 or 1; 0 where not known."""
    return np.asarray(np.sign(np.nan_to_num(values)), int)


def _lasting(signs: NDArray[np.int_], length: int) -> Signs:
    """The sign at each point where it has lasted ``length`` points, else 0."""
    found, run = np.zeros(len(signs), np.int64), 0
    for at, sign in enumerate(signs):
        run = 0 if sign == 0 else run + 1 if at and sign == signs[at - 1] else 1
        if run >= length:
            found[at] = sign
    return found


def special(chart: Chart, length: int = 7) -> Signs:
    """1 or -1 at each point where any rule of Making Data Count speaks (the first that does, in their order), else 0:
    outside a limit, a run on one side, a trend, two of three near a limit."""
    side = chart.value - chart.centre
    rules = (
        chart.outside, runs(side, length), trend(chart.value, length),
        two_of_three(chart.value, chart.centre, chart.sigma),
    )  # fmt: skip
    found = np.zeros(len(chart.value), np.int64)
    for signs in rules:
        found = np.where(found == 0, signs, found)
    return found


def series(count: ArrayLike, exposure: ArrayLike | None = None) -> tuple[Chart, str]:
    """The chart a series of counts should have, and which: "XmR" of counts per exposure at a mean of 10 or more, else
    "Poisson". Raises ``TooLittle`` below 12 points."""
    x = known(counted(count), "count")
    require(
        len(x) >= FEWEST_POINTS,
        f"Whether something changed can be told from {FEWEST_POINTS} complete periods on; there are {len(x)}.",
    )
    size = np.ones(len(x)) if exposure is None else np.asarray(exposure, float)
    if x.mean() >= FEWEST_A_MONTH:
        size = _areas(size)
        chart = xmr(x / size * size.mean())
        return chart, "XmR"
    return counts(x, size), "Poisson"
