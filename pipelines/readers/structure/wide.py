"""Tables that are wide: one column per month (quarter, year, day) where the other exports have one row per event.

Such a table holds counts. Told from its headers alone: at least three of them are periods of one length, in order.
``pipelines.readers.structure.unpivot`` lays it out with one row per period; what the counts are of, a person says.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from pipelines.readers.structure import weeks

FEWEST = 3  # periods in the header that make a table a wide one
METRIC = "Metric"  # what the column is called that tells which of several measures a row has
_FEWEST_MEASURES, _LONGEST_PAIR = 2, 6
_PLANNED_BY = frozenset({"month", "quarter", "year"})  # "Week 4 Visit" is a visit of a study
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = r"(jan|feb|mar|apr|may|jun|jul|aug|sept?|oct|nov|dec)[a-z]*\.?"
_YEAR = r"((?:19|20)\d\d|['’]?\d\d)"
_YEAR4 = r"((?:19|20)\d\d)"
# A pattern, the period's length, and which of its groups are year and number within the year.
_SHAPES: tuple[tuple[re.Pattern[str], str, int | None, int | None], ...] = tuple(
    (re.compile(pattern), unit, year, number)
    for pattern, unit, year, number in (
        (rf"{_MONTH}[ \-/_.,]*{_YEAR}", "month", 2, 1),
        (rf"{_YEAR4}[ \-/_.]*{_MONTH}", "month", 1, 2),
        (_MONTH, "month", None, 1),
        (rf"{_YEAR4}[ \-/_.]?(0[1-9]|1[0-2])", "month", 1, 2),
        (rf"(0?[1-9]|1[0-2])[\-/.]{_YEAR4}", "month", 2, 1),
        (rf"{_YEAR4}[\-/.](\d\d?[\-/.]\d\d?)(?:[ t]0?0:00(?::00)?)?", "day", 1, 2),
        (rf"(\d\d?[\-/.]\d\d?)[\-/.]{_YEAR4}(?: 0?0:00(?::00)?)?", "day", 2, 1),
        (rf"q([1-4])[ \-/_]*(?:fy)?{_YEAR}", "quarter", 2, 1),
        (rf"(?:fy)?{_YEAR}[ \-/_]*q([1-4])", "quarter", 1, 2),
        (rf"(?:fy|cy)? ?{_YEAR4}", "year", 1, None),
        (r"(?:fy|cy) ?['’]?(\d\d)", "year", 1, None),
        (rf"(?:w|wk|week) ?(\d\d?)(?:[ \-/_,]*{_YEAR4})?", "week", 2, 1),
    )
)
_FISCAL = re.compile(r"\bfy|fiscal", re.IGNORECASE)


@dataclass(frozen=True)
class Wide:
    """The columns of a wide table that are periods: their length (month | quarter | year | week | day) and their
    positions in the header, in its order."""

    unit: str
    places: tuple[int, ...]


def periods(header: Sequence[str]) -> Wide | None:
    """The periods among the headers, if there are so many in a row of time that the table is a wide one."""
    found = [(place, *told) for place, text in enumerate(header) if (told := _period(text))]
    for unit in ("month", "quarter", "week", "day", "year"):
        run = [(place, when) for place, length, when in found if length == unit]
        days = [when for _, when in run]
        if len(run) >= FEWEST and len(set(days)) == len(days) and _in_order(unit, days):
            return Wide(unit, tuple(place for place, _ in run))
    named = [place for place, text in enumerate(header) if weeks.is_week(text)]
    return (
        Wide("week", tuple(named))
        if len(named) >= FEWEST and len({header[place] for place in named}) == len(named)
        else None
    )


@dataclass(frozen=True)
class Measured:
    """A wide table of which each period has a column for each of some ``measures``, as if the measures stood below one
    another: the ``header`` it then has, and for each measure the columns whose cells stand below it ("" is the measure itself)."""

    header: list[str]
    kept: tuple[int, ...]
    measures: dict[str, tuple[int, ...]]


def by_measure(header: Sequence[str]) -> Measured | None:
    """ "Jan Target", "Jan Actual", "Feb Target", "Feb Actual" ...: at least two measures of the same months, quarters or years."""
    split = {place: told for place, text in enumerate(header) if (told := _measure_and_period(text))}
    named: dict[str, dict[str, int]] = {}
    for place, (measure, period) in split.items():
        named.setdefault(measure.lower(), {}).setdefault(period.lower(), place)
    if len(named) < _FEWEST_MEASURES or sum(map(len, named.values())) != len(split):
        return None
    first, *others = named.values()
    if len(first) < FEWEST or any(list(one) != list(first) for one in others):
        return None
    kept = tuple(place for place in range(len(header)) if place not in split)
    said = [*(header[place] for place in kept), METRIC, *(split[place][1] for place in first.values())]
    return Measured(said, kept, {split[min(one.values())][0]: tuple(one.values()) for one in named.values()})


def _measure_and_period(text: str) -> tuple[str, str] | None:
    """The two parts of "Jan 2026 Target" or "Target Jan 2026"."""
    words = text.replace("(", " ").replace(")", " ").split()
    for cut in range(1, min(len(words), _LONGEST_PAIR)):
        for period, measure in ((words[:cut], words[cut:]), (words[cut:], words[:cut])):
            told = _period(" ".join(period))
            if (
                told
                and told[0] in _PLANNED_BY
                and all(word.strip("#-–:").isalpha() or word in "-–:#" for word in measure)
            ):
                return " ".join(measure).strip(" -–:"), " ".join(period).strip(" -–:")
    return None


def is_fiscal(header: Sequence[str], wide: Wide) -> bool:
    """Whether the periods are of a fiscal year: the month in which it begins is each one's own."""
    return all(_FISCAL.search(header[place]) for place in wide.places)


def sentence(header: Sequence[str], wide: Wide) -> str:
    """What is said of a wide table."""
    first, last = header[wide.places[0]], header[wide.places[-1]]
    return f"The table is wide: {len(wide.places)} of its columns are a {wide.unit} each, “{first}” to “{last}”."


def spans(
    header: Sequence[str], wide: Wide, years: Sequence[int] = (), date_order: str | None = None
) -> list[tuple[dt.date, dt.date]] | None:
    """First and last day of each period of ``wide``. Periods without a year begin in the first of ``years`` (said beside
    the table) and go on into the next; None where there is none, or a header is no day of the calendar."""
    named = [header[place] for place in wide.places]
    if all(map(weeks.is_week, named)):
        return weeks.spans(named, years, date_order)
    found = [told for text in named if (told := _period(text))]
    parts = [
        (int(year) if year else None, [int(part[i : i + 2]) for i in range(0, len(part), 2)])
        for _, (year, part) in found
    ]
    if any(year is None for year, _ in parts):
        if not years:
            return None
        parts = _dated([numbers for _, numbers in parts], min(years))
    try:
        if wide.unit == "day":
            return _days([header[place] for place in wide.places], parts, date_order)
        return [_span(wide.unit, year or 0, numbers) for year, numbers in parts]
    except (ValueError, IndexError):
        return None


def _dated(numbers: Sequence[list[int]], year: int) -> list[tuple[int | None, list[int]]]:
    """Periods in the order of the header with their years: after December comes the next year (or, backwards, the one
    before)."""
    steps = [after[0] - before[0] for before, after in pairwise(numbers)]
    backwards = sum(step == -1 or step > 2 for step in steps) > sum(step == 1 or step < -2 for step in steps)
    dated: list[tuple[int | None, list[int]]] = []
    before: list[int] | None = None
    for one in reversed(numbers) if backwards else numbers:
        year += before is not None and one < before
        dated.append((year, one))
        before = one
    return dated[::-1] if backwards else dated


def _span(unit: str, year: int, numbers: Sequence[int]) -> tuple[dt.date, dt.date]:
    if unit == "week":
        first = dt.date.fromisocalendar(year, numbers[0], 1)
        return first, first + dt.timedelta(days=6)
    months = {"year": 12, "quarter": 3, "month": 1}[unit]
    first = dt.date(year, 1 + (numbers[0] - 1) * months if numbers else 1, 1)
    return first, _month_end(first, months)


def _month_end(first: dt.date, months: int = 1) -> dt.date:
    ends = first.month + months
    return dt.date(first.year + (ends - 1) // 12, (ends - 1) % 12 + 1, 1) - dt.timedelta(days=1)


def _days(
    texts: Sequence[str], parts: Sequence[tuple[int | None, list[int]]], date_order: str | None
) -> list[tuple[dt.date, dt.date]]:
    """Days, or months where each header is the first day of one. Years first are written year, month, day; of the others
    that order is taken in which the days follow one another evenly as months, else the one that makes days at all."""
    year_first = bool(re.match(r"\s*\d{4}", texts[0]))
    orders = ["mdy"] if year_first else [date_order] if date_order else ["mdy", "dmy"]
    readings = []
    for order in orders:
        try:
            days = [dt.date(year or 0, *(numbers if order == "mdy" else numbers[::-1])) for year, numbers in parts]
        except (ValueError, TypeError):
            continue
        if days in (sorted(days), sorted(days, reverse=True)):
            readings.append(days)
    if not readings:
        raise ValueError("no days of the calendar")
    months = next((days for days in readings if all(day.day == 1 for day in days)), None)
    return [(day, _month_end(day)) for day in months] if months else [(day, day) for day in readings[0]]


def is_period(text: str) -> bool:
    """Whether a text is a year, quarter, month, week or day and nothing else."""
    return length_of(text) is not None


def length_of(text: str) -> str | None:
    """month | quarter | year | week | day, of a text that is one and nothing else."""
    told = _period(text)
    return told[0] if told else "week" if weeks.is_week(text) else None


def _period(text: str) -> tuple[str, tuple[str, str]] | None:
    """(length, (year, part of it)) of a header that is a period, in texts that sort as their times do."""
    low = text.strip().lower()
    if len(low) > 30:
        return None
    for pattern, unit, year, number in _SHAPES:
        if match := pattern.fullmatch(low):
            part = (match[number] or "") if number else ""
            return unit, (_year(match[year] or "") if year else "", _part(part))
    return None


def _year(text: str) -> str:
    digits = text.strip("'’")
    return f"20{digits}" if len(digits) == 2 else digits


def _part(text: str) -> str:
    if text[:3] in _MONTHS:
        return f"{_MONTHS.index(text[:3]) + 1:02d}"
    return "".join(f"{int(digits):02d}" for digits in re.findall(r"\d+", text))


def _in_order(unit: str, days: Sequence[tuple[str, str]]) -> bool:
    """Forwards or backwards in time; months without a year may run over the turn of a year, days may be written either
    way round."""
    if unit == "day":
        return True
    if any(not year for year, _ in days):
        turns = sum(after < before for (_, before), (_, after) in pairwise(days))
        return turns <= 1 or turns == len(days) - 1
    return list(days) in (sorted(days), sorted(days, reverse=True))
