"""Spark makes the very tables that DuckDB makes. Needs the extra [spark] and a Java; see ``make spark``."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest
from conftest import put_load

from pipelines import generation, warehouse
from pipelines.generation import versions
from pipelines.model import table
from pipelines.spark import build, session
from pipelines.spark.engine import Engine
from pipelines.warehouse.publishing import Publisher
from pipelines.workspace import Workspace
from spark import networks

pytestmark = [
    pytest.mark.spark,
    pytest.mark.skipif(bool(session.missing()), reason=session.missing() or "Spark is there"),
]


QUICK = {
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.sql.adaptive.enabled": "false",
    "spark.sql.shuffle.partitions": "2",
}


@pytest.fixture(scope="module")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """One Spark for the networks of this file, which are small: told not to compile what it runs but once."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JDK_JAVA_OPTIONS", "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC")
        with session.started(tmp_path_factory.mktemp("spark"), "local[2]", "1g") as started:
            for name, value in QUICK.items():
                started.conf.set(name, value)
            yield started


def _built(workspace: Workspace, path: Path, spark: Any = None, many: int = 0) -> Path:
    """A generation of the workspace's loads in a database of its own, made with DuckDB or with Spark."""
    parts = Publisher(workspace, workspace.warehouse.folder).parts()
    with duckdb.connect(str(path), config={"threads": 2}) as con:
        warehouse.prepare(con)
        if spark is None:
            generation.build(con, parts, (), _quiet)
        else:
            generation.build_registers(con, parts, (), _quiet)
            build.follow(con, Engine(spark, path.with_suffix(".tables")), parts, _quiet, many)
    return path


def _quiet(label: str, fraction: float) -> None:
    pass


def _differences(one: Path, other: Path) -> dict[str, Any]:
    """Tables whose columns differ, or of which either has rows that the other has not, counted both ways."""
    found: dict[str, Any] = {}
    with duckdb.connect() as con:
        con.execute(f"attach '{one}' as one (read_only)")
        con.execute(f"attach '{other}' as other (read_only)")
        # What DuckDB tells of exams and calls on either road is for its own tests.
        for name in sorted({*generation.table_names()} - {*generation.DATED_MARTS}):
            here, there = (con.execute(f"describe {base}.{name}").fetchall() for base in ("one", "other"))
            if [row[:2] for row in here] != [row[:2] for row in there]:
                found[name] = "columns"
                continue
            counts = [
                con.execute(f"select count(*) from (from {a}.{name} except all from {b}.{name})").fetchall()[0][0]
                for a, b in (("one", "other"), ("other", "one"))
            ]
            if counts != [0, 0]:
                found[name] = counts
    return found


def _rows(path: Path, name: str) -> int:
    with duckdb.connect(str(path), read_only=True) as con:
        return int(con.execute(f"select count(*) from {name}").fetchall()[0][0])


def test_a_random_network_comes_out_row_for_row_as_with_duckdb(
    workspace: Workspace, tmp_path: Path, spark: Any
) -> None:
    networks.fill(workspace, seed=4)  # of which every mart has a row
    with_duckdb = _built(workspace, tmp_path / "duckdb.db")
    with_spark = _built(workspace, tmp_path / "with a space.db", spark)
    assert _differences(with_duckdb, with_spark) == {}
    for name in (
        *generation.REFERRAL_MARTS,
        *generation.ROLL_UPS,
        "referral_history",
        "subject_step",
        "feedback",
        "availability",
    ):
        assert _rows(with_spark, name) > 0, name


def test_the_demo_comes_out_row_for_row_as_with_duckdb(demo_network: Workspace, tmp_path: Path, spark: Any) -> None:
    with_duckdb = _built(demo_network, tmp_path / "duckdb.db")
    with_spark = _built(demo_network, tmp_path / "spark.db", spark, many=1000)  # some facts by either
    assert _differences(with_duckdb, with_spark) == {}
    assert _rows(with_spark, "journey") > 1000


def test_an_older_version_that_comes_later_changes_as_little_as_with_duckdb(
    workspace: Workspace, tmp_path: Path, spark: Any
) -> None:
    changed_on = dt.datetime(2026, 3, 5)
    for days, channel in ((0, "portal"), (-2, "fax"), (1, "phone"), (-1, "mail")):
        told = {"direction": "in", "channel": channel}
        dated = {"referral_id": 1, "updated_at": changed_on + dt.timedelta(days=days)} | told
        put_load(workspace, {"referral": [dated, {"referral_id": 2} | told]})
    parts = Publisher(workspace, workspace.warehouse.folder).parts()
    referral = table("referral")
    with duckdb.connect() as con:
        warehouse.prepare(con)
        generation.build_registers(con, parts, (), _quiet)
        engine: Any = Engine(spark, tmp_path / "tables")
        build.hand_over(con, engine, build.REGISTERS)
        versions.create(con, referral, parts)
        versions.declare(engine, referral)
        versions.create(engine, referral, parts)
        asked = "select referral_id, channel, known_from, updated_at from {}"
        for name in ("referral", versions.history_name(referral)):
            made = f"read_parquet('{engine.settle(name)}/*.parquet')"
            assert sorted(con.execute(asked.format(made)).fetchall(), key=str) == sorted(con.execute(asked.format(name)).fetchall(), key=str)  # fmt: skip
        assert con.execute("select channel from referral order by referral_id").fetchall() == [("phone",), ("mail",)]


def test_an_empty_workspace_comes_out_as_with_duckdb(workspace: Workspace, tmp_path: Path, spark: Any) -> None:
    with_duckdb = _built(workspace, tmp_path / "duckdb.db")
    assert _differences(with_duckdb, _built(workspace, tmp_path / "spark.db", spark)) == {}
