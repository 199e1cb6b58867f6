"""The kept rows of a load: which files they are, and whether they still are what was kept."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pipelines.record.ledger import Load


def files_of(folder: Path) -> list[Path]:
    """The files of rows in ``folder`` that are kept, by name."""
    # The values in findings may identify patients; they can be made again.
    return sorted(path for path in folder.glob("*.parquet") if path.name != "findings.parquet")


def digests(folder: Path) -> dict[str, str]:
    """SHA-256 of each file of rows in ``folder`` that is kept, by its name."""
    found = {}
    for path in files_of(folder):
        with open(path, "rb") as file:
            found[path.name] = hashlib.file_digest(file, "sha256").hexdigest()
    return found


def noted(load: Load) -> dict[str, str] | None:
    """The digests of what was kept of a load; ``None`` of one that was made before they were noted."""
    found: dict[str, str] | None = load.detail.get("kept")
    return found


def are_there(load: Load, folder: Path) -> bool:
    """Whether every file that was kept of ``load`` is in its ``folder``: a look at names, which costs nothing."""
    return folder.is_dir() and all((folder / name).is_file() for name in noted(load) or ())


def are_whole(load: Load, folder: Path) -> bool:
    """Whether the kept rows of ``load`` are in its ``folder``, and nothing but what was kept, as far as that was noted."""
    try:
        return are_there(load, folder) and noted(load) in (None, digests(folder))
    except OSError:
        return False
