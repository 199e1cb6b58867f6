"""Patients who may be one, asked about without saying who they are: the numbers follow a decision, can be had back,
and nothing that identifies anybody is kept, shown or logged on the way."""

from __future__ import annotations

import json
import logging
import shutil
import sqlite3
from pathlib import Path
from typing import Any

import duckdb
import pytest
from typer.testing import CliRunner

from pipelines import ingest
from pipelines.__main__ import app
from pipelines.errors import UnknownName
from pipelines.identity import review
from pipelines.identity.patients import PATIENT
from pipelines.identity.resolve import DIFFERENT, SAME
from pipelines.identity.told import AGREES, DIFFERS, SILENT, TOLD
from pipelines.workspace import Workspace

LOG = "Date Received,MRN,Patient Last Name,Patient First Name,DOB,Sex,Patient ZIP,Patient Phone,Patient Email,Referring Provider,Site,Study\n"
# Zelda Quackenbush: her number in one clinic, a slip in her name at another; and her brother born another year.
ZELDA = "2025-03-06,00778812,Quackenbush,Zelda,1961-07-04,F,99950,907-555-0142,zelda@quack.example,Smith,Juneau,ABC-1\n"
SLIP = "2026-05-06,,Quakenbush,Zelda,1961-07-04,F,99950,9075550142,,Smith,Sitka,ABC-1\n"
SAME_NAME = "2026-06-06,,QUACKENBUSH,zelda,1961-07-04,,,,,Jones,Sitka,ABC-1\n"
BROTHER = "2026-06-09,4711,Quackenbush,Orville,1959-01-31,M,99950,907-555-0142,,Smith,Juneau,\n"
PLANTED = ("quackenbush", "quakenbush", "zelda", "orville", "1961-07-04", "07/04/1961", "1959-01-31", "00778812", "778812", "99950", "5550142", "555-0142", "quack.example")  # fmt: skip
OTHERS = "".join(
    f"2026-01-{day:02d},9{day:02d},,,,,,,,Smith,Juneau,\n" for day in range(1, 21)
)  # so that a load is advanced by
SCREENING = 'Protocol,Subject ID,MRN,Patient Name,DOB,Date Screened,Date Enrolled,Eligible?,Site\nABC-1,S-1,,"Quakenbush, Zelda",1961-07-04,2026-05-20,2026-05-28,Yes,Sitka\n'


def take(workspace: Workspace, name: str, text: str, system: str | None = None) -> None:
    choices = ingest.Choices(system=system) if system else None
    for found in ingest.inspect_all(workspace, ingest.receive(workspace, name, text.encode()), choices):
        assert found.problem is None, found.problem
        ingest.load(workspace, found)


@pytest.fixture
def clinic(workspace: Workspace) -> Workspace:
    take(workspace, "log.csv", LOG + ZELDA + SAME_NAME + BROTHER + OTHERS)
    take(workspace, "second.csv", LOG + SLIP)
    return workspace


def patients(workspace: Workspace) -> int:
    with workspace.warehouse.read() as reader:
        return int(reader.all("select count(distinct patient_key) from journey")[0][0])


def test_the_same_name_and_birth_date_joined_and_a_slip_waits(clinic: Workspace) -> None:
    assert patients(clinic) == 23  # Zelda by her number and by her name, the slip, the brother and twenty more
    (pair,) = review.queue(clinic, PATIENT)
    assert (pair.reason, pair.referrals) == ("near", 3)
    left, right, lines = review.compare(clinic, PATIENT, pair.left_id, pair.right_id)
    verdicts = {line.what: line.verdict for line in lines if line.verdict != TOLD}
    assert verdicts == {"Date of birth": AGREES, "Family name": "nearly", "Given name": AGREES, "Second given name": SILENT, "Sex": AGREES,
                        "ZIP code": AGREES, "Telephone": AGREES, "E-mail": SILENT, "Record number": SILENT, "Sites": AGREES}  # fmt: skip
    assert {side for line in lines if line.what == "Years" for side in (line.left, line.right)} == {
        "2025; 2026",
        "2026",
    }
    assert {left.referrals, right.referrals} == {1, 2}


def test_a_decision_changes_the_numbers_and_taking_it_back_restores_them(clinic: Workspace) -> None:
    before = clinic.warehouse.table_hashes()
    (pair,) = review.queue(clinic, PATIENT)
    made = review.decide(clinic, PATIENT, pair.left_id, pair.right_id, SAME, "ann")
    assert patients(clinic) == 22
    assert review.queue(clinic, PATIENT) == []
    decided = clinic.warehouse.table_hashes()
    clinic.warehouse.publish(full=True)
    assert clinic.warehouse.table_hashes() == decided
    assert len(review.records(clinic, PATIENT, pair.left_id)) == 4  # with the number without its zeros
    review.undo(clinic, made, "ben")
    assert clinic.warehouse.table_hashes() == before


def test_a_pair_said_to_be_different_does_not_wait_again(clinic: Workspace) -> None:
    before = patients(clinic)
    (pair,) = review.queue(clinic, PATIENT)
    review.decide(clinic, PATIENT, pair.left_id, pair.right_id, DIFFERENT, "ann")
    assert review.queue(clinic, PATIENT) == []
    assert patients(clinic) == before


def test_what_was_joined_by_itself_can_be_parted(clinic: Workspace) -> None:
    (zelda,) = [one for one in review.joined(clinic, PATIENT) if one.referrals == 2]
    first, *others = review.records(clinic, PATIENT, zelda.entity_id)
    named = next(one for one in others if one.referrals)
    assert (first.facts["Known by"], named.facts["Known by"]) == (("record number (ehr)",), ("name and birth date",))
    review.decide(clinic, PATIENT, first.record_id, named.record_id, DIFFERENT, "ann")
    assert patients(clinic) == 24
    decided = clinic.warehouse.table_hashes()
    clinic.warehouse.publish(full=True)
    assert clinic.warehouse.table_hashes() == decided


def test_a_subject_meets_its_referral_once_the_two_are_said_to_be_one(clinic: Workspace) -> None:
    take(clinic, "screening.csv", SCREENING)
    ingest.undo(clinic, next(load.load_id for load in clinic.ledger.loads("active") if load.file_name == "second.csv"))

    def enrolled() -> int:
        with clinic.warehouse.read() as reader:
            return int(reader.all("select count(*) from enrolled_subject where referral_id is not null")[0][0])

    assert enrolled() == 0
    (pair,) = review.queue(clinic, PATIENT)
    review.decide(clinic, PATIENT, pair.left_id, pair.right_id, SAME, "ann")
    assert enrolled() == 1


def test_loads_in_any_order_undone_and_rebuilt_give_one_answer(clinic: Workspace) -> None:
    advanced = clinic.warehouse.table_hashes()
    clinic.warehouse.publish(full=True)
    assert clinic.warehouse.table_hashes() == advanced
    take(clinic, "third.csv", LOG + "2026-06-20,,Quakenbush,Zelma,1961-07-04,F,99950,,,Smith,Sitka,\n")
    third = clinic.warehouse.table_hashes()
    clinic.warehouse.publish(full=True)
    assert clinic.warehouse.table_hashes() == third
    ingest.undo(clinic, ingest.loads(clinic)[-1].load_id)
    parted = {name: one for name, one in clinic.warehouse.table_hashes().items() if name.startswith("patient_")}
    assert parted == {name: one for name, one in advanced.items() if name.startswith("patient_")}


def _kept(root: Path) -> str:
    """Everything a workspace keeps, as text: every file's bytes, and every cell of its tables."""
    said = []
    for path in sorted(path for path in root.rglob("*") if path.is_file()):
        said.append(path.name + path.read_bytes().decode("latin-1"))
        if path.suffix == ".parquet":
            with duckdb.connect() as con:
                said.append(str(con.execute("from read_parquet($path)", {"path": str(path)}).fetchall()))
        if path.suffix == ".duckdb":
            with duckdb.connect(str(path), read_only=True) as con:
                names = [name for (name,) in con.execute("select table_name from duckdb_tables()").fetchall()]
                said += [str(con.execute(f'from "{name}"').fetchall()) for name in names]
        if path.name.startswith("ledger"):
            with sqlite3.connect(path) as ledger:
                said += list(ledger.iterdump())
            ledger.close()
    return "\n".join(said).lower()


def test_nothing_that_identifies_a_patient_is_kept_said_or_logged(clinic: Workspace, tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]) -> None:  # fmt: skip
    caplog.set_level(logging.DEBUG)
    (pair,) = review.queue(clinic, PATIENT)
    numbers = (str(pair.left_id), str(pair.right_id))
    said = [
        run(clinic, *words)
        for words in (("list",), ("compare", *numbers), ("show", numbers[0]), ("merge", *numbers), ("decisions",))
    ]
    said += [
        run(clinic, *words, plain=True)
        for words in (("list", "--kind", "patient"), ("compare", *numbers), ("show", numbers[1]), ("decisions",))
    ]
    shutil.copytree(clinic.root, tmp_path / "copy")  # its generation may still be open here
    captured = capfd.readouterr()
    everything = "\n".join(
        [_kept(tmp_path / "copy"), json.dumps(said), caplog.text, captured.out, captured.err]
    ).lower()
    assert "sitka" in everything  # what is kept is looked at, indeed
    assert [word for word in PLANTED if word in everything] == []


def test_no_hash_is_shown(clinic: Workspace) -> None:
    (pair,) = review.queue(clinic, PATIENT)
    shown = json.dumps(
        [
            run(clinic, "list"),
            run(clinic, "compare", str(pair.left_id), str(pair.right_id)),
            run(clinic, "show", str(pair.left_id)),
        ]
    )
    with clinic.warehouse.read() as reader:
        hashes = {
            str(cell)
            for row in reader.all("select * exclude (source_row, source_system) from patient_trait")
            for cell in row
            if cell
        }
    assert [one for one in hashes if len(one) > 5 and one in shown] == []


def run(workspace: Workspace, *words: str, plain: bool = False) -> Any:
    done = CliRunner().invoke(app, ["identities", *words, "-w", str(workspace.root), *([] if plain else ["--json"])])
    assert done.exit_code == 0, done.output
    return done.stdout if plain else json.loads(done.stdout)


def test_the_command_line_asks_and_decides_about_patients_too(clinic: Workspace) -> None:
    (pair,) = run(clinic, "list", "--kind", "patient")
    numbers = (str(pair["left_id"]), str(pair["right_id"]))
    told = run(clinic, "compare", *numbers)
    assert {line["what"]: line["verdict"] for line in told["lines"]}["Telephone"] == AGREES
    run(clinic, "later", *numbers)
    assert [one["later"] for one in run(clinic, "list", "--kind", "patient")] == [True]
    made = run(clinic, "merge", *numbers)
    assert run(clinic, "list", "--kind", "patient") == []
    run(clinic, "undo", str(made["decision"]))
    run(clinic, "split", *numbers)
    assert [one["verdict"] for one in run(clinic, "decisions")] == ["different", "same", "later"]


def test_a_patient_nobody_knows_is_refused(clinic: Workspace) -> None:
    (pair,) = review.queue(clinic, PATIENT)
    with pytest.raises(UnknownName):
        review.decide(clinic, PATIENT, pair.left_id, 12345, SAME, "ann")
    with pytest.raises(UnknownName):
        review.kind_of(clinic, 12345)


def test_a_bare_difference_is_told_as_one(workspace: Workspace) -> None:
    take(workspace, "log.csv", LOG + "2026-05-06,,Quackenbush,Zelda,1961-07-04,F,,9075550142,,Smith,Sitka,\n"
         "2026-05-07,,Quackenbush,Orville,1961-07-04,M,,9075550142,,Smith,Juneau,\n")  # fmt: skip
    (pair,) = review.queue(workspace, PATIENT)
    assert pair.reason == "siblings"
    *_, lines = review.compare(workspace, PATIENT, pair.left_id, pair.right_id)
    verdicts = {line.what: line.verdict for line in lines}
    assert (verdicts["Given name"], verdicts["Sex"], verdicts["Telephone"]) == (DIFFERS, DIFFERS, AGREES)


def test_two_numbers_speak_against_one_patient_only_where_one_system_gives_both(workspace: Workspace) -> None:
    row = "2026-05-06,{},Quackenbush,Zelda,1961-07-04,,,,,Smith,Sitka,\n"
    take(workspace, "a.csv", LOG + row.format(11), system="clinic a")
    take(workspace, "b.csv", LOG + row.format(12), system="clinic b")
    assert patients(workspace) == 1
    take(workspace, "c.csv", LOG + row.format(11).replace("05-06", "05-09"), system="clinic b")
    assert patients(workspace) == 2
    assert [pair.reason for pair in review.queue(workspace, PATIENT)] == ["numbers"]
    advanced = workspace.warehouse.table_hashes()
    workspace.warehouse.publish(full=True)
    assert workspace.warehouse.table_hashes() == advanced
