"""One answer is made once, and the server makes what the pages ask first before anyone asks it."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from dashboard import session
from dashboard.sharing import shared
from pipelines.workspace import Workspace

PAGES = ("overview", "volume", "conversion", "dormancy", "feedback")


def test_many_who_ask_at_the_same_moment_share_one_answer() -> None:
    made, go = [], threading.Event()

    @shared(4)
    def slow(key: str) -> str:
        made.append(key)
        go.wait(10)
        return key.upper()

    with ThreadPoolExecutor(8) as pool:
        waiting = [pool.submit(slow, "a") for _ in range(8)]
        while not made:
            pass
        go.set()
        assert {one.result() for one in waiting} == {"A"}
    assert made == ["a"]


def test_a_failure_reaches_whoever_asked_and_is_not_kept() -> None:
    answers = iter((ValueError("not now"), "well"))

    @shared(4)
    def unsure(key: str) -> str:
        found = next(answers)
        if isinstance(found, Exception):
            raise found
        return found

    with pytest.raises(ValueError, match="not now"):
        unsure("a")
    assert unsure("a") == "well"


def test_the_least_lately_used_answer_makes_room() -> None:
    made: list[int] = []

    @shared(2)
    def count(key: int) -> int:
        made.append(key)
        return key

    for key in (1, 2, 1, 3, 1, 2):
        assert count(key) == key
    assert made == [1, 2, 3, 2]


def test_what_the_server_answers_at_its_start_is_what_the_pages_ask_first(
    loaded: Workspace, app: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: set[Any] = set()
    compute = session.metrics.compute

    def noted(metric: str, scope: Any, chosen: Any, by: Any, grain: Any, as_of: Any, **more: Any) -> Any:
        asked.add((metric, by, grain, scope, chosen, as_of))
        return compute(metric, scope, chosen, by, grain, as_of, **more)

    monkeypatch.setattr(session.metrics, "compute", noted)
    app.run()
    for page in PAGES[1:]:
        app.switch_page(f"app_pages/{page}.py").run()
    first = session.first_view()
    warmed = {(*question, first.scope, first.filters, first.as_of) for question in session.FIRST_ASKED}
    assert warmed <= asked, "nobody asks this first any more"
    session.forget()
    asked.clear()
    session.warm_up()
    assert asked == warmed
