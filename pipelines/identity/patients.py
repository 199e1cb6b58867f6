"""Which patient keys are one patient's: what files say, what is clear from keyed hashes, what a person decided.

Three steps, each on top of the one before. **Certain** is what a record says itself (a FHIR Patient's record number,
an ADT merge) and a record number that differs from another only by the zeros before it. **Clear** are keys that agree
in name and birth date with nothing against it; a group of them is joined only where no system gives two
of its record numbers, for that system's registrars know those patients apart. What is likely but not clear waits in ``patient_review``.
Last comes what a **person** said, and is kept in the ledger.

Only keyed hashes are looked at (see ``likeness``). Everything is a pure function of the rows and the decisions, in any
order of loading; ``advance`` compares only the patients in ``fresh_patient`` anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pipelines.identity import resolve
from pipelines.identity.resolve import DIFFERENT, SAME, Decision

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

PATIENT = "patient"
TABLES = ("patient_pair", "patient_person", "patient_alias", "patient_review")
# What brings two patients together to be compared: each names few.
BLOCKS = (
    "sound",
    "given",
    "zip",
    "phone",
    "email",
    "name_year",
    "name_day",
    "name_zip",
    "name_phone",
    "name_email",
    "bare_key",
)
CROWD = (
    12  # patients of one hash: more than that is a placeholder or a common name, says little, and costs their square
)

_KIND = resolve.Kind(PATIENT, "0", ())


def prepare(con: DuckDBPyConnection) -> None:
    """``fresh_patient``: whom to compare anew."""
    con.execute("create or replace temp table fresh_patient (patient_key uuid)")


def note_fresh(con: DuckDBPyConnection) -> None:
    """Add to ``fresh_patient`` the patients in ``changed`` and whoever shares a hash with them: with their number that
    of a hash's bearers changes. Called before and after their rows are replaced."""
    con.execute("insert into fresh_patient select id from changed")
    con.execute("create or replace temp table met as from patient_trait where patient_key in (select id from changed)")
    for column in BLOCKS:
        con.execute(
            f"insert into fresh_patient select patient_key from patient_trait where {column} in (select {column} from met)"
        )


def build(con: DuckDBPyConnection, decisions: Sequence[Decision]) -> None:
    """Make every table of ``TABLES`` from ``patient_trait``, ``patient_link`` and the decisions."""
    con.execute("create or replace temp table candidate (one_key uuid, other_key uuid)")
    con.execute(f"create or replace table patient_pair as {resolve.text('patient_pair')}")  # the columns, no row
    _compare(con, everything=True)
    _resolve(con, decisions)


def advance(con: DuckDBPyConnection, decisions: Sequence[Decision]) -> None:
    """Bring the same tables up to date, given the changed patients in ``fresh_patient``."""
    con.execute("create or replace temp table fresh_patient as select distinct patient_key from fresh_patient")
    con.execute("delete from patient_pair where one_key in (from fresh_patient) or other_key in (from fresh_patient)")
    _compare(con, everything=False)
    _resolve(con, decisions)


def _compare(con: DuckDBPyConnection, *, everything: bool) -> None:
    con.execute("create or replace temp table meeting (one_key uuid, other_key uuid)")
    if not everything:
        con.execute("create or replace temp table met as from patient_trait where patient_key in (from fresh_patient)")
    for column in BLOCKS:
        some = "" if everything else f"and {column} in (select {column} from met)"
        con.execute(
            f"""insert into meeting
            with shared as (
                select {column} from patient_trait where {column} is not null {some}
                group by {column} having min(patient_key) <> max(patient_key)),
            bearer as (select distinct {column}, patient_key from patient_trait semi join shared using ({column})),
            few as (from bearer qualify count(*) over (partition by {column}) <= $crowd)
            select a.patient_key, b.patient_key from few a join few b using ({column}) where a.patient_key < b.patient_key""",
            {"crowd": CROWD},
        )
    # A number as it is without its zeros is the key of another patient, or of nobody yet.
    con.execute(
        """insert into meeting select distinct least(t.patient_key, t.bare_key), greatest(t.patient_key, t.bare_key)
        from (select distinct patient_key, bare_key from patient_trait where bare_key is not null) t join patient_trait p on p.patient_key = t.bare_key"""
    )
    fresh = "" if everything else "where one_key in (from fresh_patient) or other_key in (from fresh_patient)"
    con.execute(f"create or replace temp table candidate as select distinct one_key, other_key from meeting {fresh}")
    con.execute(f"insert into patient_pair {resolve.text('patient_pair')}")


def _resolve(con: DuckDBPyConnection, decisions: Sequence[Decision]) -> None:
    """``patient_person(id, patient_key, root)`` of every key that is tied to another or resembles one,
    ``patient_alias`` and ``patient_review``."""
    con.execute(
        """create or replace temp table person as
        select distinct key64(patient_key::varchar) as id, patient_key from (
            select one_key as patient_key from patient_pair union all select other_key from patient_pair
            union all select patient_key from patient_link union all select other_key from patient_link
            union all select patient_key from patient_trait where bare_key is not null
            union all select bare_key from patient_trait where bare_key is not null)"""
    )
    con.execute(
        """create or replace temp table numbered as
        select distinct p.id, n.numbered_by, n.said_by from person p join (
            select patient_key, numbered_by, source_system as said_by from patient_trait where numbered_by is not null
            union all select patient_key, source_system, source_system from patient_link where basis <> 'replaced'
            union all select other_key, 'ehr', source_system from patient_link where basis = 'record_number') n using (patient_key)"""
    )
    con.execute(
        """create or replace temp table node as
        select id, (id in (select id from numbered where numbered_by = 'ehr'))::int * 2 + (id in (select id from numbered))::int as weight from person"""
    )
    con.execute("create or replace temp table entity as select id, id as root from person")
    _join_certain(con)
    _join_clear(con)
    _decide(con, [one for one in decisions if one.kind == PATIENT])
    con.execute(
        "create or replace table patient_person as select p.id, p.patient_key, e.root from person p join entity e using (id)"
    )
    con.execute(
        """create or replace table patient_alias as
        select p.patient_key as id, r.patient_key as to_id from patient_person p join patient_person r on r.id = p.root where p.id <> p.root"""
    )
    con.execute(f"create or replace table patient_review as {resolve.text('patient_review')}")


def _join_certain(con: DuckDBPyConnection) -> None:
    con.execute(
        f"""create or replace temp table tie as
        select key64(patient_key::varchar) as one, key64(other_key::varchar) as other from patient_link where basis <> 'name_and_birth'
        union
        -- Zeros before a number are a matter of spelling, unless one that is written so is told of two people.
        select key64(patient_key::varchar), key64(bare_key::varchar) from patient_trait
        where bare_key is not null and bare_key not in ({_TOLD_OF_TWO})"""
    )
    _join_tied(con, careful=False)


# Numbers without zeros that are written in several ways for mentions of another birth date (and not of one name, with
# a slip in its birth date).
_TOLD_OF_TWO = """
    with written as (select coalesce(bare_key, patient_key) as number, * from patient_trait
        where bare_key is not null or patient_key in (select bare_key from patient_trait))
    select a.number from written a join written b on a.number = b.number and a.patient_key < b.patient_key
    where a.birth <> b.birth and not coalesce(a.name_year = b.name_year or a.name_day = b.name_day, false)"""


def _join_clear(con: DuckDBPyConnection) -> None:
    con.execute(
        """create or replace temp table tie as
        select distinct a.root as one, b.root as other from (
            select one_id as one, other_id as other from patient_pair where clear
            union all select key64(patient_key::varchar), key64(other_key::varchar) from patient_link where basis = 'name_and_birth') t
        join entity a on a.id = t.one join entity b on b.id = t.other where a.root <> b.root"""
    )
    _join_tied(con, careful=True)


def _join_tied(con: DuckDBPyConnection, *, careful: bool) -> None:
    """Join the entities that ``tie`` ties, each group under its best known key; where ``careful``, only groups without
    two record numbers that one system gives."""
    con.execute("create or replace temp table both_ways as select one, other from tie union select other, one from tie")
    con.execute("create or replace temp table label as select distinct one as id, one as lowest from both_ways")
    moved = 1
    while moved:
        con.execute(
            """create or replace temp table lower as
            select l.id, min(n.lowest) as lowest from label l join both_ways t on t.one = l.id join label n on n.id = t.other
            group by l.id, l.lowest having min(n.lowest) < l.lowest"""
        )
        con.execute("update label set lowest = lower.lowest from lower where lower.id = label.id")
        moved = int(con.execute("select count(*) from lower").fetchall()[0][0])
    if careful:
        con.execute(
            """delete from label where lowest in (
                select l.lowest from label l join entity e on e.root = l.id join numbered n on n.id = e.id
                group by l.lowest, n.numbered_by, n.said_by having count(distinct l.id) > 1)"""
        )
    con.execute(
        """create or replace temp table leader as
        select l.lowest, arg_max(e.id, (n.weight, e.id)) as root from label l join entity e on e.root = l.id join node n on n.id = e.id group by l.lowest"""
    )
    con.execute(
        """update entity set root = leader.root from label join leader using (lowest) where label.id = entity.root"""
    )


def _decide(con: DuckDBPyConnection, decisions: Sequence[Decision]) -> None:
    resolve.join(con, [(one.left_id, one.right_id) for one in decisions if one.verdict == SAME])
    for one in decisions:
        if one.verdict == DIFFERENT:
            resolve.part(con, _KIND, one.left_id, one.right_id)
