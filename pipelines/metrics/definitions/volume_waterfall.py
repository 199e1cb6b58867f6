"""What made the volume change (M5): new, returned, grown, shrunk and silent practices.

Frame, one row per step in order: ``category`` (Before | New | Returned | Grew | Shrank | Went silent | No practice |
After), ``category_id`` (empty), ``step``, ``practices`` (how many), ``n`` (referrals: the level for Before and After),
``value`` (the change in referrals; the level for Before and After). Before plus all changes is After, exactly.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pandas as pd

from pipelines.metrics.declare import Answer, Metric
from pipelines.metrics.engine import Ask
from pipelines.metrics.transfers import COUNTED, SAID

SETTINGS = {"default_days": 90}
STEPS = ("New", "Returned", "Grew", "Shrank", "Went silent", "No practice")
_CHANGES = """units as (
    select practice_id, min(received_on) as first_on,
        {count(received_on between $now_from::date and $now_to::date)} as now,
        {count(received_on between $before_from::date and $before_to::date)} as before
    from seen where {population} and received_on <= $now_to::date group by practice_id
)
select case when practice_id is null then 'No practice' when now > 0 and first_on >= $now_from::date then 'New'
        when now > 0 and before = 0 then 'Returned' when now > before then 'Grew' when now = 0 and before > 0 then 'Went silent'
        when now < before then 'Shrank' else 'Same' end as category,
    count(*) filter (now + before > 0) as practices, sum(now)::bigint as now, sum(before)::bigint as before
from units group by 1"""


def answer(ask: Ask) -> Answer:
    """The period against as many days just before it."""
    first, last = _period(ask)
    days = (last - first).days + 1
    earlier = first - dt.timedelta(days=days)
    found = ask.frame(
        _CHANGES, now_from=first, now_to=last, before_from=earlier, before_to=first - dt.timedelta(days=1)
    )
    by = found.set_index("category")
    before, now = int(found["before"].sum()), int(found["now"].sum())
    rows: list[dict[str, Any]] = [_level("Before", before, _units(by, "before"))]
    for step in STEPS:
        practices, late, early = (int(by[name].get(step, 0)) for name in ("practices", "now", "before"))
        shown = 0 if step == "No practice" else practices
        rows.append({"category": step, "practices": shown, "n": late + early, "value": float(late - early)})
    rows.append(_level("After", now, _units(by, "now")))
    frame = pd.DataFrame(rows)
    frame["step"] = np.arange(len(frame))
    frame["category_id"] = pd.array([None] * len(frame), "Int64")
    said = [f"{first:%-d %b %Y} to {last:%-d %b %Y} against the {days} days before."]
    if not ask.filters.start:
        said.append(f"Without a period filter: the last {days} days.")
    return Answer(frame, tuple(said), now + before)


def _period(ask: Ask) -> tuple[dt.date, dt.date]:
    first = ask.filters.start or ask.last - dt.timedelta(days=int(SETTINGS["default_days"]) - 1)
    return min(first, ask.last), ask.last


def _level(name: str, referrals: int, practices: int) -> dict[str, Any]:
    return {"category": name, "practices": practices, "n": referrals, "value": float(referrals)}


def _units(by: pd.DataFrame, when: str) -> int:
    """Practices with a referral then; of those that went silent or are new, one of the two levels has none."""
    silent = {"now": ("Went silent",), "before": ("New", "Returned")}[when]
    return int(by.loc[[name for name in by.index if name not in (*silent, "No practice")], "practices"].sum())


METRIC = Metric(
    name="volume_waterfall",
    label="What changed the volume",
    question="Which practices made referrals rise or fall?",
    description=(
        "The change in referrals from one period to the next, split into practices that are new, came back, grew, "
        "shrank or sent none."
    ),
    numerator="countable referrals of the period less those of as many days just before",
    denominator="none: a count",
    unit="referrals",
    window="the period filter (default the last 90 days) against the same number of days before it",
    edge_cases=(
        "New: first referral ever lies in the period, as far back as the data go.",
        "Returned: had referred before, but not in the days compared with.",
        "Referrals that name no practice are a step of their own.",
        "Before plus all steps is after, exactly.",
        SAID,
    ),
    source="Count.",
    dimensions=(),
    grains=(),
    answer=answer,
    columns={"step": "its place", "practices": "how many practices"},
    population=COUNTED,
    settings=SETTINGS,
    chart="waterfall",
)
