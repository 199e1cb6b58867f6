"""REDCap's answers to a survey of referrers: one instrument with the survey fields (time stamp, identifier) exported.

The survey's identifier is an e-mail address or a name and is dropped at the door.
"""

from __future__ import annotations

from pipelines.sources import Check, Field, Source
from pipelines.vocabulary import QUESTIONS, SURVEY_EMITS, SURVEY_RELATIONS, survey_fields

FIELDS = (
    Field("response", "Record", "identifier", ("record_id", "Record ID", "response_id", "survey_id", "Response ID"), required=True, example="101"),
    Field("started", "Started", "datetime", ("redcap_survey_start",)),
    Field("ended", "Survey timestamp", "datetime", ("redcap_survey_timestamp", "Survey Timestamp"), example="2026-03-31 09:04:00"),
    Field("who", "Survey identifier", "name", ("redcap_survey_identifier", "Survey Identifier"), phi=True),
    *survey_fields(),
)  # fmt: skip

SOURCE = Source(
    name="redcap_survey",
    title="Survey answers (REDCap)",
    description="Answers of referrers to a REDCap survey, one row per record, exported with the survey fields.",
    system="redcap_survey",
    fields=FIELDS,
    signature=(frozenset({"response", "ended"}),),
    wording=r"refer|recommend|satisf|practice|office|clinic|physician|communicat|feedback|our (team|staff|site)",  # patients answer, too
    primary="survey_response",
    restates=("response_id",),
    zone_field="site",
    items=True,
    preamble=("survey", "site"),
    ignored=("Complete?", "redcap_data_access_group", "Data Access Group", "redcap_event_name", "Event Name", "redcap_repeat_instrument",
             "redcap_repeat_instance", "Repeat Instrument", "Repeat Instance"),
    ignored_patterns=(r".*_complete",),  # of its other forms
    checks=(Check("survey_unfinished", "note", "ended", "select row from parsed where ended is null", aside=True),),
    relations=SURVEY_RELATIONS,
    emits=SURVEY_EMITS,
    further=QUESTIONS,
    order=70,
)  # fmt: skip
