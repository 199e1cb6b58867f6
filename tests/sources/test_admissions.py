"""HL7 v2 messages about one visit or one patient, which say what they say between them."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

from pipelines import ingest, readers
from pipelines.readers import ReadOptions
from pipelines.workspace import Workspace

PATIENT = "PID|1||123^^^H^MR||Doe^Jane||19610704|F"


def message(kind: str, sent: str, *segments: str) -> str:
    return "\r".join((f"MSH|^~\\&|EHR|CLINIC|||{sent}||{kind}|M{sent}|P|2.3", *segments)) + "\r"


def visit(number: str, patient_class: str = "O") -> str:
    return f"PV1|1|{patient_class}|CARD^^^NORTH" + "|" * 16 + number


CAME = message("ADT^A04", "20260302100500", "EVN|A04|20260302100000", PATIENT, visit("V1"))
LEFT = message("ADT^A03", "20260304010500", "EVN|A03|20260304010000", PATIENT, visit("V1"))


def read_and_map(desk: Any, folder: Path, text: str) -> Any:
    path = folder / "feed.hl7"
    path.write_text(text, "utf-8", newline="")
    return desk.apply(readers.read(path, path.name, ReadOptions(), desk.con), None, None, None, None, {})


def test_a_visit_that_was_ended_or_called_off_later_began_when_it_was_said_to_begin(desk: Any, tmp_path: Path) -> None:
    called_off = message("ADT^A11", "20260309100500", "EVN|A11|20260309100000", PATIENT, visit("V2"))
    late = message("ADT^A04", "20260306100500", "EVN|A04|20260306100000|||NURSE|20260305100000", PATIENT, visit("V2"))
    mapped = read_and_map(desk, tmp_path, CAME + LEFT + late + called_off)
    assert desk.faults(mapped) == {"older_version": 2}
    told = desk.rows("appointment", "start_on", "status")
    assert told == [(dt.date(2026, 3, 2), "fulfilled"), (dt.date(2026, 3, 5), "cancelled")]


def test_a_discharge_alone_waits_for_the_message_with_which_the_visit_began(desk: Any, tmp_path: Path) -> None:
    mapped = read_and_map(desk, tmp_path, LEFT + LEFT.replace(visit("V1"), visit("V2", "I")))
    assert (mapped.rows_loaded, desk.faults(mapped)) == (1, {"time_awaited": 1, "unbooked_stay": 1})
    assert desk.rows("appointment", "start_at", "status") == [(None, "fulfilled")]


def test_a_discharge_loaded_before_or_after_its_admission_leaves_the_visit_its_day(workspace: Workspace) -> None:
    for name, text in (("left.hl7", LEFT), ("came.hl7", CAME), ("again.hl7", LEFT.replace("010500", "010600"))):
        ingest.load(workspace, ingest.inspect(workspace, ingest.receive(workspace, name, text.encode())))
        with workspace.warehouse.read() as reader:
            told = reader.all("select start_on, status from appointment")
        assert told == ([] if name == "left.hl7" else [(dt.date(2026, 3, 2), "fulfilled")])


def test_the_event_of_an_early_message_stands_in_its_event_segment(desk: Any, tmp_path: Path) -> None:
    read_and_map(desk, tmp_path, CAME.replace("ADT^A04", "ADT"))
    assert desk.rows("appointment", "status") == [("arrived",)]


def test_every_pair_that_a_message_merges_is_merged_by_its_medical_number(desk: Any, tmp_path: Path) -> None:
    alone = [message("ADT^A40", "20260302", f"PID|1||{kept}^^^H^MR", f"MRG|{prior}^^^H^MR") for kept, prior in (("123", "456"), ("124", "457"))]  # fmt: skip
    read_and_map(desk, tmp_path, "".join(alone))
    expected = desk.rows("patient_link", "patient_key", "other_key")
    together = message("ADT^A40", "20260302", "PID|1||123^^^H^MR", "MRG|9^^^SRC^PI~456^^^H^MR", "PID|2||124^^^H^MR", "MRG|457^^^H^MR")  # fmt: skip
    read_and_map(desk, tmp_path, together)
    assert desk.rows("patient_link", "patient_key", "other_key") == expected
    assert len(expected) == 2


def test_who_ordered_has_the_npi_of_no_other_whom_the_field_names(desk: Any, tmp_path: Path) -> None:
    ordering = ("55^HILL^ANN~1999999992^FOX^BOB", "55^HILL^ANN~1999999992^Hill^Ann", "55^HILL^ANN~1999999992")
    orders = [message("ORM^O01", f"2026030210050{place}", PATIENT, f"ORC|NW|P{place}|||||||20260302|||{who}", "OBR|1|||71250^CT chest^C4") for place, who in enumerate(ordering)]  # fmt: skip
    read_and_map(desk, tmp_path, "".join(orders))
    assert sorted(desk.rows("practitioner", "npi", "family_name"), key=str) == [("1999999992", "Hill"), (None, "Hill")]


def test_patients_booked_together_of_whom_one_is_read_are_told(desk: Any, tmp_path: Path) -> None:
    segments = ("SCH|1|F1|||||||||^^^20260310093000", PATIENT, "PID|2||124^^^H^MR||Fox^Bob")
    reading_of = (message("SIU^S12", "20260302", *segments), message("SIU^S12", "20260302", *segments[:2], PATIENT))
    found = []
    for text in reading_of:
        path = tmp_path / "feed.hl7"
        path.write_text(text, "utf-8", newline="")
        found.append([one.code for one in readers.read(path, path.name, ReadOptions(), desk.con).findings])
    assert found == [["hl7_more_patients"], []]


def test_a_booking_by_the_placers_number_is_the_one_cancelled_by_both(desk: Any, tmp_path: Path) -> None:
    booked = message("SIU^S12", "20260302", "SCH|P1||||||||||^^^20260310093000", PATIENT)
    cancelled = message("SIU^S15", "20260303", "SCH|P1|F1|||||||||^^^20260310093000", PATIENT)
    read_and_map(desk, tmp_path, booked + cancelled)
    assert desk.rows("appointment", "status", "created_on") == [("cancelled", dt.date(2026, 3, 2))]


def test_the_class_that_a_message_leaves_out_is_that_of_the_visits_other_messages(desk: Any, tmp_path: Path) -> None:
    def came(number: str, kind: str, patient_class: str, hour: int = 10) -> str:
        return message(
            f"ADT^{kind}",
            f"202603021{hour - 10}0500",
            f"EVN|{kind}|20260302100000",
            PATIENT,
            visit(number, patient_class),
        )

    stay = came("V1", "A01", "") + came("V1", "A08", "I", 11)
    admitted_later = came("V2", "A01", "") + came("V2", "A06", "I", 11)
    mapped = read_and_map(desk, tmp_path, stay + admitted_later + came("V3", "A01", ""))
    assert desk.faults(mapped) == {"unbooked_stay": 1, "no_visit": 2, "class_unknown": 1}
    assert len(desk.rows("appointment", "status")) == 2


def test_a_visit_whose_record_was_deleted_counts_no_longer(workspace: Workspace) -> None:
    gone = message("ADT^A23", "20260303100500", "EVN|A23|20260303100000", PATIENT, visit("V1"))
    for name, text, left in (("came.hl7", CAME, 1), ("gone.hl7", gone, 0)):
        ingest.load(workspace, ingest.inspect(workspace, ingest.receive(workspace, name, text.encode())))
        with workspace.warehouse.read() as reader:
            assert len(reader.all("select * from appointment")) == left


def test_patients_are_merged_by_every_event_that_merges_patients_and_by_none_that_moves_a_visit(
    desk: Any, tmp_path: Path
) -> None:
    kinds = ("A18", "A30", "A34", "A36", "A39", "A40", "A46", "A47", "A41", "A43", "A44", "A45", "A24", "A37")
    merges = [
        message(f"ADT^{kind}", "20260302", f"PID|1||{place}1^^^H^MR", f"MRG|{place}2^^^H^MR")
        for place, kind in enumerate(kinds)
    ]
    mapped = read_and_map(desk, tmp_path, "".join(merges))
    assert len(desk.rows("patient_link", "patient_key")) == 8
    assert desk.faults(mapped) == {"no_visit": 6}


def test_the_latest_message_is_the_one_sent_last_though_the_clocks_were_put_back(desk: Any, tmp_path: Path) -> None:
    schedule = ("SCH|P1|F1|||||||||^^^20261210093000", PATIENT)
    booked = message("SIU^S12", "20261101015000-0400", *schedule)
    cancelled = message("SIU^S15", "20261101010500-0500", *schedule)
    read_and_map(desk, tmp_path, cancelled + booked)
    assert desk.rows("appointment", "status") == [("cancelled",)]


def test_where_an_appointment_is_is_the_house_and_no_room(desk: Any, tmp_path: Path) -> None:
    places = {
        "AIL|1||ROOM5^^^MAIN HOSP": "MAIN HOSP", "PV1|1|O|HEART^^^MAIN HOSP\rAIL|1||ROOM5": "MAIN HOSP", "AIL|1||HEART CLINIC": "HEART CLINIC",
        "AIL|1||Exam Rm 3": None, "PV1|1|O|HEART CLINIC\rAIL|1||RM-12": "HEART CLINIC",
    }  # fmt: skip
    for segments, name in places.items():
        read_and_map(
            desk, tmp_path, message("SIU^S12", "20260302", "SCH|P1|F1|||||||||^^^20260310093000", PATIENT, segments)
        )
        assert desk.rows("site", "name") == ([(name,)] if name else [])


def test_the_start_may_stand_with_the_equipment_and_several_at_once_are_told(desk: Any, tmp_path: Path) -> None:
    with_equipment = message("SIU^S12", "20260302", "SCH|P1|F1", PATIENT, "AIG|1||MR1|||||20260310093000")
    series = message("SIU^S12", "20260303", "SCH|P2|F2|||||||||^^^20260311093000~^^^20260318093000", PATIENT)
    mapped = read_and_map(desk, tmp_path, with_equipment + series)
    assert [day for (day,) in desk.rows("appointment", "start_on")] == [dt.date(2026, 3, 10), dt.date(2026, 3, 11)]
    assert desk.faults(mapped) == {"hl7_more_times": 1}


def test_a_referral_answered_by_order_status_is_accepted_declined_and_completed(desk: Any, tmp_path: Path) -> None:
    asked = [message("OMG^O19", f"2026030210050{place}", PATIENT, f"ORC|NW|R{place}|||||||||||1234567893^Fox^Ann", f"OBR|1|R{place}||57133-1^Referral") for place in (1, 2)]  # fmt: skip
    told = [
        message("OSU^O51", f"2026030{day}100500", PATIENT, f"ORC|{control}|R{place}|||{status}")
        for day, control, place, status in ((3, "SC", 1, "IP"), (4, "UA", 2, "CA"), (5, "SC", 1, "CM"))
    ]
    mapped = read_and_map(desk, tmp_path, "".join(asked + told))
    assert (mapped.rows_loaded, desk.faults(mapped)) == (5, {})
    assert [code for (code,) in desk.rows("referral_event", "code")] == [
        "received",
        "received",
        "accepted",
        "declined",
        "completed",
    ]
    assert len(desk.rows("referral", "referral_id")) == 2


def test_who_asks_how_a_referral_stands_acknowledges_nothing(desk: Any, tmp_path: Path) -> None:
    sent = [
        message(kind, f"2026030{day}", "RF1|P|R|||O|R1", PATIENT)
        for day, kind in ((2, "REF^I12"), (3, "REF^I15"), (4, "RRI^I15"))
    ]
    read_and_map(desk, tmp_path, "".join(sent))
    assert [code for (code,) in desk.rows("referral_event", "code")] == ["received", "acknowledged"]
