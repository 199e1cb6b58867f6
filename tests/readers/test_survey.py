"""A survey of a file's bytes: the same by pieces and by arrays, at any size of chunk, and what a plain loop says."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.readers.delimited import survey
from pipelines.readers.delimited.survey import Survey

TEXT = st.lists(st.sampled_from(['"', "\n", "\r\n", ",", " ", "a", "é", '""', "\n\n", "\r"]), max_size=40).map("".join)


def plainly(data: bytes) -> Survey:
    """The survey byte by byte."""
    told = Survey()
    inside, before = False, ord(" ")
    for code in data:
        if code == ord('"'):
            told.quotes = True
            told.before |= set() if inside else {before}
            inside = not inside
        if code == ord("\n"):
            told.quoted_breaks += inside
            told.records += not inside
        before = code
    told.records += not data.endswith(b"\n")
    told.balanced = not inside
    told.blank_lines = b"\n\n" in data or b"\n\r\n" in data
    return told


@given(TEXT, st.integers(1, 50))
def test_both_ways_tell_what_a_plain_loop_tells(
    tmp_path_factory: pytest.TempPathFactory, text: str, chunk: int
) -> None:
    path = tmp_path_factory.mktemp("survey") / "file.csv"
    path.write_bytes(text.encode())
    expected = plainly(text.encode())
    assert survey.take(path, survey.by_pieces, chunk) == expected
    assert survey.take(path, survey.by_array, chunk) == expected


@pytest.mark.parametrize(("cell", "loose"), [('"a"', False), (' "a"', False), ('"a""b"', False), ('5" x 7"', True), ('a"b"', True)])  # fmt: skip
def test_a_quote_that_opens_within_a_cell_is_loose(tmp_path: Path, cell: str, loose: bool) -> None:
    path = tmp_path / "file.csv"
    path.write_text(f"x,{cell}\n", "utf-8")
    assert survey.take(path).loose(",") is loose


def test_a_mark_at_the_front_is_no_part_of_the_first_cell(tmp_path: Path) -> None:
    path = tmp_path / "file.csv"
    path.write_bytes(b'\xef\xbb\xbf"a",b\n')
    told = survey.take(path)
    assert (told.records, told.loose(",")) == (1, False)


def test_a_survey_that_nobody_waits_for_ends_with_its_block(tmp_path: Path) -> None:
    path = tmp_path / "file.csv"
    path.write_bytes(b"a,b\n" * 5_000_000)
    before = threading.active_count()
    with survey.begun(path):
        pass
    assert threading.active_count() == before
