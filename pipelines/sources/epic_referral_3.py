"""Epic's REFERRAL_3: when the patient was spoken to, and why a referral was cancelled.

The reason for cancelling has no date here (the status history has it), so it makes no event.
"""

from __future__ import annotations

from pipelines.sources import Check, Emit, Field, Source
from pipelines.vocabulary.epic import DATE_ORDER, REFERRAL_ID, number_field

FIELDS = (
    number_field(),
    Field("told", "Patient communication", "datetime", ("PAT_COMM_DATE", "PAT_COMM_DTTM"), example="04/01/2026 12:00:00 AM"),
    Field("cancelled_because", "Cancel reason", "text", ("CANCEL_RSN_C_NAME",), example="Patient declined"),
    Field("specialty", "Referring department's specialty", "text", ("REFERRING_DEP_SPC_C_NAME",), example="Family Medicine"),
)  # fmt: skip

SOURCE = Source(
    name="epic_referral_3",
    title="Epic referrals, third part (REFERRAL_3)",
    description="When the patient was spoken to about the referral; the reason for cancelling, which has no date here.",
    system="ehr",
    fields=FIELDS,
    signature=(frozenset({"number", "told"}), frozenset({"number", "cancelled_because", "specialty"}), frozenset({"number", "told", "cancelled_because", "specialty"})),
    primary="referral_event",
    date_order=DATE_ORDER,
    ignored_patterns=(r"GEN_RFL_.*",),
    checks=(
        Check("nothing_told", "note", "number", "select row from parsed where told is null and cancelled_because is null"),
        Check("no_date_for_outcome", "note", "cancelled_because", "select row from parsed where cancelled_because is not null"),
    ),
    emits=(
        Emit("referral_event", f"""
            select row, {REFERRAL_ID.format(row="p")} as referral_id, 0 as seq, 'contact_made' as code, told as occurred_at, told_on as occurred_on,
                told_precision as precision
            from parsed p where told is not null""", unique=True),
    ),
    order=60,
)  # fmt: skip
