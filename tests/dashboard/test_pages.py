"""Every page draws: with nothing loaded, and with data; and it never trusts what a file or a browser says."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import replace

import pytest
from screens import network
from screens.pages import CHART_PAGES, DATA_PAGES
from streamlit.testing.v1 import AppTest

from dashboard import session, show
from dashboard.panels import review
from pipelines import sources
from pipelines.metrics import Scope
from pipelines.workspace import Workspace


def _open(app: AppTest, page: str) -> AppTest:
    app.run()
    return app.switch_page(f"app_pages/{page}.py").run()


def _texts(app: AppTest) -> str:
    kinds = (app.markdown, app.caption, app.title, app.header, app.info, app.success, app.warning, app.error)
    return "\n".join(element.value for kind in kinds for element in kind)


@pytest.mark.parametrize("page", [*CHART_PAGES, *DATA_PAGES])
def test_every_page_draws_with_data(app: AppTest, loaded: Workspace, page: str) -> None:
    _open(app, page)
    assert not app.exception
    assert not app.error
    assert app.title


@pytest.mark.parametrize("page", [*CHART_PAGES, *DATA_PAGES])
def test_every_page_draws_in_an_empty_workspace(app: AppTest, empty: Workspace, page: str) -> None:
    _open(app, page)
    assert not app.exception
    assert not app.error


@pytest.mark.parametrize("page", [*CHART_PAGES, "loads", "data_quality", "identity_review", "releases"])
def test_a_newcomer_is_told_what_to_do(app: AppTest, empty: Workspace, page: str) -> None:
    _open(app, page)
    assert "Nothing has been loaded yet" in _texts(app)
    assert [code.value for code in app.code] == [show.demo_command()]


@pytest.mark.parametrize("page", CHART_PAGES)
def test_every_chart_says_how_it_is_computed_and_how_many_it_counts(app: AppTest, loaded: Workspace, page: str) -> None:
    _open(app, page)
    assert any(expander.label == "How is this computed?" for expander in app.expander)
    assert "as of 17 Jun 2026" in _texts(app)


def test_a_definition_is_sent_once_it_is_opened(app: AppTest, loaded: Workspace) -> None:
    _open(app, "volume")
    assert "**Counted:**" not in _texts(app)
    app.session_state["how_volume"] = True
    app.run()
    assert _texts(app).count("**Counted:**") == 1


@pytest.mark.parametrize("page", CHART_PAGES)
def test_no_name_from_a_file_reaches_markdown(app: AppTest, loaded: Workspace, page: str) -> None:
    _open(app, page)
    assert "](http" not in _texts(app)
    assert not re.search(r"(?<!\\)<img", _texts(app))  # escaped, it is shown letter by letter


def test_an_incomplete_month_is_named(app: AppTest, loaded: Workspace) -> None:
    assert "Jun 2026 is not shown whole" in _texts(_open(app, "volume")).replace("\\", "")


def test_the_overview_compares_complete_months_only(app: AppTest, loaded: Workspace) -> None:
    app.run()
    assert any(metric.label == "Referrals in May 2026" for metric in app.metric)
    assert "Not filtered by" not in _texts(app)


def test_a_figure_of_the_overview_says_which_filters_mean_nothing_to_it(app: AppTest, loaded: Workspace) -> None:
    app.query_params["channel"] = "Fax"
    app.run()
    assert "Not filtered by channel" in _texts(app).replace("\\", "")


def test_a_page_shows_a_load_of_another_process_at_its_next_run(app: AppTest, empty: Workspace) -> None:
    app.run()
    assert "Nothing has been loaded yet" in _texts(app)
    network.put(empty, network.tables(referrals=60))
    app.run()
    assert "Nothing has been loaded yet" not in _texts(app)


def test_an_unknown_value_in_the_address_is_dropped_which_is_said(app: AppTest, loaded: Workspace) -> None:
    app.query_params["site"] = "No such site' or 1=1"
    app.query_params["cut"] = "patient_key"
    _open(app, "volume")
    assert not app.exception
    assert not app.error
    assert app.multiselect(key="site").value == []
    assert "Site: No such site' or 1=1" in _warned(app)


@pytest.mark.parametrize(("key", "value"), [
    ("practice", "Nowhere Clinic"), ("period", "Last 5 months"), ("as_of", "1999-01-01"), ("as_of", "soon"),
])  # fmt: skip
def test_a_colleague_is_told_of_what_an_address_asks_for_in_vain_until_they_choose_something(
    app: AppTest, loaded: Workspace, key: str, value: str
) -> None:
    app.query_params[key] = value
    app.run()
    assert value in _warned(app)
    app.query_params.clear()  # as the framework does with what no control knows
    _open(app, "volume")
    assert value in _warned(app)
    app.multiselect(key="site").select("Riverside").run()
    assert not _warned(app)


def test_an_address_that_asks_for_what_there_is_needs_no_word(app: AppTest, loaded: Workspace) -> None:
    app.query_params["site"] = ["Riverside"]
    app.query_params["period"] = "All time"
    app.query_params["as_of"] = "2026-03-01"
    app.run()
    assert not _warned(app)


def _warned(app: AppTest) -> str:
    return "\n".join(one.value for one in app.warning if "address asks" in one.value).replace("\\", "")


def test_a_site_in_the_address_filters_every_chart_page(app: AppTest, loaded: Workspace) -> None:
    app.query_params["site"] = "Riverside"
    app.run()
    assert app.multiselect(key="site").value == ["Riverside"]
    assert "Site: Riverside" in _texts(app).replace("\\", "")
    app.switch_page("app_pages/volume.py").run()
    assert "Site: Riverside" in _texts(app).replace("\\", "")


def test_clearing_sets_every_filter_back(app: AppTest, loaded: Workspace) -> None:
    app.query_params["site"] = "Riverside"
    app.query_params["period"] = "All time"
    app.run()
    app.button(key="clear_filters").click().run()
    assert app.multiselect(key="site").value == []
    assert app.selectbox(key="period").value == "Last 12 months"


def test_a_viewer_of_one_site_is_offered_no_other(
    app: AppTest, loaded: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "viewer", lambda: session.Viewer("someone", Scope(sites=(1,), studies=None)))
    app.run()
    assert app.multiselect(key="site").options == ["Riverside"]


def test_a_viewer_without_a_grant_sees_a_sentence_and_no_figure(
    app: AppTest, loaded: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        session, "viewer", lambda: session.Viewer("someone", session.granted("", "https://id.example|u1"))
    )
    app.run()
    said = _texts(app).replace("\\", "").replace("\u2060", "")  # no address on a page becomes a link
    assert "nothing has been granted to you" in said
    assert "send these words along: https://id.example|u1" in said
    assert not app.metric


def test_a_fault_of_ours_shows_a_sentence_without_its_message(
    app: AppTest, loaded: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise KeyError("Jane Roe, born 1961-02-03")

    monkeypatch.setattr(session, "result", broken)
    app.run()
    assert "could not be drawn" in _texts(app)
    assert "Jane Roe" not in _texts(app)


def test_the_call_list_can_show_one_state(app: AppTest, loaded: Workspace) -> None:
    app.query_params["state"] = "Lost"
    _open(app, "dormancy")
    assert not app.error
    assert "2 practices" in _texts(app).replace("\\", "")


def test_the_data_dictionary_finds_a_column(app: AppTest, loaded: Workspace) -> None:
    _open(app, "dictionary")
    app.text_input(key="find").set_value("patient_key").run()
    labels = [expander.label for expander in app.expander]
    assert any(label.startswith("referral:") for label in labels)
    assert not any(label.startswith("survey:") for label in labels)


def test_the_metric_dictionary_finds_a_metric_by_its_definition(app: AppTest, loaded: Workspace) -> None:
    _open(app, "metrics")
    everything = [expander.label for expander in app.main.expander]
    app.text_input(key="find_metric").set_value("adjusted Wald").run()
    assert 0 < len(app.main.expander) < len(everything)
    app.text_input(key="find_metric").set_value("no such thing").run()
    assert not app.main.expander
    assert "No metric says that." in _texts(app)


def test_what_changed_is_told_under_headings_of_a_reader(app: AppTest, loaded: Workspace) -> None:
    app.query_params["review"] = "2026-01-01"
    _open(app, "changes")
    headings = [set(frame.value.columns) for frame in app.dataframe]
    assert any({"site", "referrals before", "referrals after", "referrals change"} <= found for found in headings), (
        headings
    )


def test_blank_templates_begin_with_what_people_keep_by_hand(app: AppTest, empty: Workspace) -> None:
    _open(app, "dictionary")
    options = app.selectbox(key="template_kind").options
    assert options[:2] == ["Referral log", "Screening and enrollment log"]
    assert len(options) == len(set(options)) == len(sources.registry())


def test_the_rows_behind_a_chart_are_shown_without_a_click_on_a_bar(app: AppTest, loaded: Workspace) -> None:
    app.session_state["figures_volume"] = True
    _open(app, "volume")
    app.toggle(key="behind_volume").set_value(True).run()
    assert not app.exception
    shown = [frame.value for frame in app.dataframe]
    assert any({"file_name", "source_row"} <= set(frame.columns) for frame in shown)


@pytest.mark.parametrize(("page", "titles"), [
    ("appointments", ("Scheduled within 14 days of referral", "Seen within 14 days of referral", "Days until the third free appointment")),
    ("imaging", ("From the end of the exam to the final report", "From the final report to its delivery", "Exam as envisioned, of all asked")),
    ("promises", ("Acknowledged within 1 business day", "Acknowledged by a person within 1 business day",
                  "Appointment told to the referrer within 1 business day")),
    ("campaigns", ("Calls answered by a person", "Callers who gave up", "Wait until a call is answered")),
])  # fmt: skip
def test_on_a_phone_what_belongs_together_stands_together(
    app: AppTest, loaded: Workspace, page: str, titles: tuple[str, ...]
) -> None:
    headed = [header.value.replace("\\", "") for header in _open(app, page).header]
    places = [headed.index(title) for title in titles]
    assert places == [places[0], places[0] + 1, places[0] + 2]


@pytest.mark.parametrize(("page", "sentence"), [
    ("dormancy", "a relationship is judged on its whole history"), ("recruitment", "Forecasts assume that each site goes on"),
])  # fmt: skip
def test_a_caveat_of_several_cards_is_said_once(app: AppTest, loaded: Workspace, page: str, sentence: str) -> None:
    assert _texts(_open(app, page)).replace("\\", "").count(sentence) == 1


def test_rows_taken_away_say_which_they_are_and_how_many_there_are(
    app: AppTest, loaded: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken = {}
    monkeypatch.setattr(show, "downloads", lambda result, key, what="": taken.update({key: result}))
    rows = session.rows
    monkeypatch.setattr(session, "rows", lambda *asked: (rows(*asked)[0].head(3), rows(*asked)[1]))
    app.session_state["figures_volume"] = True
    _open(app, "volume")
    app.toggle(key="behind_volume").set_value(True).run()
    held = taken["rows_all_volume"]
    assert held.caveats[0] == f"Rows behind: all of it, {held.n:,} rows, the newest 3 in this file"


@pytest.mark.parametrize(("condition", "said"), [
    ({"stage": "referred", "exited": "true"}, ["referred", "left there"]),
    ({"stage": "referred", "exited": "false"}, ["referred", "still there"]),
    ({"reached": "contacted"}, ["reached contacted or a later stage"]),
    ({"site": "Bay_View", "period": "2026-05-01", "grain": "month"}, ["Bay_View", "May 2026"]),
    ({"hour": "9"}, ["9:00 to 9:59"]),
    ({"answered": "false"}, ["not answered"]),
    ({"state": "too_rare"}, ["too rare"]),
])  # fmt: skip
def test_the_rows_behind_a_bar_are_headed_in_words(condition: dict[str, str], said: list[str]) -> None:
    assert show._condition_words(condition) == said


def test_how_to_come_to_the_rows_is_said_with_the_figures_and_not_on_a_line_of_its_own(
    app: AppTest, loaded: Workspace
) -> None:
    told = [text.value for text in _open(app, "volume").caption if "the rows behind it" in text.value]
    assert told
    assert all("as of" in text for text in told)


def test_a_month_too_recent_for_a_point_is_said(app: AppTest, loaded: Workspace) -> None:
    assert "A month without a point is too recent to say" in _texts(_open(app, "conversion"))


def test_volume_is_judged_by_weeks_where_there_are_too_few_whole_months(view: session.View) -> None:
    assert review.judged_by(view) == "month"
    lately = replace(view, filters=replace(view.filters, start=dt.date(2025, 12, 1)))
    assert session.result(lately, "volume_change", None, "month").frame["low"].isna().all()
    assert review.judged_by(lately) == "week"
    assert session.result(lately, "volume_change", None, "week").frame["low"].notna().any()
    before = replace(view, filters=replace(view.filters, start=dt.date(1999, 12, 1), stop=dt.date(2000, 3, 1)))
    assert review.judged_by(before) == "month"
