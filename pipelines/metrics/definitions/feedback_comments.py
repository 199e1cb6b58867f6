"""What referrers wrote, newest first (M29c).

Frame, one row per comment, at most 200: ``completed_on``, ``survey``, ``site``, ``practice`` ("Anonymous" where the
answer is), ``question``, ``comment``, ``score`` (0-10 of the same answer, if asked; NaN else), ``n`` (always 1).
"""

from __future__ import annotations

from pipelines.metrics.declare import Answer, Metric
from pipelines.metrics.engine import Ask
from pipelines.metrics.lists import days, newest

SETTINGS = {"newest": 200}
_NEWEST = """select completed_on, survey, site, practice, coalesce(item_label, item_code) as question, value_text as comment,
    recommends as score, 1::bigint as n, count(*) over () as total
from scoped where {population}
order by completed_on desc, response_id, item_code limit $newest"""


def answer(ask: Ask) -> Answer:
    """The newest comments."""
    return newest(days(ask.columns(_NEWEST, newest=int(SETTINGS["newest"])), "completed_on"), "comments")


METRIC = Metric(
    name="feedback_comments",
    label="Comments",
    question="What do referrers say?",
    description="Written answers, newest first, as they were written.",
    numerator="written answers",
    denominator="none: a list",
    unit="comments",
    window="completed in the period; the newest 200",
    edge_cases=(
        "Anonymous comments never name a practice.",
        "Comments may hold personal details: they are for internal eyes only.",
    ),
    source="As written.",
    dimensions=(),
    grains=(),
    answer=answer,
    columns={
        "completed_on": "day answered",
        "survey": "which survey",
        "site": "site asked about",
        "practice": "who answered",
        "question": "the question as asked",
        "comment": "the answer",
        "score": "0-10 answer to the recommendation question",
    },
    relation="feedback",
    population="kind = 'comment' and value_text is not null",
    settings=SETTINGS,
    chart="table",
)
