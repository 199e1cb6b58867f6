"""REDCap exports through the whole road: dictionary first, then records flat, longitudinal or as EAV."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pipelines import ingest
from pipelines.ingest import Inspection
from pipelines.layouts import redcap
from pipelines.readers import Reading
from pipelines.workspace import Workspace, open_workspace

DICTIONARY = """"Variable / Field Name","Form Name","Section Header","Field Type","Field Label","Choices, Calculations, OR Slider Labels","Field Note","Text Validation Type OR Show Slider Number","Text Validation Min","Text Validation Max",Identifier?,"Branching Logic (Show field only if...)","Required Field?","Custom Alignment","Question Number (surveys only)","Matrix Group Name","Matrix Ranking?","Field Annotation"
record_id,screening,,text,"Record ID",,,,,,y,,,,,,,
last_name,screening,,text,"Last name",,,,,,y,,,,,,,
first_name,screening,,text,"First name",,,,,,y,,,,,,,
dob,screening,,text,"Date of birth",,,date_ymd,,,y,,,,,,,
mrn,screening,,text,MRN,,,,,,y,,,,,,,
recruitment_source,screening,,text,"Nurse who referred",,,,,,y,,,,,,,
consent_date,screening,,text,"Date of consent",,,date_ymd,,,,,,,,,,
screening_date,screening,,text,"Date screened",,,date_ymd,,,,,,,,,,
eligible,screening,,yesno,"Eligible?",,,,,,,,,,,,,
status,screening,,radio,Status,"1, Screening | 2, Enrolled | 3, Withdrawn",,,,,,,,,,,,
race,screening,,checkbox,Race,"1, A | 2, B",,,,,,,,,,,,
randomization_date,enrolment,,text,"Date randomized",,,date_ymd,,,,,,,,,,
"""
FLAT = """record_id,redcap_data_access_group,last_name,first_name,dob,mrn,recruitment_source,consent_date,screening_date,eligible,status,race___1,race___2,screening_complete,randomization_date,enrolment_complete
CANARY-1,north_clinic,Canaryname,Jane,1961-07-04,00012345,Canarynurse,2026-03-01,2026-03-05,1,2,1,0,2,2026-03-10,2
CANARY-2,south_clinic,Canaryname,John,1950-01-02,00012346,,2026-03-02,2026-03-06,0,1,0,1,2,,0
"""
LONGITUDINAL = """record_id,redcap_event_name,redcap_repeat_instrument,redcap_repeat_instance,consent_date,screening_date,randomization_date,contact_date,screening_complete
1,screening_arm_1,,,2026-03-01,2026-03-05,,,2
1,baseline_arm_1,,,,,2026-03-10,,
1,screening_arm_1,contacts,1,,,,2026-02-20,
1,screening_arm_1,contacts,2,,,,2026-02-25,
2,screening_arm_1,,,2026-03-02,,,,1
"""
EAV = "record,redcap_event_name,field_name,value\n1,e1,consent_date,2026-03-01\n1,e1,screening_date,2026-03-05\n1,e2,randomization_date,2026-03-10\n2,e1,consent_date,2026-03-02\n"


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    return open_workspace(tmp_path / "workspace")


def loaded(workspace: Workspace, name: str, text: str) -> Inspection:
    found = ingest.inspect(workspace, ingest.receive(workspace, name, text.encode()))
    assert found.problem is None, found.problem
    ingest.load(workspace, found)
    return found


def rows(workspace: Workspace, sql: str) -> list[tuple[Any, ...]]:
    with workspace.warehouse.read() as reader:
        return reader.all(sql)


EVENTS = "select code, occurred_on::varchar from subject_event order by occurred_on, code"


def test_what_the_dictionary_marks_as_identifying_leaves_no_trace(workspace: Workspace) -> None:
    assert loaded(workspace, "Heart_DataDictionary_2026-03-01.csv", DICTIONARY).source == "redcap_dictionary"
    found = loaded(workspace, "HeartStudy_DATA_2026-03-20_1405.csv", FLAT)
    assert found.source == "redcap_records"
    assert found.counts["rows_loaded"] == 2
    assert any("left out: recruitment_source" in told for told in found.decisions)
    assert any("keyed codes: record_id" in told for told in found.decisions)
    kept = json.dumps(found.preview) + json.dumps(
        rows(workspace, "select * exclude (ingested_at) from research_subject"), default=str
    )
    for path in (workspace.root / "record").rglob("*.parquet"):
        kept += json.dumps(rows_of(workspace, path), default=str)
    assert "CANARY" not in kept
    assert "Canary" not in kept


def rows_of(workspace: Workspace, path: Path) -> list[Any]:
    import duckdb

    return duckdb.connect().execute("select * from read_parquet($path)", {"path": str(path)}).fetchall()


def test_a_flat_export_becomes_milestones_with_codes_in_words(workspace: Workspace) -> None:
    loaded(workspace, "Heart_DataDictionary.csv", DICTIONARY)
    loaded(workspace, "HeartStudy_DATA_2026-03-20_1405.csv", FLAT)
    assert rows(workspace, EVENTS) == [
        ("consented", "2026-03-01"), ("consented", "2026-03-02"), ("eligible", "2026-03-05"), ("screened", "2026-03-05"), ("screen_failed", "2026-03-06"),
        ("screened", "2026-03-06"), ("randomized", "2026-03-10"),
    ]  # fmt: skip
    assert rows(workspace, "select study from dim_study") == [("HeartStudy",)]
    assert sorted(rows(workspace, "select site from dim_site")) == [("north_clinic",), ("south_clinic",)]


CLASSIC = (
    "\n".join(line.replace(",e1", "").replace(",e2", "").replace(",redcap_event_name", "") for line in EAV.splitlines())
    + "\n"
)


@pytest.mark.parametrize(
    "text", [LONGITUDINAL, EAV, CLASSIC], ids=["longitudinal", "eav", "eav of a project without events"]
)
def test_a_records_events_are_put_together(workspace: Workspace, text: str) -> None:
    found = loaded(workspace, "HeartStudy_DATA_2026-03-20_1405.csv", text)
    assert found.counts["rows_in"] == found.counts["rows_loaded"] == 2
    assert found.counts["rows_in"] + found.counts["set_aside"] == len(text.strip().splitlines()) - 1
    events = rows(workspace, EVENTS)
    assert ("randomized", "2026-03-10") in events
    assert ("consented", "2026-03-02") in events
    assert ("approached", "2026-02-20") in events if text is LONGITUDINAL else True


def test_a_status_is_that_of_the_latest_event_that_tells_one(workspace: Workspace) -> None:
    found = loaded(
        workspace,
        "HeartStudy_DATA_2026-03-20_1405.csv",
        "record_id,redcap_event_name,visit_date,consent_date,screen_fail_reason,withdrawal_reason,status,enrolment_complete\n"
        "1,enroll_arm_1,2026-03-01,2026-03-01,,,Screening,2\n1,visit_2_arm_1,2026-05-01,,,,Withdrawn,2\n",
    )
    assert [(fault.code, fault.row) for fault in found.findings] == [("undated_status", 2)]


def test_undoing_the_dictionary_undoes_what_it_did_to_later_files(workspace: Workspace) -> None:
    loaded(workspace, "Heart_DataDictionary.csv", DICTIONARY)
    ingest.undo(workspace, ingest.loads(workspace)[0].load_id)
    found = ingest.inspect(workspace, ingest.receive(workspace, "X_DATA_2026-03-20_1405.csv", FLAT.encode()))
    assert not [told for told in found.decisions if "dictionary" in told]


HEADINGS = DICTIONARY.splitlines()[0]
# REDCap's own template for a longitudinal study, in short: a day of consent called date_enrolled, and much besides.
TEMPLATE = f"""{HEADINGS}
study_id,demographics,,text,"Study ID",,,,,,,,,,,,,
date_enrolled,demographics,"Consent Information",text,"Date subject signed consent",,YYYY-MM-DD,date_ymd,,,,,,,,,,
height,baseline,,text,"Height (cm)",,,number,,,,,,,,,,
weight,baseline,,text,"Weight (kg)",,,integer,,,,,,,,,,
prealb_b,baseline,,text,"Serum Prealbumin (mg/dL)",,,number,,,,,,,,,,
chol_b,baseline,,text,"Cholesterol (mg/dL)",,,number,,,,,,,,,,
vld1,visit,,text,"Creatinine (mg/dL)",,,number,,,,,,,,,,
vob7,visit,,notes,Other,,,,,,,,,,,,,
withdraw_date,completion,,text,"Put a date if patient withdrew study",,,date_ymd,,,,,,,,,,
cpq1,completion,,text,"Date of study completion",,,date_ymd,,,,,,,,,,
cpq2,completion,,text,"Transferrin (mg/dL)",,,integer,,,,,,,,,,
"""
TEMPLATE_ROWS = """100,enrollment_arm_1,2015-04-02,160,80,35,355,,,2,,,,
100,visit_1_arm_1,,,,,,5.6,calm,,,,,
100,final_visit_arm_1,,,,,,,,,2015-06-02,,,2
220,enrollment_arm_1,2015-04-03,156,66,20.2,544,,,2,,,,
220,final_visit_arm_1,,,,,,,,,,2015-07-02,35,2
"""
TEMPLATE_RAW = f"""study_id,redcap_event_name,date_enrolled,height,weight,prealb_b,chol_b,vld1,vob7,baseline_complete,withdraw_date,cpq1,cpq2,completion_complete
{TEMPLATE_ROWS}"""
TEMPLATE_LABELS = f"""Study ID,Event Name,Date subject signed consent,Height (cm),Weight (kg),Serum Prealbumin (mg/dL),Cholesterol (mg/dL),Creatinine (mg/dL),Other,Complete?,Put a date if patient withdrew study,Date of study completion,Transferrin (mg/dL),Complete?
{TEMPLATE_ROWS}"""
HAPPENED = [
    ("consented", "2015-04-02"),
    ("consented", "2015-04-03"),
    ("withdrawn", "2015-06-02"),
    ("completed", "2015-07-02"),
]


def test_a_date_goes_by_its_label_where_that_says_another_milestone_than_its_name(workspace: Workspace) -> None:
    loaded(workspace, "Nutrition_DataDictionary_2026-01-01.csv", TEMPLATE)
    found = loaded(workspace, "Nutrition_DATA_2026-01-02_1405.csv", TEMPLATE_RAW)
    assert rows(workspace, EVENTS) == HAPPENED
    assert any("date_enrolled (Date subject signed consent)" in note for note in found.reading.notes)


def test_an_export_with_labels_says_the_same_however_many_columns_it_has_besides(workspace: Workspace) -> None:
    loaded(workspace, "Nutrition_DATA_LABELS_2026-01-02_1405.csv", TEMPLATE_LABELS)
    assert rows(workspace, EVENTS) == HAPPENED


def test_a_name_counts_where_no_dictionary_says_otherwise(workspace: Workspace) -> None:
    loaded(workspace, "Nutrition_DATA_2026-01-02_1405.csv", TEMPLATE_RAW)
    assert [code for code, _ in rows(workspace, EVENTS)] == ["on_study", "on_study", "withdrawn"]


def coded(choices: str) -> str:
    return (
        f'{HEADINGS}\nrecord_id,screening,,text,"Record ID",,,,,,,,,,,,,\nconsent_date,screening,,text,"Date of consent",,,date_ymd,,,,,,,,,,\n'
        f'status,screening,,radio,Status,"{choices}",,,,,,,,,,,,\n'
    )


CODED = "record_id,consent_date,status,screening_complete\n1,2026-03-01,1,2\n2,2026-03-02,2,2\n"


@pytest.mark.parametrize("order", [("Heart", "Lung"), ("Lung", "Heart")])
def test_codes_are_read_by_the_dictionary_of_their_own_project(workspace: Workspace, order: tuple[str, str]) -> None:
    choices = {"Heart": "1, Enrolled | 2, Withdrawn", "Lung": "1, Withdrawn | 2, Enrolled"}
    for project in order:
        loaded(workspace, f"{project}_DataDictionary_2026-03-01.csv", coded(choices[project]))
    for project, second in (("Heart", "withdrawn"), ("Lung", "on_study")):
        found = ingest.inspect(
            workspace,
            ingest.receive(
                workspace,
                f"{project}_DATA_2026-03-20_1405.csv",
                CODED.replace("03-02", f"03-{len(project):02}").encode(),
            ),
        )
        assert found.preview[1]["status"] == second
        assert not any("equally well" in note for note in found.reading.notes)
        found.discard()


def test_of_two_dictionaries_that_fit_equally_the_latest_is_taken_and_that_is_said(workspace: Workspace) -> None:
    loaded(workspace, "Heart_DataDictionary_2026-03-01.csv", coded("1, Enrolled | 2, Withdrawn"))
    loaded(workspace, "Lung_DataDictionary_2026-03-01.csv", coded("1, Withdrawn | 2, Enrolled"))
    found = ingest.inspect(workspace, ingest.receive(workspace, "march.csv", CODED.encode()))
    assert any("equally well" in note and "Lung_DataDictionary" in note for note in found.reading.notes)
    found.discard()


def test_a_dictionary_of_another_project_reads_no_codes(workspace: Workspace) -> None:
    loaded(workspace, "Heart_DataDictionary_2026-03-01.csv", coded("1, Enrolled | 2, Withdrawn"))
    other = "record_id,icf_date,arm,status,enrolment_complete\n1,2026-03-01,a,1,2\n"
    found = ingest.inspect(workspace, ingest.receive(workspace, "Lung_DATA_2026-03-20_1405.csv", other.encode()))
    assert found.preview[0]["status"] == "none"  # a code that nobody has explained, which a finding says
    assert [fault.code for fault in found.findings] == ["unknown_value"]
    assert any("Heart_DataDictionary_2026-03-01.csv knows 2 of 4 columns" in note for note in found.reading.notes)
    found.discard()


def test_a_file_of_another_program_is_told_nothing_of_dictionaries(workspace: Workspace) -> None:
    loaded(workspace, "Heart_DataDictionary_2026-03-01.csv", coded("1, Enrolled | 2, Withdrawn"))
    log = "record_id,status,Date Received,Referring Provider\n1,Scheduled,2026-03-01,Dr. Ann Fox\n"
    found = ingest.inspect(workspace, ingest.receive(workspace, "log.csv", log.encode()))
    assert not any("data dictionary" in note.lower() for note in found.reading.notes)
    found.discard()


def test_a_project_that_has_grown_is_read_by_the_dictionary_of_its_name(workspace: Workspace) -> None:
    loaded(workspace, "Heart_DataDictionary_2026-03-01.csv", coded("1, Enrolled | 2, Withdrawn"))
    grown = "record_id,icf_date,arm,site_visit,status,enrolment_complete\n1,2026-03-01,a,b,1,2\n2,2026-03-02,a,b,2,2\n"
    found = ingest.inspect(workspace, ingest.receive(workspace, "Heart_DATA_2026-03-20_1405.csv", grown.encode()))
    assert [row["status"] for row in found.preview] == ["on_study", "withdrawn"]
    found.discard()


@pytest.mark.parametrize(
    ("header", "is_one"),
    [
        (["record_id", "a", "screening_complete"], True),
        (["Record ID", "Event Name", "Repeat Instrument", "a"], True),
        (["record", "field_name", "value"], True),
        (
            [
                "record",
                "redcap_event_name",
                "redcap_repeat_instrument",
                "redcap_repeat_instance",
                "field_name",
                "value",
            ],
            True,
        ),
        (["record_id", "name", "value"], False),
        (["Date Received", "Patient", "Site"], False),
    ],
)
def test_an_export_is_told_by_its_own_columns(header: list[str], is_one: bool) -> None:
    assert redcap.is_export(Reading("csv", header, [1], 0)) is is_one


def test_what_was_ticked_is_the_reason_and_never_that_a_box_was_not(workspace: Workspace) -> None:
    reasons = ",".join(f'"Reason for screen failure (choice={box})"' for box in ("Age", "Labs", "Declined, other"))
    lines = (
        f"Record ID,Data Access Group,Date of consent,Date screened,Eligible?,{reasons},Complete?",
        "1,North,2026-03-01,2026-03-05,Yes,Unchecked,Unchecked,Unchecked,Complete",
        "2,North,2026-03-02,2026-03-06,No,Unchecked,Checked,Checked,Complete",
    )
    loaded(workspace, "Heart_DATA_LABELS_2026-03-20_1405.csv", "\n".join(lines) + "\n")
    told = rows(
        workspace, "select code, reason_code from subject_event where code = 'screen_failed' or reason_code is not null"
    )
    assert told == [("screen_failed", "Labs; Declined, other")]


def test_questions_that_are_worded_alike_keep_their_boxes_apart(workspace: Workspace) -> None:
    boxes = ",".join(
        f'"{question} (choice={box})"'
        for question, offered in (("Reason for screen failure", "AB"), ("Reason for screen failure", "AC"), ("Other", "D"), ("Reason for screen failure", "E"))
        for box in offered
    )  # fmt: skip
    text = f"Record ID,Data Access Group,Date of consent,Date screened,Eligible?,{boxes},Complete?\n1,North,2026-03-01,2026-03-05,No," + (
        "Unchecked,Checked,Unchecked,Checked,Unchecked,Checked,Complete\n"
    )  # fmt: skip
    loaded(workspace, "Heart_DATA_LABELS_2026-03-20_1405.csv", text)
    assert rows(workspace, "select reason_code from subject_event where code = 'screen_failed'") == [("B",)]


BOXES = """record,redcap_event_name,field_name,value
1,e1,consent_date,2026-03-01
1,e1,screening_date,2026-03-05
1,e1,eligible,No
1,e1,reason_for_screen_failure,3
1,e1,reason_for_screen_failure,1
1,e1,reason_for_screen_failure,3
2,e1,consent_date,2026-03-02
2,e1,screening_date,2026-03-06
2,e1,eligible,No
2,e1,reason_for_screen_failure,1
"""
OFFERED = (
    f'{HEADINGS}\nconsent_date,screening,,text,"Date of consent",,,date_ymd,,,,,,,,,,\nscreening_date,screening,,text,Screened,,,date_ymd,,,,,,,,,,\n'
    'eligible,screening,,text,Eligible,,,,,,,,,,,,,\nreason_for_screen_failure,screening,,checkbox,Why,"1, Age | 3, Declined",,,,,,,,,,,,\n'
)


@pytest.mark.parametrize(("dictionary", "told"), [("", ["3; 1", "1"]), (OFFERED, ["Declined; Age", "Age"])])
def test_of_boxes_in_a_list_of_values_each_that_was_ticked_counts(
    workspace: Workspace, dictionary: str, told: list[str]
) -> None:
    if dictionary:
        loaded(workspace, "Heart_DataDictionary_2026-03-01.csv", dictionary)
    loaded(workspace, "Heart_DATA_2026-03-20_1405.csv", BOXES)
    found = rows(workspace, "select reason_code from subject_event where code = 'screen_failed' order by occurred_on")
    assert [reason for (reason,) in found] == told
