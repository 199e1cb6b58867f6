"""Text from files cannot become markup."""

from __future__ import annotations

import datetime as dt
import re
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


# Streamlit's Markdown looks for these after it is parsed, when escapes are gone: mdast-util-gfm-autolink-literal and its own.
AFTERWARDS = (
    r"(?i)(https?://|www(?=\.))([-.\w]+)", r"([-.\w+]+)@([-\w]+(?:\.[-\w]+)+)", r":streamlit:", r"(^|\s)(<->|->|<-|--|>=|<=|~=)(\s|$)",
)  # fmt: skip


@pytest.mark.parametrize(
    "text",
    ["www.evil.example", "see HTTP://evil.example/x", "Dr a.b@evil.example", ":streamlit:", "a -> b", "<->", "x -- y", "p >= 5", "~= 1",
     "WWW.evil.example", "https://a@b.example", "xmpp:a@evil.example", "![x](https://evil.example/a.png)"],
)  # fmt: skip
def test_no_address_becomes_a_link_and_no_sign_another_once_escapes_are_gone(text: str) -> None:
    read = plain(text).replace("\\", "")
    assert any(re.search(pattern, text) for pattern in AFTERWARDS)
    assert not any(re.search(pattern, read) for pattern in AFTERWARDS)
    assert read.replace("\u2060", "") == text


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
