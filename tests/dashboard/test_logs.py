"""The server's log never holds what an exception says."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest

from dashboard.serving.logs import without_tracebacks


@pytest.fixture(autouse=True)
def factory() -> Iterator[None]:
    before = logging.getLogRecordFactory()
    without_tracebacks()
    yield
    logging.setLogRecordFactory(before)


def _fail() -> None:
    raise ValueError("Zyxtina Qanaryson 100%s")


@pytest.mark.parametrize("name", ["streamlit.web.server", "uvicorn.error", "asyncio"])
def test_a_logged_exception_leaves_its_kind_and_place_alone(name: str, caplog: pytest.LogCaptureFixture) -> None:
    try:
        _fail()
    except ValueError as problem:
        logging.getLogger(name).exception("Failed %s of %d%%", "a", 1)
        logging.getLogger(name).warning("Failed", exc_info=problem)
    assert "Qanary" not in caplog.text
    assert "Traceback" not in caplog.text
    assert caplog.messages[0].startswith("Failed a of 1% (ValueError at test_logs.py:")
    assert caplog.messages[1].startswith("Failed (ValueError at test_logs.py:")


def test_whoever_looks_closer_sees_all_of_it(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    try:
        _fail()
    except ValueError as problem:
        logging.getLogger("rapport.dashboard").debug("where", exc_info=problem)
    assert "Traceback" in caplog.text


def test_a_stranger_writes_neither_a_second_line_nor_a_terminals_orders_nor_pages_of_text(
    caplog: pytest.LogCaptureFixture,
) -> None:
    sent = "x\n2026-11-27 ERROR forged\r\x1b[31mred\u202e" + "A" * 9_000
    logging.getLogger("streamlit.web.server").error("Error during authentication: %s", sent)
    (said,) = caplog.messages
    assert said.isprintable()
    assert len(said) < 1_100
    assert said.startswith("Error during authentication: x 2026-11-27 ERROR forged")
