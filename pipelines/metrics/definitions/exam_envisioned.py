"""The exam as envisioned (M18).

Frame, one row per category and period: ``category``, ``category_id``, ``period``, ``complete``, ``n`` (referrers asked whether the
exam was what they had in mind), ``hits`` (said yes), ``value`` (share of all asked), ``low``, ``high`` (Wilson), ``answered`` (said
yes or no), ``response_share``, ``response_low``, ``response_high``, ``exams`` (exams of which it is known whether the protocol was
changed), ``changed``, ``changed_per_1000``, ``changed_low``, ``changed_high`` (Wilson).
"""

from __future__ import annotations

from pipelines.frames import framed
from pipelines.metrics.declare import GRAINS, Answer, Metric
from pipelines.metrics.engine import Ask
from pipelines.metrics.shares import with_interval
from pipelines.metrics.tally import Tally
from pipelines.statistics import proportions

_COUNTED = Tally({
    "n": "count(*) filter (kind = 'asked')",
    "hits": "count(*) filter (kind = 'asked' and answer = 'yes')",
    "answered": "count(*) filter (kind = 'asked' and answer is not null)",
    "exams": "count(*) filter (kind = 'exam' and protocol_changed is not null)",
    "changed": "count(*) filter (kind = 'exam' and protocol_changed)",
})  # fmt: skip


def answer(ask: Ask) -> Answer:
    """Share of those asked who said yes, with the share that answered and the changes of protocol beside it."""
    frame = framed(ask.in_time(with_interval(ask.tally(_COUNTED))))
    frame["response_share"] = proportions.share(frame["answered"], frame["n"])
    frame["response_low"], frame["response_high"] = proportions.interval(frame["answered"], frame["n"])
    low, high = proportions.interval(frame["changed"], frame["exams"])
    frame["changed_per_1000"] = 1000 * proportions.share(frame["changed"], frame["exams"])
    frame["changed_low"], frame["changed_high"] = 1000 * low, 1000 * high
    n, answered, hits = (int(frame[name].sum()) for name in ("n", "answered", "hits"))
    told = [f"{answered:,} of {n:,} answered; of those {hits / answered:.0%} said yes."] if answered else []
    changed, exams = int(frame["changed"].sum()), int(frame["exams"].sum())
    if exams:
        told.append(
            f"The protocol was changed in {changed:,} of {exams:,} exams ({1000 * changed / exams:.0f} of 1,000)."
        )
    return Answer(frame, tuple(told), n)


METRIC = Metric(
    name="exam_envisioned",
    label="Exam as envisioned",
    question="Was the exam the one the referrer had in mind?",
    description="Share of referrers asked to confirm the exam who said it was as they had envisioned, with the share that answered, and changes of protocol per 1,000 exams.",
    numerator="confirmations answered with yes",
    denominator="confirmations asked, answered or not",
    unit="share",
    window="by the day the referrer was asked (exams: by the day they ended); answers up to the as-of day",
    edge_cases=(
        "No answer is not yes: the share that answered stands beside.",
        "Asking again about the same referral is a reminder and counts once, on the day first asked.",
        "Of several answers about one referral the latest counts.",
        "Questions about a referral that was void or a repetition are left out, as it is.",
        "An answer without a day counts from the day it was asked for.",
        "Exams whose system does not say whether the protocol was changed are not among those of the rate.",
    ),
    source="Wilson interval (1927).",
    dimensions=("site", "modality", "practice", "practitioner", "specialty"),
    grains=GRAINS,
    answer=answer,
    columns={
        "hits": "said yes", "answered": "said yes or no", "response_share": "answered, of all asked", "response_low": "lower end of its interval",
        "response_high": "upper end of its interval", "exams": "exams with word of the protocol", "changed": "protocol changed",
        "changed_per_1000": "of 1,000 exams", "changed_low": "lower end of its interval", "changed_high": "upper end of its interval",
    },
    relation="exam_check",
    population="true",
    picks={"answer": "coalesce(answer, 'none') = $pick"},
    chart="trend",
)  # fmt: skip
