"""KoboToolbox's export of a form: answers with the form's own times (their offset beside them) and the server's, which is UTC."""

from __future__ import annotations

from pipelines.sources import Field, Source
from pipelines.vocabulary import QUESTIONS, SURVEY_EMITS, SURVEY_RELATIONS, survey_fields

FIELDS = (
    Field("response", "_id", "identifier", ("_id", "_uuid"), required=True, example="90412"),
    Field("started", "start", "datetime", ("start",), example="2026-03-31T09:00:00.000-04:00"),
    Field("ended", "_submission_time", "datetime", ("_submission_time",), required=True, utc=True, example="2026-03-31T13:04:00"),
    *survey_fields(),
)  # fmt: skip

SOURCE = Source(
    name="kobo_forms",
    title="Survey answers (KoboToolbox)",
    description="Answers to a form, one row per submission, the questions as headers.",
    system="kobo",
    fields=FIELDS,
    signature=(frozenset({"response", "ended"}), frozenset({"response", "started", "ended"})),
    primary="survey_response",
    restates=("response_id",),
    zone_field="site",
    items=True,
    preamble=("survey", "site"),
    ignored=("end", "today", "deviceid", "username", "phonenumber", "simserial", "subscriberid", "_uuid", "_index", "_submitted_by", "_validation_status", "_notes", "_status", "_tags",
             "__version__", "_version_", "meta/instanceID", "meta/rootUuid", "formhub/uuid", "_xform_id_string", "_attachments", "_geolocation", "audit", "background-audio"),
    relations=SURVEY_RELATIONS,
    emits=SURVEY_EMITS,
    further=QUESTIONS,
    order=60,
)  # fmt: skip
