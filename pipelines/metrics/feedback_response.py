"""Response to surveys (M29).

Frame, one row per category and period of sending: ``category``, ``category_id``, ``period``, ``complete``, ``n``
(delivered invitations), ``answered``, ``value`` (response rate), ``low``, ``high`` (Wilson), ``undelivered``.
"""

from __future__ import annotations

from pipelines.metrics.declare import GRAINS, Answer, Metric
from pipelines.metrics.engine import Ask
from pipelines.metrics.folding import beside
from pipelines.metrics.shares import with_interval

# A survey none of whose answers names its invitation is anonymous: who of those asked answered cannot be told, and
# counting its invitations as unanswered would show a collapse in every anonymous wave.
_TRACEABLE = "survey in (select survey from seen where answered_on <= $cut_day::date)"
_COUNTED = """traced as (
    select distinct survey as traced from seen where answered_on <= $cut_day::date
),
asked as (
    select *, traced is not null as traceable from scoped left join traced on traced = survey
),
counted as (
    select {key} as category_id, {label} as category, {period} as period,
        count(*) filter (traceable and coalesce(delivered, true)) as n,
        count(*) filter (coalesce(delivered, true) and answered_on <= $cut_day::date) as answered,
        count(*) filter (traceable and not delivered) as undelivered,
        count(*) filter (not traceable) as anonymous
    from asked group by all
), {fold}
select place, category, category_id, others, period, sum(n)::bigint as n, sum(answered)::bigint as answered,
    sum(undelivered)::bigint as undelivered, sum(anonymous)::bigint as anonymous
from folded group by all order by place, period"""


def answer(ask: Ask) -> Answer:
    """Response rates by category and period of sending."""
    frame = ask.marked(ask.folded(_COUNTED))
    asked = frame["n"].to_numpy("int64") > 0
    untold = int(frame["anonymous"].to_numpy("int64").sum())
    frame = frame if asked.all() else frame[asked]
    frame = with_interval(beside(frame, {}, without=("anonymous",)), "answered")
    lost = int(frame["undelivered"].to_numpy("int64").sum())
    said: tuple[str, ...] = (f"{lost:,} invitations were not delivered and are not counted.",) if lost else ()
    if untold:
        said += (f"{untold:,} invitations were to anonymous surveys: how many of those asked answered cannot be told.",)
    return Answer(frame, said, int(frame["n"].sum()))


METRIC = Metric(
    name="feedback_response",
    label="Survey response",
    question="How many of those asked answered?",
    description="Share of delivered invitations that were answered.",
    numerator="delivered invitations answered by the as-of day",
    denominator="delivered invitations",
    unit="share",
    window="sent in the period",
    edge_cases=(
        "Surveys none of whose answers names its invitation are anonymous: left out, and their invitations counted.",
        "Invitations known not to have arrived are left out and counted; unknown delivery counts as delivered.",
        "Recent invitations may still be answered: the rate of the latest period can rise.",
    ),
    source="Wilson interval (1927); Jeffreys where none or all answered.",
    dimensions=("site", "practice", "survey"),
    grains=GRAINS,
    answer=answer,
    columns={"answered": "answered by the as-of day", "undelivered": "invitations that did not arrive"},
    relation="invitation",
    population=f"coalesce(delivered, true) and {_TRACEABLE}",
    picks={"answered": "cast(answered_on is not null as varchar) = lower($pick)"},
    chart="trend",
)
