"""Records that stand upright: a field and its value in each row, one record below the other, as forms and printed charts have them.

    Date received | 3/14/2026
    Referred by   | Dr. Fox
    Date received | 3/15/2026
    ...

A record begins where the first field comes again. Only two columns can be this, and only where what stands in the first are names of
fields, none twice in a record: a list of two columns has other words there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.checks import REJECT
from pipelines.readers import Reading
from pipelines.readers.structure.header import unique
from pipelines.recognition import may_be_header

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_MOST_FIELDS = 60
_FEWEST_FIELDS = 3


def shape(con: DuckDBPyConnection, reading: Reading) -> None:
    """Give each record a row, its fields as columns, in place. Nothing is changed where the rows do not all fit."""
    if len(reading.header) != 2 or reading.sub_headers or reading.named:
        return
    labels = con.execute(
        f"select rtrim(trim(c0), ' :') as label, min(row), count(*) from stage group by label order by 2 limit {_MOST_FIELDS + 1}"
    ).fetchall()
    names = [label for label, _, _ in labels]
    if not _FEWEST_FIELDS <= len(names) <= _MOST_FIELDS or not all(names):
        return
    headed = _plain(reading.header[0]) in map(_plain, names)  # the first pair was taken for the header
    opener = next(name for name in names if not headed or _plain(name) == _plain(reading.header[0]))
    if not may_be_header(names) or next(count for label, _, count in labels if label == opener) + headed < 2:
        return
    _number(con, reading, opener, headed=headed)
    if _fits(con, len(names)):
        _lay_out(con, reading, [opener, *(name for name in names if name != opener)])
    con.execute("drop table upright").fetchall()


def _plain(label: str) -> str:
    return label.strip(" :").lower()


def _number(con: DuckDBPyConnection, reading: Reading, opener: str, *, headed: bool) -> None:
    """``upright(row, label, said, record)``: every pair with the number of its record."""
    first = "union all select $row, $label, $said" if headed else ""
    told = (
        {"row": (reading.header_rows or [1])[0], "label": opener, "said": reading.header[1] or None} if headed else {}
    )
    con.execute(
        f"""create or replace temp table upright as select *, count(*) filter (lower(label) = lower($opener)) over (order by row) as record
        from (select row, rtrim(trim(c0), ' :') as label, c1 as said from stage {first})""",
        {**told, "opener": opener},
    ).fetchall()


def _fits(con: DuckDBPyConnection, fields: int) -> bool:
    """Whether every row belongs to a record, no record has a field twice, and most have most of them."""
    twice, before, records, pairs = con.execute(
        """select count(*) filter (n > 1), count(*) filter (record = 0), count(distinct record), sum(n)
        from (select record, lower(label), count(*) as n from upright group by all)"""
    ).fetchall()[0]
    return not twice and not before and records >= 2 and pairs >= 0.6 * fields * records


def _lay_out(con: DuckDBPyConnection, reading: Reading, names: list[str]) -> None:
    cells = ", ".join(f"max(said) filter (lower(label) = lower($n{turn})) as c{turn}" for turn in range(len(names)))
    con.execute(
        f"create or replace table stage as select min(row) as row, {cells} from upright group by record order by 1",
        {f"n{turn}": name for turn, name in enumerate(names)},
    ).fetchall()
    ((records,),) = con.execute("select count(*) from stage").fetchall()
    reading.records = records + sum(found.severity == REJECT for found in reading.findings)
    reading.header, reading.header_rows = unique(names), []
    reading.notes.append(
        f"Its records stand upright, a field and its value in each row: they were laid out as {records:,} rows, each of which begins at “{names[0]}”."
    )
