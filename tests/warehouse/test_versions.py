"""Corrections, deletions and undo: which version of a record counts, now and on any earlier day."""

from __future__ import annotations

import datetime as dt
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from conftest import put_load, write_rows
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipelines import marts, model, warehouse
from pipelines.generation import versions
from pipelines.generation.versions import Part
from pipelines.metrics import Scope, compute
from pipelines.record.ledger import Load
from pipelines.workspace import Workspace

DAY0 = dt.datetime(2026, 3, 2, 12, 0)
ALL = Scope.everything()
TOLD = ("referral", "referral_event")
KNOWN_THEN = ", ".join(f"{name} as ({marts.known_then(name)})" for name in TOLD)


def day(number: int) -> dt.datetime:
    return DAY0 + dt.timedelta(days=number)


def referral(number: int, channel: str | None = "fax", at: int = 0, **cells: Any) -> dict[str, Any]:
    return {
        "referral_id": number,
        "direction": "in",
        "channel": channel,
        "received_at": day(at),
        "received_on": day(at).date(),
        **cells,
    }


def event(number: int, code: str, at: int) -> dict[str, Any]:
    return {"referral_id": number, "seq": 0, "code": code, "occurred_at": day(at), "occurred_on": day(at).date()}


def deletion(number: int, at: int | None = None) -> dict[str, Any]:
    said = {} if at is None else {"deleted_at": day(at), "deleted_on": day(at).date()}
    return {"record": "referral_id", "record_id": number, **said}


def channels(workspace: Workspace, as_of: int | None = None) -> dict[int, str]:
    """The channel of every referral, now or as known at the end of a day."""
    return dict(_told(workspace, "select referral_id, channel from referral", as_of))


def events(workspace: Workspace, as_of: int | None = None) -> set[tuple[int, str, dt.date]]:
    return set(_told(workspace, "select referral_id, code, occurred_on from referral_event", as_of))


def _told(workspace: Workspace, sql: str, as_of: int | None) -> list[Any]:
    workspace.warehouse.publish()
    with workspace.warehouse.read() as reader:
        if as_of is None:
            return reader.all(sql)
        return reader.all(f"with {KNOWN_THEN} {sql}", {"as_of": day(as_of).date()})


def load(workspace: Workspace, arrived: int, *rows: dict[str, Any], snapshot: bool = False, source: str = "referral_log",
         happened: tuple[dict[str, Any], ...] = (), deleted: tuple[dict[str, Any], ...] = ()) -> int:  # fmt: skip
    tables: dict[str, list[dict[str, Any]]] = {"referral": list(rows)} if rows else {}
    if deleted:
        tables["deletion"] = list(deleted)
    if happened:
        tables["referral_event"] = list(happened)
    return put_load(workspace, tables, day(arrived), source=source, snapshot=snapshot)


def test_a_corrected_row_counts_from_when_its_file_came_and_the_old_one_before(workspace: Workspace) -> None:
    load(workspace, 1, referral(1, "fax"))
    load(workspace, 10, referral(1, "phone"))
    assert channels(workspace) == {1: "phone"}
    assert channels(workspace, as_of=5) == {1: "fax"}
    assert channels(workspace, as_of=10) == {1: "phone"}


def test_a_source_that_says_when_it_recorded_a_change_is_believed(workspace: Workspace) -> None:
    load(workspace, 1, referral(1, "fax", recorded_at=day(0)))
    load(workspace, 20, referral(1, "phone", recorded_at=day(8)))
    assert channels(workspace, as_of=5) == {1: "fax"}
    assert channels(workspace, as_of=9) == {1: "phone"}


def test_the_same_row_again_is_no_new_version_and_keeps_its_first_day(workspace: Workspace) -> None:
    load(workspace, 1, referral(1))
    load(workspace, 10, referral(1))
    workspace.warehouse.publish()
    with workspace.warehouse.read() as reader:
        assert reader.all("select first_seen_at, known_from from referral") == [(day(1), None)]
        assert reader.all("select count(*) from referral_history") == [(0,)]


def test_a_correction_undone_is_as_if_it_never_came(workspace: Workspace) -> None:
    load(workspace, 1, referral(1, "fax"))
    workspace.warehouse.publish()
    before = workspace.warehouse.table_hashes()
    second = load(workspace, 10, referral(1, "phone"))
    workspace.warehouse.publish()
    workspace.ledger.undo(second, "test")
    workspace.warehouse.publish()
    assert workspace.warehouse.table_hashes() == before


def test_what_a_full_export_lacks_is_deleted_from_then_on_and_undo_brings_it_back(workspace: Workspace) -> None:
    load(workspace, 1, referral(1), referral(2), happened=(event(2, "scheduled", 3),))
    last = load(workspace, 10, referral(1), snapshot=True)
    assert channels(workspace) == {1: "fax"}
    assert events(workspace) == set()
    assert channels(workspace, as_of=9) == {1: "fax", 2: "fax"}
    assert events(workspace, as_of=9) == {(2, "scheduled", day(3).date())}
    workspace.ledger.undo(last, "test")
    assert channels(workspace) == {1: "fax", 2: "fax"}


def test_a_deletion_takes_back_what_earlier_files_said_from_the_day_that_it_names(workspace: Workspace) -> None:
    load(workspace, 1, referral(1), referral(2), happened=(event(2, "scheduled", 3),))
    gone = load(workspace, 10, deleted=(deletion(2, 8),), source="fhir_deletion")
    assert (channels(workspace), events(workspace)) == ({1: "fax"}, set())
    assert channels(workspace, as_of=7) == {1: "fax", 2: "fax"}
    assert channels(workspace, as_of=8) == {1: "fax"}
    workspace.ledger.undo(gone, "test")
    assert channels(workspace) == {1: "fax", 2: "fax"}
    assert len(events(workspace)) == 1


@pytest.mark.parametrize(
    "named", [(deletion(2, 8),), (deletion(2, 8), deletion(2, 6)), (deletion(2, 6), deletion(2, 8))]
)
def test_a_full_export_that_both_deletes_a_record_and_lacks_it_ends_it_on_the_earliest_day_told(
    workspace: Workspace, named: tuple[dict[str, Any], ...]
) -> None:
    load(workspace, 1, referral(1), referral(2))
    load(workspace, 10, referral(1), snapshot=True, deleted=named)
    first = min(one["deleted_at"] for one in named)
    workspace.warehouse.publish()
    with workspace.warehouse.read() as reader:
        ended = reader.all("select known_until, known_until_on from referral_history where referral_id = 2")
    assert ended == [(first, first.date())]


@pytest.mark.parametrize("time", ["updated_at", "recorded_at"])
@pytest.mark.parametrize("deleted_first", [True, False])
def test_a_deletion_and_its_record_count_by_their_own_times_whichever_file_came_first(
    workspace: Workspace, time: str, deleted_first: bool
) -> None:
    """A stays deleted, B was made again after it was deleted; what is told of each goes with it."""
    told = (referral(1, **{time: day(5)}), referral(2, **{time: day(9)}))
    steps = (event(1, "scheduled", 3), event(2, "scheduled", 3))
    for turn in range(2):
        if deleted_first == (turn == 0):
            load(workspace, 10 + turn, deleted=(deletion(1, 8), deletion(2, 8)), source="fhir_deletion")
        else:
            load(workspace, 10 + turn, *told, happened=steps)
    assert channels(workspace) == {2: "fax"}
    assert events(workspace) == {(2, "scheduled", day(3).date())}
    assert channels(workspace, as_of=7) == {1: "fax", 2: "fax"}
    assert channels(workspace, as_of=8) == {2: "fax"}


def test_a_deletion_without_a_day_was_before_its_file_came_and_takes_back_what_an_older_export_brings_later(
    workspace: Workspace,
) -> None:
    load(workspace, 10, deleted=(deletion(1), deletion(2)), source="fhir_deletion")
    load(workspace, 12, referral(1, updated_at=day(5)), referral(2, updated_at=day(11)), referral(3))
    assert channels(workspace) == {2: "fax", 3: "fax"}


def test_a_record_without_a_day_that_comes_after_its_deletion_counts_again(workspace: Workspace) -> None:
    load(workspace, 10, deleted=(deletion(1, 8),), source="fhir_deletion")
    load(workspace, 12, referral(1))
    assert channels(workspace) == {1: "fax"}


def test_an_export_that_only_touched_a_record_is_no_new_version(workspace: Workspace) -> None:
    load(workspace, 1, referral(1, updated_at=day(0)))
    load(workspace, 10, referral(1, updated_at=day(9)))
    assert _told(workspace, "select channel, known_from from referral", None) == [("fax", None)]
    assert _told(workspace, "select count(*) from referral_history", None) == [(0,)]


def test_a_later_message_changes_what_it_says_and_leaves_the_rest_and_the_day_of_arrival(workspace: Workspace) -> None:
    load(workspace, 1, referral(1, "fax", modality="MR", service_line="MRI"), source="hl7_order")
    load(workspace, 4, referral(1, None, at=4, modality="CT"), source="hl7_order")
    told = "select channel, modality, service_line, received_at from referral"
    assert _told(workspace, told, None) == [("fax", "CT", "MRI", day(0))]
    assert _told(workspace, told, 2) == [("fax", "MR", "MRI", day(0))]


def test_messages_of_several_files_count_in_the_order_in_which_they_were_sent(workspace: Workspace) -> None:
    sent = [
        (4, {"status": "cancelled", "cancel_reason": "Patient request", "start_at": day(9)}),
        (1, {"status": "booked", "start_at": day(8), "service_line": "MRI", "created_at": day(1)}),
        (2, {"status": "booked", "start_at": day(9), "service_line": None}),
    ]
    for arrived, (at, said) in enumerate(sent, 5):
        rows = [{"appointment_id": 1, "recorded_at": day(at), **said}]
        put_load(workspace, {"appointment": rows}, day(arrived), source="hl7_appointment")
    told = "select status, cancel_reason, start_at, service_line, created_at, recorded_at from appointment"
    wanted = ("cancelled", "Patient request", day(9), "MRI", day(1), day(4))
    assert _told(workspace, told, None) == [wanted]
    put_load(
        workspace,
        {"appointment": [{"appointment_id": 1, "recorded_at": day(6), "status": "booked", "start_at": day(12)}]},
        day(9),
        source="hl7_appointment",
    )
    assert _told(workspace, told, None) == [("booked", None, day(12), "MRI", day(1), day(6))]


def test_a_cancellation_without_the_time_of_the_visit_counts_once_its_booking_is_loaded(workspace: Workspace) -> None:
    booked = {
        "appointment_id": 1,
        "recorded_at": day(1),
        "status": "booked",
        "start_at": day(9),
        "start_on": day(9).date(),
    }
    cancelled = {"appointment_id": 1, "recorded_at": day(2), "status": "cancelled"}
    told = "select status, start_at from appointment"
    for first, then in ((booked, cancelled), (cancelled, booked)):
        loads = []
        for arrived, row in ((3, first), (4, then)):
            loads.append(put_load(workspace, {"appointment": [row]}, day(arrived), source="hl7_appointment"))
            if row is cancelled and row is first:
                assert _told(workspace, told, None) == []
        assert _told(workspace, told, None) == [("cancelled", day(9))]
        for one in loads:
            workspace.ledger.undo(one, "test")
    assert _told(workspace, told, None) == []


def test_a_schedule_that_says_when_it_recorded_a_status_still_counts_by_the_order_of_its_loads(
    workspace: Workspace,
) -> None:
    for arrived, at, status in ((1, 0, "booked"), (2, -3, "cancelled")):
        rows = [{"appointment_id": 1, "recorded_at": day(at), "status": status, "start_at": day(9)}]
        put_load(workspace, {"appointment": rows}, day(arrived), source="epic_pat_enc")
    assert _told(workspace, "select status from appointment", None) == [("cancelled",)]


def test_a_log_that_blanks_a_cell_blanks_it(workspace: Workspace) -> None:
    load(workspace, 1, referral(1, "fax", modality="MR"))
    load(workspace, 4, referral(1, "fax"))
    assert _told(workspace, "select modality from referral", None) == [(None,)]


def test_a_deletion_of_another_systems_number_deletes_nothing(workspace: Workspace) -> None:
    load(workspace, 1, referral(1))
    number = load(workspace, 2, deleted=(deletion(1),), source="fhir_deletion")
    parts = [Part(one, workspace.record / str(one.load_id)) for one in workspace.ledger.loads("active")]
    other = [
        Part(replace(one.load, system="another"), one.folder) if one.load.load_id == number else one for one in parts
    ]
    with warehouse.scratch(workspace.record) as con:
        _build(con, other)
        assert con.execute("select count(*) from referral").fetchall() == [(1,)]
        _build(con, parts)
        assert con.execute("select count(*) from referral").fetchall() == [(0,)]


def test_a_full_export_deletes_nothing_of_another_source(workspace: Workspace) -> None:
    load(workspace, 1, referral(2), source="epic_referral")
    load(workspace, 10, referral(1), snapshot=True)
    assert channels(workspace) == {1: "fax", 2: "fax"}


def test_what_was_deleted_and_comes_again_counts_again(workspace: Workspace) -> None:
    load(workspace, 1, referral(1), referral(2))
    load(workspace, 10, referral(1), snapshot=True)
    load(workspace, 20, referral(2))
    assert channels(workspace) == {1: "fax", 2: "fax"}
    assert channels(workspace, as_of=15) == {1: "fax"}
    assert channels(workspace, as_of=5) == {1: "fax", 2: "fax"}


def test_another_sources_word_counts_again_while_the_correction_is_taken_back(workspace: Workspace) -> None:
    load(workspace, 2, referral(1, "fax"), source="epic_referral_hist")
    load(workspace, 10, referral(1, "phone"))
    load(workspace, 20, referral(2), snapshot=True)
    load(workspace, 30, referral(1, "fax"), referral(2))
    told = [channels(workspace, as_of=number).get(1) for number in (5, 15, 25, 35)]
    assert told == ["fax", "phone", "fax", "fax"]


def test_a_log_row_with_a_corrected_date_takes_the_wrong_date_back(workspace: Workspace) -> None:
    load(workspace, 4, referral(1), happened=(event(1, "scheduled", 2),))
    load(workspace, 10, referral(1), happened=(event(1, "scheduled", 3),))
    assert events(workspace) == {(1, "scheduled", day(3).date())}
    assert events(workspace, as_of=5) == {(1, "scheduled", day(2).date())}


def test_a_history_export_adds_to_what_was_there(workspace: Workspace) -> None:
    load(workspace, 4, happened=(event(1, "scheduled", 2),), source="epic_referral_hist")
    load(workspace, 10, happened=(event(1, "kept", 3),), source="epic_referral_hist")
    assert events(workspace) == {(1, "scheduled", day(2).date()), (1, "kept", day(3).date())}


def test_a_metric_of_a_past_day_is_told_without_later_corrections(workspace: Workspace) -> None:
    load(workspace, 1, referral(1, at=0), referral(2, at=1))
    load(workspace, 30, referral(2, at=1, void=True), referral(3, at=29))
    now = compute("referral_volume", ALL, warehouse=workspace.warehouse)
    then = compute("referral_volume", ALL, as_of=day(10).date(), warehouse=workspace.warehouse)
    assert (now.n, then.n) == (2, 2)
    assert int(now.frame["voids"].sum()) == 1
    assert int(then.frame["voids"].sum()) == 0


# --- whatever happens in whatever order -------------------------------------------------------------------------------

KEYS = st.integers(1, 3)
SOURCES = ("referral_log", "epic_referral_hist")


@dataclass(frozen=True)
class Stated:
    """One load: its source, the channel of each referral it states, its events, whether it is a snapshot, what it deletes."""

    source: str
    rows: dict[int, str]
    happened: frozenset[tuple[int, str, int]]
    snapshot: bool
    deleted: frozenset[int]


LOADS = st.builds(
    Stated, st.sampled_from(SOURCES), st.dictionaries(KEYS, st.sampled_from(["fax", "phone"]), max_size=3),
    st.frozensets(st.tuples(KEYS, st.sampled_from(["scheduled", "kept"]), st.integers(0, 1)), max_size=3), st.booleans(),
    st.one_of(st.just(frozenset()), st.frozensets(KEYS, max_size=2)),
)  # fmt: skip


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(steps=st.lists(st.one_of(LOADS, LOADS, LOADS, st.integers(0, 5)), min_size=2, max_size=6))
def test_any_sequence_is_told_as_a_slow_reading_of_it_tells_on_both_roads(steps: list[Stated | int]) -> None:
    with (
        tempfile.TemporaryDirectory() as folder,
        warehouse.scratch(Path(folder)) as advanced,
        warehouse.scratch(Path(folder)) as built,
    ):
        active: dict[int, tuple[Part, int, Stated]] = {}
        _build(advanced, [])
        for number, step in enumerate(steps, start=1):
            changed = []
            if isinstance(step, Stated):
                active[number] = (_part(Path(folder), number, step), 10 * number, step)
                changed = [active[number][0]]
            elif step < len(active):
                changed = [active.pop(sorted(active)[step])[0]]
            _advance(advanced, [active[one][0] for one in sorted(active)], changed)
        _build(built, [active[one][0] for one in sorted(active)])
        told = [active[number][1:] for number in sorted(active)]
        for as_of in (None, *range(5, 10 * len(steps) + 10, 10)):
            assert dict(_asked(built, "select referral_id, channel from referral", as_of)) == slow_channels(told, as_of)
            assert set(
                _asked(built, "select referral_id, code, occurred_on from referral_event", as_of)
            ) == slow_events(told, as_of)
        for name in ("referral", "referral_history", "referral_event", "referral_event_history"):
            rows = [sorted(map(repr, con.execute(f"from {name}").fetchall())) for con in (advanced, built)]
            assert rows[0] == rows[1]


def _build(con: Any, parts: list[Part]) -> None:
    versions.register(con, parts)
    for table in model.TABLES:
        if table.name in TOLD:
            versions.create(con, table, parts)


def _advance(con: Any, parts: list[Part], changed: list[Part]) -> None:
    versions.register(con, parts)
    for name in TOLD:
        if versions.note_changed(con, model.table(name), parts, changed):
            versions.replace_changed(con, model.table(name), parts)


def _asked(con: Any, sql: str, as_of: int | None) -> list[Any]:
    if as_of is None:
        return con.execute(sql).fetchall()
    return con.execute(f"with {KNOWN_THEN} {sql}", {"as_of": day(as_of).date()}).fetchall()


def _part(folder: Path, number: int, step: Stated) -> Part:
    tables = {"referral": [referral(key, channel) for key, channel in step.rows.items()],
              "referral_event": [event(*one) for one in sorted(step.happened)],
              "deletion": [deletion(key) for key in sorted(step.deleted)]}  # fmt: skip
    detail = {"choices": {"snapshot": step.snapshot}, "received_at": day(10 * number).isoformat()}
    stated = Load(number, str(number), "", "rows.csv", step.source, "test", "active", day(10 * number).isoformat(), "test",
                  None, None, 1, 1, 0, 0, detail)  # fmt: skip
    (folder / str(number)).mkdir()
    for name, rows in tables.items():
        if rows:
            write_rows(folder / str(number) / f"{name}.parquet", name, rows, str(number), day(10 * number))
    return Part(stated, folder / str(number))


def slow_channels(told: list[tuple[int, Stated]], as_of: int | None) -> dict[int, str]:
    """Each referral's channel: the latest statement that was known and not taken back by then."""
    found = {key: _standing(told, as_of, key, lambda load, key: load.rows.get(key)) for key in (1, 2, 3)}
    return {key: value for key, value in found.items() if value is not None}


def slow_events(told: list[tuple[int, Stated]], as_of: int | None) -> set[tuple[int, str, dt.date]]:
    every = {one for _, load in told for one in load.happened}
    return {
        (number, code, day(at).date()) for number, code, at in every
        if _standing(told, as_of, number, lambda load, _, one=(number, code, at): True if one in load.happened else None)
    }  # fmt: skip


def _standing(told: list[tuple[int, Stated]], as_of: int | None, key: int, said: Any) -> Any:
    """What a record is at a time, read load by load: the value of the latest load that stated it by then, unless a
    later load of the same source took it back by then. The very first statement holds from the beginning, unless its
    source had spoken of the referral before."""
    answer = None
    for number, (arrived, load) in enumerate(told):
        value = said(load, key)
        before = told[:number]
        first = all(said(earlier, key) is None for _, earlier in before) and not any(
            earlier.source == load.source and _speaks_of(earlier, key) for _, earlier in before)  # fmt: skip
        known = as_of is None or arrived <= as_of or first
        if value is not None and known and not _taken_back(told, number, as_of, key, said):
            answer = value
    return answer


def _taken_back(told: list[tuple[int, Stated]], number: int, as_of: int | None, key: int, said: Any) -> bool:
    """Whether, by then, a later load of the same source lacks the record though it holds all, or speaks of its referral."""
    source = told[number][1].source
    return any(
        (as_of is None or arrived <= as_of)
        and (key in later.deleted or (later.source == source and said(later, key) is None and (later.snapshot or _speaks_of(later, key))))
        for arrived, later in told[number + 1 :]
    )  # fmt: skip


def _speaks_of(load: Stated, key: int) -> bool:
    """Whether a row of a load states a referral whole: a row of a log does, one of a history adds to it."""
    return load.source == "referral_log" and (key in load.rows or any(number == key for number, _, _ in load.happened))


def test_a_fact_with_an_end_of_its_own_counts_on_when_its_file_comes_again(workspace: Workspace) -> None:
    session = {"session_id": 1, "invited_at": day(0), "invited_on": day(0).date()}
    for arrived, outcome in ((1, "joined"), (10, "missed")):
        rows = [{**session, "ended_at": day(0), "outcome": outcome}]
        put_load(workspace, {"collab_session": rows}, day(arrived), source="referral_log")
    workspace.warehouse.publish()
    with workspace.warehouse.read() as reader:
        assert reader.all("select outcome, known_from from collab_session") == [("missed", day(10))]
        assert reader.all("select outcome, known_until from collab_session_history") == [("joined", day(10))]


def test_what_a_record_says_of_its_own_day_is_not_the_day_it_came(workspace: Workspace) -> None:
    """A patient's preference has a column of the name that loads go by; the correction is known from the second file on."""
    stated = {"patient_key": "00000000-0000-0000-0000-000000000001", "stated_at": day(0)}
    put_load(workspace, {"contact_preference": [{**stated, "preference": "may_contact"}]}, day(2))
    put_load(workspace, {"contact_preference": [{**stated, "preference": "do_not_contact"}]}, day(5))
    assert _told(workspace, "select preference from contact_preference", None) == [("do_not_contact",)]
    with workspace.warehouse.read() as reader:
        until = reader.all("select preference, known_until_on from contact_preference_history")
    assert until == [("may_contact", day(5).date())]


def test_an_older_version_of_a_record_that_comes_later_replaces_nothing(workspace: Workspace) -> None:
    load(workspace, 1, referral(1, "portal", updated_at=day(0)), referral(2, "portal", updated_at=day(-1)))
    load(workspace, 2, referral(1, "fax", updated_at=day(-2)), referral(2, "fax", updated_at=day(0)))
    assert channels(workspace) == {1: "portal", 2: "fax"}
    assert channels(workspace, 1) == {1: "portal", 2: "portal"}
    load(workspace, 3, referral(1, "phone", updated_at=day(3)), referral(2, "phone", updated_at=day(-2)))
    assert channels(workspace) == {1: "phone", 2: "fax"}


def test_a_version_that_does_not_say_how_old_it_is_counts_by_the_order_of_loads(workspace: Workspace) -> None:
    load(workspace, 1, referral(1, "portal", updated_at=day(0)), referral(2, "portal"))
    load(workspace, 2, referral(1, "fax"), referral(2, "fax", updated_at=day(-9)))
    assert channels(workspace) == {1: "fax", 2: "fax"}
    load(workspace, 3, referral(1, "phone", updated_at=day(-1)))  # what is known of the record is newer
    assert channels(workspace) == {1: "fax", 2: "fax"}


def test_an_older_version_counts_once_the_newer_one_is_undone_or_taken_back(workspace: Workspace) -> None:
    newer = load(
        workspace, 1, referral(1, "portal", updated_at=day(0)), referral(2, "portal", updated_at=day(0)), snapshot=True
    )
    load(
        workspace, 2, referral(1, "fax", updated_at=day(-2)), snapshot=True
    )  # takes the second back, and states the first
    assert channels(workspace) == {1: "portal"}
    load(workspace, 3, referral(2, "fax", updated_at=day(-1)))
    assert channels(workspace) == {1: "portal", 2: "fax"}
    workspace.ledger.undo(newer, "test")
    assert channels(workspace) == {1: "fax", 2: "fax"}


def test_what_only_an_older_version_states_last_is_taken_back_with_it(workspace: Workspace) -> None:
    load(workspace, 1, referral(1, "portal", updated_at=day(0)), referral(2), snapshot=True)
    load(workspace, 2, referral(1, "fax", updated_at=day(-2)), referral(2), snapshot=True)
    load(workspace, 3, referral(2), snapshot=True)
    assert set(channels(workspace)) == {2}


def test_one_source_is_not_judged_by_the_clock_of_another(workspace: Workspace) -> None:
    load(workspace, 1, referral(1, "portal", updated_at=day(0)), source="fhir_service_request")
    load(workspace, 2, referral(1, "fax", updated_at=day(-2)), source="drchrono_inbound")
    assert channels(workspace) == {1: "fax"}


def test_of_two_rows_of_a_record_in_one_load_the_last_stands_when_an_older_one_comes(workspace: Workspace) -> None:
    load(
        workspace,
        1,
        referral(1, "portal", updated_at=day(-1), source_row=2),
        referral(1, "phone", updated_at=day(0), source_row=3),
    )
    load(workspace, 2, referral(1, "fax", updated_at=day(-2)))
    assert channels(workspace) == {1: "phone"}
