"""rapport build --engine spark: each of these starts a Spark of its own, and ends it (a process has one at a time)."""

from __future__ import annotations

import json
from typing import Any

import pytest
from typer.testing import CliRunner

from pipelines.__main__ import app
from pipelines.spark import session
from pipelines.workspace import Workspace
from spark import networks

pytestmark = [
    pytest.mark.spark,
    pytest.mark.skipif(bool(session.missing()), reason=session.missing() or "Spark is there"),
]


def test_what_it_publishes_is_served_and_advanced_like_any_other_generation(workspace: Workspace) -> None:
    networks.fill(workspace, 4, loads=3, most=10)
    done = _run(workspace, "--json")
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["engine"] == "spark"
    made = workspace.warehouse.table_hashes()
    networks.fill(workspace, 5, loads=1, most=2)
    workspace.warehouse.publish()
    assert workspace.warehouse.table_hashes() != made
    assert not list((workspace.root / "work").glob("*/tables")), "what Spark worked with is gone"


def test_a_spark_that_fails_leaves_what_was_published(workspace: Workspace) -> None:
    networks.fill(workspace, 6, loads=1, most=2)
    before = workspace.warehouse.publish()
    done = _run(workspace, "--master", "local[nonsense]")
    assert done.exit_code == 1
    assert "what was published stays" in str(done.exception)
    assert workspace.warehouse.current == before


def _run(workspace: Workspace, *more: str) -> Any:
    workspace.warehouse.close()
    return CliRunner().invoke(
        app, ["build", "--engine", "spark", "--memory", "1g", "--workspace", str(workspace.root), *more]
    )
