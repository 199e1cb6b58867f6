"""A desk to map small files on: text in, what became of it out. The stage is made here, without a reader."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest

from pipelines import identity, mapping
from pipelines.identity import likeness
from pipelines.mapping import Choices, Mapped
from pipelines.readers import Reading
from pipelines.sources import registry

RECEIVED = dt.datetime(2026, 11, 1, 12)


@dataclass
class Desk:
    """One in-memory database with the macros; ``map`` stages a CSV text and maps it."""

    con: Any
    out: Path

    def stage(self, text: str, *, sub_headers: int = 0, date_system: int = 1900) -> Reading:
        """Stage CSV ``text`` (row 1 is the header) as a reader would."""
        header, *rows = list(csv.reader(io.StringIO(text.strip("\n"))))
        below, rows = rows[:sub_headers], rows[sub_headers:]
        columns = ", ".join(f"c{place} varchar" for place in range(len(header)))
        self.con.execute(f"create or replace table stage (row bigint, {columns})")
        marks = ", ".join("?" * (len(header) + 1))
        for number, row in enumerate(rows, start=2 + sub_headers):
            padded = [*row, *[""] * (len(header) - len(row))]
            self.con.execute(
                f"insert into stage values ({marks})", [number, *[cell.strip() or None for cell in padded]]
            )
        return Reading("csv", header, [1], len(rows), sub_headers=below, date_system=date_system)

    def map(self, text: str, source: str | None = None, *, columns: Mapping[str, int] | None = None, context: Mapping[str, str] | None = None,
            zones: Mapping[str, str] | None = None, system: str | None = None, sub_headers: int = 0, date_system: int = 1900,
            **choices: Any) -> Mapped:  # fmt: skip
        """Map ``text`` as ``source`` (or as what it is recognised as)."""
        reading = self.stage(text, sub_headers=sub_headers, date_system=date_system)
        reading.context = dict(context or {})
        return self.apply(reading, source, columns, zones, system, choices)

    def apply(self, reading: Reading, source: str | None, columns: Mapping[str, int] | None, zones: Mapping[str, str] | None,
              system: str | None, choices: Mapping[str, Any]) -> Mapped:  # fmt: skip
        self.con.execute("create or replace table zone (site_id bigint, time_zone varchar)")
        for site, zone in (zones or {}).items():
            self.con.execute("insert into zone values (site_key($site), $zone)", {"site": site, "zone": zone})
        found = mapping.recognise(reading)
        best = next((one for one in found if source is None or one.source == source), None)
        declared = registry()[source or found[0].source]
        for old in self.out.glob("*.parquet"):
            old.unlink()
        return mapping.apply(
            self.con, reading, declared, columns if columns is not None else best.columns if best else {}, best.context if best else {},
            Choices(**choices), file_id="a" * 64, system=system or declared.system, received_at=RECEIVED, out_dir=self.out,
        )  # fmt: skip

    def rows(self, table: str, *names: str) -> list[tuple[Any, ...]]:
        """The named columns of a canonical table that was just written, in the file's order; empty if none was."""
        path = self.out / f"{table}.parquet"
        if not path.exists():
            return []
        shown = ", ".join(names) or "*"
        rows = self.con.execute(f"select source_row, {shown} from read_parquet($path)", {"path": str(path)}).fetchall()
        return [row[1:] for row in sorted(rows, key=lambda row: (row[0], str(row[1:])))]

    @staticmethod
    def faults(mapped: Mapped) -> dict[str, int]:
        """How many findings of each code."""
        counts: dict[str, int] = {}
        for one in mapped.findings:
            counts[one["code"]] = counts.get(one["code"], 0) + one["count"]
        return counts

    def one(self, sql: str) -> Any:
        """A single value."""
        return self.con.execute(sql).fetchall()[0][0]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with _database() as con:
        yield Desk(con, tmp_path)


@pytest.fixture(scope="session")
def make_desk() -> Callable[[Path], Desk]:
    """Desks for property tests, which may not share a fixture between examples."""
    return lambda folder: Desk(_database(), folder)


def _database() -> Any:
    con = duckdb.connect(config={"threads": 2, "memory_limit": "400MB"})
    inner, outer = identity.hmac_pads(b"a secret of tests")
    con.execute("set variable likeness_key = $key", {"key": likeness.key(b"a secret of tests")})
    con.execute("set variable hmac_inner = $pad", {"pad": inner})
    con.execute("set variable hmac_outer = $pad", {"pad": outer})
    for macro in identity.MACROS:
        con.execute(macro)
    return con
