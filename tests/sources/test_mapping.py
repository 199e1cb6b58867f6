"""What becomes of the rows: faults, duplicates, keys, times."""

from __future__ import annotations

import csv
import io
import json
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipelines.checks import Finding
from pipelines.errors import MappingNeeded, UnknownName

LOG = "Date Received,Patient Name,DOB,Referring Provider,Site\n"
EPIC = "REFERRAL_ID,PAT_ID,ENTRY_DATE,RFL_STATUS_C_NAME,RFL_CLASS_C_NAME,REFD_TO_LOC_POS_ID\n"


def log(*rows: str) -> str:
    return LOG + "\n".join(rows) + "\n"


def test_a_row_without_what_every_record_needs_is_rejected_with_its_place(desk: Any) -> None:
    mapped = desk.map(log('2026-03-14,"Doe, Jane",1961-07-04,Dr. Lee,NYC01', ',"Roe, Ann",1970-01-01,Dr. Lee,NYC01'))
    assert (mapped.rows_in, mapped.rows_loaded, mapped.rows_rejected) == (2, 1, 1)
    found = mapped.findings[0]
    assert (found["code"], found["severity"], found["row"], found["column"]) == (
        "none_of",
        "reject",
        3,
        "Date Received",
    )
    assert found["message"]
    assert found["remedy"]


def test_a_row_that_fills_none_of_several_cells_names_each_with_what_it_says_instead(desk: Any) -> None:
    mapped = desk.map(
        "Date Received,Date Written,Patient Name,DOB,Referring Provider,Site\n"
        '2026-03-14,,"Doe, Jane",1961-07-04,Dr. Lee,NYC01\n'
        'n/a,-,"Roe, Ann",1970-01-01,Dr. Lee,NYC01\n'
    )
    assert [
        (found["row"], found["column"], found["value"]) for found in mapped.findings if found["severity"] == "reject"
    ] == [(3, "Date Received or Date Written", "n/a; -")]


@pytest.mark.parametrize(
    ("received", "born", "code"),
    [
        ("soon", "1961-07-04", "unreadable_date"), ("2062-03-14", "1961-07-04", "date_out_of_range"), ("1826-03-14", "1961-07-04", "date_out_of_range"),
        ("2026-03-14", "2026-03-15", "before_birth"), ("2026-03-14", "2061-07-04", "date_out_of_range"), ("2026-11-03", "1961-07-04", "date_out_of_range"),
    ],
)  # fmt: skip
def test_an_impossible_date_rejects_its_row(desk: Any, received: str, born: str, code: str) -> None:
    mapped = desk.map(log(f'{received},"Doe, Jane",{born},Dr. Lee,NYC01'))
    assert (mapped.rows_rejected, desk.faults(mapped)) == (1, {code: 1})


def test_a_day_after_the_file_came_is_still_tomorrow_somewhere(desk: Any) -> None:
    assert desk.map(log('2026-11-02,"Doe, Jane",1961-07-04,Dr. Lee,NYC01')).rows_loaded == 1


def test_yes_in_a_column_of_dates_is_said_to_lack_its_day_and_no_is_nothing(desk: Any) -> None:
    report = "referralDate,refToProvider,summaryOfCareSentDate,patientId,apptDate,reportReceived\n"
    rows = ["2026-03-02,Heart Group,2026-03-02,Z1,2026-03-09,Y", "2026-03-02,Heart Group,2026-03-02,Z2,2026-03-09,N",
            "2026-03-02,Heart Group,2026-03-02,Z3,2026-03-09,2026-03-12"]  # fmt: skip
    mapped = desk.map(report + "\n".join(rows) + "\n", "allegiancemd_referrals")
    assert mapped.rows_loaded == 3
    assert desk.faults(mapped)["yes_for_date"] == 1
    assert "unreadable_date" not in desk.faults(mapped)
    assert [row for row in desk.rows("referral_event", "code", "occurred_on::varchar") if row[0] == "report_sent"] == [
        ("report_sent", "2026-03-12")
    ]


REQUESTS = "ServiceRequest.id,ServiceRequest.subject,ServiceRequest.authoredOn,ServiceRequest.status,ServiceRequest.requester,ServiceRequest.requester.display,ServiceRequest.performer.display\n"


def test_a_requester_who_is_only_displayed_is_the_referrer_whom_a_log_names_so(desk: Any) -> None:
    desk.map(
        log('2026-03-14,,,"Smith, Jane MD",Northside Imaging Center', "2026-03-14,,,Lakeside Family Practice,East")
    )
    logged = desk.rows("referral", "source_id", "performer_site_id")
    mapped = desk.map(REQUESTS + "\n".join([
        "ServiceRequest/1,Patient/1,2026-03-14,active,,\"Smith, Jane MD\",Northside Imaging Center",
        "ServiceRequest/2,Patient/2,2026-03-14,active,,Lakeside Family Practice,",
        "ServiceRequest/3,Patient/3,2026-03-14,active,Practitioner/7,Dr. Al Poe,",
        "ServiceRequest/4,Patient/4,2026-03-14,active,Device/7,Robot,"]) + "\n", "fhir_service_request")  # fmt: skip
    found = desk.rows("referral", "source_id", "performer_site_id")
    assert found[0] == logged[0]
    assert found[1][0] == logged[1][0]
    assert found[2][0] not in (None, found[0][0])
    assert found[3][0] is None
    assert desk.faults(mapped) == {"nobody_asked": 1}


def test_an_unreadable_optional_date_loads_as_blank_with_a_warning(desk: Any) -> None:
    mapped = desk.map(
        LOG.replace("Site", "Called To Schedule") + '2026-03-14,"Doe, Jane",1961-07-04,Dr. Lee,left message\n'
    )
    assert (mapped.rows_loaded, desk.faults(mapped)) == (1, {"unreadable_date": 1})
    assert desk.rows("referral_event") == []


def test_a_word_for_nothing_is_no_fault(desk: Any) -> None:
    assert (
        desk.faults(
            desk.map(LOG.replace("Site", "Called To Schedule") + '2026-03-14,"Doe, Jane",1961-07-04,Dr. Lee,TBD\n')
        )
        == {}
    )


def test_an_unknown_word_is_named_in_a_warning_and_counts_as_other(desk: Any) -> None:
    mapped = desk.map(
        "Date Received,MRN,Referring Provider,How Received\n2026-03-14,1,Dr. Lee,Carrier pigeon\n2026-03-15,2,Dr. Lee,Smoke\n"
    )
    found = mapped.findings[0]
    assert (found["code"], found["count"], found["value"], found["column"]) == (
        "unknown_value",
        2,
        "Carrier pigeon; Smoke",
        "How Received",
    )
    assert desk.rows("referral", "channel") == [("other",), ("other",)]


def test_an_npi_with_a_wrong_check_digit_is_dropped_with_a_warning(desk: Any) -> None:
    mapped = desk.map(
        "Date Received,MRN,Referring Provider,Referring NPI\n2026-03-14,1,Dr. Lee,1234567890\n2026-03-14,2,Dr. Poe,1234567893\n"
    )
    assert desk.faults(mapped) == {"npi_invalid": 1}
    assert desk.rows("practitioner", "npi") == [(None,), ("1234567893",)]


@pytest.mark.parametrize("text", ["1.23457E+09", "1.2E+9"])
def test_a_rounded_npi_is_called_lost_and_not_invalid(desk: Any, text: str) -> None:
    mapped = desk.map(f"Date Received,MRN,Referring Provider,Referring NPI\n2026-03-14,1,Dr. Lee,{text}\n")
    assert desk.faults(mapped) == {"npi_mangled": 1}


def test_leading_zeros_of_numbers_stay(desk: Any) -> None:
    desk.map("REFERRAL_ID,PAT_ID,ENTRY_DATE,RFL_STATUS_C_NAME\n000123,0007,03/14/2026,Open\n123,0007,03/14/2026,Open\n")
    assert desk.rows("referral", "source_key") == [("000123",), ("123",)]
    assert len(set(desk.rows("referral", "referral_id"))) == 2


def test_equal_rows_are_one_record_and_the_first_stays(desk: Any) -> None:
    row = '2026-03-14,"Doe, Jane",1961-07-04,Dr. Lee,NYC01'
    mapped = desk.map(log(row, row, row))
    assert (mapped.rows_loaded, mapped.rows_duplicate, desk.faults(mapped)) == (1, 2, {"duplicate_row": 2})
    assert desk.rows("referral", "source_row") == [(2,)]


def test_of_rows_that_describe_one_record_differently_the_last_counts(desk: Any) -> None:
    mapped = desk.map(
        EPIC
        + "1,Z1,03/14/2026,Open,Incoming,NYC01\n2,Z2,03/14/2026,Open,Incoming,NYC01\n1,Z1,03/14/2026,Open,Outgoing,NYC01\n"
    )
    assert (mapped.rows_loaded, mapped.rows_duplicate, desk.faults(mapped)["repeated_key"]) == (2, 1, 1)
    assert desk.rows("referral", "source_row", "direction") == [(3, "in"), (4, "out")]


def test_equal_rows_without_patient_or_number_are_referrals_of_their_own(desk: Any) -> None:
    mapped = desk.map(
        "Date Received,Referring Practice,Site\n2026-03-14,Oak Clinic,NYC01\n2026-03-14,Oak Clinic,NYC01\n"
    )
    assert (mapped.rows_loaded, len(set(desk.rows("referral", "referral_id")))) == (2, 2)


def test_mapping_twice_gives_the_same_keys(desk: Any) -> None:
    text = log('2026-03-14,"Doe, Jane",1961-07-04,Dr. Lee,NYC01', '2026-03-15,"Roe, Ann",1961-07-04,Self,NYC01')
    desk.map(text)
    first = {name: desk.rows(name) for name in ("referral", "practitioner", "referral_source", "site")}
    desk.map(text)
    assert first == {name: desk.rows(name) for name in first}


def test_a_record_number_means_the_same_patient_in_log_and_extract(desk: Any) -> None:
    desk.map("Date Received,MRN,Referring Provider\n2026-03-14,0007,Dr. Lee\n")
    in_log = desk.rows("referral", "patient_key")
    desk.map(EPIC + "1,0007,03/14/2026,Open,Incoming,NYC01\n")
    assert desk.rows("referral", "patient_key") == in_log != [(None,)]


def test_a_name_and_a_birth_date_mean_the_same_patient_however_written(desk: Any) -> None:
    desk.map(
        log(
            '2026-03-14,"DOE, JANE Q",7/4/1961,Dr. Lee,NYC01',
            "2026-03-15,Jane Doe,7/14/1961,Dr. Lee,NYC01",
            "2026-03-16,jane doe,7/4/1961,Dr. Lee,NYC01",
        )
    )
    keys = desk.rows("referral", "patient_key")
    assert keys[0] == keys[2] != keys[1]


def test_a_clinics_own_numbers_are_its_own(desk: Any) -> None:
    desk.map(
        "Referral Number,Date Received,MRN,Referring Provider,Site\n1,2026-03-14,1,Dr. Lee,NYC01\n1,2026-03-14,2,Dr. Lee,LAX02\n"
    )
    assert len(set(desk.rows("referral", "referral_id"))) == 2


def test_an_event_file_and_an_extract_name_the_same_referral(desk: Any) -> None:
    desk.map(EPIC + "4001,Z1,03/14/2026,Open,Incoming,NYC01\n")
    referral = desk.rows("referral", "referral_id")
    desk.map("REFERRAL_ID,LINE,CHANGE_DATETIME,NEW_RFL_STATUS_C_NAME\n4001,1,03/14/2026 05:00:00 PM,Authorized\n")
    assert desk.rows("referral_event", "referral_id") == referral
    desk.map("Protocol,Subject ID,Date of Consent,Date Screened,Referral ID\nABC,S1,2026-03-15,2026-03-16,4001\n")
    assert desk.rows("research_subject", "referral_id") == referral
    desk.map("REFERRAL_ID,Appointment Date,Status,Appointment ID\n4001,2026-03-20,Kept,A1\n")
    assert desk.rows("appointment", "referral_id") == referral


def test_a_log_numbered_by_the_ehr_names_the_ehrs_referrals(desk: Any) -> None:
    desk.map(EPIC + "4001,Z1,03/14/2026,Open,Incoming,NYC01\n")
    referral = desk.rows("referral", "referral_id")
    desk.map("Referral ID,Date Received,MRN,Referring Provider\n4001,2026-03-14,Z1,Dr. Lee\n", system="ehr")
    assert desk.rows("referral", "referral_id") == referral


@pytest.mark.parametrize(
    ("site", "utc"),
    [
        ("NYC01", "2026-03-14 18:05:00"),
        ("LAX02", "2026-03-14 21:05:00"),
        ("Elsewhere", "2026-03-14 19:05:00"),
        ("", "2026-03-14 19:05:00"),
    ],
)
def test_a_time_is_read_in_its_sites_zone(desk: Any, site: str, utc: str) -> None:
    desk.map(EPIC + f"1,Z1,03/14/2026 02:05:00 PM,Open,Incoming,{site}\n2,Z2,03/14/2026,Open,Incoming,NYC01\n",
             zones={"NYC01": "America/New_York", "LAX02": "America/Los_Angeles"}, time_zone="America/Chicago")  # fmt: skip
    assert desk.rows("referral", "received_at::varchar", "received_on::varchar")[0] == (utc, "2026-03-14")


@pytest.mark.parametrize(
    ("local", "utc"),
    [
        ("11/01/2026 12:30:00 AM", "2026-11-01 04:30:00"), ("11/01/2026 03:30:00 AM", "2026-11-01 08:30:00"),
        ("03/08/2026 01:30:00 AM", "2026-03-08 06:30:00"), ("03/08/2026 03:30:00 AM", "2026-03-08 07:30:00"),
    ],
)  # fmt: skip
def test_nights_on_which_clocks_change_are_read_right(desk: Any, local: str, utc: str) -> None:
    desk.map(EPIC + f"1,Z1,{local},Open,Incoming,NYC01\n", zones={"NYC01": "America/New_York"})
    assert desk.rows("referral", "received_at::varchar") == [(utc,)]


_TIMES = ["03/14/2026 02:05:00 PM", "11/01/2026 01:30:00 AM", "11/01/2026 03:30:00 AM", "03/08/2026 02:30:00 AM", "03/08/2026 03:30:00 AM", "03/14/2026",
          "soon", "", "n/a", "03/14/1826", "03/14/2062", "12/31/2025 11:59:59 PM", "2026-03-14T14:05:00-02:00", "2026-03-14T23:05:00Z"]  # fmt: skip


@pytest.mark.parametrize("system", ["EPIC", "history"])
@pytest.mark.parametrize("zones", [{}, {"NYC01": "America/New_York", "LAX02": "America/Los_Angeles"}])
def test_times_and_patients_that_repeat_are_read_once_each_and_become_what_each_row_alone_becomes(
    desk: Any, monkeypatch: pytest.MonkeyPatch, system: str, zones: dict[str, str]
) -> None:
    sites, patients = ["NYC01", "LAX02", "Elsewhere", ""], ["Z1", " z1", "Z2", "", "n/a"]
    rows = [(number, time, sites[number % 4], patients[number % 5]) for number, time in enumerate(_TIMES * 9, start=1)]
    text = EPIC + "".join(f"{number},{patient},{time},Open,Incoming,{site}\n" for number, time, site, patient in rows)
    if system == "history":
        head = "REFERRAL_ID,LINE,CHANGE_DATETIME,CHANGE_LOCAL_DTTM,NEW_RFL_STATUS_C_NAME\n"
        text = head + "".join(f"{number},1,{time},{time},Authorized\n" for number, time, _, _ in rows)
    kept = []
    for many in (10**9, 1):
        monkeypatch.setattr("pipelines.mapping.dates.MANY", many)
        monkeypatch.setattr("pipelines.mapping.typed.MANY", many)
        mapped = desk.map(text, zones=zones, time_zone="America/Chicago")
        made = desk.one("select count(*) from duckdb_tables() where table_name similar to 'key_of|when_.*'")
        assert bool(made) == (many == 1)
        kept.append((asdict(mapped), *(desk.rows(table) for table in ("referral", "referral_event", "patient_trait"))))
    assert kept[0] == kept[1]
    assert kept[0][0]["rows_loaded"]


def test_a_history_uses_the_utc_column_and_the_local_day(desk: Any) -> None:
    desk.map(
        "REFERRAL_ID,LINE,CHANGE_DATETIME,CHANGE_LOCAL_DTTM,NEW_RFL_STATUS_C_NAME\n1,1,03/15/2026 03:10:00 AM,03/14/2026 11:10:00 PM,Authorized\n"
    )
    assert desk.rows("referral_event", "occurred_at::varchar", "occurred_on::varchar") == [
        ("2026-03-15 03:10:00", "2026-03-14")
    ]


@pytest.mark.parametrize("status", ["Authorized", "Closed", "Open", "Pending Review"])
def test_an_authorisation_is_no_fulfilment(desk: Any, status: str) -> None:
    desk.map(f"REFERRAL_ID,PAT_ID,ENTRY_DATE,RFL_STATUS_C_NAME,DECISION_DATE\n1,Z1,03/14/2026,{status},03/15/2026\n")
    assert desk.rows("referral_event") == []


def test_a_day_without_a_time_counts_from_the_receipt_and_not_from_midnight(desk: Any) -> None:
    desk.map("Date Received,MRN,Referring Provider,Called To Schedule\n2026-03-14 14:05,1,Dr. Lee,2026-03-14\n")
    assert desk.rows("referral_event", "occurred_at::varchar", "precision") == [("2026-03-14 18:05:00", "day")]


def test_an_outcome_without_a_date_is_dated_by_its_row_and_said(desk: Any) -> None:
    mapped = desk.map(
        "Date Received,MRN,Referring Provider,Called To Schedule,Outcome\n2026-03-14,1,Dr. Lee,2026-03-16,Unable to reach\n"
    )
    assert desk.rows("referral_event", "code", "occurred_on::varchar", "reason_code")[1] == (
        "declined",
        "2026-03-16",
        "Unable to reach",
    )
    assert desk.faults(mapped) == {"undated_outcome": 1}


@pytest.mark.parametrize("word", ["Enrolled", "consented", "Screen failed", "Randomised"])
def test_a_step_in_a_study_that_a_list_of_referrals_only_names_is_not_passed_over_in_silence(
    desk: Any, word: str
) -> None:
    header = "Date Received,Patient Name,DOB,Referring Provider,Site,Status\n"
    mapped = desk.map(header + f'2026-03-14,"Doe, Jane",1961-07-04,Dr. Lee,North,{word}\n')
    assert desk.faults(mapped) == {"research_step_in_log": 1}


@pytest.mark.parametrize("column", ["Status", "Outcome"])
def test_an_undated_outcome_is_told_at_the_column_that_the_file_has(desk: Any, column: str) -> None:
    mapped = desk.map(f"Date Received,MRN,Referring Provider,{column}\n2026-03-14,1,Dr. Lee,Declined\n")
    assert [(one["code"], one["column"]) for one in mapped.findings] == [("undated_outcome", column)]


def test_an_ambiguous_column_is_read_month_first_and_warned_about(desk: Any) -> None:
    mapped = desk.map(log('03/04/2026,"Doe, Jane",04/05/1961,Dr. Lee,NYC01'))
    assert desk.faults(mapped) == {"ambiguous_dates": 2}
    assert desk.rows("referral", "received_on::varchar") == [("2026-03-04",)]
    assert any("which is an assumption" in told for told in mapped.decisions)


def test_a_person_may_choose_day_first(desk: Any) -> None:
    mapped = desk.map(log('03/04/2026,"Doe, Jane",04/05/1961,Dr. Lee,NYC01'), date_order="dmy")
    assert desk.faults(mapped) == {}
    assert desk.rows("referral", "received_on::varchar") == [("2026-04-03",)]


def test_one_column_that_shows_its_order_settles_the_others(desk: Any) -> None:
    mapped = desk.map(log('03/04/2026,"Doe, Jane",13/05/1961,Dr. Lee,NYC01'))
    assert desk.faults(mapped) == {}
    assert desk.rows("referral", "received_on::varchar") == [("2026-04-03",)]


def test_the_cell_that_settles_a_column_may_stand_anywhere(desk: Any) -> None:
    rows = [f'03/04/2026,"Doe, P{number}",1961-07-04,Dr. Lee,NYC01' for number in range(300)]
    assert desk.faults(desk.map(log(*rows, '13/04/2026,"Last, One",1961-07-04,Dr. Lee,NYC01'))) == {}
    assert desk.rows("referral", "received_on::varchar")[0] == ("2026-04-03",)


def test_dates_that_contradict_each_other_are_rejected_and_not_turned_round_one_by_one(desk: Any) -> None:
    mapped = desk.map(
        log(
            *[f'03/{day}/2026,"Doe, P{day}",1961-07-04,Dr. Lee,NYC01' for day in (13, 14, 15)],
            '16/03/2026,"Roe, Ann",1961-07-04,Dr. Lee,NYC01',
        )
    )
    assert (mapped.rows_loaded, desk.faults(mapped)) == (3, {"mixed_date_order": 1})


def test_excel_serials_in_a_text_file_are_dates(desk: Any) -> None:
    mapped = desk.map(log('46095,"Doe, Jane",22466,Dr. Lee,NYC01', '46095.5,"Roe, Jane",22466,Dr. Lee,NYC01'))
    assert desk.rows("referral", "received_on::varchar", "birth_year") == [("2026-03-14", 1961), ("2026-03-14", 1961)]
    assert mapped.date_formats["received"] == "spreadsheet day numbers"


def test_a_birth_year_of_two_digits_lies_in_the_past(desk: Any) -> None:
    desk.map(log('3/14/26,"Doe, Jane",7/14/45,Dr. Lee,NYC01'))
    assert desk.rows("referral", "birth_year") == [(1945,)]


def test_date_and_time_of_two_columns_are_one_instant(desk: Any) -> None:
    desk.map("Date Received,Time Received,MRN,Referring Provider\n3/14/2026,2:05 PM,1,Dr. Lee\n3/14/2026,,2,Dr. Lee\n")
    assert desk.rows("referral", "received_at::varchar") == [("2026-03-14 18:05:00",), ("2026-03-14 04:00:00",)]


def test_columns_mapped_by_hand_need_no_known_header(desk: Any) -> None:
    mapped = desk.map(
        "Wann,Wer,Wohin\n2026-03-14,Dr. Lee,NYC01\n", "referral_log", columns={"received": 0, "referrer": 1, "site": 2}
    )
    assert (mapped.rows_loaded, mapped.missing) == (1, [])
    assert desk.rows("practitioner", "family_name") == [("Lee",)]


def test_a_mapping_without_what_is_needed_writes_nothing_and_says_what(desk: Any) -> None:
    mapped = desk.map("Wann,Wer\n2026-03-14,Dr. Lee\n", "epic_referral", columns={"referrer": 1})
    assert mapped.missing == ["Referral number", "Received or Entered or Written by the referrer"]
    assert (mapped.rows_in, mapped.rows_loaded, list(desk.out.glob("*.parquet"))) == (1, 0, [])


def test_a_field_or_column_that_does_not_exist_is_an_error_for_people(desk: Any) -> None:
    with pytest.raises(UnknownName, match="no field called colour"):
        desk.map("a,b\n1,2\n", "referral_log", columns={"colour": 0})
    with pytest.raises(MappingNeeded):
        desk.map("a,b\n1,2\n", "referral_log", columns={"received": 7, "referrer": 1})
    with pytest.raises(UnknownName, match="time zone"):
        desk.map(log("2026-03-14,A B,1961-07-04,Dr. Lee,NYC01"), time_zone="Mars/Olympus")


def test_rows_that_could_not_be_staged_count_as_rejected(desk: Any) -> None:
    reading = desk.stage(log('2026-03-14,"Doe, Jane",1961-07-04,Dr. Lee,NYC01'))
    reading.findings = [
        Finding("unclosed_quote", "reject", 9, None, '"never'),
        Finding("ragged_row", "warning", 2, None, None),
    ]
    mapped = desk.apply(reading, None, None, None, None, {})
    assert (mapped.rows_in, mapped.rows_loaded, mapped.rows_rejected) == (2, 1, 1)
    assert desk.faults(mapped) == {"unclosed_quote": 1, "ragged_row": 1}


def test_what_identifies_a_patient_reaches_no_table_and_no_preview(desk: Any) -> None:
    header = "Date Received,Patient Name,DOB,MRN,Patient Zip,Referring Provider,Notes,Called To Schedule\n"
    mapped = desk.map(
        header + '2026-03-14,"Canary, Tweety",1961-07-04,MRN-CANARY,99950-1234,Dr. Lee,canary note,2026-03-15\n'
    )
    written = "".join(
        str(desk.con.execute(f"from read_parquet('{path}')").fetchall()) for path in desk.out.glob("*.parquet")
    )
    assert "anary" not in written + json.dumps(asdict(mapped))
    assert "CANARY" not in written + json.dumps(asdict(mapped))
    assert desk.rows("referral", "zip3", "birth_year") == [("999", 1961)]


@pytest.mark.parametrize(
    ("referrers", "told"),
    [
        (["Dr. Lee", "", "", "Dr. Ito", "", ""], 1),
        (["Dr. Lee", "", "Dr. Lee", "", "", "Dr. Ito"], 0),
        (["", "", "", "Dr. Lee", "Dr. Ito", ""], 0),
        (["Dr. Lee", "Dr. Ito", "Dr. Roy", "Dr. Kim", "", ""], 0),
    ],
)
def test_rows_below_the_only_one_that_names_a_referrer_are_pointed_out(
    desk: Any, referrers: list[str], told: int
) -> None:
    rows = [f"2026-03-{14 + turn},A B,1961-07-04,{name},NYC01" for turn, name in enumerate(referrers)]
    mapped = desk.map(log(*rows))
    assert desk.faults(mapped).get("named_once", 0) == told
    assert mapped.rows_loaded == len(rows)


@pytest.mark.parametrize(
    ("written", "kept"),
    [("02139-4307", "021"), ("021XX", "021"), ("021**", "021"), ("80331", "803"), ("SY8 1NP", None), ("K1A 0B1", None)],
)
def test_three_digits_are_kept_of_a_zip_and_nothing_of_a_postcode_with_letters(
    desk: Any, written: str, kept: str | None
) -> None:
    desk.map(
        "Date Received,Patient Name,DOB,MRN,Patient Zip,Referring Provider,Called To Schedule\n"
        f'2026-03-14,"Doe, Jane",1961-07-04,A1,{written},Dr. Lee,2026-03-15\n'
    )
    assert desk.rows("referral", "zip3") == [(kept,)]


def test_what_became_of_a_file_can_be_sent_as_json(desk: Any) -> None:
    mapped = desk.map(log('2026-03-14,"Doe, Jane",1961-07-04,Dr. Lee,NYC01', "soon,A B,1961-07-04,Dr. Lee,NYC01"))
    assert json.loads(json.dumps(asdict(mapped)))["rows_in"] == 2
    assert mapped.preview[0]["received"] == "2026-03-14"


def test_every_written_row_says_where_it_came_from(desk: Any) -> None:
    desk.map(log('2026-03-14,"Doe, Jane",1961-07-04,Dr. Lee,NYC01'))
    rows = desk.rows("referral", "source_system", "source_file_id", "source_row", "row_hash", "ingested_at::varchar")
    assert rows[0][:3] == ("log", "a" * 64, 2)
    assert rows[0][3] > 0
    assert rows[0][4] == "2026-11-01 12:00:00"


def test_a_subject_screened_twice_has_two_attempts(desk: Any) -> None:
    text = "Protocol,Subject ID,Date Screened,Eligible?\nABC,S1,2026-03-02,No\nABC,S1,2026-05-02,Yes\n"
    mapped = desk.map(text)
    assert mapped.rows_duplicate == 0
    assert [row for row in desk.rows("subject_event", "code", "attempt") if row[0] != "screened"] == [
        ("screen_failed", 1),
        ("eligible", 2),
    ]
    assert len(desk.rows("research_subject")) == 1


@pytest.mark.parametrize(
    ("reason", "randomized", "code"),
    [
        ("Completed study", "2026-03-10", "completed"), ("Lost to follow-up", "2026-03-10", "lost"), ("Withdrew consent", "", "withdrawn"),
        ("Adverse event", "2026-03-10", "off_study"), ("Investigator decision", "", "withdrawn"),
    ],
)  # fmt: skip
def test_why_a_subject_left_is_told_apart(desk: Any, reason: str, randomized: str, code: str) -> None:
    desk.map("Protocol,Subject ID,Date of Consent,Date Screened,Date Randomized,Date Off Study,Off Study Reason\n"
             f"ABC,S1,2026-03-02,2026-03-03,{randomized},2026-06-01,{reason}\n")  # fmt: skip
    assert (code, reason) in desk.rows("subject_event", "code", "reason_code")


def test_a_failure_to_enrol_is_a_milestone_beside_a_failure_of_screening(desk: Any) -> None:
    mapped = desk.map("Protocol,Enrolled,Screening Number,Subject Number,Initials,Screening Failure,Enrollment Failure\n"
                      "ABC,,S-1,1,A-B,14-Mar-2026,\nABC,,S-2,2,C-D,,20-Mar-2026\nABC,12-Mar-2026,S-3,3,E-F,,\n")  # fmt: skip
    assert desk.rows("subject_event", "code", "occurred_on::varchar") == [
        ("screen_failed", "2026-03-14"),
        ("screen_failed", "2026-03-20"),
        ("randomized", "2026-03-12"),
    ]
    assert desk.faults(mapped) == {}


def test_a_sites_short_name_is_another_key_of_it(desk: Any) -> None:
    desk.map(
        "Site Name,Short Name,Site Number,City,State,Time Zone\nLakeside Research Center,Lakeside,012,Chicago,IL,Central\n"
    )
    names = desk.rows("site", "site_id", "name", "merged_into")
    desk.map(log('2026-03-14,"Doe, Jane",1961-07-04,Dr. Lee,LAKESIDE'))
    ((short,),) = desk.rows("referral", "performer_site_id")
    assert [(row[1], row[2]) for row in names if row[0] == short] == [
        ("Lakeside Research Center", next(row[0] for row in names if row[2] is None))
    ]


def test_two_names_of_a_site_are_one_site(desk: Any) -> None:
    desk.map("Site Code,Site Name,City,State,Time Zone\nNYC01,Harbor Street,New York,NY,Eastern\n")
    rows = desk.rows("site", "site_id", "name", "code", "time_zone", "merged_into")
    code = next(row for row in rows if row[2])
    alias = next(row for row in rows if not row[2])
    assert (code[3], alias[4], alias[1]) == ("America/New_York", code[0], "Harbor Street")
    desk.map(
        log(
            '2026-03-14,"Doe, Jane",1961-07-04,Dr. Lee,harbor street', '2026-03-14,"Roe, Jane",1961-07-04,Dr. Lee,nyc01'
        )
    )
    assert desk.rows("referral", "performer_site_id") == [(alias[0],), (code[0],)]


def test_an_answer_without_practice_or_invitation_is_anonymous(desk: Any) -> None:
    header = "Respondent ID,Start Date,End Date,Custom Data 1,How likely are you to recommend us?\n"
    desk.map(header + "1,2026-03-01,2026-03-01,INV-1,9\n2,2026-03-01,2026-03-01,,3\n", "surveymonkey")
    assert desk.rows("survey_response", "anonymous") == [(False,), (True,)]


@pytest.mark.parametrize("asked", ["Anonymous", "Would you like to remain anonymous?"])
def test_an_answer_that_asks_to_be_anonymous_keeps_neither_its_practice_nor_its_invitation(
    desk: Any, asked: str
) -> None:
    header = f"Respondent ID,Start Date,End Date,Custom Data 1,Practice,{asked},How likely are you to recommend us?\n"
    answers = "1,2026-03-01,2026-03-01,INV-1,Elm Street Family,No,9\n2,2026-03-01,2026-03-01,INV-2,Oak Family Practice,Yes,3\n"
    desk.map(header + answers, "surveymonkey")
    told = desk.rows("survey_response", "anonymous", "organization_id is null", "invite_id is null")
    assert sorted(told) == [(False, False, False), (True, True, True)]
    assert desk.rows("organization", "name") == [("Elm Street Family",)]
    assert {code for (code,) in desk.rows("survey_answer", "kind")} == {"nps"}


CELLS = {
    "received": st.sampled_from(
        ["2026-03-14", "2026-03-15", "3/14/2026", "13/14/2026", "soon", "", "2062-01-01", "TBD", "45000"]
    ),
    "patient": st.sampled_from(["Doe, Jane", "Roe, Ann", "", "Null"]),
    "born": st.sampled_from(["1961-07-04", "", "2026-05-05", "x"]),
    "referrer": st.sampled_from(["Dr. Lee", "Self", "", "Oak Clinic", "Google ad"]),
    "number": st.sampled_from(["1", "2", "", "", "3"]),
}


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.fixed_dictionaries(CELLS), min_size=1, max_size=12))
def test_every_row_is_loaded_rejected_or_a_duplicate(make_desk: Any, rows: list[dict[str, str]]) -> None:
    stream = io.StringIO()
    writer = csv.writer(stream)
    writer.writerow(["Date Received", "Patient Name", "DOB", "Referring Provider", "Referral Number"])
    writer.writerows(list(row.values()) for row in rows)
    with tempfile.TemporaryDirectory() as folder:
        desk = make_desk(Path(folder))
        mapped = desk.map(stream.getvalue(), "referral_log")
        assert mapped.rows_in == len(rows) == mapped.rows_loaded + mapped.rows_rejected + mapped.rows_duplicate
        keys = desk.rows("referral", "referral_id")
        assert len(set(keys)) == len(keys) == mapped.rows_loaded
        events = desk.rows("referral_event", "referral_id", "code", "occurred_at", "seq")
        assert len(set(events)) == len(events)
        desk.con.close()


def test_a_directory_names_providers_with_and_without_npi(desk: Any) -> None:
    desk.map(
        'Provider Name,Credentials,NPI #,Primary Specialty,Practice/Group,Zip,Office Phone\n"Lee, Ann",MD,1234567893,Cardiology,Oak Street Family Medicine,02110,617-555-0101\n'
        '"Poe, Ed",DO,,Family Medicine,Elm Clinic,02111,'
    )
    named = ("npi", "family_name", "given_name", "credential", "specialty")
    assert desk.rows("practitioner", *named) == [
        ("1234567893", "Lee", "Ann", "MD", "Cardiology"),
        (None, "Poe", "Ed", "DO", "Family Medicine"),
    ]
    assert desk.rows("organization", "name", "postal_code", "phone") == [
        ("Oak Street Family Medicine", "02110", "6175550101"),
        ("Elm Clinic", "02111", None),
    ]
    desk.map(
        "Last Name,First Name,Degree,Specialty,Clinic,Phone\nLee,Ann,MD,Cardiology,Oak Street Family Medicine,617-555-0101"
    )
    assert desk.rows("practitioner", *named) == [(None, "Lee", "Ann", "MD", "Cardiology")]
