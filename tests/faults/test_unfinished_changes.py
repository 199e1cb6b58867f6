"""A load whose process ended between being kept and being published: the figures catch up with the list of loads."""

from __future__ import annotations

import pytest

from dashboard import warming
from pipelines import ingest
from pipelines.errors import WorkspaceError
from pipelines.metrics import Scope, compute
from pipelines.workspace import Workspace

LOG = (
    "Date Received,MRN,Patient Last Name,Patient First Name,DOB,Referring Provider,Referring Practice\n"
    "2026-03-02,1001,Poe,Ann,1961-01-15,Dr. Ann Lee,Elm Street Family Practice\n"
    "2026-03-03,1002,Roe,Bo,1972-07-04,Dr. Ann Lee,Elm Street Family Practice\n"
)


def counted(workspace: Workspace) -> int:
    return compute("referral_volume", Scope.everything(), warehouse=workspace.warehouse).n


@pytest.fixture
def stopped(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """A workspace of two loads, of which the second was kept and never published."""
    monkeypatch.setenv("RAPPORT_WORKSPACE", str(workspace.root))
    first, second = (
        ingest.inspect(workspace, ingest.receive(workspace, f"{month}.csv", LOG.replace("2026-03", month).encode()))
        for month in ("2026-03", "2026-04")
    )
    ingest.load(workspace, first)
    ingest.keep(workspace, second)
    assert counted(workspace) == 2
    return workspace


def test_a_load_that_was_killed_before_it_had_published_is_counted_by_whoever_looks_next(
    stopped: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(warming, "ask", lambda *_: None)
    warming.Warmer().look()
    assert counted(stopped) == 4


def test_a_load_that_is_under_way_is_left_to_whoever_makes_it(stopped: Workspace) -> None:
    with stopped.changing():
        stopped.warehouse.catch_up()
        assert counted(stopped) == 2
    stopped.warehouse.catch_up()
    assert counted(stopped) == 4


def test_what_cannot_be_published_is_tried_once_and_leaves_the_figures_as_they_are(
    stopped: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[int] = []

    def full(*_: object) -> str:
        tried.append(1)
        raise WorkspaceError("The disk is full.", "Free space.")

    monkeypatch.setattr(stopped.warehouse, "publish", full)
    stopped.warehouse.catch_up()
    stopped.warehouse.catch_up()
    assert len(tried) == 1
    assert counted(stopped) == 2
