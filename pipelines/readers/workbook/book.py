"""What every reader of spreadsheets gives: sheets of text cells, and what there is to say about them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from pipelines.errors import FileRefused
from pipelines.readers.structure.layout import Row
from pipelines.readers.workbook.marked import Marks

MOST_CELLS = 8_000_000  # filled cells of one workbook that is held in memory
MOST_COLUMNS = 4_000
MOST_LISTED = 5_000  # findings of one kind
# The header of the sheet that explains the columns of a blank template: whoever fills one in sends that sheet along.
GUIDE = ("Column", "Needed", "What it is", "Allowed values", "Example", "Also understood")
_MOST_BLANK = 10_000  # blank rows between filled ones that are counted
DAMAGED = (
    "The workbook is damaged: its parts do not fit together.",
    "Open it in the program it came from, save it again and upload that; or save it as .csv.",
)
PROTECTED = (
    "The workbook is protected with a password.",
    "Open it, remove the password (File > Info > Protect Workbook > Encrypt), save and upload it again.",
)


@dataclass
class Sheet:
    """One worksheet. ``rows`` gives its used part, top down, all rows of one width; ``left`` is the column of their
    first cell. Places are (row, column), 1-based. ``rows`` is None for what holds no cells (a chart)."""

    name: str
    visible: bool = True
    rows: Callable[[], Iterator[Row]] | None = None
    left: int = 1
    hidden_rows: int = 0
    hidden_columns: int = 0
    merged_down: int = 0  # merged ranges that reach over several rows
    merged: list[tuple[int, int, int]] = field(default_factory=list)  # of one column: first row, last row, column
    errors: list[tuple[int, int, str]] = field(default_factory=list)
    no_values: list[tuple[int, int]] = field(default_factory=list)
    marks: Marks = field(default_factory=Marks)

    def error(self, row: int, column: int, text: str) -> None:
        """Note a cell that shows an error such as #N/A."""
        self.errors.append((row, column, text))


@dataclass
class Book:
    """A workbook. ``notes`` are sentences about the file as a whole."""

    sheets: list[Sheet]
    date_system: int = 1900
    notes: list[str] = field(default_factory=list)


class Cells:
    """Collects the cells of one sheet as they come, and gives them as rows."""

    def __init__(self, budget: Budget) -> None:
        self._rows: dict[int, dict[int, str]] = {}
        self._budget = budget

    def __bool__(self) -> bool:
        return bool(self._rows)

    def put(self, row: int, column: int, text: str) -> None:
        """Set a cell (1-based); blank ones are left out."""
        if text:
            self._budget.take(1)
            self._rows.setdefault(row, {})[column] = self._budget.same(text)

    def repeat(self, row: int, times: int) -> None:
        """The row occurs ``times`` in all."""
        if times > 1 and row in self._rows:
            self._budget.take((times - 1) * len(self._rows[row]))
            for offset in range(1, times):
                self._rows[row + offset] = self._rows[row]

    @property
    def left(self) -> int:
        return min((min(cells) for cells in self._rows.values()), default=1)

    def rows(self) -> Iterator[Row]:
        """The used part. Raises ``FileRefused`` when it is wider than any table."""
        left, right = self.left, max((max(cells) for cells in self._rows.values()), default=0)
        if right - left >= MOST_COLUMNS:
            raise FileRefused(
                f"The sheet reaches from column {left:,} to column {right:,}, far more than a table has.",
                "Delete the stray cells beyond the table, save, and upload it again.",
            )
        blanks, last, blank = 0, None, [""] * (right - left + 1)
        for row in sorted(self._rows):
            for between in range((last or row - 1) + 1, row) if blanks < _MOST_BLANK else ():
                blanks += 1
                yield between, blank
                if blanks >= _MOST_BLANK:
                    break
            cells = blank.copy()
            for column, text in self._rows[row].items():
                cells[column - left] = text
            yield row, cells
            last = row


class Budget:
    """How many cells a workbook may still hold, and one copy of each text."""

    def __init__(self, cells: int = MOST_CELLS) -> None:
        self._left = cells
        self._texts: dict[str, str] = {}

    def take(self, cells: int) -> None:
        self._left -= cells
        if self._left < 0:
            raise FileRefused(
                f"The workbook holds more than {MOST_CELLS:,} filled cells.",
                "Save the sheet as .xlsx or .csv and upload that.",
            )

    def same(self, text: str) -> str:
        return self._texts.setdefault(text, text) if len(text) < 40 else text
