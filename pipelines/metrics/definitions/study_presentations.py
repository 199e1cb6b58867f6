"""Studies presented to practices, and with which text.

Frame, one row per category and period: ``category``, ``category_id``, ``period``, ``complete``, ``n`` (presentations of a
study to a practice), ``hits`` (with a text that the ethics board had approved by then), ``value``, ``low``, ``high``
(Wilson), ``not_approved`` (the text shown was not approved by then), ``unknown_text`` (no such text is on file),
``practices`` (to how many practices).
"""

from __future__ import annotations

from pipelines.metrics.declare import GRAINS, Answer, Metric
from pipelines.metrics.engine import Ask
from pipelines.metrics.shares import interval_of

_COUNTED = """counted as (
    select {key} as category_id, {label} as category, {period} as period, count(*) as n,
        count(*) filter (text_state = 'approved') as hits, count(*) filter (text_state = 'not approved') as not_approved,
        count(*) filter (text_state = 'unknown') as unknown_text, list(distinct practice_id) filter (practice_id is not null) as shown_to
    from scoped where {population} group by all
), {fold}
select place, category, category_id, others, period, sum(n)::bigint as n, sum(hits)::bigint as hits, sum(not_approved)::bigint as not_approved,
    sum(unknown_text)::bigint as unknown_text, len(list_distinct(flatten(list(shown_to)))) as practices
from folded group by all order by place, period"""


def answer(ask: Ask) -> Answer:
    """How often studies were presented, and whether their text was approved."""
    found = ask.folded(_COUNTED)
    frame = ask.marked(found.assign(**interval_of(found)))
    bad = int(frame["not_approved"].sum())
    told = (f"{bad:,} presentations used a text that the ethics board had not approved by then.",) if bad else ()
    return Answer(frame, told, int(frame["n"].sum()))


METRIC = Metric(
    name="study_presentations",
    label="Studies presented",
    question="Which studies do we present to practices, and with an approved text?",
    description="Presentations of a study at a contact with a practice, and the share made with a text that was approved by then.",
    numerator="presentations with a text approved by the day of the contact",
    denominator="presentations of a study to a practice",
    unit="share",
    window="by the day of the contact",
    edge_cases=(
        "One contact may present several studies: each counts.",
        "Where the log names no version, it is the last text in use by that day.",
        "A version that is not on file, and a study without any text, is unknown: it counts as not shown to be approved.",
    ),
    source="Wilson interval (1927).",
    dimensions=("site", "study", "therapeutic_area", "practice"),
    grains=GRAINS,
    answer=answer,
    columns={
        "hits": "with a text approved by then",
        "not_approved": "with a text not approved by then",
        "unknown_text": "with a text that is not on file",
        "practices": "to how many practices",
    },
    relation="presentation",
    population="true",
    chart="trend",
)
