"""Referrers with rates of their own, some of whom stop: how soon does each rule notice, and how often in vain?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipelines.statistics import dormancy

YEAR = 365.0


@dataclass(frozen=True)
class World:
    """``times`` (referrer, event) in days, inf after the last; ``rate`` a day; ``stop`` the day of stopping (inf: never)."""

    times: np.ndarray
    rate: np.ndarray
    stop: np.ndarray


@dataclass(frozen=True)
class Score:
    """``false_alarms`` per unchanged referrer and year, ``lost``: referrals that did not come between a referrer's
    stopping and the alarm, in all."""

    false_alarms: float
    lost: float


def world(seed: int, size: int = 3000, shape: float = 1.0, a_month: float = 2.0, stopping: float = 0.2) -> World:
    """Gamma rates; the first year for learning, the second in which a fifth stop at some day, and one more to wait."""
    rng = np.random.default_rng(seed)
    rate = np.maximum(rng.gamma(shape, a_month / shape, size), 0.02) / dormancy.DAYS_A_MONTH
    stop = np.where(rng.random(size) < stopping, rng.uniform(YEAR, 2 * YEAR, size), np.inf)
    most = int(rate.max() * 3 * YEAR + 6 * np.sqrt(rate.max() * 3 * YEAR)) + 5
    times = rng.exponential(1 / rate[:, None], (size, most)).cumsum(axis=1)
    times = np.where((times < stop[:, None]) & (times < 3 * YEAR), times, np.inf)
    return World(times, rate, stop)


def score(seen: World, limit: np.ndarray) -> Score:
    """How a rule does whose limit of silence after each event is ``limit`` (referrer, event)."""
    times = seen.times
    following = np.concatenate([times[:, 1:], np.full((len(times), 1), np.inf)], axis=1)
    here = np.isfinite(times) & (times >= YEAR) & (times < 2 * YEAR)
    unchanged = np.isinf(seen.stop)[:, None]
    tripped = here & unchanged & (np.minimum(following, 3 * YEAR) - times > limit)
    last = np.isfinite(times) & ~np.isfinite(following) & np.isfinite(seen.stop)[:, None]
    alarm = np.minimum(times + limit, 3 * YEAR)
    late = np.maximum(alarm - seen.stop[:, None], 0.0) * seen.rate[:, None]
    return Score(float(tripped.sum() / unchanged.sum()), float(late[last].sum()))


def own_rhythm(seen: World, budget: float) -> np.ndarray:
    """Limits by the alarm with a budget of false alarms, learnt from what each had done by each event."""
    times = seen.times
    first_year = np.isfinite(times) & (times <= YEAR)
    repeats = np.maximum(first_year.sum(axis=1) - 1, 0)
    begun = np.isfinite(times[:, 0]) & (times[:, 0] < YEAR)
    prior = dormancy.moments_prior(repeats[begun], YEAR - times[begun, 0])
    count = np.broadcast_to(np.arange(times.shape[1]), times.shape)
    span = np.where(np.isfinite(times), times, 0.0) - np.where(begun, times[:, 0], 0.0)[:, None]
    return dormancy.alarm_gap(*dormancy.posterior(count, np.maximum(span, 0.0), prior), budget)


def at_equal_false_alarms(seen: World, days: float = 90.0) -> tuple[Score, Score]:
    """(the fixed rule, the own rhythm with the budget that gives as many false alarms)."""
    fixed = score(seen, np.full(seen.times.shape, days))
    low, high = 1e-3, 20.0
    for _ in range(25):
        middle = float(np.sqrt(low * high))
        if score(seen, own_rhythm(seen, middle)).false_alarms > fixed.false_alarms:
            high = middle
        else:
            low = middle
    return fixed, score(seen, own_rhythm(seen, low))
