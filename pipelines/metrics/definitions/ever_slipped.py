"""Referrals that ever slipped (M13, by cohort).

Frame, one row per category and period of receipt: ``category``, ``category_id``, ``period``, ``complete``, ``n``
(countable referrals), ``followed`` (received at least 60 days ago), ``mature`` (at least 90% were), ``hits`` (late at some
step, whether or not it was made up for), ``value``, ``low``, ``high``.
"""

from __future__ import annotations

from pipelines.marts import PROMISES, SETTLED_DAYS
from pipelines.metrics.declare import GRAINS, JOURNEY_DIMENSIONS, Answer, Metric
from pipelines.metrics.engine import Ask
from pipelines.metrics.incidence import FOLLOWED
from pipelines.metrics.shares import SHARE_COLUMNS, shares, untold


# A visit and what is owed after it follow a referral by weeks: a younger cohort looks better than it will turn out.
def answer(ask: Ask) -> Answer:
    """Share of each cohort that was late at some step."""
    counts = {"followed": "settled"}
    frame = shares(ask, "ever_slipped", counts=counts)
    frame = frame.assign(mature=(frame["followed"] >= FOLLOWED * frame["n"]) & (frame["n"] > 0))
    younger = "The latest have had less time to be late: their share can only rise."
    return Answer(frame, (*untold(ask), younger), int(frame["n"].sum()))


METRIC = Metric(
    name="ever_slipped",
    label="Referrals that ever slipped",
    question="Of those who came in a month, how many were late at some step?",
    description=(
        "Share of referrals acknowledged, contacted, scheduled though urgent, followed up after a no-show, or reported on later than "
        "promised, or slipping through today."
    ),
    numerator="referrals late at some step by the as-of day, made up for or not",
    denominator="referrals received in the period",
    unit="share",
    window="by the day received; what is still owed counts once it is late",
    edge_cases=(
        "The limits are those of the patients slipping through, and whoever slips through today has slipped.",
        "An urgent referral was late if it was neither scheduled nor left by the end of the day after.",
        "Three attempts in vain and ten quiet days count while they last: once over, no date tells of them.",
        "An acknowledgement on a day before the receipt is an error and counts as none.",
        "An acknowledgement is owed also for what is then declined.",
        "Each referral counts once.",
    ),
    source="Wilson interval (1927).",
    dimensions=(*JOURNEY_DIMENSIONS, "priority"),
    grains=GRAINS,
    answer=answer,
    columns={
        **SHARE_COLUMNS,
        "followed": f"received at least {SETTLED_DAYS} days ago",
        "mature": "at least 90% were received that long ago: otherwise the share will rise",
    },
    relation="closed_loop",
    picks={"slipped": "cast(ever_slipped as varchar) = lower($pick)"},
    settings=dict(PROMISES),
    chart="trend",
)
