"""CDISC ODM through the whole road: what REDCap and trial systems export of a study, and what only looks like it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pipelines import ingest
from pipelines.errors import FileRefused
from pipelines.ingest import Inspection
from pipelines.workspace import Workspace, open_workspace

REDCAP = """<?xml version="1.0" encoding="UTF-8" ?>
<ODM xmlns="http://www.cdisc.org/ns/odm/v1.3" xmlns:redcap="https://projectredcap.org" ODMVersion="1.3.1" FileOID="000" FileType="Snapshot" SourceSystem="REDCap" SourceSystemVersion="10.5.1">
<Study OID="Project.Heart"><GlobalVariables><StudyName>HEART-1</StudyName><StudyDescription>x</StudyDescription><ProtocolName>Heart</ProtocolName><redcap:MissingDataCodes>NI, No information | UNK, Unknown</redcap:MissingDataCodes></GlobalVariables>
<MetaDataVersion OID="M" Name="Heart" redcap:RecordIdField="record_id">
<StudyEventDef OID="Event.scr_arm_1" Name="Screening" Type="Common" Repeating="No" redcap:UniqueEventName="scr_arm_1"/>
<StudyEventDef OID="Event.base_arm_1" Name="Baseline" Type="Common" Repeating="No" redcap:UniqueEventName="base_arm_1"/>
<FormDef OID="Form.contacts" Name="contacts" Repeating="Yes" redcap:FormName="contacts"/>
<FormDef OID="Form.screening" Name="screening" Repeating="No" redcap:FormName="screening"/>
<ItemDef OID="record_id" Name="record_id" DataType="text" redcap:Variable="record_id"/>
<ItemDef OID="last_name" Name="last_name" DataType="text" redcap:Variable="last_name" redcap:Identifier="y"/>
<ItemDef OID="nurse" Name="nurse" DataType="text" redcap:Variable="nurse" redcap:Identifier="y"/>
<ItemDef OID="consent_date" Name="consent_date" DataType="date" redcap:Variable="consent_date"/>
<ItemDef OID="screening_date" Name="screening_date" DataType="date" redcap:Variable="screening_date"/>
<ItemDef OID="contact_date" Name="contact_date" DataType="date" redcap:Variable="contact_date"/>
<ItemDef OID="randomization_date" Name="randomization_date" DataType="date" redcap:Variable="randomization_date"/>
<ItemDef OID="eligible" Name="eligible" DataType="boolean" redcap:Variable="eligible"><CodeListRef CodeListOID="eligible.choices"/></ItemDef>
<ItemDef OID="screening_complete" Name="screening_complete" DataType="text"><CodeListRef CodeListOID="c"/></ItemDef>
<CodeList OID="eligible.choices" Name="e" DataType="boolean"><CodeListItem CodedValue="1"><Decode><TranslatedText>Yes</TranslatedText></Decode></CodeListItem><CodeListItem CodedValue="0"><Decode><TranslatedText>No</TranslatedText></Decode></CodeListItem></CodeList>
<CodeList OID="c" Name="c" DataType="text"><CodeListItem CodedValue="2"><Decode><TranslatedText>Complete</TranslatedText></Decode></CodeListItem></CodeList>
</MetaDataVersion></Study>
<ClinicalData StudyOID="Project.Heart" MetaDataVersionOID="M">
<SubjectData SubjectKey="1" redcap:RecordIdField="record_id">
<StudyEventData StudyEventOID="Event.scr_arm_1" StudyEventRepeatKey="1" redcap:UniqueEventName="scr_arm_1">
<FormData FormOID="Form.screening" FormRepeatKey="1"><ItemGroupData ItemGroupOID="g" ItemGroupRepeatKey="1"><ItemData ItemOID="record_id" Value="1"/><ItemData ItemOID="last_name" Value="CANARY"/><ItemData ItemOID="nurse" Value="CANARY2"/><ItemData ItemOID="consent_date" Value="2026-03-01"/><ItemData ItemOID="screening_date" Value="2026-03-05"/><ItemData ItemOID="eligible" Value="1"/></ItemGroupData><ItemGroupData ItemGroupOID="g2" ItemGroupRepeatKey="1"><ItemData ItemOID="screening_complete" Value="2"/></ItemGroupData></FormData>
<FormData FormOID="Form.contacts" FormRepeatKey="1"><ItemGroupData ItemGroupOID="h" ItemGroupRepeatKey="1"><ItemData ItemOID="contact_date" Value="2026-02-20"/></ItemGroupData></FormData>
<FormData FormOID="Form.contacts" FormRepeatKey="2"><ItemGroupData ItemGroupOID="h" ItemGroupRepeatKey="1"><ItemData ItemOID="contact_date" Value="2026-02-25"/></ItemGroupData></FormData>
</StudyEventData>
<StudyEventData StudyEventOID="Event.base_arm_1" StudyEventRepeatKey="1" redcap:UniqueEventName="base_arm_1"><FormData FormOID="Form.base" FormRepeatKey="1"><ItemGroupData ItemGroupOID="b" ItemGroupRepeatKey="1"><ItemData ItemOID="randomization_date" Value="2026-03-10"/></ItemGroupData></FormData></StudyEventData>
</SubjectData>
<SubjectData SubjectKey="2" redcap:RecordIdField="record_id">
<StudyEventData StudyEventOID="Event.scr_arm_1" StudyEventRepeatKey="1" redcap:UniqueEventName="scr_arm_1">
<FormData FormOID="Form.screening" FormRepeatKey="1"><ItemGroupData ItemGroupOID="g" ItemGroupRepeatKey="1"><ItemData ItemOID="record_id" Value="2"/><ItemData ItemOID="consent_date" Value="2026-03-02"/><ItemData ItemOID="screening_date" Value="UNK"/></ItemGroupData></FormData></StudyEventData>
</SubjectData>
</ClinicalData></ODM>
"""
TRIAL = """<ODM xmlns="http://www.cdisc.org/ns/odm/v1.3" xmlns:OpenClinica="http://www.openclinica.org/ns/odm_ext_v130/v3.1" FileType="Transactional" FileOID="1" CreationDateTime="2026-05-01T10:00:00" ODMVersion="1.3">
<Study OID="S_CARD"><GlobalVariables><StudyName>CARD-7</StudyName><ProtocolName>CARD-7</ProtocolName></GlobalVariables>
<MetaDataVersion OID="v1" Name="v1"><StudyEventDef OID="SE_SCR" Name="Screening" Repeating="No"/><StudyEventDef OID="SE_UNS" Name="Unscheduled" Repeating="Yes"/>
<FormDef OID="F_IC" Name="Consent" Repeating="No"/>
<ItemDef OID="I_IC_DAT" Name="Date of Informed Consent" DataType="date"/><ItemDef OID="I_SCR_DAT" Name="Screening date" DataType="date"/><ItemDef OID="I_A" Name="Visit date" DataType="date"/><ItemDef OID="I_B" Name="Visit date" DataType="date"/><ItemDef OID="I_RND" Name="RANDDT" DataType="date"/></MetaDataVersion></Study>
<AdminData StudyOID="S_CARD"><Location OID="L.1" Name="North Clinic" LocationType="Site"/></AdminData>
<ReferenceData StudyOID="S_CARD" MetaDataVersionOID="v1"><ItemGroupData ItemGroupOID="R"><ItemData ItemOID="X" Value="7"/></ItemGroupData></ReferenceData>
<ClinicalData StudyOID="S_CARD" MetaDataVersionOID="v1">
<SubjectData SubjectKey="SS_001" OpenClinica:StudySubjectID="001" OpenClinica:Sex="f" TransactionType="Insert"><SiteRef LocationOID="L.1"/>
<StudyEventData StudyEventOID="SE_SCR"><FormData FormOID="F_IC"><ItemGroupData ItemGroupOID="IG"><ItemDataDate ItemOID="I_IC_DAT">2026-04-01</ItemDataDate><ItemData ItemOID="I_SCR_DAT" Value="2026-04-03"><AuditRecord><UserRef UserOID="U"/><DateTimeStamp>2026-04-03T10:00:00</DateTimeStamp></AuditRecord></ItemData><ItemData ItemOID="I_A" Value="2026-04-03"/></ItemGroupData></FormData></StudyEventData>
<StudyEventData StudyEventOID="SE_UNS" StudyEventRepeatKey="1"><FormData FormOID="F_V"><ItemGroupData ItemGroupOID="IGV"><ItemData ItemOID="I_B" Value="2026-04-20"/></ItemGroupData></FormData></StudyEventData>
<StudyEventData StudyEventOID="SE_UNS" StudyEventRepeatKey="2"><FormData FormOID="F_V"><ItemGroupData ItemGroupOID="IGV"><ItemData ItemOID="I_B" Value="2026-04-25"/></ItemGroupData></FormData></StudyEventData>
</SubjectData>
<SubjectData SubjectKey="SS_002" OpenClinica:StudySubjectID="002" TransactionType="Insert"><SiteRef LocationOID="L.1"/>
<StudyEventData StudyEventOID="SE_SCR"><FormData FormOID="F_IC"><ItemGroupData ItemGroupOID="IG"><ItemData ItemOID="I_IC_DAT"><Value>2026-04-02</Value></ItemData><ItemData ItemOID="I_RND" Value="2026-04-09"/></ItemGroupData></FormData></StudyEventData></SubjectData>
<SubjectData SubjectKey="SS_002" OpenClinica:StudySubjectID="002"><StudyEventData StudyEventOID="SE_SCR"><FormData FormOID="F_IC"><ItemGroupData ItemGroupOID="IG"><ItemData ItemOID="I_RND" TransactionType="Remove"/></ItemGroupData></FormData></StudyEventData></SubjectData>
<SubjectData SubjectKey="SS_003" OpenClinica:StudySubjectID="003"><StudyEventData StudyEventOID="SE_SCR"><FormData FormOID="F_IC"><ItemGroupData ItemGroupOID="IG"><ItemData ItemOID="I_IC_DAT" Value="2026-04-04"/></ItemGroupData></FormData></StudyEventData></SubjectData>
<SubjectData SubjectKey="SS_003" OpenClinica:StudySubjectID="003" TransactionType="Remove"/>
</ClinicalData></ODM>
"""
EVENTS = """select s.screening_number, e.code, e.occurred_on::varchar from subject_event e join research_subject s using (subject_id)
    order by 1, 3, 2"""


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    return open_workspace(tmp_path / "workspace")


def inspected(workspace: Workspace, text: str) -> Inspection:
    return ingest.inspect(workspace, ingest.receive(workspace, "study.xml", text.encode()))


def loaded(workspace: Workspace, text: str) -> Inspection:
    found = inspected(workspace, text)
    assert found.problem is None, found.problem
    ingest.load(workspace, found)
    return found


def rows(workspace: Workspace, sql: str) -> list[tuple[Any, ...]]:
    with workspace.warehouse.read() as reader:
        return reader.all(sql)


def test_a_redcap_project_as_odm_is_read_like_its_csv(workspace: Workspace) -> None:
    found = loaded(workspace, REDCAP)
    assert (found.source, found.counts["rows_loaded"]) == ("redcap_records", 2)
    assert rows(workspace, EVENTS) == [
        ("1", "approached", "2026-02-20"), ("1", "consented", "2026-03-01"), ("1", "eligible", "2026-03-05"), ("1", "screened", "2026-03-05"),
        ("1", "randomized", "2026-03-10"), ("2", "consented", "2026-03-02"),
    ]  # fmt: skip
    assert rows(workspace, "select code from research_study") == [("HEART-1",)]


def test_a_code_for_a_missing_value_is_none(workspace: Workspace) -> None:
    assert not loaded(workspace, REDCAP).findings


def test_what_the_file_marks_as_identifying_leaves_no_trace(workspace: Workspace) -> None:
    found = loaded(workspace, REDCAP)
    assert any("Marked as identifiers in the file and left out: nurse" in told for told in found.decisions)
    kept = json.dumps(found.preview)
    for table in ("research_subject", "subject_event"):
        kept += json.dumps(rows(workspace, f"select * from {table}"), default=str)
    assert "CANARY" not in kept


def test_a_trial_systems_subjects_have_their_own_numbers_sites_and_milestones(workspace: Workspace) -> None:
    found = loaded(workspace, TRIAL)
    assert (found.source, found.counts["rows_loaded"]) == ("odm_records", 2)
    assert rows(workspace, EVENTS) == [
        ("001", "consented", "2026-04-01"),
        ("001", "screened", "2026-04-03"),
        ("002", "consented", "2026-04-02"),
    ]
    assert rows(workspace, "select name from site") == [("North Clinic",)]


def test_what_a_later_transaction_removes_is_gone_and_said(workspace: Workspace) -> None:
    found = inspected(workspace, TRIAL)
    assert any("2 values that the file itself removes again" in note for note in found.reading.notes)


MENDED = """<ODM xmlns="http://www.cdisc.org/ns/odm/v1.3" xmlns:m="http://www.mdsol.com/ns/odm/metadata" xmlns:o="http://www.openclinica.org/ns/odm_ext_v130/v3.1" ODMVersion="1.3" FileType="Transactional" FileOID="x">
<Study OID="ST1"><GlobalVariables><StudyName>HEART-1</StudyName></GlobalVariables><MetaDataVersion OID="1" Name="1">
<ItemDef OID="I1" Name="consent_date" DataType="date"/><ItemDef OID="I2" Name="randomization_date" DataType="date"/></MetaDataVersion></Study>
<ClinicalData StudyOID="ST1" MetaDataVersionOID="1">
<SubjectData SubjectKey="a" m:SubjectName="New Subject"><StudyEventData StudyEventOID="E"><FormData FormOID="F1"><ItemGroupData ItemGroupOID="G1"><ItemData ItemOID="I1" Value="2026-03-01"/></ItemGroupData></FormData></StudyEventData></SubjectData>
<SubjectData SubjectKey="b" m:SubjectName="New Subject"><StudyEventData StudyEventOID="E"><FormData FormOID="F1"><ItemGroupData ItemGroupOID="G1"><ItemData ItemOID="I1" Value="2026-03-02"/></ItemGroupData></FormData>
<FormData FormOID="F2"><ItemGroupData ItemGroupOID="G2"><ItemData ItemOID="I2" Value="2026-03-06"/></ItemGroupData></FormData></StudyEventData></SubjectData>
<SubjectData SubjectKey="c" o:StudySubjectID="003" o:Status="removed"><StudyEventData StudyEventOID="E"><FormData FormOID="F1"><ItemGroupData ItemGroupOID="G1"><ItemData ItemOID="I1" Value="2026-03-03"/></ItemGroupData></FormData></StudyEventData></SubjectData>
</ClinicalData><ClinicalData StudyOID="ST1" MetaDataVersionOID="1">
<SubjectData SubjectKey="a" m:SubjectName="001"><StudyEventData StudyEventOID="E"><FormData FormOID="F2"><ItemGroupData ItemGroupOID="G2"><ItemData ItemOID="I2" Value="2026-03-05"/></ItemGroupData></FormData></StudyEventData></SubjectData>
<SubjectData SubjectKey="b" m:SubjectName="002"><StudyEventData StudyEventOID="E"><FormData FormOID="F2" TransactionType="Remove"/></StudyEventData></SubjectData>
</ClinicalData></ODM>"""


def test_a_subject_named_later_is_one_and_what_was_taken_out_counts_no_more(workspace: Workspace) -> None:
    found = loaded(workspace, MENDED)
    assert rows(workspace, EVENTS) == [
        ("001", "consented", "2026-03-01"),
        ("001", "randomized", "2026-03-05"),
        ("002", "consented", "2026-03-02"),
    ]
    assert any(
        "2 values that the file itself removes again, or says to be removed" in note for note in found.reading.notes
    )


def test_items_of_one_name_are_told_apart_by_their_number(workspace: Workspace) -> None:
    header = inspected(workspace, TRIAL).reading.header
    assert {"Visit date (I_A)", "Visit date (I_B)"} <= set(header)


def test_each_study_with_data_is_a_part(workspace: Workspace) -> None:
    other = """<ClinicalData StudyOID="OTHER"><SubjectData SubjectKey="9"><StudyEventData StudyEventOID="E"><FormData FormOID="F"><ItemGroupData
        ItemGroupOID="G"><ItemData ItemOID="I_IC_DAT" Value="2026-04-07"/></ItemGroupData></FormData></StudyEventData></SubjectData></ClinicalData></ODM>"""
    found = inspected(workspace, TRIAL.replace("</ODM>", other))
    assert found.reading.parts == ["CARD-7", "OTHER"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('<odm:ODM xmlns:odm="http://www.cdisc.org/ns/odm/v1.3"><odm:ClinicalData/></odm:ODM>', "holds no subject's data"),
        (TRIAL[:3000], "damaged or was cut off"),
        (TRIAL.replace("<ODM", '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>\n<ODM', 1), "a document type"),
        ('<ODM xmlns="http://www.cdisc.org/ns/odm/v1.3"><StudyEventData/><SiteRef LocationOID="L"/><ItemData ItemOID="A" Value="1"/></ODM>', "holds no subject's data"),
        ('<ODM xmlns="http://www.cdisc.org/ns/odm/v1.3">' + "<a>" * 200_000, "damaged or was cut off"),
    ],
    ids=["no-data", "cut-off", "entities", "out-of-place", "deep"],
)  # fmt: skip
def test_odm_without_data_or_that_breaks_off_is_refused_with_its_reason(
    workspace: Workspace, text: str, says: str
) -> None:
    with pytest.raises(FileRefused, match=says):
        inspected(workspace, text)
