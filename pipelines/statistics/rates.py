"""Intervals of rates (events per exposure)."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import optimize, special, stats

from pipelines.statistics import proportions
from pipelines.statistics.gate import counted, known, together

Array = NDArray[np.float64]


def exact(events: ArrayLike, exposure: ArrayLike, level: float = 0.95) -> tuple[Array, Array]:
    """Exact Poisson limits (Garwood 1936) of events / exposure; here and below NaN where there was no exposure."""
    x, at_risk = counted(events), _exposed(exposure)
    tail = (1 - level) / 2
    low = np.where(x == 0, 0.0, stats.chi2.ppf(tail, 2 * np.maximum(x, 0.5)) / 2)
    return low / at_risk, stats.chi2.isf(tail, 2 * x + 2) / 2 / at_risk


def mid_p(events: ArrayLike, exposure: ArrayLike, level: float = 0.95) -> tuple[Array, Array]:
    """Exact limits with half the chance of the count that was seen in each tail (Rothman & Boice 1979): shorter than
    Garwood's, and cover what they say on average."""
    x, at_risk = np.broadcast_arrays(counted(events), _exposed(exposure))
    tail = (1 - level) / 2
    _, most = exact(x, 1.0, level)

    def reached(wanted: float, low: Array, high: Array) -> Array:
        for _ in range(60):  # the chance of as many or more rises with the mean
            middle = (low + high) / 2
            short = stats.poisson.sf(x, middle) + stats.poisson.pmf(x, middle) / 2 < wanted
            low, high = np.where(short, middle, low), np.where(short, high, middle)
        return np.asarray((low + high) / 2)

    low = np.where(x == 0, 0.0, reached(tail, np.zeros(x.shape), x + 0.0))
    return low / at_risk, reached(1 - tail, x + 0.0, np.asarray(most)) / at_risk


def byar(
    events: ArrayLike, exposure: ArrayLike, level: float = 0.95, exact_below: float = 10, mid_p: bool = False
) -> tuple[Array, Array]:
    """Byar's approximation (Breslow & Day 1987), good from 10 events on; exact below ``exact_below`` events (0: never, as
    tables of the approximation are printed). ``mid_p``: Rothman & Boice's (1979) shorter form with half an event added at
    either end, which R's epitools prints under Byar's name; exact for no number of events."""
    x, at_risk = counted(events), _exposed(exposure)
    z = stats.norm.isf((1 - level) / 2)
    if mid_p:
        half = x + 0.5
        ends = (np.asarray(half * (1 - 1 / (9 * half) + side * z / (3 * np.sqrt(half))) ** 3) for side in (-1, 1))
        low, high = ends
        return np.maximum(low, 0.0) / at_risk, high / at_risk
    some = np.maximum(x, 1.0)
    low = np.where(x == 0, 0.0, some * (1 - 1 / (9 * some) - z / (3 * np.sqrt(some))) ** 3)
    high = (x + 1) * (1 - 1 / (9 * (x + 1)) + z / (3 * np.sqrt(x + 1))) ** 3
    few, (low_few, high_few) = x < exact_below, exact(x, at_risk, level)
    return np.where(few, low_few, low / at_risk), np.where(few, high_few, high / at_risk)


def ratio(
    events: tuple[int, int], exposure: tuple[float, float], level: float = 0.95, mid_p: bool = False
) -> tuple[float, float, float, float]:
    """(rate ratio, low, high, p) of two Poisson counts by the exact conditional test: given their sum, the first
    is binomial. p adds up all outcomes no likelier than the one seen. Ratio is inf or NaN when a count is 0; nothing is known
    where there was no exposure. ``mid_p``: with
    half the chance of what was seen in each tail, and p twice the smaller tail (Rothman & Greenland 1998; R's epitools)."""
    (x, y), (s, t) = events, exposure
    if not (s > 0 and t > 0):
        return (np.nan,) * 4
    total, chance = x + y, s / (s + t)
    low, high = (
        (float(end) for end in (proportions.mid_p if mid_p else proportions.clopper_pearson)(x, total, level))
        if total
        else (0.0, 1.0)
    )
    odds = [p / (1 - p) * t / s if p < 1 else np.inf for p in (low, high)]
    value = np.inf if y == 0 and x else np.nan if y == 0 else (x / s) / (y / t)
    p_value = 1.0
    if total and mid_p:
        above = float(stats.binom.sf(x, total, chance) + stats.binom.pmf(x, total, chance) / 2)
        p_value = 2 * min(above, 1 - above)
    elif total:
        p_value = stats.binomtest(x, total, chance).pvalue
    return float(value), float(odds[0]), float(odds[1]), float(p_value)


def gamma_prior(events: ArrayLike, exposure: ArrayLike) -> tuple[float, float]:
    """(shape, rate) of the gamma prior of unequally observed Poisson rates, by maximum marginal (negative
    binomial) likelihood. Raises ``ValueError`` when nothing was observed, and for events or exposures that are not known."""
    together(events=events, exposure=exposure)
    x, at_risk = known(counted(events), "number of events"), known(counted(exposure), "exposure")
    if x.sum() == 0 or at_risk.sum() <= 0:
        raise ValueError("no events to learn a prior from")
    start = np.log([1.0, at_risk.sum() / x.sum()])

    def loss(logs: Array) -> float:
        shape, rate = np.exp(logs)
        ways = special.gammaln(shape + x) - special.gammaln(shape)
        return -float((ways + shape * np.log(rate) - (shape + x) * np.log(rate + at_risk)).sum())

    found = optimize.minimize(loss, start, method="L-BFGS-B", bounds=[(-7, 7), (-12, 14)])
    shape, rate = np.exp(found.x)
    return float(shape), float(rate)


def _exposed(exposure: ArrayLike) -> Array:
    """Exposures, NaN for none: nothing is known of a rate at which nobody looked."""
    at_risk = np.asarray(exposure, float)
    return np.where(at_risk > 0, at_risk, np.nan)
