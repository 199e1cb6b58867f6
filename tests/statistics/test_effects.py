"""Differences in differences, matched outreach, weighted surveys and emerging words."""

from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from simulators.outreach import network

from pipelines.statistics import differences, outreach, surveys, words
from pipelines.statistics.gate import TooLittle


def panel(seed: int, units: int = 400, effect: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    """(outcome, first treated) of five periods with groups 2, 3 and never; common trend, unit levels."""
    rng = np.random.default_rng(seed)
    first = rng.choice([2.0, 3.0, 0.0], units)
    first[first == 0] = np.inf
    treated = np.arange(5) >= first[:, None]
    y = rng.normal(0, 2, (units, 1)) + np.arange(5) * 0.5 + effect * treated + rng.normal(0, 1, (units, 5))
    return y, first


def test_two_groups_and_two_times_are_a_regression_with_an_interaction() -> None:
    rng = np.random.default_rng(1)
    cells = [rng.normal(mean, 2, n) for mean, n in ((20, 80), (21, 90), (23, 30), (21, 35))]
    found = differences.two_by_two(*cells)
    y = np.concatenate(cells)
    treated = np.repeat([1, 1, 0, 0], [len(cell) for cell in cells])
    after = np.repeat([0, 1, 0, 1], [len(cell) for cell in cells])
    design = sm.add_constant(np.column_stack([treated, after, treated * after]))
    oracle = sm.OLS(y, design).fit(cov_type="HC2")
    assert found.value == pytest.approx(oracle.params[3])
    assert found.error == pytest.approx(oracle.bse[3])
    spread = [cell.var(ddof=1) / len(cell) for cell in cells]
    welch = sum(spread) ** 2 / sum(one**2 / (len(cell) - 1) for one, cell in zip(spread, cells, strict=True))
    assert found.df == pytest.approx(welch)
    half = stats.t.isf(0.025, welch) * oracle.bse[3]
    assert (found.low, found.high) == pytest.approx((oracle.params[3] - half, oracle.params[3] + half))
    assert found.p == pytest.approx(2 * stats.t.sf(abs(oracle.tvalues[3]), welch))


def test_changes_of_the_same_units_are_compared_as_by_welch() -> None:
    rng = np.random.default_rng(2)
    before, after, other_before, other_after = (rng.normal(size=size) for size in (5, 5, 9, 9))
    found = differences.two_by_two(before, after, other_before, other_after, paired=True)
    oracle = stats.ttest_ind(after - before, other_after - other_before, equal_var=False)
    assert (found.p, found.df) == pytest.approx((oracle.pvalue, oracle.df))
    assert (found.low, found.high) == pytest.approx(tuple(oracle.confidence_interval()))


@pytest.mark.parametrize(("treated", "controls"), [(3, 3), (5, 20)])
def test_few_units_do_not_pass_for_certain(treated: int, controls: int) -> None:
    """With the normal distribution in Student's place these held .82 to .91 of .95."""
    rng, held = np.random.default_rng(treated), []
    units = treated + controls
    group, time, unit = np.repeat(np.arange(units) < treated, 2), np.tile([0, 1], units), np.repeat(np.arange(units), 2)
    for _ in range(300):
        y = rng.normal(size=(units, 2)) + rng.normal(size=(units, 1))
        mine, others = y[:treated], y[treated:]
        held.append([found.low <= 0 <= found.high for found in (
            differences.two_by_two(mine[:, 0], mine[:, 1], others[:, 0], others[:, 1], paired=True),
            differences.regression(y.ravel(), group, time, cluster=unit),
            differences.group_time(y, np.where(np.arange(units) < treated, 1, np.inf)).overall(),
        )])  # fmt: skip
    assert np.mean(held, axis=0).min() > 0.925


def test_degrees_of_freedom_of_clusters_are_bell_and_mccaffreys() -> None:
    """By their definition, with the whole matrix written out."""
    rng = np.random.default_rng(7)
    place = np.repeat(np.arange(9), 4)
    treated, after, age = (place < 3).astype(float), np.tile([0.0, 0, 1, 1], 9), rng.normal(size=36)
    found = differences.regression(rng.normal(size=36), treated, after, age, cluster=place)
    x = np.column_stack((treated * after, np.ones(36), treated, after, age))
    inverse = np.linalg.inv(x.T @ x)
    left = np.eye(36) - x @ inverse @ x.T
    moved = np.column_stack([left[:, place == one] @ x[place == one] @ inverse[:, 0] for one in range(9)])
    inner = moved.T @ moved
    assert found.df == pytest.approx(np.trace(inner) ** 2 / (inner**2).sum())
    assert found.df < 9 - 1


def test_one_unit_alone_does_not_tell_its_own_error() -> None:
    y = np.random.default_rng(3).normal(size=(12, 3))
    found = differences.group_time(y, [1] + [np.inf] * 11)
    assert np.isfinite(found.att).all()
    assert np.isnan([*found.error, found.overall().low, found.overall().p]).all()


def test_the_published_changes_of_two_states_give_the_published_difference() -> None:
    # Card & Krueger 1994, table 3, rows 3 and 4: full-time equivalents a store, New Jersey and Pennsylvania.
    found = differences.of_estimates((0.59, 0.54), (-2.16, 1.25))
    assert (found.value, found.error) == pytest.approx((2.76, 1.36), abs=0.011)
    balanced = differences.of_estimates((0.47, 0.48), (-2.28, 1.25))
    assert (balanced.value, balanced.error) == pytest.approx((2.75, 1.34), abs=0.005)
    assert found.low > 0


def test_four_published_means_give_their_difference() -> None:
    # Card & Krueger 1994, table 3, rows 1 and 2.
    found = differences.of_means((20.44, 0.51), (21.03, 0.52), (23.33, 1.35), (21.17, 0.94))
    assert (found.value, found.error) == pytest.approx((2.75, 1.80), abs=0.005)


def test_with_one_variance_the_error_is_the_plain_regressions() -> None:
    cells = [
        np.random.default_rng(5).normal(level, 1 + level, size) for level, size in ((1, 9), (3, 12), (2, 7), (2, 15))
    ]
    found = differences.two_by_two(cells[2], cells[3], cells[0], cells[1], pooled=True)
    treated, after = np.repeat([0, 0, 1, 1], [9, 12, 7, 15]), np.repeat([0, 1, 0, 1], [9, 12, 7, 15])
    design = sm.add_constant(np.column_stack([treated, after, treated * after]))
    oracle = sm.OLS(np.concatenate(cells), design).fit()
    assert (found.value, found.error) == (pytest.approx(oracle.params[3]), pytest.approx(oracle.bse[3]))


def test_paired_changes_leave_out_who_was_seen_once() -> None:
    found = differences.two_by_two([1, 2, 3], [2, 4, np.nan], [1, 1, 1], [1, 2, 0], paired=True)
    assert found.value == pytest.approx(1.5)
    with pytest.raises(TooLittle, match="at least two units"):
        differences.two_by_two([1], [2], [3, 4], [5, 6])


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10**6), st.sampled_from(["never", "not yet"]))
def test_group_time_effects_are_differences_of_means(seed: int, control: str) -> None:
    y, first = panel(seed, 60)
    found = differences.group_time(y, first, control=control)  # type: ignore[arg-type]
    for g, t, att, error in zip(found.group, found.period, found.att, found.error, strict=True):
        of = int(g) - 1 if t >= g else int(t) - 1
        mine = first == g
        others = np.isinf(first) if control == "never" else (first > max(t, of, g if t >= g else 0)) & ~mine
        change = y[:, int(t)] - y[:, of]
        assert att == pytest.approx(change[mine].mean() - change[others].mean())
        spread = change[mine].var() / mine.sum() + change[others].var() / others.sum()
        assert error == pytest.approx(np.sqrt(spread))


def test_aggregates_weigh_groups_by_their_size() -> None:
    y, first = panel(3)
    found = differences.group_time(y, first)
    sizes = np.array([(first == g).sum() for g in found.group])
    post = found.period >= found.group
    assert found.overall().value == pytest.approx(np.average(found.att[post], weights=sizes[post]))
    steps, mean = found.dynamic()
    assert sorted(steps) == [-2, -1, 0, 1, 2]
    at = found.period - found.group == 1
    assert steps[1].value == pytest.approx(np.average(found.att[at], weights=sizes[at]))
    assert mean.value == pytest.approx(np.mean([steps[e].value for e in (0, 1, 2)]))
    groups, over_groups = found.by_group()
    assert groups[2.0].value == pytest.approx(found.att[(found.group == 2) & post].mean())
    weights = [(first == g).sum() for g in groups]
    assert over_groups.value == pytest.approx(np.average([one.value for one in groups.values()], weights=weights))
    periods, over_periods = found.by_period()
    assert over_periods.value == pytest.approx(np.mean([one.value for one in periods.values()]))


def test_the_errors_of_aggregates_are_those_of_repeated_samples() -> None:
    values, errors = [], []
    for seed in range(250):
        overall = differences.group_time(*panel(seed, 200)).overall()
        values.append(overall.value)
        errors.append(overall.error)
    assert np.mean(values) == pytest.approx(1.0, abs=0.03)
    assert np.mean(errors) == pytest.approx(np.std(values), rel=0.15)


def test_calendar_years_and_zero_for_never_are_understood() -> None:
    y, first = panel(5)
    years = np.array([2003.0, 2004, 2005, 2006, 2007])
    named = np.where(np.isinf(first), 0, years[np.minimum(first, 4).astype(int)])
    one, two = differences.group_time(y, first), differences.group_time(y, named, years)
    assert two.att == pytest.approx(one.att)
    assert set(two.group) == {2005.0, 2006.0}
    assert two.dynamic()[1].value == pytest.approx(one.dynamic()[1].value)
    flat = differences.group_time(y, first, base="universal")
    assert len(flat.att) == 2 * 4


def test_without_a_control_group_there_is_no_effect() -> None:
    with pytest.raises(TooLittle, match="control group"):
        differences.group_time(np.zeros((4, 3)), [1, 1, 1, 1])
    with pytest.raises(TooLittle, match="before its treatment"):
        differences.group_time(np.zeros((4, 3)), [0, 0, np.inf, np.inf], periods=[0, 1, 2])


def test_matching_on_the_fall_finds_the_effect_there_is() -> None:
    found = outreach.matched_lift(*network(4, size=1500, effect=0.5))
    assert found.low > 0
    assert found.low <= found.effect <= found.high
    assert found.crossed > 0.1  # so it is a cautious figure
    assert found.relative < 0.5
    assert list(found.months) == list(range(-9, 3))
    assert abs(found.path[:9, 0].mean()) < 1e-9
    assert found.placebo[1] < 0 < found.placebo[2]
    assert found.visited <= found.candidates


def test_below_twenty_matched_visits_there_are_only_counts() -> None:
    counts, visit = network(4, size=60)
    few = np.where(np.cumsum(np.isfinite(visit)) <= 10, visit, np.inf)
    with pytest.raises(TooLittle, match="needs 20 visited physicians"):
        outreach.matched_lift(counts, few)


def test_the_weighted_mean_gives_each_band_its_share() -> None:
    answer = [9, 9, 9, 9, 9, 3, 4, 5, 6, 7]
    found = surveys.weighted_mean(answer, [0] * 5 + [1] * 5, [20, 180])
    assert found.unweighted == 7
    assert found.value == pytest.approx(0.1 * 9 + 0.9 * 5)
    assert found.error == pytest.approx(np.sqrt(0.9**2 * (1 - 5 / 180) * 2.5 / 5))
    assert found.low < found.value < found.high
    assert found.weight == pytest.approx([0.2, 1.8])
    assert found.effective < 10


def test_the_stratified_schools_of_california_have_the_mean_and_error_that_r_prints() -> None:
    """R's survey, ``svymean(~api00, dstrat)`` of its data set apistrat: 662.29 with standard error 9.4089."""
    means, variances = (674.43, 625.82, 636.60), (15687.41929, 11947.08939, 13824.85714)
    said = surveys.post_stratified(means, variances, (100, 50, 50), (4421, 755, 1018))
    assert (said.value, said.error) == pytest.approx((662.28736, 9.40894), abs=5e-6)


def test_small_strata_cover_as_often_as_they_say() -> None:
    rng, held = np.random.default_rng(8), 0
    for shares in rng.uniform(0.3, 0.9, (1500, 3)):
        answers = [rng.binomial(10, share, n) for share, n in zip(shares, (10, 6, 5), strict=True)]
        told = surveys.post_stratified(
            [given.mean() for given in answers], [given.var(ddof=1) for given in answers], (10, 6, 5), (400, 400, 400)
        )
        held += told.low <= 10 * shares.mean() <= told.high
    assert held / 1500 == pytest.approx(0.95, abs=0.015)


def test_answers_in_proportion_need_no_weights() -> None:
    found = surveys.weighted_mean([1, 2, 3, 4, 5] * 2, [0] * 5 + [1] * 5, [50, 50])
    assert found.value == pytest.approx(found.unweighted)
    assert found.effective == pytest.approx(10)


def test_a_band_that_hardly_answered_hides_the_weighted_figure() -> None:
    with pytest.raises(TooLittle, match="5 answers in each band"):
        surveys.weighted_mean([1] * 9, [0] * 5 + [1] * 4, [10, 10])
    with pytest.raises(TooLittle, match="did not answer at all"):
        surveys.post_stratified([1, 2], [1, 1], [5, 0], [10, 10])


def test_log_odds_are_their_formula() -> None:
    delta, z = words.log_odds([30, 10, 0], [10, 30, 0], [4, 4, 2], weight=10)
    expected = np.log(34 / (50 - 34)) - np.log(14 / (50 - 14))
    assert delta[0] == pytest.approx(expected)
    assert z[0] == pytest.approx(expected / np.sqrt(1 / 34 + 1 / 14))
    assert z[1] == pytest.approx(-z[0])
    assert z[2] == 0
    assert words.log_odds([1, 0], [0, 0], [0, 0])[1][1] == 0


def test_a_word_that_comes_up_is_named_first_and_a_common_one_is_not() -> None:
    before = words.counted(["The staff were kind"] * 40 + ["Parking is hard"] * 5)
    lately = words.counted(["The staff were kind"] * 20 + ["Parking is hard, parking is far"] * 15)
    found = words.emerging(lately, before)
    assert found[0][0] in {"parking", "hard", "far"}
    assert {word: score for word, _, _, score in found}["staff"] < 0
    assert {word: count for word, count, _, _ in found}["parking"] == 15  # once a comment
    assert words.emerging({}, {}) == []


def test_words_are_words_in_any_language() -> None:
    assert set(words.counted(["Très gentil! It's 24/7 – follow-up at x_ray"])) == {
        "très",
        "gentil",
        "it's",
        "follow-up",
        "ray",
    }


def test_covariates_and_clusters_are_those_of_a_regression() -> None:
    rng = np.random.default_rng(4)
    place = np.repeat(np.arange(24), 6)
    treated, after = (place % 3 == 0).astype(float), np.tile([0, 0, 0, 1, 1, 1], 24).astype(float)
    age = rng.normal(size=144) + treated
    y = 1 + 0.5 * treated - after + 2 * treated * after + age + rng.normal(size=24)[place] + rng.normal(size=144)
    y[3] = np.nan
    known = ~np.isnan(y)
    design = np.column_stack([treated * after, np.ones(144), treated, after, age])[known]
    plain = sm.OLS(y[known], design).fit()
    found = differences.regression(y, treated, after, age)
    assert (found.value, found.error) == pytest.approx((plain.params[0], plain.bse[0]))
    clustered = sm.OLS(y[known], design).fit(cov_type="cluster", cov_kwds={"groups": place[known]})
    assert differences.regression(y, treated, after, age, cluster=place).error == pytest.approx(clustered.bse[0])
    cells = [y[(treated == d) & (after == t)] for d, t in ((1, 0), (1, 1), (0, 0), (0, 1))]
    pooled = differences.two_by_two(*cells, pooled=True)
    bare = differences.regression(y, treated, after)
    assert (bare.value, bare.error) == pytest.approx((pooled.value, pooled.error))
    with pytest.raises(TooLittle, match="not told by the others"):
        differences.regression(y, treated, after, treated)


def test_several_margins_hold_at_once_and_nothing_else_is_changed() -> None:
    table = np.array([[40.0, 30, 20, 10], [35, 50, 100, 75], [30, 80, 70, 120], [20, 30, 40, 50]])
    found = surveys.raked(table, [[150, 300, 400, 150], [200, 300, 400, 100]])
    assert found.sum(axis=1) == pytest.approx([150, 300, 400, 150])
    assert found.sum(axis=0) == pytest.approx([200, 300, 400, 100])
    ratio = found / table  # a factor for each row times one for each column: odds within the table stay what they were
    assert ratio / ratio[:, :1] == pytest.approx(np.tile(ratio[0] / ratio[0, 0], (4, 1)))
    one = surveys.raked([8.0, 2], [[50, 50]])
    assert one / [8, 2] == pytest.approx([6.25, 25])  # with one margin it is post-stratification
    with pytest.raises(TooLittle, match="did not answer at all"):
        surveys.raked([[1.0, 2], [0, 0]], [[3, 3], [3, 3]])
    with pytest.raises(TooLittle, match="too many groups have no answers"):
        surveys.raked([[1.0, 0], [0, 1]], [[3, 3], [2, 4]])
    with pytest.raises(ValueError, match="same total"):
        surveys.raked([[1.0, 2], [3, 4]], [[3, 3], [3, 4]])


# R's did (Callaway & Sant'Anna 2021): its panel mpdta, teenagers' employment in 500 counties from 2003 to 2007, by the year in which the
# minimum wage was raised. Effects and errors rest on each group's size, mean changes since 2003 and their covariances alone.
COUNTIES = {
    2004: (20, [-0.0731333, -0.1202447, -0.1529925, -0.0943088],
           [0.00936586, 0.00685351, 0.01793689, 0.00810353, 0.0175539, 0.02345272, 0.00229765, 0.01343805, 0.01460803, 0.02031324]),
    2006: (40, [-0.0561099, -0.0460523, -0.0165591, -0.0309527],
           [0.0183962, 0.0207926, 0.03586745, 0.02063191, 0.03295398, 0.03765581, 0.01982499, 0.03408551, 0.03551487, 0.04351062]),
    2007: (131, [-0.0321234, -0.0220408, -0.0190401, -0.0228582],
           [0.01719738, 0.01378609, 0.03615898, 0.01545062, 0.03090795, 0.05073591, 0.01660131, 0.03198367, 0.04460828, 0.06376763]),
    0: (309, [-0.06263, -0.0498216, -0.0157337, 0.0065025],
        [0.02967735, 0.02019453, 0.03349698, 0.02222311, 0.02975769, 0.06620228, 0.02286112, 0.02909123, 0.05322516, 0.06686076]),
}  # fmt: skip


def minimum_wages() -> tuple[np.ndarray, np.ndarray]:
    """(outcome, first treated) of a panel with those sizes, means and covariances."""
    rng, rows, first = np.random.default_rng(1), [], []
    for year, (size, mean, lower) in COUNTIES.items():
        wanted = np.zeros((4, 4))
        wanted[np.tril_indices(4)] = lower
        wanted = wanted + wanted.T - np.diag(np.diag(wanted))
        drawn = rng.normal(size=(size, 4))
        drawn = (drawn - drawn.mean(axis=0)) @ np.linalg.inv(
            np.linalg.cholesky(np.cov((drawn - drawn.mean(axis=0)).T))
        ).T
        rows.append(np.column_stack((np.zeros(size), drawn @ np.linalg.cholesky(wanted).T + mean)))
        first += [year] * size
    return np.vstack(rows), np.array(first)


def test_minimum_wages_have_the_effects_that_did_prints() -> None:
    found = differences.group_time(*minimum_wages(), np.arange(2003, 2008))
    printed = [-0.0105, -0.0704, -0.1373, -0.1008, 0.0065, -0.0028, -0.0046, -0.0412, 0.0305, -0.0027, -0.0311, -0.0261]
    errors = [0.0233, 0.0310, 0.0364, 0.0344, 0.0233, 0.0196, 0.0178, 0.0202, 0.0150, 0.0164, 0.0179, 0.0167]
    assert found.att == pytest.approx(printed, abs=5.1e-5)
    assert found.error == pytest.approx(errors, abs=5.1e-5)  # without bootstrap, as did prints them with bstrap = FALSE
    by, all_since = found.dynamic()
    assert [by[e].value for e in range(-3, 4)] == pytest.approx(
        [0.0305, -0.0006, -0.0245, -0.0199, -0.0510, -0.1373, -0.1008], abs=5.1e-5
    )
    assert [by[e].error for e in range(-3, 4)] == pytest.approx(
        [0.0150, 0.0133, 0.0142, 0.0118, 0.0169, 0.0364, 0.0344], abs=5.1e-5
    )
    for effect, value, error in (
        (found.overall(), -0.0400, 0.0120), (all_since, -0.0772, 0.0200), (found.by_group()[1], -0.0310, 0.0124),
        (found.by_period()[1], -0.0417, 0.0160),
    ):  # fmt: skip
        assert (effect.value, effect.error) == pytest.approx((value, error), abs=5.1e-5)
    assert [one.value for one in found.by_group()[0].values()] == pytest.approx([-0.0797, -0.0229, -0.0261], abs=5.1e-5)


def of_moments(size: int, mean: float, deviation: float) -> np.ndarray:
    """Values with that mean and standard deviation."""
    drawn = np.random.default_rng(size).normal(size=size)
    return np.asarray((drawn - drawn.mean()) / drawn.std(ddof=1) * deviation + mean)


def test_the_incinerator_and_the_injured_are_compared_as_wooldridge_prints_them() -> None:
    """Introductory Econometrics, examples 13.3 (prices of houses near an incinerator, before and after: kielmc) and 13.4 (weeks of
    benefit of high earners, in logs: injury), by the cells' sizes, means and standard deviations."""
    near = [of_moments(*cell) for cell in (
        (56, 63692.857142857145, 42722.02692307077), (40, 70619.23984375, 34816.795309764166),
        (123, 82517.22764227643, 20831.099570315775), (102, 101307.51359528187, 29741.11841009283),
    )]  # fmt: skip
    found = differences.two_by_two(*near, pooled=True)
    assert (found.value, found.error) == pytest.approx((-11863.90, 7456.65), abs=0.0051)
    high = [of_moments(*cell) for cell in (
        (1233, 1.382093940338079, 1.2989000667301474), (1161, 1.5803524537090594, 1.298157465807864),
        (1705, 1.1256154087631585, 1.2230902293548132), (1527, 1.1332727214754525, 1.273129690531574),
    )]  # fmt: skip
    found = differences.two_by_two(*high, pooled=True)
    assert (found.value, found.error) == pytest.approx((0.191, 0.069), abs=5.1e-4)


def test_california_s_schools_have_the_means_shares_and_weights_that_r_prints() -> None:
    """R's survey on its own data: ``svymean`` of apistrat, ``rake`` and ``postStratify`` of apisrs."""
    schools = (4421, 755, 1018)
    pupils = surveys.post_stratified(
        (416.78, 1320.70, 832.48), (27576.88040, 450339.92857, 156307.27510), (100, 50, 50), schools
    )
    assert (pupils.value, pupils.error) == pytest.approx((595.282, 18.5085), abs=5.1e-4)
    yes, n = np.array([73.0, 16, 24]), np.array([100.0, 50, 50])
    awarded = surveys.post_stratified(yes / n, yes * (n - yes) / n / (n - 1), n, schools)
    assert (awarded.value, awarded.error) == pytest.approx((0.638936, 0.03441), abs=5.1e-6)
    table = np.array([[15.0, 127], [13, 12], [9, 24]])
    weight = surveys.raked(table, [schools, (1072, 5122)]) / table
    assert weight.ravel() == pytest.approx([28.911653, 31.396649, 29.002009, 31.494771, 29.033232, 31.528678], rel=2e-4)
    means = np.array([[572.80000, 677.16535], [593.15385, 618.58333], [548.33333, 694.00000]])
    assert (weight * table * means).sum() / 6194 == pytest.approx(657.792, abs=0.02)
    later = surveys.post_stratified(
        (666.14085, 605.36, 654.27273), (18423.35591, 12873.32333, 16668.95455), (142, 25, 33), schools
    )
    assert later.value == pytest.approx(656.782, abs=5e-4)
    # R's error is 9.15654: it takes the numbers that answered in each band for chance, ours takes them as they came.
    assert later.error == pytest.approx(9.15654, rel=0.02)


@pytest.mark.parametrize(("continuity", "limits"), [(False, (0.4867191, 0.7186381)), (True, (0.4482566, 0.7531474))])
def test_stratified_shares_have_the_wilson_interval_that_tern_and_sas_print(
    continuity: bool, limits: tuple[float, float]
) -> None:
    """R's cards and tern, ``proportion_ci_strat_wilson``, against SAS: six strata of 80 answers, weights in proportion to 1 to 6."""
    found = surveys.post_stratified_share(
        (11, 10, 4, 8, 9, 8), (15, 16, 10, 11, 15, 13), 1e9 * np.arange(1, 7), continuity=continuity
    )
    assert (found.low, found.high) == pytest.approx(limits, abs=5.1e-8)
    assert found.unweighted == 0.625


def test_a_share_of_one_stratum_is_wilsons() -> None:
    found = surveys.post_stratified_share([15], [148], [1e12])
    assert (found.low, found.high) == pytest.approx((0.0624, 0.1605), abs=5e-5)  # Newcombe 1998, table I
    whole = surveys.post_stratified_share([3, 4], [5, 9], [5, 9])
    assert (whole.low, whole.high, whole.error) == pytest.approx((0.5, 0.5, 0))
    with pytest.raises(TooLittle, match="did not answer at all"):
        surveys.post_stratified_share([3, 0], [5, 0], [5, 9])


@pytest.mark.parametrize(
    ("answered", "asked", "shares"),
    [((5, 5, 5), (400, 400, 400), (0.3, 0.9)), ((5, 20, 60), (600, 300, 100), (0.1, 0.9)), ((5, 8), (500, 50), (0.02, 0.3)),
     ((5, 5), (8, 8), (0.1, 0.9))],
)  # fmt: skip
def test_yes_or_no_in_strata_of_five_is_covered_where_few_agree_by_chance(
    answered: tuple[int, ...], asked: tuple[int, ...], shares: tuple[float, float]
) -> None:
    rng, n, size = np.random.default_rng(77), np.array(answered), np.array(asked)
    held = 0
    for share in rng.uniform(*shares, (1000, len(n))):
        all_yes = rng.binomial(size, share)
        found = surveys.post_stratified_share(rng.hypergeometric(all_yes, size - all_yes, n), n, size)
        held += found.low - 1e-12 <= all_yes.sum() / size.sum() <= found.high + 1e-12
    assert held / 1000 > 0.93
