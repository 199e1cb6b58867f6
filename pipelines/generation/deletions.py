"""What sources say that they have deleted, and which rows of the record that takes back.

A deletion takes back what was said of its record before the source deleted it, under the number and by the system that
it names. Which of the two was loaded first does not decide that where the record says when its source last changed it:
an older export may come after the deletion, and a record made anew before it. Where it does not say, what was loaded
before the deletion is taken to be older. What is told of a record (a referral's steps, a subject's) goes by the time
of the record in the same load.

``deleted_record``: the records that a load deletes, and when. ``changed_record``: when each of them was last changed,
as a load of it says.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Protocol

from pipelines.model import TABLES, Table
from pipelines.model import table as table_of
from pipelines.model.deletions import DELETABLE

if TYPE_CHECKING:
    from pathlib import Path

    from duckdb import DuckDBPyConnection

DELETION = table_of("deletion")
# The table whose rows are the records themselves, by the column that names them.
_OWNERS = {name: next(table for table in TABLES if table.key == (name,)) for name in DELETABLE}


class Loaded(Protocol):
    """A load with its canonical files."""

    def file(self, table: Table) -> Path: ...


def files_of(tables: Iterable[Table], parts: Iterable[Loaded]) -> list[str]:
    """The files there are of ``tables`` in ``parts``."""
    return [str(part.file(table)) for table in tables for part in parts if part.file(table).exists()]


def of_load(table: Table) -> str:
    """SQL: that a row ``p`` of the table's files is of the load ``o``."""
    return f"o.folder = left(p.filename, length(p.filename) - {len(table.name) + len('/.parquet')})"


def register(con: DuckDBPyConnection, parts: Sequence[Loaded]) -> None:
    """Make ``deleted_record`` and ``changed_record`` of the loads in ``load_order``."""
    con.execute(
        "create or replace temp table deleted_record (record varchar, record_id bigint, system varchar, load_seq bigint, deleted_at timestamp, deleted_on date)"
    )
    con.execute(
        "create or replace temp table changed_record (record varchar, record_id bigint, load_seq bigint, changed_at timestamp)"
    )
    files = files_of([DELETION], parts)
    if not files:
        return
    con.execute(
        f"""insert into deleted_record
        select p.record, p.record_id, o.system, o.load_seq, coalesce(p.deleted_at, o.stated_at), coalesce(p.deleted_on, o.stated_on)
        from read_parquet($files, union_by_name = true, filename = true) p join load_order o on {of_load(DELETION)}""",
        {"files": files},
    )
    for (record,) in con.execute("select distinct record from deleted_record").fetchall():
        _note_changes(con, record, parts)


def _note_changes(con: DuckDBPyConnection, record: str, parts: Sequence[Loaded]) -> None:
    owner = _OWNERS[record]
    files = files_of([owner], parts)
    if not files:
        return
    found = {name for (name,) in con.execute("select distinct name from parquet_schema($files)", {"files": files}).fetchall()}  # fmt: skip
    times = [f"p.{name}" for name in ("updated_at", "recorded_at") if name in found and name in owner.names]
    if times:
        con.execute(
            f"""insert into changed_record
            select '{record}', p.{record}, o.load_seq, max(coalesce({", ".join([*times, "null"])})) as changed_at
            from read_parquet($files, union_by_name = true, filename = true) p join load_order o on {of_load(owner)}
            where p.{record} in (select record_id from deleted_record where record = '{record}')
            group by all having changed_at is not null""",
            {"files": files},
        )


def bears_on(table: Table, parts: Sequence[Loaded]) -> bool:
    """Whether some load deletes records, and ``table`` has facts of such. Asked of the files, for it is asked of every
    table at every step, and an answer from the database takes Spark half a second."""
    return table.key[0] in DELETABLE and bool(files_of([DELETION], parts))


def named_sql(table: Table) -> str:
    """A query of the records that some load deletes, as ``table`` names them."""
    return f"select record_id from deleted_record where record = '{table.key[0]}'"


def ended_sql(table: Table) -> str:
    """A query of rows of ``contested`` with the load that deletes their record, and when."""
    name = table.key[0]
    return f"""select c.h, c.load_seq, d.load_seq, d.deleted_at, d.deleted_on
        from contested c
        join deleted_record d on d.record = '{name}' and d.record_id = c.{name} and d.system = c.stated_system and d.load_seq <> c.load_seq
        left join changed_record w on w.record = '{name}' and w.record_id = c.{name} and w.load_seq = c.load_seq
        where coalesce(w.changed_at <= d.deleted_at, d.load_seq > c.load_seq)"""
