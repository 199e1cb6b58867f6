"""What a received file turns out to be, before anything counts: a limited child reads, recognises, checks and maps it."""

from __future__ import annotations

import os
import re
import secrets
import shutil
import time
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from pipelines import sandbox, sources, warehouse
from pipelines.checks import Finding
from pipelines.errors import FileRefused, WorkspaceError
from pipelines.ingest.inspection import Choices, FoundFault, Inspection, Progress, quiet
from pipelines.readers import Reading, SetAside, within
from pipelines.readers.preflight import MAX_UNPACKED, is_bomb
from pipelines.readers.structure import wide
from pipelines.recognition import NEARLY_KNOWN
from pipelines.recognition.respondents import asked_of_patients
from pipelines.record.ledger import Load, now
from pipelines.workspace import Workspace, read_only

WORKER = "pipelines.worker"
WORKBOOK_MEMORY_MB = 1024  # a hostile workbook takes what it can get
TEXT_MEMORY_MB = 1400  # text is parsed by DuckDB within its own limit; this counts what allocators merely hold, too
CHILD_SECONDS = 1800.0
MOST_PARTS = 500  # tables of one file, each of which a child reads: archives in archives may hold millions
FILE_SECONDS = 3600.0  # for all of them together
DEFAULT_TIME_ZONE = "America/New_York"
STALE_AFTER_S = 6 * 3600
_WIDE = (
    "The table has one column per period, so it holds counts. Enrollment counts and plans can be loaded: say that it is one and which "
    "columns mean what. Referrals, visits, touches and participants need one row per each: export the list behind the counts."
)
_TOTALS = (
    "The table looks like one of totals ({}), not of one row for each referral, visit or call. Export the list behind the numbers; "
    "if it is one of enrollment counts, spend or slots, say so and which columns mean what."
)
_PATIENTS = (
    "This looks like a survey of patients (“{}”), and feedback is charted of those who refer. If it is theirs, say which kind of survey it is; "
    "if it is the patients', leave it out."
)
_TELLING = 6  # columns that are understood, before a kind of export is named for them
_MOST_SHOWN = 80  # letters of a question
_COUNTED = re.compile(
    r"^(?:#|no\.?|num(?:ber)?|count|total|avg|average|max|min|sum|%)(?:\b|(?<=#)|(?<=%)) ?(?:of )?(?!\w* ?(?:id|date|name)\b)\S|\b(?:calls|opens|clicks|sends|bounces|unsubscribes|wrvus?)$|\b(?:rate|count|total)$|^n$",
    re.IGNORECASE,
)
# What an inspection's details have besides the system: told by the child about the file, and about its rows.
_FROM_ANSWER = ("values", "kinds", "examples", "periods", "rising", "besides")
_FROM_MAPPED: dict[str, Any] = {"missing": [], "unknown": {}, "blanks": {}, "date_formats": {}, "zones": []}


def inspect(
    workspace: Workspace,
    file_id: str,
    choices: Choices | None = None,
    on_progress: Progress = quiet,
    suggest: bool = False,
    child: sandbox.Child | None = None,
    plain: Path | None = None,
    received_at: str | None = None,
) -> Inspection:
    """Read, recognise and check a received file without loading it; ``suggest`` asks for what its columns may mean
    (``details["kinds"]``, ``details["examples"]``) even if it is known, ``child`` is one that is ready for it, ``plain``
    the copy that ``receive`` made (it is used up), else one is made from the archive; ``received_at`` the moment it came, where
    that is not now.

    Raises ``FileRefused`` when it cannot be read at all. A file whose shape is unknown comes back with
    ``source`` None and ``problem`` saying so.
    """
    chosen = choices or Choices()
    folder = _new_folder(workspace)
    try:
        answer, received_at = _run_worker(
            workspace, file_id, chosen, folder, None, on_progress, received_at, suggest, child, plain
        )
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return _inspection(workspace, file_id, chosen, folder, answer, received_at)


def inspect_all(
    workspace: Workspace, file_id: str, choices: Choices | None = None, on_progress: Progress = quiet,
    child: sandbox.Child | None = None, plain: Path | None = None,
) -> list[Inspection]:  # fmt: skip
    """One inspection per table of the file: every sheet of a workbook and file of an archive that holds one. ``child``
    and ``plain`` as in ``inspect``, for the first of them.

    A part that cannot be read (a cover page, a damaged file in an archive) is no fault of the others: the first
    inspection's notes say why it was left out. Raises ``FileRefused`` when the file as a whole holds more tables, or unpacks to
    more, than one file may: nothing of it is then prepared.
    """
    first = inspect(workspace, file_id, choices, on_progress, child=child, plain=plain)
    found = [first]
    try:
        _inspect_others(workspace, file_id, choices, on_progress, found)
    except BaseException:
        for inspection in found:
            inspection.discard()
        raise
    return found


def _inspect_others(
    workspace: Workspace, file_id: str, choices: Choices | None, on_progress: Progress, found: list[Inspection]
) -> None:
    """The tables that the first of ``found`` names beside itself, and those within them, are added to ``found``."""
    first, until = found[0], time.monotonic() + FILE_SECONDS
    packed = workspace.archive.path(file_id).stat().st_size
    waiting = [] if choices and choices.part else list(first.reading.parts)
    refused: set[str] = set()
    while waiting:
        _refuse_endless(found, waiting, packed, until)
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


def _refuse_endless(found: list[Inspection], waiting: list[str], packed: int, until: float) -> None:
    """Each table of a file is within the limits of one; together they must be, too. ``packed`` is the file's size in bytes."""
    if len(found) + len(waiting) > MOST_PARTS:
        raise FileRefused(
            f"The file holds more than the {MOST_PARTS:,} tables that are read of one file.",
            "Upload its tables in smaller files or archives. Nothing was loaded.",
        )
    unpacked = sum(inspection.reading.unpacked for inspection in found)
    if time.monotonic() > until:
        raise FileRefused(
            f"Reading the file's tables takes longer than {FILE_SECONDS / 60:.0f} minutes, so it was given up.",
            "Upload its tables in smaller files or archives. Nothing was loaded.",
        )
    if unpacked > MAX_UNPACKED or is_bomb(unpacked, packed):
        raise FileRefused(
            f"The file unpacks to far more than it should (over {unpacked // 1_000_000:,} MB, and it has more), so it was not read.",
            "Upload the tables in it one by one. Nothing was loaded.",
        )


def rejects_workbook(workspace: Workspace, of: Load | Inspection, on_progress: Progress = quiet) -> bytes:
    """The rows a load kept out, as a workbook: original cells, the bad ones coloured, the reason beside them.

    Made afresh from the archived file, so that no rejected value is kept anywhere else.
    """
    if isinstance(of, Load):
        choices, received_at = choices_of(of), of.detail["received_at"]
    else:
        choices, received_at = of.choices, of.received_at
    with workspace.work_folder() as folder:
        target = folder / "rejects.xlsx"
        _run_worker(workspace, of.file_id, choices, folder, target, on_progress, received_at)
        if not target.exists():
            raise FileRefused("This load kept no row out.", "There is nothing to mend.")
        return target.read_bytes()


def _new_folder(workspace: Workspace) -> Path:
    base = workspace.root / "work"
    for old in base.glob("*-*"):
        if time.time() - old.stat().st_mtime > STALE_AFTER_S:
            shutil.rmtree(old, ignore_errors=True)
    folder = base / f"{os.getpid()}-{secrets.token_hex(6)}"
    try:
        folder.mkdir(mode=0o700, parents=True)
    except OSError as problem:
        raise read_only(problem) from None
    return folder


def _run_worker(workspace: Workspace, file_id: str, choices: Choices, folder: Path, workbook: Path | None,
                on_progress: Progress, received_at: str | None = None, suggest: bool = False,
                child: sandbox.Child | None = None, received: Path | None = None) -> tuple[dict[str, Any], str]:  # fmt: skip
    plain = folder / "plain"
    moment, zones = received_at or now(), _zones(workspace)
    job = {
        "path": str(plain), "name": workspace.ledger.received_name(file_id), "out": str(folder),
        "options": {"encoding": choices.encoding, "delimiter": choices.delimiter, "part": choices.part, "header_row": choices.header_row,
                    "quote": choices.quote, "no_header": choices.no_header, "skip_footer": choices.skip_footer},
        "source": choices.source, "columns": choices.columns, "system": choices.system,
        "choices": {"date_order": choices.date_order, "time_zone": choices.time_zone, "periods": choices.periods}, "time_zone": _time_zone(workspace, zones),
        "values": choices.values, "constants": choices.constants, "suggest": suggest, **_loaded_codes(workspace),
        "file_id": file_id, "received_at": moment, "zones": zones, "dictionaries": _dictionaries(workspace, folder), "saved_mappings": workspace.ledger.mappings(),
        "secret": workspace.derived_key("patient").hex(), "workbook": str(workbook) if workbook else None,
    }  # fmt: skip
    try:
        with nullcontext(child) if child else sandbox.ready(WORKER) as reader:
            if received:
                os.replace(received, plain)
            else:
                workspace.archive.extract(file_id, plain)
            answer = sandbox.run_limited(
                WORKER, job, memory_mb=_memory_for(plain), wall_s=CHILD_SECONDS, on_progress=on_progress, child=reader
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
    counting = workspace.ledger.active_loads(file_id, reading.part or "")
    active = in_the_way(counting, answer["source"], choices)
    answer["besides"] = [kind for kind in answer["besides"] if kind not in {load.source for load in counting}]
    set_aside = sum(aside.count for aside in reading.set_aside) + (mapped or {}).get("set_aside", 0)
    known = mapped or {"rows_in": reading.records}  # of a file nobody recognised one knows how many rows it has
    counts = {name: known.get(name, 0) for name in ("rows_in", "rows_loaded", "rows_rejected", "rows_duplicate")}
    return Inspection(
        file_id=file_id, file_name=workspace.ledger.received_name(file_id), choices=choices, reading=reading,
        candidates=answer["candidates"], source=answer["source"], known_by=answer["known_by"], columns=answer["columns"],
        context=answer["context"], fingerprint=answer["fingerprint"], counts={**counts, "set_aside": set_aside},
        findings=[FoundFault(**fault) for fault in (mapped or {}).get("findings", [])],
        decisions=(mapped or {}).get("decisions", []), preview=(mapped or {}).get("preview", []),
        already_loaded=active.load_id if active else None, problem=_problem(answer, reading), folder=folder, received_at=received_at,
        time_zone=answer.get("time_zone") or choices.time_zone or _time_zone(workspace, ()),
        details={"system": answer.get("system") or choices.system or "", "loaded_as": active.source if active else None,
                 **{name: answer[name] for name in _FROM_ANSWER if name in answer},
                 **{name: (mapped or {}).get(name, empty) for name, empty in _FROM_MAPPED.items()}},
    )  # fmt: skip


def in_the_way(active: Sequence[Load], kind: str | None, choices: Choices) -> Load | None:
    """Of the loads by which a table counts, the one that keeps it from being loaded as ``kind``: it is of that kind, or tells of
    the same things, or nobody said that the table is another kind besides."""
    registry = sources.registry()
    same = [load for load in active if load.source == kind]
    others = [
        load
        for load in active
        if not choices.besides
        or load.source not in registry
        or kind not in registry
        or registry[load.source].tells_what(registry[kind])
    ]
    return next(iter((*same, *others)), None)


def _problem(answer: dict[str, Any], reading: Reading) -> str | None:
    if reading.records == 0 and not reading.findings:
        return "The file has a header but no record."
    if answer["source"] is None:
        return (
            _WIDE
            if reading.counts or wide.periods(reading.header) or wide.by_measure(reading.header)
            else _unknown(answer["candidates"], reading)
        )
    if ask := _ask(answer):
        return ask
    missing = (answer.get("mapped") or {}).get("missing", [])
    if missing:
        return f"No column was found for {', '.join(missing)}, without which no row can be loaded."
    if not (answer.get("mapped") or {}).get("rows_loaded"):
        return _no_row(answer)
    return None


def _no_row(answer: dict[str, Any]) -> str:
    """Why no row can be loaded, where it is one thing for all of them."""
    rejects = [fault for fault in (answer.get("mapped") or {}).get("findings", []) if fault["severity"] == "reject"]
    if len(rejects) == 1 and rejects[0]["count"] > 1:
        return f"No row can be loaded. {rejects[0]['message']} {rejects[0]['remedy']}"
    return "No row can be loaded: see the findings."


def _ask(answer: dict[str, Any]) -> str | None:
    """What of a known file only a person can say."""
    if answer["ask_periods"]:
        return "The table has one column per period: say whether its numbers count each period alone or everything so far (--periods each, or so_far)."
    if wrong := answer.get("ask_columns"):
        return (
            f"The rows have a cell more than the header has names, and {', '.join(f'“{name}”' for name in wrong[:3])} hold something else than they "
            "say. Name the missing column, or put quotation marks around cells that hold the delimiter; or choose what each column means."
        )
    if words := answer.get("ask_words"):
        return (
            f"None of the words in “{words[0]}” ({'; '.join(words[1:6])}) is one that is known there, and they decide which rows count: say what each "
            "of them means, or that the column means something else."
        )
    if towards := answer.get("ask_direction"):
        return (
            f"“{towards}” may name whom you sent the patient to, as in a list of what you sent out yourself: say whether these referrals "
            "are incoming or outgoing (under “The same for every row”, or --constant direction=incoming, or outgoing)."
        )
    return None


def _unknown(candidates: list[dict[str, Any]], reading: Reading) -> str:
    """What to say of a file nobody recognised: where it is known but for what stands in no column, what that is."""
    likeliest = candidates[0] if candidates else None
    if likeliest and likeliest["score"] >= NEARLY_KNOWN and likeliest["missing"]:
        return f"This looks like {likeliest['title']}, but nothing says its {', '.join(likeliest['missing'])}: state it for the whole file, or say which column has it."
    if likeliest and likeliest["missing"] and len(likeliest["columns"]) >= _TELLING and not likeliest["unused"]:
        return f"This looks like {likeliest['title']}, but no column has its {', '.join(likeliest['missing'])}: export it with that, or say which column has it."
    if likeliest and sources.registry()[likeliest["source"]].items and (question := asked_of_patients(reading)):
        return _PATIENTS.format(question[:_MOST_SHOWN])
    told = [text for text in reading.header if _COUNTED.search(text)]
    if len(told) >= 2:
        return _TOTALS.format(f"“{told[0]}”, “{told[1]}”")
    return "This kind of export is not known yet: say what it is and which columns mean what."


def _reading(plain: dict[str, Any]) -> Reading:
    return Reading(**{
        **plain,
        "set_aside": [SetAside(**aside) for aside in plain["set_aside"]],
        "findings": [Finding(**finding) for finding in plain["findings"]],
    })  # fmt: skip


def choices_of(load: Load) -> Choices:
    """What was decided about a load's file; the ledger once called the part a sheet."""
    return Choices(**{"part" if name == "sheet" else name: value for name, value in load.detail["choices"].items()})


def _with_part(choices: Choices | None, part: str) -> Choices:
    return Choices(**{**vars(choices or Choices()), "part": part})


def _time_zone(workspace: Workspace, zones: Sequence[Sequence[Any]]) -> str:
    """The zone of what says none and names no site: the only one in which the known sites lie, else the workspace's."""
    only = {zone for _, zone in zones}
    return workspace.ledger.setting("time_zone", only.pop() if len(only) == 1 else DEFAULT_TIME_ZONE)


def _zones(workspace: Workspace) -> list[list[Any]]:
    """Known sites with their time zones, under every name they go by."""
    if not workspace.ledger.loads("active"):
        return []
    with workspace.warehouse.read() as reader:
        rows = reader.all(
            "select a.id, d.time_zone from site_alias a join dim_site d on d.site_id = a.to_id where d.time_zone is not null"
        )
    return [[site_id, zone] for site_id, zone in rows]


def _dictionaries(workspace: Workspace, folder: Path) -> list[tuple[str, list[list[Any]]]]:
    """Every data dictionary that counts, oldest first: its file's name, and the name, label and choices of its fields and
    whether they identify somebody. Read as loaded, for two projects may have a field of one name on forms of one name."""
    loads = [load for load in workspace.ledger.loads("active") if load.source == "redcap_dictionary"]
    paths = [(load.file_name, workspace.record / str(load.load_id) / "dictionary_field.parquet") for load in loads]
    if not paths:
        return []
    with warehouse.scratch(folder) as con:
        return [
            (name, [list(row) for row in con.execute(_DICTIONARY, {"path": str(path)}).fetchall()])
            for name, path in paths
            if path.exists()
        ]


_DICTIONARY = "select name, label, choices, identifier from read_parquet($path) order by source_row"


def _loaded_codes(workspace: Workspace) -> dict[str, Any]:
    """Code tables that were loaded: what a system's numbers mean, and the provider taxonomy."""
    if not any(load.source in ("cerner_code_value", "nucc_taxonomy") for load in workspace.ledger.loads("active")):
        return {"codes": {}, "taxonomy": []}
    with workspace.warehouse.read() as reader:
        codes = reader.all("select code, display from code_value order by code")
        taxonomy = reader.all("select code, classification, specialization from nucc order by code")
    return {"codes": dict(codes), "taxonomy": [list(row) for row in taxonomy]}
