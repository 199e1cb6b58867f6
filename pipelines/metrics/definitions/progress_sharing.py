"""Progress shared with the referrer (M20).

Frame, one row per measure and category: ``measure`` ("progress in the last 60 days" of subjects on study; "continuity
note within 14 days" of enrolment), ``category``, ``category_id``, ``period`` (empty), ``complete``, ``n`` (referred
subjects who consented to sharing), ``hits``, ``value``, ``low``, ``high`` (Wilson), ``no_consent`` (said no, or not
asked; not in n).
"""

from __future__ import annotations

import pandas as pd

from pipelines.metrics.declare import Answer, Metric
from pipelines.metrics.engine import Ask
from pipelines.metrics.shares import shares, untold

SETTINGS = {"progress_days": 60, "continuity_days": 14}
_ACTIVE = "coalesce(off_on > $cut_day::date, true)"
_DUE = f"{_ACTIVE} and enrolled_on <= $cut_day::date - 14"
# (who is judged, what was to be done)
MEASURES = {
    "progress in the last 60 days": (_ACTIVE, "progress_on > $cut_day::date - 60"),
    "continuity note within 14 days": (_DUE, "continuity_on <= enrolled_on + 14"),
}


def answer(ask: Ask) -> Answer:
    """Share of consenting referred subjects whose referrer was told how it goes."""
    parts = [
        shares(ask, f"coalesce({done}, false)", f"({who}) and share_consent = 'yes'",
               {"no_consent": f"({who}) and share_consent <> 'yes'"}).assign(measure=measure)
        for measure, (who, done) in MEASURES.items()
    ]  # fmt: skip
    frame = pd.concat(parts, ignore_index=True)
    without = int(parts[0]["no_consent"].sum())
    told = (f"{without:,} on study have not consented to sharing, or were not asked: nothing may be shared.",) if without else ()  # fmt: skip
    return Answer(frame, (*untold(ask), *told), int(parts[0]["n"].sum() + parts[0]["no_consent"].sum()))


METRIC = Metric(
    name="progress_sharing",
    label="Progress shared with referrers",
    question="Does whoever referred a participant hear how it goes?",
    description="Share of referred participants who consented to sharing whose referrer was told of progress lately, and at enrolment.",
    numerator="participants with a progress message in the last 60 days; with a continuity note within 14 days of enrolment",
    denominator="referred participants on study (and enrolled at least 14 days ago) who consented to sharing",
    unit="share",
    window="as of the day",
    edge_cases=(
        "Without consent to share nothing may be shared: those participants are shown beside, never hidden.",
        "Only the fact of sharing is counted; no result of a study is in any note.",
        "The period filter chooses when the referral was received.",
    ),
    source="Wilson interval (1927).",
    dimensions=("site", "study", "therapeutic_area", "practice", "practitioner", "specialty"),
    grains=(),
    answer=answer,
    columns={
        "measure": "which message",
        "hits": "whose referrer was told",
        "no_consent": "no consent to share, or not asked",
    },
    relation="enrolled_subject",
    population="true",
    settings=SETTINGS,
    chart="ranking",
)
