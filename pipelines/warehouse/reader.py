"""How a published generation is asked: one caller's view of it, today or as it was known on an earlier day."""

from __future__ import annotations

import datetime as dt
import errno
import logging
from collections.abc import Callable, Hashable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pipelines.errors import WorkspaceError
from pipelines.generation.past import Day, Days
from pipelines.warehouse.connections import BROKEN, DatabaseError, parsed
from pipelines.workspace import read_only

if TYPE_CHECKING:
    import pandas as pd
    from duckdb import DuckDBPyConnection

    from pipelines.frames import (
        Columns,  # at run time only where asked for: pandas is half the start of the reading child
    )

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Reader:
    """One caller's view of one generation: its own cursor, so results never mix."""

    cursor: DuckDBPyConnection
    generation: str
    data_cut: dt.date | None
    memory: dict[Hashable, Any] = field(default_factory=dict)
    look_back: Callable[[dt.date], Reader] | None = None
    past: Day | None = None

    def then(self, day: dt.date) -> Reader:
        """The same generation as it was known at the end of ``day``, open as long as this reader is."""
        if self.look_back is None:
            raise ValueError("what was known on a day is asked of the present")
        return self.look_back(day)

    def once(self, key: Hashable, make: Callable[[], Any]) -> Any:
        """What ``make()`` gives, made once per generation and ``key``, and forgotten with the generation. Two callers
        at the same moment may both make it: it is the same."""
        if key not in self.memory:
            self.memory[key] = make()
        return self.memory[key]

    def columns(self, sql: str, params: Mapping[str, Any] | None = None) -> Columns:
        """The columns of one static query. Parameters that its text does not name are left out."""
        from pipelines import frames

        return frames.fetched(self._execute(sql, params))

    def frame(self, sql: str, params: Mapping[str, Any] | None = None) -> pd.DataFrame:
        """The same as a frame."""
        from pipelines import frames

        return frames.framed(self.columns(sql, params))

    def all(self, sql: str, params: Mapping[str, Any] | None = None) -> list[tuple[Any, ...]]:
        """The rows of one static query as tuples."""
        return self._execute(sql, params).fetchall()

    def _execute(self, sql: str, params: Mapping[str, Any] | None) -> DuckDBPyConnection:
        if self.past:
            _make(self.past, sql)
        statement, named = parsed(sql)
        try:
            return self.cursor.execute(
                statement, {name: value for name, value in (params or {}).items() if name in named}
            )
        except BROKEN as problem:
            log.error("generation %s is damaged: %s", self.generation, type(problem).__name__)
            raise WorkspaceError(
                "The file from which the charts are drawn is damaged; what was loaded is not.", "Run: rapport rebuild."
            ) from problem


@dataclass
class OpenGeneration:
    """An open generation file and how many readers are inside it."""

    con: DuckDBPyConnection
    name: str
    data_cut: dt.date | None
    days: Days
    readers: int = 0
    memory: dict[Hashable, Any] = field(default_factory=dict)

    def close(self) -> None:
        """Close the file, and forget the past days that were worked out of it."""
        self.days.close()
        self.con.close()

    @contextmanager
    def looking_back(self, day: dt.date) -> Iterator[Reader]:
        """A reader of it as it was known at the end of ``day``. Raises ``WorkspaceError`` where that cannot be worked out."""
        try:
            past = self.days.enter(day)
        except (DatabaseError, OSError) as problem:
            raise _no_past(problem) from problem
        try:
            with closing(past.con.cursor()) as cursor:
                yield Reader(cursor, self.name, self.data_cut, self.memory, past=past)
        finally:
            self.days.leave(past)


def _make(past: Day, sql: str) -> None:
    try:
        past.make(sql)
    except (DatabaseError, OSError) as problem:
        raise _no_past(problem) from problem


def _no_past(problem: Exception) -> WorkspaceError:
    log.error("looking back failed: %s", type(problem).__name__)
    failed = "What was known on that day could not be worked out; the present is not affected."
    if isinstance(problem, OSError) and problem.errno in (errno.EROFS, errno.EACCES, errno.EPERM):
        told = read_only(problem)
        return WorkspaceError(f"{failed} {told.message}", told.remedy)
    return WorkspaceError(failed, "Free some disk space and ask again. If it fails again, run: rapport doctor.")
