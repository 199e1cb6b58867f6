"""Epic's REFERRAL extract (tab separated, local times, column names as the data warehouse prints them).

Its statuses are authorisations: "Authorized" and "Closed" do not say that the patient was ever seen, so no event
is made of them; the status history and the appointments tell what happened.
"""

from __future__ import annotations

from pipelines.sources import Check, Emit, Field, Relation, Source
from pipelines.vocabulary import (
    CHANNELS,
    EVENTS,
    PRIORITIES,
    REFERRER,
    REFERRER_EMITS,
    REFERRER_JOIN,
    SITE_EMIT,
    SITE_JOIN,
    SITE_NAMED,
    STUDY_EMIT,
    STUDY_JOIN,
    STUDY_NAMED,
    patient_fields,
    referrer_fields,
    site_field,
    study_field,
)  # fmt: skip
from pipelines.vocabulary.epic import DATE_ORDER, REFERRAL_ID, number_field, patient_field

CLASSES = {
    "incoming": "in",
    "internal": "in",
    "inbound": "in",
    "external incoming": "in",
    "outgoing": "out",
    "outbound": "out",
    "external": "out",
}

FIELDS = (
    number_field("EXTERNAL_ID_NUM"),
    *(field for field in patient_fields() if field.name != "mrn"),
    patient_field("MRN", "Patient MRN", "Pt MRN"),  # as reports made of these columns have it
    Field("entered", "Entered", "datetime", ("ENTRY_DATE", "REFERRAL_ENTRY_DATE", "ENTRY_DTTM"), example="03/31/2026 02:05:00 PM"),
    Field("received", "Received", "datetime", ("RFL_RECEIVED_DATE", "RECEIVED_DATE", "RFL_RECEIVED_DTTM"), example="03/31/2026 12:00:00 AM"),
    Field("authored", "Written by the referrer", "datetime", ("EXT_REF_DATE", "EXTERNAL_REFERRAL_DATE")),
    Field("decided", "Decision date", "datetime", ("DECISION_DATE", "CLOSE_DATE", "CLOSED_DATE", "CANCEL_DATE")),
    Field("status", "Status", "enum", ("RFL_STATUS_C_NAME", "RFL_STATUS", "REFERRAL_STATUS"), values=EVENTS, example="Authorized"),
    Field("closing", "Reason for closing", "text", ("CLOSE_RSN_C_NAME", "CANCEL_RSN_C_NAME", "DISP_RSN_C_NAME", "DENY_RSN_C_NAME", "CLOSE_REASON")),
    *referrer_fields(
        name=("REFERRING_PROV_ID_REFERRING_PROV_NAM", "REFERRING_PROV_NAM", "REFERRING_PROV_NAME", "REFERRING_PROV_ID_REFERRING_PROV_NAME"),
        npi=("REFERRING_NPI", "REFERRING_PROV_NPI"), practice=("VENDOR_ID_VENDOR_NAME", "VENDOR_NAME", "REFD_BY_LOC_POS_ID_POS_NAME"),
        source=("REFERRAL_SOURCE_NAME", "REFERRAL_SOURCE_TYPE"), specialty=("PROV_SPEC_C_NAME", "REFERRING_DEP_SPC_C_NAME", "REFERRING_PROV_SPEC_C_NAME"),
    ),
    Field("kind", "Referral type", "text", ("RFL_TYPE_C_NAME", "REFERRAL_TYPE_C_NAME")),
    Field("reason", "Reason", "text", ("RSN_FOR_RFL_C_NAME", "REFERRAL_REASON_C_NAME")),
    Field("direction", "Class", "enum", ("RFL_CLASS_C_NAME", "REFERRAL_CLASS_C_NAME", "RFL_CLASS"), values=CLASSES, example="Incoming"),
    site_field("REFD_TO_LOC_POS_ID", "REFD_TO_LOC_POS_ID_POS_NAME", "REFD_TO_LOC_ID", "REFD_TO_LOC_NAME"),
    Field("service", "Specialty asked for", "text", ("REFD_TO_SPEC_C_NAME", "REFD_TO_DEPT_SPEC_C_NAME", "REFD_TO_SPECIALTY")),
    Field("priority", "Priority", "enum", ("PRIORITY_C_NAME", "RFL_PRIORITY_C_NAME", "PRIORITY"), values=PRIORITIES, otherwise="routine"),
    study_field("RESEARCH_STUDY_CODE", "RESEARCH_STUDY_ID", "STUDY_CODE"),
    Field("channel", "How it came", "enum", ("REFERRAL_CHANNEL", "RFL_CHANNEL", "CHANNEL", "REFERRAL_METHOD"), values=CHANNELS, otherwise="other"),
)  # fmt: skip

SOURCE = Source(
    name="epic_referral",
    title="Epic referrals (REFERRAL)",
    description="The REFERRAL extract: one row per referral, with who referred, to which location, and the authorisation status.",
    system="ehr",
    fields=FIELDS,
    signature=(frozenset({"number", "entered", "mrn", "status"}), frozenset({"number", "entered", "status", "direction"}),
               frozenset({"number", "received", "direction"}), frozenset({"number", "entered", "mrn", "direction", "status"}),
               frozenset({"number", "entered", "referrer"})),
    primary="referral",
    restates=("referral_id",),
    zone_field="site",
    date_order=DATE_ORDER,
    one_of=(("received", "entered", "authored"),),
    ignored=("EXTERNAL_ID_NUM", "PCP_PROV_ID", "REFERRING_PROV_ID", "VENDOR_ID", "REFERRAL_PROV_ID", "START_DATE", "EXP_DATE", "REFD_TO_DEPT_ID",
             "REFD_BY_LOC_POS_ID", "ACTUAL_NUM_VISITS", "SCHED_NUM_VISITS", "REQUEST_NUM_VISITS", "AUTH_NUM_VISITS", "DISP_VAL_C_NAME",
             "DISP_RSN_C_NAME", "SCHED_STATUS_C_NAME", "SCHED_BY_DATE"),
    checks=(Check("before_birth", "reject", "born", "select row from parsed where coalesce(received_on, entered_on, authored_on) < born"),),
    relations=(
        REFERRER, SITE_NAMED, STUDY_NAMED,
        Relation("keyed", f"""
            select p.row, {REFERRAL_ID.format(row="p")} as referral_id, p.patient_key,
                r.source_id, s.site_id, y.study_id, r.kind as source_kind,
                case when r.kind in ('practitioner', 'practice') then r.practitioner_id end as practitioner_id,
                case when r.kind in ('practitioner', 'practice') then r.organization_id end as organization_id
            from parsed p left join {REFERRER_JOIN}
            left join {SITE_JOIN} left join {STUDY_JOIN}"""),
    ),
    emits=(
        Emit("referral", """
            select row, k.referral_id, p.number as source_key, coalesce(p.direction, 'in') as direction, k.patient_key, k.source_id,
                k.practitioner_id as requester_practitioner_id, k.organization_id as requester_org_id, k.site_id as performer_site_id,
                k.study_id as study_id,
                case when p.study is not null or lower(p.kind) like '%research%' then 'research' else 'clinical' end as intent,
                p.service as service_line, p.reason as reason_code, p.priority, p.channel, p.authored as authored_at,
                coalesce(p.received, p.entered) as received_at, p.authored_on, coalesce(p.received_on, p.entered_on) as received_on,
                p.entered as recorded_at, p.entered_on as recorded_on, p.status = 'void' as void, year(p.born) as birth_year, p.sex, p.zip3
            from parsed p join keyed k using (row)""", unique=True),
        # Of the statuses only the two that end a referral are facts, and only with a day.
        Emit("referral_event", """
            select row, k.referral_id, 0 as seq, p.status as code, case p.status when 'declined' then '4.0' else '6.0' end as bser_code,
                p.decided as occurred_at, p.decided_on as occurred_on, p.decided_precision as precision,
                coalesce(p.closing, p.status_text) as reason_code
            from parsed p join keyed k using (row) where p.status in ('declined', 'cancelled') and p.decided is not null""", unique=True),
        *REFERRER_EMITS, SITE_EMIT, STUDY_EMIT,
    ),
    order=50,
)  # fmt: skip
