"""The recruitment forecast: its closed form, its parts in plain Python, and what it refuses."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.statistics import recruitment
from pipelines.statistics.gate import TooLittle
from pipelines.statistics.recruitment import MONTH, Study, backtest, forecast


def steady(sites: int = 20, months: int = 12, each: int = 4, **more: object) -> Study:
    """Sites open from day 0, each enrolling at even distances."""
    site = np.repeat(np.arange(sites), each)
    day = np.tile((np.arange(each) + 0.5) / each * months * MONTH, sites)
    return Study(np.zeros(sites), site, day, **more)  # type: ignore[arg-type]


def test_the_completion_time_has_its_closed_form() -> None:
    # Anisimov & Fedorov 2007: 20 sites open for 6, 55 enrolled, 45 to go; prior Gamma(1.2, 2.4).
    law = recruitment.completion_law(45, 20 * 1.2 + 55, 2.4 + 6)
    assert law.ppf([0.05, 0.1, 0.5, 0.9, 0.95]) == pytest.approx(
        [3.488033, 3.741152, 4.769527, 6.048537, 6.465261], abs=1e-6
    )
    assert (law.mean(), law.std()) == pytest.approx((4.846153846, 0.91305751), abs=1e-6)
    coming = recruitment.count_law(4, 20 * 1.2 + 55, 2.4 + 6)
    assert list(coming.ppf([0.025, 0.1, 0.5, 0.9, 0.975])) == [24, 28, 37, 47, 53]
    assert law.cdf(4) == pytest.approx(0.17571576, abs=1e-8)
    assert coming.sf(44) == pytest.approx(float(law.cdf(4)), abs=1e-10)


def test_with_nothing_left_to_enrol_it_is_over() -> None:
    for remaining in (0, -3):
        law = recruitment.completion_law(remaining, 20 * 1.2 + 55, 2.4 + 6)
        assert (law.mean(), law.std(), law.cdf(0), law.cdf(-1)) == (0, 0, 1, 0)
        assert list(law.ppf([0.1, 0.5, 0.9])) == [0, 0, 0]


def test_a_plan_and_what_came_are_weighed_as_gajewski_simon_and_carlson_do() -> None:
    """350 planned in three years with confidence one half; after 239 days there are 41 (Statistics in Medicine 2008; percentiles of
    1,000 simulated trials as Simon's page prints them), and what their R package accrual gives for its own example."""
    for came, gone, trust, printed in (
        (0, 0.0, 0.5, (291, 349, 413)), (41, 239 / 365, 0.5, (233, 274, 321)), (41, 239 / 365, 0.0, (143, 188, 241)),
    ):  # fmt: skip
        law = recruitment.count_law(3 - gone, 350 * trust + came, 3 * trust + gone)
        assert came + law.ppf([0.025, 0.5, 0.975]) == pytest.approx(printed, abs=3)
    until = recruitment.completion_law(300 - 100, 300 * 0.5 + 100, 36 * 0.5 + 10)
    assert 10 + until.ppf([0.025, 0.5, 0.975]) == pytest.approx([28.57665829, 32.39252786, 36.95758227], abs=1e-8)


def test_the_forecast_has_the_closed_form_when_nothing_but_chance_is_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the trend at nothing and the prior known, the simulation is the beta-prime law."""
    shape, beta, cut = 1.2, 2.4 * MONTH, 6 * MONTH
    monkeypatch.setattr(
        recruitment, "_draw",
        lambda sites, draws, rng: recruitment._Drawn(np.full(draws, shape), np.full(draws, beta), np.zeros(draws, int), np.zeros(1)),
    )  # fmt: skip
    found = Study(np.zeros(20), np.arange(55) % 20, np.linspace(1, cut - 1, 55))
    said = forecast(found, cut, 100, deadline=cut + 4 * MONTH, draws=20_000)
    law = recruitment.completion_law(45, 20 * shape + 55, beta + cut)
    assert said.completion == pytest.approx(law.ppf([0.1, 0.5, 0.9]), rel=0.015)
    assert said.p_on_time == pytest.approx(0.1757, abs=0.01)
    assert said.at(4 * MONTH) == pytest.approx((55 + 37, 55 + 28, 55 + 47), abs=1)


def test_a_steady_study_is_forecast_to_go_on() -> None:
    said = forecast(steady(), 12 * MONTH, 160, deadline=40 * MONTH)
    assert said.enrolled == 80
    assert said.sites == 20
    middle, low, high = said.at(12 * MONTH)
    assert middle == pytest.approx(160, rel=0.15)
    assert low < middle < high
    assert (said.fan[0] <= said.fan[1]).all()
    assert (said.fan[:, 0] == 80).all()
    assert said.completion[0] < said.completion[1] < said.completion[2]
    assert said.p_on_time > 0.8
    assert said.rate.sum() == pytest.approx(80 / 12, rel=0.2)
    assert (said.rate_low < said.rate).all()
    assert (said.rate < said.rate_high).all()
    assert said.trend[1] < 0 < said.trend[2]


def test_sites_still_to_open_bring_more_and_closures_less() -> None:
    now = steady()
    opened = np.concatenate([np.zeros(20), np.full(10, 13 * MONTH)])
    more = forecast(Study(opened, now.site, now.day), 12 * MONTH, 10**6).at(12 * MONTH)[0]
    less = forecast(Study(now.opened, now.site, now.day, closed=np.where(np.arange(20) < 10, 13 * MONTH, np.nan)),
                    12 * MONTH, 10**6).at(12 * MONTH)[0]  # fmt: skip
    same = forecast(now, 12 * MONTH, 10**6).at(12 * MONTH)[0]
    assert less < same < more


def test_a_paused_site_is_not_counted_slow() -> None:
    """Nobody enrolled during the pause: the rate while open is what counts."""
    day = np.tile(np.linspace(1, 6 * MONTH - 1, 6), 10)
    site = np.repeat(np.arange(10), 6)
    pauses = [(place, 6 * MONTH, 12 * MONTH) for place in range(10)]
    open_again = forecast(Study(np.zeros(10), site, day, pauses=pauses), 12 * MONTH, 10**6)
    unaware = forecast(Study(np.zeros(10), site, day), 12 * MONTH, 10**6)
    assert open_again.at(6 * MONTH)[0] > 1.5 * unaware.at(6 * MONTH)[0]


@pytest.mark.parametrize("since", [2 * MONTH, 8 * MONTH])
def test_a_pause_without_an_end_is_one_that_ends_after_all_that_is_asked(since: float) -> None:
    """Begun before the cut or planned after it: the other sites go on, and what was said before can be checked."""
    day, site = np.tile(np.linspace(1, 2 * MONTH - 1, 6), 3), np.repeat(np.arange(3), 6)
    open_ended, long = (Study(np.zeros(3), site, day, pauses=[(2, since, end)]) for end in (np.inf, 1e5))
    said, told = (forecast(study, 6 * MONTH, 40, 12 * MONTH) for study in (open_ended, long))
    assert said.completion.tolist() == told.completion.tolist()
    assert (said.rate == told.rate).all()
    found, checked = (backtest(study, [MONTH], 6 * MONTH) for study in (open_ended, long))
    assert len(found.cut) == 1
    assert found.median == checked.median


def test_a_cap_holds_a_site_back_and_a_full_site_is_not_recruiting() -> None:
    capped = steady(caps=np.where(np.arange(20) < 19, 4, np.inf))
    said = forecast(steady(caps=np.full(20, 5.0)), 12 * MONTH, 200)
    assert said.fan.max() <= 100
    assert np.isinf(said.completion).all()
    with pytest.raises(TooLittle, match="80 and 1"):
        forecast(capped, 12 * MONTH, 200)


def test_a_reached_target_is_done_at_once() -> None:
    said = forecast(steady(), 12 * MONTH, 80, deadline=20 * MONTH)
    assert list(said.completion) == [0, 0, 0]
    assert said.p_on_time == 1


def test_what_happened_after_the_cut_is_not_looked_at() -> None:
    whole, cut = steady(), 6 * MONTH
    known = np.asarray(whole.day) <= cut
    early = Study(whole.opened, np.asarray(whole.site)[known], np.asarray(whole.day)[known])
    assert forecast(whole, cut, 200).completion == pytest.approx(forecast(early, cut, 200).completion)


def test_the_same_question_has_the_same_answer() -> None:
    one, two = forecast(steady(), 12 * MONTH, 200), forecast(steady(), 12 * MONTH, 200)
    assert (one.totals == two.totals).all()


@pytest.mark.parametrize(
    ("study", "why"),
    [
        (Study([0, 0], [0, 0, 1, 1], [1, 2, 3, 4]), "5 enrolled and 2 recruiting sites; there are 4 and 2"),
        (Study([0], [0] * 9, range(9)), "there are 9 and 1"),
        (Study([0, 0], [0] * 9, range(9), closed=[np.nan, 5]), "there are 9 and 1"),
        (Study([], [], []), "there are 0 and 0"),
    ],
    ids=["few people", "one site", "one left", "nothing"],
)
def test_below_the_gate_no_date_is_given(study: Study, why: str) -> None:
    with pytest.raises(TooLittle, match=why):
        forecast(study, 30, 100)


def test_dates_that_contradict_each_other_are_refused() -> None:
    with pytest.raises(ValueError, match="before its site opened"):
        forecast(Study([10, 0], [0] * 9, range(9)), 30, 100)
    with pytest.raises(ValueError, match="a site that is not there"):
        forecast(Study([0, 0], [2] * 9, range(9)), 30, 100)
    with pytest.raises(ValueError, match="every site needs the day"):
        forecast(Study([0, np.nan], [0] * 9, range(9)), 30, 100)


def test_enrolments_without_a_day_count() -> None:
    study = Study(np.zeros(4), np.arange(40) % 4, np.full(40, np.nan))
    said = forecast(study, 10 * MONTH, 10**6)
    assert said.at(10 * MONTH)[0] == pytest.approx(80, rel=0.3)


@settings(max_examples=30, deadline=None)
@given(
    st.lists(
        st.tuples(st.floats(-300, 200), st.floats(-100, 300), st.floats(-200, 100), st.floats(0, 90)),
        min_size=1,
        max_size=4,
    ),
    st.sampled_from([-0.005, 0.0, 0.003]),
)
def test_exposure_is_the_sum_of_what_each_recruiting_day_is_worth(sites: list[tuple[float, ...]], slope: float) -> None:
    opened = np.array([begin for begin, *_ in sites])
    closed = np.array([end for _, end, *_ in sites])
    pauses = [(place, away, away + span) for place, (_, _, away, span) in enumerate(sites)]
    found = recruitment._sites(Study(opened, [], [], closed=closed, pauses=pauses), 0.0)
    until = 150.0
    for place, (begin, end, away, span) in enumerate(sites):
        step = 0.25
        days = np.arange(begin, until, step) + step / 2
        inside = (days < max(end, begin)) & ~((days >= away) & (days < away + span))
        age = days - begin if slope > 0 else np.minimum(days - begin, max(0.0, -opened.min()))
        expected = (np.exp(-slope * age) * inside).sum() * step
        assert float(found.exposure([slope], [until])[0, place, 0]) == pytest.approx(expected, abs=2.5)


def test_the_backtest_says_what_would_have_been_said_and_what_happened() -> None:
    study = steady(months=18, each=9)
    found = backtest(study, [2 * MONTH, 6 * MONTH, 8 * MONTH], 12 * MONTH)
    assert list(found.actual) == [120, 120, 120]
    assert (found.lowest <= found.low).all()
    assert (found.high <= found.highest).all()
    assert found.within[1] == 1
    nothing = backtest(Study([0, 0], [0, 1], [1, 2]), [10, 20], 30)
    assert len(nothing.cut) == 0
    assert np.isnan(nothing.within).all()


def test_the_backtest_passes_over_a_day_with_too_little_and_over_nothing_else() -> None:
    with pytest.raises(ValueError, match="before its site opened"):
        backtest(Study([10, 0], [0] * 9, range(9)), [30], 60)
    with pytest.raises(ValueError, match="a site that is not there"):
        backtest(Study([0, 0], [0] * 8 + [5], range(9)), [30], 60)
    with pytest.raises(ValueError, match="not before the one on which it was made"):
        backtest(steady(months=6, each=4), [90], 60)


def test_the_backtest_counts_an_undated_enrolment_from_its_sites_opening_on() -> None:
    dated = np.linspace(5, 290, 40)
    study = Study([0, 0, 200, 400], np.append(np.arange(40) % 2, [2, 2, 2, 3]), np.append(dated, [np.nan] * 4))
    found = backtest(study, [100, 250], 300)
    assert list(found.cut) == [100, 250]
    assert list(found.actual) == [43, 43]  # the last site opens after the day that was forecast
    sooner = backtest(Study([0, 0, 200, 400], np.arange(40) % 2, dated), [100], 300)
    assert sooner.median[0] == found.median[0]


def test_simulated_totals_are_those_of_their_rates() -> None:
    rng = np.random.default_rng(1)
    expected = np.broadcast_to(np.array([1.0, 5.0, 5.0, 30.0]), (20_000, 4))
    counts = recruitment._counts(expected, rng)
    assert counts.mean(axis=0) == pytest.approx(expected[0], rel=0.03)
    assert (counts[:, 1] == counts[:, 2]).all()
    assert counts[:, 3].var() == pytest.approx(30, rel=0.05)
