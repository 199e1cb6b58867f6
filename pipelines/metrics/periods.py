"""Weeks, months, quarters and years: which there are, where they end, and which are complete."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pandas as pd

_FREQUENCY = {"week": "W-SUN", "month": "M", "quarter": "Q-DEC", "year": "Y-DEC"}


def starts(grain: str, first: dt.date, last: dt.date) -> pd.DatetimeIndex:
    """First days of all periods from the one holding ``first`` to the one holding ``last``, both inclusive."""
    return pd.period_range(first, last, freq=_FREQUENCY[grain]).to_timestamp().as_unit("us")


def ends(period: pd.Series, grain: str) -> pd.Series:
    """Last day of each period."""
    last: pd.Series = period.dt.to_period(_FREQUENCY[grain]).dt.end_time.dt.normalize()
    return last


def complete(period: pd.Series, grain: str, start: dt.date | None, stop: dt.date) -> pd.Series:
    """Whether each period lies wholly between ``start`` (no bound if None) and ``stop``, inclusive."""
    whole = ends(period, grain) <= pd.Timestamp(stop)
    if start is not None:
        whole &= period >= pd.Timestamp(start)
    return whole


def fill(frame: pd.DataFrame, grain: str, last: dt.date, first: dt.date | None = None) -> pd.DataFrame:
    """``frame`` (period, category, category_id, counts) with a row of zeros for every period in which a category
    had nothing, from ``first`` (or the earliest there is) to ``last``. Categories keep their order."""
    if frame.empty:
        return frame
    begin = first or frame["period"].min().date()
    every = starts(grain, begin, max(last, frame["period"].max().date()))
    members, which = np.unique(frame["category"].to_numpy(object), return_index=True)
    order = np.argsort(which)
    place = np.argsort(order)[np.searchsorted(members, frame["category"].to_numpy(object))]
    cell = place * len(every) + every.searchsorted(frame["period"])
    columns: dict[str, Any] = {"category": np.repeat(members[order], len(every))}
    columns["category_id"] = frame["category_id"].array[np.repeat(which[order], len(every))]
    columns["period"] = np.tile(every, len(members))
    for name in frame.columns.drop(list(columns)):
        columns[name] = np.bincount(cell, frame[name], len(members) * len(every)).astype("int64")
    return pd.DataFrame(columns).astype({"category": "str"})
