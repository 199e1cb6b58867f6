"""An empty workspace and one with a small network, served to the pages as the server would serve them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from screens import network
from streamlit.testing.v1 import AppTest

from dashboard import session
from pipelines.metrics import Filters, Scope
from pipelines.workspace import Workspace, open_workspace

APP = Path(__file__).parents[2] / "dashboard" / "app.py"
SECONDS = 60


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a workspace in which a network is loaded. Tests that change it copy it first."""
    base = tmp_path_factory.mktemp("network")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CONFIG_HOME", str(base / "config"))
        workspace = open_workspace(base / "workspace")
        network.put(workspace, network.tables())
        workspace.warehouse.close()
    return base / "workspace"


@pytest.fixture
def loaded(made: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workspace]:
    """The network's workspace, served."""
    yield from _served(made, made.parent / "config", monkeypatch)


@pytest.fixture
def empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workspace]:
    """A workspace in which nothing was ever loaded, served."""
    yield from _served(tmp_path / "workspace", tmp_path / "config", monkeypatch)


def _served(folder: Path, config: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workspace]:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(config))
    monkeypatch.setenv("RAPPORT_WORKSPACE", str(folder))
    monkeypatch.delenv("RAPPORT_KEY", raising=False)
    session.forget()
    workspace = session.workspace()
    yield workspace
    workspace.warehouse.close()
    session.forget()


@pytest.fixture
def app() -> AppTest:
    """The entry script, not run yet."""
    return AppTest.from_file(str(APP), default_timeout=SECONDS)


@pytest.fixture
def view(loaded: Workspace) -> session.View:
    """Everything there is, unfiltered."""
    return session.View(session.generation(), Scope.everything(), Filters())
