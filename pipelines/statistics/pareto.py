"""Who has stopped for good, if one may stop at any time: the Pareto/NBD (Schmittlein, Morrison & Colombo 1987).

For comparison with ``lapse`` and with what books and packages print; the product does not use it. Data as in
``lapse``: ``x`` repeats, ``last`` the time of the last of them, ``total`` the time observed. A unit refers at a rate of its own,
Gamma(r, alpha), and stops at a rate of its own, Gamma(s, beta). Formulas: Fader & Hardie (2005), "A Note on Deriving the
Pareto/NBD Model and Related Expressions".
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import optimize, special

from pipelines.statistics.gate import counted
from pipelines.statistics.lapse import above_zero, checked, history

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Pareto:
    """Parameters of a fitted model; times in the unit of the data. Every method takes scalars or arrays that broadcast."""

    r: float
    alpha: float
    s: float
    beta: float
    log_likelihood: float = np.nan

    def __post_init__(self) -> None:
        """The parameters lie above 0."""
        above_zero(self.r, self.alpha, self.s, self.beta)

    def p_active(self, x: ArrayLike, last: ArrayLike, total: ArrayLike) -> Array:
        """P(still active) after ``x`` repeats, the last at time ``last``, observed for ``total``."""
        n, tx, t = history(x, last, total)
        theta = np.array([self.r, self.alpha, self.s, self.beta])
        return np.asarray(special.expit(-_log_odds(theta, n, tx, t)))

    def expected(self, ahead: ArrayLike) -> Array:
        """Expected repeats within ``ahead`` of the first referral, of a unit nothing is known of (E[X(t)])."""
        return np.asarray(self._coming(0.0, 0.0, ahead))

    def expected_next(self, x: ArrayLike, last: ArrayLike, total: ArrayLike, ahead: ArrayLike) -> Array:
        """Expected referrals in the next ``ahead`` of a unit with this history."""
        return np.asarray(self.p_active(x, last, total) * self._coming(x, total, ahead))

    def _coming(self, x: ArrayLike, total: ArrayLike, ahead: ArrayLike) -> Array:
        """Expected referrals in ``ahead`` of a unit known to be active now; at s = 1 the limit, a logarithm."""
        n, t, h = np.asarray(x, float), np.asarray(total, float), counted(ahead)
        rate, stay = (self.r + n) / (self.alpha + t), np.log((self.beta + t) / (self.beta + t + h))
        power = self.s - 1
        time = -stay if abs(power) < 1e-9 else -np.expm1(power * stay) / power
        return np.asarray(rate * (self.beta + t) * time)


def fit(x: ArrayLike, last: ArrayLike, total: ArrayLike) -> Pareto:
    """Maximum likelihood in the logs of the parameters. Raises as ``lapse.fit`` does."""
    rows, weight = np.unique(checked(x, last, total), axis=0, return_counts=True)
    n, tx, t = rows.T

    def loss(logs: Array) -> float:
        return -float(weight @ _log_likelihood(np.exp(logs), n, tx, t)) / float(weight.sum())

    scale = max(float(np.median(t)) / 40, 1e-12)
    start = np.log([0.5, 10.0 * scale, 0.5, 10.0 * scale])
    # Without a gradient: it would need derivatives of the hypergeometric function in its parameters.
    found = optimize.minimize(
        loss, start, method="Nelder-Mead", options={"maxiter": 4000, "xatol": 1e-6, "fatol": 1e-12}
    )
    r, alpha, s, beta = (float(value) for value in np.exp(found.x))
    return Pareto(r, alpha, s, beta, -float(found.fun) * float(weight.sum()))


def _log_odds(theta: Array, x: Array, last: Array, total: Array) -> Array:
    """Log odds of having stopped: ln(s / (r + s + x)) + (r + x) ln(alpha + T) + s ln(beta + T) + ln A0."""
    r, alpha, s, beta = theta
    known = (r + x) * np.log(alpha + total) + s * np.log(beta + total)
    return np.asarray(np.log(s / (r + s + x)) + known + _log_a0(theta, x, last, total))


def _log_a0(theta: Array, x: Array, last: Array, total: Array) -> Array:
    """ln of the integral that Fader & Hardie call A0, in whichever of its two forms converges."""
    r, alpha, s, beta = theta
    order, larger, apart = r + s + x, max(alpha, beta), abs(alpha - beta)
    second = s + 1 if alpha >= beta else r + x

    def part(time: Array) -> Array:
        return np.asarray(
            np.log(special.hyp2f1(order, second, order + 1, apart / (larger + time))) - order * np.log(larger + time)
        )

    first, then = part(last), part(total)
    with np.errstate(divide="ignore"):
        return np.asarray(first + np.log(-np.expm1(np.minimum(then - first, 0.0))))


def _log_likelihood(theta: Array, x: Array, last: Array, total: Array) -> Array:
    r, alpha, s, beta = theta
    active = -(r + x) * np.log(alpha + total) - s * np.log(beta + total)
    per_unit = special.gammaln(r + x) - special.gammaln(r) + r * np.log(alpha) + s * np.log(beta)
    return np.asarray(per_unit + active + np.logaddexp(0, _log_odds(theta, x, last, total)))
