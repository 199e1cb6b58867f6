"""Fair comparisons of units of unequal size: each one's figure is drawn towards all of theirs, the more the less is
known of it (empirical Bayes). Beta-binomial for shares, gamma-Poisson for rates, normal for any figure with its error.

``shares`` takes the learnt prior as if it were known, which is what books and packages print; with few units, or with
units that differ little, its intervals are far too narrow, and so it is with ``event_rates``. ``shares_allowing`` and
``rates_allowing`` allow for what is not known of the prior.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import optimize, special, stats

from pipelines.statistics import rates
from pipelines.statistics.gate import counted, hits_of, known, require, together

Array = NDArray[np.float64]
FEWEST = 3  # units from which a spread between units can be learnt at all
_FEW = 60  # different units up to which the average over priors is followed itself


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
    x, size = hits_of(hits, n)
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
    x, size = hits_of(hits, n)
    x, size = x[size > 0], size[size > 0]
    require(
        len(size) >= FEWEST and 0 < x.sum() < size.sum(),
        f"A fair comparison needs {FEWEST} units, some with and some without the outcome; here it is of {len(size)}, "
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
    x, size = hits_of(hits, n)
    a, b = beta_prior(x, size) if prior is None else prior
    tail, after_a, after_b = (1 - level) / 2, a + x, b + size - x
    low, high = stats.beta.ppf(tail, after_a, after_b), stats.beta.isf(tail, after_a, after_b)
    return Shrunk(after_a / (a + b + size), low, high, size / (a + b + size), (a, b), a / (a + b))


def shares_allowing(hits: ArrayLike, n: ArrayLike, level: float = 0.95) -> Shrunk:
    """Shrunken shares whose intervals allow for how little the units tell of their own spread: the posterior is averaged
    over a grid of the prior's mean and of the spread it stands for (both flat: Gelman et al., Bayesian Data Analysis, 5.3).
    The interval is that of the average itself or, of more than 60 different units, which know their prior well, of the beta
    distribution of its mean and variance. ``prior`` is the likeliest one. Raises as ``beta_prior`` does."""
    x, size = hits_of(hits, n)
    prior = beta_prior(x, size)
    each, place, times = np.unique(np.column_stack((x, size)), axis=0, return_inverse=True, return_counts=True)
    mean, total, chance = _priors(each[:, 0], each[:, 1], times.astype(float))
    a, b = mean * total, (1 - mean) * total
    centre, square, own = np.zeros(len(each)), np.zeros(len(each)), np.zeros(len(each))
    for one_a, one_b, p in zip(a, b, chance, strict=True):
        known = one_a + one_b + each[:, 1]
        m = (one_a + each[:, 0]) / known
        centre, square = centre + p * m, square + p * (m * (1 - m) / (known + 1) + m**2)
        own = own + p * each[:, 1] / known
    variance = square - centre**2
    count, tail = centre * (1 - centre) / variance - 1, (1 - level) / 2
    low, high = (
        stats.beta.ppf(tail, centre * count, (1 - centre) * count),
        stats.beta.isf(tail, centre * count, (1 - centre) * count),
    )
    if len(each) <= _FEW:
        after = a + each[:, :1], b + each[:, 1:] - each[:, :1]
        low = _averaged_quantile(tail, *after, chance, centre * count, (1 - centre) * count)
        high = 1 - _averaged_quantile(tail, *after[::-1], chance, (1 - centre) * count, centre * count)
    where = place.reshape(-1)
    return Shrunk(centre[where], low[where], high[where], own[where], prior, float(chance @ mean))


def _averaged_quantile(tail: float, a: Array, b: Array, chance: Array, near_a: Array, near_b: Array) -> Array:
    """The ``tail`` quantile of each unit's average of the betas ``a``, ``b`` (unit, prior) by the ``chance`` of each prior: the
    quantile of the beta that is near to it at another normal score, sought by secants within what is known to hold it."""
    wanted = special.ndtri(tail)
    score = np.full(len(a), wanted)
    under, over = np.full(len(a), -30.0), np.full(len(a), 6.0)
    before = missed_before = np.full(len(a), np.nan)
    for _ in range(12):
        at = special.betaincinv(near_a, near_b, special.ndtr(score))
        below = np.minimum(special.betainc(a, b, at[:, None]) @ chance, 1.0)
        missed = np.clip(special.ndtri(below), -30, 30) - wanted
        if np.abs(missed).max() < 1e-4:
            break
        under, over = np.where(missed < 0, score, under), np.where(missed < 0, over, score)
        with np.errstate(divide="ignore", invalid="ignore"):
            slope = (missed - missed_before) / (score - before)
        moved = score - missed / np.where(slope > 0.05, slope, 1.0)
        before, missed_before = score, missed
        score = np.where((moved > under) & (moved < over), moved, (under + over) / 2)
    return np.asarray(special.betaincinv(near_a, near_b, special.ndtr(score)))


def _priors(x: Array, size: Array, times: Array) -> tuple[Array, Array, Array]:
    """(mean, size, probability) of the priors that the units leave possible; ``times``: how many units are alike."""
    held = size > 0
    x, size, times = x[held], size[held], times[held]
    usual = times.sum() / (times / size).sum()
    total = np.exp(np.linspace(np.log(0.05), np.log(1000 * usual), 61))[:, None]
    steps = np.linspace(-4.5, 4.5, 19)
    worth = times * size / (1 + (size - 1) / (total + 1))  # what a unit tells of the mean, in people
    about = (worth * x / size).sum(axis=1) / worth.sum(axis=1)
    about = np.clip(about, 1e-6, 1 - 1e-6)[:, None]
    error = 1 / np.sqrt(worth.sum(axis=1)[:, None] * about * (1 - about))
    mean = special.expit(special.logit(about) + steps * error)
    a, b = (mean * total)[..., None], ((1 - mean) * total)[..., None]
    told = (times * (special.betaln(a + x, b + size - x) - special.betaln(a, b))).sum(axis=-1)
    weight = np.exp(told - told.max()) * error * mean * (1 - mean) / np.sqrt(total)
    weight = (weight / weight.sum()).ravel()
    likely = weight > 1e-6
    every = np.broadcast_to(total, mean.shape).ravel()
    return mean.ravel()[likely], every[likely], weight[likely] / weight[likely].sum()


def event_rates(
    events: ArrayLike, exposure: ArrayLike, prior: tuple[float, float] | None = None, level: float = 0.95
) -> Shrunk:
    """Shrunken rates with equal-tailed posterior intervals; the gamma prior (shape, rate) is learnt by maximum marginal
    likelihood unless given, and taken as if it were known: see ``rates_allowing``. Raises ``TooLittle`` below 3 units or without
    any event."""
    together(events=events, exposure=exposure)
    x, at_risk = counted(events), counted(exposure)
    seen = at_risk > 0
    require(
        prior is not None or (seen.sum() >= FEWEST and x[seen].sum() > 0),
        f"A fair comparison of rates needs {FEWEST} units and at least one event. Counts are shown.",
    )
    shape, rate = rates.gamma_prior(x[seen], at_risk[seen]) if prior is None else prior
    tail, a, b = (1 - level) / 2, shape + x, rate + at_risk
    low, high = stats.gamma.ppf(tail, a, scale=1 / b), stats.gamma.isf(tail, a, scale=1 / b)
    return Shrunk(a / b, low, high, at_risk / b, (shape, rate), shape / rate)


def rates_allowing(events: ArrayLike, exposure: ArrayLike, level: float = 0.95) -> Shrunk:
    """Shrunken rates whose intervals allow for how little the units tell of their own spread, as ``shares_allowing`` does of
    shares: averaged over the prior's mean (flat in its logarithm) and the coefficient of variation that its shape stands for
    (flat), and taken as the gamma distribution of the logarithm's mean and variance. Where the plain ones held .42 to .95 of .95, these held
    .94 to .98 (nine designs of 3 to 200 units, two seeds). ``prior`` is the likeliest one. Raises as ``event_rates`` does."""
    x, at_risk = counted(events), counted(exposure)
    prior = event_rates(x, at_risk).prior
    each, place, times = np.unique(np.column_stack((x, at_risk)), axis=0, return_inverse=True, return_counts=True)
    mean, shape, chance = _gammas(each[:, 0], each[:, 1], times.astype(float))
    a, b = shape + each[:, :1], shape / mean + each[:, 1:]  # (unit, prior)
    centre, own, tail = (a / b) @ chance, (each[:, 1:] / b) @ chance, (1 - level) / 2
    logs = special.digamma(a) - np.log(b)
    middle = logs @ chance
    known = _of_log_variance((special.polygamma(1, a) + logs**2) @ chance - middle**2)
    scale = np.exp(middle - special.digamma(known))
    low, high = stats.gamma.ppf(tail, known, scale=scale), stats.gamma.isf(tail, known, scale=scale)
    where = place.reshape(-1)
    return Shrunk(centre[where], low[where], high[where], own[where], prior, float(chance @ mean))


def _of_log_variance(variance: Array) -> Array:
    """Shapes of the gammas whose logarithms have these variances: trigamma turned round, by halving."""
    low, high = np.full(variance.shape, -12.0), np.full(variance.shape, 25.0)
    for _ in range(50):
        half = (low + high) / 2
        wide = special.polygamma(1, np.exp(half)) > variance
        low, high = np.where(wide, half, low), np.where(wide, high, half)
    return np.asarray(np.exp((low + high) / 2))


def _gammas(x: Array, at_risk: Array, times: Array) -> tuple[Array, Array, Array]:
    """(mean, shape, probability) of the gamma priors that the units leave possible; ``times``: how many units are alike."""
    seen = at_risk > 0
    x, at_risk, times = x[seen], at_risk[seen], times[seen]
    pooled = float((times @ x) / (times @ at_risk))
    shape = np.exp(np.linspace(np.log(0.05), np.log(1000 * max(float(times @ x / times.sum()), 1.0)), 61))[:, None]
    worth = times / (pooled / at_risk + pooled**2 / shape)  # what a unit tells of the mean
    about = (worth * x / at_risk).sum(axis=1) / worth.sum(axis=1)
    about = np.where(about > 0, about, pooled)[:, None]
    error = 1 / np.sqrt(worth.sum(axis=1))[:, None] / about
    mean = about * np.exp(np.linspace(-4.5, 4.5, 19) * error)
    a, b = shape[..., None], (shape / mean)[..., None]
    each = special.gammaln(a + x) - special.gammaln(a) + a * np.log(b) - (a + x) * np.log(b + at_risk)
    told = (times * each).sum(axis=-1)
    weight = np.exp(told - told.max()) * error / np.sqrt(shape)
    weight = (weight / weight.sum()).ravel()
    likely = weight > 1e-6
    every = np.broadcast_to(shape, mean.shape).ravel()
    return mean.ravel()[likely], every[likely], weight[likely] / weight[likely].sum()


def means(value: ArrayLike, error: ArrayLike, level: float = 0.95) -> Shrunk:
    """Any figure with its standard ``error``, drawn towards the mean of all (Morris 1983; with equal errors the estimate
    of Efron & Morris 1975, toward the mean and never beyond it). Intervals allow for what is not known of the prior, whose
    parameters are its mean and variance. Raises ``TooLittle`` below 4 units, ``ValueError`` for errors that are not positive."""
    y, s = np.broadcast_arrays(known(value, "figure"), known(error, "standard error"))
    if not (s > 0).all():
        raise ValueError("every figure needs a positive standard error")
    s2 = s**2
    k = len(y)
    require(k > FEWEST, f"A fair comparison of figures needs more than {FEWEST} of them; there are {k}.")
    middle, between = float(y.mean()), float(max(y.var(ddof=1) - s2.mean(), 0.0))
    for _ in range(200):  # the weights depend on the variance between units, and it on them
        before, w = between, 1 / (s2 + between)
        middle = float(w @ y / w.sum())
        between = float(max(w @ (k / (k - 1) * (y - middle) ** 2 - s2) / w.sum(), 0.0))
        if abs(between - before) <= 1e-12 * (between + float(s2.mean())):
            break
    pull = (k - 3) / (k - 1) * s2 / (s2 + between)
    spread = s2 * (1 - (k - 1) / k * pull) + 2 / (k - 3) * (pull * (y - middle)) ** 2
    found, half = y + pull * (middle - y), stats.norm.isf((1 - level) / 2) * np.sqrt(spread)
    return Shrunk(found, found - half, found + half, 1 - pull, (middle, between), middle)
