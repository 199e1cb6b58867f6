"""Cost per success and its bootstrap interval."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from pipelines.statistics import costs

COUNTS = st.integers(2, 4000).flatmap(lambda n: st.tuples(st.integers(1, n), st.just(n)))


@given(COUNTS, st.floats(1, 1e6))
def test_the_interval_holds_the_cost_and_is_the_same_each_time(case: tuple[int, int], spend: float) -> None:
    hits, n = case
    low, high = costs.per_success(spend, hits, n, seed=3)
    assert low <= spend / hits * 1.0001
    assert high >= spend / hits * 0.9999
    assert costs.per_success(spend, hits, n, seed=3) == (low, high)


def test_the_bootstrap_over_cases_is_a_binomial_one() -> None:
    low, high = costs.per_success(100_000, 40, 500, draws=200_000)
    few, many = stats.binom.ppf([0.025, 0.975], 500, 40 / 500)
    assert (low, high) == pytest.approx((100_000 / many, 100_000 / few))


def test_the_interval_covers_the_true_cost_as_often_as_it_says() -> None:
    rng = np.random.default_rng(11)
    came = rng.binomial(400, 0.06, 600)
    low, high = costs.per_success(np.full(600, 24_000.0), came, np.full(600, 400), draws=800)
    covered = float(((low <= 1000) & (high >= 1000)).mean())
    assert 0.91 <= covered <= 0.98


def test_without_money_successes_or_cases_there_is_no_cost() -> None:
    low, high = costs.per_success([0.0, 10.0, 10.0, np.nan], [5, 0, 5, 5], [9, 9, 0, 9])
    assert np.isnan(low).all()
    assert np.isnan(high).all()
    assert np.isnan(costs.divided([0.0, 10.0], [5, 0])).all()


def test_resamples_without_a_success_make_the_upper_end_open() -> None:
    assert costs.per_success(10.0, 1, 300)[1] == np.inf
