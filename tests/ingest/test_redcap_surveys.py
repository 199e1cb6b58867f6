"""A REDCap survey of referrers becomes survey answers; one of patients does not."""

from __future__ import annotations

from typing import Any

import pytest

from pipelines import ingest
from pipelines.ingest import Inspection
from pipelines.workspace import Workspace

RAW = """record_id,redcap_survey_identifier,referrer_feedback_timestamp,practice_name,overall_satisfaction,recommend,liked___1,liked___2,comments,referrer_feedback_complete
1,canary@elm.example,2026-03-02 10:11:12,Elm Clinic,5,10,1,0,Quick to answer,2
2,,2026-03-03 11:00:00,Oak Clinic,4,8,0,0,,2
3,,[not completed],Ash Clinic,,,0,0,,0
4,,2026-03-05 09:30:00,Elm Clinic,2,3,0,1,Slow reports,2
"""
LABELS = """Record ID,Survey Identifier,Survey Timestamp,Practice Name,How satisfied are you overall?,How likely are you to recommend us?,Complete?
1,canary@elm.example,2026-03-02 10:11:12,Elm Clinic,5,10,Complete
2,,[not completed],Oak Clinic,,,Incomplete
"""
DICTIONARY = """"Variable / Field Name","Form Name","Section Header","Field Type","Field Label","Choices, Calculations, OR Slider Labels","Field Note","Text Validation Type OR Show Slider Number","Text Validation Min","Text Validation Max",Identifier?,"Branching Logic (Show field only if...)","Required Field?","Custom Alignment","Question Number (surveys only)","Matrix Group Name","Matrix Ranking?","Field Annotation"
record_id,referrer_feedback,,text,"Record ID",,,,,,,,,,,,,
practice_name,referrer_feedback,,text,"Practice Name",,,,,,,,,,,,,
overall_satisfaction,referrer_feedback,,radio,"How satisfied are you overall?","1, Very dissatisfied | 2, Dissatisfied | 3, Neutral | 4, Satisfied | 5, Very satisfied",,,,,,,,,,,,
recommend,referrer_feedback,,slider,"How likely are you to recommend us?",,,,,,,,,,,,,
liked,referrer_feedback,,checkbox,"What did you like?","1, Speed | 2, Reports",,,,,,,,,,,,
comments,referrer_feedback,,notes,"Anything else?",,,,,,y,,,,,,,
"""
WAVES = """record_id,redcap_event_name,referrer_feedback_timestamp,practice_name,overall_satisfaction,recommend,comments,referrer_feedback_complete
1,spring_arm_1,2026-03-02 10:11:12,Elm Clinic,5,10,Quick,2
1,fall_arm_1,2026-09-02 10:11:12,Elm Clinic,2,3,,2
2,spring_arm_1,[not completed],Oak Clinic,,,,0
2,fall_arm_1,2026-09-03 11:00:00,Oak Clinic,4,8,,2
"""
INSTANCES = """record_id,redcap_repeat_instrument,redcap_repeat_instance,practice_name,practice_complete,referrer_feedback_timestamp,overall_satisfaction,recommend,referrer_feedback_complete
1,,,Elm Clinic,2,,,,
1,referrer_feedback,1,,,2026-03-02 10:11:12,5,10,2
1,referrer_feedback,2,,,2026-09-02 10:11:12,1,3,2
2,,,Oak Clinic,2,,,,
2,referrer_feedback,1,,,2026-09-03 11:00:00,3,8,2
"""
LISTED = """record,redcap_event_name,field_name,value
1,spring_arm_1,practice_name,Elm Clinic
1,spring_arm_1,referrer_feedback_timestamp,2026-03-02 10:11:12
1,spring_arm_1,recommend,10
1,spring_arm_1,referrer_feedback_complete,2
1,fall_arm_1,practice_name,Elm Clinic
1,fall_arm_1,referrer_feedback_timestamp,2026-09-02 10:11:12
1,fall_arm_1,recommend,3
1,fall_arm_1,referrer_feedback_complete,2
2,fall_arm_1,practice_name,Oak Clinic
2,fall_arm_1,referrer_feedback_timestamp,2026-09-03 11:00:00
2,fall_arm_1,recommend,8
2,fall_arm_1,referrer_feedback_complete,2
"""
MISSING = """record_id,feedback_timestamp,practice_name,satisfied_communication,recommend,feedback_complete
1,2026-03-02 10:11:12,Elm Clinic,1,9,2
2,2026-03-03 10:11:12,UNK,2,-99,2
3,2026-03-04 10:11:12,Oak Clinic,NASK,3,2
"""
PATIENTS = {
    "named in labels": "Record ID,Survey Timestamp,Date of birth,How satisfied are you with our staff?,Complete?\n1,2026-03-02 10:11:12,1961-01-02,5,Complete\n",
    "named": "record_id,eligibility_timestamp,dob,recommend,eligibility_complete\n1,2026-03-02 10:11:12,1961-01-02,5,2\n",
    "answers": "record_id,phq9_timestamp,phq9_1,phq9_2,phq9_complete\n1,2026-03-02 10:11:12,3,1,2\n",
}


def inspected(workspace: Workspace, name: str, text: str) -> Inspection:
    return ingest.inspect(workspace, ingest.receive(workspace, name, text.encode()))


def rows(workspace: Workspace, sql: str) -> list[tuple[Any, ...]]:
    with workspace.warehouse.read() as reader:
        return reader.all(sql)


def test_a_survey_of_referrers_is_told_by_its_time_stamps(workspace: Workspace) -> None:
    found = inspected(workspace, "survey.csv", RAW)
    assert (found.source, found.problem, found.counts["rows_loaded"]) == ("redcap_survey", None, 3)
    assert [(fault.code, fault.row) for fault in found.findings] == [("survey_unfinished", 4)]
    ingest.load(workspace, found)
    assert rows(workspace, "select count(*), count(distinct organization_id) from survey_response") == [(3, 2)]
    assert rows(workspace, "select distinct name from survey") == [("Referrer feedback",)]
    kinds = dict(rows(workspace, "select item_label, any_value(kind) from survey_answer group by 1"))
    assert (kinds["recommend"], kinds["overall_satisfaction"], kinds["comments"]) == ("nps", "rating", "comment")
    assert rows(workspace, "select value_text from survey_answer where item_label = 'liked___1'") == [("Yes",)]
    everything = str(rows(workspace, "select * from survey_response")) + str(
        rows(workspace, "select * from survey_answer")
    )
    assert "canary" not in everything


def test_a_loaded_dictionary_tells_the_questions_and_what_identifies(workspace: Workspace) -> None:
    ingest.load(workspace, inspected(workspace, "dictionary.csv", DICTIONARY))
    found = inspected(workspace, "survey.csv", RAW)
    assert "How likely are you to recommend us?" in found.reading.header
    ingest.load(workspace, found)
    answers = rows(workspace, "select item_label, value_num, value_text from survey_answer order by all")
    assert ("How satisfied are you overall?", 5.0, None) in answers
    assert ("What did you like?: Speed", None, "Speed") in answers
    assert not any("Slow reports" in str(answer) for answer in answers)  # marked as an identifier


def test_an_export_with_labels_is_the_same_survey(workspace: Workspace) -> None:
    found = inspected(workspace, "labels.csv", LABELS)
    assert (found.source, found.counts["rows_loaded"], found.counts["set_aside"]) == ("redcap_survey", 1, 1)
    found.discard()


@pytest.mark.parametrize("text", PATIENTS.values(), ids=PATIENTS)
def test_what_patients_answered_is_never_taken_for_referrers_answers(workspace: Workspace, text: str) -> None:
    assert inspected(workspace, "patients.csv", text).source is None


@pytest.mark.parametrize("text", [WAVES, INSTANCES, LISTED], ids=["events", "instances", "one value a line"])
def test_each_event_or_instance_that_was_answered_is_a_response(workspace: Workspace, text: str) -> None:
    found = inspected(workspace, "Heart_DATA_2026-10-01_1200.csv", text)
    ingest.load(workspace, found)
    assert rows(
        workspace,
        """select r.completed_on::varchar, a.value_num, o.name from survey_response r join survey_answer a using (response_id)
            join organization o using (organization_id) where a.item_code = 'nps' order by 1""",
    ) == [("2026-03-02", 10.0, "Elm Clinic"), ("2026-09-02", 3.0, "Elm Clinic"), ("2026-09-03", 8.0, "Oak Clinic")]
    assert rows(workspace, "select count(*) from survey_answer where item_label like '%complete%'") == [(0,)]


def test_an_answer_of_an_event_is_the_same_one_in_raw_data_and_in_labels(workspace: Workspace) -> None:
    ingest.load(workspace, inspected(workspace, "raw.csv", WAVES))
    labels = (
        "Record ID,Event Name,Survey Timestamp,Practice Name,How likely are you to recommend us?,Complete?\n"
        "1,Spring,2026-03-02 10:11:12,Elm Clinic,10,Complete\n1,Fall (Arm 1: All),2026-09-02 10:11:12,Elm Clinic,4,Complete\n"
    )
    ingest.load(workspace, inspected(workspace, "labels.csv", labels))
    assert rows(workspace, "select count(distinct response_id) from survey_response") == [(3,)]


def test_codes_for_missing_values_are_no_answers_and_no_practices(workspace: Workspace) -> None:
    found = inspected(workspace, "feedback.csv", MISSING)
    assert any("in 3 cells are none" in note for note in found.reading.notes)
    assert any("more is taken for better: “satisfied_communication”" in told for told in found.decisions)
    ingest.load(workspace, found)
    assert rows(workspace, "select name from organization order by 1") == [("Elm Clinic",), ("Oak Clinic",)]
    assert rows(workspace, "select value_num from survey_answer where kind = 'nps' order by 1") == [(3.0,), (9.0,)]


def test_two_surveys_in_one_export_with_labels_are_asked_about(workspace: Workspace) -> None:
    text = (
        "Record ID,Survey Timestamp,Practice Name,How satisfied are you overall?,Complete?,Survey Timestamp,How likely are you to recommend us?,Complete?\n"
        "1,2026-03-02 10:11:12,Elm Clinic,5,Complete,2026-09-02 10:11:12,10,Complete\n"
    )
    assert inspected(workspace, "labels.csv", text).source is None
