"""Who has stopped for good, where there are so many occasions and each is taken or not: the BG/BB (Fader, Hardie & Shang 2010).

For comparison with ``lapse`` and with what books and packages print; the product does not use it. Data per unit: ``x`` occasions
taken (weeks with a referral, say) of the ``rounds`` after the first, the last of them number ``last`` (0 without any). A unit takes
an occasion with a chance of its own, Beta(alpha, beta), and stops before one with a chance of its own, Beta(gamma, delta).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import optimize, special

from pipelines.statistics.lapse import checked

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Rounds:
    """Parameters of a fitted model. Every method takes scalars or arrays that broadcast; times are numbers of occasions."""

    alpha: float
    beta: float
    gamma: float
    delta: float
    log_likelihood: float = np.nan

    def p_active(self, x: ArrayLike, last: ArrayLike, rounds: ArrayLike) -> Array:
        """P(still active at the occasion after the ``rounds`` seen)."""
        n, tx, t = _arrays(x, last, rounds)
        a, b, c, d = self._shapes
        alive = _beta_ratio(a + n, b + t - n, a, b) + _beta_ratio(c, d + t + 1, c, d)
        return np.asarray(np.exp(alive - _log_likelihood(self._shapes, n, tx, t)))

    def expected(self, rounds: ArrayLike) -> Array:
        """Expected occasions taken of the next ``rounds`` by a unit nothing is known of (E[X(n)])."""
        a, b, c, d = self._shapes
        return np.asarray(a / (a + b) * (_staying(c, d, 0.0) - _staying(c, d, np.asarray(rounds, float))))

    def expected_next(self, x: ArrayLike, last: ArrayLike, rounds: ArrayLike, ahead: ArrayLike) -> Array:
        """Expected occasions taken of the next ``ahead`` by a unit with this history."""
        n, tx, t = _arrays(x, last, rounds)
        a, b, c, d = self._shapes
        rate = np.exp(_beta_ratio(a + n + 1, b + t - n, a, b) - _log_likelihood(self._shapes, n, tx, t))
        return np.asarray(rate * (_staying(c, d, t) - _staying(c, d, t + np.asarray(ahead, float))))

    @property
    def _shapes(self) -> Array:
        return np.array([self.alpha, self.beta, self.gamma, self.delta])


def fit(x: ArrayLike, last: ArrayLike, rounds: ArrayLike, weight: ArrayLike | None = None) -> Rounds:
    """Maximum likelihood in the logs of the parameters; ``weight``: how many units each entry stands for. Raises as
    ``lapse.fit`` does, and ``ValueError`` for more occasions taken than there were."""
    n, tx, t = _arrays(x, last, rounds)
    many = np.ones(n.shape) if weight is None else np.asarray(weight, float)
    if np.any(n > tx):
        raise ValueError("more occasions were taken than there were up to the last of them")
    checked(np.repeat(n, many.astype(int)), np.repeat(tx, many.astype(int)), np.repeat(t, many.astype(int)))

    def loss(logs: Array) -> float:
        return -float(many @ _log_likelihood(np.exp(logs), n, tx, t)) / float(many.sum())

    found = optimize.minimize(
        loss, np.zeros(4), method="Nelder-Mead", options={"maxiter": 8000, "xatol": 1e-8, "fatol": 1e-13}
    )
    alpha, beta, gamma, delta = (float(value) for value in np.exp(found.x))
    return Rounds(alpha, beta, gamma, delta, -float(found.fun) * float(many.sum()))


def _arrays(*values: ArrayLike) -> tuple[Array, ...]:
    return tuple(np.broadcast_arrays(*(np.asarray(one, float) for one in values)))


def _beta_ratio(a: ArrayLike, b: ArrayLike, c: ArrayLike, d: ArrayLike) -> Array:
    """ln of B(a, b) / B(c, d)."""
    return np.asarray(special.betaln(a, b) - special.betaln(c, d))


def _staying(c: float, d: float, t: Array | float) -> Array:
    """What the occasions still to come after ``t`` are worth; at gamma = 1, where it is a limit, from just beside it."""
    g = c if abs(c - 1) > 1e-7 else 1 + 1e-7
    known = special.gammaln(g + d) - special.gammaln(1 + d) + special.gammaln(1 + d + t) - special.gammaln(g + d + t)
    return np.asarray(d / (g - 1) * np.exp(known))


def _log_likelihood(shapes: Array, x: Array, last: Array, rounds: Array) -> Array:
    a, b, c, d = shapes
    total = _beta_ratio(a + x, b + rounds - x, a, b) + _beta_ratio(c, d + rounds, c, d)
    for after in range(int(np.max(rounds - last, initial=0.0))):  # stopped just before each of those not taken since
        possible = after <= rounds - last - 1
        part = _beta_ratio(a + x, np.maximum(b + last - x + after, 1e-300), a, b) + _beta_ratio(
            c + 1, d + last + after, c, d
        )
        total = np.where(possible, np.logaddexp(total, part), total)
    return np.asarray(total)
