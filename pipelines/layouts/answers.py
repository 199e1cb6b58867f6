"""Survey answers with a row each (Press Ganey, NRC and the like), put together into a row per response."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pipelines.readers import Reading
from pipelines.values import squash

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_RESPONSE = ("surveyid", "responseid", "respondentid", "surveyresponseid", "submissionid", "surveynumber", "returnid")
_ITEM = (
    "varname",
    "questionid",
    "questioncode",
    "itemcode",
    "itemid",
    "questionnumber",
    "questionvarname",
    "variablename",
    "questionkey",
)
_LABEL = ("questiontext", "question", "questionlabel", "itemtext", "questiondescription", "itemlabel")
_VALUE = ("value", "answer", "responsevalue", "answertext", "answervalue", "response", "responsetext")  # fmt: skip
_MOST_ITEMS = 300
_PER_ITEM = frozenset({"itemorder", "questionorder", "sequence", "section", "domain", "dimension", "topbox", "scale", "sortorder", "varid"})  # fmt: skip


def shape(con: DuckDBPyConnection, reading: Reading) -> None:
    """Give each response a row, its items as columns, in place. Nothing is changed where the rows do not all fit."""
    names = [squash(name) for name in reading.header]
    response, item, label, value = (_place(names, told) for told in (_RESPONSE, _ITEM, _LABEL, _VALUE))
    item = label if item is None else item
    if response is None or item is None or value is None or len({response, item, value}) < 3:
        return
    rows, responses, pairs, blank = con.execute(
        f"""select count(*), count(distinct c{response}), count(distinct (c{response}, c{item})),
            count(*) filter (c{response} is null or c{item} is null) from stage"""
    ).fetchall()[0]
    if blank or pairs < rows or responses > 0.7 * rows:
        return
    items = con.execute(
        f"select c{item}, max(c{label if label is not None else item}) from stage group by c{item} order by min(row)"
    ).fetchall()
    if len(items) > _MOST_ITEMS:
        return
    kept = [place for place in range(len(names)) if place not in (item, label, value) and names[place] not in _PER_ITEM]
    kept = [place for place in kept if place == response or _is_steady(con, response, place)]
    _spread(con, reading, (response, item, value), kept, items)
    reading.notes.append(
        f"{rows:,} rows hold an answer each; they were put together into {responses:,} responses with {len(items):,} answers at most."
    )
    reading.records = responses


def _place(names: Sequence[str], told: Sequence[str]) -> int | None:
    return next((names.index(name) for name in told if name in names), None)


def _is_steady(con: DuckDBPyConnection, response: int, place: int) -> bool:
    """Whether a column says one thing of each response."""
    sql = f"select 1 from stage group by c{response} having count(distinct c{place}) > 1 limit 1"
    return not con.execute(sql).fetchall()


def _spread(
    con: DuckDBPyConnection,
    reading: Reading,
    places: tuple[int, int, int],
    kept: Sequence[int],
    items: Sequence[tuple[str, str | None]],
) -> None:
    response, item, value = places
    first = [f"any_value(c{place}) as c{turn}" for turn, place in enumerate(kept)]
    answers = [f"max(c{value}) filter (c{item} = $item{turn}) as c{len(kept) + turn}" for turn in range(len(items))]
    con.execute(
        f"create or replace temp table gathered as select min(row) as row, {', '.join([*first, *answers])} from stage group by c{response}",
        {f"item{turn}": code for turn, (code, _) in enumerate(items)},
    ).fetchall()
    con.execute("drop table stage").fetchall()
    con.execute("create temp table stage as select * from gathered order by row").fetchall()
    con.execute("drop table gathered").fetchall()
    header = ["Response ID" if place == response else reading.header[place] for place in kept]
    for code, text in items:
        name = text or code
        header.append(name if name.lower() not in {one.lower() for one in header} else f"{name} ({code})")
    reading.header = header
    reading.sub_headers = []
