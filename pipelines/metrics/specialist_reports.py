"""CMS50-style receipt of the specialist's report (M15).

Frame, one row per measure, category and calendar year: ``measure`` ("we referred": the measure's own side; "we were
asked": its mirror), ``category``, ``category_id``, ``period`` (1 January), ``complete``, ``n`` (patients), ``hits``
(report after the referral and within the year), ``value``, ``low``, ``high`` (Wilson).
"""

from __future__ import annotations

from pipelines.metrics.declare import JOURNEY_DIMENSIONS, Answer, Metric
from pipelines.metrics.engine import Ask
from pipelines.metrics.shares import untold, with_interval

# A patient's first referral of the year, if written by 31 October; later ones of the same patient do not count. Most
# patients have one referral, which the journey says: only the others' are ranked, and only of firsts is the report looked up.
_COUNTED = """asked as not materialized (
    select referral_id, patient_key, sole, written_on, received_at, {key} as category_id, {label} as category,
        case when excluded_because = 'outbound' then 'we referred' else 'we were asked' end as measure, year(written_on) as year
    from scoped where {population}
),
firsts as (
    select * from asked where sole
    union all
    select * from asked where sole is distinct from true
    qualify row_number() over (partition by measure, patient_key, year order by written_on, received_at, referral_id) = 1
),
counted as (
    select category_id, category, date_trunc('year', written_on)::date as period, measure, count(*) as n,
        count(*) filter (year(any_report_on) = year) as hits
    from (select * from firsts where month(written_on) <= 10) f
    left join (select referral_id, any_report_on from closed_loop where any_report_on is not null) c using (referral_id)
    group by all
), {fold}
select place, category, category_id, others, period, measure, sum(n)::bigint as n, sum(hits)::bigint as hits
from folded group by all order by place, period, measure"""
_SAID = (
    "CMS50-style, not for submission: the measure also asks for a qualifying encounter, which referral exports do not hold.",
    "The measure holds the referring side to account; “we were asked” is its mirror.",
)


def answer(ask: Ask) -> Answer:
    """Share of patients whose first referral of the year was answered by a report within that year."""
    frame = ask.marked(with_interval(ask.folded(_COUNTED, "journey")))
    return Answer(frame, (*untold(ask), *_SAID), int(frame["n"].sum()))


METRIC = Metric(
    name="specialist_reports",
    label="Specialist reports received (CMS50-style)",
    question="Does a report come back within the year?",
    description="Share of patients whose first referral of the year, written from January to October, was answered by a report within the year.",
    numerator="patients whose first referral was followed by a report in the same calendar year",
    denominator="patients with a referral of which the year's first was written by 31 October",
    unit="share",
    window="calendar years by the day the referrer wrote it (received, where nobody says); the report must follow the referral and fall into the same year",
    edge_cases=(
        "Patient-based: one referral a patient and year, the first; the first report counts.",
        "Cancelled referrals and those entered in error are left out; there are no other exclusions.",
        "A patient whose first referral of the year is of November or December is not in it.",
        "Referrals without a patient key cannot be told apart by patient and are left out.",
    ),
    source="CMS50v14 (MIPS 374), FHIR CMS50FHIR 0.4.000; Wilson interval (1927).",
    dimensions=JOURNEY_DIMENSIONS,
    grains=("year",),
    answer=answer,
    columns={"measure": "whose referral it was", "hits": "answered by a report in the year"},
    relation="closed_loop",
    population="(countable or excluded_because = 'outbound') and patient_key is not null and exit_code is distinct from 'cancelled'",
    picks={"measure": "case when excluded_because = 'outbound' then 'we referred' else 'we were asked' end = $pick"},
    chart="ranking",
)
