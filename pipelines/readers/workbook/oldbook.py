"""Old .xls workbooks (Excel 2 to 2003), read by xlrd, which knows formats, hidden rows, merged and error cells."""

from __future__ import annotations

import dataclasses
import io
import re
import struct
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import python_calamine as calamine
import xlrd

from pipelines.errors import FileRefused
from pipelines.readers.workbook import cellformat, compound, sealed
from pipelines.readers.workbook.book import DAMAGED, PROTECTED, Book, Budget, Cells, Sheet
from pipelines.readers.workbook.cellformat import PLAIN, Format
from pipelines.readers.workbook.marked import Looks
from pipelines.readers.workbook.newbook import as_text

UNFORMATTED = "The workbook is partly damaged: its cells could be read, but not how they are formatted, so leading zeros and percent signs may be missing. Look at the preview."
_WHITE = (1, 9, 64, 65)  # of the palette: white, and what a system shows as such
_DIMENSIONS = re.compile(rb"\x00\x02\x0e\x00(.{12})..", re.DOTALL)
# BOF of Excel 5 ([MS-XLS] 2.4.21): any version but that of Excel 97, any kind but a workbook's.
_LONE_SHEET = re.compile(rb"\x09\x08[\x08\x10]\x00(?!.\x06|..\x05\x00).{4}", re.DOTALL)
_SHEET_AT, _END, _MOST_SHEETS = 0x85, 0x0A, 10_000
# Row and column of every cell record ([MS-XLS] 2.4: BLANK, NUMBER, BOOLERR, RK, LABELSST, MULRK, MULBLANK, LABEL, FORMULA).
_CELLS = re.compile(
    rb"(?=(?:\x01\x02\x06|\x03\x02\x0e|\x05\x02\x08|\x7e\x02\x0a|\xfd\x00\x0a|[\xbd\xbe]\x00[\x0a-\xff]|\x04\x02[\x09-\xff]"
    rb"|\x06\x00[\x16-\xff])\x00..(..))",
    re.DOTALL,
)
ERRORS = {
    0: "#NULL!",
    7: "#DIV/0!",
    15: "#VALUE!",
    23: "#REF!",
    29: "#NAME?",
    36: "#NUM!",
    42: "#N/A",
    43: "#GETTING_DATA",
}


def _passed_over(*_: object) -> None:
    """What a comment, a drawing or a link says is not asked for; xlrd reads them, too, and gives up the whole workbook over one
    that another program wrote its own way."""


for _handler in ("handle_note", "handle_obj", "handle_txo", "handle_hlink", "handle_quicktip", "handle_feat11"):
    setattr(xlrd.sheet.Sheet, _handler, _passed_over)


def read(path: Path) -> Book:
    """Open the workbook at ``path``. Raises ``FileRefused`` when it is damaged or under a password."""
    # Formats first: without them dates and leading zeros are guesses. Some old files have broken styles only, some
    # containers lay a sector twice, and some names of ranges are beyond xlrd, though every cell is whole.
    for attempt in (partial(_whole, formats=True), partial(_whole, formats=False), _by_its_chain, cells_only):
        try:
            return attempt(path)
        except (FileRefused, MemoryError, KeyboardInterrupt, SystemExit):
            raise
        except BaseException as error:  # a damaged file can raise nearly anything here, a Rust panic, too
            problem = error
    raise FileRefused(*DAMAGED) from problem


def _whole(path: Path, *, formats: bool) -> Book:
    book, budget = _opened(path, formats=formats), Budget()
    found = Book([_sheet(book, sheet, budget) for sheet in book.sheets()], 1904 if book.datemode else 1900)
    return found if formats else dataclasses.replace(found, notes=[UNFORMATTED])


def _by_its_chain(path: Path) -> Book:
    """The workbook out of a container of which xlrd says that it is damaged, where the workbook itself is whole."""
    content = compound.workbook_by_its_chain(path.read_bytes())
    if content is None:
        raise ValueError("the workbook's chain of sectors is torn")
    book, budget = _by_xlrd(path, content, formats=True), Budget()
    return Book([_sheet(book, sheet, budget) for sheet in book.sheets()], 1904 if book.datemode else 1900)


def cells_only(path: Path) -> Book:
    """The workbook by calamine, which reads past what xlrd stumbles over, but knows no formats but dates. Raises
    ``ValueError`` for what would make it take memory without end, and whatever it raises itself."""
    if compound.runs_in_circles(path.read_bytes()):
        raise ValueError("a chain of sectors runs in a circle: calamine would follow it until memory is out")
    if not _spans_are_sound(path.read_bytes()):
        raise ValueError(
            "a sheet ends before it begins or lies too far out: calamine would make room for all there is between"
        )
    with path.open("rb") as file:
        workbook = calamine.CalamineWorkbook.from_filelike(file)
    budget, sheets = Budget(), []
    for told in workbook.sheets_metadata:
        sheet, cells = Sheet(told.name, told.visible == calamine.SheetVisibleEnum.Visible), Cells(budget)
        if told.typ == calamine.SheetTypeEnum.WorkSheet:
            grid = workbook.get_sheet_by_name(told.name)
            budget.take(grid.total_height * grid.total_width)  # all of it will lie in memory, blank cells, too
            for row, values in enumerate(grid.to_python(skip_empty_area=False), 1):
                for column, value in enumerate(values, 1):
                    cells.put(row, column, as_text(value))
        if cells:
            sheet.rows, sheet.left = cells.rows, cells.left
        sheets.append(sheet)
    if not any(sheet.rows for sheet in sheets):
        raise ValueError("nothing could be read")
    return Book(sheets, notes=[UNFORMATTED])


def _spans_are_sound(content: bytes) -> bool:
    """Whether every sheet says that it begins before it ends and reaches no further than an old workbook can, and no cell lies
    beyond: the DIMENSIONS ([MS-XLS] 2.4.90) and the cells' records where the sheets lie, or wherever they may lie in a
    container whose stream cannot be told."""
    stream = compound.workbook_stream(content)
    if stream is None:
        dimensions, cells = _DIMENSIONS.findall(content), _CELLS.findall(content)
    else:
        records = list(records_of_sheets(stream))
        dimensions, cells = (
            [m.group(1) for one in records if (m := what.match(one))] for what in (_DIMENSIONS, _CELLS)
        )
    told = (struct.unpack("<IIHH", found) for found in dimensions)
    return all(top <= bottom <= 65_536 and left <= right <= 256 for top, bottom, left, right in told) and all(
        int.from_bytes(found, "little") < 256 for found in cells
    )


def records_of_sheets(stream: bytes) -> Iterator[bytes]:
    """The beginnings of the records of each sheet, as far as they say where something lies. What lies within other records
    (pictures, texts) may look like a cell by chance."""
    sheets, seen = [0], set[int]()  # each place once: a hostile workbook may name one many times
    for start in sheets:
        place, kind = start, None
        while place + 4 <= len(stream) and kind != _END and place not in seen:
            seen.add(place)
            kind, length = struct.unpack_from("<HH", stream, place)
            if kind == _SHEET_AT and len(sheets) <= _MOST_SHEETS and length >= 4:
                sheets.append(struct.unpack_from("<I", stream, place + 4)[0])
            yield stream[place : place + 4 + min(length, 14)] + bytes(4)
            place += 4 + length


def _opened(path: Path, *, formats: bool) -> Any:
    content = _as_lone_sheet(path)
    try:
        return _by_xlrd(path, content, formats=formats)
    except xlrd.XLRDError as error:
        if "encrypted" not in str(error).lower():
            raise
        content = sealed.opened(path)
        if content is None:
            raise FileRefused(*PROTECTED) from error
        return _by_xlrd(path, content, formats=formats)


def _by_xlrd(path: Path, content: bytes | None, *, formats: bool) -> Any:
    return xlrd.open_workbook(
        str(path), file_contents=content, formatting_info=formats, logfile=io.StringIO(), ragged_rows=True,
        ignore_workbook_corruption=True,
    )  # fmt: skip


def _as_lone_sheet(path: Path) -> bytes | None:
    """The content of a sheet of Excel 5 that lies in no workbook, which web pages write by hand with the version or kind left
    out or wrong: announced as one of Excel 4, whose cells are the same and which needs no workbook. None for all others."""
    with path.open("rb") as file:
        head = file.read(8)
        if not _LONE_SHEET.fullmatch(head):
            return None
        return b"\x09\x04" + head[2:6] + b"\x10\x00" + file.read()


def _sheet(book: Any, found: Any, budget: Budget) -> Sheet:
    sheet = Sheet(found.name, found.visibility == 0)
    cells = Cells(budget)
    formats, looks = _formats(book), _looks(book)
    for row in range(found.nrows):
        kinds, values = found.row_types(row), found.row_values(row)
        for column, (kind, value) in enumerate(zip(kinds, values, strict=True)):
            if kind == xlrd.XL_CELL_ERROR:
                sheet.error(row + 1, column + 1, ERRORS.get(value, "#ERROR!"))
            elif kind not in (xlrd.XL_CELL_EMPTY, xlrd.XL_CELL_BLANK):
                cells.put(row + 1, column + 1, _text(book, found, formats, row, column, kind, value))
                if looks.struck or looks.filled:
                    _mark(sheet, looks, found.cell_xf_index(row, column), row + 1, column + 1)
    if book.formatting_info:
        sheet.hidden_rows = sum(1 for info in found.rowinfo_map.values() if info.hidden)
        sheet.hidden_columns = sum(1 for info in found.colinfo_map.values() if info.hidden)
        down = [(top, bottom, left, right) for top, bottom, left, right in found.merged_cells if bottom - top > 1]
        sheet.merged_down = len(down)
        sheet.merged = [(top + 1, bottom, left + 1) for top, bottom, left, right in down if right - left == 1]
    if cells:
        sheet.rows, sheet.left = cells.rows, cells.left
    return sheet


def _looks(book: Any) -> Looks:
    """Which cell styles are struck through, and the colour that others are filled with."""
    if not book.formatting_info:
        return Looks()
    fonts, styles = book.font_list, enumerate(book.xf_list)
    pairs = [(place, style, style.background) for place, style in styles]
    return Looks(
        frozenset(p for p, style, _ in pairs if style.font_index < len(fonts) and fonts[style.font_index].struck_out),
        {p: str(fill.pattern_colour_index) for p, _, fill in pairs if fill.fill_pattern == 1 and fill.pattern_colour_index not in _WHITE},
    )  # fmt: skip


def _mark(sheet: Sheet, looks: Looks, style: int, row: int, column: int) -> None:
    if style in looks.struck:
        sheet.marks.struck.append((row, column))
    if style in looks.filled:
        sheet.marks.colour(row, looks.filled[style])


def _formats(book: Any) -> list[Format]:
    """The meaning of each cell style."""
    if not book.formatting_info:
        return []
    return [cellformat.parse(_code(book, style.format_key)) for style in book.xf_list]


def _code(book: Any, key: int) -> str:
    """The number format of a key. Those built into East Asian versions (27 to 36, 50 to 58) have no text in the file."""
    known = book.format_map.get(key)
    return (known.format_str if known else None) or cellformat.BUILT_IN.get(key, "")


def _text(book: Any, sheet: Any, formats: list[Format], row: int, column: int, kind: int, value: Any) -> str:
    if kind == xlrd.XL_CELL_TEXT:
        return str(value)
    if kind == xlrd.XL_CELL_BOOLEAN:
        return "TRUE" if value else "FALSE"
    number = float(value)
    system = 1904 if book.datemode else 1900
    if not formats:
        return cellformat.moment(number, system) if kind == xlrd.XL_CELL_DATE else cellformat.number(number)
    style = sheet.cell_xf_index(row, column)
    return cellformat.shown(number, formats[style] if style < len(formats) else PLAIN, system)
