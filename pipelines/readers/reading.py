"""What a person may tell a reader, and what a reader tells about a file."""

from __future__ import annotations

from dataclasses import dataclass, field

from pipelines.checks import Finding

PART_OF = " › "  # "lists.zip's log.xlsx > Sheet1" is one part of a file


def within(part: str, whole: str) -> bool:
    """Is ``part`` the part ``whole`` itself, or one inside it?"""
    return part == whole or part.startswith(whole + PART_OF)


@dataclass(frozen=True)
class ReadOptions:
    """What a person may override; ``None`` means: find out. ``quote`` is a sign or "none"; ``no_header`` says that the
    first row is a record, ``skip_footer`` how many rows at the end are none (both for text)."""

    encoding: str | None = None
    delimiter: str | None = None
    part: str | None = None
    header_row: int | None = None
    quote: str | None = None
    no_header: bool = False
    skip_footer: int = 0


@dataclass(frozen=True)
class SetAside:
    """Rows that are no records: ``reason`` is preamble | blank | totals | footer | repeated_header | rule | comment |
    units | sub_header | group | types, ``row`` the first of them, ``count`` how many."""

    row: int
    reason: str
    count: int = 1


@dataclass
class Reading:
    """What one file turned out to be. JSON-able through ``dataclasses.asdict``.

    ``stage`` in the connection has ``row BIGINT`` (line or sheet row where the record starts) and
    ``c0 .. cN VARCHAR``, one per entry of ``header``; blank cells are NULL, surrounding white space is kept off.
    """

    format: str  # csv | tsv | xlsx | ...
    header: list[str]
    header_rows: list[int]
    records: int  # staged rows + structural rejects
    sub_headers: list[list[str]] = field(default_factory=list)  # further header rows, aligned with header
    encoding: str | None = None
    delimiter: str | None = None
    quote: str | None = None
    part: str | None = None  # which table of the file this is, where it holds several: a sheet, a file in an archive
    parts: list[str] = field(default_factory=list)  # all of them, this one included
    named: bool = False  # every record names its columns itself (JSON, Parquet): there is no header row to look for
    date_system: int = 1900
    unpacked: int = 0  # bytes that this part, or the archive it lies in, has in an archive that holds it
    set_aside: list[SetAside] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)  # structural rejects and warnings
    notes: list[str] = field(default_factory=list)  # plain sentences of what was decided, no cell values
    context: dict[str, str] = field(default_factory=dict)  # "label: value" pairs of the rows above the header
    identifying: list[str] = field(default_factory=list)  # headers that the file itself marks as identifying somebody
    step: int = 1  # what a row of the file is multiplied with in ``stage``, where it became several
    counts: list[int] = field(default_factory=list)  # columns of numbers that stood in one column per period
    top: list[tuple[int, list[str]]] = field(default_factory=list)  # the first rows, to look for another header in
