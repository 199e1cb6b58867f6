"""Tables that are wide: one column per month (quarter, year, day) where the other exports have one row per event.

Such a table holds counts. Told from its headers alone: at least three of them are periods of one length, in order.
Which of them it is, is said; a count of somebody's referrals cannot be turned back into referrals.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

FEWEST = 3  # periods in the header that make a table a wide one
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
        (rf"(?:w|wk|week) ?(\d\d?)(?:[ \-/_,]*{_YEAR4})?", "week", 2, 1),
    )
)


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
    return None


def sentence(header: Sequence[str], wide: Wide) -> str:
    """What is said of a wide table."""
    first, last = header[wide.places[0]], header[wide.places[-1]]
    return f"The table is wide: {len(wide.places)} of its columns are a {wide.unit} each, “{first}” to “{last}”."


def remedy(wide: Wide) -> str:
    """What to do about a wide table that nobody can load."""
    return (
        f"It has one column per {wide.unit}, so it holds counts; this product wants one row per referral, visit, touch or "
        f"participant. Export the list behind the counts, or unpivot it to one row per {wide.unit} with a date column."
    )


def is_period(text: str) -> bool:
    """Whether a text is a year, quarter, month, week or day and nothing else."""
    return _period(text) is not None


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
