"""Loop closed (M14).

Frame, one row per measure, category, period of receipt and horizon: ``measure`` ("report sent", or "report
acknowledged" by the referrer), ``category``, ``category_id``, ``period``, ``complete``, ``horizon`` (7, 14, 30 days
after the visit), ``n`` (referrals with a kept visit), ``followed``, ``mature``, ``reached``, ``value`` (cumulative
incidence), ``low``, ``high``, ``median_days``.
"""

from __future__ import annotations

from pipelines.metrics.declare import GRAINS, JOURNEY_DIMENSIONS, Answer, Metric
from pipelines.metrics.engine import Ask
from pipelines.metrics.shares import PROMISE_COLUMNS, measured, promise, said, total, untold

HORIZONS = (7, 14, 30)


def answer(ask: Ask) -> Answer:
    """Share of kept referrals whose referrer was sent a report, and had it."""
    parts = {
        measure: promise(ask, done, "$cut_day::date - kept_on", HORIZONS, longest=120)
        for measure, done in (("report sent", "report_day"), ("report acknowledged", "report_ack_day"))
    }
    frame = measured(parts, ask)
    return Answer(frame, (*untold(ask), *said(frame)), total(frame))


METRIC = Metric(
    name="loop_closed",
    label="Loop closed",
    question="After the visit, does the referrer get the report?",
    description="Share of kept referrals whose referrer was sent a report within 7, 14 and 30 days, and share that acknowledged it.",
    numerator="kept referrals with a report sent (acknowledged) within the horizon",
    denominator="referrals with a kept visit",
    unit="share",
    window="calendar days from the first kept visit; those without a report are followed until the as-of day and then count as open (censored)",
    edge_cases=(
        "That the referrer could look it up in a shared record is not “sent”.",
        "A visit on a day before the referral was received is a data error: left out here, counted at the time to appointment.",
        "A report dated before the visit answers something else and does not count.",
    ),
    source="Kaplan-Meier, interval on the log(-log) scale of the share, Jeffreys bound at none or all; the loop as in IHE 360X and CMS50.",
    dimensions=(*JOURNEY_DIMENSIONS, "priority"),
    grains=GRAINS,
    answer=answer,
    columns={"measure": "sent, or acknowledged"} | PROMISE_COLUMNS,
    relation="closed_loop",
    population="countable and kept_on is not null",
    settings={"promised_days": 30},
    chart="trend",
)
