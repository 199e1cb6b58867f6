"""What a survey's questions ask, from their wording and all their answers."""

from __future__ import annotations

from typing import Any

import pytest

from pipelines.layouts.items import judge

QUESTIONS = [
    # question, answers, code, kind, scale, one answer's score
    ("How likely are you to recommend us?", ["10", "0", "7"], "nps", "nps", 10, ("7", 7.0)),
    (
        "How likely are you to recommend us?",
        ["10 - Extremely likely", "0 - Not at all"],
        "nps",
        "nps",
        10,
        ("10 - Extremely likely", 10.0),
    ),
    ("Likelihood of recommending", ["5", "4", "3"], "likelihood_of_recommending", "rating", 5, ("4", 4.0)),
    (
        "Likelihood of recommending",
        ["5 - Very good", "1 - Very poor"],
        "likelihood_of_recommending",
        "rating",
        5,
        ("5 - Very good", 5.0),
    ),
    ("Likelihood of recommending", ["5", "4", "6"], "nps", "nps", 10, ("4", 4.0)),
    ("Likelihood of recommending", ["5", "4", "0"], "nps", "nps", 10, ("0", 0.0)),
    ("Likelihood of recommending (0-10)", ["5", "4", "3"], "nps", "nps", 10, ("4", 4.0)),
    ("NPS", ["5", "4", "3"], "nps", "nps", 10, ("4", 4.0)),
    ("Likelihood of recommending", ["5"], "nps", "nps", 10, ("5", 5.0)),  # one answer tells no scale
    ("Overall, how would you rate us?", ["Poor", "Excellent"], "overall", "rating", 5, ("Excellent", 5.0)),
    ("Overall satisfaction", ["Very satisfied", "Neutral"], "overall", "rating", 5, ("Neutral", 3.0)),
    ("Speed of scheduling", ["1", "5", "3"], "speed_of_scheduling", "rating", 5, ("3", 3.0)),
    ("Speed of scheduling", ["4 stars", "5 stars"], "speed_of_scheduling", "rating", 5, ("4 stars", 4.0)),
    ("Staff are courteous", ["Strongly agree", "Disagree"], "staff_are_courteous", "rating", 5, ("Disagree", 2.0)),
    (
        "Would you recommend us?",
        ["Extremely likely - 10", "7", "Not at all likely - 0"],
        "nps",
        "nps",
        10,
        ("Not at all likely - 0", 0.0),
    ),
    ("How likely are you to recommend us?", ["9", "-99", "3"], "nps", "nps", 10, ("9", 9.0)),
    ("Site", ["Clinic - 1", "Clinic - 2"], "site", "other", None, None),
    ("Any comments?", ["Good"], "comment", "comment", None, None),
    ("Say more", ["This is a rather long answer that nobody would pick from a list"], "comment", "comment", None, None),
    ("What is your role?", ["Nurse", "Physician"], "what_is_your_role", "other", None, None),
]


@pytest.mark.parametrize(("label", "answers", "code", "kind", "scale", "score"), QUESTIONS)
def test_a_question_is_judged_as_the_table_says(
    label: str, answers: list[str], code: str, kind: str, scale: int | None, score: Any
) -> None:
    item = judge(0, label, None, answers, set())
    assert (item.code, item.kind, item.scale_max) == (code, kind, scale)
    assert score is None or item.scores[score[0]] == score[1]


def test_a_ladder_shows_in_all_questions_of_a_survey() -> None:
    assert judge(0, "Speed", None, ["Good"], set(), {"good", "poor", "verygood"}).scores == {"Good": 3.0}
    assert judge(0, "Speed", None, ["Good"], set(), {"good", "poor", "verypoor"}).scores == {"Good": 4.0}


def test_two_questions_of_one_wording_have_two_codes() -> None:
    assert judge(0, "Any comments?", None, ["The staff were kind."], {"comment"}).code == "comment_2"


def test_a_question_over_several_columns_is_as_many_questions(desk: Any) -> None:
    text = "Respondent ID,Start Date,End Date,Please rate,,Comments\n,,,Speed,Quality,Open-Ended Response\n1,2026-03-01,2026-03-01,Good,Poor,fine\n"
    desk.map(text, "surveymonkey", sub_headers=1)
    assert desk.rows("survey_answer", "item_code", "item_label", "value_num") == [
        ("comment", "Comments", None), ("please_rate_quality", "Please rate: Quality", 1.0), ("please_rate_speed", "Please rate: Speed", 3.0)
    ]  # fmt: skip


def test_a_promoter_group_beside_the_score_is_not_a_second_question(desk: Any) -> None:
    text = "ResponseId,StartDate,RecordedDate,Status,Finished,Q1_NPS_GROUP,Q1\nResponse ID,,,,,Group,How likely to recommend?\n" \
           '"{""ImportId"":""_recordId""}",,,,,,\nR_1,2026-03-01,2026-03-01,IP Address,True,Promoter,9\n'  # fmt: skip
    desk.map(text, "qualtrics", sub_headers=2)
    assert desk.rows("survey_answer", "item_code", "value_num") == [("nps", 9.0)]


def test_previews_are_set_aside_and_not_counted(desk: Any) -> None:
    text = "ResponseId,StartDate,RecordedDate,Status,Finished,Q1\nR_0,2026-03-01,2026-03-01,Survey Preview,True,9\nR_1,2026-03-01,2026-03-01,IP Address,True,9\n"
    mapped = desk.map(text, "qualtrics")
    assert (mapped.rows_in, mapped.rows_loaded, mapped.rows_rejected, mapped.set_aside) == (1, 1, 0, 1)


def test_names_and_addresses_of_respondents_are_no_answers(desk: Any) -> None:
    header = (
        "Respondent ID,Start Date,End Date,IP Address,Email Address,First Name,Last Name,Why,How likely to recommend?\n"
    )
    desk.map(header + "1,2026-03-01,2026-03-01,192.0.2.1,a@example.invalid,Tweety,Canary,mend it,9\n", "surveymonkey")
    assert desk.rows("survey_answer", "item_code") == [("nps",)]


def test_who_answered_is_dropped_at_the_door_and_what_was_answered_is_not(desk: Any) -> None:
    mapped = desk.map(
        "Submission ID,Submission Date,Your name,Where can we reach you?,Source computer,How likely are you to recommend us?,What could we do better?,Submission IP\n"
        "1,2026-03-12 09:04,Ann Lee,a@x.org,10.0.0.1,9,Nothing,10.0.0.1\n2,2026-03-13 09:04,Ed Poe,b@x.org,10.0.0.2,6,Call back sooner,10.0.0.2"
    )
    assert (mapped.rows_in, mapped.rows_loaded) == (2, 2)
    assert sorted({code for (code,) in desk.rows("survey_answer", "item_code")}) == ["comment", "nps"]


def test_an_answer_that_was_never_sent_or_only_in_part_is_left_out(desk: Any) -> None:
    mapped = desk.map(
        "Response ID,Date Submitted,Status,How likely are you to recommend us?\n1,2026-03-12 09:04,Complete,9\n2,2026-03-13 09:04,Partial,\n3,,Partial,"
    )
    assert (mapped.rows_in, mapped.rows_loaded, mapped.set_aside) == (1, 1, 2)


def test_answers_without_numbers_are_told_apart_by_what_they_say(desk: Any) -> None:
    mapped = desk.map(
        "Submission Date,How likely are you to recommend us?\n2026-03-12 09:04,9\n2026-03-12 09:04,6\n2026-03-12 09:04,9"
    )
    assert (mapped.rows_loaded, mapped.rows_duplicate) == (2, 1)


def test_a_question_to_recommend_on_another_scale_is_said_to_be_out_of_the_score(desk: Any) -> None:
    mapped = desk.map("Submission Date,How likely are you to recommend us?\n2026-03-12 09:04,100\n2026-03-12 09:05,7\n")
    assert any("is not scored: its answers reach 100" in told for told in mapped.decisions)
