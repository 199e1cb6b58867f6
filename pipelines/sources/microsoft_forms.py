"""Microsoft Forms' answers: numbered, with start and completion times; who answered is dropped at the door."""

from __future__ import annotations

from pipelines.sources import Field, Source
from pipelines.vocabulary import QUESTIONS, SURVEY_EMITS, SURVEY_RELATIONS, survey_fields

FIELDS = (
    Field("response", "Response", "identifier", ("ID", "Id"), required=True, example="1"),
    Field("started", "Started", "datetime", ("Start time", "Startzeit", "Heure de début", "Hora de inicio", "Ora di inizio", "Begintijd", "Hora de início"), example="3/31/26 9:00:00"),
    Field("ended", "Completed", "datetime", ("Completion time", "Fertigstellungszeit", "Heure de fin", "Hora de finalización", "Ora di completamento", "Tijd van voltooien", "Hora de conclusão"), required=True, example="3/31/26 9:04:00"),
    *survey_fields(),
)  # fmt: skip

SOURCE = Source(
    name="microsoft_forms",
    title="Survey answers (Microsoft Forms)",
    description="Answers of referrers, one row per response, the questions as headers.",
    system="microsoft_forms",
    fields=FIELDS,
    signature=(frozenset({"response", "started", "ended"}),),
    primary="survey_response",
    restates=("response_id",),
    zone_field="site",
    items=True,
    wording=r"\?|(\S+\s+){4,}\S+|\b(how|what|which|would|were|are you|please)\b",
    preamble=("survey", "site"),
    ignored=("Email", "E-Mail", "Adresse de messagerie", "Correo electrónico", "Posta elettronica", "Nom", "Nombre", "Nome", "Naam", "Name", "Last modified time", "Total points", "Quiz feedback", "Grade posted time"),
    relations=SURVEY_RELATIONS,
    emits=SURVEY_EMITS,
    further=QUESTIONS,
    order=70,
)  # fmt: skip
