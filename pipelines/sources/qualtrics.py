"""Qualtrics' export: three header rows (ids, questions, import ids as JSON).

Previews by the survey's maker are set aside; network addresses, names, e-mail and coordinates are dropped.
"""

from __future__ import annotations

from pipelines.sources import Check, Field, Source
from pipelines.vocabulary import QUESTIONS, SURVEY_EMITS, SURVEY_RELATIONS, survey_fields

FIELDS = (
    Field("response", "Response number", "identifier", ("ResponseId", "Response ID", "_recordId"), required=True, example="R_1abc"),
    Field("started", "Started", "datetime", ("StartDate", "Start Date"), example="2026-03-31 09:00:00"),
    Field("ended", "Recorded at", "datetime", ("RecordedDate", "Recorded Date"), example="2026-03-31 09:04:00"),
    Field("finished_at", "Ended", "datetime", ("EndDate", "End Date")),
    Field("status", "Kind of response", "text", ("Status", "Response Type"), example="IP Address"),
    Field("finished", "Finished?", "boolean", ("Finished",), example="True"),
    *survey_fields(),
)  # fmt: skip

SOURCE = Source(
    name="qualtrics",
    title="Survey answers (Qualtrics)",
    description="Answers of referrers, one row per response, with three header rows.",
    system="qualtrics",
    fields=FIELDS,
    signature=(frozenset({"response", "ended"}), frozenset({"response", "ended", "status"}), frozenset({"response", "started", "finished"}), frozenset({"response", "started", "ended", "status"})),
    primary="survey_response",
    restates=("response_id",),
    zone_field="site",
    items=True,
    one_of=(("ended", "started"),),
    preamble=("survey", "site"),
    ignored=("IPAddress", "IP Address", "Progress", "Duration (in seconds)", "RecipientLastName", "RecipientFirstName", "RecipientEmail", "Recipient Last Name",
             "Recipient First Name", "Recipient Email", "LocationLatitude", "LocationLongitude", "Location Latitude", "Location Longitude",
             "DistributionChannel", "Distribution Channel", "UserLanguage", "User Language", "Q_RecaptchaScore", "ResponseSet", "Response Set", "Q_RelevantIDDuplicate"),
    checks=(Check("survey_preview", "note", "status",
                  "select row from parsed where lower(status) in ('survey preview', 'survey test', 'offline survey preview', '1', '2', '17', 'test')", aside=True),
            Check("survey_spam", "note", "status",
                  "select row from parsed where lower(status) in ('spam', 'survey preview spam', 'imported spam', 'possible spam', 'offline spam', '8', '9', '12', '40', '48')", aside=True)),
    relations=SURVEY_RELATIONS,
    emits=SURVEY_EMITS,
    further=QUESTIONS,
    order=70,
)  # fmt: skip
