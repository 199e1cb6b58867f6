"""FHIR AuditEvents of imaging studies: what was done, and what was done only to keep them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pipelines import readers
from pipelines.readers import ReadOptions

REST = "http://terminology.hl7.org/CodeSystem/audit-event-type"
DICOM = "http://dicom.nema.org/resources/ontology/DCM"
EVENT = {
    "resourceType": "AuditEvent",
    "id": "1",
    "recorded": "2026-03-05T09:00:00Z",
    "entity": [{"what": {"reference": "ImagingStudy/5"}}],
}


def dicom(code: str) -> dict[str, Any]:
    return {"type": {"system": DICOM, "code": code}}


def rest(code: str) -> dict[str, Any]:
    return {
        "type": {"system": REST, "code": "rest"},
        "subtype": [{"system": "http://hl7.org/fhir/restful-interaction", "code": code}],
    }


@pytest.mark.parametrize(
    ("told", "action"),
    [
        (rest("read"), "viewed"), (rest("search-type"), "viewed"), (rest("create"), None), (rest("update"), None), (rest("delete"), None),
        (dicom("110103"), "viewed"), (dicom("110104"), "shared"), (dicom("110105"), None), (dicom("110106"), "exported"), (dicom("110107"), None),
        (dicom("110112") | {"action": "E"}, "viewed"), (dicom("110106") | {"action": "R"}, "exported"), (dicom("110103") | {"action": "D"}, None),
        ({"type": {"system": REST, "code": "rest"}, "action": "U"}, None), ({"type": {"system": REST, "code": "rest"}, "action": "R"}, "viewed"),
        ({"category": [{"coding": [{"code": "rest"}]}], "code": {"coding": [{"code": "delete"}]}}, None),
        ({"category": [{"coding": [{"code": "rest"}]}], "code": {"coding": [{"code": "read"}]}}, "viewed"),
        (rest("read") | {"outcome": "8"}, "failed"),
    ],
)  # fmt: skip
def test_what_was_done_to_a_study_is_told_by_kind_subtype_and_action(
    desk: Any, tmp_path: Path, told: dict[str, Any], action: str | None
) -> None:
    path = tmp_path / "AuditEvent.ndjson"
    path.write_text(
        json.dumps(EVENT | told)
        + "\n"
        + json.dumps(EVENT | rest("read") | {"id": "2", "recorded": "2026-03-06"})
        + "\n",
        "utf-8",
    )
    mapped = desk.apply(readers.read(path, path.name, ReadOptions(), desk.con), None, None, None, None, {})
    assert desk.faults(mapped) == ({} if action else {"kept_only": 1})
    assert [one for (one,) in desk.rows("share_event", "action")] == [*([action] if action else []), "viewed"]
