"""A row's free text does not keep the patient that the row's own columns name."""

from __future__ import annotations

import csv
from pathlib import Path

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipelines import ingest, values
from pipelines.mapping import unnamed
from pipelines.workspace import Workspace

HEADER = [
    "Date Received",
    "Patient Name",
    "DOB",
    "MRN",
    "Phone",
    "Email",
    "Referring Provider",
    "Referring Practice",
    "Reason",
]
ZOE = [
    "03/02/2026",
    "Zoé O'Quill",
    "11/23/1957",
    "QM7731904",
    "(646) 555-0137",
    "zoe@quill.example",
    "Ann Lee MD",
    "Elm Clinic",
]
SAID = {
    "knee pain, pt Zoé O'Quill": "knee pain, pt [patient]",
    "O'QUILL, ZOÉ: knee": "[patient]: knee",
    "see chart qm7731904.": "see chart [patient].",
    "dob 11/23/1957, fell": "dob [patient], fell",
    "call 646.555.0137 or 6465550137": "call [patient] or [patient]",
    "write to Zoe@Quill.example": "write to [patient]",
    "Zoé Zoé O'Quill O'Quill": "[patient]",
    "knee pain": "knee pain",
    "M25.561": "M25.561",
    "room 0137, seen 11/23/2025": "room 0137, seen 11/23/2025",
    "Quillian's disease": "Quillian's disease",
    "a+b(c)[d]\\e|f$ \\1": "a+b(c)[d]\\e|f$ \\1",
}  # fmt: skip


@pytest.fixture(scope="module")
def con() -> duckdb.DuckDBPyConnection:
    made = duckdb.connect()
    for macro in unnamed.MACROS:
        made.execute(macro)
    return made


def test_a_reason_loses_what_its_row_says_of_the_patient_and_nothing_else(workspace: Workspace, tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    with open(path, "w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(
            [HEADER, *([*ZOE[:6], f"Ann Lee{place} MD", ZOE[7], words] for place, words in enumerate(SAID))]
        )
    ingest.ingest_files(workspace, [path])
    with workspace.warehouse.read() as reader:
        kept = [row[0] for row in reader.all("select reason_code from referral order by source_row")]
    assert kept == list(SAID.values())


def test_a_place_is_still_found_though_it_is_called_like_the_patient(workspace: Workspace, tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    with open(path, "w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([[*HEADER, "Site"], [*ZOE[:1], "May Long", *ZOE[2:], "may take long", "Long & May"]])
    ingest.ingest_files(workspace, [path])
    with workspace.warehouse.read() as reader:
        assert [row[0] for row in reader.all("select site from dim_site")] == ["Long & May"]


def test_a_name_that_is_a_word_is_left_where_it_stands_alone(con: duckdb.DuckDBPyConnection) -> None:
    asked = "select unnamed($words, 'Long', 'May', null, null, null, null)"
    assert con.execute(asked, {"words": "long history, may wait"}).fetchall() != [("long history, may wait",)]
    assert con.execute(asked, {"words": "long history of pain"}).fetchall() == [("long history of pain",)]


def test_a_word_for_nothing_in_the_place_of_a_birthday_a_number_or_a_name_names_nobody(
    con: duckdb.DuckDBPyConnection,
) -> None:
    asked = "select unnamed($words, 'Unknown', 'Unknown', 'pending', 'unknown', null, null)"
    assert con.execute(asked, {"words": "fever of unknown cause, MRI pending"}).fetchall() == [
        ("fever of unknown cause, MRI pending",)
    ]


@given(st.text(max_size=30), st.text(max_size=12), st.text(max_size=12), st.text(max_size=12))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_whatever_stands_in_the_cells_the_words_are_read_and_no_number_is_left(
    con: duckdb.DuckDBPyConnection, words: str, family: str, given: str, mrn: str
) -> None:
    words, family, given, mrn = (part.replace("\0", "") for part in (words, family, given, mrn))
    asked = "select unnamed($1, $2, $3, $4, null, null, null)"
    ((kept,),) = con.execute(asked, [f"{words} ({mrn})", family, given, mrn]).fetchall()
    assert isinstance(kept, str)
    if len(mrn) > 3 and mrn.isascii() and mrn.isalnum() and not values.blank(mrn):
        assert f"({mrn})" not in kept
