"""SurveyMonkey's export: questions in the first header row, sub-questions and choices in the second.

Names, e-mail and network addresses come with it by default and are dropped at the door.
"""

from __future__ import annotations

from pipelines.sources import Field, Source
from pipelines.vocabulary import QUESTIONS, SURVEY_EMITS, SURVEY_RELATIONS, survey_fields

FIELDS = (
    Field("response", "Respondent number", "identifier", ("Respondent ID", "RespondentID", "Response ID"), required=True, example="118000001"),
    Field("started", "Started", "datetime", ("Start Date", "StartDate", "Date Created"), example="03/31/2026 09:00:00 AM"),
    Field("ended", "Finished", "datetime", ("End Date", "EndDate", "Date Modified", "Timestamp"), example="03/31/2026 09:04:00 AM"),
    *survey_fields(),
)  # fmt: skip

SOURCE = Source(
    name="surveymonkey",
    title="Survey answers (SurveyMonkey)",
    description="Answers of referrers, one row per respondent, with two header rows.",
    system="surveymonkey",
    fields=FIELDS,
    signature=(frozenset({"response", "started", "ended"}), frozenset({"response", "ended"})),
    primary="survey_response",
    restates=("response_id",),
    zone_field="site",
    items=True,
    one_of=(("ended", "started"),),
    preamble=("survey", "site"),
    ignored=("Collector ID", "CollectorID", "IP Address", "IPAddress", "Email Address", "Email", "First Name", "Last Name", "Custom Data 2", "Custom Data 3",
             "Custom Data 4", "Custom Data 5", "Date Modified", "Date Created", "User ID"),
    relations=SURVEY_RELATIONS,
    emits=SURVEY_EMITS,
    further=QUESTIONS,
    order=70,
)  # fmt: skip
