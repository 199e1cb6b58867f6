"""Has the volume changed, or is it noise? Referrals on a control chart.

Frame, one row per category and complete month or week: ``category``, ``category_id``, ``period``, ``complete``, ``n``
(referrals), ``days`` (average working days the period amounts to), ``value`` (referrals, adjusted to an average period
where the chart is XmR), ``low``, ``high`` (limits of the unchanged), ``centre``, ``signal`` (1 above, -1 below what noise
would do, 0 otherwise), ``chart`` (XmR | Poisson | none: too few periods).
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from pipelines.frames import framed
from pipelines.metrics import periods
from pipelines.metrics.declare import Answer, Metric
from pipelines.metrics.engine import Ask
from pipelines.metrics.tally import Tally
from pipelines.metrics.transfers import COUNTED, SAID
from pipelines.statistics import spc, workdays
from pipelines.statistics.gate import TooLittle

SETTINGS = {"fewest_periods": spc.FEWEST_POINTS, "fewest_a_period_for_xmr": spc.FEWEST_A_MONTH}
_COUNTED = Tally({"n": "{count}"})
_WEEKDAYS = """select isodow(received_on) - 1 as weekday, {count} as n, min(received_on) as first_on
from scoped where {population} group by all"""


def answer(ask: Ask) -> Answer:
    """Each category's complete periods, with the limits of what no change would give."""
    grain = ask.grain or "month"
    found = ask if ask.grain else replace(ask, grain=grain)
    frame = framed(found.in_time(found.tally(_COUNTED), fill=True))
    total = int(frame["n"].sum())
    frame = frame[frame["complete"]].reset_index(drop=True)
    frame["days"] = _days(ask, frame["period"], grain)
    parts = [_charted(part) for _, part in frame.groupby("category", sort=False)]
    charted = pd.concat(parts, ignore_index=True) if parts else _charted(frame)
    short = charted.loc[charted["chart"] == "none", "category"].nunique()
    said = ["Only complete periods are judged; months are compared by working days and weekdays."]
    if short:
        said.append(f"{short:,} with fewer than {spc.FEWEST_POINTS} complete periods: shown without limits.")
    if (charted["chart"] == "Poisson").any():
        said.append(
            f"Below {spc.FEWEST_A_MONTH:g} a period the limits are exact Poisson ones: the usual chart cries wolf."
        )
    return Answer(charted, tuple(said), total)


def _days(ask: Ask, period: pd.Series, grain: str) -> np.ndarray:
    """How many average days each period amounts to, by what usually comes on each weekday."""
    if period.empty:
        return np.array([])
    seen = ask.frame(_WEEKDAYS)
    start = period.to_numpy("datetime64[D]")
    stop = periods.ends(period, grain).to_numpy("datetime64[D]") + np.timedelta64(1, "D")
    days = workdays.days_in(start, stop)
    count = np.bincount(seen["weekday"].astype(int), seen["n"], 7)
    whole = workdays.days_in(seen["first_on"].min().to_datetime64(), np.datetime64(ask.last) + np.timedelta64(1, "D"))
    return workdays.effective_days(days, workdays.weekday_index(count, whole))


def _charted(part: pd.DataFrame) -> pd.DataFrame:
    try:
        chart, kind = spc.series(part["n"], part["days"])
    except TooLittle:
        empty = np.full(len(part), np.nan)
        return part.assign(value=part["n"].astype(float), low=empty, high=empty, centre=empty, signal=0, chart="none")
    signal = spc.special(chart) if kind == "XmR" else chart.outside
    return part.assign(value=chart.value, low=np.maximum(chart.low, 0), high=chart.high, centre=chart.centre,
                       signal=signal, chart=kind)  # fmt: skip


METRIC = Metric(
    name="volume_change",
    label="Changes in volume",
    question="Has the number of referrals really changed?",
    description="Referrals per complete period with the limits within which an unchanged volume would stay.",
    numerator="countable referrals",
    denominator="none: a count, adjusted for working days where there are many",
    unit="referrals",
    window="complete weeks or months within the period",
    edge_cases=(
        "From 10 a period on: XmR chart with the rules of Making Data Count. Below: exact Poisson limits, one rule.",
        "Below 12 complete periods the series is shown without limits.",
        "Periods are compared by the days they have, each weekday weighed by what usually comes on it.",
        "Never a chart per practitioner: their counts are too small.",
        SAID,
    ),
    source="XmR (Wheeler), Making Data Count (NHS England), exact Poisson limits.",
    dimensions=("site", "study", "therapeutic_area", "specialty", "channel"),
    grains=("week", "month"),
    answer=answer,
    columns={
        "days": "average days the period amounts to",
        "centre": "mean of all",
        "signal": "1 above, -1 below what noise would do",
        "chart": "which chart",
    },
    population=COUNTED,
    settings=SETTINGS,
    chart="trend",
)
