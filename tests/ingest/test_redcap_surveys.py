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
PATIENTS = {
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
