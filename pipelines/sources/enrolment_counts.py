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


_BASES = {"each": "each", "each period": "each", "each period alone": "each", "per period": "each", "weekly": "each", "monthly": "each", "so far": "so_far", "so_far": "so_far",
          "cumulative": "so_far", "to date": "so_far", "totals so far": "so_far"}  # fmt: skip


def _count(name: str, label: str, *aliases: str, example: str = "") -> Field:
    """A count of subjects, under each of its names with what systems put around it ("# Screened", "Screened to Date")."""
    given = (label, *aliases)
    around = (
        text.format(one) for one in given for text in ("# {}", "Total {}", "Subjects {}", "{} To Date", "{} Cumulative")
    )
    return Field(name, label, "integer", (*given, *around), example=example)


FIELDS = (
    study_field(required=True),
    site_field(),
    Field("upto", "Up to", "date", ("As Of", "As Of Date", "Report Date", "Data As Of", "Count Date", "Up To", "Date", "Reporting Date", "Status Date",
          "Period End", "Week Ending", "Week End", "Week Ending Date", "Month Ending", "Month End", "Period Ending", "Last Updated", "Data Through", "Through", "Data Cut-off Date", "Cut-off Date", "Cutoff Date", "Data Cutoff", "W/E", "WE Date", "Wk Ending", "Wk End"),
          example="2026-03-31"),
    Field("begun", "Week of", "date", ("Week Of", "Week Beginning", "Week Starting", "Week Commencing", "Week Start", "Week Start Date", "W/C", "Wk Of", "Wk Beginning"), future=False, example=""),
    _count("screened", "Screened", "Total Screened", "# Screened", "Subjects Screened", "Number Screened", "Participants Screened", example="24"),
    _count("rescreened", "Rescreened", "Total Rescreened", "# Rescreened", "Re-screened", "Subjects Rescreened", example="1"),
    _count("failed", "Screen failed", "Screen Failures", "Screen Failure", "# Screen Failed", "Screen Fails", "Total Screen Failures", "Failed Screening", "SF", "SFs",
           "Subjects Screen Failed", example="9"),
    _count("enrolled", "Enrolled", "Total Enrolled", "# Enrolled", "Randomized", "Total Randomized", "Subjects Enrolled", "Number Enrolled", "Actual Enrolled",
           "Participants Enrolled", "Accrual", "Accrued", "Total Accrual", "Accrual to Date", "Accrual Count to Date", example="13"),
    _count("completed", "Completed", "Total Completed", "# Completed", "Subjects Completed", "Completers", example="4"),
    _count("ended", "Early terminated", "Early Terminations", "Discontinued", "Total Discontinued", "# Discontinued", "Early Termination", "# Early Terminated", "# Early Terminations", "ET", "Withdrawn",
           "Dropped", "Terminated Early", example="1"),
    Field("basis", "What the numbers count", "enum", ("Counts Are", "Basis", "Count Basis"), values=_BASES, example=""),
)  # fmt: skip
_NEGATIVE = " or ".join(f"{name} < 0" for name in _COUNTS)
_FALLS = " or ".join(f"{name} < max({name}) over earlier" for name in _COUNTS)

# A week called by its first day is over on its seventh; the one that goes on counts up to the day the file came.
_UPTO = "coalesce(upto, begun + 6)"
# One number that falls is a correction; where those of most sites do, each row counts its own period.
_FELL = f"""select *, count(distinct series) filter (fell) over () as falling, count(distinct series) filter (later) over () as several, count(*) filter (fell) over () as falls
    from (select row, norm_text(study) || '|' || coalesce(norm_text(site), '') as series, {_FALLS} as fell, basis,
            row_number() over (partition by norm_text(study), norm_text(site) order by upto, row) > 1 as later
        from (select * replace ({_UPTO} as upto) from parsed) where (basis is null and begun is null) or basis = 'so_far'
        window earlier as (partition by norm_text(study), norm_text(site) order by upto, row rows between unbounded preceding and 1 preceding))"""
_OFTEN = "basis is null and falls >= 2 and 2 * falling >= several and falling >= 1"

SOURCE = Source(
    name="enrolment_counts",
    title="Enrollment counts",
    description="Cumulative counts of a study's sites by date: screened, failed, enrolled, completed. For sites that name no subjects.",
    system="counts",
    fields=FIELDS,
    signature=(frozenset({"study", "site", "upto", "enrolled"}), frozenset({"study", "site", "upto", "screened"}),
               frozenset({"study", "site", "screened", "failed", "enrolled", "upto"}),
               frozenset({"study", "site", "begun", "enrolled"}), frozenset({"study", "site", "begun", "screened"})),
    primary="enrolment_count",
    cumulative=True,
    one_of=(("site",), ("upto", "begun"), ("screened", "failed", "enrolled", "completed", "ended")),
    ignored=("Notes", "Comments", "Target", "Site Target", "Target Accrual", "Accrual Target", "# Planned Subjects", "Planned Subjects", "PI", "Investigator", "Country", "Region", "Screen Fail Rate", "Screen Failure Rate", "In Screening", "Active"),
    relations=(
        SITE_NAMED, STUDY_NAMED,
        Relation("keyed", f"""
            select p.row, y.study_id, s.site_id from parsed p left join {STUDY_JOIN} left join {SITE_JOIN}"""),
        # Numbers of each period alone become totals so far, where somebody said that they are.
        Relation("totals", f"""
            select row, upto, {", ".join(f"case when basis = 'each' and {name} is not null then sum({name}) over so_far else {name} end as {name}" for name in _COUNTS)}
            from (select * replace (coalesce(upto, least(begun + 6, greatest(begun, $arrived))) as upto) from parsed) window so_far as (partition by norm_text(study), norm_text(site) order by upto, row rows between unbounded preceding and current row)"""),
    ),
    checks=(
        Check("negative_count", "reject", "enrolled", f"select row from parsed where {_NEGATIVE}"),
        Check("count_fell", "warning", "enrolled", f"select row from ({_FELL}) where fell and not ({_OFTEN})"),
        Check("counts_of_a_week", "reject", "begun", "select row from parsed where upto is null and begun is not null and basis is null"),
        Check("counts_of_a_period", "reject", "enrolled", f"select row from ({_FELL}) where {_OFTEN}"),
        Check("more_than_screened", "warning", "screened", """
            select row from parsed where coalesce(failed, 0) + coalesce(enrolled, 0) > screened + coalesce(rescreened, 0)"""),
    ),
    emits=(
        Emit("enrolment_count", f"""
            select row, k.study_id, k.site_id, p.upto as as_of_on, screened, rescreened, failed as screen_failed, enrolled, completed, ended as early_terminated
            from (select row, upto, {", ".join(f"case when {name} between 0 and 10000000 then {name} end as {name}" for name in _COUNTS)} from totals) p
            join keyed k using (row)"""),
        SITE_EMIT, STUDY_EMIT,
    ),
    order=70,
)  # fmt: skip
