"""A workspace opens with its own key and no other, and keeps the key out of its folder."""

from __future__ import annotations

import base64
import resource
from pathlib import Path

import pytest

from pipelines.errors import WorkspaceError
from pipelines.workspace import Workspace, key_file, open_workspace


def test_the_key_lies_outside_the_workspace_readable_by_its_owner_only(workspace: Workspace) -> None:
    path = key_file(workspace.workspace_id)
    assert workspace.root not in path.parents
    assert path.stat().st_mode & 0o777 == 0o600
    assert all(workspace.key not in file.read_bytes() for file in workspace.root.rglob("*") if file.is_file())


def test_a_workspace_opens_again_with_the_same_derived_keys(workspace: Workspace) -> None:
    assert open_workspace(workspace.root).derived_key("patient") == workspace.derived_key("patient")


def test_the_key_is_not_printed_with_the_workspace(workspace: Workspace) -> None:
    assert repr(workspace.key) not in repr(workspace)


def test_purposes_get_different_keys(workspace: Workspace) -> None:
    assert workspace.derived_key("patient") != workspace.derived_key("archive")


def test_a_wrong_key_is_refused_with_the_remedy(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAPPORT_KEY", base64.b64encode(bytes(32)).decode())
    with pytest.raises(WorkspaceError, match="does not belong"):
        open_workspace(workspace.root)


@pytest.mark.parametrize("text", ["short", "!!!", ""])
def test_a_key_that_is_none_is_refused(workspace: Workspace, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("RAPPORT_KEY", text)
    with pytest.raises(WorkspaceError, match="not a key"):
        open_workspace(workspace.root)


def test_a_missing_workspace_is_named_when_it_may_not_be_made(tmp_path: Path) -> None:
    with pytest.raises(WorkspaceError, match="There is no workspace"):
        open_workspace(tmp_path / "nowhere", create=False)


def test_plain_text_of_a_killed_job_is_swept_when_the_workspace_opens(workspace: Workspace) -> None:
    left = workspace.root / "work" / "999999999-dead"
    left.mkdir()
    (left / "plain").write_text("MRN 123")
    half_received = workspace.root / "raw" / ".incoming-999999999-dead"
    half_received.write_bytes(b"x")
    open_workspace(workspace.root)
    assert not left.exists()
    assert not half_received.exists()


def test_a_process_that_opened_a_workspace_leaves_no_image_of_its_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    most = resource.getrlimit(resource.RLIMIT_CORE)[1]
    resource.setrlimit(resource.RLIMIT_CORE, (most, most))
    open_workspace(tmp_path / "new")
    assert resource.getrlimit(resource.RLIMIT_CORE) == (0, most)
