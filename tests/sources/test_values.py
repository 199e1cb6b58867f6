"""How texts become values: the tables below are the specification."""

from __future__ import annotations

import datetime as dt
from typing import Any

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines import values
from pipelines.values import dates
from pipelines.values.dates import decide_dates

DATES = [
    # text, what it is
    ("2026-03-04", "2026-03-04 00:00:00"),
    ("2026/3/4", "2026-03-04 00:00:00"),
    ("2026-03-04 13:05", "2026-03-04 13:05:00"),
    ("2026-03-04T13:05:09", "2026-03-04 13:05:09"),
    ("2026-03-04 13:05:09.250", "2026-03-04 13:05:09.25"),
    ("3/14/2026", "2026-03-14 00:00:00"),
    ("03/14/26", "2026-03-14 00:00:00"),
    ("14.03.2026", "2026-03-14 00:00:00"),
    ("14-3-2026", "2026-03-14 00:00:00"),
    ("03/14/2026 12:00:00 AM", "2026-03-14 00:00:00"),
    ("03/14/2026 12:30:00 PM", "2026-03-14 12:30:00"),
    ("03/14/2026 1:05 pm", "2026-03-14 13:05:00"),
    ("3/14/2026 1:05PM", "2026-03-14 13:05:00"),
    ("3/14/26 1pm", "2026-03-14 13:00:00"),
    ("14MAR2026:13:05:00", "2026-03-14 13:05:00"),
    ("20260314130500", "2026-03-14 13:05:00"),
    ("202603141305", "2026-03-14 13:05:00"),
    ("2026-03-14-13.05.00.250000", "2026-03-14 13:05:00.25"),
    ("12 mars 2026", "2026-03-12 00:00:00"),
    ("12. März 2026", "2026-03-12 00:00:00"),
    ("12 de diciembre de 2026", "2026-12-12 00:00:00"),
    ("2 févr. 2026 10:04", "2026-02-02 10:04:00"),
    ("5-mai-2026", "2026-05-05 00:00:00"),
    ("4-Mar-2026", "2026-03-04 00:00:00"),
    ("04-MAR-26", "2026-03-04 00:00:00"),
    ("04MAR2026", "2026-03-04 00:00:00"),
    ("04/MAR/2026", "2026-03-04 00:00:00"),
    ("4 March 2026", "2026-03-04 00:00:00"),
    ("4 May 2026", "2026-05-04 00:00:00"),
    ("Mar 4, 2026", "2026-03-04 00:00:00"),
    ("March 4, 2026 9:30 AM", "2026-03-04 09:30:00"),
    ("Wed, Mar 4, 2026", "2026-03-04 00:00:00"),
    ("Wednesday 3/4/2026", "2026-03-04 00:00:00"),
    ("20260304", "2026-03-04 00:00:00"),
    ("3/14/2026 8:41 a.m.", "2026-03-14 08:41:00"),
    ("3/14/2026 4:05 P.M.", "2026-03-14 16:05:00"),
    ("3/14/2026 12:05 p", "2026-03-14 12:05:00"),
    ("3/14/2026 @ 9:30", "2026-03-14 09:30:00"),
    ("3/14/2026 0930", "2026-03-14 09:30:00"),
    ("14 Mar 2026  2359 hrs", "2026-03-14 23:59:00"),
    ("March 3rd, 2026", "2026-03-03 00:00:00"),
    ("20260314 130500", "2026-03-14 13:05:00"),
    ("20260314T1305", "2026-03-14 13:05:00"),
    ("14-MAR-26 01.05.00.000000 PM", "2026-03-14 13:05:00"),
    ("2026-03-14 13.05.00", "2026-03-14 13:05:00"),
    ("45000", "2023-03-15 00:00:00"),
    ("45000.5", "2023-03-15 12:00:00"),
    ("45000.000011574", "2023-03-15 00:00:01"),
    ("02/29/2024", "2024-02-29 00:00:00"),
]
NO_DATES = [
    "13:05",
    "soon",
    "13/45/2025",
    "99/99/2026",
    "2026",
    "Mar 2026",
    "0/0/2026",
    "3/4",
    "UN-MAR-2026",
    "12345678901",
]


@pytest.mark.parametrize(("text", "expected"), DATES)
def test_a_date_is_read_as_the_table_says(desk: Any, text: str, expected: str) -> None:
    how = decide_dates([text])
    sql = dates.date_sql("cell", how, 1900)
    assert desk.con.execute(
        f"select ({sql})::varchar from (select $text::varchar as cell)", {"text": text}
    ).fetchall() == [(expected,)]


@pytest.mark.parametrize("text", NO_DATES)
def test_what_is_no_date_has_no_shape(text: str) -> None:
    assert dates.shape(text) is None


@pytest.mark.parametrize("text", ["02/29/2025", "04/31/2026"])
def test_a_day_that_does_not_exist_is_unreadable(desk: Any, text: str) -> None:
    sql = dates.date_sql("cell", decide_dates([text]), 1900)
    assert desk.con.execute(f"select {sql} from (select $text::varchar as cell)", {"text": text}).fetchall() == [
        (None,)
    ]


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2026-03-04T13:05:00Z", "2026-03-04 13:05:00"),
        ("2026-03-04T13:05:00-05:00", "2026-03-04 18:05:00"),
        ("2026-03-04 13:05:00+0530", "2026-03-04 07:35:00"),
        ("2026-03-04 13:05:00 UTC", "2026-03-04 13:05:00"),
        ("2026-03-04 13:05:00.000 -0500", "2026-03-04 18:05:00"),
        ("2026/03/04 1:05:00 pm GMT", "2026-03-04 13:05:00"),
        ("2026/03/04 1:05:00 pm GMT-5", "2026-03-04 18:05:00"),
        ("3/4/2026 1:05 PM EST", "2026-03-04 18:05:00"),
        ("2026-03-04 13:05 UTC+5:30", "2026-03-04 07:35:00"),
        ("1772629500", "2026-03-04 13:05:00"),
        ("1772629500000", "2026-03-04 13:05:00"),
    ],
)
def test_a_time_with_an_offset_is_an_instant(desk: Any, text: str, utc: str) -> None:
    how = decide_dates([text])
    assert how.offset
    sql = dates.offset_sql("cell", how)
    assert desk.con.execute(
        f"select ({sql})::varchar from (select $text::varchar as cell)", {"text": text}
    ).fetchall() == [(utc,)]


def test_serials_of_the_1904_system_lie_four_years_later(desk: Any) -> None:
    sql = dates.date_sql("cell", decide_dates(["45000"]), 1904)
    assert desk.one(f"select ({sql})::date::varchar from (select '45000' as cell)") == "2027-03-16"


@pytest.mark.parametrize(
    ("texts", "order", "proof", "conflict"),
    [
        (["03/04/2026", "03/13/2026"], "mdy", "values", False),
        (["03/04/2026", "13/03/2026"], "dmy", "values", False),
        (["03/04/2026", "05/06/2026"], "mdy", None, False),
        (["03/13/2026", "13/03/2026", "14/03/2026"], "dmy", "values", True),
        (["2026-03-04"], None, None, False),
        (["2026-03-04", "13/45/2025"], None, None, False),
    ],
)
def test_day_and_month_are_decided_per_column(
    texts: list[str], order: str | None, proof: str | None, conflict: bool
) -> None:
    how = decide_dates(texts)
    assert (how.order, how.proof, how.conflict) == (order, proof, conflict)


def test_a_persons_choice_settles_an_open_column() -> None:
    how = decide_dates(["03/04/2026"], "dmy")
    assert (how.formats, how.proof) == (("%d/%m/%Y",), "choice")


def test_two_digit_years_are_tried_before_four_digit_ones() -> None:
    assert decide_dates(["3/14/2026", "3/14/26"]).formats[0].endswith("%y")


def test_an_ambiguous_column_can_be_read_the_other_way_round() -> None:
    how = decide_dates(["03/04/2026 1:05 PM"])
    assert how.swapped().formats == ("%d/%m/%Y %I:%M %p",)
    assert how.swapped().swapped() == how


def test_a_format_is_described_in_words() -> None:
    assert decide_dates(["3/14/2026 1:05 PM"]).describe() == "MM/DD/YYYY HH:MM AM"


def test_a_format_from_elsewhere_cannot_reach_the_sql() -> None:
    with pytest.raises(ValueError, match="directives"):
        dates.date_sql("cell", dates.DateFormats(formats=("%Y', x) --",)), 1900)


@given(
    st.dates(dt.date(1950, 1, 1), dt.date(2049, 12, 31)),
    st.sampled_from(["%m/%d/%Y", "%d-%b-%Y", "%Y-%m-%d", "%B %d, %Y", "%m/%d/%y"]),
)
def test_every_day_has_the_shape_of_its_format(day: dt.date, written: str) -> None:
    found = dates.shape(day.strftime(written))
    assert found is not None
    assert found.format.format("%m", "%d").replace("%B", "%b") == written.replace("%B", "%b")


@given(st.text(max_size=30))
def test_no_text_breaks_the_search_for_a_shape(text: str) -> None:
    dates.shape(text)
    values.boolean(text)
    values.squash(text)


@pytest.mark.parametrize("text", ["yes", "Y", "TRUE", "1", "x", "✓", "Done"])
def test_words_for_yes(text: str) -> None:
    assert values.boolean(text) is True


@pytest.mark.parametrize("text", ["no", "N", "False", "0", "Bounced"])
def test_words_for_no(text: str) -> None:
    assert values.boolean(text) is False


@pytest.mark.parametrize("text", ["maybe", "", "2"])
def test_words_for_neither(text: str) -> None:
    assert values.boolean(text) is None


@pytest.mark.parametrize("text", ["N/A", "n/a", "TBD", "-", "--", "unknown", "#N/A", "Null", "pending", "?"])
def test_words_for_nothing(text: str) -> None:
    assert values.blank(text)


@pytest.mark.parametrize("text", ["Nadal", "0", "no", "-1", "Unknown Pleasures"])
def test_words_for_something(text: str) -> None:
    assert not values.blank(text)


_NEAR_NOTHING = ["n/a", "NA.", "#N/A", "None", "nil", "NaN", "---", "...", "??", "tbd", "TBA", "unk", "Unknown", "pending", "blank", "nd",
                 "not done", "0000-00-00", "00/00/0000", "Site", "M1", "0", "N", "nob", "(n/a)", "un\u212a", "\u00e9", "\U0001f600"]  # fmt: skip


@given(st.sampled_from(_NEAR_NOTHING) | st.text("naNA/.#-?tbduk0 ", max_size=7))
def test_a_look_at_the_first_letter_misses_no_word_for_nothing(text: str) -> None:
    asked = (
        f"select {values.blank_sql('text', 14)}, regexp_full_match(text, '{values.BLANK}') from (select $text as text)"
    )
    quick, whole = duckdb.execute(asked, {"text": text}).fetchall()[0]
    assert quick == whole


def test_every_time_zone_a_file_may_name_is_one_that_duckdb_computes_with() -> None:
    with duckdb.connect() as con:
        for zone in sorted(values.time_zones()):
            con.execute(
                "create or replace table local as select timezone($zone, timestamp '2026-07-01 12:00') as there",
                {"zone": zone},
            )
    assert {"America/New_York", "UTC"} <= values.time_zones()
    assert "localtime" not in values.time_zones()


def test_times_finer_than_a_microsecond_are_read_beside_days_that_such_times_cannot_reach(desk: Any) -> None:
    texts = [
        "2026-03-05 09:30:00.1234567",
        "2999-12-31 00:00:00.0000000",
        "2026-03-05 09:30:00.123456789",
        "1600-01-01 00:00:00.0",
    ]
    sql = dates.date_sql("cell", decide_dates(texts), 1900)
    desk.con.execute("create or replace temp table fine as select unnest($texts) as cell", {"texts": texts})
    kind, *_ = desk.con.execute(f"select typeof({sql}), count(*) from fine group by 1").fetchall()
    assert kind == ("TIMESTAMP", 4)
    read = [moment for (moment,) in desk.con.execute(f"select {sql} from fine").fetchall()]
    assert read == [dt.datetime(2026, 3, 5, 9, 30, 0, 123456), dt.datetime(2999, 12, 31), dt.datetime(2026, 3, 5, 9, 30, 0, 123456), dt.datetime(1600, 1, 1)]  # fmt: skip
