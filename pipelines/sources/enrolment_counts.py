"""Cumulative counts per study and site, from sites that give numbers and name nobody."""

from __future__ import annotations

from pipelines.sources import Check, Emit, Field, Relation, Source
from pipelines.vocabulary import (
    SITE_EMIT,
    SITE_JOIN,
    SITE_NAMED,
    STUDY_EMIT,
    STUDY_JOIN,
    STUDY_NAMED,
    site_field,
    study_field,
)

_COUNTS = ("screened", "rescreened", "failed", "enrolled", "completed", "ended")


def _count(name: str, label: str, *aliases: str, example: str = "") -> Field:
    return Field(name, label, "integer", (label, *aliases, *(f"{given} {end}" for given in (label, *aliases[:1]) for end in ("To Date", "Cumulative"))),
                 example=example)  # fmt: skip


FIELDS = (
    study_field(required=True),
    site_field(),
    Field("upto", "Up to", "date", ("As Of", "As Of Date", "Report Date", "Data As Of", "Count Date", "Up To", "Date", "Reporting Date", "Status Date",
          "Period End"), required=True,
          example="2026-03-31"),
    _count("screened", "Screened", "Total Screened", "# Screened", "Subjects Screened", "Number Screened", "Participants Screened", example="24"),
    _count("rescreened", "Rescreened", "Total Rescreened", "# Rescreened", "Re-screened", "Subjects Rescreened", example="1"),
    _count("failed", "Screen failed", "Screen Failures", "Screen Failure", "# Screen Failed", "Screen Fails", "Total Screen Failures", "Failed Screening",
           "Subjects Screen Failed", example="9"),
    _count("enrolled", "Enrolled", "Total Enrolled", "# Enrolled", "Randomized", "Total Randomized", "Subjects Enrolled", "Number Enrolled", "Actual Enrolled",
           "Participants Enrolled", "Accrual", example="13"),
    _count("completed", "Completed", "Total Completed", "# Completed", "Subjects Completed", "Completers", example="4"),
    _count("ended", "Early terminated", "Early Terminations", "Discontinued", "Total Discontinued", "# Discontinued", "Early Termination", "ET", "Withdrawn",
           "Dropped", "Terminated Early", example="1"),
)  # fmt: skip
_NEGATIVE = " or ".join(f"{name} < 0" for name in _COUNTS)
_FALLS = " or ".join(f"{name} < max({name}) over earlier" for name in _COUNTS)

SOURCE = Source(
    name="enrolment_counts",
    title="Enrollment counts",
    description="Cumulative counts of a study's sites by date: screened, failed, enrolled, completed. For sites that name no subjects.",
    system="counts",
    fields=FIELDS,
    signature=(frozenset({"study", "site", "upto", "enrolled"}), frozenset({"study", "site", "upto", "screened"}),
               frozenset({"study", "site", "screened", "failed", "enrolled", "upto"})),
    primary="enrolment_count",
    cumulative=True,
    one_of=(("site",), ("screened", "failed", "enrolled", "completed", "ended")),
    ignored=("Notes", "Comments", "Target", "PI", "Investigator", "Country", "Region", "Screen Fail Rate", "Screen Failure Rate", "In Screening", "Active"),
    relations=(
        SITE_NAMED, STUDY_NAMED,
        Relation("keyed", f"""
            select p.row, y.study_id, s.site_id from parsed p left join {STUDY_JOIN} left join {SITE_JOIN}"""),
    ),
    checks=(
        Check("negative_count", "reject", "enrolled", f"select row from parsed where {_NEGATIVE}"),
        Check("count_fell", "warning", "enrolled", f"""
            select row from (select row, {_FALLS} as fell from parsed
                window earlier as (partition by norm_text(study), norm_text(site) order by upto, row rows between unbounded preceding and 1 preceding)) where fell"""),
        Check("more_than_screened", "warning", "screened", """
            select row from parsed where coalesce(failed, 0) + coalesce(enrolled, 0) > screened + coalesce(rescreened, 0)"""),
    ),
    emits=(
        Emit("enrolment_count", f"""
            select row, k.study_id, k.site_id, p.upto as as_of_on, screened, rescreened, failed as screen_failed, enrolled, completed, ended as early_terminated
            from (select row, upto, {", ".join(f"case when {name} between 0 and 10000000 then {name} end as {name}" for name in _COUNTS)} from parsed) p
            join keyed k using (row)"""),
        SITE_EMIT, STUDY_EMIT,
    ),
    order=70,
)  # fmt: skip
