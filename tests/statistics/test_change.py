"""Control charts, reporting delay and working days: published figures and false alarms."""

from __future__ import annotations

import datetime as dt
import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from pipelines.statistics import delay, spc, workdays
from pipelines.statistics.gate import TooLittle

X = np.nan
# Reinsurance Association of America (in R's ChainLadder).
RAA = [
    [5012, 8269, 10907, 11805, 13539, 16181, 18009, 18608, 18662, 18834],
    [106, 4285, 5396, 10666, 13782, 15599, 15496, 16169, 16704, X],
    [3410, 8992, 13873, 16141, 18735, 22214, 22863, 23466, X, X],
    [5655, 11555, 15766, 21266, 23425, 26083, 27067, X, X, X],
    [1092, 9565, 15836, 22169, 25955, 26180, X, X, X, X],
    [1513, 6445, 11702, 12935, 15852, X, X, X, X, X],
    [557, 4020, 10946, 12314, X, X, X, X, X, X],
    [1351, 6947, 13112, X, X, X, X, X, X, X],
    [3133, 5395, X, X, X, X, X, X, X, X],
    [2063, X, X, X, X, X, X, X, X, X],
]
# Taylor & Ashe 1983, the example of Mack 1993.
TAYLOR_ASHE = [
    [357848, 1124788, 1735330, 2218270, 2745596, 3319994, 3466336, 3606286, 3833515, 3901463],
    [352118, 1236139, 2170033, 3353322, 3799067, 4120063, 4647867, 4914039, 5339085, X],
    [290507, 1292306, 2218525, 3235179, 3985995, 4132918, 4628910, 4909315, X, X],
    [310608, 1418858, 2195047, 3757447, 4029929, 4381982, 4588268, X, X, X],
    [443160, 1136350, 2128333, 2897821, 3402672, 3873311, X, X, X, X],
    [396132, 1333217, 2180715, 2985752, 3691712, X, X, X, X, X],
    [440832, 1288463, 2419861, 3483130, X, X, X, X, X, X],
    [359480, 1421128, 2864498, X, X, X, X, X, X, X],
    [376686, 1363294, X, X, X, X, X, X, X, X],
    [344014, X, X, X, X, X, X, X, X, X],
]


def test_the_published_triangle_is_developed_to_its_end() -> None:
    found = delay.chain_ladder(RAA)
    assert found.factors == pytest.approx(
        [2.9994, 1.6235, 1.2709, 1.1717, 1.1134, 1.0419, 1.0333, 1.0169, 1.0092], abs=5e-5
    )
    assert found.latest.sum() == 160987
    assert found.ultimate.sum() == pytest.approx(213122.23, abs=0.01)
    assert found.outstanding.sum() == pytest.approx(52135.23, abs=0.01)
    assert found.total_error == pytest.approx(26909.01, abs=0.01)


def test_macks_own_example_comes_out_as_he_printed_it() -> None:
    found = delay.chain_ladder(TAYLOR_ASHE)
    reserves = [0, 94634, 469511, 709638, 984889, 1419459, 2177641, 3920301, 4278972, 4625811]
    errors = [0, 75535, 121699, 133549, 261406, 411010, 558317, 875328, 971258, 1363155]
    assert found.outstanding == pytest.approx(reserves, abs=0.51)
    assert found.error == pytest.approx(errors, abs=0.51)
    assert found.outstanding.sum() == pytest.approx(18680856, abs=0.51)
    assert found.total_error == pytest.approx(2447095, abs=0.51)


def test_the_last_variance_can_be_read_off_a_line_as_r_does_unless_told_otherwise() -> None:
    # R's ChainLadder, est.sigma = "log-linear": 2,441,364 for the same claims, 26,881 for those of the association.
    assert delay.chain_ladder(TAYLOR_ASHE, last="log-linear").total_error == pytest.approx(2441364, abs=0.51)
    assert delay.chain_ladder(RAA, last="log-linear").total_error == pytest.approx(26881, abs=0.51)
    printed = [0, 206, 623, 747, 1469, 2002, 2209, 5358, 6333, 24566]
    assert delay.chain_ladder(RAA).error == pytest.approx(printed, abs=0.51)


def test_british_motor_claims_have_the_errors_that_chainladder_prints() -> None:
    """UKMotor of R's and Python's ChainLadder (Christofides 1997)."""
    motor = [[3511, 6726, 8992, 10704, 11763, 12350, 12690], [4001, 7703, 9981, 11161, 12117, 12746, X], [4355, 8287, 10233, 11755, 12993, X, X],
             [4295, 7750, 9773, 11093, X, X, X], [4150, 7897, 10217, X, X, X, X], [5102, 9650, X, X, X, X, X], [6283, X, X, X, X, X, X]]  # fmt: skip
    found = delay.chain_ladder(motor)
    assert found.total_error == pytest.approx(1417.27, abs=0.005)
    assert delay.chain_ladder(motor, last="log-linear").total_error == pytest.approx(1424.53, abs=0.005)
    assert found.ultimate == pytest.approx(
        [12690, 13096.90, 14030.54, 13137.86, 13880.40, 16812.15, 20679.92], abs=0.005
    )


def test_young_periods_can_lean_on_a_prior_as_python_s_chainladder_prints() -> None:
    # Its documentation: 40,000 of exposure a year of which 70% are expected, and the mean of the ladder's own ultimates.
    assert (delay.bornhuetter_ferguson(RAA, 0.7 * 40_000).sum() - 160987) == pytest.approx(75203.23550854485)
    even = delay.bornhuetter_ferguson(RAA, delay.chain_ladder(RAA).ultimate.mean())
    printed = [18834, 16898.632172, 24012.333266, 28281.843524, 28203.700714, 19840.005163, 18840.362337, 22789.948877, 19541.155136,
               20986.022826]  # fmt: skip
    assert even == pytest.approx(printed)
    # Run with its version 0.10.1: the same exposure without saying how much of it is expected, and a growing one.
    share, ultimate = delay.cape_cod(RAA, 40_000)
    assert share == pytest.approx(0.55025723)
    assert ultimate.sum() - 160987 == pytest.approx(59115.891331961175)
    share, ultimate = delay.cape_cod(TAYLOR_ASHE, 10_000_000 + 400_000 * np.arange(10))
    assert share == pytest.approx(0.45898643)
    assert ultimate[[1, -1]] == pytest.approx([5422219.70648181, 6154139.82264339])


def test_completeness_is_what_is_reported_of_what_will_be() -> None:
    found = delay.chain_ladder(RAA)
    assert found.completeness * found.ultimate == pytest.approx(found.latest)
    assert found.completeness[0] == 1
    assert (np.diff(found.completeness) < 0).all()


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 6)), max_size=60))
def test_a_triangle_counts_what_was_known_when(facts: list[tuple[int, int]]) -> None:
    table = delay.triangle([when for when, _ in facts], [late for _, late in facts], 9, 4)
    for period in range(10):
        for age in range(4):
            if period + age > 9:
                assert np.isnan(table[period, age])
            else:
                seen = [late for when, late in facts if when == period and when + late <= 9]
                assert table[period, age] == sum(min(late, 3) <= age for late in seen)


def test_too_few_periods_tell_nothing_of_delays() -> None:
    with pytest.raises(TooLittle, match="from 6 periods of reporting on; there are 5"):
        delay.to_date(np.ones((5, 3)))
    with pytest.raises(TooLittle, match="each delay must have been seen"):
        delay.chain_ladder([[1, X], [2, X]])
    with pytest.raises(ValueError, match="reported before it happened"):
        delay.triangle([3], [-1], 9, 4)


def test_habits_of_reporting_are_learnt_from_the_recent_past() -> None:
    slow, fast = [40.0, 80, 100], [90.0, 100, 100]
    table = np.array([slow] * 10 + [fast] * 8 + [[90, 100, X], [90, X, X]])
    assert delay.to_date(table).completeness[-1] < 0.75
    recent = delay.to_date(table, recent=6)
    assert recent.completeness[-1] == pytest.approx(0.9)
    assert recent.ultimate == pytest.approx([100.0] * 20)


# NHS England's Making Data Count, as in the tests and vignettes of its R package NHSRplotthedots.
def test_a_wild_range_is_screened_out_of_the_limits() -> None:
    series = [1, 2, 1, 2, 10] + [1, 2] * 6 + [1]
    for screen, limits in ((True, (-0.72, 1.94, 4.6)), (False, (-3.06, 1.94, 6.95))):
        found = spc.xmr(series, screen=screen)
        assert (found.low[0], found.centre[0], found.high[0]) == pytest.approx(limits, abs=0.005)


def test_the_trade_deficit_has_wheelers_limits() -> None:
    """Wheeler, Understanding Variation: the monthly deficits of 1987 in billions of dollars."""
    found = spc.xmr([10.7, 13.0, 11.4, 11.5, 12.5, 14.1, 14.8, 14.1, 12.6, 16.0, 11.7, 10.6])
    assert (found.centre[0], found.range_mean, found.low[0], found.high[0]) == pytest.approx(
        (12.75, 1.664, 8.325, 17.175), abs=5e-4
    )


def test_the_rules_speak_where_they_were_published_to() -> None:
    assert list(spc.runs([1, 1, 1, 1, 1, 1, 1, 1, -1])) == [0, 0, 0, 0, 0, 0, 1, 1, 0]
    assert list(spc.trend([2, 1, 2, 3, 4, 5, 6, 7, 3])) == [0, 0, 0, 0, 0, 0, 0, 1, 0]
    assert list(spc.trend([1, 2, 3, 3, 4, 5, 6])) == [0] * 7
    assert list(spc.trend([2, 7, 6, 5, 4, 3, 2, 1, 3])) == [0, 0, 0, 0, 0, 0, 0, -1, 0]
    ones = [1] * 7
    assert list(spc.near([0, 0, 1, 0, 1, 0, 0], ones)) == [0, 0, 1, 1, 1, 0, 0]
    assert list(spc.near([0, 0, 1, 1, 0, 0, 0], ones)) == [0, 1, 1, 1, 1, 0, 0]
    assert list(spc.near([0, 0, 1, 0, 1, 0, 0], [1, -1] * 3 + [1])) == [0] * 7


def test_montgomerys_charts_come_out_as_printed() -> None:
    # Introduction to Statistical Quality Control: orange juice cans (p), circuit boards (c), loan costs (X and MR).
    cans = [12, 15, 8, 10, 4, 7, 16, 9, 14, 10, 5, 6, 17, 12, 22, 8, 10, 5, 13, 11, 20, 18, 24, 15, 9, 12, 7, 13, 9, 6]
    shares = spc.p_chart(cans, 50)
    assert (shares.centre[0], shares.low[0], shares.high[0]) == pytest.approx((0.2313, 0.0524, 0.4102), abs=1e-4)
    assert list(np.flatnonzero(shares.outside) + 1) == [15, 23]
    boards = spc.c_chart(
        [21, 24, 16, 12, 15, 5, 28, 20, 31, 25, 20, 24, 16, 19, 10, 17, 13, 22, 18, 39, 30, 24, 16, 19, 17, 15]
    )
    assert (boards.centre[0], boards.low[0], boards.high[0]) == pytest.approx((19.85, 6.48, 33.22), abs=0.01)
    assert list(np.flatnonzero(boards.outside) + 1) == [6, 20]
    costs = [310, 288, 297, 298, 307, 303, 294, 297, 308, 306, 294, 299, 297, 299, 314, 295, 293, 306, 301, 304]
    loans = spc.xmr(costs, exact=True)
    assert (loans.centre[0], loans.range_mean) == pytest.approx((300.5, 7.79), abs=0.005)
    assert (loans.low[0], loans.high[0]) == pytest.approx((279.78, 321.22), abs=0.01)
    assert loans.range_high == pytest.approx(25.45, abs=0.01)


def test_shares_that_differ_more_than_chance_have_wider_limits() -> None:
    # Laney 2002: the z-scores' mean moving range over 1.128 widens (or narrows) every limit alike.
    hits, n = [120, 180, 90, 200, 110, 170], [10_000, 12_000, 9_000, 11_000, 10_000, 10_500]
    plain, wide = spc.p_chart(hits, n), spc.p_chart(hits, n, laney=True)
    p = sum(hits) / sum(n)
    z = [(x / size - p) / (p * (1 - p) / size) ** 0.5 for x, size in zip(hits, n, strict=True)]
    factor = sum(abs(after - before) for before, after in itertools.pairwise(z)) / 5 / 1.128
    assert wide.sigma == pytest.approx(plain.sigma * factor)
    assert wide.high == pytest.approx(p + 3 * factor * plain.sigma)
    assert (plain.outside != 0).any()
    assert not wide.outside.any()
    calls = spc.u_chart(hits, n, laney=True)
    assert calls.high == pytest.approx(wide.high, rel=0.02)


def test_rates_have_limits_by_their_size() -> None:
    found = spc.u_chart([10, 40], [10, 40])
    assert (found.high - 1)[0] == pytest.approx(2 * (found.high - 1)[1])
    assert spc.np_chart([5, 5], 50).high[0] == pytest.approx(5 + 3 * np.sqrt(5 * 0.9))


def test_exact_poisson_limits_are_exact() -> None:
    for mean in (0.5, 3.0, 7.5, 25.0):
        low, high = (float(limit) for limit in spc.poisson_limits(mean))
        assert stats.poisson.cdf(low - 1, mean) <= 0.00135
        assert stats.poisson.sf(high, mean) <= 0.00135
        assert stats.poisson.sf(high - 1, mean) > 0.00135


def test_small_stable_counts_alarm_seldom_where_the_usual_chart_alarms_often() -> None:
    rng = np.random.default_rng(9)
    usual = ours = 0
    for series in rng.poisson(4.0, size=(400, 24)):
        usual += bool(spc.special(spc.xmr(series)).any())
        chart, kind = spc.series(series)
        assert kind == "Poisson"
        ours += bool(chart.outside.any())
    assert usual / 400 > 0.2
    assert ours / 400 < 0.08


def test_a_series_of_large_counts_has_the_usual_chart_and_a_shift_is_seen() -> None:
    rng = np.random.default_rng(10)
    series = np.concatenate([rng.poisson(60, 18), rng.poisson(30, 8)])
    chart, kind = spc.series(series)
    assert kind == "XmR"
    assert (spc.special(chart)[-2:] == -1).all()
    with pytest.raises(TooLittle, match="from 12 complete periods on; there are 3"):
        spc.series([1, 2, 3])


def test_weekdays_are_weighed_by_what_usually_comes() -> None:
    index = workdays.weekday_index([40, 20, 20, 10, 10, 0, 0], [10] * 7)
    assert index.mean() == pytest.approx(1)
    assert index[0] == pytest.approx(2 * index[1])
    days = workdays.days_in(["2024-02-01", "2024-03-01"], ["2024-03-01", "2024-04-01"], ["2024-02-19"])
    assert days.sum(axis=1).tolist() == [28, 31]
    assert days[0].tolist() == [3, 4, 4, 5, 4, 4, 4]  # a leap February that begins on a Thursday, one Monday closed
    assert workdays.effective_days(days, np.ones(7)) == pytest.approx([28, 31])
    assert (workdays.weekday_index([0] * 7, [0] * 7) == 1).all()


@given(st.dates(dt.date(2020, 1, 1), dt.date(2027, 1, 1)), st.integers(0, 400))
def test_days_are_counted_as_the_calendar_does(start: dt.date, span: int) -> None:
    stop = start + dt.timedelta(days=span)
    found = workdays.days_in(start, stop)
    expected = [0] * 7
    for ahead in range(span):
        expected[(start + dt.timedelta(days=ahead)).weekday()] += 1
    assert found.tolist() == expected
