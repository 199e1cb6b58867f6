"""JSON: one object a line, an array of objects, arrays within an object (each a part), or columns of values.

Numbers keep the digits they were written with. A line that is no JSON is a reject of its own; a document that breaks
off is refused as a whole, for half of it must not pass for all.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipelines.checks import REJECT, WARNING, Finding
from pipelines.errors import FileRefused
from pipelines.readers import records, stage, text
from pipelines.readers.jsonshape import Table, Wrapping, no_data, tables_of
from pipelines.readers.reading import Reading, ReadOptions, SetAside
from pipelines.readers.records import Columns, flatten
from pipelines.readers.structure import grid
from pipelines.readers.text import Text

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

LARGEST_DOCUMENT = 60_000_000  # characters of one JSON value; an array or lines of values may be as long as they like
_LONGEST = 4_000_000
_PIECE = 1 << 20
_SPACE = " \t\r\n\ufeff"
_SPLIT = "Export one object a line (NDJSON), or as CSV, and upload that."


Numbered = Iterator[tuple[int, Any]]


class _Named(dict[str, Any]):
    """An object that gives some name twice, or holds one that does. Of plain values the last counts; lists and objects are kept
    each, for they may be whole tables."""


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        return _Named(_all_held(pairs))
    kinds = set(map(type, made.values()))
    if _Named in kinds or (
        list in kinds and any(_Named in map(type, one) for one in made.values() if type(one) is list)
    ):
        return _Named(made)
    return made


def _all_held(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """The object of ``pairs`` with a further list or object of the same name under a name of its own."""
    made: dict[str, Any] = {}
    for name, value in pairs:
        held = isinstance(value, (list, dict)) or isinstance(made.get(name), (list, dict))
        made[records.apart(made, name) if held else name] = value
    return made


_DECODER = json.JSONDecoder(
    parse_int=str, parse_float=records.number, parse_constant=lambda _: None, object_pairs_hook=_object
)
_BROKEN = object()  # stands for a line that is no JSON


def read(path: Path, options: ReadOptions, con: DuckDBPyConnection, limit: int | None = None) -> Reading:
    """Read JSON into ``stage``; see ``pipelines.readers.read``."""
    decoded = text.examine(path, options.encoding)
    if _by_lines(path, decoded):
        return _read_records("ndjson", lambda: _lines(path, decoded), path, decoded, con, limit)
    if _is_array_of_objects(path, decoded):
        return _read_records("json", lambda: _elements(path, decoded), path, decoded, con, limit)
    return _read_document(path, decoded, options, con, limit)


_NAMES = (".json", ".ndjson", ".jsonl", ".geojson")
# How a file of that name begins that is no table of text: a bracket, a comment before it, and what keeps a browser from running it.
_BEGINNINGS = ("[", "{", "//", "/*", ")]}'")


def is_meant(path: Path, name: str) -> bool:
    """Is text that does not begin as JSON does, with an object or a list of some, still meant to be JSON? A list of plain values is it,
    and what is damaged is refused as damaged JSON, and not taken apart at its commas."""
    if not name.lower().endswith(_NAMES):
        return False
    return next(_pieces(path, text.examine(path)), "").lstrip(f"{_SPACE}\0").startswith(_BEGINNINGS)


def looks_real(path: Path, name: str) -> bool:
    """Is text that begins like JSON meant to be JSON? Its name says so, or its first value can be read."""
    if name.lower().endswith(_NAMES):
        return True
    start = next(_pieces(path, text.examine(path)), "").lstrip()[:_PIECE]
    if start.startswith("["):
        start = start[1:].lstrip()
    try:
        _DECODER.raw_decode(start)
    except ValueError as error:
        return getattr(error, "pos", 0) >= len(start) - 1 or isinstance(
            _decoded(start.partition("\n")[0]), (dict, list)
        )
    except RecursionError:
        return True
    return True


def _by_lines(path: Path, decoded: Text) -> bool:
    """Are the first filled lines JSON objects, each of its own? One line alone is a document. Commas may stand behind them where
    one stands behind the first: else they are elements of a list that begins in a line before them."""
    head = list(islice((line.strip() for line in text.lines(path, decoded) if line.strip()), 4))
    good = [isinstance(_decoded(line), dict) for line in head]
    parted = any(one and line.endswith(",") for one, line in zip(good, head, strict=True))
    return len(head) > 1 and sum(good) * 2 >= len(head) and (good[0] or not parted)


def _decoded(line: str) -> Any:
    """The value of a line, which may be an element of some list with the comma behind it."""
    try:
        return _DECODER.decode(line.rstrip().removesuffix(","))
    except (ValueError, RecursionError):
        return _BROKEN


def _lines(path: Path, decoded: Text) -> Numbered:
    for number, line in enumerate(text.lines(path, decoded), 1):
        if line.strip():
            value = _decoded(line) if len(line) < _LONGEST else _BROKEN
            yield number, (line if value is _BROKEN else value)


def _is_array_of_objects(path: Path, decoded: Text) -> bool:
    start = next(_pieces(path, decoded), "").lstrip()
    return start.startswith("[") and start[1:].lstrip().startswith("{")


def _elements(path: Path, decoded: Text) -> Numbered:
    """The elements of one long array, a few at a time. Raises ``FileRefused`` where it breaks off."""
    pieces, number, place = _pieces(path, decoded), 0, 1
    kept = next(pieces).lstrip()
    while True:
        place = _skip(kept, place, " \t\r\n," if number else " \t\r\n")
        if place < len(kept) and kept[place] == "]":
            if kept[place + 1 :].strip():
                raise _broken(number)
            return
        try:
            value, place = _DECODER.raw_decode(kept, place)
        except RecursionError as error:
            raise _too_deep() from error
        except ValueError as error:
            more = next(pieces, "")
            kept, place = kept[place:] + more, 0
            if not more or len(kept) > LARGEST_DOCUMENT:
                raise _broken(number) from error
            kept += "".join(islice(pieces, len(kept) // _PIECE))  # doubles, so that a long element costs no square
            continue
        number += 1
        yield number, (value if isinstance(value, (dict, list)) else {"value": value})
        if place > _PIECE:
            kept, place = kept[place:], 0


def _skip(kept: str, place: int, marks: str) -> int:
    while place < len(kept) and kept[place] in marks:
        place += 1
    return place


def _pieces(path: Path, decoded: Text) -> Iterator[str]:
    piece: list[str] = []
    size = 0
    for line in text.lines(path, decoded):
        piece.append(line)
        size += len(line)
        if size >= _PIECE:
            yield "".join(piece)
            piece, size = [], 0
    if piece:
        yield "".join(piece)


def _broken(number: int) -> FileRefused:
    return FileRefused(
        f"The JSON is damaged or was cut off after record {number:,}.",
        "Export it again, and check that the download finished.",
    )


_NO_RECORDS = ("The JSON holds no records.", "Export it again, and check that it has rows.")


def _too_deep() -> FileRefused:
    return FileRefused("The JSON is nested deeper than any table is.", _SPLIT)


def _read_records(
    kind: str, numbered: Callable[[], Numbered], path: Path, decoded: Text, con: DuckDBPyConnection, limit: int | None
) -> Reading:
    """Read records one after the other, twice: once for the names of their columns."""
    columns, wrapping = Columns(), Wrapping()
    for _, value in numbered():
        if not isinstance(value, str):
            wrapping.meet(value)
            columns.meet(flatten(value))
    if wrapping.name:
        columns = records.names_of(
            flatten(wrapping.unwrap(value)) for _, value in numbered() if not isinstance(value, str)
        )
    columns.settle()
    if not columns.header:
        raise FileRefused(*_NO_RECORDS)
    findings: list[Finding] = []

    def good() -> Iterator[tuple[int, dict[str, str]]]:
        for row, value in numbered():
            if isinstance(value, str):
                findings.append(Finding("bad_json", REJECT, row, None, value[:_LONGEST].strip()))
            else:
                if isinstance(value, _Named):
                    findings.append(Finding("name_twice", WARNING, row))
                yield row, flatten(wrapping.unwrap(value))

    aside = records.fill(con, path, columns, good(), limit)
    notes = [] if kind == "ndjson" else ["Rows are counted from the first record."]
    return _reading(kind, columns.header, con, decoded, aside, findings, notes)


def _reading(
    kind: str, header: list[str], con: DuckDBPyConnection, decoded: Text, aside: list[SetAside], findings: list[Finding],
    notes: list[str],
) -> Reading:  # fmt: skip
    dotted = any("." in name for name in header)
    return Reading(
        format=kind, header=header, header_rows=[], records=stage.count(con) + sum(one.severity == REJECT for one in findings), encoding=decoded.encoding,
        set_aside=aside, findings=findings, named=True,
        notes=[*notes, *(["Nested records were laid out flat; a dot parts the levels in a column's name."] if dotted else []), *decoded.notes],
    )  # fmt: skip


def _read_document(
    path: Path, decoded: Text, options: ReadOptions, con: DuckDBPyConnection, limit: int | None
) -> Reading:
    table, parts, context = _table(_document(path, decoded), options.part)
    if table.grid is not None:
        found = grid.load(con, path, table.grid, options.header_row, limit)
        reading = Reading(
            format="json", header=found.table.header, header_rows=found.table.header_rows, records=found.staged,
            encoding=decoded.encoding, set_aside=found.aside, notes=[*found.table.notes, *decoded.notes], top=found.top,
        )  # fmt: skip
    else:
        wrapping = Wrapping.of(table.records)
        told = [flatten(wrapping.unwrap(one)) for one in table.records]
        columns = records.names_of(told)
        aside = records.fill(con, path, columns, enumerate(told, 1), limit)
        twice = [
            Finding("name_twice", WARNING, row) for row, one in enumerate(table.records, 1) if isinstance(one, _Named)
        ]
        reading = _reading(
            "json", columns.header, con, decoded, aside, twice, ["Rows are counted from the first record."]
        )
    reading.context = context
    if len(parts) > 1:
        reading.part, reading.parts = table.name, parts
    return reading


def _document(path: Path, decoded: Text) -> Any:
    content = "".join(islice(_pieces(path, decoded), LARGEST_DOCUMENT // _PIECE + 1))
    if len(content) > LARGEST_DOCUMENT:
        raise FileRefused("The JSON is too large to be read as one value.", _SPLIT)
    try:
        return _several(content)
    except RecursionError as error:
        raise _too_deep() from error
    except json.JSONDecodeError as error:
        raise FileRefused(
            f"The JSON cannot be read beyond line {error.lineno:,}, column {error.colno:,}: it is damaged or was cut off.",
            "Export it again, and check that the download finished.",
        ) from error


def _several(content: str) -> Any:
    """The value of a document; of several one after the other, a list of them. Where the first names the columns of the lists
    that follow it, as in Dataset-JSON by lines, it is one table."""
    values: list[Any] = []
    place = _skip(content, 0, _SPACE)
    while place < len(content) or not values:
        value, place = _DECODER.raw_decode(content, place)
        values.append(value)
        place = _skip(content, place, _SPACE)
    first, rest = values[0], values[1:]
    if (
        rest
        and isinstance(first, dict)
        and isinstance(first.get("columns"), list)
        and all(isinstance(one, list) for one in rest)
    ):
        return {**first, "rows": rest}
    return values if rest else first


def _table(document: Any, wanted: str | None) -> tuple[Table, list[str], dict[str, str]]:
    if told := no_data(document):
        raise FileRefused(*told)
    tables, context = tables_of(document)
    names = [table.name for table in tables]
    if wanted is not None and wanted not in names:
        raise FileRefused("The file has no table of that name.", f"It has: {', '.join(names[:20])}.")
    if not tables:
        raise FileRefused(*_NO_RECORDS)
    return next((table for table in tables if table.name == wanted), tables[0]), names, context
