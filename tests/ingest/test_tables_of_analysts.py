"""Tables that analysts bring: rows of units, headers over groups, boards of several lists, other currencies, scales of other tools."""

from __future__ import annotations

import pytest
from ingest.asking import Asked, persons, places, received, visits, workbook

from tests.readers.spreadsheets import WRITERS, Styled

CALLS = "Call ID,Start Time,Direction,Wait,Talk,Result\n"
GIFTS = "Date,Recipient,Practice,Item,Value\n"


def waits(answer: object) -> list[tuple[int | None, int | None]]:
    return answer.rows("call", "queued_s, talk_s", "source_row")  # type: ignore[attr-defined, no-any-return]


# Rows of units below the header.


@pytest.mark.parametrize(("unit", "second"), [("(min)", 60), ("min", 60), ("[s]", 1), ("sec", 1), ("(hours)", 3600)])  # fmt: skip
def test_a_row_of_units_says_what_lengths_of_time_count(asked: Asked, unit: str, second: float) -> None:
    answer = asked(
        CALLS
        + f",mm/dd/yyyy,,{unit},{unit},\n1,3/14/2026 9:00,Inbound,1500,2000,Answered\n2,3/15/2026 9:00,Inbound,3000,,Abandoned\n"
    )
    assert answer.counts == (2, 0, 0)
    assert [(aside["row"], aside["reason"]) for aside in answer.reading["set_aside"]] == [(2, "units")]
    in_time = [
        [second * number if second * number < 86_400 else None for number in row] for row in ((1500, 2000), (3000,))
    ]
    assert waits(answer) == [tuple(in_time[0]), (in_time[1][0], None)]


@pytest.mark.parametrize("unit", ["(USD)", "USD", "$"])
def test_one_unit_alone_in_its_row_is_no_record(asked: Asked, unit: str) -> None:
    answer = asked(GIFTS + f",,,,{unit}\n3/14/2026,Dr. Robert Fox,Lakeview FM,Lunch,22.50\n")
    assert answer.counts == (1, 0, 0)
    assert answer.rows("gift_ledger", "fair_value_usd::double") == [(22.5,)]


def test_a_word_alone_above_words_is_a_record_as_before(asked: Asked) -> None:
    answer = asked("Date,Referring MD,Notes,MRN\n,,min,\n3/14/2026,Dr. Fox,call,901\n")
    assert answer.mapped["rows_in"] == 2


# Other currencies than the one in which values are kept.


@pytest.mark.parametrize(
    "rows", ["Date,Recipient,Item,Value (EUR)\n3/14/2026,Robert Fox,Lunch,22.50\n", "Date,Recipient,Item,Value\n3/14/2026,Robert Fox,Lunch,€22.50\n",
             "Date,Recipient,Item,Value\n,,,(GBP)\n3/14/2026,Robert Fox,Lunch,22.50\n", "Date,Recipient,Item,Value,Currency\n3/14/2026,Robert Fox,Lunch,22.50,CAD\n"],
)  # fmt: skip
def test_a_gift_in_another_currency_is_none_in_dollars(asked: Asked, rows: str) -> None:
    answer = asked(rows)
    assert (answer.counts, answer.codes("reject")) == ((0, 1, 0), {"other_currency"})


@pytest.mark.parametrize("kind", sorted(WRITERS))
@pytest.mark.parametrize(
    ("code", "kept"), [("[$€-407] #,##0.00", False), ('#,##0.00 "CHF"', False), ('"$"#,##0.00', True)]
)
def test_what_only_the_format_of_a_cell_says_of_its_currency_counts(
    asked: Asked, kind: str, code: str, kept: bool
) -> None:
    rows = [["Date", "Recipient", "Item", "Value"], ["3/14/2026", "Robert Fox", "Lunch", Styled(22.5, code)]]
    answer = asked(WRITERS[kind]({"Gifts": rows}), f"gifts.{kind}")
    assert answer.counts == ((1, 0, 0) if kept else (0, 1, 0))
    assert kept or "other_currency" in answer.codes("reject")


def test_a_gift_in_dollars_however_they_are_named_is_kept(asked: Asked) -> None:
    answer = asked(
        "Date,Recipient,Item,Value (USD),Currency\n3/14/2026,Robert Fox,Lunch,$22.50,USD\n3/15/2026,Robert Fox,Book,5,US$\n"
    )
    assert answer.counts == (2, 0, 0)


# Headers of two rows.


def test_a_time_below_a_group_that_stands_over_two_columns_is_the_groups(asked: Asked) -> None:
    answer = asked(
        "Received,Referred by,,Patient,,Appointment,,Status\n,Provider,Practice,Name,DOB,Date,Time,\n"
        '3/14/2026,"Fox, Robert",Lakeview FM,"Moss, Ann",1/2/1970,3/20/2026,9:30 AM,Scheduled\n'
        '3/15/2026,"Hill, Ann",North IM,"Reed, Tom",1/2/1971,,,Declined\n3/16/2026,"Hill, Ann",North IM,"Park, Jo",1/2/1972,3/22/2026,1:00 PM,New\n'
    )
    assert answer.rows("appointment", "start_at::varchar") == [("2026-03-20 13:30:00",), ("2026-03-22 17:00:00",)]
    assert answer.rows("referral", "received_at::varchar") == [("2026-03-14 04:00:00",), ("2026-03-15 04:00:00",), ("2026-03-16 04:00:00",)]  # fmt: skip


def test_a_provider_below_referral_is_who_refers(asked: Asked) -> None:
    answer = asked(
        "Referral,,,Appointment,,Call\nDate,Time,Provider,Date,Time,Date\n3/14/2026,8:00 AM,Dr. Fox,3/20/2026,9:30 AM,3/15/2026\n"
        "3/15/2026,8:30 AM,Dr. Hill,3/21/2026,10:30 AM,3/16/2026\n3/16/2026,8:45 AM,Dr. Hill,,,3/17/2026\n"
    )
    assert (answer.told["source"], persons(answer)) == ("referral_log", [("Fox", None), ("Hill", None)])


def board(titles: tuple[str, str]) -> bytes:
    return workbook(Board=[
        [titles[0], None, None, None, None, titles[1]],
        ["Date", "Referring MD", "MRN", "Status", None, "Visit Date", "Liaison", "Practice", "Outcome"],
        ["3/14/2026", "Dr. Fox", "901", "New", None, "3/12/2026", "Jo", "Lakeview FM", "Met"],
        ["3/15/2026", "Dr. Hill", "902", "New", None, "3/13/2026", "Jo", "North IM", "Met"],
    ])  # fmt: skip


def test_lists_side_by_side_under_a_title_each_are_two_tables(asked: Asked) -> None:
    answer = asked(board(("New referrals", "Visit log")), "board.xlsx")
    assert (received(answer), answer.rows("appointment", "*"), places(answer)) == (["2026-03-14", "2026-03-15"], [], [])
    beside = asked(board(("New referrals", "Visit log")), "board.xlsx", part="Board › Table 2")
    assert (beside.told["source"], beside.counts) == ("outreach_log", (2, 0, 0))


def test_groups_of_columns_with_air_between_them_are_one_table(asked: Asked) -> None:
    assert asked(board(("Referral", "Appointment")), "board.xlsx").mapped["rows_in"] == 2


# Plans with several numbers for each month.


PLAN = "Study,Site,{0} Target,{0} Actual,{1} Target,{1} Actual,{2} Target,{2} Actual\nABC-101,Main,5,4,5,6,5,2\nABC-102,Main,3,1,3,,3,4\n"


@pytest.mark.parametrize(
    ("months", "name"), [(("Jan", "Feb", "Mar"), "2026 targets.csv"), (("Jan-26", "Feb-26", "Mar-26"), "targets.csv")]
)
def test_a_target_and_a_count_for_each_month_are_a_plan_that_asks_what_its_numbers_count(
    asked: Asked, months: tuple[str, str, str], name: str
) -> None:
    answer = asked(PLAN.format(*months), name)
    assert (answer.told["source"], answer.told["ask_periods"]) == ("study_site_plan", True)
    laid_out = ["Study", "Site", "Period start", "Period end", "Cumulative Target", "Actual"]
    assert (answer.reading["header"], answer.reading["records"]) == (laid_out, 6)


def test_targets_of_each_month_are_summed_up_and_what_happened_is_not_taken_for_them(asked: Asked) -> None:
    answer = asked(PLAN.format("Jan-26", "Feb-26", "Mar-26"), periods="each")
    told = answer.rows("study_plan", "as_of_on::varchar, cum_target", "source_row")
    assert told == [("2026-01-31", 5), ("2026-02-28", 10), ("2026-03-31", 15), ("2026-01-31", 3), ("2026-02-28", 6), ("2026-03-31", 9)]  # fmt: skip
    assert any("Actual" in said for said in answer.mapped["decisions"])


@pytest.mark.parametrize(
    "header", ["Subject,Week 4 Visit,Week 4 Call,Week 8 Visit,Week 8 Call,Week 12 Visit,Week 12 Call", "Study,Site,Jan Target,Feb Target,Mar Target,Jan Actual,Feb Actual,Apr Actual"],
)  # fmt: skip
def test_visits_by_week_and_measures_of_other_months_stay_as_they_are(asked: Asked, header: str) -> None:
    answer = asked(header + "\n" + ",".join("5" * len(header.split(","))) + "\n", "2026.csv")
    assert answer.reading["header"] == header.split(",")


def test_rows_that_only_their_numbers_tell_apart_are_not_mixed_up(asked: Asked) -> None:
    row = "ABC-101,Main,5,4,5,6,5,2\n"
    answer = asked(PLAN.format("Jan-26", "Feb-26", "Mar-26").split("\n")[0] + "\n" + row + row)
    assert (answer.reading["records"], answer.reading["counts"]) == (2, [])
    assert any("alike but for their numbers" in said for said in answer.reading["notes"])


# Calls and what is none.


def test_a_log_of_faxes_with_lengths_and_results_is_no_log_of_calls(asked: Asked) -> None:
    answer = asked("Fax ID,Date/Time,Direction,From,To,Pages,Duration,Status\n1,3/14/2026 9:01,Received,2175550101,2175550900,4,1:20,Success\n")  # fmt: skip
    assert answer.told["source"] is None


def test_chats_in_a_log_of_contacts_are_no_calls(asked: Asked) -> None:
    answer = asked(
        "Call ID,Start Time,Direction,Media Type,Wait,Talk,Result\n1,3/14/2026 9:00,Inbound,Voice,0:20,4:00,Answered\n2,3/14/2026 9:10,Inbound,Chat,0:20,4:00,Answered\n"
    )
    assert (answer.counts, answer.codes("note")) == ((1, 0, 0), {"no_telephone_call"})


def test_a_name_in_a_log_of_calls_is_the_callers_and_no_line(asked: Asked) -> None:
    answer = asked("Date,Time,Direction,Extension,Number,Name,Ring (s),Talk (s),Status\n3/14/2026,09:00:12,IN,101,2175550101,LAKEVIEW FM,12,245,ANSWERED\n")  # fmt: skip
    assert (answer.rows("call", "line"), places(answer)) == ([(None,)], ["LAKEVIEW FM"])


def test_a_length_beyond_a_day_is_left_out_and_said(asked: Asked) -> None:
    answer = asked(CALLS + "1,3/14/2026 9:00,Inbound,0:00:20,25:15:45,Answered\n")
    assert (waits(answer), answer.codes("warning")) == ([(20, None)], {"number_out_of_range"})


# Answers.


def test_a_ladder_of_five_with_neither_in_its_middle_has_five_steps(asked: Asked) -> None:
    answer = asked(
        "Respondent ID,Start Date,End Date,What is your practice?,How satisfied are you with:,,Comments\n,,,Open-Ended Response,Scheduling,Reports,Open-Ended Response\n"
        "1,3/14/2026,3/14/2026,Lakeview FM,Very satisfied,Satisfied,\n2,3/15/2026,3/15/2026,North IM,Dissatisfied,Neither satisfied nor dissatisfied,\n"
    )
    scored = answer.rows("survey_answer", "item_label, scale_max, value_num", "1, 3")
    assert scored == [("How satisfied are you with: Reports", 5, 3.0), ("How satisfied are you with: Reports", 5, 4.0),
                      ("How satisfied are you with: Scheduling", 5, 2.0), ("How satisfied are you with: Scheduling", 5, 5.0)]  # fmt: skip
    assert places(answer) == ["Lakeview FM", "North IM"]


@pytest.mark.parametrize(
    "question", ["Which practice are you from?", "What is your practice name?", "Which clinic do you work at?"]
)
def test_who_is_asked_where_they_work_is_not_anonymous(asked: Asked, question: str) -> None:
    answer = asked(f"#,{question},How would you rate our scheduling?,Start Date (UTC),Submit Date (UTC)\nabc,Lakeview FM,5,2026-03-14 13:00:00,2026-03-14 13:03:00\n")  # fmt: skip
    assert (places(answer), answer.rows("survey_response", "anonymous")) == (["Lakeview FM"], [(False,)])


# Who, and where.


def test_a_referral_source_that_was_visited_is_the_practice(asked: Asked) -> None:
    answer = asked(
        "Referral Source,Referral Source Type,Contact,Rep,Call Date,Call Type\nLakeview FM,Physician,Dr. Robert Fox,Jo,3/14/2026,In Person\nMercy Hospital,Hospital,Jane CM,Jo,3/14/2026,Drop In\n"
    )
    assert (persons(answer), places(answer)) == ([("Fox", "Robert")], ["Lakeview FM", "Mercy Hospital"])


def test_the_location_of_a_liaisons_visit_is_whom_they_visited(asked: Asked) -> None:
    answer = asked("Encounter Date,Provider,Provider ID,Location,Encounter Type,Purpose,Rep\n3/14/2026,\"Fox, Robert\",P1,Lakeview FM,Office Visit,Intro,Jo\n")  # fmt: skip
    assert (answer.told["source"], places(answer), answer.rows("site", "*")) == ("outreach_log", ["Lakeview FM"], [])


def test_the_facility_of_a_worklist_is_where_images_are_taken(asked: Asked) -> None:
    answer = asked("Study Date,Accession #,PatientID,Mod,Procedure,Status,Referring,Facility\n3/16/2026 8:20,A1,901,CT,CHEST,Final,\"Fox, Robert\",Main\n")  # fmt: skip
    assert (places(answer), answer.rows("site", "name")) == ([], [("Main",)])


@pytest.mark.parametrize(
    ("cell", "person"),
    [("Fr. Dr. Anna Hügel", ("Hügel", "Anna")), ("R. Vos, huisarts", ("Vos", "R.")), ("Robert Fox, cardiologist", ("Fox", "Robert")), ("Ann Hill MD, Family Physician", ("Hill", "Ann")), ("Fox MD Robert", ("Fox", "Robert"))],
)  # fmt: skip
def test_a_title_and_a_trade_are_no_part_of_a_name(asked: Asked, cell: str, person: tuple[str, str]) -> None:
    assert persons(asked(f'Date Received,MRN,Referred By\n3/14/2026,901,"{cell}"\n')) == [person]


@pytest.mark.parametrize("cells", ["Lee MD Kim;Rao MD Priya", "Lee MD, Kim;Rao DO, Priya"])
def test_whom_patients_are_sent_to_is_no_service_however_the_name_is_turned(asked: Asked, cells: str) -> None:
    first, second = cells.split(";")
    answer = asked(f'Order Date/Time,MRN,Ordering Provider,Order Status,Refer To\n3/14/2026 10:00,901,"Fox MD, Robert",Ordered,"{first}"\n3/15/2026 10:00,902,"Hill DO, Ann",Ordered,"{second}"\n')  # fmt: skip
    assert answer.rows("referral", "service_line") == [(None,), (None,)]


# What systems export.


def test_who_left_before_they_had_a_number_is_kept(asked: Asked) -> None:
    answer = asked(
        "Patient Id,Protocol Number,Current Status,Status Date,Subject Id,Screened Date,Randomized Date,Failure Reason\n771,ABC-101,Randomized,3/15/2026,101-001,3/1/2026,3/15/2026,\n"
        "772,ABC-101,Screen Fail,3/10/2026,,3/2/2026,,BMI\n773,ABC-101,Not Interested,3/10/2026,,,,\n774,ABC-101,Screening,3/12/2026,,3/12/2026,,\n"
    )
    assert (answer.counts, answer.codes("reject")) == ((3, 1, 0), {"no_subject_number"})
    left = answer.rows("subject_event", "code, reason_code, occurred_on::varchar", "source_row, code")
    assert [one for one in left if one[1]] == [("screen_failed", "BMI", "2026-03-10"), ("declined", "Not Interested", "2026-03-10")]  # fmt: skip


def test_a_report_of_epics_columns_knows_its_patients(asked: Asked) -> None:
    answer = asked("Referral ID,Pt. MRN,Referred By Provider,Referral Status,Referral Entry Date,Referral Class\n40001,901,\"FOX, ROBERT\",Authorized,3/14/2026,Incoming\n")  # fmt: skip
    assert answer.rows("referral", "patient_key is not null") == [(True,)]


def test_the_label_of_a_booking_says_that_nobody_came(asked: Asked) -> None:
    answer = asked(
        'Start Time,First Name,Last Name,Type,Date Scheduled,Label,Appointment ID,Canceled\n"March 20, 2026 9:00 am",Ann,Moss,New,2026-03-14,,1,\n"March 21, 2026 1:00 pm",Tom,Reed,New,2026-03-15,No Show,2,\n'
    )
    assert visits(answer) == [("2026-03-20", "booked"), ("2026-03-21", "noshow")]


def test_what_a_booking_page_exports_is_a_list_of_appointments(asked: Asked) -> None:
    answer = asked(
        "Invitee Name,Invitee First Name,Invitee Last Name,Invitee Email,Event Type Name,Start Date & Time,Location,Event Created Date & Time,Canceled,Canceled By,Question 1,Response 1,Marked as No-Show,Event UUID\n"
        "Ann Moss,Ann,Moss,a@example.org,New patient,2026-03-20 09:00 am,Main,2026-03-14 10:12 am,false,,Reason,Asthma,No,u1\n"
        "Tom Reed,Tom,Reed,t@example.org,New patient,2026-03-21 01:00 pm,Main,2026-03-14 11:12 am,true,Tom Reed,Reason,COPD,No,u2\n"
    )
    assert (answer.told["source"], visits(answer)) == ("appointments", [("2026-03-20", "fulfilled"), ("2026-03-21", "cancelled")])  # fmt: skip


def test_a_notebook_of_visits_is_known_by_its_title(asked: Asked) -> None:
    answer = asked("Visit notes - Jo Park\n\nDate,Practice,Comments\n3/14/2026,Lakeview FM,Dropped off brochures\n3/15/2026,North IM,Left card\n")  # fmt: skip
    assert answer.rows("touch", "channel, occurred_on::varchar", "2") == [
        ("visit", "2026-03-14"),
        ("visit", "2026-03-15"),
    ]


def test_a_title_of_visits_hides_no_tick_for_another_way(asked: Asked) -> None:
    answer = asked(
        "Outreach log\n\nDate,Liaison,Practice,Visit,Call\n3/14/2026,Jo,Lakeview FM,x,\n3/15/2026,Jo,North IM,,x\n"
    )
    assert answer.rows("touch", "channel", "source_row") == [("visit",), ("call",)]
