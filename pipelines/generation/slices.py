"""What is too large to be made in one piece: the closed loop of millions of referrals, made slice by slice."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from pipelines import marts

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

FACTS = ("journey", "referral_event", "appointment", "communication")  # of which the closed loop is told
AT_ONCE = 1_000_000  # referrals that are followed together


def create_closed_loop(con: DuckDBPyConnection, asked: dict[str, Any]) -> None:
    """Follow the referrals ``AT_ONCE`` after another, by id: no row of the loop looks at another referral. At five million
    their steps did not fit into memory together; writing them to disk and back cost a fifth of the work."""
    text = marts.text("closed_loop")
    first, last, referrals = con.execute("select min(referral_id), max(referral_id), count(*) from journey").fetchall()[
        0
    ]
    slices = max(1, round(referrals / AT_ONCE))
    if slices == 1:
        con.execute(f"create or replace table closed_loop as {text}", asked)
        return
    con.execute(f"create or replace table closed_loop as select * from ({text}) limit 0", asked)
    width = (last - first) // slices + 1
    for start in range(first, last + 1, width):
        with _narrowed(con, FACTS, start, start + width - 1):
            con.execute(f"insert into closed_loop by name {text}", asked)


@contextmanager
def _narrowed(con: DuckDBPyConnection, names: Sequence[str], first: int, last: int) -> Iterator[None]:
    """Within, each of the tables shows only its rows of the referrals from ``first`` to ``last``."""
    own = str(con.execute("select current_database()").fetchall()[0][0]).replace('"', '""')
    con.execute("set variable first_referral = $first", {"first": first})
    con.execute("set variable last_referral = $last", {"last": last})
    for name in names:
        con.execute(
            f'create or replace temp view {name} as select * from "{own}".main.{name}'
            " where referral_id between getvariable('first_referral') and getvariable('last_referral')"
        )
    try:
        yield
    finally:
        for name in names:
            con.execute(f"drop view temp.{name}")
