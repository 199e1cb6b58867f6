"""Business days and business minutes of a site: its time zone, its opening hours and its public holidays.

A promise such as "acknowledged within one business day" is kept or broken by the calendar of the site that made it.
Two clocks are kept, both exact over weekends, holidays and the days on which clocks change:

* **business days** count local days: from a day to a later one lie as many as there are open days from the first
  (included) up to the second (excluded), so what arrives on a Saturday counts as arriving on Monday, and Friday to
  Monday is one. Only days are needed, so a log that knows no time of day can be judged.
* **business minutes** run only while the site is open: 08:00 to 17:00 local time unless the site list says otherwise.

The warehouse holds both as a table, ``business_day``, one row per calendar and day; ``between`` and ``minutes`` are
the same in Python, for tests and notebooks.
"""

from __future__ import annotations

import datetime as dt
import re
import zoneinfo
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

FIRST, LAST = dt.date(2012, 1, 1), dt.date(2035, 12, 31)  # days outside are not judged, which every metric counts
OPENS, CLOSES = 8 * 60, 17 * 60  # minutes after local midnight
DEFAULT_ZONE = "America/New_York"
DEFAULT_HOLIDAYS = "US"
# Zones where the holidays and the weekend of the United States are kept, and those that say no place.
HOME_ZONES = (
    "America/(New_York|Detroit|Kentucky/.+|Indiana/.+|Indianapolis|Fort_Wayne|Louisville|Knox_IN|Chicago|Menominee|North_Dakota/.+|Denver|Boise"
    "|Phoenix|Shiprock|Los_Angeles|Anchorage|Juneau|Sitka|Metlakatla|Yakutat|Nome|Adak|Atka|Puerto_Rico|St_Thomas|Virgin)"
    "|Pacific/(Honolulu|Johnston|Guam|Saipan|Pago_Pago|Samoa|Midway|Wake)|US/.+|Navajo|EST5EDT|CST6CDT|MST7MDT|PST8PDT|EST|MST|HST"
    "|Etc/.+|UTC|UCT|GMT|Zulu|Universal"
)
_DAY = dt.timedelta(days=1)
_MINUTE = dt.timedelta(minutes=1)


@dataclass(frozen=True)
class Calendar:
    """When a site works. ``holidays`` is an ISO 3166 country, or country and subdivision (US, US-CA, DE-BY), or
    "none"; ``opens`` and ``closes`` are minutes after local midnight of a working day. Which days of the week those are is
    the country's: Sunday to Thursday in Saudi Arabia or Israel, Monday to Friday in most and with "none"."""

    time_zone: str = DEFAULT_ZONE
    holidays: str = DEFAULT_HOLIDAYS
    opens: int = OPENS
    closes: int = CLOSES

    def is_open(self, day: dt.date) -> bool:
        """Whether the site works on a local day."""
        return day in _working_days(self.holidays)

    def hours(self, day: dt.date) -> tuple[dt.datetime, dt.datetime]:
        """Opening and closing of a local day as naive UTC; equal where the site is closed."""
        opens = self._utc(day, self.opens)
        return opens, self._utc(day, self.closes) if self.is_open(day) else opens

    def midnight_after(self, day: dt.date) -> dt.datetime:
        """When a local day is over, as naive UTC."""
        return self._utc(day + _DAY, 0)

    def _utc(self, day: dt.date, minute: int) -> dt.datetime:
        local = dt.datetime.combine(day, dt.time(minute // 60, minute % 60), zoneinfo.ZoneInfo(self.time_zone))
        return local.astimezone(dt.UTC).replace(tzinfo=None)


def calendar(time_zone: str | None, holidays: str | None, opens: int | None, closes: int | None) -> Calendar:
    """A calendar from what a site list says; what it leaves out, or nobody knows, is the default."""
    zone = time_zone if time_zone and _is_zone(time_zone) else DEFAULT_ZONE
    known = holidays if holidays and _known(holidays) else DEFAULT_HOLIDAYS
    begin, end = OPENS if opens is None else opens, CLOSES if closes is None else closes
    return Calendar(zone, known, begin, end) if 0 <= begin < end < 1440 else Calendar(zone, known)


def assumes_holidays(time_zone: str | None, holidays: str | None) -> bool:
    """Whether a site is given the holidays and the weekend of the United States although nothing says that it keeps them: it
    lies in a zone abroad and states no calendar, or one that nobody knows."""
    return not _known(holidays) if holidays else bool(time_zone) and not re.fullmatch(HOME_ZONES, time_zone or "")


@lru_cache(maxsize=256)
def _is_zone(name: str) -> bool:
    # Asking for one zone; listing them all reads hundreds of files.
    try:
        zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError):
        return False
    return True


@lru_cache(maxsize=256)
def _known(name: str) -> bool:
    try:
        return name == "none" or _public_holidays(name, range(FIRST.year, FIRST.year + 1)) is not None
    except (KeyError, NotImplementedError):
        return False


def _public_holidays(name: str, years: range) -> Any:
    import holidays  # only where a calendar is made: reading a file needs none

    country, _, subdivision = name.partition("-")
    return holidays.country_holidays(country, subdiv=subdivision or None, years=years)


@lru_cache(maxsize=64)
def _working_days(name: str) -> frozenset[dt.date]:
    every = [FIRST + _DAY * number for number in range((LAST - FIRST).days + 1)]
    if name == "none":
        return frozenset(day for day in every if day.weekday() < 5)
    found = _public_holidays(name, range(FIRST.year, LAST.year + 1))
    # Weekends are the country's (and changed in some), as are weekend days worked to make up for a bridge day.
    return frozenset(day for day in every if found.is_working_day(day))


@lru_cache(maxsize=64)
def days(of: Calendar) -> tuple[tuple[dt.date, int, dt.datetime, dt.datetime, int, dt.datetime], ...]:
    """Every day from ``FIRST`` to ``LAST``: (local day, open days before it, opening, closing, business minutes
    before its opening, the local midnight that ends it). Instants are naive UTC; opening and closing are equal on a day that is closed."""
    made = []
    day, opened, minutes_before = FIRST, 0, 0
    while day <= LAST:
        begin, end = of.hours(day)
        made.append((day, opened, begin, end, minutes_before, of.midnight_after(day)))
        opened += begin < end
        minutes_before += (end - begin) // _MINUTE
        day += _DAY
    return tuple(made)


def prepare() -> None:
    """Find the days of the default calendar, which every generation has: half a second, once in a process."""
    days(Calendar())


def between(of: Calendar, first: dt.date, second: dt.date) -> int:
    """Business days from one local day to a later one (see the module); negative if it is earlier. Raises
    ``ValueError`` for days outside ``FIRST`` to ``LAST``."""
    return _row(of, second)[1] - _row(of, first)[1]


def minutes(of: Calendar, first: dt.datetime, second: dt.datetime) -> int:
    """Whole business minutes between two instants (naive UTC), the second not earlier."""
    return (_worked_until(of, second) - _worked_until(of, first)) // _MINUTE


def _worked_until(of: Calendar, instant: dt.datetime) -> dt.timedelta:
    zone = zoneinfo.ZoneInfo(of.time_zone)
    local = instant.replace(tzinfo=dt.UTC).astimezone(zone).date()
    _, _, begin, end, before, _ = _row(of, local)
    return before * _MINUTE + max(dt.timedelta(), min(instant, end) - begin)


def _row(of: Calendar, day: dt.date) -> tuple[dt.date, int, dt.datetime, dt.datetime, int, dt.datetime]:
    if not FIRST <= day <= LAST:
        raise ValueError(f"business days are known from {FIRST} to {LAST}")
    return days(of)[(day - FIRST).days]


def write(con: DuckDBPyConnection) -> None:
    """Make ``business_day`` (calendar, day, ``before``: open days before it, ``opens_at`` and ``closes_at`` in UTC,
    ``minutes_before`` its opening, ``over_at``: when it ends) for every calendar that a row of ``dim_site`` keeps, and the default one.

    Where it has these calendars already it stays: their days change with the release and the list of holidays only, and either
    builds a generation of its own."""
    wanted = con.execute("select distinct calendar from dim_site union select '|||' order by 1").fetchall()
    if _written(con) == wanted:
        return
    con.execute(
        "create or replace table business_day (calendar varchar, day date, before integer, opens_at timestamp,"
        " closes_at timestamp, minutes_before integer, over_at timestamp)"
    )
    for (name,) in wanted:
        zone, kept, opens, closes = name.split("|")
        of = calendar(zone or None, kept or None, int(opens) if opens else None, int(closes) if closes else None)
        day, before, begin, end, minutes_before, over = map(list, zip(*days(of), strict=True))
        con.execute(
            "insert into business_day select $name, unnest($day::date[]), unnest($before::integer[]), unnest($opens::timestamp[]),"
            " unnest($closes::timestamp[]), unnest($minutes::integer[]), unnest($over::timestamp[])",
            {
                "name": name,
                "day": day,
                "before": before,
                "opens": begin,
                "closes": end,
                "minutes": minutes_before,
                "over": over,
            },
        )


def _written(con: DuckDBPyConnection) -> list[tuple[str]]:
    """The calendars that ``business_day`` has, in order; none where there is no such table yet."""
    known = con.execute("select 1 from duckdb_tables() where table_name = 'business_day' and not temporary").fetchall()
    return con.execute("select distinct calendar from business_day order by 1").fetchall() if known else []
