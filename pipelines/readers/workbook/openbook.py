"""OpenDocument spreadsheets (.ods, .fods): typed values beside the text that is shown.

Cells and rows that repeat say so with a number; blank ones are counted, filled ones up to a limit.
"""

from __future__ import annotations

import re
import zipfile
from functools import partial
from pathlib import Path
from typing import IO

from pipelines.errors import FileRefused
from pipelines.readers import xmlstream
from pipelines.readers.workbook import cellformat
from pipelines.readers.workbook.book import DAMAGED, PROTECTED, Book, Budget, Cells, Sheet


def _named(space: str, name: str) -> str:
    return f"urn:oasis:names:tc:opendocument:xmlns:{space}:1.0{xmlstream.BETWEEN}{name}"


OFFICE, TABLE, TEXT, STYLE = (partial(_named, space) for space in ("office", "table", "text", "style"))
ERROR_KIND = f"urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0{xmlstream.BETWEEN}value-type"
SHEET, CELL, COVERED, ROW = TABLE("table"), TABLE("table-cell"), TABLE("covered-table-cell"), TABLE("table-row")
VALUE_TYPE, VALUE, FORMULA, ROWS_SPANNED = (
    OFFICE("value-type"),
    OFFICE("value"),
    TABLE("formula"),
    TABLE("number-rows-spanned"),
)
COLUMNS_SPANNED, COLUMNS_REPEATED, ROWS_REPEATED, VISIBILITY = (
    TABLE("number-columns-spanned"),
    TABLE("number-columns-repeated"),
    TABLE("number-rows-repeated"),
    TABLE("visibility"),
)
CURRENCY, DOLLARS = OFFICE("currency"), "USD"
PARAGRAPH = TEXT("p")
_ASIDE = (OFFICE("annotation"), TABLE("shapes"), TEXT("ruby-text"))  # notes, drawings, how a word is spoken
_DRAWN = (_named("drawing", ""), _named("dr3d", ""))  # boxes and arrows that are anchored to a cell lie within it
_ERROR = re.compile(r"#(?:N/A|REF!|DIV/0!|VALUE!|NAME\?|NUM!|NULL!)|Err:\d+")
_DIGITS = re.compile(r"[\d()+/ -]*\d[\d()+/ -]*")
_GROUPED = re.compile(r"-?\d{1,3}(?: \d{3})+")
_TIME = re.compile(r"(-?)PT(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)(?:[.,](\d+))?S)?")
_MOST_ROWS = 1_048_576 * 4
_TOO_LONG = (
    f"The sheet says that it has cells below row {_MOST_ROWS:,}, more than is read of a sheet.",
    "Save the sheet as .csv and upload that, or delete the cells below the table.",
)


def read(path: Path, *, flat: bool) -> Book:
    """Open the spreadsheet at ``path``; ``flat`` ones are one XML file. Raises ``FileRefused`` when it is damaged."""
    try:
        if flat:
            with path.open("rb") as stream:
                return _book(stream)
        with zipfile.ZipFile(path) as archive:
            if "META-INF/manifest.xml" in archive.namelist() and b"encryption-data" in archive.read(
                "META-INF/manifest.xml"
            ):
                raise FileRefused(*PROTECTED)
            with archive.open("content.xml") as content:
                return _book(content)
    except (FileRefused, MemoryError):
        raise
    except Exception as error:  # a damaged archive can raise nearly anything
        raise FileRefused(*DAMAGED) from error


def _book(stream: IO[bytes]) -> Book:
    reader = _Reader()
    xmlstream.parse(stream, reader.start, reader.end, reader.text, DAMAGED)
    return Book(reader.sheets)


class _Reader:
    """Takes the stream of elements and keeps where in the sheet it is."""

    def __init__(self) -> None:
        self.sheets: list[Sheet] = []
        self._budget = Budget()
        self._hidden_styles: set[str] = set()
        self._style = ""
        self._cells: Cells = Cells(self._budget)
        self._row = self._column = 0
        self._repeat_row = 1
        self._cell: dict[str, str] | None = None
        self._said: list[str] = []
        self._aside = 0  # within a comment or a drawing
        self._speaking = 0  # within a paragraph; text around one is only the file's own layout

    def start(self, name: str, told: dict[str, str]) -> None:
        if self._aside or name in _ASIDE or name.startswith(_DRAWN):
            self._aside += 1
        elif name in (CELL, COVERED):
            self._cell, self._said, self._speaking = told, [], 0
        elif name == ROW:
            self._begin_row(told)
        elif self._cell is not None:
            self._within(name, told)
        elif name == SHEET:
            self._begin_sheet(told)
        else:
            self._around(name, told)

    def _around(self, name: str, told: dict[str, str]) -> None:
        """Columns and styles, which say what is hidden."""
        if name == TABLE("table-column") and told.get(VISIBILITY, "visible") != "visible" and self.sheets:
            self.sheets[-1].hidden_columns += min(_count(told.get(COLUMNS_REPEATED)), 16_384)
        elif name == STYLE("style"):
            self._style = told.get(STYLE("name"), "")
        elif name == STYLE("table-properties") and told.get(TABLE("display")) == "false":
            self._hidden_styles.add(self._style)

    def end(self, name: str) -> None:
        if self._aside:
            self._aside -= 1
        elif name in (CELL, COVERED):
            self._end_cell()
        elif name == PARAGRAPH:
            self._speaking = max(0, self._speaking - 1)
        elif name == ROW:
            self._cells.repeat(self._row, self._repeat_row)
            self._row += self._repeat_row - 1
        elif name == SHEET and self._cells and self.sheets[-1].rows is None:
            self.sheets[-1].rows, self.sheets[-1].left = self._cells.rows, self._cells.left

    def text(self, characters: str) -> None:
        if self._speaking and not self._aside:
            self._said.append(characters)

    def _begin_sheet(self, told: dict[str, str]) -> None:
        visible = told.get(TABLE("style-name")) not in self._hidden_styles
        self.sheets.append(Sheet(told.get(TABLE("name"), f"Sheet{len(self.sheets) + 1}"), visible))
        self._cells, self._row = Cells(self._budget), 0

    def _begin_row(self, told: dict[str, str]) -> None:
        self._row, self._column = self._row + 1, 0
        self._repeat_row = _count(told.get(ROWS_REPEATED))
        if told.get(VISIBILITY, "visible") != "visible" and self._repeat_row < 1_000_000:
            self.sheets[-1].hidden_rows += self._repeat_row

    def _within(self, name: str, told: dict[str, str]) -> None:
        if name == PARAGRAPH:
            self._speaking += 1
            self._said += ["\n"] if self._said else []
        elif name == TEXT("s"):
            self._said.append(" " * min(_count(told.get(TEXT("c"))), 1_000))
        elif name == TEXT("tab"):
            self._said.append("\t")
        elif name == TEXT("line-break"):
            self._said.append("\n")

    def _end_cell(self) -> None:
        told, said = self._cell or {}, "".join(self._said)
        self._cell = None
        times = _count(told.get(COLUMNS_REPEATED))
        sheet, row = self.sheets[-1], self._row
        if told.get(ERROR_KIND) == "error" or (FORMULA in told and _ERROR.fullmatch(said)):
            sheet.error(row, self._column + 1, said)
        elif FORMULA in told and not said and VALUE_TYPE not in told:
            sheet.no_values.append((row, self._column + 1))
        elif shown := _shown(told, said):
            if row + self._repeat_row > _MOST_ROWS:  # blank ones may be many more: the rest of the sheet is told as one
                raise FileRefused(*_TOO_LONG)
            for place in range(times):
                self._cells.put(row, self._column + place + 1, shown)
        if (down := _count(told.get(ROWS_SPANNED))) > 1:
            sheet.merged_down += 1
            if _count(told.get(COLUMNS_SPANNED)) == 1:
                sheet.merged.append((row, row + down - 1, self._column + 1))
        self._column += times


def _count(told: str | None) -> int:
    return max(1, int(told)) if told and told.isdigit() else 1


def _shown(told: dict[str, str], said: str) -> str:
    """The text of a cell: from its typed value, or as it is shown where that says more (leading zeros)."""
    kind = told.get(VALUE_TYPE, "string")
    value = told.get(VALUE, "")
    if kind in ("float", "currency", "percentage") and value:
        return _number(kind, float(value), told.get(CURRENCY, DOLLARS), said)
    if kind == "date":
        date, _, clock = told.get(OFFICE("date-value"), said).partition("T")
        clock = re.sub(r"\.0+$", "", clock)
        return date if clock in ("", "00:00:00") else f"{date} {clock}"
    if kind == "time":
        return _clock(told.get(OFFICE("time-value"), ""), said)
    if kind == "boolean":
        return told.get(OFFICE("boolean-value"), said).upper()
    return told.get(OFFICE("string-value"), said)


def _number(kind: str, number: float, currency: str, said: str) -> str:
    if kind == "percentage":
        return cellformat.shown(number, cellformat.Format(cellformat.PERCENT))
    if kind == "currency" and currency != DOLLARS:
        return cellformat.money(number, currency)
    told_better = kind == "float" and (said in ("TRUE", "FALSE") or _fills_up(number, said))
    return said if told_better else cellformat.number(number)


def _fills_up(number: float, said: str) -> bool:
    """Does the text show the number's digits with zeros before or signs between them?"""
    if number < 0 or not number.is_integer() or not _DIGITS.fullmatch(said) or _GROUPED.fullmatch(said):
        return False
    return re.sub(r"\D", "", said).lstrip("0") == str(int(number)).lstrip("0")


def _clock(told: str, said: str) -> str:
    found = _TIME.fullmatch(told)
    if not found:
        return said
    sign, hours, minutes, seconds, rest = found.groups()
    text = f"{sign}{int(hours or 0):02d}:{int(minutes or 0):02d}:{int(seconds or 0):02d}"
    rest = (rest or "")[:3].rstrip("0")
    return f"{text}.{rest.ljust(3, '0')}" if rest else text
