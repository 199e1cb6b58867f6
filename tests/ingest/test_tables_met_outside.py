"""Tables in the shapes of files that people publish, which were read wrongly or asked about for nothing when first met."""

from __future__ import annotations

import pytest
from ingest.asking import Asked, kinds, persons

EXAMS = "Patient Name,MRN,DOB,Exam Date,Exam Time,Modality,Exam Description,Referring Physician,{more}Signed Date,Radiologist\n"


def test_the_day_on_which_a_report_was_signed_is_no_day_of_a_referral(asked: Asked) -> None:
    answer = asked(
        EXAMS.format(more="Exam Status,")
        + '"ROE, JANE",900001,04/01/1960,03/14/2026,09:30,MR,MRI BRAIN,"HILL, ANN MD",Final,03/14/2026 15:00,Stone\n'
    )
    assert answer.told["source"] is None
    assert "Accession number" in str(answer.problem)


def test_a_referral_that_was_signed_is_of_that_day(asked: Asked) -> None:
    answer = asked(
        "Date Signed,Referring MD,Patient,Status\n3/14/2026,Ann Hill MD,901,New\n3/16/2026,Robert Fox MD,902,New\n"
    )
    assert [str(day) for (day,) in answer.rows("referral", "authored_on", "1")] == ["2026-03-14", "2026-03-16"]


@pytest.mark.parametrize("name", ["HILL^ANN^^DR", "HILL^ANN^^Dr.^MD", "HILL^ANN^^^MD", "HILL^ANN"])
def test_a_title_behind_the_names_of_dicom_is_no_given_name(asked: Asked, name: str) -> None:
    answer = asked(
        "PatientID,AccessionNumber,StudyDate,StudyTime,Modality,StudyDescription,ReferringPhysicianName\n"
        f"900001,A1001,20260314,093000.123,MR,MRI BRAIN,{name}\n900002,A1002,20260315,103000,CT,CT CHEST,FOX^ROBERT\n"
    )
    assert ("Hill", "Ann") in persons(answer)
    assert [str(when) for (when,) in answer.rows("imaging_study", "exam_end_at")] == ["2026-03-14 13:30:00", "2026-03-15 14:30:00"]  # fmt: skip


def test_whom_a_german_liaison_met_is_no_liaison_and_how_they_met_is_read(asked: Asked) -> None:
    answer = asked(
        "Datum;Praxis;Arzt;Ansprechpartner;Art des Kontakts;Außendienst\n"
        "14.03.2026;Hausarztpraxis am See;Dr. med. Anna Huber;Frau Klein;Besuch;P. Maier\n"
        "16.03.2026;MVZ Nord;Dr. Robert Fuchs;Empfang;Anruf;P. Maier\n"
    )
    assert answer.rows("touch", "liaison, channel", "occurred_on") == [("P. Maier", "visit"), ("P. Maier", "call")]


@pytest.mark.parametrize(
    "text",
    [
        "SURVEY_ID,RECDATE,DISDATE,Resp Age,Resp Sex,CP Explanations,CP Courtesy,Likelihood to Recommend Practice\n1,03/20/2026,03/01/2026,45,F,100,75,100\n2,03/21/2026,03/02/2026,55,M,50,75,25\n",
        "Timestamp,How satisfied were you with your visit?,Did the nurse listen carefully?,How likely are you to recommend us to friends and family?\n3/14/2026 9:00:00,5,Yes,9\n3/15/2026 9:00:00,4,Yes,8\n",
    ],
)
def test_what_patients_say_of_their_visit_is_asked_about(asked: Asked, text: str) -> None:
    answer = asked(text)
    assert answer.told["source"] is None
    assert "survey of patients" in str(answer.problem)


def test_a_survey_of_those_who_refer_may_speak_of_their_patients_visits(asked: Asked) -> None:
    answer = asked(
        "Timestamp,Practice name,How satisfied are you with the care your patients received?,Did our physicians keep you informed after the visit?,How likely are you to recommend us to a colleague?\n"
        "3/14/2026 9:00:00,Lakeview FM,5,Yes,9\n3/15/2026 9:00:00,Harbor IM,4,Yes,8\n"
    )
    assert "nps" in kinds(answer).values()


def test_what_a_call_came_to_is_told_by_its_status_beside_what_was_agreed(asked: Asked) -> None:
    answer = asked(
        "Call ID,Call Date,Call Time,Queue,Call Status,Wait Time,Talk Time,Disposition\n"
        "1,2026-10-02,09:12:00,Referrals,ANSWERED,15,310,Account Inquiry\n2,2026-10-02,10:05:00,Referrals,ABANDONED,45,0,\n"
    )
    assert answer.rows("call", "source_row, answered, abandoned") == [(2, True, False), (3, False, True)]


def test_calls_of_teams_with_numbers_outside_are_in_utc_and_an_attendant_answers_for_nobody(asked: Asked) -> None:
    answer = asked(
        "UsageId,Call ID,Conference ID,User Location,UPN,User Display Name,Caller ID,Call Type,Number Type,Destination Number,Start Time,End Time,Duration Seconds,Charge,Currency\n"
        "u1,c1,,US,desk@example.org,Front Desk,+12175550101,user_in,Subscriber,+12175550199,2026-03-14 14:01:00,2026-03-14 14:05:20,260,0,USD\n"
        "u2,c2,,US,desk@example.org,Front Desk,+12175550199,user_out,Subscriber,+12175550102,2026-03-14 14:31:00,2026-03-14 14:31:00,0,0,USD\n"
        "u3,c3,,US,aa@example.org,Main,+12175550103,ucap_in,Service,+12175550199,2026-03-14 15:31:00,2026-03-14 15:32:00,60,0,USD\n"
        "u4,c4,,US,desk@example.org,Front Desk,+12175550104,ByotIn,Subscriber,+12175550199,2026-03-14 16:01:00,2026-03-14 16:01:20,0,0,USD\n"
    )
    assert (answer.told["source"], answer.counts) == ("teams_pstn", (4, 0, 0))
    assert answer.rows("call", "source_row, direction, started_at::varchar, talk_s, answered, abandoned") == [
        (2, "inbound", "2026-03-14 14:01:00", 260, True, False),
        (3, "outbound", "2026-03-14 14:31:00", 0, False, False),
        (4, "inbound", "2026-03-14 15:31:00", None, None, None),
        (5, "inbound", "2026-03-14 16:01:00", 0, False, True),
    ]


@pytest.mark.parametrize("form", ["Referrals[{}]", "Referral - {}", "log.{}"])
def test_what_the_names_of_all_columns_begin_with_is_left_off(asked: Asked, form: str) -> None:
    names = ",".join(form.format(name) for name in ("Date Received", "Referring Provider", "Patient MRN", "Status"))
    answer = asked(f"{names}\n3/14/2026,Ann Hill MD,901,New\n3/16/2026,Robert Fox MD,902,New\n")
    assert (answer.told["source"], answer.counts) == ("referral_log", (2, 0, 0))
    assert persons(answer) == [("Fox", "Robert"), ("Hill", "Ann")]
    assert any("left off" in note for note in answer.reading["notes"])


def test_the_name_of_a_record_of_a_visit_is_nobody_and_the_account_may_be_a_person(asked: Asked) -> None:
    answer = asked(
        "Call Name,Account,Date,Status,Owner: Full Name,Call Channel\n"
        'C1,"Hill, Ann",2026-03-02,Submitted,Pat Rep,Face to face\nC2,"Fox, Robert",2026-03-03,Submitted,Pat Rep,Phone\n'
    )
    assert persons(answer) == [("Fox", "Robert"), ("Hill", "Ann")]


def test_the_specialty_beside_a_general_practitioner_is_what_the_patient_is_sent_to(asked: Asked) -> None:
    answer = asked(
        "Pathway ID,NHS Number,Referral Received Date,Referring GP,Specialty,First Appointment Date,First Appointment Outcome\n"
        "P1,9434765919,02/03/2026,Dr A Hill,Cardiology,14/03/2026,Attended\nP2,9434765870,13/03/2026,Dr R Fox,Cardiology,16/03/2026,DNA\n"
    )
    assert answer.rows("practitioner", "distinct specialty") == [(None,)]
    assert answer.rows("referral", "distinct service_line") == [("Cardiology",)]
    assert answer.rows("appointment", "status", "start_on") == [("fulfilled",), ("noshow",)]


@pytest.mark.parametrize("status", ["Spam", "8"])
def test_what_a_survey_tool_takes_for_spam_is_no_answer(asked: Asked, status: str) -> None:
    answer = asked(
        "StartDate,EndDate,Status,Finished,RecordedDate,ResponseId,Q1\n"
        "Start Date,End Date,Response Type,Finished,Recorded Date,Response ID,How likely are you to recommend us to a colleague?\n"
        + ",".join(f'"{{""ImportId"":""{name}""}}"' for name in "abcdefg")
        + f"\n2026-03-14 08:00:00,2026-03-14 08:05:00,0,1,2026-03-14 08:05:01,R_1,9\n2026-03-17 08:00:00,2026-03-17 08:05:00,{status},1,2026-03-17 08:05:01,R_2,0\n"
    )
    assert (answer.counts, answer.codes()) == ((1, 0, 0), {"survey_spam"})


@pytest.mark.parametrize("amount", ["kr 300", "300 kr", "120 zł", "R$ 40"])
def test_a_gift_in_kronor_or_zloty_is_none_in_dollars(asked: Asked, amount: str) -> None:
    answer = asked(
        f"Date Given,Recipient,Description,Fair Value\n2026-03-14,Ann Hill MD,Lunch,$15.00\n2026-03-16,Robert Fox MD,Lunch,{amount}\n"
    )
    assert "other_currency" in answer.codes("reject")
    assert answer.rows("gift_ledger", "fair_value_usd::varchar") == [("15.00",)]
