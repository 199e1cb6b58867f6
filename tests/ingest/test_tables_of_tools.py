"""Exports of telephone systems, survey tools and databases that people share, in the shapes those tools write."""

from __future__ import annotations

import pytest
from ingest.asking import Answer, Asked, kinds, persons, places, referred_by

CALLS = "Call ID,Direction,Start Time,{more},Result\n"


# Telephones.


def test_an_answered_call_without_its_moment_of_answer_did_not_ring_to_its_end(asked: Asked) -> None:
    answer = asked(
        CALLS.format(more="Call End Time,Duration")
        + "1,Inbound,2026-03-14 09:01:00,2026-03-14 09:05:20,00:04:00,Call connected\n2,Inbound,2026-03-14 09:31:00,2026-03-14 09:31:30,00:00:00,No Answer\n"
    )
    assert answer.rows("call", "source_row, ring_s, answered") == [(2, None, True), (3, 30, False)]


def test_the_moment_of_answer_tells_how_long_a_call_rang(asked: Asked) -> None:
    answer = asked(
        CALLS.format(more="Answer Start Time,Call End Time")
        + "1,Inbound,2026-03-14 09:01:00,2026-03-14 09:01:20,2026-03-14 09:05:20,Call connected\n"
    )
    assert answer.rows("call", "ring_s, talk_s") == [(20, 240)]


@pytest.mark.parametrize(("unit", "length"), [("(ms)", "240000"), ("(min)", "4"), ("(Minutes)", "4.0"), ("(sec)", "240")])  # fmt: skip
def test_lengths_of_time_are_of_the_unit_that_their_header_names(asked: Asked, unit: str, length: str) -> None:
    answer = asked(
        CALLS.format(more=f"Talk Time {unit},Queue")
        + f"1,Inbound,2026-03-14 09:01:00,{length},Referrals,Answered\n2,Inbound,2026-03-14 09:31:00,0,Referrals,Abandoned\n"
    )
    assert answer.rows("call", "source_row, talk_s") == [(2, 240), (3, 0)]


def test_a_column_for_each_of_what_may_become_of_a_call_is_read_together(asked: Asked) -> None:
    answer = asked(
        "Call ID,Start Time,Direction,Queue Name,Answered,Abandoned\n1,3/16/2026 09:01,Incoming,Referrals,Answered,-\n2,3/16/2026 09:31,Incoming,Referrals,-,Abandoned\n"
    )
    assert answer.rows("call", "source_row, answered, abandoned") == [(2, True, False), (3, False, True)]


@pytest.mark.parametrize(
    "text",
    [
        "Call Type,Date,From,From Name,To,To Name,Duration,Answer Indicator,Location\nIncoming,3/16/2026 9:01 AM,2175550101,Lakeview FM,2175550199,Desk,00:04:00,Yes,North\nOutgoing,3/16/2026 9:31 AM,2175550199,Desk,2175550102,,00:00:20,No,North\n",
        "Date,Time,Call Type,From,To,Extension,Minutes,Status\n3/16/2026,9:01 AM,Inbound,2175550101,8005550100,Ext 1,4,Answered\n3/16/2026,9:31 AM,Inbound,2175550104,8005550100,Ext 1,1,Missed\n",
    ],
)
def test_a_telephone_log_is_no_log_of_visits_and_its_numbers_are_nobody(asked: Asked, text: str) -> None:
    answer = asked(text)
    assert (answer.told["source"], answer.counts) == ("call_log", (2, 0, 0))
    assert (answer.rows("touch", "1"), answer.rows("practitioner", "1")) == ([], [])


# Surveys.


def test_numbers_of_choices_are_no_ratings(asked: Asked) -> None:
    header = "StartDate,EndDate,Status,Finished,RecordedDate,ResponseId,Q1,Q2,Q3,Q4"
    labels = "Start Date,End Date,Response Type,Finished,Recorded Date,Response ID,How do you send referrals? - Selected Choice,How many patients do you refer?,Which portal do you use?,Ease of referring"
    imports = ",".join(f'"{{""ImportId"":""{name}""}}"' for name in header.split(","))
    rows = "".join(f"2026-03-0{day} 10:00:00,2026-03-0{day} 10:05:00,0,1,2026-03-0{day} 10:05:01,R_{day},{day},{day + 1},{day},{day + 2}\n" for day in (1, 2, 3))  # fmt: skip
    answer = asked(f"{header}\n{labels}\n{imports}\n{rows}")
    said = kinds(answer)
    assert said.pop("ease_of_referring") == "rating"
    assert set(said.values()) == {"other"}
    assert len(said) == 3


def test_ticks_of_a_question_that_several_may_be_chosen_of_are_no_ratings(asked: Asked) -> None:
    answer = asked(
        "start;end;Practice name;How likely are you to recommend us?;Ways you refer;Ways you refer/Fax;Ways you refer/Portal;_id;_uuid;_submission_time\n"
        "2026-03-01T10:00:00-05:00;2026-03-01T10:05:00-05:00;Lakeview FM;9;Fax Portal;1;1;5;u1;2026-03-01T15:06:00\n"
        "2026-03-02T10:00:00-05:00;2026-03-02T10:05:00-05:00;Harbor IM;3;Fax;1;0;6;u2;2026-03-02T15:06:00\n"
    )
    assert {kind for code, kind in kinds(answer).items() if code.startswith("ways")} == {"other"}


def test_numbers_of_choices_under_one_question_are_no_ratings(asked: Asked) -> None:
    answer = asked(
        "Respondent ID,Collector ID,Start Date,End Date,How likely are you to recommend us?,Ways you refer,,,Rate our service:,\n"
        ",,,,Response,Fax,Portal,Phone,Scheduling,Reports\n"
        "1,9,2026-03-01 10:00,2026-03-01 10:05,9,1,2,,5,4\n2,9,2026-03-02 10:00,2026-03-02 10:05,4,1,,3,2,4\n"
    )
    said = kinds(answer)
    assert {kind for code, kind in said.items() if code.startswith("ways")} == {"other"}
    assert {kind for code, kind in said.items() if code.startswith("rate")} == {"rating"}


@pytest.mark.parametrize(
    ("worst", "best", "scores"),
    [("Unsatisfied", "Very Satisfied", [2.0, 5.0]), ("Not so easy", "Extremely easy", [2.0, 5.0]), ("Somewhat disagree", "Strongly agree", [2.0, 5.0]), ("Probably not", "Definitely yes", [2.0, 5.0])],
)  # fmt: skip
def test_ladders_of_words_that_tools_offer_are_ratings(
    asked: Asked, worst: str, best: str, scores: list[float]
) -> None:
    answer = asked(
        f"Submission Date,Practice Name,How was our service? >> Scheduling,Submission ID\n2026-03-01,Lakeview FM,{best},61\n2026-03-02,Harbor IM,{worst},62\n"
    )
    assert [score for (score,) in answer.rows("survey_answer", "value_num", "value_num")] == scores


# Names.


@pytest.mark.parametrize(
    "cell",
    [
        "Ann Hill DO,Robert Fox MD",
        "Ann Hill, DO, Robert Fox, MD",
        "Hill, Ann DO, Fox, Robert MD",
        "Ann Hill, Robert Fox",
    ],
)
def test_several_persons_parted_by_commas_are_told_and_the_first_counts(asked: Asked, cell: str) -> None:
    answer = referred_by(asked, cell)
    assert persons(answer) == [("Hill", "Ann")]
    assert "several_named" in answer.codes()


@pytest.mark.parametrize("cell", ["Ann Hill, DO, PhD, MPH, FACP", "Hill, Ann, DO", "Hill DO, Ann", "Ann Hill, RN, MSN, FNP-C", "Hill, Ann"])  # fmt: skip
def test_credentials_behind_commas_are_no_second_person(asked: Asked, cell: str) -> None:
    answer = referred_by(asked, cell)
    assert persons(answer) == [("Hill", "Ann")]
    assert "several_named" not in answer.codes()


@pytest.mark.parametrize(("cell", "person"), [("Priyanka Rao IM", ("Rao", "Priyanka")), ("Suresh Iyer FM", ("Iyer", "Suresh")), ("Weston Smith PT", ("Smith", "Weston")), ("Fox PT", ("Fox", None))])  # fmt: skip
def test_a_specialty_behind_a_name_of_any_country_makes_no_practice_of_it(
    asked: Asked, cell: str, person: tuple[str, str]
) -> None:
    answer = referred_by(asked, cell)
    assert (persons(answer), places(answer)) == ([person], [])


@pytest.mark.parametrize("cell", ["Lakeview PT", "Elite PT", "North Valley IM", "Kaiser Permanente IM", "Harbor IM", "Westside GI"])  # fmt: skip
def test_a_place_before_a_specialty_is_a_practice(asked: Asked, cell: str) -> None:
    answer = referred_by(asked, cell)
    assert (persons(answer), places(answer)) == ([], [cell])


# What only a person knows, and what people write.


def test_words_of_a_direction_that_nobody_knows_are_asked_about(asked: Asked) -> None:
    text = "call_id,start_time,wait_time,status,call_type\n1,2026-02-13 04:05:00,85,Completed,{}\n2,2026-02-14 04:05:00,10,Abandoned,Sales\n"
    answer = asked(text.format("Complaint"))
    assert answer.told["source"] == "call_log"
    assert "“call_type” (Complaint; Sales)" in (answer.problem or "")
    assert asked(text.format("Inbound")).problem is None


def test_a_saved_log_of_ringcentral_may_say_the_direction_as_its_type(asked: Asked) -> None:
    answer = asked(
        "Type,Phone Number,Name,Date,Time,Action,Action Result,Result Description,Duration\n"
        "Incoming,2175550101,LAKEVIEW FAMILY MED,03/16/2026,9:01 AM,Phone Call,Accepted,,0:04:00\n"
        "Outgoing,2175550103,,03/16/2026,10:02 AM,VoIP Call,Call connected,,0:02:31\nFax,2175550104,,03/16/2026,10:05 AM,Fax,Sent,,0:00:31\n"
    )
    assert answer.rows("call", "source_row, direction") == [(2, "inbound"), (3, "outbound")]
    assert answer.mapped["set_aside"] == 1


@pytest.mark.parametrize("cell", ["DNA", "Dna", "Yes"])
def test_what_a_column_of_yes_and_no_is_called_says_yes_in_it(asked: Asked, cell: str) -> None:
    answer = asked(
        f"Patient Name,D.O.B,Date Received,Referred by,1st appt offered,DNA\nBo Reed,1/4/1961,13/3/2026,Dr Fox,17/3/2026,{cell}\n"
    )
    assert (answer.rows("appointment", "status"), answer.codes("reject")) == ([("noshow",)], set())
    assert "unreadable_boolean" not in answer.codes()


def test_a_complaint_that_a_patient_comes_with_is_the_reason(asked: Asked) -> None:
    answer = asked(
        "Date,Patient,rDVM,rDVM Clinic,Presenting Complaint,Appt\n3/13/2026,Rex,Dr. Fox,Lakeview Animal Hospital,TPLO,3/19/2026\n"
    )
    assert (answer.told["source"], answer.problem) == ("referral_log", None)
    assert answer.rows("referral", "reason_code") == [("TPLO",)]


def test_a_scheduler_that_asks_whether_a_visit_is_paid_exports_appointments(asked: Asked) -> None:
    header = "Start Time,End Time,First Name,Last Name,Phone,Email,Type,Calendar,Appointment Price,Paid?,Amount Paid Online,Notes,Date Scheduled,Appointment ID,Canceled,No Show"
    rows = "".join(
        f'"March {14 + turn}, 2026 9:00 am","March {14 + turn}, 2026 9:30 am",Bo,Reed,2175550101,b@example.com,New,Dr Vane,0,no,,,2026-03-01,{turn},{gone},{missed}\n'
        for turn, gone, missed in ((1, "no", "no"), (2, "yes", "no"), (3, "no", "yes"))
    )
    answer = asked(f"{header}\n{rows}")
    assert answer.problem is None
    assert answer.rows("appointment", "status", "start_on") == [("fulfilled",), ("cancelled",), ("noshow",)]


def test_attempts_and_the_new_patients_visit_are_read_by_their_short_names(asked: Asked) -> None:
    answer = asked(
        "Date Rec'd,Patient,Ref MD,Called 1,Called 2,NP Appt\n3/13/2026,BR,R. Fox,3/14/2026,3/15/2026,3/19/2026\n"
    )
    assert [code for (code,) in answer.rows("referral_event", "code")] == ["contact_attempt", "contact_attempt"]
    assert [str(day) for (day,) in answer.rows("appointment", "start_on")] == ["2026-03-19"]


@pytest.mark.parametrize(
    "question",
    ["Years in practice", "Number of providers", "# referrals last month", "Specialty code", "What is your specialty?", "In what year did you graduate?", "Rank the following: Speed", "Days waited for our report", "Wait for a visit (in days)"],
)  # fmt: skip
def test_numbers_that_are_no_opinion_are_no_ratings(asked: Asked, question: str) -> None:
    answer = asked(
        f"Timestamp,Practice name,{question},How satisfied are you with our reports?\n3/1/2026 10:00:00,Lakeview FM,3,5\n3/13/2026 10:00:00,Harbor IM,2,4\n"
    )
    said = kinds(answer)
    assert said.pop("how_satisfied_are_you_with_our_reports") == "rating"
    assert list(said.values()) == ["other"]


def test_from_whom_a_message_went_is_nobody_whom_a_liaison_met(asked: Asked) -> None:
    answer = asked("Date,From,To,Subject,Type\n3/2/2026,jo@example.com,fox@example.com,Flyer,Email\n")
    assert answer.told["source"] is None
    hours = asked("Date,Rep,Practice,From,To,Purpose\n3/13/2026,Jo Vane,Lakeview FM,9:00,9:30,Intro\n")
    assert (hours.told["source"], hours.counts, persons(hours)) == ("outreach_log", (1, 0, 0), [])


def scored(asked: Asked, question: str, *answers: str) -> tuple[Answer, list[tuple[float, int]]]:
    """The scores and the highest step of answers to one question, lowest first."""
    rows = "".join(f"3/{13 + turn}/2026 10:00:00,Lakeview FM,{text}\n" for turn, text in enumerate(answers))
    answer = asked(f"Timestamp,Practice name,{question}\n{rows}")
    return answer, answer.rows("survey_answer", "value_num, scale_max", "1")


@pytest.mark.parametrize(
    ("question", "top"),
    [("How satisfied are you with our reports (1-10)?", 10), ("How easy is it to refer on a scale of 1 to 7?", 7), ("How satisfied are you with our reports?", 5)],
)  # fmt: skip
def test_a_scale_is_as_high_as_the_question_says_though_nobody_went_so_high(
    asked: Asked, question: str, top: int
) -> None:
    assert scored(asked, question, "3", "4", "5")[1] == [(3.0, top), (4.0, top), (5.0, top)]


@pytest.mark.parametrize(
    ("question", "answers"),
    [("How is the quality of our reports (1 = excellent; 5 = poor)?", ("1", "2", "5")), ("How satisfied are you with our reports?", ("1 - Very satisfied", "2 - Satisfied", "5 - Very dissatisfied"))],
)  # fmt: skip
def test_a_scale_whose_best_step_is_1_is_turned_round_and_said(
    asked: Asked, question: str, answers: tuple[str, ...]
) -> None:
    answer, scores = scored(asked, question, *answers)
    assert [score for score, _ in scores] == [1.0, 4.0, 5.0]
    assert any("has 1 as its best step" in said for said in answer.mapped["decisions"])


def test_words_beside_numbers_that_go_the_usual_way_turn_nothing_round(asked: Asked) -> None:
    answer, scores = scored(asked, "How satisfied are you with our reports?", "5 - Very good", "1 - Very poor", "4 - Good")  # fmt: skip
    assert [score for score, _ in scores] == [1.0, 4.0, 5.0]
    assert not any("best step" in said for said in answer.mapped["decisions"])


def test_a_patient_who_left_without_being_seen_was_not_seen_however_it_is_written(asked: Asked) -> None:
    answer = asked("Appt Date,Patient,MRN,Status\n3/13/2026,Bo Reed,901,Left w/o being seen\n")
    assert answer.rows("appointment", "status") == [("left_unseen",)]


def test_a_question_to_recommend_on_a_scale_of_five_is_not_in_the_net_promoter_score_though_nobody_gave_five(
    asked: Asked,
) -> None:
    _, scores = scored(asked, "How likely are you to recommend us (1-5)?", "3", "4")
    assert scores == [(3.0, 5), (4.0, 5)]


@pytest.mark.parametrize(("status", "reason"), [("Pt cx - not rescheduled", None), ("Cx, has not been r/s", None), ("Cancelled - rescheduled", "Rescheduled")])  # fmt: skip
def test_a_visit_that_was_not_booked_anew_was_not_rescheduled(asked: Asked, status: str, reason: str | None) -> None:
    answer = asked(f'Appt Date,Patient,MRN,Status\n3/13/2026,Bo Reed,901,"{status}"\n')
    assert answer.rows("appointment", "status, cancel_reason") == [("cancelled", reason)]
