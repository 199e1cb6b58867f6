"""What a referral's journey says, case by case: rows in, the cells that matter out."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import pytest
from conftest import ARRIVED, put_load

from pipelines import marts
from pipelines.metrics import Filters, Scope, compute, rows
from pipelines.workspace import Workspace

T0 = dt.datetime(2026, 3, 2, 15, 0)
ANA = str(uuid.UUID(int=1))


def referral(number: int = 1, days: int = 0, **cells: Any) -> dict[str, Any]:
    received = T0 + dt.timedelta(days=days)
    return {
        "referral_id": number,
        "direction": "in",
        "intent": "research",
        "received_at": received,
        "received_on": received.date(),
        **cells,
    }


def event(code: str, days: float, number: int = 1, **cells: Any) -> dict[str, Any]:
    moment = T0 + dt.timedelta(days=days)
    return {"referral_id": number, "seq": 0, "code": code, "occurred_at": moment, "occurred_on": moment.date(), **cells}


def milestone(code: str, days: int, subject: int = 1, **cells: Any) -> dict[str, Any]:
    moment = T0 + dt.timedelta(days=days)
    return {
        "subject_id": subject,
        "code": code,
        "attempt": 1,
        "occurred_at": moment,
        "occurred_on": moment.date(),
        **cells,
    }


def subject(number: int = 1, study: int = 1, **cells: Any) -> dict[str, Any]:
    return {"subject_id": number, "study_id": study, "patient_key": ANA, **cells}


STUDY = {"study_id": 1, "code": "ABC-1"}

CASES: dict[str, tuple[dict[str, list[dict[str, Any]]], dict[str, Any]]] = {
    "days count from received to the first of a kind": (
        {"referral": [referral()], "referral_event": [event("scheduled", 2), event("scheduled", 1, seq=1), event("kept", 3)]},
        {"scheduled_day": 1, "kept_day": 3},
    ),
    "known since its source says so": (
        {"referral": [referral(recorded_at=T0 + dt.timedelta(days=4))], "referral_event": [event("kept", 5)]},
        {"known_on": (T0 + dt.timedelta(days=4)).date(), "known_by_load": False},
    ),
    "a stage before received is an error that shows as such": (
        {"referral": [referral()], "referral_event": [event("kept", -1)]},
        {"kept_day": -1, "countable": True},
    ),
    "the only referral of its patient is known as such": (
        {"referral": [referral(patient_key=ANA)]}, {"sole": True},
    ),
    "one of several referrals of a patient is not alone, though no other is received": (
        {"referral": [referral(patient_key=ANA), referral(2, days=2, patient_key=ANA, direction="out")]}, {"sole": False, "countable": True},
    ),
    "a referral entered in error leaves the other alone": (
        {"referral": [referral(patient_key=ANA), referral(2, days=2, patient_key=ANA, void=True)]}, {"sole": True},
    ),
    "a referral entered in error does not count": (
        {"referral": [referral(void=True)]}, {"countable": False, "excluded_because": "void"},
    ),
    "a referral we send does not count as received": (
        {"referral": [referral(direction="out")]}, {"countable": False, "excluded_because": "outbound"},
    ),
    "the day written stands in when the day received is missing": (
        {"referral": [referral(received_at=None, received_on=None, authored_at=T0, authored_on=T0.date())]},
        {"received_basis": "authored", "received_on": T0.date()},
    ),
    "who sent it is unattributed when nothing says": (
        {"referral": [referral()]}, {"practice": "Unattributed", "source_kind": "unattributed", "attributed": False},
    ),
    "a self-referral is a source, not unattributed": (
        {"referral": [referral(source_id=9)], "referral_source": [{"source_id": 9, "kind": "self"}]},
        {"source_kind": "self", "attributed": True, "practice": "No practice"},
    ),
    "a subject of the same patient and study belongs to the referral": (
        {"referral": [referral(patient_key=ANA, study_id=1)], "research_study": [STUDY], "research_subject": [subject()],
         "subject_event": [milestone("consented", 5), milestone("randomized", 20)]},
        {"stage": "enrolled", "enrolled_day": 20, "exit_code": None},
    ),
    "a subject first seen before the referral is not its doing": (
        {"referral": [referral(patient_key=ANA, study_id=1)], "research_study": [STUDY], "research_subject": [subject()],
         "subject_event": [milestone("consented", -5), milestone("randomized", 20)]},
        {"stage": "referred", "enrolled_day": None},
    ),
    "a screen failure is an exit": (
        {"referral": [referral(patient_key=ANA, study_id=1)], "research_study": [STUDY], "research_subject": [subject()],
         "subject_event": [milestone("consented", 5), milestone("screen_failed", 9, reason_code="HbA1c")]},
        {"exit_code": "screen_failed", "exit_day": 9, "exit_reason": "HbA1c", "stage": "consented"},
    ),
    "a reinstated screen failure is no exit": (
        {"referral": [referral(patient_key=ANA, study_id=1)], "research_study": [STUDY], "research_subject": [subject()],
         "subject_event": [milestone("screen_failed", 9), milestone("reinstated", 12)]},
        {"exit_code": None, "exit_day": None},
    ),
    "enrolled after a screen failure is enrolled": (
        {"referral": [referral(patient_key=ANA, study_id=1)], "research_study": [STUDY], "research_subject": [subject()],
         "subject_event": [milestone("screen_failed", 9), milestone("randomized", 30)]},
        {"exit_code": None, "enrolled_day": 30},
    ),
    "a patient nobody reached left as unreachable": (
        {"referral": [referral()], "referral_event": [event("cancelled", 10, reason_code="Unable to reach - no answer")]},
        {"exit_code": "unreachable", "exit_day": 10},
    ),
    "however it is said that nobody was reached": (
        {"referral": [referral()], "referral_event": [event("declined", 10, reason_code="Couldn't contact patient")]},
        {"exit_code": "unreachable", "exit_day": 10},
    ),
    "a decline after which the patient went on in the study was none": (
        {"referral": [referral(patient_key=ANA)], "referral_event": [event("declined", 4)], "research_study": [STUDY],
         "research_subject": [subject()], "subject_event": [milestone("consented", 10)]},
        {"exit_on": None, "exit_code": None, "stage": "consented"},
    ),
    "a decline after the consent stands": (
        {"referral": [referral(patient_key=ANA)], "referral_event": [event("declined", 12)], "research_study": [STUDY],
         "research_subject": [subject()], "subject_event": [milestone("consented", 10)]},
        {"exit_day": 12, "exit_code": "declined"},
    ),
    "unable to reach is unreachable, not declined": (
        {"referral": [referral()], "referral_event": [event("declined", 4, reason_code="Unable to reach")]},
        {"exit_code": "unreachable", "exit_day": 4},
    ),
    "a referral sent on to somebody else has left": (
        {"referral": [referral()], "referral_event": [event("redirected", 3, reason_code="Closer to home")]},
        {"exit_code": "redirected", "exit_day": 3},
    ),
    "a study that closed ends the waiting": (
        {"referral": [referral(study_id=1), referral(2, days=40)],
         "research_study": [{**STUDY, "closed_on": (T0 + dt.timedelta(days=30)).date()}]},
        {"exit_code": "study_closed", "exit_day": 30},
    ),
    "a study that will close later has not ended anything": (
        {"referral": [referral(study_id=1)], "research_study": [{**STUDY, "closed_on": dt.date(2027, 1, 1)}]},
        {"exit_code": None},
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_journey(workspace: Workspace, case: str) -> None:
    tables, expected = CASES[case]
    put_load(workspace, tables)
    assert _journey(workspace)[1].items() >= expected.items()


@pytest.mark.parametrize(
    ("days", "reasons"),
    [
        ((0, 3), (None, "duplicate")),
        ((0, 7), (None, "duplicate")),
        ((0, 8), (None, None)),
        ((0, 5, 20), (None, "duplicate", None)),
    ],
)
def test_a_patient_sent_again_within_seven_days_is_a_duplicate(
    workspace: Workspace, days: tuple[int, ...], reasons: tuple[Any, ...]
) -> None:
    put_load(
        workspace,
        {
            "referral": [
                referral(number, day, patient_key=ANA, service_line="MRI") for number, day in enumerate(days, 1)
            ]
        },
    )
    journeys = _journey(workspace)
    assert tuple(journeys[number]["excluded_because"] for number in sorted(journeys)) == reasons


@pytest.mark.parametrize("first", [1, 2])
def test_of_two_that_came_at_once_the_one_that_stands_first_in_the_file_stays(workspace: Workspace, first: int) -> None:
    numbers = (first, 3 - first)
    put_load(workspace, {"referral": [referral(number, patient_key=ANA, service_line="MRI") for number in numbers]})
    put_load(
        workspace, {"referral": [referral(-1, patient_key=ANA, service_line="MRI")]}, ARRIVED + dt.timedelta(days=1)
    )
    journeys = _journey(workspace)
    assert [number for number, journey in journeys.items() if journey["countable"]] == [first]


def test_a_transfer_counts_at_each_site_and_once_over_all(workspace: Workspace) -> None:
    put_load(workspace, {
        "site": [{"site_id": 1, "name": "North"}, {"site_id": 2, "name": "South"}],
        "referral": [
            referral(1, patient_key=ANA, performer_site_id=1), referral(2, 3, patient_key=ANA, performer_site_id=2, parent_referral_id=1),
            referral(3, 20, patient_key=ANA, performer_site_id=2, parent_referral_id=99),
        ],
    })  # fmt: skip
    journeys = _journey(workspace)
    assert all(journey["countable"] for journey in journeys.values())
    assert [journeys[number]["moved_from_site_id"] for number in (1, 2, 3)] == [None, 1, None]
    everything = Scope.everything()
    assert compute("referral_volume", everything, warehouse=workspace.warehouse).n == 2
    by_site = compute("referral_volume", everything, by="site", warehouse=workspace.warehouse).frame
    assert dict(zip(by_site["category"], by_site["n"], strict=True)) == {"North": 1, "South": 2}
    assert compute("referral_volume", everything, Filters(sites=(2,)), warehouse=workspace.warehouse).n == 2
    assert compute("referral_volume", Scope(sites=(1, 2), studies=None), warehouse=workspace.warehouse).n == 2
    months = compute("referral_volume", everything, grain="year", warehouse=workspace.warehouse).frame
    assert months["n"].sum() == 2
    assert months["transferred"].sum() == 1
    past = compute(
        "referral_volume", everything, as_of=(T0 + dt.timedelta(days=1)).date(), warehouse=workspace.warehouse
    )
    assert past.n == 1


def test_whatever_counts_referrals_counts_a_transfer_once_and_how_it_fared_at_each_site(workspace: Workspace) -> None:
    office = {"organization": [{"organization_id": 5, "name": "Elm Clinic", "kind": "practice"}]}
    put_load(workspace, office | {
        "site": [{"site_id": 1, "name": "North"}, {"site_id": 2, "name": "South"}],
        "referral": [
            referral(1, patient_key=ANA, performer_site_id=1, requester_org_id=5),
            referral(2, 3, patient_key=ANA, performer_site_id=2, requester_org_id=5, parent_referral_id=1),
        ],
    })  # fmt: skip
    everything, warehouse = Scope.everything(), workspace.warehouse
    workspace.warehouse.publish()
    for metric in (
        "referral_volume",
        "unattributed_share",
        "concentration",
        "active_referrers",
        "new_referrers",
        "channel_friction",
    ):
        assert compute(metric, everything, warehouse=warehouse).n == 1
        assert compute(metric, everything, Filters(sites=(2,)), warehouse=warehouse).n == 1
        assert rows(metric, everything, warehouse=warehouse)[1] == 1
        if metric == "channel_friction":
            continue
        by_site = compute(metric, everything, by="site", warehouse=warehouse).frame
        wanted = {"North": 1} if metric == "new_referrers" else {"North": 1, "South": 1}
        assert dict(zip(by_site["category"], by_site["n"], strict=True)) == wanted
        assert rows(metric, everything, where={"site": "South"}, warehouse=warehouse)[1] == 1
    assert compute("volume_waterfall", everything, warehouse=warehouse).frame["n"].iloc[-1] == 1
    assert compute("complete_to_date", everything, warehouse=warehouse).n == 1
    state = compute("relationship_state", everything, warehouse=warehouse).frame
    assert (list(state["n"]), list(state["weeks"]), list(state["days_silent"])) == ([1], [1], [3])
    assert compute("acknowledgement", everything, warehouse=warehouse).n == 2


def test_a_referral_learns_later_what_it_was_transferred_from(workspace: Workspace) -> None:
    site = {"site": [{"site_id": 1, "name": "North"}, {"site_id": 2, "name": "South"}]}
    child = referral(2, 3, patient_key=ANA, performer_site_id=2, parent_referral_id=1)
    put_load(workspace, site | {"referral": [child, referral(5, patient_key=str(uuid.UUID(int=9)))]})
    workspace.warehouse.publish()
    assert _journey(workspace)[2]["moved_from_site_id"] is None
    put_load(workspace, {"referral": [referral(1, patient_key=ANA, performer_site_id=1)]})
    workspace.warehouse.publish()
    assert _journey(workspace)[2]["moved_from_site_id"] == 1
    assert compute("referral_volume", Scope.everything(), warehouse=workspace.warehouse).n == 2


def test_two_services_or_two_referrers_are_two_referrals(workspace: Workspace) -> None:
    put_load(workspace, {"referral": [
        referral(1, patient_key=ANA, service_line="MRI"), referral(2, 1, patient_key=ANA, service_line="CT"),
        referral(3, 2, patient_key=ANA, service_line="MRI", requester_org_id=5),
    ], "organization": [{"organization_id": 5, "name": "Elm Clinic", "kind": "practice"}]})  # fmt: skip
    assert all(journey["countable"] for journey in _journey(workspace).values())


def test_patients_without_identifiers_are_never_each_others_duplicates(workspace: Workspace) -> None:
    put_load(workspace, {"referral": [referral(1), referral(2)]})
    assert all(journey["countable"] for journey in _journey(workspace).values())


def test_asked_as_of_a_past_day_nothing_later_is_known(workspace: Workspace) -> None:
    late = T0 + dt.timedelta(days=50)
    put_load(workspace, {
        "referral": [referral(1), referral(2, 60)],
        "referral_event": [event("scheduled", 5), event("kept", 9, recorded_at=late)],
    })  # fmt: skip
    past = _journey(workspace, (T0 + dt.timedelta(days=20)).date())
    assert list(past) == [1]
    assert (past[1]["scheduled_day"], past[1]["kept_day"]) == (5, None)


def _journey(workspace: Workspace, as_of: dt.date | None = None) -> dict[int, dict[str, Any]]:
    sql = (
        "from journey"
        if as_of is None
        else f"with affected as (select 0 as referral_id) from ({marts.text('journey')})"
    )
    with workspace.warehouse.read() as reader:
        frame = reader.frame(sql, {"everything": True, "as_of": as_of})
    frame = frame.astype(object).where(frame.notna(), None)
    rows = {int(row["referral_id"]): row for row in frame.to_dict("records")}
    for row in rows.values():
        for name in ("received_on", "exit_on", "enrolled_on", "known_on"):
            row[name] = row[name].date() if row[name] is not None else None
    return rows


def test_who_is_being_screened_has_a_next_step(workspace: Workspace) -> None:
    put_load(workspace, {
        "research_study": [STUDY], "referral": [referral(1, study_id=1, patient_key=ANA), referral(2, 25), referral(3, 1)],
        "referral_event": [event("acknowledged", 0, number) for number in (1, 2, 3)],
        "research_subject": [subject(referral_id=1)], "subject_event": [milestone("consented", 20)],
    })  # fmt: skip
    workspace.warehouse.publish()
    shown, total = rows(
        "slipped_patients", Scope.everything(), where={"rule": "no next step"}, warehouse=workspace.warehouse
    )
    assert (total, [day.date() for day in shown["received_on"]]) == (1, [(T0 + dt.timedelta(days=1)).date()])
