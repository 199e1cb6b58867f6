"""One patient under several keys: what ties them together, what does not, and that both roads agree."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pipelines import ingest
from pipelines.workspace import Workspace, open_workspace

OTHERS = "".join(
    f"2026-01-{day:02d},9{day:02d},,,,Smith,NYC\n" for day in range(1, 21)
)  # so that a small load is worth advancing by
LOG = "Date Received,MRN,Patient Last Name,Patient First Name,DOB,Referring Provider,Site\n"


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    return open_workspace(tmp_path / "workspace")


def take(workspace: Workspace, name: str, content: str | list[dict[str, Any]]) -> None:
    text = content if isinstance(content, str) else "".join(json.dumps(one) + "\n" for one in content)
    for found in ingest.inspect_all(workspace, ingest.receive(workspace, name, text.encode())):
        assert found.problem is None, found.problem
        ingest.load(workspace, found)


def patient(number: str, record: str | None, name: str = "Doe", born: str = "1961-07-04") -> dict[str, Any]:
    identifiers = [{"type": {"coding": [{"code": "MR"}]}, "value": record}] if record else []
    return {
        "resourceType": "Patient",
        "id": number,
        "identifier": identifiers,
        "name": [{"family": name, "given": ["Jane"]}],
        "birthDate": born,
    }


def request(number: str, of: str) -> dict[str, Any]:
    return {"resourceType": "ServiceRequest", "id": number, "status": "active", "intent": "order", "subject": {"reference": f"Patient/{of}"},
            "authoredOn": f"2026-0{number}-05", "requester": {"reference": "Practitioner/1"}}  # fmt: skip


def patients(workspace: Workspace) -> int:
    with workspace.warehouse.read() as reader:
        return int(reader.all("select count(distinct patient_key) from journey")[0][0])


def agree(workspace: Workspace) -> None:
    """Whatever was advanced step by step is what is built from nothing."""
    advanced = workspace.warehouse.table_hashes()
    workspace.warehouse.publish(full=True)
    assert workspace.warehouse.table_hashes() == advanced


def test_a_patient_resource_ties_reference_record_number_and_name_together(workspace: Workspace) -> None:
    take(
        workspace,
        "log.csv",
        LOG
        + "2026-03-06,0042,,,,Smith,NYC\n2026-05-06,,Doe,Jane,1961-07-04,Smith,NYC\n2026-05-20,77,,,,Smith,NYC\n"
        + OTHERS,
    )
    take(workspace, "requests.ndjson", [request("1", "p1"), request("2", "p1")])
    assert patients(workspace) == 24
    take(workspace, "Patient.ndjson", [patient("p1", "0042"), patient("p2", None, "Roe")])
    assert patients(workspace) == 22
    agree(workspace)
    ingest.undo(workspace, ingest.loads(workspace)[-1].load_id)
    assert patients(workspace) == 24
    agree(workspace)


def test_a_name_that_two_patients_share_ties_nobody(workspace: Workspace) -> None:
    take(workspace, "log.csv", LOG + "2026-05-06,,Doe,Jane,1961-07-04,Smith,NYC\n")
    take(workspace, "requests.ndjson", [request("1", "p1"), request("2", "p2")])
    take(workspace, "Patient.ndjson", [patient("p1", "0042"), patient("p2", "0043")])
    assert patients(workspace) == 3


def test_a_merge_of_record_numbers_ties_them(workspace: Workspace) -> None:
    take(workspace, "log.csv", LOG + "2026-03-06,0042,,,,Smith,NYC\n2026-05-06,0043,,,,Smith,NYC\n" + OTHERS)
    assert patients(workspace) == 22
    message = ["MSH|^~\\&|ADT|C|H||20260601||ADT^A40|D5|P|2.5", "PID|1||0042^^^EHR^MR", "MRG|0043^^^EHR^MR"]
    take(workspace, "merges.hl7", "\r".join(message))
    assert patients(workspace) == 21
    agree(workspace)


def test_an_imaging_study_and_who_looked_at_it_advance_like_any_fact(workspace: Workspace) -> None:
    take(workspace, "log.csv", LOG + OTHERS)
    study = {"resourceType": "ImagingStudy", "id": "3", "started": "2026-03-05", "modality": [{"code": "MR"}]}
    viewed = {
        "resourceType": "AuditEvent",
        "id": "4",
        "recorded": "2026-03-06T08:00:00Z",
        "entity": [{"what": {"reference": "ImagingStudy/3"}}],
    }
    take(workspace, "imaging.ndjson", [study, viewed])
    with workspace.warehouse.read() as reader:
        assert reader.all("select modality, action from imaging_study join share_event using (study_uid_hash)") == [
            ("MR", "viewed")
        ]
    agree(workspace)
