"""Loads that an older version made: said to be so, read again from their stored files, and otherwise as they were."""

from __future__ import annotations

import errno
import json
import shutil
import sqlite3
from pathlib import Path
from typing import Any

import duckdb
import pytest
from streamlit.testing.v1 import AppTest

from dashboard import session
from pipelines import doctor, ingest
from pipelines.metrics import Scope, compute
from pipelines.record.rows import digests
from pipelines.workspace import Workspace

APP = Path(__file__).parents[2] / "dashboard" / "app.py"
SITES = "Site Name,Site ID,City,State,ZIP,Time Zone\nRiverside,S1,Boston,MA,02101,America/New_York\n"
LOG = (
    "Date Received,MRN,Patient Last Name,Patient First Name,DOB,Referring Provider,Referring Practice,Appt Date\n"
    "2026-03-02,1001,Poe,Ann,1961-01-15,Dr. Ann Lee,Elm Street Family Practice,2026-03-09\n"
    "2026-03-03,1002,Roe,Bo,1972-07-04,Dr. Ann Lee,Elm Street Family Practice,\n"
    "nonsense,1003,Doe,Cy,1980-11-30,Dr. Tom Baker,Oak Clinic,\n"
)


def take(workspace: Workspace, name: str, text: str) -> ingest.Load:
    return ingest.load(workspace, ingest.inspect(workspace, ingest.receive(workspace, name, text.encode())))


def made_old(workspace: Workspace, load: ingest.Load, spoilt: bool = False) -> None:
    """The load as an older version left it: nothing says by which; ``spoilt``: what patients are compared by is no use."""
    with sqlite3.connect(workspace.ledger.path) as con:
        detail = {name: value for name, value in load.detail.items() if name != "kept_by"}
        con.execute("update load set detail = ? where load_id = ?", (json.dumps(detail), load.load_id))
    rows = workspace.record / str(load.load_id)
    assert (rows / "patient_trait.parquet").exists()
    if spoilt:
        shutil.copy(rows / "referral.parquet", rows / "patient_trait.parquet")


def noted_as_they_are(workspace: Workspace, load: ingest.Load) -> None:
    """The kept rows of the load, which were altered, as if they had always been so."""
    kept = json.dumps(digests(workspace.record / str(load.load_id)))
    with sqlite3.connect(workspace.ledger.path) as con:
        con.execute(
            "update load set detail = json_set(detail, '$.kept', json(?)) where load_id = ?", (kept, load.load_id)
        )


def what_doctor_says(workspace: Workspace) -> list[str]:
    return [f"{one.what} {one.remedy}" for one in doctor.examine(workspace.root) if "older version" in one.what]


def test_a_load_of_this_version_is_not_called_old(workspace: Workspace) -> None:
    take(workspace, "log.csv", LOG)
    assert ingest.outdated(workspace) == []
    assert what_doctor_says(workspace) == []
    assert ingest.renew(workspace) == ingest.Renewed((), {})


def test_a_fhir_load_that_kept_no_time_of_last_change_is_called_old_and_a_site_list_of_then_is_not(
    workspace: Workspace,
) -> None:
    encounter = {
        "resourceType": "Encounter", "id": "e1", "meta": {"lastUpdated": "2026-03-02T10:00:00Z"}, "status": "finished", "class": {"code": "AMB"},
        "subject": {"reference": "Patient/p1"}, "period": {"start": "2026-03-01T09:00:00Z"},
    }  # fmt: skip
    loads = [take(workspace, "sites.csv", SITES), take(workspace, "Encounter.ndjson", json.dumps(encounter) + "\n")]
    with sqlite3.connect(workspace.ledger.path) as con:
        con.execute("update load set detail = json_set(detail, '$.kept_by', 4)")
    assert [one.load_id for one in ingest.outdated(workspace)] == [loads[1].load_id]
    assert "changed after it was deleted" in what_doctor_says(workspace)[0]
    assert ingest.renew(workspace).done == (loads[1].load_id,)
    assert ingest.outdated(workspace) == []


def test_an_old_load_is_read_again_under_its_number_and_day(workspace: Workspace) -> None:
    load = take(workspace, "log.csv", LOG)
    tables = workspace.warehouse.table_hashes()
    kept = (workspace.record / str(load.load_id) / "patient_trait.parquet").read_bytes()
    made_old(workspace, load, spoilt=True)
    assert [one.load_id for one in ingest.outdated(workspace)] == [load.load_id]
    assert "rapport renew" in what_doctor_says(workspace)[0]

    assert ingest.renew(workspace).done == (load.load_id,)
    again = workspace.ledger.load(load.load_id)
    assert vars(again) == vars(load)
    assert (workspace.record / str(load.load_id) / "patient_trait.parquet").read_bytes() == kept
    assert workspace.warehouse.table_hashes() == tables
    assert what_doctor_says(workspace) == []
    assert workspace.ledger.broken_trail_entry() is None


def test_what_was_read_again_before_a_stop_is_published_with_the_next_load(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    load = take(workspace, "log.csv", LOG)
    made_old(workspace, load)
    rows = workspace.record / str(load.load_id) / "patient_trait.parquet"
    few = rows.with_name("few.parquet")
    duckdb.execute(f"copy (from read_parquet('{rows}') limit 1) to '{few}' (format parquet)")
    few.rename(rows)
    noted_as_they_are(workspace, load)
    workspace.warehouse.publish(full=True)

    def stopped(*_: object, **__: object) -> str:
        raise KeyboardInterrupt

    monkeypatch.setattr("pipelines.warehouse.publishing.worth_advancing", lambda *_: True)
    with monkeypatch.context() as patch:
        patch.setattr("pipelines.warehouse.Warehouse.publish", stopped)
        with pytest.raises(KeyboardInterrupt):
            ingest.renew(workspace)
    take(
        workspace,
        "more.csv",
        LOG.splitlines()[0] + "\n2026-03-04,1004,Fox,Di,1990-02-03,Dr. Ann Lee,Elm Street Family Practice,\n",
    )
    tables = workspace.warehouse.table_hashes()
    workspace.warehouse.publish(full=True)
    assert tables == workspace.warehouse.table_hashes()


def test_an_undone_load_and_one_without_what_changed_are_left_alone(workspace: Workspace) -> None:
    load = take(workspace, "log.csv", LOG)
    made_old(workspace, load)
    with workspace.warehouse.writing():
        workspace.ledger.undo(load.load_id, "test")
    assert ingest.outdated(workspace) == []
    sites = take(workspace, "sites.csv", SITES)
    with sqlite3.connect(workspace.ledger.path) as con:
        con.execute("update load set detail = json_remove(detail, '$.kept_by') where load_id = ?", (sites.load_id,))
    assert ingest.outdated(workspace) == []


def test_a_load_whose_file_is_gone_stays_and_the_others_are_renewed(workspace: Workspace) -> None:
    gone, there = take(workspace, "one.csv", LOG), take(workspace, "two.csv", LOG.replace("2026-03", "2026-04"))
    for load in (gone, there):
        made_old(workspace, load)
    workspace.archive.path(gone.file_id).unlink()
    found = ingest.renew(workspace)
    assert found.done == (there.load_id,)
    assert list(found.failed) == [gone.load_id]
    assert [one.load_id for one in ingest.outdated(workspace)] == [gone.load_id]


def test_the_data_quality_page_names_the_command(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    load = take(workspace, "log.csv", LOG)
    made_old(workspace, load)
    monkeypatch.setenv("RAPPORT_WORKSPACE", str(workspace.root))
    session.forget()
    app = AppTest.from_file(str(APP), default_timeout=60).run()
    app.switch_page("app_pages/data_quality.py").run()
    assert any("older version" in one.value for one in app.warning)
    assert [code.value for code in app.code] == ["rapport renew"]
    session.forget()


def test_a_table_for_which_nothing_is_found_any_more_counts_no_longer_once_its_load_is_read_again(
    workspace: Workspace,
) -> None:
    load = take(workspace, "log.csv", LOG)
    tables = workspace.warehouse.table_hashes()
    rows = workspace.record / str(load.load_id)
    shutil.copy(rows / "referral.parquet", rows / "subject_event.parquet")
    made_old(workspace, load)
    noted_as_they_are(workspace, workspace.ledger.load(load.load_id))

    assert ingest.renew(workspace).done == (load.load_id,)
    assert not (rows / "subject_event.parquet").exists()
    assert ingest.damaged(workspace) == []
    assert workspace.warehouse.table_hashes() == tables


def test_a_disk_that_fills_up_while_loads_are_read_again_is_said_of_each_and_loses_none(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    load = take(workspace, "log.csv", LOG)
    made_old(workspace, load)
    real = Path.mkdir

    def full(path: Path, *args: Any, **more: Any) -> None:
        if path.parent.name == "work":
            raise OSError(errno.ENOSPC, "No space left on device")
        real(path, *args, **more)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "mkdir", full)
        assert "No space left on device" in ingest.renew(workspace).failed[load.load_id]
    assert ingest.renew(workspace).done == (load.load_id,)


def test_where_rows_and_stored_file_of_a_load_are_lost_renewing_says_how_to_go_on(workspace: Workspace) -> None:
    gone, there = take(workspace, "one.csv", LOG), take(workspace, "two.csv", LOG.replace("2026-03", "2026-04"))
    for load in (gone, there):
        shutil.rmtree(workspace.record / str(load.load_id))
    workspace.archive.path(gone.file_id).unlink()
    found = ingest.renew(workspace)
    assert found.done == (there.load_id,)
    assert f"rapport undo {gone.load_id}" in found.failed[gone.load_id]
    ingest.undo(workspace, gone.load_id)
    assert compute("referral_volume", Scope.everything(), warehouse=workspace.warehouse).n == 2
