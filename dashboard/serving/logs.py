"""What the server's log may hold of a fault: its kind and place. The text of an exception may quote a cell of a file, and a
traceback hands its reader the way into the program.

Streamlit and the server beneath it write tracebacks of what they did not expect, some of which anybody can cause who reaches the
port (a frame that is no message). Each of their loggers has a handler of its own, so the record is changed where it is made.
"""

from __future__ import annotations

import logging
import re
from typing import Any

from pipelines.errors import kind_and_place

LONGEST = 1000  # characters of a message
_ACTING = re.compile("[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


def _tamed(record: logging.LogRecord) -> logging.LogRecord:
    """The record on one line of bearable length, without signs that a terminal obeys: a part of it may be what a stranger sent."""
    try:
        said = record.getMessage()
    except (TypeError, ValueError):  # its writer's mistake, of which the handler tells
        return record
    shown = _ACTING.sub(" ", said)
    if len(shown) > LONGEST:
        shown = f"{shown[:LONGEST]} …"
    if shown != said:
        record.msg, record.args = shown, None
    return record


def without_tracebacks() -> None:
    """From now on no record of this process above the debug level carries a traceback, another line or a terminal's orders."""
    before = logging.getLogRecordFactory()

    def make(name: str, level: int, path: str, line: int, message: object, args: Any, exc_info: Any = None,
             func: str | None = None, stack: str | None = None, **more: Any) -> logging.LogRecord:  # fmt: skip
        if level <= logging.DEBUG or not (exc_info or stack):
            record = before(name, level, path, line, message, args, exc_info, func, stack, **more)
            return record if level <= logging.DEBUG else _tamed(record)
        told = f" ({kind_and_place(exc_info[1])})" if exc_info and exc_info[1] else ""
        # The place is appended after the message was filled in: it may hold a per cent sign.
        record = before(name, level, path, line, message, args, None, func, None, **more)
        record.msg, record.args = f"{record.getMessage()}{told}", None
        return _tamed(record)

    logging.setLogRecordFactory(make)
