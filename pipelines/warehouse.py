"""The only module that opens DuckDB: publishes generations, opens them read-only, lends scratch databases.

DuckDB is a cache here, never the record (a full disk invalidates its file, a power cut inside a checkpoint can
leave one that does not open). A generation is built under a new name, synced, and published by replacing the
one-line file ``CURRENT``; readers open it read-only, locked down, with a cursor of their own for each call (one
connection shared by threads returned other users' rows in a third of calls). So a reader sees a whole
generation or the one before, in any process, and a broken or deleted file is simply built again.
"""

from __future__ import annotations

import datetime as dt
import errno
import json
import logging
import os
import re
import secrets
import shutil
import threading
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from pipelines import generation
from pipelines.errors import WorkspaceError
from pipelines.generation.past import NOW, Day, Days
from pipelines.generation.versions import Part
from pipelines.identity import MACROS, hmac_pads, likeness
from pipelines.identity.resolve import Decision
from pipelines.record.ledger import ACTIVE
from pipelines.workspace import locked, sync_folder, write_durably

if TYPE_CHECKING:
    import pandas as pd
    from duckdb import DuckDBPyConnection

    from pipelines.frames import (
        Columns,  # at run time only where asked for: pandas is half the start of the reading child
    )
    from pipelines.workspace import Workspace

Progress = Callable[[str, float], None]
Builder = Callable[["DuckDBPyConnection", Sequence[Part], Sequence[Decision], Progress], None]
log = logging.getLogger(__name__)

BUILD_MEMORY, LARGE_BUILD_MEMORY = "900MB", "1500MB"
LARGE = 3_000_000  # rows of the record
READ_MEMORY = "1GB"
GROWN = 1.25  # as large as when nothing was left over in it: then a generation's gaps are closed
MOST_VACUUMS = 100  # DuckDB's own
_NAME = re.compile(r"g\d+-[0-9a-f]+\.duckdb")
# What DuckDB raises where a block of its file does not match its checksum, and from then on.
_BROKEN = (duckdb.IOException, duckdb.FatalException, duckdb.InternalException, duckdb.SerializationException)
_PARAMETER = re.compile(r"\$([a-z_][a-z0-9_]*)")


def _quiet(label: str, fraction: float) -> None:
    """Progress for nobody."""


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
        statement, named = _parsed(sql)
        try:
            return self.cursor.execute(
                statement, {name: value for name, value in (params or {}).items() if name in named}
            )
        except _BROKEN as problem:
            log.error("generation %s is damaged: %s", self.generation, type(problem).__name__)
            raise WorkspaceError(
                "The file from which the charts are drawn is damaged; what was loaded is not.", "Run: rapport rebuild."
            ) from problem


@lru_cache(maxsize=2000)
def _parsed(sql: str) -> tuple[duckdb.Statement, frozenset[str]]:
    """The one statement of ``sql`` and the parameters that it names. Given text, DuckDB parses it twice at every call,
    which took a third of a small question's time. A statement knows no database: each execution binds a copy."""
    (statement,) = duckdb.extract_statements(sql)
    return statement, frozenset(_PARAMETER.findall(sql))


@dataclass
class _Open:
    """An open generation file and how many readers are inside it."""

    con: DuckDBPyConnection
    name: str
    data_cut: dt.date | None
    days: Days
    readers: int = 0
    memory: dict[Hashable, Any] = field(default_factory=dict)

    def close(self) -> None:
        self.days.close()
        self.con.close()


class Warehouse:
    """The generations of one workspace. One instance may serve many threads."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.folder = workspace.root / "generations"
        self._lock = threading.Lock()
        self._open: dict[str, _Open] = {}
        self._read_one = False

    # --- reading

    @property
    def current(self) -> str | None:
        """Name of the published generation, ``None`` before the first, or where the file that tells it is damaged: a generation
        is then built."""
        try:
            name = (self.folder / "CURRENT").read_text("ascii").strip()
        except (FileNotFoundError, UnicodeDecodeError):
            return None
        return name if _NAME.fullmatch(name) else None

    @property
    def outdated(self) -> bool:
        """Whether there is no generation, or one made by another release, whose tables this one may not know."""
        state = self._current_state()
        return state is None or state["code"] != generation.fingerprint()

    @contextmanager
    def read(self) -> Iterator[Reader]:
        """A reader of the published generation, building one first where there is none of this release that opens.

        Raises ``WorkspaceError`` where another release has published one since this process first read."""
        opened = self._enter()
        with ExitStack() as left:
            left.callback(self._leave, opened)
            cursor = left.enter_context(closing(opened.con.cursor()))
            look_back = lru_cache(maxsize=None)(lambda day: left.enter_context(_looking_back(opened, day)))
            yield Reader(cursor, opened.name, opened.data_cut, opened.memory, look_back)

    def _enter(self) -> _Open:
        name = self.current
        if name is None or not (self.folder / name).exists():
            self.publish()
            name = self.current
        with self._lock:
            opened = self._open.get(name or "") or self._open_file(name or "")
            opened.readers += 1
            return opened

    def _open_file(self, name: str) -> _Open:
        if self.outdated:
            if self._read_one and self._current_state():  # two releases that took turns to build would never end
                raise WorkspaceError(
                    "Another release of Rapport has built the warehouse anew.",
                    "Start this program again, in that release.",
                )
            self.publish()
            name = self.current or ""
        try:
            con, cut = _connect_read_only(self.folder / name)
        except (duckdb.Error, OSError, IndexError):
            log.warning("generation %s does not open; building it again", name)
            _remove(self.folder / name)
            self.publish()
            name = self.current or ""
            con, cut = _connect_read_only(self.folder / name)
        self._read_one = True
        opened = self._open[name] = _Open(con, name, cut, self._days(self.folder / name))
        self._close_idle(keep=name)
        return opened

    def _leave(self, opened: _Open) -> None:
        with self._lock:
            opened.readers -= 1
            self._close_idle(keep=self.current or opened.name)

    def _close_idle(self, keep: str) -> None:
        for name in [name for name, opened in self._open.items() if name != keep and not opened.readers]:
            self._open.pop(name).close()

    def _days(self, generation: Path) -> Days:
        """The past days of one generation, in a folder that is swept like any other job's."""
        folder = self.workspace.root / "work" / f"{os.getpid()}-past-{secrets.token_hex(6)}"
        return Days(lambda path: _connect_past(path, generation), folder)

    def close(self) -> None:
        """Close every file this process holds open."""
        with self._lock:
            for opened in self._open.values():
                opened.close()
            self._open.clear()

    # --- writing

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Hold the one writer's lock of the workspace, across threads and processes. Raises ``WorkspaceError``."""
        with ExitStack() as held:
            try:
                held.enter_context(locked(self.workspace.root))
            except OSError as problem:
                raise WorkspaceError(
                    f"The workspace cannot be written to ({problem.strerror}).",
                    "Check your rights to the workspace folder and to writer.lock in it.",
                ) from None
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
        revision = self.workspace.ledger.revision
        current = self._current_state()
        if current and (current["revision"], current["code"]) == (revision, generation.fingerprint()) and not full:
            return str(current["name"])
        parts = self._parts()
        target = self.folder / f"g{revision:08d}-{secrets.token_hex(4)}.duckdb"
        try:
            compacted = self._made(target, parts, None if full else current, on_progress, build)
            self._point_at(target, revision, parts, compacted)
        except (duckdb.Error, OSError) as problem:
            _remove(target)
            raise _disk_error(problem, self.folder) from problem
        except BaseException:
            _remove(target)
            raise
        self._retire(keep={target.name, str(current["name"]) if current else target.name})
        return target.name

    def _made(self, target: Path, parts: list[Part], current: dict[str, Any] | None, on_progress: Progress, build: Builder) -> int:  # fmt: skip
        """As ``_make``; where the current generation turns out to be damaged, from the kept rows alone."""
        try:
            return self._make(target, parts, current, on_progress, build)
        except _BROKEN as problem:
            if current is None or _is_full(problem):
                raise
            log.warning("generation %s is damaged; building all of it again", current["name"])
            _remove(target)
            return self._make(target, parts, None, on_progress, build)

    def _make(self, target: Path, parts: list[Part], current: dict[str, Any] | None, on_progress: Progress, build: Builder) -> int:  # fmt: skip
        """Fill ``target``; returns how many bytes it, or the one it was made of, had when nothing in it was left over."""
        changed = self._changed(parts, current)
        compacted = int(current.get("compacted", 0)) if current is not None and changed is not None else 0
        decisions = [one.decision for one in self.workspace.ledger.identity_decisions() if one.applies]
        if current is not None and changed is not None:
            shutil.copyfile(self.folder / current["name"], target)
            if target.stat().st_size > GROWN * compacted:
                compacted = 0
        # Two hundred statements would each wait for the disk: nothing counts until the whole file is synced, below. A log
        # of 16 MB would be written into the tables several times on the way, which took an upload of 10,000 rows a second.
        spill = (
            self.workspace.root / "work" / f"{os.getpid()}-spill-{secrets.token_hex(6)}"
        )  # swept, should this process be killed
        con = duckdb.connect(str(target), config={"memory_limit": build_memory(sum(part.load.rows_in for part in parts)), "threads": 2, "preserve_insertion_order": False,
                                                  "temp_directory": str(spill), "fsync_mode": "NONE", "wal_autocheckpoint": "256MB"})  # fmt: skip
        try:
            # Writing anew what deleted rows have left gaps in takes a second at whichever checkpoint finds enough of them.
            con.execute("set max_vacuum_tasks = $most", {"most": 0 if compacted else MOST_VACUUMS})
            prepare(con)
            if changed is None:
                build(con, parts, decisions, on_progress)
            else:
                generation.advance(con, parts, changed, decisions, on_progress)
            con.execute("checkpoint")
        finally:
            con.close()
            shutil.rmtree(spill, ignore_errors=True)
        _sync_file(target)
        return compacted or target.stat().st_size

    def _changed(self, parts: list[Part], current: dict[str, Any] | None) -> list[Part] | None:
        """Loads that differ from the current generation's; ``None`` when starting afresh is right or quicker."""
        if current is None or current["code"] != generation.fingerprint():
            return None
        before, after = set(current["loads"]), {part.load.load_id for part in parts}
        kept_by = dict(zip(current["loads"], current.get("kept_by", ()), strict=False))
        if any(kept_by.get(part.load.load_id) != part.load.kept_by for part in parts if part.load.load_id in before):
            return None  # rows of a load were made anew under its number
        by_id = {load.load_id: load for load in self.workspace.ledger.loads()}
        changed = [self._part(by_id[number]) for number in sorted(before ^ after) if number in by_id]
        complete = len(changed) == len(before ^ after)
        return (
            changed
            if complete and self._worth_advancing(changed, [part for part in parts if part not in changed])
            else None
        )

    @staticmethod
    def _worth_advancing(changed: list[Part], kept: list[Part]) -> bool:
        return 4 * sum(part.load.rows_in for part in changed) <= sum(part.load.rows_in for part in kept)

    def _part(self, load: Any) -> Part:
        return Part(load, self.workspace.record / str(load.load_id))

    def _parts(self) -> list[Part]:
        return [self._part(load) for load in self.workspace.ledger.loads(ACTIVE)]

    def _current_state(self) -> dict[str, Any] | None:
        name = self.current
        if name is None or not (self.folder / name).exists():
            return None
        try:
            state: dict[str, Any] = json.loads((self.folder / f"{name}.json").read_text("utf-8"))
            told = {"revision": state["revision"], "code": state["code"], "loads": list(state["loads"])}
        except (OSError, ValueError, KeyError, TypeError):
            return None
        return {**state, **told, "name": name}

    def _point_at(self, target: Path, revision: int, parts: list[Part], compacted: int) -> None:
        state = {
            "revision": revision,
            "code": generation.fingerprint(),
            "loads": [part.load.load_id for part in parts],
            "kept_by": [part.load.kept_by for part in parts],
            "compacted": compacted,
        }
        write_durably(self.folder / f"{target.name}.json", json.dumps(state).encode())
        sync_folder(self.folder)
        write_durably(self.folder / "CURRENT", target.name.encode())

    def _retire(self, keep: set[str]) -> None:
        """Remove old generations; a reader that has one open keeps it until it is done (POSIX unlink)."""
        for path in self.folder.glob("g*.duckdb*"):
            if path.name.split(".duckdb")[0] + ".duckdb" not in keep:
                path.unlink(missing_ok=True)

    def table_hashes(self) -> dict[str, str]:
        """A content hash per table, blind to row order: equal for equal tables, however they were built."""
        with self.read() as reader:
            return {
                name: "-".join(str(value) for value in reader.all(_HASH_SQL.format(table=name))[0])
                for name in generation.table_names()
            }


_HASH_SQL = "select count(*), bit_xor(hash(t)), sum(hash(t)::hugeint) from {table} t"


def build_memory(rows: int) -> str:
    """What a build of so many rows may hold in memory. A load of a million must fit into 1.5 GB with the child that reads it;
    where there are several times as many, writing to disk what does not fit costs a sixth of the whole work, and the machine
    that keeps them has more."""
    machine = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return LARGE_BUILD_MEMORY if rows >= LARGE and machine >= 4 * 2**30 else BUILD_MEMORY


def prepare(con: DuckDBPyConnection) -> None:
    """Give a connection the key and name macros of ``identity``."""
    for macro in MACROS:
        con.execute(macro)


@contextmanager
def scratch(folder: Path, *, memory_mb: int = 600, patient_secret: bytes | None = None) -> Iterator[DuckDBPyConnection]:
    """An in-memory database for reading and mapping one file, spilling below ``folder``."""
    con = duckdb.connect(
        ":memory:", config={"memory_limit": f"{memory_mb}MB", "threads": 2, "temp_directory": str(folder / "spill")}
    )
    try:
        prepare(con)
        if patient_secret is not None:
            for side, pad in zip(("inner", "outer"), hmac_pads(patient_secret), strict=True):
                con.execute(f"set variable hmac_{side} = $pad", {"pad": pad})
            con.execute("set variable likeness_key = $key", {"key": likeness.key(patient_secret)})
        yield con
    finally:
        con.close()


def readable(folder: Path) -> bool:
    """Whether every Parquet file in ``folder`` can be read to its end."""
    with closing(duckdb.connect(":memory:", config={"threads": 2})) as con:
        for path in folder.glob("*.parquet"):
            try:
                con.execute("select bit_xor(hash(t)) from read_parquet($path) t", {"path": str(path)}).fetchall()
            except duckdb.Error:
                return False
    return True


def _connect_read_only(path: Path) -> tuple[DuckDBPyConnection, dt.date | None]:
    """The generation in ``path`` and its data cut."""
    con = duckdb.connect(str(path), read_only=True, config={"memory_limit": READ_MEMORY, "threads": 2})
    try:
        prepare_read_only(con)
        return con, con.execute("select data_cut from generation").fetchall()[0][0]
    except BaseException:
        con.close()
        raise


def _make(past: Day, sql: str) -> None:
    try:
        past.make(sql)
    except (duckdb.Error, OSError) as problem:
        raise _no_past(problem) from problem


def _no_past(problem: Exception) -> WorkspaceError:
    log.error("looking back failed: %s", type(problem).__name__)
    return WorkspaceError(
        "What was known on that day could not be worked out; the present is not affected.",
        "Free some disk space and ask again. If it fails again, run: rapport doctor.",
    )


@contextmanager
def _looking_back(opened: _Open, day: dt.date) -> Iterator[Reader]:
    try:
        past = opened.days.enter(day)
    except (duckdb.Error, OSError) as problem:
        raise _no_past(problem) from problem
    try:
        with closing(past.con.cursor()) as cursor:
            yield Reader(cursor, opened.name, opened.data_cut, opened.memory, past=past)
    finally:
        opened.days.leave(past)


def _connect_past(path: Path, generation: Path) -> DuckDBPyConnection:
    """A new database with the generation attached, out of which SQL can reach no further file and no network."""
    con = duckdb.connect(
        str(path), config={"memory_limit": READ_MEMORY, "threads": 2, "temp_directory": str(path.parent / "spill"), "fsync_mode": "NONE"}
    )  # fmt: skip
    prepare(con)
    con.execute(f"""attach '{str(generation).replace("'", "''")}' as {NOW} (read_only)""")
    con.execute("set enable_external_access = false")
    return con


def prepare_read_only(con: DuckDBPyConnection) -> None:
    """Nothing reachable from SQL may touch a file, the network or the settings. Two connections of one process to one file
    share its database: what the first locked is locked for the second."""
    if con.execute("select current_setting('lock_configuration')").fetchall()[0][0]:
        return
    con.execute("set enable_external_access = false")
    con.execute("set lock_configuration = true")


def _sync_file(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _remove(target: Path) -> None:
    for path in (target, target.with_name(target.name + ".wal"), target.with_name(target.name + ".json")):
        path.unlink(missing_ok=True)


def _is_full(problem: Exception) -> bool:
    """Whether it was the disk that had no room."""
    said = str(problem)
    return getattr(problem, "errno", None) == errno.ENOSPC or "No space left" in said or "full" in said.lower()


def _disk_error(problem: Exception, folder: Path) -> WorkspaceError:
    log.error("publishing failed: %s", type(problem).__name__)
    if _is_full(problem):
        return WorkspaceError(
            "The disk is full, so the charts still show the previous state; what was loaded is kept.",
            f"Free space ({shutil.disk_usage(folder).free // 2**20} MB are left) and run: rapport rebuild.",
        )
    return WorkspaceError(
        "The charts could not be brought up to date; they still show the previous state and what was loaded is kept.",
        "Run: rapport rebuild. If it fails again, run: rapport doctor.",
    )
