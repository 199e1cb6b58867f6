"""As of an earlier day an answer is what it would have been then, through a real warehouse."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pandas as pd
import pytest
from conftest import put_load

from pipelines.generation import REFERRAL_MARTS
from pipelines.metrics import Scope, compute, registry, rows
from pipelines.workspace import Workspace

ALL = Scope.everything()
NOON = dt.time(12)
THEN = dt.date(2026, 2, 24)


def at(day: dt.date, name: str = "occurred") -> dict[str, Any]:
    return {f"{name}_at": dt.datetime.combine(day, NOON), f"{name}_on": day}


def facts(until: dt.date) -> dict[str, list[dict[str, Any]]]:
    """Ten referrals of 2026 with what happened to them, as far as it had happened and been recorded by ``until``."""
    start = dt.date(2026, 1, 5)
    days = [start + dt.timedelta(days=10 * place) for place in range(10)]
    recorded = {6: dt.date(2026, 4, 20)}  # the seventh enrolment was entered late
    tables: dict[str, list[dict[str, Any]]] = {
        "site": [{"site_id": 1, "name": "North", "code": "N"}],
        "research_study": [{"study_id": 5, "code": "S-5", "therapeutic_area": "Neurology"}],
        "organization": [{"organization_id": 9, "name": "Oak Family Practice", "kind": "practice"}],
        "referral_source": [{"source_id": 7, "kind": "practice", "organization_id": 9}],
        "referral": [
            {"referral_id": place, "direction": "in", "intent": "research", "study_id": 5, "source_id": 7, "requester_org_id": 9,
             "performer_site_id": 1, "patient_key": f"00000000-0000-0000-0000-{place:012}", "channel": "fax", **at(day, "received")}
            for place, day in enumerate(days) if day <= until
        ],
        "research_subject": [
            {"subject_id": 100 + place, "study_id": 5, "site_id": 1, "referral_id": place} for place, day in enumerate(days) if day <= until
        ],
        "subject_event": [],
    }  # fmt: skip
    for place, day in enumerate(days):
        for code, later in (("consented", 5), ("randomized" if place % 2 else "screen_failed", 20)):
            when = day + dt.timedelta(days=later)
            known = recorded.get(place, when)
            if max(when, known) <= until:
                event = {"subject_id": 100 + place, "code": code, "attempt": 1, **at(when)}
                tables["subject_event"].append(event | {"recorded_at": dt.datetime.combine(known, NOON)})
    return {name: found for name, found in tables.items() if found}


@pytest.mark.parametrize(
    "metric", [name for name, metric in registry().items() if metric.relation in (*REFERRAL_MARTS, "subject")]
)
def test_the_past_is_told_as_it_was_then(workspace: Workspace, metric: str) -> None:
    put_load(workspace, facts(THEN), arrived=dt.datetime.combine(THEN, dt.time(20)))
    workspace.warehouse.publish()
    then = compute(metric, ALL, as_of=THEN, warehouse=workspace.warehouse)
    put_load(workspace, facts(dt.date(2026, 6, 1)), arrived=dt.datetime(2026, 6, 1, 20))
    workspace.warehouse.publish()
    again = compute(metric, ALL, as_of=THEN, warehouse=workspace.warehouse)
    assert then.as_of == again.as_of == THEN
    pd.testing.assert_frame_equal(again.frame, then.frame)
    assert again.n == then.n
    assert any("As of 24 Feb 2026" in caveat for caveat in again.caveats)
    now = compute(metric, ALL, warehouse=workspace.warehouse)
    assert now.as_of > THEN
    assert not any("As of" in caveat for caveat in now.caveats)


def test_the_past_has_rows_behind_it_too(workspace: Workspace) -> None:
    put_load(workspace, facts(dt.date(2026, 6, 1)), arrived=dt.datetime(2026, 6, 1, 20))
    workspace.warehouse.publish()
    found, total = rows("conversion", ALL, as_of=THEN, warehouse=workspace.warehouse)
    assert total == len(facts(THEN)["referral"])
    assert found["received_on"].max() <= pd.Timestamp(THEN)
    assert found["enrolled_on"].count() == sum(event["code"] == "randomized" for event in facts(THEN)["subject_event"])
