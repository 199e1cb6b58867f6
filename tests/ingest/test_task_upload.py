"""An analyst's task from file to number and back: load, load again, mend, undo. On a sheet written by hand."""

from __future__ import annotations

import datetime as dt
import io
from pathlib import Path

import openpyxl
import pytest

from pipelines import ingest
from pipelines.errors import RapportError
from pipelines.ingest import Choices
from pipelines.metrics import Filters, Scope, compute
from pipelines.workspace import Workspace

SHEET = """Riverside Imaging - incoming referrals,,,,,,,
Kept by the front desk,,,,,,,

dateReferralReceived,patientName,dob,phoneNumber,referringProvider,referringPractice,reason,apptDateTime,notes
03/02/2026,"Null, Mary",01/15/1961,(555) 010-2000,"Dr. Ann Lee, MD",Elm Street Family Practice,chest pain,03/09/2026 10:30 AM,
03/02/2026,"Ortiz, Juan",07/04/1972,555-010-2001,Ann Lee MD,Elm St. Family Practice LLC,knee,03/10/2026 09:00 AM,called twice
03/17/2026,"Okafor, Ife",11/30/1980,,"Baker, Tom DO",Oak Clinic,follow up,,
not a date,"Wrong, Row",11/30/1980,,"Baker, Tom DO",Oak Clinic,follow up,,
03/18/2026,"Okafor, Ife",11/30/1980,,"Baker, Tom DO",Oak Clinic,follow up,,
Total,5,,,,,,,
"""


def volume(workspace: Workspace) -> int:
    return compute("referral_volume", Scope.everything(), Filters(), warehouse=workspace.warehouse).n


def inspected(
    workspace: Workspace, text: str | bytes = SHEET, name: str = "log.csv", choices: Choices | None = None
) -> ingest.Inspection:
    data = text.encode() if isinstance(text, str) else text
    return ingest.inspect(workspace, ingest.receive(workspace, name, data), choices)


def test_every_row_is_loaded_or_listed_with_its_reason(workspace: Workspace) -> None:
    found = inspected(workspace)
    assert found.source == "referral_log"
    assert found.problem is None
    counts = found.counts
    assert counts["rows_in"] == counts["rows_loaded"] + counts["rows_rejected"] + counts["rows_duplicate"] == 5
    assert counts["rows_rejected"] == 1
    reject = next(fault for fault in found.findings if fault.severity == "reject")
    assert (reject.row, reject.column, reject.value) == (8, "dateReferralReceived", "not a date")
    assert reject.remedy
    assert {aside.reason for aside in found.reading.set_aside} >= {"preamble", "totals"}


def test_a_loaded_file_shows_in_the_numbers_and_undo_takes_it_out(workspace: Workspace) -> None:
    assert volume(workspace) == 0
    before = workspace.warehouse.table_hashes()
    load = ingest.load(workspace, inspected(workspace))
    assert volume(workspace) == 3  # four rows loaded; the same patient was sent twice within a week
    ingest.undo(workspace, load.load_id)
    assert volume(workspace) == 0
    assert workspace.warehouse.table_hashes() == before


def test_the_same_file_twice_changes_nothing(workspace: Workspace) -> None:
    first = ingest.load(workspace, inspected(workspace))
    hashes = workspace.warehouse.table_hashes()
    again = inspected(workspace, name="copy of log.csv")
    assert again.already_loaded == first.load_id
    assert ingest.load(workspace, again).load_id == first.load_id
    assert workspace.warehouse.table_hashes() == hashes


STEPS = """Patient MRN,Date Received,Referring Provider,Practice,Study,Status,Date Consented,Date Enrolled
00101,03/02/2026,Ann Lee MD,Elm Street Clinic,CARD-101,Enrolled,03/05/2026,03/09/2026
00102,03/03/2026,Ann Lee MD,Elm Street Clinic,CARD-101,Consented,03/16/2026,
00103,03/17/2026,Tom Baker DO,Oak Clinic,CARD-101,Declined,,
"""
LOG = Choices(source="referral_log")


def test_a_loaded_file_that_is_read_as_another_kind_says_that_nothing_of_it_counts_so(workspace: Workspace) -> None:
    ingest.load(workspace, inspected(workspace, STEPS, choices=LOG))
    same, other = (
        inspected(workspace, STEPS, choices=LOG),
        inspected(workspace, STEPS, choices=Choices(source="screening_log")),
    )
    assert "Loading it again changes nothing" in same.already
    assert "Nothing of it counts as Screening and enrollment log yet" in other.already
    assert inspected(workspace).already == ""


def enrolled(workspace: Workspace) -> int:
    frame = compute("conversion", Scope.everything(), Filters(), warehouse=workspace.warehouse).frame
    return int(frame["enrolled"].fillna(0).max()) if len(frame) else 0


SCREENED = Choices(source="screening_log", besides=True)


def test_a_sheet_of_referrals_with_the_days_of_study_steps_counts_as_both_and_each_can_be_undone(
    workspace: Workspace,
) -> None:
    first = inspected(workspace, STEPS, choices=LOG)
    assert any("also looks like: Screening and enrollment log" in said for said in first.also)
    ingest.load(workspace, first)
    assert enrolled(workspace) == 0
    alone = workspace.warehouse.table_hashes()
    second = ingest.load(workspace, inspected(workspace, STEPS, choices=SCREENED))
    assert (second.source, second.rows_in) == ("screening_log", 3)
    assert (volume(workspace), enrolled(workspace)) == (3, 1)
    both = workspace.warehouse.table_hashes()
    assert ingest.load(workspace, inspected(workspace, STEPS, choices=SCREENED)).load_id == second.load_id
    assert inspected(workspace, STEPS, choices=SCREENED).also == []
    workspace.warehouse.publish(full=True)
    assert workspace.warehouse.table_hashes() == both
    ingest.undo(workspace, second.load_id)
    assert workspace.warehouse.table_hashes() == alone


def test_nobody_has_one_sheet_count_twice_by_naming_it_otherwise(workspace: Workspace) -> None:
    first = ingest.load(workspace, inspected(workspace, STEPS, choices=LOG))
    unsaid = inspected(workspace, STEPS, choices=Choices(source="screening_log"))
    alike = inspected(workspace, STEPS, choices=Choices(source="epic_referral", besides=True))
    assert "if it is no referral log, undo that load first" in unsaid.already
    assert "would count the same things twice" in alike.already
    assert ingest.keep(workspace, unsaid) == (first.load_id, False)


def test_a_plan_with_counts_counts_as_both(workspace: Workspace) -> None:
    text = "Study,Site,Site Activated,Target Enrollment,As Of,Screened,Enrolled\nCARD-101,North,01/05/2026,10,06/30/2026,8,4\n"
    plan = inspected(workspace, text, "plan.csv")
    assert {plan.source, *plan.besides} == {"study_site_plan", "enrolment_counts"}
    ingest.load(workspace, plan)
    other = ingest.load(
        workspace, inspected(workspace, text, "plan.csv", Choices(source=plan.besides[0], besides=True))
    )
    assert {load.source for load in ingest.loads(workspace)} == {"study_site_plan", "enrolment_counts"}
    assert (other.rows_in, other.rows_loaded) == (1, 1)


def test_a_plain_log_looks_like_nothing_else(workspace: Workspace) -> None:
    assert inspected(workspace).besides == []


def test_an_undone_file_can_be_loaded_again(workspace: Workspace) -> None:
    first = ingest.load(workspace, inspected(workspace))
    hashes = workspace.warehouse.table_hashes()
    ingest.undo(workspace, first.load_id)
    second = ingest.load(workspace, inspected(workspace))
    assert second.load_id != first.load_id
    changed = {name for name, value in workspace.warehouse.table_hashes().items() if value != hashes[name]}
    assert volume(workspace) == 3
    assert "journey" not in changed


def test_rejected_rows_can_be_mended_in_the_workbook_and_loaded(workspace: Workspace) -> None:
    load = ingest.load(workspace, inspected(workspace))
    book = openpyxl.load_workbook(io.BytesIO(ingest.rejects_workbook(workspace, load)))
    sheet = book.worksheets[0]
    bad = [cell for row in sheet.iter_rows() for cell in row if cell.value == "not a date"]
    assert len(bad) == 1
    assert bad[0].fill.fgColor.rgb not in ("00000000", "FFFFFFFF")
    bad[0].value = "03/20/2026"
    mended = io.BytesIO()
    book.save(mended)
    again = inspected(workspace, mended.getvalue(), "rejects.xlsx")
    assert again.counts["rows_rejected"] == 0
    assert again.counts["rows_loaded"] == 1
    ingest.load(workspace, again)
    assert volume(workspace) == 4


def test_a_mended_row_keeps_the_order_in_which_its_file_writes_day_and_month(workspace: Workspace) -> None:
    text = (
        "Date Received,Patient Name,DOB,Referring Provider,Referring Practice\n25/03/2026,Mary Poe,15/01/1961,Ann Lee MD,Elm Clinic\n"
        "04/03/26 09:30,Moe Poe,31/31/1961,Ann Lee MD,Elm Clinic\n"
    )
    load = ingest.load(workspace, inspected(workspace, text.encode()))
    book = openpyxl.load_workbook(io.BytesIO(ingest.rejects_workbook(workspace, load)))
    assert book.worksheets[0]["A2"].value == "04-Mar-26 09:30"
    book.worksheets[0]["C2"] = "1961-12-31"
    mended = io.BytesIO()
    book.save(mended)
    ingest.load(workspace, inspected(workspace, mended.getvalue(), "rejects.xlsx"))
    with workspace.warehouse.read() as reader:
        days = [str(day) for (day,) in reader.all("select received_on from journey order by 1")]
    assert days == ["2026-03-04", "2026-03-25"]


def test_spellings_of_one_practice_are_one_practice(workspace: Workspace) -> None:
    ingest.load(workspace, inspected(workspace))
    with workspace.warehouse.read() as reader:
        practices = reader.all("select distinct practice from journey where countable")
        people = reader.all("select distinct practitioner_id from journey where countable")
    assert len(practices) == 2
    assert len(people) == 2


def test_a_time_is_read_in_the_files_zone_and_kept_in_utc(workspace: Workspace) -> None:
    ingest.load(workspace, inspected(workspace, choices=Choices(time_zone="America/Los_Angeles")))
    with workspace.warehouse.read() as reader:
        starts = reader.all("select start_at from appointment order by 1")
    assert starts[0] == (dt.datetime(2026, 3, 9, 17, 30),)  # daylight saving began the day before


def test_no_patient_identifier_outlives_the_reading(workspace: Workspace) -> None:
    load = ingest.load(workspace, inspected(workspace))
    workspace.warehouse.close()
    marks = [b"Okafor", b"Ortiz", b"1961-01-15", b"5550102000"]
    for path in workspace.root.rglob("*"):
        if path.is_file():
            stored = path.read_bytes()
            assert not [mark for mark in marks if mark in stored], path
    with workspace.warehouse.read() as reader:
        for table in ("referral", "journey", "practitioner", "appointment"):
            assert "Okafor" not in reader.frame(f"from {table}").to_string()
    assert "Okafor" not in str(load.detail)


def test_unknown_columns_ask_for_a_mapping_and_remember_it(workspace: Workspace) -> None:
    text = "When it came,Who sent,From where,Person,Born\n2026-03-02,Ann Lee MD,Elm Clinic,Mary Poe,1961-01-15\n"
    found = inspected(workspace, text)
    assert found.source is None
    assert found.problem
    with pytest.raises(RapportError):
        ingest.load(workspace, found)
    fields = {"received": 0, "referrer": 1, "practice": 2, "patient": 3, "born": 4}
    mapped = inspected(workspace, text, choices=Choices(source="referral_log", columns=fields))
    ingest.load(workspace, mapped)
    assert volume(workspace) == 1
    again = inspected(workspace, text.replace("2026-03-02", "2026-03-03").replace("Mary", "Moe"))
    assert (again.source, again.known_by) == ("referral_log", "the mapping “log”")
    assert again.problem is None


def test_a_crash_between_keeping_and_publishing_is_made_good(workspace: Workspace) -> None:
    ingest.keep(workspace, inspected(workspace))  # the process dies here
    workspace.warehouse.publish()  # what the next start does
    assert volume(workspace) == 3


HOSTILE: dict[str, tuple[str, bytes]] = {
    "empty": ("a.csv", b""),
    "header only": ("a.csv", b"Date Received,Patient Name\n"),
    "blank lines only": ("a.csv", b"\n\n\n"),
    "html named xls": ("a.xls", b"<html><body><table><tr><td>Date Received</td></tr></table></body></html>"),
    "not a workbook": ("a.xlsx", b"PK\x03\x04 not really"),
    "password protected": (
        "a.xlsx",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 512 + "EncryptedPackage".encode("utf-16-le"),
    ),
    "nul bytes": ("a.csv", b"\0" * 5000),
    "a picture": ("a.csv", bytes(range(256)) * 40),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_bad_file_ends_in_a_sentence_and_harms_only_itself(workspace: Workspace, kind: str, tmp_path: Path) -> None:
    name, data = HOSTILE[kind]
    path = tmp_path / name
    path.write_bytes(data)
    good = tmp_path / "good.csv"
    good.write_text(SHEET, "utf-8")
    outcomes = {path.name: found for path, found, _ in ingest.ingest_files(workspace, [path, good])}
    for found in outcomes[name]:
        if isinstance(found, ingest.Inspection):
            assert found.problem
        else:
            assert isinstance(found, RapportError)
            assert found.remedy
    assert volume(workspace) == 3


@pytest.mark.parametrize(
    "name", ["../../etc/passwd.csv", "x" * 300 + ".csv", "a\nb.csv", "C:\\temp\\log.csv", "..", "\u202egnp.csv"]
)
def test_a_name_is_shown_but_never_used_as_a_path(workspace: Workspace, name: str) -> None:
    shown = inspected(workspace, name=name).file_name
    assert "/" not in shown
    assert "\\" not in shown
    assert 0 < len(shown) <= 120
    assert shown.isprintable()
