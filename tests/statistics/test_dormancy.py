"""Dormancy: the alarm against its promise."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.statistics import dormancy


@given(st.floats(0.2, 50), st.floats(5, 3000), st.floats(0.01, 1.0))
def test_silence_beyond_the_alarm_has_exactly_the_budgeted_chance(shape: float, rate: float, budget: float) -> None:
    gap = dormancy.alarm_gap(shape, rate, budget)
    expected = min(0.5, budget / (365.25 * shape / rate))
    assert float(dormancy.silence_chance(shape, rate, gap)) == pytest.approx(expected, rel=1e-6)


def test_unchanged_referrers_trip_the_alarm_within_the_budget() -> None:
    rng = np.random.default_rng(8)
    rates = rng.gamma(1.5, 1 / 30, 1500)
    count, span, gaps_seen, tripped = [], [], 0.0, 0.0
    histories = [np.cumsum(rng.exponential(1 / rate, 200)) for rate in rates]
    for times in histories:
        seen = times[times <= 365]
        count.append(max(len(seen) - 1, 0))
        span.append(seen[-1] - seen[0] if len(seen) else 0.0)
    prior = dormancy.moments_prior(count, np.full(len(rates), 365.0))
    limit = dormancy.alarm_gap(*dormancy.posterior(count, span, prior), 0.10)
    for times, alarm, known in zip(histories, limit, count, strict=True):
        if known >= 6:  # frequent enough to be judged
            following = np.diff(times[(times > 365) & (times <= 730)])
            gaps_seen += 1
            tripped += float((following > alarm).sum())
    assert tripped / gaps_seen < 0.13


def test_a_prior_needs_no_one_to_have_come_back() -> None:
    assert dormancy.moments_prior([], []) == (1.0, 1.0)
    assert dormancy.moments_prior([0, 0], [100, 50]) == (1.0, 150.0)


def test_equal_rates_give_a_tight_prior_not_a_division_by_zero() -> None:
    shape, rate = dormancy.moments_prior([10, 10, 10], [100, 100, 100])
    assert shape / rate == pytest.approx(0.1)
    assert shape == pytest.approx(100)


def test_each_state_has_its_own_rule() -> None:
    silent = [10, 10, 10, 30, 60, 120, 200, 10]
    found = dormancy.states(
        silent=silent,
        alarm=[50] * 8,
        per_month=[3, 3, 3, 3, 3, 3, 0.2, 3],
        known_for=[40, 500, 500, 500, 500, 500, 500, 500],
        returned=[False, True, False, False, False, False, False, True],
        told=[False, False, False, False, False, False, False, True],
    )
    expected = ["new", "reactivated", "active", "cooling", "dormant", "lost", "too rare to judge", "lost"]
    assert list(found) == expected
    assert set(found) == set(dormancy.STATES)


def test_one_referral_long_ago_is_no_rhythm() -> None:
    asked = {
        "silent": [30, 747],
        "alarm": [2378, 2378],
        "per_month": [1.2, 1.2],
        "returned": [False] * 2,
        "told": [False] * 2,
    }
    assert list(dormancy.states(known_for=[30, 747], repeats=[0, 0], **asked)) == ["new", "too rare to judge"]


def test_the_short_list_keeps_its_false_discovery_rate() -> None:
    p = np.array([0.9, 0.05, np.nan, 0.15, 0.40, 0.60])
    assert list(dormancy.flag(p, 0.2)) == [False, True, False, True, True, False]
    assert not dormancy.flag(np.array([np.nan])).any()
