"""Tables as systems and people write them, through everything that a file goes through: what of it each row becomes."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from typing import Any

import pytest
from ingest.asking import Answer, Asked, received, steps, workbook

LOG = "Date,Referring MD,Patient,Status\n"

# Days without a year.


def test_a_day_without_a_year_is_of_the_year_of_its_row(asked: Asked) -> None:
    answer = asked(
        "Date Recd,Ref MD,Pt MRN,1st call,Sched'd,Appt,Seen?\n"
        "12/28/2025,Fox,901,12/29,1/2,1/12,\n1/5/2026,Hill,902,12/31,1/6,1/20 @ 9:30,\n"
    )
    assert answer.counts == (2, 0, 0)
    assert steps(answer) == [("contact_attempt", "2025-12-29"), ("contact_attempt", "2025-12-31"), ("scheduled", "2026-01-02"), ("scheduled", "2026-01-06")]  # fmt: skip
    assert [str(day) for (day,) in answer.rows("appointment", "start_on")] == ["2026-01-12", "2026-01-20"]
    assert any("no year" in said and "Date Recd" in said for said in answer.mapped["decisions"])


def test_a_sheet_named_by_its_month_tells_the_year_of_its_days(asked: Asked) -> None:
    rows = [
        ["Date", "Referring MD", "Patient", "Status"],
        ["1/2", "Dr. Fox", "901", "New"],
        ["Jan 3", "Dr. Hill", "902", "New"],
    ]
    assert received(asked(workbook(January_2025=rows), "log.xlsx")) == ["2025-01-02", "2025-01-03"]


@pytest.mark.parametrize("name", ["log.csv", "log 2024 to 2025.csv"])
def test_a_day_whose_year_nothing_tells_or_two_do_is_not_guessed(asked: Asked, name: str) -> None:
    answer = asked(LOG + "1/2,Dr. Fox,901,New\n1/3,Dr. Hill,902,New\n", name)
    assert (answer.counts, answer.codes("reject")) == ((0, 2, 0), {"date_without_year"})


def test_weekdays_cut_short_stand_before_a_day(asked: Asked) -> None:
    answer = asked(
        LOG + "Thurs 3/5/26,Dr. Fox,901,New\nTues. 3/10/26,Dr. Hill,902,New\nWeds 3/18/26,Dr. Hill,903,New\n"
    )
    assert received(answer) == ["2026-03-05", "2026-03-10", "2026-03-18"]


# What is a patient, a physician, a place.


def test_numbers_under_patient_are_record_numbers_and_that_is_said(asked: Asked) -> None:
    answer = asked(LOG + "3/14/2026,Dr. Fox,000901,New\n3/15/2026,Dr. Hill,000902,New\n")
    assert [key is not None for (key,) in answer.rows("referral", "patient_key")] == [True, True]
    assert any("record number" in said for said in answer.mapped["decisions"])


def test_names_under_patient_stay_names(asked: Asked) -> None:
    answer = asked(LOG + "3/14/2026,Dr. Fox,Moss 2nd,New\n3/15/2026,Dr. Hill,Bo Reed,New\n")
    assert "patient" in answer.told["columns"]


@pytest.mark.parametrize(("named", "person"), [("ER", False), ("ED - St Luke", False), ("Lakeview staff", False), ("Ed", True), ("Dr. Er", True)])  # fmt: skip
def test_a_room_and_its_staff_are_no_person(asked: Asked, named: str, person: bool) -> None:
    answer = asked(LOG + f"3/14/2026,{named},901,New\n3/15/2026,Dr. Hill,902,New\n")
    assert len(answer.rows("practitioner", "family_name")) == 1 + person


def test_a_person_in_the_column_of_accounts_is_no_practice(asked: Asked) -> None:
    answer = asked(
        "Account,Call Date,Owner,Call Channel,Status\n"
        '"Fox, Robert",2026-03-12,Kim Lee,Face to face,Submitted\n"Hill, Ann",2026-03-13,Kim Lee,Video,Submitted\nLakeview Family Medicine,2026-03-13,Kim Lee,Phone,Submitted\n'
        '"Orr, Lee",2026-03-13,Kim Lee,Phone,Submitted\n"Poe, Ned",2026-03-13,Kim Lee,Phone,Submitted\n'
    )
    assert [name for (name,) in answer.rows("practitioner", "family_name")] == ["Fox", "Hill", "Orr", "Poe"]
    assert answer.rows("organization", "name") == [("Lakeview Family Medicine",)]
    assert [way for (way,) in answer.rows("touch", "channel", "source_row")] == [
        "visit",
        "call",
        "call",
        "call",
        "call",
    ]


def test_a_wrong_npi_keeps_out_nobody_who_is_named(asked: Asked) -> None:
    answer = asked(
        "Activity Date,Liaison,Activity Type,Provider,Provider NPI,Practice\n"
        '03/14/2026,Kim Lee,Visit,"Fox, Robert MD",1457398763,Lakeview\n03/15/2026,Kim Lee,Call,,1457398763,\n'
    )
    assert (answer.counts, answer.codes("reject"), answer.codes("warning")) == ((1, 1, 0), {"npi_unusable"}, {"npi_invalid"})  # fmt: skip


def test_who_orders_refers_and_whom_it_goes_to_does_not(asked: Asked) -> None:
    orders = (
        "order id,patientid,order date,ordering provider,referral provider,order status\n"
        '4431,901,04/01/2026,"Fox, Ann",Cardio Partners,OPEN\n4432,902,04/22/2026,"Hill, Sam",Ortho One,OPEN\n'
    )
    assert "referral provider" in str(asked(orders).problem)
    told = asked(orders, direction="outgoing")
    assert [name for (name,) in told.rows("practitioner", "family_name")] == ["Fox", "Hill"]


# Where a table begins and ends.


def test_a_title_between_tables_parts_them_though_the_first_has_one_record(asked: Asked) -> None:
    rows = [
        ["New referrals"], ["Date", "Referring MD", "Patient", "Status"], [dt.datetime(2026, 3, 2), "Fox", "901", "New"], [],
        ["Outreach visits"], ["Date", "Practice", "Contact", "Type"], [dt.datetime(2026, 3, 3), "Lakeview", "Jo", "Lunch"],
        [dt.datetime(2026, 3, 4), "North Shore", "Al", "Visit"],
    ]  # fmt: skip
    content = workbook(Sheet1=rows)
    first, second = asked(content, "log.xlsx"), asked(content, "log.xlsx", part="Sheet1 › Table 2")
    assert (first.told["source"], first.counts) == ("referral_log", (1, 0, 0))
    assert (second.told["source"], second.counts) == ("outreach_log", (2, 0, 0))


def test_the_first_answer_below_a_respondents_header_is_an_answer(asked: Asked) -> None:
    answer = asked(
        "Respondent ID,Sample Unit,Physician Name,Practice,Return Date,Q1 Likelihood to recommend (0-10),Comments\n"
        "R1,Cardiology,Robert Fox,Lakeview Family Med,3/5/2026,10,Quick replies\nR2,Cardiology,Ann Hill,North Shore IM,3/16/2026,6,Late\n"
    )
    assert answer.counts == (2, 0, 0)
    assert answer.rows("survey_answer", "value_num, value_text", "source_row, item_code") == [(None, "Quick replies"), (10, None), (None, "Late"), (6, None)]  # fmt: skip


@pytest.mark.parametrize(
    "legend", ["LEGEND:,,,\nS = Scheduled,,,\nD = Declined,,,\n", "Key,,,\nS,Scheduled,,\nD,Declined,,\n"]
)
def test_a_legend_below_the_table_is_no_record(asked: Asked, legend: str) -> None:
    records = "".join(f"3/{day}/2026,Dr. Fox,9{day},New\n" for day in range(10, 20))
    answer = asked(f"{LOG}{records},,,\n{legend}")
    assert answer.counts == (10, 0, 0)
    assert sum(one["count"] for one in answer.reading["set_aside"]) == 4


def test_an_object_that_is_null_in_some_records_hides_none_of_its_parts(asked: Asked) -> None:
    records = [
        {"date_referral_received": "2026-03-14", "referring_provider": {"last_name": "Fox"}, "patient": {"mrn": "901"}, "appointment": None},
        {"date_referral_received": "2026-03-15", "referring_provider": {"last_name": "Hill"}, "patient": {"mrn": "902"}, "appointment": {"scheduled_time": "2026-03-20T09:00:00"}},
    ]  # fmt: skip
    answer = asked(json.dumps({"results": records}), "referrals.json")
    assert [str(day) for (day,) in answer.rows("appointment", "start_on")] == ["2026-03-20"]


# Studies that a title or a sheet names.

SCREENED: list[list[Any]] = [["Subject ID", "Consent Date", "Screen Date", "Status", "Status Date"], ["001", "2026-03-02", "2026-03-02", "Randomized", "2026-03-10"]]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "above", "study"),
    [("ABC-101", [], "ABC-101"), ("Log", [["Protocol ABC-101"]], "ABC-101"), ("Log", [["Protocol: ABC-101 A Phase 2 Study of Something"]], "ABC-101"),
     ("MAR-26", [], None), ("SITE-101", [], None), ("Log", [["Protocols ABC-101 and XYZ-202"]], None)],
)  # fmt: skip
def test_a_title_or_a_sheet_names_the_study_of_its_rows(
    asked: Asked, name: str, above: list[list[str]], study: str | None
) -> None:
    answer = asked(workbook(**{name: [*above, *SCREENED]}), "log.xlsx")
    assert [code for (code,) in answer.rows("research_study", "code")] == ([study] if study else [])
    assert (answer.problem is None) is (study is not None)


# One row per step.


def test_a_row_per_status_keeps_every_step_of_a_referral(asked: Asked) -> None:
    answer = asked(
        "Referral No,Date Received,Status,Status Date,Referring Provider,Patient MRN\n"
        "R1,3/2/2026,Accepted,3/3/2026,Robert Fox,901\nR1,3/2/2026,Scheduled,3/14/2026,Robert Fox,901\n"
        "R1,3/2/2026,Cancelled,3/20/2026,Robert Fox,901\nR2,3/3/2026,Received,3/3/2026,Ann Hill,902\nR2,3/3/2026,Declined,3/5/2026,Ann Hill,902\n"
    )
    assert (answer.counts, len(answer.rows("referral", "source_key"))) == ((5, 0, 0), 2)
    assert steps(answer) == [("accepted", "2026-03-03"), ("declined", "2026-03-05"), ("scheduled", "2026-03-14"), ("cancelled", "2026-03-20")]  # fmt: skip
    keys = answer.rows("referral_event", "referral_id, seq")
    assert len(keys) == len(set(keys))


def test_the_same_status_twice_is_a_repeated_record(asked: Asked) -> None:
    answer = asked(
        "Referral No,Date Received,Status,Status Date,Referring Provider,Patient MRN\n"
        "R1,3/14/2026,Scheduled,3/15/2026,Robert Fox,901\nR1,3/14/2026,Scheduled,3/15/2026,Robert Foxx,901\n"
    )
    assert (answer.counts, answer.codes("warning")) == ((1, 0, 1), {"repeated_key"})


def test_a_trial_systems_row_per_status_counts_each(asked: Asked) -> None:
    answer = asked(
        "Protocol Number,Site Name,Subject Number,Status,Status Date\n"
        "ABC-101,Boise,001,Screened,3/2/2026\nABC-101,Boise,001,Randomized,3/20/2026\nABC-101,Boise,002,Screened,3/3/2026\nABC-101,Boise,002,Screen Failed,3/9/2026\n"
    )
    assert answer.counts == (4, 0, 0)
    assert [code for (code,) in answer.rows("subject_event", "code", "occurred_on")] == ["screened", "screened", "screen_failed", "randomized"]  # fmt: skip


def test_the_day_of_each_state_is_read_under_its_system_s_name(asked: Asked) -> None:
    answer = asked(
        "Subject ID,Site Number,Current Status,Screened Status Date,Screen Failed Status Date,Randomized Status Date,Early Terminated Status Date\n"
        "101-001,101,Enrolled,2026-03-02,,2026-03-10,\n101-002,101,Screen Failed,2026-03-03,2026-03-08,,\n101-003,101,Early Terminated,2026-03-04,,2026-03-12,2026-04-20\n",
        study="ABC-101",
    )
    assert answer.counts == (3, 0, 0)
    days = {(code, str(day)) for code, day in answer.rows("subject_event", "code, occurred_on")}
    assert {("screen_failed", "2026-03-08"), ("randomized", "2026-03-12"), ("off_study", "2026-04-20")} <= days


# Hubs and systems by their own columns.


def test_authorizations_of_visits_are_no_visits(asked: Asked) -> None:
    answer = asked(
        "Referral #,Auth #,Payer,Patient Name,DOB,Referring Provider,Specialist,Start Date,End Date,Visits Authorized,Visits Used,Status\n"
        'R1,A1,Aetna,"Moss, Ada",02/03/1951,"Fox, Robert","Stone, Mark",03/02/2026,06/02/2026,3,1,Approved\n'
    )
    assert answer.told["source"] is None


def test_the_first_line_of_a_cell_is_who_refers(asked: Asked) -> None:
    answer = asked(
        "Date Received,Referring Provider,Patient MRN,Status\n"
        '03/14/2026,"Fox, Robert MD\nLakeview FM\n208-555-0101",901,New\n03/15/2026,"Hill,\nAnn DO",902,New\n'
    )
    assert answer.rows("practitioner", "family_name, given_name, credential") == [("Fox", "Robert", "MD"), ("Hill", "Ann", "DO")]  # fmt: skip


def test_when_a_report_was_sent_goes_before_whether(asked: Asked) -> None:
    answer = asked(
        "Referral Date,Referring Provider,MRN,Report Sent (Y/N),Date Report Sent\n03/02/2026,Fox,901,Y,03/13/2026\n03/14/2026,Hill,902,N,\n"
    )
    assert steps(answer) == [("report_sent", "2026-03-13")]


def test_sites_of_a_study_with_their_targets_are_its_plan(asked: Asked) -> None:
    answer = asked(
        "Protocol,Site #,Site Name,City,State,PI,Activated,Target Enrollment,Status\n"
        "ABC-101,101,Boise Research,Boise,ID,Stone,1/15/2026,20,Active\nABC-101,102,Reno Research,Reno,NV,Vega,2/1/2026,15,Active\n"
    )
    assert answer.rows("study_site", "target, activated_on") == [(15, dt.date(2026, 2, 1)), (20, dt.date(2026, 1, 15))]


def test_a_hub_s_own_days_of_sending_accepting_and_declining_are_read(asked: Asked) -> None:
    answer = asked(
        "Referral Id,Sent By Organization,Sent By Contact,Patient Last Name,Patient DOB,Sent At,Accepted At,Declined At,Scheduled At,Appointment At,Seen At,Status\n"
        "LR-1,Lakeview,Robert Fox MD,Moss,1951-02-03,2026-03-02 09:12:00,2026-03-02 10:05:00,,2026-03-03 11:00:00,2026-03-20 09:00:00,2026-03-20 09:10:00,Seen\n"
        "LR-2,Lakeview,Robert Fox MD,Reed,1949-12-13,2026-03-04 15:22:00,,2026-03-05 08:20:00,,,,Declined\n"
    )
    assert (answer.told["source"], answer.counts) == ("referral_log", (2, 0, 0))
    assert steps(answer) == [("accepted", "2026-03-02"), ("scheduled", "2026-03-03"), ("declined", "2026-03-05"), ("kept", "2026-03-20")]  # fmt: skip


def test_answers_with_a_row_each_are_responses(asked: Asked) -> None:
    answer = asked(
        "CLIENT_ID,SERVICE,SURVEY_ID,RECDATE,DISDATE,VARNAME,QUESTION_TEXT,VALUE\n"
        "1,MD,88,2026-03-05,2026-02-20,A1,Ease of scheduling for your patients,5\n1,MD,88,2026-03-05,2026-02-20,A2,Timeliness of consult reports,4\n"
        "1,MD,88,2026-03-05,2026-02-20,CM,Comments,Great staff\n1,MD,89,2026-03-17,2026-02-22,A1,Ease of scheduling for your patients,3\n1,MD,89,2026-03-17,2026-02-22,A2,Timeliness of consult reports,2\n"
    )
    assert (answer.told["source"], answer.counts) == ("online_survey", (2, 0, 0))
    assert answer.rows("survey_answer", "value_num, value_text", "source_row, item_label") == [(None, "Great staff"), (5, None), (4, None), (3, None), (2, None)]  # fmt: skip
    assert any("5 rows" in note for note in answer.reading["notes"])


QUEUE_LOG = """1772442000|1772441990.1|referrals|NONE|ENTERQUEUE||2085550101|1
1772442005|NONE|NONE|SIP/202|PAUSE||
1772442018|1772441990.1|referrals|SIP/201|CONNECT|18|1772442000.2|5
1772442218|1772441990.1|referrals|SIP/201|COMPLETECALLER|18|200|1
1772442300|1772442295.3|referrals|NONE|ENTERQUEUE||2085550102|1
1772442345|1772442295.3|referrals|NONE|ABANDON|1|1|45
1772442400|1772442395.4|referrals|NONE|ENTERQUEUE||2085550103|1
1772442460|1772442395.4|referrals|NONE|EXITWITHTIMEOUT|1|1|60
"""


def test_the_events_of_a_queue_log_become_calls(asked: Asked) -> None:
    answer = asked(QUEUE_LOG, "queue_log")
    assert (answer.told["source"], answer.counts) == ("call_log", (3, 0, 0))
    assert answer.rows("call", "queued_s, talk_s, answered, abandoned", "started_at") == [(18, 200, True, False), (45, None, False, True), (60, None, False, False)]  # fmt: skip
    assert any("8 lines" in note for note in answer.reading["notes"])


def test_call_records_of_asterisk_are_known_without_their_header(asked: Asked) -> None:
    answer = asked(
        '"","2085550101","2085550199","from-trunk","""Fox"" <2085550101>","SIP/trunk-1","SIP/201-1","Dial","SIP/201,20","2026-03-02 09:00:00","2026-03-02 09:00:08","2026-03-02 09:03:08",188,180,"ANSWERED","DOCUMENTATION","1772442000.1",""\n'
        '"","2085550102","2085550199","from-trunk","""W"" <2085550102>","SIP/trunk-2","SIP/201-2","Dial","SIP/201,20","2026-03-02 09:10:00","","2026-03-02 09:10:20",20,0,"NO ANSWER","DOCUMENTATION","1772442600.2",""\n',
        "Master.csv",
    )
    assert (answer.told["source"], answer.counts) == ("asterisk_cdr", (2, 0, 0))


def test_a_teams_queue_tells_waiting_from_talking(asked: Asked) -> None:
    answer = asked(
        "CallQueueIdentity,ConferenceId,UserStartTimeUTC,CallQueueCallResult,CallQueueDurationSeconds,CallDurationSeconds,CallerNumber\n"
        "referrals@river.org,c1,2026-03-02T15:00:00Z,agent_joined_conference,18,218,+12085550101\nreferrals@river.org,c2,2026-03-02T15:10:00Z,abandoned,45,45,+12085550102\n"
        "referrals@river.org,c3,2026-03-02T15:20:00Z,overflown,60,61,+12085550103\n"
    )
    assert answer.rows("call", "queued_s, talk_s, answered, abandoned", "started_at") == [(18, 200, True, False), (45, 0, False, True), (60, 0, False, False)]  # fmt: skip


@pytest.mark.parametrize("header", ["Date,Avg Speed Ans,ACD Calls,Avg ACD Time,Aban Calls", "Quarter,Referring Provider,# Referrals,# Seen", "Campaign Name,Send Date,Sends,Opens,Open Rate"])  # fmt: skip
def test_a_table_of_totals_is_called_one(asked: Asked, header: str) -> None:
    width = header.count(",")
    answer = asked(header + "\n" + "\n".join(f"{name}" + ",12" * width for name in ("First", "Second")) + "\n")
    assert "totals" in str(answer.problem)


REGISTRY = {
    "result_count": 2,
    "results": [
        {"number": "1234567893", "enumeration_type": "NPI-1", "basic": {"first_name": "ROBERT", "last_name": "FOX", "credential": "MD", "last_updated": "2024-01-05"},
         "addresses": [{"address_purpose": "MAILING", "city": "RENO", "postal_code": "895010001"}, {"address_purpose": "LOCATION", "city": "BOISE", "postal_code": "837020000"}],
         "taxonomies": [{"code": "208D00000X", "primary": False}, {"code": "207Q00000X", "primary": True}]},
        {"number": "1245319599", "enumeration_type": "NPI-2", "basic": {"organization_name": "NORTH SHORE IM", "last_updated": "2024-01-05"},
         "addresses": [{"address_purpose": "LOCATION", "city": "BOISE", "postal_code": "837030000"}], "taxonomies": [{"code": "207R00000X", "primary": True}]},
    ],
}  # fmt: skip


def test_an_answer_of_the_provider_registry_is_a_roster(asked: Asked) -> None:
    answer = asked(json.dumps(REGISTRY), "npi.json")
    assert (answer.told["source"], answer.counts) == ("nppes_roster", (2, 0, 0))
    assert answer.rows("practitioner", "family_name, primary_taxonomy") == [("Fox", "207Q00000X")]
    assert answer.rows("organization", "name, city, postal_code") == [("NORTH SHORE IM", "BOISE", "837030000")]


# What programs leave in cells.

HEADER = "Referral #,Date Received,MRN,Referring Provider,Practice,Status\n"


def who(answer: Answer) -> list[tuple[Any, ...]]:
    return answer.rows("referral", "source_key, received_on::varchar, patient_key", "source_key")


@pytest.mark.parametrize(
    ("garbled", "note"),
    [
        (lambda text: text.replace("000901", "000901\u200b").replace("03/14", "\u200e03/14"), "nobody sees"),
        (lambda text: text.replace("García", "Garc&iacute;a").replace("O'Neil", "O&#39;Neil"), "web pages"),
        (lambda text: text.encode().decode("cp1252"), "encoding"),
        (lambda text: "\n".join(line if number == 0 else ",".join("'" + cell for cell in line.split(",")) for number, line in enumerate(text.strip().split("\n"))), "apostrophe"),
    ],
)  # fmt: skip
def test_what_a_program_left_in_cells_changes_neither_who_nor_when(
    asked: Asked, garbled: Callable[[str], str], note: str
) -> None:
    text = HEADER + "R1,03/14/2026,000901,Elena García,Clínica Norte,New\nR2,03/15/2026,000902,Sean O'Neil,Harbor,New\n"
    plain, other = asked(text), asked(garbled(text), "other.csv")
    assert who(other) == who(plain)
    assert other.rows("practitioner", "family_name, given_name") == plain.rows(
        "practitioner", "family_name, given_name"
    )
    assert any(note in said for said in other.reading["notes"])


def test_letters_that_are_right_are_left(asked: Asked) -> None:
    text = (
        HEADER
        + "R1,03/14/2026,000901,João Simão,A&B Clinic & Co;,New\nR2,03/15/2026,000902,Ângela Lima,MAÇÃ Saúde,New\n"
    )
    answer = asked(text)
    assert {name for (name,) in answer.rows("organization", "name")} == {"A&B Clinic & Co;", "MAÇÃ Saúde"}


def test_exports_behind_one_another_with_their_columns_in_another_order_are_one_table(asked: Asked) -> None:
    records = [[f"R{n}", f"03/{10 + n}/2026", f"00090{n}", f"Fox{n}", "Lakeview", "New"] for n in range(1, 7)]
    names = HEADER.strip().split(",")
    turned = [3, 1, 5, 0, 2, 4]
    lines = [names, *records[:3], [names[at] for at in turned], *[[one[at] for at in turned] for one in records[3:]]]
    answer = asked("\n".join(map(",".join, lines)) + "\n")
    assert who(answer) == who(asked("\n".join(map(",".join, [names, *records])) + "\n", "plain.csv"))
    assert any("another order" in said for said in answer.reading["notes"])


def test_a_header_again_in_small_letters_is_no_record(asked: Asked) -> None:
    records = [f"R{n},03/{10 + n}/2026,00090{n},Fox,Lakeview,New\n" for n in range(1, 7)]
    answer = asked(HEADER + "".join(records[:3]) + HEADER.lower() + "".join(records[3:]))
    assert answer.counts == (6, 0, 0)


WIDE = "Referral #,Date Received,MRN,Referring Provider,Practice,Priority,Status,Appt Date\n"


@pytest.mark.parametrize("header", [WIDE, WIDE.replace("Referring Provider,", "")])
def test_rows_with_a_cell_more_than_names_are_asked_about(asked: Asked, header: str) -> None:
    name = "Fox, Robert MD" if header == WIDE else "Fox"
    rows = "".join(
        f"R{n},03/{10 + n}/2026,00090{n},{name},Lakeview FM,Routine,Scheduled,03/{20 + n}/2026\n" for n in range(1, 8)
    )
    assert "a cell more" in str(asked(header + rows).problem)
    assert asked(WIDE + rows.replace(name, f'"{name}"'), "right.csv").problem is None


def test_a_column_without_a_name_that_is_full_is_pointed_out(asked: Asked) -> None:
    answer = asked(
        'Referral #,Date Received,MRN,,Practice\nR1,03/14/2026,901,"Fox, Robert",Lakeview\nR2,03/15/2026,902,"Hill, Ann",North\n'
    )
    assert "column_unnamed" in answer.codes("warning")
    running = asked(
        ",Date Received,MRN,Referring Provider\n1,03/14/2026,901,Fox\n2,03/15/2026,902,Hill\n", "running.csv"
    )
    assert "column_unnamed" not in running.codes()


def test_a_name_cut_within_a_word_is_read_and_that_is_said(asked: Asked) -> None:
    answer = asked("Date Received,MRN,Referring Provid,Status\n03/14/2026,901,Fox,New\n03/15/2026,902,Hill,New\n")
    assert [name for (name,) in answer.rows("practitioner", "family_name")] == ["Fox", "Hill"]
    assert any("spelled differently" in said for said in answer.mapped["decisions"])


def test_numbered_names_of_columns_are_names(asked: Asked) -> None:
    answer = asked(
        "1. Date Received,2. MRN,3. Referring Provider,4. Status\n03/14/2026,901,Fox,New\n03/15/2026,902,Hill,New\n"
    )
    assert answer.counts == (2, 0, 0)


@pytest.mark.parametrize("written", ["{}.0", "{:,}"])
def test_record_numbers_written_as_amounts_are_the_same_patients(asked: Asked, written: str) -> None:
    def log(how: str) -> str:
        numbers = [how.format(n) for n in (12345, 23456, 1234567)]
        return HEADER + "".join(
            f'R{n},03/1{n}/2026,"{number}",Fox,Lakeview,New\n' for n, number in enumerate(numbers, 4)
        )

    assert who(asked(log(written))) == who(asked(log("{}"), "plain.csv"))


def test_a_visit_before_its_referral_is_pointed_out(asked: Asked) -> None:
    answer = asked(
        "Date Received,MRN,Referring Provider,Appt Date\n03/14/2026,901,Fox,03/02/2026\n03/15/2026,902,Hill,03/25/2026\n"
    )
    assert (answer.counts, answer.codes("warning")) == ((2, 0, 0), {"end_before_start"})


def test_a_referral_of_the_last_century_is_a_slip_of_the_pen_and_a_birth_is_not(asked: Asked) -> None:
    answer = asked(
        "Date Received,Patient Name,DOB,Referring Provider\n03/14/1926,Ada Moss,03/14/1926,Fox\n03/15/2026,Bo Reed,03/15/1926,Hill\n"
    )
    assert (answer.counts, answer.codes("reject")) == ((1, 1, 0), {"date_out_of_range"})


def test_a_year_before_1970_is_a_slip_where_people_type_and_a_fact_where_a_program_tells_of_the_past(
    asked: Asked,
) -> None:
    typed = asked(LOG + "03/02/1962,Dr Ann Lee,A B,Scheduled\n03/03/2026,Dr Ann Lee,C D,Scheduled\n")
    assert typed.counts == (1, 1, 0)
    assert "date_out_of_range" in typed.codes("reject")
    visit = {
        "resourceType": "Encounter", "id": "e1", "status": "finished", "class": {"code": "AMB"},
        "subject": {"reference": "Patient/p1"}, "period": {"start": "1962-03-02T09:00:00-05:00", "end": "1962-03-02T09:30:00-05:00"},
    }  # fmt: skip
    told = asked(json.dumps(visit) + "\n", "Encounter.ndjson")
    assert told.counts == (1, 0, 0)
    assert [day.year for (day,) in told.rows("appointment", "start_at")] == [1962]


# What is around a table's lines, and beside it.


@pytest.mark.parametrize("sign", [",", ";"])
def test_lines_quoted_as_a_whole_are_the_lines_within(asked: Asked, sign: str) -> None:
    lines = ("Date,Referring MD,Patient,Status", "3/2/2026,Dr. Fox,901,New", '3/14/2026,"Hill, Ann",902,New')
    whole = "".join('"' + line.replace('"', '""') + '"\n' for line in lines)
    answer = asked(whole if sign == "," else whole.replace(",", ";"))
    assert (answer.counts, received(answer)) == ((2, 0, 0), ["2026-03-02", "2026-03-14"])
    assert any("quoted as a whole" in note for note in answer.reading["notes"])


def test_cells_that_are_all_quoted_stay_cells(asked: Asked) -> None:
    answer = asked('"Date","Referring MD","Patient","Status"\n"3/14/2026","Fox, Robert","901","New"\n')
    assert answer.rows("practitioner", "family_name, given_name") == [("Fox", "Robert")]
    assert not any("quoted as a whole" in note for note in answer.reading["notes"])


def test_a_log_quoted_in_a_reply_is_read_without_its_signs(asked: Asked) -> None:
    marked = "".join(f"> {line}\n" for line in f"{LOG}3/14/2026,Dr. Fox,901,New\n".splitlines())
    assert received(asked(marked, "mail.txt")) == ["2026-03-14"]


def test_two_tables_side_by_side_in_a_text_file_are_two(asked: Asked) -> None:
    text = (
        "Date,Referring MD,Patient,Status,,Date,Practice,Contact,Type\n3/2/2026,Dr. Fox,901,New,,3/3/2026,Lakeview,Jo,Lunch\n"
        "3/14/2026,Dr. Hill,902,New,,3/16/2026,North Shore,Al,Visit\n3/15/2026,Dr. Hill,903,New,,,,,\n"
    )
    first, second = asked(text), asked(text, "again.csv", part="Table 2")
    assert (first.told["source"], first.counts, first.rows("organization", "name")) == ("referral_log", (3, 0, 0), [])
    assert (second.told["source"], second.counts) == ("outreach_log", (2, 0, 0))
    assert first.reading["parts"] == ["Table 1", "Table 2"]


def test_an_empty_column_parts_no_table_whose_rows_belong_together(asked: Asked) -> None:
    answer = asked(
        "Date,Referring MD,,Patient,Status\n3/2/2026,Dr. Fox,,901,Declined\n3/14/2026,Dr. Hill,,902,Declined\n"
    )
    assert (answer.counts, answer.reading["parts"], len(steps(answer))) == ((2, 0, 0), [], 2)


# What stands in a cell for what is not there.


def test_a_spreadsheet_s_error_in_a_text_file_is_read_as_blank_and_said(asked: Asked) -> None:
    answer = asked("Date,Referring MD,Practice,Patient\n3/14/2026,#REF!,#N/A,901\n3/15/2026,Dr. Hill,North Shore,902\n")
    assert (answer.counts, len(answer.rows("practitioner", "1"))) == ((2, 0, 0), 1)
    assert {one["column"] for one in answer.mapped["findings"] if one["code"] == "error_cell"} == {"Referring MD", "Practice"}  # fmt: skip


@pytest.mark.parametrize(
    ("name", "made_up"),
    [("TEST PATIENT", True), ("ZZTEST Demo", True), ('"Test, Mickey"', True), ("Zzz Dummy", True), ("Bo Tester", False), ("Ada Testa", False), ("Contest Lee", False), ("Izzy Moss", False)],
)  # fmt: skip
def test_a_patient_made_up_to_try_a_system_is_loaded_and_said(asked: Asked, name: str, made_up: bool) -> None:
    answer = asked(f"Date,Referring MD,Patient,MRN\n3/14/2026,Dr. Fox,{name},901\n")
    assert (answer.counts, "test_patient" in answer.codes("warning")) == ((1, 0, 0), made_up)
    assert not any(one["value"] for one in answer.mapped["findings"] if one["code"] == "test_patient")


def test_midnights_in_utc_are_days_where_a_column_has_nothing_else(asked: Asked) -> None:
    log = "Date Received,Referring MD,MRN,Appt Date\n2026-03-02T00:00:00.000Z,Fox,901,2026-03-20T{}:00:00.000Z\n2026-03-14T00:00:00.000Z,Hill,902,2026-03-21T00:00:00.000Z\n"
    days, instants = asked(log.format("00")), asked(log.format("15"))
    assert received(days) == received(instants) == ["2026-03-02", "2026-03-14"]
    assert [str(day) for (day,) in days.rows("appointment", "start_on")] == ["2026-03-20", "2026-03-21"]
    assert [str(day) for (day,) in instants.rows("appointment", "start_on")] == ["2026-03-20", "2026-03-20"]


def test_the_types_of_a_database_s_columns_below_its_header_are_no_record(asked: Asked) -> None:
    answer = asked(
        "Date,Referring MD,Patient,Status\nDATE,VARCHAR(50),INTEGER,VARCHAR(20)\n3/14/2026,Dr. Fox,901,New\n"
    )
    assert (answer.counts, [one["reason"] for one in answer.reading["set_aside"]]) == ((1, 0, 0), ["types"])


def test_counts_of_months_with_one_column_of_words_are_asked_about(asked: Asked) -> None:
    answer = asked("Measure,Jan 2026,Feb 2026,Mar 2026\nDr. Fox,3,4,5\nDr. Hill,2,0,1\n")
    assert "one column per period" in str(answer.problem)


def test_do_with_a_point_is_a_ditto_mark(asked: Asked) -> None:
    answer = asked("Date,Referring MD,Practice,Patient\n3/14/2026,Dr. Fox,Lakeview,901\ndo.,do.,do.,902\n")
    assert (answer.counts, received(answer)) == ((2, 0, 0), ["2026-03-14", "2026-03-14"])


# Public data and systems by their own columns.


def test_ages_under_patient_are_nobody_s_number(asked: Asked) -> None:
    ages = asked(
        "Date,Referring MD,Patient,Sex\n3/2/2026,Fox,67,F\n3/3/2026,Hill,54,M\n3/14/2026,Hill,71,F\n3/15/2026,Hill,67,F\n"
    )
    assert [key for (key,) in ages.rows("referral", "patient_key")] == [None] * 4
    assert any("look like ages" in said for said in ages.mapped["decisions"])
    numbers = asked("Date,Referring MD,Patient,Age\n3/2/2026,Fox,11,67\n3/3/2026,Hill,12,54\n3/14/2026,Hill,13,71\n3/15/2026,Hill,11,67\n", "numbers.csv")  # fmt: skip
    assert all(key for (key,) in numbers.rows("referral", "patient_key"))


def test_a_form_that_patients_are_referred_by_is_no_survey(asked: Asked) -> None:
    answer = asked(
        "Timestamp,Email Address,Referring physician's name,Practice,Patient's initials,Reason for referral,How did you hear about us?\n"
        "3/2/2026 9:10:11,rfox@example.org,Robert Fox,Lakeview,AM,Chest pain,Colleague\n3/14/2026 10:10:11,ahill@example.org,Ann Hill,North,BR,Gout,Website\n"
    )
    assert (answer.told["source"], answer.counts, answer.rows("survey_answer", "1")) == ("referral_log", (2, 0, 0), [])
    assert answer.rows("practitioner", "family_name") == [("Fox",), ("Hill",)]


def test_a_log_of_shared_images_is_no_list_of_exams(asked: Asked) -> None:
    answer = asked(
        "Study Date,Patient Name,Accession Number,Modality,Study Description,Shared By,Shared With,Share Date,Viewed\n"
        "2026-03-01,MOSS ADA,A100,CT,CT CHEST,Boise Imaging,Lakeview FM,2026-03-02 10:00:00,Yes\n"
    )
    assert answer.told["source"] is None


def test_no_to_a_no_show_says_that_the_patient_came_where_nothing_else_does(asked: Asked) -> None:
    header = "PatientId,AppointmentID,Gender,ScheduledDay,AppointmentDay,Age,SMS_received,No-show"
    rows = "298724,5642903,F,2026-04-29T18:38:08Z,2026-04-30T00:00:00Z,62,0,No\n558997,5642503,M,2026-04-29T16:08:27Z,2026-05-03T00:00:00Z,56,1,Yes\n426296,5642549,F,2026-04-29T16:19:04Z,2026-12-03T00:00:00Z,8,0,No\n"
    answer = asked(f"{header}\n{rows}")
    assert answer.rows("appointment", "start_on::varchar, status", "start_on") == [("2026-04-30", "fulfilled"), ("2026-05-03", "noshow"), ("2026-12-03", "booked")]  # fmt: skip
    told = asked(f"{header},Status\n{rows.splitlines()[0]},Cancelled\n", "told.csv")
    assert told.rows("appointment", "status") == [("cancelled",)]


def test_who_may_order_in_medicare_is_a_roster(asked: Asked) -> None:
    answer = asked("NPI,LAST_NAME,FIRST_NAME,PARTB,DME,HHA,PMD,HOSPICE\n1417051921,FOX,ROBERT,Y,Y,Y,Y,Y\n1972040137,HILL,ANN,Y,N,N,N,N\n")  # fmt: skip
    assert (answer.told["source"], answer.counts) == ("cms_ordering", (2, 0, 0))
    assert answer.rows("practitioner", "family_name, npi") == [("Fox", "1417051921"), ("Hill", "1972040137")]


CRM = (
    "Id,IsDeleted,Name,CreatedDate,CreatedById,SystemModstamp,OwnerId,HealthCloudGA__ReferringProvider__r.Name,Status,ReferralType,RecordTypeId\n"
    "0ZQ1,false,REF-0001,2026-03-02T15:10:00.000+0000,0055,2026-03-03T10:00:00.000+0000,0055,Dr. Robert Fox,Scheduled,Inbound,0125\n",
    "Record ID,Deal Name,Deal Stage,Create Date,Deal owner,Referring Provider,Referring Practice,Close Date,Amount\n"
    "990001,Moss A,Closed lost,2026-03-02 09:10,Kim Lee,Dr. Robert Fox,Lakeview FM,2026-03-09 10:00,\n",
)  # fmt: skip


@pytest.mark.parametrize("text", CRM)
def test_referrals_of_a_crm_load_with_their_system_s_columns(asked: Asked, text: str) -> None:
    answer = asked(text)
    assert (answer.told["source"], answer.counts, received(answer)) == ("referral_log", (1, 0, 0), ["2026-03-02"])
    assert answer.rows("practitioner", "family_name, given_name") == [("Fox", "Robert")]
    assert "unknown_value" not in answer.codes()


def test_a_list_of_referrals_with_their_visits_is_one_of_referrals(asked: Asked) -> None:
    answer = asked(
        "Person Nbr,Last Name,First Name,DOB,Enc Date,Order Date,Refer From Prov,Refer To Prov,Appt Scheduled,Appt Dt,Appt Kept Ind\n"
        '000901,Moss,Ada,19510203,20260302,20260302,"Fox, Robert","Stone, Mark",Y,20260320,Y\n'
    )
    assert (answer.told["source"], received(answer)) == ("referral_log", ["2026-03-02"])
    assert answer.rows("appointment", "start_on::varchar, status") == [("2026-03-20", "fulfilled")]


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("clinicaltrials_gov", "nct_id|study_first_submitted_date|start_date|completion_date|study_type|acronym|brief_title|official_title|overall_status|phase|enrollment|enrollment_type|source|why_stopped\nNCT04000001|2025-01-02|2025-03-31|2027-06-30|INTERVENTIONAL|XAST|A Study of X|A Randomized Study|RECRUITING|PHASE3|240|ESTIMATED|Acme Pharma|\n"),
        ("screening_log", "project,Environment,Subject,SiteNumber,Site,SubjectStatus,StatusDate,CreatedDate\nABC-101,Prod,101-001,101,Boise,Enrolled,2026-03-10,2026-03-02\n"),
        ("newsletter_audience", "Email Address,First Name,Last Name,Opens,Clicks,MEMBER_RATING,OPTIN_TIME,OPTIN_IP,CONFIRM_TIME,LEID,EUID,NOTES,TAGS\nrfox@example.org,Robert,Fox,3,1,4,2025-03-02 09:10:00,,2025-03-02 09:10:00,1,e1,,\n"),
        ("newsletter_activity", "processed,message_id,event,api_key_id,recv_message_id,subject,from,email,asm_group_id,template_id,originating_ip,reason,outbound_ip,url,category\n2026-03-02T09:10:00Z,m1,delivered,,,Spring news,news@example.com,rfox@example.org,,,,,1.1.1.1,,\n"),
        ("outreach_log", "Subject,Type,Due Date,Assigned,Company / Account,Contact,Status,Comments\nLunch & learn,Meeting,3/14/2026,Kim Lee,Lakeview FM,Robert Fox,Completed,ok\n"),
        ("nppes_roster", "NPI,PECOS_ASCT_CNTL_ID,ENRLMT_ID,PROVIDER_TYPE_CD,PROVIDER_TYPE_DESC,STATE_CD,FIRST_NAME,MDL_NAME,LAST_NAME,ORG_NAME,GNDR_SW\n1417051921,8921000011,I20040309000221,14-11,PRACTITIONER - INTERNAL MEDICINE,IN,ROBERT,L,FOX,,M\n"),
    ],
)  # fmt: skip
def test_public_files_and_systems_exports_are_known_by_their_own_columns(asked: Asked, source: str, text: str) -> None:
    answer = asked(text)
    assert (answer.problem, answer.told["source"], answer.counts) == (None, source, (1, 0, 0))


@pytest.mark.parametrize(("state", "step"), [("Sched 3/22", True), ("Booked Confirmed", True), ("Not sched", False), ("Needs sched", False), ("Sched pending", False)])  # fmt: skip
def test_a_state_cut_short_says_that_it_is_scheduled(asked: Asked, state: str, step: bool) -> None:
    answer = asked(f"Date Received,Referring MD,MRN,Status,Status Date\n3/14/2026,Fox,901,{state},3/16/2026\n")
    assert steps(answer) == ([("scheduled", "2026-03-16")] if step else [])


@pytest.mark.parametrize(
    ("header", "cells", "code"),
    [
        ("Time Zone", "Europe/Berlin", {"no_calendar_abroad"}), ("Time Zone", "America/Toronto", {"no_calendar_abroad"}), ("Time Zone", "Eastern", set()),
        ("Time Zone,Holiday Calendar", "Asia/Riyadh,SA", set()), ("Time Zone,Holiday Calendar", "Europe/London,gb-eng", set()),
        ("Time Zone,Holiday Calendar", "Europe/London,None", set()), ("Time Zone,Holiday Calendar", "Europe/London,England", {"unknown_calendar"}),
        ("State,Country", "ON,Canada", {"no_calendar_abroad"}), ("State,Country", "NY,USA", set()), ("State,Country,Holiday Calendar", "BY,Germany,DE-BY", set()),
    ],
)  # fmt: skip
def test_a_site_abroad_that_states_no_holidays_is_told_whose_it_is_given(asked: Asked, header: str, cells: str, code: set[str]) -> None:  # fmt: skip
    answer = asked(f"Site Code,Site Name,City,{header}\nA1,Harbor House,Town,{cells}\n")
    assert answer.counts == (1, 0, 0)
    assert answer.codes("warning") == code
