"""Text from files cannot become markup."""

from __future__ import annotations

import datetime as dt
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.words import counted, day, mark, plain, share


@given(st.text(alphabet=string.printable))
def test_every_character_that_markdown_knows_is_escaped(text: str) -> None:
    escaped = plain(text)
    unescaped = escaped.replace("\\\\", "")
    for sign in "`*_[]()<>!#|~$:&":
        assert unescaped.count(sign) == unescaped.count("\\" + sign)


def test_escaped_text_reads_as_it_was() -> None:
    assert plain("Dr. O'Neil & Sons").replace("\\", "") == "Dr. O'Neil & Sons"


def test_a_line_break_cannot_start_a_list_or_heading() -> None:
    assert "\n" not in plain("Clinic\n# Heading\n- item")


def test_plotly_labels_hold_no_tags() -> None:
    assert (
        mark("<b>Clinic</b> & <a href='x'>y</a>", 80) == "&lt;b&gt;Clinic&lt;/b&gt; &amp; &lt;a href='x'&gt;y&lt;/a&gt;"
    )


def test_a_long_label_is_cut() -> None:
    assert mark("x" * 100, 10) == "x" * 9 + "…"


@pytest.mark.parametrize(
    ("value", "said"), [(0.1234, "12.3%"), (None, "not known yet"), (float("nan"), "not known yet")]
)
def test_a_share_is_said_in_per_cent(value: float | None, said: str) -> None:
    assert share(value) == said


def test_days_and_counts_are_said_plainly() -> None:
    assert day(dt.date(2026, 3, 4)) == "4 Mar 2026"
    assert counted(1, "referral") == "1 referral"
    assert counted(1204, "referral") == "1,204 referrals"
