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
import fcntl
import json
import os
import re
import resource
import secrets
import shutil
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from pipelines.errors import WorkspaceError

if TYPE_CHECKING:
    from pipelines.record.archive import Archive
    from pipelines.record.ledger import Ledger
    from pipelines.warehouse import Warehouse

KEY_BYTES = 32
DEFAULT_FOLDER = "workspace"
FOLDERS = ("raw", "record", "generations", "work")
_ID = re.compile(r"[\w-]{1,64}")


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
        """A private folder for one job, removed afterwards whatever happens. Raises ``WorkspaceError``."""
        folder = self.root / "work" / f"{os.getpid()}-{secrets.token_hex(6)}"
        try:
            folder.mkdir(mode=0o700, parents=True)
        except OSError as problem:
            raise read_only(problem) from None
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    @contextmanager
    def changing(self) -> Iterator[None]:
        """Held by whoever changes what counts, until that is published too: any number at once, in any process. It ends with its
        process, so that a change nobody holds it for was stopped in between."""
        with _flock(self.root / "generations", fcntl.LOCK_SH):
            yield

    @contextmanager
    def unchanged(self) -> Iterator[bool]:
        """Whether nobody is ``changing`` anything; nobody begins to within the block where so."""
        with ExitStack() as held:
            try:
                held.enter_context(_flock(self.root / "generations", fcntl.LOCK_EX | fcntl.LOCK_NB))
            except BlockingIOError:
                yield False
                return
            yield True

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
        _refuse_headless(folder)
        if not create:
            raise WorkspaceError(
                f"There is no workspace in {folder.name}.", "Run: rapport demo, or rapport ingest FILE."
            )
        _create(folder, marker)
    _make_folders(folder)  # a restored backup has no generations: they are a cache
    workspace_id, expected = _identity(marker)
    workspace = Workspace(folder, workspace_id, _read_key(workspace_id))
    if expected != workspace.derived_key("check").hex()[:16]:
        raise WorkspaceError(
            "The key does not belong to this workspace.",
            "Set RAPPORT_KEY to the key it was made with, or restore its key file from your backup.",
        )
    _begin_ledger(workspace)
    workspace.sweep()
    _leave_no_core()
    return workspace


def _leave_no_core() -> None:
    """Should this process crash, the system writes no image of its memory, which holds the key and plain rows, to a disk."""
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))


def _identity(marker: Path) -> tuple[str, str]:
    """The workspace's id and the check of its key, as ``workspace.json`` tells them."""
    try:
        told = json.loads(marker.read_text("utf-8"))
        workspace_id, check = str(told["workspace_id"]), str(told["key_check"])
    except OSError as problem:
        raise WorkspaceError(
            f"workspace.json cannot be read ({problem.strerror}).", "Check your rights to the workspace folder."
        ) from None
    except (ValueError, KeyError, TypeError):
        workspace_id = check = ""
    if not _ID.fullmatch(workspace_id):  # it names the key's file: it must not lead to another
        raise WorkspaceError(
            "workspace.json is damaged.", "Restore it from your backup: without it the stored files cannot be read."
        )
    return workspace_id, check


def _begin_ledger(workspace: Workspace) -> None:
    """A new workspace gets its ledger at once, so that one without is known to have lost it: files that nobody lists would
    else be forgotten in silence, and what is loaded next would stand alone."""
    path = workspace.root / "ledger.sqlite"
    if path.exists() and not path.is_file():
        raise WorkspaceError("ledger.sqlite is not a file.", "Restore it from your backup.")
    if path.exists() and path.stat().st_size:
        return
    if any((workspace.root / "raw").glob("*/*")) or any((workspace.root / "record").glob("*")):
        raise WorkspaceError(
            f"{workspace.root.name} holds stored files, but its ledger.sqlite is {'empty' if path.exists() else 'missing'}.",
            "Restore ledger.sqlite from your backup. Without one, begin a new workspace and load the exports again.",
        )
    _ = workspace.ledger


def key_file(workspace_id: str) -> Path:
    """Where the key lies when RAPPORT_KEY is not set: in the user's configuration, never beside the data."""
    base = os.environ.get("XDG_CONFIG_HOME") or str(Path.home() / ".config")
    return Path(base) / "rapport" / f"{workspace_id}.key"


def _make_folders(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for name in FOLDERS:
            (folder / name).mkdir(mode=0o700, exist_ok=True)
    except OSError as problem:
        raise _unwritable(folder, problem) from None


def _unwritable(folder: Path, problem: OSError) -> WorkspaceError:
    return WorkspaceError(
        f"The workspace {folder.name} cannot be made ({problem.strerror}).",
        "Choose a folder you may write to with --workspace or RAPPORT_WORKSPACE.",
    )


def read_only(problem: OSError) -> WorkspaceError:
    """What to say where a workspace that opens cannot be written to."""
    return WorkspaceError(
        f"The workspace cannot be written to ({problem.strerror}).",
        "Check your rights to its folders and to writer.lock, and whether its disk has room and is mounted for writing.",
    )


def _refuse_headless(folder: Path) -> None:
    """A new identity beside old data would derive other keys than those the data were kept with."""
    if (folder / "ledger.sqlite").exists() or any((folder / "raw").glob("*")):
        raise WorkspaceError(
            f"{folder.name} holds a workspace's data, but its workspace.json is missing.",
            "Restore workspace.json from your backup: without it the stored files cannot be read.",
        )


def _create(folder: Path, marker: Path) -> None:
    """Give the folder an identity and a key. Of two processes that begin at the same moment one does: files kept under the
    other's key could never be read again."""
    _make_folders(folder)
    try:
        with locked(folder):
            if not marker.exists():
                _identify(folder, marker)
    except OSError as problem:
        raise _unwritable(folder, problem) from None


def _identify(folder: Path, marker: Path) -> None:
    workspace_id = uuid.uuid4().hex
    if "RAPPORT_KEY" not in os.environ:
        _write_key(key_file(workspace_id), secrets.token_bytes(KEY_BYTES))
    check = Workspace(folder, workspace_id, _read_key(workspace_id)).derived_key("check").hex()[:16]
    write_durably(marker, json.dumps({"workspace_id": workspace_id, "key_check": check}).encode())


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the one writer's lock of the workspace in ``folder``, across threads and processes."""
    with os.fdopen(os.open(folder / "writer.lock", os.O_WRONLY | os.O_CREAT, 0o600), "wb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        try:
            yield
        finally:
            fcntl.flock(file, fcntl.LOCK_UN)


@contextmanager
def _flock(path: Path, kind: int) -> Iterator[None]:
    handle = os.open(path, os.O_RDONLY)
    try:
        fcntl.flock(handle, kind)
        yield
    finally:
        os.close(handle)


def _read_key(workspace_id: str) -> bytes:
    text = os.environ.get("RAPPORT_KEY")
    if text is None:
        return _key_in(key_file(workspace_id))
    key = _decoded(text)
    if key is None:
        raise WorkspaceError("RAPPORT_KEY is not a key.", "It must be 32 random bytes in base64.")
    return key


def _key_in(path: Path) -> bytes:
    remedy = f"Restore {path.name} from your backup into the configuration folder, or set RAPPORT_KEY."
    try:
        key = _decoded(path.read_text("latin-1"))
    except FileNotFoundError:
        raise WorkspaceError("This workspace's key file is missing, so its files cannot be read.", remedy) from None
    except OSError as problem:
        raise WorkspaceError(f"This workspace's key file cannot be read ({problem.strerror}).", remedy) from None
    if key is None:
        raise WorkspaceError("This workspace's key file is damaged: it holds no key.", remedy)
    return key


def _decoded(text: str) -> bytes | None:
    """The key that ``text`` holds in base64, ``None`` if it holds none."""
    try:
        key = base64.b64decode(text.strip(), validate=True)
    except ValueError:
        return None
    return key if len(key) == KEY_BYTES else None


def _write_key(path: Path, key: bytes) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(base64.b64encode(key) + b"\n")
        file.flush()
        os.fsync(file.fileno())


def write_durably(path: Path, data: bytes) -> None:
    """Replace ``path`` by ``data``, for its owner only, so that a crash leaves the old or the new content, never a mixture."""
    partial = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    try:
        with private(partial) as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(partial, path)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise
    sync(path.parent)


def private(path: Path) -> BinaryIO:
    """A file that only its owner may read, to be written anew."""
    file = os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb")
    if os.fstat(file.fileno()).st_mode & 0o077 and path.is_file():  # it was there before, open to others
        with suppress(PermissionError):  # somebody else's file
            os.fchmod(file.fileno(), 0o600)
    return file


def sync(path: Path) -> None:
    """Make what a file holds, or the names in a folder, survive a power cut."""
    handle = os.open(path, os.O_RDONLY)
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
