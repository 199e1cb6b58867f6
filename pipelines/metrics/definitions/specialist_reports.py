"""CMS50-style receipt of the specialist's report (M15).

Frame, one row per measure, category and calendar year: ``measure`` ("we referred": the measure's own side; "we were
asked": its mirror), ``category``, ``category_id``, ``period`` (1 January), ``complete``, ``n`` (patients), ``hits``
(report after the referral and within the year), ``value``, ``low``, ``high`` (Wilson).
"""

from __future__ import annotations

import numpy as np

from pipelines.metrics.declare import JOURNEY_DIMENSIONS, Answer, Metric
from pipelines.metrics.engine import Ask
from pipelines.metrics.shares import untold, with_interval
from pipelines.metrics.tally import Tally

# A patient's first referral of the year, if written by 31 October; later ones of the same patient do not count. Most
# patients have one referral, which the journey says: only the others' are ranked, and only of firsts is the report looked up,
# of as few and narrow columns as can be: their join takes most of the time.
_FIRSTS = """asked as not materialized (
    select referral_id, patient_key, sole, written_on, received_at, coalesce(excluded_because = 'outbound', false) as ours,
        year(written_on)::smallint as year{member}
    from scoped where {population}
),
firsts as (
    select referral_id, ours, year{kept} from asked where sole and month(written_on) <= 10
    union all
    select referral_id, ours, year{kept} from (
        select * from asked where sole is distinct from true
        qualify row_number() over (partition by ours, patient_key, year order by written_on, received_at, referral_id) = 1
    ) where month(written_on) <= 10
)"""
_REPORTED = """firsts left join (select referral_id, any_report_on from closed_loop where any_report_on is not null) reported
    using (referral_id)"""
_YEARS = {None: "null::date", "year": "make_date(year, 1, 1)"}


def _counted(cut: bool, grain: str | None) -> Tally:
    """Whole, or by whatever the referrals are cut by; together, or year by year of their writing."""
    member, kept = (", {key} as category_id, {label} as category", ", category_id, category") if cut else ("", "")
    return Tally(
        {"n": "count(*)", "hits": "count(*) filter (year(any_report_on) = year)"},
        by={"measure": "case when ours then 'we referred' else 'we were asked' end"},
        period=_YEARS[grain],
        before=_FIRSTS.replace("{member}", member).replace("{kept}", kept),
        source=_REPORTED,
        among="",
        member=("category_id", "category"),
    )


_COUNTED = {(cut, grain): _counted(cut, grain) for cut in (False, True) for grain in _YEARS}
_SAID = (
    "CMS50-style, not for submission: the measure also asks for a qualifying encounter, which referral exports do not hold.",
    "The measure holds the referring side to account; “we were asked” is its mirror.",
)


def answer(ask: Ask) -> Answer:
    """Share of patients whose first referral of the year was answered by a report within that year."""
    found = ask.tally(_COUNTED[ask.by is not None, ask.grain], "journey")
    return Answer(ask.in_time(with_interval(found)), (*untold(ask), *_SAID), int(np.asarray(found["n"]).sum()))


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
