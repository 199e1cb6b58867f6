"""Spreadsheets of every kind: the sheet that holds a table, each cell as the text its reader sees.

Dates become ISO text, whole numbers lose ".0", error cells are blank and reported. What opens the file depends on its
kind; each has been looked through before anything is allocated for it, and the process this runs in has limits.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING

from pipelines.checks import NOTE, WARNING, Finding
from pipelines.errors import FileRefused
from pipelines.readers.preflight import Kind
from pipelines.readers.reading import PART_OF, Reading, ReadOptions, within
from pipelines.readers.structure import grid, regions
from pipelines.readers.structure.cells import Row, filled
from pipelines.readers.structure.grid import Grid
from pipelines.readers.structure.regions import Region
from pipelines.readers.workbook import binarybook, marked, newbook, oldbook, openbook, spans, xmlbook
from pipelines.readers.workbook.book import GUIDE, MOST_LISTED, Book, Sheet

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_OPENERS: dict[str, Callable[[Path], Book]] = {
    "xlsx": newbook.read, "xlsm": newbook.read, "xlsb": binarybook.read, "xls": oldbook.read, "xml2003": xmlbook.read,
    "ods": partial(openbook.read, flat=False), "fods": partial(openbook.read, flat=True),
}  # fmt: skip
_ASIDE_NAMES = re.compile(
    r"\W*(?:instructions?|read ?me|cover( page| sheet)?|legend|about|help|lookups?|lists?|contents)\W*", re.IGNORECASE
)


def read(path: Path, kind: Kind, options: ReadOptions, con: DuckDBPyConnection, limit: int | None = None) -> Reading:
    """Read a workbook's table into ``stage``; see ``pipelines.readers.read``."""
    book = _OPENERS[kind.format](path)
    sheet, sheets = _choose(book, options.part)
    names, rows, offset = _region(sheet, options)
    part, parts = names[0], [name for one in sheets for name in (names[1:] if one == sheet.name else [one])]
    found = grid.load(con, path, rows, options.header_row, limit)
    table = found.table
    spread = spans.spread(con, sheet, table, sheet.left + offset) if sheet.merged else 0
    notes = [
        *book.notes,
        *_sheet_notes(book, sheets),
        *_table_notes(names[1:]),
        *table.notes,
        *_cell_notes(sheet, spread),
    ]
    return Reading(
        format=kind.format, header=table.header, header_rows=table.header_rows, records=found.staged, sub_headers=table.sub_headers,
        part=part, parts=parts, date_system=book.date_system, set_aside=found.aside, findings=_cell_findings(sheet, sheet.left + offset, found, con) + _look_findings(sheet, sheet.left + offset, found, con),
        notes=notes if found.staged else [*notes, "The sheet has a header but no records."], context=table.context, top=found.top,
    )  # fmt: skip


def _choose(book: Book, wanted: str | None) -> tuple[Sheet, list[str]]:
    """The sheet to read and the names of all visible ones with something in them."""
    filled_in = [sheet for sheet in book.sheets if sheet.visible and sheet.rows]
    used = [sheet for sheet in filled_in if not _explains(sheet)] or filled_in
    names = [sheet.name for sheet in used]
    if wanted is not None:
        chosen = next((sheet for sheet in book.sheets if within(wanted, sheet.name)), None)
        if chosen is None:
            told = ", ".join(sheet.name[:40] for sheet in book.sheets[:20])
            raise FileRefused("The workbook has no sheet of that name.", f"It has: {told}.")
        return chosen, names
    order = sorted(used, key=lambda sheet: bool(_ASIDE_NAMES.fullmatch(sheet.name)))
    chosen = next((sheet for sheet in order if len(order) == 1 or _has_table(sheet)), order[0] if order else None)
    if chosen is None:
        raise FileRefused(
            "The workbook is empty: no visible sheet has anything in it.",
            "Unhide the sheet with the data (a chart alone holds none), save and upload it again.",
        )
    return chosen, names


def _explains(sheet: Sheet) -> bool:
    """Whether the sheet is the one of a template that says what its columns mean."""
    first = next(iter(sheet.rows()), None) if sheet.rows else None
    return first is not None and tuple(first[1][: len(GUIDE)]) == GUIDE


def _region(sheet: Sheet, options: ReadOptions) -> tuple[list[str], Iterable[Row], int]:
    """([name of the table that is read, names of all tables of the sheet], its rows, columns left of it).

    The first table bears the sheet's name, so that a sheet with one table is just the sheet.
    """
    if sheet.rows is None:
        return [sheet.name, sheet.name], (), 0
    rows = sheet.rows()
    cells, kept = 0, []
    for row in rows:
        cells += len(row[1])
        kept.append(row)
        if cells > regions.MOST_CELLS:
            return [sheet.name, sheet.name], chain(kept, rows), 0
    found = regions.split(kept)
    names = [sheet.name, *(f"{sheet.name}{PART_OF}Table {number}" for number in range(2, len(found) + 1))]
    if options.part is not None and options.part not in names:
        raise FileRefused("The sheet has no table of that name.", f"It has {names[0]} to {names[-1]}.")
    place = names.index(options.part) if options.part is not None else _headed_by(found, options.header_row)
    return [names[place], *names], found[place].rows, found[place].offset


def _headed_by(found: Sequence[Region], header_row: int | None) -> int:
    """The table that a row belongs to which a person named as the header; else the first."""
    return next((place for place, region in enumerate(found) if any(row == header_row for row, _ in region.rows)), 0)


def _table_notes(names: Sequence[str]) -> list[str]:
    return [f"The sheet holds {len(names)} tables; each is read on its own."] if len(names) > 1 else []


def _has_table(sheet: Sheet) -> bool:
    return any(filled(cells) >= 3 for _, cells in islice(sheet.rows() if sheet.rows else (), 100))


def _cell_findings(sheet: Sheet, left: int, found: Grid, con: DuckDBPyConnection) -> list[Finding]:
    errors = [(row, column, "error_cell", value) for row, column, value in sheet.errors[:MOST_LISTED]]
    blanks = [(row, column, "formula_without_value", None) for row, column in sheet.no_values[:MOST_LISTED]]
    staged = {row for (row,) in con.execute("select row from stage").fetchall()} if errors or blanks else set()
    header = found.table.header
    return [
        Finding(code, WARNING, row, header[column - left], value)
        for row, column, code, value in errors + blanks
        if row in staged and 0 <= column - left < len(header)
    ]


def _look_findings(sheet: Sheet, left: int, found: Grid, con: DuckDBPyConnection) -> list[Finding]:
    """What of the records is struck through, and that their colours say nothing to a reader."""
    if not (sheet.marks.struck or sheet.marks.colours):
        return []
    header = found.table.header
    counted = " + ".join(f"(c{place} is not null)::integer" for place in range(len(header))) or "0"
    filled = dict(con.execute(f"select row, {counted} from stage").fetchall())
    struck = [
        Finding("row_struck_through", WARNING, row)
        if column is None
        else Finding("cell_struck_through", WARNING, row, header[column - left])
        for row, column in marked.struck_rows(sheet.marks, filled)[:MOST_LISTED]
        if column is None or 0 <= column - left < len(header)
    ]
    painted = sorted(row for row in sheet.marks.colours if row in filled) if marked.ways(sheet.marks, filled) else []
    return struck + [Finding("coloured_rows", NOTE, row) for row in painted[:1]]


def _sheet_notes(book: Book, sheets: Sequence[str]) -> list[str]:
    hidden = [sheet.name for sheet in book.sheets if not sheet.visible and sheet.rows]
    notes = [
        (len(sheets) > 1, f"The workbook has {len(sheets)} sheets with something in them; each is read on its own."),
        (hidden, f"Hidden sheets were not read: {', '.join(hidden[:10])}. Unhide a sheet that is to be loaded."),
        (book.date_system == 1904, "The workbook counts days from 1904."),
    ]
    return [sentence for said, sentence in notes if said]


def _cell_notes(sheet: Sheet, spread: int) -> list[str]:
    """Sentences about the sheet's cells; ``spread`` of its merged ones were written into all their rows."""
    return [
        sentence for count, sentence in (
            (sheet.hidden_rows, f"{sheet.hidden_rows:,} rows are hidden in the sheet (a filter, perhaps); they were read like the others."),
            (sheet.hidden_columns, f"{sheet.hidden_columns:,} columns are hidden in the sheet; they were read like the others."),
            (spread, f"{spread:,} merged cells reach over several records; what they say was put into each of them."),
            (sheet.merged_down - spread, f"{sheet.merged_down - spread:,} merged cells reach over several rows; what they say was read into the first of them only."),
            (len(sheet.errors), f"{len(sheet.errors):,} cells show an error such as #REF!; they were read as blank."),
            (len(sheet.no_values), f"{len(sheet.no_values):,} formulas have no stored value; open the workbook in Excel and save it."),
        ) if count
    ]  # fmt: skip
