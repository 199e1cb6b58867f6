"""Which tables a JSON document holds, whichever way round its writer laid them out."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import product
from typing import Any

from pipelines.readers.records import text_of
from pipelines.readers.structure.layout import Row

_ENVELOPES = frozenset(
    {
        "data",
        "items",
        "results",
        "records",
        "rows",
        "value",
        "values",
        "entries",
        "list",
        "response",
        "responses",
        "result",
    }
)
_DEEPEST = 4  # objects within objects in which an array of records is looked for
_LONGEST_CONTEXT = 200


@dataclass
class Table:
    """Records as objects, or a ``grid`` of cells whose header is among its rows. ``name`` is the way to it."""

    name: str
    records: list[Any] = field(default_factory=list)
    grid: list[Row] | None = None


def tables_of(document: Any) -> tuple[list[Table], dict[str, str]]:
    """The tables of ``document``, and the plain values that stand beside them."""
    if isinstance(document, list):
        table = _of_list("records", document)
        return ([table] if table else []), {}
    if not isinstance(document, dict) or not document:
        return [], {}
    whole = _split(document) or _by_columns(document) or _by_keys(document)
    if whole:
        return [whole], {}
    found = _arrays(document, "", _DEEPEST)
    if not any(
        len(table.records) > 1 or table.grid or table.name.split(".")[-1].lower() in _ENVELOPES for table in found
    ):
        return [Table("record", [document])], {}
    context = {
        name: text_of(value)[:_LONGEST_CONTEXT]
        for name, value in document.items()
        if not isinstance(value, (dict, list))
    }
    return found, {name: value for name, value in context.items() if value}


def _arrays(value: dict[str, Any], path: str, levels: int) -> list[Table]:
    found = []
    for name, inner in value.items():
        here = f"{path}.{name}" if path else name
        if isinstance(inner, list) and any(isinstance(one, (dict, list)) for one in inner):
            table = _of_list(here, inner)
            found += [table] if table else []
        elif isinstance(inner, dict) and levels:
            found += [whole] if (whole := _split(inner, here)) else _arrays(inner, here, levels - 1)
    return found


def _of_list(name: str, values: list[Any]) -> Table | None:
    if not values:
        return None
    if all(isinstance(one, list) for one in values):
        return Table(name, grid=_grid(values))
    return Table(name, values)


def _grid(values: list[list[Any]]) -> list[Row]:
    width = max(map(len, values), default=0)
    return [
        (row, [text_of(cell) for cell in cells] + [""] * (width - len(cells))) for row, cells in enumerate(values, 1)
    ]


def _split(document: dict[str, Any], name: str = "records") -> Table | None:
    """``{"columns": [...], "data": [[...], ...]}``: names once, then bare rows."""
    for head, body in product(("columns", "fields", "headers", "header"), ("data", "rows", "values")):
        names, rows = document.get(head), document.get(body)
        if isinstance(names, list) and names and isinstance(rows, list) and all(isinstance(row, list) for row in rows):
            labels = [text_of(one.get("name", one)) if isinstance(one, dict) else text_of(one) for one in names]
            labels += [""] * (max(map(len, rows), default=0) - len(labels))
            return Table(name, [dict(zip(_apart(labels), row, strict=False)) for row in rows])
    return None


def _apart(labels: list[str]) -> list[str]:
    return [label if labels.index(label) == place else f"{label} ({place + 1})" for place, label in enumerate(labels)]


def _by_columns(document: dict[str, Any]) -> Table | None:
    """``{"id": [1, 2], "name": ["a", "b"]}``, or the same with row labels: ``{"id": {"0": 1, "1": 2}, ...}``."""
    columns = list(document.values())
    if len(columns) < 2:
        return None
    if all(isinstance(one, list) for one in columns) and len({len(one) for one in columns}) == 1:
        if any(isinstance(cell, (dict, list)) for one in columns for cell in one):
            return None
        return Table("records", [dict(zip(document, cells, strict=True)) for cells in zip(*columns, strict=True)])
    if all(isinstance(one, dict) and one for one in columns):
        labels = list(columns[0])
        if all(list(one) == labels for one in columns) and all(str(label).isdigit() for label in labels):
            return Table("records", [{name: one[label] for name, one in document.items()} for label in labels])
    return None


def _by_keys(document: dict[str, Any]) -> Table | None:
    """``{"R1": {"date": ...}, "R2": {"date": ...}}``: records under their own number."""
    inner = list(document.values())
    if len(inner) < 2 or not all(isinstance(one, dict) and one for one in inner):
        return None
    shared = set(inner[0]).intersection(*inner)
    everything = set().union(*inner)
    if len(shared) * 2 < len(everything):
        return None
    return Table("records", [{"key": key, **one} for key, one in document.items()])
