"""Workbooks of today (.xlsx, .xlsm): cells by calamine, which is fast; what it does not tell by ``sheetxml``.

calamine shows error cells and formulas without a value as blank, knows no hidden rows and only the number behind a
format. A workbook that it cannot open is tried with openpyxl, which is slow but forgives more.
"""

from __future__ import annotations

import datetime as dt
import re
import shutil
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import IO, Any

import openpyxl
import python_calamine as calamine

from pipelines.errors import FileRefused
from pipelines.readers.structure.layout import Row
from pipelines.readers.workbook import cellformat, sheetxml
from pipelines.readers.workbook.book import DAMAGED, PROTECTED, Book, Budget, Cells, Sheet

_STATE = re.compile(rb"\sstate=[\"'](?!(?:visible|hidden|veryHidden)[\"'])[^\"'<>]*[\"']")
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")


def read(path: Path) -> Book:
    """Open the workbook at ``path``. Raises ``FileRefused`` when it is damaged, hostile or under a password."""
    book = sheetxml.examine(path)
    try:
        workbook = _opened(path)
    except calamine.PasswordError as error:
        raise FileRefused(*PROTECTED) from error
    except (calamine.CalamineError, OSError, ValueError):
        return _forgiving(path, book)
    known = set(workbook.sheet_names)
    for sheet in book.sheets:
        if sheet.cells and sheet.name in known:
            sheet.rows = _Rows(workbook, sheet)
    return book


def _opened(path: Path) -> calamine.CalamineWorkbook:
    """The workbook by calamine; one whose sheets are in a state that Excel does not know (``show``), by a copy that says
    none."""
    try:
        with path.open("rb") as file:
            return calamine.CalamineWorkbook.from_filelike(file)
    except calamine.PasswordError:
        raise
    except (calamine.CalamineError, OSError, ValueError):
        with tempfile.TemporaryFile(dir=path.parent) as copy:
            if not _copied_without_states(path, copy):
                raise
            return calamine.CalamineWorkbook.from_filelike(copy)


def _copied_without_states(path: Path, copy: IO[bytes]) -> bool:
    """Copy the archive with its sheets' unknown states left out; returns whether there were any."""
    with zipfile.ZipFile(path) as old:
        main = next((name for name in old.namelist() if name.lower() == "xl/workbook.xml"), None)
        if main is None or not _STATE.search(old.read(main)):
            return False
        with zipfile.ZipFile(copy, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as new:
            for entry in old.infolist():
                with old.open(entry) as part, new.open(entry.filename, "w") as out:
                    if entry.filename == main:
                        out.write(_STATE.sub(b"", part.read()))
                    else:
                        shutil.copyfileobj(part, out)
    copy.seek(0)
    return True


class _Rows:
    """The rows of one sheet, loaded when they are first asked for."""

    def __init__(self, workbook: calamine.CalamineWorkbook, sheet: sheetxml.Worksheet) -> None:
        self._workbook, self._sheet = workbook, sheet
        self._cells: Any = None

    def __call__(self) -> Iterator[Row]:
        if self._cells is None:
            try:
                self._cells = self._workbook.get_sheet_by_name(self._sheet.name)
            except (calamine.CalamineError, OSError, ValueError) as error:
                raise FileRefused(*DAMAGED) from error
        cells = self._cells
        if cells.start is None:
            return iter(())
        self._sheet.left = cells.start[1] + 1
        # calamine leaves out the blank columns before the used part, but not the blank rows.
        return _texts(
            _converted(islice(cells.iter_rows(), cells.start[0], None), cells.start[0] + 1, self._sheet.name),
            cells.start[0] + 1,
            self._sheet,
        )


def _converted(grid: Iterator[Sequence[Any]], row: int, name: str) -> Iterator[Sequence[Any]]:
    """The rows of ``grid``, whose first is ``row``. Raises ``FileRefused`` at a number under a format of dates or lengths of
    time that is far beyond any: calamine has nothing to give for it (Excel itself shows a row of hashes)."""
    while True:
        try:
            yield next(grid)
        except StopIteration:
            return
        except BaseException as error:
            if not isinstance(error, OverflowError) and type(error).__name__ != "PanicException":
                raise
            raise FileRefused(
                f"Row {row} of sheet “{name}” has a number under a format of dates or times that is far beyond any date or time (Excel shows ##### there).",
                "Correct that cell or clear it, or give it the format General, save, and upload it again.",
            ) from error
        row += 1


def _texts(grid: Iterator[Sequence[Any]], top: int, sheet: sheetxml.Worksheet) -> Iterator[Row]:
    """Rows with their numbers, cells as text. The runs of special formats are walked along with the rows."""
    styled = [(column - sheet.left, runs) for column, runs in sheet.styled.items() if column >= sheet.left]
    for row, values in enumerate(grid, top):
        cells = [value if type(value) is str else _TEXTS.get(type(value), as_text)(value) for value in values]
        for place, runs in styled:
            form = runs.at(row)
            if form is not None and type(values[place]) in (float, int):
                cells[place] = cellformat.shown(float(values[place]), form, 1900)
        for column, text in sheet.odd.get(row, {}).items() if sheet.odd else ():
            cells[column - sheet.left] = text
        yield row, cells


def _unescaped(text: str) -> str:
    """Excel writes characters that XML cannot hold as ``_x000D_``; calamine turns them back, openpyxl does not."""
    return _ESCAPED.sub(lambda found: chr(int(found.group(1), 16)), text)


def as_text(value: Any) -> str:
    """One cell as its reader sees it: ISO dates and times, whole numbers without ".0", TRUE and FALSE."""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        return cellformat.number(value)
    if isinstance(value, dt.datetime):
        return _moment(value)
    if isinstance(value, dt.timedelta):
        return _duration(value)
    if isinstance(value, dt.time):
        return _moment(dt.datetime.combine(dt.date(2000, 1, 1), value)).partition(" ")[2] or "00:00:00"
    return value.isoformat() if isinstance(value, dt.date) else "" if value is None else str(value)


_TEXTS: dict[type, Callable[[Any], str]] = {float: cellformat.number, dt.date: dt.date.isoformat}  # the common ones


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


def _forgiving(path: Path, book: sheetxml.Workbook) -> Book:
    """The workbook by openpyxl. Raises ``FileRefused`` when that cannot read it either."""
    sheetxml.refuse_declarations(path)
    try:
        workbook = openpyxl.load_workbook(path, read_only=True, data_only=True)
        budget = Budget()
        for sheet in book.sheets:
            found = workbook[sheet.name] if sheet.cells and sheet.name in workbook.sheetnames else None
            if found is not None and hasattr(found, "reset_dimensions"):
                found.reset_dimensions()
                _fill(sheet, found, Cells(budget))
    except (FileRefused, MemoryError):
        raise
    except Exception as error:  # a damaged workbook can raise nearly anything
        raise FileRefused(*DAMAGED) from error
    return book


def _fill(sheet: Sheet, found: Any, cells: Cells) -> None:
    for line in found.iter_rows():
        for cell in line:
            if cell.value is None or cell.data_type == "e":
                continue
            form = cellformat.parse(cell.number_format or "")
            plain = isinstance(cell.value, (int, float)) and not isinstance(cell.value, bool)
            text = cellformat.shown(float(cell.value), form) if plain else as_text(cell.value)
            cells.put(cell.row, cell.column, _unescaped(text))
    if cells:
        sheet.rows, sheet.left = cells.rows, cells.left
