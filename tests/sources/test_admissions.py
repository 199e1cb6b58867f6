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
