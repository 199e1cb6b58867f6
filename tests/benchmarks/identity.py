"""Who is who at a million records: seconds, memory and accuracy; then one upload of ten thousand against them.

``RAPPORT_RECORDS`` (1,000,000) is the size, made of regions of 50,000 so that namesakes abound. Where Splink is
installed (it is no dependency) its answer on one region is scored beside ours, by the same judge.
"""

from __future__ import annotations

import importlib.util
import multiprocessing
import os
import tempfile
import time
from pathlib import Path

import duckdb

from pipelines.identity import resolve
from tests.benchmarks.measure import peak_memory
from tests.identity import judge
from tests.identity.people import Network, network

REGION = 50_000
UPLOAD = 10_000
LIMITS = {"one million records (s)": 600, "peak memory (MB)": 4096, "an upload of 10,000 (s)": 10}


def run() -> None:
    """Print each figure beside its limit."""
    size = int(os.environ.get("RAPPORT_RECORDS", "1000000"))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "known.duckdb"
        # In a process of its own: what the generator holds is not to be counted.
        maker = multiprocessing.get_context("spawn").Process(target=_make, args=(str(path), size))
        maker.start()
        maker.join()
        con = duckdb.connect(str(path), config={"threads": 2, "memory_limit": "900MB", "temp_directory": folder})
        _whole(con, size)
        _upload(con)
        con.close()
    if importlib.util.find_spec("splink"):
        _beside_splink()


def _make(path: str, size: int) -> None:
    """Write the described tables of a country of ``size`` records, and of the upload, to ``path``."""
    with duckdb.connect(path) as con:
        regions = [network(REGION, seed, first=seed * REGION) for seed in range(-(-size // REGION))]
        whole = Network()
        for number, region in enumerate(regions):
            for row in (*region.roster, *region.written):
                row["person"] = int(row["person"] or 0) + number * REGION
            whole.roster += region.roster
            whole.written += region.written
        whole.written = whole.written[: size - len(whole.roster)]
        later, whole.written = whole.written[:UPLOAD], whole.written[UPLOAD:]
        judge.load(con, whole)
        for name in judge.TABLES:
            con.execute(f"create table kept_{name} as from {name}")
            con.execute(f"drop table {name}")
        con.execute("create table kept_truth as from truth")
        con.execute("drop table truth; drop table referrer; drop table roster")
        judge.load(con, Network(roster=[], written=later))
        for name in judge.TABLES:
            key = "practitioner_id, organization_id" if name == "practitioner_role" else f"{name}_id"
            con.execute(
                f"create table later_{name} as from {name} where ({key}) not in (select ({key}) from kept_{name})"
            )
            con.execute(f"drop table {name}")
            con.execute(f"alter table kept_{name} rename to {name}")
        con.execute("insert into kept_truth from truth")
        con.execute("drop table truth")
        con.execute("alter table kept_truth rename to truth")


def _whole(con: duckdb.DuckDBPyConnection, size: int) -> None:
    judge.prepare(con)
    started, cpu = time.perf_counter(), time.process_time()
    with peak_memory() as peak:
        resolve.build(con, ())
    told = con.execute(
        "select (select count(*) from practitioner), (select count(*) from organization), (select count(*) from practitioner_pair)"
    ).fetchall()[0]
    print(f"{size:,} written rows: {told[0]:,} practitioner and {told[1]:,} practice records, {told[2]:,} pairs kept")
    print(
        f"one million records: {time.perf_counter() - started:.1f} s, {time.process_time() - cpu:.1f} CPU-s (limit {LIMITS['one million records (s)']} s)"
    )
    print(f"peak memory: {peak[0]:.0f} MB (limit {LIMITS['peak memory (MB)']} MB)")


def _upload(con: duckdb.DuckDBPyConnection) -> None:
    resolve.prepare(con)
    for name in judge.TABLES:
        con.execute(f"insert into {name} from later_{name}")
    con.execute("insert into fresh_organization select organization_id from later_organization")
    con.execute(
        "insert into fresh_practitioner select practitioner_id from later_practitioner union select practitioner_id from later_practitioner_role"
    )
    new = con.execute("select count(*) from fresh_practitioner").fetchall()[0][0]
    started, cpu = time.perf_counter(), time.process_time()
    resolve.advance(con, ())
    print(f"an upload of {UPLOAD:,} rows ({new:,} new or changed records): {time.perf_counter() - started:.1f} s, "
          f"{time.process_time() - cpu:.1f} CPU-s (limit {LIMITS['an upload of 10,000 (s)']} s)")  # fmt: skip
    print("accuracy over everything:", judge.score(con))


def _beside_splink() -> None:
    """One region, by Splink's usual model for people, and by ours."""
    from tests.benchmarks.identity_splink import linked

    made = network(REGION, seed=2)
    with judge.resolved(made) as con:
        print("ours:  ", judge.score(con))
        for threshold in (0.9, 0.99, 0.999):
            print(f"Splink at {threshold}:", judge.rescored(con, linked(con, threshold)))


if __name__ == "__main__":
    run()
