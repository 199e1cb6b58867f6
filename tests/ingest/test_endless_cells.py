"""A cell of tens of thousands of characters is read like any other: patterns that could be matched in very many ways would
take minutes over one, and the file would be refused for the time it took."""

from __future__ import annotations

import pytest
from ingest.asking import Asked, workbook

HEADER = "Date received,Referring physician,Practice,Patient,Status,Notes\n"
ROWS = "".join(
    f"2026-03-{day:02d},Anna Smith{day},Lakeview Clinic,Pat Doe{day},Scheduled,called\n" for day in range(10, 22)
)


@pytest.mark.parametrize("stroke", ["-", "=", "_", "-+", "| "])
def test_a_cell_of_strokes_that_is_no_rule_is_a_row_that_is_told_of(asked: Asked, stroke: str) -> None:
    answer = asked(f"{HEADER}{ROWS}{stroke * 15_000}!\n")
    loaded, rejected, _ = answer.counts
    assert loaded == 12
    assert rejected + sum(one["count"] for one in answer.reading["set_aside"]) == 1


@pytest.mark.parametrize("part", ["A", "A-", "A1-", "AB-1", "\n"])
def test_a_title_without_end_names_no_study(asked: Asked, part: str) -> None:
    rows = [line.split(",") for line in f"{HEADER}{ROWS}".splitlines()]
    answer = asked(workbook(Log=[["Referral log", f"{part * (30_000 // len(part))}!"], *rows]), "log.xlsx")
    assert answer.counts == (12, 0, 0)
    assert not answer.rows("research_study", "name")


def test_a_title_without_end_names_no_time_zone(asked: Asked) -> None:
    rows = [line.split(",") for line in f"{HEADER}{ROWS}".splitlines()]
    answer = asked(workbook(Log=[["Referral log", "times in the zone, " * 1_600], *rows]), "log.xlsx")
    assert answer.counts == (12, 0, 0)


@pytest.mark.parametrize("words", ["not seen ", "late ", "need needs "])
def test_pages_of_words_in_the_column_of_the_status_are_no_word_for_one(asked: Asked, words: str) -> None:
    wordy = "".join(f"2026-04-{day:02d},Anna Smith{day},Lakeview Clinic,Pat Roe{day},{words * (29_000 // len(words))}{day},called\n" for day in range(1, 26))  # fmt: skip
    answer = asked(f"{HEADER}{ROWS}{wordy}")
    assert answer.counts == (37, 0, 0)
    assert answer.mapped["findings"]
