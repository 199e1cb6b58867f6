"""Columns that are a week each, called by the day on which it begins or ends: "Week of 3/2", "W/E 8 Mar 2026", "Wk ending 3/8/26"."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from itertools import pairwise

_WEEK = r"(?:week|wk|w)"
_BEGINS = (
    rf"{_WEEK}[ .]*(?:of|beg(?:inning|ins)?|start(?:ing|s)?|commencing|from)|w[/.]?[cb]|we(?:ek)?k? ?(?:comm?|commence)"
)
_ENDS = rf"{_WEEK}[ .]*(?:end(?:ing|s|ed)?|to|through|thru)|w[/.]?e"
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_NAME = r"(?P<name>jan|feb|mar|apr|may|jun|jul|aug|sept?|oct|nov|dec)[a-z]*\.?"
_YEAR = r"(?:[\s,/.\-]+(?P<year>20\d\d|'?\d\d))?"
_TOLD = re.compile(
    rf"(?:(?P<begins>{_BEGINS})|(?P<ends>{_ENDS}))[\s.:\-]*(?:on |the )?(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*[,.]? )?"
    rf"(?:(?P<iso>20\d\d-\d\d-\d\d)|(?:(?P<one>\d\d?)[/.\-](?P<two>\d\d?)|{_NAME}[\s.\-]*(?P<after>\d\d?)(?:st|nd|rd|th)?|(?P<before>\d\d?)[\s.\-]*{_NAME.replace('name', 'named')}){_YEAR})"
)
DAYS = 7


def is_week(text: str) -> bool:
    """Whether a header is a week called by one of its days."""
    return _TOLD.fullmatch(text.strip().lower()) is not None


def spans(headers: Sequence[str], years: Sequence[int], date_order: str | None) -> list[tuple[dt.date, dt.date]] | None:
    """First and last day of each week. Days that could be written either way round are read so that they follow one another by
    weeks; those without a year begin in the first of ``years``. None where that leaves a doubt."""
    told = [match for text in headers if (match := _TOLD.fullmatch(text.strip().lower()))]
    if len(told) != len(headers) or len({bool(match["ends"]) for match in told}) > 1:
        return None
    readings = [
        days for order in ([date_order] if date_order else ["mdy", "dmy"]) if (days := _days(told, order, years))
    ]
    weekly = [days for days in readings if all((after - before).days % DAYS == 0 for before, after in pairwise(days))]
    if not weekly or len({tuple(days) for days in weekly}) > 1:
        return None
    step = dt.timedelta(days=DAYS - 1)
    return [(day - step, day) if told[0]["ends"] else (day, day + step) for day in weekly[0]]


def _days(told: Sequence[re.Match[str]], order: str, years: Sequence[int]) -> list[dt.date] | None:
    """The days, forwards or backwards in time without one twice; the next year begins where they would go back."""
    found: list[dt.date] = []
    year = min(years, default=None)
    try:
        for match in told:
            if match["iso"]:
                day = dt.date.fromisoformat(match["iso"])
            else:
                written = match["year"]
                known = int(written.strip("'")) % 100 + 2000 if written else year
                if known is None:
                    return None
                month, of_month = _month_and_day(match, order)
                day = dt.date(known, month, of_month)
                if not written and found and day <= found[-1]:
                    year, day = known + 1, dt.date(known + 1, month, of_month)
            found.append(day)
    except ValueError:
        return None
    return found if found in (sorted(set(found)), sorted(set(found), reverse=True)) else None


def _month_and_day(match: re.Match[str], order: str) -> tuple[int, int]:
    if name := match["name"] or match["named"]:
        return _MONTHS.index(name[:3]) + 1, int(match["after"] or match["before"])
    one, two = int(match["one"]), int(match["two"])
    return (one, two) if order == "mdy" else (two, one)
