"""Referral volume (M1).

Frame, one row per category and period (all periods, zeros included), in order of category size, then time:
``category``, ``category_id``, ``period``, ``complete``, ``n`` (countable referrals), and of all rows in the bar
``duplicates``, ``voids``, ``outbound`` (excluded, not in n), ``fallback`` (in n, dated by when they were written) and
``transferred`` (came from another site: in n where the bar is one site's, else counted once, where they came in first).
"""

from __future__ import annotations

from pipelines.metrics.declare import GRAINS, JOURNEY_DIMENSIONS, Answer, Metric
from pipelines.metrics.engine import Ask
from pipelines.metrics.transfers import COUNTED

_COUNTED = """counted as (
    select {key} as category_id, {label} as category, {period} as period,
        {count(COUNTED)} as n,
        {count(countable and moved_from_site_id is not null)} as transferred,
        {count(excluded_because = 'duplicate')} as duplicates, {count(excluded_because = 'void')} as voids,
        {count(excluded_because = 'outbound')} as outbound, {count(COUNTED and received_basis = 'authored')} as fallback
    from scoped group by all
), {fold}
select place, category, category_id, others, period, sum(n)::bigint as n, sum(duplicates)::bigint as duplicates,
    sum(voids)::bigint as voids, sum(outbound)::bigint as outbound, sum(fallback)::bigint as fallback, sum(transferred)::bigint as transferred
from folded group by all order by place, period""".replace("COUNTED", COUNTED)
_SAID = {
    "duplicates": "{:,} repeated within 7 days by the same referrer for the same patient are not counted again.",
    "voids": "{:,} void or test entries are not counted.",
    "outbound": "{:,} sent by us to others are not counted.",
    "fallback": "{:,} have no received date and stand on the day they were written.",
    "transferred": "{:,} were passed on from another referral that came in: each site counts its own, all together count it once.",
}


def answer(ask: Ask) -> Answer:
    """Counts of referrals by category and period."""
    frame = ask.marked(ask.folded(_COUNTED), fill=True)
    sums = frame[list(_SAID)].sum()
    caveats = tuple(text.format(int(sums[name])) for name, text in _SAID.items() if sums[name])
    return Answer(frame, caveats, int(frame["n"].sum()))


METRIC = Metric(
    name="referral_volume",
    label="Referral volume",
    question="How many referrals did we receive?",
    description="Distinct referrals received, each counted once however many exams it orders.",
    numerator="distinct countable referrals",
    denominator="none: a count",
    unit="referrals",
    window="received in the period, by the site's local day; where no received day is known, the day it was written",
    edge_cases=(
        "Void, test and outbound referrals are left out and counted beside.",
        "A repeat of the same patient, referrer and service within 7 days is a duplicate: the earliest counts.",
        "Of a chain of repeats, each within 7 days of the one before, the first counts.",
        "A transfer (a referral made from another of the same patient) counts at each site it came to, and once over all of them.",
        "Referrals without a known referrer are kept as Unattributed.",
        "A period not yet over is marked incomplete and not compared with complete ones.",
    ),
    source="Count; a FHIR ServiceRequest is one referral.",
    dimensions=JOURNEY_DIMENSIONS,
    grains=GRAINS,
    answer=answer,
    population=COUNTED,
    columns={
        "duplicates": "excluded as repeats within 7 days",
        "voids": "excluded as void or test",
        "outbound": "excluded as sent by us",
        "fallback": "counted, but dated by when they were written",
        "transferred": "came from another site: one site's bar counts them, all together once, where they came in first",
    },
    chart="bars",
)
