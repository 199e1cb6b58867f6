"""Checks a workspace and says, in words, what is wrong and what to do."""

from __future__ import annotations

import datetime as dt
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from pipelines import ingest
from pipelines.errors import RapportError
from pipelines.record.archive import free_bytes
from pipelines.record.ledger import ACTIVE, RESTORE
from pipelines.releases import FOLDER, altered
from pipelines.workspace import FOLDERS, Workspace, key_file, open_workspace

LOW_DISK = 2 * 2**30
CLOCKS_APART = dt.timedelta(hours=1)
NAMED = 10  # loads that are told by their number


@dataclass(frozen=True)
class Checkup:
    """One thing looked at: whether it is as it should be, and the remedy when not."""

    healthy: bool
    what: str
    remedy: str = ""


def examine(folder: Path | None) -> Iterator[Checkup]:
    """Every check of the workspace at ``folder``, in the order a person would mend things."""
    yield Checkup(
        sys.version_info >= (3, 11),
        f"Python {sys.version_info.major}.{sys.version_info.minor}",
        "" if sys.version_info >= (3, 11) else "Install Python 3.11 or newer.",
    )
    try:
        workspace = open_workspace(folder, create=False)
    except RapportError as problem:
        yield Checkup(False, problem.message, problem.remedy)
        return
    yield Checkup(True, f"Workspace {workspace.root.name} opens with its key.")
    told: set[Checkup] = set()
    for check in (
        _disk,
        _writable,
        _key_mode,
        _ledger,
        _private,
        _trail,
        _files,
        _rows,
        _outdated,
        _clock,
        _releases,
        _warehouse,
    ):
        found = _judged(check, workspace)
        if found not in told:  # one fault that several checks meet
            told.add(found)
            yield found


def _judged(check: Callable[[Workspace], Checkup], workspace: Workspace) -> Checkup:
    """What one check says. One that fails itself is told, too, and keeps no other from being made."""
    try:
        return check(workspace)
    except RapportError as problem:
        return Checkup(False, problem.message, problem.remedy)
    except OSError as problem:
        where = Path(str(problem.filename)).name if problem.filename else "A file"
        return Checkup(False, f"{where} of the workspace cannot be used ({problem.strerror}).", "Check your rights to it, and that it is what its name says.")  # fmt: skip
    except Exception as problem:
        return Checkup(False, f"Looking at its {check.__name__.strip('_').replace('_', ' ')} failed ({type(problem).__name__}).", "Run: rapport rebuild. If that fails, restore the workspace from your backup.")  # fmt: skip


def _disk(workspace: Workspace) -> Checkup:
    free = free_bytes(workspace.root)
    return Checkup(
        free >= LOW_DISK,
        f"{free // 2**20:,} MB free on its disk.",
        "" if free >= LOW_DISK else "Free some space: a rebuild needs about as much as the warehouse holds.",
    )


def _writable(workspace: Workspace) -> Checkup:
    """What is mounted read-only, or belongs to somebody else, is served but takes no file."""
    looked = (workspace.root, *(workspace.root / name for name in (*FOLDERS, "ledger.sqlite")))
    closed = [path.name for path in looked if path.exists() and not os.access(path, os.W_OK)]
    return Checkup(
        not closed,
        f"{', '.join(closed)} cannot be written to, so nothing can be loaded." if closed else "It can be written to.",
        "Check whether its disk is mounted read-only, and whose these are." if closed else "",
    )


def _releases(workspace: Workspace) -> Checkup:
    found, made = altered(workspace), len(workspace.ledger.releases())
    return Checkup(
        not found,
        f"{len(found)} of {made} releases were altered.",
        f"Remove {', '.join(found)} from {FOLDER}/: what was released is written again." if found else "",
    )


def _key_mode(workspace: Workspace) -> Checkup:
    path = key_file(workspace.workspace_id)
    if not path.exists():
        return Checkup(True, "The key comes from RAPPORT_KEY.")
    private = path.stat().st_mode & 0o077 == 0
    return Checkup(private, "The key file can be read by its owner only." if private else "The key file can be read by others.",
                   "Keep a copy of it in a safe place: without it no stored file can be read." if private else f"Run: chmod 600 on {path.name}.")  # fmt: skip


def _private(workspace: Workspace) -> Checkup:
    """The folders are made for their owner alone, and so is the ledger; somebody may have opened them since."""
    looked = [workspace.root / name for name in ("ledger.sqlite", *FOLDERS)]
    opened = [path.name for path in looked if path.exists() and path.stat().st_mode & 0o077]
    return Checkup(
        not opened,
        f"{', '.join(opened)} can be read by others on this machine." if opened else "Nobody else on this machine can read it.",
        f"In the workspace's folder, run: chmod -R go= {' '.join(opened)}" if opened else "",
    )  # fmt: skip


def _ledger(workspace: Workspace) -> Checkup:
    broken = workspace.ledger.damaged() or workspace.ledger.revision < 0
    return Checkup(
        not broken, "The ledger is damaged." if broken else "The ledger is whole.", RESTORE if broken else ""
    )


def _trail(workspace: Workspace) -> Checkup:
    broken = workspace.ledger.broken_trail_entry()
    if broken is None:
        return Checkup(True, "The audit trail is unbroken.")
    return Checkup(False, f"The audit trail was altered at entry {broken}.", "Compare ledger.sqlite with your backup.")


def _files(workspace: Workspace) -> Checkup:
    missing = damaged = 0
    for load in workspace.ledger.loads(ACTIVE):
        try:
            for _ in workspace.archive.chunks(load.file_id):
                pass
        except (RapportError, OSError):
            present = load.file_id in workspace.archive
            damaged, missing = damaged + present, missing + (not present)
    return Checkup(
        not missing + damaged,
        f"{missing} stored files missing, {damaged} damaged.",
        "" if not missing + damaged else "Restore the raw folder from your backup.",
    )


def _rows(workspace: Workspace) -> Checkup:
    found = [str(load.load_id) for load in ingest.damaged(workspace)]
    if not found:
        return Checkup(True, "The kept rows of every load are whole.")
    return Checkup(
        False,
        f"The kept rows of load {_named(found)} are missing or damaged.",
        "Run: rapport renew. It makes them again from the stored files.",
    )


def _outdated(workspace: Workspace) -> Checkup:
    found = ingest.outdated(workspace)
    if not found:
        return Checkup(True, "Every load is kept as this version keeps it.")
    return Checkup(False, ingest.said_of(workspace, found), "Run: rapport renew. It reads their stored files again.")


def _clock(workspace: Workspace) -> Checkup:
    """A load made while the clock was ahead is nothing that came yet: earlier days and the list of arrivals leave it out."""
    now = dt.datetime.now(dt.UTC).replace(tzinfo=None)
    ahead = [
        str(load.load_id)
        for load in workspace.ledger.loads(ACTIVE)
        if dt.datetime.fromisoformat(load.loaded_at) > now + CLOCKS_APART
    ]
    if not ahead:
        return Checkup(True, "No load bears a time that is still to come.")
    return Checkup(
        False,
        f"Load {_named(ahead)} was made at a time that is still to come: Data quality leaves it out, and so do earlier days.",
        "Correct this machine's clock. If it was ahead then, undo the load and load its file again.",
    )


def _named(numbers: list[str]) -> str:
    more = f" and {len(numbers) - NAMED} more" if len(numbers) > NAMED else ""
    return ", ".join(numbers[:NAMED]) + more


def _warehouse(workspace: Workspace) -> Checkup:
    try:
        with workspace.warehouse.read() as reader:
            count = reader.all("select count(*) from journey")[0][0]
        workspace.warehouse.table_hashes()  # reads every block of the file, each of which has its checksum
    finally:
        workspace.warehouse.close()
    return Checkup(True, f"The warehouse opens and holds {count:,} referrals.")
