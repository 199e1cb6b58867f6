"""The pages of imaging, campaigns and calls: their choices live in the address, and their charts say what they show."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from dashboard import session, show
from dashboard.panels import campaigns, imaging
from pipelines.metrics import Result
from pipelines.workspace import Workspace

DURATIONS = {
    0: "0 min",
    59.4: "59 min",
    60: "1 h 00 min",
    460: "7 h 40 min",
    2880: "2 d 0 h",
    4500.6: "3 d 3 h",
    math.nan: "not known",
}


def result(view: session.View, metric: str, by: str | None = None, grain: str | None = None) -> Result:
    return session.result(view, metric, by, grain)


@pytest.mark.parametrize("minutes", DURATIONS)
def test_a_duration_is_said_as_people_say_it(minutes: float) -> None:
    assert imaging.lasting(minutes) == DURATIONS[minutes]


def test_an_amount_that_is_not_known_or_has_no_end_is_said_so() -> None:
    assert [campaigns.money(value) for value in (1234.6, math.nan, math.inf)] == ["1,235", "not known", "without end"]


def test_the_clock_of_the_turnaround_is_in_the_address(app: AppTest, loaded: Workspace) -> None:
    app.query_params["hours"] = "Business hours"
    app.run()
    app.switch_page("app_pages/imaging.py").run()
    assert not app.exception
    assert app.segmented_control(key="hours").value == "Business hours"


def test_the_rule_of_attribution_is_in_the_address(app: AppTest, loaded: Workspace) -> None:
    app.query_params["rule"] = "Last contact"
    app.run()
    app.switch_page("app_pages/campaigns.py").run()
    assert not app.exception
    assert app.segmented_control(key="rule").value == "Last contact"


def test_business_hours_are_never_more_than_the_clocks(view: session.View) -> None:
    found = result(view, "report_turnaround", grain="quarter")
    clock, business = (
        imaging.turnaround(found, "exam end to final report", name) for name in ("by the clock", "business hours")
    )
    longest = [max(value for value in figure.data[-1].y if value is not None) for figure in (clock, business)]
    assert longest[1] < longest[0]
    assert clock.data[-1].name == "Nine tenths done"


def test_campaigns_with_few_participants_show_their_number_and_no_cost(view: session.View) -> None:
    found = result(view, "campaign_cost", by="campaign")
    figure = campaigns.cost(found, "first contact")
    shown = found.frame[found.frame["rule"] == "first contact"]
    bars = dict(zip(figure.data[0].y, figure.data[0].x, strict=True))
    assert sorted(value for value in bars.values() if value) == sorted(shown["value"].dropna())
    assert figure.layout.xaxis.visible
    unknown = replace(found, frame=found.frame.assign(value=float("nan")))
    assert not campaigns.cost(unknown, "first contact").layout.xaxis.visible  # no line to read by what is not there
    assert any(caveat.startswith("Without any campaign") for caveat in found.caveats)


def test_each_hours_calls_are_those_that_were_and_were_not_given_up(view: session.View) -> None:
    found = result(view, "calls_by_hour")
    kept, lost = campaigns.hours(found).data
    assert [a + b for a, b in zip(kept.y, lost.y, strict=True)] == pytest.approx(
        found.frame.sort_values("hour")["value"].tolist()
    )


def test_hours_of_which_nobody_knows_who_gave_up_keep_their_calls_and_say_so(view: session.View) -> None:
    found = result(view, "calls_by_hour")
    untold = replace(found, frame=found.frame.assign(abandoned_share=np.nan))
    kept, lost = campaigns.hours(untold).data
    assert list(kept.y) == pytest.approx(found.frame.sort_values("hour")["value"].tolist())
    assert (set(lost.y), kept.name) == ({0}, "Not known to have given up")
    assert all("who gave up is not known" in text for text in kept.text)


def test_a_card_counts_what_it_shows_and_not_what_another_card_of_its_metric_does(
    app: AppTest, loaded: Workspace, view: session.View
) -> None:
    app.query_params["period"] = "All time"
    app.run()
    app.switch_page("app_pages/imaging.py").run()
    said = [one.value.replace("\\", "") for one in app.caption]
    exams = int(result(view, "exam_envisioned", grain="quarter").frame["exams"].sum())
    assert any(text.startswith(f"{exams:,} exam") and "whether the protocol was changed" in text for text in said)
    invited = int(result(view, "collaboration_sessions", grain="quarter").frame["sessions"].sum())
    assert any(text.startswith(f"{invited:,} invitation") for text in said) or not invited


def test_of_two_clocks_that_time_the_same_exams_each_exam_counts_once(view: session.View) -> None:
    whole = result(view, "report_turnaround", grain="quarter")
    delivered = whole.frame[whole.frame["measure"] == "final report to delivery"]
    part = show.of_part(whole, show.Part("measure", "final report to delivery"))
    assert part.n == delivered.loc[delivered["clock"] == "by the clock", "n"].sum()
