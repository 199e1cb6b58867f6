"""An inspected table becomes a load: its rows kept, the ledger told, a generation published; and back again."""

from __future__ import annotations

import itertools
import json
import os
import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from pipelines.errors import MappingNeeded, WorkspaceError
from pipelines.ingest.inspecting import in_the_way, inspect
from pipelines.ingest.inspection import Inspection, Progress, quiet, scaled
from pipelines.mapping.named import NAME_LENGTH, NamedMapping
from pipelines.mapping.named import clean_name as clean_mapping_name
from pipelines.record import rows
from pipelines.record.ledger import KEPT_BY, Load
from pipelines.warehouse import readable
from pipelines.workspace import Workspace, sync


def load(workspace: Workspace, inspection: Inspection, by: str = "local", on_progress: Progress = quiet) -> Load:
    """Keep an inspected table and publish the generation that shows it.

    The same table twice changes nothing: its active load is returned. Raises ``MappingNeeded`` when the
    inspection says it cannot be loaded yet, ``WorkspaceError`` on a full disk.
    """
    with workspace.changing():
        load_id, new = keep(workspace, inspection, by)
        try:
            workspace.warehouse.publish(scaled(on_progress, 0.0, 1.0))
        except Exception:
            raise
        except BaseException:  # cancelled: as if it had never been asked for
            take_back(workspace, [load_id] if new else [], by)
            raise
    return workspace.ledger.load(load_id)


def take_back(workspace: Workspace, load_ids: Sequence[int], by: str = "local") -> None:
    """Leave nothing of loads that were cancelled before they were published."""
    for load_id in load_ids:
        workspace.ledger.drop(load_id, by)
        shutil.rmtree(workspace.record / str(load_id), ignore_errors=True)


def keep(workspace: Workspace, inspection: Inspection, by: str = "local") -> tuple[int, bool]:
    """Record an inspected table without publishing yet: (load number, whether it is new)."""
    if inspection.problem:
        raise MappingNeeded(inspection.problem, "Correct the mapping, then load it.")
    with workspace.warehouse.writing():
        _drop_dead_reservations(workspace)
        active = workspace.ledger.active_loads(inspection.file_id, inspection.part)
        if (standing := in_the_way(active, inspection.source, inspection.choices)) is not None:
            inspection.discard()
            return standing.load_id, False
        return _keep_new(workspace, inspection, by), True


def undo(workspace: Workspace, load_id: int, by: str = "local", on_progress: Progress = quiet) -> Load:
    """Take a load out of every number; the file and the ledger entry stay, so it can be loaded again."""
    with workspace.changing():
        with workspace.warehouse.writing():
            load = workspace.ledger.undo(load_id, by)
        workspace.warehouse.publish(on_progress)
    return load


def loads(workspace: Workspace) -> list[Load]:
    """Every load, undone ones included, oldest first."""
    return workspace.ledger.loads()


def _keep_new(workspace: Workspace, inspection: Inspection, by: str) -> int:
    if not inspection.folder.exists():  # swept, or discarded: the file is still there to be read again
        again = inspect(workspace, inspection.file_id, inspection.choices)
        inspection.folder = again.folder
    load_id = workspace.ledger.begin_load(
        file_id=inspection.file_id, part=inspection.part, file_name=inspection.file_name, source=inspection.source or "",
        system=inspection.details["system"], by=by, counts=inspection.counts, detail=describe(inspection),
    )  # fmt: skip
    try:
        keep_rows(workspace, inspection, load_id)
    except WorkspaceError:
        shutil.rmtree(workspace.record / str(load_id), ignore_errors=True)
        raise
    workspace.ledger.activate(load_id, by)
    keep_mapping(workspace, inspection, by)
    inspection.discard()
    return load_id


def is_whole(workspace: Workspace, load: Load) -> bool:
    """Whether the kept rows of a load are what was kept: a flipped bit in a table would else count in silence. Of a load made
    before this was noted, whether they can be read."""
    folder = workspace.record / str(load.load_id)
    return rows.are_whole(load, folder) and (rows.noted(load) is not None or readable(folder))


def keep_rows(workspace: Workspace, inspection: Inspection, load_id: int) -> None:
    """Put an inspected table's rows where the load's are kept, each file at once and on disk, in place of whatever was kept of
    it before. Raises ``WorkspaceError``."""
    target = workspace.record / str(load_id)
    try:
        made = rows.files_of(inspection.folder)
        for path in made:
            _keep_file(path, target)
        target.mkdir(mode=0o700, parents=True, exist_ok=True)
        for old in set(rows.files_of(target)) - {target / path.name for path in made}:
            old.unlink()  # a table that this version finds nothing for: its rows would go on counting
        sync(target)
        sync(workspace.record)
    except OSError as problem:
        raise WorkspaceError(
            f"The rows could not be kept ({problem.strerror}); nothing was changed.",
            "Free some disk space and load the file again.",
        ) from None


def mapping_of(inspection: Inspection) -> NamedMapping:
    """How an inspected file is mapped, as a mapping to keep or to share."""
    header, choices = inspection.reading.header, inspection.choices
    return NamedMapping(
        name=clean_mapping_name(choices.mapping or inspection.file_name.rpartition(".")[0] or inspection.file_name),
        source=inspection.source or "", headers=tuple(header), columns={name: header[place] for name, place in inspection.columns.items()},
        values=inspection.details.get("values") or {}, constants=choices.constants or {}, date_order=choices.date_order,
        time_zone=choices.time_zone, system=choices.system, periods=_told_of_periods(inspection),
    )  # fmt: skip


def _told_of_periods(inspection: Inspection) -> str | None:
    """What the numbers of a table laid out long count; nothing for any other."""
    return inspection.details.get("periods") if inspection.reading.counts else None


def keep_mapping(workspace: Workspace, inspection: Inspection, by: str = "local") -> NamedMapping | None:
    """Keep what a person decided about columns and words for the next file with these headers; nothing if nobody
    decided anything."""
    chosen = inspection.choices
    if (
        not inspection.source
        or chosen.besides  # the next file with these headers is first of all what this one is first of all
        or (chosen.columns, chosen.values, chosen.constants, chosen.mapping, chosen.periods) == (None,) * 5
    ):
        return None
    return keep_named(workspace, mapping_of(inspection), by)


def keep_named(workspace: Workspace, made: NamedMapping, by: str = "local") -> NamedMapping:
    """Keep a mapping for files with its headers, in place of an older one for them. One for other headers keeps its name (two
    systems may both send an "export.csv"), and this one gets a number behind it."""
    kept = {mark: json.loads(text)["name"] for mark, text in workspace.ledger.mappings().items()}
    taken = {name for mark, name in kept.items() if mark != made.fingerprint}
    numbered = (f" ({number})" for number in itertools.count(2))
    name = made.name
    while name in taken:
        end = next(numbered)
        name = made.name[: NAME_LENGTH - len(end)] + end
    named = replace(made, name=name)
    workspace.ledger.save_mapping(named.name, named.fingerprint, named.text(), by)
    return named


def _keep_file(path: Path, target: Path) -> None:
    target.mkdir(mode=0o700, parents=True, exist_ok=True)
    final = target / path.name
    os.replace(path, final)
    sync(final)


def describe(inspection: Inspection) -> dict[str, Any]:
    """What the ledger keeps of an inspection: decisions and counts, no cell of the file."""
    choices = {
        **vars(inspection.choices),
        "source": inspection.source,
        "columns": inspection.columns,
        "part": inspection.part or None,
        "periods": inspection.details.get("periods"),
    }
    return {
        "choices": choices, "context_used": sorted(inspection.context), "decisions": inspection.decisions,
        "kept_by": KEPT_BY, "kept": rows.digests(inspection.folder), "notes": inspection.reading.notes, "blanks": _blanks_by_field(inspection), "received_at": inspection.received_at,
        "zones": inspection.details["zones"] or [inspection.time_zone], "set_aside": inspection.counts["set_aside"],
        "findings": [
            {"code": fault.code, "severity": fault.severity, "count": fault.count, "message": fault.message, "remedy": fault.remedy,
             "row": fault.row, "column": fault.column}
            for fault in inspection.findings
        ],
    }  # fmt: skip


def _blanks_by_field(inspection: Inspection) -> dict[str, int]:
    """Rows that say nothing, by field: a header is the file's own text, and the ledger keeps none of it."""
    counts, header = inspection.details.get("blanks", {}), inspection.reading.header
    named = {name: header[place] for name, place in inspection.columns.items() if place < len(header)}
    return {name: counts[heading] for name, heading in named.items() if heading in counts}


def _drop_dead_reservations(workspace: Workspace) -> None:
    for load_id in workspace.ledger.forget_pending():
        shutil.rmtree(workspace.record / str(load_id), ignore_errors=True)
