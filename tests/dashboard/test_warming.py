"""The server answers what the pages ask before anyone asks it, and anew when another generation is published."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl

import pytest
from screens import network
from streamlit.testing.v1 import AppTest

from dashboard import charts, session, warming
from pipelines.workspace import Workspace

FIRST_PAGES = ("overview", "volume", "conversion", "dormancy", "feedback")
LATER_PAGES = ("promises", "promises?step=Afterwards", "recruitment")
Asked = set[tuple[Any, ...]]


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Asked:
    """What the warehouse is asked, as (metric, by, grain, scope, filters, as of)."""
    found: Asked = set()
    compute = session.metrics.compute

    def noted(metric: str, scope: Any, chosen: Any, by: Any, grain: Any, as_of: Any, **more: Any) -> Any:
        found.add((metric, by, grain, scope, chosen, as_of))
        return compute(metric, scope, chosen, by, grain, as_of, **more)

    monkeypatch.setattr(session.metrics, "compute", noted)
    return found


def _as_asked(questions: tuple[warming.Question, ...]) -> Asked:
    view = warming.first_view()
    return {(*question, view.scope, view.filters, view.as_of) for question in questions}


def _draw(app: AppTest, pages: tuple[str, ...]) -> None:
    """Each page, of the address given, as somebody sees it who opens it first: what one page sets for all is not set yet."""
    for address in pages:
        page, _, query = address.partition("?")
        fresh = AppTest.from_file(str(app._script_path), default_timeout=60)
        fresh.run()
        for name, value in parse_qsl(query):
            fresh.query_params[name] = value
        if page != "overview":
            fresh.switch_page(f"app_pages/{page}.py").run()


def test_what_the_server_answers_at_its_start_is_what_the_first_pages_ask(
    loaded: Workspace, app: AppTest, asked: Asked
) -> None:
    _draw(app, FIRST_PAGES)
    assert _as_asked(warming.FIRST_ASKED) - asked == set(), "nobody asks this first any more"
    session.forget()
    asked.clear()
    warming.at_start()
    assert asked == _as_asked((*warming.FIRST_ASKED, *warming.LATER_ASKED))


def test_the_first_chart_is_drawn_before_anybody_asks_for_it(loaded: Workspace, app: AppTest) -> None:
    warming.at_start()
    made = session._figure
    before = dict(made._kept)
    app.run()
    drawn = [key for key in made._kept if charts.volume in key and key[2] == warming.first_view()]
    assert len(drawn) == 1
    assert drawn[0] in before


def test_what_is_answered_later_is_what_the_other_pages_ask(loaded: Workspace, app: AppTest, asked: Asked) -> None:
    _draw(app, ("overview", *LATER_PAGES))
    later = _as_asked(warming.LATER_ASKED)
    assert later - asked == set(), "nobody asks this any more"
    view = warming.first_view()
    untouched = {question for question in asked if question[4:] == (view.filters, view.as_of)}
    assert untouched - later - _as_asked(warming.FIRST_ASKED) == set(), "nobody answers this ahead"


def test_each_generation_is_answered_once(loaded: Workspace, asked: Asked) -> None:
    warmer = warming.Warmer()
    warmer.look()
    assert asked == _as_asked((*warming.FIRST_ASKED, *warming.LATER_ASKED))
    asked.clear()
    warmer.look()
    assert asked == set()


def test_a_new_generation_is_answered_anew_and_an_empty_one_not_at_all(empty: Workspace, asked: Asked) -> None:
    warmer = warming.Warmer()
    warmer.look()
    assert asked == set()
    network.put(empty, network.tables(referrals=60))
    warmer.look()
    assert {question[0] for question in asked} >= {"referral_volume", "recruitment_backtest"}


def test_a_warmer_ends_when_it_is_told_to(loaded: Workspace) -> None:
    warmer = warming.Warmer()
    warmer.start()
    warmer.stop()
    assert not warmer._thread.is_alive()
