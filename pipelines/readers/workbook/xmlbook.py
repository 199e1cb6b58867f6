"""Excel 2003 XML spreadsheets, mostly named .xls or .xml: what many reporting systems write."""

from __future__ import annotations

import re
from pathlib import Path

from pipelines.errors import FileRefused
from pipelines.readers import xmlstream
from pipelines.readers.workbook import cellformat
from pipelines.readers.workbook.book import DAMAGED, Book, Budget, Cells, Sheet
from pipelines.readers.workbook.cellformat import MONEY, PERCENT, PLAIN, Format

_NAMED = {
    "Percent": Format(PERCENT),
    "Fixed": PLAIN,
    "Standard": PLAIN,
    "Currency": PLAIN,
    "Scientific": PLAIN,
    "Euro Currency": Format(MONEY, symbol="€"),
}
_NO_DAY = re.compile(
    r"(?:1899-12-3[01]|1904-01-01)T(?!00:00:00)"
)  # a time of day is written with the first day there is
_MOST_ROWS, _MOST_COLUMNS = 2_000_000, 16_384


def read(path: Path) -> Book:
    """Open the spreadsheet at ``path``. Raises ``FileRefused`` when it is damaged."""
    reader = _Reader()
    try:
        with path.open("rb") as stream:
            xmlstream.parse(stream, reader.start, reader.end, reader.text, DAMAGED)
    except (ValueError, LookupError, OverflowError) as error:  # numbers that are none, unknown encodings
        raise FileRefused(*DAMAGED) from error
    return reader.book


class _Reader:
    """Takes the stream of elements and keeps where in the sheet it is. Names are compared without namespaces: the
    writers of this format are careless about them."""

    def __init__(self) -> None:
        self.book = Book([])
        self._budget = Budget()
        self._formats: dict[str, Format] = {}
        self._style = ""
        self._cells = Cells(self._budget)
        self._row = self._column = 0
        self._across = 0
        self._form = PLAIN
        self._formula = False
        self._kind: str | None = None
        self._said: list[str] = []
        self._inside: list[str] = []

    def start(self, name: str, attributes: dict[str, str]) -> None:
        name = name.rpartition(xmlstream.BETWEEN)[2]
        told = {key.rpartition(xmlstream.BETWEEN)[2]: value for key, value in attributes.items()}
        self._inside.append(name)
        match name:
            case "Style":
                self._style = told.get("ID", "")
            case "NumberFormat":
                code = told.get("Format", "")
                self._formats[self._style] = _NAMED.get(code) or cellformat.parse(code)
            case "Worksheet":
                self.book.sheets.append(Sheet(told.get("Name", f"Sheet{len(self.book.sheets) + 1}")))
                self._cells, self._row = Cells(self._budget), 0
            case "Column" if "Hidden" in told and self.book.sheets:
                self.book.sheets[-1].hidden_columns += 1
            case "Row" if self.book.sheets:
                self._begin_row(told)
            case "Cell" if self.book.sheets:
                self._begin_cell(told)
            case "Data" if "Comment" not in self._inside and "Cell" in self._inside:
                self._kind, self._said = told.get("Type", "String"), []
            case "Visible" | "Date1904":
                self._said = []

    def _begin_row(self, told: dict[str, str]) -> None:
        self._row, self._column, self._across = int(told.get("Index", self._row + 1)), 0, 0
        if not 0 < self._row <= _MOST_ROWS:
            raise ValueError("row")
        self.book.sheets[-1].hidden_rows += told.get("Hidden") == "1"

    def _begin_cell(self, told: dict[str, str]) -> None:
        self._column = int(told.get("Index", self._column + self._across + 1))
        self._across = int(told.get("MergeAcross", 0))
        if not 0 < self._column <= _MOST_COLUMNS or not 0 <= self._across <= _MOST_COLUMNS:
            raise ValueError("column")
        self._form = self._formats.get(told.get("StyleID", ""), PLAIN)
        self._formula, self._kind = "Formula" in told, None
        if (down := int(told.get("MergeDown", 0))) > 0:
            self.book.sheets[-1].merged_down += 1
            if not self._across:
                self.book.sheets[-1].merged.append((self._row, self._row + down, self._column))

    def text(self, characters: str) -> None:
        if self._kind is not None or self._inside[-1] in ("Visible",):
            self._said.append(characters)

    def end(self, name: str) -> None:
        name = name.rpartition(xmlstream.BETWEEN)[2]
        self._inside.pop()
        if name == "Data" and self._kind is not None:
            self._put("".join(self._said))
            self._kind, self._formula = None, False
        elif name == "Cell" and self._formula:
            self.book.sheets[-1].no_values.append((self._row, self._column))
            self._formula = False
        elif name == "Date1904":
            self.book.date_system = 1904
        elif name == "Visible" and self.book.sheets:
            self.book.sheets[-1].visible = not "".join(self._said).strip().startswith("SheetHidden")
        elif name == "Worksheet" and self._cells:
            self.book.sheets[-1].rows, self.book.sheets[-1].left = self._cells.rows, self._cells.left

    def _put(self, said: str) -> None:
        match self._kind:
            case "Error":
                self.book.sheets[-1].error(self._row, self._column, said)
                return
            case "Number" if said.strip():
                said = cellformat.shown(float(said), self._form, self.book.date_system)
            case "Boolean":
                said = "TRUE" if said.strip() in ("1", "true", "True") else "FALSE"
            case "DateTime":
                said = _moment(said.strip())
        self._cells.put(self._row, self._column, said)


def _moment(told: str) -> str:
    told = re.sub(r"\.0+$", "", told)
    if _NO_DAY.match(told):
        return told.partition("T")[2]
    return told.removesuffix("T00:00:00").replace("T", " ")
