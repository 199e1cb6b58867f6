"""Checks a workspace and says, in words, what is wrong and what to do."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pipelines import ingest
from pipelines.errors import RapportError
from pipelines.record.archive import free_bytes
from pipelines.record.ledger import ACTIVE
from pipelines.releases import FOLDER, altered
from pipelines.workspace import Workspace, key_file, open_workspace

LOW_DISK = 2 * 2**30


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
    yield _disk(workspace)
    yield _key_mode(workspace)
    yield _trail(workspace)
    yield from _files(workspace)
    yield _outdated(workspace)
    yield _releases(workspace)
    yield _warehouse(workspace)


def _disk(workspace: Workspace) -> Checkup:
    free = free_bytes(workspace.root)
    return Checkup(
        free >= LOW_DISK,
        f"{free // 2**20:,} MB free on its disk.",
        "" if free >= LOW_DISK else "Free some space: a rebuild needs about as much as the warehouse holds.",
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


def _trail(workspace: Workspace) -> Checkup:
    broken = workspace.ledger.broken_trail_entry()
    if broken is None:
        return Checkup(True, "The audit trail is unbroken.")
    return Checkup(False, f"The audit trail was altered at entry {broken}.", "Compare ledger.sqlite with your backup.")


def _files(workspace: Workspace) -> Iterator[Checkup]:
    missing = damaged = records = 0
    for load in workspace.ledger.loads(ACTIVE):
        records += not (workspace.record / str(load.load_id)).exists()
        try:
            for _ in workspace.archive.chunks(load.file_id):
                pass
        except RapportError:
            present = load.file_id in workspace.archive
            damaged, missing = damaged + present, missing + (not present)
    yield Checkup(
        not missing + damaged,
        f"{missing} stored files missing, {damaged} damaged.",
        "" if not missing + damaged else "Restore the raw folder from your backup.",
    )
    yield Checkup(
        not records,
        f"{records} loads without their kept rows.",
        ""
        if not records
        else "Restore the record folder from your backup, or undo those loads and ingest their files again.",
    )


def _outdated(workspace: Workspace) -> Checkup:
    found = ingest.outdated(workspace)
    if not found:
        return Checkup(True, "Every load is kept as this version keeps it.")
    return Checkup(False, ingest.said_of(workspace, found), "Run: rapport renew. It reads their stored files again.")


def _warehouse(workspace: Workspace) -> Checkup:
    try:
        with workspace.warehouse.read() as reader:
            count = reader.all("select count(*) from journey")[0][0]
    except RapportError as problem:
        return Checkup(False, problem.message, problem.remedy)
    finally:
        workspace.warehouse.close()
    return Checkup(True, f"The warehouse opens and holds {count:,} referrals.")
