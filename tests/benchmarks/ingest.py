"""A clean 1,000,000-row referral CSV, to a published generation: ours, a hand-written DuckDB script, pandas."""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path

import duckdb
import pandas as pd

from pipelines import ingest
from pipelines.workspace import open_workspace
from tests.benchmarks import measure, referrals

ROWS = int(os.environ.get("RAPPORT_ROWS", "1000000"))
REPEATS = int(os.environ.get("RAPPORT_REPEATS", "3"))
DATES = ("Date Received", "DOB")


def run() -> None:
    """Print the three times, their ratios and our peak memory."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.environ["XDG_CONFIG_HOME"] = str(folder / "config")
        path = referrals.write(folder / "referrals.csv", ROWS)
        found = measure.costs({
            "hand-written DuckDB": lambda: by_hand(path, folder / "hand.duckdb"),
            "rapport": lambda: ours(path, folder / "workspace"),
            "pandas script (to_parquet)": lambda: by_pandas(path, folder / "pandas.parquet"),
            "pandas script (to_sql)": lambda: by_pandas(path, folder / "pandas.sqlite"),
        }, REPEATS)  # fmt: skip
        measure.report_costs(f"{ROWS:,} rows", found, "hand-written DuckDB")
        with measure.peak_memory() as peak:
            ours(path, folder / "workspace")
        print(f"{ROWS:,} rows: peak memory of rapport and its child {peak[0]:,.0f} MB")


def by_hand(path: Path, target: Path) -> None:
    """What a careful SQL user would write: typed tables, no checks, no history."""
    target.unlink(missing_ok=True)
    with duckdb.connect(str(target)) as con:
        con.execute("set threads = 2")
        types = {name: "DATE" if name in DATES else "VARCHAR" for name in referrals.HEADER.split(",")}
        con.execute(
            f"create table referral as from read_csv('{path}', header = true, columns = {types}, dateformat = '%m/%d/%Y')"
        )
        con.execute("checkpoint")


def ours(path: Path, root: Path) -> None:
    """Archive, read in the child, check, map, keep, publish."""
    shutil.rmtree(root, ignore_errors=True)
    workspace = open_workspace(root)
    outcomes = ingest.ingest_files(workspace, [path])
    workspace.warehouse.close()
    assert outcomes[0][2][0].rows_loaded == ROWS, outcomes[0][1]


def by_pandas(path: Path, target: Path) -> None:
    """The script an analyst would write, at its leanest: everything as text, days parsed by their format, repeats of
    a number dropped, a monthly count, one file."""
    frame = pd.read_csv(path, dtype=str)
    for column in DATES:
        frame[column] = pd.to_datetime(frame[column], format="%m/%d/%Y")
    frame = frame.drop_duplicates("Referral ID")
    frame["Month"] = frame["Date Received"].dt.to_period("M").astype(str)
    frame.groupby(["Month", "Site"]).size().reset_index(name="n")
    if target.suffix == ".parquet":
        frame.to_parquet(target)
        return
    target.unlink(missing_ok=True)
    with closing(sqlite3.connect(target)) as con:
        frame.to_sql("referral", con, index=False)
