"""Rows of things that many files describe (sites, practices, practitioners), and who is who among them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from pipelines import business_time, marts
from pipelines.generation import versions
from pipelines.generation.versions import Part
from pipelines.identity import patients, resolve
from pipelines.identity.resolve import Decision
from pipelines.identity.traits import STAND_IN
from pipelines.model import TABLES, Table, create_table_sql

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

DESCRIBED = tuple(table for table in TABLES if table.described)
# The dimension a journey column is looked up in: a changed row there changes the journeys that point at it.
DIMENSIONS = ("site", "study", "practice", "practitioner")
ALIASES = ("site", "study", "organization", "practitioner")
WRITTEN_ALIASES = ("site", "study")  # those that only a file's own word joins; the others are recognised
# Whose likeness a described row bears on: the set of records to compare anew.
FRESH = {
    "organization": "fresh_organization",
    "practitioner": "fresh_practitioner",
    "practitioner_role": "fresh_practitioner",
}
# What is decided of a study and may be decided anew: the latest word counts, and on an earlier day the one of then.
DECIDED = ("status", "target_enrol", "planned_fpi_on", "planned_lpi_on", "closed_on")


def _files(table: Table, parts: Iterable[Part]) -> list[str]:
    return [str(part.file(table)) for part in parts if part.file(table).exists()]


def create(con: DuckDBPyConnection, table: Table, parts: Sequence[Part]) -> None:
    files = _files(table, parts)
    con.execute(create_table_sql(table).replace("create table", "create or replace table", 1))
    if files:
        con.execute(f"insert into {table.name} by name {_described_sql(con, table, files)}", {"files": files})
    if table.name == "research_study":
        _write_statements(con, table, files)


def _write_statements(con: DuckDBPyConnection, table: Table, files: Sequence[str]) -> None:
    """``study_statement``: what each load says of the target, deadline and state of each study, and the day it came."""
    con.execute(
        "create or replace table study_statement (study_id bigint, load_seq bigint, stated_on date, status varchar,"
        " target_enrol integer, planned_fpi_on date, planned_lpi_on date, closed_on date)"
    )
    if files:
        picked = ", ".join(f"arg_max({name}, (richness, source_row, row_hash)) as {name}" for name in DECIDED)
        con.execute(
            f"""insert into study_statement by name select study_id, load_seq, stated_on, {picked} from ({_rows_sql(con, table, files)})
            where coalesce({", ".join(f"{name}::varchar" for name in DECIDED)}) is not null group by study_id, load_seq, stated_on order by all""",
            {"files": files},
        )


def study_then(within: str) -> str:
    """A select of the studies of the schema ``within`` with what had been decided of them by the end of ``$as_of``. What was said
    for the first time later counts from the beginning, as a new record does; only a change counts from the day it came."""
    shown = [name for name in DECIDED if name != "planned_fpi_on"]
    then = ", ".join(
        f"coalesce(arg_max({name}, load_seq) filter (where stated_on <= $as_of::date), arg_min({name}, load_seq)) as {name}"
        for name in shown
    )
    return f"""select s.* replace ({", ".join(f"t.{name} as {name}" for name in shown)}) from {within}.dim_study s
        left join (select study_id, {then} from {within}.study_statement group by study_id) t using (study_id)"""


def _described_sql(con: DuckDBPyConnection, table: Table, files: Sequence[str], restriction: str = "") -> str:
    """Rows of a thing that many files describe: each column from the richest row that has it, then the latest. Of
    names, one that is more than a reference comes first; what is decided is as the latest load has it."""
    others = [column.name for column in table.all_columns if column.name not in table.key]
    picked = ", ".join(f"arg_max({name}, ({_rank(table, name)})) as {name}" for name in others)
    keys = ", ".join(table.key)
    return f"select {keys}, {picked} from ({_rows_sql(con, table, files, restriction)}) group by {keys}"


def _rank(table: Table, name: str) -> str:
    """SQL of what makes a row the one to take the column ``name`` from."""
    if table.name == "research_study" and name in DECIDED:
        return "load_seq, richness, source_row, row_hash"
    return f"{f'not {STAND_IN}, ' if name == 'name' else ''}richness, load_seq, source_row, row_hash"


def _rows_sql(con: DuckDBPyConnection, table: Table, files: Sequence[str], restriction: str = "") -> str:
    """Every row of the files, with how much it says and the load it is of."""
    richness = " + ".join(f"({column.name} is not null)::int" for column in table.columns)
    columns = versions.columns_sql(con, files, table.all_columns)
    rows = (
        f"select {columns}, o.load_seq, o.stated_on from read_parquet($files, union_by_name = true, filename = true) p "
        f"join load_order o on o.folder = left(p.filename, length(p.filename) - {len(table.name) + len('/.parquet')}) {restriction}"
    )
    return f"select *, {richness} as richness from ({rows})"


def _replace(con: DuckDBPyConnection, table: Table, parts: Sequence[Part], changed: Sequence[Part]) -> None:
    """Merge anew the rows that the changed loads describe, and note whose identity they bear on."""
    files = _files(table, changed)
    if not files:
        return
    key = table.key[0]
    con.execute("create or replace temp table changed (id bigint)")
    con.execute(f"insert into changed select distinct {key} from read_parquet($files)", {"files": files})
    con.execute(f"delete from {table.name} where {key} in (select id from changed)")
    files = _files(table, parts)
    if files:
        sql = _described_sql(con, table, files, restriction=f"where p.{key} in (select id from changed)")
        con.execute(f"insert into {table.name} by name {sql}", {"files": files})
    if table.name == "research_study":
        _write_statements(con, table, files)
    if table.name in FRESH:
        con.execute(f"insert into {FRESH[table.name]} select id from changed")


def describe(con: DuckDBPyConnection, decisions: Sequence[Decision]) -> None:
    """Who is who among the described rows (aliases, dimensions), and the business days of the sites."""
    _write_aliases(con)
    resolve.build(con, decisions)
    _write_decisions(con, decisions)
    _write_dimensions(con)
    patients.build(con, decisions)


def _write_aliases(con: DuckDBPyConnection) -> None:
    for name in WRITTEN_ALIASES:
        con.execute(f"create or replace table {name}_alias as {marts.text(f'{name}_alias')}")


def _write_dimensions(con: DuckDBPyConnection) -> None:
    for name in DIMENSIONS:
        con.execute(f"create or replace table dim_{name} as {marts.text(f'dim_{name}')}")
    business_time.write(con)


def _write_decisions(con: DuckDBPyConnection, decisions: Sequence[Decision]) -> None:
    con.execute(
        "create or replace table identity_decision (seq integer, kind varchar, left_id bigint, right_id bigint, verdict varchar)"
    )
    if decisions:
        rows = [[seq, one.kind, one.left_id, one.right_id, one.verdict] for seq, one in enumerate(decisions)]
        con.executemany("insert into identity_decision values (?, ?, ?, ?, ?)", rows)


def known_decisions(con: DuckDBPyConnection) -> list[Decision]:
    rows = con.execute("select kind, left_id, right_id, verdict from identity_decision order by seq").fetchall()
    return [Decision(*row) for row in rows]


def redescribe(
    con: DuckDBPyConnection, parts: Sequence[Part], changed: Sequence[Part], decisions: Sequence[Decision]
) -> bool:
    """Bring who is who up to date, and note whose journey that changes. Returns whether the sites keep the calendars they
    kept: by any other, what a referral was can no longer be told from what is written of it."""
    kept = [f"{name}_alias" for name in ALIASES] + [f"dim_{name}" for name in DIMENSIONS]
    for name in kept:
        con.execute(f"create or replace temp table old_{name} as from {name}")
    resolve.prepare(con)
    for table in DESCRIBED:
        _replace(con, table, parts, changed)
    _write_aliases(con)
    resolve.advance(con, decisions)
    _write_decisions(con, decisions)
    _write_dimensions(con)
    columns = {"site": "performer_site_id", "study": "study_id", "organization": "requester_org_id",
               "practitioner": "requester_practitioner_id"}  # fmt: skip
    for name, column in columns.items():
        con.execute(
            f"insert into affected select referral_id from referral where {column} in (select id from"
            f" (from {name}_alias except from old_{name}_alias) union select id from (from old_{name}_alias except from {name}_alias))"
        )
    for name in DIMENSIONS:
        con.execute(
            f"insert into affected select referral_id from journey where {name}_id in (select {name}_id from"
            f" (from dim_{name} except from old_dim_{name}) union select {name}_id from (from old_dim_{name} except from dim_{name}))"
        )
    # A visit has a site of its own, whatever the site of its referral, which may not even be there.
    con.execute(
        "insert into affected select referral_id from visit where site_id in (select site_id from (from dim_site except from old_dim_site)"
        " union select site_id from (from old_dim_site except from dim_site))"
    )
    con.execute(
        "insert into affected select referral_id from appointment where site_id in (select id from"
        " (from site_alias except from old_site_alias) union select id from (from old_site_alias except from site_alias))"
    )
    # Subjects follow their study's alias too.
    con.execute(
        "insert into touched_patient select patient_key from research_subject where study_id in"
        " (select id from (from study_alias except from old_study_alias))"
    )
    gone = "select calendar from old_dim_site except select calendar from dim_site"
    return not con.execute(f"select count(*) from ({gone})").fetchall()[0][0]


def relink(con: DuckDBPyConnection, decisions: Sequence[Decision]) -> None:
    """Which keys are one patient's may have changed: remember the patients it changed for."""
    con.execute("create or replace temp table old_patient_alias as from patient_alias")
    patients.advance(con, decisions)
    con.execute(
        """insert into touched_patient select unnest([id, to_id]) from
        ((from patient_alias except from old_patient_alias) union (from old_patient_alias except from patient_alias))"""
    )
