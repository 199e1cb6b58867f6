"""A file's bytes, kept before anything is made of them."""

from __future__ import annotations

import io
import os
import stat
from pathlib import Path
from typing import BinaryIO

from pipelines.errors import FileRefused
from pipelines.workspace import Workspace


def opened(path: Path) -> BinaryIO:
    """The file at ``path``, open to be read. A named pipe would let whoever opens it wait for ever, a device never end:
    ``FileRefused`` for both, and for folders; ``OSError`` when it cannot be opened."""
    file = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    if not stat.S_ISREG(os.fstat(file).st_mode):
        os.close(file)
        raise FileRefused(
            f"{clean_name(path.name)} is not a plain file.", "Name a file, not a pipe, a device or a folder."
        )
    return os.fdopen(file, "rb")


def receive(
    workspace: Workspace, name: str, data: bytes | BinaryIO, by: str = "local", plain: Path | None = None
) -> str:
    """Keep the bytes of a file, encrypted; returns its file id (SHA-256) once they are safe on disk. ``plain`` gets a plain
    copy for ``inspect``.

    Raises ``FileRefused`` for an empty file, ``WorkspaceError`` when the disk is full.
    """
    stream = io.BytesIO(data) if isinstance(data, bytes) else data
    safe_name = clean_name(name)
    if not stream.seekable() or stream.seek(0, os.SEEK_END) == 0:
        raise FileRefused("The file is empty.", "Export it again; it should have a header row and at least one record.")
    size = stream.tell()
    stream.seek(0)
    file_id = workspace.archive.put(stream, plain)
    workspace.ledger.note_received(file_id, safe_name, size, by)
    return file_id


def clean_name(name: str) -> str:
    """The last part of a file's name, printable and at most 120 characters: it is shown, never used as a path."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    printable = "".join(character for character in last if character.isprintable()).strip() or "unnamed"
    if len(printable) <= 120:
        return printable
    stem, dot, ending = printable.rpartition(".")
    return f"{(stem or printable)[:100]}...{dot}{ending[:16]}" if dot else f"{printable[:117]}..."
