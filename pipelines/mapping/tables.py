"""``made_T``: the rows of every canonical table that a source emits, each key once."""

from __future__ import annotations

from pipelines import model, reference
from pipelines.checks import NOTE, WARNING
from pipelines.layouts import items
from pipelines.mapping.typed import make_parsed
from pipelines.mapping.work import Work
from pipelines.sources import Emit


def make_relations(work: Work) -> None:
    if work.source.reference:
        reference.load_nucc(work.con, work.choices.taxonomy)
    if work.source.items:
        work.mapped.decisions += items.make(
            work.con, work.reading, set(work.columns.values()), work.source.ignored, work.source.ignored_patterns
        )
    for relation in work.source.relations:
        work.run(f"create or replace temp table {relation.name} as {bound(relation.sql)}")


def bound(sql: str) -> str:
    """A source's SQL with its parameters as connection variables, since views take no parameters."""
    told = {"$system": "load_system')::varchar", "$file": "load_file')::varchar", "$arrived": "load_day')::date"}
    for name, variable in told.items():
        sql = sql.replace(name, f"getvariable('{variable}")
    return sql


def make_tables(work: Work) -> None:
    """``made_T`` for every table the source emits, the primary one first: it tells which rows repeat others.
    They are views until some key occurs twice: a million rows are not held a third time."""
    names = list(dict.fromkeys([work.source.primary, *(emit.table for emit in work.source.emits)]))
    for name in names:
        emits = [emit for emit in work.source.emits if emit.table == name]
        _make_table(work, name, emits)
        if name == work.source.primary:
            _drop_repeated(work, name)
        elif len(emits) > 1 or not emits[0].unique:
            _keep_last(work, name)


def _make_table(work: Work, name: str, emits: list[Emit]) -> None:
    table = model.table(name)
    parts = []
    row_hash = "row_hash, " if all(emit.hashed for emit in emits) else ""
    for emit in emits:
        sql = bound(emit.sql)
        given = {row[0] for row in work.run(f"describe {sql}")}
        shown = ", ".join(
            f"{column.name if column.name in given else 'null'}::{column.type} as {column.name}"
            for column in table.columns
        )
        parts.append(f"select row, {row_hash}{shown} from ({sql})")
    adds = work.source.adds
    needed = " and ".join(
        f"{column.name} is not null" for column in table.columns if column.required and not (adds and column.awaited)
    )
    work.run(f"create or replace temp view made_{name} as select * from ({' union all '.join(parts)}) where {needed}")


def _clashes(work: Work, name: str) -> bool:
    """Whether some key occurs twice; if so, ``made_T`` becomes a table and ``clash`` lists the keys. ``keyed_row`` has the
    keys of all rows: what makes them is asked once."""
    keys = ", ".join(model.table(name).key)
    work.run(f"create or replace temp table keyed_row as select row, {keys} from made_{name}")
    work.run(f"create or replace temp table clash as select {keys} from keyed_row group by {keys} having count(*) > 1")
    if not work.run("select count(*) from clash")[0][0]:
        return False
    work.run(f"create or replace temp table fixed_{name} as select * from made_{name}")
    work.run(f"create or replace temp view made_{name} as select * from fixed_{name}")
    return True


def _same_key(name: str, left: str, right: str) -> str:
    return " and ".join(f"{left}.{column} is not distinct from {right}.{column}" for column in model.table(name).key)


def _keep_last(work: Work, name: str) -> None:
    """Reduce rows of one key to the last one (two spellings of one practice, two rows of one site)."""
    if _clashes(work, name):
        keys = ", ".join(model.table(name).key)
        work.run(
            f"""create or replace temp table fixed_{name} as
            select * from fixed_{name} qualify row_number() over (partition by {keys} order by row desc, md5(fixed_{name}::varchar)) = 1"""
        )


def _drop_repeated(work: Work, name: str) -> None:
    """Rows whose every primary row is superseded are duplicates: of equal rows the first stays, else the last."""
    told = "keyed_row"
    if _clashes(work, name):
        told = f"made_{name}"
        keys = ", ".join(model.table(name).key)
        work.run(
            f"""create or replace temp table rival as
            with standing as (
                select m.row, {", ".join(f"m.{column}" for column in model.table(name).key)}, t.row_hash
                from made_{name} m join clash on {_same_key(name, "m", "clash")} join typed t on t.row = m.row),
            newest as (select *, first_value(row_hash) over (partition by {keys} order by row desc) as last_hash from standing)
            select *, row_hash = last_hash as same,
                row <> min(row) filter (row_hash = last_hash) over (partition by {keys}) as loses from newest"""
        )
        work.run(
            f"delete from fixed_{name} m where exists (select 1 from rival where rival.loses and rival.row = m.row and {_same_key(name, 'rival', 'm')})"
        )
        # A row may win and lose the same key (two emits of one row): what is left of a key is then reduced below.
        work.run(
            f"""insert into found
            select row, null, null, case when bool_and(same) then 'duplicate_row' else 'repeated_key' end,
                case when bool_and(same) then '{NOTE}' else '{WARNING}' end
            from rival where row not in (select row from made_{name}) group by row"""
        )
        _keep_last(work, name)
    _drop_equal_rows(work, told)
    work.run("insert into dropped select distinct row from found where code in ('duplicate_row', 'repeated_key')")
    make_parsed(work)


def _drop_equal_rows(work: Work, told: str) -> None:
    """Rows that put nothing into the primary table (whose rows ``told`` lists) repeat one another when they are equal word
    for word."""
    work.run(
        f"""insert into found
        select row, null, null, 'duplicate_row', '{NOTE}' from parsed
        where row not in (select row from {told}) and row not in (select row from found where code in ('duplicate_row', 'repeated_key'))
        qualify row_number() over (partition by row_hash order by row) > 1"""
    )
