"""Two roads to a generation, one result: whatever is loaded and undone in whatever order."""

from __future__ import annotations

import datetime as dt
import json
import tempfile
import uuid
from pathlib import Path
from typing import Any

import duckdb
import pytest
from conftest import put_load
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from spark import networks

from pipelines.errors import WorkspaceError
from pipelines.workspace import Workspace, open_workspace

START = dt.datetime(2026, 1, 5, 15, 0)
DAYS = st.integers(0, 60)
PATIENTS = st.integers(1, 4).map(lambda number: str(uuid.UUID(int=number)))
IDS = st.integers(1, 8)
ROLE_DAYS = st.none() | st.sampled_from([dt.date(2026, 1, 20), dt.date(2026, 2, 10)])
DECISIONS = st.tuples(
    st.sampled_from(["practitioner", "organization"]),
    st.permutations([1, 2, 3]),
    st.sampled_from(["same", "different"]),
)


def _day(offset: int) -> dict[str, Any]:
    return {"occurred_at": START + dt.timedelta(days=offset), "occurred_on": (START + dt.timedelta(days=offset)).date()}


@st.composite
def referrals(draw: st.DrawFn) -> dict[str, Any]:
    received = START + dt.timedelta(days=draw(DAYS))
    return {
        "referral_id": draw(IDS), "direction": "in", "patient_key": draw(st.none() | PATIENTS), "source_id": draw(st.none() | st.just(1)),
        "requester_practitioner_id": draw(st.none() | st.integers(1, 3)), "requester_org_id": draw(st.none() | st.integers(1, 3)),
        "performer_site_id": draw(st.integers(1, 3)), "study_id": draw(st.none() | st.integers(1, 2)), "intent": "research",
        "received_at": received, "received_on": received.date(), "void": draw(st.booleans()),
    }  # fmt: skip


@st.composite
def loads(draw: st.DrawFn) -> dict[str, list[dict[str, Any]]]:
    rows = {
        "referral": draw(st.lists(referrals(), max_size=4, unique_by=lambda row: row["referral_id"])),
        "referral_event": [
            {"referral_id": number, "seq": 0, "code": code, **_day(day)}
            for number, code, day in draw(st.sets(st.tuples(IDS, st.sampled_from(["scheduled", "kept", "declined"]), DAYS), max_size=4))
        ],
        "appointment": [
            {"appointment_id": number, "referral_id": referral, "patient_key": patient, "site_id": site, "status": status,
             "start_at": START + dt.timedelta(days=day), "start_on": (START + dt.timedelta(days=day)).date()}
            for number, referral, patient, site, status, day in draw(st.lists(
                st.tuples(IDS, st.none() | IDS, st.none() | PATIENTS, st.integers(1, 2), st.sampled_from(["booked", "fulfilled"]), st.integers(3, 4)),
                max_size=3, unique_by=lambda row: row[0]))
        ],
        "research_subject": [
            {"subject_id": number, "study_id": study, "patient_key": patient, "referral_id": named}
            for number, study, patient, named in draw(
                st.lists(
                    st.tuples(IDS, st.integers(1, 2), PATIENTS, st.none() | IDS), max_size=3, unique_by=lambda row: row[0]
                )
            )
        ],
        "subject_event": [
            {"subject_id": number, "code": code, "attempt": 1, **_day(day)}
            for number, code, day in draw(st.sets(st.tuples(IDS, st.sampled_from(["consented", "randomized", "screen_failed"]), DAYS), max_size=4))
        ],
        "organization": [
            {"organization_id": number, "name": name, "postal_code": postal, "kind": "practice"}
            for number, name, postal in draw(
                st.lists(st.tuples(st.integers(1, 3), st.sampled_from(["Elm Clinic", "Elm Clinc", "Oak"]), st.sampled_from([None, "10001"])),
                         max_size=2, unique_by=lambda row: row[0]))
        ],
        "practitioner": [
            {"practitioner_id": number, "family_name": "Ito", "given_name": given, "npi": npi}
            for number, given, npi in draw(
                st.lists(st.tuples(st.integers(1, 3), st.sampled_from(["Aya", None]), st.sampled_from([None, "1234567893"])),
                         max_size=2, unique_by=lambda row: row[0]))
        ],
        "practitioner_role": [
            {"practitioner_id": a, "organization_id": b, "from_on": began, "to_on": ended}
            for a, b, began, ended in draw(
                st.lists(st.tuples(st.integers(1, 3), st.integers(1, 3), ROLE_DAYS, ROLE_DAYS), max_size=3, unique_by=lambda row: row[:2]))
        ],
        "site": [
            {"site_id": number, "name": name, "holiday_calendar": kept}
            for number, name, kept in draw(
                st.lists(st.sampled_from([(1, "North", "NZ"), (1, "North", "none"), (2, "South", "CA-NL")]), max_size=1))
        ],
        "research_study": [
            {"study_id": number, "code": f"S{number}", "closed_on": closed}
            for number, closed in draw(
                st.lists(st.tuples(st.integers(1, 2), st.sampled_from([None, dt.date(2026, 2, 1), dt.date(2026, 2, 20)])),
                         max_size=1, unique_by=lambda row: row[0]))
        ],
    }  # fmt: skip
    return {name: found for name, found in rows.items() if found}


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(steps=st.lists(st.one_of(loads(), st.integers(0, 5), DECISIONS), min_size=2, max_size=5))
def test_loading_and_undoing_step_by_step_gives_the_tables_of_a_rebuild(steps: list[Any]) -> None:
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CONFIG_HOME", folder)
        patch.setattr("pipelines.warehouse.publishing.worth_advancing", lambda *_: True)
        workspace = open_workspace(Path(folder) / "workspace")
        put_load(workspace, {"site": [{"site_id": 1, "name": "North", "code": "01"}]})
        workspace.warehouse.publish()
        for step in steps:
            _take(workspace, step)
            workspace.warehouse.publish()
        advanced = workspace.warehouse.table_hashes()
        workspace.warehouse.publish(full=True)
        rebuilt = workspace.warehouse.table_hashes()
        workspace.warehouse.close()
        assert advanced == rebuilt


def _take(workspace: Workspace, step: Any) -> None:
    active = workspace.ledger.loads("active")
    if isinstance(step, dict):
        put_load(workspace, step)
    elif isinstance(step, tuple):
        kind, (left, right, _), verdict = step
        workspace.ledger.decide_identity(kind, left, right, verdict, "test")
    elif step < len(active):
        workspace.ledger.undo(active[step].load_id, "test")


def test_undoing_a_load_gives_the_tables_from_before_it(workspace: Workspace) -> None:
    first = {"referral": [{"referral_id": 1, "direction": "in", "received_at": START, "received_on": START.date()}]}
    put_load(workspace, first)
    workspace.warehouse.publish()
    before = workspace.warehouse.table_hashes()
    second = put_load(
        workspace,
        {"referral": [{"referral_id": 1, "direction": "out", "received_at": START, "received_on": START.date()}]},
    )
    workspace.warehouse.publish()
    assert workspace.warehouse.table_hashes() != before
    workspace.ledger.undo(second, "test")
    workspace.warehouse.publish()
    assert workspace.warehouse.table_hashes() == before


def test_a_site_that_keeps_another_calendar_is_judged_by_it_at_once(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No fact came with the site list, so that the day of the data is the same: what had slipped by the old calendar is not
    taken from what has by the new one."""
    monkeypatch.setattr("pipelines.warehouse.publishing.worth_advancing", lambda *_: True)
    site = {"site_id": 1, "name": "North", "time_zone": "Pacific/Chatham", "holiday_calendar": "NZ"}
    received = {"direction": "in", "performer_site_id": 1, "received_at": START, "received_on": START.date()}
    came = [{"referral_id": number, **received} for number in range(1, 5)]
    put_load(
        workspace,
        {
            "site": [site],
            "referral": came,
            "referral_event": [{"referral_id": 1, "seq": 0, "code": "acknowledged", **_day(4)}],
        },
    )
    workspace.warehouse.publish()
    put_load(workspace, {"site": [site | {"time_zone": "Pacific/Honolulu", "holiday_calendar": "US-HI"}]})
    workspace.warehouse.publish()
    advanced = workspace.warehouse.table_hashes()
    workspace.warehouse.publish(full=True)
    assert workspace.warehouse.table_hashes() == advanced


def test_gaps_are_closed_only_once_a_generation_has_grown_by_them(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def publish(number: int) -> tuple[int, int]:
        """How large it was when its gaps were closed, and how large it is."""
        put_load(
            workspace, {"referral": [{"referral_id": number, "direction": "in", "received_on": dt.date(2026, 3, 2)}]}
        )
        path = workspace.warehouse.folder / workspace.warehouse.publish()
        return json.loads(path.with_name(f"{path.name}.json").read_text("utf-8"))["compacted"], path.stat().st_size

    monkeypatch.setattr("pipelines.warehouse.publishing.worth_advancing", lambda *_: True)
    first, size = publish(1)
    assert first == size
    monkeypatch.setattr("pipelines.warehouse.publishing.GROWN", 100.0)
    assert publish(2)[0] == first
    monkeypatch.setattr("pipelines.warehouse.publishing.GROWN", 0.0)
    closed, size = publish(3)
    assert closed == size


def test_a_deleted_generation_is_built_again_with_the_same_tables(workspace: Workspace) -> None:
    put_load(
        workspace,
        {"referral": [{"referral_id": 1, "direction": "in", "received_at": START, "received_on": START.date()}]},
    )
    before = workspace.warehouse.table_hashes()
    workspace.warehouse.close()
    for path in workspace.warehouse.folder.iterdir():
        path.unlink()
    assert workspace.warehouse.table_hashes() == before


@pytest.mark.parametrize("seed", [2, 11])
def test_random_rows_of_every_table_with_corrections_and_snapshots_are_published(
    workspace: Workspace, seed: int
) -> None:
    networks.fill(workspace, seed)
    workspace.warehouse.publish()
    before = workspace.warehouse.table_hashes()
    workspace.warehouse.publish(full=True)
    assert workspace.warehouse.table_hashes() == before


def test_a_damaged_generation_is_built_again_with_the_same_tables(workspace: Workspace) -> None:
    put_load(
        workspace,
        {"referral": [{"referral_id": 1, "direction": "in", "received_at": START, "received_on": START.date()}]},
    )
    before = workspace.warehouse.table_hashes()
    workspace.warehouse.close()
    current = workspace.warehouse.folder / str(workspace.warehouse.current)
    current.write_bytes(current.read_bytes()[:5000])
    assert workspace.warehouse.table_hashes() == before


def _made_by_another_release(workspace: Workspace) -> None:
    told = workspace.warehouse.folder / f"{workspace.warehouse.current}.json"
    told.write_text(json.dumps(json.loads(told.read_text("utf-8")) | {"code": "another"}), "utf-8")


def test_what_another_release_built_is_built_anew_before_it_is_read(workspace: Workspace) -> None:
    put_load(workspace, {"site": [{"site_id": 1, "name": "North", "code": "01"}]})
    before = workspace.warehouse.publish()
    _made_by_another_release(workspace)
    assert workspace.warehouse.outdated
    with workspace.warehouse.read() as reader:
        assert reader.generation != before
        assert reader.all("select name from site") == [("North",)]
    assert not workspace.warehouse.outdated


def test_a_program_left_behind_by_another_release_says_so_and_builds_nothing(workspace: Workspace) -> None:
    put_load(workspace, {"site": [{"site_id": 1, "name": "North", "code": "01"}]})
    workspace.warehouse.publish()
    with workspace.warehouse.read():
        pass
    put_load(workspace, {"site": [{"site_id": 2, "name": "South", "code": "02"}]})
    published = workspace.warehouse.publish()
    _made_by_another_release(workspace)
    with pytest.raises(WorkspaceError, match="Another release"), workspace.warehouse.read():
        pass
    assert workspace.warehouse.current == published


def test_a_generation_cannot_reach_files_or_settings(workspace: Workspace) -> None:
    with workspace.warehouse.read() as reader:
        for escape in ("select * from read_csv('/etc/passwd')", "set enable_external_access = true", "attach 'other.duckdb'",
                       "copy journey to 'out.csv'", "delete from journey"):  # fmt: skip
            with pytest.raises(duckdb.Error):
                reader.all(escape)


def test_a_workspace_opened_twice_in_one_program_is_read_twice_and_built_once(workspace: Workspace) -> None:
    again = open_workspace(workspace.root)
    with workspace.warehouse.read() as reader, again.warehouse.read() as other:
        assert other.generation == reader.generation
        with pytest.raises(duckdb.Error):
            other.all("select * from read_csv('/etc/passwd')")
    again.warehouse.close()
    with workspace.warehouse.read() as reader:
        assert reader.all("select count(*) from journey") == [(0,)]


def test_a_reader_keeps_its_generation_while_another_is_published(workspace: Workspace) -> None:
    put_load(
        workspace,
        {"referral": [{"referral_id": 1, "direction": "in", "received_at": START, "received_on": START.date()}]},
    )
    with workspace.warehouse.read() as reader:
        put_load(
            workspace,
            {"referral": [{"referral_id": 2, "direction": "in", "received_at": START, "received_on": START.date()}]},
        )
        workspace.warehouse.publish()
        assert reader.all("select count(*) from referral") == [(1,)]
    with workspace.warehouse.read() as reader:
        assert reader.all("select count(*) from referral") == [(2,)]


def test_a_load_of_an_older_release_lacks_columns_and_still_counts(workspace: Workspace) -> None:
    load_id = put_load(workspace, {
        "referral": [{"referral_id": 1, "direction": "in", "received_at": dt.datetime(2026, 3, 2, 15), "received_on": dt.date(2026, 3, 2), "requester_org_id": 9}],
        "organization": [{"organization_id": 9, "name": "Oak", "kind": "practice"}],
    })  # fmt: skip
    for name, column in (("referral", "zip3"), ("organization", "fax")):
        path = workspace.record / str(load_id) / f"{name}.parquet"
        with duckdb.connect() as con:
            con.execute(f"create table whole as select * exclude ({column}) from '{path}'")
            con.execute(f"copy whole to '{path}' (format parquet)")
    workspace.warehouse.publish()
    put_load(workspace, {"referral": [{"referral_id": 1, "direction": "in", "received_at": dt.datetime(2026, 3, 2, 15), "received_on": dt.date(2026, 3, 2), "zip3": "100"}]})  # fmt: skip
    workspace.warehouse.publish()
    with workspace.warehouse.read() as reader:
        assert reader.frame("select zip3 from referral")["zip3"].tolist() == ["100"]
        assert reader.frame("select practice from dim_practice")["practice"].tolist() == ["Oak"]


@pytest.mark.parametrize("stand_in", ["Organization/o1", "https://fhir.example/r4/Organization/o1", "urn:uuid:0c6d"])
def test_a_reference_names_a_practice_only_until_a_file_states_its_name(workspace: Workspace, stand_in: str) -> None:
    name = "select name from organization where organization_id = 1"
    put_load(workspace, {"organization": [{"organization_id": 1, "name": "Elm/Oak Clinic"}]})
    put_load(workspace, {"organization": [{"organization_id": 1, "name": stand_in, "kind": "practice", "state": "IL"}]})
    put_load(workspace, {"organization": [{"organization_id": 2, "name": stand_in, "kind": "practice"}]})
    workspace.warehouse.publish()
    with workspace.warehouse.read() as reader:
        assert reader.all(name) == [("Elm/Oak Clinic",)]


def test_what_is_made_in_slices_is_what_is_made_at_once(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    put_load(
        workspace,
        {
            "referral": [
                {"referral_id": 7 * number, "direction": "in", "patient_key": str(uuid.UUID(int=1 + number % 8)), "performer_site_id": 1,
                 "received_at": START, "received_on": START.date()} for number in range(9)
            ],
            "referral_event": [
                {"referral_id": 7 * number, "seq": 0, "code": code, **_day(number)}
                for number, code in enumerate(("acknowledged", "scheduled", "kept", "report_sent", "no_show", "accepted", "contact_made"))
            ],
            "communication": [
                {"communication_id": 7 * number, "referral_id": 7 * number, "kind": "report", "sent_at": START, "sent_on": START.date()}
                for number in range(1, 9, 3)
            ],
        },
    )  # fmt: skip
    workspace.warehouse.publish()
    whole = workspace.warehouse.table_hashes()
    for at_once in (1, 4, 100):
        monkeypatch.setattr("pipelines.generation.slices.AT_ONCE", at_once)
        workspace.warehouse.publish(full=True)
        assert workspace.warehouse.table_hashes() == whole


@pytest.mark.parametrize(
    ("zone", "arrived", "cut"),
    [
        ("Australia/Sydney", dt.datetime(2026, 7, 1, 22, 0), dt.date(2026, 7, 2)),  # eight in the morning of the 2nd
        ("Australia/Sydney", dt.datetime(2026, 7, 1, 13, 0), dt.date(2026, 7, 1)),
        ("America/Denver", dt.datetime(2026, 7, 2, 3, 0), dt.date(2026, 7, 1)),  # nine in the evening of the 1st
        ("America/Denver", dt.datetime(2026, 7, 2, 12, 0), dt.date(2026, 7, 2)),
    ],
)
def test_the_data_end_on_the_day_that_the_last_file_arrived_where_its_times_are_local(
    workspace: Workspace, zone: str, arrived: dt.datetime, cut: dt.date
) -> None:
    days = [dt.date(2026, 7, day) for day in (1, 2, 3)]
    rows = [{"referral_id": day.day, "direction": "in", "received_on": day, "received_at": dt.datetime.combine(day, dt.time(9))} for day in days]  # fmt: skip
    put_load(workspace, {"referral": rows}, arrived, zone=zone)
    put_load(workspace, {"site": [{"site_id": 1, "name": "North", "code": "01"}]}, arrived + dt.timedelta(days=9))
    workspace.warehouse.publish()
    with workspace.warehouse.read() as reader:
        assert reader.data_cut == cut
