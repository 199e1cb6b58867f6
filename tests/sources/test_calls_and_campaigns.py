"""Lengths of time, sums of money, and legs that make one call."""

from __future__ import annotations

from typing import Any

import pytest

from pipelines.vocabulary.calls import seconds

LENGTHS = {
    "205": 205, "205.4": 205, "3:25": 205, "0:03:25": 205, "00:03:25": 205, "1:00:00": 3600, "3m 25s": 205, "3 min 25 sec": 205, "65 s": 65, "2h": 7200,
    "90:00": 5400, "soon": None, "3:2": None, "-5": None, "1:2:3:4": None,
}  # fmt: skip
SUMS = {
    "1,234.56": "1234.56", "$1,234.56": "1234.56", "USD 12.00": "12.00", "12.00 USD": "12.00", "(12.00)": "-12.00", "-12": "-12.00", "-$12.50": "-12.50",
    "1.234,56 €": "1234.56", "-€12.5": "-12.50", "12,5": "12.50", "1 200.00": "1200.00", "2,000": "2000.00", "0": "0.00", "free": None, "12.00.00": None,
}  # fmt: skip
LOG = "Call ID,Start Time,Queue,Direction,Caller Name,Wait Time,Ring Time,Hold Time,Talk Time,Disposition,Site\n"
LEGS = "Call ID,Leg ID,Start Time,Answer Time,Stop Time,Talk Time,Hold Time,Direction,Cause,Parent Call ID,Caller Name,Callee Name,Callee Service\n"


@pytest.mark.parametrize("text", LENGTHS)
def test_a_length_of_time_is_read_in_any_usual_spelling(desk: Any, text: str) -> None:
    assert desk.con.execute(f"select {seconds('$text::varchar')}", {"text": text}).fetchall() == [(LENGTHS[text],)]


@pytest.mark.parametrize("text", SUMS)
def test_a_sum_of_money_is_read_in_any_usual_spelling(desk: Any, text: str) -> None:
    mapped = desk.map(f'Campaign,Day,Cost\nSpring,2026-03-01,"{text}"', "campaign_spend")
    assert [str(spend) for (spend,) in desk.rows("campaign_spend", "spend")] == ([SUMS[text]] if SUMS[text] else [])
    assert ("unreadable_number" in desk.faults(mapped)) == (SUMS[text] is None)


def test_rows_of_one_campaign_and_day_add_up_and_a_repeated_row_does_not(desk: Any) -> None:
    mapped = desk.map(
        "Campaign,Ad group,Day,Cost,Clicks\nSpring,A,2026-03-01,10,1\nSpring,B,2026-03-01,5,2\nSpring,B,2026-03-01,5,2\nspring,A,2026-03-02,7,1", "campaign_spend"
    )  # fmt: skip
    assert [(str(spend), clicks) for spend, clicks in desk.rows("campaign_spend", "spend", "clicks")] == [
        ("15.00", 3),
        ("7.00", 1),
    ]
    assert (mapped.rows_in, mapped.rows_loaded, mapped.rows_duplicate) == (4, 3, 1)
    assert len({key for (key,) in desk.rows("campaign_spend", "campaign_id")}) == 1


def test_waiting_is_not_being_on_hold(desk: Any) -> None:
    desk.map(f"{LOG}C1,2026-03-12 09:00,Referrals,Inbound,,0:00:40,8,0:02:00,0:03:00,Answered,NYC01", "call_log")
    assert desk.rows("call", "queued_s", "ring_s", "hold_s", "talk_s", "answered", "abandoned") == [
        (40, 8, 120, 180, True, False)
    ]


def test_talk_time_of_legs_leaves_hold_out_and_counts_no_second_twice(desk: Any) -> None:
    desk.map(
        f"{LEGS}1,a,2026-03-12 09:00:00,2026-03-12 09:00:20,2026-03-12 09:02:20,0:02:00,0:00:30,Incoming,Normal,,,Desk,User\n"
        "1,b,2026-03-12 09:00:00,2026-03-12 09:00:20,2026-03-12 09:02:20,0:02:00,0:00:00,Incoming,Normal,,,Caller side,User\n"
        "2,c,2026-03-12 09:02:20,2026-03-12 09:02:30,2026-03-12 09:03:00,0:00:30,0:00:00,Incoming,Normal,1,,Nurse,User\n"
        "3,d,2026-03-12 09:03:00,2026-03-12 09:03:05,2026-03-12 09:03:15,0:00:10,0:00:00,Incoming,Normal,2,,Doctor,User",
        "cdr_8x8",
    )
    assert desk.rows("call", "legs", "ring_s", "hold_s", "talk_s") == [(4, 20, 30, 120 + 30 + 10 - 30)]


def test_an_attendant_or_a_queue_answers_nobody(desk: Any) -> None:
    desk.map(
        f"{LEGS}1,a,2026-03-12 09:00:00,2026-03-12 09:00:00,2026-03-12 09:00:05,0,0,Incoming,Normal,,,Auto Attendant,AutoAttendant\n"
        "1,b,2026-03-12 09:00:05,2026-03-12 09:00:05,2026-03-12 09:01:00,0,0,Incoming,Normal,,,Main queue,CallQueue\n"
        "2,c,2026-03-12 10:00:00,2026-03-12 10:00:20,2026-03-12 10:00:50,0:00:30,0,Incoming,Normal,,,Desk voicemail,Voicemail",
        "cdr_8x8",
    )
    assert desk.rows("call", "answered", "abandoned", "ring_s") == [(False, True, 60), (False, False, 50)]


ATTENDED = (
    ("Main Auto-Receptionist", "", "Answered", (None, None, None)), ("Auto_Attendant", "", "Answered", (None, None, None)), ("Night IVR", "", "Connected", (None, None, None)),
    ("Front door", "autoReceptionist", "Answered", (None, None, None)), ("Auto Receptionist", "", "Appointment scheduled", (None, None, None)),
    # Whoever hung up or left a message there was answered by nobody, and a queue's name tells how its callers came.
    ("Auto Receptionist", "", "Hang up", (False, True, 30)), ("Auto Receptionist", "", "Voicemail", (False, False, 30)), ("IVR option 2", "", "Answered", (True, False, 30)),
    ("Parking attendant", "User", "Answered", (True, False, 30)),
)  # fmt: skip


@pytest.mark.parametrize(("line", "kind", "result", "told"), ATTENDED)
def test_whether_anybody_spoke_to_whom_an_attendant_took_is_not_known(
    desk: Any, line: str, kind: str, result: str, told: tuple[Any, ...]
) -> None:
    header = "Call ID,Start Time,Direction,Callee Name,Callee Ext. Type,Caller Name,Talk Time,Disposition,Site\n"
    desk.map(
        f"{header}C1,2026-03-12 09:00,Inbound,{line},{kind},,30,{result},NYC01\nC2,2026-03-12 09:30,Inbound,Desk,User,,60,Answered,NYC01",
        "call_log",
    )
    assert desk.rows("call", "source_row", "answered", "abandoned", "talk_s") == [(2, *told), (3, True, False, 60)]


@pytest.mark.parametrize(
    ("desk_said", "told"), [("Accepted", (True, False, 40)), ("Missed", (False, True, None)), ("", (None, None, None))]
)
def test_who_took_a_call_after_the_attendant_is_told_by_their_own_leg(
    desk: Any, desk_said: str, told: tuple[Any, ...]
) -> None:
    legs = (
        "id,sessionId,startTime,duration,type,direction,action,result,to.name,from.name\n"
        "a,S1,2026-03-12T14:05:10.000Z,90,Voice,Inbound,Phone Call,Accepted,Auto-Receptionist,\n"
    )
    if desk_said:
        legs += f"b,S1,2026-03-12T14:05:40.000Z,40,Voice,Inbound,VoIP Call,{desk_said},Referral line,\n"
    desk.map(legs, "ringcentral_calls")
    assert desk.rows("call", "answered", "abandoned", "talk_s") == [told]


def test_a_leg_whose_call_is_in_another_file_is_told(desk: Any) -> None:
    mapped = desk.map(
        f"{LEGS}2,c,2026-03-13 00:00:20,2026-03-13 00:00:30,2026-03-13 00:03:00,0:02:30,0,Incoming,Normal,1,,Nurse,User\n"
        "3,d,2026-03-13 00:03:00,2026-03-13 00:03:05,2026-03-13 00:03:15,0:00:10,0,Incoming,Normal,2,,Doctor,User",
        "cdr_8x8",
    )
    assert desk.faults(mapped)["call_elsewhere"] == 1
    assert desk.rows("call", "legs") == [(2,)]


def test_legs_that_name_each_other_as_parent_end(desk: Any) -> None:
    desk.map(
        f"{LEGS}1,a,2026-03-12 09:00:00,,2026-03-12 09:00:05,0,0,Incoming,Normal,2,,Desk,User\n2,b,2026-03-12 09:00:05,,2026-03-12 09:01:00,0,0,Incoming,Normal,1,,Desk,User",
        "cdr_8x8",
    )
    assert sum(legs for (legs,) in desk.rows("call", "legs")) == 2


def test_only_an_organisations_name_outlives_a_call(desk: Any) -> None:
    desk.map(
        f"{LOG}C1,2026-03-12 09:00,Referrals,Inbound,OAK STREET FAMILY MEDICINE,1,1,0,60,Answered,NYC01\n"
        'C2,2026-03-12 09:05,Referrals,Inbound,"ROE, JANE",1,1,0,60,Answered,NYC01\nC3,2026-03-12 09:06,Referrals,Inbound,JANE ROE,1,1,0,60,Answered,NYC01',
        "call_log",
    )
    assert [name for (name,) in desk.rows("organization", "name")] == ["OAK STREET FAMILY MEDICINE"]
    assert [key is not None for (key,) in desk.rows("call", "caller_org_id")] == [True, False, False]


def test_a_lead_and_a_referral_of_one_record_number_are_one_patient(desk: Any) -> None:
    desk.map("Lead ID,Created At,Campaign,MRN,Status\nL1,2026-03-01 20:14,Spring,00123,New", "lead_list")
    lead = desk.rows("lead", "patient_key")
    desk.map("Date Received,MRN,Referring Provider\n2026-03-04,00123,Dr. Ada Ash", "referral_log")
    assert desk.rows("referral", "patient_key") == lead


def test_a_final_report_that_bears_the_addendums_time_is_lost_and_a_preliminary_one_is_none(desk: Any) -> None:
    desk.map(
        "Accession #,Modality,Exam End,Prelim,Final,Addendum Time,Report Status\n"
        "A1,CT,2026-03-01 10:00,,2026-03-01 12:00,2026-03-02 08:00,Addendum\nA2,CT,2026-03-01 10:00,,2026-03-02 08:00,2026-03-02 08:00,Addendum\n"
        "A3,CT,2026-03-01 10:00,2026-03-01 11:00,2026-03-01 11:00,,Preliminary",
        "ris_exams",
    )
    assert [
        (final is not None, addenda) for final, addenda in desk.rows("imaging_study", "final_at", "addendum_count")
    ] == [(True, 1), (False, 1), (False, 0)]


def test_the_worklist_and_a_viewer_that_knows_accession_numbers_only_mean_one_study(desk: Any) -> None:
    desk.map(
        "Accession #,Study Instance UID,Modality,Exam End,Final\nA1,1.2.3,CT,2026-03-01 10:00,2026-03-01 12:00",
        "ris_exams",
    )
    exam = desk.rows("imaging_study", "study_uid_hash", "accession_hash")[0]
    log = "Timestamp,User Role,Action,{}\n2026-03-01 13:00,Referring physician,Viewed,{}"
    for header, number, place in (("Accession Number", "a1", 1), ("Study Instance UID", "urn:oid:1.2.3", 0)):
        desk.map(log.format(header, number), "image_share_log")
        assert desk.rows("share_event", "study_uid_hash") == [(exam[place],)]


@pytest.mark.parametrize(
    "agent",
    ["Slackbot-LinkExpanding 1.0", "WhatsApp/2.23", "Mozilla/5.0 (compatible; bingbot/2.0)", "facebookexternalhit/1.1"],
)
def test_a_preview_of_a_link_is_no_reader(desk: Any, agent: str) -> None:
    desk.map(
        f"Timestamp,User Role,Action,Accession,User Agent\n2026-03-01 13:00,Guest,Link opened,A1,{agent}",
        "image_share_log",
    )
    assert desk.rows("share_event", "actor_role") == [("bot",)]


def test_each_makers_lengths_of_time_become_seconds(desk: Any) -> None:
    desk.map(
        "Conversation ID,Date,Direction,Media Type,Queue,Total Talk,Total Hold,Total Queue,Total Alert,Abandoned\n"
        "a,3/12/26 9:05 AM,Inbound,voice,Referrals,205000,10000,22000,6000,NO\nb,3/13/26 9:15 AM,Inbound,voice,Referrals,,,52000,,YES\nc,3/13/26 9:20 AM,Inbound,email,Referrals,,,,,NO"
    )
    shown = ("queued_s", "ring_s", "hold_s", "talk_s", "answered", "abandoned")
    assert desk.rows("call", *shown) == [(22, 6, 10, 205, True, False), (52, None, None, None, False, True)]
    desk.map(
        "call_id,date_started,date_connected,date_ended,direction,name,ringing_duration,talk_duration,voicemail\n"
        "1,2026-03-12 14:05:08,2026-03-12 14:05:22,2026-03-12 14:09:10,inbound,Line,0.1,3.8,false\n"
        "2,2026-03-12 15:08:10,,2026-03-12 15:09:10,inbound,Line,0.95,,false\n3,2026-03-12 16:08:10,,2026-03-12 16:09:10,inbound,Line,0.5,,true"
    )
    assert desk.rows("call", "ring_s", "talk_s", "answered", "abandoned") == [
        (6, 228, True, False),
        (57, None, False, True),
        (30, None, False, False),
    ]
    desk.map(
        "Direction,Type,Name,Date,Time,Action,Action Result,Duration\nIncoming,Voice,OAK STREET FAMILY MEDICINE,Thu 03/12/2026,9:05 AM,Phone Call,Accepted,0:03:25\n"
        "Incoming,Voice,ROE JANE,Fri 03/13/2026,9:15 AM,Phone Call,Missed,0:00:22\nIncoming,Fax,,Fri 03/13/2026,9:20 AM,Fax,Received,0:01:00"
    )
    assert desk.rows("call", "ring_s", "talk_s", "answered", "abandoned") == [
        (None, 205, True, False),
        (22, None, False, True),
    ]


def test_a_time_stamp_that_has_its_time_takes_none_from_beside_it(desk: Any) -> None:
    desk.map(
        'CALL ID,TIMESTAMP,CALL TYPE,DISPOSITION,CALL TIME,SKILL\n1,"Thu, 12 Mar 2026 10:00:00",Inbound,Answered,00:04:10,Referrals'
    )
    assert desk.rows("call", "started_at::varchar") == [("2026-03-12 14:00:00",)]
