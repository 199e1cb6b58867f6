"""Records of a study as REDCap and trial systems keep them: one row per subject, milestones in columns that each project
names its own way, recognised by the words in their names (CDASH's and SDTM's among them).
"""

from __future__ import annotations

from typing import Any

from pipelines.sources import Field, Source
from pipelines.vocabulary import patient_fields, site_field, study_field
from pipelines.vocabulary.referrals import bare
from pipelines.vocabulary.subjects import SUBJECT_STATUSES, subject_source

_PATIENT = {
    "mrn": ("mrn", "medical_record_number", "pat_mrn", "patient_mrn", "epic_mrn"), "patient_last": ("last_name", "lname", "lastname", "pt_last_name", "surname"),
    "patient_first": ("first_name", "fname", "firstname", "pt_first_name"), "born": ("dob", "date_of_birth", "birth_date", "birthdate", "brthdtc", "brthdat"),
    "sex": ("sex", "gender", "sex_at_birth"), "patient_zip": ("zip", "zip_code", "zipcode", "postal_code"),
}  # fmt: skip


def record_fields(label: str, headers: tuple[str, ...]) -> tuple[Field, ...]:
    """The fields of a study's records, whose numbers stand under one of ``headers`` or ``label``."""
    return (
        *bare((study_field(),), study=("study", "protocol", "protocol_number", "study_name", "protocol_id")),
        *bare((site_field(),), site=("redcap_data_access_group", "Data Access Group", "site", "site_id", "site_name", "clinic")),
        Field("subject", label, "identifier", headers, required=True, example="101"),
        *(field for field in bare(patient_fields(), **_PATIENT) if field.name in _PATIENT),
        Field("identified", "Identified", "datetime", ("identified_date", "date_identified", "date_added", "referral_received_date", "referral_date", "date_referred")),
        Field("prescreened", "Pre-screened", "datetime", ("prescreen_date", "date_prescreen", "prescreening_date", "date_prescreened")),
        Field("approached", "Approached", "datetime", ("approach_date", "date_approached", "approached_date", "contact_date", "date_contacted")),
        Field("consented", "Consented", "datetime", ("consent_date", "date_consent", "date_consented", "icf_date", "consent_dt", "date_of_consent", "icf_signed_date",
              "consent_signed_date", "informed_consent_date", "dsic_date", "consentdt", "date_of_informed_consent", "rficdtc", "rficdt", "icfdat", "icdat", "icdt",
              "Date subject signed consent", "Date participant signed consent", "Date patient signed consent", "Date consent signed", "Date signed consent"), example="2026-03-02"),
        Field("screened", "Screened", "datetime", ("screening_date", "date_screened", "screen_date", "screen_dt", "screening_visit_date", "scr_date", "date_screening", "scrdt", "scrdat", "date_of_screening")),
        Field("failed", "Screen failure", "datetime", ("screen_fail_date", "date_screen_fail", "sf_date", "screen_failure_date", "screenfail_date")),
        Field("enrolled", "Enrolled", "datetime", ("enrollment_date", "date_enrolled", "enroll_date", "enrolment_date", "enrolled_date", "enrldt", "enrldtc", "date_of_enrollment")),
        Field("randomized", "Randomized", "datetime", ("randomization_date", "rand_date", "date_randomized", "rando_date", "randomisation_date", "rand_dt", "randdt", "randdtc", "randdat", "date_of_randomization")),
        Field("completed", "Completed", "datetime", ("completion_date", "date_completed", "study_completion_date", "end_of_study_date", "eos_date")),
        Field("withdrawn", "Withdrawn", "datetime", ("withdrawal_date", "date_withdrawn", "withdraw_date", "early_termination_date", "date_off_study", "Put a date if patient withdrew study", "Date patient withdrew",
              "Date subject withdrew", "Date participant withdrew", "Date withdrew")),
        Field("eligible", "Eligible?", "boolean", ("eligible", "eligibility", "is_eligible", "meets_criteria", "eligible_yn", "inclusion_met", "ieyn")),
        Field("status", "Status", "enum", ("status", "subject_status", "enrollment_status", "study_status", "participant_status"), values=SUBJECT_STATUSES,
              otherwise="none"),
        Field("reason", "Reason", "text", ("screen_fail_reason", "reason_not_eligible", "ineligibility_reason", "sf_reason", "reason_ineligible", "withdrawal_reason",
              "reason_for_exclusion", "exclusion_reason", "decline_reason")),
        Field("source", "Referral source", "name", ("referral_source", "recruitment_source", "how_heard", "source")),
    )  # fmt: skip


def record_source(
    *, label: str = "Record", headers: tuple[str, ...], further: tuple[str, ...] = ("Complete?",), **more: Any
) -> Source:
    """A source of such records; ``headers`` are those of their numbers."""
    return subject_source(
        fields=record_fields(label, headers),
        signature=tuple(frozenset({"subject", name}) for name in ("consented", "screened", "enrolled", "randomized", "approached")),
        steps=(("identified", "identified"), ("prescreened", "prescreen_pass"), ("approached", "approached"), ("consented", "consented"), ("screened", "screened"),
               ("failed", "screen_failed"), ("enrolled", "on_study"), ("randomized", "randomized"), ("completed", "completed"), ("withdrawn", "withdrawn")),
        more_events="""select row, case when eligible then 'eligible' else 'screen_failed' end, coalesce(screened, consented, enrolled, randomized),
            coalesce(screened_on, consented_on, enrolled_on, randomized_on), case when not eligible then reason end
            from parsed where eligible is not null and coalesce(screened, consented, enrolled, randomized) is not null and (eligible or failed is null)""",
        # A project has as many fields of its own as it likes: with REDCap's (or ODM's) columns and one of these it is a study's.
        settled=tuple(frozenset({"subject", name}) for name in ("consented", "enrolled", "randomized")),
        one_of=(("study",),),
        restates=("subject_id",),
        preamble=("study", "site"),
        further=further,
        **more,
    )  # fmt: skip
