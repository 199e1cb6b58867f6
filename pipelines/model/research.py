"""Studies, their sites and plans, and their subjects."""

from __future__ import annotations

from pipelines.model.declare import DAY, ID, INSTANT, PATIENT, TEXT, UPDATED, Column, Table
from pipelines.model.parties import SOURCE_KINDS

SUBJECT_EVENTS = (
    "identified", "prescreen_pass", "prescreen_fail", "approached", "declined", "consented", "screened",
    "screen_failed", "reinstated", "eligible", "randomized", "on_study", "completed", "withdrawn", "lost",
    "off_study",
)  # fmt: skip

TABLES: tuple[Table, ...] = (
    Table(
        "research_study",
        "A study. A row with merged_into is another identifier of one.",
        ("study_id",),
        (
            Column("study_id", ID, "Surrogate key of the protocol number.", required=True),
            Column("code", TEXT, "Protocol number or short name.", required=True),
            Column("registry_id", TEXT, "NCT number."),
            Column("title", TEXT, "Title."),
            Column("sponsor", TEXT, "Sponsor's name."),
            Column("therapeutic_area", TEXT, "Therapeutic area."),
            Column("phase", TEXT, "Phase."),
            Column("status", TEXT, "Recruitment status."),
            Column("target_enrol", "INTEGER", "Participants planned over all sites."),
            Column("planned_fpi_on", DAY, "First participant in, planned."),
            Column("planned_lpi_on", DAY, "Last participant in, planned."),
            Column("closed_on", DAY, "Closed to enrolment."),
            Column("merged_into", ID, "The study this row is another identifier of.", references="research_study"),
        ),
        fhir="ResearchStudy",
        described=True,
    ),
    Table(
        "study_site",
        "A study at a site.",
        ("study_id", "site_id"),
        (
            Column("study_id", ID, "The study.", required=True, references="research_study"),
            Column("site_id", ID, "The site.", required=True, references="site"),
            Column("activated_on", DAY, "Open to enrolment."),
            Column("paused_from_on", DAY, "Pause begins."),
            Column("paused_to_on", DAY, "Pause ends."),
            Column("closed_on", DAY, "Closed to enrolment."),
            Column("target", "INTEGER", "Participants planned here."),
        ),
    ),
    Table(
        "study_plan",
        "Cumulative enrolment planned by a date.",
        ("study_id", "site_id", "as_of_on"),
        (
            Column("study_id", ID, "The study.", required=True, references="research_study"),
            Column("site_id", ID, "The site; empty for the whole study.", references="site"),
            Column("as_of_on", DAY, "By this day.", required=True),
            Column("cum_target", "INTEGER", "Participants planned by then.", required=True),
        ),
    ),
    Table(
        "enrolment_count",
        "Cumulative counts of a site that names no subjects, as it gave them on a day.",
        ("study_id", "site_id", "as_of_on"),
        (
            Column("study_id", ID, "The study.", required=True, references="research_study"),
            Column("site_id", ID, "The site.", required=True, references="site"),
            Column("as_of_on", DAY, "Up to and including this day.", required=True),
            Column("screened", "INTEGER", "Screened so far."),
            Column("rescreened", "INTEGER", "Of them screened again."),
            Column("screen_failed", "INTEGER", "Failed screening so far."),
            Column("enrolled", "INTEGER", "Enrolled so far."),
            Column("completed", "INTEGER", "Completed so far."),
            Column("early_terminated", "INTEGER", "Ended early so far."),
        ),
    ),
    Table(
        "study_profile",
        "A study in plain words, as it is shown to referrers.",
        ("study_id", "version"),
        (
            Column("study_id", ID, "The study.", required=True, references="research_study"),
            Column("version", TEXT, "Which version of the text.", required=True),
            Column("plain_text", TEXT, "The text.", required=True),
            Column("irb_approved_on", DAY, "Approved by the ethics board."),
            Column("effective_from_on", DAY, "To be used from this day."),
        ),
        fhir="ResearchStudy",
    ),
    Table(
        "research_subject",
        "A person considered for a study.",
        ("subject_id",),
        (
            Column("subject_id", ID, "Surrogate key of study, site and screening number.", required=True),
            Column("study_id", ID, "The study.", required=True, references="research_study"),
            Column("site_id", ID, "The site.", references="site"),
            Column("patient_key", PATIENT, "Keyed hash of the patient's identifiers.", phi=True),
            Column("referral_id", ID, "The referral that brought them, when the file says.", references="referral"),
            Column("source_kind", TEXT, "Stated source.", values=SOURCE_KINDS),
            Column("screening_number", TEXT, "Number in the site's log.", phi=True),
            Column(
                "share_consent",
                TEXT,
                "Whether progress may be shared with the referrer.",
                values=("yes", "no", "unknown"),
            ),
            UPDATED,
        ),
        fhir="ResearchSubject",
    ),
    Table(
        "subject_event",
        "A milestone or a state of a research subject.",
        ("subject_id", "code", "occurred_at", "attempt"),
        (
            Column("subject_id", ID, "The subject.", required=True, references="research_subject"),
            Column("code", TEXT, "Which.", required=True, values=SUBJECT_EVENTS),
            Column("reason_code", TEXT, "Coded or written reason for leaving."),
            Column("attempt", "INTEGER", "1 for the first screening, 2 for a rescreening ..."),
            Column("occurred_at", INSTANT, "When (UTC).", required=True),
            Column("occurred_on", DAY, "Day, local to the site.", required=True),
            Column("recorded_at", INSTANT, "When the source knew, if it says (UTC)."),
            Column("recorded_on", DAY, "The local day of it.", instead="recorded_at::date"),
        ),
        fhir="ResearchSubject.progress",
    ),
)
