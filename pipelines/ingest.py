"""From a received file to a published generation, in the order that loses nothing.

receive (raw bytes safe, acknowledged) -> inspect (a limited child reads, recognises, checks and maps; nothing
counts yet) -> load (canonical Parquet kept, ledger entry, new generation) -> undo whenever it was wrong.
"""

from __future__ import annotations

import io
import os
import secrets
import shutil
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from pipelines import sandbox
from pipelines.checks import Finding
from pipelines.errors import FileRefused, MappingNeeded, RapportError, WorkspaceError
from pipelines.generation import source_file_id
from pipelines.ledger import Load, now
from pipelines.mapping.named import NamedMapping
from pipelines.mapping.named import clean_name as clean_mapping_name
from pipelines.readers import Reading, SetAside, wide, within
from pipelines.workspace import Workspace, sync_folder

Progress = Callable[[str, float], None]

WORKBOOK_MEMORY_MB = 1024  # a hostile workbook takes what it can get
TEXT_MEMORY_MB = 1400  # text is parsed by DuckDB within its own limit; this counts what allocators merely hold, too
CHILD_SECONDS = 1800.0
DEFAULT_TIME_ZONE = "America/New_York"
STALE_AFTER_S = 6 * 3600
FILES_AT_ONCE = 2
NEARLY_KNOWN = 0.4  # a score that only a complete signature reaches


# What an inspection's details have besides the system: told by the child about the file, and about its rows.
_FROM_ANSWER = ("values", "kinds", "examples")
_FROM_MAPPED: dict[str, Any] = {"missing": [], "unknown": {}, "blanks": {}, "date_formats": {}}


def _quiet(label: str, fraction: float) -> None:
    """Progress for nobody."""


@dataclass(frozen=True)
class Choices:
    """What a person decides about a file; ``None`` means: find out. ``columns`` maps field names to header
    positions, ``system`` names whose record numbers the file holds, ``date_order`` is mdy or dmy. ``snapshot`` says
    that the file holds everything its source and system have: rows of earlier files that it lacks are deleted.
    ``values`` says by field what the file's own words mean, ``constants`` gives fields one value for every row,
    ``mapping`` names the mapping that keeps all this for the next file with these headers."""

    source: str | None = None
    columns: dict[str, int] | None = None
    part: str | None = None
    header_row: int | None = None
    encoding: str | None = None
    delimiter: str | None = None
    quote: str | None = None
    no_header: bool = False
    skip_footer: int = 0
    date_order: str | None = None
    time_zone: str | None = None
    system: str | None = None
    snapshot: bool = False
    values: dict[str, dict[str, str]] | None = None
    constants: dict[str, str] | None = None
    mapping: str | None = None


@dataclass(frozen=True)
class FoundFault:
    """Findings of one code, counted, with their sentence, what to do, and the first of them."""

    code: str
    severity: str
    count: int
    message: str
    remedy: str
    row: int | None = None
    column: str | None = None
    value: str | None = None


@dataclass
class Inspection:
    """What a file turned out to be, before anything counts. ``problem`` says why it cannot be loaded yet."""

    file_id: str
    file_name: str
    choices: Choices
    reading: Reading
    candidates: list[dict[str, Any]]
    source: str | None
    known_by: str | None
    columns: dict[str, int]
    context: dict[str, str]
    fingerprint: str
    counts: dict[str, int]
    findings: list[FoundFault]
    decisions: list[str]
    preview: list[dict[str, Any]]
    already_loaded: int | None
    problem: str | None
    folder: Path
    received_at: str
    time_zone: str
    details: dict[str, Any] = field(default_factory=dict)

    @property
    def part(self) -> str:
        """Which table of the file, where it holds several (sheets, files in an archive): each is a load of its own."""
        return self.reading.part or ""

    def discard(self) -> None:
        """Drop the prepared rows; the received file stays."""
        shutil.rmtree(self.folder, ignore_errors=True)


def receive(workspace: Workspace, name: str, data: bytes | BinaryIO, by: str = "local") -> str:
    """Keep the bytes of a file, encrypted; returns its file id (SHA-256) once they are safe on disk.

    Raises ``FileRefused`` for an empty file, ``WorkspaceError`` when the disk is full.
    """
    stream = io.BytesIO(data) if isinstance(data, bytes) else data
    safe_name = clean_name(name)
    if not stream.seekable() or stream.seek(0, os.SEEK_END) == 0:
        raise FileRefused("The file is empty.", "Export it again; it should have a header row and at least one record.")
    size = stream.tell()
    stream.seek(0)
    file_id = workspace.archive.put(stream)
    workspace.ledger.note_received(file_id, safe_name, size, by)
    return file_id


def clean_name(name: str) -> str:
    """The last part of a file's name, printable and at most 120 characters: it is shown, never used as a path."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    printable = "".join(character for character in last if character.isprintable()).strip() or "unnamed"
    if len(printable) <= 120:
        return printable
    stem, dot, ending = printable.rpartition(".")
    return f"{(stem or printable)[:100]}...{dot}{ending[:16]}" if dot else f"{printable[:117]}..."


def inspect(
    workspace: Workspace,
    file_id: str,
    choices: Choices | None = None,
    on_progress: Progress = _quiet,
    suggest: bool = False,
) -> Inspection:
    """Read, recognise and check a received file without loading it; ``suggest`` asks for what its columns may mean
    (``details["kinds"]``, ``details["examples"]``) even if it is known.

    Raises ``FileRefused`` when it cannot be read at all. A file whose shape is unknown comes back with
    ``source`` None and ``problem`` saying so.
    """
    chosen = choices or Choices()
    folder = _new_folder(workspace)
    try:
        answer, received_at = _run_worker(workspace, file_id, chosen, folder, None, on_progress, suggest=suggest)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return _inspection(workspace, file_id, chosen, folder, answer, received_at)


def inspect_all(
    workspace: Workspace, file_id: str, choices: Choices | None = None, on_progress: Progress = _quiet
) -> list[Inspection]:
    """One inspection per table of the file: every sheet of a workbook and file of an archive that holds one.

    A part that cannot be read (a cover page, a damaged file in an archive) is no fault of the others: the first
    inspection's notes say why it was left out.
    """
    first = inspect(workspace, file_id, choices, on_progress)
    found = [first]
    waiting = [] if choices and choices.part else list(first.reading.parts)
    refused: set[str] = set()
    while waiting:
        part = waiting.pop(0)
        if part in refused or any(within(known.part, part) for known in found):
            continue
        try:
            found.append(inspect(workspace, file_id, _with_part(choices, part), on_progress))
        except FileRefused as problem:
            refused.add(part)
            first.reading.notes.append(f"{part} was left out: {problem}")
            continue
        waiting = [inner for inner in found[-1].reading.parts if within(inner, part)] + waiting
    return found


def load(workspace: Workspace, inspection: Inspection, by: str = "local", on_progress: Progress = _quiet) -> Load:
    """Keep an inspected table and publish the generation that shows it.

    The same table twice changes nothing: its active load is returned. Raises ``MappingNeeded`` when the
    inspection says it cannot be loaded yet, ``WorkspaceError`` on a full disk.
    """
    load_id, new = keep(workspace, inspection, by)
    try:
        workspace.warehouse.publish(_scaled(on_progress, 0.0, 1.0))
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
        active = workspace.ledger.active_load(inspection.file_id, inspection.part)
        if active is not None:
            inspection.discard()
            return active.load_id, False
        return _keep_new(workspace, inspection, by), True


def undo(workspace: Workspace, load_id: int, by: str = "local", on_progress: Progress = _quiet) -> Load:
    """Take a load out of every number; the file and the ledger entry stay, so it can be loaded again."""
    with workspace.warehouse.writing():
        load = workspace.ledger.undo(load_id, by)
    workspace.warehouse.publish(on_progress)
    return load


Outcome = tuple[list[Inspection | Exception], list[Load]]


def loads(workspace: Workspace) -> list[Load]:
    """Every load, undone ones included, oldest first."""
    return workspace.ledger.loads()


def rejects_workbook(workspace: Workspace, of: Load | Inspection, on_progress: Progress = _quiet) -> bytes:
    """The rows a load kept out, as a workbook: original cells, the bad ones coloured, the reason beside them.

    Made afresh from the archived file, so that no rejected value is kept anywhere else.
    """
    if isinstance(of, Load):
        choices, received_at = _chosen(of.detail["choices"]), of.detail["received_at"]
    else:
        choices, received_at = of.choices, of.received_at
    with workspace.work_folder() as folder:
        target = folder / "rejects.xlsx"
        _run_worker(workspace, of.file_id, choices, folder, target, on_progress, received_at)
        if not target.exists():
            raise FileRefused("This load kept no row out.", "There is nothing to mend.")
        return target.read_bytes()


def ingest_files(workspace: Workspace, paths: Sequence[Path], by: str = "local", choices: Choices | None = None,
                 on_progress: Progress = _quiet, dry_run: bool = False) -> list[tuple[Path, list[Inspection | Exception], list[Load]]]:  # fmt: skip
    """Load several files as one batch: sites and rosters first, one new generation at the end.

    Returns, per file, what each of its tables turned out to be (or why it was refused) and the loads made.
    """
    before = {load.load_id for load in workspace.ledger.loads()}
    try:
        return _ingest_files(workspace, paths, by, choices, on_progress, dry_run)
    except Exception:
        raise
    except BaseException:  # Ctrl-C: the children end, and what this call loaded goes
        sandbox.stop_all()
        made = [
            load.load_id for load in workspace.ledger.loads() if load.load_id not in before and load.loaded_by == by
        ]
        take_back(workspace, made, by)
        workspace.warehouse.publish()
        raise


def _ingest_files(workspace: Workspace, paths: Sequence[Path], by: str, choices: Choices | None, on_progress: Progress,
                  dry_run: bool) -> list[tuple[Path, list[Inspection | Exception], list[Load]]]:  # fmt: skip
    ordered = sorted(paths, key=_likely_order)
    outcomes: dict[Path, Outcome] = {}
    for first in (True, False):
        batch = [path for path in ordered if (_likely_order(path)[0] == 0) is first]
        done = len(outcomes)
        outcomes |= _ingest_batch(workspace, batch, by, choices, dry_run,
                                  _scaled(on_progress, 0.9 * done / len(ordered), 0.9 * (done + len(batch)) / len(ordered)))  # fmt: skip
        # The sites' time zones must be known before times are read, so the first batch is published on its own.
        if batch or not first:
            workspace.warehouse.publish(_scaled(on_progress, 0.9, 1.0) if not first else _quiet)
    return [(path, *outcomes[path]) for path in paths]


def _ingest_batch(workspace: Workspace, paths: Sequence[Path], by: str, choices: Choices | None, dry_run: bool,
                  on_progress: Progress) -> dict[Path, Outcome]:  # fmt: skip
    """Two files are read at a time, each in its child; what they hold is kept one after the other, in order."""
    outcomes: dict[Path, Outcome] = {}
    with ThreadPoolExecutor(max_workers=FILES_AT_ONCE) as pool:
        asked = [pool.submit(_inspect_file, workspace, path, by, choices) for path in paths]
        try:
            for path, future in zip(paths, asked, strict=True):
                inspections = future.result()
                outcomes[path] = (inspections, [] if dry_run else _keep_all(workspace, inspections, by))
                for inspection in inspections:
                    if isinstance(inspection, Inspection):
                        inspection.discard()
                on_progress(f"Read {path.name}{_rows_in(inspections)}", len(outcomes) / len(paths))
        except BaseException:  # the pool waits for its threads, and they for their children
            pool.shutdown(wait=False, cancel_futures=True)
            sandbox.stop_all()
            raise
    return outcomes


def _rows_in(inspections: list[Inspection | Exception]) -> str:
    rows = sum(found.counts["rows_in"] for found in inspections if isinstance(found, Inspection))
    return f", {rows:,} rows" if rows else ""


def _inspect_file(workspace: Workspace, path: Path, by: str, choices: Choices | None) -> list[Inspection | Exception]:
    try:
        with open(path, "rb") as stream:
            file_id = receive(workspace, path.name, stream, by)
        return [*inspect_all(workspace, file_id, choices)]
    except OSError as problem:
        return [
            FileRefused(f"{path.name} cannot be opened ({problem.strerror}).", "Check the path and your rights to it.")
        ]
    except RapportError as problem:
        return [problem]


def _keep_all(workspace: Workspace, inspections: list[Inspection | Exception], by: str) -> list[Load]:
    made = []
    for position, inspection in enumerate(inspections):
        if isinstance(inspection, Inspection) and inspection.problem is None:
            try:
                made.append(workspace.ledger.load(keep(workspace, inspection, by)[0]))
            except WorkspaceError as problem:
                inspections[position] = problem
    return made


def _likely_order(path: Path) -> tuple[int, str]:
    """Sites, studies and rosters before what refers to them: a site's time zone must be known to read its times."""
    first = any(word in path.name.lower() for word in ("site", "stud", "roster", "npi", "provider", "dictionar"))
    return (0 if first else 1, str(path))


def _keep_new(workspace: Workspace, inspection: Inspection, by: str) -> int:
    if not inspection.folder.exists():  # swept, or discarded: the file is still there to be read again
        again = inspect(workspace, inspection.file_id, inspection.choices)
        inspection.folder = again.folder
    load_id = workspace.ledger.begin_load(
        file_id=inspection.file_id, part=inspection.part, file_name=inspection.file_name, source=inspection.source or "",
        system=inspection.details["system"], by=by, counts=inspection.counts, detail=_detail(inspection),
    )  # fmt: skip
    target = workspace.record / str(load_id)
    try:
        for path in inspection.folder.glob("*.parquet"):
            if path.name != "findings.parquet":  # its values may identify patients; it can be made again
                _keep_file(path, target)
        target.mkdir(mode=0o700, parents=True, exist_ok=True)
        sync_folder(target)
        sync_folder(workspace.record)
    except OSError as problem:
        shutil.rmtree(target, ignore_errors=True)
        raise WorkspaceError(
            f"The rows could not be kept ({problem.strerror}); nothing was changed.",
            "Free some disk space and load the file again.",
        ) from None
    workspace.ledger.activate(load_id, by)
    keep_mapping(workspace, inspection, by)
    inspection.discard()
    return load_id


def mapping_of(inspection: Inspection) -> NamedMapping:
    """How an inspected file is mapped, as a mapping to keep or to share."""
    header, choices = inspection.reading.header, inspection.choices
    return NamedMapping(
        name=clean_mapping_name(choices.mapping or inspection.file_name.rpartition(".")[0] or inspection.file_name),
        source=inspection.source or "", headers=tuple(header), columns={name: header[place] for name, place in inspection.columns.items()},
        values=inspection.details.get("values") or {}, constants=choices.constants or {}, date_order=choices.date_order,
        time_zone=choices.time_zone, system=choices.system,
    )  # fmt: skip


def keep_mapping(workspace: Workspace, inspection: Inspection, by: str = "local") -> NamedMapping | None:
    """Keep what a person decided about columns and words for the next file with these headers; nothing if nobody
    decided anything."""
    chosen = inspection.choices
    if not inspection.source or (chosen.columns, chosen.values, chosen.constants, chosen.mapping) == (None,) * 4:
        return None
    made = mapping_of(inspection)
    workspace.ledger.save_mapping(made.name, made.fingerprint, made.text(), by)
    return made


def _keep_file(path: Path, target: Path) -> None:
    target.mkdir(mode=0o700, parents=True, exist_ok=True)
    final = target / path.name
    os.replace(path, final)
    handle = os.open(final, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _detail(inspection: Inspection) -> dict[str, Any]:
    """What the ledger keeps of an inspection: decisions and counts, no cell of the file."""
    choices = {
        **vars(inspection.choices),
        "source": inspection.source,
        "columns": inspection.columns,
        "part": inspection.part or None,
    }
    return {
        "choices": choices, "context_used": sorted(inspection.context), "decisions": inspection.decisions,
        "notes": inspection.reading.notes, "blanks": _blanks_by_field(inspection), "received_at": inspection.received_at, "set_aside": inspection.counts["set_aside"],
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


def _new_folder(workspace: Workspace) -> Path:
    base = workspace.root / "work"
    for old in base.glob("*-*"):
        if time.time() - old.stat().st_mtime > STALE_AFTER_S:
            shutil.rmtree(old, ignore_errors=True)
    folder = base / f"{os.getpid()}-{secrets.token_hex(6)}"
    folder.mkdir(mode=0o700, parents=True)
    return folder


def _run_worker(workspace: Workspace, file_id: str, choices: Choices, folder: Path, workbook: Path | None,
                on_progress: Progress, received_at: str | None = None, suggest: bool = False) -> tuple[dict[str, Any], str]:  # fmt: skip
    plain = folder / "plain"
    moment = received_at or now()
    job = {
        "path": str(plain), "name": workspace.ledger.received_name(file_id), "out": str(folder),
        "options": {"encoding": choices.encoding, "delimiter": choices.delimiter, "part": choices.part, "header_row": choices.header_row,
                    "quote": choices.quote, "no_header": choices.no_header, "skip_footer": choices.skip_footer},
        "source": choices.source, "columns": choices.columns, "system": choices.system,
        "choices": {"date_order": choices.date_order, "time_zone": choices.time_zone}, "time_zone": _time_zone(workspace),
        "values": choices.values, "constants": choices.constants, "suggest": suggest, **_loaded_codes(workspace),
        "file_id": file_id, "received_at": moment, "zones": _zones(workspace), "dictionary": _dictionary(workspace), "saved_mappings": workspace.ledger.mappings(),
        "secret": workspace.derived_key("patient").hex(), "workbook": str(workbook) if workbook else None,
    }  # fmt: skip
    try:
        workspace.archive.extract(file_id, plain)
        answer = sandbox.run_limited(
            "pipelines.worker", job, memory_mb=_memory_for(plain), wall_s=CHILD_SECONDS, on_progress=on_progress
        )
    except OSError as problem:
        raise WorkspaceError(
            f"The file could not be prepared ({problem.strerror}).", "Free some disk space and try again."
        ) from None
    finally:
        plain.unlink(missing_ok=True)
    return answer, moment


def _memory_for(plain: Path) -> int:
    with open(plain, "rb") as file:
        return WORKBOOK_MEMORY_MB if file.read(4) in (b"PK\x03\x04", b"\xd0\xcf\x11\xe0") else TEXT_MEMORY_MB


def _inspection(
    workspace: Workspace, file_id: str, choices: Choices, folder: Path, answer: dict[str, Any], received_at: str
) -> Inspection:
    reading = _reading(answer["reading"])
    mapped = answer.get("mapped")
    active = workspace.ledger.active_load(file_id, reading.part or "")
    set_aside = sum(aside.count for aside in reading.set_aside) + (mapped or {}).get("set_aside", 0)
    counts = {
        name: (mapped or {}).get(name, 0) for name in ("rows_in", "rows_loaded", "rows_rejected", "rows_duplicate")
    }
    return Inspection(
        file_id=file_id, file_name=workspace.ledger.received_name(file_id), choices=choices, reading=reading,
        candidates=answer["candidates"], source=answer["source"], known_by=answer["known_by"], columns=answer["columns"],
        context=answer["context"], fingerprint=answer["fingerprint"], counts={**counts, "set_aside": set_aside},
        findings=[FoundFault(**fault) for fault in (mapped or {}).get("findings", [])],
        decisions=(mapped or {}).get("decisions", []), preview=(mapped or {}).get("preview", []),
        already_loaded=active.load_id if active else None, problem=_problem(answer, reading), folder=folder, received_at=received_at,
        time_zone=answer.get("time_zone") or choices.time_zone or _time_zone(workspace),
        details={"system": answer.get("system") or choices.system or "", **{name: answer[name] for name in _FROM_ANSWER if name in answer},
                 **{name: (mapped or {}).get(name, empty) for name, empty in _FROM_MAPPED.items()}},
    )  # fmt: skip


def _problem(answer: dict[str, Any], reading: Reading) -> str | None:
    if reading.records == 0 and not reading.findings:
        return "The file has a header but no record."
    if answer["source"] is None:
        counted = wide.periods(reading.header)
        return wide.remedy(counted) if counted else _unknown(answer["candidates"])
    missing = (answer.get("mapped") or {}).get("missing", [])
    if missing:
        return f"No column was found for {', '.join(missing)}, without which no row can be loaded."
    if not (answer.get("mapped") or {}).get("rows_loaded"):
        return "No row can be loaded: see the findings."
    return None


def _unknown(candidates: list[dict[str, Any]]) -> str:
    """What to say of a file nobody recognised: where it is known but for what stands in no column, what that is."""
    likeliest = candidates[0] if candidates else None
    if likeliest and likeliest["score"] >= NEARLY_KNOWN and likeliest["missing"]:
        return f"This looks like {likeliest['title']}, but nothing says its {', '.join(likeliest['missing'])}: state it for the whole file, or say which column has it."
    return "This kind of export is not known yet: say what it is and which columns mean what."


def _reading(plain: dict[str, Any]) -> Reading:
    return Reading(**{
        **plain,
        "set_aside": [SetAside(**aside) for aside in plain["set_aside"]],
        "findings": [Finding(**finding) for finding in plain["findings"]],
    })  # fmt: skip


def _chosen(kept: dict[str, Any]) -> Choices:
    """The choices of a load; the ledger once called the part a sheet."""
    return Choices(**{"part" if name == "sheet" else name: value for name, value in kept.items()})


def _with_part(choices: Choices | None, part: str) -> Choices:
    return Choices(**{**vars(choices or Choices()), "part": part})


def _time_zone(workspace: Workspace) -> str:
    return workspace.ledger.setting("time_zone", DEFAULT_TIME_ZONE)


def _zones(workspace: Workspace) -> list[list[Any]]:
    """Known sites with their time zones, under every name they go by."""
    if not workspace.ledger.loads("active"):
        return []
    with workspace.warehouse.read() as reader:
        rows = reader.all(
            "select a.id, d.time_zone from site_alias a join dim_site d on d.site_id = a.to_id where d.time_zone is not null"
        )
    return [[site_id, zone] for site_id, zone in rows]


def _dictionary(workspace: Workspace) -> list[list[Any]]:
    """The fields of every data dictionary that is loaded: name, label, choices, whether it identifies somebody."""
    if not any(load.source == "redcap_dictionary" for load in workspace.ledger.loads("active")):
        return []
    with workspace.warehouse.read() as reader:
        rows = reader.all("select name, label, choices, identifier from dictionary_field order by field_id")
    return [list(row) for row in rows]


def _loaded_codes(workspace: Workspace) -> dict[str, Any]:
    """Code tables that were loaded: what a system's numbers mean, and the provider taxonomy."""
    if not any(load.source in ("cerner_code_value", "nucc_taxonomy") for load in workspace.ledger.loads("active")):
        return {"codes": {}, "taxonomy": []}
    with workspace.warehouse.read() as reader:
        codes = reader.all("select code, display from code_value order by code")
        taxonomy = reader.all("select code, classification, specialization from nucc order by code")
    return {"codes": dict(codes), "taxonomy": [list(row) for row in taxonomy]}


def _scaled(on_progress: Progress, low: float, high: float) -> Progress:
    return lambda label, fraction: on_progress(label, low + (high - low) * fraction)


__all__ = [
    "Choices", "FoundFault", "Inspection", "Load", "clean_name", "ingest_files", "inspect", "inspect_all", "keep", "load", "loads",
    "receive", "rejects_workbook", "source_file_id", "undo",
]  # fmt: skip
