"""What physicians are given stands on one side of a wall, and referrals on the other: nothing reads both."""

from __future__ import annotations

import datetime as dt
import inspect
import io
import re
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from conftest import put_load
from oracle.network import Network

import dashboard
from pipelines import export, marts, model
from pipelines.errors import NotAllowed
from pipelines.metrics import INTERNAL, ROLES, Filters, Scope, compute, registry, rows
from pipelines.metrics.relations import RELATIONS
from pipelines.workspace import Workspace

GIFTS = {"gift_ledger", "compensation", "compensation_limit", "compensation_year"}
# Who is who is neither about gifts nor about referrals.
NEUTRAL = {name for name in marts.names() if name.endswith("_alias") or name.startswith("dim_")} | {
    "practitioner",
    "organization",
    "practitioner_role",
}
READ = re.compile(r"\b(?:from|join)\s+([a-z_]+)")


def read_by(sql: str) -> set[str]:
    return set(READ.findall(re.sub(r"--[^\n]*", "", sql))) & (set(marts.names()) | set(model.BY_NAME))


@pytest.mark.parametrize("name", marts.names())
def test_no_mart_reads_gifts_and_anything_else(name: str) -> None:
    read = read_by(marts.text(name))
    if name == "data_cut":  # the last day of anything, and no more: a single date
        return
    if read & GIFTS:
        assert read <= GIFTS | NEUTRAL
        assert name in GIFTS


@pytest.mark.parametrize("name", RELATIONS)
def test_no_relation_reads_gifts_and_anything_else(name: str) -> None:
    text = RELATIONS[name].table + " " + RELATIONS[name].rows
    read = read_by(f"from {text}" if "select" not in RELATIONS[name].table else text)
    assert (name == "compensation") == bool(read & GIFTS)
    if name == "compensation":
        assert read <= GIFTS | {"load"}


@pytest.mark.parametrize("name", registry())
def test_one_metric_asks_about_gifts_and_asks_about_nothing_else(name: str) -> None:
    source = inspect.getsource(inspect.getmodule(registry()[name].answer))  # type: ignore[arg-type]
    about_gifts = bool(re.search(r"gift_ledger|compensation", source))
    assert about_gifts == (name == "compensation_headroom")
    if about_gifts:
        assert not re.search(
            r"\b(from|join) (journey|referral|referral_event|closed_loop|visit|outreach|subject_step)\b", source
        )
        assert registry()[name].relation == "compensation"


def test_no_table_of_gifts_refers_to_referrals_and_none_of_referrals_to_gifts() -> None:
    for table in model.TABLES:
        pointed = {column.references for column in table.columns if column.references}
        if table.name in GIFTS:
            assert pointed <= {"practitioner"}
        else:
            assert not pointed & GIFTS


def test_one_page_shows_gifts_and_asks_for_nothing_else() -> None:
    folder = Path(dashboard.__file__).parent
    for path in sorted(folder.rglob("*.py")):
        text = path.read_text("utf-8")
        if "compensation_headroom" not in text or path.name == "app.py":
            continue
        assert path.name == "compensation.py"
        others = set(registry()) - {"compensation_headroom"}
        assert not [name for name in others if f'"{name}"' in text]


@pytest.fixture
def given(workspace: Workspace) -> Workspace:
    day = dt.date(2026, 5, 4)
    noon = dt.datetime.combine(day, dt.time(12))
    put_load(workspace, {
        "site": [{"site_id": 1, "name": "North", "code": "N"}],
        "organization": [{"organization_id": 9, "name": "Oak Family Practice", "kind": "practice"}],
        "practitioner": [{"practitioner_id": 4, "family_name": "Ash", "given_name": "Ada"}],
        "practitioner_role": [{"practitioner_id": 4, "organization_id": 9}],
        "referral_source": [{"source_id": 7, "kind": "practitioner", "practitioner_id": 4}],
        "referral": [
            {"referral_id": 100 + place, "direction": "in", "source_id": 7, "requester_practitioner_id": 4, "requester_org_id": 9, "performer_site_id": 1,
             "received_at": noon, "received_on": day, "patient_key": f"00000000-0000-0000-0000-{place:012}"}
            for place in range(37)
        ],
        "gift_ledger": [
            {"ledger_id": place, "practitioner_id": 4, "given_on": day, "description": "Working lunch", "fair_value_usd": 150.25, "cash_equivalent": False}
            for place in range(3)
        ],
    })  # fmt: skip
    workspace.warehouse.publish()
    return workspace


def test_the_ledger_and_its_exports_hold_no_volume(given: Workspace) -> None:
    result = compute("compensation_headroom", Scope.everything(), warehouse=given.warehouse)
    row = result.frame.iloc[0]
    assert (row["category"], row["n"], row["given_usd"], row["state"]) == ("Ash, Ada", 3, 450.75, "alert")
    found, total = rows("compensation_headroom", Scope.everything(), warehouse=given.warehouse)
    assert total == 3
    book = openpyxl.load_workbook(io.BytesIO(export.workbook(result)))
    cells = {cell for sheet in book for line in sheet.iter_rows(values_only=True) for cell in line}
    for text in (*result.frame.columns, *found.columns, *(str(cell) for cell in cells)):
        assert not re.search(r"volume|referr?als?_?n|received|enrolled", text, re.IGNORECASE)
    assert 37 not in cells
    assert 37 not in set(found.select_dtypes("number").to_numpy().ravel())


def test_no_other_answer_changes_with_what_was_given(given: Workspace) -> None:
    before = {
        name: compute(name, Scope.everything(), warehouse=given.warehouse).frame
        for name in ("referral_volume", "relationship_state")
    }
    put_load(
        given,
        {
            "gift_ledger": [
                {
                    "ledger_id": 50,
                    "practitioner_id": 4,
                    "given_on": dt.date(2026, 5, 2),
                    "fair_value_usd": 9,
                    "cash_equivalent": False,
                }
            ]
        },
    )
    given.warehouse.publish()
    for name, frame in before.items():
        again = compute(name, Scope.everything(), warehouse=given.warehouse).frame
        assert again.equals(frame)
        assert not [column for column in again if "usd" in column or "gift" in column]


def test_a_gift_in_the_log_of_contacts_changes_no_answer_either_but_that_somebody_asked_not_to_be_contacted(
    given: Workspace,
) -> None:
    def answers() -> dict[str, Any]:
        asked = {name: metric for name, metric in registry().items() if name != "compensation_headroom"}
        cuts = [
            (name, by)
            for name, metric in asked.items()
            for by in (None, "practice")
            if by in (None, *metric.dimensions)
        ]
        return {(name, by): compute(name, Scope.everything(), by=by, warehouse=given.warehouse) for name, by in cuts}

    def gift(number: int, **more: Any) -> dict[str, Any]:
        day = dt.date(2026, 5, 4)
        return {"touch_id": number, "practitioner_id": 4, "organization_id": 9, "site_id": 1, "liaison": "Lee", "channel": "gift", "contact_role": "front_desk",
                "purpose": "Thank you and welcome", "occurred_at": dt.datetime.combine(day, dt.time(9)), "occurred_on": day, **more}  # fmt: skip

    put_load(given, {"touch": [gift(0, channel="mail", organization_id=None, practitioner_id=None, purpose=None)]})
    given.warehouse.publish()
    before = answers()
    put_load(given, {"touch": [gift(1, outcome="positive")]})
    given.warehouse.publish()
    for key, after in answers().items():
        assert after.frame.equals(before[key].frame), key
        assert (after.n, after.caveats) == (before[key].n, before[key].caveats), key
    put_load(given, {"touch": [gift(2, outcome="opt_out")]})
    given.warehouse.publish()
    assert answers()["touch_coverage", None].frame["opted_out"].sum() == 1


def test_what_another_site_agreed_with_a_practice_and_whom_it_visited_changes_no_answer_of_a_site(
    given: Workspace,
) -> None:
    day = dt.date(2026, 5, 4)
    noon = dt.datetime.combine(day, dt.time(12))

    def answers() -> dict[str, Any]:
        scope = Scope((1,), None, "liaison")
        asked = [name for name in registry() if name != "compensation_headroom"]
        return {name: compute(name, scope, warehouse=given.warehouse) for name in asked}

    def agreed(source: int, site: int, way: str) -> dict[str, Any]:
        return {
            "source_id": source,
            "site_id": site,
            "preferred_channel": way,
            "therapeutic_area": "Oncology",
            "cadence_days": 14,
        }

    put_load(given, {
        "organization": [{"organization_id": 8, "name": "Elm Family Practice", "kind": "practice", "postal_code": "15201"}],
        "referral_source": [{"source_id": 6, "kind": "organization", "organization_id": 8}, {"source_id": 5, "kind": "organization", "organization_id": 9}],
        "site": [{"site_id": 1, "name": "North", "code": "N", "postal_code": "15201"}, {"site_id": 2, "name": "South", "code": "S"}],
        "research_study": [{"study_id": 3, "code": "ONC-1", "therapeutic_area": "Oncology"}],
        "study_site": [{"study_id": 3, "site_id": 1, "activated_on": dt.date(2026, 1, 1)}],
        "referral": [{"referral_id": 900, "direction": "in", "source_id": 5, "requester_org_id": 9, "performer_site_id": 1, "channel": "fax",
                      "received_at": noon - dt.timedelta(days=30), "received_on": day - dt.timedelta(days=30)}],
        "touch": [{"touch_id": 0, "channel": "mail", "site_id": 1, "occurred_at": noon, "occurred_on": day}],
        "relationship": [agreed(5, 1, "portal") | {"therapeutic_area": None, "ended_on": dt.date(2026, 1, 2)}],
    })  # fmt: skip
    given.warehouse.publish()
    before = answers()
    put_load(given, {
        "relationship": [agreed(6, 2, "fax"), agreed(5, 2, "phone")],
        "touch": [{"touch_id": 1, "channel": "visit", "organization_id": 9, "site_id": 2, "purpose": "Welcome", "outcome": "positive",
                   "occurred_at": noon - dt.timedelta(days=28), "occurred_on": day - dt.timedelta(days=28)}],
    })  # fmt: skip
    given.warehouse.publish()
    for name, after in answers().items():
        assert after.frame.equals(before[name].frame), name
        assert (after.n, after.caveats) == (before[name].n, before[name].caveats), name


def test_whoever_is_confined_to_some_sites_sees_no_part_of_a_limit_that_is_the_whole_organisations(
    given: Workspace,
) -> None:
    for scope in (Scope((1,), None), Scope(None, (1,)), Scope()):
        assert compute("compensation_headroom", scope, warehouse=given.warehouse).n == 0
        assert rows("compensation_headroom", scope, warehouse=given.warehouse)[1] == 0
    everything = compute("compensation_headroom", Scope.everything(), Filters(sites=(2,)), warehouse=given.warehouse)
    assert everything.n == 3
    assert any("Not filtered by site" in caveat for caveat in everything.caveats)


@pytest.fixture(scope="module")
def nothing() -> Network:
    return Network(dt.date(2026, 5, 31))


@pytest.mark.parametrize("role", [*ROLES, "", "root", "Analyst"])
def test_a_role_sees_the_metrics_that_name_it_and_an_unknown_role_none(nothing: Network, role: str) -> None:
    scope = Scope(None, None, role)
    for name, metric in registry().items():
        if role in metric.roles:
            compute(name, scope, warehouse=nothing)
            continue
        with pytest.raises(NotAllowed):
            compute(name, scope, warehouse=nothing)
        with pytest.raises(NotAllowed):
            rows(name, scope, warehouse=nothing)


def test_nobody_who_watches_over_compensation_sees_referrals_and_no_sponsor_sees_anything() -> None:
    for metric in registry().values():
        assert set(metric.roles) <= set(ROLES)
        assert "sponsor" not in metric.roles
        if "compliance" in metric.roles:
            assert metric.relation == "compensation"
        else:
            assert metric.roles == INTERNAL
