"""What the methods claim, in worlds whose truth is known, against the usual rules. Small here; ``slow`` runs it large."""

from __future__ import annotations

import numpy as np
import pytest

from pipelines.statistics import delay, outreach, recruitment
from simulators import dormancy, reporting
from simulators import outreach as visits
from simulators import recruitment as studies

SIZES = [pytest.param(1, id="small"), pytest.param(5, id="large", marks=pytest.mark.slow)]


@pytest.mark.parametrize("scale", SIZES)
def test_lapses_are_noticed_with_far_fewer_referrals_lost_at_equal_false_alarms(scale: int) -> None:
    saved = []
    for seed in range(scale):
        fixed, own = dormancy.at_equal_false_alarms(dormancy.world(seed + 100, 1200 * scale))
        assert own.false_alarms <= fixed.false_alarms * 1.02
        saved.append(1 - own.lost / fixed.lost)
    assert np.mean(saved) > (0.44 if scale > 1 else 0.38)


def test_the_budget_of_false_alarms_is_kept_where_the_fixed_rule_breaks_any() -> None:
    world = dormancy.world(3, 1500)
    own = dormancy.score(world, dormancy.own_rhythm(world, 0.10))
    assert own.false_alarms < 0.13
    assert dormancy.score(world, np.full(world.times.shape, 90.0)).false_alarms > 0.3


@pytest.mark.parametrize("scale", SIZES)
def test_recruitment_intervals_hold_what_comes(scale: int) -> None:
    found = list(studies.coverage(seed=17, repeats=6 if scale == 1 else 120))
    inner, outer = np.mean([row[2] for row in found]), np.mean([row[3] for row in found])
    margin = 0.08 if scale == 1 else 0.0
    assert 0.76 - margin <= inner <= 0.86 + margin
    assert 0.92 - margin <= outer <= 0.97 + margin
    if scale > 1:
        assert min(row[2] for row in found) > 0.6


def test_a_straight_line_misses_while_sites_open() -> None:
    rng = np.random.default_rng(2)
    cut, until = 3 * recruitment.MONTH, 9 * recruitment.MONTH
    held = []
    for _ in range(40):
        study = studies.study(rng, 50, 9, 0.0)
        low, high = studies.straight_line(study, cut, until)
        held.append(low <= np.sum(np.asarray(study.day) <= until) <= high)
    assert np.mean(held) < 0.2


@pytest.mark.parametrize("scale", SIZES)
def test_visits_that_do_nothing_show_no_effect_where_usual_comparisons_show_a_large_one(scale: int) -> None:
    found = [outreach.matched_lift(*visits.network(seed, size=1500)) for seed in range(2 * scale)]
    assert min(one.before_after for one in found) > 0.6
    assert min(one.unmatched for one in found) > 0.6
    assert abs(np.mean([one.relative for one in found])) < 0.06
    assert np.mean([one.low <= 0 <= one.high for one in found]) >= (0.5 if scale == 1 else 0.8)


@pytest.mark.parametrize("scale", SIZES)
def test_recent_weeks_that_look_half_empty_are_corrected(scale: int) -> None:
    gaps, raw = [], []
    for seed in range(4 * scale):
        happened, late = reporting.weeks(seed)
        found = delay.to_date(delay.triangle(happened, late, 51, 8))
        truth = np.bincount(happened, minlength=52)
        raw.append(found.latest[-4:].sum() / truth[-4:].sum())
        gaps.append(found.ultimate[-4:].sum() / truth[-4:].sum() - 1)
        assert np.allclose(found.ultimate[:-8], truth[:-8])
    assert np.mean(raw) < 0.65
    assert abs(np.mean(gaps)) < 0.08
