"""Funnels, shrinkage and concentration: published figures, conservation, and refusals."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.multitest import multipletests

from pipelines.statistics import concentration, funnel, rates, shrinkage
from pipelines.statistics.gate import TooLittle

# Tumours in 71 groups of rats (Tarone 1982; Gelman et al., Bayesian Data Analysis, table 5.1).
RATS = [0] * 14 + [1] * 8 + [2] * 9 + [1, 5, 2, 5, 3, 2, 7, 7, 3, 3, 2, 9, 10, 4, 4, 4, 4, 4, 4, 4, 10, 4, 4, 4, 5, 11,
        12, 5, 5, 6, 5, 6, 6, 6, 6, 16, 15, 15, 9, 4]  # fmt: skip
GROUPS = [20] * 7 + [19] * 4 + [18, 18, 17, 20, 20, 20, 20, 19, 19, 18, 18, 25, 24, 23] + [20] * 6 + [10, 49, 19, 46, 27,
          17, 49, 47, 20, 20, 13, 48, 50] + [20] * 7 + [48, 19, 19, 19, 22, 46, 49, 20, 20, 23, 19, 22, 20, 20, 20, 52, 46,
          47, 24, 14]  # fmt: skip
# Benjamini & Hochberg 1995, section 4: fifteen ordered p-values, of which the first four are flagged at 0.05.
FIFTEEN = [
    0.0001,
    0.0004,
    0.0019,
    0.0095,
    0.0201,
    0.0278,
    0.0298,
    0.0344,
    0.0459,
    0.3240,
    0.4262,
    0.5719,
    0.6528,
    0.7590,
    1,
]


def test_the_rats_prior_is_the_published_one() -> None:
    a, b = shrinkage.beta_moments(RATS[:70], GROUPS[:70])
    assert (a, b) == pytest.approx((1.4, 8.6), abs=0.05)
    assert a / (a + b) == pytest.approx(0.136, abs=0.0005)
    last = shrinkage.shares(RATS, GROUPS, prior=(a, b)).value[-1]
    assert last == pytest.approx(0.223, abs=0.0005)
    assert shrinkage.beta_prior(RATS, GROUPS) == pytest.approx((2.3416, 14.1148), abs=1e-3)


def test_the_less_is_known_the_more_is_shrunk() -> None:
    found = shrinkage.shares([1, 10, 100, 0], [2, 20, 200, 40])
    assert abs(found.value[0] - found.mean) < abs(found.value[1] - found.mean) < abs(found.value[2] - found.mean)
    assert (np.diff(found.weight[:3]) > 0).all()
    assert ((found.low < found.value) & (found.value < found.high)).all()


def test_equal_shares_are_drawn_fully_together() -> None:
    found = shrinkage.shares([10, 10, 10, 10], [100, 100, 100, 100])
    assert found.value == pytest.approx([0.1] * 4, abs=1e-3)
    assert sum(found.prior) > 1000


@pytest.mark.parametrize(("units", "total"), [(4, 30.0), (4, 1e6), (8, 300.0)])
def test_few_units_get_intervals_that_hold_the_truth(units: int, total: float) -> None:
    rng, plain, allowing = np.random.default_rng(units), [], []
    for _ in range(40):
        n = rng.integers(15, 200, units)
        truth = rng.beta(0.3 * total, 0.7 * total, units)
        hits = rng.binomial(n, truth)
        for held, found in ((plain, shrinkage.shares(hits, n)), (allowing, shrinkage.shares_allowing(hits, n))):
            held.append(np.mean((found.low <= truth) & (truth <= found.high)))
    assert np.mean(allowing) > 0.85
    assert np.mean(plain) < 0.8  # the prior taken as if it were known


def test_a_handful_of_unequal_units_is_covered_nearly_as_often_as_said() -> None:
    rng, held = np.random.default_rng(41), []
    for truth in rng.beta(4, 8, (150, 6)):
        n = rng.integers(5, 80, 6)
        found = shrinkage.shares_allowing(rng.binomial(n, truth), n)
        held.append(np.mean((found.low <= truth) & (truth <= found.high)))
    assert np.mean(held) > 0.925


@pytest.mark.parametrize("units", [6, 20])
def test_units_of_which_most_have_nothing_are_covered_as_often_as_said(units: int) -> None:
    """By the beta of the average's mean and variance, which is less skewed than the average itself, .92 to .94."""
    rng, held = np.random.default_rng(4), []
    for truth in rng.beta(0.3, 10, (50, units)):
        n = rng.integers(5, 80, units)
        hits = rng.binomial(n, truth)
        if hits.any():
            found = shrinkage.shares_allowing(hits, n)
            held.append(np.mean((found.low <= truth) & (truth <= found.high)))
    assert np.mean(held) > 0.925


def test_the_interval_of_a_few_units_is_that_of_the_average_over_priors() -> None:
    hits, n = np.array([1.0, 2, 0, 6, 0, 30]), np.array([5.0, 23, 40, 24, 7, 60])
    found = shrinkage.shares_allowing(hits, n)
    each = np.unique(np.column_stack((hits, n)), axis=0)
    mean, total, chance = shrinkage._priors(each[:, 0], each[:, 1], np.ones(len(each)))
    for x, size, low, high in zip(hits, n, found.low, found.high, strict=True):
        law = stats.beta(mean * total + x, (1 - mean) * total + size - x)
        assert law.cdf(low) @ chance == pytest.approx(0.025, rel=0.02)
        assert law.sf(high) @ chance == pytest.approx(0.025, rel=0.02)


def test_many_units_tell_their_prior_so_that_nothing_needs_allowing_for() -> None:
    rng = np.random.default_rng(5)
    n = rng.integers(20, 100, 400)
    hits = rng.binomial(n, rng.beta(6, 14, 400))
    plain, allowing = shrinkage.shares(hits, n), shrinkage.shares_allowing(hits, n)
    assert allowing.value == pytest.approx(plain.value, abs=0.01)
    assert allowing.high - allowing.low == pytest.approx(plain.high - plain.low, rel=0.08)
    assert allowing.mean == pytest.approx(plain.mean, abs=0.005)


def test_rates_are_shrunk_by_their_exposure() -> None:
    found = shrinkage.event_rates([5, 1, 5, 14, 3, 19, 1, 1, 4, 22],
                                  [94.32, 15.72, 62.88, 125.76, 5.24, 31.44, 1.048, 1.048, 2.096, 10.48])  # fmt: skip
    assert found.value[[0, -1]] == pytest.approx([0.0609, 1.9441], abs=1e-3)
    unseen = shrinkage.event_rates([0], [0], prior=(2.0, 4.0))
    assert float(unseen.value[0]) == 0.5


@pytest.mark.parametrize(("units", "shape"), [(4, 2.0), (4, 200.0), (8, 1.0), (10, 1.0)])
def test_few_units_rates_have_intervals_that_hold_the_truth(units: int, shape: float) -> None:
    rng, plain, allowing = np.random.default_rng(units), [], []
    for _ in range(60):
        exposure = rng.uniform(2, 25, units)
        truth = rng.gamma(shape, 0.8 / shape, units)
        events = rng.poisson(truth * exposure)
        for held, found in (
            (plain, shrinkage.event_rates(events, exposure)), (allowing, shrinkage.rates_allowing(events, exposure)),
        ):  # fmt: skip
            held.append(np.mean((found.low <= truth) & (truth <= found.high)))
    assert np.mean(allowing) > 0.9
    assert np.mean(plain) < np.mean(allowing)


def test_many_units_tell_their_rates_prior_so_that_nothing_needs_allowing_for() -> None:
    rng = np.random.default_rng(5)
    exposure = rng.uniform(5, 20, 300)
    events = rng.poisson(rng.gamma(3, 0.4, 300) * exposure)
    plain, allowing = shrinkage.event_rates(events, exposure), shrinkage.rates_allowing(events, exposure)
    assert allowing.value == pytest.approx(plain.value, rel=0.02)
    assert allowing.high - allowing.low == pytest.approx(plain.high - plain.low, rel=0.05)
    assert allowing.mean == pytest.approx(plain.mean, rel=0.02)
    unseen = shrinkage.rates_allowing([5, 9, 2, 0], [10, 10, 10, 0])
    assert unseen.weight[-1] == 0
    assert unseen.high[-1] - unseen.low[-1] > unseen.high[0] - unseen.low[0]
    with pytest.raises(TooLittle, match="at least one event"):
        shrinkage.rates_allowing([0, 0, 0], [1, 2, 3])


# Batting averages after 45 times at bat (Efron & Morris 1975), on the scale on which their errors are 1.
BATTED = [18, 17, 16, 15, 14, 14, 13, 12, 11, 11, 10, 10, 10, 10, 10, 9, 8, 7]


def test_eighteen_batters_are_drawn_together_as_published() -> None:
    scaled = np.sqrt(45) * np.arcsin(2 * np.array(BATTED) / 45 - 1)
    found = shrinkage.means(scaled, 1.0)
    assert ((scaled - found.mean) ** 2).sum() == pytest.approx(18.96, abs=0.02)
    assert found.weight == pytest.approx([0.209] * 18, abs=1e-3)
    assert found.value == pytest.approx(found.mean + 0.209 * (scaled - found.mean), abs=2e-3)


def test_figures_are_shrunk_by_their_own_error_and_covered() -> None:
    rng, held, shrunk = np.random.default_rng(3), [], []
    for _ in range(200):
        error = rng.uniform(0.5, 2, 12)
        truth = rng.normal(5, 1, 12)
        value = rng.normal(truth, error)
        found = shrinkage.means(value, error)
        held.append((found.low <= truth) & (truth <= found.high))
        shrunk.append(np.abs(found.value - truth).mean() < np.abs(value - truth).mean())
        assert (np.diff(found.weight[np.argsort(error)]) <= 1e-12).all()
    assert np.mean(held) == pytest.approx(0.95, abs=0.03)
    assert np.mean(shrunk) > 0.8
    with pytest.raises(TooLittle, match="more than 3"):
        shrinkage.means([1, 2, 3], 1)
    with pytest.raises(ValueError, match="positive standard error"):
        shrinkage.means([1, 2, 3, 4], [1, 1, 1, 0])


@pytest.mark.parametrize(("hits", "n"), [([1, 2], [3, 4]), ([0, 0, 0], [5, 5, 5]), ([5, 5, 5], [5, 5, 5]), ([], [])])
def test_nothing_to_compare_is_refused_in_words(hits: list[int], n: list[int]) -> None:
    with pytest.raises(TooLittle, match="Counts are shown"):
        shrinkage.shares(hits, n)


def test_no_event_at_all_gives_no_rates() -> None:
    with pytest.raises(TooLittle, match="at least one event"):
        shrinkage.event_rates([0, 0, 0], [1, 2, 3])


def test_funnel_limits_are_their_formula() -> None:
    found = funnel.proportions([5, 30, 90], [50, 100, 400], target=0.2)
    half = np.sqrt(0.16 / np.array([50, 100, 400]))
    assert found.high == pytest.approx(0.2 + 1.959964 * half)
    assert found.low == pytest.approx(np.maximum(0.2 - 1.959964 * half, 0))
    assert found.highest == pytest.approx(0.2 + 3.090232 * half)
    assert list(found.outside(0.95)) == [0, 1, 0]
    assert list(found.outside(0.998)) == [0, 0, 0]


def test_published_funnel_limits_and_flags_come_out() -> None:
    # UK Health Security Agency, PHEindicatormethods: limits of a share about 80.642448%, and areas by significance.
    n = np.array([1, 3, 10, 50, 1008, 13669, 110_000])
    found = funnel.proportions(np.zeros(7), n, target=0.80642448)
    assert 100 * found.low == pytest.approx(
        [3.204264, 35.933491, 56.154344, 69.691035, 78.203374, 79.980099, 80.408963], abs=5e-6
    )
    assert 100 * found.highest == pytest.approx([100, 100, 100, 97.909301, 84.488082, 81.686759, 81.010578], abs=5e-6)
    areas = funnel.proportions(
        [35078.488, 50050.7443, 26789.238, 30277.5312, 24803.6256],
        [41980, 61921, 33012, 37828, 31824],
        target=0.80642448,
    )
    assert list(areas.outside(0.95)) == [1, 0, 1, -1, -1]
    assert list(areas.outside(0.998)) == [1, 0, 0, 0, -1]
    # The same agency's limits of a ratio: what an observed count leaves possible (sought there to seven digits).
    low, high = rates.exact([1, 9, 10, 25, 100], 1)
    assert high == pytest.approx([5.571644585, 17.08479966, 18.39035799, 36.90492768, 121.6268111], rel=4e-6)
    assert low == pytest.approx([0.025317898, 4.11537405, 4.795387629, 16.17868501, 81.36400699], rel=4e-6)


def test_the_default_target_is_the_share_of_all() -> None:
    found = funnel.proportions([1, 2, 3, 0], [10, 10, 10, 0])
    assert found.target == pytest.approx(0.2)
    assert np.isnan(found.value[-1])
    assert not found.outside()[-1]


def test_overdispersion_widens_and_never_narrows() -> None:
    rng = np.random.default_rng(2)
    n = rng.integers(50, 400, 200)
    alike, unlike = rng.binomial(n, 0.2), rng.binomial(n, rng.beta(20, 80, 200))
    narrow, wide = funnel.proportions(alike, n), funnel.proportions(unlike, n)
    assert narrow.phi < 1.2 < wide.phi
    flagged = [
        np.abs(funnel.proportions(unlike, n, spread=spread).outside()).mean()
        for spread in ("none", "multiplicative", "additive")
    ]  # type: ignore[arg-type]
    assert flagged[0] > 0.15
    assert max(flagged[1:]) < 0.12
    additive = funnel.proportions(unlike, n, spread="additive")
    assert additive.tau == pytest.approx(np.sqrt(0.2 * 0.8 / 101), rel=0.35)
    tight = funnel.proportions(alike, n, spread="multiplicative")
    assert (tight.high >= narrow.high - 1e-12).all()


def test_winsorising_keeps_two_outliers_from_hiding_themselves() -> None:
    n = np.full(40, 200)
    hits = np.concatenate([stats.binom(200, 0.2).ppf((np.arange(38) + 0.5) / 38), [90, 95]])
    found = funnel.proportions(hits, n, target=0.2, spread="multiplicative")
    assert list(found.outside(0.998)[-2:]) == [1, 1]


def test_a_standardised_ratio_has_poisson_limits() -> None:
    found = funnel.rates([5, 50], [10, 25], target=1.0)
    assert found.value == pytest.approx([0.5, 2.0])
    assert list(found.outside(0.998)) == [0, 1]
    assert (found.lowest >= 0).all()


# R's FunnelPlotR 0.5: the formulas of its od_adjustment.R and calculate_limits.R, worked in R on the six units of its own tests.
def test_ratios_on_the_scale_of_shmi_have_funnelplotrs_limits() -> None:
    found = funnel.rates(
        [100, 150, 180, 80, 120, 225], [108, 112, 165, 95, 100, 220], 1, "additive", scale="log", extremes="left out"
    )
    assert (found.phi, found.tau**2) == pytest.approx((2.94803317510, 0.01947753058), rel=1e-9)
    assert found.z == pytest.approx(
        [-0.4539957720, 1.7333245408, 0.5444793815, -0.9921143224, 1.0619216406, 0.1449922469], abs=1e-9
    )
    assert found.low[:3] == pytest.approx([0.7173067511, 0.7186833053, 0.7310926360], abs=1e-9)
    assert found.highest[:3] == pytest.approx([1.6885226717, 1.6834262458, 1.6385953724], abs=1e-9)
    assert found.target == 1
    assert found.value[0] == pytest.approx(100 / 108)


def test_ratios_on_the_root_scale_have_funnelplotrs_scores() -> None:
    found = funnel.rates([100, 150, 180, 80, 120, 225], [108, 112, 165, 95, 100, 220], 1, "additive", scale="root")
    assert (found.phi, found.tau**2) == pytest.approx((2.327178257594, 0.003439780154), rel=1e-9)
    assert found.z == pytest.approx(
        [-0.4976275472, 2.0883095503, 0.6316966898, -1.0567017316, 1.2384216056, 0.1670400777], abs=1e-9
    )
    assert list(found.outside(0.95)) == [0, 1, 0, 0, 0, 0]


def test_shares_on_the_arcsine_scale_have_funnelplotrs_limits() -> None:
    found = funnel.proportions(
        [10, 25, 18, 40, 31, 60], [80, 120, 150, 200, 140, 500], spread="additive", scale="arcsine"
    )
    assert (found.phi, found.tau**2) == pytest.approx((2.29560838376, 0.00245500467), rel=1e-8)
    assert found.low == pytest.approx(
        [0.06496338938, 0.07222584623, 0.07547228208, 0.07895800082, 0.07452184974, 0.08597473258], abs=1e-9
    )
    assert found.high == pytest.approx(
        [0.27368253943, 0.26096327887, 0.25553002231, 0.24985513820, 0.25710549975, 0.23889199542], abs=1e-9
    )
    assert found.z[-1] == pytest.approx(-0.9269567086, abs=1e-9)
    without = funnel.rates([0, 5, 9], [4, 5, 6], 1, scale="log")  # no event has no logarithm: as low as can be
    assert without.outside()[0] == -1


def test_exact_limits_hold_what_they_promise() -> None:
    n = np.arange(20, 400, 7)
    low, high = funnel.exact_limits(n, 0.1)
    inside = stats.binom(n, 0.1).cdf(np.floor(high * n)) - stats.binom(n, 0.1).cdf(np.ceil(low * n) - 1)
    assert inside.mean() == pytest.approx(0.95, abs=0.02)
    assert (np.diff(high) < 0.01).all()
    _, above = funnel.exact_limits([10.0], 1.0, kind="poisson")
    assert float(above[0]) == pytest.approx(1.7, abs=0.1)


@pytest.mark.parametrize(
    ("fewest", "most", "prior"), [(3, 40, None), (20, 400, None), (3, 60, (4, 36)), (20, 400, (40, 160))]
)
def test_units_that_differ_as_usual_are_hardly_ever_flagged(
    fewest: int, most: int, prior: tuple[int, int] | None
) -> None:
    """Of 300 units; by normal limits and Spiegelhalter's winsorised spread as it stands some were flagged in 5 to 95% of samples."""
    rng, flagged = np.random.default_rng(77), []
    for _ in range(60):
        n = rng.integers(fewest, most, 300)
        hits = rng.binomial(n, rng.beta(*prior, 300) if prior else 0.05)
        flagged.append(funnel.flags(funnel.proportions(hits, n, spread="additive").p).any())
        if prior is None:  # as rates of events too
            flagged.append(funnel.flags(funnel.rates(hits, n, spread="additive").p).any())
    assert np.mean(flagged) <= 0.1


def test_units_that_stand_out_are_still_flagged() -> None:
    rng, found, false = np.random.default_rng(78), [], []
    for _ in range(30):
        n, share = rng.integers(20, 400, 300), rng.beta(40, 160, 300)
        share[:15] = 0.5
        flagged = funnel.flags(funnel.proportions(rng.binomial(n, share), n, spread="additive").p)
        found.append(flagged[:15].mean())
        false.append(flagged[15:].sum() / max(flagged.sum(), 1))
    assert np.mean(found) > 0.85
    assert np.mean(false) < 0.06


def test_the_chance_of_a_unit_is_the_exact_one() -> None:
    hits, n = np.array([0, 3, 9, 140, 0]), np.array([12, 12, 12, 1000, 0])
    plain = funnel.proportions(hits, n, target=0.1).p
    for x, size, p in zip(hits[:4], n[:4], plain[:4], strict=True):
        law = stats.binom(size, 0.1)
        assert p == pytest.approx(min(2 * min(law.cdf(x), law.sf(x - 1)), 1))
    assert np.isnan(plain[4])
    for size in (40, 499, 5000):  # the beta-binomial, of large units by the beta of its mean and variance
        x, spread = np.arange(0, size + 1, max(size // 20, 1)), 0.02
        law = stats.betabinom(size, 0.2 * (1 / spread - 1), 0.8 * (1 / spread - 1))
        expected = np.minimum(2 * np.minimum(law.cdf(x), law.sf(x - 1)), 1)
        found = funnel._of_shares(x.astype(float), np.full(len(x), float(size)), 0.2, np.full(len(x), spread * 0.16))
        assert found == pytest.approx(expected, abs=1e-9 if size < 500 else 1e-3)
    law = stats.nbinom(4, 4 / (4 + 6))
    found = funnel._of_rates(np.array([0.0, 6, 30]), np.full(3, 6.0), 1.0, np.full(3, 0.25))
    assert found == pytest.approx([min(2 * min(law.cdf(x), law.sf(x - 1)), 1) for x in (0, 6, 30)])
    assert list(funnel.proportions([0, 0], [4, 5], target=0.0).p) == [1, 1]
    assert list(funnel.rates([0, 1], [4, 5], target=0.0).p) == [1, 0]


def test_pulled_in_extremes_are_made_up_for() -> None:
    z = stats.norm.ppf((np.arange(100_000) + 0.5) / 100_000)
    for extremes in ("pulled in", "left out"):
        whole = funnel._unwinsorised(0.1, extremes)  # type: ignore[arg-type]
        assert funnel.overdispersion(z, np.ones(len(z)), 0.1, extremes, whole)[0] == pytest.approx(1, abs=1e-3)  # type: ignore[arg-type]
    assert funnel._unwinsorised(0.0, "pulled in") == 1


def test_the_false_discovery_rate_is_the_published_procedure() -> None:
    assert list(np.flatnonzero(funnel.flags(FIFTEEN))) == [0, 1, 2, 3]
    assert list(funnel.flags([np.nan, 0.001])) == [False, True]


@given(st.lists(st.floats(0, 1), min_size=1, max_size=30))
def test_adjusted_p_values_are_those_of_statsmodels(p: list[float]) -> None:
    assert funnel.adjusted(p) == pytest.approx(multipletests(p, method="fdr_bh")[1])


def test_few_or_equal_referrers_have_the_number_they_are() -> None:
    assert concentration.effective_number([10, 10, 10, 10])[0] == pytest.approx(4)
    assert concentration.effective_number([100]) == pytest.approx((1, 1, 0.025 ** (-2 / 100)))
    assert concentration.effective_number([90, 10])[0] == pytest.approx(1 / 0.82)
    assert np.isnan(concentration.effective_number([0, 0])).all()


@pytest.mark.parametrize(
    ("referrers", "evenness", "referrals"),
    [
        (30, 0.6, 300),
        (30, 0.6, 80),
        (200, 0.3, 200),
        (60, 5.0, 100),
        (8, 20.0, 30),
        (5, 1.0, 12),
        (5, 1.0, 40),
        (8, 0.3, 40),
    ],
)
def test_the_interval_of_the_effective_number_covers_where_referrals_are_few(
    referrers: int, evenness: float, referrals: int
) -> None:
    rng = np.random.default_rng(6)
    held = 0
    for share in rng.dirichlet(np.full(referrers, evenness), size=500):
        value, low, high = concentration.effective_number(rng.multinomial(referrals, share))
        held += low <= 1 / (share**2).sum() <= high
        assert low <= value <= high
    assert held / 500 >= 0.92


@pytest.mark.parametrize(
    "share", [(0.7, 0.3), (0.9, 0.025, 0.025, 0.025, 0.025), (0.7, 0.1, 0.1, 0.05, 0.05), (0.5, 0.2, 0.15, 0.1, 0.05)]
)
def test_one_large_referrer_among_few_does_not_make_the_interval_too_short(share: tuple[float, ...]) -> None:
    """Of 40 referrals; on the log scale alone, with the normal quantile and the variance at the shares seen, .86 to .92."""
    rng, truth = np.random.default_rng(12), 1 / np.square(share).sum()
    found = [concentration.effective_number(counts) for counts in rng.multinomial(40, share, 600)]
    assert np.mean([low <= truth <= high for _, low, high in found]) >= 0.925


def test_referrers_who_never_referred_twice_have_no_upper_end() -> None:
    value, low, high = concentration.effective_number([1] * 20)
    assert (value, low, high) == (pytest.approx(20), value, np.inf)
    assert concentration.effective_number([1]) == (1, 1, np.inf)


def test_one_referrer_alone_does_not_show_that_there_is_no_other() -> None:
    """Five referrals of one practice come of two equal ones in one of sixteen samples: 2 lies within."""
    assert concentration.effective_number([0, 5]) == pytest.approx((1, 1, 4.3734), abs=1e-4)
    rng = np.random.default_rng(90_211)
    for share in ([0.9, 0.1], [0.8, 0.15, 0.05], [0.97, 0.01, 0.01, 0.01]):
        truth = 1 / np.square(share).sum()
        found = [concentration.effective_number(rng.multinomial(6, share)) for _ in range(400)]
        assert np.mean([low <= truth <= high for _, low, high in found]) >= 0.87


def test_the_interval_is_about_simpsons_unbiased_sum() -> None:
    counts = np.array([12.0, 5, 3, 1, 1])
    value, low, high = concentration.effective_number(counts)
    assert value == pytest.approx(22**2 / (counts**2).sum())
    unbiased = (counts * (counts - 1)).sum() / (22 * 21)
    assert low < value < 1 / unbiased < high
    half = np.log(1 / low / unbiased)
    odds = np.log(unbiased / (1 - unbiased)) - np.log((1 / high) / (1 - 1 / high))
    assert odds == pytest.approx(half / (1 - unbiased))
    # Of the shares that the counts leave possible these are the ones of which Simpson's sum is right on average.
    shares = concentration._evened(counts, 1 / value, unbiased)
    assert ((shares**2).sum(), shares.sum()) == (pytest.approx(unbiased), pytest.approx(1))


@pytest.mark.parametrize(
    ("referrers", "evenness", "referrals"), [(200, 0.3, 200), (30, 0.6, 80), (20, 5.0, 40), (400, 1.0, 2000)]
)
def test_the_largest_are_so_partly_by_chance(referrers: int, evenness: float, referrals: int) -> None:
    """What the five largest seen will go on to hold, and what the truly largest do; Wilson's interval held .55 of the first."""
    rng, held = np.random.default_rng(8), []
    for share in rng.dirichlet(np.full(referrers, evenness), size=300):
        count = rng.multinomial(referrals, share)
        value, low, high = concentration.top_share(count)
        assert low <= value <= high
        these, largest = share[np.argsort(-count, kind="stable")[:5]].sum(), np.sort(share)[-5:].sum()
        held.append((low <= these <= high, low <= largest <= high))
    assert np.mean(held, axis=0).min() >= 0.92


def test_a_referral_left_out_counts_if_its_sender_stays_among_the_largest() -> None:
    plain = []
    for count in ([9, 7, 5, 4, 4, 3], [4, 4, 4, 3, 3, 3], [5, 4, 3, 3, 1, 1], [2, 2, 2, 2]):
        x, kept = np.array(count, float), 0.0
        for sender in range(len(x)):
            less = x - (np.arange(len(x)) == sender)
            others, places = (less > less[sender]).sum(), 3
            alike = (less == less[sender]).sum()
            kept += x[sender] * np.clip((places - others) / alike, 0, 1)
        beyond = max(1 - x.mean() / x.var(ddof=1), 0) if x.var() > 0 else 0
        drawn = 3 * x.mean() + beyond * (x[:3].sum() - 3 * x.mean())
        plain.append((kept + drawn) / 2)
        assert concentration._lasting(x, 3) == pytest.approx(plain[-1])


def test_the_top_share_is_of_the_largest() -> None:
    value, low, high = concentration.top_share([5, 50, 1, 1, 40, 3], top=2)
    assert value == pytest.approx(0.9)
    assert low < value < high
    assert concentration.top_share([3, 4], top=5)[0] == 1
    assert np.isnan(concentration.top_share([], top=5)).all()
