"""Imaging, campaigns and calls of an earlier day are told as they were then, through a real warehouse."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pandas as pd
import pytest
from conftest import put_load

from pipelines.metrics import Result, Scope, compute, registry, rows
from pipelines.workspace import Workspace

ALL = Scope.everything()
THEN = dt.date(2026, 2, 23)
RELATIONS = ("exam", "image_share", "exam_check", "exam_session", "phone_call", "campaign")
METRICS = [name for name, metric in registry().items() if metric.relation in RELATIONS]


def at(day: dt.date, hour: int = 15) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(hour))


def key(number: int) -> str:
    return f"00000000-0000-0000-0000-{number:012}"


def facts(until: dt.date) -> dict[str, list[dict[str, Any]]]:
    """Twelve weeks with an exam, a lead, a call and some spend each, as far as they had happened by ``until``."""
    tables: dict[str, list[dict[str, Any]]] = {
        "site": [{"site_id": 1, "name": "North", "code": "N", "time_zone": "America/New_York"}],
        "organization": [{"organization_id": 9, "name": "Oak Family Practice", "kind": "practice"}],
        "campaign": [{"campaign_id": 3, "name": "Spring"}],
    }
    for name in (
        "referral",
        "imaging_study",
        "share_event",
        "collab_session",
        "communication",
        "lead",
        "campaign_spend",
        "call",
        "research_subject",
        "subject_event",
    ):
        tables[name] = []
    for week in range(12):
        day = dt.date(2026, 1, 5) + dt.timedelta(days=7 * week)
        if day <= until:
            _week(tables, week, day, until)
    return {name: found for name, found in tables.items() if found}


def _week(tables: dict[str, list[dict[str, Any]]], week: int, day: dt.date, until: dt.date) -> None:
    def by(moment: dt.datetime) -> dt.datetime | None:
        return moment if moment.date() <= until else None

    later = day + dt.timedelta(days=4 + week)
    tables["referral"].append({"referral_id": week, "direction": "in", "intent": "clinical", "performer_site_id": 1, "requester_org_id": 9, "patient_key": key(week),
                               "received_at": at(day, 8), "received_on": day})  # fmt: skip
    tables["imaging_study"].append({"study_uid_hash": key(week), "told_by": "ris", "referral_id": week, "site_id": 1, "modality": "CT", "exam_end_at": at(day), "exam_end_on": day,
                                    "final_at": by(at(later)), "delivered_at": by(at(later, 16)), "protocol_changed": week % 2 == 0, "addendum_count": 0})  # fmt: skip
    for action, role, when in (("shared", "staff", at(day, 18)), ("viewed", "referrer", at(later))):
        if by(when):
            tables["share_event"].append(
                {"study_uid_hash": key(week), "action": action, "actor_role": role, "occurred_at": when}
            )
    tables["collab_session"].append(
        {
            "session_id": week,
            "study_uid_hash": key(week),
            "invited_at": at(day, 19),
            "invited_on": day,
            "joined_at": at(day, 20),
            "outcome": "joined",
        }
    )
    answered = later <= until
    tables["communication"].append({"communication_id": week, "referral_id": week, "kind": "confirm_exam", "sent_at": at(day, 20), "sent_on": day,
                                    "answer": "yes" if answered else None, "answered_on": later if answered else None})  # fmt: skip
    tables["lead"].append({"lead_id": week, "campaign_id": 3, "patient_key": key(100 + week), "created_at": at(day), "created_on": day,
                           "status": "qualified" if answered else "new", "status_on": later if answered else None})  # fmt: skip
    tables["campaign_spend"].append({"campaign_id": 3, "spent_on": day, "spend": 100.0, "currency": "USD"})
    tables["call"].append({"call_id": week, "site_id": 1, "direction": "inbound", "started_at": at(day), "started_on": day, "queued_s": 10 * week, "ring_s": 4,
                           "answered": week % 3 > 0, "abandoned": week % 3 == 0, "caller_org_id": 9, "legs": 1})  # fmt: skip
    if by(at(later)):
        tables["research_subject"].append(
            {"subject_id": week, "study_id": 1, "patient_key": key(100 + week), "source_kind": "campaign"}
        )
        tables["subject_event"].append(
            {"subject_id": week, "code": "randomized", "attempt": 1, "occurred_at": at(later), "occurred_on": later}
        )


@pytest.fixture
def told_twice(workspace: Workspace) -> tuple[Workspace, dict[str, Result]]:
    """What was known on the day, and then all of it, with a final report of before corrected."""
    put_load(workspace, facts(THEN), arrived=at(THEN, 20))
    workspace.warehouse.publish()
    then = {name: compute(name, ALL, as_of=THEN, warehouse=workspace.warehouse) for name in METRICS}
    every = facts(dt.date(2026, 6, 1))
    every["imaging_study"][0]["final_at"] += dt.timedelta(hours=30)
    put_load(workspace, every, arrived=dt.datetime(2026, 6, 1, 20))
    workspace.warehouse.publish()
    return workspace, then


def test_the_past_is_told_as_it_was_then(told_twice: tuple[Workspace, dict[str, Result]]) -> None:
    workspace, known = told_twice
    assert len(METRICS) == 9
    for name in METRICS:
        then = known[name]
        again = compute(name, ALL, as_of=THEN, warehouse=workspace.warehouse)
        pd.testing.assert_frame_equal(again.frame, then.frame, obj=name)
        assert (again.as_of, again.n) == (then.as_of, then.n), name
        assert then.n > 0, name
        now = compute(name, ALL, warehouse=workspace.warehouse)
        assert now.as_of > THEN
        assert now.n > then.n, name


def test_the_past_has_rows_behind_it_too(told_twice: tuple[Workspace, dict[str, Result]]) -> None:
    workspace, _ = told_twice
    for name in METRICS:
        found, total = rows(name, ALL, as_of=THEN, warehouse=workspace.warehouse)
        assert total == len(found) > 0
        assert found.iloc[:, 0].max() <= pd.Timestamp(THEN), name


def test_undoing_a_load_leaves_the_marts_as_a_rebuild_makes_them(workspace: Workspace) -> None:
    put_load(workspace, facts(THEN), arrived=at(THEN, 20))
    workspace.warehouse.publish()
    before = {name: compute(name, ALL, warehouse=workspace.warehouse).frame for name in METRICS}
    second = put_load(workspace, facts(dt.date(2026, 6, 1)), arrived=dt.datetime(2026, 6, 1, 20))
    workspace.warehouse.publish()
    workspace.ledger.undo(second, "test")
    workspace.warehouse.publish()
    for name in METRICS:
        pd.testing.assert_frame_equal(compute(name, ALL, warehouse=workspace.warehouse).frame, before[name], obj=name)
