"""Weeks, months, quarters and years: which there are, where they end, and which are complete.

Days are counted in numpy's own units: pandas' periods take milliseconds for what is done here in microseconds.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Days = NDArray[np.datetime64]
DAY = np.timedelta64(1, "D")  # a bare 1 has no unit, which numpy gives up
_MONTHS = {"month": 1, "quarter": 3, "year": 12}
_MONDAY = 3  # 1 January 1970, day 0, was a Thursday


def begin(day: Days, grain: str, later: int = 0) -> Any:
    """First day of the period that holds each day, or of the one ``later`` periods after it."""
    if grain == "week":
        number = day.astype("datetime64[D]").astype("int64")
        monday = number - (number + _MONDAY) % 7 + 7 * later
        return monday.astype("datetime64[D]")
    months = _MONTHS[grain]
    number = day.astype("datetime64[M]").astype("int64")
    return np.asarray((number // months * months + months * later).astype("datetime64[M]").astype("datetime64[D]"))


def starts(grain: str, first: dt.date, last: dt.date) -> pd.DatetimeIndex:
    """First days of all periods from the one holding ``first`` to the one holding ``last``, both inclusive."""
    first_day, end = begin(np.array([first, last], "datetime64[D]"), grain)
    if grain == "week":
        every = np.arange(first_day, end + DAY, 7 * DAY)
    else:
        month = np.timedelta64(1, "M")
        months = np.arange(
            first_day.astype("datetime64[M]"), end.astype("datetime64[M]") + month, _MONTHS[grain] * month
        )
        every = months.astype("datetime64[D]")
    return pd.DatetimeIndex(every.astype("datetime64[us]"))


def bounds(first: dt.date, grain: str) -> tuple[dt.date, dt.date]:
    """First and last day of the period that begins on ``first``; ``ValueError`` where none begins there."""
    day = np.array([first], "datetime64[D]")
    if begin(day, grain)[0] != day[0]:
        raise ValueError(f"no {grain} begins on {first}")
    last: dt.date = (begin(day, grain, later=1) - DAY)[0].item()
    return first, last


def ends(period: pd.Series, grain: str) -> pd.Series:
    """Last day of each period."""
    return pd.Series(_ends(period, grain).astype("datetime64[us]"), index=period.index)


def complete(period: pd.Series | Days, grain: str, start: dt.date | None, stop: dt.date) -> NDArray[np.bool_]:
    """Whether each period lies wholly between ``start`` (no bound if None) and ``stop``, inclusive."""
    whole = _ends(period, grain) <= np.datetime64(stop, "D")
    if start is not None:
        whole &= np.asarray(period, "datetime64[D]") >= np.datetime64(start, "D")
    return np.asarray(whole)


def _ends(period: pd.Series | Days, grain: str) -> Days:
    day = np.asarray(period, "datetime64[D]")
    known = ~np.isnat(day)
    ended = day.copy()
    ended[known] = begin(day[known], grain, later=1) - DAY
    return ended


def fill(frame: pd.DataFrame, grain: str, last: dt.date, first: dt.date | None = None) -> pd.DataFrame:
    """``frame`` (period, category, category_id, counts) with a row of zeros for every period in which a category
    had nothing, from ``first`` (or the earliest there is) to ``last``. Categories keep their order."""
    if frame.empty:
        return frame
    earliest = first or frame["period"].min().date()
    every = starts(grain, earliest, max(last, frame["period"].max().date()))
    members, which = np.unique(frame["category"].to_numpy(object), return_index=True)
    order = np.argsort(which)
    place = np.argsort(order)[np.searchsorted(members, frame["category"].to_numpy(object))]
    cell = place * len(every) + every.to_numpy().searchsorted(frame["period"].to_numpy("datetime64[us]"))
    columns: dict[str, Any] = {"category": pd.array(np.repeat(members[order], len(every)), "str")}
    columns["category_id"] = frame["category_id"].array[np.repeat(which[order], len(every))]
    columns["period"] = np.tile(every.to_numpy(), len(members))
    for name in frame.columns:
        if name not in columns:
            values = frame[name].to_numpy("float64")
            columns[name] = np.bincount(cell, values, len(members) * len(every)).astype("int64")
    return pd.DataFrame(columns, copy=False)


def named(first: dt.date, grain: str | None) -> str:
    """A period as a person names it, by its first day: "week of 4 May 2026", "May 2026", "Q2 2026", "2026"."""
    if grain == "week":
        return f"week of {first.day} {first:%b %Y}"
    if grain == "quarter":
        return f"Q{(first.month + 2) // 3} {first.year}"
    return str(first.year) if grain == "year" else f"{first:%b %Y}"
