"""What it costs to build the marts (who is who, journey, roll-ups and the small ones) from canonical tables, by size.

The tables are made in DuckDB directly; each size is filled and measured in processes of its own, so that the peak
memory is the builders'. ``RAPPORT_SIZES`` lists the referrals of each (5,000,000 have some 22,000,000 events).
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import duckdb

from pipelines import generation, warehouse
from pipelines.model import STANDING, TABLES, create_table_sql
from tests.benchmarks.chances import CHANCE, LAST
from tests.benchmarks.network import ROWS_OF

SIZES = os.environ.get("RAPPORT_SIZES", "100000,1000000,5000000")


def run() -> None:
    """Print processor seconds and peak memory of the builders for each size, and the growth from size to size."""
    before: tuple[int, float] | None = None
    for size in map(int, SIZES.split(",")):
        with tempfile.TemporaryDirectory() as folder:
            path = f"{folder}/marts.duckdb"
            filled = _child("fill", path, size)
            built = _child("build", path, size)
        growth = f", {built['cpu'] / before[1]:.1f} x for {size / before[0]:.0f} x the referrals" if before else ""
        print(f"{size:>10,} referrals, {filled['events']:>10,} events: marts in {built['cpu']:6.1f} CPU-s ({built['wall']:.1f} s), "
              f"peak {built['peak']:,.0f} MB{growth}")  # fmt: skip
        before = (size, built["cpu"])


def _child(what: str, path: str, size: int) -> dict[str, float]:
    done = subprocess.run(
        [sys.executable, "-m", __name__, what, path, str(size)], check=True, capture_output=True, text=True
    )
    told: dict[str, float] = json.loads(done.stdout)
    return told


def _fill(path: str, size: int) -> dict[str, float]:
    with duckdb.connect(
        path, config={"memory_limit": "1500MB", "threads": 2, "preserve_insertion_order": False}
    ) as con:
        con.execute(CHANCE)
        for table in TABLES:
            con.execute(create_table_sql(table, history=() if table.described else STANDING))
            if table.name in ROWS_OF:
                extra = "" if table.described else f", {LAST}::timestamp as first_seen_at"
                con.execute(
                    f"""insert into {table.name} by name select *, 'bench' as source_system, repeat('0', 64) as source_file_id,
                    1 as source_row, 0 as row_hash, {LAST}::timestamp as ingested_at{extra} from ({ROWS_OF[table.name]})""",
                    {"rows": size} if "$rows" in ROWS_OF[table.name] else {},
                )
        con.execute("create table load as select repeat('0', 64) as source_file_id, 'network.csv' as file_name")
        con.execute(f"create table load_order as select {LAST}::timestamp as stated_at, {LAST}::date as stated_on")
        counted = con.execute(
            "select (select count(*) from referral_event) + (select count(*) from subject_event)"
        ).fetchall()
        return {"events": counted[0][0]}


def _build(path: str, size: int) -> dict[str, float]:
    started, used = time.perf_counter(), time.process_time()
    with warehouse.connect_to_build(path, size) as con:
        generation.build_marts(con, [], lambda label, fraction: None)
        con.execute("checkpoint")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"cpu": time.process_time() - used, "wall": time.perf_counter() - started, "peak": peak}


if __name__ == "__main__":
    what, path, size = sys.argv[1:]
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    print(json.dumps(_fill(path, int(size)) if what == "fill" else _build(path, int(size))))
