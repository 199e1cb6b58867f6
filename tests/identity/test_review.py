"""A person decides who is who: the numbers follow, can be had back, and outlive a rebuild."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest
from conftest import put_load
from typer.testing import CliRunner

from pipelines.__main__ import app
from pipelines.errors import UnknownName
from pipelines.identity import review
from pipelines.identity.resolve import DIFFERENT, SAME
from pipelines.metrics import Filters, Scope, compute
from pipelines.record.ledger import LATER
from pipelines.workspace import Workspace, open_workspace

DAY = dt.datetime(2026, 3, 2, 15)
RUTH, MARRIED, BOB, BOBBY = 11, 12, 13, 14


@pytest.fixture
def network(workspace: Workspace) -> Workspace:
    """Ruth has married; Bob goes by two names. Two referrals from each record."""
    people = [
        {"practitioner_id": RUTH, "family_name": "Halvorsen", "given_name": "Ruth", "npi": "1234567893", "credential": "MD", "specialty": "Neurology"},
        {"practitioner_id": MARRIED, "family_name": "Brannigan", "given_name": "Ruth", "credential": "MD", "specialty": "Neurology"},
        {"practitioner_id": BOB, "family_name": "Okafor", "given_name": "Robert", "npi": "1679576722"},
        {"practitioner_id": BOBBY, "family_name": "Okafor", "given_name": "Bobby"},
    ]  # fmt: skip
    rows: dict[str, list[dict[str, Any]]] = {
        "practitioner": people,
        "organization": [{"organization_id": 1, "name": "Oak Family Medicine", "postal_code": "27601", "kind": "practice"}],
        "practitioner_role": [{"practitioner_id": one["practitioner_id"], "organization_id": 1} for one in people],
        "referral": [
            {"referral_id": number, "direction": "in", "source_id": place % 4, "requester_practitioner_id": people[place % 4]["practitioner_id"],
             "requester_org_id": 1, "received_at": DAY, "received_on": DAY.date()}
            for place, number in enumerate(range(100, 108))
        ],
        "referral_source": [{"source_id": place, "kind": "practitioner", "practitioner_id": one["practitioner_id"]} for place, one in enumerate(people)],
    }  # fmt: skip
    put_load(workspace, rows)
    workspace.warehouse.publish()
    return workspace


def referrals(workspace: Workspace) -> dict[str, int]:
    """Referrals by practitioner, as a page would show them."""
    frame = compute(
        "referral_volume", Scope.everything(), Filters(), by="practitioner", warehouse=workspace.warehouse
    ).frame
    return dict(zip(frame["category"], frame["n"].astype(int), strict=True))


def test_two_people_with_numbers_of_their_own_never_wait_as_a_pair(workspace: Workspace) -> None:
    """A spelling without a number resembles both, and joins the one whose practice it names."""
    people = [
        {"practitioner_id": 21, "family_name": "Ballard", "given_name": "Janelle", "npi": "1234567893", "credential": "MD", "specialty": "Neurology"},
        {"practitioner_id": 22, "family_name": "Ballard", "given_name": "Janelle", "npi": "1679576722", "credential": "MD", "specialty": "Neurology"},
        {"practitioner_id": 23, "family_name": "Ballard", "given_name": "Janelle", "credential": "MD", "specialty": "Neurology"},
    ]  # fmt: skip
    practices = [{"organization_id": place, "name": name, "postal_code": "27601", "kind": "practice"}
                 for place, name in ((1, "Oak Family Medicine"), (2, "Ash Street Clinic"))]  # fmt: skip
    works = ((21, 1), (22, 2), (23, 1))
    put_load(workspace, {
        "practitioner": people, "organization": practices,
        "practitioner_role": [{"practitioner_id": who, "organization_id": where} for who, where in works],
    })  # fmt: skip
    workspace.warehouse.publish()
    assert [one.record_id for one in review.records(workspace, "practitioner", 21)] == [21, 23]
    assert review.queue(workspace) == []


def test_an_unclear_pair_waits_with_what_agrees_and_what_differs(network: Workspace) -> None:
    (pair,) = review.queue(network)
    left, right, lines = review.compare(network, pair.kind, pair.left_id, pair.right_id)
    assert {left.entity_id, right.entity_id} == {RUTH, MARRIED}
    assert (left.referrals, right.referrals, pair.referrals) == (2, 2, 4)
    verdicts = {line.what: line.verdict for line in lines}
    assert verdicts == {"Name": review.DIFFERS, "NPI": review.SILENT, "Credential": review.AGREES, "Specialty": review.AGREES,
                        "Practice": review.AGREES, "Phone or fax": review.SILENT, "ZIP": review.AGREES}  # fmt: skip


def test_saying_the_same_joins_their_numbers_and_taking_it_back_parts_them(network: Workspace) -> None:
    before, numbers = network.warehouse.table_hashes(), referrals(network)
    assert numbers == {"Halvorsen, Ruth": 2, "Brannigan, Ruth": 2, "Okafor, Robert": 4}
    made = review.decide(network, "practitioner", RUTH, MARRIED, SAME, "ann")
    assert referrals(network) == {"Halvorsen, Ruth": 4, "Okafor, Robert": 4}
    assert review.queue(network) == []
    review.undo(network, made, "ben")
    assert network.warehouse.table_hashes() == before
    (told, left, right) = review.decisions(network)[0]
    assert (told.decided_by, told.undone_by, left, right) == ("ann", "ben", "Halvorsen, Ruth", "Brannigan, Ruth")


def test_what_was_joined_automatically_can_be_parted(network: Workspace) -> None:
    assert [one.record_id for one in review.records(network, "practitioner", BOBBY)] == [BOB, BOBBY]
    review.decide(network, "practitioner", BOB, BOBBY, DIFFERENT, "ann")
    assert referrals(network) == {"Halvorsen, Ruth": 2, "Brannigan, Ruth": 2, "Okafor, Robert": 2, "Okafor, Bobby": 2}
    assert {(pair.left_id, pair.right_id) for pair in review.queue(network)} == {(RUTH, MARRIED)}


def test_a_pair_said_to_be_different_does_not_wait_again(network: Workspace) -> None:
    review.decide(network, "practitioner", RUTH, MARRIED, DIFFERENT, "ann")
    assert review.queue(network) == []


def test_a_pair_put_off_changes_no_number_and_no_generation(network: Workspace) -> None:
    generation = network.warehouse.current
    review.decide(network, "practitioner", RUTH, MARRIED, LATER, "ann")
    assert network.warehouse.current == generation
    assert [pair.later for pair in review.queue(network)] == [True]


def test_a_later_word_on_the_same_two_replaces_the_earlier(network: Workspace) -> None:
    review.decide(network, "practitioner", RUTH, MARRIED, DIFFERENT, "ann")
    review.decide(network, "practitioner", MARRIED, RUTH, SAME, "ann")
    assert [one.holds for one, *_ in review.decisions(network)] == [True, False]
    assert referrals(network)["Halvorsen, Ruth"] == 4


def test_decisions_outlive_a_rebuild_and_an_undone_load(network: Workspace) -> None:
    review.decide(network, "practitioner", RUTH, MARRIED, SAME, "ann")
    review.decide(network, "practitioner", BOB, BOBBY, DIFFERENT, "ann")
    decided = network.warehouse.table_hashes()
    network.warehouse.publish(full=True)
    assert network.warehouse.table_hashes() == decided
    second = put_load(network, {"practitioner": [{"practitioner_id": 50, "family_name": "Lee", "given_name": "Wei"}]})
    network.warehouse.publish()
    network.ledger.undo(second, "ann")
    network.warehouse.publish()
    assert network.warehouse.table_hashes() == decided
    assert network.ledger.broken_trail_entry() is None


@pytest.mark.parametrize(
    ("left", "right", "verdict"), [(RUTH, 999, SAME), (RUTH, RUTH, SAME), (RUTH, MARRIED, "perhaps")]
)
def test_what_makes_no_sense_is_refused(network: Workspace, left: int, right: int, verdict: str) -> None:
    with pytest.raises(UnknownName):
        review.decide(network, "practitioner", left, right, verdict, "ann")
    with pytest.raises(UnknownName):
        review.undo(network, 1, "ann")


def test_a_ledger_from_before_there_were_decisions_opens(network: Workspace) -> None:
    import sqlite3

    with sqlite3.connect(network.ledger.path) as con:
        con.execute("drop table identity_decision")
    con.close()
    assert open_workspace(network.root).ledger.identity_decisions() == []


def run(workspace: Workspace, *words: str) -> Any:
    done = CliRunner().invoke(app, ["identities", *words, "-w", str(workspace.root), "--json"])
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def test_the_command_line_lists_merges_splits_and_takes_back(network: Workspace) -> None:
    (pair,) = run(network, "list")
    assert (pair["left"], pair["right"], pair["referrals"]) == ("Halvorsen, Ruth", "Brannigan, Ruth", 4)
    made = run(network, "merge", str(pair["left_id"]), str(pair["right_id"]))
    assert [one["record_id"] for one in run(network, "show", str(RUTH))] == [RUTH, MARRIED]
    run(network, "undo", str(made["decision"]))
    run(network, "split", str(BOB), str(BOBBY))
    assert [(one["verdict"], one["undone_at"] is None) for one in run(network, "decisions")] == [
        ("different", True),
        ("same", False),
    ]
    assert len(run(network, "show", str(BOB))) == 1
