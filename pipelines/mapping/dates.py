"""How each column of dates is written, decided from all its values; the file's columns are heard together."""

from __future__ import annotations

from pipelines.mapping.work import DATES, Work
from pipelines.sources import Field
from pipelines.values import dates
from pipelines.values.dates import DateFormats

SAMPLE = 4000  # distinct texts of a column that Python looks at to find its date formats
MANY = 20_000  # rows from which on it pays to read each spelling of a time once ...
_FEW = SAMPLE // 2  # ... if no more are met in a sample of four times as many rows


def decide_dates(work: Work) -> None:
    for declared in work.given:
        if declared.kind in DATES:
            how = _column_dates(work, declared)
            work.dates[declared.name] = how
    shown = {how.order for how in work.dates.values() if how.proof == "values" and not how.conflict}
    if len(shown) == 1:
        # One file is written by one hand: columns that leave the order open follow those that show it.
        work.dates = {name: dates.follow(how, shown) if how.ambiguous else how for name, how in work.dates.items()}
    for declared in work.given:
        if declared.kind in DATES:
            how = work.dates[declared.name]
            if how.formats or how.serial or how.offset:
                work.mapped.date_formats[declared.name] = how.describe()


def _column_dates(work: Work, declared: Field) -> DateFormats:
    """Formats from a sample; then from whatever the sample's formats could not read, until nothing new turns up."""
    name = declared.name
    step = max(1, work.reading.records // (2 * SAMPLE))
    texts = {raw for (raw,) in work.run(
        f"select distinct {name} from cell where row % {step} = 0 and {name} is not null limit {SAMPLE}")}  # fmt: skip
    if work.reading.records >= MANY and len(texts) <= _FEW and declared.kind == "datetime" and not declared.phi:
        work.repeated.add(name)
    how = dates.decide_dates(texts, work.choices.date_order)
    for _ in range(4):
        more = _unread(work, name, how, declared)
        if not more - texts:
            break
        texts |= more
        how = dates.decide_dates(texts, work.choices.date_order)
    how = how if not how.ambiguous else _settled(work, name, how)
    if how.ambiguous and work.choices.language:
        return dates.follow(how, {"dmy"}, "language")  # all of them write the day first
    return dates.follow(how, {work.source.date_order}, "shape") if how.ambiguous and work.source.date_order else how


def _unread(work: Work, name: str, how: DateFormats, declared: Field) -> set[str]:
    both = f"coalesce({dates.date_sql(name, how, work.reading.date_system)}, {dates.offset_sql(name, how) if how.offset else 'null'})"
    rows = work.run(f"select distinct {name} from cell where {name} is not null and {both} is null limit {SAMPLE}")
    return {raw for (raw,) in rows}


def _settled(work: Work, name: str, how: DateFormats) -> DateFormats:
    """The sample left open whether day or month comes first: ask every cell of the column."""
    other = dates.date_sql(name, how.swapped(), work.reading.date_system)
    mine = dates.date_sql(name, how, work.reading.date_system)
    telling = work.run(f"select count(*) from cell where {name} is not null and {other} is null and {mine} is not null")
    return dates.proven(how) if telling[0][0] else how
