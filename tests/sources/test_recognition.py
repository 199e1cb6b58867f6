"""Which export a header row is; tolerant of spelling, never silently wrong."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines import recognition
from pipelines.readers import Reading
from pipelines.recognition import recognise
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
        "referral_id|patient_id|facility_id|program_type_requested|referral_source|referral_timestamp|conversion_status|conversion_reason",
        "Event|servicerequest_requester_display|servicerequest_status|servicerequest_id|servcierequest_authoredon|servicerequest_performer_display",
    ],
    "epic_referral": ["REFERRAL_ID|PAT_ID|ENTRY_DATE|RFL_STATUS_C_NAME|REFERRING_PROV_ID_REFERRING_PROV_NAM|RFL_CLASS_C_NAME|REFD_TO_LOC_POS_ID|PRIORITY_C_NAME"],
    "epic_referral_hist": ["REFERRAL_ID|LINE|CHANGE_DATE|CHANGE_TYPE_C_NAME|PREVIOUS_VALUE|CHANGE_DATETIME|CHANGE_LOCAL_DTTM|NEW_RFL_STATUS_C_NAME"],
    "appointments": ["REFERRAL_ID|LINE_COUNT|SERVICE_DATE|EXT_SVC_POS_ID|EXT_APPT_STATUS_C_NAME|EXT_APPT_UNIQ_ID|EXT_SVC_UTC_DTTM|EXT_SVC_DTTM",
                     "Appointment ID|MRN|Appt Date|Appt Time|Status|Visit Type|Location", "Patient Name|DOB|Appointment Date|Appointment Status|Date Made"],
    "screening_log": ["Subject ID|Date of Consent|Version of Consent|Date Screened|Eligible for Enrollment?|Ineligibility Reason (if applicable)|Protocol",
                      "Protocol|Enrolled|Screening Number|Subject Number|Initials|Screening Failure|Enrollment Failure"],
    "outreach_log": ["Date|Liaison|Practice|Provider|Channel|Purpose|Outcome|Minutes|Next Visit|Site", "Visit Date|Rep|Account|Type|Result|Notes"],
    "survey_invites": ["Invite ID|Survey|Practice|Site|Sent On|Delivered"],
    "surveymonkey": ["Respondent ID|Collector ID|Start Date|End Date|IP Address|Email Address|First Name|Last Name|Custom Data 1|How likely are you to recommend us?"],
    "qualtrics": ["StartDate|EndDate|Status|IPAddress|Progress|Duration (in seconds)|Finished|RecordedDate|ResponseId|RecipientLastName|ExternalReference|Q1"],
}  # fmt: skip
FOREIGN = [
    "id|created_at|updated_at|doctor_id|patient_id|referrer_id|inbound_fax_id|outbound_referral_id|estimated_value|security_code",
    "Name|Amount|Currency",
    "Call ID|Leg ID|Start Time|Answer Time|Stop Time|Talk Time|Caller|Callee|Direction|Cause|Status",
    "Campaign|Impressions|Clicks|Cost|Conversions",
    "Patient|Referred To|Description|Note",
    "RefID|RefType|MemberID|MemberPlanID|RefDate|ApptDate|ApptTime|NbrOfVis|ReferredTo_PhysID|Loc_PhysID|TOS1|TOS2",
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
    ("a", "b"), [("Taxonomy Code 1", "Taxonomy Code 2"), ("Contact Attempt 1", "Contact Attempt 2"), ("Site", "Sites")]
)
def test_a_wrong_digit_or_a_short_word_is_no_slip(a: str, b: str) -> None:
    assert not recognition._typo(a, b)


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
    best = recognise(Reading("xlsx", labels, [1], 1))[0]
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
