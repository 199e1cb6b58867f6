"""How complete the recent past is: what share of each week's referrals has been reported so far.

Frame, one row per week from the first regular load on: ``category`` ("All"), ``category_id`` (empty), ``period`` (the
week's Monday), ``complete`` (the week is over), ``n`` (referrals known), ``share`` (of them all, expected to be known by
now), ``value`` (referrals expected in the end; as known where the share is 95% or more), ``low``, ``high``.
"""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd

from pipelines.metrics.declare import Answer, Metric
from pipelines.metrics.engine import Ask
from pipelines.metrics.transfers import COUNTED, SAID
from pipelines.statistics import delay
from pipelines.statistics.gate import TooLittle

SETTINGS = {"longest_weeks": 8, "learnt_from_weeks": 26, "complete_from": delay.COMPLETE}
# Known since: when the source recorded it, else when its file arrived. What lay in the first file that ever came says
# nothing of how long referrals take to be reported: only weeks that ended after it are looked at.
_REPORTED = """select received_on - (isodow(received_on)::integer - 1) as week, known_on - (isodow(known_on)::integer - 1) as known_week,
    known_by_load as by_load, {count} as n
from seen where {population} group by all order by 1, 2, 3"""
_COLUMNS = ("category", "category_id", "period", "complete", "n", "share", "value", "low", "high")


def answer(ask: Ask) -> Answer:
    """The chain ladder over whole weeks since reporting could be watched."""
    found = ask.frame(_REPORTED)
    try:
        frame = _developed(found, ask.last)
    except TooLittle as refused:
        empty = pd.DataFrame({name: [] for name in _COLUMNS}).astype({"category_id": "Int64", "n": "int64"})
        return Answer(empty, ("Until then no recent figure is corrected.", str(refused)), int(found["n"].sum()))
    said = ["Recent weeks look smaller than they are until their referrals are reported."]
    if found["by_load"].any():
        said.append("Where the source does not say when it knew, the day its file arrived is taken.")
    return Answer(frame, tuple(said), int(frame["n"].sum()))


def _developed(found: pd.DataFrame, last: dt.date) -> pd.DataFrame:
    week, known = (pd.to_datetime(found[name]).to_numpy("datetime64[D]") for name in ("week", "known_week"))
    after = last + dt.timedelta(days=1)
    final = np.datetime64(after - dt.timedelta(days=after.weekday() + 7))  # Monday of the last week that is over
    by_load = found["by_load"].to_numpy(bool)
    first = known[by_load].min() + np.timedelta64(7, "D") if by_load.any() else week.min() if len(week) else final
    late = (np.maximum(known - week, np.timedelta64(0, "D")) // np.timedelta64(7, "D")).astype(int)
    place = ((week - first) // np.timedelta64(7, "D")).astype(int)
    now = int((final - first) // np.timedelta64(7, "D"))
    if now < 0:
        raise TooLittle("How late files come can be told once they have come regularly for six weeks.")
    inside = (place >= 0) & (place <= now)
    many = np.repeat(np.arange(len(found))[inside], found["n"].to_numpy("int64")[inside])
    ages = min(int(SETTINGS["longest_weeks"]), now + 1)
    ladder = delay.to_date(delay.triangle(place[many], late[many], now, ages), int(SETTINGS["learnt_from_weeks"]))
    share, whole = ladder.completeness, ladder.completeness >= SETTINGS["complete_from"]
    value = np.where(whole, ladder.latest, ladder.ultimate)
    half = np.where(whole, 0.0, 1.96 * np.hypot(ladder.error, np.sqrt(np.maximum(ladder.outstanding, 0.0))))
    size = now + 1
    return pd.DataFrame({
        "category": ["All"] * size, "category_id": pd.array([None] * size, "Int64"),
        "period": (first + 7 * np.arange(size)).astype("datetime64[us]"), "complete": [True] * size,
        "n": ladder.latest.astype("int64"), "share": share, "value": value,
        "low": np.maximum(value - half, ladder.latest), "high": value + half,
    })  # fmt: skip


METRIC = Metric(
    name="complete_to_date",
    label="Complete to date",
    question="How much of the recent past has been reported yet?",
    description="For each week the share of its referrals that is known by now, and how many there will be in the end.",
    numerator="referrals known by the as-of day",
    denominator="referrals expected once all are reported",
    unit="referrals",
    window="whole weeks since loads became regular; delays of eight weeks and more count as eight",
    edge_cases=(
        "Below six weeks of regular loads nothing can be told, and nothing is corrected.",
        SAID,
        "Above 95 percent complete a week is shown as it is.",
        "A referral is known from the day its source recorded it, else from the day its file arrived.",
        "What came with the first file says nothing of delays: weeks before it are left out.",
    ),
    source="Chain ladder with Mack's (1993) error, learnt from the last 26 weeks.",
    dimensions=(),
    grains=(),
    answer=answer,
    columns={"share": "share known by now"},
    population=COUNTED,
    settings=SETTINGS,
    chart="bars",
)
