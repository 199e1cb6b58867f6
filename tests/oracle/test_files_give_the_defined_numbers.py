"""From a file's cells to a number: small exports whose figures can be told by hand, through the same door as anyone's."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from pipelines import ingest
from pipelines.generation.versions import Part
from pipelines.ingest import inspecting
from pipelines.metrics import Filters, Scope, compute, differences, rows
from pipelines.workspace import Workspace

SITES = "Site Code,Site Name,City,State,ZIP,Time Zone\nN1,North House,X,NY,10001,America/New_York\n"
ALL = Scope.everything()


def given(workspace: Workspace, **files: str) -> None:
    """Each text loaded as an export of its own, in the order given."""
    for name, text in files.items():
        found = ingest.inspect(workspace, ingest.receive(workspace, f"{name}.csv", text.encode()))
        assert found.problem is None, found.problem
        ingest.load(workspace, found)


def asked(workspace: Workspace, metric: str, as_of: dt.date, **more: Any) -> pd.DataFrame:
    return compute(metric, ALL, Filters(), as_of=as_of, warehouse=workspace.warehouse, **more).frame


REFERRALS = "Referral ID,Date Received,MRN,Referring Practice,Site,Study\n" + "".join(
    f"R{number},2026-0{month},P{number},Oak Clinic,N1,QRS-1\n"
    for number, month in enumerate(("1-05", "1-05", "1-05", "1-05", "3-31"), start=1)
)
SLOTS = "Snapshot Date,Slot Start,Slot Status,Site{more}\n" + "".join(
    f"2026-03-02,2026-03-{day} 09:00,{state},N1{{{place}}}\n"
    for place, (day, state) in enumerate(
        [("02", "Open"), ("02", "Open"), ("03", "Booked"), ("05", "Open"), ("09", "Open")]
    )
)


@pytest.mark.parametrize(
    ("more", "cells", "days"),
    [
        ("", ("", "", "", "", ""), 7),
        (",Provider", (",Dr. A", ",Dr. B", ",Dr. A", ",Dr. A", ",Dr. A"), 3),
    ],
)
def test_two_providers_free_at_one_time_are_two_free_times(
    workspace: Workspace, more: str, cells: tuple[str, ...], days: int
) -> None:
    slots = SLOTS.replace("{more}", more)
    for place, cell in enumerate(cells):
        slots = slots.replace(f"{{{place}}}", cell)
    given(workspace, sites=SITES, slots=slots)
    frame = asked(workspace, "third_next_available", dt.date(2026, 3, 31))
    assert (frame["n"].iloc[0], frame["value"].iloc[0]) == (1, days)


SURVEY = (
    "Respondent ID,Collector ID,Start Date,End Date,IP Address,Email Address,First Name,Last Name,Custom Data 1,Anything we should know?\n"
    ",,,,,,,,,Open-Ended Response\n"
    "118000001,44,03/02/2026 09:00:00 AM,03/02/2026 09:04:00 AM,,,,,INV-1,Hard to reach\n"
    "118000002,44,03/02/2026 09:00:00 AM,03/02/2026 09:04:00 AM,,,,,INV-2,Good team\n"
)
INVITES = (
    "Invite ID,Survey,Practice,Site,Sent On,Delivered\nINV-1,Wave,Oak Clinic,N1,2026-02-20,Yes\n"
    "INV-2,Wave,Elm Clinic,N1,2026-02-20,Yes\n"
)


@pytest.mark.parametrize(
    ("more", "system"), [("", ""), (",Survey System", ",SurveyMonkey"), (",Survey System", ",Qualtrics")]
)
def test_a_reply_that_names_no_survey_system_means_the_only_response_of_that_number(
    workspace: Workspace, more: str, system: str
) -> None:
    replies = f"Message ID,Sent,Kind,Medium,Response ID{more}\nM1,2026-03-05 10:00,Reply to feedback,Email,118000001{system}\n"
    given(workspace, sites=SITES, referrals=REFERRALS, invites=INVITES, survey=SURVEY, replies=replies)
    frame = asked(workspace, "comments_answered", dt.date(2026, 3, 31)).set_index("horizon")
    assert frame.loc[5, "n"] == 2
    assert frame.loc[5, "value"] == pytest.approx(0.0 if "Qualtrics" in system else 0.5)


SCREENING = (
    "Protocol,Site,Screening Number,Referral ID,MRN,Date of Consent,Date Screened,Date Randomized,Date Off Study,Off Study Reason,Share Consent\n"
    "QRS-1,N1,S1,R1,P1,2026-01-10,2026-01-10,2026-01-20,,,Yes\n"
    "QRS-1,N1,S2,R2,P2,2026-01-10,2026-01-10,2026-01-20,,,Yes\n"
    "QRS-1,N1,S3,R3,P3,2026-01-10,2026-01-10,2026-01-20,2026-02-20,Withdrew consent,Yes\n"
    "QRS-1,N1,S4,R4,P4,2026-01-10,2026-01-10,2026-01-20,,,No\n"
)
STUDIES = (
    "Protocol No.,Study Title,Recruitment Status,Enrollment Goal,Planned LPI\nQRS-1,Trial,Recruiting,{goal},{end}\n"
)
LETTERS = (
    "Message ID,Sent,Kind,Medium,Study,Screening Number,Site\n"
    "M1,2026-02-03 10:00,Continuity note,Email,QRS-1,S1,N1\n"
    "M2,2026-02-04 10:00,Continuity note,Email,QRS-1,S2,N1\n"
    "M3,2026-01-21 10:00,Continuity note,Email,QRS-1,S3,N1\n"
    "M4,2026-03-20 10:00,Progress update,Email,QRS-1,S2,N1\n"
)


def test_who_has_left_the_study_is_owed_no_note(workspace: Workspace) -> None:
    """S1 was told on the 14th day, S2 on the 15th; S3 has left and S4 must not be told of."""
    given(workspace, sites=SITES, referrals=REFERRALS, screening=SCREENING, letters=LETTERS)
    frame = asked(workspace, "progress_sharing", dt.date(2026, 3, 31)).set_index("measure")
    assert list(frame.loc["continuity note within 14 days", ["n", "hits", "no_consent"]]) == [2, 1, 1]
    assert list(frame.loc["progress in the last 60 days", ["n", "hits", "no_consent"]]) == [2, 1, 1]


@pytest.mark.parametrize(("end", "on_time"), [("2026-02-28", 1.0), ("2026-01-15", 0.0)])
def test_a_study_that_is_full_has_a_day_and_no_forecast(workspace: Workspace, end: str, on_time: float) -> None:
    studies = STUDIES.replace("{goal}", "4").replace("{end}", end)
    given(workspace, sites=SITES, studies=studies, referrals=REFERRALS, screening=SCREENING)
    row = asked(workspace, "recruitment_pace", dt.date(2026, 3, 31)).iloc[0]
    assert {row["lpi_p10"], row["lpi_p50"], row["lpi_p90"]} == {pd.Timestamp("2026-01-20")}
    assert (row["p_on_time"], row["why"]) == (on_time, "")


RESCREENED = (
    "Protocol,Site,Screening Number,MRN,Date of Consent,Date Screened,Eligible?,Screen Failure Date\n"
    "QRS-1,N1,S1,P1,2026-01-10,2026-01-10,No,2026-01-12\n"
    "QRS-1,N1,S1,P1,2026-02-10,2026-02-10,Yes,\n"
    "QRS-1,N1,S2,P2,2026-01-10,2026-01-10,No,2026-01-12\n"
)


def test_who_passes_a_later_screening_is_no_screen_failure(workspace: Workspace) -> None:
    given(workspace, sites=SITES, screening=RESCREENED)
    row = asked(workspace, "recruitment_pace", dt.date(2026, 3, 31)).iloc[0]
    assert (row["screened"], row["screen_failed"]) == (2, 1)


def test_a_practice_is_known_by_its_name_on_the_telephone_and_a_person_is_not(workspace: Workspace) -> None:
    names = ("Sycamore Geriatrics", "Xavier Street Doctors", "SMITH JOHN")
    calls = "Call ID,Call Date/Time,Queue,Direction,Caller ID Name,Ring Time,Talk Time,Call Result,Site\n" + "".join(
        f"C{at},03/02/2026 09:0{at}:00,Referrals,Inbound,{name},5,60,Answered,N1\n" for at, name in enumerate(names)
    )
    given(workspace, sites=SITES, calls=calls)
    frame = asked(workspace, "call_answering", dt.date(2026, 3, 31), by="practice")
    assert set(frame["category"]) == {"Sycamore Geriatrics", "Xavier Street Doctors", "Not stated"}


ZONES = (
    "Site Code,Site Name,City,State,ZIP,Time Zone\nN1,North House,X,NY,10001,America/New_York\n"
    "P1,Pier Clinic,X,CA,90001,America/Los_Angeles\nB1,Berg Praxis,X,,10115,Europe/Berlin\n"
)
# Each received on 9 March and entered about the midnight after it, once before and once after by the site's own clock.
ENTERED = (
    "REFERRAL_ID\tPAT_ID\tENTRY_DATE\tRFL_STATUS_C_NAME\tRFL_CLASS_C_NAME\tREFD_TO_LOC_POS_ID\tRFL_RECEIVED_DATE\n"
    + "".join(
        f"{site}{place}\tQ{site}{place}\t03/{entered}\tOpen\tIncoming\t{site}\t03/09/2026 10:00:00 AM\n"
        for site in ("N1", "P1", "B1")
        for place, entered in enumerate(("09/2026 11:50:00 PM", "10/2026 12:10:00 AM", "10/2026 08:30:00 AM"))
    )
)


def test_what_a_site_recorded_by_its_own_midnight_was_known_on_that_day(workspace: Workspace) -> None:
    given(workspace, sites=ZONES, referrals=ENTERED)
    past = asked(workspace, "referral_volume", dt.date(2026, 3, 9), by="site")
    sites = ("North House", "Pier Clinic", "Berg Praxis")
    assert dict(zip(past["category"], past["n"], strict=True)) == dict.fromkeys(sites, 1)
    # What was entered after the last day on which anything happened counts from then on, not never.
    later = asked(workspace, "referral_volume", dt.date(2026, 3, 10), by="site")
    assert dict(zip(later["category"], later["n"], strict=True)) == dict.fromkeys(sites, 3)


RIS = (
    "Accession #,MRN,Modality,Exam End,Final Report,Delivered,Ordering Practice,Site\n"
    "X1,P1,CT,2026-03-05 10:00,2026-03-06 10:00,2026-03-07 23:30,Oak Clinic,N1\n"
)


def test_what_was_reported_or_told_after_the_last_visit_counts(workspace: Workspace) -> None:
    """The data end with the last report and the last letter, by the site's day, not with the last exam."""
    given(workspace, sites=SITES, referrals=LOG, exams=RIS)
    assert asked(workspace, "report_turnaround", dt.date(2026, 3, 31))["n"].sum() > 0
    with workspace.warehouse.read() as reader:
        assert reader.all("select data_cut from generation") == [(dt.date(2026, 3, 7),)]
    given(workspace, letters="Message ID,Sent,Kind,Medium,Ref #\nM1,2026-03-09 11:00,Acknowledgement,Fax,1\n")
    assert asked(workspace, "acknowledgement", dt.date(2026, 3, 31)).set_index("horizon").loc[5, "reached"].max() == 1


AROUND = (
    "Site Code,Site Name,City,State,ZIP,Time Zone\nN1,North House,X,NY,10001,America/New_York\nK1,Kolkata Centre,X,,70001,Asia/Kolkata\n"
    "A1,Adelaide Rooms,X,,5000,Australia/Adelaide\nS1,Santiago Clinic,X,,83200,America/Santiago\n"
)
# Booked on the day the referral came, told as a day: noon by nobody's clock.
BOOKED = "Referral ID,Date Received,MRN,Referring Practice,Site,Date Scheduled,Appt Date/Time,Appt Status\n" + "".join(
    f"R{site},2026-03-09,P{site},Oak Clinic,{site},2026-03-09,2026-03-12 09:00,Completed\n"
    for site in ("N1", "K1", "A1", "S1")
)


def test_a_booking_lies_on_its_sites_own_day_wherever_that_is(workspace: Workspace) -> None:
    given(workspace, sites=AROUND, referrals=BOOKED)
    frame = asked(workspace, "scheduling", dt.date(2026, 3, 31))
    three = frame[(frame["measure"] == "scheduled") & (frame["horizon"] == 3)].iloc[0]
    assert (three["n"], three["value"]) == (4, 1.0)
    lead = asked(workspace, "booked_lead_time", dt.date(2026, 3, 31)).iloc[0]
    assert (lead["n"], lead["value"]) == (4, 3.0)


def test_a_load_knows_the_zones_of_its_sites_and_arrives_on_the_last_of_their_days(workspace: Workspace) -> None:
    given(workspace, sites=AROUND, referrals=BOOKED)
    sites, referrals = workspace.ledger.loads()
    assert sites.detail["zones"] == ["America/New_York"]
    assert referrals.detail["zones"] == ["America/New_York", "America/Santiago", "Asia/Kolkata", "Australia/Adelaide"]
    evening = replace(referrals, detail={**referrals.detail, "received_at": "2026-03-31T22:00:00+00:00"})
    assert Part(evening, Path()).received_on == dt.date(2026, 4, 1)
    assert Part(
        replace(evening, detail={**evening.detail, "zones": ["America/Santiago"]}), Path()
    ).received_on == dt.date(2026, 3, 31)


def test_a_log_sent_whole_every_week_tells_when_each_referral_was_first_known(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ten a week; of each week's four are written down only in the week after, and what came of them changes every week."""
    monday = dt.date(2026, 1, 5)
    for sent in range(12):
        monkeypatch.setattr(inspecting, "now", lambda at=monday + dt.timedelta(7 * sent + 4): f"{at}T22:00:00+00:00")
        rows = [
            f"R{week}-{place},{monday + dt.timedelta(7 * week + place % 5)},P{week}-{place},Oak Clinic,N1,call {sent}"
            for week in range(sent + 1) for place in range(10) if week < sent or place < 6
        ]  # fmt: skip
        header = "Referral ID,Date Received,MRN,Referring Practice,Site,Reason\n"
        given(workspace, **({} if sent else {"sites": SITES}), referrals=header + "\n".join(rows) + "\n")
    frame = asked(workspace, "complete_to_date", monday + dt.timedelta(7 * 12 - 1))
    assert list(frame["share"].round(6)) == [1.0] * 9 + [0.6]
    assert (frame["n"].iloc[-1], frame["value"].iloc[-1]) == (6, pytest.approx(10))


# A clinic's own sheets: its log numbers the referrals, and what it keeps beside it gives these numbers back.
LOG = "Ref #,Date Received,MRN,Referring Practice,Site,Priority\n" + "".join(
    f"{number},2026-03-02 09:00,P{number},Oak Clinic,N1,Urgent\n" for number in range(1, 5)
)
VISITS = (
    "Appt ID,Ref #,MRN,Appt Date/Time,Booked On,Status,Site\n"
    "V1,1,P1,2026-03-03 09:00,2026-03-02 10:00,Rescheduled,N1\nV2,1,P1,2026-03-05 09:00,2026-03-03 10:00,Completed,N1\n"
    "V3,2,P2,2026-03-04 08:00,2026-03-02 10:00,Completed,N1\nV4,3,P3,2026-04-20 08:00,2026-03-06 10:00,Rescheduled,N1\n"
)
TOLD = (
    "Message ID,Sent,Kind,Medium,Ref #\nM1,2026-03-02 11:00,Appointment notice,Fax,1\nM2,2026-03-06 11:00,Report,Fax,1\n"
    "M3,2026-03-02 11:00,Acknowledgement,Fax,2\nM4,2026-03-30 11:00,Report,Fax,9\n"
)


@pytest.mark.parametrize("order", ["log, visits, told", "told, visits, log"])
def test_a_clinics_sheets_speak_of_its_logs_referrals_whichever_comes_first(workspace: Workspace, order: str) -> None:
    """Until another clinic's log has the same numbers, and this one's visits and messages might be of either."""
    texts = {"log": LOG, "visits": VISITS, "told": TOLD}
    given(workspace, sites=SITES, **{name: texts[name] for name in order.split(", ")})
    day = dt.date(2026, 3, 31)
    assert asked(workspace, "urgent_scheduling", day)[["n", "hits"]].to_numpy().tolist() == [[4, 2]]
    notice = asked(workspace, "set_notice", day).set_index("horizon").loc[1]
    assert (notice["n"], notice["reached"]) == (3, 1)
    report = asked(workspace, "loop_closed", day).set_index(["measure", "horizon"]).loc[("report sent", 7)]
    assert (report["n"], report["reached"]) == (2, 1)
    assert asked(workspace, "acknowledgement", day)["reached"].max() == 1
    # The time that was moved away is no visit still open.
    visits = asked(workspace, "appointment_outcomes", day).set_index("outcome")
    assert (visits["n"].max(), visits.loc["kept", "hits"], visits.loc["cancelled", "hits"]) == (3, 2, 1)
    assert visits["unresolved"].max() == 0
    given(workspace, other=LOG.replace("N1", "N2").replace(",P", ",Q"))
    assert asked(workspace, "loop_closed", day)["n"].max() == 2
    notice = asked(workspace, "set_notice", day).set_index("horizon").loc[1]
    assert (notice["n"], notice["reached"]) == (3, 0)


def test_an_appointment_of_unknown_booking_day_is_not_judged_by_its_notice(workspace: Workspace) -> None:
    """Its notice was sent before the visit, and would count as sent before the booking."""
    visits = VISITS.replace("V3,2,P2,2026-03-04 08:00,2026-03-02 10:00", "V3,2,P2,2026-03-04 08:00,")
    told = TOLD + "M5,2026-03-03 11:00,Appointment notice,Fax,2\n"
    given(workspace, sites=SITES, log=LOG, visits=visits, told=told)
    result = compute("set_notice", ALL, Filters(), as_of=dt.date(2026, 3, 31), warehouse=workspace.warehouse)
    notice = result.frame.set_index("horizon").loc[1]
    assert (notice["n"], notice["reached"]) == (2, 1)
    assert "1 of which nobody says when the appointment was made are left out." in result.caveats


MOVED = (
    {"resourceType": "Organization", "id": "o1", "name": "Old Mill Practice", "type": [{"text": "prov"}]},
    {"resourceType": "Organization", "id": "o2", "name": "New Bridge Practice"},
    {"resourceType": "Practitioner", "id": "p1", "name": [{"family": "Hart", "given": ["Ann"]}],
     "identifier": [{"system": "http://hl7.org/fhir/sid/us-npi", "value": "1234567893"}]},
    {"resourceType": "PractitionerRole", "id": "r1", "practitioner": {"reference": "Practitioner/p1"},
     "organization": {"reference": "Organization/o1"}, "period": {"start": "2020-01-01", "end": "2026-01-31"}},
    {"resourceType": "PractitionerRole", "id": "r2", "practitioner": {"reference": "Practitioner/p1"},
     "organization": {"reference": "Organization/o2"}, "period": {"start": "2026-02-01"}},
)  # fmt: skip
BY_PERSON = "Referral ID,Date Received,MRN,Referring Provider,Referring NPI,Site\n" + "".join(
    f'R{at},{day},P{at},"Hart, Ann",1234567893,N1\n'
    for at, day in enumerate(("2026-01-10", "2026-01-31", "2026-02-01", "2026-03-10", "2026-03-12"))
)
VISITED = "Date,Liaison,Provider,NPI,Channel,Purpose,Outcome,Site\n2026-01-20,Lee,Ann Hart,1234567893,Visit,Check in,Positive,N1\n"


def at_work(workspace: Workspace, roles: Sequence[dict[str, Any]]) -> None:
    for kind in ("Organization", "Practitioner", "PractitionerRole"):
        lines = "".join(json.dumps(one) + "\n" for one in roles if one["resourceType"] == kind)
        ingest.load(workspace, ingest.inspect(workspace, ingest.receive(workspace, f"{kind}.ndjson", lines.encode())))


@pytest.mark.parametrize("first", [0, 1])
def test_who_moved_referred_from_where_they_worked_then(workspace: Workspace, first: int) -> None:
    """The log names the person only; the day of the referral decides, whichever file came first."""
    files = {"sites": SITES, "log": BY_PERSON}
    if first:
        given(workspace, **files)
    at_work(workspace, MOVED)
    if not first:
        given(workspace, **files)
    frame = asked(workspace, "referral_volume", dt.date(2026, 3, 31), by="practice").set_index("category")
    assert dict(frame["n"]) == {"New Bridge Practice": 3, "Old Mill Practice": 2}


def test_whoever_is_visited_is_visited_at_their_practice_of_that_day(workspace: Workspace) -> None:
    given(workspace, sites=SITES, log=BY_PERSON)
    at_work(workspace, MOVED)
    given(workspace, visits=VISITED)
    row = asked(workspace, "touch_coverage", dt.date(2026, 3, 31)).iloc[0]
    assert (row["n"], row["hits"]) == (2, 1)
    assert list(asked(workspace, "practice_contacts", dt.date(2026, 3, 31))["practice"]) == ["Old Mill Practice"]


def test_waits_can_be_told_by_what_is_to_be_done(workspace: Workspace) -> None:
    log = "Referral ID,Date Received,MRN,Referring Practice,Site,Modality,Date Scheduled\n" + "".join(
        f"R{at},2026-03-0{day},P{at},Oak Clinic,N1,{what},2026-03-{booked}\n"
        for at, (day, what, booked) in enumerate([(2, "MR", "04"), (3, "MR", "13"), (4, "CT", "06"), (5, "", "06")])
    )
    given(workspace, sites=SITES, log=log)
    frame = asked(workspace, "scheduling", dt.date(2026, 3, 31), by="modality")
    week = frame[(frame["measure"] == "scheduled") & (frame["horizon"] == 7)].set_index("category")
    assert dict(week["n"]) == {"MR": 2, "CT": 1, "Unknown": 1}
    assert dict(week["value"]) == {"MR": 0.5, "CT": 1.0, "Unknown": 1.0}
    whole = asked(workspace, "scheduling", dt.date(2026, 3, 31))
    assert whole.loc[whole["horizon"] == 7, "n"].iloc[0] == 4


def test_a_visit_that_was_still_to_come_was_a_next_step(workspace: Workspace) -> None:
    """Booked in February for the middle of March, and kept: on the first of March nothing was amiss."""
    log = (
        "Referral ID,Date Received,MRN,Referring Practice,Site,Acknowledged,Date Scheduled,Appt Date/Time,Appt Status,Date Seen\n"
        "R1,2026-02-02,P1,Oak Clinic,N1,2026-02-02,2026-02-03,2026-03-16 10:00,Completed,2026-03-16\n"
        "R2,2026-02-02,P2,Oak Clinic,N1,2026-02-02,2026-02-03,2026-03-16 11:00,No Show,\n"
        "R3,2026-02-02,P3,Oak Clinic,N1,2026-02-02,2026-02-03,2026-03-16 12:00,Cancelled,\n"
        "R4,2026-03-30,P4,Oak Clinic,N1,,,,,\n"
    )
    given(workspace, sites=SITES, log=log)
    frame = asked(workspace, "slipped_patients", dt.date(2026, 3, 1)).set_index("rule")
    assert (frame.loc["no next step", "n"], frame.loc["no next step", "hits"]) == (3, 1)


def test_who_came_to_a_session_after_the_day_had_not_come_on_it(workspace: Workspace) -> None:
    """Both were invited on 5 March; one came the next morning, the other within the hour, and left before coming."""
    sessions = (
        "Session ID,Accession Number,Host,Invited,Joined,Ended,Outcome,Site\n"
        "S1,X1,Radiologist,2026-03-05 23:17,2026-03-06 05:33,2026-03-06 05:50,Accepted,N1\n"
        "S2,X1,Radiologist,2026-03-05 20:00,2026-03-05 20:30,2026-03-05 20:10,Accepted,N1\n"
        "S3,X1,Radiologist,2026-03-05 23:30,2026-03-06 01:33,2026-03-06 01:10,Accepted,N1\n"
    )
    given(workspace, sites=SITES, referrals=LOG, exams=RIS, sessions=sessions)
    told = {day: asked(workspace, "collaboration_sessions", dt.date(2026, 3, day)).iloc[0] for day in (5, 6)}
    assert [tuple(told[day][["sessions", "accepted", "errors"]]) for day in (5, 6)] == [(2, 0, 1), (1, 1, 2)]


def test_a_site_works_on_the_days_its_country_works(workspace: Workspace) -> None:
    """From Thursday to Sunday is one business day in Riyadh, where Friday and Saturday are the weekend; none in New York."""
    sites = (
        "Site Code,Site Name,City,State,ZIP,Time Zone,Holiday Calendar\nR1,Riyadh Rooms,X,,,Asia/Riyadh,SA\n"
        "N1,North House,X,NY,10001,America/New_York,US\n"
    )
    exams = "Accession #,MRN,Modality,Exam End,Final Report,Site\n" + "".join(
        f"{site},P{site},CT,2026-03-05 16:00,2026-03-08 09:00,{site}\n" for site in ("R1", "N1")
    )
    given(workspace, sites=sites, exams=exams)
    frame = asked(workspace, "report_turnaround", dt.date(2026, 3, 31), by="site")
    hours = frame[(frame["clock"] == "business hours") & (frame["n"] > 0)].set_index("category")["value"]
    assert hours.to_dict() == {"Riyadh Rooms": 120, "North House": 60 + 9 * 60}


@pytest.mark.parametrize(
    ("channel", "outcome", "reached"),
    [
        ("Call", "", 1),
        ("Voicemail", "", 0),
        ("Left message", "", 0),
        ("Voicemail", "Positive", 1),
        ("Call", "Left voicemail", 0),
    ],
)
def test_a_message_left_is_an_attempt_whichever_column_says_so(
    workspace: Workspace, channel: str, outcome: str, reached: int
) -> None:
    outreach = f"Date,Liaison,Practice,Channel,Outcome,Site\n2026-03-20,A. Lee,Oak Clinic,{channel},{outcome},N1\n"
    given(workspace, sites=SITES, referrals=REFERRALS, outreach=outreach)
    row = asked(workspace, "touch_coverage", dt.date(2026, 3, 31)).iloc[0]
    assert tuple(row[["n", "hits", "attempted"]]) == (1, reached, 1 - reached)


def test_a_plan_changed_on_the_way_was_another_before(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """Four were planned by the end of January until the plan of 20 February said three; six and then five by its own end."""
    plan = "Protocol Number,Site Code,Activated On,Plan Date,Cumulative Target\nQRS-1,N1,2026-01-02,2026-01-31,{}\nQRS-1,N1,2026-01-02,2026-02-20,{}\n"
    for day, january, february in (("2026-01-05", 4, 6), ("2026-02-20", 3, 5)):
        monkeypatch.setattr(inspecting, "now", lambda at=day: f"{at}T15:00:00+00:00")
        first = {"sites": SITES, "referrals": REFERRALS} if day < "2026-02" else {"screening": SCREENING}
        given(workspace, **first, plan=plan.format(january, february))
    planned = {
        day: asked(workspace, "recruitment_pace", day)["planned"].iloc[0]
        for day in (dt.date(2026, 2, 1), dt.date(2026, 2, 20))
    }
    assert planned == {dt.date(2026, 2, 1): 4, dt.date(2026, 2, 20): 5}


LATER = "Protocol No.,Sponsor,Enrollment Goal,Planned LPI,Closed On\nQRS-1,Example,{}\n"


def _lists_of_studies(workspace: Workspace, monkeypatch: pytest.MonkeyPatch, said: dict[str, str]) -> None:
    """Each list of studies on its day, and the rest of the network after them."""
    for day, studies in said.items():
        monkeypatch.setattr(inspecting, "now", lambda at=day: f"{at}T15:00:00+00:00")
        given(workspace, studies=studies)
    monkeypatch.undo()
    given(workspace, sites=SITES, referrals=REFERRALS, screening=SCREENING)


def test_a_study_had_the_target_and_deadline_that_were_known_on_the_day(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ten by June; from 1 March twenty by September, in a list that says less of the study; from 20 March thirty."""
    first = STUDIES.replace("{goal}", "10").replace("{end}", "2026-06-30")
    said = {"2026-02-10": first, "2026-03-01": LATER.format("20,2026-09-30,"), "2026-03-20": LATER.format("30,,")}
    _lists_of_studies(workspace, monkeypatch, said)
    for day, target, deadline in (((2026, 2, 1), 10, "2026-06-30"), ((2026, 2, 28), 10, "2026-06-30"),
                                  ((2026, 3, 1), 20, "2026-09-30"), ((2026, 3, 19), 20, "2026-09-30"), ((2026, 3, 31), 30, "2026-09-30")):  # fmt: skip
        row = asked(workspace, "recruitment_pace", dt.date(*day)).iloc[0]
        assert (row["target"], row["deadline"]) == (target, pd.Timestamp(deadline)), day


def test_a_study_first_given_a_target_later_had_it_before_and_one_whose_closing_is_moved_was_closed_until_then(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = {"2026-02-10": LATER.format(",,2026-02-20"), "2026-03-10": LATER.format("40,,2026-12-31")}
    _lists_of_studies(workspace, monkeypatch, said)
    for day, closed in (((2026, 2, 15), False), ((2026, 3, 1), True), ((2026, 3, 10), False)):
        row = asked(workspace, "recruitment_pace", dt.date(*day)).iloc[0]
        assert row["target"] == 40
        assert ("closed" in row["why"]) == closed, day


def test_who_had_left_before_it_was_scheduled_was_not_scheduled_by_any_metric(workspace: Workspace) -> None:
    """R1 was declined on the second day and scheduled on the fifth; R2 was scheduled, and declined later."""
    referrals = (
        "Referral ID,Date Received,MRN,Referring Practice,Site,How Received,Date Scheduled,Outcome,Outcome Date\n"
        "R1,2026-01-05,P1,Oak Clinic,N1,Fax,2026-01-10,Declined,2026-01-07\n"
        "R2,2026-01-05,P2,Oak Clinic,N1,Fax,2026-01-07,Declined,2026-01-10\n"
        "R3,2026-03-31,P3,Oak Clinic,N1,Fax,,,\n"
    )
    given(workspace, sites=SITES, referrals=referrals)
    january = Filters(stop=dt.date(2026, 1, 31))
    ways = compute("channel_friction", ALL, january, as_of=dt.date(2026, 3, 31), warehouse=workspace.warehouse).frame
    assert list(ways["scheduled_7"]) == [0.5]
    frame = compute("scheduling", ALL, january, as_of=dt.date(2026, 3, 31), warehouse=workspace.warehouse).frame
    assert list(frame.loc[(frame["measure"] == "scheduled") & (frame["horizon"] == 7), "value"]) == [0.5]


def test_what_is_agreed_from_a_later_day_on_holds_from_that_day(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A list of January hands a practice over from one site to the other in March."""
    monkeypatch.setattr(inspecting, "now", lambda: "2026-01-05T15:00:00+00:00")
    both = SITES + "N2,South House,X,NY,10001,America/Havana\n"
    given(workspace, sites=both, relationships="Practice,Our Site,Started On,Ended On,Cadence Days\n"
          "Oak Clinic,N1,,2026-03-01,45\nOak Clinic,N2,2026-03-01,,45\n")  # fmt: skip
    monkeypatch.undo()
    mail = "Email Address,Campaign,Event Date,Event,Practice\na@example.invalid,Spring,2026-02-02 10:00,Clicked,Oak Clinic\n"
    given(workspace, referrals=REFERRALS, newsletter=mail)
    for day, site in (("2026-02-28", "North House"), ("2026-03-01", "South House"), ("2026-03-31", "South House")):
        frame = asked(workspace, "newsletter_reach", dt.date.fromisoformat(day), by="site")
        assert set(frame["category"]) == {site}, day
        assert set(frame["n"]) == {1}


@pytest.mark.parametrize(
    ("columns", "cells", "counted", "untold"),
    [
        # The file says of some calls what came of them, and nothing of the others: (calls, answered, gave up, elsewhere).
        ("Call Result,Talk Time", ("Answered,60", ",", "Abandoned,0", ",45"), (2, 1, 1, 0), "does not say how they ended"),
        # It says of none: who was talked with was answered, and the others may have left a message.
        ("Talk Time,Line", ("60,A", "0,A", ",A", "20,A"), (4, 2, 0, 0), "whether the caller gave up"),
        ("Answer Time,Talk Time", ("2026-03-02 09:00:20,60", ",0", ",", ","), (4, 1, 0, 0), "whether the caller gave up"),
        # A column that is ticked says it of the others, too.
        ("Missed,Talk Time", (",60", "Yes,0", ",0", ",30"), (4, 2, 1, 1), ""),
        ("Call Result,Talk Time", ("Answered,60", ",", "Answered,5", ","), (4, 2, 0, 0), "whether the caller gave up"),
    ],
)  # fmt: skip
def test_a_call_of_which_the_file_does_not_say_how_it_ended_is_not_one_that_nobody_answered(
    workspace: Workspace, columns: str, cells: Sequence[str], counted: tuple[int, ...], untold: str
) -> None:
    calls = f"Call ID,Start Time,Direction,{columns},Caller ID Name,Site\n" + "".join(
        f"C{at},2026-03-02 09:0{at}:00,Inbound,{cell},Sycamore Geriatrics,N1\n" for at, cell in enumerate(cells)
    )
    given(workspace, sites=SITES, calls=calls)
    found = compute("call_answering", ALL, Filters(), as_of=dt.date(2026, 3, 31), warehouse=workspace.warehouse)
    assert tuple(found.frame.loc[0, ["n", "hits", "abandoned", "elsewhere"]]) == counted
    assert untold in " ".join(found.caveats)
    lost = np.nan if "gave up" in untold else counted[2] / counted[0]
    assert found.frame.loc[0, "abandoned_share"] == pytest.approx(lost, nan_ok=True)
    hour = asked(workspace, "calls_by_hour", dt.date(2026, 3, 31)).iloc[0]
    assert (hour["n"], hour["abandoned"]) == (len(cells), counted[2])
    assert hour["abandoned_share"] == pytest.approx(lost, nan_ok=True)


SENT_AGAIN = "Referral ID,Date Received,MRN,Referring Practice,Site,Priority\n"


def test_a_log_sent_again_newest_first_changes_the_records_it_corrects_and_no_others(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same file name each week; where R1 stood stands R4 now, and where R3 stood stands R2."""
    lines = {at: f"R{at},2026-03-0{at},P{at},{practice} Clinic,N1," for at, practice in enumerate(("Oak", "Elm", "Ash", "Bay"), 1)}  # fmt: skip
    weeks = {
        "2026-03-03": [f"{lines[at]}Routine" for at in (1, 2, 3)],
        "2026-03-10": [f"{lines[at]}{'Urgent' if at == 3 else 'Routine'}" for at in (4, 3, 2, 1)],
    }
    for day, sent in weeks.items():
        monkeypatch.setattr(inspecting, "now", lambda at=day: f"{at}T18:00:00+00:00")
        given(workspace, **({"sites": SITES} if day < "2026-03-10" else {}), log=SENT_AGAIN + "\n".join(sent) + "\n")
    before, after = (
        rows("referral_volume", ALL, as_of=day, named=True, warehouse=workspace.warehouse)[0]
        for day in (dt.date(2026, 3, 3), dt.date(2026, 3, 10))
    )
    found = differences.records(before, after)
    assert list(zip(found["practice"], found["change"], found["what"], strict=True)) == [
        ("Bay Clinic", "new", ""), ("Ash Clinic", "changed", "priority: routine → urgent"),
    ]  # fmt: skip


FAR_SITES = "Site Code,Site Name,City,State,Time Zone,Holidays\nA1,Harbour,X,,{zone},NZ\nA2,Hill,X,,{other},NZ\n"
REQUEST: dict[str, Any] = {
    "resourceType": "ServiceRequest", "id": "r1", "status": "active", "intent": "order", "priority": "urgent",
    "category": [{"coding": [{"system": "http://snomed.info/sct", "code": "3457005"}]}], "code": {"text": "Cardiology"},
    "subject": {"reference": "Patient/p1"}, "requester": {"reference": "Organization/o1"}, "authoredOn": "2024-02-28T20:00:00Z",
}  # fmt: skip


def bundle(*resources: dict[str, Any]) -> str:
    return json.dumps({
        "resourceType": "Bundle", "type": "collection", "entry": [{"resource": one} for one in resources],
    })  # fmt: skip


def given_resources(workspace: Workspace, *resources: dict[str, Any]) -> list[str]:
    """Each resource loaded as a part of one Bundle; the notes of how they were read."""
    told = []
    received = ingest.receive(workspace, "bundle.json", bundle(*resources).encode())
    for kind in sorted({one["resourceType"] for one in resources}):
        found = ingest.inspect(workspace, received, ingest.Choices(part=kind))
        assert found.problem is None, found.problem
        ingest.load(workspace, found)
        told += found.decisions
    return told


@pytest.mark.parametrize(
    ("other", "day", "told"),
    [("Pacific/Auckland", 29, "Times are read as Pacific/Auckland."),
     ("Asia/Kolkata", 28, "Times are read as America/New_York, and its days are those there, though the sites lie in Asia/Kolkata, Pacific/Auckland.")],
)  # fmt: skip
def test_days_of_a_file_that_names_no_site_are_those_of_the_zone_of_all_sites(
    workspace: Workspace, other: str, day: int, told: str
) -> None:
    given(workspace, sites=FAR_SITES.format(zone="Pacific/Auckland", other=other))
    assert told in given_resources(workspace, REQUEST)
    frame = asked(workspace, "referral_volume", dt.date(2026, 3, 31), grain="month")
    assert frame["period"].iloc[0] == pd.Timestamp(2024, 2, 1)
    with workspace.warehouse.read() as reader:
        assert reader.all("select authored_on from referral") == [(dt.date(2024, 2, day),)]


def visit_resource(number: str, status: str, start: str) -> dict[str, Any]:
    return {
        "resourceType": "Appointment", "id": number, "status": status, "basedOn": [{"reference": "ServiceRequest/r1"}],
        "created": "2024-02-29T15:00:00Z", "start": start,
        "participant": [{"actor": {"reference": "Patient/p1"}, "status": "accepted"}],
    }  # fmt: skip


def test_an_appointment_entered_in_error_is_none_and_one_proposed_is_not_booked(workspace: Workspace) -> None:
    wrong, proposed = (
        visit_resource("a1", "entered-in-error", "2024-03-05T15:00:00Z"),
        visit_resource("a2", "pending", "2024-03-05T15:00:00Z"),
    )
    later = visit_resource("a3", "entered-in-error", "2024-12-05T15:00:00Z")
    seen = visit_resource("a4", "noshow", "2024-03-06T15:00:00Z")
    given(workspace, sites=SITES)
    newer = REQUEST | {"id": "r2", "subject": {"reference": "Patient/p2"}, "authoredOn": "2024-05-31T15:00:00Z"}
    given_resources(workspace, REQUEST | {"priority": "routine"}, newer, wrong, proposed, later, seen)
    day = dt.date(2024, 5, 31)
    assert asked(workspace, "booked_lead_time", day)["n"].sum() == 1
    outcomes = asked(workspace, "appointment_outcomes", day).set_index("outcome")
    assert (outcomes.loc["no_show", "n"], outcomes.loc["no_show", "unresolved"]) == (1, 1)
    slipped = asked(workspace, "slipped_patients", day).set_index("rule")["hits"]
    assert slipped["no next step"] == 1


WALK_IN = (
    "Referral ID,Date Received,MRN,Referring Practice,Site,Priority,Date Accepted,Date Seen\n"
    "R1,2026-03-02 09:00,P1,Oak Clinic,N1,Urgent,2026-03-02,2026-03-02\nR2,2026-03-02 09:00,P2,Oak Clinic,N1,Urgent,2026-03-02,2026-03-05\n"
)


def test_who_walks_in_is_scheduled_and_seen_at_once(workspace: Workspace) -> None:
    """Nobody wrote down a booking: what was seen on the third day had been scheduled by then, within three days and not within two."""
    given(workspace, sites=SITES, referrals=WALK_IN)
    day = dt.date(2026, 3, 31)
    frame = asked(workspace, "scheduling", day).set_index(["measure", "horizon"])
    assert [frame.loc[(measure, 3), "value"] for measure in ("scheduled", "kept")] == [1.0, 1.0]
    urgent = asked(workspace, "urgent_scheduling", day).iloc[0]
    assert (urgent["n"], urgent["hits"], urgent["unscheduled"]) == (2, 1, 0)
    notice = compute("set_notice", ALL, Filters(), as_of=day, warehouse=workspace.warehouse)
    assert notice.n == 0
    assert "2 of which nobody says when the appointment was made are left out." in notice.caveats
    assert asked(workspace, "ever_slipped", day)["hits"].iloc[0] == 2  # neither was acknowledged


def test_a_request_revoked_nobody_says_when_has_left_and_one_completed_so_was_seen_on_no_day(
    workspace: Workspace,
) -> None:
    given(workspace, sites=SITES)
    revoked, completed = (
        REQUEST | {"id": status, "status": status, "subject": {"reference": f"Patient/{status}"}} for status in ("revoked", "completed")
    )  # fmt: skip
    given_resources(workspace, REQUEST, revoked, completed)
    day = dt.date(2024, 2, 28)
    assert asked(workspace, "slipped_patients", day)["n"].max() == 2
    assert asked(workspace, "specialist_reports", day)["n"].sum() == 2
    frame = asked(workspace, "scheduling", day)
    assert list(frame["reached"].unique()) == [0]
