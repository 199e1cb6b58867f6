"""Surveys, invitations and answers."""

from __future__ import annotations

from pipelines.model.declare import DAY, ID, INSTANT, TEXT, UPDATED, Column, Table

TABLES: tuple[Table, ...] = (
    Table(
        "survey",
        "A questionnaire.",
        ("survey_id",),
        (
            Column("survey_id", ID, "Surrogate key of its name.", required=True),
            Column("name", TEXT, "Name.", required=True),
        ),
        fhir="Questionnaire",
    ),
    Table(
        "survey_invite",
        "An invitation to answer.",
        ("invite_id",),
        (
            Column("invite_id", ID, "Surrogate key.", required=True),
            Column("survey_id", ID, "Which survey.", required=True, references="survey"),
            Column("organization_id", ID, "The practice asked, if not anonymous.", references="organization"),
            Column("site_id", ID, "The site asked about.", references="site"),
            Column("sent_on", DAY, "Day sent.", required=True),
            Column("delivered", "BOOLEAN", "Whether it arrived."),
        ),
    ),
    Table(
        "survey_response",
        "One person's answers.",
        ("response_id",),
        (
            Column("response_id", ID, "Surrogate key.", required=True),
            Column("number_id", ID, "Its number alone, by which a reply means it that names no survey system."),
            Column("survey_id", ID, "Which survey.", required=True, references="survey"),
            Column("invite_id", ID, "The invitation answered, when known.", references="survey_invite"),
            Column("organization_id", ID, "The practice that answered, if not anonymous.", references="organization"),
            Column("site_id", ID, "The site asked about.", references="site"),
            Column("completed_at", INSTANT, "When finished (UTC).", required=True),
            Column("completed_on", DAY, "Day finished, local.", required=True),
            Column("anonymous", "BOOLEAN", "Never to be joined to a referrer."),
            UPDATED,
        ),
        fhir="QuestionnaireResponse",
    ),
    Table(
        "survey_answer",
        "One answer.",
        ("response_id", "item_code"),
        (
            Column("response_id", ID, "The response.", required=True, references="survey_response"),
            Column("item_code", TEXT, "Question id: nps, overall, comment or the file's own.", required=True),
            Column("item_label", TEXT, "Question as asked."),
            Column("kind", TEXT, "How it is scored.", values=("nps", "rating", "comment", "other")),
            Column("scale_max", "INTEGER", "Best possible answer of a rating."),
            Column("value_num", "DOUBLE", "Numeric answer."),
            Column("value_text", TEXT, "Written answer.", phi=True),
        ),
        fhir="QuestionnaireResponse.item",
    ),
)
