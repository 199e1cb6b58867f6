"""Which of two columns a field is, and about whom a column without a name of its own is."""

from __future__ import annotations

from typing import Any

import pytest

from pipelines.mapping.halves import DAY, HOUR, other_halves
from pipelines.readers import Reading
from pipelines.recognition import Candidate, recognise
from pipelines.recognition.headers import header_words
from pipelines.sources import registry


def first(*header: str) -> tuple[Candidate, dict[str, str]]:
    found = recognise(Reading("csv", list(header), [1], 3))[0]
    return found, {name: header[place] for name, place in found.columns.items()}


def test_of_two_dates_the_one_that_says_so_is_the_day_of_receipt() -> None:
    _, columns = first("Referral Date", "Received Date", "Patient", "Referring Provider", "Status")
    assert (columns["received"], columns["authored"]) == ("Received Date", "Referral Date")


def test_the_only_date_of_a_referral_is_when_it_came() -> None:
    assert first("Referral Date", "Patient", "Referring Provider", "Status")[1]["received"] == "Referral Date"


def test_a_bare_name_right_of_whom_is_referred_to_is_theirs() -> None:
    header = (
        "Referral Date",
        "Referring Provider",
        "Referring Practice",
        "Referred To Provider",
        "NPI",
        "Specialty",
        "Status",
    )
    assert not {"npi", "specialty"} & set(first(*header)[1])


def test_a_bare_name_right_of_whoever_refers_is_theirs() -> None:
    header = ("Referral Date", "Referring Provider", "NPI", "Specialty", "Referred To Provider", "Status")
    assert {"npi", "specialty"} <= set(first(*header)[1])


def test_a_clinic_beside_whoever_refers_is_theirs_and_else_ours() -> None:
    assert first("Date Received", "Patient", "Referred By", "Clinic", "Status")[1]["practice"] == "Clinic"
    assert first("Date Received", "Clinic", "Patient", "Referred By", "Status")[1]["site"] == "Clinic"
    assert first("Date Received", "Referred By", "Clinic", "Practice", "Status")[1]["site"] == "Clinic"


def test_whoever_refers_is_no_place_that_is_referred_from() -> None:
    assert header_words("Ref by") != header_words("Referred from")
    assert first("Date Received", "Patient", "Ref by", "Status")[1]["referrer"] == "Ref by"


@pytest.mark.parametrize(
    "header",
    [
        ("Date", "Time", "Chart", "Doctor", "Ref by", "What happened"),
        ("Type", "Date sent", "Patient", "PRN", "From", "To", "Subject", "Status"),
    ],
)
def test_a_table_that_is_hardly_understood_is_asked_about(header: tuple[str, ...]) -> None:
    assert not first(*header)[0].recognised


def test_a_report_of_visits_that_names_who_referred_is_no_list_of_referrals() -> None:
    found, _ = first("Appt Date/Time", "Patient MRN", "DOB", "Appointment Type", "Status", "Location", "Referring Provider", "Referral Source", "Date Created")  # fmt: skip
    assert (found.source, found.recognised) == ("appointments", True)


def halves(source: str, *header: str) -> dict[str, tuple[str, int]]:
    declared = registry()[source]
    found = next(one for one in recognise(Reading("csv", list(header), [1], 3)) if one.source == source)
    return other_halves(declared, found.columns, header)


def test_the_hour_of_a_day_is_found_by_its_name() -> None:
    found = halves(
        "ris_exams",
        "Accession",
        "Modality",
        "Exam Date",
        "Exam End Time",
        "Prelim Time",
        "Prelim Date",
        "Signed Date",
        "Signed Time",
    )
    assert found == {"ended": (DAY, 2), "prelim": (DAY, 5), "final": (HOUR, 7)}


def test_the_hour_may_be_called_as_the_field_may() -> None:
    assert halves("appointments", "Appointment Date", "Start Time", "MRN", "Appt Status") == {"start": (HOUR, 1)}


def test_a_day_that_two_columns_may_give_is_not_guessed() -> None:
    assert halves("ris_exams", "Accession", "Modality", "Exam Date", "End Date", "Exam End Time") == {}


def test_day_and_hour_are_read_together_and_what_has_both_stays_as_it_is(desk: Any) -> None:
    desk.map(
        "Accession,Modality,Exam Date,Exam End Time,Signed Date,Signed Time\n"
        "A1,MR,9/14/2026,8:42 AM,9/14/2026,1:20 PM\n"
        "A2,CT,9/15/2026,9/15/2026 9:20 AM,9/16/2026,\n"
    )
    assert [(str(end), str(final)) for end, final in desk.rows("imaging_study", "exam_end_at", "final_at")] == [
        ("2026-09-14 12:42:00", "2026-09-14 17:20:00"),
        ("2026-09-15 13:20:00", "2026-09-16 04:00:00"),
    ]


def test_referrals_of_one_doctor_on_one_day_are_told_apart_though_only_their_hours_differ(desk: Any) -> None:
    done = desk.map(
        "Date Received,Time Received,Referring Provider,Status\n9/14/2026,9:00,Dr. Patel,New\n9/14/2026,10:00,Dr. Patel,New\n"
    )
    assert (done.rows_loaded, done.rows_duplicate) == (2, 0)


@pytest.mark.parametrize(
    ("header", "words"),
    [
        ("Ref'd by", ("by", "referring")),
        ("referred_by", ("by", "referring")),
        ("Referred From", ("from", "referring")),
        ("Ref By Prov", ("provider", "referring")),
    ],
)
def test_by_and_from_say_who_and_where_only_where_they_stand_alone(header: str, words: tuple[str, ...]) -> None:
    assert header_words(header) == words


def test_a_bare_date_is_the_day_of_an_hour_that_has_none() -> None:
    assert halves("appointments", "Date", "Start Time", "End Time", "MRN", "Visit Type", "Appt Status") == {
        "start": (DAY, 0)
    }


@pytest.mark.parametrize(
    ("header", "seconds"), [("Wait (min)", 90), ("Wait Time (minutes)", 90), ("Wait Time (sec)", 2), ("Wait", 2)]
)
def test_a_bare_length_of_time_is_in_the_unit_of_its_header(desk: Any, header: str, seconds: int) -> None:
    desk.map(f"Call Date,Direction,Answered,{header}\n9/14/2026 9:02,Inbound,Yes,1.5\n", "call_log")
    assert desk.rows("call", "queued_s") == [(seconds,)]
