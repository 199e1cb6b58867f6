"""Which version of a fact counts now, and which counted on an earlier day.

Many loads may state one record. The latest statement counts; what it replaced is kept beside it, with the time
from which and until which it was what was known, so that the figures of a past day can be given again.

* A row of the same **key** in a later load replaces the earlier one, whoever states it. Equal rows are one version.
  Where both say when their source last changed them (FHIR), or when they were sent (messages), an older one that comes
  later replaces nothing.
* A source that **restates** something whole (a log's row states its referral with all its dates) takes back what
  its earlier files said of the same thing and it no longer says.
* A load declared a **snapshot** takes back every row of its source and system that it does not hold.
* A source that **adds** (messages) leaves standing what its record is silent about, and when the thing came to be. Its
  records follow one another in the order in which they were sent, in whatever files they came. One that leaves out what its
  table needs (a cancellation without the time of the visit) counts once another has said it.
* A **deletion** takes back what its system had said of the record that it names, whichever source said it: ``deletions``.

The first version of a record is known from whenever it says it happened (unless its source had spoken of the same
thing before without it), a later one from when its source recorded it, if it says so anew, else from when its file came. Undoing a load leaves the versions as they would be without it.

The tables: ``T`` has what counts now, with ``first_seen_at`` and ``known_from`` (NULL: from the beginning);
``T_history`` what no longer counts, with ``known_until`` too. Beside each instant stands its day where it was recorded or
the file's times are local: what began on a day is known at that day's end.
"""

from __future__ import annotations

import datetime as dt
import zoneinfo
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipelines import sources
from pipelines.business_time import DEFAULT_ZONE
from pipelines.generation import deletions, sequence, spans
from pipelines.generation.deletions import files_of as _files
from pipelines.generation.deletions import of_load as _of_load
from pipelines.model import HISTORY, STANDING, TABLES, Column, Table, create_table_sql

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from pipelines.record.ledger import Load

FACTS = tuple(table for table in TABLES if not table.described)
UNCOMPARED = ("updated_at",)  # may differ between rows that say the same: a server touches what it does not change
Unit = tuple[str, ...]


@dataclass(frozen=True)
class Part:
    """One active load and the folder with its canonical Parquet."""

    load: Load
    folder: Path

    def file(self, table: Table) -> Path:
        return self.folder / f"{table.name}.parquet"

    @property
    def statement(self) -> tuple[str, str]:
        """Whose word the load is: its source and the system whose record numbers it holds."""
        return self.load.source, self.load.system

    @property
    def snapshot(self) -> bool:
        """Whether the load was declared to hold everything its source has."""
        return bool(self.load.detail.get("choices", {}).get("snapshot"))

    @property
    def received_at(self) -> str:
        return str(self.load.detail.get("received_at") or self.load.loaded_at)

    @property
    def received_on(self) -> dt.date:
        """The day it arrived where its times are local, at the last of its sites to the east: as of that day its rows are
        known. What an older release loaded tells only the zone that was chosen."""
        zones = self.load.detail.get("zones") or [self.load.detail.get("choices", {}).get("time_zone") or DEFAULT_ZONE]
        arrived = dt.datetime.fromisoformat(self.received_at)
        instant = arrived if arrived.tzinfo else arrived.replace(tzinfo=dt.UTC)
        return max(instant.astimezone(zoneinfo.ZoneInfo(zone)).date() for zone in zones)

    @property
    def unit(self) -> Unit:
        """The columns that name what a row of the load's source states whole; none for most."""
        source = sources.registry().get(self.load.source)
        return source.restates if source else ()


def history_name(table: Table) -> str:
    return f"{table.name}_history"


def register(con: DuckDBPyConnection, parts: Sequence[Part]) -> None:
    """``load_order``: for each load its folder, place, whose word it is, and whether it is a snapshot; what loads delete."""
    con.execute(
        "create or replace temp table load_order (folder varchar, load_seq bigint, source varchar, system varchar, snapshot boolean, stated_at timestamp, stated_on date)"
    )
    rows: list[list[Any]] = [
        [str(part.folder), part.load.load_id, *part.statement, part.snapshot, part.received_at, part.received_on]
        for part in parts
    ]
    if rows:
        con.executemany("insert into load_order values (?, ?, ?, ?, ?, ?, ?)", rows)
    deletions.register(con, parts)


def create(con: DuckDBPyConnection, table: Table, parts: Sequence[Part]) -> None:
    """Make the table of a fact and its history from all loads."""
    declare(con, table)
    _fill(con, table, parts, "")


def declare(con: DuckDBPyConnection, table: Table) -> None:
    """Make the table of a fact and its history, empty."""
    con.execute(create_table_sql(table, history=STANDING).replace("create table", "create or replace table", 1))
    con.execute(
        create_table_sql(table, history_name(table), history=HISTORY).replace(
            "create table", "create or replace table", 1
        )
    )


def replace_changed(con: DuckDBPyConnection, table: Table, parts: Sequence[Part]) -> None:
    """Make the rows of the ids in ``changed`` (values of the key's first column) afresh."""
    key = table.key[0]
    for name in (table.name, history_name(table)):
        con.execute(f"delete from {name} where {key} in (select id from changed)")
    _fill(con, table, parts, f"where p.{key} in (select id from changed)")


def note_changed(con: DuckDBPyConnection, table: Table, parts: Sequence[Part], changed: Sequence[Part]) -> bool:
    """``changed``: ids (the key's first column) of every row of ``table`` that the loads in ``changed``, added or
    undone, can bear on. Returns whether there may be any."""
    kind = next(column.type for column in table.columns if column.name == table.key[0])
    con.execute(f"create or replace temp table changed (id {kind})")
    key, own = table.key[0], _files([table], changed)
    if own:
        con.execute(f"insert into changed select distinct {key} from read_parquet($files)", {"files": own})
    if deletions.bears_on(table, changed):
        con.execute(
            f"insert into changed select distinct record_id from read_parquet($files) where record = '{key}'",
            {"files": _files([deletions.DELETION], changed)},
        )
    every = _unique([*parts, *changed])
    for part in changed:
        same = [other for other in every if other.statement == part.statement]
        rows = _files([table], same)
        if rows and part.snapshot:
            con.execute(f"insert into changed select distinct {key} from read_parquet($files)", {"files": rows})
        elif rows and part.unit and set(part.unit) <= set(table.names):
            stated = _stated_sql(part.unit, [part])
            if stated:
                unit = ", ".join(part.unit)
                con.execute(
                    f"insert into changed select distinct {key} from read_parquet($files, union_by_name = true)"
                    f" where ({unit}) in (select ({unit}) from ({stated[0]}))", {"files": rows, **stated[1]}
                )  # fmt: skip
    return bool(con.execute("select count(*) from changed").fetchall()[0][0])


# --- filling a table ----------------------------------------------------------------------------------------------


def columns_sql(con: DuckDBPyConnection, files: Sequence[str], declared: Sequence[Column]) -> str:
    """``declared`` columns as ``read_parquet(...) p`` has them, comma-separated: what no file of an older
    release can hold yet is NULL, or what stands for it, so that a workspace outlives a new column."""
    told = _told_sql(con, files, declared)
    return ", ".join(sql if sql == f"p.{name}" else f"{sql} as {name}" for name, sql in told.items())


def _told_sql(con: DuckDBPyConnection, files: Sequence[str], declared: Sequence[Column]) -> dict[str, str]:
    """SQL of each declared column's value by its name, over ``read_parquet(...) p``."""
    found = con.execute("select distinct name from parquet_schema($files)", {"files": list(files)}).fetchall()
    known = {name for (name,) in found}
    told = {}
    for column in declared:
        own = f"p.{column.name}" if column.name in known else ""
        either = [text for text in (own, column.instead) if text]
        told[column.name] = (
            f"coalesce({', '.join(either)})" if len(either) == 2 else "".join(either) or f"null::{column.type}"
        )
    return told


def _unique(parts: Iterable[Part]) -> list[Part]:
    return list({part.load.load_id: part for part in parts}.values())


def _fill(con: DuckDBPyConnection, table: Table, parts: Sequence[Part], restriction: str) -> None:
    files = _files([table], parts)
    if not files:
        return
    columns = columns_sql(con, files, table.all_columns)
    if len(files) == 1 and not _restated(table, parts) and not deletions.bears_on(table, parts):
        con.execute(
            f"insert into {table.name} by name select {columns}, p.ingested_at as first_seen_at from read_parquet($files) p"
            f" {restriction or 'where true'}{sequence.awaited_sql(table)}",
            {"files": files},
        )
        return
    _find_contested(con, table, parts, files, restriction)
    con.execute(
        f"""insert into {table.name} by name select {columns}, p.ingested_at as first_seen_at
        from read_parquet($files, union_by_name = true) p {restriction or "where true"}{sequence.awaited_sql(table)} and {_key_hash(table)} not in (select h from contested_key)""",
        {"files": files},
    )
    if con.execute("select count(*) from contested_key").fetchall()[0][0]:
        _resolve(con, table, parts, files, restriction)


def _restated(table: Table, parts: Sequence[Part]) -> list[tuple[Unit, list[Part]]]:
    """The loads that may take back rows of ``table``, by unit (none for snapshots): only where there are several
    of one source and system."""
    groups: dict[tuple[str, str], list[Part]] = {}
    for part in parts:
        groups.setdefault(part.statement, []).append(part)
    found: dict[Unit, list[Part]] = {}
    for group in groups.values():
        if len(group) < 2 or not _files([table], group):
            continue
        if any(part.snapshot for part in group):
            found.setdefault((), []).extend(group)
        if group[0].unit and set(group[0].unit) <= set(table.names):
            found.setdefault(group[0].unit, []).extend(group)
    return list(found.items())


def _key_hash(table: Table) -> str:
    return f"hash({', '.join(table.key)})"


def _rows_sql(con: DuckDBPyConnection, table: Table, files: Sequence[str], restriction: str) -> str:
    columns = columns_sql(con, files, table.all_columns)
    compared = [column for column in table.columns if column.name not in UNCOMPARED]
    content = ", ".join(_told_sql(con, files, compared).values())
    return f"""select {columns}, hash({", ".join(f"p.{name}" for name in table.key)}) as h, hash({content}) as content,
        o.load_seq, o.stated_on as statement_on, o.source as stated_source, o.system as stated_system
        from read_parquet($files, union_by_name = true, filename = true) p
        join load_order o on {_of_load(table)} {restriction}"""


def _find_contested(
    con: DuckDBPyConnection, table: Table, parts: Sequence[Part], files: list[str], restriction: str
) -> None:
    """``contested_key``: hashes of the keys that more than one load bears on. All others go the short way: a window
    over five million events took half as long again."""
    con.execute(
        f"""create or replace temp table contested_key as select {_key_hash(table)} as h
        from read_parquet($files, union_by_name = true) p {restriction} group by h having count(*) > 1""",
        {"files": files},
    )
    if deletions.bears_on(table, parts):
        con.execute(
            f"""insert into contested_key select distinct {_key_hash(table)} as h
            from read_parquet($files, union_by_name = true) p {restriction or "where true"} and p.{table.key[0]} in ({deletions.named_sql(table)})""",
            {"files": files},
        )
    for place, (unit, group) in enumerate(_restated(table, parts)):
        if not unit:
            con.execute(
                f"""insert into contested_key select distinct h from ({_rows_sql(con, table, files, restriction)})
                where (stated_source, stated_system) in (select (source, system) from load_order where snapshot)""",
                {"files": files},
            )
            continue
        stated, more = _stated_sql(unit, group) or ("", {})
        names = ", ".join(unit)
        # Only the changed rows' units, when few rows are made afresh: a small upload does not read every unit there is.
        few = f"where hash({names}) in (select hash({names}) from read_parquet($files, union_by_name = true) p {restriction})"
        more |= {"files": files} if restriction else {}
        con.execute(
            f"""create or replace temp table restated_{place} as
            select u, source, system, load_seq, stated_at, stated_on from (
                select distinct hash({", ".join(unit)}) as u, o.source, o.system, o.load_seq, o.stated_at, o.stated_on
                from (select * from ({stated}) {few if restriction else ""}) s
                join load_order o on o.folder = left(s.filename, length(s.filename) - length(parse_filename(s.filename)) - 1))
            qualify count(*) over (partition by u, source, system) > 1""",
            more,
        )
        con.execute(
            f"""insert into contested_key select distinct h from ({_rows_sql(con, table, files, restriction)}) c
            where (hash({", ".join(unit)}), stated_source, stated_system) in (select (u, source, system) from restated_{place})""",
            {"files": files},
        )


def _stated_sql(unit: Unit, parts: Sequence[Part]) -> tuple[str, dict[str, Any]] | None:
    """A query of (unit columns, filename) over every fact of ``parts`` that has the unit's columns, and its parameters."""
    texts, more = [], {}
    for table in FACTS:
        files = _files([table], parts) if set(unit) <= set(table.names) else []
        if files:
            more[f"stated_{table.name}"] = files
            texts.append(f"select {', '.join(unit)}, filename from read_parquet($stated_{table.name}, union_by_name = true, filename = true)")  # fmt: skip
    return (" union all ".join(texts), more) if texts else None


def _resolve(con: DuckDBPyConnection, table: Table, parts: Sequence[Part], files: list[str], restriction: str) -> None:
    con.execute(
        f"""create or replace temp table contested as
        select * from ({_rows_sql(con, table, files, restriction)}) where h in (select h from contested_key)""",
        {"files": files},
    )
    sequence.fill_in(con, table, [part.load.source for part in parts])
    sequence.drop_untold(con, table)
    _find_ended(con, table, parts)
    sequence.mark_stale(con, table)
    spans.make_versions(con, table)
    spans.make_spans(con)
    names = ", ".join(f"v.{column.name}" for column in table.all_columns)
    told = f"select {names}, v.first_seen_at, s.known_from, s.known_from_on, s.known_until, s.known_until_on from version v join span s using (h, number)"
    con.execute(
        f"insert into {table.name} by name select * exclude (known_until, known_until_on) from ({told}) where known_until is null"
    )
    con.execute(f"insert into {history_name(table)} by name select * from ({told}) where known_until is not null")


def _find_ended(con: DuckDBPyConnection, table: Table, parts: Sequence[Part]) -> None:
    """``late``: rows whose source had spoken of the same thing before. ``ended``: for a row of a load, the next load
    that states its unit (or all) and lacks it, or deletes it. If that one holds the row again, it is that one's row that later loads
    may take back, and this one with it."""
    con.execute(
        "create or replace temp table ended (h ubigint, load_seq bigint, taken_back_seq bigint, taken_back_at timestamp, taken_back_on date)"
    )
    con.execute("create or replace temp table late (h ubigint, load_seq bigint)")
    if deletions.bears_on(table, parts):
        con.execute(f"insert into ended {deletions.ended_sql(table)}")
    for place, (unit, _) in enumerate(_restated(table, parts)):
        told = f"restated_{place}" if unit else "load_order"
        same = f"s.u = hash({', '.join(f'c.{name}' for name in unit)}) and " if unit else ""
        con.execute(
            f"""insert into ended
            select c.h, c.load_seq, s.next_seq, s.next_at, s.next_on
            from contested c join ({_followed_sql(told, unit)}) s
                on {same}s.source = c.stated_source and s.system = c.stated_system and c.load_seq = s.load_seq
            where not exists (select 1 from contested d where d.h = c.h and d.load_seq = s.next_seq)"""
        )
        if unit:
            con.execute(
                f"""insert into late
                select c.h, c.load_seq from contested c
                join (select u, source, system, min(load_seq) as first_seq from {told} group by all) s
                    on {same}s.source = c.stated_source and s.system = c.stated_system and c.load_seq > s.first_seq"""
            )


def _followed_sql(told: str, unit: Unit) -> str:
    """Each load of ``told`` (that states a unit, or any) with the next one that may take back what it said: the next
    that states the unit again, or the next snapshot. Loads that none follows are left out."""
    whose = "u, source, system" if unit else "source, system"
    counts = "true" if unit else "snapshot"
    return f"""select {whose}, load_seq, next_seq, next_at, next_on from (
            select *, min(case when {counts} then load_seq end) over later as next_seq,
                arg_min(stated_at, case when {counts} then load_seq end) over later as next_at,
                arg_min(stated_on, case when {counts} then load_seq end) over later as next_on
            from {told}
            window later as (partition by {whose} order by load_seq rows between 1 following and unbounded following)
        ) where next_seq is not null"""
