"""A referral's number given by another file: whose it is, and whose it is again after the next load."""

from __future__ import annotations

import datetime as dt
import itertools
import tempfile
from pathlib import Path
from typing import Any

import duckdb
import pytest
from conftest import put_load
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from pipelines.identity import MACROS
from pipelines.workspace import open_workspace

NOW = dt.datetime(2026, 1, 5, 15, 0)
NUMBERS = ("A1", "A2")
# Who numbers referrals, where: the record, two clinics' logs and another system.
OWNERS = (("ehr", 1), ("log", 1), ("log", 2), ("hub", 2))


def key(owner: str, site: int, number: str) -> int:
    """The key of a referral as its source makes it."""
    told = f"log|{site}|{number}" if owner == "log" else f"{owner}|{number}"
    with duckdb.connect() as con:
        for macro in MACROS:
            con.execute(macro)
        return int(con.execute("select key64('referral|' || $told)", {"told": told}).fetchall()[0][0])


KEYS = {(*owner, number): key(*owner, number) for owner in OWNERS for number in NUMBERS}
REFERRALS = st.sampled_from(list(KEYS)).map(lambda told: referral(*told))
ROWS = st.tuples(st.sampled_from(NUMBERS), st.sampled_from([None, 1, 2]), st.integers(1, 3)).map(
    lambda told: rows(*told)
)
OWN = st.sampled_from([told for told in KEYS if told[0] == "log"]).map(
    lambda told: {
        "appointment": [
            {"appointment_id": 9, "referral_id": KEYS[told], "source_system": "log", "site_id": told[1], "status": "booked", "start_at": NOW,
             "start_on": NOW.date()}
        ]
    }
)  # fmt: skip


def meant(number: str, site: int | None, known: set[tuple[str, int, str]]) -> int:
    """The key that a row naming ``number`` should hold, given who has told of a referral of that number."""
    asked = KEYS["ehr", 1, number]
    if ("ehr", 1, number) in known:
        return asked
    there = [told for told in known if told[2] == number]
    if len(there) > 1:
        there = [told for told in there if told[1] == site]
    return KEYS[there[0]] if len(there) == 1 else asked


def referral(owner: str, site: int, number: str) -> dict[str, list[dict[str, Any]]]:
    """A load of one referral."""
    return {
        "referral": [
            {"referral_id": KEYS[owner, site, number], "source_key": number.lower(), "source_system": owner, "performer_site_id": site,
             "direction": "in", "received_at": NOW, "received_on": NOW.date()}
        ]
    }  # fmt: skip


def rows(number: str, site: int | None, at: int) -> dict[str, list[dict[str, Any]]]:
    """A load of an appointment, a message and a subject that name a referral by ``number``, under their own number ``at``."""
    named = {"referral_id": KEYS["ehr", 1, number]}
    return {
        "appointment": [
            {"appointment_id": at, **named, "source_system": "ehr", "site_id": site, "status": "booked", "start_at": NOW, "start_on": NOW.date()}
        ],
        "communication": [{"communication_id": at, **named, "source_system": "messages", "kind": "ack", "sent_at": NOW, "sent_on": NOW.date()}],
        "research_subject": [{"subject_id": at, "study_id": 1, **named, "source_system": "screening", "site_id": site}],
    }  # fmt: skip


@example(steps=[referral("ehr", 1, "A1"), rows("A2", None, 1), referral("log", 1, "A2")])
@example(steps=[referral("log", 1, "A2"), rows("A2", None, 1), 0, referral("ehr", 1, "A2")])
@settings(max_examples=4, deadline=None, suppress_health_check=list(HealthCheck))
@given(steps=st.lists(st.one_of(REFERRALS, ROWS, OWN, st.integers(0, 4)), min_size=3, max_size=8))
def test_a_number_means_the_referral_it_can_only_mean_after_any_loads_and_undos(steps: list[Any]) -> None:
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CONFIG_HOME", folder)
        patch.setattr("pipelines.warehouse.publishing.worth_advancing", lambda *_: True)
        workspace = open_workspace(Path(folder) / "workspace")
        told: dict[int, dict[str, list[dict[str, Any]]]] = {}
        for step in steps:
            active = workspace.ledger.loads("active")
            if isinstance(step, dict):
                told[put_load(workspace, step)] = step
            elif step < len(active):
                del told[active[step].load_id]
                workspace.ledger.undo(active[step].load_id, "test")
            workspace.warehouse.publish()
        found = {}
        with workspace.warehouse.read() as reader:
            for table in ("appointment", "communication", "research_subject"):
                key_of = {"appointment": "appointment_id", "communication": "communication_id"}.get(table, "subject_id")
                for number, referral in reader.all(f"select {key_of}, referral_id from {table}"):
                    found[table, number] = referral
        advanced = workspace.warehouse.table_hashes()
        workspace.warehouse.publish(full=True)
        rebuilt = workspace.warehouse.table_hashes()
        workspace.warehouse.close()
    known = {
        whose
        for whose, at in KEYS.items()
        for load in told.values()
        for row in load.get("referral", ())
        if row["referral_id"] == at
    }
    asked = {at: number for (owner, _, number), at in KEYS.items() if owner == "ehr"}
    for load in told.values():  # the latest load that states a row is what counts
        for table, rows in load.items():
            for row in rows if table != "referral" else ():
                said = row["referral_id"]
                named = row.get("site_id") if table != "communication" else None
                found_key = next(iter(row.values()))
                expected = meant(asked[said], named, known) if row["source_system"] != "log" and said in asked else said
                told_last = list(itertools.chain.from_iterable(load.get(table, ()) for load in told.values()))
                if [one for one in told_last if next(iter(one.values())) == found_key][-1] is row:
                    assert found[table, found_key] == expected
    assert advanced == rebuilt
