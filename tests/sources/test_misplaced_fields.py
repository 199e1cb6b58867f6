"""Messages whose senders leave a field out or put one too many, so that what is meant stands beside its place."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sources.test_messages import MSH as SIU
from sources.test_messages import PID, SCH, read_and_map

REF = "MSH|^~\\&|GP|SOUTH|HOSP|MERCY|202603021015||{0}|M{1}|P|2.4"
PERSON = "PID|1||{0}^^^H^MR||Doe^Jane||19610704|F"
ASKING = "PRD|RP|Smith^Anna^^^Dr"


def referrals(desk: Any, folder: Path, *messages: tuple[str, ...], kind: str = "REF^I12") -> Any:
    """Map referrals of a patient each; of every message the segments beside its header and its patient."""
    text = "\r".join(
        line for number, segments in enumerate(messages)
        for line in (REF.format(kind, number), *segments, PERSON.format(f"000{number}"))
    )  # fmt: skip
    return read_and_map(desk, folder, text, "feed.hl7")


def appointments(desk: Any, folder: Path, *messages: tuple[str, ...], trigger: str = "S12") -> Any:
    text = "\r".join(
        line for number, segments in enumerate(messages) for line in (SIU.format(trigger, number), *segments, PID.format(""))
    )  # fmt: skip
    return read_and_map(desk, folder, text, "feed.hl7")


def test_a_day_where_the_number_belongs_does_not_make_one_of_all_referrals_of_that_day(
    desk: Any, tmp_path: Path
) -> None:
    day = "RF1|P|R|CARD^Cardiology|||20260302"
    mapped = referrals(desk, tmp_path, (day, ASKING), (day, ASKING))
    assert desk.rows("referral", "source_key", "authored_on::varchar") == [
        ("SOUTH/M0", "2026-03-02"),
        ("SOUTH/M1", "2026-03-02"),
    ]
    assert desk.faults(mapped)["referral_unnumbered"] == 2


@pytest.mark.parametrize("said", ["20260302^EHR", "20260303||20260301", "20150302", "20261399", "20260302101"])
def test_a_number_that_begins_like_a_day_is_a_number(desk: Any, tmp_path: Path, said: str) -> None:
    referrals(desk, tmp_path, (f"RF1|P|R|CARD^Cardiology|||{said.replace('||', '|')}", ASKING))
    assert desk.rows("referral", "source_key") == [(said.partition("^")[0].partition("|")[0],)]


def test_whoever_is_named_where_the_telephone_belongs_has_referred(desk: Any, tmp_path: Path) -> None:
    referrals(
        desk, tmp_path, ("RF1|P|R|||| R1", "PRD|RP|||||"), ("RF1|P|R||||R2", "PRD|RP||^^^^02110||D7^Healy^Niamh^^^Dr")
    )
    assert desk.rows("practitioner", "family_name", "given_name", "phone") == [("Healy", "Niamh", None)]
    referrals(desk, tmp_path, ("RF1|P|R||||R3", "PRD|RP||||(617) 555-0101^Work^Phone"))
    assert desk.rows("practitioner", "family_name") == []


def test_an_address_where_the_place_belongs_names_no_town_as_the_practice(desk: Any, tmp_path: Path) -> None:
    addresses = (
        "Beaumont Hospital^Main Road^^Dublin^D09 V2N0^IRL",
        "Greenpark Practice^^Waterford Road^Kilkenny^Kilkenny^IRL",
        "CARD^1^2^Harbor Clinic^^AMB",
        "12 Main Street^^Boston^MA^02110^USA",
    )
    referrals(desk, tmp_path, *((f"RF1|P|R||||R{n}", f"{ASKING}||{one}") for n, one in enumerate(addresses)))
    names = {name for (name,) in desk.rows("organization", "name")}
    assert names == {"Beaumont Hospital", "Greenpark Practice", "Harbor Clinic"}


def test_a_state_whose_text_says_something_else_than_its_code_was_not_accepted(desk: Any, tmp_path: Path) -> None:
    states = ("A^Active", "A^Accepted", "A")
    mapped = referrals(desk, tmp_path, *((f"RF1|{one}|R||||R{n}", ASKING) for n, one in enumerate(states)))
    assert [code for (code,) in desk.rows("referral_event", "code")].count("accepted") == 2
    assert desk.faults(mapped)["unknown_value"] == 1


def test_the_report_of_a_stay_that_is_sent_as_a_referral_is_none(desk: Any, tmp_path: Path) -> None:
    report, own = "OBR|1|D{0}||18842-5^Discharge summary^LN", "PRD|PP|Hickey^Paul^^^Dr"
    mapped = referrals(
        desk, tmp_path, (ASKING, own, report.format(1)), (ASKING, own, "OBR|1|D2||11488-4^Consultation note^LN"),
        (ASKING, "PRD|RT|Jones^Bob", report.format(3)), (ASKING, "PRD|CP|Jones^Bob", report.format(4)), ("RF1|P|R||||R5", ASKING, report.format(5)),
        (ASKING, own, "OBR|1|D6||57133-1^Referral note^LN", report.format(6)), (ASKING, own, "OBR|1|D7||X^Letter^L"),
    )  # fmt: skip
    assert {key for (key,) in desk.rows("referral", "source_key")} == {"D3", "D4", "R5", "D6", "D7"}
    assert (mapped.set_aside, desk.faults(mapped)["report_sent"]) == (2, 2)


@pytest.mark.parametrize(
    ("segments", "hour"),
    [
        (("SCH|P1|F1|||||ROUTINE|^Review||30|min|^^30^20260310093000^20260310100000",), 13),
        (("SCH|P1|F1|||||||||^^^^^~^^^20260310093000",), 13),
        (("SCH|P1|F1", "AIS|1|A|X", "AIS|2|A|Y|20260310103000", "AIS|3|A|Z|20260310093000"), 13),
        (("SCH|P1|F1", "AIG|1|A|Room|||||20260310093000"), 13),
    ],
)
def test_an_appointment_begins_when_any_of_its_segments_says(
    desk: Any, tmp_path: Path, segments: tuple[str, ...], hour: int
) -> None:
    appointments(desk, tmp_path, segments)
    assert [(start.day, start.hour) for (start,) in desk.rows("appointment", "start_at")] == [(10, hour)]


def test_months_on_a_waiting_list_are_no_appointment(desk: Any, tmp_path: Path) -> None:
    mapped = appointments(
        desk, tmp_path, ("SCH|P1|F1|||||||||^^^20261114000000^20270228000000",), ("SCH|P2|F2|||||||||^^^20261114^20261118",)
    )  # fmt: skip
    assert (mapped.rows_loaded, desk.faults(mapped)) == (1, {"appointment_untimed": 1})


def test_how_an_appointment_stands_is_told_by_the_field_that_names_the_table_and_by_what_became_of_it(
    desk: Any, tmp_path: Path
) -> None:
    at = SCH.format(1, "").rstrip("|")
    told = (f"{at}||||||COMPLETE^Complete^HL70278", f"{at}||||||||||||||Sch^Scheduled^SCHEDULING^Arr^Arrived^PROGRESS",
            f"{at}||||||COMPLETE^Complete^HL70277")  # fmt: skip
    appointments(desk, tmp_path, *((one.replace("|F1|", f"|F{n}|"),) for n, one in enumerate(told)), trigger="S14")
    assert desk.rows("appointment", "status") == [("fulfilled",), ("arrived",), ("booked",)]


def test_who_is_admitted_or_an_emergency_by_another_word_has_no_booked_visit(desk: Any, tmp_path: Path) -> None:
    classes = (
        "INPATIENT",
        "EMERGENCY",
        "IP",
        "ER",
        "OBS",
        "3^Inpatient",
        "I^Inpatient",
        "OUTPATIENT",
        "O^Outpatient",
        "R",
        "XY",
    )
    text = "\r".join(
        line for number, one in enumerate(classes) for line in (
            f"MSH|^~\\&|ADT|H|R|F|20260302101500||ADT^A01|M{number}|P|2.5", PERSON.format(number),
            f"PV1|1|{one}|Clinic||||||||||||||||V{number}|||||||||||||||||||||||||20260302100000")
    )  # fmt: skip
    mapped = read_and_map(desk, tmp_path, text, "feed.hl7")
    assert (mapped.rows_loaded, desk.faults(mapped)) == (4, {"unbooked_stay": 7, "class_unknown": 1})


def test_a_day_that_stands_before_the_last_day_of_a_referral_is_its_first(desk: Any, tmp_path: Path) -> None:
    referrals(desk, tmp_path, ("RF1|P|R|CARD^Cardiology|||20260302|20260402", ASKING))
    assert desk.rows("referral", "source_key", "authored_on::varchar") == [("SOUTH/M0", "2026-03-02")]


def test_a_visit_that_is_cancelled_because_it_was_missed_was_missed(desk: Any, tmp_path: Path) -> None:
    at = "SCH|P{0}|F{0}||||{1}|CHECKUP|||min|^^^{2}||||||||||||||CANCELED"
    told = (("NOSHOW^NO SHOW", "20260301083000"), ("NOSHOW^NO SHOW", "20260310083000"), ("SICK^Patient ill", "20260301083000"), ("20260301083000", "20260301083000"))  # fmt: skip
    appointments(desk, tmp_path, *((at.format(n, *one),) for n, one in enumerate(told)), trigger="S15")
    assert desk.rows("appointment", "status", "cancel_reason") == [
        ("noshow", None), ("cancelled", None), ("cancelled", "Patient ill"), ("cancelled", None)
    ]  # fmt: skip


@pytest.mark.parametrize("numbers", ["^^^^PI~77^^^H^NI", "^^^H^MR~77^^^H^PI", "77"])
def test_a_kind_of_number_that_the_patient_has_none_of_is_passed_over(desk: Any, tmp_path: Path, numbers: str) -> None:
    text = "\r".join(
        line for number, one in enumerate((numbers, "77^^^H^MR")) for line in (REF.format("REF^I12", number), f"RF1|P|R||||R{number}", f"PID|1|X{number}|{one}||Doe^Jane")
    )  # fmt: skip
    read_and_map(desk, tmp_path, text, "feed.hl7")
    assert len({who for (who,) in desk.rows("referral", "patient_key")}) == 1
