"""Referral volume (M1).

Frame, one row per category and period (all periods, zeros included), in order of category size, then time:
``category``, ``category_id``, ``period``, ``complete``, ``n`` (countable referrals), and of all rows in the bar
``duplicates``, ``voids``, ``outbound`` (excluded, not in n), ``fallback`` (in n, dated by when they were written) and
``transferred`` (came from another site: in n where the bar is one site's, else counted once, where they came in first).
"""

from __future__ import annotations

import numpy as np

from pipelines.metrics.declare import GRAINS, JOURNEY_DIMENSIONS, Answer, Metric
from pipelines.metrics.engine import Ask
from pipelines.metrics.tally import Tally
from pipelines.metrics.transfers import COUNTED

_COUNTED = Tally(
    {
        "n": f"{{count({COUNTED})}}",
        "duplicates": "{count(excluded_because = 'duplicate')}",
        "voids": "{count(excluded_because = 'void')}",
        "outbound": "{count(excluded_because = 'outbound')}",
        "fallback": f"{{count({COUNTED} and received_basis = 'authored')}}",
        "transferred": "{count(countable and moved_from_site_id is not null)}",
    },
    among="",
)
_SAID = {
    "duplicates": "{:,} repeated within 7 days by the same referrer for the same patient are not counted again.",
    "voids": "{:,} void or test entries are not counted.",
    "outbound": "{:,} sent by us to others are not counted.",
    "fallback": "{:,} have no received date and stand on the day they were written.",
    "transferred": "{:,} were passed on from another referral that came in: each site counts its own, all together count it once.",
}


def answer(ask: Ask) -> Answer:
    """Counts of referrals by category and period."""
    found = ask.in_time(ask.tally(_COUNTED), fill=True)
    sums = {name: int(np.asarray(found[name]).sum()) for name in ("n", *_SAID)}
    caveats = tuple(text.format(sums[name]) for name, text in _SAID.items() if sums[name])
    return Answer(found, caveats, sums["n"])


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
        "Days are counted, not hours; a service not stated is one of its own, and so is a referrer not known. A study does not make it another service.",
        "Of two of one day the earlier is the one whose site's day began first, then the one told first, then the first of the file.",
        "An entry made in error never was a referral: it is left out on earlier days, too, unless it was loaded by then as one.",
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
