"""Epic's RSH_INVITATIONS: when a patient was asked to take part in a study, and what they answered."""

from __future__ import annotations

from pipelines.sources import Emit, Field, Source
from pipelines.vocabulary.epic import DATE_ORDER, SUBJECT_ID, enrollment_field, instant_fields, line_field

RESPONSES = {"interested": "interested", "accepted": "interested", "yes": "interested", "not interested": "declined", "declined": "declined", "no": "declined",
             "no response": "none", "not yet responded": "none", "viewed": "none"}  # fmt: skip
FIELDS = (
    enrollment_field(),
    line_field("GROUP_LINE"),
    *instant_fields("sent", "Invitation sent", utc=("INVITATION_SENT_UTC_DTTM", "INVITATION_UTC_DTTM", "INVITATION_SENT_INST_UTC_DTTM", "INVITE_SENT_UTC_DTTM"),
                    local=("INVITATION_SENT_LOCAL_DTTM", "INVITATION_SENT_DTTM", "INVITATION_DATE")),
    *instant_fields("answered", "Invitation answered", utc=("INVITATION_RESPONSE_UTC_DTTM", "MYC_RESPONSE_UTC_DTTM", "RESPONSE_UTC_DTTM"),
                    local=("INVITATION_RESPONSE_LOCAL_DTTM", "MYC_RESPONSE_DTTM")),
    Field("answer", "Response", "enum", ("MYC_RESPONSE_TYPE_C_NAME", "INVITATION_RESPONSE_C_NAME", "RESPONSE_TYPE_C_NAME"), values=RESPONSES, otherwise="none",
          example="Interested"),
)  # fmt: skip

SOURCE = Source(
    name="epic_rsh_invitations",
    title="Epic research invitations (RSH_INVITATIONS)",
    description="When patients were asked to take part in a study, and their answers.",
    system="ehr",
    fields=FIELDS,
    signature=(frozenset({"enrollment", "sent_utc"}), frozenset({"enrollment", "sent"}), frozenset({"enrollment", "line", "sent_utc", "answer"})),
    primary="subject_event",
    date_order=DATE_ORDER,
    one_of=(("sent_utc", "sent", "answered_utc", "answered"),),
    ignored_patterns=(r"RECIPIENT.*", r"INVITATION_(MYC_ACTIVE_YN|VIEW_.*)"),
    emits=(
        Emit("subject_event", f"""
            select e.row, {SUBJECT_ID.format(row="e")} as subject_id, e.code, coalesce(e.line, 1) as attempt, e.occurred_at, e.occurred_on
            from (
                select row, enrollment, line, 'approached' as code, coalesce(sent_utc, sent) as occurred_at, coalesce(sent_on, sent_utc_on) as occurred_on
                from parsed where coalesce(sent_utc, sent) is not null
                union all select row, enrollment, line, 'declined', coalesce(answered_utc, answered, sent_utc, sent),
                    coalesce(answered_on, answered_utc_on, sent_on, sent_utc_on) from parsed where answer = 'declined'
            ) e"""),
    ),
    order=70,
)  # fmt: skip
