"""Tables as hubs of referrals, work queues, boards and databases of teams give them: what was read wrong in silence when it was
first met."""

from __future__ import annotations

import datetime as dt

import pytest
from ingest.asking import Asked, persons, places, referred_by, steps, visits, workbook

QUEUE = "Referral ID,MRN,Referral Date,Referring Provider,Referred To Department,{header},Status\n"


def _ways(asked: Asked, header: str, *words: str) -> list[str]:
    answer = asked(
        QUEUE.format(header=header)
        + "".join(f"{turn},E{turn},09/2{turn}/2026,Hill,Cardiology,{word},Open\n" for turn, word in enumerate(words, 1))
    )
    return [way for (way,) in answer.rows("referral", "direction", "source_row")]


# Which way a referral went.


@pytest.mark.parametrize("header", ["Class", "Type", "Rfl Class"])
def test_a_column_all_of_whose_words_are_ways_tells_which_way_each_referral_went(asked: Asked, header: str) -> None:
    assert _ways(asked, header, "Incoming", "Outgoing", "Internal") == ["in", "out", "in"]


@pytest.mark.parametrize("words", [("Outgoing", "Outpatient", "Incoming"), ("Out", "New", "Follow-up")])
def test_a_column_with_other_words_too_tells_no_way(asked: Asked, words: tuple[str, ...]) -> None:
    assert set(_ways(asked, "Class", *words)) == {"in"}


@pytest.mark.parametrize(
    ("word", "way"),
    [
        ("RefTo", "out"), ("Referred to", "out"), ("RefFrom", "in"), ("Out", "out"), ("Sent out", "out"), ("Referral Out - Cardiology", "out"),
        ("Out of network", "in"), ("Out-patient", "in"), ("Out-of-state", "in"), ("Follow-up", "in"),
    ],
)  # fmt: skip
def test_a_kind_of_referral_tells_a_way_only_where_it_names_one(asked: Asked, word: str, way: str) -> None:
    assert _ways(asked, "Referral Type", word) == [way]


# Whose number it is.


def test_numbers_that_change_with_the_patient_are_the_patients(asked: Asked) -> None:
    answer = asked(
        "Date,Last Name,First Name,Birthdate,Referred By,Phone\n9/21/2026,Doe,Jane,2/3/1961,Dr. Anna Hill,217-555-0101\n"
        "9/22/2026,Roe,Rich,12/13/1971,Dr. Robert Fox,217-555-0102\n9/23/2026,Poe,Ed,5/23/1981,Dr. Robert Fox,217-555-0103\n"
    )
    assert persons(answer) == [("Fox", "Robert"), ("Hill", "Anna")]
    assert any("read as the patients'" in told for told in answer.mapped["decisions"])


def test_a_number_that_stays_with_whoever_refers_is_theirs(asked: Asked) -> None:
    answer = asked(
        "Date,Last Name,First Name,Birthdate,Referred By,Phone\n9/21/2026,Doe,Jane,2/3/1961,Dr. Fox,217-555-0101\n"
        "9/22/2026,Roe,Rich,12/13/1971,Dr. Fox,(217) 555-0101\n9/23/2026,Poe,Ed,5/23/1981,Dr. Fox,217-555-0199\n9/24/2026,Abe,Al,5/24/1981,Dr. Hill,217-555-0102\n9/24/2026,Bea,Bo,5/25/1981,Dr. Hill,217-555-0102\n"
    )
    assert answer.told["columns"]["practice_phone"] == 5


# Who is named.


@pytest.mark.parametrize(
    "cell",
    [
        '""Fox, Robert"",""Moss, Pat""', 'Robert Fox,""Moss, Pat""', "Robert Fox (https://www.example.org/Fox-1a2b), Pat Moss (https://www.example.org/Moss-3c4d)",
    ],
)  # fmt: skip
def test_records_of_a_list_in_one_cell_are_several_and_the_first_counts(asked: Asked, cell: str) -> None:
    answer = referred_by(asked, cell)
    assert persons(answer) == [("Fox", "Robert")]
    assert "several_named" in answer.codes("warning")


@pytest.mark.parametrize(
    "cell",
    [
        '""Fox, Robert""', "Robert Fox (https://www.example.org/Fox-1a2b)", "[Robert Fox](https://www.example.org/Fox-1a2b)", "Robert Fox https://www.example.org/r",
        'Robert ""Bob"" Fox', 'Fox, Robert ""Bob""', "Robert “Bob” Fox",
    ],
)  # fmt: skip
def test_quotation_marks_and_addresses_of_records_are_no_part_of_a_name(asked: Asked, cell: str) -> None:
    answer = referred_by(asked, cell)
    assert persons(answer) == [("Fox", "Robert")]
    assert "several_named" not in answer.codes()


@pytest.mark.parametrize("cell", ["Drs. Hill, Fox and Moss", "Drs Hill, Fox", "Drs. Hill and Fox", "Drs. Hill, MD, and Fox, MD"])  # fmt: skip
def test_doctors_in_the_plural_are_several(asked: Asked, cell: str) -> None:
    answer = referred_by(asked, cell)
    assert persons(answer) == [("Hill", None)]
    assert "several_named" in answer.codes("warning")


def test_practices_that_a_tool_put_into_one_cell_are_several_where_the_file_names_one_of_them_alone(
    asked: Asked,
) -> None:
    answer = asked(
        'Date Received,MRN,Referring MD,Practice\n9/21/2026,1,Hill,Harbor IM\n9/22/2026,2,Fox,"Harbor IM,Moss Clinic"\n9/23/2026,3,Moss,"Smith,Jones and Partners"\n'
    )
    assert places(answer) == ["Harbor IM", "Smith,Jones and Partners"]
    assert [one["row"] for one in answer.mapped["findings"] if one["code"] == "several_named"] == [3]


# When it was.


@pytest.mark.parametrize(
    ("cell", "at"),
    [
        ("September 30, 2026 10:00 AM (CDT)", "2026-09-30 15:00:00"), ("9/30/2026 10:00 (est)", "2026-09-30 15:00:00"), ("9/30/2026 noon", "2026-09-30 16:00:00"),
        ("9/30/2026 930", "2026-09-30 13:30:00"),
        ("9/30/2026 12 noon", "2026-09-30 16:00:00"), ("Wed. Sept 30th 2026 2:30p", "2026-09-30 18:30:00"),
    ],
)  # fmt: skip
def test_noon_a_zone_in_brackets_and_a_weekday_before_a_month_are_read(asked: Asked, cell: str, at: str) -> None:
    answer = asked(f'Date Received,MRN,Referring MD,Appointment\n9/21/2026,1,Hill,"{cell}"\n')
    assert [str(when) for (when,) in answer.rows("appointment", "start_at")] == [at]


def test_each_call_is_of_the_time_zone_in_its_row(asked: Asked) -> None:
    answer = asked(
        "line,date,time,time zone,call id,duration (total),duration (in call),direction,answered\n"
        "Referrals,2026-09-21,08:02:11,America/Chicago,1,332,320,inbound,Yes\nReferrals,2026-09-21,08:12:11,America/Denver,2,42,0,inbound,No\n"
    )
    assert [str(when) for (when,) in answer.rows("call", "started_at", "source_row")] == ["2026-09-21 13:02:11", "2026-09-21 14:12:11"]  # fmt: skip


def test_lengths_of_genesys_may_be_written_as_hours_minutes_and_seconds(asked: Asked) -> None:
    answer = asked(
        "Conversation ID,Date,Duration,Direction,Queue,Total Queue,Total Talk,Total Hold,Abandoned\n"
        "c-1,9/21/26 8:02 AM,0:06:12.345,Inbound,Referrals,0:00:12.100,0:05:20.000,0:00:30.000,NO\nc-2,9/21/26 8:12 AM,42345,Inbound,Referrals,40100,,,YES\n"
        "c-3,9/21/26 8:22 AM,42345,Inbound,Referrals,40100,a while,,NO\n"
    )
    assert answer.rows("call", "source_row, queued_s, talk_s, answered, abandoned") == [(2, 12, 320, True, False), (3, 40, None, False, True), (4, 40, None, None, False)]  # fmt: skip
    assert [one["row"] for one in answer.mapped["findings"] if one["code"] == "unreadable_duration"] == [4]


@pytest.mark.parametrize(
    ("above", "header", "at"),
    [
        ("Range: 09/21/2026 - 09/22/2026 (GMT-07:00) Mountain Time (US & Canada)", "Time", "14:02:00"),
        ("All times are displayed in Mountain Standard Time", "Time", "14:02:00"),
        ("Call report; US/Mountain", "Time", "14:02:00"),
        ("Wait times in CT", "Time", "12:02:00"),
        ("Printed at 9:00 AM PST", "Time", "12:02:00"),
        ("Calls", "Time (PST)", "15:02:00"),
    ],
)
def test_a_zone_above_the_table_and_beside_the_hour_is_that_of_its_times(
    asked: Asked, above: str, header: str, at: str
) -> None:
    answer = asked(f"{above}\n\nDate,{header},Queue,Direction,Result\n09/21/2026,8:02 AM,Referrals,Inbound,Answered\n")
    assert answer.rows("call", "started_at::time::varchar") == [(at,)]


# Subjects of studies.


def test_the_consent_in_veeva_and_the_days_of_clinical_conductor_are_read(asked: Asked) -> None:
    veeva = asked(
        "Subject Name,Study,Study Site,Subject Status,Date Consented,Date Screened,Date Enrolled,Date Randomized\n001-1,ABC-101,Lakeview,Enrolled,2026-03-02,2026-03-03,2026-03-05,2026-03-06\n"
    )
    assert ("consented",) in veeva.rows("subject_event", "code")
    conductor = asked(
        "Patient ID,Study,Site,Subject Status,Screening Number,Screen Date,Random Date,Complete Date\nP-1,ABC-101,Lakeview,Completed,S1,03-Mar-2026,20-Mar-2026,20-May-2026\n"
    )
    assert conductor.rows("subject_event", "code, occurred_on::varchar", "2") == [("screened", "2026-03-03"), ("randomized", "2026-03-20"), ("completed", "2026-05-20")]  # fmt: skip


# What came of it.


@pytest.mark.parametrize("header", ["Non-Admit Date", "Order Deny Date", "Denied Date"])
def test_the_day_on_which_a_referral_was_turned_down_is_read(asked: Asked, header: str) -> None:
    answer = asked(f"Date Received,MRN,Referring MD,Status,{header}\n9/21/2026,1,Hill,Denied,9/24/2026\n")
    assert steps(answer) == [("declined", "2026-09-24")]
    assert "undated_outcome" not in answer.codes()


def test_a_contact_that_was_tried_reached_nobody(asked: Asked) -> None:
    answer = asked(
        "Activity Date,Activity Type,Provider,Practice,Rep\n9/21/2026,Attempted Visit - Not Seen,Hill,Lakeview FM,KM\n9/22/2026,Attempted Call,Fox,Harbor IM,KM\n"
        "9/23/2026,Office visit (lunch),Fox,Harbor IM,KM\n"
    )
    assert answer.rows("touch", "channel, outcome", "occurred_on") == [("visit", "not_reached"), ("call", "not_reached"), ("visit", None)]  # fmt: skip
    assert "unknown_value" not in answer.codes()


@pytest.mark.parametrize(("tick", "priority"), [("TRUE", "urgent"), ("x", "urgent"), ("✓", "urgent"), ("checked", "urgent"), ("FALSE", "routine")])  # fmt: skip
def test_a_tick_under_urgent_is_a_yes(asked: Asked, tick: str, priority: str) -> None:
    answer = asked(f"Date Received,MRN,Referring MD,Urgent\n9/21/2026,1,Hill,{tick}\n")
    assert answer.rows("referral", "priority") == [(priority,)]
    assert "unknown_value" not in answer.codes()


def test_a_box_that_is_checked_says_that_a_visit_was_kept(asked: Asked) -> None:
    answer = asked(
        "Date Received,MRN,Referring MD,Appt,Appt Kept?\n9/21/2026,1,Hill,9/30/2026,checked\n9/22/2026,2,Hill,10/1/2026,\n"
    )
    assert visits(answer) == [("2026-09-30", "fulfilled"), ("2026-10-01", "booked")]


def test_a_state_below_the_state_says_what_came_of_a_referral(asked: Asked) -> None:
    answer = asked(
        "Date Received,MRN,Referring MD,Referral Status,Referral Sub Status,Closed Date\n9/21/2026,1,Hill,Closed,Patient Refused,9/24/2026\n"
    )
    assert steps(answer) == [("declined", "2026-09-24")]


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("ins denied", "declined"), ("out of area", "declined"), ("OON", "declined"), ("moved out of state", "declined"), ("number disconnected", "declined"), ("phone disc", "declined"),
        ("not taking new pts", "declined"), ("fwd to Dr Lake", "redirected"), ("need ov notes", "info_requested"), ("recs requested", "info_requested"), ("unable to LM", "contact_attempt"),
        ("mailbox full", "contact_attempt"), ("Auth pending", None), ("HOLD - insurance", None),
    ],
)  # fmt: skip
def test_the_shorthand_of_a_desk_is_known(asked: Asked, words: str, code: str | None) -> None:
    answer = asked(f"Date Received,MRN,Referring MD,Status,Status Date\n9/21/2026,1,Hill,{words},9/24/2026\n")
    assert [one for one, _ in steps(answer)] == ([code] if code else [])
    assert "unknown_value" not in answer.codes()


# What is no referral, and what is not read.

INBOX = "Received,From Practice,Referring Provider,MRN,{header}\n"


@pytest.mark.parametrize("header", ["Document Type", "Message Type", "Fax Type"])
def test_other_papers_of_an_inbox_of_referrals_are_left_out_and_said(asked: Asked, header: str) -> None:
    answer = asked(
        INBOX.format(header=header)
        + "09/21/2026,Lakeview FM,Hill,E1,Referral\n09/21/2026,Harbor IM,Fox,E2,Medical Records\n09/21/2026,Harbor IM,Fox,E3,New Referral - Cardiology\n"
        "09/21/2026,City Lab,,E4,Lab Result\n09/21/2026,Harbor IM,Fox,E5,Consult Note\n09/21/2026,Harbor IM,Fox,E6,\n"
    )
    assert answer.rows("referral", "source_row", "1") == [(2,), (4,), (7,)]
    assert [(one["code"], one["count"]) for one in answer.mapped["findings"]] == [("other_document", 3)]


def test_papers_of_which_none_is_called_a_referral_are_all_loaded(asked: Asked) -> None:
    answer = asked(INBOX.format(header="Document Type") + "09/21/2026,Lakeview FM,Hill,E1,Fax\n09/21/2026,Harbor IM,Fox,E2,Letter\n")  # fmt: skip
    assert answer.counts == (2, 0, 0)


@pytest.mark.parametrize("header", ["Referring Provider", "Ref. Phys", "Referred By"])
def test_a_list_of_visits_says_that_who_referred_is_not_read_from_it(asked: Asked, header: str) -> None:
    answer = asked(f"Appt Date,Appt Status,MRN,Provider,{header}\n9/21/2026,Completed,E1,Stone,Hill\n9/22/2026,No Show,E2,Stone,Fox\n")  # fmt: skip
    assert answer.told["source"] == "appointments"
    assert any(told.startswith(f"Who referred (“{header}”) is not read") for told in answer.mapped["decisions"])


# What lengths of time count.


def test_lengths_that_a_spreadsheet_took_for_hours_are_pointed_out(asked: Asked) -> None:
    rows = [["Date/Time", "Queue", "Direction", "Result", "Wait Time", "Talk Time"]]
    typed = [
        [dt.datetime(2026, 9, 21, 8, 2), "Desk", "Inbound", "Answered", dt.time(0, 0, 14), dt.time(5, 20)],
        [dt.datetime(2026, 9, 21, 8, 12), "Desk", "Inbound", "Answered", dt.time(0, 1), dt.time(12, 2)],
    ]
    answer = asked(workbook(Calls=[*rows, *typed]), "calls.xlsx")
    assert [one["column"] for one in answer.mapped["findings"] if one["code"] == "hours_for_minutes"] == ["Talk Time"]


@pytest.mark.parametrize(("header", "told"), [("Talk Time", True), ("Talk Time (sec)", False), ("Talk Time (min)", False)])  # fmt: skip
def test_lengths_with_decimals_of_which_nothing_says_what_they_count_are_pointed_out(
    asked: Asked, header: str, told: bool
) -> None:
    answer = asked(f"Date/Time,Queue,Direction,Result,{header}\n9/21/2026 8:02,Desk,Inbound,Answered,5.25\n9/21/2026 8:12,Desk,Inbound,Answered,3\n")  # fmt: skip
    assert ("seconds_assumed" in answer.codes("warning")) == told


@pytest.mark.parametrize(
    ("cell", "who"),
    [
        ("per Dr. Hill", ("Hill", None)), ("via Dr Hill", ("Hill", None)), ("Dr. Hill's NP (Pat Moss)", ("Hill", None)), ("Fox, Robert MD - Lakeview", ("Fox", "Robert")),
        ("Fox, Robert - NEW", ("Fox", "Robert")), ("Fox, Robert x2", ("Fox", "Robert")), ("(Fox, Robert)", ("Fox", "Robert")), ("1001 - Fox, Robert", ("Fox", "Robert")),
        ("Robert Fox (he/him)", ("Fox", "Robert")), ("ED - Fox, Robert", ("Fox", "Robert")), ("? Hill", ("Hill", None)),
    ],
)  # fmt: skip
def test_what_is_written_around_a_name_is_no_part_of_it(asked: Asked, cell: str, who: tuple[str, str | None]) -> None:
    answer = referred_by(asked, cell)
    assert persons(answer) == [who]
    assert "several_named" not in answer.codes()


@pytest.mark.parametrize("cell", ["Hill -> Fox", "Hill, Anna → Fox, Robert"])
def test_of_two_with_an_arrow_between_them_the_first_counts(asked: Asked, cell: str) -> None:
    answer = referred_by(asked, cell)
    assert [family for family, _ in persons(answer)] == ["Hill"]
    assert "several_named" in answer.codes("warning")


def test_a_room_before_a_doctor_is_where_they_are(asked: Asked) -> None:
    answer = referred_by(asked, "St. Mary's ED Dr. Fox")
    assert (persons(answer), places(answer)) == ([("Fox", None)], ["St. Mary's ED"])


@pytest.mark.parametrize("cell", ["Friend - Anna Hill", "Patient's sister Anna Hill", "Self (Dr. Hill's pt)", "Insurance directory", "VA", "see notes", "none needed"])  # fmt: skip
def test_words_for_nobody_in_particular_are_no_person(asked: Asked, cell: str) -> None:
    assert persons(referred_by(asked, cell)) == []


@pytest.mark.parametrize(("cell", "who"), [("Friend, Anna MD", ("Friend", "Anna")), ("Fox-Hill, Robert", ("Fox-Hill", "Robert")), ("Dr. Ed Fox", ("Fox", "Ed"))])  # fmt: skip
def test_families_that_are_such_words_stay_names(asked: Asked, cell: str, who: tuple[str, str]) -> None:
    assert persons(referred_by(asked, cell)) == [who]
