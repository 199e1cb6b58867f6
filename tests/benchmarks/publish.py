"""Publishing after a small upload into a warehouse of 1,000,000 referrals, for several sizes of upload."""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path

from pipelines import ingest
from pipelines.workspace import open_workspace
from tests.benchmarks import measure, referrals

ROWS = int(os.environ.get("RAPPORT_ROWS", "1000000"))


def run() -> None:
    """Print the wall and processor seconds from "load" to published for uploads of 10 to 10,000 rows, and for an undo."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.environ["XDG_CONFIG_HOME"] = str(folder / "config")
        workspace = open_workspace(folder / "workspace")
        ingest.ingest_files(workspace, [referrals.write(folder / "all.csv", ROWS)])
        for turn, rows in enumerate((10, 100, 1000, 10_000, 1000)):
            path = referrals.write(folder / f"more{turn}.csv", rows, first=10 * ROWS + 100_000 * turn)
            file_id = ingest.receive(workspace, path.name, path.read_bytes())
            inspection = ingest.inspect(workspace, file_id)
            started, used = time.perf_counter(), measure.processor_seconds()
            load = ingest.load(workspace, inspection)
            print(f"upload of {rows:>6,} rows into {ROWS:,}: published in {_spent(started, used)}")
        started, used = time.perf_counter(), measure.processor_seconds()
        ingest.undo(workspace, load.load_id)
        print(f"undo of {load.rows_loaded:>8,} rows from {ROWS:,}: published in {_spent(started, used)}")
        workspace.warehouse.close()


def _spent(started: float, used: float) -> str:
    return f"{time.perf_counter() - started:.2f} s, {measure.processor_seconds() - used:.2f} CPU-s"
