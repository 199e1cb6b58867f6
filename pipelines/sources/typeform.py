"""Typeform's answers: a token, the questions as they were asked, and times in UTC at the end."""

from __future__ import annotations

from pipelines.sources import Check, Field, Source
from pipelines.vocabulary import QUESTIONS, SURVEY_EMITS, SURVEY_RELATIONS, survey_fields

FIELDS = (
    Field("response", "Response", "identifier", ("#", "Response ID", "Token"), required=True, example="a1b2c3d4"),
    Field("started", "Started (UTC)", "datetime", ("Start Date (UTC)",), utc=True, example="2026-03-31 09:00:00"),
    Field("ended", "Submitted (UTC)", "datetime", ("Submit Date (UTC)", "Submitted At"), utc=True, example="2026-03-31 09:04:00"),
    *survey_fields(),
)  # fmt: skip

SOURCE = Source(
    name="typeform",
    title="Survey answers (Typeform)",
    description="Answers of referrers, one row per response, the questions as headers.",
    system="typeform",
    fields=FIELDS,
    signature=(frozenset({"response", "started", "ended"}),),
    primary="survey_response",
    restates=("response_id",),
    zone_field="site",
    items=True,
    preamble=("survey", "site"),
    ignored=("Response Type", "Stage Date (UTC)", "Network ID", "Tags", "Ending", "Email", "Email Address", "First name", "Last name", "Phone number", "Name", "Your name"),
    checks=(Check("survey_unfinished", "note", "ended", "select row from parsed where ended is null", aside=True),),
    relations=SURVEY_RELATIONS,
    emits=SURVEY_EMITS,
    further=QUESTIONS,
    order=70,
)  # fmt: skip
