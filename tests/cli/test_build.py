"""rapport build: the engine by name, and what is said where Spark is not there."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from conftest import put_load
from typer.testing import CliRunner

from pipelines.__main__ import app
from pipelines.spark import session
from pipelines.workspace import Workspace


def _run(workspace: Workspace, *more: str) -> Any:
    workspace.warehouse.close()
    return CliRunner().invoke(app, ["build", "--workspace", str(workspace.root), *more])


def test_build_publishes_a_generation_and_says_which_and_how_long_it_took(workspace: Workspace) -> None:
    put_load(workspace, {"site": [{"site_id": 1, "name": "North"}]})
    first = workspace.warehouse.publish()
    done = _run(workspace, "--json")
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert told["generation"] == workspace.warehouse.current != first
    assert told["engine"] == "duckdb"
    assert told["seconds"] >= 0
    assert "with duckdb in" in _run(workspace, "--engine", "duckdb").output


def test_without_pyspark_it_says_what_is_missing_and_what_to_do(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = workspace.warehouse.publish()
    monkeypatch.setattr(session, "find_spec", lambda name: None)
    done = _run(workspace, "--engine", "spark")
    assert isinstance(done.exception, session.SparkMissing)
    assert "pyspark" in done.exception.message
    assert "uv sync --extra spark" in done.exception.remedy
    assert workspace.warehouse.current == before


@pytest.mark.parametrize(
    ("said", "is_enough"),
    [
        ('openjdk version "17.0.15" 2025-04-15', True),
        ('java version "1.8.0_392"', False),
        ('openjdk version "25" 2025-09-16', True),
        ("no such thing", False),
    ],
)
def test_a_java_too_old_for_spark_does_not_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: str, is_enough: bool
) -> None:
    java = tmp_path / "bin" / "java"
    java.parent.mkdir()
    java.write_text(f"#!/bin/sh\necho '{said}' >&2\n")
    java.chmod(0o755)
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))
    real = session.find_spec
    monkeypatch.setattr(session, "find_spec", lambda name: real(name) or "there")
    assert (session.java_home() == tmp_path) is is_enough
    assert ("Java" in session.missing()) is not is_enough


def test_everything_that_bears_on_meaning_is_set_and_nothing_listens_beyond_this_machine(tmp_path: Path) -> None:
    said = session.settings(tmp_path, session.LOCAL, "3g")
    assert said["spark.sql.ansi.enabled"] == "true"
    assert said["spark.sql.session.timeZone"] == "UTC"
    assert said["spark.sql.timestampType"] == "TIMESTAMP_NTZ"
    assert said["spark.driver.bindAddress"] == said["spark.driver.host"] == "127.0.0.1"
    assert said["spark.authenticate"] == "true"
    assert said["spark.ui.enabled"] == "false"
    assert said["spark.driver.memory"] == "3g"
    assert "spark.driver.host" not in session.settings(tmp_path, "spark://cluster:7077", "3g")
