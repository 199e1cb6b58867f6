"""Columns are looked at in slices where a table is wide, and what is found does not depend on that."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from pipelines.readers import stage
from pipelines.recognition import profiles, suggestions
from pipelines.sources import registry

COLUMNS = {
    "c0": ["1962749870", "1962749870", None, " "], "c1": ["2026-03-02", "2026-03-03", "2026-03-04", "x"],
    "c2": ["Elm Clinic", "Oak Clinic", "Elm Clinic", "Elm Clinic"], "c3": [None, None, None, None], "c4": ["yes", "no", "no", "yes"],
}  # fmt: skip


@pytest.fixture
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as opened:
        opened.execute(f"create table stage (row bigint, {', '.join(f'{name} varchar' for name in COLUMNS)})")
        for row, cells in enumerate(zip(*COLUMNS.values(), strict=True), start=1):
            opened.execute("insert into stage values (?, ?, ?, ?, ?, ?)", [row, *cells])
        yield opened


@pytest.mark.parametrize("at_once", [1, 2, 5])
def test_a_wide_table_is_profiled_as_a_narrow_one(
    con: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    whole = profiles.profile(con, len(COLUMNS))
    shown = profiles.examples(con, whole, {0})
    monkeypatch.setattr(stage, "AT_ONCE", at_once)
    assert profiles.profile(con, len(COLUMNS)) == whole
    assert profiles.examples(con, whole, {0}) == shown
    assert [column.filled for column in whole] == [3, 4, 4, 0, 4]
    assert shown[2] == ["Elm Clinic", "Oak Clinic"]
    assert shown[0][0] == "9999999999"


@pytest.mark.parametrize("at_once", [1, 2, 64])
def test_spaces_are_taken_off_whichever_slice_a_column_is_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    monkeypatch.setattr(stage, "AT_ONCE", at_once)
    path = tmp_path / "a.csv"
    path.write_text("a, b,c\nd,e , \n", "utf-8")
    with duckdb.connect() as con:
        stage.load(con, path, 3, delimiter=",", quote='"', numbered=False)
        assert con.execute("select c0, c1, c2 from stage order by row").fetchall() == [
            ("a", "b", "c"),
            ("d", "e", None),
        ]


def test_a_word_that_says_nothing_makes_no_two_headers_alike() -> None:
    field = registry()["referral_log"].field
    assert suggestions.header_likeness(field("born"), "Randomized Date")[0] < 0.3
    assert suggestions.header_likeness(field("referrer"), "Referred To Provider")[0] < 0.3
    assert suggestions.header_likeness(field("born"), "Patient Birth Day")[0] > 0.5
