"""Told when the appointment is (M7b).

Frame, one row per category, period and horizon: ``category``, ``category_id``, ``period`` (of receipt), ``complete``,
``horizon`` (1, 2, 5 business days), ``n`` (scheduled referrals), ``followed``, ``mature``, ``reached``, ``value``
(cumulative incidence), ``low``, ``high``, ``median_days``.
"""

from __future__ import annotations

from pipelines.metrics.declare import GRAINS, JOURNEY_DIMENSIONS, Answer, Metric
from pipelines.metrics.engine import Ask
from pipelines.metrics.shares import PROMISE_COLUMNS, promise, said, shares, total, untold

HORIZONS = (1, 2, 5)


def answer(ask: Ask) -> Answer:
    """Share of scheduled referrals whose referrer was told of it in time."""
    frame = ask.in_time(promise(ask, "set_notice_bd", "notice_followed_bd", HORIZONS, longest=30))
    undated = int(shares(ask, "set_notice_bd < 0")["hits"].sum())
    left = (f"{undated:,} of which nobody says when the appointment was made are left out.",) if undated else ()
    return Answer(frame, (*untold(ask), *left, *said(frame)), total(frame))


METRIC = Metric(
    name="set_notice",
    label="Appointment notice to the referrer",
    question="Once a patient is scheduled, is the referrer told when?",
    description="Share of scheduled referrals whose referrer was sent the appointment within 1, 2 and 5 business days.",
    numerator="scheduled referrals with an appointment notice within the horizon",
    denominator="referrals with an appointment",
    unit="share",
    window="business days of the site from the first scheduling; those without notice are followed until the as-of day and then count as open (censored)",
    edge_cases=(
        "A notice sent before the scheduling answers something else and does not count.",
        "Where no file says when the appointment was made, or the patient came without one, nobody can tell how soon it was told: left out and counted.",
        "A scheduling on a day before the referral was received is a data error: left out here, counted at the time to appointment.",
        "A second appointment does not start the clock again.",
    ),
    source="Kaplan-Meier, interval on the log(-log) scale of the share, Jeffreys bound at none or all.",
    dimensions=(*JOURNEY_DIMENSIONS, "priority"),
    grains=GRAINS,
    answer=answer,
    columns=PROMISE_COLUMNS,
    relation="closed_loop",
    population="countable and scheduled_on is not null",
    settings={"promised_days": 1},
    chart="trend",
)
