"""rapport build: make the warehouse from the kept loads, with DuckDB or with Apache Spark."""

from __future__ import annotations

import time
from enum import StrEnum
from typing import Annotated

import typer

from pipelines.commands import JsonOption, WorkspaceOption, progress, say
from pipelines.workspace import open_workspace


class EngineName(StrEnum):
    """What computes the tables; which are the same."""

    DUCKDB = "duckdb"
    SPARK = "spark"


def build(
    workspace: WorkspaceOption = None,
    engine: Annotated[
        EngineName,
        typer.Option(help="What computes the tables; they are the same. Spark comes with the extra named spark."),
    ] = EngineName.DUCKDB,
    master: Annotated[
        str, typer.Option(help="Where Spark runs: local[*], or a cluster that sees the workspace folder too.")
    ] = "local[*]",
    memory: Annotated[str, typer.Option(help="Memory of Spark's driver (in local mode: of all of it).")] = "2g",
    as_json: JsonOption = False,
) -> None:
    """Build the warehouse from the kept loads and publish it: with DuckDB, or with Apache Spark where it is too much for one."""
    opened = open_workspace(workspace, create=False)
    started = time.perf_counter()
    with progress(as_json) as report:
        if engine is EngineName.DUCKDB:
            name = opened.warehouse.publish(report, full=True)
        else:
            from pipelines.spark import session
            from pipelines.spark.build import builder

            session.demand()
            with opened.work_folder() as folder:
                name = opened.warehouse.publish(report, full=True, build=builder(folder, master, memory))
    opened.ledger.note("local", "build", generation=name, engine=engine.value)
    took = round(time.perf_counter() - started, 1)
    say(
        as_json,
        {"generation": name, "engine": engine.value, "seconds": took},
        f"Built {name} with {engine.value} in {took} s.",
    )
