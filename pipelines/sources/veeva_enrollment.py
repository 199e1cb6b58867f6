"""Veeva's Enrollment tab: subjects of a site with their state and the day of randomisation."""

from __future__ import annotations

from pipelines.sources import Field
from pipelines.vocabulary import site_field, study_field
from pipelines.vocabulary.referrals import bare
from pipelines.vocabulary.subjects import SUBJECT_STATUSES, subject_source

FIELDS = (
    *bare((study_field(),), study=("Study", "Study Number", "Protocol", "Study Name")),
    *bare((site_field(),), site=("Site", "Site Number", "Study Site")),
    Field("subject", "Subject", "identifier", ("Subject", "Subject ID", "Subject Number", "Subject Name"), required=True, example="101-001"),
    Field("status", "Subject Status", "enum", ("Subject Status",), values=SUBJECT_STATUSES, otherwise="none", example="Randomized"),
    Field("changed", "Status Date", "datetime", ("Status Date", "Subject Status Date")),
    Field("randomized", "Randomization Date", "datetime", ("Randomization Date", "Randomized Date"), example="2026-03-31"),
    Field("random_status", "Randomization Status", "text", ("Randomization Status",)),
    Field("screened", "Screened Date", "datetime", ("Screened Date", "Screening Date", "Date Screened")),
    Field("consented", "Consent Date", "datetime", ("Consent Date", "Informed Consent Date", "Initial Consent Date", "Date Consented")),
    Field("failed", "Screen Failed Date", "datetime", ("Screen Failed Date", "Screen Failure Date")),
    Field("enrolled", "Enrolled Date", "datetime", ("Enrolled Date", "Enrollment Date")),
    Field("withdrawn", "Withdrawn Date", "datetime", ("Withdrawn Date", "Withdrawal Date", "Early Termination Date", "Early Terminated Date", "Discontinuation Date", "Discontinued Date")),
    Field("reason", "Screen failure reason", "text", ("Screen Failure Reason", "Screen Fail Reason", "Reason for Screen Failure")),
    Field("completed", "Completed Date", "datetime", ("Completed Date", "End of Study Date")),
)  # fmt: skip

SOURCE = subject_source(
    name="veeva_enrollment",
    title="Veeva enrollment",
    description="Subjects of a study with their state and randomisation (the Enrollment tab as CSV).",
    system="veeva",
    fields=FIELDS,
    signature=(frozenset({"subject", "status", "randomized", "random_status"}), frozenset({"status", "randomized", "random_status", "site"}),
               frozenset({"study", "site", "subject", "status", "screened", "enrolled"}), frozenset({"study", "site", "subject", "status", "enrolled", "randomized"})),
    steps=(("consented", "consented"), ("screened", "screened"), ("failed", "screen_failed"), ("enrolled", "on_study"), ("randomized", "randomized"),
           ("withdrawn", "withdrawn"), ("completed", "completed")),
    one_of=(("study",),),
    preamble=("study", "site"),
    ignored=("Strata Group", "Stratum", "Treatment Arm", "Study Country", "Country", "Global ID"),
)  # fmt: skip
