"""A wide table laid out long: one row per period, with the first and last day of the period and the number that stood
in its column.

The other columns stay. Where one of them names what a row counts ("Metric": Screened, Enrolled), each of its words becomes
a column of its own, so that the rows of one site and period are one row. Blank cells say nothing and make no row.

A row number of a table laid out is that of the file times ``STEP``, plus the place of the period.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from pipelines.readers.reading import Reading, SetAside
from pipelines.readers.structure.header import unique
from pipelines.readers.structure.wide import Measured, Wide

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

STEP = 10_000  # more than there can be columns
START, END, COUNT = "Period start", "Period end", "Count"
PLANNED = "Cumulative Target"  # what a plan's numbers of each period are once they are summed up
MOST_ROWS = 20_000_000
MOST_METRICS = 12
_METRIC = re.compile(
    r"(?:metric|measure|statistic|indicator|figure|count(?:ed|s)?|what|kpi|data ?point|item)s?\s*(?:name|type)?"
)
_PLANNED = re.compile(
    r"(?:(?:enrol?l?ment|recruitment|accrual|monthly|site|subjects?|patients?) )?(?:target|goal|plan(?:ned)?|projected|projection)s?(?: (?:enrol?l?ment|accrual|enrol?led|subjects?|patients?))?"
)
_TOTALS = re.compile(r"(?:.*\b)?(?:totals?|ytd|fytd|sum|average|avg|mean|change)\b.*")
_YEAR = re.compile(r"(?<!\d)(20\d\d)(?!\d)")


def years_said(texts: Sequence[str]) -> list[int]:
    """The years that a title, a sheet's or a file's name tells."""
    return sorted({int(year) for text in texts for year in _YEAR.findall(text)})


def lay_out(con: DuckDBPyConnection, reading: Reading, wide: Wide, spans: Sequence[tuple[dt.date, dt.date]]) -> bool:
    """Lay ``stage`` out long, in place, and tell ``reading``; False, and nothing changed, where it would be too much."""
    before = _count(con)
    if before * len(spans) > MOST_ROWS:
        return False
    kept = [place for place in range(len(reading.header)) if place not in wide.places]
    parted = [place for place in kept if not _TOTALS.fullmatch(reading.header[place].strip().lower())]
    metric = _metric(con, reading.header, parted)
    if metric is not None:  # what sums up a row's numbers differs with what the row counts
        kept = [place for place in parted if place != metric]
    cells = "".join(f"c{place} as k{turn}, " for turn, place in enumerate(kept))
    con.execute(
        f"""create or replace temp table long as select row, {cells}{"null" if metric is None else f"c{metric}"} as metric,
            unnest(range({len(spans)})) as place, unnest([{", ".join(f"c{place}" for place in wide.places)}]) as v from stage"""
    ).fetchall()
    words = _words(con) if metric is not None else []
    _set_aside(con, reading)
    _restage(con, spans, len(kept), words)
    header, reading.records = reading.header, reading.records - before + _count(con)
    counted = [PLANNED if _PLANNED.fullmatch(word.strip().lower()) else word for word in words]
    reading.header = unique([*(header[place] for place in kept), START, END, *(counted or [COUNT])])
    reading.step, reading.counts = STEP, list(range(len(kept) + 2, len(reading.header)))
    reading.findings = [
        replace(found, row=None if found.row is None else found.row * STEP) for found in reading.findings
    ]
    first, last = spans[0]
    reading.notes.append(
        f"It was laid out with one row per {wide.unit}: “{header[wide.places[0]]}” is {first.isoformat()} to {last.isoformat()}."
    )
    return True


def set_apart(con: DuckDBPyConnection, reading: Reading, told: Measured) -> bool:
    """Put the measures that stand beside one another in each period below one another, in ``stage`` and the header of ``reading``;
    False, and nothing changed, where rows are alike but for their numbers: whose number is whose could not be told any more."""
    parted = [place for place in told.kept if not _TOTALS.fullmatch(reading.header[place].strip().lower())]
    alike = ", ".join(f"c{place}" for place in parted) or "0"
    before = _count(con)
    (most,) = con.execute(f"select max(n) from (select count(*) as n from stage group by {alike})").fetchall()[0]
    if most != 1 or len(told.measures) > MOST_METRICS or not parted:
        return False
    rows = " union all ".join(
        f"select row, {''.join(f'c{place}, ' for place in told.kept)} $m{turn} as metric, {', '.join(f'c{place}' for place in places)} from stage"
        for turn, places in enumerate(told.measures.values())
    )
    con.execute(f"create or replace temp table apart as {rows}", {f"m{turn}": word for turn, word in enumerate(told.measures)}).fetchall()  # fmt: skip
    names = ", ".join(["row", *(f"c{place}" for place in range(len(told.header)))])
    con.execute(f"create or replace table stage as select * from apart as t({names}) order by row").fetchall()
    con.execute("drop table apart").fetchall()
    reading.header, reading.records = list(told.header), reading.records - before + _count(con)
    return True


def _set_aside(con: DuckDBPyConnection, reading: Reading) -> None:
    """Rows without any number make none."""
    first, rows = con.execute(
        "select min(row), count(*) from (select row from long group by row having count(v) = 0)"
    ).fetchall()[0]
    if rows:
        reading.set_aside.append(SetAside(int(first), "row without a number", int(rows)))


def _metric(con: DuckDBPyConnection, header: Sequence[str], kept: Sequence[int]) -> int | None:
    """The column that says what a row counts: called so, with few words, none of them twice for the same other cells."""
    for place in kept:
        if _METRIC.fullmatch(header[place].strip().lower()):
            by = ", ".join([f"c{place}", *(f"c{other}" for other in kept if other != place)])
            words, most, blank = con.execute(
                f"""select (select count(distinct c{place}) from stage), max(n), (select count(*) filter (c{place} is null) from stage)
                from (select count(*) as n from stage group by {by})"""
            ).fetchall()[0]
            if 1 <= words <= MOST_METRICS and most == 1 and not blank:
                return place
    return None


def _words(con: DuckDBPyConnection) -> list[str]:
    return [word for (word,) in con.execute("select metric from long group by metric order by min(row)").fetchall()]


def _restage(
    con: DuckDBPyConnection, spans: Sequence[tuple[dt.date, dt.date]], kept: int, words: Sequence[str]
) -> None:
    """``stage`` anew from ``long``."""
    keys = [f"k{turn}" for turn in range(kept)]
    numbers = [f"max(v) filter (metric = $w{turn})" for turn in range(len(words))] or ["any_value(v)"]
    shown = [*keys, "$first[place + 1]", "$last[place + 1]", *numbers]
    by = ", ".join([*([] if words else ["row"]), *keys, "place"])
    con.execute(
        f"""create or replace table stage as
        select min(row) * {STEP} + place as row, {", ".join(f"{text} as c{turn}" for turn, text in enumerate(shown))}
        from long where v is not null group by {by} order by 1""",
        {"first": [first.isoformat() for first, _ in spans], "last": [last.isoformat() for _, last in spans],
         **{f"w{turn}": word for turn, word in enumerate(words)}},
    ).fetchall()  # fmt: skip
    con.execute("drop table long").fetchall()


def _count(con: DuckDBPyConnection) -> int:
    return int(con.execute("select count(*) from stage").fetchall()[0][0])


def _number(place: int) -> str:
    return f"try_cast(replace(replace(c{place}, ',', ''), ' ', '') as decimal(24, 6))"


def never_fall(con: DuckDBPyConnection, reading: Reading) -> bool:
    """Whether the numbers of nearly all rows only rise from period to period: then they look like totals so far."""
    judged = rising = 0
    in_time = f"partition by row // {STEP} order by c{reading.header.index(END)}"
    for place in reading.counts:
        rows = con.execute(
            f"""with numbers as (select row // {STEP} as record, n, lag(n) over ({in_time}) as before
                    from (select *, {_number(place)} as n from stage) where n is not null),
                records as (select bool_or(n < before) as falls from numbers group by record having max(n) > min(n))
            select count(*), count(*) filter (not falls) from records"""
        ).fetchall()[0]
        judged, rising = judged + rows[0], rising + rows[1]
    return bool(judged >= 2 and rising >= 0.9 * judged)


def sum_up(con: DuckDBPyConnection, reading: Reading) -> None:
    """Numbers of each period become totals so far, in the order of time; what is no number stays as it is."""
    in_time = f"partition by row // {STEP} order by c{reading.header.index(END)}"
    for place in reading.counts:
        summed = f"regexp_replace(sum({_number(place)}) over ({in_time})::varchar, '\\.?0+$', '')"
        con.execute(
            f"""create or replace table stage as
            select * replace (case when {_number(place)} is null then c{place} else {summed} end as c{place}) from stage order by row"""
        ).fetchall()
    reading.notes.append("The numbers of each period were summed up to totals so far.")
