"""FHIR resources that hold others within: who and where they mean, and by what they are known."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pipelines import readers
from pipelines.readers import ReadOptions

NPI = {"system": "http://hl7.org/fhir/sid/us-npi", "value": "1234567893"}
DOCTOR = {"resourceType": "Practitioner", "id": "p", "name": [{"family": "Fox", "given": ["Ann"]}]}
BOOKING = {"resourceType": "Appointment", "status": "booked", "start": "2026-03-05T09:00:00-05:00"}
REQUEST = {
    "resourceType": "ServiceRequest", "status": "active", "intent": "order", "code": {"text": "Foot care"}, "subject": {"reference": "Patient/1"},
    "authoredOn": "2026-03-02T09:55:00-05:00", "requester": {"reference": "#r"},
}  # fmt: skip


def of_role(practice: str, doctor: dict[str, Any]) -> dict[str, Any]:
    """A request by whoever has a role at ``practice``, all held within."""
    role = {
        "resourceType": "PractitionerRole",
        "id": "r",
        "practitioner": {"reference": "#p"},
        "organization": {"reference": "#o"},
    }
    return REQUEST | {"contained": [role, doctor, {"resourceType": "Organization", "id": "o", "name": practice}]}


def read_and_map(desk: Any, folder: Path, *resources: dict[str, Any]) -> Any:
    path = folder / "resources.ndjson"
    path.write_text(
        "".join(json.dumps(one | {"id": str(number)}) + "\n" for number, one in enumerate(resources)), "utf-8"
    )
    return desk.apply(readers.read(path, path.name, ReadOptions(), desk.con), None, None, None, None, {})


@pytest.mark.parametrize("order", [("#pt", "#loc"), ("#loc", "#pt")], ids=["patient first", "place first"])
def test_whoever_takes_part_is_told_by_what_is_held_and_not_by_its_place_in_the_list(
    desk: Any, tmp_path: Path, order: tuple[str, str]
) -> None:
    held = [
        {"resourceType": "Patient", "id": "pt", "identifier": [{"system": "urn:mrn", "value": "CANARY"}]},
        {"resourceType": "Location", "id": "loc", "name": "Elm Clinic"},
    ]
    booking = BOOKING | {"contained": held, "participant": [{"actor": {"reference": one}} for one in order]}
    plain = BOOKING | {
        "participant": [{"actor": {"identifier": {"system": "urn:mrn", "value": "CANARY"}, "type": "Patient"}}]
    }
    read_and_map(desk, tmp_path, booking, plain)
    assert desk.rows("site", "name") == [("Elm Clinic",)]
    patients = {patient for (patient,) in desk.rows("appointment", "patient_key")}
    assert len(patients) == 1
    assert None not in patients


def test_a_person_or_a_place_that_is_held_without_a_number_goes_by_its_name(desk: Any, tmp_path: Path) -> None:
    place = {"resourceType": "Location", "id": "l", "name": "Elm Clinic"}
    one = REQUEST | {
        "contained": [DOCTOR, place],
        "requester": {"reference": "#p"},
        "locationReference": [{"reference": "#l"}],
    }
    read_and_map(desk, tmp_path, one, one | {"authoredOn": "2026-03-03"})
    assert desk.rows("practitioner", "family_name", "given_name") == [("Fox", "Ann")]
    assert desk.rows("site", "name") == [("Elm Clinic",)]


def test_who_is_held_with_several_numbers_goes_by_the_npi(desk: Any, tmp_path: Path) -> None:
    doctor = DOCTOR | {"identifier": [{"system": "urn:local", "value": "77"}, NPI]}
    read_and_map(desk, tmp_path, REQUEST | {"contained": [doctor], "requester": {"reference": "#p"}})
    assert desk.rows("practitioner", "npi", "family_name") == [("1234567893", "Fox")]


def test_whoever_works_at_two_practices_asks_from_the_one_of_each_request(desk: Any, tmp_path: Path) -> None:
    asked = [
        of_role(practice, DOCTOR | {"identifier": [NPI]}) for practice in ("Lakeview FM", "Elm Practice", "Lakeview FM")
    ]
    read_and_map(desk, tmp_path, *asked, REQUEST | {"requester": {"identifier": NPI}})
    named = dict(desk.rows("organization", "organization_id", "name"))
    told = desk.rows("referral", "requester_practitioner_id", "requester_org_id")
    assert [named.get(practice) for _, practice in told] == ["Lakeview FM", "Elm Practice", "Lakeview FM", None]
    assert len({doctor for doctor, _ in told}) == 1


def test_the_practice_of_a_role_is_told_though_nothing_has_a_number(desk: Any, tmp_path: Path) -> None:
    read_and_map(desk, tmp_path, of_role("Lakeview FM", DOCTOR))
    assert desk.rows("organization", "name") == [("Lakeview FM",)]
    ((practice,),) = desk.rows("referral", "requester_org_id")
    assert practice is not None


def test_what_only_a_late_resource_holds_is_found(desk: Any, tmp_path: Path) -> None:
    plain = REQUEST | {"requester": {"reference": "Practitioner/1"}}
    read_and_map(desk, tmp_path, *[plain] * 120, of_role("Lakeview FM", DOCTOR | {"identifier": [NPI]}))
    assert ("1234567893",) in desk.rows("practitioner", "npi")


def test_whoever_asked_was_told_though_the_patient_was_told_first(desk: Any, tmp_path: Path) -> None:
    told = {
        "resourceType": "Communication", "status": "completed", "topic": {"text": "Consultation report"}, "sent": "2026-03-05T10:00:00Z",
        "recipient": [{"reference": "Patient/1"}, {"reference": "Organization/3", "display": "Lakeview FM"}],
    }  # fmt: skip
    mapped = read_and_map(desk, tmp_path, told, told | {"recipient": [{"reference": "Patient/1"}]})
    assert (mapped.rows_loaded, desk.faults(mapped)) == (1, {"told_a_patient": 1})
    assert desk.rows("organization", "name") == [("Lakeview FM",)]


def test_whoever_is_held_goes_by_the_name_in_use(desk: Any, tmp_path: Path) -> None:
    names = [{"use": "old", "family": "Hill", "given": ["Ann"]}, {"use": "official", "family": "Fox", "given": ["Ann"]}]
    read_and_map(desk, tmp_path, REQUEST | {"contained": [DOCTOR | {"id": "r", "name": names}]})
    assert desk.rows("practitioner", "family_name") == [("Fox",)]


def test_the_person_of_a_role_that_only_shows_a_name_goes_by_it(desk: Any, tmp_path: Path) -> None:
    role = {
        "resourceType": "PractitionerRole",
        "id": "r",
        "practitioner": {"display": "Dr Ann Fox"},
        "organization": {"display": "North Clinic"},
    }
    read_and_map(desk, tmp_path, *[REQUEST | {"contained": [role]}] * 2)
    assert (desk.rows("practitioner", "family_name"), desk.rows("organization", "name")) == (
        [("Fox",)],
        [("North Clinic",)],
    )
    assert len({who for (who,) in desk.rows("referral", "requester_practitioner_id")}) == 1


@pytest.mark.parametrize(
    ("register", "kind"),
    [
        ("https://fhir.nhs.uk/Id/ods-organization-code", "practice"),
        ("http://fhir.de/sid/arge-ik/iknr", "practice"),
        ("http://fhir.nl/fhir/NamingSystem/ura", "practice"),
        ("https://fhir.nhs.uk/Id/sds-user-id", "practitioner"),
        ("http://hl7.org/fhir/sid/us-npi", "practitioner"),
    ],
)
def test_whoever_only_has_a_number_is_of_the_kind_that_the_register_is_of(
    desk: Any, tmp_path: Path, register: str, kind: str
) -> None:
    read_and_map(desk, tmp_path, REQUEST | {"requester": {"identifier": {"system": register, "value": "B83002"}}})
    assert desk.rows("referral_source", "kind") == [(kind,)]
