"""Which referral a number means that another file gives.

A clinic's log numbers its referrals for itself, and the sheets beside it (appointments, messages, screening) give these
numbers back without saying whose they are, so they were looked up among the numbers of the electronic record. One that is
none of its referrals' means the only referral to which any other source gave this number; of several, the one at the site
that the row names; else nothing: two clinics' "17" are two referrals, and a guess would be told of the wrong patient.

``referral_alias``: the key that such rows were given (``id``), for rows of which site (NULL: any), the referral meant
(``to_id``) and the ``owner`` of its number. Rows hold ``to_id`` from then on, and get ``id`` back when the referral is no
longer meant: its log is undone, the record's own referral comes, another clinic uses the number too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

TIED = ("appointment", "communication", "research_subject")
_SITED = ("appointment", "research_subject")  # whose rows say at which site
_TABLES = tuple(name for table in TIED for name in (table, f"{table}_history"))
_RECORD = "ehr"  # whose numbers a file gives that names no system
_REFERRALS = "(select * from referral union all by name select * from referral_history)"

# Keys that rows were given and no referral has.
_DANGLING = f"""
select id from ({" union ".join(f"select referral_id as id from {name}" for name in _TABLES)})
where id is not null and id not in (select referral_id from referral) and id not in (select referral_id from referral_history)
"""
_MEANT = f"""
with numbered as (
    select distinct key64('referral|{_RECORD}|' || upper(source_key)) as id, performer_site_id as site_id, referral_id as to_id,
        source_system as owner
    from {_REFERRALS} where source_system <> '{_RECORD}' and source_key is not null
),
meant as (
    select * from numbered
    where id in (select id from dangling) and id not in (select referral_id from {_REFERRALS})
)
select id, null::bigint as site_id, any_value(to_id) as to_id, any_value(owner) as owner
from meant group by id having count(distinct to_id) = 1
union all
select id, site_id, any_value(to_id), any_value(owner)
from meant
where site_id is not null and id in (select id from meant group by id having count(distinct to_id) > 1)
group by id, site_id having count(distinct to_id) = 1"""


def create(con: DuckDBPyConnection) -> list[str]:
    """Tie the rows of a generation whose facts have just been filled; returns the tables that changed."""
    con.execute("create or replace table referral_alias (id bigint, site_id bigint, to_id bigint, owner varchar)")
    return renew(con)


def renew(con: DuckDBPyConnection) -> list[str]:
    """Bring ``referral_alias`` and the rows it ties to what the facts say now; returns the tables that changed. Which
    referrals got or lost rows, known ones or not, is in ``retied`` (referral_id)."""
    con.execute("create or replace temp table retied (referral_id bigint)")
    if not _asked(con):
        return []
    con.execute(f"create or replace temp table dangling as {_DANGLING} union select id from referral_alias")
    if not con.execute("select 1 from dangling limit 1").fetchall():  # nobody asks: numbers need not be gone through
        return []
    con.execute(f"create or replace temp table tie as {_MEANT}")
    con.execute("create or replace temp table untied as select * from referral_alias except select * from tie")
    loose = [name for name in _TABLES if _rewrite(con, name, "untied", "to_id", "id")]
    tied = [name for name in _TABLES if _rewrite(con, name, "tie", "id", "to_id")]
    con.execute(f"create or replace table referral_alias as select * from tie where {_USED} order by all")
    return sorted({*loose, *tied})


def _asked(con: DuckDBPyConnection) -> bool:
    """Whether anybody but the record numbers referrals, or did: where nobody does, nothing more is looked at."""
    found = con.execute(
        f"""select count(*) from (select 1 from referral_alias union all
            select 1 from {_REFERRALS} where source_system <> '{_RECORD}' and source_key is not null limit 1)"""
    )
    return bool(found.fetchall()[0][0])


def _place(table: str) -> str:
    """How a row of ``table`` fits the site of an alias ``a``."""
    sited = table.removesuffix("_history") in _SITED
    return f"(a.site_id is null or a.site_id = {table}.site_id)" if sited else "a.site_id is null"


def _rewrite(con: DuckDBPyConnection, table: str, by: str, old: str, new: str) -> bool:
    """Give the rows of ``table`` that ``by`` names the one key for the other. What the source of the number says itself
    of its referral was never looked up, and stays."""
    named = f"{table}.referral_id = a.{old} and {table}.source_system is distinct from a.owner and {_place(table)}"
    con.execute(
        f"insert into retied select unnest([a.{old}, a.{new}]) from {by} a where exists (select 1 from {table} where {named})"
    )
    changed = con.execute(f"update {table} set referral_id = a.{new} from {by} a where {named}").fetchall()
    return bool(changed[0][0])


_USED = " or ".join(
    f"exists (select 1 from {name} where {name}.referral_id = tie.to_id and {name}.source_system is distinct from tie.owner"
    f" and {_place(name).replace('a.', 'tie.')})"
    for name in _TABLES
)
