"""One answer is made once, however many ask for it."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from dashboard.sharing import shared


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
