"""A clean 1,000,000-row referral CSV, to a published generation: ours, a hand-written DuckDB script, one that
keeps the same promises, pandas."""

from __future__ import annotations

import hashlib
import os
import secrets
import shutil
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path

import duckdb
import pandas as pd
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

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
            "the same duties by hand": lambda: by_hand_with_duties(path, folder),
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


_KEYED = """
    sha256(getvariable('outer_pad') || unhex(sha256(getvariable('inner_pad') || encode('mrn|' || MRN))))[:32]::uuid as patient_key"""
_ROLL_UPS = {
    "site_month": 'date_trunc(\'month\', "Date Received") as month, Site, Study, "How Received"',
    "practice_month": 'date_trunc(\'month\', "Date Received") as month, "Referring Practice", "Referring NPI", Site',
    "practice_day": '"Date Received", "Referring Practice"',
}


def by_hand_with_duties(path: Path, folder: Path) -> None:
    """What any loader must do that keeps the promises, written by hand and without one check: the file kept encrypted
    under its SHA-256, patients only as HMACs, the rows kept as Parquet, a database made of it with a table of referrals,
    one of their course and three roll-ups. No name is recognised, nothing found, undone, joined or told."""
    keep_encrypted(path, folder / "kept")
    kept, target = folder / "duties.parquet", folder / "duties.duckdb"
    target.unlink(missing_ok=True)
    with duckdb.connect() as con:
        con.execute("set threads = 2")
        for name, byte in (("outer_pad", b"o"), ("inner_pad", b"i")):
            con.execute(f"set variable {name} = $pad", {"pad": byte * 64})
        types = {name: "DATE" if name in DATES else "VARCHAR" for name in referrals.HEADER.split(",")}
        con.execute(
            f"""create temp table typed as select * exclude (MRN, "Patient Name", DOB), {_KEYED}
            from read_csv('{path}', header = true, columns = {types}, dateformat = '%m/%d/%Y')"""
        )
        con.execute(f"copy typed to '{kept}' (format parquet, compression zstd)")
    with duckdb.connect(str(target)) as con:
        con.execute("set threads = 2")
        con.execute(f"create table referral as from read_parquet('{kept}')")
        con.execute("""create table course as select *, null::integer as scheduled_day, null::date as enrolled_on,
            row_number() over (partition by patient_key, Study order by "Date Received") as turn from referral""")
        for name, columns in _ROLL_UPS.items():
            con.execute(f"create table {name} as select {columns}, count(*) as n from course group by all")
        con.execute("checkpoint")


def keep_encrypted(path: Path, target: Path) -> str:
    """The file's bytes in sealed pieces of 1 MiB, safe on disk; returns their SHA-256."""
    cipher, digest, nonce = AESGCM(b"k" * 32), hashlib.sha256(), secrets.token_bytes(8)
    with open(path, "rb") as plain, open(target, "wb") as sealed:
        for number, chunk in enumerate(iter(lambda: plain.read(1 << 20), b"")):
            digest.update(chunk)
            sealed.write(cipher.encrypt(nonce + number.to_bytes(4), chunk, None))
        sealed.flush()
        os.fsync(sealed.fileno())
    return digest.hexdigest()


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
