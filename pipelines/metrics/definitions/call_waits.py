"""How long callers wait.

Frame, one row per category and period: ``category``, ``category_id``, ``period``, ``complete``, ``n`` (calls answered, wait known), ``value``
(median seconds until a person answered), ``low``, ``high`` (95%), ``p90``.
"""

from __future__ import annotations

from pipelines.metrics.declare import GRAINS, Answer, Metric
from pipelines.metrics.engine import Ask
from pipelines.metrics.spreads import SPREAD_COLUMNS, spread


def answer(ask: Ask) -> Answer:
    """Median and 90th percentile of the wait."""
    frame = ask.marked(spread(ask, "wait_s"))
    return Answer(frame, (), int(frame["n"].sum()))


METRIC = Metric(
    name="call_waits",
    label="Wait until a call is answered",
    question="How long does a caller wait for a person?",
    description="Seconds from the beginning of an incoming call until a person answers: in the queue and ringing.",
    numerator="seconds waited",
    denominator="incoming calls that a person answered and whose wait is known",
    unit="seconds",
    window="by the local day of the call",
    edge_cases=(
        "Being put on hold afterwards is not waiting for an answer, whatever the telephone system calls it.",
        "Who gave up waited too, and is not in this: see the share of calls given up.",
    ),
    source="Median with the order-statistic interval (Conover 1999); nine in ten do not exceed p90.",
    dimensions=("site", "line", "practice"),
    grains=GRAINS,
    answer=answer,
    columns=SPREAD_COLUMNS,
    relation="phone_call",
    population="direction = 'inbound' and answered and wait_s is not null",
    chart="trend",
)
