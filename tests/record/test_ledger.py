"""The ledger remembers every change, once, in a trail that shows tampering."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from pipelines.errors import UnknownName
from pipelines.record.ledger import ACTIVE, UNDONE, Ledger

COUNTS = {"rows_in": 3, "rows_loaded": 2, "rows_rejected": 1, "rows_duplicate": 0}


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return Ledger(tmp_path / "ledger.sqlite")


def _load(ledger: Ledger, file_id: str = "aa", source: str = "referral_log") -> int:
    load_id = ledger.begin_load(
        file_id=file_id,
        part="",
        file_name="a.csv",
        source=source,
        system="log",
        by="me",
        counts=COUNTS,
        detail={},
    )
    ledger.activate(load_id, "me")
    return load_id


def test_a_load_counts_only_once_it_is_activated(ledger: Ledger) -> None:
    ledger.begin_load(file_id="aa", part="", file_name="a", source="s", system="x", by="me", counts=COUNTS, detail={})
    assert ledger.loads() == []
    assert ledger.revision == 0


def test_undo_and_load_each_move_the_revision(ledger: Ledger) -> None:
    load_id = _load(ledger)
    ledger.undo(load_id, "you")
    assert ledger.revision == 2
    assert [load.status for load in ledger.loads()] == [UNDONE]


def test_a_table_cannot_be_active_twice(ledger: Ledger) -> None:
    _load(ledger)
    with pytest.raises(sqlite3.IntegrityError):
        _load(ledger)
    assert len(ledger.loads(ACTIVE)) == 1


def test_a_table_may_count_once_as_each_kind_in_a_ledger_of_an_older_version_too(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    _load(Ledger(path))
    with sqlite3.connect(path) as con:
        con.execute("drop index one_active_load_of_a_kind")
        con.execute("create unique index one_active_load on load (file_id, part) where status = 'active'")
    ledger = Ledger(path)
    _load(ledger, source="screening_log")
    assert [load.source for load in ledger.active_loads("aa", "")] == ["referral_log", "screening_log"]
    with pytest.raises(sqlite3.IntegrityError):
        _load(ledger)


def test_undoing_what_is_not_active_says_so(ledger: Ledger) -> None:
    load_id = _load(ledger)
    ledger.undo(load_id, "me")
    with pytest.raises(UnknownName, match="not active"):
        ledger.undo(load_id, "me")
    with pytest.raises(UnknownName, match="no load 99"):
        ledger.undo(99, "me")


@pytest.mark.parametrize(
    "sql",
    [
        "update trail set actor = 'x' where seq = 2",
        "delete from trail where seq = 2",
        "delete from trail where seq = 1",
    ],
)
def test_the_trail_shows_the_first_entry_that_was_tampered_with(ledger: Ledger, sql: str) -> None:
    for file_id in ("aa", "bb", "cc"):
        _load(ledger, file_id)
    assert ledger.broken_trail_entry() is None
    con = sqlite3.connect(ledger.path)
    con.execute(sql)
    con.commit()
    con.close()
    assert ledger.broken_trail_entry() in (1, 2)


def test_reservations_of_dead_processes_are_dropped(ledger: Ledger) -> None:
    load_id = ledger.begin_load(
        file_id="aa", part="", file_name="a", source="s", system="x", by="me", counts=COUNTS, detail={}
    )
    assert ledger.forget_pending() == [load_id]
    assert ledger.forget_pending() == []
