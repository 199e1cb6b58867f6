"""Publishes generations, opens them read-only, lends scratch databases; nobody else opens DuckDB (``connections``).

DuckDB is a cache here, never the record (a full disk invalidates its file, a power cut inside a checkpoint can
leave one that does not open). A generation is built under a new name, synced, and published by replacing the
one-line file ``CURRENT`` (``publishing``); readers open it read-only, locked down, with a cursor of their own for
each call (``reader``: one connection shared by threads returned other users' rows in a third of calls). So a
reader sees a whole generation or the one before, in any process, and a broken or deleted file is simply built
again.
"""

from __future__ import annotations

import logging
import os
import secrets
import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from pipelines import generation
from pipelines.errors import WorkspaceError
from pipelines.generation.past import Days
from pipelines.warehouse import connections
from pipelines.warehouse.connections import READ_MEMORY, connect_to_build, prepare, readable, scratch
from pipelines.warehouse.publishing import Builder, Progress, Publisher, remove
from pipelines.warehouse.reader import OpenGeneration, Reader
from pipelines.workspace import locked, read_only

if TYPE_CHECKING:
    from pipelines.workspace import Workspace

__all__ = ["READ_MEMORY", "Reader", "Warehouse", "connect_to_build", "prepare", "readable", "scratch"]

log = logging.getLogger(__name__)


def _quiet(label: str, fraction: float) -> None:
    """Progress for nobody."""


class Warehouse:
    """The generations of one workspace. One instance may serve many threads."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.folder = workspace.root / "generations"
        self._publisher = Publisher(workspace, self.folder)
        self._lock = threading.Lock()
        self._open: dict[str, OpenGeneration] = {}
        self._read_one = False
        self._not_published: int | None = None

    # --- reading

    @property
    def current(self) -> str | None:
        """Name of the published generation, ``None`` where none is told."""
        return self._publisher.current

    @property
    def outdated(self) -> bool:
        """Whether there is no generation, or one made by another release, whose tables this one may not know."""
        state = self._publisher.state()
        return state is None or state["code"] != generation.fingerprint()

    @contextmanager
    def read(self) -> Iterator[Reader]:
        """A reader of the published generation, building one first where there is none of this release that opens.

        Raises ``WorkspaceError`` where another release has published one since this process first read."""
        opened = self._enter()
        with ExitStack() as left:
            left.callback(self._leave, opened)
            cursor = left.enter_context(closing(opened.con.cursor()))
            look_back = lru_cache(maxsize=None)(lambda day: left.enter_context(opened.looking_back(day)))
            yield Reader(cursor, opened.name, opened.data_cut, opened.memory, look_back)

    def _enter(self) -> OpenGeneration:
        name = self.current
        if name is None or not (self.folder / name).exists():
            self.publish()
            name = self.current
        with self._lock:
            opened = self._open.get(name or "") or self._open_file(name or "")
            opened.readers += 1
            return opened

    def _open_file(self, name: str) -> OpenGeneration:
        if self.outdated:
            if self._read_one and self._publisher.state():  # two releases that took turns to build would never end
                raise WorkspaceError(
                    "Another release of Rapport has built the warehouse anew.",
                    "Start this program again, in that release.",
                )
            self.publish()
            name = self.current or ""
        try:
            con, cut = connections.connect_read_only(self.folder / name)
        except (connections.DatabaseError, OSError, IndexError):
            log.warning("generation %s does not open; building it again", name)
            remove(self.folder / name)
            self.publish()
            name = self.current or ""
            con, cut = connections.connect_read_only(self.folder / name)
        self._read_one = True
        opened = self._open[name] = OpenGeneration(con, name, cut, self._days(self.folder / name))
        self._close_idle(keep=name)
        return opened

    def _leave(self, opened: OpenGeneration) -> None:
        with self._lock:
            opened.readers -= 1
            self._close_idle(keep=self.current or opened.name)

    def _close_idle(self, keep: str) -> None:
        for name in [name for name, opened in self._open.items() if name != keep and not opened.readers]:
            self._open.pop(name).close()

    def _days(self, generation: Path) -> Days:
        """The past days of one generation, in a folder that is swept like any other job's."""
        folder = self.workspace.root / "work" / f"{os.getpid()}-past-{secrets.token_hex(6)}"
        return Days(lambda path: connections.connect_past(path, generation), folder)

    def close(self) -> None:
        """Close every file this process holds open."""
        with self._lock:
            for opened in self._open.values():
                opened.close()
            self._open.clear()

    def table_hashes(self) -> dict[str, str]:
        """A content hash per table, blind to row order: equal for equal tables, however they were built."""
        with self.read() as reader:
            return {
                name: "-".join(str(value) for value in reader.all(_HASH_SQL.format(table=name))[0])
                for name in generation.table_names()
            }

    # --- writing

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Hold the one writer's lock of the workspace, across threads and processes. Raises ``WorkspaceError``."""
        with ExitStack() as held:
            try:
                held.enter_context(locked(self.workspace.root))
            except OSError as problem:
                raise read_only(problem) from None
            yield

    def publish(self, on_progress: Progress = _quiet, *, full: bool = False, build: Builder = generation.build) -> str:
        """Bring the published generation to the ledger's active loads; returns its name. ``full`` builds it from
        nothing, with ``build``.

        Raises ``WorkspaceError`` on a full disk; the previous generation then stays published.
        """
        with self.writing():
            return self.publish_locked(on_progress, full=full, build=build)

    def publish_locked(
        self, on_progress: Progress = _quiet, *, full: bool = False, build: Builder = generation.build
    ) -> str:
        """``publish`` for a caller that is already ``writing``."""
        return self._publisher.publish(on_progress, full=full, build=build)

    def catch_up(self, on_progress: Progress = _quiet) -> None:
        """Publish what a load, an undo or a decision changed that was stopped before it had published. Nothing is done while
        somebody still changes something, nor again for a change that could not be published: the figures then stay as they are,
        as after a full disk."""
        revision, state = self.workspace.ledger.revision, self._publisher.state()
        if state is None or revision in (state["revision"], self._not_published):
            return
        with self.workspace.unchanged() as quiet:
            if not quiet:
                return
            try:
                self.publish(on_progress)
            except WorkspaceError as problem:
                self._not_published = revision
                log.warning("an unfinished change could not be published: %s", problem.message)


_HASH_SQL = "select count(*), bit_xor(hash(t)), sum(hash(t)::hugeint) from {table} t"
