"""Figures say what the result says, to every eye, in both themes."""

from __future__ import annotations

import datetime as dt
import itertools
import json
import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import plotly.graph_objects as go
import pytest
import streamlit as st

import dashboard
from dashboard import charts, session, show
from dashboard.charts import evidence
from dashboard.panels import feedback, promises, recruitment
from pipelines.metrics import Filters, Result, registry
from pipelines.metrics.shares import ESTIMATE

CONFIG = tomllib.loads((Path(dashboard.__file__).parent / ".streamlit" / "config.toml").read_text("utf-8"))["theme"]
BACKGROUNDS = {name: CONFIG[name]["backgroundColor"] for name in ("light", "dark")}
MOST_BYTES = 300_000


def _linear(colour: str) -> list[float]:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    return [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]


def _luminance(colour: str) -> float:
    red, green, blue = _linear(colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _contrast(one: str, other: str) -> float:
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", BACKGROUNDS)
@pytest.mark.parametrize("colour", [*charts.PALETTE, charts.QUIET])
def test_every_colour_stands_out_from_both_backgrounds(colour: str, theme: str) -> None:
    assert _contrast(colour, BACKGROUNDS[theme]) >= 3


# Viénot, Brettel & Mollon 1999: what a protanope and a deuteranope see of linear RGB.
SEEN_AS = {
    "protan": ((0.11238, 0.88762, 0), (0.11238, 0.88762, 0), (0.00401, -0.00401, 1)),
    "deutan": ((0.29275, 0.70725, 0), (0.29275, 0.70725, 0), (-0.02234, 0.02234, 1)),
}


@pytest.mark.parametrize("kind", SEEN_AS)
def test_neighbouring_colours_differ_for_colour_blind_eyes(kind: str) -> None:
    seen = [
        [sum(a * b for a, b in zip(row, _linear(colour), strict=True)) for row in SEEN_AS[kind]]
        for colour in charts.PALETTE
    ]
    for one, other in itertools.pairwise(seen):
        assert sum((a - b) ** 2 for a, b in zip(one, other, strict=True)) ** 0.5 > 0.1


def test_volume_marks_the_open_month_and_sums_to_the_result(view: session.View) -> None:
    result = session.result(view, "referral_volume", grain="month")
    bars = charts.volume(result).data[0]
    assert sum(bars.y) == result.n
    assert bars.marker.pattern.shape[-1] == "/"
    assert set(bars.marker.pattern.shape[:-1]) == {""}


def test_members_beyond_the_palette_become_one_bar_and_nothing_is_lost(view: session.View) -> None:
    result = session.result(view, "referral_volume", by="practice", grain="quarter")
    figure = charts.volume(result)
    assert len(figure.data) == charts.MEMBERS_SHOWN
    assert sum(sum(trace.y) for trace in figure.data) == result.n
    assert set(figure.data[-1].customdata) == {None}


def test_every_bar_leads_to_as_many_rows_as_it_is_high(view: session.View) -> None:
    result = session.result(view, "referral_volume", by="channel", grain="quarter")
    for trace in charts.volume(result).data:
        for height, text in zip(trace.y, trace.customdata, strict=True):
            _, total = session.rows(view, "referral_volume", tuple(sorted(json.loads(text).items())))
            assert total == height


def test_the_longest_wait_stands_on_top_and_only_the_longest_are_drawn(view: session.View) -> None:
    result = session.result(view, "third_next_available", by="site")
    waits = [float(value) for value in range(1, 31)]
    frame = pd.DataFrame({
        "category": [*(f"Site {number}" for number in range(30)), "Other (3 more)"], "category_id": pd.array([*range(30), None], "Int64"),
        "period": pd.NaT, "n": 52, "value": [*waits, 99.0], "low": 1.0, "high": 99.0, "p90": 99.0, "complete": True,
    })  # fmt: skip
    dots = charts.longest(replace(result, frame=frame, by="site")).data[0]
    assert list(dots.x) == waits[10:]
    assert list(dots.y)[-1] == "Site 29"


def test_every_part_of_the_funnel_leads_to_its_rows(view: session.View) -> None:
    for trace in charts.funnel(session.result(view, "enrolment_funnel")).data:
        for width, text in zip(trace.x, trace.customdata, strict=True):
            if text is None:
                assert width == 0
                continue
            assert session.rows(view, "enrolment_funnel", tuple(sorted(json.loads(text).items())))[1] == width


def test_every_reason_for_leaving_leads_to_its_rows(view: session.View) -> None:
    bars = charts.exits(session.result(view, "exit_reasons")).data[0]
    for width, text in zip(bars.x, bars.customdata, strict=True):
        assert session.rows(view, "exit_reasons", tuple(sorted(json.loads(text).items())))[1] == width


def test_the_funnel_conserves_its_totals(view: session.View) -> None:
    result = session.result(view, "enrolment_funnel")
    figure = charts.funnel(result)
    totals = [sum(parts) for parts in zip(*(trace.x for trace in figure.data), strict=True)]
    assert totals[::-1] == result.frame["n"].tolist()


def test_an_estimate_is_hollow(view: session.View) -> None:
    result = session.result(view, "conversion", grain="month")
    frame = result.frame[result.frame["horizon"] == 90]
    line = charts.conversion(result, 90).data[-1]
    assert list(line.marker.symbol) == ["circle" if mature else "circle-open" for mature in frame["mature"]]
    assert "circle-open" in line.marker.symbol


def test_a_single_line_has_its_interval_as_a_band(view: session.View) -> None:
    figure = charts.conversion(session.result(view, "conversion", grain="quarter"), 90)
    assert [trace.fill for trace in figure.data] == [None, "tonexty", None]


def test_an_interval_without_an_upper_end_is_drawn_and_said_as_one(view: session.View) -> None:
    result = session.result(view, "concentration", grain="quarter")
    endless = result.frame.assign(high=[float("nan"), *result.frame["high"][1:]])
    figure = charts.trend(replace(result, frame=endless))
    assert len(figure.data) == 1, "no band, which would be drawn across the missing end"
    assert figure.data[0].error_y.array[0] is None
    said = [str(text) for text in figure.data[0].hovertext or figure.data[0].text]
    assert "without an upper end" in said[0]
    assert not any("nan" in text for text in said)


def test_names_from_files_are_text_in_a_figure(view: session.View) -> None:
    text = charts.ranking(session.result(view, "referral_volume", by="practice")).to_json()
    assert "<img" not in text
    assert "onerror=alert(1)&gt;" in text.replace("\\u0026", "&").replace("\\u003e", ">")


def _every_figure(view: session.View) -> dict[str, go.Figure]:
    ask = session.result
    asked: list[tuple[str, Any, Result, tuple[Any, ...]]] = [
        ("volume", charts.volume, ask(view, "referral_volume", by="practice", grain="week"), ()),
        ("ranking", charts.ranking, ask(view, "referral_volume", by="practice"), ()),
        ("conversion", charts.conversion, ask(view, "conversion", by="site", grain="month"), (60,)),
        ("conversion_by", charts.conversion_by, ask(view, "conversion", by="practice"), (60,)),
        ("course", charts.course, ask(view, "conversion_curve"), ()),
        ("states", charts.states, ask(view, "relationship_state"), ()),
        ("silence", charts.silence, ask(view, "relationship_state", by="practitioner"), ()),
        ("nps", charts.trend, ask(view, "feedback_nps", grain="quarter"), ()),
        ("top_box", charts.top_box, ask(view, "feedback_top_box"), ()),
        ("response", charts.trend, ask(view, "feedback_response", by="site", grain="year"), ()),
    ]
    return {name: draw(result, *settings) for name, draw, result, settings in asked}


def test_every_figure_is_small_enough_to_send_and_keeps_the_themes_colours(view: session.View) -> None:
    for name, figure in _every_figure(view).items():
        assert len(figure.to_json()) < MOST_BYTES, name
        assert figure.layout.font.color is None, name
        assert figure.layout.paper_bgcolor is None, name


def test_a_chart_can_be_read_out(view: session.View) -> None:
    said = charts.sentence(session.result(view, "referral_volume", grain="month"))
    assert said.startswith("Referral volume: 889 referrals up to 17 Jun 2026. Most in ")
    nothing = session.result(view, "referral_volume", grain="month")
    assert charts.sentence(replace(nothing, frame=nothing.frame.iloc[:0])).endswith("Nothing to show.")


@pytest.mark.parametrize(("event", "condition"), [
    ({"selection": {"points": [{"customdata": '{"period":"2026-05-01","grain":"month"}'}]}}, {"period": "2026-05-01", "grain": "month"}),
    ({"selection": {"points": [{"customdata": ['{"site":"North"}']}]}}, {"site": "North"}),
    ({"selection": {"points": [{"customdata": "no json"}]}}, {}),
    ({"selection": {"points": [{"customdata": "[1, 2]"}]}}, {}),
    ({"selection": {"points": [{"customdata": None}]}}, {}),
    ({"selection": {"points": []}}, {}),
    (None, {}),
])  # fmt: skip
def test_what_the_browser_says_was_clicked_is_read_warily(event: Any, condition: dict[str, str]) -> None:
    assert show.picked(event) == condition


def test_periods_are_named_as_people_name_them() -> None:
    names = [charts.period_name("2026-04-06", grain) for grain in ("week", "month", "quarter", "year")]
    assert names == ["week of 6 Apr 2026", "Apr 2026", "Q2 2026", "2026"]


def test_a_period_without_anything_keeps_its_place_and_breaks_the_line(view: session.View) -> None:
    result = session.result(view, "feedback_response", grain="quarter")
    frame = result.frame.sort_values("period", ignore_index=True)
    figure = charts.trend(replace(result, frame=frame.drop(index=[1])))
    (line,) = figure.data
    assert line.y[1] is None
    assert len(line.x) == len(frame)
    assert line.error_y.array[0] is not None


def test_the_line_of_nine_tenths_does_not_run_over_a_month_of_which_nothing_is_known(view: session.View) -> None:
    result = session.result(view, "booked_lead_time", grain="month")
    assert len(result.frame) > 2
    figure = charts.spread(replace(result, frame=result.frame.drop(index=1).reset_index(drop=True)))
    months = [charts.period_name(value, "month") for value in result.frame["period"]]
    line = next(trace for trace in figure.data if trace.name == "Nine tenths below")
    assert list(line.x) == months
    assert line.y[1] is None
    assert line.connectgaps is not True


def test_of_many_members_the_rest_is_said_and_not_drawn(view: session.View) -> None:
    result = session.result(view, "referral_volume", by="practice")
    drawn = sum(charts.ranking(result).data[0].x)
    left = result.frame[result.frame["category"].str.startswith("Other (")]
    assert len(left) == 1
    assert drawn + int(left["n"].iloc[0]) == result.n
    assert f"{int(left['n'].iloc[0]):,} referrals" in charts.rest(result)
    assert charts.rest(session.result(view, "referral_volume", by="channel")) == ""


def test_a_study_off_its_plan_is_told_by_shape_and_not_by_colour_alone() -> None:
    frame = pd.DataFrame({
        "category": ["ahead", "behind", "on plan"], "value": [1.5, 0.5, 1.0], "low": [1.2, 0.4, 0.8], "high": [1.8, 0.7, 1.2],
        "n": [15, 5, 10], "planned": [10.0, 10.0, 10.0], "why": ["", "", ""], "lpi_p50": pd.NaT, "p_on_time": None,
    })  # fmt: skip
    result = Result(registry()["recruitment_pace"], frame, dt.date(2026, 10, 31), "g", Filters(), "study", None, 30)
    dots = evidence.pace(result).data[0]
    assert dict(zip(dots.y, dots.marker.symbol, strict=True)) == {
        "ahead": "triangle-up", "behind": "triangle-down", "on plan": "circle",
    }  # fmt: skip


def test_a_long_title_below_an_axis_is_broken_where_a_phone_would_cut_it_off() -> None:
    figure = charts.laid_out(
        [go.Bar(x=[1], y=["a"])], x_title="Spent per participant, USD where the file says", flip=True
    )
    lines = figure.layout.xaxis.title.text.split("<br>")
    assert " ".join(lines) == "Spent per participant, USD where the file says"
    assert max(len(line) for line in lines) <= 34


def test_a_legend_names_no_limits_where_none_are_drawn(view: session.View) -> None:
    result = session.result(view, "volume_change", None, "month")
    known = {trace.name for trace in evidence.control(result).data}
    without = result.frame.assign(low=float("nan"), high=float("nan"), centre=float("nan"))
    assert known >= {"Limits of no change", "Mean", "Referrals"}
    assert [trace.name for trace in evidence.control(replace(result, frame=without)).data] == ["Referrals"]


def test_only_words_beyond_chance_are_drawn_and_where_there_are_none_that_is_said() -> None:
    frame = pd.DataFrame({"category": ["fax", "late"], "n": [9, 7], "before": [3, 6], "value": [2.5, 1.9]})
    said = Result(registry()["comment_words"], frame, dt.date(2026, 1, 1), "g", Filters(), None, None, 9)
    assert list(charts.words(said).data[0].x) == [2.5]
    none = replace(said, frame=frame.assign(value=[1.9, 1.5]))
    assert charts.is_blank(charts.words(none))
    assert "“fax”, in 9 comments and 3 before" in feedback.none_stands_out(none)
    assert not feedback.none_stands_out(replace(said, frame=frame.head(0)))


def test_a_card_about_one_day_does_not_say_that_the_latest_had_too_little_time_for_five() -> None:
    frame = pd.DataFrame({"horizon": [1, 5], "n": [9, 9], "mature": [True, False], "value": [0.5, 0.7]})
    said = Result(
        registry()["acknowledgement"],
        frame,
        dt.date(2026, 1, 1),
        "g",
        Filters(),
        None,
        None,
        9,
        caveats=("Other.", ESTIMATE),
    )
    assert show.of_horizon(said, (1, "anyhow")).caveats == ("Other.",)
    assert show.of_horizon(said, (5, "anyhow")).caveats == said.caveats
    assert show.of_horizon(said, ()).caveats == said.caveats


def test_a_month_without_a_point_is_no_estimate_that_the_card_would_have_to_explain() -> None:
    frame = pd.DataFrame({"horizon": [90, 90], "n": [9, 9], "mature": [True, False], "value": [0.5, None]})
    said = Result(
        registry()["conversion"], frame, dt.date(2026, 1, 1), "g", Filters(), None, "month", 18, caveats=(ESTIMATE,)
    )
    assert show.of_horizon(said, (90,)).caveats == ()
    moving = replace(said, frame=frame.assign(value=[0.5, 0.4]))
    assert show.of_horizon(moving, (90,)).caveats == (ESTIMATE,)


@pytest.mark.parametrize(("most", "step"), [(1, 1), (charts.FEW, 1), (charts.FEW + 1, None)])
def test_an_axis_of_few_has_no_halves(most: int, step: int | None) -> None:
    stages = pd.DataFrame(
        {"stage": ["referred", "enrolled"], "moved_on": [most, most], "open": [0, 0], "exited": [0, 0]}
    )
    members = pd.DataFrame({"category": ["Lee, Ann"], "n": [most]})
    for draw, metric, frame in (
        (charts.funnel, "enrolment_funnel", stages),
        (charts.ranking, "referral_volume", members),
    ):
        said = Result(registry()[metric], frame, dt.date(2026, 1, 1), "g", Filters(), None, None, most)
        assert draw(said).layout.xaxis.dtick == step


def test_the_chart_of_paces_says_whom_it_draws_of_all_it_counts(view: session.View) -> None:
    result = session.result(view, "recruitment_pace")
    closed = result.frame.iloc[[0]].assign(category="OLD-1", why="closed since 1 May 2026", n=7)
    both = replace(result, frame=pd.concat([result.frame, closed], ignore_index=True))
    running = recruitment.running_of(both)
    assert "OLD-1" not in set(running["category"])
    assert f"{int(running['n'].sum()):,} participants so far" in recruitment.drawn(both)
    assert f"{len(both.frame) - len(running)} closed" in recruitment.drawn(both)


def test_a_click_on_a_measure_leads_to_as_many_rows_as_its_point_counts(view: session.View) -> None:
    result = session.result(view, "outcome_notice", grain="month")
    figure = promises.kept_within(result, 2, "not kept")
    part = result.frame[(result.frame["horizon"] == 2) & (result.frame["measure"] == "not kept")]
    counted = {charts.period_name(row.period, "month"): int(row.n) for row in part.itertuples()}
    line = figure.data[-1]
    for period, behind in zip(line.x, line.customdata, strict=True):
        where = tuple(sorted(json.loads(behind).items()))
        assert session.rows(view, "outcome_notice", where)[1] == counted[period], period
    assert sum(counted.values()) == show.of_part(result, show.Part("measure", "not kept")).n < result.n


def test_shares_of_a_table_have_one_decimal() -> None:
    config = {
        "still": st.column_config.NumberColumn("Still", format="percent"),
        "n": st.column_config.NumberColumn("n"),
    }
    shown = show._per_cent(pd.DataFrame({"still": [0.5802, 0.0, None], "n": [1, 2, 3]}), config)
    assert shown["still"].tolist()[:2] == [58.02, 0.0]
    assert shown["n"].tolist() == [1, 2, 3]
    assert config["still"]["type_config"]["format"] == "%.1f%%"


def test_a_name_over_two_lines_leaves_no_number_alone() -> None:
    assert charts.labels_of(["Psychiatry UIC-217 Social 2", "Cardiology", "Ivy Wood Research Las Vegas"]) == [
        "Psychiatry<br>UIC-217 Social 2",
        "Cardiology",
        "Ivy Wood Research<br>Las Vegas",
    ]


def test_what_is_counted_below_bars_with_long_names_stands_on_lines_that_a_phone_shows() -> None:
    bars = go.Bar(x=[1], y=["Gastroenterology SBF-204"], orientation="h")
    figure = charts.laid_out([bars], flip=True, x_title="Spent per participant, USD where the file says")
    assert max(map(len, figure.layout.xaxis.title.text.split("<br>"))) <= 22


def test_no_two_ways_of_leaving_are_drawn_alike_without_colour(view: session.View) -> None:
    lines = [trace.line.dash for trace in charts.course(session.result(view, "conversion_curve")).data if trace.name]
    assert len(lines) == len(set(lines)) > 3


def test_what_is_read_out_of_a_chart_is_what_it_draws(view: session.View) -> None:
    figures = _every_figure(view)
    weeks = session.result(view, "referral_volume", grain="week").frame.groupby("period")["n"].sum()
    said = charts.spoken(figures["volume"])
    assert said.startswith("Referrals: together from ")
    assert f" to {weeks.max():,} ({charts.period_name(weeks.idxmax(), 'week')})" in said
    assert "%" in charts.spoken(figures["top_box"])
    silent = {name for name, figure in figures.items() if not charts.spoken(figure) and not charts.is_blank(figure)}
    assert not silent


def test_lines_are_read_out_by_their_names_and_the_edges_of_intervals_not_at_all() -> None:
    lines = [
        go.Scatter(name="Enrolled", x=["0", "90"], y=[0.0, 0.212]), go.Scatter(name="Declined", x=["0", "90"], y=[0.0, 0.4]),
        go.Scatter(x=["0", "90"], y=[0.0, 0.9], hoverinfo="skip"), go.Scatter(name="Unknown", x=["0"], y=[None]),
    ]  # fmt: skip
    figure = charts.laid_out(lines, percent="y", y_title="Share")
    assert charts.spoken(figure) == "Share: Enrolled from 0.0% (0) to 21.2% (90); Declined from 0.0% (0) to 40.0% (90)."
    bars = charts.laid_out([go.Bar(x=[12, 3.5], y=["A<br>clinic", "B"])], flip=True, x_title="Minutes")
    assert charts.spoken(bars) == "Minutes: from 3.5 (B) to 12 (A clinic)."
    assert charts.spoken(charts.laid_out([])) == ""
    unknown = go.Bar(x=[0], y=["C"], text=["3 randomised"])
    assert charts.spoken(charts.laid_out([unknown], flip=True)) == ""
    assert charts.spoken(charts.laid_out([go.Bar(x=[0.04], y=["D"]), unknown], flip=True)) == "0.04 (D)."
    assert charts.spoken(charts.laid_out([go.Scatter(x=[0.0, 870.0], y=[1.0, 0.85])])) == "From 0.85 (870) to 1 (0)."


def test_whether_these_are_few_is_said_of_what_the_card_counts(view: session.View) -> None:
    whole = session.result(view, "referral_volume", grain="month")
    assert not [caveat for caveat in whole.caveats if caveat.startswith("Only ")]
    rare = replace(whole, frame=whole.frame.assign(rare=[2, *[0] * (len(whole.frame) - 1)]))
    told = show.counting(rare, show.Counted("rare", "invitation"))
    assert "Only 2 in all: read this as an indication." in told.caveats
    assert show.counting(told, show.Counted("n", "referral")).caveats == whole.caveats


def test_the_whole_stands_above_a_rule_that_all_meet(view: session.View) -> None:
    result = session.result(view, "slipped_patients")
    frame = pd.DataFrame({"rule": ["any rule", "not acknowledged", "no next step"], "hits": [4, 4, 1]})
    (bars,) = promises.rules(replace(result, frame=frame)).data
    assert list(bars.y) == ["No next step", "Not acknowledged", "Any rule"]  # from below


def test_a_comparison_of_one_names_no_limits_and_counts_from_nothing(view: session.View) -> None:
    result = session.result(view, "site_comparison", "site")
    alone = result.frame.head(1).assign(funnel_low=float("nan"), funnel_high=float("nan"), funnel_lowest=float("nan"), funnel_highest=float("nan"))  # fmt: skip
    figure = evidence.funnel_plot(replace(result, frame=alone))
    assert [trace.name for trace in figure.data if trace.showlegend is not False] == ["Each"]
    assert figure.layout.xaxis.rangemode == "tozero"  # else the axis of one counts halves of a referral
    whole = evidence.funnel_plot(result)
    assert [trace.name for trace in whole.data if trace.showlegend is not False] == [
        "95% limits",
        "99.8% limits",
        "All together",
        "Each",
    ]


def test_two_long_names_that_begin_alike_are_told_apart_in_a_hover(view: session.View) -> None:
    names = [
        f"The Associates of Internal Medicine, Endocrinology and Metabolic Disorders of the {place} <b>"
        for place in ("Hills", "Valley")
    ]
    result = session.result(view, "referral_volume", "practice", "month")
    frame = result.frame.head(2).assign(category=names)
    drawn = [trace.hovertemplate for trace in charts.volume(replace(result, frame=frame)).data]
    by_size = charts.ranking(session.result(view, "referral_volume", "practice"))
    (bars,) = charts.ranking(replace(result, frame=frame)).data
    for told in (drawn, list(bars.hovertext)[::-1]):
        assert "Hills" in told[0]
        assert "Valley" in told[1]
        assert all("&lt;b&gt;" in text and "<b>" not in text for text in told)
    assert (
        list(by_size.data[0].hovertext)[-1]
        == session.result(view, "referral_volume", "practice").frame["category"].iloc[0]
    )
