"""A visit that two files tell of counts once; visits that only might be one stay two."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import pytest
from conftest import put_load

from pipelines import ingest
from pipelines.metrics import Filters, Scope, compute
from pipelines.workspace import Workspace

START = dt.datetime(2026, 3, 9, 14, 30)
BOOKED = START - dt.timedelta(days=9)
ANA, BEN = (str(uuid.UUID(int=number)) for number in (1, 2))
SITES = [{"site_id": 1, "name": "North", "code": "01"}, {"site_id": 2, "name": "South", "code": "02"}]
REFERRAL = {"referral_id": 1, "direction": "in", "patient_key": ANA, "received_at": START - dt.timedelta(days=9),
            "received_on": (START - dt.timedelta(days=9)).date(), "performer_site_id": 1}  # fmt: skip


def appointment(number: int, **cells: Any) -> dict[str, Any]:
    start = cells.pop("start_at", START)
    return {
        "appointment_id": number,
        "patient_key": ANA,
        "site_id": 1,
        "created_at": BOOKED,
        "start_at": start,
        "start_on": start.date(),
        "status": "booked",
        **cells,
    }


TOLD = appointment(1, referral_id=1)
APART: dict[str, list[dict[str, Any]]] = {
    "another patient": [appointment(2, patient_key=BEN)],
    "nobody knows whose": [appointment(2, patient_key=None)],
    "another site": [appointment(2, site_id=2)],
    "another day": [appointment(2, start_at=START + dt.timedelta(days=1))],
    "two that it might be": [appointment(2), appointment(3, start_at=START + dt.timedelta(hours=2))],
}


def _visits(workspace: Workspace) -> list[tuple[Any, ...]]:
    workspace.warehouse.publish()
    with workspace.warehouse.read() as reader:
        found = reader.all("select appointment_id, referral_id, status, start_at from visit order by appointment_id")
    workspace.warehouse.publish(full=True)
    with workspace.warehouse.read() as reader:
        assert (
            reader.all("select appointment_id, referral_id, status, start_at from visit order by appointment_id")
            == found
        )
    return found


def test_a_sheet_and_a_schedule_tell_one_visit_and_the_schedule_knows_better(workspace: Workspace) -> None:
    put_load(
        workspace,
        {"site": SITES, "referral": [REFERRAL], "appointment": [{**TOLD, "start_at": START.replace(hour=0, minute=0)}]},
    )
    assert len(_visits(workspace)) == 1
    schedule = put_load(workspace, {"appointment": [appointment(2, status="noshow")]})
    assert _visits(workspace) == [(1, 1, "noshow", START)]
    workspace.ledger.undo(schedule, "test")
    assert _visits(workspace) == [(1, 1, "booked", START.replace(hour=0, minute=0))]


def test_an_open_slot_of_the_schedule_does_not_undo_the_end_that_the_sheet_knows(workspace: Workspace) -> None:
    put_load(workspace, {"site": SITES, "referral": [REFERRAL], "appointment": [{**TOLD, "status": "fulfilled"}]})
    put_load(workspace, {"appointment": [appointment(2)]})
    assert [(number, status) for number, _, status, _ in _visits(workspace)] == [(1, "fulfilled")]


@pytest.mark.parametrize("name", APART)
def test_visits_that_may_be_different_ones_stay_apart(workspace: Workspace, name: str) -> None:
    put_load(workspace, {"site": SITES, "referral": [REFERRAL], "appointment": [TOLD]})
    put_load(workspace, {"appointment": APART[name]})
    assert len(_visits(workspace)) == 1 + len(APART[name])


def test_one_file_does_not_tell_a_visit_twice(workspace: Workspace) -> None:
    put_load(workspace, {"site": SITES, "referral": [REFERRAL], "appointment": [TOLD, appointment(2)]})
    assert len(_visits(workspace)) == 2


CALLED_OFF = (
    "Appointment ID,Referral ID,MRN,Appointment Date,Booked On,Status,Cancelled On,Site\n"
    "A1,,M1,2026-03-09 14:00,2026-03-01,Canceled,2026-03-08 15:00,N1\n"
    "A2,,M2,2026-03-09 14:00,2026-03-01,Canceled,2026-03-08 13:00,N1\n"
    "A3,,M3,2026-03-09 14:00,2026-03-01,Canceled,2026-03-09,N1\n"
    "A4,,M4,2026-03-09 14:00,2026-03-01,Canceled,,N1\n"
    "A5,,M5,2026-03-09 14:00,2026-03-01,Completed,,N1\n"
)


def test_a_schedule_that_says_when_a_visit_was_called_off_tells_late_from_early(workspace: Workspace) -> None:
    sites = "Site Code,Site Name,City,Time Zone\nN1,North House,X,Pacific/Apia\n"
    for name, text in (("sites", sites), ("schedule", CALLED_OFF)):
        ingest.load(workspace, ingest.inspect(workspace, ingest.receive(workspace, f"{name}.csv", text.encode())))
    frame = compute(
        "appointment_outcomes", Scope.everything(), Filters(), as_of=dt.date(2026, 3, 31), warehouse=workspace.warehouse
    ).frame
    assert dict(zip(frame["outcome"], frame["hits"], strict=True)) == {
        "kept": 1, "no_show": 0, "cancelled_late": 2, "cancelled": 2, "left_unseen": 0,
    }  # fmt: skip


def test_a_visit_called_off_after_the_day_was_still_to_come_on_it(workspace: Workspace) -> None:
    called_off = appointment(
        1,
        referral_id=1,
        status="cancelled",
        cancelled_at=START - dt.timedelta(days=2),
        cancelled_on=(START - dt.timedelta(days=2)).date(),
    )
    put_load(
        workspace,
        {
            "site": SITES,
            "referral": [REFERRAL],
            "appointment": [called_off, {**TOLD, "appointment_id": 3, "referral_id": None, "patient_key": BEN}],
        },
    )
    workspace.warehouse.publish()
    for days, due in ((3, [START.date()]), (1, [None])):
        with workspace.warehouse.read() as reader:
            then = reader.then(START.date() - dt.timedelta(days=days))
            assert then.frame("select last_booked_for_on as due from closed_loop", {})["due"].astype(object).where(lambda day: day.notna(), None).map(
                lambda day: day and day.date()).tolist() == due  # fmt: skip
