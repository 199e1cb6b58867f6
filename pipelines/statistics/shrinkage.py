"""Fair comparisons of units of unequal size: each one's figure is drawn towards all of theirs, the more the less is
known of it (empirical Bayes). Beta-binomial for shares, gamma-Poisson for rates.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import optimize, special, stats

from pipelines.statistics import rates
from pipelines.statistics.gate import require

Array = NDArray[np.float64]
FEWEST = 3  # units from which a spread between units can be learnt at all


@dataclass(frozen=True)
class Shrunk:
    """Per unit the posterior mean ``value`` and its interval ``low``, ``high``; ``weight`` of the unit's own figure
    against the prior's (0 to 1); ``prior`` the two parameters; ``mean`` the prior's."""

    value: Array
    low: Array
    high: Array
    weight: Array
    prior: tuple[float, float]
    mean: float


def beta_moments(hits: ArrayLike, n: ArrayLike) -> tuple[float, float]:
    """(alpha, beta) such that the prior has the mean and variance of the raw shares ``hits / n`` (Gelman et al.,
    Bayesian Data Analysis, 5.1): quick, and too wide when units are small. Raises ``ValueError`` where the shares
    vary not at all or more than a beta can."""
    x, size = np.asarray(hits, float), np.asarray(n, float)
    share = x[size > 0] / size[size > 0]
    mean, variance = float(share.mean()), float(share.var(ddof=1))
    if not 0 < variance < mean * (1 - mean):
        raise ValueError("the shares vary not at all, or more than any beta distribution")
    total = mean * (1 - mean) / variance - 1
    return mean * total, (1 - mean) * total


def beta_prior(hits: ArrayLike, n: ArrayLike) -> tuple[float, float]:
    """(alpha, beta) by maximum marginal (beta-binomial) likelihood; units of n = 0 say nothing. Shares no more
    different than chance give a very tight prior (alpha + beta up to 1e6). Raises ``TooLittle`` below 3 units, or when
    all units have no hits or nothing but hits."""
    x, size = np.asarray(hits, float), np.asarray(n, float)
    x, size = x[size > 0], size[size > 0]
    require(
        len(size) >= FEWEST and 0 < x.sum() < size.sum(),
        f"A fair comparison needs {FEWEST} units, some with and some without the outcome; there are {len(size)} units "
        f"with {int(x.sum()):,} of {int(size.sum()):,}. Counts are shown.",
    )
    mean = x.sum() / size.sum()

    def loss(at: Array) -> tuple[float, Array]:
        centre, total = special.expit(at[0]), np.exp(at[1])
        a, b = centre * total, (1 - centre) * total
        value = (special.betaln(a + x, b + size - x) - special.betaln(a, b)).sum()
        common = special.digamma(a + b) - special.digamma(a + b + size)
        by_a = (special.digamma(a + x) - special.digamma(a) + common).sum()
        by_b = (special.digamma(b + size - x) - special.digamma(b) + common).sum()
        return -float(value), -np.array([(by_a - by_b) * total * centre * (1 - centre), by_a * a + by_b * b])

    best = min(
        (optimize.minimize(loss, [special.logit(mean), np.log(size_)], jac=True, method="L-BFGS-B",
                           bounds=[(-14, 14), (np.log(0.02), np.log(1e6))]) for size_ in (3.0, 100.0)),
        key=lambda found: float(found.fun),
    )  # fmt: skip
    centre, total = special.expit(best.x[0]), np.exp(best.x[1])
    return float(centre * total), float((1 - centre) * total)


def shares(hits: ArrayLike, n: ArrayLike, prior: tuple[float, float] | None = None, level: float = 0.95) -> Shrunk:
    """Shrunken shares with equal-tailed posterior intervals; the prior is learnt by ``beta_prior`` unless given."""
    x, size = np.asarray(hits, float), np.asarray(n, float)
    a, b = beta_prior(x, size) if prior is None else prior
    tail, after_a, after_b = (1 - level) / 2, a + x, b + size - x
    low, high = stats.beta.ppf(tail, after_a, after_b), stats.beta.isf(tail, after_a, after_b)
    return Shrunk(after_a / (a + b + size), low, high, size / (a + b + size), (a, b), a / (a + b))


def event_rates(
    events: ArrayLike, exposure: ArrayLike, prior: tuple[float, float] | None = None, level: float = 0.95
) -> Shrunk:
    """Shrunken rates with equal-tailed posterior intervals; the gamma prior (shape, rate) is learnt by maximum marginal
    likelihood unless given. Raises ``TooLittle`` below 3 units or without any event."""
    x, at_risk = np.asarray(events, float), np.asarray(exposure, float)
    seen = at_risk > 0
    require(
        prior is not None or (seen.sum() >= FEWEST and x[seen].sum() > 0),
        f"A fair comparison of rates needs {FEWEST} units and at least one event. Counts are shown.",
    )
    shape, rate = rates.gamma_prior(x[seen], at_risk[seen]) if prior is None else prior
    tail, a, b = (1 - level) / 2, shape + x, rate + at_risk
    low, high = stats.gamma.ppf(tail, a, scale=1 / b), stats.gamma.isf(tail, a, scale=1 / b)
    return Shrunk(a / b, low, high, at_risk / b, (shape, rate), shape / rate)
