"""The page of released figures: what a sponsor reads, and that it comes from the release alone."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from dashboard import session
from pipelines import releases
from pipelines.metrics import Scope
from pipelines.workspace import Workspace

STUDY, NUMBER = "ONC-202", 2


@pytest.fixture
def released(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workspace]:
    """A copy of the network with two releases of one study, served."""
    shutil.copytree(made, tmp_path / "workspace")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(made.parent / "config"))
    monkeypatch.setenv("RAPPORT_WORKSPACE", str(tmp_path / "workspace"))
    monkeypatch.delenv("RAPPORT_KEY", raising=False)
    session.forget()
    workspace = session.workspace()
    for month in (4, 5):
        releases.make(workspace, STUDY, dt.date(2026, month, 1), by="test")
    yield workspace
    workspace.warehouse.close()
    session.forget()


def as_(monkeypatch: pytest.MonkeyPatch, scope: Scope) -> None:
    monkeypatch.setattr(session, "viewer", lambda: session.Viewer("someone", scope))


def test_a_sponsor_reads_what_was_released_of_their_study(
    app: AppTest, released: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    as_(monkeypatch, Scope(None, (NUMBER,), "sponsor"))
    app.run()
    assert not app.exception
    assert not app.error
    assert [box.value for box in app.selectbox] == [STUDY, "May 2026"]
    assert len(app.metric) == len(releases.STAGES)
    assert len(app.get("plotly_chart")) == 2
    assert any("May 2026" in element.value for element in app.markdown)
    app.selectbox[1].select("April 2026").run()
    assert not app.exception
    assert any("April 2026" in element.value for element in app.markdown)


@pytest.mark.parametrize(
    ("scope", "said"),
    [(Scope(None, (1, 3), "sponsor"), "Nothing has been released"), (Scope((1,), (NUMBER,), "sponsor"), "you were granted single sites"), (Scope((), (), "sponsor"), "Nothing has been released")],
)  # fmt: skip
def test_nobody_reads_of_studies_or_sites_that_are_not_theirs(
    app: AppTest, released: Workspace, monkeypatch: pytest.MonkeyPatch, scope: Scope, said: str
) -> None:
    as_(monkeypatch, scope)
    app.run()
    assert not app.exception
    assert not app.metric
    (info,) = app.info
    assert said in info.value


def test_an_analyst_sees_what_was_released_and_is_told_how(app: AppTest, loaded: Workspace) -> None:
    app.run().switch_page("app_pages/releases.py").run()
    assert not app.exception
    assert [code.value for code in app.code] == ["rapport releases make ABC-101"]
