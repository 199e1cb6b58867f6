"""Epic's REFERRAL_HIST extract: every change of a referral's status, the events a referral is made of.

CHANGE_DATETIME is UTC and CHANGE_LOCAL_DTTM is local, although both look alike: the first is used where it is
there. A status that says nothing of the patient ("Closed" ends an authorisation) makes no event.
"""

from __future__ import annotations

from pipelines.sources import Emit, Field, Source
from pipelines.vocabulary import BSER, EVENTS, site_field
from pipelines.vocabulary.epic import DATE_ORDER, REFERRAL_ID, instant_fields, line_field, number_field

FIELDS = (
    number_field(),
    line_field(),
    *instant_fields("changed", "Changed", utc=("CHANGE_DATETIME", "CHANGE_UTC_DTTM", "CHANGE_DATETIME_UTC"),
                    local=("CHANGE_LOCAL_DTTM", "CHANGE_DTTM"), day=("CHANGE_DATE",)),
    Field("status", "New status", "enum", ("NEW_RFL_STATUS_C_NAME", "NEW_RFL_STATUS", "NEW_STATUS"), values=EVENTS, example="Authorized"),
    Field("reason", "Reason", "text", ("NEW_PEND_RSN_C_NAME", "CHANGE_REASON", "NEW_CLOSE_RSN_C_NAME", "REASON_C_NAME")),
    Field("kind", "Kind of change", "text", ("CHANGE_TYPE_C_NAME", "CHANGE_TYPE")),
    site_field("REFD_TO_LOC_POS_ID"),
)  # fmt: skip

SOURCE = Source(
    name="epic_referral_hist",
    title="Epic status history (REFERRAL_HIST)",
    description="Every change of a referral's status, with the time in UTC and local.",
    system="ehr",
    fields=FIELDS,
    signature=(frozenset({"number", "status", "changed_utc"}), frozenset({"number", "status", "changed"}), frozenset({"number", "status", "changed_day"}),
               frozenset({"number", "line", "status", "changed_utc", "changed"})),
    primary="referral_event",
    zone_field="site",
    date_order=DATE_ORDER,
    one_of=(("changed_utc", "changed", "changed_day"),),
    ignored=("CHANGE_USER_ID_NAME", "CHANGE_USER_ID", "PREVIOUS_VALUE", "AUTH_HX_EVENT_NO", "AUTH_HX_NOTE_ID", "NEW_FIN_PROV_STATUS_C_NAME",
             "NEW_FIN_VALID_END_DATE"),
    emits=(
        # The local day is the export's own where it gives one: the site is not named here, so UTC alone cannot tell.
        Emit("referral_event", f"""
            select e.row, {REFERRAL_ID.format(row="e")} as referral_id, coalesce(e.line, 0) as seq, e.code,
                {BSER} as bser_code, coalesce(e.changed_utc, e.changed, e.changed_day) as occurred_at,
                coalesce(e.changed_on, e.changed_day_on, e.changed_utc_on) as occurred_on,
                case when e.changed_utc is not null then 'instant' else coalesce(e.changed_precision, 'day') end as precision,
                coalesce(e.reason, case when e.code in ('declined', 'cancelled') then e.status_text end) as reason_code
            from (select *, status as code from parsed where status not in ('none', 'void')) e"""),
    ),
    order=60,
)  # fmt: skip
