"""Patients who slip (M13).

Frame, one row per rule and category: ``rule`` (what has not happened, or "any rule"), ``category``, ``category_id``,
``period`` (empty), ``complete``, ``n`` (open referrals), ``hits`` (to which the rule applies), ``value``, ``low``,
``high`` (Wilson). A referral may meet several rules: "any rule" counts it once.
"""

from __future__ import annotations

import pandas as pd

from pipelines.metrics.declare import JOURNEY_DIMENSIONS, Answer, Metric
from pipelines.metrics.engine import Ask
from pipelines.metrics.relations import PROMISES
from pipelines.metrics.shares import with_interval

ANY = "any rule"
RULES = (
    "urgent, not scheduled", "not acknowledged", "accepted, patient not contacted", "not reached, referrer not told",
    "no-show, not followed up", "seen, report not sent", "no next step",
)  # fmt: skip
_COUNTED = """counted as (
    select {key} as category_id, {label} as category, null::date as period, {count} as n,
        {count(len(slips) > 0)} as any_rule, flatten(list(slips)) as met
    from scoped where {population} group by all
), {fold},
summed as (
    select place, category, category_id, others, period, sum(n)::bigint as n, sum(any_rule)::bigint as any_rule,
        flatten(list(met)) as met
    from folded group by all
)
select place, category, category_id, others, period, n, rule,
    case when rule = 'any rule' then any_rule else len(list_filter(met, lambda slip: slip = rule)) end::bigint as hits
from summed cross join (select unnest($rules::varchar[]) as rule) order by place, hits desc, rule"""


def answer(ask: Ask) -> Answer:
    """Open referrals by the rule under which their patient has slipped."""
    frame = ask.marked(with_interval(ask.folded(_COUNTED, rules=[ANY, *RULES])))
    every: pd.DataFrame = frame[frame["rule"] == ANY]
    return Answer(frame, ("One referral may meet several rules; “any rule” counts it once.",), int(every["n"].sum()))


METRIC = Metric(
    name="slipped_patients",
    label="Patients slipping through",
    question="Which open referrals need somebody today, and why?",
    description="Open referrals for which something that should have happened has not, by rule.",
    numerator="open referrals that meet the rule",
    denominator="open referrals: not left, not enrolled, not seen and reported on",
    unit="share",
    window="as of the day; the period filter chooses when the referral was received",
    edge_cases=(
        "Not acknowledged: none within 2 business days. Not contacted: none within 3 business days of acceptance.",
        "Not reached: three attempts, nobody reached, the referrer not told since. No-show: neither a new appointment nor word to the referrer within 3 business days.",
        "Report not sent: 5 business days after the visit. No next step: no appointment to come and nothing for 10 days.",
        "Urgent and not scheduled by the end of the day after receipt's day began to be judged: those of the as-of day are not.",
        "Nothing is hidden for small numbers: each of them is a patient.",
    ),
    source="Rules with settings; Wilson interval (1927).",
    dimensions=(*JOURNEY_DIMENSIONS, "priority"),
    grains=(),
    answer=answer,
    columns={"rule": "what has not happened", "hits": "open referrals that meet the rule"},
    relation="closed_loop",
    population="countable and exit_on is null and enrolled_on is null and report_on is null",
    picks={"rule": "case when $pick = 'any rule' then len(slips) > 0 else list_contains(slips, $pick) end"},
    settings=dict(PROMISES),
    chart="ranking",
)
