"""Roll-ups brought up to date by addition: less what the affected referrals were, plus what they are.

They are sums of integers, so they are exact in whatever order they are added up; made anew they were a third of publishing.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING

from pipelines import marts

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

# Sums of the loop as it stands on the day of the data cut: added up only where that day has not moved.
OF_THE_DAY = ("slip_month",)


def names(*, same_day: bool) -> tuple[str, ...]:
    """The roll-ups that can be added up; ``same_day`` says that the data cut has not moved."""
    return (*marts.ROLL_UPS, *(OF_THE_DAY if same_day else ()))


def take_away(con: DuckDBPyConnection, cut: dt.date, *, same_day: bool) -> None:
    """Note what the referrals in ``affected`` were, before they change."""
    for name in names(same_day=same_day):
        _sum_affected(con, name, "less", cut)


def add_up(con: DuckDBPyConnection, cut: dt.date, *, same_day: bool) -> None:
    """Bring every roll-up to what the referrals in ``affected`` are now."""
    for name in names(same_day=same_day):
        _sum_affected(con, name, "more", cut)
        _add(con, name)


def _sum_affected(con: DuckDBPyConnection, name: str, what: str, cut: dt.date) -> None:
    of_the_day = name in OF_THE_DAY
    asked = {"as_of": cut} if of_the_day else {"everything": False}
    with _affected_only(con, "closed_loop") if of_the_day else nullcontext():
        con.execute(f"create or replace temp table {what}_{name} as {marts.text(name)}", asked)


@contextmanager
def _affected_only(con: DuckDBPyConnection, table: str) -> Iterator[None]:
    """Within, the table shows only its rows of the referrals in ``affected``, to a text that does not ask for them itself."""
    own = str(con.execute("select current_database()").fetchall()[0][0]).replace('"', '""')
    con.execute(
        f'create or replace temp view {table} as select * from "{own}".main.{table} where referral_id in (from affected)'
    )
    try:
        yield
    finally:
        con.execute(f"drop view temp.{table}")


def _add(con: DuckDBPyConnection, name: str) -> None:
    """Only the rows that share the first two columns with one of the affected referrals' are summed anew."""
    columns = [row[0] for row in con.execute(f"describe {name}").fetchall()]
    sums = columns[columns.index("n") :]
    keys = ", ".join(columns[: columns.index("n")])
    added = ", ".join(f"sum({column})::bigint as {column}" for column in sums)
    taken = ", ".join(f"-{column} as {column}" for column in sums)
    near = f"hash({', '.join(columns[:2])})"
    touched = f"{near} in (select h from turned)"
    con.execute(
        f"create or replace temp table turned as select {near} as h from more_{name} union select {near} from less_{name}"
    )
    con.execute(
        f"create or replace temp table renewed as select {keys}, {added} from (from {name} where {touched}"
        f" union all from more_{name} union all select {keys}, {taken} from less_{name}) group by {keys} having sum(n) <> 0"
    )
    con.execute(f"delete from {name} where {touched}")
    con.execute(f"insert into {name} by name from renewed")
