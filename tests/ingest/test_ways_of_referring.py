"""A list of referrals that does not say which way they went."""

from __future__ import annotations

from typing import Any

from pipelines import ingest
from pipelines.ingest import Choices, Inspection
from pipelines.workspace import Workspace

HEADER = "Referral Date,MRN,Referring Provider,Referred To Provider,Status\n"
SENT = HEADER + "9/14/2026,M1,Kwame Osei,Greta Lund,New\n9/15/2026,M2,Kwame Osei,Peter Marsh,New\n"
TAKEN_IN = HEADER + "9/14/2026,M1,Anita Patel,Kwame Osei,New\n9/15/2026,M2,Karl Holm,Kwame Osei,New\n"


def inspected(workspace: Workspace, text: str, **choices: Any) -> Inspection:
    return ingest.inspect(workspace, ingest.receive(workspace, "referrals.csv", text.encode()), Choices(**choices))


def test_more_who_are_referred_to_than_refer_are_asked_about(workspace: Workspace) -> None:
    found = inspected(workspace, SENT)
    assert found.source == "referral_log"
    assert found.problem is not None
    assert "Referred To Provider" in found.problem
    assert "direction=incoming" in found.problem


def test_what_a_person_says_is_loaded_as_they_say(workspace: Workspace) -> None:
    told = inspected(workspace, SENT, constants={"direction": "outgoing"})
    assert told.problem is None
    ingest.load(workspace, told)
    with workspace.warehouse.read() as reader:
        assert reader.all("select distinct direction from referral") == [("out",)]


def test_many_who_send_to_one_are_taken_in(workspace: Workspace) -> None:
    assert inspected(workspace, TAKEN_IN).problem is None


def test_a_list_that_says_its_direction_is_not_asked_about(workspace: Workspace) -> None:
    said = SENT.replace("Status\n", "Status,Direction\n").replace(",New\n", ",New,Outgoing\n")
    assert inspected(workspace, said).problem is None


def test_ditto_marks_are_read_on_the_whole_road(workspace: Workspace) -> None:
    found = inspected(
        workspace, "Date Received,MRN,Referring Provider,Status\n9/14/2026,M1,Anita Patel,New\n9/15/2026,M2,〃,New\n"
    )
    assert any("same as the cell above" in note for note in found.reading.notes)
    ingest.load(workspace, found)
    with workspace.warehouse.read() as reader:
        assert reader.all("select count(*) from practitioner") == [(1,)]
