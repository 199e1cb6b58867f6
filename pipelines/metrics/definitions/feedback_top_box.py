"""Best possible answers to the rating questions (M29).

Frame, one row per question, category and period: ``question``, ``category``, ``category_id``, ``period``,
``complete``, ``n`` (answers), ``top`` (best answers), ``value`` (share of best), ``low``, ``high`` (Wilson), ``mean``
(average rating), ``scale_max`` (the best rating).
"""

from __future__ import annotations

import numpy as np

from pipelines.metrics.declare import GRAINS, Answer, Metric
from pipelines.metrics.engine import Ask
from pipelines.metrics.shares import with_interval
from pipelines.metrics.tally import Tally

_COUNTED = Tally(
    {
        "scale_max": "max(scale_max)::bigint",
        "n": "count(*)",
        "top": "count(*) filter (value_num >= scale_max)",
        "mean": "sum(value_num)",
    },
    by={"question": "coalesce(item_label, item_code)"},
    by_first=True,
    sums=("mean",),
    greatest=("scale_max",),
)


def answer(ask: Ask) -> Answer:
    """Top-box shares by question, category and period."""
    found = ask.in_time(ask.tally(_COUNTED))
    n = np.asarray(found["n"])
    found["mean"] = np.asarray(found["mean"], float) / n
    return Answer(with_interval(found, "top"), (), int(n.sum()))


METRIC = Metric(
    name="feedback_top_box",
    label="Top-box scores",
    question="How often do referrers give the best possible answer?",
    description="Share of answers to a rating question that are the best the scale allows.",
    numerator="answers at the top of the scale",
    denominator="answers to the question",
    unit="share",
    window="completed in the period",
    edge_cases=(
        "Unanswered questions are in neither part.",
        "Anonymous answers count in every total but are never joined to a practice.",
    ),
    source="Wilson interval (1927); Jeffreys where none or all gave the best answer.",
    dimensions=("site", "practice", "survey", "question"),
    grains=GRAINS,
    answer=answer,
    columns={
        "question": "the question as asked",
        "top": "best answers",
        "mean": "average rating",
        "scale_max": "the best rating",
    },
    relation="feedback",
    population="kind = 'rating' and value_num is not null and scale_max is not null",
    picks={"question": "coalesce(item_label, item_code) = $pick"},
    chart="ranking",
)
