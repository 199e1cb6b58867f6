"""What is too large to be made in one piece: what is told of millions of referrals, made slice by slice."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from pipelines import marts

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

# The marts of which no row looks at another referral, and what each is told of: whose referrals they are comes first.
SLICED: Mapping[str, Sequence[str]] = {
    "journey": ("referral", "referral_event", "appointment", "communication", "referral_repeat", "referral_subject"),
    "closed_loop": ("journey", "referral_event", "appointment", "communication"),
}
AT_ONCE = 1_000_000  # referrals that are followed together


def create_in_slices(con: DuckDBPyConnection, name: str, asked: dict[str, Any]) -> None:
    """Make the mart ``name`` of ``AT_ONCE`` referrals after another, by id. At five million their steps did not fit into
    memory together; writing them to disk and back cost a fifth of the work."""
    text = marts.text(name)
    first, last, referrals = con.execute(
        f"select min(referral_id), max(referral_id), count(*) from {SLICED[name][0]}"
    ).fetchall()[0]
    slices = max(1, round(referrals / AT_ONCE))
    if slices == 1:
        con.execute(f"create or replace table {name} as {text}", asked)
        return
    con.execute(f"create or replace table {name} as select * from ({text}) limit 0", asked)
    width = (last - first) // slices + 1
    for start in range(first, last + 1, width):
        with _narrowed(con, SLICED[name], start, min(start + width - 1, last)):
            con.execute(f"insert into {name} by name {text}", asked)


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
