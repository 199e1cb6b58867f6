"""Google Forms' answers: "Timestamp", perhaps an e-mail address (dropped), then the questions as they were asked.

A column called Timestamp is common, so at least one other header must be worded as a question.
"""

from __future__ import annotations

from pipelines.sources import Emit, Field, Relation, Source
from pipelines.vocabulary import QUESTIONS, SURVEY_EMITS, SURVEY_RELATIONS, survey_fields

FIELDS = (
    Field("ended", "Timestamp", "datetime", ("Timestamp", "Zeitstempel", "Horodateur", "Marca temporal", "Informazioni cronologiche", "Carimbo de data/hora", "Tijdstempel"), required=True, example="3/31/2026 9:04:00"),
    Field("email", "Email Address", "name", ("Email Address", "Username", "Email", "Dirección de correo electrónico", "E-Mail-Adresse",
          "Adresse e-mail"), phi=True),
    *survey_fields(),
)  # fmt: skip
# The export numbers nothing: an answer is its instant and its content.
_RESPONSE = Relation("response", SURVEY_RELATIONS[-1].sql
    .replace("key64('response|' || $system || '|' || upper(p.response))", "key64('response|' || $system || '|' || p.ended || '|' || p.row_hash)")
    .replace("key64('response||' || upper(p.response))", "null::bigint")
    .replace("p.started, p.started_on", "null::timestamp as started, null::date as started_on"))  # fmt: skip

SOURCE = Source(
    name="google_forms",
    title="Survey answers (Google Forms)",
    description="Answers to a form, one row per answer, the questions as headers.",
    system="google_forms",
    fields=FIELDS,
    signature=(frozenset({"ended"}),),
    wording=r"\?|(\S+\s+){4,}\S+|\b(how|what|which|would|were|are you|please)\b",
    primary="survey_response",
    zone_field="site",
    items=True,
    preamble=("survey", "site"),
    ignored=("Score", "Name", "Your name", "First name", "Last name"),
    relations=(*SURVEY_RELATIONS[:-1], _RESPONSE),
    emits=tuple(Emit(**vars(emit)) for emit in SURVEY_EMITS),
    further=QUESTIONS,
    order=70,
)  # fmt: skip
