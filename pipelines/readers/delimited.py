"""Delimited text: CSV and its kin, however they were written.

A clean file (UTF-8, regular, line ends all alike) is parsed by DuckDB where it lies, with everything stated and
nothing guessed, and the count is checked against an independent count of its lines. Any other file, or any
disagreement, goes record by record through ``scan``.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from pipelines.checks import REJECT, WARNING, Finding
from pipelines.errors import FileRefused
from pipelines.readers import clean, dialect, layout, ragged, rows, stage, text
from pipelines.readers.layout import Layout, filled
from pipelines.readers.ragged import Columns
from pipelines.readers.reading import Reading, ReadOptions, SetAside
from pipelines.readers.scan import BLANK, IRREGULAR, REGULAR, UNCLOSED, Record, Scanner
from pipelines.readers.text import Text
from pipelines.readers.tokens import Dialect

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

TOP_RECORDS = 15  # kept to look for a header that names a known shape
SAMPLE_RECORDS, SAMPLE_CHARACTERS = 600, 2_000_000
MOST_COLUMNS = 4_000
MOST_WARNINGS = 5_000  # of one kind; rejects are never cut
_LEARNED = 4_000  # regular records from which the columns' shapes are learned
_LONGEST = 4_000_000


@dataclass
class _Outcome:
    """What came of the records: staged ones are in ``stage``, these are the others."""

    findings: list[Finding] = field(default_factory=list)
    rejected: int = 0
    notes: list[str] = field(default_factory=list)


def read(path: Path, name: str, options: ReadOptions, con: DuckDBPyConnection, limit: int | None = None) -> Reading:
    """Read delimited text into ``stage``; see ``pipelines.readers.read``."""
    decoded = text.examine(path, options.encoding)
    sample = _sample_lines(path, decoded)
    spoken = dialect.detect(sample, name, options.delimiter)
    head = list(islice(Scanner(path, decoded, spoken), SAMPLE_RECORDS))
    table = layout.find([(record.row, record.cells) for record in head], options.header_row)
    if table.width > MOST_COLUMNS:
        raise FileRefused(
            f"The file seems to have {table.width:,} columns.", "Check the delimiter, or export fewer columns."
        )
    aside = rows.Aside(table.set_aside)
    start = head[table.first].row if table.first < len(head) else _after(head)
    outcome = _fill(path, decoded, spoken, table, head, start, aside, con, limit)
    rows.settle(con, table, aside)
    staged = stage.count(con)
    reading = _reading(name, decoded, spoken, table, aside.listed(), outcome, staged)
    reading.top = [(record.row, list(record.cells)) for record in head[:TOP_RECORDS]]
    return reading


def _sample_lines(path: Path, decoded: Text) -> list[str]:
    sample, size = [], 0
    for line in text.lines(path, decoded):
        sample.append(line[:100_000])
        size += len(line)
        if len(sample) >= SAMPLE_RECORDS or size > SAMPLE_CHARACTERS:
            break
    return sample


def _after(head: list[Record]) -> int:
    return head[-1].row + head[-1].lines if head else 1


def _fill(
    path: Path, decoded: Text, spoken: Dialect, table: Layout, head: list[Record], start: int,
    aside: rows.Aside, con: DuckDBPyConnection, limit: int | None,
) -> _Outcome:  # fmt: skip
    known = [record for record in head[table.first :] if record.how != BLANK]
    if not known and len(head) < SAMPLE_RECORDS:
        for record in head[table.first :]:
            aside.add(record.row, "blank")
        stage.empty(con, table.width)
        return _Outcome(notes=["The file has a header but no records."])
    if clean.load(con, path, decoded, spoken, table.width, start, known[:200], limit):
        return _Outcome()
    with _no_cycles():
        return _Slow(path, decoded, spoken, table, start, aside, limit).run(con)


@contextmanager
def _no_cycles() -> Iterator[None]:
    """Millions of short lists make the cycle collector run for nothing; it triples the time."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


class _Slow:
    """The record-wise road: regular records on to ``stage``, irregular ones kept until all the others are known."""

    def __init__(
        self, path: Path, decoded: Text, spoken: Dialect, table: Layout, start: int, aside: rows.Aside, limit: int | None,
    ) -> None:  # fmt: skip
        self.path, self.dialect, self.table, self.aside, self.limit = path, spoken, table, aside, limit
        self.blanks = decoded.blanks(spoken.delimiter)
        self.scanner = Scanner(path, decoded, spoken, table.width, start)
        self.columns = Columns(table.width)
        self.irregular: list[Record] = []
        self.outcome = _Outcome()
        self.stray = 0
        self.last_regular = 0

    def run(self, con: DuckDBPyConnection) -> _Outcome:
        usual = self.dialect.delimiter in dialect.USUAL
        delimiter = self.dialect.delimiter if usual and self.dialect.delimiter else ","
        with stage.collect(con, self.table.width, self.path, delimiter, self.blanks) as records:
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
            if record.how == REGULAR:
                self.last_regular = record.row
                if learn.learned < _LEARNED:
                    learn.learn(record.cells)
                self._put(records, record, raw)
            elif record.how == BLANK or not filled(record.cells):
                self.aside.add(record.row, "blank")
            else:
                self.irregular.append(record)
            room = None if self.limit is None else self.limit - records.count - len(self.irregular)
            if room is not None and room <= 0:
                break
            if raw and learn.learned >= _LEARNED:
                before = records.count
                self.scanner.skim(records.line, room)
                self.last_regular = self.scanner.row if records.count > before else self.last_regular

    def _put(self, records: stage.Records, record: Record, raw: bool) -> None:
        if record.stray:
            self.stray += 1
            self._warn("stray_quote", record)
        if raw and record.raw is not None and '"' not in record.raw and len(record.raw) < _LONGEST:
            records.line(record.row, record.raw)
        elif sum(map(len, record.cells)) < _LONGEST:
            records.add(record.row, record.cells)
        else:
            self._reject("row_too_big", record)

    def _resolve(self, records: stage.Records) -> None:
        usual = min(self.columns.width, max(2, layout.typical_fill([record.cells for record in self.irregular]) + 1))
        if self.columns.learned:
            usual = sum(1 for shapes in self.columns.shapes if shapes["blank"] < 0.5 * self.columns.learned) or 1
        short = [
            record.cells
            for record in self.irregular
            if record.how == IRREGULAR and len(record.cells) < self.columns.width
        ]
        trimmed = ragged.trims_blank_ends(short, self.columns)
        if trimmed:
            self.outcome.notes.append(
                "Blank cells at the end of a record are left out in this file; they were put back."
            )
        for record in self.irregular:
            reason = self._no_record(record, usual)
            if reason:
                self.aside.add(record.row, reason)
            else:
                self._mend(records, record, trimmed)

    def _no_record(self, record: Record, usual: float) -> str | None:
        if record.cells[0].lstrip().startswith("#") and record.how == IRREGULAR:
            return "comment"
        if rows.is_totals(record.cells, usual):
            return "totals"
        return "footer" if record.row > self.last_regular and rows.is_footer(record.cells, usual) else None

    def _mend(self, records: stage.Records, record: Record, trimmed: bool) -> None:
        width = self.columns.width
        if record.how == UNCLOSED:
            self._reject("unclosed_quote", record)
            return
        cut_off = record.row + record.lines - 1 == self.scanner.row and not self.scanner.ended
        mended = None
        if len(record.cells) > width:
            mended = ragged.mend(record.cells, self.columns, self.dialect.delimiter or ",")
        elif not cut_off:
            mended = (
                ragged.filled_out(record.cells, self.columns)
                if trimmed
                else ragged.mend(record.cells, self.columns, "")
            )
        if mended is None:
            self._reject("ragged_row", record)
            return
        if not trimmed and (len(record.cells) < width or filled(record.cells[width:])):
            self._warn("row_mended", record)
        records.add(record.row, mended)

    def _reject(self, code: str, record: Record) -> None:
        self.outcome.rejected += 1
        self.outcome.findings.append(Finding(code, REJECT, record.row, None, self._shown(record)))

    def _warn(self, code: str, record: Record) -> None:
        if len(self.outcome.findings) < MOST_WARNINGS:
            self.outcome.findings.append(Finding(code, WARNING, record.row, None, self._shown(record)))

    def _shown(self, record: Record) -> str:
        return (self.dialect.delimiter or "").join(record.cells)[:2_000]


def _reading(
    name: str, decoded: Text, spoken: Dialect, table: Layout, aside: list[SetAside], outcome: _Outcome, staged: int,
) -> Reading:  # fmt: skip
    notes = [*decoded.notes, *_dialect_notes(spoken), *table.notes, *outcome.notes]
    if name.lower().endswith((".xls", ".xlsx", ".xlsm")):
        notes.insert(0, "The file is named like a workbook, but it is delimited text; it was read as that.")
    return Reading(
        format="tsv" if spoken.delimiter == "\t" else "csv", header=table.header, header_rows=table.header_rows,
        records=staged + outcome.rejected, sub_headers=table.sub_headers, encoding=decoded.encoding, delimiter=spoken.delimiter,
        quote=spoken.quote, set_aside=aside, findings=sorted(outcome.findings, key=lambda found: found.row or 0), notes=notes,
        context=table.context,
    )  # fmt: skip


def _dialect_notes(spoken: Dialect) -> list[str]:
    names = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "vertical bars", " ": "blanks"}
    if spoken.delimiter is None:
        return ["No delimiter was found: the file was read as one column."]
    notes = [f"Cells are separated by {names.get(spoken.delimiter, repr(spoken.delimiter))}."]
    return [*notes, "Quotes within cells are marked with a backslash."] if spoken.escape else notes
