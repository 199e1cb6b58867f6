"""Where FHIR names a site by an organisation's reference alone, the organisation's own file gives it its name."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipelines import ingest
from pipelines.workspace import Workspace, open_workspace

VISIT = '{"resourceType": "Encounter", "id": "1", "status": "finished", "class": {"code": "AMB"}, "subject": {"reference": "Patient/1"}, "period": {"start": "2026-03-01T10:00:00Z"}, "serviceProvider": {"reference": "Organization/3"}}'
ORGANIZATIONS = '{"resourceType": "Organization", "id": "3", "name": "Foot Clinic"}\n{"resourceType": "Organization", "id": "4", "name": "Elm Practice"}'


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    return open_workspace(tmp_path / "workspace")


@pytest.mark.parametrize("files", [(VISIT, ORGANIZATIONS), (ORGANIZATIONS, VISIT)], ids=["visit first", "name first"])
def test_a_site_has_the_name_of_its_organization_whichever_came_first(
    workspace: Workspace, files: tuple[str, str]
) -> None:
    for number, text in enumerate(files):
        found = ingest.inspect(workspace, ingest.receive(workspace, f"{number}.ndjson", text.encode()))
        ingest.load(workspace, found)
    with workspace.warehouse.read() as reader:
        assert reader.all("select site from dim_site") == [("Foot Clinic",)]
