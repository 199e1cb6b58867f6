"""What a metric's n counts, in words: 1 referral, 1,204 referrals."""

from __future__ import annotations

from dashboard.words import counted
from pipelines.metrics import Metric

# Units of the figure, which n does not count in.
UNITLESS = (
    "US dollars",
    "share",
    "points",
    "state",
    "a month",
    "referrals a month",
    "effective practices",
    "standard errors",
    "minutes",
    "seconds",
    "days",
    "money",
    "calls a day",
    "invitations per 100 exams",
)
NOUNS = {
    "journey": "referral",
    "subject": "participant",
    "feedback": "answer",
    "invitation": "invitation",
    "exam": "exam",
    "image_share": "shared exam",
    "exam_check": "question",
    "exam_session": "exam",
    "phone_call": "call",
    "campaign": "lead",
    "visit": "appointment",
    "newsletter": "subscriber",
    "presentation": "presentation",
    "compensation": "item",
    "closed_loop": "referral",
    "comment": "comment",
    "availability": "look at the schedule",
    "enrolled_subject": "participant",
    "outreach": "contact",
    "contact_person": "contact person",
    "agreement": "agreement",
}
PLURALS = {"look at the schedule": "looks at the schedule", "contact person": "contact persons"}


def noun(metric: Metric) -> str:
    """What a metric's n counts, in the singular."""
    if metric.counts:
        return metric.counts
    if metric.unit not in UNITLESS:
        return metric.unit.removesuffix("s")
    return "referrer" if metric.unit == "state" else NOUNS.get(metric.relation, "record")


def counted_of(metric: Metric, n: int) -> str:
    """``n`` with the noun of what it counts."""
    one = noun(metric)
    return counted(n, one, PLURALS.get(one))
