"""Shapes in which one row is one person considered for a study, with milestones or a status.

Names that mean something here: ``study``, ``site``, ``subject`` (the number in the study), ``status`` and ``changed``
(a state and since when), ``reason``, ``referral``, ``source``, ``share``, and the fields of ``patient_fields``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pipelines.sources import Check, Emit, Field, Relation, Source
from pipelines.vocabulary import SITE_EMIT, SITE_JOIN, SITE_NAMED, STUDY_EMIT, STUDY_JOIN, STUDY_NAMED

# A state of a subject as systems word it. "none" is known and is no milestone.
SUBJECT_STATUSES: Mapping[str, str] = {
    "identified": "identified", "potential": "identified", "potential candidate": "identified", "candidate": "identified", "potential subject": "identified",
    "interested": "identified", "new": "identified", "referred": "identified", "prospect": "identified", "in pre-screening": "identified",
    "pre-screening": "identified", "prescreening": "identified", "pre-screened": "prescreen_pass", "prescreened": "prescreen_pass", "prequalified": "prescreen_pass", "pre-qualified": "prescreen_pass",
    "prescreen passed": "prescreen_pass", "pre-screen failed": "prescreen_fail", "prescreen failure": "prescreen_fail", "prescreen failed": "prescreen_fail",
    "approached": "approached", "contacted": "approached", "invited": "approached", "invitation sent": "approached", "recruitment request sent": "approached",
    "declined": "declined", "not interested": "declined", "refused": "declined", "declined to participate": "declined", "refused participation": "declined",
    "consented": "consented", "consent signed": "consented", "signed consent": "consented", "informed consent signed": "consented",
    "screening": "screened", "in screening": "screened", "screened": "screened", "added": "identified", "rescreened": "reinstated", "reinstated": "reinstated",
    "screen failed": "screen_failed", "screen failure": "screen_failed", "screen fail": "screen_failed", "screenfail": "screen_failed",
    "screened out": "screen_failed", "failed screening": "screen_failed", "ineligible": "screen_failed", "not eligible": "screen_failed",
    "failed": "screen_failed", "fail": "screen_failed", "pass": "eligible", "passed": "eligible", "sf": "screen_failed", "enrollment failure": "screen_failed",
    "eligible": "eligible", "qualified": "eligible", "randomized": "randomized", "randomised": "randomized",
    "enrolled": "on_study", "active": "on_study", "on study": "on_study", "on-study": "on_study", "on treatment": "on_study", "in treatment": "on_study",
    "enrolled - active": "on_study", "enrolled active": "on_study", "on study intervention": "on_study", "on study observation": "on_study",
    "follow up": "none", "follow-up": "none", "in follow up": "none", "long term follow up": "none", "on hold": "none", "pending": "none",
    "pending consent": "none", "undecided": "none", "not registered": "none",
    "completed": "completed", "complete": "completed", "study completed": "completed", "study complete": "completed",
    "withdrawn": "withdrawn", "withdrew": "withdrawn", "withdrew consent": "withdrawn", "consent withdrawn": "withdrawn", "withdrawal": "withdrawn",
    "lost to follow up": "lost", "lost to follow-up": "lost", "lost": "lost",
    "off study": "off_study", "off-study": "off_study", "discontinued": "off_study", "early terminated": "off_study", "early termination": "off_study",
    "terminated": "off_study", "dropped": "off_study",
}  # fmt: skip

# A state with the reason behind it: "Declined - too far". Looked at only where the list has no answer.
SUBJECT_PATTERNS = (
    (r"^(?:pt |patient |subject )?(?:declin|refus|not interested)", "declined"), (r"^(?:screen(?:ing)? ?-?fail|sf\b|not eligible|ineligible)", "screen_failed"),
    (r"^(?:pt |patient |subject )?withdr", "withdrawn"), (r"^lost\b", "lost"), (r"^randomi[sz]ed\b(?! needed)", "randomized"), (r"^(?:discontinued|early term)", "off_study"),
)  # fmt: skip


def subject_key(study: str, site: str, number: str) -> str:
    """SQL of a subject's key from a study's key, a site's key and a number: the same in every file that has them."""
    return f"key64('subject|' || {study} || '|' || coalesce({site}::varchar, '') || '|' || upper({number}))"


def subject_source(
    *, name: str, title: str, description: str, system: str, fields: tuple[Field, ...], signature: tuple[frozenset[str], ...],
    steps: Sequence[tuple[str, str]] = (), more_events: str = "", key: str | None = None, dated: Sequence[str] = (), **more: Any,
) -> Source:  # fmt: skip
    """A source whose rows are subjects. ``steps`` lists (date field, event code); the ``status`` counts from
    ``changed`` on, where the shape has both; ``more_events`` is SQL of further (row, code, occurred_at, occurred_on,
    reason_code); ``key`` is SQL of the subject's key where study, site and number are not what identifies it; ``dated`` names
    the date fields of ``more_events``."""
    has = {field.name for field in fields}
    relations = (*((SITE_NAMED,) if "site" in has else ()), *((STUDY_NAMED,) if "study" in has else ()), *more.pop("relations", ()),
                 _keyed(has, key), Relation("happened", _happened(has, steps, more_events)))  # fmt: skip
    emits = (
        _events(),
        _subject(has),
        *((SITE_EMIT,) if "site" in has else ()),
        *((STUDY_EMIT,) if "study" in has else ()),
        *more.pop("emits", ()),
    )
    checks = (*more.pop("checks", ()), Check("undated_subject", "warning", "subject",
              f"select row from parsed where {_undated(has, steps, dated)}"))  # fmt: skip
    return Source(
        name=name, title=title, description=description, system=system, fields=fields, signature=signature, primary="subject_event",
        zone_field="site" if "site" in has else None, relations=relations, emits=emits, checks=checks, order=more.pop("order", 70), **more,
    )  # fmt: skip


def _keyed(has: set[str], key: str | None) -> Relation:
    study = "y.study_id" if "study" in has else "null::bigint"
    site = "s.site_id" if "site" in has else "null::bigint"
    joins = (f"left join {SITE_JOIN} " if "site" in has else "") + (f"left join {STUDY_JOIN}" if "study" in has else "")
    return Relation("keyed", f"""
        select p.row, {study} as study_id, {site} as site_id, {key or subject_key(study, site, "p.subject")} as subject_id
        from parsed p {joins}""")  # fmt: skip


def _happened(has: set[str], steps: Sequence[tuple[str, str]], more_events: str) -> str:
    reason = "reason" if "reason" in has else "null::varchar"
    failing = ("screen_failed", "prescreen_fail", "declined", "withdrawn", "lost", "off_study")
    parts = [
        f"select row, '{code}' as code, {name} as occurred_at, {name}_on as occurred_on, {reason if code in failing else 'null::varchar'} as reason_code "
        f"from parsed where {name} is not null"
        for name, code in steps
    ]
    if {"status", "changed"} <= has:
        left = ", ".join(f"'{code}'" for code in failing)
        parts.append(
            f"select row, status, changed, changed_on, case when status in ({left}) then {'coalesce(reason, status_text)' if 'reason' in has else 'status_text'} end "
            "from parsed where changed is not null and status not in ('none', 'void')"
        )
    empty = "select 0::bigint as row, '' as code, null::timestamp as occurred_at, null::date as occurred_on, '' as reason_code where false"
    return " union all ".join([empty, *parts, *([more_events] if more_events else [])])


def _undated(has: set[str], steps: Sequence[tuple[str, str]], dated: Sequence[str]) -> str:
    dates = [*(name for name, _ in steps), *dated, *(["changed"] if "changed" in has else [])]
    return f"coalesce({', '.join(dates)}) is null"


def _events() -> Emit:
    return Emit("subject_event", """
        select h.row, k.subject_id, h.code, h.reason_code, 1 as attempt, h.occurred_at, h.occurred_on
        from happened h join keyed k using (row) where h.row in (select row from parsed)""")  # fmt: skip


def _subject(has: set[str]) -> Emit:
    kind = (
        "case when no_one(p.source) then null else coalesce(source_kind(p.source), 'other') end"
        if "source" in has
        else "null::varchar"
    )
    share = (
        "case when p.share then 'yes' when not p.share then 'no' else 'unknown' end" if "share" in has else "'unknown'"
    )
    referral = (
        "case when p.referral is not null then key64('referral|ehr|' || upper(p.referral)) end"
        if "referral" in has
        else "null::bigint"
    )
    return Emit("research_subject", f"""
        select p.row, k.subject_id, k.study_id, k.site_id, {"p.patient_key" if "mrn" in has else "null::uuid"} as patient_key, {referral} as referral_id,
            {kind} as source_kind, {"p.subject" if "subject" in has else "null::varchar"} as screening_number, {share} as share_consent
        from parsed p join keyed k using (row)""")  # fmt: skip
