"""What was loaded, undone and decided: a small SQLite file, safe across processes.

SQLite because it is the most tested small database there is; every change is one transaction with
``synchronous=FULL`` (in rollback-journal mode: unlike WAL, reading it then needs no free disk), and every change is also one entry of a hash-chained trail, so a removed or edited entry
shows. Values of cells never come here (they may be PHI): only counts, codes and decisions.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipelines.errors import UnknownName, WorkspaceError
from pipelines.identity.resolve import Decision

PENDING, ACTIVE, UNDONE = "pending", "active", "undone"
# By what version of the rules a load's rows are kept; to be raised with ``ingest.renewing.TOLD_OTHERWISE``.
KEPT_BY = 20

_SCHEMA = """
create table if not exists received (
    file_id text primary key, name text not null, bytes integer not null, received_at text not null, received_by text not null);
create table if not exists load (
    load_id integer primary key autoincrement, file_id text not null, part text not null, file_name text not null,
    source text not null, system text not null, status text not null, loaded_at text not null, loaded_by text not null,
    undone_at text, undone_by text, rows_in integer not null, rows_loaded integer not null, rows_rejected integer not null,
    rows_duplicate integer not null, detail text not null);
create unique index if not exists one_active_load_of_a_kind on load (file_id, part, source) where status = 'active';
create table if not exists named_mapping (
    name text primary key, fingerprint text not null unique, document text not null, saved_at text not null, saved_by text not null);
create table if not exists setting (name text primary key, value text not null);
create table if not exists trail (
    seq integer primary key autoincrement, at text not null, actor text not null, action text not null, detail text not null,
    previous text not null, hash text not null);
insert or ignore into setting values ('revision', '0');
"""
# A table counted as one kind of export only: a sheet may be two things, a log of referrals and of those screened.
_OF_A_KIND = """
begin immediate;
drop index if exists one_active_load;
create unique index if not exists one_active_load_of_a_kind on load (file_id, part, source) where status = 'active';
commit;
"""
_IDENTITY = """
create table if not exists identity_decision (
    decision_id integer primary key autoincrement, kind text not null, left_id integer not null, right_id integer not null,
    verdict text not null, decided_at text not null, decided_by text not null, undone_at text, undone_by text);
"""
_RELEASE = """
create table if not exists release (
    study_id integer not null, month text not null, document text not null, counts text not null, sha256 text not null,
    made_at text not null, made_by text not null, primary key (study_id, month));
"""
LATER = "later"
RESTORE = "Restore ledger.sqlite from your backup; stored files and kept rows are not affected."
_REMEDIES = {
    sqlite3.SQLITE_FULL: "Free some disk space, then try again; nothing was lost.",
    sqlite3.SQLITE_IOERR: "Look whether the disk is full or failing, then try again; nothing was lost.",
    sqlite3.SQLITE_BUSY: "Another program is writing to it: try again in a minute; nothing was lost.",
    sqlite3.SQLITE_LOCKED: "Another program is writing to it: try again in a minute; nothing was lost.",
    sqlite3.SQLITE_READONLY: "Check that you may write to the workspace folder and to ledger.sqlite in it.",
    sqlite3.SQLITE_CANTOPEN: "Check that you may read and write the workspace folder and ledger.sqlite in it.",
    sqlite3.SQLITE_PERM: "Check that you may write to the workspace folder and to ledger.sqlite in it.",
}


@dataclass(frozen=True)
class Load:
    """One table of one file, mapped and kept. ``detail`` holds decisions, mapping, findings by code."""

    load_id: int
    file_id: str
    part: str
    file_name: str
    source: str
    system: str
    status: str
    loaded_at: str
    loaded_by: str
    undone_at: str | None
    undone_by: str | None
    rows_in: int
    rows_loaded: int
    rows_rejected: int
    rows_duplicate: int
    detail: dict[str, Any]

    @property
    def kept_by(self) -> int:
        """By what version of the rules its rows are kept; see ``KEPT_BY``."""
        return int(self.detail.get("kept_by", 1))


@dataclass(frozen=True)
class IdentityDecision:
    """What somebody said of two records (``verdict``: same, different or later), and whether it still holds."""

    decision_id: int
    kind: str
    left_id: int
    right_id: int
    verdict: str
    decided_at: str
    decided_by: str
    undone_at: str | None
    undone_by: str | None

    @property
    def holds(self) -> bool:
        return self.undone_at is None

    @property
    def applies(self) -> bool:
        """Whether it changes who is who: "later" only moves a pair to the end of the queue."""
        return self.holds and self.verdict != LATER

    @property
    def decision(self) -> Decision:
        return Decision(self.kind, self.left_id, self.right_id, self.verdict)


class Ledger:
    """The ledger of one workspace. Every method opens its own connection: threads and processes may share it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        _only_for_the_owner(path)
        with self._connect() as con:
            if not con.execute("select 1 from sqlite_master where name = 'named_mapping'").fetchone():
                con.executescript(_SCHEMA)
            if con.execute("select 1 from sqlite_master where name = 'one_active_load'").fetchone():
                con.executescript(_OF_A_KIND)
            if not con.execute("select 1 from sqlite_master where name = 'identity_decision'").fetchone():
                con.executescript(_IDENTITY)
            if not con.execute("select 1 from sqlite_master where name = 'release'").fetchone():
                con.executescript(_RELEASE)

    @contextmanager
    def _connect(self) -> Iterator[sqlite3.Connection]:
        try:
            con = sqlite3.connect(self.path, timeout=60, isolation_level=None)
        except sqlite3.Error:
            raise WorkspaceError(
                "The ledger cannot be opened.", "Check that the workspace folder is readable."
            ) from None
        con.row_factory = sqlite3.Row
        try:
            con.execute("pragma synchronous=full")
            yield con
        except sqlite3.IntegrityError:
            raise
        except sqlite3.DatabaseError as problem:
            raise _told(problem) from None
        finally:
            con.close()

    @contextmanager
    def _change(self, actor: str, action: str, **detail: Any) -> Iterator[sqlite3.Connection]:
        with self._connect() as con:
            con.execute("begin immediate")
            try:
                yield con
                _append_trail(con, actor, action, detail)
                con.execute("commit")
            except BaseException:
                if con.in_transaction:
                    con.execute("rollback")
                raise

    @property
    def revision(self) -> int:
        """Grows with every load and undo: a generation built at this revision shows exactly the active loads."""
        try:
            return int(self.setting("revision", ""))
        except ValueError:
            raise WorkspaceError("The ledger is damaged: it has lost count of the loads.", RESTORE) from None

    def note_received(self, file_id: str, name: str, size: int, by: str) -> None:
        with self._change(by, "receive", file_id=file_id, bytes=size) as con:
            con.execute(
                "insert into received values (?, ?, ?, ?, ?) on conflict (file_id) do update set name = excluded.name",
                (file_id, name, size, now(), by),
            )

    def received_name(self, file_id: str) -> str:
        """The name a file was last received under; ``UnknownName`` if it never was."""
        with self._connect() as con:
            row = con.execute("select name from received where file_id = ?", (file_id,)).fetchone()
        if row is None:
            raise UnknownName("No such file was received.", "Upload it first.")
        return str(row[0])

    def begin_load(self, *, file_id: str, part: str, file_name: str, source: str, system: str, by: str,
                   counts: dict[str, int], detail: dict[str, Any]) -> int:  # fmt: skip
        """Reserve a load number; the load counts for nothing until ``activate``."""
        with self._change(by, "begin", file_id=file_id, part=part, source=source) as con:
            cursor = con.execute(
                "insert into load (file_id, part, file_name, source, system, status, loaded_at, loaded_by, rows_in,"
                " rows_loaded, rows_rejected, rows_duplicate, detail) values (?,?,?,?,?,?,?,?,?,?,?,?,?)",
                (file_id, part, file_name, source, system, PENDING, now(), by, counts["rows_in"], counts["rows_loaded"],
                 counts["rows_rejected"], counts["rows_duplicate"], json.dumps(detail)),
            )  # fmt: skip
            return int(cursor.lastrowid or 0)

    def activate(self, load_id: int, by: str) -> None:
        with self._change(by, "load", load_id=load_id) as con:
            con.execute("update load set status = ? where load_id = ?", (ACTIVE, load_id))
            _next_revision(con)

    def undo(self, load_id: int, by: str) -> Load:
        """Take a load out of every number; its files stay. ``UnknownName`` if it is not active."""
        load = self.load(load_id)
        if load.status != ACTIVE:
            raise UnknownName(f"Load {load_id} is not active, so there is nothing to undo.", "See: rapport loads.")
        with self._change(by, "undo", load_id=load_id) as con:
            con.execute(
                "update load set status = ?, undone_at = ?, undone_by = ? where load_id = ?",
                (UNDONE, now(), by, load_id),
            )
            _next_revision(con)
        return self.load(load_id)

    def renew(self, load_id: int, by: str, counts: dict[str, int], detail: dict[str, Any], kept_by: int) -> None:
        """A load's rows were made anew from its file: what was counted and found now, under the same number and day."""
        with self._change(by, "renew", load_id=load_id, kept_by=kept_by) as con:
            con.execute(
                "update load set rows_in = ?, rows_loaded = ?, rows_rejected = ?, rows_duplicate = ?, detail = ? where load_id = ?",
                (*(counts[name] for name in ("rows_in", "rows_loaded", "rows_rejected", "rows_duplicate")), json.dumps(detail), load_id),
            )  # fmt: skip
            _next_revision(con)

    def drop(self, load_id: int, by: str) -> None:
        """Forget a load that was cancelled before anybody saw it; only the trail tells of it."""
        with self._change(by, "cancel", load_id=load_id) as con:
            con.execute("delete from load where load_id = ?", (load_id,))
            _next_revision(con)

    def forget_pending(self) -> list[int]:
        """Drop reservations whose process died; returns their numbers so that their folders can go too."""
        with self._connect() as con:
            stale = [int(row[0]) for row in con.execute("select load_id from load where status = ?", (PENDING,))]
            con.execute("delete from load where status = ?", (PENDING,))
        return stale

    def load(self, load_id: int) -> Load:
        """The load with that number; ``UnknownName`` if there is none."""
        found = [load for load in self.loads() if load.load_id == load_id]
        if not found:
            raise UnknownName(f"There is no load {load_id}.", "See: rapport loads.")
        return found[0]

    def loads(self, status: str | None = None) -> list[Load]:
        """All loads, oldest first, pending ones left out; only those of ``status`` when given."""
        with self._connect() as con:
            rows = con.execute(
                "select * from load where status <> 'pending' and (?1 is null or status = ?1) order by load_id",
                (status,),
            ).fetchall()
        return [_load(row) for row in rows]

    def active_loads(self, file_id: str, part: str) -> list[Load]:
        """The loads by which a table counts, oldest first: one for each kind of export that it was said to be."""
        return [load for load in self.loads(ACTIVE) if (load.file_id, load.part) == (file_id, part)]

    def decide_identity(self, kind: str, left_id: int, right_id: int, verdict: str, by: str) -> int:
        """Record what ``by`` says of two records; an earlier word on the same two no longer holds. Returns its number."""
        pair = (kind, min(left_id, right_id), max(left_id, right_id))
        with self._change(by, "identity", kind=kind, left=left_id, right=right_id, verdict=verdict) as con:
            replaced = con.execute(
                "update identity_decision set undone_at = ?, undone_by = ? where undone_at is null and kind = ?"
                " and min(left_id, right_id) = ? and max(left_id, right_id) = ? returning verdict", (now(), by, *pair),
            ).fetchall()  # fmt: skip
            cursor = con.execute(
                "insert into identity_decision (kind, left_id, right_id, verdict, decided_at, decided_by) values (?,?,?,?,?,?)",
                (kind, left_id, right_id, verdict, now(), by),
            )
            if {verdict, *(row[0] for row in replaced)} != {LATER}:
                _next_revision(con)
            return int(cursor.lastrowid or 0)

    def undo_identity(self, decision_id: int, by: str) -> IdentityDecision:
        """Take a decision back; ``UnknownName`` if there is none that holds under that number."""
        found = [one for one in self.identity_decisions() if one.decision_id == decision_id and one.holds]
        if not found:
            raise UnknownName(f"There is no decision {decision_id} to undo.", "See: rapport identities decisions.")
        with self._change(by, "identity undo", decision_id=decision_id) as con:
            con.execute(
                "update identity_decision set undone_at = ?, undone_by = ? where decision_id = ?",
                (now(), by, decision_id),
            )
            if found[0].verdict != LATER:
                _next_revision(con)
        return found[0]

    def identity_decisions(self) -> list[IdentityDecision]:
        """Every decision on who is who, oldest first, those taken back included."""
        with self._connect() as con:
            rows = con.execute("select * from identity_decision order by decision_id").fetchall()
        return [IdentityDecision(**dict(row)) for row in rows]

    def save_mapping(self, name: str, fingerprint: str, document: str, by: str) -> None:
        """Keep a named mapping for files with this header; an older one of that name or for that header makes way."""
        with self._change(by, "mapping", name=name) as con:
            con.execute("delete from named_mapping where name = ? or fingerprint = ?", (name, fingerprint))
            con.execute("insert into named_mapping values (?, ?, ?, ?, ?)", (name, fingerprint, document, now(), by))

    def forget_mapping(self, name: str, by: str) -> None:
        """Drop a named mapping; ``UnknownName`` if there is none. Loads made with it stay as they are."""
        with self._change(by, "forget mapping", name=name) as con:
            if not con.execute("delete from named_mapping where name = ?", (name,)).rowcount:
                raise UnknownName(f"There is no mapping called {name}.", "See: rapport mappings list.")

    def mappings(self) -> dict[str, str]:
        """The documents of the named mappings by header fingerprint, in the order of their names."""
        with self._connect() as con:
            rows = con.execute("select fingerprint, document from named_mapping order by name").fetchall()
        return {row[0]: row[1] for row in rows}

    def add_release(self, study_id: int, month: str, document: str, counts: str, sha256: str, by: str) -> None:
        """Keep what was released of a study up to a month, and the true counts behind it. ``UnknownName`` where that has been
        released already: nothing replaces a release."""
        with self._change(by, "release", study_id=study_id, month=month, sha256=sha256) as con:
            if con.execute("select 1 from release where study_id = ? and month >= ?", (study_id, month)).fetchone():
                raise UnknownName("That month has been released meanwhile.", "See: rapport releases list.")
            con.execute(
                "insert into release values (?, ?, ?, ?, ?, ?, ?)",
                (study_id, month, document, counts, sha256, now(), by),
            )

    def releases(self, study_id: int | None = None) -> list[dict[str, Any]]:
        """Every release, or those of one study, oldest first: study_id, month, document, counts, sha256, made_at, made_by."""
        with self._connect() as con:
            rows = con.execute(
                "select * from release where ?1 is null or study_id = ?1 order by month, study_id", (study_id,)
            )
            return [dict(row) for row in rows.fetchall()]

    def setting(self, name: str, default: str) -> str:
        with self._connect() as con:
            row = con.execute("select value from setting where name = ?", (name,)).fetchone()
        return str(row[0]) if row else default

    def settings(self, beginning: str) -> dict[str, str]:
        """Every setting whose name begins so, by name."""
        with self._connect() as con:
            rows = con.execute("select name, value from setting where substr(name, 1, length(?1)) = ?1 order by name", (beginning,)).fetchall()  # fmt: skip
        return {str(row["name"]): str(row["value"]) for row in rows}

    def change_setting(self, name: str, value: str, by: str) -> None:
        with self._change(by, "setting", name=name, value=value) as con:
            con.execute("insert or replace into setting values (?, ?)", (name, value))

    def note(self, actor: str, action: str, **detail: Any) -> None:
        """An entry in the trail with no other change: an export, a rebuild."""
        with self._change(actor, action, **detail):
            pass

    def broken_trail_entry(self) -> int | None:
        """The first trail entry that was altered, removed or inserted; ``None`` when the chain holds."""
        with self._connect() as con:
            previous, expected = "", 1
            for row in con.execute("select * from trail order by seq"):
                if row["seq"] != expected or row["previous"] != previous or row["hash"] != _entry_hash(dict(row)):
                    return expected
                previous, expected = row["hash"], expected + 1
            last = con.execute("select seq from sqlite_sequence where name = 'trail'").fetchone()
        return None if last is None or last[0] < expected else expected

    def damaged(self) -> bool:
        """Whether SQLite finds the file broken where no entry happened to be read."""
        with self._connect() as con:
            return [row[0] for row in con.execute("pragma integrity_check(1)")] != ["ok"]


def _only_for_the_owner(path: Path) -> None:
    """It tells the names of files and people: others of the machine have no business with it, whatever their umask says."""
    with suppress(OSError):  # a folder that may only be read: whoever connects is told
        os.close(os.open(path, os.O_RDONLY | os.O_CREAT, 0o600))
        if path.stat().st_mode & 0o077:
            path.chmod(0o600)


def _load(row: sqlite3.Row) -> Load:
    try:
        return Load(**{**dict(row), "detail": json.loads(row["detail"])})
    except (TypeError, ValueError):
        raise WorkspaceError(f"The ledger's entry of load {row['load_id']} is damaged.", RESTORE) from None


def _told(problem: sqlite3.DatabaseError) -> WorkspaceError:
    """What SQLite says of a disk, of rights or of a damaged file, with what to do about each."""
    kind = getattr(problem, "sqlite_errorcode", 0) & 0xFF  # without what further tells the kinds apart
    if kind in _REMEDIES:
        return WorkspaceError(f"The ledger could not be changed ({problem}).", _REMEDIES[kind])
    return WorkspaceError("The ledger is damaged.", RESTORE)


def now() -> str:
    """This instant in UTC, ISO 8601, to the microsecond."""
    return dt.datetime.now(dt.UTC).replace(tzinfo=None).isoformat(timespec="microseconds")


def _next_revision(con: sqlite3.Connection) -> None:
    con.execute("update setting set value = cast(value as integer) + 1 where name = 'revision'")


def _append_trail(con: sqlite3.Connection, actor: str, action: str, detail: dict[str, Any]) -> None:
    last = con.execute("select hash from trail order by seq desc limit 1").fetchone()
    entry = {
        "at": now(),
        "actor": actor,
        "action": action,
        "detail": json.dumps(detail),
        "previous": last[0] if last else "",
    }
    con.execute(
        "insert into trail (at, actor, action, detail, previous, hash) values (:at, :actor, :action, :detail, :previous, :hash)",
        {**entry, "hash": _entry_hash(entry)},
    )


def _entry_hash(entry: dict[str, Any]) -> str:
    content = "\n".join(str(entry[name]) for name in ("previous", "at", "actor", "action", "detail"))
    return hashlib.sha256(content.encode()).hexdigest()
