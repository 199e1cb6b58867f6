"""The studies: protocol numbers, titles, sponsors, areas, targets and planned dates."""

from __future__ import annotations

from pipelines.sources import Check, Emit, Field, Source
from pipelines.vocabulary import STUDY_STATUSES

FIELDS = (
    Field("code", "Protocol number", "identifier", ("Protocol Number", "Protocol", "Protocol No", "Protocol ID", "Study Number", "Study ID", "Study Code",
          "Study", "Protocol #", "Trial ID", "Short Name", "Study Short Name", "STUDY_CODE", "RESEARCH_STUDY_CODE"), required=True, example="ABC-101"),
    Field("nct", "NCT number", "identifier", ("NCT Number", "NCT", "NCT ID", "NCTID", "ClinicalTrials.gov ID", "CT.gov ID", "Registry ID",
          "ClinicalTrials.gov Identifier", "NCT #"), example="NCT00000000"),
    Field("title", "Title", "text", ("Title", "Study Title", "Brief Title", "Official Title", "Protocol Title", "Study Name", "Full Title"),
          example="A study of ..."),
    Field("sponsor", "Sponsor", "name", ("Sponsor", "Lead Sponsor", "Sponsor Name", "Sponsor/CRO", "Funding Sponsor"), example="Example Pharma"),
    Field("area", "Therapeutic area", "text", ("Therapeutic Area", "TA", "Indication", "Disease Area", "Area", "Condition", "Conditions",
          "Specialty", "Therapeutic Indication"), example="Cardiology"),
    Field("phase", "Phase", "text", ("Phase", "Study Phase", "Trial Phase", "Phases"), example="Phase 3"),
    Field("status", "Status", "enum", ("Status", "Study Status", "Recruitment Status", "Overall Recruitment Status", "Overall Status",
          "Enrollment Status"), values=STUDY_STATUSES, example="recruiting"),
    Field("target", "Target enrollment", "integer", ("Target Enrollment", "Enrollment Target", "Target", "Planned Enrollment", "Enrollment Goal",
          "Target Enrolment", "Enrollment", "Planned Subjects", "Sample Size", "Target N", "Goal"), example="120"),
    Field("first_in", "Planned first patient in", "date", ("Planned First Patient In", "Planned FPI", "FPI", "First Patient In", "Planned First Subject In",
          "FPFV", "Start Date", "Study Start", "Enrollment Start", "Planned Start"), future=True, example="2025-02-01"),
    Field("last_in", "Planned last patient in", "date", ("Planned Last Patient In", "Planned LPI", "LPI", "Last Patient In", "Planned Last Subject In",
          "LPFV", "Planned End of Enrollment", "Enrollment End", "Planned Enrollment End"), future=True, example="2026-08-31"),
    Field("closed", "Closed on", "date", ("Closed On", "Date Closed", "Closed to Enrollment", "Closed Date", "Enrollment Closed On",
          "Closed To Accrual", "Closure Date", "Enrollment Closed"), future=True, example=""),
)  # fmt: skip

SOURCE = Source(
    name="study_list",
    title="Study list",
    description="One row per study: protocol number, title, sponsor, therapeutic area, target and planned dates.",
    system="studies",
    fields=FIELDS,
    signature=(frozenset({"code", "title"}), frozenset({"code", "sponsor"}), frozenset({"code", "area"}), frozenset({"code", "phase"}),
               frozenset({"code", "nct"}), frozenset({"code", "title", "sponsor", "area"})),
    primary="research_study",
    checks=(Check("end_before_start", "warning", "last_in", "select row from parsed where last_in < first_in"),),
    emits=(
        Emit("research_study", """
            select row, study_key(code) as study_id, code, upper(nct) as registry_id, title, sponsor, area as therapeutic_area, phase,
                coalesce(status, status_text) as status, case when target between 0 and 10000000 then target end as target_enrol,
                first_in as planned_fpi_on, last_in as planned_lpi_on, closed as closed_on
            from parsed"""),
        # A registry number names the same study in other files.
        Emit("research_study", """
            select row, study_key(nct) as study_id, upper(nct) as code, study_key(code) as merged_into
            from parsed where nct is not null and study_key(nct) <> study_key(code)"""),
    ),
    order=10,
)  # fmt: skip
