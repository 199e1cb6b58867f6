"""Which export a header row is; tolerant of spelling, never silently wrong."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines import recognition
from pipelines.readers import Reading
from pipelines.recognition import headers, recognise
from pipelines.sources import registry
from pipelines.values import squash

HEADERS = {
    "site_list": ["Site Code|Site Name|City|State|Time Zone|Activated On", "SITE ID|Location|City|ST|TZ", "code;name;time zone".replace(";", "|")],
    "study_list": ["Protocol Number|NCT Number|Title|Sponsor|Therapeutic Area|Phase|Status|Target Enrollment", "Study|Sponsor|Phase|Enrollment Goal",
                   "Protocol #|Brief Title|Lead Sponsor|Conditions"],
    "study_site_plan": ["Protocol Number|Site Code|Activated On|Site Target", "Study|Site|Plan Date|Cumulative Target"],
    "nppes_roster": ["NPI|Entity Type Code|Provider Last Name (Legal Name)|Provider First Name|Healthcare Provider Taxonomy Code_1",
                     "NPI|Last Name|First Name|Specialty|City|State"],
    "referral_log": [
        "dateReferralReceived|patientName|dob|phoneNumber|insurance|referringProvider|reason|formsSent|formReceived|calledToSchedule|apptDateTime|notes",
        "Date Received|Referring Provider|Referring Practice|Referring NPI|Site|Study|How Received|Priority|Reason|Called To Schedule|Appt Date/Time|Status|Outcome",
        "Referral Date|Pt Name|D.O.B.|Ref. MD|Dx|Notes", "Rec'd Date|Patient Last Name|Patient First Name|Referring Dr.|Office Fax",
        "DATE REC'D|PATIENT|REFERRED BY|PRACTICE|STATUS", "Referal Date|Patient Name|Refering Provider|Referring Practice",
        "Date of Referral|Client Name|Birth Date|Referring Clinic|Referral Reason|Urgency|Appt Kept|Comments",
        "Ref Date|Pt Name|Ref Physician|Office Phone|1st Attempt|2nd Attempt|3rd Attempt|Appt Date|No Show?",
        "Received|MRN|Referring Provider NPI|Study|Contacted|Consented?|Final Disposition",
    ],
    "epic_referral": ["REFERRAL_ID|PAT_ID|ENTRY_DATE|RFL_STATUS_C_NAME|REFERRING_PROV_ID_REFERRING_PROV_NAM|RFL_CLASS_C_NAME|REFD_TO_LOC_POS_ID|PRIORITY_C_NAME"],
    "epic_referral_hist": ["REFERRAL_ID|LINE|CHANGE_DATE|CHANGE_TYPE_C_NAME|PREVIOUS_VALUE|CHANGE_DATETIME|CHANGE_LOCAL_DTTM|NEW_RFL_STATUS_C_NAME"],
    "appointments": ["REFERRAL_ID|LINE_COUNT|SERVICE_DATE|EXT_SVC_POS_ID|EXT_APPT_STATUS_C_NAME|EXT_APPT_UNIQ_ID|EXT_SVC_UTC_DTTM|EXT_SVC_DTTM",
                     "Appointment ID|MRN|Appt Date|Appt Time|Status|Visit Type|Location", "Patient Name|DOB|Appointment Date|Appointment Status|Date Made"],
    "screening_log": ["Subject ID|Date of Consent|Version of Consent|Date Screened|Eligible for Enrollment?|Ineligibility Reason (if applicable)|Protocol",
                      "Protocol|Enrolled|Screening Number|Subject Number|Initials|Screening Failure|Enrollment Failure"],
    "outreach_log": ["Date|Liaison|Practice|Provider|Channel|Purpose|Outcome|Minutes|Next Visit|Site", "Visit Date|Rep|Account|Type|Result|Notes"],
    "provider_directory": ["Provider Name|Credentials|NPI #|Primary Specialty|Practice/Group|Street|City|St|Zip|Office Phone|Office Fax|Accepting New Pts",
                           "Last Name|First Name|Degree|Specialty|Clinic|Phone|Fax|City|State|ZIP"],
    "ringcentral_export": ["Direction|Type|Phone Number|Name|Date|Time|Action|Action Result|Result Description|Duration"],
    "genesys_interactions": ["Full Export Completed|Users|Remote|Date|End Date|Duration|Direction|ANI|DNIS|Queue|Wrap-up|Conversation ID|Media Type|Total Talk|Total Hold|Abandoned"],
    "dialpad_calls": ["call_id|category|date_connected|date_ended|date_rang|date_started|direction|external_number|internal_number|name|ringing_duration|talk_duration|voicemail"],
    "oncore_subjects": ["Protocol No.|PI Name|Institution|Subject MRN|Subject Name|Sequence No.|Consent Signed Date|Eligibility Status|On Study Date|Off Study Date|Subject Status"],
    "online_survey": ["Submission Date|Practice Name|How likely are you to recommend us to a colleague?|Submission IP|Submission ID",
                      "Response ID|Time Started|Date Submitted|Status|Language|Referer|Longitude|Latitude|What could we do better for you?"],
    "survey_invites": ["Invite ID|Survey|Practice|Site|Sent On|Delivered"],
    "surveymonkey": ["Respondent ID|Collector ID|Start Date|End Date|IP Address|Email Address|First Name|Last Name|Custom Data 1|How likely are you to recommend us?"],
    "bright_street": [
        "Event|servicerequest_requester_type|servicerequest_requester_display|servicerequest_status|servicerequest_category_code|servicerequest_category_display|"
        "servicerequest_category_system|servicerequest_id|servicerequest_code|servicerequest_code_display|servicerequest_code_system|servcierequest_authoredon|"
        "servicerequest_performer_display", "Event|servicerequest_requester_display|servicerequest_status|servicerequest_id|servcierequest_authoredon|servicerequest_performer_display"],
    "behavioral_health": ["referral_id|patient_id|facility_id|program_type_requested|referral_source|presenting_risk_level|referral_timestamp|insurance_type|"
        "authorization_required_flag|authorization_delay_hours|conversion_status|conversion_reason|time_to_review_minutes|time_to_admit_hours"],
    "epic_referral_2": ["REFERRAL_ID|CE_SENT_YN|RFL_ATT_PROV_ID|RFL_CONTACT_NAME|RPT_RECEIVED_DATE|RPT_SENT_DATE|RFL_RECEIVED_DATE|AUDIT_REF_TO_NAME|AUDIT_DATE|OUTST_AMT|"
        "GEN_RFL_NUM_IT_1|TRIAGE_DECISION_C_NAME|REJECT_REASON_C_NAME|TOC_STATUS_C_NAME", "RFL_ID|RPT_SENT_DATE|RPT_RECEIVED_DATE|TRIAGE_DECISION_C_NAME"],
    "epic_referral_3": ["REFERRAL_ID|GEN_RFL_STR_10|GEN_RFL_CAT_11_C_NAME|REFERRING_DEP_SPC_C_NAME|CANCEL_RSN_C_NAME|PAT_COMM_DATE"],
    "epic_referral_source": ["REFERRING_PROV_ID|REFERRING_PROV_NAM"],
    "epic_referral_reasons": ["REFERRAL_ID|LINE|REFERRAL_REASON_C_NAME|REFERRAL_REASON_OTHER"],
    "epic_pat_enc": ["PAT_ID|PAT_ENC_DATE_REAL|PAT_ENC_CSN_ID|CONTACT_DATE|PCP_PROV_ID|FIN_CLASS_C_NAME|VISIT_PROV_ID|VISIT_PROV_TITLE_NAME|DEPARTMENT_ID|LMP_DATE|ENC_CLOSED_YN|"
        "APPT_STATUS_C_NAME|REFERRAL_REQ_YN|REFERRAL_ID|ACCOUNT_ID|COVERAGE_ID|PRIMARY_LOC_ID|REFERRAL_SOURCE_ID_REFERRING_PROV_NAM|REFERRAL_SOURCE_ID|ENC_INSTANT|"
        "EFFECTIVE_DATE_DTTM|CALCULATED_ENC_STAT_C_NAME"],
    "epic_enroll_info": ["ENROLL_ID|RECORD_STATUS_C_NAME|RESEARCH_STUDY_ID_RESEARCH_STUDY_NAME|PAT_ID|ENROLL_STATUS_C_NAME|STUDY_ALIAS|ENROLL_START_DT|ENROLL_END_DT|"
        "ENROLL_CMT_NOTE_ID|LAST_MOD_DTTM|LAST_MOD_USER_ID|STUDY_BRANCH_ID|MYC_RESPONSE_TYPE_C_NAME|FIRST_INVITATION_SENT_UTC_DTTM"],
    "epic_enroll_stat_chng": ["ENROLL_ID|LINE|CHNG_ENROLL_STATUS_C_NAME|ENROLL_STAT_CHNG_DATE"],
    "epic_rsh_invitations": ["ENROLL_ID|LINE|INVITATION_SENT_UTC_DTTM|MYC_RESPONSE_TYPE_C_NAME"],
    "epic_rsh_recruit_pref_hx": ["PAT_ID|LINE|RSH_PREF_HX_C_NAME|RSH_PREF_HX_UTC_DTTM|RSH_PREF_HX_EMP_ID|RSH_PREF_HX_EMP_ID_NAME|RSH_PREF_HX_MYPT_ID|RSH_PREF_HX_LOCAL_DTTM"],
    "epic_rsh_research_info": ["RESEARCH_ID|RESEARCH_STUDY_NAME"],
    "cerner_code_value": ["CODE_VALUE|CODE_SET|CDF_MEANING|DISPLAY|DISPLAY_KEY|DESCRIPTION|DEFINITION|COLLATION_SEQ|ACTIVE_TYPE_CD|ACTIVE_IND|UPDT_DT_TM"],
    "cerner_referral": ["REFERRAL_ID|PERSON_ID|ACTIVE_IND|ACTIVE_STATUS_CD|ACTIVE_STATUS_DT_TM|ADMIT_BOOKING_TYPE_CD|AUTHORIZATION_CODE_TXT|CREATE_DT_TM|EXTERNAL_SCHEDULED_DT_TM|"
        "EXT_RECEIVED_DT_TM|HEALTHCARE_GUARANTEE_DT_TM|INBOUND_ASSIGNED_PRSNL_ID|PRIORITY_CD|REFERRAL_STATUS_CD"],
    "drchrono_inbound": ["id|created_at|updated_at|doctor_id|patient_id|referrer_id|inbound_fax_id|outbound_referral_id|estimated_value|security_code|pdf|medical_record_json|download_log_json"],
    "drchrono_outbound": ["id|created_at|updated_at|doctor_id|office_id|patient_id|referred_to_id|reason_for_referral|date_of_service|codes_json|icds_json|from_email|from_fax|from_phone|"
        "include_clinical_summary|instructions|message_id|pdf"],
    "drchrono_demographics": ["id|first_name|last_name|date_of_birth|referring_doctor|referring_doctor_firstName|referring_doctor_middleName|referring_doctor_suffix|referring_doctor_npi|"
        "referring_doctor_phone|referring_doctor_fax|referring_doctor_specialty|referring_doctor_taxid|referring_source|referral_number"],
    "allegiancemd_referrals": ["active|apptDate|authCode|authType|clinicalNote|endDate|note|patientId|priority|reason|receivedDate|referralDate|refToProvider|reportReceived|startDate|status|"
        "summaryOfCareSentDate|unitType|visitAllowed"],
    "allegiancemd_appointments": ["calDate|patientId|status|checkedIn|checkedInTime|checkedOut|referrerName|reasonForVisit"],
    "mdvita_referrals": ["RefID|RefType|MemberID|MemberPlanID|RefDate|ApptDate|ApptTime|NbrOfVis|ReferredTo_PhysID|Referring_PhysID|Loc_PhysID|TOS1|TOS2|ServiceCategoryCode|CancelDate"],
    "caretracker_referrals": ["PatientID|EnteredDate|ReferralName|ReferralFirstName|ReferralLastName|DateStarts|DateEnds|NumberOfVisits|Comment|Description|OnBehalfOfFirstName|OnBehalfOfLastName"],
    "caretracker_scheduling": ["PatientID|AppointmentDate|VisitType|Comments|BookedByFirstName|BookedByLastName|DateBooked|ProviderFirstName|ProviderLastName|Duration|XLinkProviderID|"
        "VisitIdExternal|IsEditable|IsTelehealth"],
    "caretracker_demographics": ["PatientID|FristName|LastName|DateOfBirth|Gender|Referredby|ReferredbyMore|ReferringDoc"],
    "careevolution_sdf": ["Record Type ID|ID|Patient ID|Encounter ID|Identifier|Patient Identifier|Patient Record Authority ID|Encounter Identifier|Start Date|End Date|Next Review Date|Comment|"
        "Authorization Number|Status Term|Template Term|Refer From Caregiver ID|Refer From Caregiver Identifier|Refer From Caregiver Record Authority ID|Refer To Caregiver ID|"
        "Refer To Caregiver Identifier|Acuity Term|Data Source"],
    "caredove": ["Reference #|Group Appointment #|Parent Reference #|Submitted Date|Status|Registrant Name|Requester Organization|Service|Appointment Date"],
    "open_dental": ["Patient|Referred To|Description|Note|Date Refer|Date Done|Status"],
    "clinical_one": ["STUDY|SITE|VSITE|SYSKEY|SUBJECT|RANDNO|VISIT|VISITNO|EVENTDTC|INITIALS|BRTHDTC|DOBMON"],
    "nci_screening": ["Protocol Number|Patient ID|Clinical Trial Screening Indicator|Screening Ineligibility Reason|Eligibility Checklist Version Date|Screen Date (DD/MON/YYYY)"],
    "recruit": ["Studie|id|Vorschlagszeit|Patientennummer|Letzter Aufenthalt|Notizen|Geburtsdatum|Geschlecht|Status"],
    "veeva_enrollment": ["Study|Study Country|Study Site|Subject Name|Subject Status|Screened Date|Enrolled Date|Randomized Date|Screen Failure Date|Global ID",
          "Study|Subject|Subject Status|Site|Strata Group|Randomization Date|Randomization Status"],
    "google_forms": ["Marca temporal|Dirección de correo electrónico|¿Qué probabilidad hay de que nos recomiende a un colega?",
          "Timestamp|Email Address|How likely are you to recommend us to a colleague?|Overall, how satisfied are you with our referral process?|Anything else you would like to tell us?"],
    "nucc_taxonomy": ["Code|Grouping|Classification|Specialization|Definition|Notes|Display Name|Section", "Code|Type|Classification|Specialization|Definition|Effective Date|Deactivation Date|Last Modified Date|Notes|Display Name"],
    "nppes_deactivated": ["NPI|NPPES Deactivation Date"],
    "call_log": ["CALL ID|TIMESTAMP|CAMPAIGN|CALL TYPE|AGENT|DISPOSITION|ANI|CUSTOMER NAME|DNIS|CALL TIME|QUEUE WAIT TIME|RING TIME|TALK TIME|HOLD TIME|SKILL",
                 "Call Time|Caller ID|Destination|Status|Ringing|Talking|Cost|Call Activity Details",
          "Call ID|Start Time|Queue|Direction|Caller Name|Caller Number|Wait Time|Ring Time|Hold Time|Talk Time|Disposition|Site", "Call Date|Call Time|Line|Caller|Talk|Result",
                 "Call Start|Direction|From|To|Duration|Result"],
    "cdr_8x8": ["Call ID|Leg ID|Start Time|Answer Time|Stop Time|Talk Time|Caller|Callee|Direction|Cause|Status",
                "Call ID|Leg ID|Start Time|Answer Time|Stop Time|Talk Time|Caller|Callee|Direction|Cause|Status|Parent Call ID|Transfer to Call ID|Caller Name|Callee Name|Caller Device ID"],
    "ringcentral_calls": ["uri|id|sessionId|startTime|duration|type|direction|action|result|to.phoneNumber|to.name|from.phoneNumber|from.name|from.location|transport"],
    "avaya_ech": ["CALLID|ACWTIME|ANSHOLDTIME|CONSULTTIME|DISPTIME|DURATION|SEGMENT|SEGSTART|SEGSTOP|TALKTIME|DISPOSITION|DISPVDN|UCID|CALLING_PTY|ANSLOGIN"],
    "altigen_cdr": ["SessionID|StartTime|EndTime|CallerNum|CallerName|WorkgroupName|BeforeAnswerDuration|DurationInQOfCallAband|TalkDuration|HoldDuration"],
    "campaign_list": ["Campaign Name|Channel|Target Audience|Start Date|End Date|Protocol Number", "Name|Medium|Audience|Starts on|Ends on|Site"],
    "campaign_spend": ["Campaign|Day|Currency code|Cost|Impr.|Clicks|CTR|Avg. CPC|Conversions", "Campaign name|Ad set name|Reporting starts|Reporting ends|Amount spent (USD)|Impressions|Link clicks|Reach",
                       "Campaign|Date|Spend"],
    "lead_list": ["Lead ID|Created At|Campaign|First Name|Last Name|DOB|Phone|Email|Status|Status Date|Study|Site", "id|created_time|campaign_name|ad_name|form_name|is_organic|platform|full_name|phone_number|email"],
    "ris_exams": ["Accession #|Study Instance UID|MRN|Order #|Ordering Provider|Modality|Exam Description|Exam End|Prelim|Final|Delivered|Addenda|Protocol Changed|Report Status|Site",
                  "Accession|Modality|Procedure|Exam Completed|Finalized"],
    "image_share_log": ["Timestamp|User|User Role|Organization|Action|Accession Number|Device|Browser|IP Address", "Event Time (UTC)|Study UID|Event|Role|Group"],
    "open_slots": ["Snapshot Date|Site|Visit Type|Slot Start|Status"],
    "collaboration_log": ["Session ID|Accession|Host Role|Invited Practice|Invited|Joined|Ended|Audio|Video|Outcome|Site"],
    "qualtrics": ["ResponseId|RecordedDate|Q1|Q2|Q3", "StartDate|EndDate|Status|IPAddress|Progress|Duration (in seconds)|Finished|RecordedDate|ResponseId|RecipientLastName|ExternalReference|Q1"],
}  # fmt: skip
FOREIGN = [
    "Name|Amount|Currency",
    "Campaign|Impressions|Clicks|Cost|Conversions",
    "Patient|Referred To|Description|Note",
    "Timestamp|User|Action|Object",
    "Timestamp|Level|Message",
    "record_id|redcap_event_name|redcap_repeat_instrument|field_a|field_b|form_complete",
    "a|b|c",
]
CASES = [(source, text) for source, texts in HEADERS.items() for text in texts]


def reading(text: str) -> Reading:
    header = text.split("|")
    return Reading("csv", header, [1], 1)


@pytest.mark.parametrize(("source", "text"), CASES)
def test_a_known_header_is_recognised(source: str, text: str) -> None:
    best = recognise(reading(text))[0]
    assert (best.source, best.recognised, best.missing) == (source, True, ())


@pytest.mark.parametrize(("source", "text"), CASES)
def test_order_case_and_punctuation_of_headers_do_not_matter(source: str, text: str) -> None:
    turned = "|".join(reversed([f" {part.upper()} *" for part in text.split("|")]))
    best = recognise(reading(turned))[0]
    assert (best.source, best.recognised) == (source, True)
    assert recognition.fingerprint(turned.split("|")) == recognition.fingerprint(text.split("|"))


@pytest.mark.parametrize("text", FOREIGN)
def test_an_unknown_header_gives_candidates_and_no_load(text: str) -> None:
    assert not any(candidate.recognised for candidate in recognise(reading(text)))


def test_a_candidate_says_what_is_missing() -> None:
    best = next(
        one
        for one in recognise(reading("REFERRAL_ID|RFL_STATUS_C_NAME|RFL_CLASS_C_NAME|PAT_ID"))
        if one.source == "epic_referral"
    )
    assert best.missing == ("Received or Entered or Written by the referrer",)
    assert not best.recognised


def test_one_letter_wrong_is_understood_and_said() -> None:
    best = recognise(reading("Date Received|Referring Providr|Referring Practice"))[0]
    assert best.columns["referrer"] == 1
    assert best.doubtful == (1,)


@pytest.mark.parametrize(
    ("header", "place"),
    [
        ("Date Received|Patient Name|DOB|Phone Number|Referring Provider", 3), ("Date Received|Referring Provider|Patient Name|DOB|Address|City|Zip|Phone #|Site", 7),
        ("Date Received|Patient Name|Referring Provider|Phone", None), ("Date Received|Phone|Patient Name|Referring Provider", None),
        ("Date Received|Patient Name|Emergency Contact|Phone|Referring Provider", None), ("Date Received|Referring Provider|Practice Fax|Phone|Patient Name", None),
        ("Date Received|Patient Name|Patient Phone|Phone|Referring Provider", 2),
    ],
)  # fmt: skip
def test_a_telephone_is_the_patients_where_the_columns_before_it_are(header: str, place: int | None) -> None:
    assert recognise(reading(header))[0].columns.get("patient_phone") == place


def test_of_an_address_and_a_telephone_beside_a_patient_both_are_the_patients() -> None:
    best = recognise(reading("Date Received|Patient Name|E-mail|Cell Phone|Referring Provider"))[0]
    assert (best.columns["patient_email"], best.columns["patient_phone"]) == (2, 3)


@pytest.mark.parametrize(
    ("a", "b"), [("Taxonomy Code 1", "Taxonomy Code 2"), ("Contact Attempt 1", "Contact Attempt 2"), ("Site", "Sites")]
)
def test_a_wrong_digit_or_a_short_word_is_no_slip(a: str, b: str) -> None:
    assert not headers.is_typo(a, b)


def test_words_above_the_table_fill_a_missing_column() -> None:
    read = reading("Subject ID|Date of Consent|Date Screened|Eligible for Enrollment?")
    read.context = {"Protocol": "ABC-101", "Investigator Name": "Lee", "Site Number": "NYC01"}
    best = recognise(read)[0]
    assert best.recognised
    assert best.context == {"study": "ABC-101", "site": "NYC01"}


def test_a_column_wins_over_words_above_the_table() -> None:
    read = reading("Protocol|Subject ID|Date of Consent|Date Screened")
    read.context = {"Protocol": "ABC-101"}
    assert recognise(read)[0].context == {}


def test_a_mended_rejects_workbook_is_recognised_as_its_origin() -> None:
    text = HEADERS["referral_log"][1]
    plain, mended = recognise(reading(text))[0], recognise(reading(f"{text}|Why|What to do|File row"))[0]
    assert (mended.source, mended.columns, mended.score, mended.unused) == (
        plain.source,
        plain.columns,
        plain.score,
        plain.unused,
    )


def test_a_header_is_used_once() -> None:
    for source, texts in HEADERS.items():
        for text in texts:
            columns = recognition.match(registry()[source], text.split("|"), {}).columns
            assert len(set(columns.values())) == len(columns)


@pytest.mark.parametrize("source", registry().values(), ids=lambda source: source.name)
def test_a_source_recognises_its_own_template(source: object) -> None:
    labels = [declared.label for declared in source.fields]  # type: ignore[attr-defined]
    header = [*labels, *source.further]  # type: ignore[attr-defined]
    best = recognise(Reading("xlsx", header, [1], 1))[0]
    assert best.source == source.name  # type: ignore[attr-defined]
    assert len(best.columns) == len(labels)


@pytest.mark.parametrize("source", registry().values(), ids=lambda source: source.name)
def test_no_two_fields_of_a_source_share_a_label(source: object) -> None:
    labels = [squash(declared.label) for declared in source.fields]  # type: ignore[attr-defined]
    assert len(set(labels)) == len(labels)


@settings(deadline=None)
@given(st.lists(st.text(max_size=20), min_size=1, max_size=12))
def test_no_header_breaks_recognition(header: list[str]) -> None:
    for candidate in recognise(Reading("csv", header, [1], 0)):
        assert all(0 <= place < len(header) for place in candidate.columns.values())


@pytest.mark.parametrize(
    "towards",
    ["Referral To Provider", "Referred To Provider", "Refer-to Provider", "Provider Referred To", "Refd To Dr"],
)
def test_whoever_is_referred_to_is_nobody_who_refers(towards: str) -> None:
    alone = recognise(Reading("csv", ["Referral Date", "Patient Name", "DOB", towards], [1], 1))
    assert all(one.columns.get("referrer") != 3 for one in alone if one.source == "referral_log")
    both = recognise(Reading("csv", ["Referral Date", "Patient Name", towards, "Refer From Provider"], [1], 1))[0]
    assert (both.recognised, both.columns["referrer"]) == (True, 3)


def test_a_time_in_utc_is_no_local_time_and_a_local_one_is_none_in_utc() -> None:
    for header, field in (("Call Time (UTC)", "start_utc"), ("Time of Call", "clock"), ("Call Start", "start")):
        found = recognise(
            Reading("csv", ["Call Date" if field == "clock" else "Agent", header, "Direction", "Result"], [1], 1)
        )[0]
        assert found.columns[field] == 1
        assert field == "start_utc" or "start_utc" not in found.columns


def test_a_column_that_nobody_needs_is_no_misspelling_of_another() -> None:
    header = ["Record ID", "redcap_event_name", "Date of consent", "Date of completion", "Complete?"]
    found = next(one for one in recognise(Reading("csv", header, [1], 1)) if one.source == "redcap_records")
    assert 4 not in found.columns.values()


def test_ordinals_tell_headers_apart() -> None:
    assert headers.header_words("Called pt (1st)") != headers.header_words("Called pt (2nd)")


@pytest.mark.parametrize(
    "text",
    [
        "Date|Patient|MRN|DOB|Provider|Location|CPT|Charge|Status",  # charges
        "Date|Time|Patient|DOB|Provider|Facility|Type|Status",  # a day's schedule
        "Order Date|Patient Name|MRN|DOB|Ordering Provider|Ordering Provider NPI|Test|Result|Units|Result Date|Status",  # laboratory
        "Referring Provider|Referring Provider NPI|Practice Name|Fax|Patient Name|MRN|DOB|Visit Date|Location|Visit Type",  # patients' visits
        "Claim ID|Date of Service|Patient Name|DOB|Referring Provider|Facility|Billed|Paid|Appointment Status",
        "Date Written|Patient|DOB|Referring Provider|Drug|Qty|Refills|Status",
        "Date Received|Patient|MRN|Site|Complaint|Assigned To|Status|Date Closed",
        "Date Received|Patient Name|DOB|Requested By|Practice|Type|Date Sent|Status",  # requests for records
        "Auth Number|Date Received|Patient Name|MRN|DOB|Referring Provider|Payer|Procedure|Auth Status|Approved Date",
        "Date|Employee|Account|Miles|Purpose|Amount",  # a liaison's expenses
    ],
)
def test_tables_about_other_things_are_not_loaded_without_asking(text: str) -> None:
    assert not any(candidate.recognised for candidate in recognise(Reading("csv", text.split("|"), [1], 0)))


def test_a_bare_date_is_the_visits_where_the_table_is_of_visits() -> None:
    best = recognise(
        Reading(
            "csv",
            ["Date", "Time", "Patient", "DOB", "Provider", "Facility", "Appointment type", "Appointment status"],
            [1],
            0,
        )
    )[0]
    assert (best.source, best.recognised, best.columns["start"], best.columns["start_time"]) == (
        "appointments",
        True,
        0,
        1,
    )


def test_no_show_is_no_show_or_no_show() -> None:
    best = recognise(Reading("csv", ["Date Received", "Patient", "Referring Provider", "Appt", "No show?"], [1], 0))[0]
    assert "visit" not in best.columns
    assert best.columns["no_show"] == 4


@pytest.mark.parametrize(
    ("header", "field"), [("Office", "practice"), ("Fax", "practice_fax"), ("Phone", "practice_phone")]
)
def test_what_says_nothing_alone_is_the_referrers_beside_the_referrer(header: str, field: str) -> None:
    best = recognise(Reading("csv", ["Date Received", "Patient", "Site", "Referring Provider", header], [1], 0))[0]
    assert best.columns[field] == 4
    far = recognise(Reading("csv", ["Date Received", "Patient", "Referring Provider", "Site", header], [1], 0))[0]
    assert field not in far.columns


def test_a_time_whose_column_says_utc_is_used_where_no_other_gives_it() -> None:
    best = recognise(Reading("csv", ["Lead ID", "Created At (UTC)", "Campaign", "Status"], [1], 0))[0]
    assert (best.source, best.recognised, best.columns["created"]) == ("lead_list", True, 1)


def test_names_without_room_for_a_blank_are_two_words() -> None:
    assert headers.header_words("APPTDT") == headers.header_words("Appt Date")
    assert headers.header_words("PATIENT") == ("patient",)


def test_a_form_that_names_patients_is_no_survey() -> None:
    header = ["Timestamp", "Patient Initials", "DOB", "Referring Provider", "Practice", "Called?", "Study"]
    best = recognise(Reading("csv", header, [1], 0))[0]
    assert (best.source, best.recognised, best.columns["received"]) == ("referral_log", True, 0)


def test_a_title_says_that_referrals_are_outgoing() -> None:
    header = ["Referral Id", "Ref Date", "Patient Name", "Ref From Provider", "Ref To Provider", "Status"]
    titled = Reading("csv", header, [2], 0, top=[(1, ["Outgoing Referrals", "", ""]), (2, header)])
    assert recognise(titled)[0].context == {"direction": "outgoing"}
    assert recognise(Reading("csv", header, [1], 0, top=[(1, header)]))[0].context == {}
