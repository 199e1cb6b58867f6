"""Urgent referrals seen to in time (M10).

Frame, one row per category and period: ``category``, ``category_id``, ``period``, ``complete``, ``n`` (urgent
referrals with 48 hours of follow-up), ``hits`` (appointment starts within 48 hours of receipt), ``value``, ``low``,
``high`` (Wilson), ``unscheduled`` (no appointment at all so far), ``too_recent`` (not yet followed for 48 hours).
"""

from __future__ import annotations

from pipelines.metrics.declare import GRAINS, JOURNEY_DIMENSIONS, Answer, Metric
from pipelines.metrics.engine import Ask
from pipelines.metrics.shares import shares

SETTINGS = {"urgent_hours": 48}
# The as-of day counts as over: two days later the last of them has had its 48 hours.
_FOLLOWED = "received_on <= $cut_day::date - 2"
_MET = "date_diff('second', received_at, first_start_at) between 0 and 48 * 3600"


def answer(ask: Ask) -> Answer:
    """Share of urgent referrals with an appointment that starts within 48 hours."""
    counts = {"unscheduled": f"{_FOLLOWED} and first_start_at is null and kept_on is null", "too_recent": f"not ({_FOLLOWED})"}  # fmt: skip
    frame = shares(ask, _MET, _FOLLOWED, counts)
    recent = int(frame["too_recent"].sum())
    told = (f"{recent:,} came in the last two days and are not judged yet.",) if recent else ()
    return Answer(frame, told, int(frame["n"].sum()))


METRIC = Metric(
    name="urgent_scheduling",
    label="Urgent referrals within 48 hours",
    question="Do urgent patients get an appointment in time?",
    description="Share of urgent, ASAP and stat referrals whose first appointment starts within 48 hours of receipt.",
    numerator="urgent referrals with an appointment that starts within 48 hours",
    denominator="urgent referrals received at least 48 hours before the as-of day's end",
    unit="share",
    window="hours by the clock from receipt; nights and weekends count",
    edge_cases=(
        "Not scheduled is a miss, also when the patient could not be reached.",
        "The clock starts at receipt: exports do not tell when a referral became urgent later.",
        "An appointment that starts before receipt is an error and a miss.",
    ),
    source="Wilson interval (1927); FHIR RequestPriority urgent, asap, stat.",
    dimensions=(*JOURNEY_DIMENSIONS, "priority"),
    grains=GRAINS,
    answer=answer,
    columns={
        "hits": "appointment within 48 hours",
        "unscheduled": "no appointment so far",
        "too_recent": "not yet judged",
    },
    relation="closed_loop",
    population="countable and priority <> 'routine'",
    picks={"scheduled": "cast(first_start_at is not null as varchar) = lower($pick)"},
    settings=SETTINGS,
    chart="trend",
)
