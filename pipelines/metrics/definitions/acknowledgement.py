"""Acknowledged in time (M6).

Frame, one row per measure, category, period and horizon: ``measure`` ("anyhow": any acknowledgement; "by a person":
automatic receipts left out), ``category``, ``category_id``, ``period``, ``complete``, ``horizon`` (1, 2, 5 business
days), ``n``, ``followed``, ``mature``, ``reached``, ``value`` (cumulative incidence), ``low``, ``high``,
``median_days``.
"""

from __future__ import annotations

from pipelines.metrics.declare import GRAINS, JOURNEY_DIMENSIONS, Answer, Metric
from pipelines.metrics.engine import Ask
from pipelines.metrics.shares import PROMISE_COLUMNS, left_out, measured, promise, said, shares, total, untold

HORIZONS = (1, 2, 5)


def answer(ask: Ask) -> Answer:
    """Share of referrals acknowledged within so many business days."""
    parts = {
        measure: promise(ask, done, "followed_bd", HORIZONS, longest=30)
        for measure, done in (("anyhow", "ack_bd"), ("by a person", "person_ack_bd"))
    }
    frame = measured(parts, ask)
    wrong = int(shares(ask, "ack_bd < 0")["hits"].sum())
    return Answer(frame, (*untold(ask), *left_out(wrong, "acknowledgement"), *said(frame)), total(frame))


METRIC = Metric(
    name="acknowledgement",
    label="Acknowledged in time",
    question="Does whoever refers hear soon that the referral arrived?",
    description="Share of referrals acknowledged to the referrer within 1, 2 and 5 business days of receipt.",
    numerator="referrals whose first acknowledgement came within the horizon",
    denominator="referrals received in the period",
    unit="share",
    window="business days of the site from the day received; open referrals are followed until the as-of day and then count as open (censored)",
    edge_cases=(
        "What arrives on a day the site is closed counts as arriving on the next open day.",
        "A receipt that a system sends by itself counts as an acknowledgement, and not as one by a person.",
        "An acknowledgement on a day before the referral was received is a data error: such a referral is left out and counted.",
        "An acknowledgement is owed also for what is then declined, so leaving does not compete.",
    ),
    source="Kaplan-Meier, interval on the log(-log) scale of the share, Jeffreys bound at none or all; IHE 360X asks that every referral be accepted or declined.",
    dimensions=(*JOURNEY_DIMENSIONS, "priority"),
    grains=GRAINS,
    answer=answer,
    columns={"measure": "anyhow, or by a person"} | PROMISE_COLUMNS,
    relation="closed_loop",
    picks={"horizon": "ack_bd between 0 and cast($pick as integer)"},
    settings={"promised_days": 1},
    chart="trend",
)
