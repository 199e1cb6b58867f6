"""Records as XML: one element after the other, each with its values as elements or attributes of its own, as services write
lists (REDCap's ``<records><item>``). XML of any other shape is no table and is refused.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipelines.errors import FileRefused
from pipelines.readers import records, stage, xmlstream
from pipelines.readers.reading import Reading, SetAside

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_DEEPEST = 3  # elements around a record
_LONGEST = 4_000_000  # characters of one record
_MOST_NESTED = 100  # elements within one another in a record
_DAMAGED = ("The XML is damaged or was cut off.", "Export it again, and check that the download finished.")
_NO_TABLE = ("This is an XML file, not a table.", "Export the data as .csv or .xlsx and upload that.")
_TOO_LONG = ("A record of the XML is longer or deeper than any row is.", "Export it as .csv and upload that.")

Way = tuple[str, ...]


def read(path: Path, con: DuckDBPyConnection, limit: int | None = None) -> Reading:
    """Read the records into ``stage``; see ``pipelines.readers.read``. Raises ``FileRefused`` where there are none."""
    way = _way(path)
    columns = records.Columns()
    _each(path, way, lambda _, one: columns.meet(records.flatten(one)))
    columns.settle()
    if len(columns.places) < 2:
        raise FileRefused(*_NO_TABLE)
    blank = 0
    with stage.collect(con, len(columns.places), path) as out:

        def keep(number: int, one: Any) -> None:
            nonlocal blank
            cells = columns.cells(records.flatten(one))
            if not any(cell.strip() for cell in cells):
                blank += 1
            elif limit is None or out.count < limit:
                out.add(number, cells)

        _each(path, way, keep)
    return Reading(
        format="xml", header=columns.header, header_rows=[], records=stage.count(con), encoding="utf-8", named=True,
        set_aside=[SetAside(1, "blank", blank)] if blank else [],
        notes=[f"The file is XML; a row is what stands in one “{way[-1]}”, counted from the first."],
    )  # fmt: skip


def _way(path: Path) -> Way:
    """Where the records are: the outermost elements of one name that follow one another, else the root's only one."""
    found: Counter[Way] = Counter()
    here: list[str] = []

    def start(name: str, _: dict[str, str]) -> None:
        here.append(_local(name))
        if len(here) <= _DEEPEST + 1:
            found[tuple(here)] += 1

    def end(_: str) -> None:
        here.pop()

    _parse(path, start, end, lambda _: None)
    for depth in range(2, _DEEPEST + 2):
        of_depth = Counter({way: count for way, count in found.items() if len(way) == depth})
        repeated = [(way, count) for way, count in of_depth.most_common(1) if count > 1]
        if repeated and repeated[0][1] * 2 > of_depth.total():
            return repeated[0][0]
        if of_depth.total() > 1:
            break
    alone = [way for way in found if len(way) == 2]
    if len(alone) != 1:
        raise FileRefused(*_NO_TABLE)
    return alone[0]


def _each(path: Path, way: Way, take: Callable[[int, Any], None]) -> None:
    """Call ``take(number, record)`` for each element at ``way``."""
    here: list[str] = []
    inside: list[tuple[dict[str, Any], list[str]]] = []
    count = size = 0

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal size
        here.append(_local(name))
        if inside or tuple(here) == way:
            size = (size if inside else 0) + len(name) + sum(map(len, attributes.values()))
            if size > _LONGEST or len(inside) > _MOST_NESTED:
                raise FileRefused(*_TOO_LONG)
            inside.append(({_local(key): value for key, value in attributes.items()}, []))

    def end(_: str) -> None:
        nonlocal count
        name = here.pop()
        if not inside:
            return
        values, texts = inside.pop()
        text = "".join(texts).strip()
        if inside:
            _put(inside[-1][0], name, {**values, **({"text": text} if text else {})} if values else text)
        else:
            count += 1
            take(count, {**values, **({"text": text} if text else {})})

    def say(text: str) -> None:
        nonlocal size
        if inside:
            size += len(text)
            if size > _LONGEST:
                raise FileRefused(*_TOO_LONG)
            inside[-1][1].append(text)

    _parse(path, start, end, say)


def _put(values: dict[str, Any], name: str, value: Any) -> None:
    """A name that comes again makes a list."""
    if name not in values:
        values[name] = value
    elif isinstance(values[name], list):
        values[name].append(value)
    else:
        values[name] = [values[name], value]


def _parse(path: Path, start: Callable[[str, dict[str, str]], None], end: Callable[[str], None], text: Callable[[str], None]) -> None:  # fmt: skip
    with path.open("rb") as source:
        xmlstream.parse(source, start, end, text, _DAMAGED)


def _local(name: str) -> str:
    return name.rpartition(xmlstream.BETWEEN)[2]
