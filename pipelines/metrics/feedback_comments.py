"""What referrers wrote, newest first (M29c).

Frame, one row per comment, at most 200: ``completed_on``, ``survey``, ``site``, ``practice`` ("Anonymous" where the
answer is), ``question``, ``comment``, ``score`` (0-10 of the same answer, if asked; NaN else), ``n`` (always 1).
"""

from __future__ import annotations

from pipelines.metrics.declare import Answer, Metric
from pipelines.metrics.engine import Ask
from pipelines.metrics.lists import days, newest

SETTINGS = {"newest": 200}
_NEWEST = """written as (
    select * from scoped where {population}
)
select written.completed_on, written.survey, written.site, written.practice,
    coalesce(written.item_label, written.item_code) as question, written.value_text as comment,
    max(scored.value_num) as score, 1::bigint as n, count(*) over () as total
from written
left join scoped scored on scored.response_id = written.response_id and scored.kind = 'nps'
group by written.completed_on, written.survey, written.site, written.practice, question, comment,
    written.response_id, written.item_code
order by written.completed_on desc, written.response_id, written.item_code limit $newest"""


def answer(ask: Ask) -> Answer:
    """The newest comments."""
    frame = days(ask.frame(_NEWEST, newest=int(SETTINGS["newest"])), "completed_on")
    return newest(frame.assign(score=frame["score"].astype(float)), "comments")


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
    population="kind = 'comment' and nullif(trim(value_text), '') is not null",
    settings=SETTINGS,
    chart="table",
)
