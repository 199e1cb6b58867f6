"""Logs as they are kept in other countries and other trades, trial systems' lists, and answers to surveys: small tables in their shapes."""

from __future__ import annotations

import pytest
from ingest.asking import Asked, persons, places, steps, visits

# Who referred.


def test_a_place_behind_a_physicians_name_is_where_they_are(asked: Asked) -> None:
    answer = asked('Date Received,MRN,Referred By\n3/14/2026,901,"Dr. Ann Hill, Lakeview Family Medicine"\n')
    assert (persons(answer), places(answer)) == ([("Hill", "Ann")], ["Lakeview Family Medicine"])


@pytest.mark.parametrize(
    ("cell", "person"),
    [("FOX Robert (Dr)", ("Fox", "Robert")), ("Dr J HILL", ("Hill", "J")), ("VAN DER BERG Anna", ("Van Der Berg", "Anna")), ("JOHN HILL", ("Hill", "John")),
     ("Dr. van Wyk", ("van Wyk", None)), ("Sr. Nkosi", ("Nkosi", None)), ("Ann Hill, L.Ac., Dipl.Ac.", ("Hill", "Ann")), ("Ann Hill, MRCGP", ("Hill", "Ann")),
     ("Nurse Practitioner Ann Hill", ("Hill", "Ann")), ("Ann Hill, Nurse Practitioner", ("Hill", "Ann")), ("Dr. Ann Hill, Lakeview Family Medicine", ("Hill", "Ann")),
     ("Olsson, Per Erik", ("Olsson", "Per Erik"))],
)  # fmt: skip
def test_a_name_is_read_as_its_country_writes_it(asked: Asked, cell: str, person: tuple[str, str | None]) -> None:
    assert persons(asked(f'Date Received,MRN,Referring Clinician\n14/03/2026,901,"{cell}"\n')) == [person]


@pytest.mark.parametrize("named", ["Case Mgr - Mercy", "Social Worker", "Lincoln Elementary School", "School counselor", "Not available", "DON", "Family doctor", "Former patient (Ada M.)", "Shelter", "BCBS", "St. Mary's ER", "Mercy ED"])  # fmt: skip
def test_an_office_by_its_duty_is_no_person(asked: Asked, named: str) -> None:
    answer = asked(f"Date Received,MRN,Referred By\n3/14/2026,901,{named}\n3/15/2026,902,Dr. Hill\n")
    assert persons(answer) == [("Hill", None)]


@pytest.mark.parametrize(
    "cell", ["Dr. Hill's office - Jen", "Dr. Hill, Jen, Al", "Mercy ED/Dr. Hill", "Mercy Hospitalist (Dr. Hill)", "Dr Hill per Jen", "pcp Dr Hill", "Doc Hill"]
)  # fmt: skip
def test_of_several_the_physician_is_who_refers(asked: Asked, cell: str) -> None:
    assert persons(asked(f'Date Received,MRN,Referred By\n3/14/2026,901,"{cell}"\n')) == [("Hill", None)]


@pytest.mark.parametrize("called", ["Referring Clinic/CHC", "Ref. Hospital/Clinic", "Referring GP/Clinic"])
def test_a_header_of_two_words_for_one_thing_is_that_thing(asked: Asked, called: str) -> None:
    answer = asked(f"Date of Referral,Folder No,Referred By,{called}\n13/03/2026,901,Dr. Hill,Delft CHC\n")
    assert (persons(answer), places(answer)) == ([("Hill", None)], ["Delft CHC"])


@pytest.mark.parametrize("number", ["943 476 5919", "001ak000027gyluAAA", "6f9619ff-8b86-d011-b42d-00c04fc964ff", "P005"])  # fmt: skip
def test_a_key_under_patient_is_the_patients_number(asked: Asked, number: str) -> None:
    answer = asked(f"Appointment Date,Patient,Status\n2026-03-20,{number},Completed\n")
    assert (answer.counts, [key is not None for (key,) in answer.rows("appointment", "patient_key")]) == ((1, 0, 0), [True])  # fmt: skip


# When, and what became of it.


def test_a_tracker_of_waits_has_the_first_outpatient_appointment(asked: Asked) -> None:
    answer = asked(
        "RTT Pathway ID,Hospital No,Referral Received Date,Referring GP,GP Practice,First OPA Date,Outcome\n"
        "P1,H1,13/02/2026,Dr A Patel,The Grove Surgery,16/03/2026,Attended\nP2,H2,17/02/2026,Dr S Jones,Mill Lane,23/03/2026,FTA\n"
    )
    assert (answer.told["source"], visits(answer)) == ("referral_log", [("2026-03-16", "fulfilled"), ("2026-03-23", "noshow")])  # fmt: skip


def test_a_two_week_wait_is_urgent_and_the_day_first_seen_is_a_visit(asked: Asked) -> None:
    answer = asked(
        "UBRN,Date of receipt,NHS No.,GP Name,Referral Type,Date First Seen\n000012345678,13/03/2026,9434765919,Dr Hill,2WW,25/03/2026\n"
    )
    assert (answer.rows("referral", "priority"), steps(answer)) == ([("urgent",)], [("kept", "2026-03-25")])


def test_a_worklist_tells_what_was_sent_back(asked: Asked) -> None:
    answer = asked(
        "UBRN,Referral Date,Referring Organisation,Referring Clinician,Priority,Review Status\n"
        "000012345678,17/03/2026,Park Surgery,FOX Robert (Dr),Urgent,Rejected - Returned to Referrer\n000012345679,18/03/2026,Park Surgery,FOX Robert (Dr),Routine,Awaiting Triage\n"
    )
    assert (steps(answer), answer.codes("warning")) == ([("handback", "2026-03-17")], set())


def test_a_decision_and_its_day_are_read(asked: Asked) -> None:
    answer = asked(
        "Referral No,Request Date,MRN,Referring Hospital,Referring Physician,Decision,Decision Date\n"
        "E1,13/03/2026,701,Al Noor Hospital,Dr. Omar,Rejected - no capacity,18/03/2026\nE2,14/03/2026,702,Al Noor Hospital,Dr. Omar,Accepted,19/03/2026\n"
    )
    assert steps(answer) == [("declined", "2026-03-18"), ("accepted", "2026-03-19")]


def test_a_gps_letter_triaged_and_attended_is_a_referral(asked: Asked) -> None:
    answer = asked(
        "Date Received,MRN,Patient Surname,Patient Forename,GP,Consultant,Date Triaged,Date of OPD Appt,Attendance\n"
        "02/03/2026,501,Moss,Ada,Dr. A. Hill,Mr. Byrne,04/03/2026,20/03/2026,Attended\n16/03/2026,502,Reed,Bo,Dr. R. Fox,Mr. Byrne,18/03/2026,28/04/2026,DNA\n"
    )
    assert (answer.told["source"], persons(answer)) == ("referral_log", [("Fox", "R."), ("Hill", "A.")])
    assert visits(answer) == [("2026-03-20", "fulfilled"), ("2026-04-28", "noshow")]


def test_an_undated_ending_is_not_before_what_happened_on_its_day(asked: Asked) -> None:
    answer = asked("Date Received,MRN,Referring MD,Date Triaged,Status\n3/12/2026,901,Fox,3/20/2026,Declined\n")
    assert answer.rows("referral_event", "code", "occurred_at, seq") == [("acknowledged",), ("declined",)]


def test_an_infusion_is_referred_for_a_drug(asked: Asked) -> None:
    answer = asked(
        "Date Rec'd,Referring Provider,Office,Pt Name,DOB,Drug,PA Submitted,Scheduled,1st Infusion,Status\n"
        '3/2/2026,Dr. Fox,Lakeview Rheum,"Moss, Ada",5/14/1951,Remicade,3/4/2026,3/12/2026,3/20/2026,Active\n'
    )
    assert (answer.told["source"], steps(answer)) == ("referral_log", [("scheduled", "2026-03-12"), ("kept", "2026-03-20")])  # fmt: skip


def test_a_schedule_of_rooms_is_asked_about_though_it_says_who_referred(asked: Asked) -> None:
    answer = asked("Date,Time,Patient,MRN,Procedure,Operator,Referring MD,Room,Status\n3/12/2026,07:30,Ada Moss,901,LHC,Stone,Fox,1,Done\n")  # fmt: skip
    assert answer.told["source"] is None


def test_whom_patients_are_sent_to_is_no_service_and_that_is_said(asked: Asked) -> None:
    log = "Referral Date,Ref From,Ref To,MRN,Status\n"
    doctors = asked(log + '3/12/2026,"Fox, Robert MD","Stone, Mark",901,Open\n3/16/2026,"Hill, Ann MD",Dr. Vega,902,Open\n')  # fmt: skip
    assert doctors.rows("referral", "service_line") == [(None,), (None,)]
    assert any("Ref To" in said for said in doctors.mapped["decisions"])
    services = asked(log + '3/12/2026,"Fox, Robert MD",Cardiology,901,Open\n', "services.csv")
    assert services.rows("referral", "service_line") == [("Cardiology",)]


def test_how_an_attempt_went_hides_no_day_of_it(asked: Asked) -> None:
    answer = asked(
        "Date Received,MRN,Referring Provider,Attempt 1,Attempt 2,Appt\n3/2/2026,901,Fox,3/3 LVM,3/15/26 - no answer,3/20/26 @ 9a\n3/16/2026,902,Hill,3/17 10am,,\n"
    )
    assert steps(answer) == [("contact_attempt", "2026-03-03"), ("contact_attempt", "2026-03-15"), ("contact_attempt", "2026-03-17")]  # fmt: skip
    assert any("is not read" in said and "Attempt 1" in said for said in answer.mapped["decisions"])


def test_a_list_of_physicians_by_last_and_first_name_is_a_directory(asked: Asked) -> None:
    answer = asked(
        "Last,First,Credentials,Specialty,Practice,City,Zip,Ph,Fx,NPI,# Refs 2025\nFox,Robert,MD,FM,Lakeview FM,Boise,83702,208-555-0101,208-555-0102,1234567893,12\n"
        "Hill,Ann,DO,IM,North IM,Boise,83703,208-555-0103,208-555-0104,,3\n"
    )
    assert (answer.counts, persons(answer)) == ((2, 0, 0), [("Fox", "Robert"), ("Hill", "Ann")])


# Contacts.


def test_whom_a_liaison_saw_and_how_are_read(asked: Asked) -> None:
    answer = asked(
        "DATE,PRACTICE NAME,WHO DID YOU SEE,TYPE OF VISIT,F/U DATE\n3/12/26,Lakeview FM,Dr. Fox,Drop-in,4/1/26\n3/13/26,Peds West,no one - closed,Drop-in,\n"
    )
    assert (answer.told["source"], persons(answer)) == ("outreach_log", [("Fox", None)])


def test_an_event_of_a_calendar_is_what_its_subject_says(asked: Asked) -> None:
    answer = asked(
        "Activity Type,Subject,Related To,Contact Name,Start DateTime,Activity Owner,Status\n"
        "Event,Office visit - intro,Lakeview FM,Robert Fox,2026-03-12 10:00,Kim Lee,Completed\nEvent,CME dinner,North IM,Ann Hill,2026-03-17 18:00,Kim Lee,Completed\n"
    )
    assert answer.rows("touch", "channel", "source_row") == [("visit",), ("event",)]


# Trials.


def test_the_day_of_a_step_is_no_count_of_it(asked: Asked) -> None:
    answer = asked(
        "Reference ID,Trial,Site,Status,Referral Source,Prescreened On,Consented On,Randomized On,Last Updated\n"
        "R-1,ABC-101,Boise,Randomized,Physician Referral,2026-02-25,2026-03-02,2026-03-16,2026-03-16\n"
    )
    assert (answer.told["source"], answer.counts) == ("screening_log", (1, 0, 0))


def test_a_participant_list_of_a_site_binder_is_a_screening_log(asked: Asked) -> None:
    answer = asked(
        "Participant ID,Study,Status,Initial Consent Date,Enrolled Date,Withdrawn Date,Screen Failed Date\n"
        "101-001,ABC-101,Enrolled,2026-03-02,2026-03-16,,\n101-002,ABC-101,Screen Failed,2026-03-03,,,2026-03-09\n"
    )
    assert {("screen_failed", "2026-03-09"), ("randomized", "2026-03-16")} <= {
        (code, str(day)) for code, day in answer.rows("subject_event", "code, occurred_on")
    }


def test_a_subject_not_eligible_by_status_alone_failed(asked: Asked) -> None:
    answer = asked(
        "Protocol No.,Study Site,Subject MRN,Sequence No.,Subject Status,Consent Signed Date,On Study Date\n"
        "UM-1,Main,902,2,Not Eligible,03/13/2026,\nUM-1,Main,903,3,On Treatment,03/14/2026,03/20/2026\n"
    )
    assert ("screen_failed", "2026-03-13") in [(code, str(day)) for code, day in answer.rows("subject_event", "code, occurred_on")]  # fmt: skip


# Surveys.


def test_flags_beside_a_score_and_yes_and_no_as_numbers_are_no_ratings(asked: Asked) -> None:
    answer = asked(
        "Response Date,NPS Score,Promoter,Passive,Detractor,Was your question resolved?\n2026-03-12,10,1,0,0,1\n2026-03-16,7,0,1,0,1\n2026-03-18,2,0,0,1,0\n"
    )
    kinds = dict(answer.rows("survey_answer", "distinct item_code, kind"))
    assert kinds == {"nps": "nps", "was_your_question_resolved": "other"}


@pytest.mark.parametrize(
    ("question", "best", "worst"),
    [("¿Qué tan satisfecho está con la comunicación?", "Muy satisfecho", "Insatisfecho"), ("Êtes-vous satisfait de nos délais ?", "Très satisfait", "Insatisfait"),
     ("Wie zufrieden sind Sie mit der Terminvergabe?", "Sehr zufrieden", "Unzufrieden")],
)  # fmt: skip
def test_answers_in_another_language_stand_on_their_ladder(asked: Asked, question: str, best: str, worst: str) -> None:
    answer = asked(f"Timestamp,{question}\n13/03/2026 09:15:00,{best}\n16/03/2026 10:20:00,{worst}\n")
    assert answer.rows("survey_answer", "kind, scale_max, value_num", "value_num") == [("rating", 5, 2.0), ("rating", 5, 5.0)]  # fmt: skip


def test_the_physician_who_answers_is_no_question(asked: Asked) -> None:
    answer = asked(
        "ID,Date Completed,Referring Physician,Reports arrive on time,How satisfied are you with our staff?\n1,3/12/2026,Dr. Robert Fox,Strongly agree,Satisfied\n"
    )
    assert "Dr. Robert Fox" not in [text for (text,) in answer.rows("survey_answer", "value_text")]


def test_an_answer_that_does_not_apply_takes_no_score_from_the_others(asked: Asked) -> None:
    log = "Submission Date,How likely are you to recommend us (0-10)?\n"
    answer = asked(log + "2026-03-12,10\n2026-03-13,N/A\n2026-03-14,7/10\n2026-03-15,9\n")
    assert answer.rows("survey_answer", "kind, value_num", "source_row") == [("nps", 10.0), ("nps", None), ("nps", 7.0), ("nps", 9.0)]  # fmt: skip
    stray = asked(
        log + "".join(f"2026-03-1{day},{day}\n" for day in range(2, 9)) + "2026-03-20,eight or nine\n", "stray.csv"
    )
    assert any("not scored" in said for said in stray.mapped["decisions"])


def test_the_reason_behind_a_subjects_state_does_not_hide_it(asked: Asked) -> None:
    answer = asked("Study,Subject,Consent,Status,Status Date\nABC-101,004,2026-03-13,Declined - too far,2026-03-14\n")
    assert {code for (code,) in answer.rows("subject_event", "code")} == {"consented", "declined"}
