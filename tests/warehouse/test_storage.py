"""How the tables of a generation lie on disk."""

from __future__ import annotations

from pathlib import Path

import duckdb

from pipelines.model import STANDING, create_table_sql, table
from pipelines.warehouse import connect_to_build

ROWS = 2_000


def test_what_no_two_rows_have_alike_is_written_as_it_is_and_words_are_not(tmp_path: Path) -> None:
    with duckdb.connect(str(tmp_path / "kept.duckdb")) as con:
        con.execute(create_table_sql(table("referral"), history=STANDING))
        con.execute(
            f"""insert into referral by name
            select i as referral_id, 'R' || i as source_key, 'in' as direction, uuid() as patient_key, 'log' as source_system,
                'f' as source_file_id, i as source_row, hash(i) as row_hash, now()::timestamp as ingested_at,
                now()::timestamp as first_seen_at from range({ROWS}) t(i)"""
        )
        con.execute("checkpoint")
        told = con.execute(
            "select distinct column_name, compression from pragma_storage_info('referral') where segment_type <> 'VALIDITY'"
        ).fetchall()
    kept = dict(told)
    assert {kept[name] for name in ("referral_id", "source_key", "patient_key", "row_hash")} == {"Uncompressed"}
    assert "Uncompressed" not in {kept["direction"], kept["source_system"], kept["source_file_id"]}


def test_what_is_hardly_ever_taken_is_not_tried_on_what_is_built(tmp_path: Path) -> None:
    with connect_to_build(tmp_path / "built.duckdb", ROWS) as con:
        con.execute(
            "create table made as select i // 500 as long_runs, 'word ' || i // 7 as word from range(100000) t(i)"
        )
        con.execute("checkpoint")
        told = con.execute("select distinct compression from pragma_storage_info('made')").fetchall()
    assert not {name.lower() for (name,) in told} & {"rle", "fsst", "zstd"}
