"""Share of referrals without a known referrer (M4).

Frame, one row per category and period with referrals: ``category``, ``category_id``, ``period``, ``complete``,
``n`` (countable referrals), ``unattributed``, ``value`` (their share), ``low``, ``high`` (Wilson).
"""

from __future__ import annotations

import numpy as np

from pipelines.metrics.declare import GRAINS, JOURNEY_DIMENSIONS, Answer, Metric
from pipelines.metrics.engine import Ask
from pipelines.metrics.shares import with_interval
from pipelines.metrics.tally import Tally
from pipelines.metrics.transfers import COUNTED, SAID

_COUNTED = Tally({"n": "{count}", "unattributed": "{count(not attributed)}"})


def answer(ask: Ask) -> Answer:
    """Shares of referrals whose source could not be resolved."""
    found = ask.in_time(ask.tally(_COUNTED))
    return Answer(with_interval(found, "unattributed"), (), int(np.asarray(found["n"]).sum()))


METRIC = Metric(
    name="unattributed_share",
    label="Referrals without a known referrer",
    question="How often do we not know who referred?",
    description="Share of referrals whose source could not be resolved to a practitioner, a practice or another source.",
    numerator="countable referrals with no resolved source",
    denominator="countable referrals",
    unit="share",
    window="received in the period",
    edge_cases=(
        "A patient who came unasked is a source of its own kind, not unattributed.",
        "A referral naming only the practice is attributed.",
        SAID,
    ),
    source="Wilson interval (1927); Jeffreys where none or all are unattributed.",
    dimensions=JOURNEY_DIMENSIONS,
    grains=GRAINS,
    answer=answer,
    population=COUNTED,
    columns={"unattributed": "referrals with no resolved source"},
    picks={"attributed": "cast(attributed as varchar) = lower($pick)"},
    chart="trend",
)
