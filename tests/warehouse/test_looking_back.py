"""What was known on an earlier day is worked out once, beside the generation, which it can neither change nor leave."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Mapping
from typing import Any

import duckdb
import pytest
from conftest import put_load

from pipelines import ingest, marts
from pipelines.errors import WorkspaceError
from pipelines.generation import past
from pipelines.metrics import Scope, compute
from pipelines.workspace import Workspace

ALL = Scope.everything()
MAY, JUNE, JULY = (dt.date(2026, month, 20) for month in (5, 6, 7))


def referral(number: int, on: dt.date) -> dict[str, Any]:
    return {
        "referral_id": number, "direction": "in", "channel": "fax", "received_at": dt.datetime.combine(on, dt.time(9)), "received_on": on,
    }  # fmt: skip


@pytest.fixture
def told(workspace: Workspace) -> Workspace:
    """A referral of each of three months, each told by a file of its own month."""
    for number, month in enumerate((MAY, JUNE, JULY)):
        put_load(workspace, {"referral": [referral(number, month)]}, dt.datetime.combine(month, dt.time(12)))
    workspace.warehouse.publish()
    return workspace


def known(workspace: Workspace, day: dt.date | None) -> int:
    return compute("referral_volume", ALL, as_of=day, warehouse=workspace.warehouse).n


def files(workspace: Workspace) -> int:
    return len(list((workspace.root / "work").rglob("*.duckdb")))


def test_a_mart_is_made_once_for_all_questions_about_a_day(told: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []
    create = past.create_mart

    def counted(con: Any, name: str, asked: Mapping[str, Any]) -> None:
        made.append(name)
        create(con, name, asked)

    monkeypatch.setattr(past, "create_mart", counted)
    assert [known(told, day) for day in (MAY, JUNE, MAY, None)] == [1, 2, 1, 3]
    compute("slipped_patients", ALL, as_of=MAY, warehouse=told.warehouse)
    compute("acknowledgement", ALL, as_of=MAY, warehouse=told.warehouse)
    assert made.count("journey") == 2
    assert [made.count(name) for name in ("closed_loop", "slip_month", "acknowledged_day")] == [1, 1, 1]
    assert not marts.OF_TODAY.intersection(made)


def test_two_days_are_kept_and_no_file_outlives_the_workspace(told: Workspace) -> None:
    for day in (MAY, JUNE, JULY - dt.timedelta(days=1), MAY):
        known(told, day)
    assert files(told) == past.KEPT
    told.warehouse.close()
    assert files(told) == 0
    assert not list((told.root / "work").glob("*-past-*"))


def test_a_new_generation_has_a_past_of_its_own(told: Workspace) -> None:
    assert known(told, JUNE) == 2
    put_load(told, {"referral": [referral(9, MAY)]}, dt.datetime.combine(MAY, dt.time(18)))
    told.warehouse.publish()
    assert known(told, JUNE) == 3
    assert files(told) == 1


def test_nothing_asked_of_the_past_can_change_the_generation_or_reach_a_file(told: Workspace) -> None:
    with told.warehouse.read() as reader:
        then = reader.then(MAY)
        for sql in (
            "delete from now.main.referral", "create table now.main.x as select 1", f"attach '{told.root}/x.duckdb' as x", "select * from read_csv('/etc/hostname')",
            f"copy referral to '{told.root}/out.csv'", "set enable_external_access = true", "install httpfs", f"select * from '{told.root}/ledger.sqlite'",
        ):  # fmt: skip
            with pytest.raises(duckdb.Error):
                then.all(sql)
    assert known(told, None) == 3


def test_a_day_for_which_there_was_no_room_is_worked_out_anew_when_asked_again(
    told: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(con: Any, name: str, asked: Mapping[str, Any]) -> None:
        con.close()  # as good as invalidated
        raise duckdb.IOException("No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(past, "create_mart", full)
        with pytest.raises(WorkspaceError, match="could not be worked out"):
            known(told, MAY)
    assert known(told, None) == 3
    assert known(told, MAY) == 1
    assert files(told) == 1


def test_many_ask_about_many_days_at_once_and_each_gets_the_answer_of_their_day(told: Workspace) -> None:
    answers: list[tuple[dt.date, int]] = []
    days = [MAY, JUNE, MAY + dt.timedelta(days=1), JUNE + dt.timedelta(days=1)] * 3

    def ask(day: dt.date) -> None:
        answers.append((day, known(told, day)))

    threads = [threading.Thread(target=ask, args=(day,)) for day in days]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == len(days)
    assert all(n == (1 if day < JUNE else 2) for day, n in answers)
    assert files(told) <= past.KEPT


def test_an_undone_load_is_gone_from_the_past_too(told: Workspace) -> None:
    assert known(told, JUNE) == 2
    ingest.undo(told, told.ledger.loads()[0].load_id)
    assert known(told, JUNE) == 1
