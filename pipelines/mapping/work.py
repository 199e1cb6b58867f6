"""One file's mapping in progress, what a person decided about it, and what became of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipelines.checks import REJECT
from pipelines.readers import Reading
from pipelines.sources import Field, Source
from pipelines.values.dates import DateFormats

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

LOOKED_UP = ("enum", "boolean", "npi", "zone", "phone")  # kinds whose spellings are judged once each
DATES = ("date", "datetime")
FAULTS = {"date": "unreadable_date", "datetime": "unreadable_date", "instant": "unreadable_date", "integer": "unreadable_number", "number": "unreadable_number",
          "boolean": "unreadable_boolean", "enum": "unknown_value", "npi": "npi_invalid", "phone": "unreadable_phone",
          "zone": "unknown_zone", "identifier": "id_mangled"}  # fmt: skip


@dataclass(frozen=True)
class Choices:
    """What is known about values besides the source. ``date_order`` is mdy or dmy (for columns that leave it open),
    ``time_zone`` the zone of times whose site has none known, ``file_zone`` the zone that the file itself states, which
    goes before its sites', ``values`` the file's own words by field (spelling ->
    canonical value), ``codes`` what the numbers of the system's code table mean, ``taxonomy`` (code, classification,
    specialization) of provider specialties beside those that come with Rapport, ``language`` the language of the file's words
    where it is not English."""

    date_order: str | None = None
    time_zone: str = "America/New_York"
    file_zone: str | None = None
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    codes: Mapping[str, str] = field(default_factory=dict)
    taxonomy: Sequence[Sequence[str | None]] = ()
    language: str | None = None


@dataclass
class Mapped:
    """What became of a file's rows. ``findings`` are grouped by code and column (code, severity, count, message,
    remedy and the first row, column and value); ``tables`` counts the canonical rows written; ``missing`` lists
    what no column was found for, in which case nothing was written. ``unknown`` lists (spelling, rows) of words that
    nobody knows, by field; ``blanks`` counts the rows that say nothing, by header; ``zones`` are those of the sites named."""

    rows_in: int = 0
    rows_loaded: int = 0
    rows_rejected: int = 0
    rows_duplicate: int = 0
    set_aside: int = 0  # rows that are no records, not among rows_in (a survey's previews)
    findings: list[dict[str, Any]] = field(default_factory=list)
    decisions: list[str] = field(default_factory=list)
    date_formats: dict[str, str] = field(default_factory=dict)
    preview: list[dict[str, Any]] = field(default_factory=list)
    tables: dict[str, int] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)
    unknown: dict[str, list[tuple[str, int]]] = field(default_factory=dict)
    blanks: dict[str, int] = field(default_factory=dict)
    zones: list[str] = field(default_factory=list)


@dataclass
class Work:
    """One ``apply`` in progress."""

    con: DuckDBPyConnection
    reading: Reading
    source: Source
    columns: Mapping[str, int]
    context: Mapping[str, str]
    choices: Choices
    params: dict[str, Any]
    received_at: dt.datetime
    out: Path
    dates: dict[str, DateFormats] = field(default_factory=dict)
    halves: dict[str, tuple[str, int]] = field(
        default_factory=dict
    )  # where the other half of a time stands (``halves``)
    repeated: set[str] = field(default_factory=set)  # fields of times with few spellings, each read once (``when_F``)
    first_pass: str = ""
    keyed: bool = False  # whether patients' numbers are hashed once each (``key_of``)
    zoned: bool = False  # whether times are read in the zones of the rows' sites
    mapped: Mapped = field(default_factory=Mapped)

    @property
    def given(self) -> list[Field]:
        """The fields that a column or the preamble gives."""
        return [
            declared
            for declared in self.source.fields
            if declared.name in self.columns or declared.name in self.context
        ]

    def header(self, name: str) -> str:
        """What the file calls a field."""
        return self.reading.header[self.columns[name]] if name in self.columns else self.source.field(name).label

    def run(self, sql: str, more: Mapping[str, Any] | None = None) -> list[tuple[Any, ...]]:
        """Run static SQL with those of our parameters that occur in it."""
        have = {**self.params, **(more or {})}
        return self.con.execute(sql, {name: value for name, value in have.items() if f"${name}" in sql}).fetchall()


def structural(work: Work) -> int:
    """Records that the reader could not stage, each counted once."""
    lost = {found.row for found in work.reading.findings if found.severity == REJECT and found.row is not None}
    nowhere = sum(found.severity == REJECT and found.row is None for found in work.reading.findings)
    staged = {
        row
        for (row,) in work.con.execute(
            "select row from stage where row in (select unnest($rows))", {"rows": sorted(lost)}
        ).fetchall()
    }
    return len(lost - staged) + nowhere
