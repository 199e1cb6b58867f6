"""A connection of one's own, and a short way from bytes to what was read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import pytest

from pipelines import readers
from pipelines.readers import Reading, ReadOptions

Cells = list[tuple[object, ...]]
Read = Callable[..., tuple[Reading, Cells]]


@pytest.fixture(scope="session")
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    connection = duckdb.connect(config={"memory_limit": "400MB", "threads": 1})
    yield connection
    connection.close()


@pytest.fixture(scope="session")
def read(con: duckdb.DuckDBPyConnection, tmp_path_factory: pytest.TempPathFactory) -> Read:
    folder: Path = tmp_path_factory.mktemp("files")

    def _read(
        content: str | bytes, name: str = "file.csv", limit: int | None = None, **options: object
    ) -> tuple[Reading, Cells]:
        path = folder / "file"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        reading = readers.read(path, name, ReadOptions(**options), con, limit)  # type: ignore[arg-type]
        return reading, con.execute("select * from stage order by row").fetchall()

    return _read
