"""The errors that a person is meant to read.

Every one carries what is wrong (``message``) and what to do about it (``remedy``), and neither may hold
protected health information: they are shown on screens, printed by the command line and written to logs.
"""

from __future__ import annotations

import traceback
from pathlib import Path


class RapportError(Exception):
    """Something a person can act on: ``str(error)`` is the message followed by the remedy."""

    def __init__(self, message: str, remedy: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.message} {self.remedy}".strip()


class WorkspaceError(RapportError):
    """The workspace folder, its key or its disk is not as it must be."""


class FileRefused(RapportError):
    """A file cannot be read at all: empty, protected, hostile, or not the format it claims to be."""


class MappingNeeded(RapportError):
    """A file was read, but which columns mean what must be told by a person first."""


class NotAllowed(RapportError):
    """The viewer's scope or role does not reach what was asked for."""


class UnknownName(RapportError):
    """A metric, dimension, source, load or setting that does not exist was named."""


def kind_and_place(problem: BaseException) -> str:
    """Of an exception that nobody foresaw its class and the file and line where it arose: ``ValueError at cells.py:12``. What it
    says may quote a cell, so that is never told."""
    frames = traceback.extract_tb(problem.__traceback__)
    place = f" at {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    return f"{type(problem).__name__}{place}"
