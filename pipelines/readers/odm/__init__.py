"""CDISC ODM as XML (1.2 to 2.0), as trial systems and REDCap export a study: its subjects' data beside what describes them.

A row is what one subject has in one event, or in one of its repetitions; a column is an item, told by the name its study
gives it. Coded values become the words of their code list. What the file marks as identifying (REDCap's ``Identifier``)
is told as such. Each study with data is a part. Data that a later transaction removes are gone.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from pipelines.errors import FileRefused
from pipelines.readers import records, stage
from pipelines.readers.odm.document import Document, Study, collected
from pipelines.readers.reading import Reading, ReadOptions
from pipelines.readers.structure.layout import unique

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

__all__ = ["read"]

_PLACE = (
    "redcap_event_name",
    "redcap_repeat_instrument",
    "redcap_repeat_instance",
)  # in REDCap's words, which it is put together by
_SUBJECT = "SubjectKey"


def read(path: Path, options: ReadOptions, con: DuckDBPyConnection, limit: int | None = None) -> Reading:
    """Read one study's data into ``stage``; see ``pipelines.readers.read``. ``options.part`` names the study."""
    with path.open("rb") as source:
        found = collected(source)
    named = {study.name or oid: study for oid, study in found.studies.items() if study.rows}
    if not named:
        raise FileRefused(
            "This describes a study (CDISC ODM), and holds no subject's data.", "Export it again, with the data."
        )
    if options.part is not None and options.part not in named:
        raise FileRefused("The file has no study of that name.", f"It has: {', '.join(list(named)[:20])}.")
    part = options.part or next(iter(named))
    return _staged(found, named[part], part, list(named), path, con, limit)


def _staged(
    found: Document, study: Study, part: str, parts: list[str], path: Path, con: DuckDBPyConnection, limit: int | None
) -> Reading:  # fmt: skip
    first = found.record_field if found.redcap and found.record_field else _SUBJECT
    beside = list(dict.fromkeys(name for told in study.of_subject.values() for name in told))
    used = [
        oid for oid in dict.fromkeys(oid for row in study.rows.values() for oid in row) if _name(found, oid) != first
    ]
    headers = dict(zip(used, _headers(found, used), strict=True))
    if len(headers) > records.MOST_COLUMNS:
        raise FileRefused(
            f"The study has more than {records.MOST_COLUMNS:,} different items.", "Export fewer forms, or a table."
        )
    header = unique([first, *_PLACE, *beside, *headers.values()])
    with stage.collect(con, len(header), path) as out:
        for number, (place, cells) in enumerate(study.rows.items(), 1):
            if limit is not None and out.count >= limit:
                break
            told = study.of_subject.get(place[0], {})
            out.add(
                number,
                [
                    study.numbers.get(place[0], place[0]),
                    *place[1:],
                    *(told.get(name, "") for name in beside),
                    *(_word(found, oid, cells.get(oid, "")) for oid in used),
                ],
            )
    removed = (
        [f"{found.removed:,} values that the file itself removes again, or says to be removed, were left out."]
        if found.removed
        else []
    )
    return Reading(
        format="odm", header=header, header_rows=[], records=stage.count(con), encoding="utf-8", named=True,
        part=part if len(parts) > 1 else None, parts=parts if len(parts) > 1 else [], context={"Study": study.name} if study.name else {},
        identifying=[header for oid, header in headers.items() if oid in found.items and found.items[oid].identifying],
        notes=["The file is a study's data as CDISC ODM; rows count each subject's events and repetitions from the top.", *removed],
    )  # fmt: skip


def _name(found: Document, oid: str) -> str:
    return found.items[oid].name if oid in found.items else oid


def _headers(found: Document, used: list[str]) -> list[str]:
    """Items by name; those that several share by their OID too."""
    names = [_name(found, oid) for oid in used]
    often = Counter(name.lower() for name in names)
    return [
        f"{name} ({oid})" if often[name.lower()] > 1 and name != oid else name
        for name, oid in zip(names, used, strict=True)
    ]


def _word(found: Document, oid: str, value: str) -> str:
    """A value as it is read: in the words of its code list; nothing where it is a code for a missing value."""
    if value in found.missing:
        return ""
    item = found.items.get(oid)
    return found.codes.get(item.codes, {}).get(value, value) if item and item.codes else value
