"""A sheet, a web page's table, an array of arrays: rows of cells in which a table has yet to be found."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING

from pipelines.errors import FileRefused
from pipelines.readers import stage
from pipelines.readers.reading import SetAside
from pipelines.readers.structure import layout, rows
from pipelines.readers.structure.layout import Layout, Row

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

SAMPLE_ROWS = 600
MOST_COLUMNS = 4_000
TOP = 15  # rows kept to look for a header that names a known shape


@dataclass
class Grid:
    """The table that was found and staged, the rows that are no records, and the first rows as they stand."""

    table: Layout
    aside: list[SetAside]
    staged: int
    top: list[Row]


def load(
    con: DuckDBPyConnection,
    path: Path,
    grid: Iterable[Row],
    header_row: int | None,
    limit: int | None,
    width: int | None = None,
) -> Grid:
    """Find the table in ``grid`` (rows of text, all of one width) and put its records into ``stage``.

    Raises ``FileRefused`` when nothing is in it or it is wider than any table.
    """
    remaining = iter(grid)
    head = list(islice(remaining, SAMPLE_ROWS))
    width = width or max((len(cells) for _, cells in head), default=0)
    if width > MOST_COLUMNS:
        raise FileRefused(
            f"The sheet has {width:,} columns.", "Delete the columns beyond the table and upload it again."
        )
    table = layout.find(head, header_row, width=width)
    aside = rows.Aside(table.set_aside)
    with stage.collect(con, table.width, path, blanks=stage.SPACES) as records:
        for row, cells in chain(head[table.first :], remaining):
            if limit is not None and records.count >= limit:
                break
            if any(cells):  # what holds only spaces is found in the database
                records.add(row, cells)
            else:
                aside.add(row, "blank")
    rows.settle(con, table, aside)
    return Grid(table, aside.listed(), stage.count(con), head[:TOP])
