"""New referrers (M3).

Frame, one row per category and period (zeros included): ``category``, ``category_id``, ``period``, ``complete``, ``n``
(practices whose first referral ever, within what is shown, fell into the period), ``label`` ("new", or "first seen"
where the data reach back less than 24 months before the period, so that "new" cannot be known).
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from pipelines.metrics.declare import GRAINS, Answer, Metric
from pipelines.metrics.engine import Ask
from pipelines.metrics.transfers import COUNTED

SETTINGS = {"look_back_days": 730}
_LAST = """, {fold}
select place, category, category_id, others, period, sum(n)::bigint as n,
    (select min(received_on) from began) as data_from
from folded group by all order by place, period"""
# Uncut, the day of a practice's first referral is all there is to know (and a count says that a roll-up will do) ...
_WHOLE = """began as (
    select min(received_on) as received_on from seen where {population} and practice_id is not null group by practice_id
    having {count} > 0
),
counted as (
    select {key} as category_id, {label} as category, {period} as period, count(*) as n
    from began
    where ($start_day::date is null or received_on >= $start_day::date)
      and ($stop_day::date is null or received_on <= $stop_day::date)
    group by all
)"""
# ... cut by a dimension, it matters which referral that was: the first of that day, which each site counts by its own clock.
_CUT = """began as (
    select practice_id, min(received_on) as received_on
    from seen where {population} and practice_id is not null group by practice_id
),
firsts as (
    select arg_min(referral_id, (coalesce(received_at, 'infinity'::timestamp), referral_id)) as referral_id
    from (select practice_id, received_on, received_at, referral_id from seen where {population})
    join began using (practice_id, received_on)
    group by practice_id
),
counted as (
    select {key} as category_id, {label} as category, {period} as period, count(*) as n
    from scoped where referral_id in (select referral_id from firsts) group by all
)"""


def answer(ask: Ask) -> Answer:
    """Counts of practices by the period of their first referral."""
    found = ask.folded((_CUT if ask.by else _WHOLE) + _LAST)
    began = pd.to_datetime(found["data_from"]).min()
    frame = ask.marked(found.drop(columns="data_from"), fill=True)
    starts = frame["period"] if ask.grain else pd.Series(pd.Timestamp(ask.filters.start or began), index=frame.index)
    seen = (pd.to_datetime(starts) - began).dt.days < SETTINGS["look_back_days"]
    frame["label"] = np.where(seen, "first seen", "new") if len(frame) else np.array([], object)
    said: tuple[str, ...] = ("Counted within what is shown: new to these sites, studies and filters.",)
    if len(frame) and seen.any():
        said += ("Where the data reach back less than 24 months, a practice is only first seen, not known to be new.",)
    return Answer(frame, said, int(frame["n"].sum()))


METRIC = Metric(
    name="new_referrers",
    label="New referrers",
    question="How many practices referred for the first time?",
    description="Practices whose first countable referral ever falls into the period.",
    numerator="practices whose first referral lies in the period",
    denominator="none: a count",
    unit="practices",
    window="period of the first referral; the whole history before it is looked at, whatever the period filter",
    edge_cases=(
        "A practice that was merged or renamed is one practice: it is not new again.",
        "With under 24 months of data before the period it is labelled first seen.",
        "Cut by a dimension, a practice counts in the category of its first referral only.",
    ),
    source="Count.",
    dimensions=("site", "study", "therapeutic_area", "specialty", "channel", "intent"),
    grains=GRAINS,
    answer=answer,
    columns={"label": "new, or first seen where the data do not reach back far enough"},
    population=COUNTED,
    settings=SETTINGS,
    chart="trend",
)
