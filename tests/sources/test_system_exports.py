"""What EHRs, worklists, schedulers and telephone systems call their columns and states, and how they write their cells."""

from __future__ import annotations

from typing import Any

import pytest

from pipelines.mapping.cells import _judge
from pipelines.readers import Reading
from pipelines.readers.structure.header import with_groups
from pipelines.readers.structure.rows import is_totals
from pipelines.recognition import recognise
from pipelines.recognition.headers import header_words
from pipelines.sources import registry
from pipelines.values import dates

HEADERS = [
    # source, header, what some of its columns are
    (
        "referral_log",
        ("Ref Id", "Ref Date", "Ref From", "Ref From Facility", "Ref To", "Ref To Facility", "Patient Name", "DOB"),
        {"referrer": "Ref From", "practice": "Ref From Facility", "site": "Ref To Facility"},
    ),
    (
        "referral_log",
        ("Referral Date", "Referring From Provider Name", "Referring From Facility", "Referring To Provider Name",
         "Referring To Facility", "Status"),
        {"referrer": "Referring From Provider Name", "practice": "Referring From Facility", "site": "Referring To Facility"},
    ),
    (
        "referral_log",
        ("Date Sent", "Patient Name", "DOB", "Sending Organization", "Sending Provider", "Receiving Location", "Receiving Provider", "Status"),
        {"referrer": "Sending Provider", "practice": "Sending Organization", "site": "Receiving Location", "authored": "Date Sent"},
    ),
    (
        "referral_log",
        ("Ref Rec'd", "Pt Name", "DOB", "Ref MD", "Ref Office", "Ref Phone", "Appt"),
        {"practice": "Ref Office", "practice_phone": "Ref Phone"},
    ),
    (
        "referral_log",
        ("Date Received", "Patient", "DOB", "Referring Doctor", "Provider No.", "Practice", "Appt Status"),
        {"practice": "Practice"},
    ),
    (
        "referral_log",
        ("Referral ID", "Referral Creation Date", "Referral Received Date", "First Contact Attempt Date", "Referring Provider", "Referral Status", "Status Updated"),
        {"authored": "Referral Creation Date", "called_1": "First Contact Attempt Date", "changed": "Status Updated"},
    ),
    (
        "appointments",
        ("ApptStart", "PatientId", "PatientName", "ApptTypeDesc", "ApptStatus", "Facility", "ReferringDoctor", "Created"),
        {"start": "ApptStart", "status": "ApptStatus", "created": "Created"},
    ),
    (
        "appointments",
        ("Appt Date", "Appt Time", "Patient Name", "MRN", "Provider", "Visit Type", "Appt Status", "Department Name", "ApptCreateDate"),
        {"site": "Department Name", "service": "Visit Type", "created": "ApptCreateDate"},
    ),
    (
        "appointments",
        ("Appt ID", "Appt Date", "MRN", "Checked In", "No Show", "Cancelled"),
        {"no_show": "No Show", "cancelled": "Cancelled", "checked_in": "Checked In"},
    ),
    (
        "ris_exams",
        ("Accession", "Modality", "Exam Complete Date", "Prelim Date", "Final Signed Date", "Ordering Provider"),
        {"prelim": "Prelim Date", "final": "Final Signed Date"},
    ),
    (
        "ris_exams",
        ("Accession Number", "Modality", "Study Date Time", "Completion Date Time", "Report Approved Date Time", "Referring Physician"),
        {"ended": "Completion Date Time", "final": "Report Approved Date Time"},
    ),
]  # fmt: skip


@pytest.mark.parametrize(("source", "header", "told"), HEADERS)
def test_a_column_is_what_its_system_calls_it(source: str, header: tuple[str, ...], told: dict[str, str]) -> None:
    found = recognise(Reading("csv", list(header), [1], 3))[0]
    columns = {name: header[place] for name, place in found.columns.items()}
    assert (found.source, found.recognised) == (source, True)
    assert {name: columns.get(name) for name in told} == told


def test_a_no_show_is_no_number_of_shows() -> None:
    assert header_words("No Show") != header_words("Show/No Show")


def test_a_letter_sent_to_somebody_is_no_patient_sent_to_them() -> None:
    assert "towards" not in header_words("Sent To")
    assert "towards" in header_words("Sent To Practice")


STATES = [
    ("appointments", "Rescheduled", "cancelled"), ("epic_pat_enc", "Rescheduled", "cancelled"), ("allegiancemd_appointments", "Rescheduled", "cancelled"),
    ("appointments", "In Room", "arrived"), ("appointments", "Ready for provider", "arrived"), ("appointments", "Discharged", "fulfilled"),
    ("appointments", "3 - DNA", "noshow"), ("appointments", "Failed to attend", "noshow"), ("appointments", "Pt failed to show", "noshow"),
    ("appointments", "7 - Late not seen", "left_unseen"), ("appointments", "Walked out", "left_unseen"), ("appointments", "Deleted", "cancelled"),
    ("appointments", "CHK", "fulfilled"), ("appointments", "CONF", "booked"), ("appointments", "Tentative", "proposed"), ("appointments", "Check-out", "fulfilled"),
    ("referral_log", "Awaiting records", "info_requested"), ("referral_log", "Pt deceased", "cancelled"), ("referral_log", "Scheduled elsewhere", "declined"),
    ("referral_log", "Insurance denied", "declined"), ("referral_log", "Unresponsive", "declined"), ("referral_log", "Appointment Completed", "kept"),
    ("referral_log", "Sent to scheduling", "none"), ("referral_log", "Discontinued", "cancelled"),
]  # fmt: skip


@pytest.mark.parametrize(("source", "text", "value"), STATES)
def test_a_state_is_what_its_system_means(source: str, text: str, value: str) -> None:
    assert _judge(registry()[source].field("status"), text) == (value, 0)


@pytest.mark.parametrize("text", ["2 Week Wait", "2WW", "Suspected cancer"])
def test_a_wait_of_two_weeks_is_urgent(text: str) -> None:
    assert _judge(registry()["referral_log"].field("priority"), text) == ("urgent", 0)


def test_a_call_that_was_cancelled_before_anybody_answered_is_given_up() -> None:
    assert _judge(registry()["call_log"].field("result"), "Call canceled") == ("abandoned", 0)


def test_a_caller_was_talked_to_whatever_was_agreed(desk: Any) -> None:
    desk.map("""
Call ID,Call Date/Time,Direction,Queue,Wait Time,Talk Time,Disposition
1,2026-03-14 14:05:10,Inbound,Referrals,40,230,Appointment scheduled
2,2026-03-14 15:15:10,Inbound,Referrals,50,0,Busy
""")
    assert desk.rows("call", "answered") == [(True,), (False,)]


def test_a_number_or_a_code_beside_a_name_is_no_part_of_it(desk: Any) -> None:
    desk.map("""
Date Received,Referring Provider,Referring Practice,Patient,DOB
2026-03-14,"Smith, John MD (1234567893)",Riverside [201],Jane Doe,1961-07-04
2026-03-15,"1679576722 - LEE, ANNA",NULL,Rich Roe,1951-07-04
2026-03-16,"PARK, PETER A [E10023]",(null),Ed Poe,1941-07-04
2026-03-17,"Hill, Dr Karen",,Al Zoe,1941-07-04
2026-03-18,NULL,,Bo Moe,1941-07-04
2026-03-19,"Null, Robert",Oak,Bo Noe,1941-07-04
""")
    assert desk.rows("practitioner", "npi", "family_name", "given_name") == [
        ("1234567893", "Smith", "John"), ("1679576722", "Lee", "Anna"), (None, "Park", "Peter"), (None, "Hill", "Karen"), (None, "Null", "Robert"),
    ]  # fmt: skip
    assert desk.rows("organization", "name") == [("Riverside",), ("Oak",)]


def test_a_number_that_is_no_npi_names_nobody(desk: Any) -> None:
    desk.map('Date Received,Referring Provider,Patient,DOB\n2026-03-14,"Smith, John 1234567890",Jane Doe,1961-07-04\n')
    assert desk.rows("practitioner", "npi", "family_name") == [(None, "Smith")]


def test_a_practice_named_once_above_its_doctors_is_pointed_out(desk: Any) -> None:
    rows = [
        "Riverside,2026-03-14,Dr. Lee",
        ",2026-03-15,Dr. Ito",
        ",2026-03-16,Dr. Roy",
        "Oak,2026-03-17,Dr. Kim",
        ",2026-03-18,Dr. Orr",
    ]
    log = "\n".join(["Referring Practice,Date Received,Referring Provider", *rows])
    assert desk.faults(desk.map(log))["named_once"] == 1
    beside = "\n".join(
        [
            "Date Received,Referring Provider,Referring Practice",
            *[",".join((*row.split(",")[1:], row.split(",")[0])) for row in rows],
        ]
    )
    assert "named_once" not in desk.faults(desk.map(beside))


def test_times_are_read_in_the_zone_that_the_row_names(desk: Any) -> None:
    mapped = desk.map(
        """
Appointment ID,Appointment Start,Time Zone,Patient ID,Appointment Status,Location
1,2026-03-14 09:30,America/Los_Angeles,P1,Completed,West
2,2026-03-14 09:30,Eastern Time (US & Canada),P2,Completed,East
3,2026-03-14 09:30,,P3,Completed,East
""",
        zones={"East": "America/Chicago"},
    )
    assert [str(start) for (start,) in desk.rows("appointment", "start_at")] == [
        "2026-03-14 16:30:00", "2026-03-14 13:30:00", "2026-03-14 14:30:00",
    ]  # fmt: skip
    assert "Times are read in the zone that “Time Zone” names." in mapped.decisions


def test_what_a_visit_became_may_stand_in_a_column_for_each(desk: Any) -> None:
    desk.map("""
Appt ID,Appt Date,MRN,Appt Status,Checked In,Checked Out,No Show,Cancelled,Cancel Date
1,2026-03-14,M1,Scheduled,Y,Y,N,N,
2,2026-03-14,M2,Scheduled,N,N,Y,N,
3,2026-03-14,M3,,N,N,N,1,
4,2026-03-14,M4,Scheduled,N,N,N,N,2026-03-10
5,2026-03-14,M5,Completed,N,N,N,N,
""")
    assert desk.rows("appointment", "status") == [
        ("fulfilled",), ("noshow",), ("cancelled",), ("cancelled",), ("fulfilled",),
    ]  # fmt: skip


def test_a_visit_yet_to_come_is_not_missed_because_it_is_not_kept(desk: Any) -> None:
    desk.map("Appointment ID,Appointment Date,MRN,Kept,Location\n1,2026-03-15,M1,No,Main\n2,2026-12-20,M2,No,Main\n")
    assert desk.rows("appointment", "status") == [("noshow",), ("booked",)]


def test_a_state_with_its_day_is_a_step_of_the_referral(desk: Any) -> None:
    desk.map("""
Referral ID,Date Received,Referring Provider,Patient,Status,Status Date
1,2026-03-13,"Smith, John",Jane Doe,Scheduled,2026-03-16
2,2026-03-13,"Smith, John",Rich Roe,Declined,2026-03-17
3,2026-03-13,"Smith, John",Ed Poe,Scheduled,
""")
    assert [(code, str(day)) for code, day in desk.rows("referral_event", "code", "occurred_on")] == [
        ("scheduled", "2026-03-16"), ("declined", "2026-03-17"),
    ]  # fmt: skip


def test_an_order_that_was_cancelled_has_no_exam_and_one_that_is_done_says_nothing_of_its_report(desk: Any) -> None:
    mapped = desk.map("""
Accession,Modality,Exam Date,Final Report,Order Status
A1,MR,2026-03-14 09:40,2026-03-14 11:30,Completed
A2,CT,2026-03-14 10:40,,Cancelled
""")
    assert [str(final) for (final,) in desk.rows("imaging_study", "final_at")] == ["2026-03-14 15:30:00"]
    assert desk.faults(mapped)["not_an_exam_yet"] == 1


def test_a_group_that_says_whose_stands_before_a_provider_or_a_place() -> None:
    assert with_groups(["Provider", "Practice", "MRN"], ["Referring", "", "Patient"]) == ["Referring Provider", "Referring Practice", "MRN"]  # fmt: skip
    assert with_groups(["Provider"], ["Visit details"]) == ["Provider"]


def test_a_subtotal_may_name_whose_it_is_in_one_cell() -> None:
    assert is_totals(["Subtotal John Smith MD: 2", "", "", "", ""], 5)
    assert not is_totals(["Total Care of Denver", "", "", "", ""], 5)


def test_a_time_may_stand_behind_an_at_sign() -> None:
    found = dates.shape("MAR 02, 2026@10:15")
    assert found is not None
    assert found.timed
