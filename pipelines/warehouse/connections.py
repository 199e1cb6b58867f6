"""Every way in which DuckDB is opened, and with which rights: to build, to read, to look back, to work on one file."""

from __future__ import annotations

import datetime as dt
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from pipelines.generation.past import NOW
from pipelines.identity import MACROS, hmac_pads, likeness

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

DatabaseError = duckdb.Error
# What DuckDB raises where a block of its file does not match its checksum, and from then on.
BROKEN = (duckdb.IOException, duckdb.FatalException, duckdb.InternalException, duckdb.SerializationException)

BUILD_MEMORY, LARGE_BUILD_MEMORY = "900MB", "1500MB"
LARGE = 3_000_000  # rows of the record
READ_MEMORY = "1GB"
MOST_VACUUMS = 100  # DuckDB's own
# Tried on every column that is written and hardly ever taken: without them a journey of a million referrals is written
# in a tenth less, and the file is as large.
UNTRIED = "rle,fsst,zstd"
_PARAMETER = re.compile(r"\$([a-z_][a-z0-9_]*)")


def prepare(con: DuckDBPyConnection) -> None:
    """Give a connection the key and name macros of ``identity``."""
    for macro in MACROS:
        con.execute(macro)


def prepare_read_only(con: DuckDBPyConnection) -> None:
    """Nothing reachable from SQL may touch a file, the network or the settings. Two connections of one process to one file
    share its database: what the first locked is locked for the second."""
    if con.execute("select current_setting('lock_configuration')").fetchall()[0][0]:
        return
    con.execute("set enable_external_access = false")
    con.execute("set lock_configuration = true")


def _build_memory(rows: int) -> str:
    """What a build of so many rows may hold in memory. A load of a million must fit into 1.5 GB with the child that reads it;
    where there are several times as many, writing to disk what does not fit costs a sixth of the whole work, and the machine
    that keeps them has more."""
    machine = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return LARGE_BUILD_MEMORY if rows >= LARGE and machine >= 4 * 2**30 else BUILD_MEMORY


def connect_to_build(path: str | Path, rows: int, **settings: Any) -> DuckDBPyConnection:
    """The database in ``path`` for making tables of ``rows`` rows, with ``settings`` besides those that this takes.

    Raises ``duckdb.Error`` where the file cannot be opened."""
    usual: dict[str, Any] = {"memory_limit": _build_memory(rows), "threads": 2, "preserve_insertion_order": False}
    con = duckdb.connect(str(path), config=usual | settings)
    try:
        # Among the settings to connect with, DuckDB 2.0 takes this one without a word and forgets it.
        con.execute(f"set disabled_compression_methods = '{UNTRIED}'")
        prepare(con)
    except BaseException:
        con.close()
        raise
    return con


@contextmanager
def building(target: Path, spill: Path, *, rows: int, close_gaps: bool) -> Iterator[DuckDBPyConnection]:
    """A database in ``target`` to make tables of ``rows`` rows in; checkpointed and closed with the block, but not synced.

    Two hundred statements would each wait for the disk: nothing counts until the whole file is synced. A log of 16 MB would
    be written into the tables several times on the way, which took an upload of 10,000 rows a second. Writing anew what
    deleted rows have left gaps in (``close_gaps``) takes a second at whichever checkpoint finds enough of them."""
    without_waiting = {"temp_directory": str(spill), "fsync_mode": "NONE", "wal_autocheckpoint": "256MB"}
    con = connect_to_build(target, rows, **without_waiting)
    try:
        con.execute("set max_vacuum_tasks = $most", {"most": MOST_VACUUMS if close_gaps else 0})
        yield con
        con.execute("checkpoint")
    finally:
        con.close()
        shutil.rmtree(spill, ignore_errors=True)


def connect_read_only(path: Path) -> tuple[DuckDBPyConnection, dt.date | None]:
    """The generation in ``path`` and its data cut."""
    con = duckdb.connect(str(path), read_only=True, config={"memory_limit": READ_MEMORY, "threads": 2})
    try:
        prepare_read_only(con)
        return con, con.execute("select data_cut from generation").fetchall()[0][0]
    except BaseException:
        con.close()
        raise


def connect_past(path: Path, generation: Path) -> DuckDBPyConnection:
    """A new database with the generation attached, out of which SQL can reach no further file and no network."""
    con = duckdb.connect(
        str(path), config={"memory_limit": READ_MEMORY, "threads": 2, "temp_directory": str(path.parent / "spill"), "fsync_mode": "NONE"}
    )  # fmt: skip
    prepare(con)
    con.execute(f"""attach '{str(generation).replace("'", "''")}' as {NOW} (read_only)""")
    con.execute("set enable_external_access = false")
    return con


@contextmanager
def scratch(folder: Path, *, memory_mb: int = 600, patient_secret: bytes | None = None) -> Iterator[DuckDBPyConnection]:
    """An in-memory database for reading and mapping one file, spilling below ``folder``."""
    con = duckdb.connect(
        ":memory:", config={"memory_limit": f"{memory_mb}MB", "threads": 2, "temp_directory": str(folder / "spill")}
    )
    try:
        prepare(con)
        if patient_secret is not None:
            for side, pad in zip(("inner", "outer"), hmac_pads(patient_secret), strict=True):
                con.execute(f"set variable hmac_{side} = $pad", {"pad": pad})
            con.execute("set variable likeness_key = $key", {"key": likeness.key(patient_secret)})
        yield con
    finally:
        con.close()


def readable(folder: Path) -> bool:
    """Whether every Parquet file in ``folder`` can be read to its end."""
    with closing(duckdb.connect(":memory:", config={"threads": 2})) as con:
        for path in folder.glob("*.parquet"):
            try:
                con.execute("select bit_xor(hash(t)) from read_parquet($path) t", {"path": str(path)}).fetchall()
            except duckdb.Error:
                return False
    return True


@lru_cache(maxsize=2000)
def parsed(sql: str) -> tuple[duckdb.Statement, frozenset[str]]:
    """The one statement of ``sql`` and the parameters that it names. Given text, DuckDB parses it twice at every call,
    which took a third of a small question's time. A statement knows no database: each execution binds a copy."""
    (statement,) = duckdb.extract_statements(sql)
    return statement, frozenset(_PARAMETER.findall(sql))
