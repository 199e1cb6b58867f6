"""Epic's ENROLL_INFO: which patient is associated with which study, in what state.

The state's own history is in ENROLL_STAT_CHNG; here only its beginning, its end and the first invitation have dates.
"""

from __future__ import annotations

from pipelines.sources import Check, Field
from pipelines.vocabulary import study_field
from pipelines.vocabulary.epic import DATE_ORDER, SUBJECT_ID, enrollment_field, instant_fields, patient_field
from pipelines.vocabulary.referrals import bare
from pipelines.vocabulary.subjects import SUBJECT_STATUSES, subject_source

FIELDS = (
    enrollment_field(),
    *bare((study_field(),), study=("RESEARCH_STUDY_ID_RESEARCH_STUDY_NAME", "RESEARCH_STUDY_NAME", "RESEARCH_STUDY_ID")),
    patient_field(),
    Field("status", "Enrollment status", "enum", ("ENROLL_STATUS_C_NAME",), values=SUBJECT_STATUSES, otherwise="none", example="Enrolled"),
    Field("subject", "Alias in the study", "identifier", ("STUDY_ALIAS",), example="NYC01-001"),
    Field("begun", "Enrollment start", "datetime", ("ENROLL_START_DT", "ENROLL_START_DATE"), example="03/31/2026 12:00:00 AM"),
    Field("ended", "Enrollment end", "datetime", ("ENROLL_END_DT", "ENROLL_END_DATE")),
    *instant_fields("invited", "First invitation", utc=("FIRST_INVITATION_SENT_UTC_DTTM",), local=("FIRST_INVITATION_SENT_LOCAL_DTTM",)),
    Field("record", "Record status", "text", ("RECORD_STATUS_C_NAME",)),
)  # fmt: skip
_ENDING = "case when status in ('completed', 'withdrawn', 'lost', 'screen_failed', 'declined', 'off_study') then status else 'off_study' end"

SOURCE = subject_source(
    name="epic_enroll_info",
    title="Epic study enrollments (ENROLL_INFO)",
    description="Patients associated with studies, with their state and the dates it began and ended.",
    system="ehr",
    fields=FIELDS,
    signature=(frozenset({"enrollment", "study", "mrn"}), frozenset({"enrollment", "status", "begun"}), frozenset({"enrollment", "study", "mrn", "status", "begun"})),
    key=SUBJECT_ID.format(row="p"),
    date_order=DATE_ORDER,
    restates=("subject_id",),
    ignored=("ENROLL_CMT_NOTE_ID", "LAST_MOD_DTTM", "LAST_MOD_USER_ID", "LAST_MOD_USER_ID_NAME", "STUDY_BRANCH_ID", "MYC_RESPONSE_TYPE_C_NAME"),
    checks=(Check("deleted_record", "note", "record", "select row from parsed where record is not null", aside=True),
            Check("end_before_start", "warning", "ended", "select row from parsed where ended_on < begun_on")),
    # A patient who was only invited has not begun anything: the start counts from a status that says so.
    more_events=f"""
        select row, 'approached' as code, coalesce(invited_utc, invited) as occurred_at, coalesce(invited_on, invited_utc_on) as occurred_on, null::varchar as reason_code
        from parsed where coalesce(invited_utc, invited) is not null
        union all select row, case when status in ('none', 'screen_failed', 'withdrawn', 'lost', 'completed', 'off_study', 'declined') or status is null then 'identified' else status end,
            begun, begun_on, null from parsed where begun is not null
        union all select row, {_ENDING}, ended, ended_on, status_text from parsed where ended is not null""",
    dated=("begun", "ended", "invited", "invited_utc"),
    order=65,
)  # fmt: skip
