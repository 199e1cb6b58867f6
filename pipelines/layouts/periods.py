"""Tables with one column per period, on their way to a kind of export: laid out long, and their numbers understood.

What such numbers count nobody can tell for certain from the file: each period alone, or everything so far. Kinds of export
that hold totals so far (``Source.cumulative``) ask for it; a person says it once, and a kept mapping remembers it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from pipelines.readers import Reading
from pipelines.readers.structure import unpivot, wide
from pipelines.sources import Source

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

EACH, SO_FAR, KEEP = "each", "so_far", "keep"
HOW = (EACH, SO_FAR, KEEP)


def lay_out(
    con: DuckDBPyConnection,
    reading: Reading,
    file_name: str,
    how: str | None,
    date_order: str | None,
    known: Callable[[], bool],
) -> None:
    """Lay a wide table in ``stage`` out long, unless a person wants its columns kept (``how``) or it is ``known`` as it
    is. Says what it is in any case."""
    measured = wide.by_measure(reading.header)
    header = measured.header if measured else reading.header
    found = wide.periods(header)
    if found is None:
        return
    reading.notes.append(wide.sentence(header, found))
    if how == KEEP or known():
        return
    if wide.is_fiscal(header, found):
        reading.notes.append(
            f"Its {found.unit}s are of fiscal years, and nothing says in which month one begins, so it stays as it is: write calendar {found.unit}s into the headers."
        )
        return
    years = unpivot.years_said(
        [file_name, reading.part or "", *reading.context, *reading.context.values(), *_titles(reading)]
    )
    spans = wide.spans(header, found, years, date_order)
    if spans is None:
        reading.notes.append(
            f"Its {found.unit}s say no year, or days that may be read two ways, so it stays as it is: write days with a year into the headers, or the year into the file's name."
        )
    elif measured and not unpivot.set_apart(con, reading, measured):
        reading.notes.append(
            "Its rows are alike but for their numbers, so it stays as it is: name the study or the site of each."
        )
    elif not unpivot.lay_out(con, reading, found, spans):
        reading.notes.append("It is too large to be laid out with one row per period.")


def _titles(reading: Reading) -> list[str]:
    """What stands above the header."""
    return [
        cell for row, cells in reading.top if reading.header_rows and row < reading.header_rows[0] for cell in cells
    ]


def must_be_told(reading: Reading, source: Source | None, how: str | None) -> bool:
    """Whether somebody has to say what the numbers of a table laid out long count."""
    return bool(reading.counts) and source is not None and source.cumulative and how not in (EACH, SO_FAR)


def settle(
    con: DuckDBPyConnection,
    reading: Reading,
    source: Source,
    columns: Mapping[str, int],
    how: str | None,
    today: dt.date,
) -> None:
    """Make of the numbers what ``source`` holds: of those of each period totals so far. The period that ``today`` is in
    ends today, where the source wants days that are over."""
    if not reading.counts:
        return
    if source.cumulative and how == EACH:
        unpivot.sum_up(con, reading)
    start, end = reading.header.index(unpivot.START), reading.header.index(unpivot.END)
    over = {place for name, place in columns.items() if not source.field(name).future}
    if end in over:
        con.execute(
            f"update stage set c{end} = $today where c{start} <= $today and c{end} > $today",
            {"today": today.isoformat()},
        ).fetchall()
