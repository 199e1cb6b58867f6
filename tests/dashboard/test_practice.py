"""Before a visit: one practice on one sheet, on the screen, printed and as a workbook."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import Any

import openpyxl
import pytest
from screens import network
from streamlit.testing.v1 import AppTest

from dashboard import session
from dashboard.panels import practice
from pipelines.metrics import Scope
from pipelines.workspace import Workspace


def _open(app: AppTest) -> AppTest:
    app.run()
    return app.switch_page("app_pages/practice.py").run()


def _texts(app: AppTest) -> str:
    kinds = (app.markdown, app.caption, app.header, app.info, app.error)
    return "\n".join(element.value for kind in kinds for element in kind).replace("\\", "")


def _named(view: session.View, name: str) -> practice.Chosen:
    frame = session.result(view, "relationship_state", "practice").frame
    return practice.Chosen(int(frame.loc[frame["category"] == name, "category_id"].iloc[0]), name)


def test_an_address_of_a_practice_that_cannot_be_shown_says_that_another_is(app: AppTest, loaded: Workspace) -> None:
    app.query_params["about"] = "Nowhere Clinic"
    _open(app)
    assert any("Nowhere Clinic" in one.value and "another practice" in one.value for one in app.warning)


@pytest.fixture
def birch(view: session.View) -> tuple[session.View, practice.Chosen]:
    """The view of one practice, as the page narrows it."""
    chosen = _named(view, "Birch Family Medicine")
    return replace(view, filters=replace(view.filters, practices=(chosen.id,))), chosen


def test_the_practice_that_the_filters_name_is_the_one_shown(app: AppTest, loaded: Workspace) -> None:
    app.query_params["practice"] = "Birch Family Medicine"
    _open(app)
    assert app.selectbox(key="about").value == "Birch Family Medicine"
    assert "Desk 05" in str([frame.value.to_dict("records") for frame in app.dataframe])


def test_every_list_is_about_that_practice_alone(birch: tuple[session.View, practice.Chosen]) -> None:
    for one in practice.listed(*birch):
        if "practice" in one.result.frame:
            assert set(one.result.frame["practice"]) <= {"Birch Family Medicine"}
    by_key = {one.key: one.result.frame for one in practice.listed(*birch)}
    assert by_key["their_desk"]["person"].tolist() == ["Desk 05"]
    assert len(by_key["their_contacts"])
    assert len(by_key["their_studies"])


def test_a_practice_without_a_referral_in_the_period_is_shown_with_its_whole_history(
    app: AppTest, loaded: Workspace
) -> None:
    app.query_params |= {"practice": network.SCRIPT, "period": "Last 3 months"}
    _open(app)
    assert "their whole history is shown" in _texts(app)
    assert not any("Nothing matches" in info.value for info in app.info)


def test_the_printed_sheet_holds_every_part_and_runs_nothing(view: session.View) -> None:
    chosen = _named(view, network.SCRIPT)
    theirs = replace(view, filters=replace(view.filters, practices=(chosen.id,)))
    text = practice._printed(theirs, ("All time",), chosen).decode("utf-8")
    assert "&lt;img src=x onerror=alert(1)&gt; &amp; Sons" in text
    assert "<img" not in text
    assert "<script" not in text
    assert "http" not in text.replace(network.IMAGE, "")
    for title in (
        "Referrals by quarter",
        "Who refers there",
        "Who works there",
        "Our last contacts",
        "Studies to speak of",
    ):
        assert f"<h2>{title}</h2>" in text
    assert "as of 17 Jun 2026" in text
    assert "Q1 2026" in text
    assert "None" not in text
    assert "NaT" not in text


def test_the_workbook_has_a_sheet_for_each_part_and_says_what_it_is(
    birch: tuple[session.View, practice.Chosen],
) -> None:
    book = openpyxl.load_workbook(io.BytesIO(practice._workbook(birch[0], ("All time",), birch[1])))
    assert {"About", "Referrals by quarter", "Who refers there", "Who works there", "Our last contacts"} <= set(
        book.sheetnames
    )
    about = {str(row[0].value): str(row[1].value) for row in book["About"].iter_rows()}
    assert about["Practice"] == "Birch Family Medicine"
    assert "as of 17 Jun 2026" in about["Referrals by quarter"]
    desk: Any = book["Who works there"]
    assert desk.freeze_panes == "A2"
    assert desk["A1"].value == "Name"


def test_a_viewer_of_another_site_sees_no_one_of_the_practice(view: session.View) -> None:
    nowhere = replace(view, scope=Scope(sites=(99,), studies=None))
    assert session.result(nowhere, "practice_people").n == 0
    assert session.result(nowhere, "practice_contacts").n == 0
