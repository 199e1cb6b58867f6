"""Who has stopped: the models against published figures, the fit against those it was made of."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import integrate, optimize

from pipelines.statistics import lapse, pareto, rounds
from pipelines.statistics.gate import TooLittle
from pipelines.statistics.lapse import Lapse

# CDNOW, weeks: MBG/NBD (R's BTYDplus, Python's lifetimes) and BG/NBD (Fader, Hardie & Lee 2005).
CDNOW = Lapse(r=0.52484, alpha=6.18299, a=0.89136, b=1.61400)
CDNOW_BG = Lapse(r=0.243, alpha=4.414, a=0.793, b=2.426, kind="bg")


def simulated(
    rng: np.random.Generator, size: int, truth: Lapse
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """(repeats, time of last, observed for, still active) of units that live as the model says."""
    rate, chance = rng.gamma(truth.r, 1 / truth.alpha, size), rng.beta(truth.a, truth.b, size)
    total = rng.uniform(60, 150, size)
    repeats, last = np.zeros(size), np.zeros(size)
    clock, alive = np.zeros(size), rng.random(size) >= chance
    running = alive.copy()
    while running.any():
        clock = clock + rng.exponential(1 / np.maximum(rate, 1e-12))
        running &= clock <= total
        repeats, last = repeats + running, np.where(running, clock, last)
        stops = running & (rng.random(size) < chance)
        alive &= ~stops
        running &= ~stops
    return repeats, last, total, alive


def test_the_chance_of_being_active_is_the_published_one() -> None:
    assert float(CDNOW.p_active(2, 30.43, 38.86)) == pytest.approx(0.70612626, abs=1e-5)


def test_the_expected_repeats_are_the_published_ones() -> None:
    fitted = Lapse(r=0.242594, alpha=4.413595, a=0.792922, b=2.425912, kind="bg")
    found = fitted.expected([0.1429, 1, 3, 31.8571, 32, 78])
    assert found == pytest.approx([0.0078, 0.0532, 0.1506, 1.0405, 1.0437, 1.8576], abs=5e-4)


def test_the_expected_purchases_of_one_customer_are_the_published_ones() -> None:
    # Fader, Hardie & Lee 2005: two repeats, the last at 30.43 of 38.86 weeks, 39 weeks ahead.
    assert float(CDNOW_BG.expected_next(2, 30.43, 38.86, 39)) == pytest.approx(1.226, abs=2e-3)


def test_a_busy_customer_and_a_new_one_are_as_the_walkthrough_prints_them() -> None:
    # R's BTYD on the same purchases: 26 repeats, the last at 30.86 of 31 weeks, a year ahead; and somebody new.
    fitted = Lapse(r=0.2425945, alpha=4.4136019, a=0.7929199, b=2.4258881, kind="bg")
    assert float(fitted.expected(52)) == pytest.approx(1.444, abs=5e-4)
    assert float(fitted.expected_next(26, 30.86, 31, 52)) == pytest.approx(25.76, abs=5e-3)


@pytest.mark.parametrize("kind", ["mbg", "bg"])
def test_expectations_agree_with_adding_up_the_chances(kind: str) -> None:
    model = Lapse(r=0.8, alpha=5.0, a=1.3, b=2.9, kind=kind)  # type: ignore[arg-type]
    rng = np.random.default_rng(4)
    size, ahead = 200_000, 30.0
    rate, chance = rng.gamma(0.8, 1 / 5.0, size), rng.beta(1.3, 2.9, size)
    alive = rng.random(size) >= chance if kind == "mbg" else np.ones(size, bool)
    clock, seen = np.zeros(size), np.zeros(size)
    while alive.any():
        clock = clock + rng.exponential(1 / rate)
        alive &= clock <= ahead
        seen += alive
        alive &= rng.random(size) >= chance
    assert float(model.expected(ahead)) == pytest.approx(seen.mean(), abs=0.02)


def test_silence_ahead_is_certain_for_the_lapsed_and_fades_for_the_active() -> None:
    p = float(CDNOW.p_active(2, 30.43, 38.86))
    assert float(CDNOW.p_silent(2, 30.43, 38.86, 0)) == pytest.approx(1.0)
    later = float(CDNOW.p_silent(2, 30.43, 38.86, 12))
    assert later == pytest.approx(1 - p + p * ((6.18299 + 38.86) / (6.18299 + 50.86)) ** 2.52484)
    assert float(CDNOW.p_silent(2, 30.43, 38.86, 1e9)) == pytest.approx(1 - p, abs=1e-6)


def test_in_the_comparison_model_a_single_referral_means_active_for_ever() -> None:
    assert float(CDNOW_BG.p_active(0, 0, 500)) == 1.0
    assert float(CDNOW.p_active(0, 0, 500)) < 0.2


@pytest.mark.parametrize("kind", ["mbg", "bg"])
def test_the_fit_does_not_depend_on_the_unit_of_time(kind: str) -> None:
    x, last, total, _ = simulated(np.random.default_rng(12), 800, Lapse(1.0, 7.0, 1.0, 4.0))
    weeks, days = lapse.fit(x, last, total, kind), lapse.fit(x, last * 7, total * 7, kind)  # type: ignore[arg-type]
    assert (days.r, days.alpha / 7, days.a, days.b) == pytest.approx((weeks.r, weeks.alpha, weeks.a, weeks.b), rel=1e-3)
    assert days.log_likelihood == pytest.approx(weeks.log_likelihood - x.sum() * math.log(7), abs=1e-3)


@pytest.mark.parametrize("kind", ["mbg", "bg"])
def test_the_gradient_is_that_of_the_likelihood(kind: str) -> None:
    rows = np.array([[0, 0, 30], [1, 4, 30], [5, 22, 39], [12, 38, 39]], float)
    n, place = np.unique(rows[:, 0], return_inverse=True)
    weight, logs = np.array([9.0, 3, 2, 1]), np.log([0.6, 5.0, 0.8, 1.9])
    _, gradient = lapse._loss(logs, rows, weight, n, place, kind)
    numeric = optimize.approx_fprime(logs, lambda at: lapse._loss(at, rows, weight, n, place, kind)[0], 1e-7)
    assert gradient == pytest.approx(numeric, abs=1e-5)


def test_the_fit_recovers_whom_it_was_made_of() -> None:
    truth = Lapse(r=1.4, alpha=6.0, a=1.0, b=6.0)
    x, last, total, active = simulated(np.random.default_rng(3), 6000, truth)
    model = lapse.fit(x, last, total)
    assert (model.r, model.alpha) == pytest.approx((truth.r, truth.alpha), rel=0.15)
    p = model.p_active(x, last, total)
    assert p.mean() == pytest.approx(active.mean(), abs=0.02)
    for low in (0.0, 0.25, 0.5, 0.75):  # what it calls 60% is active about 60% of the time
        band = (p >= low) & (p < low + 0.25)
        assert p[band].mean() == pytest.approx(active[band].mean(), abs=0.08)


@pytest.mark.parametrize("x", [np.ones(99), np.zeros(500)], ids=["too few", "no repeaters"])
def test_below_the_gate_the_refusal_says_what_is_missing(x: np.ndarray) -> None:
    with pytest.raises(TooLittle, match="needs 100 referrers of whom 30 came back; there are"):
        lapse.fit(x, x * 3, np.full(len(x), 50.0))


def test_a_history_that_cannot_be_is_refused() -> None:
    with pytest.raises(ValueError, match="not after today"):
        lapse.fit([1, 2], [3, 9], [5, 5])


# CDNOW again, weeks: Pareto/NBD (Fader & Hardie 2005; .553, 10.578, .606, 11.669 in the tests of Python's lifetimes).
CDNOW_PARETO = pareto.Pareto(r=0.55315, alpha=10.57633, s=0.60625, beta=11.67150)


def test_who_may_stop_at_any_time_has_the_published_chances_and_expectations() -> None:
    assert float(CDNOW_PARETO.p_active(26, 30.86, 31)) == pytest.approx(0.9979, abs=5e-5)
    assert float(CDNOW_PARETO.expected(52)) == pytest.approx(1.473, abs=5e-4)
    assert float(CDNOW_PARETO.expected_next(26, 30.86, 31, 52)) == pytest.approx(25.46, abs=5e-3)


def test_the_paradox_of_many_purchases_is_as_the_walkthrough_prints_it() -> None:
    """R's BTYD walkthrough: who bought more often by week 20 and not since is likelier gone, at its estimates of three digits."""
    walked = pareto.Pareto(r=0.553, alpha=10.580, s=0.606, beta=11.656)
    assert walked.expected_next([10, 15, 20, 25], 20, 39, 52) == pytest.approx(
        [0.7062289, 0.1442396, 0.02250658, 0.00309267], rel=1e-3
    )
    assert walked.expected_next(26, 30.85714, 31, 52) == pytest.approx(25.45647, rel=5e-4)
    assert walked.p_active([0, 26], [0, 30.85714], [39, 31]) == pytest.approx([0.2941633, 0.997874], abs=5e-4)


@pytest.mark.parametrize(("alpha", "beta"), [(10.0, 40.0), (40.0, 10.0), (20.0, 20.0)])
def test_the_chance_is_that_of_the_integral_it_stands_for(alpha: float, beta: float) -> None:
    r, s, x, last, total = 0.7, 0.9, 4, 21.0, 39.0
    late = integrate.quad(lambda at: s / ((beta + at) ** (s + 1) * (alpha + at) ** (r + x)), last, total)[0]
    stays = 1 / ((beta + total) ** s * (alpha + total) ** (r + x))
    found = pareto.Pareto(r, alpha, s, beta).p_active(x, last, total)
    assert float(found) == pytest.approx(stays / (stays + late), rel=1e-9)


def test_a_pareto_fit_recovers_whom_it_was_made_of() -> None:
    rng, truth = np.random.default_rng(8), pareto.Pareto(r=1.2, alpha=8.0, s=0.9, beta=30.0)
    rate, until = (
        rng.gamma(truth.r, 1 / truth.alpha, 4000),
        rng.exponential(1 / rng.gamma(truth.s, 1 / truth.beta, 4000)),
    )
    total = rng.uniform(60, 150, 4000)
    watched = np.minimum(until, total)
    x = rng.poisson(rate * watched)
    last = np.where(x > 0, watched * rng.random(4000) ** (1 / np.maximum(x, 1)), 0.0)
    found = pareto.fit(x, last, total)
    assert (found.r, found.alpha) == pytest.approx((truth.r, truth.alpha), rel=0.15)
    assert found.p_active(x, last, total).mean() == pytest.approx((until > total).mean(), abs=0.02)
    with pytest.raises(TooLittle, match="needs 100 referrers"):
        pareto.fit([1], [2], [3])


# Fader, Hardie & Shang 2010, table 2: donations in the six years after the first, (taken, last taken, people).
DONORS = np.array([
    (6, 6, 1203), (5, 6, 728), (4, 6, 512), (3, 6, 357), (2, 6, 234), (1, 6, 129), (5, 5, 335), (4, 5, 284), (3, 5, 225), (2, 5, 173), (1, 5, 119),
    (4, 4, 240), (3, 4, 181), (2, 4, 155), (1, 4, 78), (3, 3, 322), (2, 3, 255), (1, 3, 129), (2, 2, 613), (1, 2, 277), (1, 1, 1091), (0, 0, 3464),
]).T  # fmt: skip


def test_the_donors_model_is_the_published_one() -> None:
    taken, last, people = DONORS
    found = rounds.fit(taken, last, np.full(len(taken), 6), people)
    assert (found.alpha, found.beta, found.gamma, found.delta) == pytest.approx((1.204, 0.750, 0.657, 2.783), abs=6e-4)
    assert found.log_likelihood == pytest.approx(-33225.6, abs=0.05)
    # As R's BTYD walkthrough prints them.
    assert found.expected(10) == pytest.approx(3.1799, abs=2e-4)
    assert found.expected_next([0, 4], [0, 5], 6, 10) == pytest.approx([0.1302, 3.6279], abs=2e-4)
    # Of the paper's table of expected donations in the next five years, its ends.
    assert found.expected_next([0, 6], [0, 6], 6, 5) == pytest.approx([0.07, 3.75], abs=0.005)


def test_a_new_donor_gives_as_often_as_hardies_spreadsheet_says() -> None:
    # Its sheet "Tracking Plot" (brucehardie.com, note 10), as the tests of Python's pymc-marketing have it.
    model = rounds.Rounds(1.2035, 0.7497, 0.6567, 2.7834)
    printed = [0.4985, 0.9233, 1.2969, 1.6323, 1.9381, 2.2202, 2.4826, 2.7285, 2.9603, 3.1798, 3.3887]
    assert model.expected(np.arange(1, 12)) == pytest.approx(printed, abs=1.1e-4)


@pytest.mark.parametrize(("x", "last", "printed"), [(0, 0.0, -0.41792826), (200, 38.0, 100.7869)])
def test_the_likelihood_of_one_history_is_the_published_one(x: int, last: float, printed: float) -> None:
    # Python's pymc-marketing, after Fader & Hardie's note on overflow: MBG/NBD with a .8, b 2.5, r .25, alpha 4; of 40 weeks.
    rows, place = np.array([[x, last, 40.0]]), np.zeros(1, np.intp)
    found, _ = lapse._loss(np.log([0.25, 4.0, 0.8, 2.5]), rows, np.ones(1), np.array([float(x)]), place, "mbg")
    assert -found == pytest.approx(printed, abs=5e-5)


def test_the_next_occasion_is_taken_by_whoever_is_active_then() -> None:
    model = rounds.Rounds(1.3, 0.8, 1.0, 2.5)
    assert model.expected(1) == pytest.approx(1.3 / 2.1 * 2.5 / 3.5)
    rate = (model.alpha + 2) / (model.alpha + model.beta + 5)  # taken, if active
    assert model.expected_next(2, 3, 5, 1) == pytest.approx(float(model.p_active(2, 3, 5)) * rate, rel=1e-5)


def test_more_occasions_taken_than_there_were_are_refused() -> None:
    with pytest.raises(ValueError, match="occasions"):
        rounds.fit([3, 0], [2, 0], [6, 6])


def test_the_chance_of_being_active_is_the_share_that_is() -> None:
    """Whom the model fitted to these same referrers calls so likely active is so often."""
    x, last, total, alive = simulated(np.random.default_rng(33), 6000, Lapse(r=0.8, alpha=12.0, a=2.0, b=3.0))
    said = lapse.fit(x, last, total).p_active(x, last, total)
    for low, high in ((0.0, 0.1), (0.1, 0.3), (0.3, 0.5), (0.5, 0.7)):
        here = (said >= low) & (said < high)
        assert here.sum() > 100
        assert alive[here].mean() == pytest.approx(said[here].mean(), abs=0.08)
