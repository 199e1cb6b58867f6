"""The roll-ups give the numbers of the rows, whichever of their columns is asked for."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import pytest
from conftest import put_load

from pipelines import generation, marts
from pipelines.workspace import Workspace

T0 = dt.datetime(2026, 1, 20, 15, 0)
# A measure of the roll-ups, and the rows of the journey that it counts.
MEASURES = {
    "n": "true",
    "contacted": "stage <> 'referred'",
    "consented": "stage in ('consented', 'screened', 'eligible', 'enrolled')",
    "enrolled": "stage = 'enrolled'",
    "exited": "exit_on is not null and enrolled_on is null",
}
COLUMNS = marts.ROLL_UPS


def network() -> dict[str, list[dict[str, Any]]]:
    """Forty referrals over four months: some void, repeated, outbound, undated, enrolled, lost."""
    referrals, events = [], []
    for number in range(40):
        at = T0 + dt.timedelta(days=number * 3)
        referrals.append({
            "referral_id": number, "direction": "out" if number % 13 == 5 else "in", "void": number % 11 == 3,
            "patient_key": str(uuid.UUID(int=number // 2)), "performer_site_id": number % 3 or None, "study_id": number % 2 or None,
            "requester_org_id": number % 4 or None, "channel": ["fax", "phone", None][number % 3],
            ("authored_at" if number % 7 == 1 else "received_at"): at, ("authored_on" if number % 7 == 1 else "received_on"): at.date(),
        })  # fmt: skip
        code = [None, "contact_made", "declined", "cancelled"][number % 4]
        if code:
            later = at + dt.timedelta(days=2)
            events.append(
                {"referral_id": number, "seq": 0, "code": code, "occurred_at": later, "occurred_on": later.date()}
            )
    subjects = [{"subject_id": number, "study_id": 1, "referral_id": number} for number in range(0, 40, 5)]
    milestones = [
        {"subject_id": row["subject_id"], "code": code, "attempt": 1, "occurred_at": T0 + dt.timedelta(days=130 + turn),
         "occurred_on": (T0 + dt.timedelta(days=130 + turn)).date()}
        for row in subjects for turn, code in enumerate(("consented", "randomized")) if row["subject_id"] % 2 == 0 or not turn
    ]  # fmt: skip
    return {
        "referral": referrals, "referral_event": events, "research_subject": subjects, "subject_event": milestones,
        "site": [{"site_id": number, "name": f"Site {number}"} for number in (1, 2)],
        "research_study": [{"study_id": 1, "code": "ABC-1", "therapeutic_area": "Oncology"}],
        "organization": [{"organization_id": number, "name": f"Practice {number}", "kind": "practice"} for number in (1, 2, 3)],
    }  # fmt: skip


@pytest.mark.parametrize("name", generation.ROLL_UPS)
def test_a_roll_up_has_the_columns_it_declares(workspace: Workspace, name: str) -> None:
    with workspace.warehouse.read() as reader:
        assert tuple(row[0] for row in reader.all(f"describe {name}")) == COLUMNS[name]


@pytest.mark.parametrize("name", generation.ROLL_UPS)
def test_every_cut_of_a_roll_up_counts_what_its_rows_count(workspace: Workspace, name: str) -> None:
    put_load(workspace, network())
    time, *keys = COLUMNS[name][: COLUMNS[name].index("n")]
    placed = "date_trunc('month', received_on)::date" if time == "month" else time
    measures = {measure: condition for measure, condition in MEASURES.items() if measure in COLUMNS[name]}
    rows = (
        "journey"
        if name in marts.JOURNEY_ROLL_UPS
        else "(select c.*, j.channel, j.scheduled_day, j.exit_day, j.moved_from_site_id from closed_loop c join journey j using (referral_id))"
    )
    with workspace.warehouse.read() as reader:
        every = reader.all(f"select count(*) from {rows}")
        for key in keys:
            summed = ", ".join(f"sum({measure})::bigint" for measure in measures)
            counted = ", ".join(f"count(*) filter ({condition})" for condition in measures.values())
            from_rows = reader.all(f"select {placed}, {key}, {counted} from {rows} group by all")
            from_stacks = reader.all(f"select {time}, {key}, {summed} from {name} group by all")
            assert sorted(map(repr, from_stacks)) == sorted(map(repr, from_rows))
        assert len(reader.all(f"from {name}")) <= 40
        assert reader.all(f"select sum(n)::bigint from {name}") == every


@pytest.mark.parametrize(("days_on", "added_up"), [(0, True), (131, False)])
def test_what_slips_by_month_is_added_up_while_the_data_cut_stays_and_made_anew_when_it_moves(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, days_on: int, added_up: bool
) -> None:
    put_load(workspace, network())
    workspace.warehouse.publish()
    before = workspace.warehouse.table_hashes()
    asked: list[str] = []
    text = marts.text
    at = T0 + dt.timedelta(days=3 + days_on)
    put_load(workspace, {
        "referral_event": [{"referral_id": 20, "seq": 5, "code": "contact_made", "occurred_at": at, "occurred_on": at.date()}],
        "referral": [{"referral_id": 99, "direction": "in", "received_at": T0, "received_on": T0.date(), "performer_site_id": 1}],
    })  # fmt: skip
    with monkeypatch.context() as within:
        within.setattr(marts, "text", lambda name: asked.append(name) or text(name))
        workspace.warehouse.publish()
    after = workspace.warehouse.table_hashes()
    assert asked.count("slip_month") == (2 if added_up else 1)
    assert after["slip_month"] != before["slip_month"]
    workspace.warehouse.publish(full=True)
    assert workspace.warehouse.table_hashes() == after
