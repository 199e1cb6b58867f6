"""Time in the demo: instants are UTC seconds since 1970 (int64), days are days since 1970, missing is ``NEVER``.

Two time zones with daylight saving: an instant is simulated in UTC and written as local wall-clock text, so
the hour that occurs twice in autumn and the one that is missing in spring appear just as an EHR writes them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from functools import cache
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Texts = NDArray[np.object_]

EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
ZONES = ("America/New_York", "America/Los_Angeles")
NEVER = int(np.iinfo(np.int64).min)
DAY = 86_400
# Referrals per weekday (Monday first) and per month, against an average day.
WEEKDAYS = np.array([1.14, 1.09, 1.03, 1.0, 0.88, 0.10, 0.05])
MONTHS = np.array([1.05, 1.0, 1.07, 1.03, 1.02, 0.97, 0.88, 0.93, 1.07, 1.09, 0.97, 0.84])
GROWTH_PER_YEAR = 0.07


def day_number(day: dt.date) -> int:
    """Days from 1970-01-01 to ``day``."""
    return (day - dt.date(1970, 1, 1)).days


def moment(second: int) -> dt.datetime:
    """The wall-clock time that lies ``second`` seconds after 1970 began, without a zone."""
    return (EPOCH + dt.timedelta(seconds=int(second))).replace(tzinfo=None)


@cache
def as_date(number: int) -> dt.date:
    """The date that ``day_number`` gave ``number``."""
    return dt.date(1970, 1, 1) + dt.timedelta(days=int(number))


class Clock:
    """The span of the demo, its local times and their spellings. ``first`` and ``last`` are day numbers."""

    def __init__(self, start: dt.date, until: dt.date) -> None:
        self.first, self.last = day_number(start), day_number(until)
        # Patients are enrolled, and visits booked, well after the last day that is written out.
        self._low, self._high = self.first - 400, self.last + 1600
        self._offsets = np.stack([_offsets(zone, self._low, self._high) for zone in ZONES])
        self._times = _times()
        self._spelled: dict[str, Texts] = {}

    def local(self, instants: Ints, zone: Ints) -> Ints:
        """Wall-clock seconds of UTC ``instants`` in the zones with those indexes; ``NEVER`` stays."""
        hour = np.clip(instants // 3600 - self._low * 24, 0, self._offsets.shape[1] - 1)
        return np.where(instants == NEVER, NEVER, instants + self._offsets[zone, hour])

    def utc(self, local: Ints, zone: Ints) -> Ints:
        """UTC instants of wall-clock seconds; a time that the clocks skip is taken an hour later."""
        once = 2 * local - self.local(local, zone)
        return local - (self.local(once, zone) - once)

    def local_day(self, instants: Ints, zone: Ints) -> Ints:
        """Local day numbers of UTC ``instants``; ``NEVER`` stays."""
        return np.where(instants == NEVER, NEVER, self.local(instants, zone) // DAY)

    def office(self, instants: Ints, zone: Ints, rng: np.random.Generator) -> Ints:
        """``instants`` moved into the next office hours (Monday to Friday, 8:00 to 17:30 local)."""
        local = self.local(instants, zone)
        day, second = local // DAY, local % DAY
        fits = (second >= 8 * 3600) & (second < 17.5 * 3600)
        day = day + (~fits & (second >= 17.5 * 3600))
        weekday = (day + 3) % 7  # 1970-01-01 was a Thursday
        moved = np.where(weekday >= 5, day + 7 - weekday, day)
        second = np.where(fits & (moved == day), second, rng.integers(8 * 3600, 17 * 3600, len(instants)))
        return self.utc(moved * DAY + second, zone)

    def days(self, numbers: Ints, spelling: str = "%m/%d/%Y") -> Texts:
        """Day numbers as text; ``NEVER`` is the empty text."""
        if spelling not in self._spelled:
            self._spelled[spelling] = _spell(self._low, self._high, lambda day: day.strftime(spelling))
        inside = np.clip(numbers, self._low, self._high - 1) - self._low
        return np.where(numbers == NEVER, "", self._spelled[spelling][inside])

    def stamps(self, local: Ints) -> Texts:
        """Wall-clock seconds as ``MM/DD/YYYY HH:MM:SS AM``; ``NEVER`` is the empty text."""
        text = self.days(np.where(local == NEVER, self.first, local // DAY)) + self._times[local % DAY]
        return np.where(local == NEVER, "", text)

    def weights(self) -> Floats:
        """How busy each day from ``first`` to ``last`` is, against the average day of the first year."""
        days = [as_date(number) for number in range(self.first, self.last + 1)]
        week = WEEKDAYS[[day.weekday() for day in days]]
        month = MONTHS[[day.month - 1 for day in days]]
        quiet = np.array([_holiday(day) for day in days])
        return np.asarray(week * month * quiet * (1 + GROWTH_PER_YEAR) ** (np.arange(len(days)) / 365.25))

    def shifts(self) -> list[tuple[int, int]]:
        """(zone, instant) of each change to and from daylight saving within the span."""
        found = []
        for zone, offsets in enumerate(self._offsets):
            hours = np.flatnonzero(np.diff(offsets)) + 1 + self._low * 24
            found += [(zone, int(hour) * 3600) for hour in hours if self.first * 24 < hour < self.last * 24]
        return found


def _offsets(zone: str, low: int, high: int) -> Ints:
    # Seconds to add to UTC, for each UTC hour.
    name = ZoneInfo(zone)
    hours = range(low * 24, high * 24)
    daily = [int(dt.datetime.fromtimestamp(hour * 3600, name).utcoffset().total_seconds()) for hour in hours[::24]]  # type: ignore[union-attr]
    offsets = np.repeat(np.array(daily, dtype=np.int64), 24)
    for day in np.flatnonzero(np.diff(daily)):
        for hour in range(int(day) * 24, int(day) * 24 + 24):
            offsets[hour] = int(dt.datetime.fromtimestamp(hours[hour] * 3600, name).utcoffset().total_seconds())  # type: ignore[union-attr]
    return offsets


def _times() -> Texts:
    seconds = range(DAY)
    spelled = [
        f" {(s // 3600 + 11) % 12 + 1:02d}:{s // 60 % 60:02d}:{s % 60:02d} {'AM' if s < 43_200 else 'PM'}"
        for s in seconds
    ]
    return np.array(spelled, dtype=object)


def _spell(low: int, high: int, spell: Callable[[dt.date], str]) -> Texts:
    return np.array([spell(as_date(number)) for number in range(low, high)], dtype=object)


def _holiday(day: dt.date) -> float:
    if (day.month, day.day) in {(1, 1), (7, 4), (12, 25), (6, 19), (11, 11)}:
        return 0.08
    nth, weekday = (day.day - 1) // 7 + 1, day.weekday()
    last_monday = weekday == 0 and (day + dt.timedelta(days=7)).month != day.month
    moving = (day.month == 5 and last_monday) or (day.month == 9 and weekday == 0 and nth == 1)
    thanks = day.month == 11 and (weekday, nth) in {(3, 4)}
    return 0.08 if moving or thanks else 0.5 if (day.month, day.day) >= (12, 24) else 1.0
