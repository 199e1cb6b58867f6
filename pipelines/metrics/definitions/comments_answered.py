"""Comments answered (M29c).

Frame, one row per category, period of the comment and horizon: ``category``, ``category_id``, ``period``,
``complete``, ``horizon`` (5, 10 business days), ``n`` (comments by a known practice), ``followed``, ``mature``,
``reached``, ``value`` (cumulative incidence), ``low``, ``high``, ``median_days``.
"""

from __future__ import annotations

from pipelines.metrics.declare import GRAINS, Answer, Metric
from pipelines.metrics.engine import Ask
from pipelines.metrics.shares import PROMISE_COLUMNS, promise, said, total

HORIZONS = (5, 10)


def answer(ask: Ask) -> Answer:
    """Share of comments that were answered in time."""
    frame = ask.in_time(promise(ask, "reply_bd", "reply_followed_bd", HORIZONS, longest=60))
    return Answer(frame, said(frame), total(frame))


METRIC = Metric(
    name="comments_answered",
    label="Comments answered",
    question="When a referrer writes something, does anybody answer?",
    description="Share of written survey comments that were answered to the practice within 5 and 10 business days.",
    numerator="comments with a reply within the horizon",
    denominator="comments by a practice that is known",
    unit="share",
    window="business days of the site from the day the survey was completed, followed until the as-of day",
    edge_cases=(
        "An anonymous comment cannot be answered and is left out.",
        "One reply answers all comments of one response.",
    ),
    source="Kaplan-Meier, interval on the log(-log) scale of the share, Jeffreys bound at none or all.",
    dimensions=("site", "practice", "survey", "question"),
    grains=GRAINS,
    answer=answer,
    columns=PROMISE_COLUMNS,
    relation="comment",
    population="kind = 'comment' and value_text is not null and not anonymous",
    settings={"promised_days": 5},
    chart="trend",
)
