"""Has a relationship gone quiet, or is it only between two referrals?

Two answers. ``alarm_gap`` gives each unit its own limit of silence, such that an unchanged referrer trips it at
most ``budget`` times a year: Poisson referrals, a gamma prior over referrers, and the posterior predictive
distribution of the next gap. ``Lapse`` is the modified beta-geometric/NBD model (Batislam, Denizel & Filiztekin
2007; Hoppe & Wagner 2007): after any referral a unit may stop for good, with a probability of its own.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import optimize, special

Array = NDArray[np.float64]
DAYS_A_YEAR, DAYS_A_MONTH = 365.25, 30.4375
STATES = ("active", "new", "reactivated", "cooling", "dormant", "lost", "too rare to judge")


def moments_prior(count: ArrayLike, exposure: ArrayLike) -> tuple[float, float]:
    """(shape, rate) of the gamma prior by moments: the exposure-weighted mean of the rates, and their variance
    beyond what chance alone gives. Never tighter than a coefficient of variation of 0.1, and (1, total exposure)
    when nothing repeated at all."""
    x, t = np.asarray(count, float), np.maximum(np.asarray(exposure, float), 1.0)
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
    return prior[0] + np.asarray(count, float), prior[1] + np.asarray(exposure, float)


def alarm_gap(shape: ArrayLike, rate: ArrayLike, budget: float = 0.10) -> Array:
    """Days of silence after which to raise the alarm: g = rate (p^(-1/shape) - 1), where p, the chance that one
    gap of an unchanged unit is longer, is the yearly ``budget`` of false alarms over the gaps expected a year
    (at most one half)."""
    a, b = np.asarray(shape, float), np.asarray(rate, float)
    p = np.minimum(0.5, budget / (DAYS_A_YEAR * a / b))
    with np.errstate(over="ignore"):
        return np.asarray(b * np.expm1(-np.log(p) / a))


def silence_chance(shape: ArrayLike, rate: ArrayLike, gap: ArrayLike) -> Array:
    """Chance that an unchanged unit stays silent for ``gap`` days: (rate / (rate + gap))^shape."""
    a, b, g = (np.asarray(values, float) for values in (shape, rate, gap))
    return np.asarray((b / (b + np.maximum(g, 0.0))) ** a)


def states(
    *,
    silent: ArrayLike,
    alarm: ArrayLike,
    per_month: ArrayLike,
    known_for: ArrayLike,
    returned: ArrayLike,
    told: ArrayLike,
    rarest: float = 0.5,
    new_for: float = 90,
) -> NDArray[np.object_]:
    """One of ``STATES`` per unit. ``silent`` and ``known_for`` are days since the last and first referral,
    ``returned`` whether it came back lately from a gap beyond its alarm, ``told`` whether it is known to have
    stopped. The first rule that fits decides."""
    quiet, limit = np.asarray(silent, float), np.asarray(alarm, float)
    rules = [
        (np.asarray(told, bool), "lost"),
        (np.asarray(known_for, float) <= new_for, "new"),
        (np.asarray(per_month, float) < rarest, "too rare to judge"),
        (quiet > 2 * limit, "lost"),
        (quiet > limit, "dormant"),
        (quiet > limit / 2, "cooling"),
        (np.asarray(returned, bool), "reactivated"),
    ]
    return np.select([rule for rule, _ in rules], [np.array(state, object) for _, state in rules], "active")


def flag(p_active: ArrayLike, q: float = 0.2) -> NDArray[np.bool_]:
    """Which units to flag so that about ``q`` of the flagged are in truth still active: from the least likely
    active on, while the running mean of P(active) is at most ``q``. NaN is never flagged."""
    p = np.asarray(p_active, float)
    order = np.argsort(np.where(np.isnan(p), np.inf, p), kind="stable")
    known = int((~np.isnan(p)).sum())
    means = p[order[:known]].cumsum() / np.arange(1, known + 1)
    flagged = np.zeros(len(p), bool)
    flagged[order[: int((means <= q + 1e-12).sum())]] = True  # the running mean only rises, so this is a prefix
    return flagged


@dataclass(frozen=True)
class Lapse:
    """Parameters of the MBG/NBD model; times in the unit the model was fitted in (weeks)."""

    r: float
    alpha: float
    a: float
    b: float

    def p_active(self, x: ArrayLike, last: ArrayLike, total: ArrayLike) -> Array:
        """P(still active) after ``x`` repeats, the last at time ``last``, observed for ``total``."""
        n, tx, t = (np.asarray(values, float) for values in (x, last, total))
        return np.asarray(special.expit(-_log_odds(np.array([self.r, self.alpha, self.a, self.b]), n, tx, t)))

    def rate(self, x: ArrayLike, last: ArrayLike) -> Array:
        """Referrals per time unit while active: (r + x) / (alpha + last)."""
        return np.asarray((self.r + np.asarray(x, float)) / (self.alpha + np.asarray(last, float)))


def fit_lapse(x: ArrayLike, last: ArrayLike, total: ArrayLike) -> Lapse | None:
    """Maximum likelihood by L-BFGS with the analytic gradient; None below the gate of 100 units and 30 repeaters,
    or when no maximum is found."""
    data = [np.asarray(values, float) for values in (x, last, total)]
    if len(data[0]) < 100 or (data[0] > 0).sum() < 30:
        return None
    rows, weight = np.unique(np.column_stack(data), axis=0, return_counts=True)
    n, place = np.unique(rows[:, 0], return_inverse=True)
    start = np.log([1.0, max(float(np.median(data[2])) / 4, 1.0), 1.0, 2.0])
    found = optimize.minimize(
        _loss, start, args=(rows, weight.astype(float), n, place), jac=True, method="L-BFGS-B", bounds=[(-7, 12)] * 4,
        options={"maxiter": 300, "ftol": 1e-10, "gtol": 1e-7},
    )  # fmt: skip
    return Lapse(*(float(value) for value in np.exp(found.x))) if np.isfinite(found.fun) else None


def _log_odds(theta: Array, x: Array, last: Array, total: Array) -> Array:
    """Log odds of having lapsed: ln(a / (b + x)) + (r + x) ln((alpha + T) / (alpha + t_x))."""
    r, alpha, a, b = theta
    return np.asarray(np.log(a) - np.log(b + x) + (r + x) * np.log((alpha + total) / (alpha + last)))


def _loss(logs: Array, rows: Array, weight: Array, n: Array, place: NDArray[np.intp]) -> tuple[float, Array]:
    """Mean negative log likelihood and its gradient in the logs of (r, alpha, a, b). Gamma and digamma functions
    are taken on the distinct repeat counts ``n`` only, which is where the time goes."""
    theta = np.exp(logs)
    r, alpha, a, b = theta
    x, last, total = rows.T
    odds = _log_odds(theta, x, last, total)
    lapsed, log_t = special.expit(odds), np.log(alpha + total)
    per_n = special.gammaln(r + n) - special.gammaln(r) + special.betaln(a, b + n + 1) - special.betaln(a, b)
    value = per_n[place] + r * np.log(alpha) - (r + x) * log_t + np.logaddexp(0, odds)
    psi_ab, psi_abn = special.digamma(a + b), special.digamma(a + b + n + 1)
    by_r = (special.digamma(r + n) - special.digamma(r))[place] + np.log(alpha) - log_t
    by_r = by_r + lapsed * (log_t - np.log(alpha + last))
    by_alpha = r / alpha - (r + x) / (alpha + total) + lapsed * (r + x) * (1 / (alpha + total) - 1 / (alpha + last))
    by_a = (psi_ab - psi_abn)[place] + lapsed / a
    by_b = (special.digamma(b + n + 1) - special.digamma(b) + psi_ab - psi_abn)[place] - lapsed / (b + x)
    scale = weight / weight.sum()
    gradient = np.array([(part * scale).sum() for part in (by_r, by_alpha, by_a, by_b)])
    return -float((value * scale).sum()), -gradient * theta
