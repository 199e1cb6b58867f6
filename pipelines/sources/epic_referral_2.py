"""Epic's REFERRAL_2: when the report went back, when it was taken note of, when we took note of the referral, and triage.

Triage has no date of its own; it is dated by the day on which the referral was taken note of.
"""

from __future__ import annotations

from pipelines.sources import Check, Emit, Field, Source
from pipelines.vocabulary import BSER
from pipelines.vocabulary.epic import DATE_ORDER, REFERRAL_ID, number_field

TRIAGE = {"accept": "accepted", "reject": "declined", "redirect": "redirected", "information request": "info_requested"}
FIELDS = (
    number_field(),
    Field("acknowledged", "Receipt acknowledged", "datetime", ("RFL_RECEIVED_DATE",), example="03/31/2026 12:00:00 AM"),
    Field("reported", "Report sent", "datetime", ("RPT_SENT_DATE",), example="04/20/2026 12:00:00 AM"),
    Field("report_read", "Report acknowledged", "datetime", ("RPT_RECEIVED_DATE",)),
    Field("triage", "Triage decision", "enum", ("TRIAGE_DECISION_C_NAME", "TRIAGE_DECISION"), values=TRIAGE, example="Accept"),
    Field("reason", "Reason for rejecting", "text", ("REJECT_REASON_C_NAME",)),
)  # fmt: skip

SOURCE = Source(
    name="epic_referral_2",
    title="Epic referrals, second part (REFERRAL_2)",
    description="What REFERRAL leaves out: acknowledgement of receipt, report to the referrer, triage.",
    system="ehr",
    fields=FIELDS,
    signature=(frozenset({"number", "reported", "report_read"}), frozenset({"number", "triage"}),
               frozenset({"number", "acknowledged", "reported", "report_read", "triage"})),
    primary="referral_event",
    date_order=DATE_ORDER,
    ignored=("CE_SENT_YN", "RFL_ATT_PROV_ID", "RFL_ATT_PROV_ID_PROV_NAME", "RFL_CONTACT_NAME", "OUTST_AMT", "CASE_MGMT_CREATE_ID", "RFL_DX_ID",
             "CASE_RATE_OVERRIDE", "QNR_HQA_ID", "ALT_PYR_SVC_DT", "TRIAGE_APPT_CHANGE", "OVRRD_REF_COUNTS", "CALC_SVC_LVL_CNTS", "TOC_STATUS_C_NAME",
             "AP_CLAIM_COUNT", "RFL_ENC_TYPE_C_NAME"),
    ignored_patterns=(r"AUDIT_.*", r"GEN_RFL_.*"),
    checks=(
        Check("nothing_told", "note", "number", "select row from parsed where coalesce(acknowledged, reported, report_read) is null and triage is null"),
        Check("undated_outcome", "note", "triage", "select row from parsed where triage is not null and acknowledged is not null"),
        Check("no_date_for_outcome", "warning", "triage", "select row from parsed where triage is not null and acknowledged is null"),
    ),
    emits=(
        Emit("referral_event", f"""
            select e.row, {REFERRAL_ID.format(row="e")} as referral_id, e.seq, e.code, {BSER} as bser_code, e.occurred_at, e.occurred_on, e.precision, e.reason_code
            from (
                select row, number, 1 as seq, 'acknowledged' as code, acknowledged as occurred_at, acknowledged_on as occurred_on,
                    acknowledged_precision as precision, null::varchar as reason_code from parsed where acknowledged is not null
                union all select row, number, 2, triage, acknowledged, acknowledged_on, 'day', case when triage = 'declined' then reason end
                    from parsed where triage is not null and acknowledged is not null
                union all select row, number, 3, 'report_sent', reported, reported_on, reported_precision, null from parsed where reported is not null
                union all select row, number, 4, 'report_ack', report_read, report_read_on, report_read_precision, null from parsed where report_read is not null
            ) e"""),
    ),
    order=60,
)  # fmt: skip
