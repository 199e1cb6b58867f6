"""A page to print: escaped, readable, and in need of nothing."""

from __future__ import annotations

import datetime as dt

import pandas as pd

from pipelines import printing
from pipelines.printing import Section


def _page(frame: pd.DataFrame, columns: dict[str, str] | None = None) -> str:
    return printing.page("Ash & Co", ["lead"], [Section("Part <1>", ("said.",), frame, columns)]).decode("utf-8")


def test_text_is_escaped_wherever_it_stands() -> None:
    text = _page(pd.DataFrame({"<b>": ["<script>alert(1)</script>"]}))
    assert "<script" not in text
    assert "Ash &amp; Co" in text
    assert "<h2>Part &lt;1&gt;</h2>" in text
    assert "<th>&lt;b&gt;</th>" in text


def test_cells_read_as_a_person_writes_them() -> None:
    frame = pd.DataFrame({
        "day": pd.to_datetime(["2026-03-04", None]), "count": [1234, 5], "share": [2.0, 2.54], "said": [True, False], "text": ["a", None],
        "date": [dt.date(2026, 1, 2), None], "empty": [None, None],
    })  # fmt: skip
    text = _page(frame)
    for cell in (">4 Mar 2026<", ">1,234<", ">2<", ">2.5<", ">yes<", ">no<", ">2 Jan 2026<", "><"):
        assert cell in text
    assert "NaT" not in text
    assert "None" not in text
    assert ">empty<" not in text


def test_only_the_columns_asked_for_are_printed_under_their_plain_names() -> None:
    text = _page(pd.DataFrame({"n": [3], "category_id": [7]}), {"n": "Referrals", "missing": "Missing"})
    assert ">Referrals<" in text
    assert "category_id" not in text
    assert "Missing" not in text


def test_a_part_without_rows_says_only_its_sentences() -> None:
    text = _page(pd.DataFrame({"n": []}))
    assert "<table" not in text
    assert "said." in text
