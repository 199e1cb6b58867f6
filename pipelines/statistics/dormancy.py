"""Has a relationship gone quiet, or is it only between two referrals?

``alarm_gap`` gives each unit its own limit of silence, such that an unchanged referrer trips it at most ``budget``
times a year: Poisson referrals, a gamma prior over referrers, and the posterior predictive distribution of the next
gap. The probability that a unit has stopped for good is ``lapse``'s.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pipelines.statistics.gate import counted, known

Array = NDArray[np.float64]
DAYS_A_YEAR, DAYS_A_MONTH = 365.25, 30.4375
STATES = ("active", "new", "reactivated", "cooling", "dormant", "lost", "too rare to judge")


def moments_prior(count: ArrayLike, exposure: ArrayLike) -> tuple[float, float]:
    """(shape, rate) of the gamma prior by moments: the exposure-weighted mean of the rates, and their variance
    beyond what chance alone gives. Never tighter than a coefficient of variation of 0.1, and (1, total exposure)
    when nothing repeated at all."""
    x, t = known(counted(count), "count"), np.maximum(known(counted(exposure), "exposure"), 1.0)
    total = t.sum()
    if len(x) == 0 or x.sum() == 0:
        return 1.0, max(float(total), 1.0)
    mean = x.sum() / total
    spread = total - (t**2).sum() / total
    beyond = ((t * (x / t - mean) ** 2).sum() - (len(x) - 1) * mean) / spread if spread > 0 else 0.0
    variance = max(float(beyond), 0.01 * mean**2)
    return float(mean**2 / variance), float(mean / variance)


def posterior(count: ArrayLike, exposure: ArrayLike, prior: tuple[float, float]) -> tuple[Array, Array]:
    """(shape, rate) of each unit's gamma posterior; exposure in days."""
    return prior[0] + counted(count), prior[1] + counted(exposure)


def alarm_gap(shape: ArrayLike, rate: ArrayLike, budget: float = 0.10) -> Array:
    """Days of silence after which to raise the alarm: g = rate (p^(-1/shape) - 1), where p, the chance that one
    gap of an unchanged unit is longer, is the yearly ``budget`` of false alarms over the gaps expected a year
    (at most one half). Raises ``ValueError`` for a budget that is not above 0, as for a shape or a rate."""
    a, b = _above(shape), _above(rate)
    _above(budget)
    p = np.minimum(0.5, budget / (DAYS_A_YEAR * a / b))
    with np.errstate(over="ignore"):
        return np.asarray(b * np.expm1(-np.log(p) / a))


def _above(values: ArrayLike) -> Array:
    """The parameters as numbers; NaN where one is not known."""
    x = np.asarray(values, float)
    if np.any(x <= 0) or np.isinf(x).any():
        raise ValueError("shapes, rates and budgets lie above 0")
    return x


def silence_chance(shape: ArrayLike, rate: ArrayLike, gap: ArrayLike) -> Array:
    """Chance that an unchanged unit stays silent for ``gap`` days: (rate / (rate + gap))^shape."""
    a, b, g = _above(shape), _above(rate), np.asarray(gap, float)
    return np.asarray((b / (b + np.maximum(g, 0.0))) ** a)


def states(
    *,
    silent: ArrayLike,
    alarm: ArrayLike,
    per_month: ArrayLike,
    known_for: ArrayLike,
    returned: ArrayLike,
    told: ArrayLike,
    repeats: ArrayLike = 1,
    rarest: float = 0.5,
    new_for: float = 90,
) -> NDArray[np.object_]:
    """One of ``STATES`` per unit. ``silent`` and ``known_for`` are days since the last and first referral,
    ``returned`` whether it came back lately from a gap beyond its alarm, ``told`` whether it is known to have
    stopped; without any ``repeats`` (weeks with a referral after the first) there is no rhythm to judge by. The first rule that fits decides.
    Raises ``ValueError`` for a silence, an alarm, a rhythm or an age that is not known: it would pass for active."""
    quiet, limit = np.asarray(silent, float), np.asarray(alarm, float)
    if any(np.isnan(np.asarray(values, float)).any() for values in (silent, alarm, per_month, known_for, repeats)):
        raise ValueError("every silence, alarm, rhythm and age must be known: leave out, and count, whose is not")
    rules = [
        (np.asarray(told, bool), "lost"),
        (np.asarray(known_for, float) <= new_for, "new"),
        ((np.asarray(per_month, float) < rarest) | (np.asarray(repeats, float) < 1), "too rare to judge"),
        (quiet > 2 * limit, "lost"),
        (quiet > limit, "dormant"),
        (quiet > limit / 2, "cooling"),
        (np.asarray(returned, bool), "reactivated"),
    ]
    return np.select([rule for rule, _ in rules], [np.array(state, object) for _, state in rules], "active")


def flag(p_active: ArrayLike, q: float = 0.2) -> NDArray[np.bool_]:
    """Which units to flag so that about ``q`` of the flagged are in truth still active: from the least likely
    active on, while the running mean of P(active) is at most ``q``. NaN is never flagged. Raises ``ValueError`` for chances outside
    0 and 1."""
    p = np.asarray(p_active, float)
    if np.any((p < 0) | (p > 1)):
        raise ValueError("a chance lies between 0 and 1")
    order = np.argsort(np.where(np.isnan(p), np.inf, p), kind="stable")
    known = int((~np.isnan(p)).sum())
    means = p[order[:known]].cumsum() / np.arange(1, known + 1)
    flagged = np.zeros(len(p), bool)
    flagged[order[: int((means <= q + 1e-12).sum())]] = True  # the running mean only rises, so this is a prefix
    return flagged
