"""The files are the same each time and hold what the truth beside them says."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections import Counter
from dataclasses import asdict
from pathlib import Path

import pytest

from pipelines import demo
from tests.demo.conftest import SCALE, Demo

HEADERS = {
    "logs": ("Date Received", "dateReferralReceived"),
    "screening": ("Site Number",),
    "campaigns": ("Campaign", "Campaign name", "Campaign Name", "Lead ID"),
}


def prints(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.rglob("*.*")
    }


def records(written: Demo, path: str, skip: int = 1) -> list[list[object]]:
    """Rows of data as a person would count them: below the header, no blanks, no totals, no repeated header."""
    grid = written.grid(path)
    firsts = HEADERS.get(path.split("/", maxsplit=1)[0])
    start = next(n for n, row in enumerate(grid) if row and row[0] in firsts) + 1 if firsts else skip
    body = [row for row in grid[start:] if any(cell not in (None, "") for cell in row)]
    totals = ("TOTAL", "Total screened", "Total: ")
    return [row for row in body if not str(row[0]).startswith(totals) and row[0] not in (firsts or ())]


def test_the_same_seed_writes_the_same_bytes_workbooks_included(written: Demo, tmp_path: Path) -> None:
    demo.write(tmp_path, scale=SCALE)
    assert prints(tmp_path) == prints(written.folder)


def test_another_seed_writes_other_referrals(written: Demo, tmp_path: Path) -> None:
    demo.write(tmp_path, seed=7, scale=SCALE)
    assert prints(tmp_path)["ehr/REFERRAL_2025.tsv"] != prints(written.folder)["ehr/REFERRAL_2025.tsv"]


def test_the_truth_beside_the_files_is_the_one_returned(written: Demo) -> None:
    assert demo.Truth.load(written.folder / "truth.json") == demo.Truth(**json.loads(json.dumps(asdict(written.truth))))


def test_exports_lists_every_file_but_the_truth_and_registers_first(written: Demo) -> None:
    listed = [str(path.relative_to(written.folder)) for path in demo.exports(written.folder)]
    assert sorted(listed) == sorted(written.truth.files) == sorted(set(prints(written.folder)) - {"truth.json"})
    assert listed[0] == "sites.xlsx"


def test_every_file_holds_as_many_records_as_declared(written: Demo) -> None:
    skips = {"surveymonkey": 2, "qualtrics": 3}
    counted = {
        path: len(records(written, path, skips.get(told["source"], 1))) for path, told in written.truth.files.items()
    }
    assert counted == {path: told["records"] for path, told in written.truth.files.items()}


def test_repeated_rows_are_as_many_as_declared(written: Demo) -> None:
    for path in written.of("epic_referral") + written.of("referral_log") + written.of("outreach_log"):
        rows = Counter(tuple(map(str, row)) for row in records(written, path))
        assert sum(number - 1 for number in rows.values()) >= written.truth.files[path]["repeats"] >= 1, path


def test_a_years_extract_repeats_the_last_days_of_the_year_before(written: Demo) -> None:
    before: set[tuple[object, ...]] = set()
    for path in sorted(written.of("epic_referral")):
        rows = [tuple(row) for row in records(written, path)]
        again = [row for row in rows if row in before]
        assert len(again) == written.truth.files[path]["again"]
        before = set(rows)


def test_rows_that_cannot_be_loaded_are_as_many_as_declared(written: Demo) -> None:
    for path in written.of("epic_referral"):
        assert sum(row[0] == "" for row in records(written, path)) == written.truth.files[path]["rejects"] == 2
    for path in written.of("outreach_log"):
        assert sum(row[0] == "TBD" for row in records(written, path)) == written.truth.files[path]["rejects"] == 3
    for path in written.of("screening_log"):
        assert sum(row[1] in (None, "") for row in records(written, path)) == written.truth.files[path]["rejects"]
    for path in written.of("referral_log"):
        bad = [row for row in records(written, path) if str(row[1]).startswith("Demo-Reject")]
        assert len(bad) == written.truth.files[path]["rejects"] == 4
        assert {str(row[0] or "") for row in bad} == {"", "tbd", "13/45/2025", "2061-03-04"}


def test_a_hand_kept_log_has_a_preamble_blank_rows_and_a_totals_row(written: Demo) -> None:
    for path in written.of("referral_log"):
        grid = written.grid(path)
        assert "Referral Log" in grid[0][0]
        assert grid[1][0] == "Site:"
        assert grid[-1][0] == "TOTAL"
        blank = sum(not any(cell not in (None, "") for cell in row) for row in grid)
        assert blank == written.truth.files[path]["planted"]["blank_rows"]


def test_a_screening_log_names_its_protocol_above_the_header(written: Demo) -> None:
    for path in written.of("screening_log"):
        label, protocol = written.grid(path)[2][:2]
        assert label == "Protocol:"
        assert path.startswith(f"screening/{str(protocol).lower()}_")


def test_surveys_have_two_and_three_header_rows(written: Demo) -> None:
    monkey = written.grid(written.of("surveymonkey")[0])
    assert monkey[0][0] == "Respondent ID"
    assert "Open-Ended Response" in monkey[1]
    qualtrics = written.grid(written.of("qualtrics")[0])
    assert qualtrics[1][0] == "Start Date"
    assert json.loads(qualtrics[2][0]) == {"ImportId": "StartDate"}
    assert (
        sum(row[2] == "Survey Preview" for row in qualtrics)
        == written.truth.files[written.of("qualtrics")[0]]["planted"]["previews"]
    )


def test_scale_must_be_above_zero(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="scale"):
        demo.write(tmp_path, scale=0)


def test_progress_rises_to_one(tmp_path: Path) -> None:
    heard: list[float] = []
    demo.write(tmp_path, scale=0.005, on_progress=lambda label, fraction: heard.append(fraction))
    assert heard == sorted(heard)
    assert heard[-1] == 1.0


def test_until_moves_the_whole_span(tmp_path: Path) -> None:
    truth = demo.write(tmp_path, scale=0.005, until=dt.date(2024, 2, 29))
    assert (truth.start, truth.until) == ("2021-03-01", "2024-02-29")
    assert max(truth.referrals["countable_by_month"]) == "2024-02"


def test_a_second_demo_in_the_same_folder_leaves_nothing_of_the_first_and_nothing_of_others_is_touched(
    tmp_path: Path,
) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    demo.write(tmp_path, seed=1, scale=0.005)
    second = demo.write(tmp_path, seed=2, scale=0.005)
    assert set(prints(tmp_path)) == {*second.files, "truth.json", "mine.txt"}
