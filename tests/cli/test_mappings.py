"""Mappings and a watched folder from the command line."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from typer.testing import CliRunner

from pipelines.__main__ import app
from pipelines.commands import PARTLY
from pipelines.errors import RapportError
from pipelines.ingest import watching
from pipelines.workspace import Workspace

ODD = 'Came in,Who sent them,Person,Birthday,Where it stands\n2026-06-01,"Smith, Jane MD","Roe, Ann",1960-01-22,Nope\n'
COLUMNS = ("received=Came in", "referrer=Who sent them", "patient=Person", "born=Birthday", "status=Where it stands")


def _run(workspace: Workspace, *arguments: str) -> Any:
    workspace.warehouse.close()
    return CliRunner().invoke(app, [*arguments, "--workspace", str(workspace.root)])


@pytest.fixture
def mapped(workspace: Workspace, tmp_path: Path) -> Workspace:
    """A workspace into which an unknown file was loaded with a mapping called odd."""
    path = tmp_path / "odd.csv"
    path.write_text(ODD)
    options = [part for pair in COLUMNS for part in ("--column", pair)]
    done = _run(
        workspace,
        "ingest",
        str(path),
        "--source",
        "referral_log",
        *options,
        "--value",
        "status:Nope=declined",
        "--mapping",
        "odd",
        "--json",
    )
    assert done.exit_code == 0, done.output
    return workspace


def test_a_mapping_goes_to_another_site_and_reads_the_file_there(
    mapped: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert json.loads(_run(mapped, "mappings", "list", "--json").stdout)[0]["name"] == "odd"
    target = tmp_path / "odd.json"
    assert _run(mapped, "mappings", "export", "odd", str(target)).exit_code == 0
    assert "Roe" not in target.read_text()
    other = tmp_path / "other"
    runner = CliRunner()
    assert runner.invoke(app, ["mappings", "import", str(target), "--workspace", str(other)]).exit_code == 0
    done = runner.invoke(app, ["ingest", str(tmp_path / "odd.csv"), "--workspace", str(other), "--json"])
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)[0]["tables"][0]["rows_loaded"] == 1 if "tables" in done.stdout else True
    assert runner.invoke(app, ["mappings", "remove", "odd", "--workspace", str(other)]).exit_code == 0
    assert json.loads(runner.invoke(app, ["mappings", "list", "--json", "--workspace", str(other)]).stdout) == []


def test_what_is_no_mapping_is_refused(workspace: Workspace, tmp_path: Path) -> None:
    bad = tmp_path / "bad.json"
    bad.write_text('{"format": "something else"}')
    refused = _run(workspace, "mappings", "import", str(bad))
    assert refused.exit_code != 0
    assert "no mapping" in str(refused.exception)


@pytest.mark.parametrize("damage", [
    lambda told: "[" * 90_000,
    lambda told: json.dumps(told | {"system": 7}),
    lambda told: json.dumps(told | {"columns": {"received": "Nowhere"}}),
])  # fmt: skip
def test_a_damaged_mapping_is_refused_in_words(
    mapped: Workspace, tmp_path: Path, damage: Callable[[dict[str, Any]], str]
) -> None:
    target = tmp_path / "odd.json"
    assert _run(mapped, "mappings", "export", "odd", str(target)).exit_code == 0
    kept = mapped.ledger.mappings()
    target.write_text(damage(json.loads(target.read_text())))
    refused = _run(mapped, "mappings", "import", str(target))
    assert isinstance(refused.exception, RapportError)
    assert mapped.ledger.mappings() == kept


def test_two_mappings_of_one_name_stand_beside_each_other(mapped: Workspace, tmp_path: Path) -> None:
    target = tmp_path / "odd.json"
    assert _run(mapped, "mappings", "export", "odd", str(target)).exit_code == 0
    told = json.loads(target.read_text())
    target.write_text(json.dumps(told | {"headers": [*told["headers"], "Another"]}))
    for _ in range(2):  # the second time it takes its own place
        assert _run(mapped, "mappings", "import", str(target)).exit_code == 0
    listed = json.loads(_run(mapped, "mappings", "list", "--json").stdout)
    assert [one["name"] for one in listed] == ["odd", "odd (2)"]
    assert listed[0]["headers"] == told["headers"]


def test_a_watched_folder_is_loaded_once(workspace: Workspace, tmp_path: Path) -> None:
    folder = tmp_path / "drop"
    folder.mkdir()
    (folder / "sites.csv").write_text("Site Code,Site Name,Time Zone\nNYC01,Harbor,Eastern\n")
    (folder / "half.csv.part").write_text("Site Code")
    done = _run(workspace, "watch", str(folder), "--once", "--settle", "0", "--json")
    assert done.exit_code == 0, done.output
    assert [json.loads(line)["outcome"] for line in done.stdout.splitlines()] == ["loaded"]
    again = _run(workspace, "watch", str(folder), "--once", "--settle", "0", "--json")
    assert [json.loads(line)["outcome"] for line in again.stdout.splitlines()] == ["known"]


def test_one_look_at_a_folder_ends_though_a_file_is_empty_and_another_grows(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "drop"
    folder.mkdir()
    (folder / "empty.csv").touch()
    (folder / "growing.csv").write_text("Site Code,Site Name,Time Zone\n")
    (folder / "sites.csv").write_text("Site Code,Site Name,Time Zone\nNYC01,Harbor,Eastern\n")
    look = watching.Watch.look

    def look_later(self: watching.Watch, *told: Any) -> list[str]:
        with (folder / "growing.csv").open("a") as file:
            file.write("NYC02,Dock,Eastern\n")
        return look(self, *told)

    monkeypatch.setattr(watching.Watch, "look", look_later)
    done = _run(workspace, "watch", str(folder), "--once", "--settle", "0.3", "--json")
    told = {one["file"]: one["outcome"] for one in map(json.loads, done.stdout.splitlines())}
    assert told == {"empty.csv": "mend", "growing.csv": "waiting", "sites.csv": "loaded"}
    assert done.exit_code == PARTLY


def test_mended_rows_are_read_by_the_mapping_of_their_file(mapped: Workspace, tmp_path: Path) -> None:
    path, mended = tmp_path / "more.csv", tmp_path / "mended.xlsx"
    path.write_text(ODD.replace("Roe, Ann", "Poe, Max") + ODD.splitlines()[1].replace("2026-06-01", "some day") + "\n")
    assert _run(mapped, "ingest", str(path), "--json").exit_code == PARTLY
    assert _run(mapped, "rejects", "2", str(mended)).exit_code == 0
    book = openpyxl.load_workbook(mended)
    book.worksheets[0]["A2"] = "2026-06-03"
    book.save(mended)
    done = _run(mapped, "ingest", str(mended), "--json")
    assert done.exit_code == 0, done.output
    with mapped.warehouse.read() as reader:
        assert reader.all("select count(*), count(*) filter (where exit_code = 'declined') from journey") == [(3, 3)]
