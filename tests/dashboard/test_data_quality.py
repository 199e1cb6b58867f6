"""The data-quality page: what came, what is overdue, what is blank; and the charts it draws."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pandas as pd
import pytest
from conftest import put_load
from streamlit.testing.v1 import AppTest

from dashboard.panels import data_quality
from pipelines import quality
from pipelines.quality import Quality
from pipelines.record.ledger import KEPT_BY
from pipelines.workspace import Workspace

HOSTILE = '=HYPERLINK("http://tracker.example")'
NOW = dt.datetime.now(dt.UTC).replace(tzinfo=None, microsecond=0)


def _touch(number: int, moment: dt.datetime) -> dict[str, object]:
    return {
        "touch_id": number, "occurred_at": moment, "occurred_on": moment.date(), "channel": "visit",
    }  # fmt: skip


def _load(workspace: Workspace, source: str, system: str, days_ago: int, blanks: dict[str, int]) -> None:
    arrived = (NOW - dt.timedelta(days=days_ago)).isoformat()
    ledger = workspace.ledger
    load_id = ledger.begin_load(
        file_id=f"{source}{system}{days_ago}", part="", file_name="Mary Poe.csv", source=source, system=system, by="test",
        counts={"rows_in": 100, "rows_loaded": 90, "rows_rejected": 7, "rows_duplicate": 3},
        detail={"choices": {}, "received_at": arrived, "blanks": blanks, "kept_by": KEPT_BY},
    )  # fmt: skip
    (workspace.record / str(load_id)).mkdir(parents=True)
    ledger.activate(load_id, "test")


@pytest.fixture
def fed(empty: Workspace) -> Workspace:
    """A workspace with one feed that is overdue, one on time, one of a hostile name, and one of a single file."""
    for days_ago in (60, 53, 46, 39):
        _load(empty, "referral_log", HOSTILE, days_ago, {"channel": 10, "practice": 40})
    for days_ago in (22, 15, 8, 1):
        _load(empty, "referral_log", "north", days_ago, {"channel": 100, "practice": 0})
    _load(empty, "appointments", "ehr", 3, {})
    put_load(
        empty, {"touch": [_touch(1, NOW - dt.timedelta(days=3))]}, NOW - dt.timedelta(days=2), source="outreach_log"
    )
    empty.warehouse.publish()
    return empty


@pytest.fixture
def found(fed: Workspace) -> Quality:
    return quality.measure(fed)


def _open(app: AppTest) -> AppTest:
    app.run()
    return app.switch_page("app_pages/data_quality.py").run()


def _texts(app: AppTest) -> str:
    kinds = (app.markdown, app.caption, app.title, app.header, app.info, app.success, app.warning, app.error)
    return "\n".join(element.value for kind in kinds for element in kind).replace("\\", "")


def test_an_overdue_file_is_told_in_a_sentence_and_no_file_name_is(app: AppTest, fed: Workspace) -> None:
    _open(app)
    assert not app.exception
    assert not app.error
    assert len(app.warning) == 1
    assert "usually comes every 7 days" in app.warning[0].value.replace("\\", "")
    assert "http:" not in app.warning[0].value  # escaped, not a link
    assert "Poe" not in _texts(app)
    assert "901 rows of loads that count" in _texts(app)


def test_silencing_a_feed_ends_the_warning_and_is_kept(app: AppTest, fed: Workspace) -> None:
    _open(app)
    overdue = next(option for option in app.selectbox(key="expected_feed").options if "HYPERLINK" in option)
    app.selectbox(key="expected_feed").set_value(overdue).run()
    next(radio for radio in app.radio if radio.label == "How often").set_value("Wait for none")
    next(button for button in app.button if button.label == "Keep").click().run()
    assert not app.exception
    assert not app.warning
    assert quality.expectation(fed.ledger, ("referral_log", HOSTILE)).silenced


def test_the_overview_tells_of_a_late_file_until_nobody_waits_for_it_or_it_comes(app: AppTest, fed: Workspace) -> None:
    told = "expected file"
    assert told in _texts(app.run())
    kept = quality.expectation(fed.ledger, ("referral_log", HOSTILE))
    quality.expect(fed.ledger, ("referral_log", HOSTILE), replace(kept, silenced=True), "test")
    assert told not in _texts(app.run())
    quality.expect(fed.ledger, ("referral_log", HOSTILE), kept, "test")
    assert told in _texts(app.run())
    _load(fed, "referral_log", HOSTILE, 0, {})
    fed.warehouse.publish()
    assert told not in _texts(app.run())


def test_an_empty_workspace_is_told_where_to_start(app: AppTest, empty: Workspace) -> None:
    _open(app)
    assert "Nothing has been loaded yet" in _texts(app)
    assert not app.warning


def test_the_charts_show_what_the_frames_hold(found: Quality) -> None:
    drawn = data_quality.rows(found.months)
    totals = {trace.name: sum(trace.y) for trace in drawn.data}
    assert totals == {
        "Loaded": found.months["rows_loaded"].sum(), "Duplicate": found.months["rows_duplicate"].sum(),
        "Rejected": found.months["rows_rejected"].sum(),
    }  # fmt: skip
    came, late = data_quality.arrivals(found).data
    assert len(came.x) == len(found.arrivals)
    assert list(late.x) == [f"{found.overdue.iloc[0]['expected_on']:%Y-%m-%d}"]


def test_blanks_of_the_newest_month_stand_beside_those_before() -> None:
    frame = pd.DataFrame({
        "month": pd.to_datetime(["2026-04-01", "2026-05-01", "2026-06-01", "2026-06-01"]), "column": ["A", "A", "A", "<b>B</b>"],
        "blank": [10, 0, 90, 1], "rows": [100, 100, 100, 100], "share": [0.1, 0.0, 0.9, 0.01],
    })  # fmt: skip
    bars, before = data_quality.missing(frame).data
    assert dict(zip(bars.y, bars.x, strict=True)) == {"A": 0.9, "&lt;b&gt;B&lt;/b&gt;": 0.01}
    assert dict(zip(before.y, before.x, strict=True)) == {"A": 0.05}


def test_two_systems_of_one_kind_have_names_of_their_own(found: Quality) -> None:
    names = data_quality.feed_names(found.feeds)
    assert names.is_unique
    assert sum("·" in name for name in names) == 2


@pytest.mark.parametrize("months", [1, 3, 7, 8, 30])
def test_the_newest_month_has_its_name_and_names_are_few_enough_for_a_phone(months: int) -> None:
    every = pd.date_range(end="2026-06-01", periods=months, freq="MS")
    frame = pd.DataFrame({"month": every, "rows_loaded": 1, "rows_duplicate": 0, "rows_rejected": 0})
    axis = data_quality.rows(frame).layout.xaxis
    assert 1 <= len(axis.tickvals) == len(axis.ticktext) <= 7
    assert axis.tickvals[-1] == "Jun 2026"
    assert axis.ticktext[0].endswith(str(pd.Timestamp(axis.tickvals[0]).year))


def test_sites_abroad_that_are_given_our_holidays_are_named(app: AppTest, fed: Workspace) -> None:
    sites = [
        {"site_id": number, "name": name, "time_zone": zone, "holiday_calendar": kept}
        for number, (name, zone, kept) in enumerate(
            [("Spree House", "Europe/Berlin", None), ("Thames House", "Europe/London", "GB"), ("Hudson House", "America/New_York", None), ("Seine House", "Europe/Paris", "FRANCE")],
            start=1,
        )
    ]  # fmt: skip
    put_load(fed, {"site": sites}, NOW, source="site_list")
    fed.warehouse.publish()
    assert quality.assumed_calendars(fed) == ["Seine House", "Spree House"]
    assert quality.assumed_calendars(fed, [1, 2]) == ["Spree House"]
    assert "at 2 sites abroad or with a holiday calendar that is not known: Seine House, Spree House." in _texts(
        _open(app)
    )
