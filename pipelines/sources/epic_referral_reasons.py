"""Epic's REFERRAL_REASONS: every reason of a referral, where REFERRAL has only the first."""

from __future__ import annotations

from pipelines.sources import Emit, Field, Source
from pipelines.vocabulary.epic import REFERRAL_ID, line_field, number_field

FIELDS = (
    number_field(),
    line_field(),
    Field("reason", "Referral reason", "text", ("REFERRAL_REASON_C_NAME",), example="Specialty Services Required"),
    Field("other", "Other reason", "text", ("REFERRAL_REASON_OTHER", "REFERRAL_REASON_OTH")),
)  # fmt: skip

SOURCE = Source(
    name="epic_referral_reasons",
    title="Epic referral reasons (REFERRAL_REASONS)",
    description="The reasons of each referral, one row per reason.",
    system="ehr",
    fields=FIELDS,
    signature=(frozenset({"number", "line", "reason"}), frozenset({"number", "line", "reason", "other"})),
    primary="referral_reason",
    one_of=(("reason", "other"),),
    emits=(
        Emit("referral_reason", f"""
            select row, {REFERRAL_ID.format(row="p")} as referral_id, coalesce(line, 1) as line, coalesce(reason, other) as reason_code,
                case when reason is not null then other end as reason_text
            from parsed p""", unique=False),
    ),
    order=60,
)  # fmt: skip
