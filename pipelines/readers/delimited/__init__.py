"""Delimited text: CSV and its kin, however they were written.

A clean file (UTF-8, regular, line ends all alike) is parsed by DuckDB where it lies, with everything stated and
nothing guessed, and the count is checked against an independent count of its lines. Any other file, or any
disagreement, goes record by record through ``scan``.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from pipelines.checks import REJECT
from pipelines.errors import FileRefused
from pipelines.readers import stage, text
from pipelines.readers.delimited import beside, clean, dialect, survey, tables, unwrap
from pipelines.readers.delimited.recordwise import LONGEST, Outcome, Part, RecordWise, TextFile
from pipelines.readers.delimited.scan import BLANK, Record
from pipelines.readers.delimited.tokens import Dialect
from pipelines.readers.reading import Reading, ReadOptions
from pipelines.readers.structure import layout, rows
from pipelines.readers.structure.cells import filled
from pipelines.readers.text import Text

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

SAMPLE_RECORDS, SAMPLE_CHARACTERS = 600, 2_000_000
MOST_COLUMNS = 4_000
_TOP = 20  # rows handed on, to look for another header in


def read(path: Path, name: str, options: ReadOptions, con: DuckDBPyConnection, limit: int | None = None) -> Reading:
    """Read delimited text into ``stage``; see ``pipelines.readers.read``."""
    with survey.begun(path) as surveyed:
        decoded = text.examine(path, options.encoding)
        sample = _sample_lines(path, decoded)
        if decoded.lone_cr and decoded.newline == "\n" and dialect.returns_end_lines(sample):
            decoded = replace(decoded, newline="")
            sample = _sample_lines(path, decoded)
        unwrapped = unwrap.settle(decoded, sample)
        if unwrapped is not decoded:
            decoded, sample = unwrapped, _sample_lines(path, unwrapped)
        spoken = dialect.detect(sample, name, options.delimiter, options.quote)
        file = TextFile(path, decoded, spoken, limit, surveyed.result)
        if two := beside.read(name, file, options, con):
            return two
        parts, outcome = _parts(file, options, con)
        chosen = _chosen(parts, options)
        if outcome is None or chosen is not parts[0]:
            outcome = _fill(file, chosen, con)
        if options.skip_footer:
            _cut_footer(con, outcome, chosen.aside, options.skip_footer)
        rows.settle(con, chosen.table, chosen.aside)
        return _reading(name, file, parts, chosen, outcome, stage.count(con))


def _parts(file: TextFile, options: ReadOptions, con: DuckDBPyConnection) -> tuple[list[Part], Outcome | None]:
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


def _part(file: TextFile, number: int, begins: int, header_row: int | None = None, *, no_header: bool = False) -> Part:
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
    return Part(number, table, head, start, stop, rows.Aside(table.set_aside))


def _above_rule(head: list[Record]) -> int | None:
    """The line of the names, where a drawn line below them shows how wide the columns are."""
    place = next((place for place, record in enumerate(head) if rows.is_rule(record.cells)), 0)
    return head[place - 1].row if place and len(head[place].cells) > 1 and filled(head[place - 1].cells) > 1 else None


def _cut_footer(con: DuckDBPyConnection, outcome: Outcome, aside: rows.Aside, count: int) -> None:
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


def _chosen(parts: list[Part], options: ReadOptions) -> Part:
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
        if not sample and len(line) > LONGEST:
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


def _clean(file: TextFile, part: Part, con: DuckDBPyConnection) -> Outcome | None:
    """The fast road: an outcome if the file is clean from the first record on."""
    known = [record for record in part.head[part.table.first :] if record.how != BLANK]
    if not known and len(part.head) < SAMPLE_RECORDS:
        for record in part.head[part.table.first :]:
            part.aside.add(record.row, "blank")
        stage.empty(con, part.table.width)
        return Outcome(notes=["The file has a header but no records."])
    loaded = clean.load(
        con, file.path, file.decoded, file.dialect, part.table.width, part.start, known[:200], file.limit, file.surveyed
    )
    return Outcome() if loaded else None


def _fill(file: TextFile, part: Part, con: DuckDBPyConnection) -> Outcome:
    return RecordWise(file, part).run(con)


def _reading(name: str, file: TextFile, parts: list[Part], part: Part, outcome: Outcome, staged: int) -> Reading:
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
