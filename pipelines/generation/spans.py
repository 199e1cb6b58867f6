"""What became of a record: its versions, and from when until when each was what counted.

Of ``contested`` (rows in the order in which they were told, see ``sequence``), ``ended`` (which of them a later load takes
back, and when) and ``late`` (those of which their source had spoken before) come ``version`` and ``span``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from pipelines.model import Table


def make_versions(con: DuckDBPyConnection, table: Table) -> None:
    """``version``: the last row of every run of equal rows of a key, and when it began and ended."""
    keys = ", ".join(f"{name}" for name in table.key)
    key_columns = ", ".join(f"c.{name}" for name in table.key)
    recorded = "recorded_at" if "recorded_at" in table.names else "null::timestamp"
    recorded_on = "recorded_on" if "recorded_on" in table.names else "null::date"
    con.execute(
        f"""create or replace temp table version as
        -- One load may end a row twice, by deleting it and by no longer holding it: from the earlier of the two days.
        with taken_back as (
            select h, load_seq, min(taken_back_seq) as taken_back_seq, arg_min(taken_back_at, (taken_back_seq, taken_back_at)) as taken_back_at,
                arg_min(taken_back_on, (taken_back_seq, taken_back_at, taken_back_on)) as taken_back_on
            from ended group by h, load_seq
        ),
        -- What takes back a source's later row takes back its earlier rows of the key with it.
        standing as (
            select c.*, min(e.taken_back_seq) over on_from as taken_back_seq, arg_min(e.taken_back_at, (e.taken_back_seq, e.taken_back_at)) over on_from as taken_back_at,
                arg_min(e.taken_back_on, (e.taken_back_seq, e.taken_back_at, e.taken_back_on)) over on_from as taken_back_on,
                (c.h, c.load_seq) in (select (h, load_seq) from late) as late
            from contested c left join taken_back e using (h, load_seq)
            window on_from as (partition by {key_columns}, c.stated_source, c.stated_system order by c.load_seq, c.source_row
                rows between current row and unbounded following)
        ),
        compared as (
            select *, coalesce(lag(content) over told = content and coalesce(lag(taken_back_seq) over told > load_seq, true), false) as same
            from standing window told as (partition by {keys} order by load_seq, source_row)
        ),
        numbered as (
            select *, sum((not same)::int) over (partition by {keys} order by load_seq, source_row) as number from compared
        ),
        standing_alone as (
            select * exclude (taken_back_at, taken_back_on), min(ingested_at) over (partition by {keys}) as first_seen_at,
                min(ingested_at) over (partition by {keys}, number) as came_at,
                min(statement_on) over (partition by {keys}, number) as came_on,
                case when count(*) over (partition by {keys}, number) = count(taken_back_at) over (partition by {keys}, number)
                    then max(taken_back_at) over (partition by {keys}, number) end as taken_back_at,
                max(taken_back_on) over (partition by {keys}, number) as taken_back_on,
                arg_min(late, load_seq) over (partition by {keys}) as first_late
            from numbered
            qualify row_number() over (partition by {keys}, number order by stale, load_seq desc, source_row desc) = 1
        ),
        -- A source that states a later time of recording tells when it knew; one that repeats the old time does not.
        dated as (
            select *, case when number > 1 then case when {recorded} > lag({recorded}) over (partition by {keys} order by number)
                    then {recorded} else came_at end
                when first_late and {recorded} is null then came_at end as began,
                case when number > 1 and {recorded} > lag({recorded}) over (partition by {keys} order by number) then {recorded_on} else came_on end as began_on
            from standing_alone
        )
        select * from dated"""
    )


def make_spans(con: DuckDBPyConnection) -> None:
    """``span``: from when until when (NULL: to this day) each version was what counted: at any time the latest of those
    that had begun and not ended. A version may count again when a later one is taken back."""
    con.execute(
        """create or replace temp table span as
        with lasting as (
            select h, number, coalesce(began, '-infinity'::timestamp) as began, coalesce(taken_back_at, 'infinity'::timestamp) as ended,
                began_on, taken_back_on
            from version
        ),
        point as (
            select h, t, min(on_day) as on_day from (
                select h, began as t, began_on as on_day from lasting
                union all select h, ended, taken_back_on from lasting where ended < 'infinity'::timestamp
            ) group by h, t
        ),
        best as (
            select p.h, p.t, p.on_day, max(v.number) as number
            from point p left join lasting v on v.h = p.h and v.began <= p.t and v.ended > p.t
            group by p.h, p.t, p.on_day
        ),
        turn as (
            select * from best
            qualify coalesce(lag(number) over (partition by h order by t) is distinct from number, true)
        ),
        told as (
            select h, number, t, on_day, lead(t) over (partition by h order by t) as known_until,
                lead(on_day) over (partition by h order by t) as known_until_on
            from turn
        )
        select h, number, nullif(t, '-infinity'::timestamp) as known_from, known_until,
            case when t > '-infinity'::timestamp then on_day end as known_from_on, known_until_on
        from told where number is not null"""
    )
