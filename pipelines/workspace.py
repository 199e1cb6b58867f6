"""Where things are: one folder per network, and the key that must not lie in it.

``<root>/``
    ``workspace.json``  identity of the workspace (no secret)
    ``raw/``            received files, encrypted, named by the SHA-256 of their bytes: the record
    ``record/``         canonical Parquet, one folder per load
    ``ledger.sqlite``   loads, undo, mappings, settings, audit trail
    ``generations/``    DuckDB files built from the above; a cache
    ``work/``           what a load in progress needs; swept on start
"""

from __future__ import annotations

import base64
import json
import os
import secrets
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from pipelines.errors import WorkspaceError

if TYPE_CHECKING:
    from pipelines.record.archive import Archive
    from pipelines.record.ledger import Ledger
    from pipelines.warehouse import Warehouse

KEY_BYTES = 32
DEFAULT_FOLDER = "workspace"


@dataclass(frozen=True)
class Workspace:
    """An open workspace. ``key`` is the 32-byte master key; purposes get keys derived from it."""

    root: Path
    workspace_id: str
    key: bytes = field(repr=False)

    def derived_key(self, purpose: str) -> bytes:
        """A 32-byte key for one purpose (HKDF-SHA-256), so that no key serves two."""
        return HKDF(hashes.SHA256(), KEY_BYTES, salt=self.workspace_id.encode(), info=purpose.encode()).derive(self.key)

    @cached_property
    def archive(self) -> Archive:
        from pipelines.record.archive import Archive

        return Archive(self.root / "raw", self.derived_key("archive"))

    @cached_property
    def ledger(self) -> Ledger:
        from pipelines.record.ledger import Ledger

        return Ledger(self.root / "ledger.sqlite")

    @cached_property
    def warehouse(self) -> Warehouse:
        from pipelines.warehouse import Warehouse

        return Warehouse(self)

    @property
    def record(self) -> Path:
        return self.root / "record"

    @contextmanager
    def work_folder(self) -> Iterator[Path]:
        """A private folder for one job, removed afterwards whatever happens."""
        folder = self.root / "work" / f"{os.getpid()}-{secrets.token_hex(6)}"
        folder.mkdir(mode=0o700, parents=True)
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def sweep(self) -> None:
        """Remove what jobs that were killed left behind: plain text must not outlive its job."""
        for folder in (self.root / "work").glob("*-*"):
            if not _alive(folder.name.partition("-")[0]):
                shutil.rmtree(folder, ignore_errors=True)
        for partial in (self.root / "raw").glob(".incoming-*-*"):
            if not _alive(partial.name.split("-")[1]):
                partial.unlink(missing_ok=True)


def open_workspace(root: Path | str | None = None, *, create: bool = True) -> Workspace:
    """Open the workspace at ``root`` (else ``$RAPPORT_WORKSPACE``, else ``./workspace``).

    Creates folder and key when ``create``. Raises ``WorkspaceError`` when it is missing, not writable, or its
    key is absent or wrong.
    """
    folder = Path(root or os.environ.get("RAPPORT_WORKSPACE") or DEFAULT_FOLDER).expanduser().resolve()
    marker = folder / "workspace.json"
    if not marker.exists():
        if not create:
            raise WorkspaceError(
                f"There is no workspace in {folder.name}.", "Run: rapport demo, or rapport ingest FILE."
            )
        _refuse_headless(folder)
        _create(folder, marker)
    _make_folders(folder)  # a restored backup has no generations: they are a cache
    workspace_id = json.loads(marker.read_text("utf-8"))["workspace_id"]
    workspace = Workspace(folder, workspace_id, _read_key(workspace_id))
    expected = json.loads(marker.read_text("utf-8")).get("key_check")
    if expected != workspace.derived_key("check").hex()[:16]:
        raise WorkspaceError(
            "The key does not belong to this workspace.",
            "Set RAPPORT_KEY to the key it was made with, or restore its key file from your backup.",
        )
    workspace.sweep()
    return workspace


def key_file(workspace_id: str) -> Path:
    """Where the key lies when RAPPORT_KEY is not set: in the user's configuration, never beside the data."""
    base = os.environ.get("XDG_CONFIG_HOME") or str(Path.home() / ".config")
    return Path(base) / "rapport" / f"{workspace_id}.key"


def _make_folders(folder: Path) -> None:
    try:
        for name in ("raw", "record", "generations", "work"):
            (folder / name).mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as problem:
        raise _unwritable(folder, problem) from None


def _unwritable(folder: Path, problem: OSError) -> WorkspaceError:
    return WorkspaceError(
        f"The workspace {folder.name} cannot be made ({problem.strerror}).",
        "Choose a folder you may write to with --workspace or RAPPORT_WORKSPACE.",
    )


def _refuse_headless(folder: Path) -> None:
    """A new identity beside old data would derive other keys than those the data were kept with."""
    if (folder / "ledger.sqlite").exists() or any((folder / "raw").glob("*")):
        raise WorkspaceError(
            f"{folder.name} holds a workspace's data, but its workspace.json is missing.",
            "Restore workspace.json from your backup: without it the stored files cannot be read.",
        )


def _create(folder: Path, marker: Path) -> None:
    _make_folders(folder)
    workspace_id = uuid.uuid4().hex
    try:
        if "RAPPORT_KEY" not in os.environ:
            _write_key(key_file(workspace_id), secrets.token_bytes(KEY_BYTES))
        check = Workspace(folder, workspace_id, _read_key(workspace_id)).derived_key("check").hex()[:16]
        write_durably(marker, json.dumps({"workspace_id": workspace_id, "key_check": check}).encode())
    except OSError as problem:
        raise _unwritable(folder, problem) from None


def _read_key(workspace_id: str) -> bytes:
    text = os.environ.get("RAPPORT_KEY")
    if text is None:
        path = key_file(workspace_id)
        if not path.exists():
            raise WorkspaceError(
                "This workspace's key file is missing, so its files cannot be read.",
                f"Restore {path.name} from your backup into the configuration folder, or set RAPPORT_KEY.",
            )
        text = path.read_text("ascii")
    try:
        key = base64.b64decode(text.strip(), validate=True)
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise WorkspaceError("RAPPORT_KEY is not a key.", "It must be 32 random bytes in base64.")
    return key


def _write_key(path: Path, key: bytes) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(base64.b64encode(key) + b"\n")
        file.flush()
        os.fsync(file.fileno())


def write_durably(path: Path, data: bytes) -> None:
    """Replace ``path`` by ``data`` so that a crash leaves the old or the new content, never a mixture."""
    partial = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    try:
        with open(partial, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(partial, path)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make renames within ``folder`` survive a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _alive(pid: str) -> bool:
    try:
        os.kill(int(pid), 0)
    except (ValueError, ProcessLookupError):
        return False
    except PermissionError:
        return True
    return True
