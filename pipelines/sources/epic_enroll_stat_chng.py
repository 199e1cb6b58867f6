"""Epic's ENROLL_STAT_CHNG: every change of a patient's state in a study, with the day from which it holds."""

from __future__ import annotations

from pipelines.sources import Emit, Field, Source
from pipelines.vocabulary.epic import DATE_ORDER, SUBJECT_ID, enrollment_field, line_field
from pipelines.vocabulary.subjects import SUBJECT_STATUSES

FIELDS = (
    enrollment_field(),
    line_field("GROUP_LINE"),
    Field("status", "New enrollment status", "enum", ("CHNG_ENROLL_STATUS_C_NAME", "HX_CHNG_ENROLL_STATUS_C_NAME"), values=SUBJECT_STATUSES, otherwise="none",
          required=True, example="Enrolled"),
    Field("changed", "Status changed on", "datetime", ("ENROLL_STAT_CHNG_DATE", "HX_ENROLL_STAT_CHNG_DATE"), required=True, example="03/31/2026 12:00:00 AM"),
)  # fmt: skip

SOURCE = Source(
    name="epic_enroll_stat_chng",
    title="Epic enrollment status changes (ENROLL_STAT_CHNG)",
    description="Every change of a patient's state in a study.",
    system="ehr",
    fields=FIELDS,
    signature=(frozenset({"enrollment", "status", "changed"}), frozenset({"enrollment", "line", "status", "changed"})),
    primary="subject_event",
    date_order=DATE_ORDER,
    emits=(
        Emit("subject_event", f"""
            select row, {SUBJECT_ID.format(row="p")} as subject_id, status as code, 1 as attempt, changed as occurred_at, changed_on as occurred_on,
                case when status in ('screen_failed', 'declined', 'withdrawn', 'lost', 'off_study') then status_text end as reason_code
            from parsed p where status not in ('none', 'void')"""),
    ),
    order=70,
)  # fmt: skip
