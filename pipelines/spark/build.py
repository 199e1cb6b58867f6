"""A generation made with Spark: the same tables as DuckDB makes, row for row.

Spark makes the journey and all that is told from it, of research, surveys and outreach (``MADE``), and decides, reading
the Parquet record, which version of a fact counts and which did, for the tables that are big. DuckDB makes what is small
beside them: what describes (practitioners, practices, sites, studies); who is who (rounds of comparing names, with
likeness functions that Spark lacks); the keys of one patient (a search along links); calendars; what is told of exams,
calls and campaigns (joins to the nearest time, and each site's own clock); and facts of which the record has few, since a
step of Spark's takes half a second however little it does. Spark is handed those as Parquet and hands back Parquet, which
becomes the generation's tables. From then on the generation is like any other, and is advanced in place like any other.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, cast

from pipelines import generation, marts
from pipelines.generation import (
    LOOKED_UP,
    NEVER,
    REFERRAL_MARTS,
    ROLL_UPS,
    SMALL_MARTS,
    WHO_IS_WHO,
    Progress,
    ties,
    versions,
)
from pipelines.generation.described import ALIASES, DESCRIBED, DIMENSIONS
from pipelines.generation.versions import FACTS, Part
from pipelines.identity.resolve import Decision
from pipelines.model import Table
from pipelines.spark import session
from pipelines.spark.engine import Engine

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

COUNTED = tuple(table for table in FACTS if table not in WHO_IS_WHO)
REGISTERS = (
    *(table.name for table in (*DESCRIBED, *WHO_IS_WHO)),
    *(f"{name}_alias" for name in (*ALIASES, "patient")),
    *(f"dim_{name}" for name in DIMENSIONS),
    "business_day",
    "load_order",
    "deleted_record",
    "changed_record",
)  # what the marts may read besides facts
MADE = (*REFERRAL_MARTS, *ROLL_UPS, *SMALL_MARTS)  # in this order: each may read those before it
MANY = 200_000  # rows of a fact in the record from which on Spark says which version counts

_NONE_AFFECTED = "create or replace temp table affected (referral_id bigint)"  # asked by the texts that can advance


def builder(
    folder: Path, master: str = session.LOCAL, memory: str = session.MEMORY
) -> Callable[[DuckDBPyConnection, Sequence[Part], Sequence[Decision], Progress], None]:
    """A function like ``generation.build`` that has Spark work, in ``folder``."""

    def build(
        con: DuckDBPyConnection, parts: Sequence[Part], decisions: Sequence[Decision], progress: Progress
    ) -> None:
        generation.build_registers(con, parts, decisions, progress)
        progress("Starting Spark", 0.3)
        with session.started(folder, master, memory) as spark:
            follow(con, Engine(spark, folder / "tables"), parts, progress)
        progress("Done", 1.0)

    return build


def follow(
    con: DuckDBPyConnection, engine: Engine, parts: Sequence[Part], progress: Progress, many: int = MANY
) -> None:
    """Make the facts and the marts told from them in ``con``, where the registers are made already."""
    like_duckdb = cast("DuckDBPyConnection", engine)  # the builders ask it to execute, and for rows
    hand_over(con, engine, REGISTERS)
    con.execute(_NONE_AFFECTED)
    engine.execute(_NONE_AFFECTED)
    for position, table in enumerate(COUNTED):
        progress(f"Building {table.name}", 0.35 + 0.35 * position / len(COUNTED))
        if _rows_of(con, table, parts) < many:
            versions.create(con, table, parts)
            hand_over(con, engine, (table.name,))
            continue
        versions.declare(con, table)
        versions.create(like_duckdb, table, parts)
        for name in (table.name, versions.history_name(table)):
            _take_back(con, engine, name)
    hand_over(con, engine, ties.create(con))
    cut = generation.data_cut(like_duckdb)
    con.execute("create or replace table generation as select $cut::date as data_cut", {"cut": cut})
    hand_over(con, engine, ("generation",))
    for name in LOOKED_UP:
        con.execute(f"create or replace view {name} as {marts.text(name)}")
        engine.execute(f"create or replace table {name} as {marts.text(name)}")
    for position, name in enumerate(MADE):
        progress(f"Building {name}", 0.7 + 0.25 * position / len(MADE))
        make_mart(con, engine, name, {"everything": True, "as_of": cut or NEVER})
    generation.create_dated_marts(con, cut)


def _rows_of(con: DuckDBPyConnection, table: Table, parts: Sequence[Part]) -> int:
    files = [str(part.file(table)) for part in parts if part.file(table).exists()]
    if not files:
        return -1
    counted = con.execute("select sum(num_rows)::bigint from parquet_file_metadata($files)", {"files": files})
    return int(counted.fetchall()[0][0])


def hand_over(con: DuckDBPyConnection, engine: Engine, names: Sequence[str]) -> None:
    """Let ``engine`` read tables as they are in ``con``."""
    folder = engine.folder / "handed"
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        described = con.execute(f"describe {name}").fetchall()
        con.execute(f"copy {name} to '{_quoted(folder / name)}.parquet' (format parquet)")
        engine.read(name, [f"{folder / name}.parquet"], [(column, kind) for column, kind, *_ in described])


def make_mart(con: DuckDBPyConnection, engine: Engine, name: str, asked: dict[str, object]) -> None:
    """Make the mart ``name`` with ``engine`` and take it into ``con``, with the types that DuckDB gives it."""
    text = marts.text(name)
    named = {key: value for key, value in asked.items() if f"${key}" in text}
    con.execute(f"create or replace table {name} as select * from ({text}) limit 0", named)
    engine.execute(f"create or replace table {name} as {text}", named)
    _take_back(con, engine, name)


def _take_back(con: DuckDBPyConnection, engine: Engine, name: str) -> None:
    made = engine.settle(name)
    con.execute(f"insert into {name} by name select * from read_parquet($made)", {"made": f"{made}/*.parquet"})


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")
