"""A text file's records one by one, with the line each begins on, whatever its quotes do.

An opening quote that does not close on its line is followed over the next lines. It counts as a cell with line
breaks only if it closes as a writer would close it and gives a whole record (a warning tells where each of the lines
might be a record of its own); else the quote is taken as it stands, so one lost quote never swallows the rest of a
file.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from pipelines.readers.delimited.tokens import (
    CLOSED,
    LOOSE,
    OPEN,
    STRAY,
    Dialect,
    cut,
    gaps,
    other_readings,
    split,
    split_literally,
)
from pipelines.readers.text import Text, lines

FURTHEST = 2_000  # lines over which a cell may run
LONGEST = 1_000_000  # characters of such a cell
REGULAR, IRREGULAR, BLANK, UNCLOSED = "regular", "irregular", "blank", "unclosed"


@dataclass(slots=True)
class Record:
    """``how``: regular | irregular | blank | unclosed. ``raw`` is the line where it holds no quote and no "\\r", so that
    splitting it at delimiters is all there is to do. ``stray`` tells that a quote was taken as it stands, ``loose`` that
    one stands within a cell that is not quoted; ``text`` is the line of an irregular or loose record."""

    row: int
    cells: list[str]
    how: str
    raw: str | None = None
    stray: bool = False
    lines: int = 1
    loose: bool = False
    text: str | None = None


class Scanner:
    """Iterate over it for the records from line ``start`` up to, not including, line ``stop``. ``width`` None takes every
    record as regular."""

    def __init__(
        self, path: Path, text: Text, dialect: Dialect, width: int | None = None, start: int = 1, stop: int | None = None,
    ) -> None:  # fmt: skip
        self._source = lines(path, text) if stop is None else islice(lines(path, text), stop - 1)
        self._ahead: deque[str] = deque()
        self._dialect, self._width, self._newline = dialect, width, text.newline
        self.row = 0  # the last line taken
        self.ended = True  # whether the last line taken had its line end
        for _ in range(start - 1):
            self._take()

    def _take(self) -> str | None:
        line = self._ahead.popleft() if self._ahead else next(self._source, None)
        if line is not None:
            self.row += 1
        return line

    def _peek(self, distance: int) -> str | None:
        """The line ``distance`` after the current one (1 is the next)."""
        while len(self._ahead) < distance:
            line = next(self._source, None)
            if line is None:
                return None
            self._ahead.append(line)
        return self._ahead[distance - 1]

    def __iter__(self) -> Iterator[Record]:
        delimiter, quote, escape, width = (
            self._dialect.delimiter,
            self._dialect.quote or '"',
            self._dialect.escape,
            self._width,
        )
        while (whole := self._take()) is not None:
            line = whole.rstrip("\r\n")
            self.ended = len(line) != len(whole)
            if self._dialect.starts and line.strip():
                cells = cut(line, self._dialect)
                yield Record(self.row, cells, REGULAR if self._fits(cells) else IRREGULAR, text=line)
                continue
            if self._dialect.runs:
                line = " ".join(line.split())
            if quote in line or "\r" in line or (escape and escape in line):
                yield from self._difficult(whole, line)
                continue
            if not line or line.isspace():
                yield Record(self.row, [], BLANK)
                continue
            cells = line.split(delimiter) if delimiter else [line]
            if width is None or len(cells) == width:
                yield Record(self.row, cells, REGULAR, line)
            else:
                yield Record(self.row, cells, IRREGULAR, line, text=line)

    def skim(self, put: Callable[[int, str], None], most: int | None = None) -> None:
        """Hand the plain, regular lines that follow straight on, up to the first line that needs a closer look: in a
        large file nearly all do not, and a record object for each would take most of the time."""
        delimiter, quote, escape = self._dialect.delimiter or "", self._dialect.quote or '"', self._dialect.escape
        wanted = (self._width or 1) - 1
        if not wanted or escape or quote != '"' or self._dialect.runs or self._dialect.starts:
            return
        handed = 0
        while (most is None or handed < most) and (whole := self._take()) is not None:
            line = whole.rstrip("\r\n")
            if gaps(line, delimiter) != wanted or "\r" in line or len(line) > LONGEST:
                self._ahead.appendleft(whole)
                self.row -= 1
                return
            self.ended = len(line) != len(whole)
            put(self.row, line)
            handed += 1

    def _fits(self, cells: list[str]) -> bool:
        return self._width is None or len(cells) == self._width

    def _difficult(self, whole: str, line: str) -> Iterator[Record]:
        row = self.row
        cells, state = split(line, self._dialect)
        if state == OPEN:
            yield self._open(row, whole, line)
        elif self._width is None and "\r" in line and (self._dialect.quote or '"') not in line:
            for part in filter(str.strip, line.split("\r")):
                yield Record(row, split(part, self._dialect)[0], REGULAR)
        elif self._fits(cells):
            loose = state == LOOSE
            yield Record(row, cells, REGULAR, stray=state == STRAY, loose=loose, text=line if loose else None)
        else:
            yield from self._misfit(row, line, cells, state)

    def _misfit(self, row: int, line: str, cells: list[str], state: str) -> Iterator[Record]:
        """Other readings of a line with the wrong number of cells: quotes as they stand, old line ends within. Quotes that
        work out are not doubted."""
        other = self._otherwise(line) if state != CLOSED else None
        if other is not None:
            yield Record(row, other, REGULAR, stray=True, loose=True, text=line)
            return
        parts = [split(part, self._dialect)[0] for part in line.split("\r") if part.strip()] if "\r" in line else []
        if len(parts) > 1 and all(self._fits(part) for part in parts):
            for part in parts:
                yield Record(row, part, REGULAR)
            return
        yield Record(row, cells, IRREGULAR, text=line)

    def _otherwise(self, line: str) -> list[str] | None:
        """The first other reading of ``line`` that has as many cells as the table."""
        if self._width is None:
            return None
        return next((cells for cells in other_readings(line, self._dialect) if self._fits(cells)), None)

    def _open(self, row: int, whole: str, line: str) -> Record:
        joined, reach = self._followed(whole)
        literal = split_literally(line, self._dialect)
        alone = self._whole_alone(literal, reach)
        if joined is not None and (self._fits(joined) or not any(alone)):
            for _ in range(reach):
                last = self._take()
                self.ended = last is not None and last.endswith(("\n", "\r"))
            doubtful = self._fits(joined) and all(alone) and self._width is not None and self._width >= 3
            return Record(row, joined, REGULAR if self._fits(joined) else IRREGULAR, stray=doubtful, lines=reach + 1)
        other = self._otherwise(line)
        return (
            Record(row, other, REGULAR, stray=True, loose=True, text=line)
            if other
            else Record(row, literal, UNCLOSED, text=line)
        )

    def _followed(self, whole: str) -> tuple[list[str] | None, int]:
        """(cells, lines added) once the open quote closes cleanly, or (None, 0)."""
        quote, parts, size = self._dialect.quote or '"', [whole], len(whole)
        for reach in range(1, FURTHEST):
            line = self._peek(reach)
            if line is None:
                break
            size += len(line)
            if size > LONGEST:
                break
            parts.append(line)
            if quote not in line:
                continue
            cells, state = split("".join(parts).rstrip("\r\n"), self._dialect)
            if state == CLOSED:
                return cells, reach
            if state != OPEN:
                break
        return None, 0

    def _whole_alone(self, literal: list[str], reach: int) -> list[bool]:
        """Which of the lines of a quoted cell would each be a whole record if quotes were taken as they stand?"""
        if self._width is None:
            return [False]
        lines = ((self._peek(place) or "").rstrip("\r\n") for place in range(1, reach + 1))
        return [self._fits(cells) for cells in (literal, *(split_literally(line, self._dialect) for line in lines))]
