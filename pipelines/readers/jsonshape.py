"""Which tables a JSON document holds, whichever way round its writer laid them out; and what is no table though it is JSON."""

from __future__ import annotations

from collections.abc import Callable, Iterable
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
# Where services put a record's own values, beside what they say of it: JSON:API, Elasticsearch, GraphQL, HubSpot and GeoJSON,
# Airtable, CouchDB.
_WRAPPERS = ("attributes", "_source", "node", "properties", "fields", "doc", "document", "item", "record", "payload")
_DEEPEST = 4  # objects within objects in which an array of records is looked for
_LONGEST_CONTEXT = 200


@dataclass
class Table:
    """Records as objects, or a ``grid`` of cells whose header is among its rows. ``name`` is the way to it."""

    name: str
    records: list[Any] = field(default_factory=list)
    grid: list[Row] | None = None


class Wrapping:
    """Whether every record met has its values in one object within it, and under what name. A few things said beside it are the
    service's own; where as much stands beside it as in it, the object is one of the record's values."""

    def __init__(self) -> None:
        self._names: list[str] = list(_WRAPPERS)
        self._inside: dict[str, int] = dict.fromkeys(_WRAPPERS, 0)
        self._beside = 0

    def meet(self, record: Any) -> None:
        self._names = [name for name in self._names if isinstance(record, dict) and isinstance(record.get(name), dict)]
        for name in self._names:
            self._inside[name] += len(record[name])
        self._beside += sum(not isinstance(one, (dict, list)) for one in record.values()) if self._names else 0

    @property
    def name(self) -> str | None:
        return next((name for name in self._names if self._inside[name] > self._beside), None)

    @classmethod
    def of(cls, records: Iterable[Any]) -> Wrapping:
        found = cls()
        for record in records:
            found.meet(record)
        return found

    def unwrap(self, record: Any) -> Any:
        """The record with its own values in front, and what is said of it behind."""
        name = self.name
        if name is None:
            return record
        inner = record[name]
        return {
            **inner,
            **{
                (key if key not in inner else f"{key} (outside)"): value for key, value in record.items() if key != name
            },
        }


_EXPORT = "Upload the file with the records."


def no_data(document: Any) -> tuple[str, str] | None:
    """(what it is, what to do) of a document that holds no records but speaks of them; nothing of any other."""
    if not isinstance(document, dict):
        return None
    return next(((what, remedy) for holds, what, remedy in _NO_DATA if holds(document)), None)


def _is_odm(document: dict[str, Any]) -> bool:
    inner = document.get("ODM")
    names = {name.lower() for name in (*document, *(inner if isinstance(inner, dict) else ()))}
    return bool(names & {"odmversion", "@odmversion"})


def _is_csvw(document: dict[str, Any]) -> bool:
    return "csvw" in str(document.get("@context")) and ("tableSchema" in document or "tables" in document)


def _is_package(document: dict[str, Any]) -> bool:
    held = document.get("resources")
    return (
        "data" not in document
        and isinstance(held, list)
        and any(isinstance(one, dict) and "schema" in one for one in held)
    )


def _is_schema(document: dict[str, Any]) -> bool:
    return "$schema" in document or ("paths" in document and ("openapi" in document or "swagger" in document))


def _is_refusal(document: dict[str, Any]) -> bool:
    """An error, and beside it nothing but what says more of it."""
    told = {name.lower() for name, value in document.items() if value not in (None, [], {}, "")}
    return bool(told & {"error", "errors", "fault"}) and told <= {
        "error", "errors", "fault", "code", "status", "statuscode", "message", "error_description", "error_code", "timestamp", "path", "type", "title",
        "detail", "requestid", "request_id", "success", "trace", "instance", "error_uri",
    }  # fmt: skip


_NO_DATA: tuple[tuple[Callable[[dict[str, Any]], bool], str, str], ...] = (
    (_is_odm, "This is study data as CDISC ODM in JSON, which is not read.", "Export the records as ODM in XML, as .csv, or as Dataset-JSON."),
    (_is_csvw, "This describes the columns of a CSV file (CSVW metadata), and holds none of its rows.", f"{_EXPORT} It is named under url."),
    (_is_package, "This describes data files (a data package), and holds none of their rows.", f"{_EXPORT} They are named under path."),
    (_is_schema, "This describes what data look like (a schema), and holds no records.", _EXPORT),
    (_is_refusal, "This is what a service answers when it gives no data: an error, and no records.", "Look at what it says, and run the export again."),
)  # fmt: skip


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
    for head, body in (
        *product(("columns", "fields", "headers", "header"), ("data", "rows", "values")),
        ("items", "itemData"),
    ):
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
