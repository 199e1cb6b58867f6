"""Which site takes part in which study, since when and with what target, and how many participants are planned by
which day. One row per study and site, or per study, site and plan date; a row without a site is the whole study.
"""

from __future__ import annotations

from pipelines.sources import Check, Emit, Field, Relation, Source
from pipelines.vocabulary import SITE_EMIT, SITE_NAMED, STUDY_EMIT, STUDY_NAMED, site_field, study_field

FIELDS = (
    study_field(required=True),
    site_field(),
    Field("activated", "Activated on", "date", ("Activated On", "Activation Date", "Site Activated", "SIV Date", "Open to Enrollment", "Site Activation Date",
          "Date Activated", "Opened On"), future=True, example="2025-02-01"),
    Field("paused_from", "Paused from", "date", ("Paused From", "Pause Start", "On Hold From", "Hold Start", "Paused On"), future=True),
    Field("paused_to", "Paused to", "date", ("Paused To", "Pause End", "On Hold To", "Hold End", "Resumed On"), future=True),
    Field("closed", "Closed on", "date", ("Closed On", "Site Closed", "Date Closed", "Closed to Enrollment", "Site Closed On", "Closure Date"), future=True),
    Field("target", "Site target", "integer", ("Site Target", "Target", "Enrollment Target", "Planned Subjects", "Site Goal", "Site Enrollment Target",
          "Target Enrollment", "Goal", "Contracted Subjects", "Target Accrual", "Accrual Target", "Accrual Goal", "Enrollment Goal", "Recruitment Target", "Recruitment Goal", "Planned Enrollment", "# Planned Subjects"), example="12"),
    Field("by_day", "Plan date", "date", ("Plan Date", "As Of", "By Date", "Planned By", "Milestone Date", "Month End", "Plan As Of", "Period End"),
          future=True, example="2025-06-30"),
    Field("by_month", "Plan month", "text", ("Plan Month", "Month"), example="2025-06"),
    Field("planned", "Cumulative target", "integer", ("Cumulative Target", "Cum Target", "Planned Cumulative", "Cumulative Planned", "Cumulative Plan",
          "Planned Enrollment To Date", "Plan Cumulative Enrollment", "Cumulative Enrollment Plan", "Planned Enrollment Cumulative", "Target Cumulative"), example="5"),
)  # fmt: skip
# A plan says what is reached by the end of a month; Excel makes a day of it.
_MONTH_END = "last_day(try_strptime(trim(p.by_month), ['%Y-%m', '%b-%y', '%b-%Y', '%b %Y', '%B %Y', '%b %y', '%m/%Y', '%Y-%m-%d', '%Y-%m-%d %H:%M:%S', '%m/%d/%Y'])::date)"

SOURCE = Source(
    name="study_site_plan",
    title="Study sites and plan",
    description="Which sites take part in which study, their targets, and the enrollment planned by each date.",
    system="studies",
    fields=FIELDS,
    signature=(frozenset({"study", "site", "target"}), frozenset({"study", "site", "activated"}), frozenset({"study", "by_day", "planned"}),
               frozenset({"study", "site", "by_day", "planned"}), frozenset({"study", "by_month", "planned"}), frozenset({"study", "site", "by_month", "planned"})),
    primary="study_plan",
    ignored=("City", "State", "Country", "PI", "Principal Investigator", "Investigator", "Site Name", "Status", "Site Status", "CRA", "Coordinator", "Notes", "Comments"),
    cumulative=True,
    relations=(SITE_NAMED, STUDY_NAMED, Relation("keyed", """
        select p.row, y.study_id, s.site_id from parsed p left join study_named y on y.study = p.study left join site_named s on s.site = p.site""")),
    checks=(Check("unreadable_date", "warning", "by_month", f"select row from parsed p where by_month is not null and {_MONTH_END} is null"),
            Check("end_before_start", "warning", "paused_to", "select row from parsed where paused_to < paused_from"),
            Check("end_before_start", "warning", "closed", "select row from parsed where closed < activated")),
    emits=(
        Emit("study_plan", f"""
            select row, k.study_id, k.site_id, coalesce(p.by_day, {_MONTH_END}) as as_of_on, p.planned as cum_target
            from parsed p join keyed k using (row) where coalesce(p.by_day, {_MONTH_END}) is not null and p.planned between 0 and 10000000"""),
        Emit("study_site", """
            select max(row) as row, k.study_id, k.site_id, arg_max(p.activated, row) as activated_on, arg_max(p.paused_from, row) as paused_from_on,
                arg_max(p.paused_to, row) as paused_to_on, arg_max(p.closed, row) as closed_on,
                arg_max(case when p.target between 0 and 10000000 then p.target end, row) as target
            from parsed p join keyed k using (row) where k.site_id is not null group by k.study_id, k.site_id""", unique=True),
        SITE_EMIT, STUDY_EMIT,
    ),
    order=20,
)  # fmt: skip
