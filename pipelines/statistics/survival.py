"""Time to an event when some are still waiting and some left another way."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Incidence:
    """Step functions at the distinct ``time``s (ascending, the last axis of every array): ``at_risk`` just before;
    per cause (first axis) the cumulative incidence ``value`` and its variance ``var``; ``surviving`` the share with
    no event yet. Between the first and the last axis lie the cohorts, if there are several."""

    time: Array
    at_risk: Array
    value: Array
    var: Array
    surviving: Array

    def at(self, when: ArrayLike, cause: int = 0) -> tuple[Array, Array]:
        """(value, variance) of one cause at the times ``when`` (last axis): 0 before the first event."""
        place = np.searchsorted(self.time, np.asarray(when, float), side="right")
        begin = np.zeros((*self.at_risk.shape[:-1], 1))
        value, var = (np.concatenate((begin, steps[cause]), axis=-1) for steps in (self.value, self.var))
        return value[..., place], var[..., place]

    def when(self, share: float, cause: int = 0) -> Array:
        """The first time by which ``share`` of all had the event; NaN where that was never seen."""
        reached = self.value[cause] >= share - 1e-12
        return np.where(reached.any(axis=-1), self.time[reached.argmax(axis=-1)], np.nan)


def aalen_johansen(time: ArrayLike, events: ArrayLike, censored: ArrayLike) -> Incidence:
    """Cumulative incidence with competing causes, from counts, for one cohort or many at once.

    ``time`` holds distinct ascending times; ``events`` (cause, [cohort ...,] time) how many had each event at each;
    ``censored`` ([cohort ...,] time) how many were last seen at each. Censoring at a time comes after the events of
    that time. Value: F_k += S(t-) d_k / Y. Variance: Aalen's (1978) plug-in, with increments d (Y - d) / Y^3,
    computed by sums over event times; it is a few per cent below Gray's in small samples.
    """
    t = np.asarray(time, float)
    d = np.atleast_2d(np.asarray(events, float))
    leaving = d.sum(axis=0) + np.asarray(censored, float)
    y = np.flip(np.flip(leaving, -1).cumsum(axis=-1), -1)
    safe = np.maximum(y, 1.0)
    after = np.cumprod(1 - d.sum(axis=0) / safe, axis=-1)
    before = np.concatenate((np.ones((*after.shape[:-1], 1)), after[..., :-1]), axis=-1)
    value = np.cumsum(before * d / safe, axis=-1)
    return Incidence(t, y, value, _variance(value, before, d, safe), after)


def _variance(value: Array, before: Array, d: Array, y: Array) -> Array:
    """Var F_k(t) = sum over s <= t of (F(t)-F(s))^2 A(s) + S(s-)^2 B_k(s) - 2 (F(t)-F(s)) S(s-) C_k(s), where
    A = D/(Y(Y-D)), B_k = d_k (Y-d_k)/Y^3, C_k = d_k/Y^2. Written out in powers of F(t), all sums are running."""
    total = d.sum(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        a = np.where(y > total, total / (y * (y - total)), 0.0)
    b, c = d * (y - d) / y**3, d / y**2
    a0, a1, a2 = a.cumsum(axis=-1), (value * a).cumsum(axis=-1), (value**2 * a).cumsum(axis=-1)
    c0, c1 = (before * c).cumsum(axis=-1), (before * value * c).cumsum(axis=-1)
    variance = value**2 * a0 - 2 * value * a1 + a2 + (before**2 * b).cumsum(axis=-1) - 2 * (value * c0 - c1)
    return np.asarray(np.maximum(variance, 0.0))


def kaplan_meier(time: ArrayLike, events: ArrayLike, censored: ArrayLike) -> tuple[Array, Array, Array]:
    """(time, surviving, Greenwood variance) from counts as ``aalen_johansen`` takes them, for one cause."""
    t, d, lost = (np.asarray(values, float) for values in (time, events, censored))
    y = np.maximum((d + lost)[::-1].cumsum()[::-1], 1.0)
    surviving = np.cumprod(1 - d / y)
    with np.errstate(divide="ignore", invalid="ignore"):
        terms = np.where(y > d, d / (y * (y - d)), 0.0)
    return t, surviving, surviving**2 * terms.cumsum()


def log_log_interval(value: ArrayLike, var: ArrayLike, level: float = 0.95) -> tuple[Array, Array]:
    """Interval of a cumulative incidence on the log(-log) scale, which stays within 0 and 1; NaN at 0 and 1,
    where the variance says nothing (use ``proportions.jeffreys`` there)."""
    f, v = np.asarray(value, float), np.asarray(var, float)
    z = stats.norm.isf((1 - level) / 2)
    inside = (f > 0) & (f < 1)
    safe = np.where(inside, f, 0.5)
    half = z * np.sqrt(v) / np.abs(safe * np.log(safe))
    low, high = safe ** np.exp(half), safe ** np.exp(-half)
    return np.where(inside, low, np.nan), np.where(inside, high, np.nan)


def counts(
    time: ArrayLike, cause: ArrayLike, causes: int, weight: ArrayLike | None = None
) -> tuple[Array, Array, Array]:
    """(distinct times, events by cause, censored) from one entry per person or group: ``cause`` 0 for censored,
    1 .. ``causes`` for the event; ``weight`` how many people an entry stands for."""
    t, which = np.asarray(time, float), np.asarray(cause, int)
    w = np.ones(len(t)) if weight is None else np.asarray(weight, float)
    distinct, place = np.unique(t, return_inverse=True)
    table = np.zeros((causes + 1, len(distinct)))
    np.add.at(table, (which, place), w)
    return distinct, table[1:], table[0]
