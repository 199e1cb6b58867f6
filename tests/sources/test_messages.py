"""Messages and resources at the edge: without a patient, without a date, with the patient's telephone."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest

from pipelines import mapping, readers
from pipelines.mapping import Choices
from pipelines.readers import ReadOptions
from pipelines.sources import registry

RECEIVED = dt.datetime(2026, 11, 1, 12)

MSH = "MSH|^~\\&|SCHED|CLINIC|||20260302101500||SIU^{0}|M{1}|P|2.5.1"
SCH = "SCH|P{0}|F{0}|||||||||^^^20260310093000||||||||||||||{1}"
PID = "PID|1||00012345^^^H^MR||Doe^Jane||19610704|F|||1 Main St^^Boston^MA^02110||{0}"


def read_and_map(desk: Any, folder: Path, text: str, name: str, part: str | None = None) -> Any:
    path = folder / name
    path.write_text(text, "utf-8")
    reading = readers.read(path, name, ReadOptions(part=part), desk.con)
    return desk.apply(reading, None, None, None, None, {})


def test_an_appointment_without_a_patient_is_loaded_and_time_that_is_blocked_is_none(desk: Any, tmp_path: Path) -> None:
    sent = [("S12", "Booked"), ("S12", "Blocked"), ("S23", "")]
    text = "\r".join(
        line for number, (trigger, status) in enumerate(sent) for line in (MSH.format(trigger, number), SCH.format(number, status))
    )  # fmt: skip
    mapped = read_and_map(desk, tmp_path, text, "feed.hl7")
    assert (mapped.rows_in, mapped.rows_loaded, mapped.rows_rejected, mapped.set_aside) == (1, 1, 0, 2)
    assert desk.faults(mapped) == {"no_patient": 1, "blocked_time": 2}
    assert desk.rows("appointment", "patient_key", "status") == [(None, "booked")]


def test_what_kind_of_visit_it_was_is_no_reason_for_its_cancellation(desk: Any, tmp_path: Path) -> None:
    reasons = ("ROUTINE^Routine^HL70277", "BOOKED", "MRI^MRI Brain", "^Patient request", "")
    text = "\r".join(
        line for number, reason in enumerate(reasons) for line in (
            MSH.format("S15", number), f"SCH|P{number}|F{number}||||{reason}|CHECKUP^Check-up||||^^^20260310093000",
            PID.format(""), "AIS|1||MRI^MRI Brain")
    )  # fmt: skip
    read_and_map(desk, tmp_path, text, "feed.hl7")
    told = desk.rows("appointment", "status", "cancel_reason")
    assert sorted(told, key=str) == [("cancelled", "Patient request"), *[("cancelled", None)] * 4]


def test_the_hour_of_an_appointment_is_told_with_the_service_where_the_schedule_names_only_the_day(
    desk: Any, tmp_path: Path
) -> None:
    told = [
        ("20260310", "20260310093000", 13),
        ("20260310000000", "20260310093000", 13),
        ("20260310", "20260311093000", 4),
        ("20260310101500", "20260310093000", 14),
    ]
    lines = [
        line for number, (day, service, _) in enumerate(told) for line in (
            MSH.format("S12", number), SCH.format(number, "Booked").replace("20260310093000", day), PID.format(""), f"AIS|1||MRI^MRI Brain|{service}")
    ]  # fmt: skip
    read_and_map(desk, tmp_path, "\r".join(lines), "feed.hl7")
    starts = [start for (start,) in desk.rows("appointment", "start_at")]
    assert [(start.day, start.hour) for start in starts] == [(10, hour) for *_, hour in told]


def test_a_cancellation_may_leave_out_the_time_of_the_visit_and_a_booking_may_not(desk: Any, tmp_path: Path) -> None:
    lines = [line for number, trigger in enumerate(("S12", "S15", "S26")) for line in (
        MSH.format(trigger, number), f"SCH|P{number}|F{number}" + "|" * 23 + "Cancelled", PID.format(""))]  # fmt: skip
    mapped = read_and_map(desk, tmp_path, "\r".join(lines), "feed.hl7")
    assert (mapped.rows_in, mapped.rows_loaded, mapped.rows_rejected) == (3, 2, 1)
    assert desk.faults(mapped) == {"appointment_untimed": 1, "time_awaited": 2}
    assert desk.rows("appointment", "status", "start_at") == [("cancelled", None), ("cancelled", None)]


def test_a_message_of_a_kind_of_the_houses_own_is_told(desk: Any, tmp_path: Path) -> None:
    sent = [("S12", "Booked"), ("Z02", "Arrived"), ("S99", "")]
    lines = [line for number, (trigger, status) in enumerate(sent) for line in (
        MSH.format(trigger, number), SCH.format(number, status), PID.format(""))]  # fmt: skip
    mapped = read_and_map(desk, tmp_path, "\r".join(lines), "feed.hl7")
    assert desk.faults(mapped) == {"own_trigger": 2}
    assert [status for (status,) in desk.rows("appointment", "status")] == ["booked", "arrived", "booked"]


def test_a_status_of_the_house_is_told_by_its_text(desk: Any, tmp_path: Path) -> None:
    told = {"Sch^Scheduled^SCHEDULING^In Fac^Arrived^PROGRESS": "arrived", "Sch^Scheduled^SCHEDULING": "booked", "6^ARRIVED": "arrived", "CANCELLED^Patient left": "cancelled", "^No-Show": "noshow"}  # fmt: skip
    lines = [line for number, status in enumerate(told) for line in (MSH.format("S14", number), SCH.format(number, status), PID.format(""))]  # fmt: skip
    mapped = read_and_map(desk, tmp_path, "\r".join(lines), "feed.hl7")
    assert [status for (status,) in desk.rows("appointment", "status")] == list(told.values())
    assert desk.faults(mapped) == {}


def test_an_imaging_order_without_numbers_goes_by_its_accession_number_and_modality(desk: Any, tmp_path: Path) -> None:
    lines = (
        MSH.format("S12", 1).replace("SIU^S12", "OMI^O23"), PID.format(""), "ORC|NW", "OBR||||" + "|" * 40 + "82800-4^PET CT Heart^LN",
        "IPC|ACC-7^RIS|RP-1|1.2.3|SPS-1|PT^Positron emission tomography^DCM|122793^PET Rest and Stress^DCM",
    )  # fmt: skip
    mapped = read_and_map(desk, tmp_path, "\r".join(lines), "orders.hl7")
    assert (mapped.rows_loaded, mapped.rows_rejected, mapped.set_aside) == (1, 0, 0)
    assert desk.rows("referral", "source_key", "service_line", "modality") == [("ACC-7", "PET CT Heart", "PT")]


def test_nobody_is_missed_before_the_hour_where_the_status_says_cancelled(desk: Any, tmp_path: Path) -> None:
    sent = [("20260302101500", "Cancelled"), ("20260311101500", "Cancelled"), ("20260302101500", "Noshow")]
    text = "\r".join(
        line for number, (at, status) in enumerate(sent)
        for line in (MSH.format("S26", number).replace("20260302101500", at), SCH.format(number, status), PID.format(""))
    )  # fmt: skip
    read_and_map(desk, tmp_path, text, "feed.hl7")
    assert [status for (status,) in desk.rows("appointment", "status")] == ["cancelled", "noshow", "noshow"]


def test_a_further_patient_has_orders_of_an_orm_and_earlier_results_of_an_omg(desk: Any, tmp_path: Path) -> None:
    second = PID.format("").replace("19610704", "19900101")
    orders = ["ORC|NW|{0}1|||||||20260302", "OBR|1|{0}1||CT^CT Head", second, "ORC|NW|{0}2|||||||20260302", "OBR|1|{0}2||US^US abdomen"]  # fmt: skip
    for kind, births, aside in (("ORM^O01", [1961, 1990], 0), ("OMG^O19", [1961], 1)):
        lines = [MSH.format("S12", 1).replace("SIU^S12", kind), PID.format(""), *(one.format(kind[:3]) for one in orders)]  # fmt: skip
        mapped = read_and_map(desk, tmp_path, "\r".join(lines), "feed.hl7")
        assert mapped.set_aside == aside
        assert sorted(year for (year,) in desk.rows("referral", "birth_year"))[-len(births) :] == births


def test_the_telephone_and_address_of_a_messages_patient_are_what_others_are_compared_by(
    desk: Any, tmp_path: Path
) -> None:
    told = ("(617) 555-0101^PRN^PH~^NET^Internet^jane@example.com", "6175550101^^^jane@example.com", "")
    seen = []
    for number, cell in enumerate(told):
        text = "\r".join((MSH.format("S12", number), SCH.format(number, "Booked"), PID.format(cell)))
        read_and_map(desk, tmp_path, text, "feed.hl7")
        seen += desk.con.execute("select phone, email from stated").fetchall()
    assert seen == [("6175550101", "jane@example.com")] * 2 + [(None, None)]


def test_a_request_that_was_completed_says_so_whatever_was_asked_for(desk: Any, tmp_path: Path) -> None:
    one = {"resourceType": "ServiceRequest", "intent": "order", "authoredOn": "2026-03-02", "subject": {"reference": "Patient/1"}, "code": {"text": "Cardiology consult"},
           "meta": {"lastUpdated": "2026-03-09T10:00:00Z"}, "requester": {"reference": "Practitioner/1"}}  # fmt: skip
    text = "\n".join(
        json.dumps(one | {"id": status, "status": status}) for status in ("active", "completed", "revoked")
    )
    read_and_map(desk, tmp_path, text, "ServiceRequest.ndjson")
    assert sorted(desk.rows("referral_event", "code", "reason_code")) == [
        ("cancelled", "revoked"),
        ("completed", "completed"),
    ]


def test_a_plan_without_a_date_is_left_out_and_an_order_without_one_is_rejected(desk: Any, tmp_path: Path) -> None:
    one = {"resourceType": "ServiceRequest", "status": "active", "subject": {"reference": "Patient/1"},
           "requester": {"reference": "Practitioner/1"}}  # fmt: skip
    wanted = [("plan", None), ("order", None), ("order", "2026-03-02"), ("plan", "2026-03-02")]
    text = "\n".join(
        json.dumps(one | {"id": str(number), "intent": intent} | ({"authoredOn": day} if day else {}))
        for number, (intent, day) in enumerate(wanted)
    )
    mapped = read_and_map(desk, tmp_path, text, "ServiceRequest.ndjson")
    assert (mapped.rows_in, mapped.rows_loaded, mapped.rows_rejected, mapped.set_aside) == (2, 1, 1, 2)
    assert desk.faults(mapped) == {"required_blank": 1, "not_ordered": 2}


def as_lines(resources: list[dict[str, Any]]) -> str:
    return "\n".join(json.dumps(one) for one in resources)


def test_a_plan_that_a_message_is_about_was_sent_and_so_is_a_referral(desk: Any, tmp_path: Path) -> None:
    request = {"resourceType": "ServiceRequest", "status": "active", "intent": "plan", "authoredOn": "2026-03-05", "subject": {"reference": "Patient/1"},
               "requester": {"display": "Bloggs, Joe"}}  # fmt: skip
    header = {"resourceType": "MessageHeader", "focus": [{"reference": "urn:uuid:a1"}]}
    entries = [{"resource": header}, {"fullUrl": "urn:uuid:a1", "resource": request}, {"fullUrl": "urn:uuid:a2", "resource": request}]  # fmt: skip
    bundle = {"resourceType": "Bundle", "type": "message", "entry": entries}
    mapped = read_and_map(desk, tmp_path, json.dumps(bundle), "sent.json", "ServiceRequest")
    assert (mapped.rows_loaded, mapped.set_aside, desk.faults(mapped)) == (1, 1, {"not_ordered": 1})
    assert desk.rows("referral", "source_key") == [("ServiceRequest/a1",)]


def test_what_is_told_of_an_order_that_nobody_asks_for_in_the_file_is_no_referral_of_nobody(
    desk: Any, tmp_path: Path
) -> None:
    asked = [MSH.format("O01", 1), PID.format(""), "ORC|NW|P1||||||||||^Lee^Ann", "OBR|1|P1||MRI^MRI brain"]
    cancelled = [line for number in (1, 2) for line in (MSH.format("O01", number + 1), f"ORC|CA|P{number}", f"OBR|1|P{number}||MRI^MRI brain")]  # fmt: skip
    text = "\r".join((*asked, *cancelled)).replace("SIU^O01", "ORM^O01")
    mapped = read_and_map(desk, tmp_path, text, "feed.hl7")
    assert desk.rows("referral", "source_key") == [("P1",)]
    assert sorted(code for (code,) in desk.rows("referral_event", "code")) == ["cancelled", "cancelled", "received"]
    assert desk.faults(mapped) == {"order_unknown": 1}


@pytest.mark.parametrize(
    ("section", "aside"), [("", True), ("LHL7", True), ("LAB", True), ("RAD", False), ("US", False)]
)
def test_an_order_with_a_specimen_is_a_laboratorys_unless_a_known_section_says_otherwise(
    desk: Any, tmp_path: Path, section: str, aside: bool
) -> None:
    order = [
        MSH.format("O01", 1),
        PID.format(""),
        "ORC|NW|P1||||||||||^Lee^Ann",
        f"OBR|1|P1||OB^Odczyn|||||||||||KP&Krew|||||||||{section}",
    ]
    mapped = read_and_map(desk, tmp_path, "\r".join(order).replace("SIU^O01", "ORM^O01"), "feed.hl7")
    assert (mapped.set_aside, desk.faults(mapped)) == ((1, {"laboratory_order": 1}) if aside else (0, {}))


def test_a_step_of_a_subject_tells_its_milestone_and_its_state(desk: Any, tmp_path: Path) -> None:
    step = {"milestone": [{"coding": [{"code": "SignedUp"}]}], "subjectState": {"coding": [{"code": "on-study"}]}, "startDate": "2026-01-05"}  # fmt: skip
    later = {"subjectState": {"coding": [{"code": "withdrawn"}]}, "startDate": "2026-02-05"}
    subject = {"resourceType": "ResearchSubject", "id": "s1", "status": "active", "study": {"identifier": {"value": "ABC-1"}},
               "subject": {"reference": "Patient/1"}, "progress": [step, later]}  # fmt: skip
    read_and_map(desk, tmp_path, as_lines([subject]), "ResearchSubject.ndjson")
    told = [(code, str(day)) for code, day in desk.rows("subject_event", "code", "occurred_on")]
    assert sorted(told) == [("identified", "2026-01-05"), ("on_study", "2026-01-05"), ("withdrawn", "2026-02-05")]
    ((study, code),) = desk.rows("research_study", "study_id", "code")
    assert (code, desk.con.execute("select study_key('abc 1') = ?", [study]).fetchall()) == ("ABC-1", [(True,)])


def test_states_and_milestones_in_lists_of_their_own_are_steps_and_a_subject_without_any_known_is_told(
    desk: Any, tmp_path: Path
) -> None:
    states = [{"code": {"coding": [{"code": "candidate"}]}, "startDate": "2026-07-01"}, {"code": {"coding": [{"code": "on-study"}]}, "startDate": "2026-07-09"}]  # fmt: skip
    signed = {"milestone": [{"coding": [{"code": "SignedConsent"}]}], "date": "2026-07-05"}
    common = {"resourceType": "ResearchSubject", "meta": {"lastUpdated": "2026-07-20T10:00:00Z"}, "status": "active",
              "study": {"reference": "ResearchStudy/1"}, "subject": {"reference": "Patient/1"}}  # fmt: skip
    subjects = [
        common | {"id": "1", "subjectState": states, "subjectMilestone": [signed]},
        common
        | {"id": "2", "progress": [{"subjectState": {"coding": [{"code": "on-study"}]}, "startDate": "2026-07-02"}]},
        common
        | {"id": "3", "progress": [{"subjectState": {"coding": [{"code": "third-visit"}]}, "startDate": "2026-07-01"}]},
        common | {"id": "4"},
        common | {"id": "5", "subjectMilestone": [signed]},
    ]
    mapped = read_and_map(desk, tmp_path, as_lines(subjects), "ResearchSubject.ndjson")
    told = [(code, str(day)) for code, day in desk.rows("subject_event", "code", "occurred_on")]
    assert sorted(told) == [("consented", "2026-07-05"), ("consented", "2026-07-05"), ("identified", "2026-07-01"),
                            ("on_study", "2026-07-02"), ("on_study", "2026-07-09")]  # fmt: skip
    assert desk.faults(mapped) == {"no_known_state": 2}


def test_answers_that_were_not_sent_off_yet_are_none(desk: Any, tmp_path: Path) -> None:
    one = {"resourceType": "QuestionnaireResponse", "questionnaire": "http://x/nps", "authored": "2026-02-02", "item": [{"linkId": "1", "answer": [{"valueInteger": 9}]}]}  # fmt: skip
    text = as_lines([one | {"id": status, "status": status} for status in ("completed", "in-progress")])
    mapped = read_and_map(desk, tmp_path, text, "QuestionnaireResponse.ndjson")
    assert (mapped.rows_loaded, desk.faults(mapped)) == (1, {"survey_unfinished": 1})


def test_the_modality_of_an_older_study_stands_in_its_list(desk: Any, tmp_path: Path) -> None:
    study = {"resourceType": "ImagingStudy", "id": "i3", "uid": "urn:oid:1.2.3", "patient": {"reference": "Patient/3"}, "started": "2017-01-01T11:01:20+03:00",
             "modalityList": [{"code": "US"}]}  # fmt: skip
    read_and_map(desk, tmp_path, as_lines([study]), "ImagingStudy.ndjson")
    assert desk.rows("imaging_study", "modality") == [("US",)]


CPT, LOINC, SNOMED = "http://www.ama-assn.org/go/cpt", "http://loinc.org", "http://snomed.info/sct"
NO_REFERRALS: dict[str, dict[str, Any]] = {
    "a second category": {"category": [{"text": "Outpatient"}, {"coding": [{"system": SNOMED, "code": "108252007"}]}], "code": {"text": "X"}},
    "a section": {"category": [{"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v2-0074", "code": "CH"}]}], "code": {"text": "X"}},
    "a CPT code": {"code": {"coding": [{"system": CPT, "code": "80061"}]}},
    "LOINC's way of writing": {"code": {"coding": [{"system": LOINC, "code": "718-7", "display": "Hemoglobin [Mass/volume] in Blood"}]}},
    "the words of a panel": {"code": {"coding": [{"system": SNOMED, "code": "16254007", "display": "Lipid Panel"}]}},
    "the words of a count": {"code": {"text": "CBC with differential"}},
    "an order that follows": {"intent": "reflex-order", "code": {"text": "T4"}},
    "the performer's copy": {"intent": "filler-order", "basedOn": [{"reference": "ServiceRequest/1"}]},
    "one of a series": {"intent": "instance-order", "basedOn": [{"reference": "ServiceRequest/1"}]},
    "an order to oneself": {"performer": [{"reference": "Practitioner/1"}]},
}  # fmt: skip
REFERRALS: dict[str, dict[str, Any]] = {
    "the category": {"category": [{"coding": [{"system": SNOMED, "code": "3457005"}]}], "code": {"text": "Glucose monitoring"}},
    "an image": {"category": [{"coding": [{"system": SNOMED, "code": "363679005"}]}], "code": {"coding": [{"system": CPT, "code": "71250", "display": "CT chest"}]}},
    "a clinic for the blood": {"code": {"text": "Referral to lipid clinic"}},
    "a therapy": {"code": {"text": "Physical therapy assessment"}},
    "a first order by whoever performs it": {"intent": "filler-order"},
    "a British one": {"intent": "plan", "identifier": [{"system": "https://fhir.nhs.uk/Id/UBRN", "value": "000049673531"}]},
}  # fmt: skip


def requests(told: dict[str, dict[str, Any]]) -> str:
    one = {"resourceType": "ServiceRequest", "status": "active", "intent": "order", "authoredOn": "2026-03-02", "subject": {"reference": "Patient/1"},
           "requester": {"reference": "Practitioner/1"}}  # fmt: skip
    return as_lines([one | more | {"id": str(number)} for number, more in enumerate(told.values(), 1)])


def test_a_request_for_a_service_is_a_referral_unless_it_asks_a_laboratory_oneself_or_nobody_new(
    desk: Any, tmp_path: Path
) -> None:
    mapped = read_and_map(desk, tmp_path, requests(NO_REFERRALS), "ServiceRequest.ndjson")
    assert (mapped.rows_in, mapped.set_aside) == (0, len(NO_REFERRALS))
    assert desk.faults(mapped) == {"laboratory_order": 3, "laboratory_words": 3, "order_within": 3, "own_order": 1}
    mapped = read_and_map(desk, tmp_path, requests(REFERRALS), "ServiceRequest.ndjson")
    assert (mapped.rows_loaded, mapped.set_aside) == (len(REFERRALS), 0)


def test_whoever_loads_a_file_can_let_all_of_its_orders_count(desk: Any, tmp_path: Path) -> None:
    path = tmp_path / "ServiceRequest.ndjson"
    path.write_text(requests(NO_REFERRALS), "utf-8")
    reading = readers.read(path, path.name, ReadOptions(), desk.con)
    desk.con.execute("create or replace table zone (site_id bigint, time_zone varchar)")
    best = mapping.recognise(reading, {"orders": "all"})[0]
    told = {"file_id": "a" * 64, "system": "fhir", "received_at": RECEIVED, "out_dir": desk.out}
    source = registry()["fhir_service_request"]
    mapped = mapping.apply(desk.con, reading, source, best.columns, {"orders": "all"}, Choices(), **told)
    assert (mapped.rows_loaded, mapped.set_aside) == (len(NO_REFERRALS), 0)


def test_an_order_whose_words_or_code_are_a_laboratorys_is_no_referral(desk: Any, tmp_path: Path) -> None:
    services = (
        "80061^Something^CPT4",
        "CBC^CBC WITH DIFF^L",
        "REF^AMBULATORY REFERRAL TO CARDIOLOGY^L",
        "71250^CT chest^CPT4",
    )
    text = "\r".join(
        line for number, service in enumerate(services)
        for line in (MSH.format("S12", number).replace("SIU^S12", "ORM^O01"), PID.format(""), f"ORC|NW|P{number}|||||||20260302", f"OBR|1|P{number}||{service}")
    )  # fmt: skip
    mapped = read_and_map(desk, tmp_path, text, "feed.hl7")
    assert desk.faults(mapped) == {"laboratory_order": 1, "laboratory_words": 1}
    assert desk.rows("referral", "source_key") == [("P2",), ("P3",)]


def test_a_task_within_another_or_about_something_else_says_nothing_of_the_request(desk: Any, tmp_path: Path) -> None:
    one = {
        "resourceType": "Task",
        "status": "completed",
        "lastModified": "2026-03-05T10:00:00Z",
        "focus": {"reference": "ServiceRequest/1"},
    }
    coded = {"coding": [{"system": "http://hl7.org/fhir/CodeSystem/task-code", "code": "abort"}]}
    tasks = [one, one | {"partOf": [{"reference": "Task/0"}]}, one | {"focus": {"reference": "Questionnaire/1"}, "basedOn": [{"reference": "ServiceRequest/1"}]},
             one | {"code": coded, "lastModified": "2026-03-06T10:00:00Z"}, one | {"code": coded, "status": "rejected"}]  # fmt: skip
    text = as_lines([task | {"id": str(number)} for number, task in enumerate(tasks)])
    mapped = read_and_map(desk, tmp_path, text, "Task.ndjson")
    assert desk.faults(mapped) == {"part_of_task": 1, "not_of_a_request": 1}
    assert desk.rows("referral_event", "code") == [("completed",), ("cancelled",)]


def test_a_task_that_forbids_what_it_is_about_is_no_step_of_the_request(desk: Any, tmp_path: Path) -> None:
    one = {
        "resourceType": "Task",
        "status": "completed",
        "lastModified": "2026-03-05T10:00:00Z",
        "focus": {"reference": "ServiceRequest/1"},
    }
    text = as_lines(
        [
            one | {"id": "1", "doNotPerform": True},
            one | {"id": "2", "doNotPerform": False, "focus": {"reference": "ServiceRequest/2"}},
        ]
    )
    mapped = read_and_map(desk, tmp_path, text, "Task.ndjson")
    assert desk.faults(mapped) == {"not_to_be_done": 1}
    assert desk.rows("referral_event", "code") == [("completed",)]


@pytest.mark.parametrize(("visit", "referrer"), [("PV1|1|O||||||1234567893^Hill^Ann", "Hill"), ("PV1|1|O", "Moss")])
def test_who_looks_after_the_patient_has_referred_where_nobody_else_is_named(
    desk: Any, tmp_path: Path, visit: str, referrer: str
) -> None:
    text = "\r".join(
        (
            MSH.format("", 1).replace("SIU^", "REF^I12"),
            "RF1|P|||||R1|20260302",
            "PRD|PP|Moss^Kay",
            PID.format(""),
            visit,
        )
    )
    read_and_map(desk, tmp_path, text, "feed.hl7")
    assert desk.rows("practitioner", "family_name") == [(referrer,)]


def test_a_practitioners_npi_and_name_are_found_as_any_system_writes_them(desk: Any, tmp_path: Path) -> None:
    npis = [
        {"system": "urn:oid:2.16.840.1.113883.4.6", "value": "1234567893"},
        {"type": {"coding": [{"code": "NPI"}]}, "value": "1234567893"},
    ]
    text = as_lines([
        {"resourceType": "Practitioner", "id": str(number), "identifier": [npi], "name": [{"text": "Dr Jane Q. Johnson, MD"}]}
        for number, npi in enumerate(npis)
    ])  # fmt: skip
    read_and_map(desk, tmp_path, text, "Practitioner.ndjson")
    told = desk.rows("practitioner", "npi", "family_name", "given_name", "credential")
    assert {row[1:] for row in told if row[0]} == {("Johnson", "Jane", "MD")}


def test_what_a_message_or_a_bundle_deletes_is_told_by_the_number_that_it_was_loaded_under(
    desk: Any, tmp_path: Path
) -> None:
    text = "\r".join((MSH.format("S12", 1), SCH.format(1, "Booked"), PID.format("")))
    read_and_map(desk, tmp_path, text, "feed.hl7")
    booked = desk.rows("appointment", "appointment_id")
    text = "\r".join((MSH.format("S17", 2), "SCH|P1|F1", PID.format("")))
    mapped = read_and_map(desk, tmp_path, text, "later.hl7")
    assert (mapped.rows_in, mapped.rows_loaded, desk.faults(mapped)) == (1, 1, {})
    assert desk.rows("deletion", "record", "record_id") == [("appointment_id", *booked[0])]
    read_and_map(desk, tmp_path, requests({"one": {}}), "ServiceRequest.ndjson")
    asked = desk.rows("referral", "referral_id")
    entries = [{"request": {"method": "DELETE", "url": url}} for url in ("ServiceRequest/1", "Patient/1")]
    bundle = {"resourceType": "Bundle", "type": "transaction", "entry": entries}
    mapped = read_and_map(desk, tmp_path, json.dumps(bundle), "deleted.ndjson")
    assert (mapped.rows_loaded, mapped.set_aside, desk.faults(mapped)) == (1, 1, {"deletion_kept": 1})
    assert desk.rows("deletion", "record", "record_id") == [("referral_id", *asked[0])]


def test_a_request_to_a_role_is_one_to_the_organization_it_is_a_role_of(desk: Any, tmp_path: Path) -> None:
    request = {
        "resourceType": "ServiceRequest", "id": "s", "status": "active", "intent": "order", "code": {"text": "Foot care"}, "subject": {"reference": "urn:uuid:4"},
        "authoredOn": "2026-03-02T09:55:00-05:00", "requester": {"reference": "urn:uuid:5"}, "performer": [{"reference": "urn:uuid:6"}],
    }  # fmt: skip
    role = {"resourceType": "PractitionerRole", "id": "r", "organization": {"reference": "urn:uuid:9"}}
    organization = {"resourceType": "Organization", "id": "o", "name": "Foot Clinic"}
    entries = [("urn:uuid:3", request), ("urn:uuid:6", role), ("urn:uuid:9", organization)]
    bundle = {
        "resourceType": "Bundle",
        "type": "message",
        "entry": [{"fullUrl": url, "resource": one} for url, one in entries],
    }
    read_and_map(desk, tmp_path, json.dumps(bundle), "referral.json", "ServiceRequest")
    assert desk.rows("site", "name") == [("Organization/o",)]


def test_an_encounter_of_fhirs_first_release_has_its_patient_and_its_class_as_a_word(desk: Any, tmp_path: Path) -> None:
    visits = [
        {"resourceType": "Encounter", "id": kind, "status": "finished", "class": kind, "patient": {"reference": "Patient/1"}, "period": {"start": "2016-03-01T10:00:00-05:00"}}
        for kind in ("outpatient", "inpatient", "emergency")
    ]  # fmt: skip
    mapped = read_and_map(desk, tmp_path, as_lines(visits), "visits.ndjson")
    assert (mapped.set_aside, desk.faults(mapped)) == (2, {"unbooked_stay": 2})
    ((patient,),) = desk.rows("appointment", "patient_key")
    assert patient is not None
