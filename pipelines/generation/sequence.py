"""In which order the statements of one record follow one another, and what one leaves to another.

Works on ``contested``: the rows of keys that several loads bear on, with ``load_seq``, the place of their load, and whose
word they are. A source that **adds** (messages) says what is new and is silent about the rest; its records were sent in an
order that their files may have lost. One that keeps when a record was last changed (FHIR) may be loaded out of order, too.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from pipelines import sources
from pipelines.model import PROVENANCE, Table

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

# What a later record of a source that adds does not move: it tells when the news was sent.
FIRST = frozenset(("authored_at", "authored_on", "received_at", "received_on", "created_at", "created_on"))
# Each record's own, with its status.
OWN = ("recorded_at", "recorded_on", "updated_at", "cancel_reason", "cancelled_at", "cancelled_on")


def awaited_sql(table: Table) -> str:
    """SQL: and that a row ``p`` says whatever a message may leave to another one. One that nothing is said of yet counts nowhere."""
    return "".join(f" and p.{column.name} is not null" for column in table.columns if column.awaited)


def drop_untold(con: DuckDBPyConnection, table: Table) -> None:
    """Leave out of ``contested`` what no earlier message completes."""
    if untold := awaited_sql(table):
        con.execute(f"create or replace temp table contested as select * from contested p where true{untold}")


def fill_in(con: DuckDBPyConnection, table: Table, stated_by: Iterable[str]) -> None:
    """``contested`` with what rows of sources that add leave out as earlier ones of their system said it. ``stated_by``: the
    sources of the loads."""
    adding = sorted({name for name in stated_by if _adds(name)})
    if not adding:
        return
    named = ", ".join(f"'{name}'" for name in adding)
    kept = [column.name for column in table.all_columns if column.name in (*table.key, *OWN) or column in PROVENANCE]
    told = [column.name for column in table.all_columns if column.name not in kept]
    filled = ", ".join(
        f"case when stated_source in ({named}) then "
        + (
            f"min({name}) over so_far"
            if name in FIRST
            else f"coalesce({name}, arg_max({name}, case when {name} is not null then (sent_at, load_seq, source_row) end) over so_far)"
        )
        + f" else {name} end as {name}"
        for name in told
    )
    whose = f"{', '.join(table.key)}, stated_system, stated_source in ({named})"
    frame = "rows between unbounded preceding and current row"
    con.execute(
        f"""create or replace temp table contested as
        with sent as (
            select *, coalesce({_changed_sql(table)}, max({_changed_sql(table)}) over loaded, '-infinity'::timestamp) as sent_at
            from contested window loaded as (partition by {whose} order by load_seq, source_row {frame})
        )
        select {", ".join([*kept, "h", "content", "load_seq", "statement_on", "stated_source", "stated_system"])}{", " if told else ""}{filled} from sent
        window so_far as (partition by {whose} order by sent_at, load_seq, source_row {frame})"""
    )


def _changed_sql(table: Table) -> str:
    """When its source last changed what a row says: a message says nothing newer than when it was sent."""
    if "updated_at" not in table.names:
        return "null::timestamp"
    if "recorded_at" not in table.names:
        return "updated_at"
    named = ", ".join(f"'{name}'" for name in sources.registry() if _adds(name))
    return f"case when stated_source in ({named}) then coalesce(updated_at, recorded_at) else updated_at end"


def mark_stale(con: DuckDBPyConnection, table: Table) -> None:
    """``contested`` with ``stale``: rows that the same source and system had changed again before, as a row of an earlier
    load of theirs says. They are equal to what stood when they came, so that they change nothing, and what states or takes
    back the record still does. Only one system's times are compared: another's clock tells nothing of this one's versions."""
    changed = _changed_sql(table)
    told = (
        "updated_at" in table.names
        and con.execute(f"select 1 from contested where {changed} is not null limit 1").fetchall()
    )
    if not told:
        con.execute("create or replace temp table contested as select *, false as stale from contested")
        return
    whose = ", ".join(table.key)
    con.execute(
        f"""create or replace temp table contested as
        with told as (
            select *, coalesce({changed} < max({changed}) over so_far, false) as stale from contested
            window so_far as (partition by {whose}, stated_source, stated_system order by load_seq, source_row rows between unbounded preceding and current row)
        ),
        standing as (
            select *, arg_max(content, case when not stale then (load_seq, source_row) end) over so_far as stood from told
            window so_far as (partition by {whose} order by load_seq, source_row rows between unbounded preceding and current row)
        )
        select * exclude (content, stood), case when stale then stood else content end as content from standing"""
    )


def _adds(name: str) -> bool:
    source = sources.registry().get(name)
    return source is not None and source.adds
