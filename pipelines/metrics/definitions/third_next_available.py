"""Third next available appointment (M8).

Frame, one row per category and period of the look: ``category``, ``category_id``, ``period``, ``complete``, ``n``
(days and services looked at), ``value`` (median days to the third free time), ``low``, ``high`` (95%), ``p90``.
"""

from __future__ import annotations

from pipelines.metrics.declare import GRAINS, Answer, Metric
from pipelines.metrics.engine import Ask
from pipelines.metrics.spreads import SPREAD_COLUMNS, spread


def answer(ask: Ask) -> Answer:
    """Median days to the third free time, over the days on which the schedule was looked at."""
    frame = ask.marked(spread(ask, "third_days"))
    return Answer(frame, (), int(frame["n"].sum()))


METRIC = Metric(
    name="third_next_available",
    label="Third next available appointment",
    question="How long would a patient have to wait who calls today?",
    description="Days to the third free time in the schedule, which one late cancellation does not flatter.",
    numerator="days from the look at the schedule to its third free time",
    denominator="looks at the schedule: one a day, site and service",
    unit="days",
    window="by the day the schedule was looked at",
    edge_cases=(
        "Only where exports of free times were loaded: it is never inferred from what was booked.",
        "A look that shows fewer than three free times has no third one and is left out.",
    ),
    source="Institute for Healthcare Improvement; median with the order-statistic interval (Conover 1999); nine in ten do not exceed p90.",
    dimensions=("site", "service_line"),
    grains=GRAINS,
    answer=answer,
    columns=SPREAD_COLUMNS,
    relation="availability",
    population="true",
    chart="trend",
    members=200,  # every site is looked at equally often: the first twenty by n would be any twenty
)
