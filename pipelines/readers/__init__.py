"""From bytes to rows of text, with everything that was decided on the way said out loud.

A reader never guesses types: it finds the encoding, the table within the file and the header, and puts every
record as text into a DuckDB table ``stage``. What it could not read becomes a reject; what is not a record
(preamble, blank line, totals, repeated header) is set aside and listed. So for every file

    records = staged rows + structural rejects,      lines = records + header + set aside.

The content decides what a file is, not the end of its name.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from pipelines.readers import delimited, markup, preflight, workbook
from pipelines.readers.reading import PART_OF, Reading, ReadOptions, SetAside, within

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

__all__ = ["PART_OF", "ReadOptions", "Reading", "SetAside", "read", "within"]


def read(path: Path, name: str, options: ReadOptions, con: DuckDBPyConnection, limit: int | None = None) -> Reading:
    """Read the file at ``path`` into the table ``stage`` of ``con``.

    ``name`` is the name the user knows the file by (a hint only), ``limit`` the most records to stage (for a
    preview; counts then cover what was read). Raises ``FileRefused`` when there is nothing that can be read.
    """
    kind = preflight.kind_of(path, name)
    if kind.workbook:
        return workbook.read(path, kind, options, con, limit)
    if kind.format == "html":
        return markup.read(path, kind, options, con, limit)
    return delimited.read(path, name, options, con, limit)
