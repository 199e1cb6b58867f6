"""Records that name their own columns (JSON, Parquet): nested ones flattened, every value as text."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipelines.errors import FileRefused
from pipelines.readers import stage
from pipelines.readers.reading import SetAside
from pipelines.readers.structure import layout

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

MOST_COLUMNS = 4_000
MOST_NESTED = 12  # levels that become columns; what lies deeper stays JSON text
MOST_INDEXED = 8  # objects of one list that become columns
_WHOLE = re.compile(r"-?\d+\.0+")
_TAGGED = ("$date", "$oid", "$numberLong", "$numberInt", "$numberDecimal", "$numberDouble", "$uuid")


class Columns:
    """Column names in the order in which they are first met."""

    def __init__(self) -> None:
        self.places: dict[str, int] = {}
        self._said: set[str] = set()

    def meet(self, record: Mapping[str, str]) -> None:
        for name, value in record.items():
            if name not in self.places:
                self.places[name] = len(self.places)
            if value:
                self._said.add(name)
        if len(self.places) > MOST_COLUMNS:
            raise FileRefused(
                f"The records have more than {MOST_COLUMNS:,} different columns.",
                "Export fewer columns, or a table instead of nested records.",
            )

    def settle(self) -> None:
        """An object that is null in some records ("appointment": null) is no column beside those of its parts."""
        parents = {name[:at] for name in self.places for at, sign in enumerate(name) if sign == "."}
        kept = [name for name in self.places if name in self._said or name not in parents]
        self.places = {name: place for place, name in enumerate(kept)}

    @property
    def header(self) -> list[str]:
        return layout.unique([_writable(name) for name in self.places])

    def cells(self, record: Mapping[str, str]) -> list[str]:
        cells = [""] * len(self.places)
        for name, value in record.items():
            if name in self.places:
                cells[self.places[name]] = value
        return cells


def flatten(record: Any) -> dict[str, str]:
    """``{"name": {"family": "Doe"}, "tags": ["a", "b"]}`` is ``{"name.family": "Doe", "tags": "a; b"}``.

    Numbers come as text already (``text_of`` makes them so). Objects in a list are numbered from 1. Where a dot is part of a
    name (``{"a.b": 1, "a": {"b": 2}}``), the second value to come out under it has a column of its own.
    """
    if not isinstance(record, dict):
        record = {"value": record} if not isinstance(record, list) else dict(enumerate(record, 1))
    flat: dict[str, str] = {}
    _put(flat, None, record, MOST_NESTED)
    return flat


def _put(flat: dict[str, str], path: str | None, value: Any, levels: int) -> None:
    """``path`` is None for the record itself: a name of nothing (``{"": 5}``) is one, too."""
    if isinstance(value, dict) and len(value) == 1 and next(iter(value)) in _TAGGED:
        value = next(iter(value.values()))
    if isinstance(value, dict) and levels and value:
        for name, inner in value.items():
            _put(flat, str(name) if path is None else f"{path}.{name}", inner, levels - 1)
    elif path is None:
        return
    elif isinstance(value, list) and levels and any(isinstance(one, dict) for one in value):
        for place, inner in enumerate(value[:MOST_INDEXED], 1):
            _put(flat, f"{path}.{place}", inner, levels - 1)
        if len(value) > MOST_INDEXED:
            flat[f"{path}.more"] = json.dumps(value[MOST_INDEXED:], ensure_ascii=False)
    elif isinstance(value, list) and not any(isinstance(one, (list, dict)) for one in value):
        flat[apart(flat, path)] = "; ".join(text for one in value if (text := text_of(one)))
    else:
        flat[apart(flat, path)] = text_of(value)


def apart(flat: Mapping[str, Any], path: str) -> str:
    """``path`` as a name in ``flat``, with a number where another value has it already."""
    if path not in flat:
        return path
    return next(told for place in count(2) if (told := f"{path} ({place})") not in flat)


def text_of(value: Any) -> str:
    """One value as text: numbers with the digits they were written with, less ".0"; blank for null."""
    if value is None or value in ([], {}):
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, (dict, list)):
        return json.dumps(value, ensure_ascii=False)
    return str(value).replace("\0", "")


def number(text: str) -> str:
    """A number as written; ``1234567893.0`` is the whole number that a reader with blanks in its column made so."""
    return text.partition(".")[0] if _WHOLE.fullmatch(text) else text


def fill(
    con: DuckDBPyConnection,
    path: Path,
    columns: Columns,
    rows: Iterator[tuple[int, Mapping[str, str]]],
    limit: int | None,
) -> list[SetAside]:
    """Put numbered records into ``stage``; returns those that hold nothing."""
    aside: list[SetAside] = []
    with stage.collect(con, len(columns.places), path) as records:
        for row, record in rows:
            if limit is not None and records.count >= limit:
                break
            cells = columns.cells(record)
            if any(cell and not cell.isspace() for cell in cells):
                records.add(row, cells)
            else:
                aside.append(SetAside(row, "blank"))
    return aside


def _writable(name: str) -> str:
    """A name without half signs (lone surrogates) and noughts, which nothing can write down."""
    return name.encode("utf-8", "replace").decode("utf-8").replace("\0", "")


def names_of(rows: Iterable[Mapping[str, str]]) -> Columns:
    columns = Columns()
    for record in rows:
        columns.meet(record)
    columns.settle()
    return columns
