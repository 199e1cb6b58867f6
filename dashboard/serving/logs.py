"""What the server's log may hold of a fault: its kind and place. The text of an exception may quote a cell of a file, and a
traceback hands its reader the way into the program.

Streamlit and the server beneath it write tracebacks of what they did not expect, some of which anybody can cause who reaches the
port (a frame that is no message). Each of their loggers has a handler of its own, so the record is changed where it is made.
"""

from __future__ import annotations

import logging
from typing import Any

from pipelines.errors import kind_and_place


def without_tracebacks() -> None:
    """From now on no record of this process above the debug level carries a traceback."""
    before = logging.getLogRecordFactory()

    def make(name: str, level: int, path: str, line: int, message: object, args: Any, exc_info: Any = None,
             func: str | None = None, stack: str | None = None, **more: Any) -> logging.LogRecord:  # fmt: skip
        if level <= logging.DEBUG or not (exc_info or stack):
            return before(name, level, path, line, message, args, exc_info, func, stack, **more)
        told = f" ({kind_and_place(exc_info[1])})" if exc_info and exc_info[1] else ""
        # The place is appended after the message was filled in: it may hold a per cent sign.
        record = before(name, level, path, line, message, args, None, func, None, **more)
        record.msg, record.args = f"{record.getMessage()}{told}", None
        return record

    logging.setLogRecordFactory(make)
