"""What every method has in common: it answers what was asked, or says that it does not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from pipelines.statistics import (
    concentration,
    delay,
    differences,
    dormancy,
    drift,
    funnel,
    lapse,
    nps,
    outreach,
    pareto,
    proportions,
    quantiles,
    rates,
    recruitment,
    shrinkage,
    spc,
    surveys,
    survival,
    words,
    workdays,
)  # fmt: skip

MANY = np.r_[np.ones(60), np.zeros(60)]
PANEL = np.arange(40.0).reshape(10, 4)
TRIANGLE = [[1, 2, 3], [2, 3, np.nan], [3, np.nan, np.nan]]
MISSPELT: dict[str, Callable[[], Any]] = {
    "scale": lambda: survival.kaplan_meier([1, 2, 3], [1, 1, 0]).interval(scale="arcsin"),  # type: ignore[arg-type]
    "scale of an incidence": lambda: survival.incidence_interval([0.2], [0.01], scale="loglog"),  # type: ignore[arg-type]
    "weighing": lambda: survival.log_rank([1, 2], [1, 1], [0, 1], weighing="wilcoxon"),  # type: ignore[arg-type]
    "spread": lambda: funnel.proportions([1, 2], [10, 20], spread="random"),  # type: ignore[arg-type]
    "scale of shares": lambda: funnel.proportions([1, 2], [10, 20], scale="log"),  # type: ignore[arg-type]
    "scale of rates": lambda: funnel.rates([1, 2], [10, 20], scale="arcsine"),  # type: ignore[arg-type]
    "extremes": lambda: funnel.rates([1, 2], [10, 20], extremes="trimmed"),  # type: ignore[arg-type]
    "law": lambda: funnel.exact_limits([10], 0.2, kind="normal"),  # type: ignore[arg-type]
    "model": lambda: lapse.fit(MANY, MANY, np.full(120, 5.0), kind="pareto"),  # type: ignore[arg-type]
    "model of known parameters": lambda: lapse.Lapse(1, 1, 1, 1, kind="bgnbd"),  # type: ignore[arg-type]
    "last variance": lambda: delay.chain_ladder(TRIANGLE, last="loglinear"),  # type: ignore[arg-type]
    "book": lambda: drift.rules([1, 2, 3], 0, 1, book="westgard"),  # type: ignore[arg-type]
    "rules": lambda: drift.shewhart_run_length(rules_of="westgard"),  # type: ignore[arg-type]
    "sides": lambda: drift.cusum_run_length(sides=3),  # type: ignore[arg-type]
    "control group": lambda: differences.group_time(PANEL, [2, np.inf] * 5, control="notyettreated"),  # type: ignore[arg-type]
    "base": lambda: differences.group_time(PANEL, [2, np.inf] * 5, base="long"),  # type: ignore[arg-type]
}


@pytest.mark.parametrize("option", MISSPELT)
def test_an_option_that_is_none_is_refused_and_never_taken_for_another(option: str) -> None:
    with pytest.raises(ValueError, match="is one of"):
        MISSPELT[option]()


CANNOT_BE: dict[str, Callable[[], Any]] = {
    "more hits than people in a funnel": lambda: funnel.proportions([5, 2], [3, 10]),
    "fewer events than none in a funnel": lambda: funnel.rates([-1, 5], [3, 10]),
    "more hits than people, shrunken": lambda: shrinkage.shares_allowing([5, 2, 1], [3, 10, 9]),
    "events below none, shrunken": lambda: shrinkage.event_rates([-1, 2, 1], [3, 10, 9]),
    "events below none": lambda: rates.byar(-1, 1),
    "promoters below none": lambda: nps.adjusted_wald(-1, 3, 2),
    "more hits than people on a chart": lambda: spc.p_chart([5, 2], [3, 10]),
    "counts below none on a chart": lambda: spc.c_chart([-5, 2]),
    "small counts below none": lambda: spc.counts([-5, 2]),
    "referrals below none": lambda: concentration.effective_number([-1, 5]),
    "the largest below none": lambda: concentration.top_share([-1, 5]),
    "occurrences below none": lambda: quantiles.of_counts([1, 2], [-1, 3], 0.5),
    "people below none": lambda: survival.kaplan_meier([1, 2], [1, 0], weight=[-1, 2]),
    "words below none": lambda: words.log_odds([-1, 2], [3, 4], [5, 6]),
    "answers below none": lambda: proportions.paired_difference(-1, 2, 3, 4),
    "an entry that is not known": lambda: survival.kaplan_meier([3, 4], [1, 1], entry=[np.nan, 0]),
    "who came once and later again": lambda: lapse.fit(MANY, np.full(120, 2.0), np.full(120, 5.0)),
}


@pytest.mark.parametrize("what", CANNOT_BE)
def test_numbers_that_cannot_be_give_no_figure(what: str) -> None:
    with pytest.raises(ValueError, match=r"cannot be below 0|between 0 and n|must be known|who came once"):
        CANNOT_BE[what]()


def test_two_rates_of_which_one_was_never_watched_have_no_ratio() -> None:
    assert np.isnan(rates.ratio((1, 3), (0, 10))).all()


X = np.nan
CURVE = survival.kaplan_meier([5, 6, 6, 2, 9, 12], [1, 0, 1, 1, 1, 0])
CADENCE: dict[str, Any] = {
    "silent": [5.0, 9.0],
    "alarm": [30.0, 40.0],
    "per_month": [1.0, 2.0],
    "known_for": [300.0, 400.0],
}


def _lift(**changed: Any) -> Any:
    counts = np.ones((30, 20))
    return outreach.matched_lift(**{"counts": counts, "visit": np.r_[np.full(10, 12.0), np.full(20, X)]} | changed)


def _forecast(
    target: float = 20, cut: float = 60, horizon: float = 3650, deadline: float | None = None, **changed: Any
) -> Any:
    study = {"opened": [0, 0, 10], "site": [0, 0, 1, 1, 2, 2, 0], "day": [5, 9, 8, 20, 30, 40, 50]} | changed
    return recruitment.forecast(recruitment.Study(**study), cut, target, deadline, horizon=horizon, draws=50)  # type: ignore[arg-type]


# Each gave a figure, or passed for nothing to report: of others than it said, of a day that was not simulated, or of no one.
PASSED_FOR_A_FIGURE: dict[str, Callable[[], Any]] = {
    "hits of a share that nobody could have": lambda: proportions.share([6, 5], [0.5, 20]),
    "infinite hits": lambda: proportions.wilson(3, np.inf),
    "infinitely many in a funnel": lambda: funnel.proportions([5, 6], [20, np.inf]),
    "a unit of a funnel that is not known": lambda: funnel.proportions([5, X], [20, 30]),
    "an exposure of a funnel that is not known": lambda: funnel.rates([5, 6], [20, X]),
    "a negative error in a funnel": lambda: funnel.scores([5, 6], [20, -1], 1),
    "a chance above 1": lambda: funnel.adjusted([0.1, 3]),
    "events of a prior that are not known": lambda: rates.gamma_prior([5, X], [20, 30]),
    "exposure of a prior below none": lambda: rates.gamma_prior([5, 6], [20, -1]),
    "a negative error, shrunken": lambda: shrinkage.means([5, 6, 7, 8], [1, -1, 1, 1]),
    "a figure that is not known, shrunken": lambda: shrinkage.means([5, X, 7, 8], [1, 1, 1, 1]),
    "rates of fewer units than exposures": lambda: shrinkage.event_rates([5, 6, 7], [20, 30, 40, 50]),
    "part of an occurrence": lambda: quantiles.of_counts([1, 2], [0.6, 1.5], 0.5),
    "occurrences that are not known": lambda: quantiles.of_counts([1, 2], [X, 1], 0.5),
    "a quantile below 0": lambda: quantiles.of_counts([1, 2], [1, 1], -1),
    "a point of a chart that is not known": lambda: spc.xmr([3, X, 5]),
    "a count of a chart that is not known": lambda: spc.c_chart([3, X, 5]),
    "a size of none on a chart": lambda: spc.u_chart([3, 4], [0, 5]),
    "counts of no exposure": lambda: spc.counts([1, 2], [0, 0]),
    "a month of a series that is not known": lambda: spc.series([X, *range(12)]),
    "a sum over a point that is not known": lambda: drift.cusum([3, X, 5], 4),
    "a word that is not known": lambda: words.log_odds([5, X], [6, 7], [8, 9]),
    "a prior of negative weight": lambda: words.log_odds([5, 4], [6, 7], [8, 9], -1),
    "a weekday below none": lambda: workdays.weekday_index([1, -1, 3, 4, 5, 0, 0], [4] * 7),
    "a stratum of which nobody knows how many there are": lambda: surveys.post_stratified(
        [1, 2], [1, 1], [5, 6], [50, X]
    ),
    "a stratum of fewer than none": lambda: surveys.post_stratified_share([1, 2], [5, 6], [50, -60]),
    "a variance that is not known": lambda: surveys.post_stratified([1, 2], [1, X], [5, 6], [50, 60]),
    "a variance below 0": lambda: surveys.post_stratified([1, 2], [1, -1], [5, 6], [50, 60]),
    "fewer hits than none in a stratum": lambda: surveys.post_stratified_share([-1, 2], [5, 6], [50, 60]),
    "part of a stratum": lambda: surveys.weighted_mean([1.0] * 10, [0.5] * 10, [50, 60]),
    "an answer that is not known": lambda: surveys.weighted_mean([X] + [1.0] * 9, [0] * 5 + [1] * 5, [50, 60]),
    "a gap within a period": lambda: delay.chain_ladder([[1, X, 3], [2, 3, X], [3, X, X]]),
    "a tail below 0": lambda: delay.chain_ladder(np.array(TRIANGLE), -1),
    "part of a delay": lambda: delay.triangle([0, 1.7], [0, 1], 3, 3),
    "facts of no exposure": lambda: delay.cape_cod(np.array(TRIANGLE), 0),
    "an outcome that is not known": lambda: differences.group_time(np.where(PANEL == 7, X, PANEL), [2, np.inf] * 5),
    "periods out of order": lambda: differences.group_time(PANEL, [2, np.inf] * 5, [3, 1, 2, 0]),
    "groups of fewer than there are": lambda: differences.group_time(PANEL, [2, np.inf]),
    "an error below 0": lambda: differences.of_means((1, -0.1), (1, 0.1), (1, 0.1), (1, 0.1)),
    "a month that is not known": lambda: _lift(counts=np.full((30, 20), X)),
    "a visit within no month": lambda: _lift(visit=np.full(30, 12.5)),
    "a visit before all time": lambda: _lift(visit=np.full(30, -np.inf)),
    "part of a site": lambda: _forecast(site=[0, 0, 1, 1, 1.7, 2, 0]),
    "a pause that ends before it begins": lambda: _forecast(pauses=[(0, 30, 20)]),
    "a pause of no site": lambda: _forecast(pauses=[(9, 10, 20)]),
    "a pause from nobody knows when": lambda: _forecast(pauses=[(0, X, 20)]),
    "a site's most below none": lambda: _forecast(caps=[5, -5, 3]),
    "closings of fewer sites": lambda: _forecast(closed=[50]),
    "a target that is not known": lambda: _forecast(target=X),
    "a deadline that is not known": lambda: _forecast(deadline=X),
    "a day beyond the horizon": lambda: _forecast(horizon=100).at(999),
    "no day of a forecast": lambda: _forecast().at(X),
    "a time before the beginning": lambda: survival.kaplan_meier([3, -1], [1, 1]),
    "times out of order": lambda: survival.aalen_johansen([3, 1, 2], [1, 0, 1], [1, 1, 0]),
    "a curve's times twice": lambda: survival.curve([1, 1, 2], [1, 0, 1], [1, 1, 0]),
    "fewer times than counts": lambda: survival.aalen_johansen([1, 2], [1, 0, 1], [1, 1, 0]),
    "fewer groups than times": lambda: survival.log_rank([1, 2, 3], [1, 1, 1], [0, 1]),
    "a time nobody asked for": lambda: CURVE.at(X),
    "a horizon before the beginning": lambda: CURVE.mean_until(-3),
    "an infinite cause": lambda: survival.counts([1, 2], [1, np.inf], 1),
    "a silence that is not known": lambda: dormancy.states(
        **CADENCE | {"silent": [X, 9.0]}, returned=[False] * 2, told=[False] * 2
    ),
    "an alarm that is not known": lambda: dormancy.states(
        **CADENCE | {"alarm": [X, 9.0]}, returned=[False] * 2, told=[False] * 2
    ),
    "no false alarms at all": lambda: dormancy.alarm_gap([2], [30], 0),
    "a prior of fewer than none": lambda: dormancy.moments_prior([-1, 5], [20, 30]),
    "a rate below none": lambda: dormancy.silence_chance(2, -3, 4),
    "a chance of being active below 0": lambda: dormancy.flag([-1, 0.2]),
    "a model of negative parameters": lambda: lapse.Lapse(-1, 6, 0.9, 1.6),
    "another model of negative parameters": lambda: pareto.Pareto(-1, 6, 0.9, 1.6),
    "the last after today": lambda: lapse.Lapse(0.5, 6, 0.9, 1.6).p_active(2, 9, 4),
    "fewer repeats than none": lambda: lapse.Lapse(0.5, 6, 0.9, 1.6).p_silent(-1, 0, 4, 3),
    "an earlier future": lambda: lapse.Lapse(0.5, 6, 0.9, 1.6).expected_next(1, 2, 4, -3),
    "the other model's last after today": lambda: pareto.Pareto(0.5, 6, 0.9, 1.6).p_active(2, 9, 4),
}


@pytest.mark.parametrize("what", PASSED_FOR_A_FIGURE)
def test_what_cannot_be_is_refused_in_words_and_passes_for_no_figure(what: str) -> None:
    said = (
        "be known|between 0 and|below 0|above 0|whole|one length|in order|ascending|beyond|names a site|a pause is|nor infinite|finite"
        "|numbered|without a gap|not lie before|needs its|need an exposure|horizon|positive"
    )
    with pytest.raises(ValueError, match=said) as refused:
        PASSED_FOR_A_FIGURE[what]()
    assert "statistics" in str(refused.traceback[-1].path)


def test_a_count_that_is_not_known_gives_an_interval_that_is_not() -> None:
    for interval in (proportions.wilson, proportions.mid_p, proportions.jeffreys, rates.exact, rates.byar, rates.mid_p):
        assert np.isnan([end[1] for end in interval([3, X], [10, 10])]).all(), interval


def test_a_point_that_is_not_known_ends_a_run_and_a_trend() -> None:
    assert not spc.runs([1, 1, 1, X, 1, 1, 1, 1]).any()
    assert not spc.runs([X] * 9).any()
    assert not spc.trend([1, 2, 3, X, 4, 5, 6, 7]).any()


def test_weighted_events_have_a_prior_too() -> None:
    """Halves of events, as of sites that share one: the law of counts has no value there, its likelihood has."""
    shape, rate = rates.gamma_prior([5.5, 1, 12, 0.5], [20, 30, 40, 50])
    near = rates.gamma_prior([5, 1, 12, 1], [20, 30, 40, 50])
    assert (shape, shape / rate) == pytest.approx((near[0], near[0] / near[1]), rel=0.4)


def test_a_day_between_two_that_were_simulated_lies_between_them() -> None:
    said = _forecast(horizon=200)
    begin, end = said.time[3:5]
    before, after = said.at(begin), said.at(end)
    assert before[0] <= said.at((begin + end) / 2)[0] <= after[0]
    exact = _forecast(horizon=200, deadline=60 + (begin + end) / 2)
    assert said.at((begin + end) / 2)[0] == pytest.approx(exact.at((begin + end) / 2)[0], abs=1)
