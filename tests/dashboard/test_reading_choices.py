"""What a person can say about how a file is read: the controls of the Upload page reach the reader."""

from __future__ import annotations

import datetime as dt
import io
from types import SimpleNamespace

import openpyxl
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from dashboard.panels import inspection, uploading
from dashboard.words import named
from pipelines.mapping.named import NamedMapping
from pipelines.readers.reading import SetAside
from pipelines.workspace import Workspace

LOG = (
    "Date Received|Patient Name|DOB|Referring Provider|Referring Practice\n"
    "03/02/2026|Poe, Mary|01/15/1961|Ann Lee MD|'Elm | Clinic'\n"
    "03/03/2026|Poe, Mo|01/16/1961|Ann Lee MD|'Oak | Clinic'\n"
    "03/04/2026|Poe, Max|01/17/1961|Ann Lee MD|Ash Clinic\n"
)


def _open(app: AppTest, text: str) -> AppTest:
    app.run()
    app.switch_page("app_pages/upload.py").run()
    app.file_uploader(key="files").upload("log.txt", text.encode()).run()
    assert not app.exception
    return app


def _control(app: AppTest, kind: str, label: str):  # type: ignore[no-untyped-def]
    return next(found for found in getattr(app, kind) if found.label == label)


def _read_again(app: AppTest) -> AppTest:
    _control(app, "button", "Read again with these").click().run()
    assert not app.exception
    assert not app.error
    return app


def _rows(app: AppTest) -> str:
    return str(_control(app, "metric", "Rows in the file").value)


def test_rows_at_the_end_are_left_out_when_told_so(app: AppTest, empty: Workspace) -> None:
    _open(app, LOG)
    assert _rows(app) == "3"
    _control(app, "number_input", "Rows to leave out at the end").set_value(1)
    assert _rows(_read_again(app)) == "2"
    assert _control(app, "number_input", "Rows to leave out at the end").value == 1


def test_a_first_row_that_is_a_record_is_read_as_one(app: AppTest, empty: Workspace) -> None:
    _open(app, LOG)
    _control(app, "checkbox", "The first row is a record, not a header").check()
    _read_again(app)
    assert next(iter(app.session_state["choices"].values())).no_header
    assert any("columns were numbered" in text.value for text in [*app.markdown, *app.caption]) or any(
        "columns were numbered" in frame.value.to_csv() for frame in app.dataframe
    )


def test_the_quotation_mark_reaches_the_reader(app: AppTest, empty: Workspace) -> None:
    _open(app, LOG)
    _control(app, "selectbox", "Quotation mark around cells").set_value("No quotes")
    _read_again(app)
    choices = next(iter(app.session_state["choices"].values()))
    assert choices.quote == "none"


def test_what_the_numbers_of_a_table_with_one_column_per_month_count_is_asked_and_said(
    app: AppTest, empty: Workspace
) -> None:
    wide = "Study,Site,Metric,Jan-26,Feb-26,Mar-26\nA-1,North,Enrolled,1,0,3\nA-1,South,Enrolled,2,5,1\n"
    _open(app, wide)
    assert any("each period alone" in text.value for text in app.warning)
    asked = _control(app, "radio", "The numbers in the table's columns")
    assert asked.value is None
    assert any("rise and fall" in text.value for text in app.caption)
    asked.set_value("each").run()
    assert not app.exception
    assert _control(app, "metric", "Will load").value == "6"
    assert next(iter(app.session_state["choices"].values())).periods == "each"


def test_a_full_snapshot_is_declared_with_its_consequence_and_kept_with_the_load(
    app: AppTest, empty: Workspace
) -> None:
    _open(app, LOG)
    _control(app, "checkbox", "This file holds everything its source has").check()
    _read_again(app)
    assert any("count as deleted" in warning.value for warning in app.warning)
    next(button for button in app.button if button.label.startswith("Load ")).click().run()
    assert not app.exception
    assert empty.ledger.loads()[0].detail["choices"]["snapshot"] is True


def test_lines_that_are_no_records_are_told_by_why_and_from_which_row_on() -> None:
    aside = [SetAside(1, "preamble"), SetAside(2, "preamble"), SetAside(3, "blank"), SetAside(40, "totals", 2)]
    said = inspection.aside_words(aside)
    assert said == "2 above the table (from row 1 on), 1 blank (row 3), 2 with totals (from row 40 on)"


def test_a_finding_about_a_whole_row_shows_no_cell_of_it(app: AppTest, empty: Workspace) -> None:
    _open(app, LOG.replace("Poe, Mary|", "Poe|Mary|Secretname|"))
    shown = " ".join(str(table.value.to_dict("records")) for table in app.table)
    assert shown
    assert "Secretname" not in shown


def test_what_was_dropped_last_is_the_file_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    state: dict[str, object] = {}
    monkeypatch.setattr(uploading.st, "session_state", state)
    monkeypatch.setattr(uploading.session, "workspace", lambda: None)
    monkeypatch.setattr(uploading.session, "viewer", lambda: SimpleNamespace(name="someone"))
    monkeypatch.setattr(uploading.ingest, "receive", lambda workspace, name, file, who: f"id of {name}")
    dropped = [SimpleNamespace(file_id=str(place), name=f"{place}.csv") for place in range(3)]
    uploading.receive(dropped[:1])
    assert state["which_file"] == "0.csv"
    uploading.receive(dropped)
    assert state["which_file"] == "1.csv"
    state["which_file"] = "0.csv"  # chosen by hand: nothing new, nothing changed
    uploading.receive(dropped)
    assert state["which_file"] == "0.csv"


def test_a_file_without_what_every_row_needs_is_not_said_to_load(app: AppTest, empty: Workspace) -> None:
    book, target = openpyxl.Workbook(), io.BytesIO()
    book.active.append(["When it came in", "Who sent them", "Office", "Pt", "Where to", "Outcome so far"])
    book.active.append([dt.datetime(2026, 4, 1), "Lee, Ada MD", "Harbor Family Care", "Person 1", "Riverside", "seen"])
    book.save(target)
    app.run()
    app.switch_page("app_pages/upload.py").run()
    app.file_uploader(key="files").upload("sheet.xlsx", target.getvalue()).run()
    said = "\n".join(element.value for element in app.markdown)
    assert "Nothing yet: see above what is missing" in said
    assert "every row can be loaded" not in said


def test_rows_of_findings_are_whole_numbers_beside_a_finding_without_a_row() -> None:
    faults = [
        SimpleNamespace(severity="note", count=1, message="m", column="c", row=row, value=None, remedy="r")
        for row in (2, None)
    ]
    assert [str(row) for row in inspection._fault_frame(faults)["first row"]] == ["2", "<NA>"]


def test_a_click_meant_for_one_file_loads_no_other(app: AppTest, empty: Workspace) -> None:
    _open(app, LOG)
    stale = next(button for button in app.button if button.label.startswith("Load "))
    app.file_uploader(key="files").upload("other.txt", LOG.replace("2026", "2025").encode())
    stale.click().run()  # what was dropped last is looked at, and nobody has seen it yet
    assert not app.exception
    assert empty.ledger.loads() == []
    assert any("other" in heading.value for heading in app.header)


def test_a_mapping_that_was_forgotten_does_not_come_back_from_the_box_it_was_dropped_in(
    app: AppTest, empty: Workspace
) -> None:
    document = NamedMapping("elm", "referral_log", ("Came", "Who"), {"received": "Came", "referrer": "Who"}).text()
    app.run()
    app.switch_page("app_pages/upload.py").run()
    app.file_uploader(key="mapping_upload").upload("elm.json", document.encode()).run()
    assert list(empty.ledger.mappings().values()) == [document]
    assert any("elm is kept" in told.value for told in app.success)
    _control(app, "button", "Forget it").click().run()
    assert not app.exception
    assert not app.success
    assert empty.ledger.mappings() == {}


@pytest.mark.parametrize(
    "header", ["geb.", "Wen (2)", "visit_date", "**x** ![a](http://evil.example/p.png)", "`[:red["]
)
def test_a_screen_reader_hears_no_signs_of_markup_in_the_name_of_a_columns_control(header: str) -> None:
    name = named(header)
    assert "\\" not in name
    assert not set("*`_[]<>~$&") & set(name)
    assert "http://" not in name
    assert name == header or header not in ("geb.", "Wen (2)")


BOTH = (
    "Date Received,Referral #,MRN,Referring Provider,Practice,Study,Subject ID,Date Consented,Date Enrolled\n"
    "03/02/2026,1,901,Ann Lee MD,Elm Clinic,CARD-101,S-1,03/05/2026,03/09/2026\n"
    "03/03/2026,2,902,Tom Baker DO,Oak Clinic,CARD-101,,,\n"
)


def test_a_sheet_that_is_two_things_is_loaded_as_both_by_whoever_says_so(app: AppTest, empty: Workspace) -> None:
    _open(app, BOTH)
    other = next(button for button in app.button if button.label.startswith("Look at it as"))
    assert other.disabled
    next(one for one in app.button if str(one.key).startswith("load_")).click().run()
    next(button for button in app.button if button.label.startswith("Look at it as")).click().run()
    assert not app.exception
    next(one for one in app.button if str(one.key).startswith("load_")).click().run()
    assert not app.exception
    assert {load.source for load in empty.ledger.loads("active")} == {"referral_log", "screening_log"}
    assert not [button for button in app.button if button.label.startswith("Look at it as")]


UNKNOWN = (
    "Came in,Who sent them,Their office,Person,Birthday,Where it stands\n"
    '2026-06-01,"Smith, Jane MD",Elm Street Clinic,"Roe, Ann",1960-01-22,Scheduled\n'
    '2026-06-02,"Lee, Wei",Oak Medical Group,"Poe, Max",1971-11-30,Declined\n'
)
MEANINGS = {"Came in": "Date received", "Who sent them": "Referring provider", "Their office": "Referring practice",
            "Person": "Patient name", "Birthday": "Date of birth", "Where it stands": "Status"}  # fmt: skip


def _mapped(app: AppTest) -> AppTest:
    _open(app, UNKNOWN)
    kind = _control(app, "selectbox", "Kind of file")
    kind.set_value("referral_log").run()
    for header, meaning in MEANINGS.items():
        box = _control(app, "selectbox", f"Meaning of {header}")
        box.set_value(next(option for option in box.options if option.startswith(meaning))).run()
    assert not app.exception
    return app


def _load(app: AppTest):  # type: ignore[no-untyped-def]
    return next(one for one in app.button if str(one.key).startswith("load_"))


def test_a_name_told_just_before_the_click_on_load_is_the_name_the_mapping_is_kept_by(
    app: AppTest, empty: Workspace
) -> None:
    _mapped(app)
    _control(app, "text_input", "Keep this as").set_value("Elm sheet")
    _load(app).click()
    app.run()
    assert [load.rows_loaded for load in empty.ledger.loads("active")] == [2]
    assert ["Elm sheet" in text for text in empty.ledger.mappings().values()] == [True]


def test_what_was_told_just_before_the_click_on_load_is_read_and_shown_before_anything_loads(
    app: AppTest, empty: Workspace
) -> None:
    _mapped(app)
    _control(app, "text_input", "Study").set_value("CARD-101")
    _load(app).click()
    app.run()
    assert empty.ledger.loads() == []
    assert any("Nothing was loaded" in said.value for said in app.warning)
    app.run()
    assert not any("Nothing was loaded" in said.value for said in app.warning)
    _load(app).click().run()
    assert empty.ledger.loads("active")[0].detail["choices"]["constants"] == {"study": "CARD-101"}


def test_a_load_whose_page_is_left_counts_nothing_and_the_next_page_says_so(
    app: AppTest, empty: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    _open(app, BOTH)
    with monkeypatch.context() as patch:
        patch.setattr(uploading.ingest, "load", lambda *_: st.stop())  # as the run of a page that is left ends
        _load(app).click().run()
    app.switch_page("app_pages/dictionary.py").run()
    assert any("was not loaded" in said.value for said in app.warning)
    app.switch_page("app_pages/upload.py").run()
    assert not app.warning
    assert empty.ledger.loads() == []


KNOWN = 'Date Received,Referring Provider,Referring Practice,Status\n06/13/2026,"Smith, Jane MD",Elm Street Clinic,Scheduled\n'
SENT = (
    "Referral Date,Referring Provider,Referring Practice,Referred To,Status\n"
    '06/13/2026,"Smith, Jane MD",Elm Street Clinic,Heart Center,Scheduled\n'
    '06/14/2026,"Smith, Jane MD",Elm Street Clinic,Lung Center,Scheduled\n'
)
GUESSED = "Recieved date,Doctor,Where from,Outcome so far,MRN,Clerk\n2026-06-01,Smith Jane MD,Elm Street Clinic,Scheduled,M1,AB\n2026-06-02,Lee Wei MD,Oak Medical Group,Declined,M2,AB\n"


def test_looking_at_what_the_columns_of_a_known_file_mean_changes_nothing(app: AppTest, empty: Workspace) -> None:
    _open(app, KNOWN)
    _control(app, "toggle", "Change what the columns mean").set_value(True).run()
    assert _control(app, "selectbox", "Meaning of Status").value == "Status"
    assert app.session_state["choices"] == {}
    assert any(one.value.startswith("Taken for: **Referral log**") for one in app.markdown)
    assert _control(app, "toggle", "Change what the columns mean").value
    assert not app.toast
    assert not _load(app).disabled


def test_a_change_of_one_column_is_told_beside_the_button_and_by_no_toast(app: AppTest, empty: Workspace) -> None:
    _open(app, KNOWN)
    _control(app, "toggle", "Change what the columns mean").set_value(True).run()
    _control(app, "selectbox", "Meaning of Date Received").select("(not used)").run()
    assert any("it cannot be loaded yet" in one.value for one in app.caption)
    assert not app.toast
    assert any(one.value.startswith("Taken for:") for one in app.markdown)


def test_what_is_asked_of_a_file_is_not_answered_by_drawing_its_columns_nor_by_correcting_another(
    app: AppTest, empty: Workspace
) -> None:
    _open(app, SENT)
    assert any("whom you sent the patient to" in one.value for one in app.warning)
    _control(app, "selectbox", "Meaning of Status").select("(not used)").run()
    assert any("whom you sent the patient to" in one.value for one in app.warning)
    assert _load(app).disabled
    _control(app, "selectbox", "Direction").select("incoming").run()
    assert not any("whom you sent the patient to" in one.value for one in app.warning)
    assert not _load(app).disabled


def test_what_is_only_proposed_is_not_loaded_by_one_click(app: AppTest, empty: Workspace) -> None:
    _open(app, GUESSED)
    assert any("a guess" in one.value for one in app.warning)
    assert _load(app).disabled
    _control(app, "checkbox", "I have looked at the columns below: they mean what is proposed").check().run()
    assert not _load(app).disabled
    _load(app).click().run()
    assert [load.rows_loaded for load in empty.ledger.loads()] == [2]
