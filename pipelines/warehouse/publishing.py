"""How the next generation comes to be: built under a new name, synced, and published by replacing ``CURRENT``."""

from __future__ import annotations

import errno
import json
import logging
import os
import re
import secrets
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipelines import generation
from pipelines.errors import WorkspaceError
from pipelines.generation.versions import Part
from pipelines.identity.resolve import Decision
from pipelines.record import rows
from pipelines.record.ledger import ACTIVE, Load
from pipelines.warehouse.connections import BROKEN, DatabaseError, building
from pipelines.workspace import sync, write_durably

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from pipelines.workspace import Workspace

Progress = Callable[[str, float], None]
Builder = Callable[["DuckDBPyConnection", Sequence[Part], Sequence[Decision], Progress], None]
log = logging.getLogger(__name__)

GROWN = 1.25  # as large as when nothing was left over in it: then a generation's gaps are closed
_NAME = re.compile(r"g\d+-[0-9a-f]+\.duckdb")


class Publisher:
    """The published generation of one workspace and its successors. Whoever writes holds the workspace's lock."""

    def __init__(self, workspace: Workspace, folder: Path) -> None:
        self.workspace = workspace
        self.folder = folder

    @property
    def current(self) -> str | None:
        """Name of the published generation, ``None`` before the first, or where the file that tells it is damaged: a generation
        is then built."""
        try:
            name = (self.folder / "CURRENT").read_text("ascii").strip()
        except (FileNotFoundError, UnicodeDecodeError):
            return None
        return name if _NAME.fullmatch(name) else None

    def state(self) -> dict[str, Any] | None:
        """What is kept beside the published generation: its name, the ledger's revision and the loads it shows, the code it
        is of. ``None`` where there is no whole one."""
        name = self.current
        if name is None or not (self.folder / name).exists():
            return None
        try:
            state: dict[str, Any] = json.loads((self.folder / f"{name}.json").read_text("utf-8"))
            told = {"revision": state["revision"], "code": state["code"], "loads": list(state["loads"])}
        except (OSError, ValueError, KeyError, TypeError):
            return None
        return {**state, **told, "name": name}

    def publish(self, on_progress: Progress, *, full: bool, build: Builder) -> str:
        """Bring the published generation to the ledger's active loads; returns its name. Raises ``WorkspaceError``."""
        revision = self.workspace.ledger.revision
        current = self.state()
        if current and (current["revision"], current["code"]) == (revision, generation.fingerprint()) and not full:
            return str(current["name"])
        parts = self.parts()
        target = self.folder / f"g{revision:08d}-{secrets.token_hex(4)}.duckdb"
        try:
            compacted = self._made(target, parts, None if full else current, on_progress, build)
            self._point_at(target, revision, parts, compacted)
        except (DatabaseError, OSError) as problem:
            remove(target)
            raise _disk_error(problem, self.folder) from problem
        except BaseException:
            remove(target)
            raise
        self._retire(keep={target.name, str(current["name"]) if current else target.name})
        return target.name

    def _made(self, target: Path, parts: list[Part], current: dict[str, Any] | None, on_progress: Progress, build: Builder) -> int:  # fmt: skip
        """As ``_make``; where the current generation turns out to be damaged, from the kept rows alone."""
        try:
            return self._make(target, parts, current, on_progress, build)
        except BROKEN as problem:
            if current is None or _is_full(problem):
                raise
            log.warning("generation %s is damaged; building all of it again", current["name"])
            remove(target)
            return self._make(target, parts, None, on_progress, build)

    def _make(self, target: Path, parts: list[Part], current: dict[str, Any] | None, on_progress: Progress, build: Builder) -> int:  # fmt: skip
        """Fill ``target``; returns how many bytes it, or the one it was made of, had when nothing in it was left over."""
        changed = self._changed(parts, current)
        unhurt = rows.are_whole if changed is None else rows.are_there
        _refuse_lost([part for part in parts if not unhurt(part.load, part.folder)])
        compacted = int(current.get("compacted", 0)) if current is not None and changed is not None else 0
        decisions = [one.decision for one in self.workspace.ledger.identity_decisions() if one.applies]
        if current is not None and changed is not None:
            shutil.copyfile(self.folder / current["name"], target)
            if target.stat().st_size > GROWN * compacted:
                compacted = 0
        # Swept, should this process be killed.
        spill = self.workspace.root / "work" / f"{os.getpid()}-spill-{secrets.token_hex(6)}"
        size = sum(part.load.rows_in for part in parts)
        with building(target, spill, rows=size, close_gaps=not compacted) as con:
            if changed is None:
                build(con, parts, decisions, on_progress)
            else:
                generation.advance(con, parts, changed, decisions, on_progress)
        sync(target)
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
        complete &= all(rows.are_there(part.load, part.folder) for part in changed)  # else nobody knows what was undone
        kept = [part for part in parts if part not in changed]
        return changed if complete and worth_advancing(changed, kept) else None

    def _part(self, load: Load) -> Part:
        return Part(load, self.workspace.record / str(load.load_id))

    def parts(self) -> list[Part]:
        """The kept rows of every active load, in the order of loading."""
        return [self._part(load) for load in self.workspace.ledger.loads(ACTIVE)]

    def _point_at(self, target: Path, revision: int, parts: list[Part], compacted: int) -> None:
        state = {
            "revision": revision,
            "code": generation.fingerprint(),
            "loads": [part.load.load_id for part in parts],
            "kept_by": [part.load.kept_by for part in parts],
            "compacted": compacted,
        }
        write_durably(self.folder / f"{target.name}.json", json.dumps(state).encode())
        sync(self.folder)
        write_durably(self.folder / "CURRENT", target.name.encode())

    def _retire(self, keep: set[str]) -> None:
        """Remove old generations; a reader that has one open keeps it until it is done (POSIX unlink)."""
        for path in self.folder.glob("g*.duckdb*"):
            if path.name.split(".duckdb")[0] + ".duckdb" not in keep:
                path.unlink(missing_ok=True)


def _refuse_lost(parts: Sequence[Part]) -> None:
    """Raise ``WorkspaceError`` where kept rows of ``parts`` are missing or altered: what is built without them would be too few
    in silence."""
    if not parts:
        return
    numbers = [str(part.load.load_id) for part in parts]
    named = f"load {numbers[0]}" + (f" and {len(numbers) - 1:,} more" if len(numbers) > 1 else "")
    raise WorkspaceError(
        f"The kept rows of {named} are missing or damaged, so no new figures can be made; what was loaded is kept.",
        f"Run: rapport renew. Where it says that a load cannot be read again, restore the backup, or: rapport undo {numbers[0]}.",
    )


def worth_advancing(changed: Sequence[Part], kept: Sequence[Part]) -> bool:
    """Whether bringing the last generation up to date is quicker than building it from nothing."""
    return 4 * sum(part.load.rows_in for part in changed) <= sum(part.load.rows_in for part in kept)


def remove(target: Path) -> None:
    """Leave nothing of a generation that failed."""
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
