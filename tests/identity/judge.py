"""How well a linkage did: pairs of rows that it says are one person, against the pairs that are."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import duckdb

from pipelines import model, reference
from pipelines.identity import MACROS, resolve
from pipelines.mapping import name_context
from pipelines.values import names
from pipelines.vocabulary import REFERRER, REFERRER_EMITS, REFERRER_JOIN
from tests.identity.people import Network

PROVENANCE = "'test' as source_system, 'file' as source_file_id, 1 as source_row, 1::ubigint as row_hash, timestamp '2026-01-01' as ingested_at"
TABLES = ("organization", "practitioner", "practitioner_role")


@dataclass(frozen=True)
class Score:
    """Precision and recall over pairs of rows; ``reviewed`` is the recall once the queue is answered truthfully,
    ``queue`` how many pairs wait in it; ``unnumbered`` the recall over pairs of which a row lacks an NPI."""

    precision: float
    recall: float
    reviewed: float
    queue: int
    unnumbered: float


def prepare(con: duckdb.DuckDBPyConnection) -> None:
    """Give ``con`` the macros and lists that files are read with."""
    for macro in (*MACROS, *names.MACROS):
        con.execute(macro)
    reference.load_nucc(con)


def load(con: duckdb.DuckDBPyConnection, made: Network) -> None:
    """The described tables of a network, made by the macros and the relation that every referral source uses, and
    ``truth(person, place, id, organization_id)``."""
    prepare(con)
    _table(
        con,
        "parsed",
        made.written,
        ("referrer", "npi", "practice", "practice_zip", "practice_phone", "practice_fax", "specialty"),
    )
    con.execute("alter table parsed add column source varchar")
    _table(con, "roster", made.roster, ("npi", "family", "given", "middle", "suffix", "credential", "specialty", "taxonomy", "practice", "street",
                                        "city", "state", "zip", "phone", "fax"))  # fmt: skip
    con.execute(name_context.EMPTY)
    con.execute(f"create temp table referrer as {REFERRER.sql}")
    roster = {
        "practitioner": """select practitioner_key(npi, null, null, null) as practitioner_id, npi, cased(family) as family_name, cased(given) as given_name,
            cased(middle) as middle_name, upper(suffix) as name_suffix, credential, taxonomy as primary_taxonomy, specialty, 'active' as status from roster""",
        "organization": """select organization_key(practice, zip) as organization_id, arg_min(practice, row) as name, 'practice' as kind, arg_min(street, row) as
            address_line, arg_min(city, row) as city, arg_min(state, row) as state, arg_min(zip, row) as postal_code, max(phone) as phone, max(fax) as fax
            from roster group by 1""",
        "practitioner_role": """select practitioner_key(npi, null, null, null) as practitioner_id, organization_key(practice, zip) as organization_id,
            phone, fax from roster""",
    }  # fmt: skip
    for name in TABLES:
        declared = model.table(name)
        con.execute(model.create_table_sql(declared))
        parts = [next(emit.sql for emit in REFERRER_EMITS if emit.table == name), roster[name]]
        richness = " + ".join(f"({column.name} is not null)::int" for column in declared.columns)
        con.execute(
            f"create temp table given as select * exclude (row) from (from ({parts[0]}) union all by name select 0 as row, * from ({parts[1]}))"
        )
        known = [row[0] for row in con.execute("describe given").fetchall()]
        absent = "".join(
            f", null::{column.type} as {column.name}" for column in declared.columns if column.name not in known
        )
        others = ", ".join(
            f"arg_max({c.name}, (richness, text)) as {c.name}" for c in declared.columns if c.name not in declared.key
        )
        con.execute(
            f"""insert into {name} by name select {", ".join(declared.key)}, {others}, {PROVENANCE}
            from (select *, {richness} as richness, g::varchar as text from (select *{absent} from given) g) group by {", ".join(declared.key)}"""
        )
        con.execute("drop table given")
    con.execute(
        f"""create table truth as select p.person, p.place, r.practitioner_id as id, r.organization_id, p.npi is not null as numbered
        from parsed p join {REFERRER_JOIN}
        union all select person, place, practitioner_key(npi, null, null, null), organization_key(practice, zip), true from roster"""
    )


def _table(con: duckdb.DuckDBPyConnection, name: str, rows: list[dict[str, Any]], columns: tuple[str, ...]) -> None:
    arrays = {
        "row": list(range(1, len(rows) + 1)),
        **{column: [row.get(column) for row in rows] for column in ("person", "place", *columns)},
    }
    shown = ", ".join(
        f"unnest(${key}::{'bigint' if key in ('row', 'person', 'at') else 'varchar'}[]) as {key}" for key in arrays
    )
    con.execute(f"create or replace table {name} as select {shown}", arrays)


def score(con: duckdb.DuckDBPyConnection) -> Score:
    """The score of the aliases in ``con`` against ``truth``."""
    rows = con.execute(
        "select t.person, coalesce(a.to_id, -t.person - 10), t.numbered, t.id from truth t left join practitioner_alias a on a.id = t.id"
    ).fetchall()
    review = con.execute("select left_id, right_id from identity_review where kind = 'practitioner'").fetchall()
    return _score(rows, review)


def rescored(con: duckdb.DuckDBPyConnection, clusters: list[tuple[int, int]]) -> Score:
    """The score of another linkage of the same records: (record, cluster); a record not in it stands alone."""
    cluster = dict(clusters)
    rows = con.execute("select person, id, numbered from truth").fetchall()
    return _score(
        [
            (person, cluster.get(one, -person - 10 if one is None else one), numbered, one)
            for person, one, numbered in rows
        ],
        [],
    )


def _score(rows: list[tuple[int, int, bool, int]], review: list[tuple[int, int]]) -> Score:
    found, true, both = Counter(), Counter(), Counter()
    bare_true, bare_both = Counter(), Counter()
    members: dict[int, Counter[int]] = defaultdict(Counter)
    for person, entity, numbered, _ in rows:
        found[entity] += 1
        true[person] += 1
        both[person, entity] += 1
        members[entity][person] += 1
        if numbered:
            bare_true[person] += 1
            bare_both[person, entity] += 1
    right = _pairs(both.values())
    bare = _pairs(true.values()) - _pairs(bare_true.values())
    leader = {entity: entity for entity in members}

    def find(entity: int) -> int:
        while leader[entity] != entity:
            entity = leader[entity]
        return entity

    for left, other in review:
        if (
            left in members
            and other in members
            and members[left].most_common(1)[0][0] == members[other].most_common(1)[0][0]
        ):
            leader[find(left)] = find(other)
    reviewed = Counter((person, find(entity)) for person, entity, *_ in rows)
    return Score(right / max(1, _pairs(found.values())), right / _pairs(true.values()), _pairs(reviewed.values()) / _pairs(true.values()), len(review),
                 (right - _pairs(bare_both.values())) / max(1, bare))  # fmt: skip


def _pairs(sizes: Iterable[int]) -> int:
    return sum(size * (size - 1) // 2 for size in sizes)


def resolved(made: Network) -> duckdb.DuckDBPyConnection:
    """A database with the network's described tables, resolved."""
    con = duckdb.connect(config={"threads": 2})
    load(con, made)
    resolve.build(con, ())
    return con
