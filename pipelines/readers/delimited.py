"""Delimited text: CSV and its kin, however they were written.

A clean file (UTF-8, regular, line ends all alike) is parsed by DuckDB where it lies, with everything stated and
nothing guessed, and the count is checked against an independent count of its lines. Any other file, or any
disagreement, goes record by record through ``scan``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from pipelines.checks import REJECT, WARNING, Finding
from pipelines.errors import FileRefused
from pipelines.readers import clean, dialect, layout, ragged, rows, stage, survey, tables, text
from pipelines.readers.cells import filled, typical_fill
from pipelines.readers.layout import Layout, page_line
from pipelines.readers.ragged import Columns
from pipelines.readers.reading import Reading, ReadOptions
from pipelines.readers.scan import BLANK, IRREGULAR, REGULAR, UNCLOSED, Record, Scanner
from pipelines.readers.survey import Survey
from pipelines.readers.text import Text
from pipelines.readers.tokens import Dialect

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

SAMPLE_RECORDS, SAMPLE_CHARACTERS = 600, 2_000_000
MOST_COLUMNS = 4_000
MOST_WARNINGS = 5_000  # of one kind; rejects are never cut
_LEARNED = 4_000  # regular records from which the columns' shapes are learned
_LONGEST = 4_000_000
_TOP = 20  # rows handed on, to look for another header in
_MOST_LOOSE = 2_000  # records with a quote in an unquoted cell that are looked at more closely


@dataclass
class _Outcome:
    """What came of the records: staged ones are in ``stage``, these are the others."""

    findings: list[Finding] = field(default_factory=list)
    rejected: int = 0
    notes: list[str] = field(default_factory=list)


def read(path: Path, name: str, options: ReadOptions, con: DuckDBPyConnection, limit: int | None = None) -> Reading:
    """Read delimited text into ``stage``; see ``pipelines.readers.read``."""
    with survey.begun(path) as surveyed:
        decoded = text.examine(path, options.encoding)
        sample = _sample_lines(path, decoded)
        if decoded.lone_cr and decoded.newline == "\n" and dialect.returns_end_lines(sample):
            decoded = replace(decoded, newline="")
            sample = _sample_lines(path, decoded)
        spoken = dialect.detect(sample, name, options.delimiter, options.quote)
        file = _File(path, decoded, spoken, limit, surveyed.result)
        parts, outcome = _parts(file, options, con)
        chosen = _chosen(parts, options)
        if outcome is None or chosen is not parts[0]:
            outcome = _fill(file, chosen, con)
        if options.skip_footer:
            _cut_footer(con, outcome, chosen.aside, options.skip_footer)
        rows.settle(con, chosen.table, chosen.aside)
        return _reading(name, file, parts, chosen, outcome, stage.count(con))


@dataclass
class _File:
    """A text file and how it is written. ``limit`` is the most records wanted, ``surveyed`` gives what its bytes tell."""

    path: Path
    decoded: Text
    dialect: Dialect
    limit: int | None
    surveyed: Callable[[], Survey]

    def scanner(self, width: int | None = None, start: int = 1, stop: int | None = None) -> Scanner:
        return Scanner(self.path, self.decoded, self.dialect, width, start, stop)


@dataclass
class _Part:
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


def _parts(file: _File, options: ReadOptions, con: DuckDBPyConnection) -> tuple[list[_Part], _Outcome | None]:
    """The tables of the file. If there is one and its text is clean, it is in ``stage``, and this is what came of it."""
    told = options.header_row
    part = _part(file, 1, 1, told, no_header=options.no_header)
    if part.stop is None:
        outcome = _clean(file, part, con)
        if outcome is not None or file.limit is not None or told is not None:
            return [part], outcome
    parts = [part]
    while len(parts) < tables.MOST_TABLES:
        begins = part.stop or tables.next_table(file.scanner(part.table.width, part.start), part.table)
        if begins is None:
            break
        try:
            following = _part(file, len(parts) + 1, begins)
        except FileRefused:  # nothing but blank lines
            break
        part.stop = begins
        parts.append(following)
        part = following
    return parts, None


def _part(file: _File, number: int, begins: int, header_row: int | None = None, *, no_header: bool = False) -> _Part:
    """The table that begins on line ``begins``, preamble included."""
    head = list(islice(file.scanner(start=begins), SAMPLE_RECORDS))
    sample = [(record.row, record.cells) for record in head]
    broken = tables.first_break(sample) if header_row is None else None
    stop = head[broken].row if broken is not None and broken < len(head) else None
    head, sample = head[:broken], sample[:broken]
    ruled = _above_rule(head) if file.dialect.starts and not no_header else None
    table = layout.find(sample, header_row or ruled, no_header=no_header, chosen=header_row is not None)
    if table.width > MOST_COLUMNS:
        raise FileRefused(
            f"The file seems to have {table.width:,} columns.", "Check the delimiter, or export fewer columns."
        )
    start = head[table.first].row if table.first < len(head) else _after(head)
    return _Part(number, table, head, start, stop, rows.Aside(table.set_aside))


def _above_rule(head: list[Record]) -> int | None:
    """The line of the names, where a drawn line below them shows how wide the columns are."""
    place = next((place for place, record in enumerate(head) if rows.is_rule(record.cells)), 0)
    return head[place - 1].row if place and len(head[place].cells) > 1 and filled(head[place - 1].cells) > 1 else None


def _cut_footer(con: DuckDBPyConnection, outcome: _Outcome, aside: rows.Aside, count: int) -> None:
    """Set the last ``count`` rows aside, whether they are on ``stage`` or were rejected."""
    lost = {found.row for found in outcome.findings if found.severity == REJECT and found.row is not None}
    last = con.execute("select row from stage order by row desc limit $count", {"count": count}).fetchall()
    cut = sorted({row for (row,) in last} | lost, reverse=True)[:count]
    con.execute("delete from stage where list_contains($cut, row)", {"cut": cut}).fetchall()
    outcome.rejected -= len(lost.intersection(cut))
    outcome.findings = [found for found in outcome.findings if found.row not in cut]
    for row in reversed(cut):
        aside.add(row, "footer")
    outcome.notes.append(f"The last {len(cut)} rows were left out, as you chose.")


def _chosen(parts: list[_Part], options: ReadOptions) -> _Part:
    """The table a person asked for by its name, else the first. Raises ``FileRefused`` if there is none of that name."""
    if not options.part:
        return parts[0]
    for part in parts:
        if part.name == options.part:
            return part
    has = (
        f"It has {parts[0].name} to {parts[-1].name}."
        if len(parts) > 1
        else "It is delimited text with a single table: name no sheet."
    )
    raise FileRefused(f"The file has no table called {options.part[:40]!r}.", has)


def _sample_lines(path: Path, decoded: Text) -> list[str]:
    sample: list[str] = []
    size = 0
    for line in text.lines(path, decoded):
        if not sample and len(line) > _LONGEST:
            raise FileRefused(
                f"The first line of the file has {len(line):,} characters, more than any row of a table.",
                "Check the line ends, or export it again.",
            )
        sample.append(line[:100_000])
        size += len(line)
        if len(sample) >= SAMPLE_RECORDS or size > SAMPLE_CHARACTERS:
            break
    return sample


def _after(head: list[Record]) -> int:
    return head[-1].row + head[-1].lines if head else 1


def _clean(file: _File, part: _Part, con: DuckDBPyConnection) -> _Outcome | None:
    """The fast road: an outcome if the file is clean from the first record on."""
    known = [record for record in part.head[part.table.first :] if record.how != BLANK]
    if not known and len(part.head) < SAMPLE_RECORDS:
        for record in part.head[part.table.first :]:
            part.aside.add(record.row, "blank")
        stage.empty(con, part.table.width)
        return _Outcome(notes=["The file has a header but no records."])
    loaded = clean.load(
        con, file.path, file.decoded, file.dialect, part.table.width, part.start, known[:200], file.limit, file.surveyed
    )
    return _Outcome() if loaded else None


def _fill(file: _File, part: _Part, con: DuckDBPyConnection) -> _Outcome:
    return _Slow(file, part).run(con)


class _Slow:
    """The record-wise road: regular records on to ``stage``, irregular ones kept until all the others are known."""

    def __init__(self, file: _File, part: _Part) -> None:
        self.file, self.dialect, self.aside, self.limit = file, file.dialect, part.aside, file.limit
        self.width = part.table.width
        self.scanner = file.scanner(self.width, part.start, part.stop)
        self.columns = Columns(self.width)
        self.pages = {page_line(record.cells) for record in part.head[: part.table.first] if filled(record.cells)}
        self.printed = bool(self.pages) and bool(self.dialect.starts or self.dialect.runs)
        self.irregular: list[Record] = []
        self.outcome = _Outcome()
        self.stray = 0
        self.last_regular = 0
        self.gap = 0  # the first blank line below the last regular record
        self.in_footer = False

    def run(self, con: DuckDBPyConnection) -> _Outcome:
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
        if raw and record.raw is not None and '"' not in record.raw and len(record.raw) < _LONGEST:
            records.line(record.row, record.raw)
        elif sum(map(len, record.cells)) < _LONGEST:
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
        for record in self.irregular:
            reason = self._no_record(record, usual)
            if reason:
                self.aside.add(record.row, reason)
            else:
                self._mend(records, record, trimmed, uneven)

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


def _reading(name: str, file: _File, parts: list[_Part], part: _Part, outcome: _Outcome, staged: int) -> Reading:
    table, decoded, spoken = part.table, file.decoded, file.dialect
    notes = [*decoded.notes, *_dialect_notes(spoken), *table.notes, *outcome.notes]
    if len(parts) > 1:
        notes.append(f"The file holds {len(parts)} tables, one below the other; this is {part.name}.")
    if name.lower().endswith((".xls", ".xlsx", ".xlsm")):
        notes.insert(0, "The file is named like a workbook, but it is delimited text; it was read as that.")
    several = len(parts) > 1
    return Reading(
        format="tsv" if spoken.delimiter == "\t" else "csv", header=table.header, header_rows=table.header_rows,
        records=staged + outcome.rejected, sub_headers=table.sub_headers, encoding=decoded.encoding, delimiter=spoken.delimiter,
        quote=spoken.quote, part=part.name if several else None,
        parts=[each.name for each in parts] if several else [], set_aside=part.aside.listed(), findings=sorted(outcome.findings, key=lambda found: found.row or 0), notes=notes,
        context=table.context, top=[(record.row, record.cells) for record in part.head[:_TOP]],
    )  # fmt: skip


def _dialect_notes(spoken: Dialect) -> list[str]:
    names = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "vertical bars", " ": "blanks"}
    if spoken.starts:
        told = "Columns have fixed widths, which a rule or names above them or blanks in every line show."
        which = ", ".join(map(str, spoken.unparted))
        doubt = f"Column {which} may be several that touch: nothing shows where one ends. Export it with a delimiter, or names above."
        return [told, doubt] if which else [told]
    if spoken.runs:
        return ["Cells are set apart by blanks."]
    if spoken.delimiter is None:
        return ["No delimiter was found: the file was read as one column."]
    notes = [f"Cells are separated by {names.get(spoken.delimiter, repr(spoken.delimiter))}."]
    return [*notes, "Quotes within cells are marked with a backslash."] if spoken.escape else notes
