"""FHIR R4, R5 and (where the names agree) STU3 resources as files: bulk NDJSON of one or several types, Bundles of
any kind, arrays, one resource.

Each resource type of a file is a *part*, as a sheet is of a workbook: ``Reading.part`` names the one that was
read and ``Reading.parts`` all of them. A part's header is made of element paths (``Encounter.period.start``), one
column per thing that ``elements`` asks of that type; references come out in one spelling (see ``references``),
partial dates as the first day of what they name. Every value stays text.

A line that is not JSON, and a JSON value that is no resource, is a reject with its line. Resource types that say
nothing about referrals, research or the people in them are set aside, counted by type.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import TYPE_CHECKING, cast

from pipelines.checks import WARNING, Finding
from pipelines.errors import FileRefused
from pipelines.readers.fhir import answers, document, lines, modifiers, parts
from pipelines.readers.fhir.document import DELETION
from pipelines.readers.fhir.elements import ELEMENTS, NOT_DATA
from pipelines.readers.reading import Reading, ReadOptions

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

__all__ = ["read", "recognises"]

_HEAD = 262_144  # bytes looked at to tell what a file is
_NEXT = re.compile(rb'"relation"\s*:\s*"next"')
_BUNDLE = re.compile(rb'"resourceType"\s*:\s*"Bundle"')
_RESOURCE = re.compile(r'\\?"resourceType\\?"\s*:\s*\\?"[A-Z][A-Za-z]+\\?"')  # escaped where a text holds it


def recognises(path: Path) -> bool:
    """Whether the file's content is FHIR as JSON."""
    with path.open("rb") as file:
        head = lines.decoded(file.read(_HEAD)).lstrip("\ufeff \t\r\n")
    return head[:1] in ("{", "[", '"') and (_RESOURCE.search(head) is not None or _lists_files(head))


def _lists_files(head: str) -> bool:
    """Whether this is what a server answers when a bulk export is done: where its files are."""
    return all(f'"{name}"' in head for name in ("transactionTime", "output")) and any(
        f'"{name}"' in head for name in ("request", "requiresAccessToken")
    )


def read(path: Path, options: ReadOptions, con: DuckDBPyConnection, limit: int | None = None) -> Reading:
    """Read one resource type of the file into ``stage``; see ``pipelines.readers.read``.

    ``options.part`` names the type, else the first one of the file that can be used is taken. Rows are lines of an
    NDJSON file, and resources counted from the top of any other. Raises ``FileRefused`` where there is none.
    """
    with path.open("rb") as file:
        head = lines.decoded(file.read(_HEAD))
    if _lists_files(head) and not _RESOURCE.search(head):
        raise FileRefused(
            "This is the list of a bulk export's files (its manifest), not their content.",
            "Upload the NDJSON files that it names under output.",
        )
    with lines.prepared(path) as (plain, kind, notes):
        if kind == "ndjson" and (reading := _read_as(con, plain, kind, options.part, notes, limit)):
            return reading
        reading = cast(Reading, _read_as(con, plain, "document", options.part, notes, limit))
        if _is_page(plain):
            reading.findings.append(Finding("bundle_page", WARNING, 1))
        return reading


def _is_page(path: Path) -> bool:
    """Whether the file is the first of several pages of a search, of which it holds no other: every Bundle of it has a next one."""
    with path.open("rb") as file, mmap(file.fileno(), 0, access=ACCESS_READ) as content:
        further = sum(1 for _ in _NEXT.finditer(content))
        return further > 0 and further >= sum(1 for _ in _BUNDLE.finditer(content))


def _read_as(
    con: DuckDBPyConnection, plain: Path, kind: str, part: str | None, notes: list[str], limit: int | None
) -> Reading | None:
    """The part of the file read as ``kind``; nothing where lines turn out to be Bundles among resources, whose own are then to be read."""
    with document.as_lines(plain, kind) as source:
        first = part or lines.first_type(source)
        if first not in ELEMENTS or (first == DELETION and not part):
            counts = lines.types(con, source)
            if kind == "ndjson" and document.HOLDERS & counts.keys():
                return None
            first = _usable(counts)
        reading = _read_part(con, source, kind, first, notes, limit)
    return None if kind == "ndjson" and document.HOLDERS & parts.counted(con).keys() else reading


def _usable(counts: Mapping[str | None, int]) -> str:
    """The first resource type of the file that can be used; a file without one is refused."""
    found = next((name for name in sorted(counts, key=lambda name: name == DELETION) if name in ELEMENTS), None)
    if found:
        return found
    named = ", ".join(sorted(name for name in counts if name)[:6])
    told = next((NOT_DATA[name] for name in counts if name in NOT_DATA), None)
    if told:
        raise FileRefused(told, "Look at the export's log, run it again and upload the files with the data.")
    if not counts:
        raise FileRefused(
            "The Bundle holds no resources: the search or export found nothing.", "There is nothing to load."
        )
    if not named:
        raise FileRefused(
            "No line of the file can be read as a FHIR resource.", "Export it again, as NDJSON or a Bundle."
        )
    raise FileRefused(
        f"The file holds only FHIR resources that say nothing about referrals or studies ({named}).",
        f"Rapport reads {', '.join(name for name in ELEMENTS if name != DELETION)}. Nothing is lost by leaving this file out.",
    )


def _read_part(
    con: DuckDBPyConnection, source: Path, kind: str, part: str, notes: list[str], limit: int | None
) -> Reading:
    elements = ELEMENTS[part]
    broken = lines.extract(con, source, elements)
    counts = parts.counted(con)
    header = parts.stage(con, part, elements, limit)
    if part == "QuestionnaireResponse":
        header += answers.spread(con)
    findings, told = parts.partial_dates(con, part, elements)
    changed = modifiers.unknown(source, part)
    rejects = [*parts.rejects(con, source, part, counts, broken), *parts.taken_out(con, changed)]
    used = [name for name in ELEMENTS if counts.get(name)]
    staged = int(con.execute("select count(*) from stage").fetchall()[0][0])
    return Reading(
        format="fhir", header=header, header_rows=[], records=staged + len(rejects), encoding="utf-8", part=part, parts=used or [part], named=True,
        set_aside=parts.set_aside(con, counts) if part == (used or [part])[0] else [], findings=[*rejects, *(one for one in changed if one not in rejects), *findings],
        notes=[*notes, *_notes(kind, part, used), *told],
    )  # fmt: skip


def _notes(kind: str, part: str, used: list[str]) -> list[str]:
    what = {
        "ndjson": "FHIR NDJSON, one resource a line",
        "document": "FHIR JSON; rows count its resources from the top",
    }[kind]
    others = [name for name in used if name != part]
    told = [f"The file is {what}; {part} was read."]
    if others:
        told.append(f"It also holds {', '.join(others)}: each is looked at on its own.")
    return told
