"""What only a person knows of a file: the question comes with what is needed to answer it."""

from __future__ import annotations

from typing import Any

import pytest

from pipelines import ingest
from pipelines.ingest import Choices, Inspection
from pipelines.workspace import Workspace

SENT_OUT = "Referral Date,Patient,Referring Provider,Referred To Provider,Status\n" + "".join(
    f"2026-03-{day:02d},Patient {day},Dr. Fox,Dr. Specialist{day},New\n" for day in range(1, 7)
)
WEEKLY = "Study,Site,Week Ending,Screened,Enrolled\nA-1,North,2026-03-06,5,3\nA-1,North,2026-03-13,2,1\nA-1,South,2026-03-06,3,2\nA-1,South,2026-03-13,1,0\n"
NO_STUDY = "Country,Site,Subject ID,Subject status,Screened date,Enrolled date,Withdrawn date\nSE,Lund,01,Enrolled,2026-04-01,2026-04-10,\nSE,Lund,02,Screened,2026-04-03,,\n"
LOG = "Study: ABC-101\n\nSubject,Consented,Screened,Randomized\n001,2026-03-01,2026-03-02,2026-03-09\n"


def inspected(workspace: Workspace, text: str, name: str = "file.csv", **choices: Any) -> Inspection:
    return ingest.inspect(workspace, ingest.receive(workspace, name, text.encode()), Choices(**choices))


@pytest.mark.parametrize(("text", "kind"), [(SENT_OUT, "referral_log"), (WEEKLY, "enrolment_counts"), (NO_STUDY, "screening_log")])  # fmt: skip
def test_a_file_that_cannot_be_loaded_yet_comes_with_what_its_columns_may_mean(
    workspace: Workspace, text: str, kind: str
) -> None:
    found = inspected(workspace, text)
    assert found.problem is not None
    assert found.details["kinds"][0]["source"] == kind


def test_one_reason_for_all_rows_is_told_at_once(workspace: Workspace) -> None:
    assert "counts of each period alone" in str(inspected(workspace, WEEKLY).problem)
    told = inspected(workspace, WEEKLY, constants={"basis": "each"})
    assert (told.problem, told.counts["rows_loaded"]) == (None, 4)


def test_what_stands_above_a_table_is_read_with_a_kept_mapping_too(workspace: Workspace) -> None:
    first = inspected(workspace, LOG, mapping="Our log")
    ingest.load(workspace, first)
    later = inspected(workspace, LOG.replace("ABC-101", "ABC-102").replace("001", "002"), "later.csv")
    assert "Our log" in str(later.known_by)
    assert (later.problem, later.context) == (None, {"study": "ABC-102"})
