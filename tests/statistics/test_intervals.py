"""Intervals of shares, rates and scores against published figures and their own definitions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.proportion import proportion_confint
from statsmodels.stats.rates import confint_poisson

from pipelines.statistics import nps, proportions, quantiles, rates

# UK Health Security Agency, PHEindicatormethods test data (proportions; rates per 100).
SHARES = {
    (1, 100): ((0.0017674320640411, 0.0544861961787053), (0.0008730656972999, 0.1045544528370582)),
    (5, 100): ((0.0215436791543679, 0.1117504692319191), (0.0138653207259971, 0.1645885228259644)),
    (20, 100): ((0.1333669333310325, 0.2888291655931588), (0.1051916206671143, 0.3471109417008601)),
    (65, 100): ((0.5525444329688797, 0.7363575175690247), (0.4954946574070431, 0.7783540614089697)),
    (9856, 12345): ((0.7912101752909069, 0.8053640073614909), (0.7869924108419063, 0.8093061412589626)),
    (7776456, 7564336677): ((0.0010273201001641, 0.0010287644578977), (0.0010269040118442, 0.0010291812992698)),
}
RATES = {
    (1, 100): ((0.0253178079842898, 5.571643390938898), (0.0010005003335835, 9.233413476451585)),
    (5, 100): ((1.62348639011842, 11.668332079322669), (0.739371731917839, 16.454745203680105)),
    (20, 100): ((12.211428834875937, 30.889880369197066), (8.922802365144193, 38.08503562504191)),
    (65, 100): ((50.163187710459454, 82.84913854593984), (42.8802614714802, 94.00029084431802)),
    (9856, 12345): ((78.26949058976757, 81.4300165427214), (77.37590543271052, 82.3544727709543)),
}
COUNTS = st.integers(0, 200).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@pytest.mark.parametrize(("case", "expected"), SHARES.items())
def test_wilson_gives_the_published_limits(case: tuple[int, int], expected: tuple[tuple[float, float], ...]) -> None:
    for level, limits in zip((0.95, 0.998), expected, strict=True):
        assert np.array(proportions.wilson(*case, level)) == pytest.approx(limits, abs=1e-12)


@pytest.mark.parametrize(
    ("case", "limits"),
    [((81, 263), (0.2553, 0.3662)), ((15, 148), (0.0624, 0.1605)), ((0, 20), (0, 0.1611)), ((1, 29), (0.0061, 0.1718))],
)
def test_wilson_gives_newcombes_table(case: tuple[int, int], limits: tuple[float, float]) -> None:
    assert np.array(proportions.wilson(*case)) == pytest.approx(limits, abs=5e-5)


@pytest.mark.parametrize(
    ("case", "limits"),
    [((81, 263), (0.2545, 0.3656)), ((15, 148), (0.0604, 0.1576)), ((0, 20), (0, 0.1166)), ((1, 29), (0.0037, 0.1501))],
)
def test_jeffreys_gives_the_reference_limits(case: tuple[int, int], limits: tuple[float, float]) -> None:
    assert np.array(proportions.jeffreys(*case)) == pytest.approx(limits, abs=5e-5)


@given(COUNTS.filter(lambda case: case[1] > 0))
def test_share_intervals_hold_the_share_and_agree_with_statsmodels(case: tuple[int, int]) -> None:
    low, high = proportions.wilson(*case)
    assert 0 <= low <= case[0] / case[1] <= high <= 1
    assert (low, high) == pytest.approx(proportion_confint(*case, method="wilson"), abs=1e-9)
    low, high = proportions.interval(*case)
    assert 0 <= low <= case[0] / case[1] <= high <= 1


@pytest.mark.parametrize(
    ("case", "limits"),
    [
        ((81, 263), (0.2535, 0.3682)),
        ((15, 148), (0.0598, 0.1644)),
        ((0, 20), (0.0, 0.2005)),
        ((1, 29), (0.0018, 0.1963)),
    ],
)
def test_wilson_with_continuity_gives_newcombes_table(case: tuple[int, int], limits: tuple[float, float]) -> None:
    low, high = proportions.wilson(*case, continuity=True)
    assert (float(low), float(high)) == pytest.approx(limits, abs=5e-5)


# Newcombe 1998, table I: the other methods that he compares.
OTHERS = {
    (81, 263): ((0.2522, 0.3638), (0.2503, 0.3657), (0.2527, 0.3676), (0.2544, 0.3658)),
    (15, 148): ((0.0527, 0.1500), (0.0494, 0.1534), (0.0578, 0.1617), (0.0601, 0.1581)),
    (0, 20): ((0.0, 0.0), (0.0, 0.0250), (0.0, 0.1684), (0.0, 0.1391)),
    (1, 29): ((0.0, 0.1009), (0.0, 0.1181), (0.0009, 0.1776), (0.0017, 0.1585)),
}


@pytest.mark.parametrize("case", OTHERS)
def test_the_methods_that_newcombe_compares_give_his_table(case: tuple[int, int]) -> None:
    found = [
        proportions.wald(*case), proportions.wald(*case, continuity=True), proportions.clopper_pearson(*case), proportions.mid_p(*case)
    ]  # fmt: skip
    for limits, printed in zip(found, OTHERS[case], strict=True):
        assert [float(end) for end in limits] == pytest.approx(printed, abs=5.1e-5)


# R's cards (GSK and Roche), the snapshots of its tests: 5 of 10 and 32 of 32.
@pytest.mark.parametrize(
    ("method", "case", "asked", "limits"),
    [
        ("wilson", (5, 10), {"level": 0.9}, (0.2692718, 0.7307282)), ("wilson", (32, 32), {}, (0.8928208, 1)),
        ("wilson", (0, 32), {}, (0, 0.1071792)), ("wald", (5, 10), {"continuity": True}, (0.1401025, 0.8598975)),
        ("clopper_pearson", (5, 10), {}, (0.187086, 0.812914)), ("agresti_coull", (5, 10), {}, (0.2365931, 0.7634069)),
        ("agresti_coull", (32, 32), {}, (0.8726819, 1)), ("agresti_coull", (0, 32), {}, (0, 0.1273181)),
        ("jeffreys", (5, 10), {}, (0.2235287, 0.7764713)), ("jeffreys", (32, 32), {}, (0.9250722, 1)),
        ("jeffreys", (0, 32), {}, (0, 0.07492776)),
    ],
)  # fmt: skip
def test_shares_have_the_intervals_that_r_prints(
    method: str,
    case: tuple[int, int],
    asked: dict,
    limits: tuple[float, float],  # type: ignore[type-arg]
) -> None:
    assert np.array(getattr(proportions, method)(*case, **asked)) == pytest.approx(limits, abs=5.1e-7)


def test_several_shares_have_their_mid_p_intervals_at_once() -> None:
    low, high = proportions.mid_p([0, 3, 5, 0], [5, 5, 5, 0])
    assert (low[0], high[2]) == (0, 1)
    assert np.isnan([low[3], high[3]]).all()
    wide = proportions.clopper_pearson([0, 3, 5], 5)
    assert (wide[0] <= low[:3]).all()
    assert (high[:3] <= wide[1]).all()


def test_a_share_of_nobody_is_unknown() -> None:
    assert np.isnan(proportions.share([0], [0])).all()
    for method in (proportions.wilson, proportions.jeffreys, proportions.interval):
        assert np.isnan(np.array(method([0], [0]))).all()


def test_more_hits_than_people_is_refused() -> None:
    with pytest.raises(ValueError, match="between 0 and n"):
        proportions.wilson(3, 2)


@pytest.mark.parametrize(("case", "expected"), RATES.items())
def test_byar_gives_the_published_limits(case: tuple[int, int], expected: tuple[tuple[float, float], ...]) -> None:
    for level, limits in zip((0.95, 0.998), expected, strict=True):
        assert 100 * np.array(rates.byar(*case, level)) == pytest.approx(limits, abs=1e-10)


def test_byars_own_limits_of_few_events_can_be_asked_for() -> None:
    """x (1 - 1/9x - z/3 sqrt(x))^3 below and the same of x + 1 above, for counts where the product gives exact ones."""
    for count, printed in {0: (0.0, 3.67), 1: (0.01, 5.56), 3: (0.60, 8.77), 5: (1.61, 11.67)}.items():
        assert np.array(rates.byar(count, 1, exact_below=0)) == pytest.approx(printed, abs=0.005), count


def test_byars_limits_with_half_an_event_are_those_that_epitools_prints() -> None:
    low, high = rates.byar([3, 12, 40], 1, mid_p=True)  # pois.byar of R's epitools 0.5-10.1
    assert low == pytest.approx([0.8302753382, 6.5529773545, 28.9959469540], rel=1e-9)
    assert high == pytest.approx([8.00366989, 20.32447269, 53.89316026], rel=1e-9)


def test_no_events_have_an_exact_upper_bound() -> None:
    low, high = rates.exact(0, 10)
    assert low == 0
    assert high * 10 == pytest.approx(-np.log(0.025))


def test_the_ratio_of_two_rates_is_exact() -> None:
    ratio, low, high, p = rates.ratio((11, 21), (800, 3011))
    assert (ratio, low, high) == pytest.approx((1.971488, 0.8584264, 4.2772659), abs=1e-6)
    assert p == pytest.approx(0.07967, abs=1e-5)


def test_the_ratio_of_two_rates_has_the_mid_p_limits_that_epitools_prints() -> None:
    """Cancers of the breast after fluoroscopy, 41 in 28,010 years and 15 in 19,017 without (Rothman & Greenland 1998)."""
    ratio, low, high, p = rates.ratio((41, 15), (28010, 19017), mid_p=True)
    assert (ratio, low, high) == pytest.approx((1.8558, 1.0410, 3.4491), abs=5e-4)
    assert p == pytest.approx(0.03545742, abs=5e-9)
    low, high = rates.ratio((41, 15), (28010, 19017))[1:3]
    assert (low, high) == pytest.approx((1.005684, 3.609300), abs=5e-7)  # R's poisson.test
    assert rates.ratio((0, 0), (1, 1), mid_p=True)[1:] == (0.0, np.inf, 1.0)


def test_the_upper_quartile_of_transistors_has_conovers_limits() -> None:
    """Conover 1999, section 3.2, example 1: hours until sixteen transistors failed; near 90%, and at least 90%."""
    hours = [46.9, 47.2, 49.1, 56.5, 56.8, 59.2, 59.9, 63.2, 63.3, 63.4, 63.7, 64.1, 67.1, 67.7, 73.3, 78.5]
    once = np.ones(16, int)
    assert quantiles.interval(hours, once, 0.75, 0.90, tails="nearest") == (63.3, 73.3)
    assert quantiles.interval(hours, once, 0.75, 0.90) == (63.3, 78.5)
    mixed = np.random.default_rng(3).permutation(16)
    assert quantiles.interval(np.array(hours)[mixed], once, 0.75, 0.90) == (63.3, 78.5)
    assert quantiles.of_counts(np.array(hours)[mixed], once, 0.75) == pytest.approx((64.1 + 67.1) / 2)


def test_ranks_that_come_nowhere_near_the_level_give_no_interval() -> None:
    """The nearest ranks of six values' lower quartile hold it in 80% of samples, those of ten in 92%: neither is about 95%."""
    for size in (6, 10):
        assert np.isnan(quantiles.interval(np.arange(size), np.ones(size), 0.25, tails="nearest")).all()
    assert quantiles.interval(np.arange(20), np.ones(20), 0.25, tails="nearest") == (1, 9)


def test_a_value_that_is_not_known_does_not_pass_for_the_largest() -> None:
    with pytest.raises(ValueError, match="every value must be known"):
        quantiles.of_counts([1.0, np.nan], [1, 1], 0.9)


def test_the_help_pages_of_r_have_their_limits() -> None:
    """R's binom.test (Mendelian inheritance: 682 of 925), prop.test and poisson.test, as printed."""
    assert proportions.clopper_pearson(682, 925) == pytest.approx((0.7076683, 0.7654066), abs=5e-8)
    assert proportions.wilson(682, 925, continuity=True) == pytest.approx((0.7074391, 0.7651554), abs=5e-8)
    assert rates.exact(137, 24.19893) == pytest.approx((4.753125, 6.692709), abs=5e-7)


def test_the_gamma_prior_of_cancers_of_the_lip_is_the_published_one() -> None:
    """56 districts of Scotland (Clayton & Kaldor 1987, table 1): the negative binomial's shape, as R's glm.nb prints it too."""
    seen = [9, 39, 11, 9, 15, 8, 26, 7, 6, 20, 13, 5, 3, 8, 17, 9, 2, 7, 9, 7, 16, 31, 11, 7, 19, 15, 7, 10, 16, 11, 5, 3, 7, 8, 11, 9, 11, 8,
            6, 4, 10, 8, 2, 6, 19, 3, 2, 3, 28, 6, 1, 1, 1, 1, 0, 0]  # fmt: skip
    expected = [
        1.4, 8.7, 3.0, 2.5, 4.3, 2.4, 8.1, 2.3, 2.0, 6.6, 4.4, 1.8, 1.1, 3.3, 7.8, 4.6, 1.1, 4.2, 5.5, 4.4, 10.5, 22.7, 8.8, 5.6, 15.5, 12.5, 6.0,
        9.0, 14.4, 10.2, 4.8, 2.9, 7.0, 8.5, 12.3, 10.1, 12.7, 9.4, 7.2, 5.3, 18.8, 15.8, 4.3, 14.6, 50.7, 8.2, 5.6, 9.3, 88.7, 19.6, 3.4, 3.6, 5.7,
        7.0, 4.2, 1.8,
    ]  # fmt: skip
    shape, rate = rates.gamma_prior(seen, expected)
    assert (shape, shape / rate) == pytest.approx((1.879490, 1.422060), abs=5e-6)


def test_the_ratio_of_nothing_is_unknown_not_an_error() -> None:
    ratio, low, high, p = rates.ratio((0, 0), (10, 10))
    assert np.isnan(ratio)
    assert (low, high, p) == (0.0, np.inf, 1.0)
    assert rates.ratio((3, 0), (10, 10))[0] == np.inf


def test_the_gamma_prior_of_the_pump_failures_is_found() -> None:
    events = [5, 1, 5, 14, 3, 19, 1, 1, 4, 22]
    exposure = [94.32, 15.72, 62.88, 125.76, 5.24, 31.44, 1.048, 1.048, 2.096, 10.48]
    shape, rate = rates.gamma_prior(events, exposure)
    assert (shape, rate) == pytest.approx((0.8223, 1.259), abs=1e-3)
    means = (shape + np.array(events)) / (rate + np.array(exposure))
    assert means == pytest.approx(
        [0.0609, 0.1073, 0.0908, 0.1167, 0.5881, 0.6062, 0.7899, 0.7899, 1.4374, 1.9441], abs=1e-3
    )


def test_no_prior_is_made_of_nothing() -> None:
    with pytest.raises(ValueError, match="no events"):
        rates.gamma_prior([0, 0], [3, 4])


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ((3, 1, 1), (0.25, -0.297827, 0.797827)),
        ((10, 0, 0), (0.769231, 0.475036, 1.0)),
        ((60, 25, 15), (0.436893, 0.293431, 0.580355)),
    ],
)
def test_the_promoter_score_has_the_adjusted_wald_interval(
    counts: tuple[int, ...], expected: tuple[float, ...]
) -> None:
    assert np.array(nps.adjusted_wald(*counts)) == pytest.approx(expected, abs=1e-6)


def test_no_answers_have_no_score() -> None:
    assert np.isnan(np.array(nps.adjusted_wald(0, 0, 0))).all()


def test_the_promoter_interval_covers_where_plain_wald_does_not() -> None:
    rng = np.random.default_rng(5)
    answers = rng.multinomial(5, [0.5, 0.3, 0.2], size=4000).T
    _, low, high = nps.adjusted_wald(*answers)
    assert np.mean((low <= 0.3) & (high >= 0.3)) > 0.92
    up, down = answers[0] / 5, answers[2] / 5
    half = stats.norm.isf(0.025) * np.sqrt((up + down - (up - down) ** 2) / 5)
    assert np.mean(np.abs(up - down - 0.3) <= half) < 0.90


@pytest.mark.parametrize(
    ("one", "two", "expected"),
    [
        ((56, 70), (48, 80), (0.2, 0.0524, 0.3339)), ((9, 10), (3, 10), (0.6, 0.1705, 0.8090)),
        ((6, 7), (2, 7), (0.5714, 0.0582, 0.8062)), ((5, 56), (0, 29), (0.0893, -0.0381, 0.1926)),
        ((0, 10), (0, 20), (0, -0.1611, 0.2775)), ((0, 10), (0, 10), (0, -0.2775, 0.2775)),
        ((10, 10), (0, 20), (1, 0.6791, 1)), ((10, 10), (0, 10), (1, 0.6075, 1)),
    ],
)  # fmt: skip
def test_differences_have_newcombes_interval(
    one: tuple[int, int], two: tuple[int, int], expected: tuple[float, ...]
) -> None:
    # Newcombe 1998, Statistics in Medicine 17:873, Table II, method 10.
    found = proportions.difference((one[0], two[0]), (one[1], two[1]))
    assert np.array(found) == pytest.approx(expected, abs=5e-5)


@pytest.mark.parametrize(
    ("one", "two", "expected"),
    [((56, 70), (48, 80), (0.0428, 0.3422)), ((0, 10), (0, 10), (-0.3445, 0.3445)), ((10, 10), (0, 10), (0.5128, 1))],
)
def test_differences_with_continuity_have_newcombes_interval(
    one: tuple[int, int], two: tuple[int, int], expected: tuple[float, float]
) -> None:
    # The same table, method 11.
    found = proportions.difference((one[0], two[0]), (one[1], two[1]), continuity=True)
    assert np.array(found[1:]) == pytest.approx(expected, abs=5e-5)


def test_paired_differences_have_newcombes_interval() -> None:
    # Complete response before and after consolidation (Cavo et al. 2012), as Fagerland, Lydersen & Laake (2017, chapter 8) print it.
    assert np.array(proportions.paired_difference(59, 6, 16, 80)) == pytest.approx(
        (-0.0621, -0.1186, -0.0046), abs=5e-5
    )
    # Who always answers alike has no difference, and nobody none that is known; without agreement it is that of two samples.
    gap, low, high = proportions.paired_difference([30, 0], [0, 0], [0, 0], [20, 0])
    assert gap[0] == 0
    assert low[0] < 0 < high[0] < 0.05
    assert np.isnan([gap[1], low[1], high[1]]).all()
    apart = np.array(proportions.paired_difference(25, 25, 25, 25))
    assert apart == pytest.approx(np.array(proportions.difference((50, 50), (100, 100))))


def test_mid_p_limits_of_counts_are_those_of_statsmodels() -> None:
    for count in (1, 3, 5, 10, 20, 100):
        expected = confint_poisson(count, 2.0, method="midp-c")
        assert np.array(rates.mid_p(count, 2.0)) == pytest.approx(expected, rel=1e-6)
    low, high = rates.mid_p([0, 5], [1.0, 1.0])
    assert low[0] == 0
    assert high[0] == pytest.approx(-np.log(0.05))


@given(COUNTS.filter(lambda case: case[1] > 0))
def test_the_exact_interval_is_that_of_statsmodels(case: tuple[int, int]) -> None:
    expected = proportion_confint(*case, method="beta")
    assert np.nan_to_num(np.array(proportions.clopper_pearson(*case)), nan=-1) == pytest.approx(expected, abs=1e-9)


@given(COUNTS.filter(lambda case: case[1] > 0))
def test_the_interval_with_added_successes_is_that_of_statsmodels(case: tuple[int, int]) -> None:
    expected = proportion_confint(*case, method="agresti_coull")
    found = np.array(proportions.agresti_coull(*case))
    assert found == pytest.approx(np.clip(expected, 0, 1), abs=1e-9)
    assert np.isnan(proportions.agresti_coull(0, 0)).all()


def test_exact_limits_of_counts_are_garwoods() -> None:
    # The 95% limits of an observed count that tables print (Garwood 1936; Breslow & Day 1987, table 2.10).
    printed = {
        1: (0.0253, 5.57),
        3: (0.619, 8.77),
        5: (1.62, 11.67),
        10: (4.80, 18.39),
        20: (12.22, 30.89),
        50: (37.11, 65.92),
    }
    for count, limits in printed.items():
        assert np.array(rates.exact(count, 1)) == pytest.approx(limits, abs=0.006), count


def test_a_change_of_score_needs_more_than_a_few_answers() -> None:
    gap, low, high = nps.change((4, 3, 3), (6, 2, 2))
    assert low < 0 < gap < high
    gap, low, _ = nps.change((400, 300, 300), (600, 200, 200))
    assert low > 0
    assert float(gap) == pytest.approx(0.3, abs=0.01)
    assert np.isnan(nps.change((0, 0, 0), (6, 2, 2))[0])


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("interval", [rates.exact, rates.mid_p, rates.byar])
def test_a_rate_at_which_nobody_looked_is_not_known(interval: Callable[..., Any]) -> None:
    low, high = interval([0, 3, 12, 4], [0, 0, 0, 2.0])
    assert np.isnan(low[:3]).all()
    assert np.isnan(high[:3]).all()
    assert low[3] < 2 < high[3]
