"""A large text file onto the table ``stage``, beside DuckDB's own reader into text (types guessed by nobody), and typed and
checked, beside DuckDB's own reader into a typed table (types told, nothing checked).

``clean`` is the file as it was made, ``damaged`` the same with a blank line and a record that lacks its end, which sends it
down the careful road. ``checked`` has every row read, typed and checked, its patients' identifiers hashed, as a load does
before it looks for who and what the rows speak of; ``unhashed`` is the same but for the keyed hashes (HMAC-SHA-256, four
blocks a row), which alone take longer than DuckDB's reader takes for everything.
"""

from __future__ import annotations

import datetime as dt
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from pipelines import identity, mapping, readers, sources, warehouse
from pipelines.mapping.cells import look_up, make_cell
from pipelines.mapping.dates import decide_dates
from pipelines.mapping.faults import find_faults
from pipelines.mapping.typed import make_typed
from pipelines.mapping.work import Choices, Work
from pipelines.readers import ReadOptions
from tests.benchmarks import referrals
from tests.benchmarks.ingest import DATES

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

ROWS = int(os.environ.get("RAPPORT_ROWS", "1000000"))
REPEATS = int(os.environ.get("RAPPORT_REPEATS", "3"))


def run() -> None:
    """Print processor seconds of each, interleaved runs, the best of each."""
    with (
        tempfile.TemporaryDirectory() as folder,
        warehouse.scratch(Path(folder), memory_mb=800, patient_secret=b"0" * 32) as con,
    ):
        con.execute("create table zone (site_id bigint, time_zone varchar)")
        path = Path(folder) / "referrals.csv"
        referrals.write(path, ROWS)
        types = {name: "DATE" if name in DATES else "VARCHAR" for name in referrals.HEADER.split(",")}
        damaged = Path(folder) / "damaged.csv"
        lines = path.read_bytes().split(b"\n")
        lines[1000:1000] = [b"", b",".join(lines[500].split(b",")[:-3])]
        damaged.write_bytes(b"\n".join(lines))
        del lines
        contenders: dict[str, Callable[[], object]] = {
            "DuckDB to text": lambda: con.execute(
                "create or replace table plain as select * from read_csv($path, all_varchar = true)",
                {"path": str(path)},
            ).fetchall(),
            "Rapport, clean": lambda: readers.read(path, path.name, ReadOptions(), con),
            "Rapport, damaged": lambda: readers.read(damaged, path.name, ReadOptions(), con),
            "DuckDB to types": lambda: con.execute(
                "create or replace table plain as select * from read_csv($path, header = true, columns = $types, dateformat = '%m/%d/%Y')",
                {"path": str(path), "types": types},
            ).fetchall(),
            "Rapport, checked": lambda: checked(con, path),
            "Rapport, unhashed": lambda: checked(con, path, hashed=False),
        }
        best = dict.fromkeys(contenders, float("inf"))
        for _ in range(REPEATS):
            for name, contender in contenders.items():
                started = time.process_time()
                contender()
                best[name] = min(best[name], time.process_time() - started)
    for name, seconds in best.items():
        beside = (
            "DuckDB to text" if name in ("DuckDB to text", "Rapport, clean", "Rapport, damaged") else "DuckDB to types"
        )
        print(f"{name:<18} {seconds:7.2f} CPU-s   {best[beside] / seconds:6.1%} of DuckDB's speed")


_NO_KEY = "create or replace macro patient_key(system, mrn, family, given, born_on) as null::uuid"


def checked(con: DuckDBPyConnection, path: Path, *, hashed: bool = True) -> None:
    """Read, recognise, type and check a file, patients' identifiers made into keyed hashes unless not ``hashed``."""
    for macro in identity.MACROS if hashed else (_NO_KEY,):
        con.execute(macro)
    reading = readers.read(path, path.name, ReadOptions(), con)
    known = mapping.recognise(reading)[0]
    source = sources.registry()[known.source]
    work = Work(con, reading, source, known.columns, known.context, Choices(), {"system": source.system, "file": ""},
                dt.datetime(2026, 11, 25), path.parent)  # fmt: skip
    for macro in mapping.MACROS:
        con.execute(macro)
    con.execute("set variable load_system = $system", {"system": source.system})
    for step in (make_cell, look_up, decide_dates, make_typed, find_faults):
        step(work)
    assert work.run("select count(*) from parsed") == [(ROWS,)]
