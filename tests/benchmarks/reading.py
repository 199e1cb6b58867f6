"""A large text file onto the table ``stage``, beside DuckDB's own reader into text (types guessed by nobody).

``clean`` is the file as it was made, ``damaged`` the same with a blank line and a record that lacks its end, which sends it
down the careful road.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import duckdb

from pipelines import readers
from pipelines.readers import ReadOptions
from tests.benchmarks import referrals

ROWS = int(os.environ.get("RAPPORT_ROWS", "1000000"))
REPEATS = int(os.environ.get("RAPPORT_REPEATS", "3"))


def run() -> None:
    """Print processor seconds of each, interleaved runs, the best of each."""
    with tempfile.TemporaryDirectory() as folder, duckdb.connect(config={"memory_limit": "800MB", "threads": 2}) as con:
        path = Path(folder) / "referrals.csv"
        referrals.write(path, ROWS)
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
        }
        best = dict.fromkeys(contenders, float("inf"))
        for _ in range(REPEATS):
            for name, contender in contenders.items():
                started = time.process_time()
                contender()
                best[name] = min(best[name], time.process_time() - started)
    for name, seconds in best.items():
        print(f"{name:<18} {seconds:7.2f} CPU-s   {best['DuckDB to text'] / seconds:6.1%} of DuckDB's speed")
