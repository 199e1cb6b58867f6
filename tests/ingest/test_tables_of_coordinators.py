"""Logs as those keep them who coordinate referrals in one field or another, and exports of systems beside them."""

from __future__ import annotations

import pytest
from ingest.asking import Asked, persons, places, received, steps

# Which log it is, whatever else is noted down beside it.


def test_two_columns_that_say_referral_make_a_log_of_it_whatever_else_is_noted_down(asked: Asked) -> None:
    answer = asked(
        "Ref Rcvd,MRN,Referring Neph,Dialysis Unit,Fin Clear,Eval,Selection Cmte,Listed,Notes\n"
        "1/5/2026,901,Fox,North,1/19/2026,2/2/2026,2/10/2026,2/12/2026,\n1/16/2026,902,Hill,South,,,,,\n"
    )
    assert (answer.told["source"], answer.problem, answer.counts) == ("referral_log", None, (2, 0, 0))
    assert persons(answer) == [("Fox", None), ("Hill", None)]
    assert any("Not used" in said and "Selection Cmte" in said for said in answer.mapped["decisions"])


@pytest.mark.parametrize("called", ["Referring DDS", "Ref OD", "Referring PCP", "Ref. DPM", "Ref'g", "From (Dr)", "Referring Pediatrician"])  # fmt: skip
def test_whoever_refers_is_known_by_what_they_are(asked: Asked, called: str) -> None:
    answer = asked(f"Ref Date,Patient,{called},Tooth,Plan\n1/15/2026,901,Fox,30,RCT\n1/16/2026,902,Hill,14,RCT\n")
    assert persons(answer) == [("Fox", None), ("Hill", None)]


# Days.


def test_what_a_visit_is_booked_for_is_its_day_and_not_the_day_of_booking(asked: Asked) -> None:
    answer = asked(
        "Date Referred,MRN,Referred From,Date Attempt #1,Date Attempt #2,Date Scheduled For,Showed\n"
        "3/2/2026,901,Lakeview FM - Dr Fox,3/3/2026,3/15/2026,3/20/2026,yes\n"
    )
    assert [str(day) for (day,) in answer.rows("appointment", "start_on")] == ["2026-03-20"]
    assert steps(answer) == [("contact_attempt", "2026-03-03"), ("contact_attempt", "2026-03-15"), ("kept", "2026-03-20")]  # fmt: skip


def test_a_reason_for_which_nobody_was_taken_on_is_not_passed_over(asked: Asked) -> None:
    answer = asked(
        "Received,Patient,Referring Physician,Declined Reason\n03/12/2026,901,Fox,\n03/22/2026,902,Hill,Staffing\n"
    )
    assert (answer.counts, answer.codes("warning")) == ((2, 0, 0), {"no_date_for_outcome"})


@pytest.mark.parametrize(
    ("said", "step"),
    [("Eval'd", "kept"), ("consulted", "kept"), ("not seen yet", None), ("wants to be seen sooner", None), ("waiting on path", None), ("UTR x3", "declined"),
     ("Cx - sick; r/s 3/21", "rescheduled"), ("RTS - wrong specialty", "handback"), ("Reviewed - not a candidate", "declined"), ("Reviewed - accepted", "accepted")],
)  # fmt: skip
def test_what_a_coordinator_writes_became_of_it(asked: Asked, said: str, step: str | None) -> None:
    answer = asked(
        f"Date Received,MRN,Referring MD,Status,Status Date,Consult Date\n3/2/2026,901,Fox,{said},3/18/2026,3/18/2026\n"
    )
    assert [code for code, _ in steps(answer)] == ([step] if step not in (None, "kept") else [])
    assert answer.rows("appointment", "status") == [("fulfilled",) if step == "kept" else ("booked",)]


# Who, and where.


@pytest.mark.parametrize(
    ("cell", "person", "place"),
    [("NP Keller", ("Keller", None), None), ("Dr Fox's PA", ("Fox", None), None), ("R FOX", ("Fox", "R"), None), ("FOX R", ("Fox", "R"), None),
     ("R Fox MD (Lakeview FM)", ("Fox", "R"), "Lakeview FM"), ("Dr. Ann Hill - Women's Health Partners", ("Hill", "Ann"), "Women's Health Partners"),
     ("Dr. Hill / Lakeview Peds", ("Hill", None), "Lakeview Peds"), ("Dr. Sun (ortho)", ("Sun", None), None), ("Sunrise SNF", None, "Sunrise SNF")],
)  # fmt: skip
def test_a_cell_tells_the_person_from_the_place(
    asked: Asked, cell: str, person: tuple[str, str | None] | None, place: str | None
) -> None:
    answer = asked(f'Date Received,MRN,Referring Provider\n3/14/2026,901,"{cell}"\n')
    assert persons(answer) == ([person] if person else [])
    assert places(answer) == ([place] if place else [])


def test_a_person_behind_the_practice_is_a_person(asked: Asked) -> None:
    answer = asked("Date Received,MRN,Referred From\n3/14/2026,901,Lakeview FM - Dr Fox\n3/15/2026,902,North IM\n")
    assert (persons(answer), places(answer)) == ([("Fox", None)], ["Lakeview FM", "North IM"])


@pytest.mark.parametrize("named", ["Court", "OB referral", "School"])
def test_a_court_and_a_kind_of_referral_are_nobodys_name(asked: Asked, named: str) -> None:
    answer = asked(f"Date Received,MRN,Referred By\n3/14/2026,901,{named}\n3/15/2026,902,Dr. Hill\n")
    assert persons(answer) == [("Hill", None)]


def test_a_visit_to_a_closed_office_met_nobody(asked: Asked) -> None:
    answer = asked(
        "Date,Office,Who I saw,What I left,Miles\n3/2,Lakeview FM,Dr. Fox,Pads,12\n3/13,Ortho One,closed for lunch - left cards,cards,9\n",
        "Visits March 2026.csv",
    )
    assert (answer.told["source"], answer.counts, persons(answer)) == ("outreach_log", (2, 0, 0), [("Fox", None)])


# Systems.


def test_a_table_of_calls_is_of_calls(asked: Asked) -> None:
    hubspot = asked(
        "Record ID,Activity date,Call outcome,Call direction,Activity assigned to,Associated Contact,Associated Company\n"
        "301,2026-03-02 10:00,Connected,OUTBOUND,Kim Lee,Robert Fox (rfox@example.org),Lakeview FM\n"
    )
    dynamics = asked(
        "(Do Not Modify) Phone Call,(Do Not Modify) Modified On,Subject,Regarding,Call To,Due Date,Activity Status,Owner\n"
        "8f1,3/2/2026 10:00,Intro,Lakeview FM,Robert Fox,3/22/2026,Completed,Kim Lee\n",
        "dynamics.csv",
    )
    for answer in (hubspot, dynamics):
        assert answer.rows("touch", "channel") == [("call",)]
        assert (persons(answer), places(answer)) == ([("Fox", "Robert")], ["Lakeview FM"])


def test_the_orders_of_an_imaging_centre_are_its_referrals(asked: Asked) -> None:
    answer = asked(
        "Order ID,Order Date,Ordering Provider,Ordering Practice,Patient,DOB,Exam,Order Status,Appt Date,Location,Received Via\n"
        'O1,03/02/2026,"Fox, Robert",Lakeview,"Moss, Ada",04/01/1961,MRI Knee,Scheduled,03/19/2026,East,Fax\n'
    )
    assert (answer.told["source"], received(answer), places(answer)) == ("referral_log", ["2026-03-02"], ["Lakeview"])


# Counts and plans.


def test_cumulative_counts_cut_short_are_counts_and_no_plan(asked: Asked) -> None:
    answer = asked(
        "Study,Site,As of,Cum. screened,Cum. SF,Cum. randomised,Target\nAB-101,Boston,2026-03-31,15,5,10,40\n"
    )
    assert answer.rows("enrolment_count", "screened, screen_failed, enrolled") == [(15, 5, 10)]


@pytest.mark.parametrize("month", ["2026-01", "Jan-26", "January 2026", "1/1/2026"])
def test_a_plan_by_month_is_reached_at_its_end(asked: Asked, month: str) -> None:
    answer = asked(
        f"Study,Site,Month,Planned enrolment (cumulative)\nAB-101,Boston,{month},5\n",
    )
    assert [(str(day), planned) for day, planned in answer.rows("study_plan", "as_of_on, cum_target")] == [("2026-01-31", 5)]  # fmt: skip
    assert answer.rows("study_site", "target") == [(None,)]
