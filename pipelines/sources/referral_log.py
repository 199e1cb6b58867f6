"""A clinic's own referral sheet: one row per referral, as the front desk keeps it.

Times to contact and to appointment come from the dates the desk notes down. A number is the clinic's own (it is
made unique by the site's name); without one, a referral is its patient, day and referrer at that site.
"""

from __future__ import annotations

from pipelines.sources import Check, Emit, Field, Relation, Source
from pipelines.values import NOT_YET
from pipelines.vocabulary import (
    APPOINTMENT,
    APPOINTMENT_PATTERNS,
    BSER,
    CHANNELS,
    DIRECTION_PATTERNS,
    DIRECTIONS,
    EVENTS,
    OUTCOME_PATTERNS,
    PRIORITIES,
    REFERRER_EMITS,
    SITE_EMIT,
    SITE_JOIN,
    SITE_NAMED,
    STUDY_EMIT,
    STUDY_JOIN,
    STUDY_NAMED,
    TWO_PART_JOIN,
    TWO_PART_REFERRER,
    patient_fields,
    referrer_fields,
    referrer_name_fields,
    site_field,
    study_field,
    zone_field,
)  # fmt: skip

OUTCOMES = {**EVENTS, "revoked": "cancelled", "on-hold": "none", "unknown": "none", "pending review": "none", "enrolled in study": "none", "lost": "declined", "no longer interested": "declined", "wrong number": "declined",
            "left message x3": "contact_attempt", "refused study": "declined", "appt": "scheduled", "seen by provider": "kept"}  # fmt: skip
VISITS = {**APPOINTMENT, "none": "proposed"}

FIELDS = (
    Field("number", "Referral number", "identifier", ("Referral Number", "Referral ID", "Referral No", "Ref #", "Reference Number", "Reference #",
          "Log Number", "Log #", "RefID", "Case Number", "Intake Number", "Inquiry Number", "Referral #", "referral_id", "referral_number", "servicerequest_id", "Referral Reference", "UBRN", "Consult #", "Consult Number", "Request ID", "Pathway ID", "Order ID", "Order Number", "referralRef"), example="17"),
    Field("received", "Date received", "datetime", ("Date Received", "Referral Date", "Date Referral Received", "dateReferralReceived", "Received",
          "Referral Received", "Received Date", "Date of Referral", "Date In", "Fax Received", "Inquiry Date", "Date of Inquiry", "Inquiry Received", "Date Referred", "Received On", "Date Rec'd", "Date Refer", "RefDate",
          "receivedDate", "Referral Received Date", "EXT_RECEIVED_DT_TM", "referral_timestamp", "Date/Time Received", "Date Logged",
          "Received Date/Time", "Date of Receipt", "Referred At", "Referred On", "Referral Request Received Date", "Request Received Date", "Request Received", "Consult Request Date", "Date of Consult Request", "Lead Created"), weak=("Date", "Date/Time", "Date Time", "Timestamp", "Submission Date", "Submitted At", "Create Date", "CreatedDate"), clock="received_time", example="2026-03-31"),
    Field("received_time", "Time received", "text", ("Time Received", "Received Time", "Time of Referral", "Referral Time", "Time")),
    Field("authored", "Date written", "datetime", ("Date Written", "Authored On", "servcierequest_authoredon", "referralDate",
          "servicerequest_authoredon", "Date on Referral", "Referral Written", "Created Date/Time", "Date Created", "Created On",
          "Create Timestamp", "Created At", "Referral Created", "Entry Date", "Entered Date", "Date Entered", "referralCreationDate", "Referral Initial Creation Date", "Referral Creation Instant"),
          weak=("Date of Request", "Request Date", "Requested On", "Requested Date", "Request Date/Time", "Date Sent", "Sent Date", "Sent At", "Sent On", "Date Ordered", "Referral Order Date", "Order Date", "Order Date/Time", "Ordered Date", "Ordered On", "Order DT TM", "ORIG_ORDER_DT_TM", "Ordered", "Created", "Date Signed", "Signed Date", "Signed On")),
    *patient_fields(),
    *referrer_fields(name=("Referring Contact", "Referral Contact", "referrerName", "Sent From", "From Provider", "Sending Provider", "Source Provider", "From Physician", "Sending Physician"),
                     practice=("referrerSiteName", "Referred From", "From Practice", "From Facility", "From Clinic", "Sending Practice", "Sending Facility", "Source Practice")),
    *referrer_name_fields(),
    Field("direction", "Direction", "enum", ("Direction", "Referral Direction", "Inbound/Outbound", "Incoming/Outgoing", "In/Out", "Ref Type", "Referral Type", "Referral Class"),
          values=DIRECTIONS, patterns=DIRECTION_PATTERNS),
    site_field("referralTargetName", "REFD_TO_LOC", "Referred To Facility", "Referred To Practice", "Referred To Clinic", "Referred To Department", "Referred To Office",
               "Referred To Practice Site", "Service Department"),
    study_field("Study Referred To", "Referred To Study"),
    Field("service", "Service", "text", ("Service", "Service Line", "Department", "Referred To", "Referred For", "Program", "Specialty Requested",
          "Referred To Specialty", "Visit Type", "program_type_requested", "Clinic Service", "Service Requested", "Health Service", "Service Name", "Treatment Function", "To Service", "Requested Service")),
    Field("modality", "Modality", "text", ("Modality", "Imaging Modality", "Exam Type")),
    Field("reason", "Reason", "text", ("Reason", "Reason for Referral", "Referral Reason", "Diagnosis", "Dx", "ICD-10", "ICD10", "Condition", "Indication",
          "reason_for_referral", "Reason For Visit", "servicerequest_code_display", "Presenting Complaint", "Chief Complaint", "Presenting Problem"), example="Type 2 diabetes"),
    Field("priority", "Priority", "enum", ("Priority", "Urgency", "Referral Priority", "Acuity", "Urgent", "Is Urgent", "Urg"), values=PRIORITIES, otherwise="routine"),
    Field("document", "Kind of document", "text", ("Document Type", "Doc Type", "Type of Document", "Document Class", "Document Category", "Message Type", "Fax Type", "Type of Fax")),
    Field("channel", "How received", "enum", ("How Received", "Received Via", "Method", "Referral Method", "Received By", "Channel", "Mode",
          "Method of Referral", "How Referred", "Via", "Intake Method", "Referral Channel", "Method Received", "How Rec'd", "Received How"), weak=("How",),
          values=CHANNELS, otherwise="other", example="Fax"),
    Field("acknowledged", "Acknowledged", "datetime", ("Acknowledged", "Date Acknowledged", "Acknowledgement Sent", "Acknowledged On", "Ack Sent",
          "Ack Date", "Date Referrer Notified", "Confirmation Sent", "Date Triaged", "Triage Date", "Triaged On")),
    Field("accepted", "Accepted", "datetime", ("Accepted On", "Date Accepted", "Accepted At", "Accepted Date", "Acceptance Date", "Date of Acceptance")),
    Field("called", "Called to schedule", "datetime", ("Called To Schedule", "calledToSchedule", "Date Called", "Call Date", "Called", "Called Patient"), remarked=True),
    Field("called_1", "First call", "datetime", ("First Call", "1st Call", "firstPatientCommunication", "First Patient Communication", "Contact Attempt 1",
          "Call 1", "Called 1", "First Attempt", "1st Attempt", "First Contact Attempt", "Date of First Call", "Attempt 1", "Contact 1", "Contact #1"), remarked=True),
    Field("called_2", "Second call", "datetime", ("Second Call", "2nd Call", "secondPatientCommunication", "Second Patient Communication",
          "Contact Attempt 2", "Call 2", "Called 2", "Second Attempt", "2nd Attempt", "Second Contact Attempt", "Attempt 2", "Contact 2", "Contact #2"), remarked=True),
    Field("called_3", "Third call", "datetime", ("Third Call", "3rd Call", "thirdPatientCommunication", "Third Patient Communication",
          "Contact Attempt 3", "Call 3", "Called 3", "Third Attempt", "3rd Attempt", "Third Contact Attempt", "Attempt 3", "Contact 3", "Contact #3"), remarked=True),
    Field("contacted", "Reached patient", "datetime", ("Contacted", "Date Contacted", "Patient Contacted", "Contact Made", "Reached", "Date Reached",
          "Contacted On", "Spoke With Patient", "Date Patient Contacted", "Patient Reached", "Contact Date", "Reached Patient", "1st Contact", "First Contact", "First Contacted")),
    Field("scheduled", "Date scheduled", "datetime", ("Date Scheduled", "Scheduled On", "Scheduled", "Date Appt Made", "Date Booked", "Booked On",
          "Appt Made", "Appointment Made On", "Scheduling Date", "Scheduled Date", "Consult Booked", "Intake Booked", "Eval Booked", "Consult Scheduled", "Intake Scheduled", "Eval Scheduled", "IA Booked", "Initial Assessment Booked", "Scheduled At", "Booked At", "Appointment Booked On", "Appointment Booked At")),
    Field("appt", "Appointment", "datetime", ("Appt Date/Time", "apptDateTime", "Appointment Date", "Appt Date", "Appointment", "Appt", "ApptDate", "Visit Date",
          "Appointment Date/Time", "Date of Appointment", "Scheduled For", "Appt Date Time", "Date of Visit", "date_of_service", "Appointment On", "Appointment At", "First Appointment Date", "First Appt Date", "Next Appointment Date", "Next Appt Date", "Appointment Start", "Scheduled Appt Date/Time", "Scheduled Appt Date", "Scheduled Appt", "Scheduled Visit Date", "Booked For", "Eval Date", "Intake Date", "Intake Appt", "Initial Assessment", "Initial Consultation", "Consult Date", "Consult Dt", "Consultation Date", "Assessment Date", "IA Date", "Initial Assessment Date", "First OPA Date", "First OPA", "OPA Date", "OPD Appt Date", "OPD Appt", "OPD Appointment Date", "OPD Date", "First OPD Date", "Outpatient Appointment Date", "First Outpatient Appointment", "First Appointment", "First Appt", "1st Appointment Date", "1st Appt Date", "1st Appt", "Appointment Given", "Appt Given", "Appointment Offered", "Appt Offered", "1st Appt Offered", "First Appt Offered", "First Appointment Offered", "1st Appointment Offered", "NP Appt", "NP Appt Date", "NP Visit", "New Patient Appt", "New Patient Visit"),
          future=True, clock="appt_time"),
    Field("appt_time", "Appointment time", "text", ("Appt Time", "Appointment Time", "ApptTime", "Visit Time")),
    Field("visit", "Visit outcome", "enum", ("Appt Status", "Appointment Status", "Visit Status", "Visit Outcome", "First Visit Status", "Initial Visit Status", "Eval Status", "First Appointment Status", "Next Appt Status", "Show/No Show", "Kept", "Appt Kept", "Intake Kept", "Consult Kept", "Eval Kept", "Appt Kept Ind", "Appt State",
          "Appointment Outcome", "First Appointment Outcome", "First Appt Outcome", "OPA Outcome", "Attendance", "Attendance Status", "Attendance Outcome"), values={**VISITS, "yes": "fulfilled", "y": "fulfilled", "no": "noshow", "n": "noshow"}, patterns=APPOINTMENT_PATTERNS),
    Field("no_show", "No show?", "boolean", ("No Show", "No Show?", "No Shows", "No Show Flag", "Missed Visit", "Missed Appt", "Missed Appointment", "Did Not Attend", "Did Not Show", "DNA", "NS")),
    Field("kept", "Date seen", "datetime", ("Date Seen", "Seen On", "Date Kept", "Kept On", "Visit Completed On", "Date Done", "Date Completed",
          "Completed On", "First Visit", "Seen", "Patient Seen", "Pt Seen", "Seen by Provider", "Attended", "Showed", "Showed Up", "Show", "Came", "Seen At", "Consult Completed", "Consult Done", "Consult Held", "Intake Completed", "Intake Attended", "Intake Done", "Eval Done", "Eval Completed", "Evaluation Completed", "Initial Evaluation Date", "Initial Eval Date", "Evaluation Date", "First Seen", "Date First Seen", "First Seen Date", "First Infusion", "1st Infusion", "First Treatment Date", "1st Treatment", "SOC", "SOC Date", "Start of Care", "Start of Care Date", "Admit Date", "Admission Date", "Date Admitted"), undated="appt"),
    Field("status", "Status", "enum", ("Status", "Referral Status", "Current Status", "Order Status", "conversion_status", "servicerequest_status", "CPRS Status", "Workflow Status", "Deal Stage", "Lead Stage", "Lead Status", "Referral Request Status", "Request Status", "Referral State", "Appointment Request Status", "Review Status", "Triage Status", "Triage Outcome", "Triage Decision", "Decision", "MD Decision", "Provider Decision", "Referral Decision"), values=OUTCOMES,
          patterns=OUTCOME_PATTERNS, example="Scheduled"),
    Field("outcome", "Outcome", "enum", ("Outcome", "Final Outcome", "Disposition", "Dispo", "Result", "Referral Outcome", "Outcome Status", "Final Status", "Final Disposition", "Disp", "Sub Status", "Substatus", "Referral Sub Status"),
          values=OUTCOMES, patterns=OUTCOME_PATTERNS, example="Kept"),
    Field("closed", "Outcome date", "datetime", ("Outcome Date", "Date Closed", "Closed On", "Closed Date", "Date of Outcome",
          "Disposition Date", "Date Declined", "Declined On", "Date Cancelled", "Cancelled On", "CancelDate", "Date Canceled", "Final Date", "Declined At", "Declined Date", "Date Rejected", "Rejected On", "Rejected Date", "Rejection Date", "Date Denied", "Denied Date", "Denied On", "Denial Date", "Deny Date", "Order Deny Date", "Non-Admit Date", "NTUC Date", "Provider Outcome Date")),
    Field("changed", "Status since", "datetime", ("Status Date", "Status Date/Time", "Status Updated", "Status Updated At", "Status Updated On", "Status Changed", "Status Changed On", "Status Change Date", "Date of Status", "Status As Of", "Status Last Updated", "Status Last Changed", "Last Status Change", "Decision Date", "Date of Decision")),
    Field("why", "Reason for outcome", "text", ("Outcome Reason", "Reason Not Scheduled", "Decline Reason", "Reason Declined", "Reason Closed",
          "Status Reason", "Cancel Reason", "Reason Not Enrolled", "conversion_reason", "Reason for Decline", "Reason for Cancellation", "Reason Not Accepted", "Declined Reason", "NTUC Reason", "Reason Not Admitted", "Non-Admit Reason", "If No Why")),
    zone_field(),
    Field("reported", "Report sent", "datetime", ("Report Sent", "Date Report Sent", "Note Sent", "Consult Note Sent", "Letter Sent", "Report Sent On",
          "Feedback Sent", "Results Sent", "summaryOfCareSentDate", "Report Sent To Referrer", "Date Note Sent", "Report Back To Provider", "Report To Referring Provider", "Report To Provider", "Report Back", "Back Referral Sent", "Back Referral", "Update Sent To rDVM", "Report To rDVM", "Letter To rDVM", "Consult Letter Back To OD", "Letter Back To OD", "Letter To OD", "Letter To Dentist", "GP Letter Sent", "Letter To GP", "Clinic Letter Sent", "Letter To Referrer", "Letter Back", "Results To Referring MD", "Results To Referring Provider")),
)  # fmt: skip

# Every date of a row as an event. A day without a time that is the day of receipt counts from the receipt, not
# from the midnight before it.
STEPS = (("acknowledged", "acknowledged"), ("called", "contact_attempt"), ("called_1", "contact_attempt"), ("called_2", "contact_attempt"), ("called_3", "contact_attempt"),
         ("contacted", "contact_made"), ("scheduled", "scheduled"), ("kept", "kept"), ("reported", "report_sent"), ("accepted", "accepted"))  # fmt: skip
_STEP_SQL = " union all ".join(
    f"select row, {seq} as seq, '{code}' as code, {name} as occurred_at, {name}_on as occurred_on, {name}_precision as precision, "
    f"null::varchar as reason_code from parsed where {name} is not null"
    for seq, (name, code) in enumerate(STEPS, start=1)
)  # fmt: skip
_LATEST = ", ".join(
    f"{name}_on"
    for name in (
        "received",
        "authored",
        "acknowledged",
        "called",
        "called_1",
        "called_2",
        "called_3",
        "accepted",
        "contacted",
        "scheduled",
        "kept",
    )
)
_LATEST_AT = _LATEST.replace("_on", "")
# "Seen?" with a plain no, of a day that is past
_NOT_SEEN = f"regexp_full_match(p.kept_text, '{NOT_YET}')"
_ENDINGS = "('declined', 'cancelled', 'redirected', 'handback')"
_OF_A_DAY = "('kept', 'completed', 'no_show', 'left_unseen', 'appt_cancelled')"
# Steps in a study are told by its own log, with their days: here they are passed over, and that is said.
_OF_A_STUDY = "'(?:pre-?)?(?:screened|consented|enrolled|randomi[sz]ed|screen(?:ing)?[ -]?fail(?:ed|ure)?)(?: in(?:to)? (?:the )?(?:study|trial))?'"
_UNDATED = "coalesce(appt, kept) is null and coalesce(received, authored) is not null"
_ON_THE_WAY = (
    "('acknowledged', 'accepted', 'info_requested', 'contact_attempt', 'contact_made', 'scheduled', 'rescheduled')"
)
# "2WW" under "Referral Type" says how soon, where nothing else does.
_SAID_BY_TYPE = r"case when regexp_matches(lower(p.direction_text), '\burgent|\b2 ?ww\b|(?:two|2)[ -]week|\busc\b') and not regexp_matches(lower(p.direction_text), 'non.?urgent') then 'urgent' end"
_FINAL = f"coalesce(case when outcome in {_ENDINGS} then outcome end, case when status in {_ENDINGS} then status end)"

# What an inbox of faxes or messages calls what may be a referral; results, records and letters are none.
_REFERRAL_PAPER = r"regexp_matches(lower(document), 'referr|\brefs?\b|\brfl\b|\border|\brequisition|new patient|^consult(?:ation)?s?$|consult\w* request|request for consult')"

SOURCE = Source(
    name="referral_log",
    title="Referral log",
    description="A hand-kept sheet of referrals: when each came, from whom, to which site or study, who was called and what became of it.",
    system="log",
    fields=FIELDS,
    signature=(frozenset({"received", "referrer"}), frozenset({"received", "practice"}), frozenset({"received", "npi"}),
               frozenset({"received", "source", "patient"}), frozenset({"received", "source", "mrn"}), frozenset({"received", "patient", "site"}),
               frozenset({"received", "number", "source"}), frozenset({"received", "patient", "born", "referrer"}),
               frozenset({"authored", "referrer"}), frozenset({"received", "source", "site"}),
               frozenset({"received", "referrer_last"}), frozenset({"authored", "referrer_last"})),
    primary="referral",
    restates=("referral_id",),
    zone_field="site",
    one_of=(("received", "authored"),),
    preamble=("site", "study"),
    telling=r"refer|\bref(?!ill|und|rac)|\brfl|\brfd\b|sent (?:by|from)|source|heard|intake|how rec|\bsending (?:provider|practice|organi|location|clinic|facility)|\bconsult (?:#|no|id)|\bfrom \(?(?:practice|clinic|office|provider|doctor|dr\b)|\bfax (?:from|rec)|\brdvm\b|\bordering (?:practice|office|clinic)|\bdate triaged|\btriaged? (?:date|on|outcome|decision)\b",
    alien=r"\bcharges?\b|\bbilled\b|\bpaid\b|\bclaim|\bndc\b|\bdays.? supply\b|\bdrug (?:code|name|strength)\b|\brx (?:number|no\b|#)|\brefills?\b|\bunits\b|\bspecimen\b|\bresult date\b|(?<!chief )(?<!presenting )complaint|grievance|requested by|\bcandidate\b|\bapplicant\b|\bposition\b|\bbonus\b|^(?:#|no\.?|nbr|num(?:ber)?|count|total)\s*(?:of\s*)?(?:new\s*)?(?:referrals|refs|patients|pts)(?:\s+(?:referred|received|sent))?$|^referrals? (?:count|total)$|^referrals(?: received)?$|^(?:count|qty)$|\bapp(?:oin)?t(?:ment)?s? (?:type|duration|length|reason)\b|\bauth(?:orization)? status\b",
    # A list by day with rooms and hands is one of visits or procedures, though it says who referred.
    alien_if_weak=r"^(?:(?:or|exam|proc(?:edure)?|cath)? ?(?:room|rm|suite|lab)|operator|surgeon|anesthesia|resource|chair|bay|table|duration|length|tech(?:nologist)?|start|(?:start|end|stop|arrival) time|arrived|check(?:ed)?[- ]?(?:in|out)(?: time)?|read by|read date|(?:exam|report|study|read)(?:ing)? status|(?:reading )?radiologist)$",
    titled=((r"\b(?:outgoing|outbound|referred out|referrals? out|sent out)\b", "direction", "outgoing"),),
    includes=("appointments",),
    ignored=("Notes", "Comments", "Id", "IsDeleted", "CreatedById", "LastModifiedById", "SystemModstamp", "OwnerId", "RecordTypeId", "Record ID", "Deal Name", "Deal Owner", "Amount", "Insurance", "Insurance Type", "Phone Number", "formsSent", "formReceived", "prepInstructionSent",
             "Forms Sent", "Form Received", "Prep Instruction Sent", "Email", "Address", "Entered By", "Initials", "Staff", "Created By", "Modified", "Modified By", "Last Modified", "Item Type", "Path", "SSN", "Last Updated", "Last Action Taken", "oceanCreationDate", "modificationDate", "masterReferral", "siteNum", "regionalAuthority", "referralTargetRef", "referrerClinicianType", "referrerSiteNum", "Last Modified Date", "Viewed At",
             "Expiration Date", "Referral Expiry", "Clinic Type", "Outreach Attempts", "Last Outreach", "Who We Saw", "Sched Status"),
    ignored_patterns=(
        r"(?:referr?(?:ed|ing|al)?|sent|receiving|scheduled|rendering|attending|servicing|assigned|consulting)[ _]?(?:to)?[ _]?(?:provider|physician|doctor|specialist)(?:[ _]?(?:name|npi|id))?(?<!referring provider)(?<!referring physician)(?<!referring doctor)",
        r"assigned to|owner|coordinator|.*\b(?:auth\w*|insurance|payer|plan)\b.*(?:number|no|#|name|id)?", r".*\b(?:organi[sz]ation|practice|provider|professional) (?:code|id|no\.?|number)|wait .*",
    ),
    checks=(
        Check("other_document", "warning", "document", f"""select row from parsed where not {_REFERRAL_PAPER}
            and exists (select 1 from parsed where regexp_matches(lower(document), 'referr'))""", aside=True),
        Check("before_birth", "reject", "born", "select row from parsed where coalesce(received_on, authored_on) < born"),
        Check("end_before_start", "warning", "appt", "select row from parsed where appt_on < coalesce(received_on, authored_on)"),
        Check("undated_outcome", "note", "outcome", f"select row from parsed where outcome in {_ENDINGS} and coalesce(closed, changed) is null"),
        Check("undated_outcome", "note", "status", f"""select row from parsed
            where status in {_ENDINGS} and coalesce(outcome, '') not in {_ENDINGS} and coalesce(closed, changed) is null"""),
        Check("research_step_in_log", "warning", "outcome", f"select row from parsed where regexp_full_match(lower(trim(outcome_text)), {_OF_A_STUDY})"),
        Check("research_step_in_log", "warning", "status", f"select row from parsed where regexp_full_match(lower(trim(status_text)), {_OF_A_STUDY})"),
        Check("no_date_for_outcome", "warning", "why", "select row from parsed where why is not null and coalesce(outcome_text, status_text, visit_text) is null and coalesce(closed, kept) is null"),
        Check("no_date_for_outcome", "warning", "outcome", f"select row from parsed where outcome in {_OF_A_DAY} and {_UNDATED}"),
        Check("no_date_for_outcome", "warning", "status", f"select row from parsed where status in {_OF_A_DAY} and coalesce(outcome, '') not in {_OF_A_DAY} and {_UNDATED}"),
    ),
    relations=(
        TWO_PART_REFERRER, SITE_NAMED, STUDY_NAMED,
        # Without a number and without a patient, equal rows are referrals of their own: they are counted through.
        Relation("nameless", f"""
            select p.row, row_number() over (
                partition by s.words, coalesce(p.received_on, p.authored_on), r.said_source_id order by p.row) as place
            from parsed p left join {TWO_PART_JOIN} left join {SITE_JOIN} where p.number is null and p.patient_key is null"""),
        # Made in one go over the rows: what it joins is small, where a row's own relations joined anew are not.
        Relation("keyed", f"""
            select p.row, p.patient_key, r.source_id, s.site_id, y.study_id,
                case when r.kind in ('practitioner', 'practice') then r.practitioner_id end as practitioner_id,
                case when r.kind in ('practitioner', 'practice') then r.organization_id end as organization_id,
                case when p.number is not null and $system = 'log' then
                    key64('referral|log|' || coalesce(s.words, '') || '|' || upper(p.number))
                when p.number is not null then key64('referral|' || $system || '|' || upper(p.number))
                else key64('referral|log|' || coalesce(s.words, '') || '|' || coalesce(p.patient_key::varchar, '#' || n.place) || '|'
                    || coalesce(p.received_on, p.authored_on) || '|' || coalesce(r.said_source_id::varchar, '')) end as referral_id
            from parsed p left join {TWO_PART_JOIN}
            left join {SITE_JOIN} left join {STUDY_JOIN}
            left join nameless n on n.row = p.row"""),
        # A row per status tells one referral's steps: the newest row is the referral, the others are steps of it.
        Relation("earlier", """
            select row, place from (
                select p.row, row_number() over (partition by k.referral_id order by p.changed, p.row) as place, count(*) over (partition by k.referral_id) as steps,
                    count(*) over (partition by k.referral_id, p.status, p.changed) as alike
                from parsed p join keyed k using (row) where p.number is not null and p.changed is not null and p.status is not null)
            where place < steps and alike = 1"""),
        Relation("happened", f"""
            select * from ({_STEP_SQL}) where row not in (select row from earlier)
            union all
            select row, 20, {_FINAL},
                coalesce(closed, changed, greatest({_LATEST_AT})), coalesce(closed_on, changed_on, greatest({_LATEST})),
                coalesce(closed_precision, changed_precision, 'day'), coalesce(why, case when outcome in {_ENDINGS} or outcome is null then outcome_text end, status_text)
            from parsed where {_FINAL} is not null
            union all
            select row, 30, status, changed, changed_on, changed_precision, null
            from parsed p where changed is not null and status in {_ON_THE_WAY}
                and case status when 'scheduled' then p.scheduled when 'contact_made' then p.contacted when 'acknowledged' then p.acknowledged when 'accepted' then p.accepted end is null"""),
    ),
    emits=(
        Emit("referral", f"""
            select row, p.row_hash, k.referral_id, p.number as source_key, coalesce(p.direction, 'in') as direction, k.patient_key, k.source_id,
                k.practitioner_id as requester_practitioner_id, k.organization_id as requester_org_id, k.site_id as performer_site_id,
                k.study_id as study_id, case when p.study is not null then 'research' end as intent, p.service as service_line,
                p.modality, p.reason as reason_code, coalesce(p.priority, {_SAID_BY_TYPE}) as priority, p.channel, p.authored as authored_at, p.received as received_at,
                p.authored_on, p.received_on, (p.status = 'void' or p.outcome = 'void') as void, year(p.born) as birth_year, p.sex,
                p.zip3
            from parsed p join keyed k using (row) where row not in (select row from earlier)""", unique=True, hashed=True),
        Emit("referral_event", f"""
            select e.row, p.row_hash, k.referral_id, e.seq + 100 * coalesce(a.place, 0) as seq, e.code, {BSER} as bser_code,
                case when e.precision = 'day' and e.occurred_on = p.received_on then greatest(e.occurred_at, p.received) else e.occurred_at end
                    as occurred_at,
                e.occurred_on, e.precision, e.reason_code
            from happened e join parsed p using (row) join keyed k using (row) left join earlier a using (row)""", unique=True, hashed=True),
        Emit("appointment", f"""
            select row, key64('appointment|referral|' || k.referral_id) as appointment_id, k.referral_id, k.patient_key,
                k.site_id as site_id, p.service as service_line, p.scheduled as created_at, p.scheduled_on as created_on,
                case when p.appt_precision = 'day' and p.appt_on = p.received_on then greatest(p.appt, p.received) else p.appt end as start_at,
                p.appt_on as start_on,
                coalesce(p.visit, case when p.no_show or 'no_show' in (p.outcome, p.status) then 'noshow'
                    when p.kept is not null or p.outcome in ('kept', 'completed') or p.status in ('kept', 'completed') then 'fulfilled'
                    when p.outcome in ('appt_cancelled', 'cancelled') or p.status in ('appt_cancelled', 'cancelled') then 'cancelled'
                    when 'left_unseen' in (p.outcome, p.status) then 'left_unseen'
                    when {_NOT_SEEN} and p.appt_on <= $arrived then 'noshow' else 'booked' end) as status
            from parsed p join keyed k using (row) where p.appt is not null and row not in (select row from earlier)""", unique=True),
        *REFERRER_EMITS, SITE_EMIT, STUDY_EMIT,
    ),
    order=50,
)  # fmt: skip
