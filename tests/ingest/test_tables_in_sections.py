"""Tables whose records stand below titles, whose weeks are called by a day, whose cells say the same again, and names with more in them."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest
from ingest.asking import Asked, persons, places, received, referred_by, workbook

from pipelines import readers
from pipelines.layouts import upright

# Titles above records.


def test_practices_that_head_their_referrals_refer_them_where_the_title_says_so(asked: Asked) -> None:
    answer = asked(
        "Referrals by practice\nDate Received,MRN,Reason,Status\nLakeview Family Medicine\n3/14/2026,901,Knee,New\n3/15/2026,902,Hip,New\n"
        "Harbor Internal Medicine\n3/16/2026,903,Knee,New\n"
    )
    assert (answer.told["source"], answer.problem, answer.counts) == ("referral_log", None, (3, 0, 0))
    assert places(answer) == ["Harbor Internal Medicine", "Lakeview Family Medicine"]
    assert received(answer) == ["2026-03-14", "2026-03-15", "2026-03-16"]


def test_a_report_that_repeats_its_header_below_each_physician_has_the_first_above_it(asked: Asked) -> None:
    answer = asked(
        "Referrals by referring physician\nDr. Robert Fox\nDate,MRN,Reason,Status\n3/14/2026,901,Knee,New\n3/15/2026,902,Hip,New\n\n"
        "Dr. Ann Hill\nDate,MRN,Reason,Status\n3/16/2026,903,Knee,New\n"
    )
    assert (answer.problem, answer.counts) == (None, (3, 0, 0))
    assert answer.rows("practitioner", "source_row, family_name") == [(4, "Fox"), (9, "Hill")]


def test_titles_of_which_nothing_says_whom_they_name_are_a_column_that_is_asked_about(asked: Asked) -> None:
    answer = asked(
        "Date,MRN,Reason,Status\nDr. Fox\n3/14/2026,901,Knee,New\n3/15/2026,902,Hip,New\nDr. Hill\n3/16/2026,903,Knee,New\n"
    )
    assert answer.reading["header"] == ["Date", "MRN", "Reason", "Status", "Group"]
    assert answer.problem is not None
    assert answer.rows("practitioner", "1") == []


def test_groups_of_a_board_are_titles_and_no_records(asked: Asked) -> None:
    header = "Name,Owner,Referred By,Date Received,Status\n"
    answer = asked(
        f"Referrals 2026\nAll referrals\n\nNew\n{header}Bo Reed,Jo,Dr. Fox,2026-03-02,New\n\nScheduled\n{header}Cy Vane,Jo,Dr. Hill,2026-03-04,Scheduled\n"
    )
    assert (answer.counts, answer.codes("reject")) == ((2, 0, 0), set())


def test_months_that_head_rows_of_a_sheet_are_titles(asked: Asked) -> None:
    rows = [
        ["Patient", "Referred By", "Date Received"],
        ["March", None, None],
        ["Bo Reed", "Dr. Fox", "2026-03-02"],
        ["April", None, None],
        ["Cy Vane", "Dr. Hill", "2026-04-04"],
    ]
    assert asked(workbook(Log=rows), "log.xlsx").counts == (2, 0, 0)


def test_a_record_that_somebody_began_to_write_is_no_title(asked: Asked) -> None:
    answer = asked(
        "Referring MD,Date Received,MRN,Status\nDr. Fox,3/14/2026,901,New\nDr. Reed\nDr. Hill,3/15/2026,902,New\n"
    )
    assert (answer.counts, persons(answer)) == ((2, 1, 0), [("Fox", None), ("Hill", None)])


# Weeks.


def test_counts_by_the_week_wait_until_somebody_says_what_they_count(asked: Asked) -> None:
    text = "Study,Site,Week of,Enrolled\nABC-101,North,3/2/2026,3\nABC-101,North,3/16/2026,1\n"
    told = asked(text)
    assert (told.told["source"], told.counts, told.codes("reject")) == (
        "enrolment_counts",
        (0, 2, 0),
        {"counts_of_a_week"},
    )
    assert told.problem is not None
    assert "--constant basis=each" in told.problem
    each = asked(text, basis="each")
    assert [(str(day), count) for day, count in each.rows("enrolment_count", "as_of_on, enrolled")] == [
        ("2026-03-08", 3),
        ("2026-03-22", 4),
    ]


def test_a_week_that_goes_on_counts_up_to_the_day_the_file_came(asked: Asked) -> None:
    answer = asked(
        "Study,Site,Week of,Enrolled\nABC-101,North,10/19/2026,3\nABC-101,North,10/26/2026,1\n", basis="each"
    )
    assert [str(day) for (day,) in answer.rows("enrolment_count", "as_of_on")] == ["2026-10-25", "2026-11-01"]


# The same again.


def test_a_bare_same_below_whoever_refers_is_a_mark_and_is_never_handed_on_itself(asked: Asked) -> None:
    answer = asked(
        'Date Received,MRN,Referred By,Practice\n3/14/2026,901,Dr. Robert Fox,Lakeview FM\n3/15/2026,902,same,same\n3/16/2026,903,"""",do.\n3/17/2026,904,Dr. Hill,Harbor IM\n'
    )
    assert len(set(answer.rows("referral", "requester_practitioner_id", "source_row")[:3])) == 1
    assert persons(answer) == [("Fox", "Robert"), ("Hill", None)]


# Names with a specialty, and with whoever sends the papers.


@pytest.mark.parametrize(
    "cell",
    ["Robert Fox IM", "Robert Fox Ortho", "Robert Fox, IM", "Robert Fox MD, Cardiology", "Robert Fox MD IM", "Robert Fox - Cardiology", "Robert Fox (OB/GYN)", "Robert Fox OB/GYN",
     "Cardiology: Dr. Robert Fox", "Fox, Robert Peds", "Dr Robert Fox @ Lakeview"],
)  # fmt: skip
def test_a_specialty_or_place_beside_a_name_is_no_part_of_it(asked: Asked, cell: str) -> None:
    answer = referred_by(asked, cell)
    assert persons(answer) == [("Fox", "Robert")]
    assert "several_named" not in answer.codes()


@pytest.mark.parametrize(
    "cell", ["Mercy Hospital - Jane CM", "Mercy Hospital (Jane Doe, CM)", "Mercy Hospital / Jane RN"]
)
def test_a_hospital_keeps_its_name_whoever_sends_its_papers(asked: Asked, cell: str) -> None:
    answer = referred_by(asked, cell)
    assert (persons(answer), places(answer)) == ([], ["Mercy Hospital"])


@pytest.mark.parametrize(
    ("cell", "person"),
    [("Jin Ho Im", ("Im", "Jin Ho")), ("Kenji Endo", ("Endo", "Kenji")), ("Robert Endo", ("Endo", "Robert"))],
)
def test_a_family_called_like_a_specialty_keeps_its_name(asked: Asked, cell: str, person: tuple[str, str]) -> None:
    assert persons(referred_by(asked, cell)) == [person]


@pytest.mark.parametrize("cell", ["Lakeview Peds", "Pine Hill IM", "Robert Fox Cardiology"])
def test_a_specialty_behind_what_is_no_persons_name_makes_a_practice_of_it(asked: Asked, cell: str) -> None:
    answer = referred_by(asked, cell)
    assert (persons(answer), places(answer)) == ([], [cell])


def test_boards_of_weeks_to_come_are_titles(asked: Asked) -> None:
    header = "Practice,Date,Type,Spoke with,Outcome\n"
    answer = asked(
        f"Outreach\n\nThis Week\n{header}Lakeview FM,2026-03-02,Visit,Jen,Positive\n\nNext Week\n{header}Pine Clinic,2026-03-09,Visit,Al,\n"
    )
    assert (answer.counts, answer.codes("reject")) == ((2, 0, 0), set())


# Records that stand upright.

UPRIGHT = (
    "Date received,3/14/2026\nMRN,901\nReferred by,Dr. Robert Fox\nPractice,Lakeview FM\n,\n"
    "Date received,3/15/2026\nMRN,902\nReferred by,Dr. Ann Hill\n,\nDate received,3/16/2026\nMRN,903\nReferred by,Dr. Ann Hill\nPractice,Harbor IM\n"
)


@pytest.mark.parametrize(
    "text", [UPRIGHT, "Field,Value\n" + UPRIGHT, UPRIGHT.replace("\n,\n", "\n\n").replace(",", ": ")]
)
def test_records_of_which_each_row_is_a_field_are_laid_out(asked: Asked, text: str) -> None:
    answer = asked(text)
    assert (answer.told["source"], answer.problem, answer.counts) == ("referral_log", None, (3, 0, 0))
    assert received(answer) == ["2026-03-14", "2026-03-15", "2026-03-16"]
    assert places(answer) == ["Harbor IM", "Lakeview FM"]
    assert any("upright" in said for said in answer.reading["notes"])


def test_records_laid_out_stand_in_place_of_the_rows_that_they_were(tmp_path: Path) -> None:
    (tmp_path / "chart.csv").write_text(UPRIGHT)
    with duckdb.connect() as con:
        reading = readers.read(tmp_path / "chart.csv", "chart.csv", readers.ReadOptions(), con)
        upright.shape(con, reading)
        assert con.execute("select count(*) from duckdb_tables() where table_name = 'stage'").fetchall() == [(1,)]
        assert con.execute("select count(*) from stage").fetchall() == [(reading.records,)] == [(3,)]


@pytest.mark.parametrize(
    "text",
    [
        "Practice,Status\nLakeview FM,Active\nHarbor IM,Lapsed\nLakeview FM,Active\n",
        "MRN,901\nReferred by,Fox\nMRN,902\nMRN,903\n",
    ],
)
def test_lists_of_two_columns_and_records_that_repeat_a_field_stay_as_they_are(asked: Asked, text: str) -> None:
    assert not any("upright" in said for said in asked(text).reading["notes"])


# What only the title says.


def test_a_list_of_missed_visits_says_so_in_its_title_alone(asked: Asked) -> None:
    answer = asked(
        "No Show Report\nPatient ID,Appt Date,Appt Type,Provider\n901,3/2/2026,New,Vane\n902,3/14/2026,New,Vane\n"
    )
    assert (answer.problem, answer.counts) == (None, (2, 0, 0))
    assert answer.rows("appointment", "distinct status") == [("noshow",)]


def test_a_list_of_cancellations_says_so_in_its_title_alone(asked: Asked) -> None:
    answer = asked(
        "Cancellation Report\nMRN,Appt Date,Date Cancelled,Cancel Reason\n901,3/2/2026,3/1/2026,Sick\n902,3/14/2026,3/14/2026,Ride\n"
    )
    assert answer.rows("appointment", "status, cancelled_on::varchar", "source_row") == [
        ("cancelled", "2026-03-01"),
        ("cancelled", "2026-03-14"),
    ]


@pytest.mark.parametrize(
    "title", ["No Show and Cancellation Report", "No Show Rate Report", "No Shows by Provider Report"]
)
def test_a_title_that_says_more_says_nothing_of_each_visit(asked: Asked, title: str) -> None:
    assert (
        asked(
            f"{title}\nPatient ID,Appt Date,Appt Type,Provider\n901,3/2/2026,New,Vane\n902,3/14/2026,New,Vane\n"
        ).problem
        is not None
    )


def test_a_column_says_more_than_the_title(asked: Asked) -> None:
    answer = asked("No Show Report\nPatient ID,Appt Date,No Show\n901,3/2/2026,Yes\n902,3/14/2026,No\n")
    assert answer.rows("appointment", "status", "source_row") == [("noshow",), ("fulfilled",)]


# What a message says is so.


def test_a_patients_name_alone_is_said_to_be_too_little(asked: Asked) -> None:
    answer = asked("Patient,Appt Date,Status\nBo Reed,3/14/2026,Completed\nAl Moss,3/15/2026,Completed\n")
    assert (answer.counts, answer.codes("reject")) == ((0, 2, 0), {"name_alone"})


def test_a_list_of_ids_and_words_is_no_table_of_cerners(asked: Asked) -> None:
    answer = asked(
        "referral_id,patient_id,phc_id,referral_status,created_date\nR1,P1,C1,APPOINTMENT_BOOKED,2026-09-04\nR2,P2,C2,REFERRAL_CREATED,2026-09-04\n"
    )
    assert answer.told["source"] is None


@pytest.mark.parametrize("cell", ["Ann Hill, Psy.D., LP", "Ann Hill, PT, DPT", "Ann Hill OTR/L", "Ann Hill, D.C."])
def test_degrees_of_other_trades_are_no_part_of_a_name(asked: Asked, cell: str) -> None:
    assert persons(referred_by(asked, cell)) == [("Hill", "Ann")]


def test_hospital_alone_is_a_kind_of_source_and_no_practice_of_that_name(asked: Asked) -> None:
    answer = referred_by(asked, "Hospital", "Outside hospital", "Mercy Hospital")
    assert places(answer) == ["Mercy Hospital"]
    assert sorted(label for (label,) in answer.rows("referral_source", "label") if label) == [
        "Hospital",
        "Outside hospital",
    ]


def test_a_practice_beside_hospital_alone_is_who_refers(asked: Asked) -> None:
    answer = asked("Date Received,MRN,Referred By,Practice\n3/14/2026,901,Hospital,Mercy Hospital\n")
    assert answer.rows("referral_source", "kind, label") == [("practice", None)]
