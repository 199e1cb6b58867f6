"""A network of a few records, and who is who in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import duckdb
import pytest

from pipelines.identity import MACROS, resolve
from pipelines.model import create_table_sql, table

Rows = Sequence[Mapping[str, Any]]
PROVENANCE = {
    "source_system": "test",
    "source_file_id": "f",
    "source_row": 1,
    "row_hash": 1,
    "ingested_at": "2026-01-01",
}


@pytest.fixture
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as opened:
        for macro in MACROS:
            opened.execute(macro)
        yield opened


@pytest.fixture
def groups(con: duckdb.DuckDBPyConnection) -> Callable[..., set[frozenset[int]]]:
    """Given rows of the described tables (roles as person, practice and perhaps a telephone), the sets of records that
    are one ``kind`` of thing."""

    def resolved(
        kind: str,
        practitioners: Rows = (),
        practices: Rows = (),
        roles: Sequence[tuple[Any, ...]] = (),
        decisions: Sequence[resolve.Decision] = (),
    ) -> set[frozenset[int]]:
        fill(
            con, "practitioner", [{"practitioner_id": place, **row} for place, row in enumerate(practitioners, start=1)]
        )
        fill(
            con,
            "organization",
            [{"organization_id": place, "kind": "practice", **row} for place, row in enumerate(practices, start=1)],
        )
        fill(
            con,
            "practitioner_role",
            [
                {"practitioner_id": person, "organization_id": practice, "phone": number[0] if number else None}
                for person, practice, *number in roles
            ],
        )
        resolve.build(con, decisions)
        found = con.execute(f"select list(id) from {kind}_alias group by to_id").fetchall()
        return {frozenset(members) for (members,) in found}

    return resolved


def fill(con: duckdb.DuckDBPyConnection, name: str, rows: Rows) -> None:
    """Make the described table ``name`` of ``rows``."""
    con.execute(create_table_sql(table(name)).replace("create table", "create or replace table", 1))
    for row in rows:
        cells = {**row, **PROVENANCE}
        con.execute(f"insert into {name} ({', '.join(cells)}) values ({', '.join(f'${key}' for key in cells)})", cells)
