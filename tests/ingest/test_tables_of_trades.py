"""Logs of trades beside medicine, what CRMs and list tools export, and sheets that may be read two ways."""

from __future__ import annotations

import pytest
from ingest.asking import Asked, persons, places, received, referred_by, steps, visits

# Who referred.


@pytest.mark.parametrize(
    ("cell", "person"),
    [("Nguyen Van An", ("Nguyen", "Van An")), ("Trần Thị Mai", ("Trần", "Thị Mai")), ("An Nguyen", ("Nguyen", "An")), ("Lee Van Dyke", ("Van Dyke", "Lee"))],
)  # fmt: skip
def test_a_vietnamese_family_name_stands_first_where_the_middle_name_says_so(
    asked: Asked, cell: str, person: tuple[str, str]
) -> None:
    assert persons(referred_by(asked, cell)) == [person]


@pytest.mark.parametrize("named", ["Anthem", "Humana Gold", "Ambetter", "Aetna Better Health", "CareFirst", "WellCare of Ohio"])  # fmt: skip
def test_an_insurer_by_its_own_name_refers_nobody(asked: Asked, named: str) -> None:
    assert persons(referred_by(asked, named, "Dr. Hill")) == [("Hill", None)]


@pytest.mark.parametrize("named", ["(217) 555-0101", "12175550101", "+442079460000"])
def test_a_number_to_call_is_nobodys_name(asked: Asked, named: str) -> None:
    assert persons(referred_by(asked, named, "Dr. Hill")) == [("Hill", None)]


def test_letters_for_a_specialty_behind_one_word_make_a_practice_of_it(asked: Asked) -> None:
    answer = referred_by(asked, "Lakeview FM", "Dr. Hill")
    assert (persons(answer), places(answer)) == ([("Hill", None)], ["Lakeview FM"])


def test_whoever_manages_a_hospitals_cases_is_no_physician(asked: Asked) -> None:
    assert persons(referred_by(asked, "Mercy Hospital - Jane CM", "Dr. Hill")) == [("Hill", None)]


@pytest.mark.parametrize(
    ("cell", "person"), [("Dr. Robert Fox, Lakeview", ("Fox", "Robert")), ("Dr. Fox, Robert", ("Fox", "Robert")), ("Dr. Robert Fox, DO", ("Fox", "Robert"))]
)  # fmt: skip
def test_a_word_behind_a_whole_name_with_its_title_is_a_place(asked: Asked, cell: str, person: tuple[str, str]) -> None:
    answer = referred_by(asked, cell)
    assert persons(answer) == [person]
    assert ("several_named" in answer.codes("warning")) == cell.endswith("Lakeview")


# Columns that hold something else than a name.


@pytest.mark.parametrize("key", ["0015g00000XyZaB", "0015g00000XyZaBAAV", "6f9619ff-8b86-d011-b42d-00c04fc964ff", "recA1b2C3d4E5f6G7"])  # fmt: skip
def test_the_key_of_another_tables_record_is_no_name_of_a_site(asked: Asked, key: str) -> None:
    answer = asked(f"Referral Date,MRN,Referring Provider,Facility\n3/14/2026,901,Ann Hill,{key}\n3/15/2026,902,Ann Hill,{key}\n")  # fmt: skip
    assert (answer.counts, answer.rows("site", "name")) == ((2, 0, 0), [])
    assert any("keys of another table" in said and "Facility" in said for said in answer.mapped["decisions"])


def test_a_log_of_faxes_is_no_log_of_visits(asked: Asked) -> None:
    answer = asked("Date/Time,From,CSID,Pages,Status,Routed To,Type\n3/14/2026 9:00,12175550101,LAKEVIEW FM,4,OK,Referrals,Referral\n")  # fmt: skip
    assert answer.told["source"] is None
    assert answer.problem


@pytest.mark.parametrize("header", ["Clinic", "facility_name"])
def test_a_surveys_clinic_is_said_to_be_read_as_a_site(asked: Asked, header: str) -> None:
    answer = asked(f"Response Date,Practice,{header},Overall satisfaction (1-5),Comments\n2026-03-14,Lakeview,North Office,5,Great\n")  # fmt: skip
    assert answer.rows("site", "name") == [("North Office",)]
    assert any("say so on the mapping screen" in said for said in answer.mapped["decisions"])


def test_a_clinic_that_bears_the_practices_name_is_no_site(asked: Asked) -> None:
    answer = asked(
        "Response Date,Practice,Clinic,Overall satisfaction (1-5),Comments\n2026-03-14,Lakeview,Lakeview North,5,Great\n2026-03-15,North IM,North IM Main,3,Slow\n"
    )
    assert (answer.counts, answer.rows("site", "name")) == ((2, 0, 0), [])
    assert any("no site of yours" in said for said in answer.mapped["decisions"])


# Answers.


def test_ticks_of_what_could_be_better_are_no_comments(asked: Asked) -> None:
    answer = asked(
        "Timestamp,Practice,How likely are you to recommend us? (0-10),What could be better? [Scheduling],What could be better? [Reports],Comments\n"
        "3/14/2026 10:00:00,Lakeview,9,Yes,,Thanks\n3/15/2026 10:00:00,North,6,,Reports,Slow\n"
    )
    said = [(text, kind) for text, kind in answer.rows("survey_answer", "value_text, kind", "value_text") if text]
    assert said == [("Reports", "other"), ("Slow", "comment"), ("Thanks", "comment"), ("Yes", "other")]


def test_the_number_of_an_answer_is_no_answer(asked: Asked) -> None:
    answer = asked(
        "comment_id,Practice,Response Date,satisfaction,comment\n1,Lakeview,2026-03-14,1,Attentive and quick\n2,North,2026-03-15,3,Went as it should\n"
    )
    assert {label for (label,) in answer.rows("survey_answer", "item_label")} == {"satisfaction", "comment"}


# Other trades.


def test_a_veterinarians_log_is_a_log(asked: Asked) -> None:
    answer = asked(
        "Date,Client Last Name,Pet Name,Species,rDVM,rDVM Hospital,Service,Case #,Status,Update sent to rDVM\n"
        "3/14/2026,Moss,Rex,Canine,Dr. Fox,Lakeview Animal Hospital,Cardiology,V100,New,3/16/2026\n3/15/2026,Reed,Tom,Feline,Dr. Hill,North Vet,Surgery,V101,Scheduled,\n"
    )
    assert (answer.told["source"], answer.counts) == ("referral_log", (2, 0, 0))
    assert (persons(answer), places(answer)) == ([("Fox", None), ("Hill", None)], ["Lakeview Animal Hospital", "North Vet"])  # fmt: skip
    assert ("report_sent", "2026-03-16") in steps(answer)


def test_a_physiotherapists_first_assessment_is_a_visit(asked: Asked) -> None:
    answer = asked(
        "Date of Referral,Client,GP / Referrer,Condition,Funding,IA Booked,IA Date,D/C Date\n02/03/2026,A Moss,Dr R Fox,LBP,NHS,04/03/2026,16/03/2026,\n"
    )
    assert (persons(answer), visits(answer), steps(answer)) == ([("Fox", "R")], [("2026-03-16", "booked")], [("scheduled", "2026-03-04")])  # fmt: skip


def test_a_medical_representatives_visits_are_outreach(asked: Asked) -> None:
    answer = asked(
        "Visit Date,MR Name,Doctor Name,Area,Products Discussed,Doctor Response,Next Visit\n14-Mar-2026,Kim Lee,Dr. Robert Fox,North,Drug A,Positive,16-Apr-2026\n"
    )
    assert answer.rows("touch", "liaison, channel, purpose, outcome, next_touch_on::varchar") == [("Kim Lee", "visit", "Drug A", "positive", "2026-04-16")]  # fmt: skip


def test_numbered_contacts_are_attempts(asked: Asked) -> None:
    answer = asked("Referral Received,MRN,Referring Provider,Contact 1,Contact 2,Appt\n3/14/26 0915,901,R. Fox,3/14 LVM,3/15 no ans,3/20/26 @ 2p\n")  # fmt: skip
    assert steps(answer) == [("contact_attempt", "2026-03-14"), ("contact_attempt", "2026-03-15")]


def test_a_one_that_somebody_came_is_a_yes_and_a_nought_a_no(asked: Asked) -> None:
    answer = asked(
        "referral_date,referring_md,patient_mrn,appt_date,showed\n2026-03-14,Robert Fox,901,2026-03-20,1\n2026-03-15,Ann Hill,902,2026-03-22,0\n"
    )
    assert (visits(answer), answer.codes("warning")) == ([("2026-03-20", "fulfilled"), ("2026-03-22", "noshow")], set())


def test_a_spreadsheets_counts_below_its_groups_are_no_records(asked: Asked) -> None:
    answer = asked(
        "Referring Provider,Date,Patient,Practice\nFox,3/14/2026,901,Lakeview\nFox,3/15/2026,903,Lakeview\nFox Count,2,,\nHill,3/16/2026,902,North\nHill Count,1,,\nGrand Count,3,,\n"
    )
    assert (answer.counts, received(answer)) == ((3, 0, 0), ["2026-03-14", "2026-03-15", "2026-03-16"])
