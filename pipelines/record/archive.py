"""The record: every received file, byte for byte, encrypted, named by the SHA-256 of its content.

Format: 8 magic bytes, 7 random nonce bytes, then 1 MiB chunks each sealed with AES-256-GCM under the nonce
followed by a 4-byte counter and a last-chunk flag (the STREAM construction of Hoang et al. 2015), so chunks
can be neither reordered, dropped nor cut off unnoticed, and a large file never lies in memory whole.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import nullcontext, suppress
from pathlib import Path
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from pipelines.errors import WorkspaceError
from pipelines.workspace import private, sync

MAGIC = b"RAPPORT1"
CHUNK = 1 << 20
_TAG = 16


class Archive:
    """Content-addressed encrypted files below one folder."""

    def __init__(self, folder: Path, key: bytes) -> None:
        self.folder = folder
        self._cipher = AESGCM(key)

    def path(self, file_id: str) -> Path:
        return self.folder / file_id[:2] / f"{file_id}.enc"

    def __contains__(self, file_id: str) -> bool:
        return self.path(file_id).exists()

    def put(self, stream: BinaryIO, plain: Path | None = None) -> str:
        """Store the bytes of ``stream``; returns their SHA-256 in hex once they are safe on disk. ``plain`` gets a plain
        copy on the way, for a reader that needs a file: what ``extract`` would write, without opening it again.

        The same bytes twice are stored once. Raises ``WorkspaceError`` when the disk is full, leaving nothing.
        """
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        partial = self.folder / f".incoming-{os.getpid()}-{secrets.token_hex(6)}"
        try:
            file_id = self._seal(stream, partial, plain)
            return self._settle(partial, file_id)
        except OSError as problem:
            raise WorkspaceError(
                f"The file could not be stored ({problem.strerror}); nothing was changed.",
                "Look whether the workspace's disk has room and is mounted for writing, then send it again.",
            ) from None
        finally:
            with suppress(OSError):  # a disk that became read-only refuses this, too
                partial.unlink(missing_ok=True)

    def chunks(self, file_id: str) -> Iterator[bytes]:
        """The file's bytes in pieces. Raises ``WorkspaceError`` when it is absent, altered or cut short."""
        path = self.path(file_id)
        if not path.exists():
            raise WorkspaceError(
                "A stored file is missing from the archive.", "Restore the raw folder from your backup."
            )
        with open(path, "rb") as file:
            head = file.read(len(MAGIC) + 7)
            prefix, index, sealed = head[len(MAGIC) :], 0, file.read(CHUNK + _TAG)
            while True:
                following = file.read(CHUNK + _TAG)
                yield self._open(prefix, index, not following, sealed)
                if not following:
                    return
                index, sealed = index + 1, following

    def extract(self, file_id: str, target: Path) -> None:
        """Write the plain bytes to ``target`` (mode 0600), for a reader that needs a file."""
        with private(target) as file:
            for chunk in self.chunks(file_id):
                file.write(chunk)

    def _seal(self, stream: BinaryIO, target: Path, plain: Path | None) -> str:
        digest, prefix, index = hashlib.sha256(), secrets.token_bytes(7), 0
        with private(target) as file, private(plain) if plain else nullcontext() as copy:
            file.write(MAGIC + prefix)
            chunk = stream.read(CHUNK)
            while True:
                following = stream.read(CHUNK)
                digest.update(chunk)
                if copy is not None:
                    copy.write(chunk)
                file.write(self._cipher.encrypt(_nonce(prefix, index, not following), chunk, MAGIC))
                if not following:
                    break
                index, chunk = index + 1, following
            file.flush()
            os.fsync(file.fileno())
        return digest.hexdigest()

    def _settle(self, partial: Path, file_id: str) -> str:
        final = self.path(file_id)
        if not final.exists():
            final.parent.mkdir(mode=0o700, exist_ok=True)
            os.replace(partial, final)
            sync(final.parent)
            sync(self.folder)
        return file_id

    def _open(self, prefix: bytes, index: int, last: bool, sealed: bytes) -> bytes:
        try:
            return self._cipher.decrypt(_nonce(prefix, index, last), sealed, MAGIC)
        except (InvalidTag, ValueError):
            raise WorkspaceError(
                "A stored file was altered or damaged.",
                "Restore the raw folder from your backup; rapport doctor lists them.",
            ) from None


def _nonce(prefix: bytes, index: int, last: bool) -> bytes:
    return prefix + index.to_bytes(4, "big") + (b"\1" if last else b"\0")


def free_bytes(folder: Path) -> int:
    """Bytes that can still be written below ``folder``."""
    return shutil.disk_usage(folder).free
