"""A whole build of one network by DuckDB and by Spark on this machine: what the road beyond it costs while one is enough.

Both start from the same Parquet record; each is a process of its own, so that the start of Java counts. The tables that
come out are compared row for row. Needs the extra [spark] and a Java.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import duckdb

from pipelines import generation
from pipelines.workspace import open_workspace
from tests.benchmarks.measure import costs, peak_memory, report_costs
from tests.benchmarks.network import ROWS, made


def run() -> None:
    """Print what either build of ``RAPPORT_ROWS`` referrals costs, and how many tables differ."""
    with tempfile.TemporaryDirectory() as folder:
        workspace = made(Path(folder), ROWS)
        workspace.warehouse.close()
        kept: dict[str, Path] = {}
        peaks: dict[str, float] = {}

        def build(engine: str) -> None:
            with peak_memory() as peak:
                done = subprocess.run(
                    [sys.executable, "-m", "pipelines", "build", "--engine", engine, "--json", "--workspace", str(workspace.root)],
                    check=True, capture_output=True, text=True,
                )  # fmt: skip
            peaks[engine] = peak[0]
            name = json.loads(done.stdout)["generation"]
            kept[engine] = Path(folder) / f"{engine}.duckdb"
            kept[engine].unlink(missing_ok=True)
            os.link(workspace.root / "generations" / name, kept[engine])

        found = costs({engine: lambda engine=engine: build(engine) for engine in ("duckdb", "spark")}, repeats=1)
        report_costs(f"{ROWS:,} referrals", found, against="duckdb")
        for engine, peak in peaks.items():
            print(f"peak memory with {engine}: {peak:,.0f} MB")
        print(f"tables that differ: {_different(kept['duckdb'], kept['spark'])} of {len(generation.table_names())}")
        open_workspace(workspace.root).warehouse.close()


def _different(one: Path, other: Path) -> int:
    with duckdb.connect(config={"memory_limit": "2GB"}) as con:
        con.execute(f"attach '{one}' as one (read_only)")
        con.execute(f"attach '{other}' as other (read_only)")
        return sum(
            bool(con.execute(
                f"""select (select count(*) from (from one.{name} except all from other.{name}))
                    + (select count(*) from (from other.{name} except all from one.{name}))"""
            ).fetchall()[0][0])
            for name in generation.table_names()
        )  # fmt: skip
