"""Visits booked for referred patients: Epic's REFERRAL_APT, or any scheduling report."""

from __future__ import annotations

from pipelines.sources import Check, Emit, Field, Relation, Source
from pipelines.vocabulary import (
    APPOINTMENT_PATTERNS,
    SITE_EMIT,
    SITE_JOIN,
    SITE_NAMED,
    VISIT_STATUSES,
    patient_fields,
    site_field,
    zone_field,
)

STATUSES = {
    **VISIT_STATUSES,
    "yes": "fulfilled",
    "y": "fulfilled",
    "no": "noshow",
    "n": "noshow",
}
FIELDS = (
    Field("number", "Appointment number", "identifier", ("EXT_APPT_UNIQ_ID", "Appointment ID", "Appt ID", "Appointment Number", "Visit ID", "PAT_ENC_CSN_ID",
          "CSN", "Encounter ID", "Booking ID", "Booking Number", "Booking Reference", "Schedule ID", "Event UUID", "Visit Number", "Enc Nbr", "SERIAL_NUMBER", "VisitIdExternal", "Appointment #", "Appt #"), example="A100-1"),
    Field("referral", "Referral number", "identifier", ("REFERRAL_ID", "Referral ID", "Referral Number", "Ref #", "Referral #"), example="400000001"),
    Field("line", "Line", "integer", ("LINE_COUNT", "LINE"), example="1"),
    *patient_fields(),
    Field("start_utc", "Starts at (UTC)", "datetime", ("EXT_SVC_UTC_DTTM", "Start UTC", "APPT_START_UTC_DTTM"), utc=True, future=True),
    Field("start", "Starts", "datetime", ("EXT_SVC_DTTM", "Appointment Date", "Appointment Date/Time", "Appt Date/Time", "Appt Date", "Appointment Time Start",
          "AppointmentDate", "Start", "Appointment Start", "Visit Date", "Scheduled For", "Date of Visit", "calDate", "Appointment", "APPT_DTTM",
          "Date of Service", "Appointment DateTime", "Start Time", "Appt Start", "BEG_DT_TM", "Start Date", "Start Date/Time", "Scheduled Start", "Scheduled Start Time",
          "Scheduled Date", "Scheduled Time", "Appointment Day", "Start Date & Time", "Event Start Date & Time"), weak=("Date", "Date/Time"), future=True, clock="start_time", example="2026-04-14 09:30"),
    Field("start_time", "Time", "text", ("Appointment Time", "Appt Time", "Time", "Visit Time", "EXT_SVC_TIME", "Appt Start Time", "apptstarttime", "Appointment Start Time", "Scheduled Time", "Begin Time", "Time of Appointment", "Start Time Sortable")),
    Field("start_day", "Service date", "datetime", ("SERVICE_DATE", "Service Date"), future=True),
    Field("created", "Booked on", "datetime", ("Booked On", "DateBooked", "Date Booked", "Date Made", "Created", "Created On", "Created Date", "Date Scheduled",
          "Scheduled On", "APPT_MADE_DATE", "Made On", "Appt Made Date", "Appt Created", "Appt Creation Date", "Appt Sched Date", "Booking Date", "Booked At", "Appt Schedule Date", "apptscheduledate", "Scheduled Day", "Event Created", "Created At", "Requested On", "Made", "Event Created Date & Time"), example="2026-04-01 11:00"),
    Field("status", "Status", "enum", ("EXT_APPT_STATUS_C_NAME", "APPT_STATUS_C_NAME", "Status", "Appointment Status", "Appt Status", "Visit Status", "Outcome",
          "Appt Kept", "Appointment Kept", "Kept", "Show/No Show", "Appointment Outcome", "Visit Outcome", "Booking Status", "Confirmation Status", "Attendance Status", "Attendance", "Attended", "Showed", "Attended or Did Not Attend",
          "Appt Slot Status", "apptslotstatus", "apptstatus", "SCH_STATE", "Schedule Status", "Scheduling Status", "Encounter Status", "Event Status"), weak=("Label",), values=STATUSES, patterns=APPOINTMENT_PATTERNS, otherwise="booked", example="Completed"),
    Field("service", "Service", "text", ("SERVICE_TYPE_C_NAME", "Event Type Name", "Visit Type", "VisitType", "Appointment Type", "Appt Type", "Visit Reason", "Event Type", "Event", "Appointment Profile", "PRC_NAME", "Service",
          "Service Line", "Department", "Type")),
    # What some systems say in a column of its own for each: yes and no, or when.
    Field("no_show", "No show?", "boolean", ("No Show", "No Show Flag", "Patient Missed", "Missed", "Did Not Attend", "Did Not Arrive", "DNA", "Noshow", "Marked as No-Show")),
    Field("cancelled", "Cancelled?", "boolean", ("Cancelled", "Canceled", "Is Cancelled", "Cancel Ind", "Cancelled Flag", "Deleted", "Delete Ind")),
    Field("cancelled_at", "Cancelled on", "datetime", ("Cancelled On", "Cancel Date", "Cancelled Date", "Cancellation Date", "Appt Canc Date", "Appt Canceled Date", "Cancelled At",
          "Cancellation Time")),
    Field("moved", "Rescheduled?", "boolean", ("Rescheduled", "Resched", "Is Rescheduled")),
    Field("checked_in", "Checked in", "datetime", ("Checked In", "Check In", "Check-in", "Checkin", "Arrived", "Arrival", "Arrived At"), undated="start"),
    Field("checked_out", "Checked out", "datetime", ("Checked Out", "Check Out", "Check-out", "Checkout", "Departed", "Seen"), undated="start"),
    zone_field(),
    Field("reason", "Cancel reason", "text", ("Cancel Reason", "CANCEL_REASON_C_NAME", "Cancellation Reason", "Reason Cancelled", "REASON", "Appt Cancel Reason", "apptcancelreason")),
    site_field("svc dept", "Service Department", "Appt Location", "Appointment Location", "Appointment Facility", "Practice Location", "Office", "Clinic Code", "EXT_SVC_POS_ID", "LOC_ID", "POS_ID", "Department"),
)  # fmt: skip
_MORE = r"\brates?\b|\bkept\b|resched|attend|arrived|\ball (?:appointments|visits)|summary|\bby (?:month|provider|site|clinic)"
_PLAIN_NO = "regexp_full_match(lower(p.status_text), 'no?')"
# A plain no to "Kept?" of a visit that is yet to come says nothing.
_SAID = f"case when p.status = 'noshow' and {_PLAIN_NO} and k.start_on > $arrived then 'booked' else p.status end"
# Where nothing but "No show?" tells what became of a visit, a no tells that the patient came.
_CAME = "not p.no_show and p.status_text is null and not coalesce(p.moved, false) and k.start_on < $arrived"
_STATUS = f"""case when p.status = 'cancelled' and regexp_matches(lower(p.reason), 'no.?show') then 'noshow'
                    when coalesce(p.status, 'booked') in ('booked', 'proposed') or {_PLAIN_NO} then case
                        when p.cancelled or p.moved or p.cancelled_at is not null then 'cancelled' when p.no_show then 'noshow'
                        when p.checked_out is not null then 'fulfilled' when p.checked_in is not null then 'arrived'
                        when {_CAME} then 'fulfilled' else coalesce({_SAID}, 'booked') end
                    else p.status end"""

# A reason that stands beside visits which took place as well is why the patient comes, not why a visit was called off.
_WHY = """case when not (select count(*) > 0 and count(reason) >= 0.5 * count(*) from parsed
    where coalesce(status, 'booked') not in ('cancelled', 'noshow') and not coalesce(cancelled, false) and not coalesce(moved, false) and not coalesce(no_show, false) and cancelled_at is null)
    then p.reason end"""

SOURCE = Source(
    name="appointments",
    title="Appointments",
    description="Visits of referred patients: when booked, when and where they take place, and whether they were kept.",
    system="ehr",
    fields=FIELDS,
    signature=(frozenset({"referral", "status", "start"}), frozenset({"referral", "status", "start_utc"}), frozenset({"referral", "status", "start_day"}),
               frozenset({"number", "start", "status"}), frozenset({"start", "status", "mrn"}), frozenset({"start", "status", "patient"}),
               frozenset({"start", "created", "mrn"}), frozenset({"start", "mrn", "no_show"}), frozenset({"start", "mrn", "cancelled"}), frozenset({"start", "patient", "no_show"}), frozenset({"start", "patient", "cancelled"}),
               frozenset({"start", "number", "no_show"}), frozenset({"start", "number", "cancelled"}), frozenset({"start", "status", "patient_last", "born"}), frozenset({"referral", "line", "start", "start_utc", "status"})),
    # What a list of nothing else says in its title and in no column.
    titled=((rf"(?s)\A(?!.*(?:{_MORE}|cancel)).*\b(?:no[- ]?shows?|missed (?:appointments?|appts?|visits?)|dna) (?:report|list|log)\b", "no_show", "yes"),
            (rf"(?s)\A(?!.*(?:{_MORE}|no[- ]?show)).*\b(?:cancell?ations?|cancell?ed (?:appointments?|appts?|visits?)) (?:report|list|log)\b", "cancelled", "yes")),
    primary="appointment",
    zone_field="site",
    one_of=(("start_utc", "start", "start_day"), ("number", "referral", "mrn", "patient", "patient_last")),
    telling=r"appoint|appt|\bvisit|encounter|schedul|\bbook|check(?:ed)?[ -]?in|no.?show",
    alien=r"\bvisits? (?:auth\w*|allowed|approved|used|remaining|left)\b|\bcharges?\b|\bbilled\b|\bpaid\b(?!\?| online)|\bclaim (?!id)|\bdrug\b|\brefills?\b|\bspecimen\b",
    ignored=("CHARGE_ID", "CLAIM_ID", "USER_ID_NAME", "USER_ID", "TABLE_COUNT", "EXT_SVC_PROV_ID", "Provider", "Duration", "Comments", "Age", "Neighbourhood", "Neighborhood", "Scholarship", "Hipertension", "Hypertension", "Diabetes", "Alcoholism", "Handcap", "SMS_received"),
    # Who saw the patient, and who referred them: a visit is tied to its referral, which has them.
    ignored_patterns=(
        r"(?!.*referred).*\b(?:provider|physician|doctor|dr|practitioner|clinician|prvdr|resource|surgeon|pcp)(?:[ _]?(?:name|npi|id))?", r".*(?:provider|physician|doctor|dr)(?:name|npi|id)?",
        r"(?:appt|appointment|visit|event)?[ _]?(?:end|stop|length|duration).*", r"(?:exam[ _]?)?room.*", r".*\b(?:price|paid|insurance|payer|copay|balance)\b.*",
        # What booking pages ask and note besides.
        r"(?:invitee|utm|user) .*", r"(?:question|response) \d+", r"cancell?ed by|text reminder number|meeting notes|group",
        r"(?:cell|home|work|mobile)?[ _]?(?:phone|email|e-mail).*", r".*(?:source|reason|label|calendar|notes?|new or existing|confirmed)",
    ),
    checks=(
        Check("before_birth", "reject", "born", "select row from parsed where coalesce(start_on, start_day_on) < born"),
        Check("end_before_start", "warning", "created", "select row from parsed where created_on > coalesce(start_on, start_utc_on, start_day_on)"),
    ),
    relations=(
        SITE_NAMED,
        Relation("keyed", f"""
            select p.row, s.site_id, case when p.referral is not null then key64('referral|' || $system || '|' || upper(p.referral)) end as referral_id,
                coalesce(p.start_utc, p.start, p.start_day) as start_at,
                coalesce(p.start_on, p.start_day_on, p.start_utc_on) as start_on
            from parsed p left join {SITE_JOIN}"""),
    ),
    emits=(
        Emit("appointment", f"""
            select row, key64('appointment|' || $system || '|' || case
                    when p.number is not null then 'n|' || upper(p.number)
                    when p.referral is not null then 'r|' || upper(p.referral) || '|' || coalesce(p.line::varchar, k.start_at::varchar)
                    else 'p|' || coalesce(p.patient_key::varchar, '') || '|' || k.start_at || '|' || coalesce(k.site_id::varchar, '') end) as appointment_id,
                k.referral_id, p.patient_key, k.site_id, p.service as service_line, p.created as created_at, p.created_on as created_on, k.start_at, k.start_on,
                {_STATUS} as status,
                case when 'cancelled' in (p.status, {_STATUS}) then coalesce({_WHY}, case when p.moved or (regexp_matches(lower(p.status_text), 'resched|r/s') and not regexp_matches(lower(p.status_text), '(?:not|never|no|n[''’]t|w/o|without) +(?:be |been |being |yet )?(?:resched|r/s)')) then 'Rescheduled' end) end as cancel_reason,
                case when {_STATUS} = 'cancelled' then p.cancelled_at end as cancelled_at, case when {_STATUS} = 'cancelled' then p.cancelled_at_on end as cancelled_on
            from parsed p join keyed k using (row)""", unique=True),
        SITE_EMIT,
    ),
    order=70,
)  # fmt: skip
