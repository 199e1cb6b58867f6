"""Whom a touch reached, whose address a newsletter went to and which text was shown, case by case, through a warehouse."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import pytest
from conftest import put_load

from pipelines.workspace import Workspace

DAY = dt.date(2026, 3, 2)
OAK, OAK_TOO, ELM = 1, 2, 3
BASE: dict[str, list[dict[str, Any]]] = {
    "site": [{"site_id": 1, "name": "North", "code": "N"}],
    "organization": [
        {"organization_id": OAK, "name": "Oak Family Practice", "npi": "1234567893", "kind": "practice"},
        {
            "organization_id": OAK_TOO,
            "name": "Oak Family Practice LLC",
            "npi": "1234567893",
            "kind": "practice",
        },  # recognised as the same
        {"organization_id": ELM, "name": "Elm Dermatology", "kind": "practice"},
    ],
    "research_study": [{"study_id": 5, "code": "S-5", "therapeutic_area": "Neurology"}],
}


def at(day: dt.date, name: str = "occurred") -> dict[str, Any]:
    return {f"{name}_at": dt.datetime.combine(day, dt.time(12)), f"{name}_on": day}


def touch(number: int = 1, **cells: Any) -> dict[str, Any]:
    return {"touch_id": number, "channel": "visit", "outcome": "positive", **at(DAY), **cells}


def person(number: int, name: str, practice: int = OAK, **cells: Any) -> dict[str, Any]:
    return {
        "contact_id": number,
        "organization_id": practice,
        "display_name": name,
        "role": "referral_coordinator",
        "is_front_line": True,
        **cells,
    }


def frame(workspace: Workspace, sql: str, **tables: Any) -> list[dict[str, Any]]:
    put_load(workspace, BASE | tables)
    workspace.warehouse.publish()
    with workspace.warehouse.read() as reader:
        return reader.frame(sql).to_dict("records")  # type: ignore[return-value]


FRONT: dict[str, tuple[dict[str, Any], bool]] = {
    "a contact person of the practice at the front line": (
        {"contact_person": [person(7, "Maria Lopez")], "touch": [touch(organization_id=OAK, contact_id=7)]}, True,
    ),
    "a contact person who is not at the front line": (
        {"contact_person": [person(7, "Maria Lopez", role="nurse", is_front_line=False)], "touch": [touch(organization_id=OAK, contact_id=7)]}, False,
    ),
    "a person known under another spelling of the practice": (
        {"contact_person": [person(7, "Maria Lopez", OAK_TOO), person(8, "Maria  LOPEZ", OAK, role=None, is_front_line=None)],
         "touch": [touch(organization_id=OAK, contact_id=8)]}, True,
    ),
    "somebody the log calls a practitioner, whom the contact list knows at that practice": (
        {"contact_person": [person(7, "Maria Lopez")], "practitioner": [{"practitioner_id": 4, "given_name": "Maria", "family_name": "Lopez"}],
         "touch": [touch(organization_id=OAK, practitioner_id=4)]}, True,
    ),
    "a namesake at another practice": (
        {"contact_person": [person(7, "Maria Lopez", ELM)], "practitioner": [{"practitioner_id": 4, "given_name": "Maria", "family_name": "Lopez"}],
         "touch": [touch(organization_id=OAK, practitioner_id=4)]}, False,
    ),
    "the role that the log states": ({"touch": [touch(organization_id=OAK, contact_role="front_desk")]}, True),
    "only the practice": ({"contact_person": [person(7, "Maria Lopez")], "touch": [touch(organization_id=OAK)]}, False),
}  # fmt: skip


@pytest.mark.parametrize("case", FRONT)
def test_a_touch_reaches_the_front_line_by(workspace: Workspace, case: str) -> None:
    tables, wanted = FRONT[case]
    assert bool(frame(workspace, "select touch_id from front_touch", **tables)) == wanted


def test_a_newsletter_belongs_to_the_practice_of_whoever_has_the_address(workspace: Workspace) -> None:
    address, other = str(uuid.UUID(int=7)), str(uuid.UUID(int=8))
    found = frame(
        workspace, "select recipient_key::varchar as who, practice from newsletter order by 1",
        contact_person=[person(7, "Maria Lopez", address_key=address)],
        newsletter_event=[{"recipient_key": key, "issue": "June", "action": "delivered", **at(DAY)} for key in (address, other)],
    )  # fmt: skip
    assert found[0]["practice"].startswith("Oak Family Practice")
    assert found[1]["practice"] == "Not stated"


def profile(version: str, approved: dt.date | None, effective: dt.date | None = None) -> dict[str, Any]:
    return {
        "study_id": 5,
        "version": version,
        "plain_text": "A study.",
        "irb_approved_on": approved,
        "effective_from_on": effective,
    }


LATER = DAY + dt.timedelta(days=1)
TEXTS: dict[str, tuple[list[dict[str, Any]], str | None, tuple[str | None, str]]] = {
    "the version named, approved before": ([profile("1", DAY), profile("2", DAY)], "1", ("1", "approved")),
    "the version named, approved later": ([profile("1", LATER)], "1", ("1", "not approved")),
    "the version named, never approved": ([profile("1", None)], "1", ("1", "not approved")),
    "a version that is not on file": ([profile("1", DAY)], "9", ("9", "unknown")),
    "no version named: the last in use": ([profile("1", DAY - dt.timedelta(days=9), DAY - dt.timedelta(days=5)), profile("2", DAY, DAY)], None, ("2", "approved")),
    "no version named: one to be used later does not count": ([profile("1", DAY, DAY), profile("2", DAY, LATER)], None, ("1", "approved")),
    "no text on file": ([], None, (None, "unknown")),
}  # fmt: skip


@pytest.mark.parametrize("case", TEXTS)
def test_a_presentation_shows(workspace: Workspace, case: str) -> None:
    profiles, named, wanted = TEXTS[case]
    tables: dict[str, Any] = {
        "touch": [touch(organization_id=OAK)],
        "touch_study": [{"touch_id": 1, "study_id": 5, "profile_version": named}],
    }
    found = frame(
        workspace,
        "select profile_version, text_state, study from presentation",
        **tables,
        **({"study_profile": profiles} if profiles else {}),
    )
    assert [(row["study"], row["text_state"]) for row in found] == [("S-5", wanted[1])]
    assert found[0]["profile_version"] == wanted[0] or wanted[0] is None


def test_a_relationship_with_a_person_is_one_with_the_practice_they_work_at(workspace: Workspace) -> None:
    found = frame(
        workspace, "select practice, site, cadence_days from agreement",
        practitioner=[{"practitioner_id": 4, "given_name": "Ada", "family_name": "Ash"}], practitioner_role=[{"practitioner_id": 4, "organization_id": ELM}],
        referral_source=[{"source_id": 11, "kind": "practitioner", "practitioner_id": 4}], relationship=[{"source_id": 11, "site_id": 1, "cadence_days": 30}],
    )  # fmt: skip
    assert found == [{"practice": "Elm Dermatology", "site": "North", "cadence_days": 30}]


def test_a_practice_has_the_specialties_of_its_own_entry_and_of_who_practises_there(workspace: Workspace) -> None:
    found = frame(
        workspace, "select practice_id, code from practice_specialty order by code",
        organization=[*BASE["organization"][:2], {"organization_id": ELM, "name": "Elm Dermatology", "kind": "practice", "taxonomy": "207N00000X", "nppes_updated_on": DAY}],
        practitioner=[{"practitioner_id": 4, "family_name": "Ash", "given_name": "Ada", "primary_taxonomy": "2084N0400X", "nppes_updated_on": DAY},
                      {"practitioner_id": 5, "family_name": "Yew", "given_name": "Bo", "primary_taxonomy": "207RC0000X", "status": "retired", "nppes_updated_on": DAY}],
        practitioner_role=[{"practitioner_id": 4, "organization_id": ELM}, {"practitioner_id": 5, "organization_id": ELM}],
    )  # fmt: skip
    assert [row["code"] for row in found] == ["207N00000X", "2084N0400X"]
