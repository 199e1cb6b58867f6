"""The drill of the administrator's guide: what it says to back up is enough, and nothing less is."""

from __future__ import annotations

import base64
import re
import shutil
from pathlib import Path

import pytest

from pipelines.errors import WorkspaceError
from pipelines.workspace import Workspace, open_workspace

GUIDE = (Path(__file__).parents[2] / "docs" / "administrator.md").read_text("utf-8")


def _named() -> list[str]:
    """What the guide says to back up."""
    sentence = GUIDE[GUIDE.index("Back up ") : GUIDE.index("`generations/` is made from them")]
    return [name.rstrip("/") for name in re.findall(r"`([\w.]+/?)`", sentence)]


def _copy(workspace: Workspace, names: list[str], folder: Path) -> Path:
    folder.mkdir()
    for name in names:
        part = workspace.root / name
        if part.is_dir():
            shutil.copytree(part, folder / name)
        else:
            shutil.copy(part, folder / name)
    return folder


def test_a_backup_restores_to_the_same_tables_and_files(
    demo_network: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RAPPORT_KEY", base64.b64encode(demo_network.key).decode())
    restored = open_workspace(_copy(demo_network, _named(), tmp_path / "restored"), create=False)
    restored.warehouse.publish(full=True)
    try:
        assert restored.warehouse.table_hashes() == demo_network.warehouse.table_hashes()
    finally:
        restored.warehouse.close()
    load = restored.ledger.loads("active")[0]
    assert list(restored.archive.chunks(load.file_id)) == list(demo_network.archive.chunks(load.file_id))


def test_a_backup_without_its_identity_is_refused_and_not_given_a_new_one(
    demo_network: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RAPPORT_KEY", base64.b64encode(demo_network.key).decode())
    folder = _copy(demo_network, [name for name in _named() if name != "workspace.json"], tmp_path / "restored")
    with pytest.raises(WorkspaceError, match=r"workspace\.json is missing"):
        open_workspace(folder)
    assert not (folder / "workspace.json").exists()
