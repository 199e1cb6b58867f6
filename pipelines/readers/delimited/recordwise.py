"""The slow road of delimited text: record by record, each regular one as it stands and each irregular one mended, set aside or
rejected once all the others are known.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from pipelines.checks import REJECT, WARNING, Finding
from pipelines.readers import stage
from pipelines.readers.delimited import dialect, ragged
from pipelines.readers.delimited.ragged import Columns
from pipelines.readers.delimited.scan import BLANK, IRREGULAR, REGULAR, UNCLOSED, Record, Scanner
from pipelines.readers.delimited.survey import Survey
from pipelines.readers.delimited.tokens import Dialect
from pipelines.readers.structure import rows, titles
from pipelines.readers.structure.cells import filled, typical_fill
from pipelines.readers.structure.layout import Layout, page_line
from pipelines.readers.text import Text

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

MOST_WARNINGS = 5_000  # of one kind; rejects are never cut
_LEARNED = 4_000  # regular records from which the columns' shapes are learned
LONGEST = 4_000_000
_MOST_LOOSE = 2_000  # records with a quote in an unquoted cell that are looked at more closely


@dataclass
class Outcome:
    """What came of the records: staged ones are in ``stage``, these are the others."""

    findings: list[Finding] = field(default_factory=list)
    rejected: int = 0
    notes: list[str] = field(default_factory=list)


@dataclass
class TextFile:
    """A text file and how it is written. ``limit`` is the most records wanted, ``surveyed`` gives what its bytes tell."""

    path: Path
    decoded: Text
    dialect: Dialect
    limit: int | None
    surveyed: Callable[[], Survey]

    def scanner(self, width: int | None = None, start: int = 1, stop: int | None = None) -> Scanner:
        return Scanner(self.path, self.decoded, self.dialect, width, start, stop)


@dataclass
class Part:
    """One of the tables of a file: ``head`` are its first records, its first record is on line ``start``, its lines end
    before ``stop``."""

    number: int
    table: Layout
    head: list[Record]
    start: int
    stop: int | None
    aside: rows.Aside

    @property
    def name(self) -> str:
        return f"Table {self.number}"


class RecordWise:
    """The record-wise road: regular records on to ``stage``, irregular ones kept until all the others are known."""

    def __init__(self, file: TextFile, part: Part) -> None:
        self.file, self.dialect, self.aside, self.limit = file, file.dialect, part.aside, file.limit
        self.width = part.table.width
        self.scanner = file.scanner(self.width, part.start, part.stop)
        self.columns = Columns(self.width)
        self.pages = {page_line(record.cells) for record in part.head[: part.table.first] if filled(record.cells)}
        self.printed = bool(self.pages) and bool(self.dialect.starts or self.dialect.runs)
        self.irregular: list[Record] = []
        self.outcome = Outcome()
        self.stray = 0
        self.last_regular = 0
        self.gap = 0  # the first blank line below the last regular record
        self.in_footer = False

    def run(self, con: DuckDBPyConnection) -> Outcome:
        usual = self.dialect.delimiter in dialect.USUAL
        delimiter = self.dialect.delimiter if usual and self.dialect.delimiter else ","
        blanks = self.file.decoded.blanks(self.dialect.delimiter)
        with stage.collect(con, self.width, self.file.path, delimiter, blanks) as records:
            self._regular(records, raw=usual)
            self._resolve(records)
        if self.stray:
            self.outcome.notes.append(
                f"{self.stray:,} records have a quote that does not close or stands within a cell; it was kept as text."
            )
        return self.outcome

    def _regular(self, records: stage.Records, *, raw: bool) -> None:
        learn = self.columns
        for record in self.scanner:
            if self.printed and page_line(record.cells) in self.pages:
                self.aside.add(record.row, "preamble")
                continue
            if record.how == REGULAR:
                self.last_regular, self.gap = record.row, 0
            if record.how == REGULAR and record.loose and len(self.irregular) < _MOST_LOOSE:
                self.irregular.append(record)
            elif record.how == REGULAR:
                if learn.learned < _LEARNED:
                    learn.learn(record.cells)
                self._put(records, record, raw)
            elif record.how == BLANK or not filled(record.cells):
                self.aside.add(record.row, "blank")
                self.gap = self.gap or record.row
            else:
                self.irregular.append(record)
            room = None if self.limit is None else self.limit - records.count - len(self.irregular)
            if room is not None and room <= 0:
                break
            if raw and learn.learned >= _LEARNED:
                before = records.count
                self.scanner.skim(records.line, room)
                if records.count > before:
                    self.last_regular, self.gap = self.scanner.row, 0

    def _put(self, records: stage.Records, record: Record, raw: bool) -> None:
        if record.stray:
            self.stray += 1
            self._warn("stray_quote", record)
        if raw and record.raw is not None and '"' not in record.raw and len(record.raw) < LONGEST:
            records.line(record.row, record.raw)
        elif sum(map(len, record.cells)) < LONGEST:
            records.add(record.row, record.cells)
        else:
            self._reject("row_too_big", record)

    def _resolve(self, records: stage.Records) -> None:
        others = [record for record in self.irregular if record.how != REGULAR]
        usual = min(self.columns.width, max(2, typical_fill([record.cells for record in others]) + 1))
        if self.columns.learned:
            usual = sum(1 for shapes in self.columns.shapes if shapes["blank"] < 0.5 * self.columns.learned) or 1
        short = [
            record.cells for record in others if record.how == IRREGULAR and len(record.cells) < self.columns.width
        ]
        trimmed = ragged.trims_blank_ends(short, self.columns)
        if trimmed:
            self.outcome.notes.append(
                "Blank cells at the end of a record are left out in this file; they were put back."
            )
        self._learn_more(others, records.count)
        uneven = not records.count or len(others) > max(3, 0.1 * (records.count + len(self.irregular)))
        heads = self._titles()
        for record in self.irregular:
            reason = self._no_record(record, usual)
            if reason:
                self.aside.add(record.row, reason)
            elif record.row in heads:
                records.add(record.row, [*record.cells, *[""] * (self.columns.width - 1)])
            else:
                self._mend(records, record, trimmed, uneven)

    def _titles(self) -> set[int]:
        """The rows of titles: of a single cell without a delimiter, where all such rows can be nothing else and none is the last.
        ``bands`` finds what they head."""
        alone = [record for record in self.irregular if record.how == IRREGULAR and len(record.cells) == 1]
        begun = [text for text in self.columns.firsts if text]
        if self.columns.width < 3 or not alone or alone[-1].row > self.last_regular:
            return set()
        return (
            {record.row for record in alone}
            if titles.are_titles([record.cells[0] for record in alone], begun)
            else set()
        )

    def _learn_more(self, others: list[Record], regular: int) -> None:
        """Where few records are regular, the loose and the short ones tell what the columns hold, too."""
        for record in self.irregular:
            if record.how == REGULAR and self.columns.learned < _LEARNED:
                self.columns.learn(record.cells)
        if self.columns.learned < 0.5 * len(others):
            for record in others[:_LEARNED]:
                if record.how == IRREGULAR and 1 < len(record.cells) < self.columns.width:
                    self.columns.learn(record.cells)

    def _no_record(self, record: Record, usual: float) -> str | None:
        if record.how == REGULAR:
            return None
        if record.cells[0].lstrip().startswith("#") and record.how == IRREGULAR:
            return "comment"
        if page_line(record.cells) in self.pages:
            return "preamble"
        if rows.is_rule(record.cells):
            self.in_footer = record.row > self.last_regular
            return "rule"
        if rows.is_totals(record.cells, usual):
            return "totals"
        return "footer" if record.row > self.last_regular and self._is_footer(record, usual) else None

    def _is_footer(self, record: Record, usual: float) -> bool:
        """Lines about the file, and below those or a blank line any other text that fits no column."""
        if rows.is_footer(record.cells, usual):
            self.in_footer = True
            return True
        below = self.in_footer or self.last_regular < self.gap < record.row
        return below and rows.is_footnote(record.cells, usual, self._suits)

    def _suits(self, place: int, cell: str) -> bool:
        return place < self.columns.width and self.columns.fits(place, cell)

    def _mend(self, records: stage.Records, record: Record, trimmed: bool, uneven: bool) -> None:
        """Put an irregular record on ``stage``, mended if it can be, filled up if its cells fit or the whole file is
        ``uneven``; or reject it."""
        width = self.columns.width
        cells = record.cells
        if whole := self._parted(record):
            self._warn("row_mended", record)
            records.add(record.row, whole)
            return
        if record.how == REGULAR and all(self.columns.fits(place, cell) for place, cell in enumerate(cells)):
            self._put(records, record, raw=False)
            return
        if len(cells) > width and not filled(cells[width:]) and (uneven or self._fits_start(cells)):
            records.add(record.row, cells[:width])
            return
        if trimmed and record.how == IRREGULAR and (longer := ragged.filled_out(cells, self.columns)):
            records.add(record.row, longer)
            return
        cut_off = record.row + record.lines - 1 == self.scanner.row and not self.scanner.ended and len(cells) < width
        mended = None if cut_off or self.dialect.starts else ragged.mend(cells, self.columns, self.dialect, record.text)
        if mended is not None:
            if mended != cells:
                self._warn("row_mended", record)
            records.add(record.row, mended)
        elif record.how == REGULAR:
            self._put(records, record, raw=False)
        elif self._may_be_filled_up(record, uneven=uneven, cut_off=cut_off):
            self._warn("row_filled_up", record)
            records.add(record.row, [*cells, *[""] * (width - len(cells))])
        else:
            self._reject("unclosed_quote" if record.how == UNCLOSED else "ragged_row", record)

    def _parted(self, record: Record) -> list[str] | None:
        """The record with a delimiter put back before a quoted cell, where a quote without its fellow shows that one is
        lost there. A sign for inches has no cell behind it that a quote ends."""
        if not record.loose or record.text is None or not any(cell.count('"') % 2 for cell in record.cells):
            return None
        whole = ragged.parted(record.text, self.width, self.dialect)
        record.stray = record.stray or whole is not None  # if it is not taken, it is said at least
        return whole if whole and all(self.columns.known(place, cell) for place, cell in enumerate(whole)) else None

    def _fits_start(self, cells: list[str]) -> bool:
        return all(self.columns.fits(place, cell) for place, cell in enumerate(cells[: self.width]))

    def _may_be_filled_up(self, record: Record, *, uneven: bool, cut_off: bool) -> bool:
        """May the cells that a short record lacks be taken for blank ones at its end?"""
        if cut_off or record.how != IRREGULAR or len(record.cells) >= self.columns.width:
            return False
        return uneven or ragged.lacks_only_its_end(record.cells, self.columns)

    def _reject(self, code: str, record: Record) -> None:
        self.outcome.rejected += 1
        self.outcome.findings.append(Finding(code, REJECT, record.row, None, self._shown(record)))

    def _warn(self, code: str, record: Record) -> None:
        if len(self.outcome.findings) < MOST_WARNINGS:
            self.outcome.findings.append(Finding(code, WARNING, record.row, None, self._shown(record)))

    def _shown(self, record: Record) -> str:
        return (self.dialect.delimiter or "").join(record.cells)[:2_000]
