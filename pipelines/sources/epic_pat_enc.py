"""Epic's PAT_ENC: encounters. Those with an appointment status are visits; the rest (telephone notes, charges, "End of
Day") are set aside as no visits at all."""

from __future__ import annotations

from pipelines.sources import Check, Emit, Field, Relation, Source
from pipelines.vocabulary import APPOINTMENT_PATTERNS, SITE_EMIT, SITE_JOIN, SITE_NAMED, VISIT_STATUSES, site_field
from pipelines.vocabulary.epic import DATE_ORDER, REFERRAL_KEYS, patient_field
from pipelines.vocabulary.referrals import bare

FIELDS = (
    Field("number", "Encounter number", "identifier", ("PAT_ENC_CSN_ID", "PAT_ENC_CSN", "CSN_ID"), required=True, example="720803470"),
    patient_field(),
    Field("referral", "Referral number", "identifier", REFERRAL_KEYS, example="400000001"),
    Field("source", "Referral source", "name", ("REFERRAL_SOURCE_ID_REFERRING_PROV_NAM",)),
    Field("start", "Appointment time", "datetime", ("APPT_TIME", "EFFECTIVE_DATE_DTTM", "EFFECTIVE_DATE_DT"), future=True, example="04/14/2026 09:30:00 AM"),
    Field("day", "Contact date", "datetime", ("CONTACT_DATE",), future=True, example="04/14/2026 12:00:00 AM"),
    Field("created", "Appointment made", "datetime", ("APPT_MADE_DATE", "APPT_MADE_DTTM", "ENC_INSTANT"), example="04/01/2026 11:00:00 AM"),
    Field("status", "Appointment status", "enum", ("APPT_STATUS_C_NAME",), values=VISIT_STATUSES, patterns=APPOINTMENT_PATTERNS, otherwise="booked", example="Completed"),
    Field("cancelled", "Cancelled on", "datetime", ("APPT_CANCEL_DATE", "APPT_CANC_DATE", "APPT_CANC_DTTM"), example="04/12/2026 12:00:00 AM"),
    Field("cancelled_because", "Cancel reason", "text", ("CANCEL_REASON_C_NAME", "APPT_CANCEL_REASON_C_NAME")),
    Field("service", "Visit type", "text", ("APPT_PRC_ID_PRC_NAME", "APPT_PRC_ID")),
    *bare((site_field(label="Location"),), site=("PRIMARY_LOC_ID", "PRIMARY_LOC_ID_LOC_NAME", "DEPARTMENT_ID_EXTERNAL_NAME")),
)  # fmt: skip

SOURCE = Source(
    name="epic_pat_enc",
    title="Epic encounters (PAT_ENC)",
    description="Encounters of patients; those that were appointments, with what became of them.",
    system="ehr",
    fields=FIELDS,
    signature=(frozenset({"number", "mrn", "day", "status"}), frozenset({"number", "mrn", "day", "status", "referral"})),
    primary="appointment",
    zone_field="site",
    date_order=DATE_ORDER,
    one_of=(("start", "day"),),
    ignored_patterns=(r".*_USER_ID(_NAME)?", r"LOS_.*", r"HOSP_.*", r".*_PROV_ID", r"VISIT_PROV_.*", r"BEN_.*", r"COPAY_.*", r".*_YN", r"BMI|BSA|LMP_DATE"),
    ignored=("PAT_ENC_DATE_REAL", "FIN_CLASS_C_NAME", "DEPARTMENT_ID", "ACCOUNT_ID", "COVERAGE_ID", "CLAIM_ID", "HSP_ACCOUNT_ID", "UPDATE_DATE",
             "CHARGE_SLIP_NUMBER", "INPATIENT_DATA_ID", "IP_EPISODE_ID", "EXTERNAL_VISIT_ID", "CONTACT_COMMENT", "ENC_CLOSE_DATE", "AVS_PRINT_TM",
             "REFERRAL_SOURCE_ID", "DISCHARGE_DATE_DT", "CALCULATED_ENC_STAT_C_NAME", "EFFECTIVE_DATE_DT", "DATA_ENTRY_PERSON", "SURGICAL_SVC_C_NAME",
             "WC_TPL_VISIT_C_NAME", "CONSENT_TYPE_C_NAME", "ENC_MED_FRZ_RSN_C_NAME", "VST_SPECIAL_NEEDS_C_NAME"),
    checks=(Check("not_a_visit", "note", "status", "select row from parsed where status is null and status_text is null", aside=True),),
    relations=(SITE_NAMED, Relation("keyed", f"select p.row, s.site_id from parsed p left join {SITE_JOIN}")),
    emits=(
        Emit("appointment", """
            select p.row, key64('appointment|' || $system || '|n|' || upper(p.number)) as appointment_id,
                case when p.referral is not null then key64('referral|' || $system || '|' || upper(p.referral)) end as referral_id, p.patient_key, k.site_id,
                p.service as service_line, p.created as created_at, p.created_on, coalesce(p.start, p.day) as start_at, coalesce(p.start_on, p.day_on) as start_on,
                p.status, case when p.status = 'cancelled' then p.cancelled_because end as cancel_reason,
                case when p.status = 'cancelled' then p.cancelled end as cancelled_at, case when p.status = 'cancelled' then p.cancelled_on end as cancelled_on
            from parsed p join keyed k using (row) where p.status is not null"""),
        SITE_EMIT,
    ),
    order=70,
)  # fmt: skip
