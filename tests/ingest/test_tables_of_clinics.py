"""Tables as clinics of many trades and their tools write them: what was read wrong in silence when it was first met."""

from __future__ import annotations

import pytest
from ingest.asking import Answer, Asked, workbook

VISITS = "Date,Account,Contact,Type,Status\n"


# Telephones.


@pytest.mark.parametrize("header", ["Duration", "Call Length", "Total Duration"])
def test_the_length_of_a_call_that_nobody_answered_is_no_talk(asked: Asked, header: str) -> None:
    answer = asked(
        f"Date,Time,Caller,Line,Direction,Result,{header}\n03/22/2026,9:01 AM,Lakeview FM,Intake,Inbound,Answered,3:12\n"
        "03/22/2026,9:15 AM,Harbor Ortho,Intake,Inbound,Missed,0:22\n03/22/2026,9:40 AM,,Intake,Inbound,Voicemail,0:45\n03/22/2026,9:50 AM,,Intake,Inbound,Busy,0:12\n"
    )
    assert answer.rows("call", "source_row, ring_s, talk_s, answered") == [
        (2, None, 192, True), (3, 22, None, False), (4, None, None, False), (5, None, None, False),
    ]  # fmt: skip


def test_a_length_of_the_whole_call_is_no_talk_beside_one_of_the_talk(asked: Asked) -> None:
    answer = asked(
        "Call ID,Direction,Start Time,Duration,Talk Time,Result\n1,Inbound,2026-03-14 09:01:00,0:04:00,0:03:00,Answered\n2,Inbound,2026-03-14 09:31:00,0:00:40,,Missed\n"
    )
    assert answer.rows("call", "source_row, ring_s, talk_s") == [(2, None, 180), (3, 40, None)]


# Several practices in one cell.


@pytest.mark.parametrize("cell", ["Lakeview FM & North IM", "Lakeview FM / North IM", "Lakeview FM and Dee Family Med"])
def test_of_practices_in_one_cell_that_the_file_names_alone_the_first_counts_and_it_is_said(asked: Asked, cell: str) -> None:  # fmt: skip
    answer = asked(
        f"{VISITS}3/22/2026,Lakeview FM,Sam Fox,Visit,Held\n3/23/2026,North IM,Ann Dee,Visit,Held\n3/24/2026,{cell},,Visit,Held\n"
    )
    assert [name for (name,) in answer.rows("organization", "name", "name")] == ["Lakeview FM", "North IM"]
    assert [one["code"] for one in answer.mapped["findings"] if one["column"] == "Account"] == ["several_named"]


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ("Smile Center & Harbor Dental", ["perhaps_several"]),
        ("Smile Center; Harbor Dental", ["several_named"]),
        ("Teeth & Gums of Reston; Harbor Dental", ["several_named"]),
        ("Heart & Vascular Center", []),
        ("Smith and Jones Orthopedics", []),
        ("Hematology/Oncology Associates", []),
    ],
)
def test_a_practice_whose_name_has_an_and_stays_whole_and_what_may_be_two_is_said(asked: Asked, cell: str, said: list[str]) -> None:  # fmt: skip
    answer = asked(f"{VISITS}3/22/2026,Lakeview FM,Sam Fox,Visit,Held\n3/24/2026,{cell},,Visit,Held\n")
    assert [one["code"] for one in answer.mapped["findings"] if one["column"] == "Account"] == said
    whole = cell.split(";", maxsplit=1)[0]
    assert [name for (name,) in answer.rows("organization", "name", "source_row")] == ["Lakeview FM", whole]


# Who referred.

REFERRALS = "Referral Date,Patient,Referral Source,Status\n"


def named(answer: Answer) -> tuple[list[str], list[str]]:
    """The practices and the families that the rows name."""
    families = [name for (name,) in answer.rows("practitioner", "family_name", "family_name")]
    return [name for (name,) in answer.rows("organization", "name", "name")], families


@pytest.mark.parametrize("beside", ["Lakeview Hospital", "Wexford ALF"])
def test_letters_behind_a_name_are_of_a_place_where_the_file_has_another_such_place(asked: Asked, beside: str) -> None:
    answer = asked(
        f"{REFERRALS}3/22/2026,901,Lakeview ALF,New\n3/23/2026,902,{beside},New\n3/24/2026,903,Dr. Ann Dee,New\n"
    )
    assert named(answer) == (sorted(["Lakeview ALF", beside]), ["Dee"])


def test_families_in_capitals_are_families_and_a_trade_behind_a_name_is_theirs(asked: Asked) -> None:
    answer = asked(
        f"{REFERRALS}3/22/2026,901,Wenjun LEE,New\n3/23/2026,902,Odalys CRUZ,New\n3/24/2026,903,Orla Quill PT,New\n"
    )
    assert named(answer) == ([], ["Cruz", "Lee", "Quill"])


def test_a_trade_behind_the_name_of_a_place_is_the_places(asked: Asked) -> None:
    answer = asked(f"{REFERRALS}3/22/2026,901,Wexford PT,New\n3/23/2026,902,Wexford Hospital,New\n")
    assert named(answer) == (["Wexford Hospital", "Wexford PT"], [])


def test_a_kind_of_place_hides_no_physician_whom_the_row_names(asked: Asked) -> None:
    answer = asked(
        "Referral Date,Patient,Source Type,Referring Physician,Referral Source Name\n3/22/2026,901,Hospital,Robert Fox MD,Mercy Hospital\n"
        "3/23/2026,902,Physician,Sam Dee MD,Dr. Sam Dee\n3/24/2026,903,Google,,\n"
    )
    assert named(answer) == (["Mercy Hospital"], ["Dee", "Fox"])
    assert [kind for (kind,) in answer.rows("referral_source", "kind", "source_row")] == ["practitioner", "practitioner", "campaign"]  # fmt: skip


def test_a_place_beside_each_referrer_is_theirs_where_none_has_two(asked: Asked) -> None:
    header = "Referral Date,Patient,Ref OD,Location,Appt Date\n"
    theirs = asked(
        f"{header}3/22/2026,901,Sam Fox,EyeMart Dover,4/1/2026\n3/23/2026,902,Ann Dee,Vision Plus,4/2/2026\n3/24/2026,903,Eva Hill,Lens Lab,4/3/2026\n3/25/2026,904,Sam Fox,EyeMart Dover,4/4/2026\n"
    )
    assert [name for (name,) in theirs.rows("organization", "name", "name")] == [
        "EyeMart Dover",
        "Lens Lab",
        "Vision Plus",
    ]
    assert theirs.rows("site", "name") == []
    ours = asked(
        f"{header}3/22/2026,901,Sam Fox,Dover,4/1/2026\n3/23/2026,902,Ann Dee,Lewes,4/2/2026\n3/24/2026,903,Sam Fox,Lewes,4/3/2026\n"
    )
    assert [name for (name,) in ours.rows("site", "name", "name")] == ["Dover", "Lewes"]


def test_the_web_address_behind_a_companys_name_is_no_part_of_it(asked: Asked) -> None:
    answer = asked(
        "Record ID,Meeting name,Meeting start time,Meeting end time,Meeting outcome,Activity assigned to,Associated Contact,Associated Company\n"
        "901,Intro,2026-03-22 10:00,2026-03-22 10:30,Completed,Pat Lowe,Robert Fox (rfox@lakeview.example),Lakeview FM (lakeview.example)\n"
    )
    assert (answer.told["source"], named(answer)) == ("outreach_log", (["Lakeview FM"], ["Fox"]))


# What became of it.


def test_a_first_visit_that_was_not_kept_is_not_seen(asked: Asked) -> None:
    answer = asked(
        "Referral Date,Patient,Referring Provider,First Visit Date,First Visit Status\n3/22/2026,901,Sam Fox MD,3/28/2026,Completed\n3/23/2026,902,Sam Fox MD,3/29/2026,No Show\n"
    )
    assert [status for (status,) in answer.rows("appointment", "status", "source_row")] == ["fulfilled", "noshow"]
    assert answer.rows("referral_event", "code") == []


def test_why_a_patient_comes_is_not_why_a_visit_was_called_off(asked: Asked) -> None:
    visits = (
        "MRN,Appt Date,Status,{}\n901,3/22/2026,Completed,{}\n902,3/23/2026,Canceled,{}\n903,3/24/2026,Completed,\n"
    )
    assert asked(visits.format("Reason", "cataract", "glaucoma")).rows("appointment", "cancel_reason", "source_row")[1] == (None,)  # fmt: skip
    assert asked(visits.format("Cancel Reason", "", "sick")).rows("appointment", "cancel_reason", "source_row")[1] == ("sick",)  # fmt: skip


def test_a_reason_of_whoever_is_not_in_the_study_says_that_they_failed(asked: Asked) -> None:
    answer = asked(
        "Study,Subj #,Date of Consent,Date Screened,Date Enrolled,Reason for Screen Failure\nABC-101,01,3/20/2026,3/20/2026,3/28/2026,\nABC-101,02,3/21/2026,3/21/2026,,Exc 4\n"
        "ABC-101,03,,3/22/2026,,declined consent\nABC-101,04,3/23/2026,3/23/2026,,\n"
    )
    ends = answer.rows("subject_event", "source_row, code, reason_code", "source_row")
    assert [end for end in ends if end[1] not in ("consented", "screened", "identified", "randomized")] == [(3, "screen_failed", "Exc 4"), (4, "declined", "declined consent")]  # fmt: skip


def test_reasons_of_those_in_the_study_too_say_nobody_failed(asked: Asked) -> None:
    answer = asked(
        "Study,Subj #,Date of Consent,Date Screened,Date Enrolled,Reason\nABC-101,01,3/20/2026,3/20/2026,3/28/2026,asthma\nABC-101,02,3/21/2026,3/21/2026,,asthma\n"
    )
    assert "screen_failed" not in {code for (code,) in answer.rows("subject_event", "code")}


# Newsletters and surveys.


def test_what_became_of_a_newsletter_is_of_its_own_time_and_a_reason_of_a_bounce_is_one(asked: Asked) -> None:
    answer = asked(
        "Email Campaign Name,Send Date,Email Address,Opened At,Bounce Reason,Unsubscribed At\nMarch,3/22/2026 09:00,jen@lake.example,3/24/2026 10:00,,3/25/2026 08:00\n"
        "March,3/22/2026 09:00,al@harbor.example,,Mailbox full,\n"
    )
    assert answer.rows("newsletter_event", "source_row, action, occurred_on::varchar", "source_row, occurred_at, action") == [
        (2, "delivered", "2026-03-22"), (2, "sent", "2026-03-22"), (2, "opened", "2026-03-24"), (2, "unsubscribed", "2026-03-25"),
        (3, "bounced", "2026-03-22"), (3, "sent", "2026-03-22"),
    ]  # fmt: skip


def test_neutral_is_the_middle_of_a_ladder(asked: Asked) -> None:
    answer = asked(
        "ID,Start time,Completion time,Email,Name,Practice,How satisfied are you with our referral process?\n1,3/22/26 10:01:12,3/22/26 10:04:44,anonymous,,Lakeview FM,Extremely satisfied\n"
        "2,3/22/26 11:15:00,3/22/26 11:16:30,anonymous,,North IM,Somewhat dissatisfied\n3,3/23/26 08:21:45,3/23/26 08:25:01,anonymous,,Dee FM,Neutral\n"
    )
    assert answer.rows("survey_answer", "value_num", "source_row") == [(5.0,), (2.0,), (3.0,)]


# Titles.


def test_a_table_that_its_title_calls_a_referral_log_is_one(asked: Asked) -> None:
    rows = "Date Rec'd,Patient,DOB,Ordering Physician,Equipment,Status\n3/22/26,Sam Orr,4/1/1951,Dr. Robert Fox,Hospital bed,New\n"
    assert asked(f"DME Referral Log - March 2026,,,,,\n{rows}").told["source"] == "referral_log"
    assert asked(rows).problem


# Sheets kept by hand.


def test_names_below_groups_of_columns_that_say_nothing_alone_are_their_groups(asked: Asked) -> None:
    log = [
        ["Referral", None, "Patient", None, "Appointment", None, "Outcome"],
        ["Date", "From", "Name", "DOB", "Date", "Time", "Status"],
        ["3/22/2026", "Dr. Robert Fox", "Sam Orr", "4/1/1951", "4/20/2026", "9:30 AM", "Kept"],
        ["3/23/2026", "Dr. Ann Hill", "Eva Kay", "7/9/1948", "4/22/2026", "1:00 PM", "No show"],
        ["3/24/2026", "Dr. Ann Hill", "Jo Lim", "7/9/1958", "4/23/2026", "2:00 PM", "Kept"],
    ]
    answer = asked(workbook(Log=log), "log.xlsx")
    assert answer.reading["header"] == ["Referral Date", "Referral From", "Patient Name", "DOB", "Appointment Date", "Appointment Time", "Outcome Status"]  # fmt: skip
    assert next(str(at) for (at,) in answer.rows("appointment", "start_at", "source_row")) == "2026-04-20 13:30:00"


@pytest.mark.parametrize(("names", "loaded"), [(("Jan 26", "Feb 26"), 1), (("Jan 5", "Jan 12"), 0)])
def test_sheets_called_by_months_of_one_year_tell_it(asked: Asked, names: tuple[str, str], loaded: int) -> None:
    rows = [["Date", "Referring MD", "Patient", "Status"], ["1/2", "Dr. Fox", "901", "New"]]
    answer = asked(workbook(**dict.fromkeys(names, rows)), "log.xlsx", part=names[0])
    assert answer.counts == (loaded, 1 - loaded, 0)


def test_a_doctor_beside_the_referring_office_is_of_it(asked: Asked) -> None:
    answer = asked(
        "Date Received,Referring Office,Doctor,Patient,Status\n3/22/2026,Lakeview FM,Dr. Robert Fox,901,New\n"
    )
    assert named(answer) == (["Lakeview FM"], ["Fox"])


@pytest.mark.parametrize(
    ("cell", "place"), [("Mercy ED - SW Jane", "Mercy ED"), ("Dover HS counselor", "Dover HS counselor")]
)
def test_whoever_is_told_by_their_duty_is_no_person(asked: Asked, cell: str, place: str) -> None:
    assert named(asked(f"{REFERRALS}3/22/2026,901,{cell},New\n")) == ([place], [])


def test_dollars_may_be_written_as_letters(asked: Asked) -> None:
    answer = asked(
        "Date,Physician,Item,Value\n3/22/2026,Robert Fox MD,Lunch,USD 18.50\n3/23/2026,Ann Hill DO,Basket,45 USD\n"
    )
    assert [float(value) for (value,) in answer.rows("gift_ledger", "fair_value_usd", "source_row")] == [18.5, 45.0]


def test_a_departments_words_are_nobodys_name_where_people_are_written_whole(asked: Asked) -> None:
    whole = "".join(f'3/2{day}/2026,90{day},"{who}",New\n' for day, who in enumerate(("Fox, Robert MD", "Hill, Ann DO", "Dee, Sam MD")))  # fmt: skip
    answer = asked(
        f"Date Received,Patient,Referred By,Status\n{whole}3/26/2026,906,General / VPeR,New\n3/27/2026,907,Fox / Hill,New\n"
    )
    assert named(answer) == ([], ["Dee", "Fox", "Fox", "Hill"])
    assert answer.rows("referral_source", "kind, label", "source_row")[3] == ("other", "General / VPeR")
    assert [one["row"] for one in answer.mapped["findings"] if one["code"] == "several_named"] == [6]


def test_of_a_person_and_a_place_under_a_source_both_are_kept(asked: Asked) -> None:
    assert named(asked(f"{REFERRALS}3/22/2026,901,Robert Fox MD / Lakeview FM,New\n")) == (["Lakeview FM"], ["Fox"])


def test_a_plain_no_to_abandoned_goes_before_a_note_of_how_the_call_ended(asked: Asked) -> None:
    answer = asked(
        "Date,Time,Call Type,Skill,Talk Time,Queue Wait Time,Abandoned,Disposition\n2026/03/23,11:11:00,Inbound,Referrals,00:01:20,00:00:10,0,No Answer\n2026/03/23,11:21:00,Inbound,Referrals,00:00:00,00:00:10,1,No Answer\n"
    )
    assert answer.rows("call", "answered, abandoned", "source_row") == [(True, False), (False, True)]


def test_answers_of_seven_steps_are_a_rating_of_seven(asked: Asked) -> None:
    answer = asked(
        "ID,Start time,Completion time,Email,Name,Practice,How satisfied are you with scheduling?\n1,3/22/26 10:01:12,3/22/26 10:04:44,anonymous,,Lakeview FM,Extremely satisfied\n"
        "2,3/22/26 11:15:00,3/22/26 11:16:30,anonymous,,North IM,Slightly dissatisfied\n3,3/23/26 08:21:45,3/23/26 08:25:01,anonymous,,Dee FM,Neither satisfied nor dissatisfied\n"
    )
    assert answer.rows("survey_answer", "value_num, scale_max", "source_row") == [(7.0, 7), (3.0, 7), (4.0, 7)]
