"""One corpus file through Rapport's own reader, as something that can be marked."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from corpus.damage import Variant
from corpus.marks import Loaded
from pipelines import readers
from pipelines.errors import FileRefused
from pipelines.readers import ReadOptions

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


def rapport(variant: Variant, path: Path, con: DuckDBPyConnection, **options: object) -> Loaded:
    """What Rapport makes of ``variant``; the bytes are written to ``path``."""
    path.write_bytes(variant.data)
    try:
        reading = readers.read(path, variant.file_name, ReadOptions(**options), con)  # type: ignore[arg-type]
    except FileRefused as refusal:
        return Loaded(None, [], (refusal.message,), refused=True)
    names = ", ".join(f"c{place}" for place in range(len(reading.header)))
    rows = con.execute(f"select {names} from stage order by row, rowid").fetchall()
    records = [[cell or "" for cell in row] for row in rows]
    said = [f"{found.severity} {found.code}" for found in reading.findings]
    said += [f"set aside {aside.reason}" for aside in reading.set_aside]
    said += [f"note: {note}" for note in reading.notes if not note.startswith("Cells are separated by")]
    return Loaded(reading.header if reading.header_rows else None, records, tuple(said))
