"""Parquet: read by DuckDB, nested columns laid out flat, every value as exact text."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, cast

from pipelines.errors import FileRefused
from pipelines.readers import stage
from pipelines.readers.reading import Reading, SetAside
from pipelines.readers.records import MOST_COLUMNS, MOST_NESTED
from pipelines.readers.structure import layout

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection
    from duckdb.sqltypes import DuckDBPyType

MOST_ROWS = 50_000_000
MOST_UNPACKED = 8_000_000_000  # bytes, as the file declares them
_DAMAGED = ("The Parquet file is damaged or was cut off.", "Export it again, or as CSV, and upload that.")
_EMPTY = ("The Parquet file has no columns.", "Export it again, with the columns that hold the data.")
_ROW = "file_row_number"
_MIDNIGHT = " 00:00:00"


def read(path: Path, con: DuckDBPyConnection, limit: int | None = None) -> Reading:
    """Read a Parquet file into ``stage``; see ``pipelines.readers.read``. Rows count from 1."""
    try:
        _refuse_oversize(path, con)
        described = con.execute("select * from read_parquet($path) limit 0", {"path": _literal(path)}).description or []
        spans = _spans(path, con)
        columns = [
            column for name, kind, *_ in described
            for column in ([(name, spans[name])] if name in spans and kind.id == "bigint" else _flat(name, _quoted(name), kind, MOST_NESTED))
        ]  # fmt: skip
        if not 0 < len(columns) <= MOST_COLUMNS:
            raise FileRefused(f"The file has {len(columns):,} columns.", "Export fewer columns.")
        numbered = all(name.lower() != _ROW for name, *_ in described)
        _stage(path, con, [expression for _, expression in columns], limit, numbered=numbered)
    except FileRefused:
        raise
    except Exception as error:
        if type(error).__module__ not in ("duckdb", "_duckdb") or "OutOfMemory" in type(error).__name__:
            raise
        raise FileRefused(*(_EMPTY if "at least one non-root column" in str(error) else _DAMAGED)) from error
    blank = _take_blank_rows(con, len(columns))
    header = layout.unique([name for name, _ in columns])
    nested = len(columns) > len(described)
    return Reading(
        format="parquet", header=header, header_rows=[], records=stage.count(con), named=True, set_aside=blank,
        notes=["Nested columns were laid out flat; a dot parts the levels in a column's name."] if nested else [],
    )  # fmt: skip


def _literal(path: Path) -> str:
    """DuckDB reads ``*?[`` in a path as patterns."""
    return "".join(f"[{mark}]" if mark in "*?[" else mark for mark in str(path))


def _refuse_oversize(path: Path, con: DuckDBPyConnection) -> None:
    told = con.execute(
        "select (select sum(num_rows) from parquet_file_metadata($path)), "
        "(select sum(total_uncompressed_size) from parquet_metadata($path)), (select count(*) from parquet_schema($path))",
        {"path": _literal(path)},
    ).fetchall()[0]  # fmt: skip
    rows, unpacked, names = (int(value or 0) for value in told)
    if rows > MOST_ROWS or unpacked > MOST_UNPACKED or names > 4 * MOST_COLUMNS:
        raise FileRefused(
            f"The file declares {rows:,} rows, {names:,} columns and {unpacked // 1_000_000:,} MB, more than one file may hold.",
            "Split the export into smaller files.",
        )


_SPAN = re.compile(r"timedelta64\[(ns|us|ms|s)\]")
_MICROSECONDS = {"ns": "// 1000", "us": "* 1", "ms": "* 1000", "s": "* 1000000"}


def _spans(path: Path, con: DuckDBPyConnection) -> dict[str, str]:
    """Of columns that are lengths of time by what pandas wrote beside them, the SQL of their text (hours:minutes:seconds):
    Parquet has no such type, and keeps bare counts of whatever unit it was."""
    said = con.execute(
        "select decode(value) from parquet_kv_metadata($path) where decode(key) = 'pandas'", {"path": _literal(path)}
    ).fetchall()
    try:
        columns = json.loads(said[0][0])["columns"] if said else []
        units = {one["field_name"]: _SPAN.fullmatch(str(one["numpy_type"])) for one in columns}
    except (ValueError, TypeError, KeyError):
        return {}
    return {
        name: f"to_microseconds({_quoted(name)} {_MICROSECONDS[unit[1]]})::varchar"
        for name, unit in units.items()
        if unit
    }


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _flat(name: str, expression: str, kind: DuckDBPyType, levels: int) -> Iterator[tuple[str, str]]:
    """(column name, SQL that gives its text) of a column, one for each leaf of a nested one."""
    if kind.id == "struct" and levels:
        for inner, inner_kind in _children(kind):
            yield from _flat(f"{name}.{inner}", f"({expression}).{_quoted(inner)}", inner_kind, levels - 1)
    else:
        yield name, _as_text(expression, kind)


_TEXTS = {  # type -> SQL for the text of {0}: ISO times, whole numbers without ".0"; other types as DuckDB writes them
    "blob": "coalesce(try(decode({0})), hex({0}))",
    "boolean": "upper(({0})::varchar)",
    # What is no number stands where a value is missing. Whole numbers keep their digits where DuckDB would write them with an exponent.
    "double": "case when isnan({0}) then null when abs({0}) < 1e18 and {0} = trunc({0}) then ({0})::bigint::varchar else ({0})::varchar end",
    "float": "case when not isnan({0}) then regexp_replace(({0})::varchar, '^(-?[0-9]+)[.]0$', '\\1') end",
    "timestamp": f"regexp_replace(({{0}})::varchar, '{_MIDNIGHT}$', '')",
    "timestamp with time zone": "make_timestamp(epoch_us({0}))::varchar || '+00:00'",
}
_NESTED = ("struct", "map", "list", "array", "union")


def _as_text(expression: str, kind: DuckDBPyType) -> str:
    """SQL for the text of a value: lists of plain values joined, what is nested deeper as JSON."""
    if kind.id in ("list", "array") and _element(kind).id not in _NESTED:
        inner = _as_text("one", _element(kind))
        return f"array_to_string(list_transform(({expression})::{_element(kind)}[], lambda one: {inner}), '; ')"
    if kind.id in _NESTED:
        return f"to_json({expression})::varchar"
    told = "timestamp" if kind.id.startswith("timestamp_") else kind.id
    return _TEXTS.get(told, "({0})::varchar").format(expression)


def _element(kind: DuckDBPyType) -> DuckDBPyType:
    return next(inner for name, inner in _children(kind) if name == "child")


def _children(kind: DuckDBPyType) -> list[tuple[str, DuckDBPyType]]:
    return cast("list[tuple[str, DuckDBPyType]]", kind.children)  # other types keep numbers there


def _stage(path: Path, con: DuckDBPyConnection, expressions: list[str], limit: int | None, *, numbered: bool) -> None:
    """``numbered``: DuckDB can number the rows; it cannot where the file has a column by the name that it gives the numbers."""
    row, told = (f"{_ROW} + 1", f", {_ROW} = true") if numbered else ("row_number() over ()", "")
    cells = ", ".join(f"nullif(trim({sql}), '') as c{place}" for place, sql in enumerate(expressions))
    con.execute(
        f"create or replace table stage as select {row} as row, {cells} "
        f"from read_parquet($path{told}) {'limit $limit' if limit is not None else ''}",
        {"path": _literal(path)} | ({"limit": limit} if limit is not None else {}),
    ).fetchall()


def _take_blank_rows(con: DuckDBPyConnection, width: int) -> list[SetAside]:
    blank = " and ".join(f"c{place} is null" for place in range(width))
    found = con.execute(f"delete from stage where {blank} returning row").fetchall()
    return [SetAside(row, "blank") for (row,) in sorted(found)]
