"""Excel workbooks: the sheet that holds a table, each cell as the text its reader sees.

Dates become ISO text, whole numbers lose ".0", error cells are blank and reported. ``sheetxml`` has looked through
the file before it is opened here; the process this runs in has limits all the same.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import python_calamine as calamine

from pipelines.checks import WARNING, Finding
from pipelines.errors import FileRefused
from pipelines.readers import layout, rows, sheetxml, stage
from pipelines.readers.layout import Row, filled
from pipelines.readers.preflight import Kind
from pipelines.readers.reading import Reading, ReadOptions
from pipelines.readers.sheetxml import Sheet

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

SAMPLE_ROWS = 600
MOST_COLUMNS = 4_000
MOST_LISTED = 5_000  # findings of one kind
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_ASIDE_NAMES = re.compile(
    r"\W*(?:instructions?|read ?me|cover( page| sheet)?|legend|about|help|lookups?|lists?|contents)\W*", re.IGNORECASE
)
_DAMAGED = (
    "The workbook is damaged: its cells cannot be read.",
    "Open it in Excel, save it again and upload that; or save it as .csv.",
)


@dataclass
class _Open:
    """A worksheet ready to read: ``top`` and ``left`` are the 1-based place of its first used cell."""

    name: str
    cells: Any
    top: int
    left: int
    known: Sheet | None


def read(path: Path, kind: Kind, options: ReadOptions, con: DuckDBPyConnection, limit: int | None = None) -> Reading:
    """Read a workbook's table into ``stage``; see ``pipelines.readers.read``."""
    book = sheetxml.examine(path) if kind.format != "xls" else None
    with _opened(path) as workbook:
        sheet, sheets = _choose(workbook, book, options.part)
        head = [(row, cells) for row, cells in islice(_rows(sheet), SAMPLE_ROWS)]
        width = max((len(cells) for _, cells in head), default=0)
        if width > MOST_COLUMNS:
            raise FileRefused(
                f"The sheet has {width:,} columns.", "Delete the columns beyond the table and upload it again."
            )
        table = layout.find(head, options.header_row, width=width)
        aside = rows.Aside(table.set_aside)
        _stage(con, path, sheet, table, aside, limit)
    rows.settle(con, table, aside)
    findings = _cell_findings(sheet, table, con)
    notes = [*_sheet_notes(sheet, sheets, book), *table.notes, *_cell_notes(sheet)]
    staged = stage.count(con)
    return Reading(
        format=kind.format, header=table.header, header_rows=table.header_rows, records=staged, sub_headers=table.sub_headers,
        part=sheet.name, parts=sheets, date_system=book.date_system if book else 1900, set_aside=aside.listed(), findings=findings,
        notes=notes if staged else [*notes, "The sheet has a header but no records."], context=table.context,
    )  # fmt: skip


def _opened(path: Path) -> calamine.CalamineWorkbook:
    try:
        with path.open("rb") as file:
            return calamine.CalamineWorkbook.from_filelike(file)
    except calamine.PasswordError as error:
        raise FileRefused(
            "The workbook is protected with a password.", "Remove the password in Excel, save and upload it again."
        ) from error
    except (calamine.CalamineError, OSError, ValueError) as error:
        raise FileRefused(*_DAMAGED) from error


def _choose(
    workbook: calamine.CalamineWorkbook, book: sheetxml.Book | None, wanted: str | None
) -> tuple[_Open, list[str]]:
    """The sheet to read and the names of all visible ones with something in them."""
    known = {sheet.name: sheet for sheet in book.sheets} if book else {}
    visible = [
        found.name for found in workbook.sheets_metadata
        if found.visible == calamine.SheetVisibleEnum.Visible and found.typ == calamine.SheetTypeEnum.WorkSheet
    ]  # fmt: skip
    used = [name for name in visible if name not in known or known[name].cells]
    opened = (
        {name: sheet for name in used if (sheet := _sheet(workbook, name, known.get(name))) is not None}
        if not known
        else {}
    )
    used = [name for name in used if known or name in opened]
    if wanted is not None and wanted not in workbook.sheet_names:
        raise FileRefused(
            "The workbook has no sheet of that name.", f"It has: {', '.join(name[:40] for name in used[:20])}."
        )
    order = [wanted] if wanted is not None else sorted(used, key=lambda name: bool(_ASIDE_NAMES.fullmatch(name)))
    fallback = None
    for name in order:
        sheet = opened.get(name) or _sheet(workbook, name, known.get(name))
        if sheet is not None and (len(order) == 1 or _has_table(sheet)):
            return sheet, used
        fallback = fallback or sheet
    if fallback is None:
        raise FileRefused(
            "The workbook is empty: no visible sheet has anything in it.",
            "Unhide the sheet with the data, save and upload it again.",
        )
    return fallback, used


def _sheet(workbook: calamine.CalamineWorkbook, name: str, known: Sheet | None) -> _Open | None:
    try:
        cells = workbook.get_sheet_by_name(name)
    except (calamine.CalamineError, OSError, ValueError) as error:
        raise FileRefused(*_DAMAGED) from error
    if cells.start is None:
        return None
    return _Open(name, cells, cells.start[0] + 1, cells.start[1] + 1, known)


def _has_table(sheet: _Open) -> bool:
    return any(filled(cells) >= 3 for _, cells in islice(_rows(sheet), 100))


def _rows(sheet: _Open) -> Iterator[Row]:
    """Rows of the used part of the sheet with their numbers, cells as text."""
    zeros = sheet.known.zero_filled if sheet.known else {}
    for row, values in enumerate(_values(sheet), sheet.top):
        cells = [value if type(value) is str else as_text(value) for value in values]
        for place, value in enumerate(cells) if zeros else ():
            mask = zeros.get((row, sheet.left + place))
            if mask and value.isdigit():
                cells[place] = zero_filled(value, mask)
        yield row, [_unescaped(cell) if "_x" in cell else cell for cell in cells]


def _values(sheet: _Open) -> Iterator[Sequence[Any]]:
    """Rows of the used part: calamine leaves out the blank columns before it, but not the blank rows."""
    return islice(sheet.cells.iter_rows(), sheet.top - 1, None)


def _unescaped(text: str) -> str:
    """Excel writes characters that XML cannot hold as ``_x000D_``."""
    return _ESCAPED.sub(lambda found: chr(int(found.group(1), 16)), text)


def as_text(value: Any) -> str:
    """One cell as its reader sees it: ISO dates and times, whole numbers without ".0", TRUE and FALSE."""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        return _number(value)
    if isinstance(value, dt.datetime):
        return _moment(value)
    if isinstance(value, dt.timedelta):
        return _duration(value)
    if isinstance(value, dt.time):
        return _moment(dt.datetime.combine(dt.date(2000, 1, 1), value)).partition(" ")[2] or "00:00:00"
    return value.isoformat() if isinstance(value, dt.date) else str(value)


def _number(value: float) -> str:
    """Fifteen significant digits, as Excel keeps, never with an exponent where digits will do."""
    if value.is_integer() and abs(value) < 1e21:
        return str(int(value))
    text = f"{value:.15g}"
    return f"{value:.20f}".rstrip("0") if "e-" in text and abs(value) > 1e-9 else text


def _moment(value: dt.datetime) -> str:
    """To the millisecond, which is as exact as a day number of a workbook is."""
    if not value.microsecond and value.tzinfo is None:
        return value.isoformat(" ").removesuffix(" 00:00:00")
    value = (value + dt.timedelta(microseconds=500)).replace(tzinfo=None)
    milliseconds = value.microsecond // 1000
    value = value.replace(microsecond=0)
    if milliseconds in (0, 999):  # 13:04:59.999 is 13:05:00 after the rounding of day numbers
        value += dt.timedelta(seconds=milliseconds == 999)
        return value.strftime("%Y-%m-%d" if value.time() == dt.time() else "%Y-%m-%d %H:%M:%S").rjust(10, "0")
    return f"{value:%Y-%m-%d %H:%M:%S}.{milliseconds:03d}"


def _duration(value: dt.timedelta) -> str:
    seconds = round(value.total_seconds())
    sign, seconds = ("-" if seconds < 0 else ""), abs(seconds)
    return f"{sign}{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"


def zero_filled(digits: str, mask: str) -> str:
    """``2110`` under ``00000`` is ``02110``; ``123456789`` under ``000-00-0000`` is ``123-45-6789``."""
    wanted = mask.count("0")
    rest = iter(digits.zfill(wanted)[-wanted:])
    shown = "".join(next(rest) if mark == "0" else mark for mark in mask)
    return digits[: max(0, len(digits) - wanted)] + shown


def _stage(
    con: DuckDBPyConnection, path: Path, sheet: _Open, table: layout.Layout, aside: rows.Aside, limit: int | None
) -> None:
    with stage.collect(con, table.width, path) as records:
        for row, cells in islice(_rows(sheet), table.first, None):
            if limit is not None and records.count >= limit:
                break
            if any(cells):
                records.add(row, cells)
            else:
                aside.add(row, "blank")


def _cell_findings(sheet: _Open, table: layout.Layout, con: DuckDBPyConnection) -> list[Finding]:
    if sheet.known is None:
        return []
    errors = [(row, column, "error_cell", value) for row, column, value in sheet.known.errors[:MOST_LISTED]]
    blanks = [(row, column, "formula_without_value", None) for row, column in sheet.known.no_values[:MOST_LISTED]]
    staged = {row for (row,) in con.execute("select row from stage").fetchall()} if errors or blanks else set()
    return [
        Finding(code, WARNING, row, table.header[column - sheet.left], value)
        for row, column, code, value in errors + blanks
        if row in staged and 0 <= column - sheet.left < len(table.header)
    ]


def _sheet_notes(sheet: _Open, sheets: Sequence[str], book: sheetxml.Book | None) -> list[str]:
    notes = (
        [f"The workbook has {len(sheets)} sheets with something in them; one was read, the others were not."]
        if len(sheets) > 1
        else []
    )
    if book and book.date_system == 1904:
        notes.append("The workbook counts days from 1904.")
    return notes


def _cell_notes(sheet: _Open) -> list[str]:
    if sheet.known is None:
        return []
    return [
        sentence for count, sentence in (
            (sheet.known.hidden_rows, f"{sheet.known.hidden_rows:,} rows are hidden in the sheet (a filter, perhaps); they were read like the others."),
            (len(sheet.known.errors), f"{len(sheet.known.errors):,} cells show an error such as #REF!; they were read as blank."),
            (len(sheet.known.no_values), f"{len(sheet.known.no_values):,} formulas have no stored value; open the workbook in Excel and save it."),
        ) if count
    ]  # fmt: skip
