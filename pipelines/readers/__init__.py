"""From bytes to rows of text, with everything that was decided on the way said out loud.

A reader never guesses types: it finds the encoding, the table within the file and the header, and puts every
record as text into a DuckDB table ``stage``. What it could not read becomes a reject; what is not a record
(preamble, blank line, totals, repeated header) is set aside and listed. So for every file

    records = staged rows + structural rejects,      lines = records + header + set aside.

The content decides what a file is, not the end of its name. A file may hold several tables (sheets, files of an
archive, arrays of a JSON object): each is a *part*, read on its own by its name.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from pipelines.errors import FileRefused
from pipelines.readers import delimited, fhir, hl7v2, jsontext, markup, odm, packed, parquet, preflight, xmlrecords
from pipelines.readers.reading import PART_OF, Reading, ReadOptions, SetAside, within

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

__all__ = ["PART_OF", "ReadOptions", "Reading", "SetAside", "read", "within"]


def read(path: Path, name: str, options: ReadOptions, con: DuckDBPyConnection, limit: int | None = None) -> Reading:
    """Read the file at ``path`` into the table ``stage`` of ``con``.

    ``name`` is the name the user knows the file by (a hint only), ``limit`` the most records to stage (for a
    preview; counts then cover what was read). Raises ``FileRefused`` when there is nothing that can be read.
    """
    with _no_cycles():
        return _read(path, name, options, con=con, limit=limit, depth=0)


@contextmanager
def _no_cycles() -> Iterator[None]:
    """Rows are millions of short lists, none of which refers to another: the cycle collector would go through them again
    and again for nothing, which takes longer than reading them."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def _read(
    path: Path, name: str, options: ReadOptions, *, con: DuckDBPyConnection, limit: int | None, depth: int
) -> Reading:
    kind = preflight.kind_of(path, name)
    match kind.format:
        case "zip" | "gzip" | "tar":
            if depth == packed.MOST_DEEP:
                raise FileRefused("Archives lie in archives, too many deep.", "Unpack them and upload the tables.")
            inner = partial(_read, con=con, limit=limit, depth=depth + 1)
            return packed.read(path, kind, name, options, inner)
        case "html":
            return markup.read(path, kind, options, con, limit)
        case "parquet":
            return parquet.read(path, con, limit)
        case "odm" | "xml":
            return odm.read(path, options, con, limit) if kind.format == "odm" else xmlrecords.read(path, con, limit)
        case "text" | "json":
            return _read_text(path, name, kind.format, options, con, limit)
        case _:
            # Only here: its libraries are a third of the child's start, and text needs none of them.
            from pipelines.readers import workbook

            return workbook.read(path, kind, options, con, limit)


def _read_text(
    path: Path, name: str, form: str, options: ReadOptions, con: DuckDBPyConnection, limit: int | None
) -> Reading:
    """Text that says what it is: a health-data standard, JSON, else a table."""
    if fhir.recognises(path):
        return fhir.read(path, options, con, limit)
    if hl7v2.recognises(path):
        return hl7v2.read(path, options, con, limit)
    if jsontext.looks_real(path, name) if form == "json" else jsontext.is_meant(path, name):
        return jsontext.read(path, options, con, limit)
    return delimited.read(path, name, options, con, limit)
