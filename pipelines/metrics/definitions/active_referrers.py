"""Active referrers (M2).

Frame, one row per category and period (or one per category as of the last day): ``category``, ``category_id``,
``period``, ``complete``, ``on`` (the day it is as of: the period's last, or the last day there is), ``n`` (practices
with a referral in the 90 days up to then). Periods without any are there with 0.
"""

from __future__ import annotations

import datetime as dt

import pandas as pd

from pipelines.metrics import periods
from pipelines.metrics.declare import GRAINS, Answer, Metric
from pipelines.metrics.engine import Ask
from pipelines.metrics.transfers import COUNTED

SETTINGS = {"window_days": 90}
# A practice counts on a day if its last referral by then is less than the window old; of all its days in a week or
# month only the last can decide, so a few rows per practice stand for all its referrals.
_COUNTED = """counted as (
    select {key} as category_id, {label} as category, {period} as period, practice_id as unit_id,
        max(received_on) as last_day, {count} as n
    from seen where {population} and practice_id is not null and received_on <= $last_day::date
    group by all
), {fold},
days as (select unnest($days::date[]) as day, unnest($starts::date[]) as start)
select place, category, category_id, others, start as period, count(distinct unit_id) as n
from folded join days on days.day >= last_day and days.day < last_day + $window_days::integer
group by all order by place, period"""


def answer(ask: Ask) -> Answer:
    """Distinct practices active at the end of each period."""
    days = _days(ask)
    window = int(SETTINGS["window_days"])
    found = ask.folded(_COUNTED, days=list(days.values()), starts=list(days), window_days=window, last_day=ask.last)
    frame = ask.marked(found, fill=True)
    frame["on"] = frame["period"].dt.date.map(days) if ask.grain else ask.last
    frame["on"] = pd.to_datetime(frame["on"]).astype("datetime64[us]")
    said: tuple[str, ...] = (f"A practice is active with a referral in the {window} days before.",)
    if ask.by:
        said += ("A practice that refers to several counts in each, so the parts can exceed the whole.",)
    latest = frame[frame["period"] == frame["period"].max()] if ask.grain else frame
    return Answer(frame, said, int(latest["n"].sum()))


def _days(ask: Ask) -> dict[dt.date | None, dt.date]:
    """The day that each period is judged on, by the period's start."""
    if not ask.grain:
        return {None: ask.last}
    first = ask.filters.start or ask.frame("select min(received_on) as day from seen where {population}")["day"].iloc[0]
    if pd.isna(first) or pd.Timestamp(first).date() > ask.last:
        return {}
    starts = pd.Series(periods.starts(ask.grain, pd.Timestamp(first).date(), ask.last))
    ends = periods.ends(starts, ask.grain)
    return {start.date(): min(end.date(), ask.last) for start, end in zip(starts, ends, strict=True)}


METRIC = Metric(
    name="active_referrers",
    label="Active referrers",
    question="How many practices are referring to us?",
    description="Distinct practices with at least one countable referral in the trailing 90 days.",
    numerator="distinct practices with a countable referral in the window",
    denominator="none: a count",
    unit="practices",
    window="the 90 days up to the end of each period, or up to the as-of day",
    edge_cases=(
        "The unit is the practice: counts of practitioners differ.",
        "Referrals that name no practice, and sources that are none, are not counted.",
        "What one site passed on to another counts there, and not again over all sites.",
        "The window reaches back before the start of the period filter.",
    ),
    source="Count.",
    dimensions=("site", "study", "therapeutic_area", "specialty", "channel", "intent"),
    grains=GRAINS,
    answer=answer,
    columns={"on": "the day it is as of"},
    population=COUNTED,
    settings=SETTINGS,
    chart="bars",
)
