"""A page's questions are answered beside it: from the last to the first, each once, and no failure is lost or doubled."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from dashboard import ahead, session
from dashboard.panels import promises
from pipelines.errors import RapportError
from pipelines.metrics import Filters, Scope
from pipelines.workspace import Workspace

VIEW = session.View("g1", Scope.everything(), Filters())
QUESTIONS = (("first", None, None), ("second", None, "month"), ("third", "site", None))


@pytest.fixture
def computed(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The metrics asked of the warehouse, in their order."""
    asked: list[str] = []

    def compute(metric: str, *_: Any, **__: Any) -> str:
        asked.append(metric)
        if metric == "third" and "broken" in asked:
            raise RapportError("Not now.", "Wait.")
        return metric

    monkeypatch.setattr(session.metrics, "compute", compute)
    monkeypatch.setattr(session, "_workspace", lambda folder: type("Workspace", (), {"warehouse": None}))
    session._result.cache_clear()
    yield asked
    session._result.cache_clear()


def _done() -> None:
    ahead._HELPER.submit(lambda: None).result(10)


def test_the_helper_begins_at_the_end_and_leaves_the_first_to_the_page(computed: list[str]) -> None:
    ahead.ask(VIEW, QUESTIONS)
    _done()
    assert computed == ["third", "second"]


def test_what_somebody_has_asked_is_not_asked_again(computed: list[str]) -> None:
    session.result(VIEW, *QUESTIONS[2])
    ahead.ask(VIEW, QUESTIONS)
    _done()
    session.result(VIEW, *QUESTIONS[1])
    assert computed == ["third", "second"]


def test_a_failure_is_told_to_the_card_that_asks_and_to_nobody_else(computed: list[str]) -> None:
    computed.append("broken")
    ahead.ask(VIEW, QUESTIONS)
    _done()
    with pytest.raises(RapportError):
        session.result(VIEW, *QUESTIONS[2])


def test_an_earlier_day_is_left_to_the_page_which_tells_who_waits(computed: list[str]) -> None:
    ahead.ask(session.View("g1", Scope.everything(), Filters(), dt.date(2026, 1, 1)), QUESTIONS)
    _done()
    assert computed == []


@pytest.mark.parametrize("step", promises.ASKED)
def test_the_promises_page_asks_ahead_what_its_cards_ask(
    loaded: Workspace, app: AppTest, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    monkeypatch.setattr(ahead, "ask", lambda *_: None)
    asked, answer = set(), session.result

    def noted(view: session.View, metric: str, by: str | None = None, grain: str | None = None) -> Any:
        asked.add((metric, by, grain))
        return answer(view, metric, by, grain)

    monkeypatch.setattr(session, "result", noted)
    app.run()
    app.query_params["step"] = step.capitalize()
    asked.clear()
    app.switch_page("app_pages/promises.py").run()
    assert not app.exception
    questions = set(promises.questions(step, "month"))
    assert questions <= asked, "asked ahead for nobody"
    assert {metric for metric, _, _ in asked} == {metric for metric, _, _ in questions}, "a card nobody asks ahead for"
