"""How far ahead appointments are booked (M8, the part that needs no schedule).

Frame, one row per category and period of the start: ``category``, ``category_id``, ``period``, ``complete``, ``n``
(appointments), ``value`` (median days from booking to start), ``low``, ``high`` (95%), ``p90``.
"""

from __future__ import annotations

from pipelines.metrics.declare import GRAINS, JOURNEY_DIMENSIONS, Answer, Metric
from pipelines.metrics.engine import Ask
from pipelines.metrics.spreads import SPREAD_COLUMNS, spread


def answer(ask: Ask) -> Answer:
    """Median and 90th percentile of the booked lead."""
    frame = ask.marked(spread(ask, "lead_days"))
    return Answer(frame, (), int(frame["n"].sum()))


METRIC = Metric(
    name="booked_lead_time",
    label="Booked lead time",
    question="How long do patients wait between booking and visit?",
    description="Days from the day an appointment was booked to the day it starts.",
    numerator="days from booking to start",
    denominator="appointments whose booking day is known",
    unit="days",
    window="by the day the appointment starts, up to the as-of day",
    edge_cases=(
        "What patients chose is not what was free: see the third next available time.",
        "A booking after the start is an error and is left out.",
        "What is only proposed, requested or on a waiting list has not been booked.",
    ),
    source="Median with the order-statistic interval (Conover 1999); nine in ten do not exceed p90.",
    dimensions=(*JOURNEY_DIMENSIONS, "priority"),
    grains=GRAINS,
    answer=answer,
    columns=SPREAD_COLUMNS,
    relation="visit",
    population="lead_days is not null",
    chart="trend",
)
