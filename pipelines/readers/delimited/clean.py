"""The fast road for clean text: strict parsing by DuckDB of the file itself, accepted only if it can be proved right.

Proof: the bytes are UTF-8 with one kind of line end; the number of line ends outside quotes (``survey``) equals
the number of records DuckDB found, each of the full width; no record runs over a line; the first records equal
those of our own scanner. Then the line of a record is its place in the table plus the lines above the table.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pipelines.readers import stage
from pipelines.readers.delimited.scan import Record
from pipelines.readers.delimited.survey import Survey
from pipelines.readers.delimited.tokens import Dialect
from pipelines.readers.text import Text

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


def load(
    con: DuckDBPyConnection, path: Path, text: Text, dialect: Dialect, width: int, start: int, known: Sequence[Record], limit: int | None,
    surveyed: Callable[[], Survey],
) -> bool:  # fmt: skip
    """Try to fill ``stage`` from line ``start`` on; False when the file is not clean. ``known`` are its first records
    as our scanner reads them, ``surveyed`` what its bytes tell."""
    if not _may_be_clean(path, text, dialect, width, known):
        return False
    survey = surveyed()
    if survey.blank_lines or survey.loose(dialect.delimiter or ",") or survey.quoted_breaks or not survey.balanced:
        return False
    try:
        stage.load(
            con, path, width, delimiter=dialect.delimiter or ",", quote='"', numbered=False, skip=start - 1, limit=limit,
            blanks=text.blanks(None if survey.quotes else dialect.delimiter), newline="\\r\\n" if text.crlf else "\\n",
        )  # fmt: skip
    except Exception as error:
        if type(error).__module__ not in ("duckdb", "_duckdb"):
            raise
        return False
    return _agrees(con, survey.records - (start - 1), known, width, start, limit)


def _may_be_clean(path: Path, text: Text, dialect: Dialect, width: int, known: Sequence[Record]) -> bool:
    simple = (
        dialect.delimiter is not None
        and len(dialect.delimiter.encode()) == 1
        and dialect.quote == '"'
        and dialect.escape is None
        and not (dialect.runs or dialect.starts)
    )
    lines = text.plain and text.newline == "\n" and not text.lone_cr and not text.mixed
    literal_path = not any(mark in str(path) for mark in "*?[]{}")  # DuckDB reads these as patterns
    regular = all(record.lines == 1 and len(record.cells) == width and not record.stray for record in known)
    return simple and lines and literal_path and regular and width > 1


def _agrees(
    con: DuckDBPyConnection, expected: int, known: Sequence[Record], width: int, start: int, limit: int | None
) -> bool:
    if stage.count(con) != (expected if limit is None else min(expected, limit)):
        return False
    names = ", ".join(f"c{place}" for place in range(width))
    most = len(known) if limit is None else min(len(known), limit)
    first = start - 1 + most  # stated as a bound, so that the rest is never looked at
    found = con.execute(f"select row, {names} from stage where row <= {first} order by row").fetchall()
    ours = [(record.row, *(cell.strip() or None for cell in record.cells)) for record in known[:most]]
    return found == ours
