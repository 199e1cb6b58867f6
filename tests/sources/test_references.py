"""What FHIR resources refer to: which of several references is meant, and what is only a part of something else."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pipelines import readers
from pipelines.readers import ReadOptions

PATIENT = {"reference": "Patient/1"}
VISIT = {"resourceType": "Encounter", "status": "finished", "class": {"code": "AMB"}, "subject": PATIENT, "period": {"start": "2026-03-05T09:00:00-05:00"}}  # fmt: skip
BOOKING = {"resourceType": "Appointment", "status": "booked", "start": "2026-03-05T09:00:00-05:00", "participant": [{"actor": PATIENT}]}  # fmt: skip
REQUEST = {
    "resourceType": "ServiceRequest", "status": "active", "intent": "order", "code": {"text": "Foot care"}, "subject": PATIENT,
    "authoredOn": "2026-03-02T09:55:00-05:00", "requester": {"reference": "Practitioner/1"},
}  # fmt: skip
TASK = {"resourceType": "Task", "status": "completed", "lastModified": "2026-03-05T10:00:00Z"}


def read_and_map(desk: Any, folder: Path, *resources: dict[str, Any]) -> Any:
    path = folder / "resources.ndjson"
    path.write_text("".join(json.dumps(one) + "\n" for one in resources), "utf-8")
    return desk.apply(readers.read(path, path.name, ReadOptions(), desk.con), None, None, None, None, {})


def test_a_visit_told_for_the_house_the_department_and_the_room_is_one(desk: Any, tmp_path: Path) -> None:
    of_house, of_department = {"partOf": {"reference": "Encounter/1"}}, {"partOf": {"reference": "Encounter/2"}}
    mapped = read_and_map(
        desk, tmp_path, VISIT | {"id": "1", "serviceProvider": {"reference": "Organization/h", "display": "Klinikum"}},
        VISIT | of_house | {"id": "2", "serviceType": {"text": "Kardiologie"}}, VISIT | of_department | {"id": "3"},
    )  # fmt: skip
    assert (mapped.rows_in, mapped.set_aside, desk.faults(mapped)) == (1, 2, {"within_visit": 2})
    assert len(desk.rows("appointment", "appointment_id")) == 1


def test_a_part_on_another_day_or_of_a_request_of_its_own_is_a_visit_of_its_own(desk: Any, tmp_path: Path) -> None:
    part = VISIT | {"partOf": {"reference": "Encounter/1"}}
    mapped = read_and_map(
        desk, tmp_path, VISIT | {"id": "1"}, part | {"id": "2", "period": {"start": "2026-03-12T09:00:00-05:00"}},
        part | {"id": "3", "basedOn": [{"reference": "ServiceRequest/7"}]}, VISIT | {"id": "4", "partOf": {"reference": "Encounter/99"}},
    )  # fmt: skip
    assert (mapped.rows_loaded, desk.faults(mapped)) == (4, {})


def test_what_is_part_of_a_stay_is_no_booked_visit_on_any_of_its_days(desk: Any, tmp_path: Path) -> None:
    stay = VISIT | {"id": "1", "class": {"code": "IMP"}}
    part = VISIT | {"id": "2", "partOf": {"reference": "Encounter/1"}, "period": {"start": "2026-03-07T09:00:00-05:00"}}
    mapped = read_and_map(desk, tmp_path, stay, part)
    assert (mapped.rows_loaded, desk.faults(mapped)) == (0, {"unbooked_stay": 1, "within_visit": 1})


@pytest.mark.parametrize(
    "asked", ["ServiceRequest/7", "https://ehr.example/api/FHIR/R4/ServiceRequest/7", "ServiceRequest/7/_history/2"]
)
def test_what_is_based_on_a_plan_and_a_request_is_of_the_request(desk: Any, tmp_path: Path, asked: str) -> None:
    read_and_map(desk, tmp_path, REQUEST | {"id": "7"})
    ((request,),) = desk.rows("referral", "referral_id")
    both = [{"reference": "CarePlan/3"}, {"reference": asked}]
    read_and_map(desk, tmp_path, BOOKING | {"id": "1", "basedOn": both}, BOOKING | {"id": "2", "basedOn": both[:1]})
    assert desk.rows("appointment", "referral_id") == [(request,), (None,)]


def test_a_request_to_a_person_and_a_clinic_is_one_to_the_clinic(desk: Any, tmp_path: Path) -> None:
    person, clinic = {"reference": "Practitioner/2", "display": "Bob Fox"}, {"reference": "Organization/3", "display": "North Heart"}  # fmt: skip
    asked = [[person, clinic], [clinic, person], [person], {"reference": "Organization/3", "display": "North Heart"}]
    read_and_map(desk, tmp_path, *[REQUEST | {"id": str(number), "performer": one} for number, one in enumerate(asked)])
    ((site, name),) = desk.rows("site", "site_id", "name")
    assert name == "North Heart"
    assert desk.rows("referral", "performer_site_id") == [(site,), (site,), (None,), (site,)]


def test_a_visit_of_a_group_is_nobodys_and_one_of_nobody_is_told(desk: Any, tmp_path: Path) -> None:
    unnamed = {"actor": {"identifier": {"system": "urn:house", "value": "1"}, "display": "Jane"}}
    visits = [{"subject": {"reference": "Group/1"}, "participant": []}, {"participant": [unnamed]}, {}]
    mapped = read_and_map(desk, tmp_path, *[BOOKING | {"id": str(number)} | one for number, one in enumerate(visits)])
    assert desk.faults(mapped) == {"no_patient": 2}
    assert [patient is None for (patient,) in desk.rows("appointment", "patient_key")] == [True, True, False]


def test_a_visit_is_where_the_clinic_is_that_takes_part_in_it(desk: Any, tmp_path: Path) -> None:
    clinic = {"actor": {"reference": "HealthcareService/4", "display": "Heart clinic"}}
    place = {"actor": {"reference": "Location/5", "display": "North"}}
    visits = [[{"actor": PATIENT}, clinic], [{"actor": PATIENT}, clinic, place]]
    read_and_map(desk, tmp_path, *[BOOKING | {"id": str(number), "participant": one} for number, one in enumerate(visits)])  # fmt: skip
    assert sorted(desk.rows("site", "name")) == [("Heart clinic",), ("North",)]


def test_a_task_that_only_holds_others_together_leaves_each_of_them_its_request(desk: Any, tmp_path: Path) -> None:
    part = TASK | {"partOf": [{"reference": "Task/1"}]}
    tasks = [TASK | {"id": "1"}, part | {"id": "2", "focus": {"reference": "ServiceRequest/1"}}, part | {"id": "3", "focus": {"reference": "ServiceRequest/2"}},
             part | {"id": "4", "focus": {"reference": "CommunicationRequest/3"}}]  # fmt: skip
    mapped = read_and_map(desk, tmp_path, *tasks)
    assert (mapped.rows_rejected, desk.faults(mapped)) == (0, {"not_of_a_request": 2})
    assert desk.rows("referral_event", "code") == [("completed",), ("completed",)]


def test_a_damaged_task_without_a_number_does_not_let_the_parts_of_others_count(desk: Any, tmp_path: Path) -> None:
    whole = TASK | {"id": "1", "focus": {"reference": "ServiceRequest/1"}}
    mapped = read_and_map(desk, tmp_path, whole, whole | {"id": "2", "partOf": [{"reference": "Task/1"}]}, TASK)
    assert (mapped.rows_rejected, desk.faults(mapped)["part_of_task"]) == (1, 1)
    assert desk.rows("referral_event", "code") == [("completed",)]


def test_what_is_about_a_request_that_no_reference_reaches_is_told(desk: Any, tmp_path: Path) -> None:
    held = REQUEST | {"id": "sr"}
    tasks = [{"focus": {"reference": "#sr"}, "contained": [held]}, {"focus": {"type": "ServiceRequest", "identifier": {"system": "urn:house", "value": "9"}}},
             {"focus": {"reference": "ServiceRequest/1"}}]  # fmt: skip
    mapped = read_and_map(desk, tmp_path, *[TASK | {"id": str(number)} | one for number, one in enumerate(tasks)])
    assert (mapped.rows_loaded, desk.faults(mapped)) == (3, {"request_unreached": 2})
    visit = BOOKING | {"id": "1", "basedOn": [{"identifier": {"system": "urn:house", "value": "9"}}]}
    assert desk.faults(read_and_map(desk, tmp_path, visit)) == {"request_unreached": 1}


def test_what_somebody_is_behind_two_bars_is_no_part_of_the_name(desk: Any, tmp_path: Path) -> None:
    asked = {"reference": "Practitioner/1", "display": "J. Vries || Huisarts || Praktijk Zuid"}
    read_and_map(desk, tmp_path, REQUEST | {"id": "1", "requester": asked})
    assert desk.rows("practitioner", "family_name", "given_name") == [("Vries", "J.")]


@pytest.mark.parametrize(
    "told", [{"code": "Inpatient"}, {"display": "inpatient encounter"}, {"code": "emer"}, [{"text": "Emergency"}]]
)
def test_a_stay_is_one_by_whatever_word_its_class_has(desk: Any, tmp_path: Path, told: Any) -> None:
    stay = {"resourceType": "Encounter", "id": "1", "status": "finished", "class": told, "period": {"start": "2026-03-05T09:00:00Z"}}  # fmt: skip
    assert desk.faults(read_and_map(desk, tmp_path, stay)).get("unbooked_stay") == 1
