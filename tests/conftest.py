"""What every test may use: a private workspace, and loads made of plain dictionaries."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb
import hypothesis
import pytest

from pipelines import demo, ingest
from pipelines.model import create_table_sql, table
from pipelines.record.ledger import KEPT_BY
from pipelines.workspace import Workspace, open_workspace

ARRIVED = dt.datetime(2026, 6, 30, 12, 0)

# The gate asks the same examples of a change each time: who has changed nothing there is not stopped by what an older mistake
# does to a new example. Those are looked for by `make explore`.
hypothesis.settings.register_profile("gate", derandomize=True, deadline=None)
hypothesis.settings.register_profile("explore", deadline=None, print_blob=True)
hypothesis.settings.load_profile("gate")


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workspace]:
    """An empty workspace with a key of its own, closed afterwards."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.delenv("RAPPORT_KEY", raising=False)
    opened = open_workspace(tmp_path / "workspace")
    yield opened
    opened.warehouse.close()


@pytest.fixture(scope="session")
def demo_network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    """A small demo network, written as export files and loaded through the ordinary pipeline. Read only."""
    folder = tmp_path_factory.mktemp("demo")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CONFIG_HOME", str(folder / "config"))
        opened = open_workspace(folder / "workspace")
        demo.write(folder / "exports", scale=0.01)
        ingest.ingest_files(opened, demo.exports(folder / "exports"))
        yield opened
        opened.warehouse.close()


def put_load(
    workspace: Workspace, tables: Mapping[str, Sequence[Mapping[str, Any]]], arrived: dt.datetime = ARRIVED,
    *, source: str = "test", snapshot: bool = False, zone: str | None = None,
) -> int:  # fmt: skip
    """Record a load of canonical rows given as dictionaries, as a mapped file would leave them; not published."""
    file_id = hashlib.sha256(json.dumps([tables, workspace.ledger.revision], default=str).encode()).hexdigest()
    counts = {
        "rows_in": max(map(len, tables.values()), default=0),
        "rows_loaded": 0,
        "rows_rejected": 0,
        "rows_duplicate": 0,
    }
    load_id = workspace.ledger.begin_load(
        file_id=file_id,
        part="",
        file_name="rows.csv",
        source=source,
        system="test",
        by="test",
        counts=counts,
        detail={
            "kept_by": KEPT_BY,
            "choices": {"snapshot": snapshot},
            "zones": [zone] if zone else [],
            "received_at": arrived.isoformat(),
        },
    )
    folder = workspace.record / str(load_id)
    folder.mkdir(parents=True)
    for name, rows in tables.items():
        write_rows(folder / f"{name}.parquet", name, rows, file_id, arrived)
    workspace.ledger.activate(load_id, "test")
    return load_id


def write_rows(path: Path, name: str, rows: Sequence[Mapping[str, Any]], file_id: str, arrived: dt.datetime) -> None:
    declared = table(name)
    with duckdb.connect() as con:
        con.execute(create_table_sql(declared, "made"))
        for column in (column for column in declared.columns if column.awaited):  # a message may leave it out
            con.execute(f"alter table made alter column {column.name} drop not null")
        for position, row in enumerate(rows, start=2):
            filled = {
                "source_system": "test", **row, "source_file_id": file_id, "source_row": position, "ingested_at": arrived,
                "row_hash": int(hashlib.md5(repr(sorted(row.items())).encode()).hexdigest()[:15], 16),
            }  # fmt: skip
            names = [column.name for column in declared.all_columns if column.name in filled]
            marks = ", ".join(f"${column}" for column in names)
            con.execute(
                f"insert into made ({', '.join(names)}) values ({marks})", {column: filled[column] for column in names}
            )
        con.execute(f"copy made to '{path}' (format parquet)")
