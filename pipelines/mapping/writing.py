"""The canonical Parquet of one load, and the findings beside it."""

from __future__ import annotations

from pipelines import model
from pipelines.mapping.patients import TABLE as TRAITS
from pipelines.mapping.patients import make_traits
from pipelines.mapping.work import Work


def write_tables(work: Work, system: str, file_id: str) -> None:
    work.out.mkdir(parents=True, exist_ok=True)
    # What every row says alike is written as its one word, not looked up a million times: it is read as text again.
    for name, value in (("system", "load_system"), ("file", "load_file")):
        work.run(f"create or replace type bearer_{name} as enum (select getvariable('{value}')::varchar)")
    work.run("""create or replace temp table bearer as select $system::bearer_system as source_system,
             $file::bearer_file as source_file_id, $at::timestamp as ingested_at""", {"at": work.received_at})  # fmt: skip
    for name in dict.fromkeys(emit.table for emit in work.source.emits):
        if count := _write_table(work, name):
            work.mapped.tables[name] = count
    if make_traits(work):
        _write_table(work, TRAITS)
    _insert_structural(work)
    _copy(work, "select row, col, value, code, severity from found order by row nulls last, col, code", "findings")


def _write_table(work: Work, name: str) -> int:
    """Write the table's Parquet, if it has any row; returns how many."""
    columns = ", ".join(f"m.{column.name}" for column in model.table(name).columns)
    hashed = {emit.hashed for emit in work.source.emits if emit.table == name} == {True}
    row_hash, typed = ("m.row_hash", "") if hashed else ("t.row_hash", "join typed t using (row)")
    count = _copy(work, f"""
        select {columns}, b.source_system, b.source_file_id, m.row // {work.reading.step} as source_row, {row_hash}, b.ingested_at
        from made_{name} m {typed} cross join bearer b""", name)  # fmt: skip
    if not count:  # counted by being written: to count first is to make every row twice
        (work.out / f"{name}.parquet").unlink()
    return count


def _copy(work: Work, sql: str, name: str) -> int:
    path = str(work.out / f"{name}.parquet").replace("'", "''")
    return int(work.run(f"copy ({sql}) to '{path}' (format parquet, compression zstd)")[0][0])


def _insert_structural(work: Work) -> None:
    """All at once: one by one, a file of nothing but faults takes minutes."""
    told = work.reading.findings
    work.run("""
        insert into found select unnest($row::bigint[]), unnest($col::varchar[]), unnest($value::varchar[]), unnest($code::varchar[]),
            unnest($severity::varchar[])""", {"row": [found.row for found in told], "col": [found.column for found in told],
             "value": [found.value for found in told], "code": [found.code for found in told], "severity": [found.severity for found in told]})  # fmt: skip
