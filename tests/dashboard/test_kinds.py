"""A card with nothing to show says why: filters that leave nothing, or a kind of file that was never loaded."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

import pytest
from screens import network
from streamlit.testing.v1 import AppTest

from dashboard import kinds, session
from pipelines.metrics import Filters, registry
from pipelines.metrics.caveats import few
from pipelines.metrics.shares import UNBOOKED, UNTOLD, UNTOUCHED
from pipelines.workspace import Workspace, open_workspace

REFERRALS_ALONE = ("site", "organization", "practitioner", "practitioner_role", "referral_source", "referral")


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """A workspace that knows of referrals, who sent them, and nothing else."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("RAPPORT_WORKSPACE", str(tmp_path / "workspace"))
    monkeypatch.delenv("RAPPORT_KEY", raising=False)
    session.forget()
    workspace = open_workspace(tmp_path / "workspace")
    rows = network.tables(referrals=120)
    network.put(workspace, {name: found for name, found in rows.items() if name in REFERRALS_ALONE})
    return workspace


@pytest.mark.parametrize("metric", registry())
def test_every_metric_names_the_kinds_of_export_that_fill_it(metric: str) -> None:
    assert kinds.filling(registry()[metric])


def test_three_kinds_are_named_and_the_others_counted() -> None:
    assert kinds.named(("A",)) == "A"
    assert kinds.named(("A", "B", "C")) == "A, B or C"
    assert kinds.named(("A", "B", "C", "D")) == "A, B, C or 1 other kind of export"
    assert kinds.named(("A", "B", "C", "D", "E")) == "A, B, C or one of 2 other kinds of export"


def test_what_people_keep_by_hand_is_named_before_what_systems_write() -> None:
    assert kinds.filling(registry()["referral_volume"])[0] == "Referral log"
    assert kinds.filling(registry()["call_answering"])[0] != "FHIR Communication"


def test_a_card_on_which_nothing_is_good_news_does_not_ask_for_other_filters(view: session.View) -> None:
    nobody = replace(view, filters=replace(view.filters, channels=("carrier pigeon",)))
    found = session.result(nobody, "slipped_patients", None)
    assert "clear a filter" in kinds.why_nothing(found, nobody)
    assert kinds.why_nothing(found, nobody, "Nothing waits.") == "Nothing waits."


def test_records_of_which_none_counts_are_not_said_to_be_missing(bare: Workspace) -> None:
    everyone = session.View(session.generation(), session.viewer().scope, Filters())
    asked = replace(everyone, filters=Filters(start=dt.date(2026, 6, 1), stop=dt.date(2026, 6, 2)))
    newcomers = session.result(asked, "new_referrers")
    assert newcomers.n == 0
    assert kinds.why_nothing(newcomers, asked, "No newcomer.") == "No newcomer."
    urgent = session.result(everyone, "urgent_scheduling")
    assert urgent.n == 0
    assert kinds.why_nothing(urgent, everyone) == kinds.NONE_COUNTS
    calls = session.result(everyone, "call_answering")
    assert "It comes from: Telephone log" in kinds.why_nothing(calls, everyone, "No call.")


def test_why_nothing_is_shown_is_the_reason_and_not_how_to_read_what_is_there(bare: Workspace) -> None:
    view = session.View(session.generation(), session.viewer().scope, Filters())
    found = session.result(view, "outreach_lift")
    refused = "An effect of visits needs 30 visited practices; there are 3. No figure is shown."
    asides = (few(3), "As of 3 May 2026: what happened or was recorded later is left out.", "Not filtered by study: these records do not carry it.",
              "The data end on 3 May 2026: nothing later is known.", "May 2026 is not shown whole: do not compare it with a whole month.")  # fmt: skip
    for aside in asides:
        assert kinds.why_nothing(replace(found, n=3, caveats=(refused, aside)), view) == refused
        assert kinds.why_nothing(replace(found, n=3, caveats=(aside,)), view, "No word.") == "No word."


def test_a_day_before_anything_was_known_is_named(bare: Workspace) -> None:
    early = session.View(session.generation(), session.viewer().scope, Filters(), dt.date(2019, 5, 1))
    said = kinds.why_nothing(session.result(early, "referral_volume"), early)
    assert said.startswith("Nothing of this was known yet on 1 May 2019.")


def test_filters_that_leave_nothing_are_told_apart_from_files_that_were_never_loaded(view: session.View) -> None:
    none = replace(view, filters=Filters(practices=(-1,)))
    assert "clear a filter" in kinds.why_nothing(session.result(none, "referral_volume"), none)
    never = session.result(view, "call_answering")
    if not never.n:
        assert "comes from" in kinds.why_nothing(never, view)


def test_a_workspace_of_one_log_says_what_each_page_would_be_filled_by(app: AppTest, bare: Workspace) -> None:
    app.run()
    for page, said in {
        "feedback": "Survey invitations",
        "campaigns": "Telephone log",
        "recruitment": "Study sites and plan",
    }.items():
        app.switch_page(f"app_pages/{page}.py").run()
        assert not app.exception
        told = "\n".join(info.value for info in app.info).replace("\\", "")
        assert said in told
        assert "clear a filter" not in told


def test_promises_are_not_called_broken_where_no_message_was_ever_recorded(bare: Workspace) -> None:
    asked = session.View(session.generation(), session.viewer().scope, Filters())
    for metric in ("acknowledgement", "set_notice", "loop_closed", "slipped_patients", "ever_slipped"):
        assert UNTOLD in session.result(asked, metric).caveats
    assert UNBOOKED in session.result(asked, "scheduling").caveats
    assert UNTOUCHED in session.result(asked, "touch_coverage", "site").caveats


def test_where_messages_are_recorded_nothing_of_the_kind_is_said(view: session.View) -> None:
    for metric in (
        "acknowledgement",
        "set_notice",
        "loop_closed",
        "slipped_patients",
        "ever_slipped",
        "outcome_notice",
    ):
        assert UNTOLD not in session.result(view, metric).caveats
    assert UNBOOKED not in session.result(view, "scheduling").caveats
    assert UNTOUCHED not in session.result(view, "touch_coverage", "site").caveats
