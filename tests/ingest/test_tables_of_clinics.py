"""Tables as clinics of many trades and their tools write them: what was read wrong in silence when it was first met."""

from __future__ import annotations

import pytest

from tests.ingest.test_tables_of_people import Asked, asked

__all__ = ["asked"]

VISITS = "Date,Account,Contact,Type,Status\n"


# Telephones.


@pytest.mark.parametrize("header", ["Duration", "Call Length", "Total Duration"])
def test_the_length_of_a_call_that_nobody_answered_is_no_talk(asked: Asked, header: str) -> None:
    answer = asked(
        f"Date,Time,Caller,Line,Direction,Result,{header}\n03/22/2026,9:01 AM,Lakeview FM,Intake,Inbound,Answered,3:12\n"
        "03/22/2026,9:15 AM,Harbor Ortho,Intake,Inbound,Missed,0:22\n03/22/2026,9:40 AM,,Intake,Inbound,Voicemail,0:45\n03/22/2026,9:50 AM,,Intake,Inbound,Busy,0:12\n"
    )
    assert answer.rows("call", "source_row, ring_s, talk_s, answered") == [
        (2, None, 192, True), (3, 22, None, False), (4, None, None, False), (5, None, None, False),
    ]  # fmt: skip


def test_a_length_of_the_whole_call_is_no_talk_beside_one_of_the_talk(asked: Asked) -> None:
    answer = asked(
        "Call ID,Direction,Start Time,Duration,Talk Time,Result\n1,Inbound,2026-03-14 09:01:00,0:04:00,0:03:00,Answered\n2,Inbound,2026-03-14 09:31:00,0:00:40,,Missed\n"
    )
    assert answer.rows("call", "source_row, ring_s, talk_s") == [(2, None, 180), (3, 40, None)]


# Several practices in one cell.


@pytest.mark.parametrize("cell", ["Lakeview FM & North IM", "Lakeview FM / North IM", "Lakeview FM and Dee Family Med"])
def test_of_practices_in_one_cell_that_the_file_names_alone_the_first_counts_and_it_is_said(asked: Asked, cell: str) -> None:  # fmt: skip
    answer = asked(
        f"{VISITS}3/22/2026,Lakeview FM,Sam Fox,Visit,Held\n3/23/2026,North IM,Ann Dee,Visit,Held\n3/24/2026,{cell},,Visit,Held\n"
    )
    assert [name for (name,) in answer.rows("organization", "name", "name")] == ["Lakeview FM", "North IM"]
    assert [one["code"] for one in answer.mapped["findings"] if one["column"] == "Account"] == ["several_named"]


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ("Smile Center & Harbor Dental", ["perhaps_several"]),
        ("Smile Center; Harbor Dental", ["several_named"]),
        ("Heart & Vascular Center", []),
        ("Smith and Jones Orthopedics", []),
        ("Hematology/Oncology Associates", []),
    ],
)
def test_a_practice_whose_name_has_an_and_stays_whole_and_what_may_be_two_is_said(asked: Asked, cell: str, said: list[str]) -> None:  # fmt: skip
    answer = asked(f"{VISITS}3/22/2026,Lakeview FM,Sam Fox,Visit,Held\n3/24/2026,{cell},,Visit,Held\n")
    assert [one["code"] for one in answer.mapped["findings"] if one["column"] == "Account"] == said
    whole = cell.split(";")[0]
    assert [name for (name,) in answer.rows("organization", "name", "source_row")] == ["Lakeview FM", whole]
