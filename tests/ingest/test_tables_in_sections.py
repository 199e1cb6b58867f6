"""Tables whose records stand below titles, whose weeks are called by a day, whose cells say the same again, and names with more in them."""

from __future__ import annotations

import pytest

from tests.ingest.test_tables_of_coordinators import persons, places
from tests.ingest.test_tables_of_people import Asked, asked, received, workbook
from tests.ingest.test_tables_of_trades import referred_by

__all__ = ["asked"]


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
