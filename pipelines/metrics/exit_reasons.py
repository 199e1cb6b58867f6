"""Why referred patients left before enrolment.

Frame, one row per category and reason, most frequent first: ``category``, ``category_id``, ``exit_code`` (declined |
unreachable | prescreen_failed | screen_failed | withdrawn | cancelled | study_closed; "other" for the rest),
``reason`` (as written; "No reason given"; "Other (k more)" beyond the 20 most frequent), ``n``, ``value`` (share of all
exits of the category), ``low``, ``high`` (Wilson).
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from pipelines.metrics.declare import CATEGORIES_SHOWN, JOURNEY_DIMENSIONS, Answer, Metric
from pipelines.metrics.engine import Ask
from pipelines.statistics import proportions

_COUNTED = """counted as (
    select {key} as category_id, {label} as category, {period} as period, exit_code, lower(trim(exit_reason)) as written,
        min(trim(exit_reason)) as reason, count(*) as n
    from scoped where {population} group by all
), {fold}
select place, category, category_id, others, exit_code, nullif(written, '') as written, min(reason) as reason,
    sum(n)::bigint as n
from folded group by all order by place"""


def answer(ask: Ask) -> Answer:
    """Counts of exits by code and reason."""
    found = ask.folded(_COUNTED)
    found["written"] = found["written"].fillna("no reason given")
    found["reason"] = found["reason"].fillna("No reason given").replace("", "No reason given")
    found = _rare(found)
    keys = ["category", "category_id", "exit_code", "written"]
    frame = found.groupby(keys, sort=False, dropna=False).agg(reason=("reason", "min"), n=("n", "sum")).reset_index()
    order = {name: place for place, name in enumerate(found["category"].unique())}
    frame = frame.assign(place=frame["category"].map(order)).sort_values(
        ["place", "n", "exit_code", "written"], ascending=[True, False, True, True], ignore_index=True
    )
    whole = frame.groupby("category")["n"].transform("sum")
    low, high = proportions.interval(frame["n"], whole)
    frame = frame.drop(columns=["place", "written"]).assign(
        value=proportions.share(frame["n"], whole), low=low, high=high
    )
    return Answer(frame, (), int(frame["n"].sum()))


def _rare(found: pd.DataFrame) -> pd.DataFrame:
    """``found`` with all but the most frequent reasons made one."""
    totals = found.groupby(["exit_code", "written"])["n"].sum().reset_index()
    totals = totals.sort_values(["n", "exit_code", "written"], ascending=[False, True, True])
    kept = set(totals.head(CATEGORIES_SHOWN)[["exit_code", "written"]].itertuples(index=False, name=None))
    rest = len(totals) - len(kept)
    pairs = zip(found["exit_code"], found["written"], strict=True)
    rare = np.array([pair not in kept for pair in pairs], bool)
    name = f"Other ({rest:,} more)"
    return found.assign(
        exit_code=found["exit_code"].mask(rare, "other"),
        written=found["written"].mask(rare, "other"),
        reason=found["reason"].mask(rare, name),
    )


METRIC = Metric(
    name="exit_reasons",
    label="Reasons for leaving",
    question="Why do referred patients not enrol?",
    description="Research referrals that ended before enrolment, by how and why.",
    numerator="referrals that left with the code and reason",
    denominator="research referrals that left before enrolment",
    unit="referrals",
    window="received in the period; exits as of the as-of day",
    edge_cases=(
        "Reasons are compared without case; they are as the logs word them.",
        "An exit without a reason is kept as No reason given.",
        "Reinstated subjects have not left.",
    ),
    source="Count; Wilson interval.",
    dimensions=JOURNEY_DIMENSIONS,
    grains=(),
    answer=answer,
    columns={"exit_code": "how they left", "reason": "why, as written"},
    population="countable and intent = 'research' and exit_on is not null and enrolled_on is null",
    picks={
        "exit_code": "exit_code = $pick",
        "reason": "coalesce(nullif(lower(trim(exit_reason)), ''), 'no reason given') = lower($pick)",
        "stage": "stage = $pick",
    },
)
