"""Studies as ClinicalTrials.gov exports a search: known by their NCT numbers, dates to the day or to the month."""

from __future__ import annotations

from pipelines.sources import Emit, Field, Source
from pipelines.vocabulary import STUDY_STATUSES

_STATUSES = {**STUDY_STATUSES, **{word.replace(" ", "_"): code for word, code in STUDY_STATUSES.items()}}
FIELDS = (
    Field("nct", "NCT number", "identifier", ("NCT Number", "NCTId", "nct_id"), required=True, example="NCT00000000"),
    Field("title", "Study title", "text", ("Study Title", "Title", "brief_title"), example="A study of ..."),
    Field("status", "Study status", "enum", ("Study Status", "Status", "overall_status"), values=_STATUSES, example="RECRUITING"),
    Field("conditions", "Conditions", "text", ("Conditions", "Condition"), example="Heart failure"),
    Field("sponsor", "Sponsor", "name", ("Sponsor", "Sponsor/Collaborators", "Lead Sponsor", "source"), example="Example Pharma"),
    Field("phases", "Phases", "text", ("Phases", "Phase"), example="PHASE3"),
    Field("enrolment", "Enrollment", "integer", ("Enrollment",), example="120"),
    Field("starts", "Start date", "text", ("Start Date",), example="2025-02"),
    Field("ends", "Completion date", "text", ("Completion Date",), example="2026-08-31"),
)  # fmt: skip
# "2025-02" is the first of that month.
_STARTS = (
    "try_cast(case when regexp_full_match(starts, '[0-9]{4}-[0-9]{2}') then starts || '-01' else starts end as date)"
)

SOURCE = Source(
    name="clinicaltrials_gov",
    title="Studies (ClinicalTrials.gov)",
    description="Studies found in the registry: NCT number, title, status, conditions, sponsor, phase, planned enrollment.",
    system="clinicaltrials_gov",
    fields=FIELDS,
    signature=(frozenset({"nct", "title", "status", "conditions"}), frozenset({"nct", "title", "status", "phases", "enrolment"})),
    primary="research_study",
    ignored=("Study URL", "Acronym", "Brief Summary", "Study Results", "Interventions", "Primary Outcome Measures", "Secondary Outcome Measures",
             "Other Outcome Measures", "Collaborators", "Sex", "Age", "Funder Type", "Study Type", "Study Design", "Other IDs", "Primary Completion Date",
             "First Posted", "Results First Posted", "Last Update Posted", "Locations", "Study Documents", "Rank", "URL", "Outcome Measures", "Gender", "Funded Bys",
             "Study Designs", "nlm_download_date_description", "study_first_submitted_date", "results_first_submitted_date", "disposition_first_submitted_date", "last_update_submitted_date",
             "start_month_year", "official_title", "enrollment_type", "number_of_arms", "number_of_groups", "why_stopped", "verification_date", "completion_month_year", "completion_date_type", "start_date_type", "primary_completion_month_year",
             "source_class", "last_known_status", "baseline_population", "limitations_and_caveats", "delayed_posting", "created_at", "updated_at"),
    ignored_patterns=(r"(?:study_first|results_first|disposition_first|last_update)_.*|has_.*|is_.*|expanded_access_.*|ipd_.*|plan_to_share_.*|biospec_.*|target_duration|primary_completion_.*",),
    emits=(
        Emit("research_study", f"""
            select row, study_key(nct) as study_id, upper(nct) as code, upper(nct) as registry_id, title, sponsor, conditions as therapeutic_area,
                nullif(trim(regexp_replace(regexp_replace(upper(phases), 'PHASE ?', 'Phase ', 'g'), '\\s*\\|\\s*', '/', 'g')), '') as phase,
                coalesce(status, status_text) as status, case when enrolment between 0 and 10000000 then enrolment end as target_enrol,
                {_STARTS} as planned_fpi_on
            from parsed"""),
    ),
    order=10,
)  # fmt: skip
