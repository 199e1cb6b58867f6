"""What a card says that has nothing to show, and which kinds of export would fill it."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

from dashboard import session
from dashboard.panels.dictionary import templates
from dashboard.session import View
from dashboard.words import day
from pipelines.metrics import NO_MATCH, Filters, Metric, Result
from pipelines.metrics.caveats import is_aside
from pipelines.sources import Source

# The canonical table without which there is nothing to count: by relation, and for metrics that need more than theirs.
RELATIONS = {
    "journey": "referral",
    "closed_loop": "referral",
    "subject": "research_subject",
    "enrolled_subject": "research_subject",
    "visit": "appointment",
    "availability": "slot",
    "feedback": "survey_answer",
    "comment": "survey_answer",
    "invitation": "survey_invite",
    "campaign": "lead",
    "phone_call": "call",
    "exam": "imaging_study",
    "exam_session": "imaging_study",
    "image_share": "share_event",
    "exam_check": "communication",
    "newsletter": "newsletter_event",
    "outreach": "touch",
    "presentation": "touch_study",
    "contact_person": "contact_person",
    "agreement": "relationship",
    "compensation": "gift_ledger",
}
METRICS = {
    "conversion": "research_subject",
    "conversion_curve": "research_subject",
    "enrolment_funnel": "research_subject",
    "exit_reasons": "research_subject",
    "site_comparison": "research_subject",
    "outreach_lift": "touch",
    "readiness_index": "study_plan",
    "therapeutic_readiness": "study_site",
    "recruitment_pace": "study_plan",
    "database_gap": "study_plan",
}
NONE_COUNTS = "There are records of this kind, but none that counts here: “How is this computed?” says which do."
NAMED = 3  # kinds that are named; of the others how many there are
STANDARDS = ("FHIR", "HL7", "OMOP")  # named after the files that people have


def why_nothing(result: Result, view: View, none: str = "") -> str:
    """Whether the filters of ``view`` leave nothing (``none`` says what that means on this card), or the day it is as known on, or
    none of what is there counts, or nothing of the kind was ever loaded, or the figure has a reason of its own."""
    if NO_MATCH not in result.caveats:
        reasons = [said for said in result.caveats if not is_aside(said, result.n)]
        return reasons[-1] if reasons else none or "There is nothing to show yet."
    whole = replace(view, filters=Filters())
    if whole != view and session.result(whole, result.metric.name, result.by).n:
        return none or f"{NO_MATCH} Choose a longer period or clear a filter."
    if result.metric.name not in METRICS and session.is_recorded(view, result.metric.name):
        if view.as_of and not session.is_recorded(view, result.metric.name, view.as_of):
            return f"Nothing of this was known yet on {day(view.as_of)}. Choose a later day under “As known on”."
        return none or NONE_COUNTS
    confined = view.scope.sites is not None or view.scope.studies is not None
    known = "Nothing of your sites and studies" if confined else "No loaded file"
    return f"{known} tells of this yet. It comes from: {named(filling(result.metric))}."


def filling(metric: Metric) -> tuple[str, ...]:
    """Titles of the kinds of export that fill ``metric``, those that people keep or save themselves first."""
    return _telling(METRICS.get(metric.name) or RELATIONS[metric.relation])


@cache
def _telling(table: str) -> tuple[str, ...]:
    found = [
        source for source in templates() if any(emit.table == table for emit in source.emits)
    ]  # those kept by hand first
    return tuple(source.title for source in sorted(found, key=lambda source: _rank(source, table)))


def _rank(source: Source, table: str) -> tuple[bool, bool]:
    return source.title.startswith(STANDARDS), source.primary != table


def named(titles: tuple[str, ...]) -> str:
    """The titles in words: A, B, C or one of 5 other kinds of export."""
    more = len(titles) - NAMED
    if more <= 0:
        return " or ".join(", ".join(titles).rsplit(", ", 1))
    return f"{', '.join(titles[:NAMED])} or {'one of ' if more > 1 else ''}{more} other kind{'s' if more > 1 else ''} of export"
