"""FHIR QuestionnaireResponse: what a referrer answered. Forms by or about a patient are no survey of referrers; they
are set aside unread."""

from __future__ import annotations

from pipelines.sources import Check, Emit, Field, Relation, Source
from pipelines.vocabulary.fhir import NEWEST, SYSTEM, bookkeeping, id_fields, key

FIELDS = (
    *id_fields("QuestionnaireResponse", dated=True),
    Field("status", "Status", "text", ("QuestionnaireResponse.status",), example="completed"),
    Field("survey", "Questionnaire", "text", ("QuestionnaireResponse.questionnaire",), example="Referrer survey"),
    Field("about", "Kind of subject", "text", ("QuestionnaireResponse.subject.kind",)),
    Field("author", "Author", "identifier", ("QuestionnaireResponse.author",), example="Organization/3"),
    Field("source", "Source", "identifier", ("QuestionnaireResponse.source",), example="PractitionerRole/8"),
    Field("authored", "Authored", "datetime", ("QuestionnaireResponse.authored",), required=True, example="2026-03-31T09:00:00-04:00"),
    Field("item", "Items", "text", ("QuestionnaireResponse.item",)),
)  # fmt: skip
_WHO = "coalesce(case when starts_with(source, 'Organization') or starts_with(source, 'PractitionerRole') then source end, " \
       "case when starts_with(author, 'Organization') or starts_with(author, 'PractitionerRole') then author end)"  # fmt: skip

SOURCE = Source(
    name="fhir_questionnaire_response",
    title="FHIR QuestionnaireResponse",
    description="Answers of referrers to a questionnaire, from bulk NDJSON or a Bundle.",
    system=SYSTEM,
    fields=FIELDS,
    signature=(frozenset({"number", "status", "survey", "authored"}),),
    primary="survey_response",
    items=True,
    ignored=bookkeeping("QuestionnaireResponse"),
    checks=(
        NEWEST,
        Check("patient_form", "note", "about", "select row from parsed where about in ('Patient', 'RelatedPerson') or starts_with(source, 'Patient')", aside=True),
        Check("entered_in_error", "note", "status", "select row from parsed where status in ('entered-in-error', 'stopped')", aside=True),
        Check("survey_unfinished", "note", "status", "select row from parsed where status = 'in-progress'", aside=True),
    ),
    relations=(
        Relation("response", f"""
            select p.*, {key("response", "p.number")} as response_id, coalesce(p.survey, 'Referrer survey') as name,
                key64('survey|' || norm_text(coalesce(p.survey, 'Referrer survey'))) as survey_id, {_WHO} as practice,
                case when {_WHO} is not null then {key("organization", _WHO)} end as organization_id
            from parsed p"""),
    ),
    emits=(
        Emit("survey_response", """
            select row, response_id, survey_id, organization_id, authored as completed_at, authored_on as completed_on, organization_id is null as anonymous, updated as updated_at
            from response""", unique=True),
        Emit("survey_answer", """
            select i.row, r.response_id, i.item_code, i.item_label, i.kind, i.scale_max, i.value_num, i.value_text
            from items i join response r using (row)""", unique=True),
        Emit("survey", "select min(row) as row, survey_id, arg_min(name, row) as name from response group by survey_id", unique=True),
        Emit("organization", """
            select min(row) as row, organization_id, min(practice) as name, 'practice' as kind from response
            where starts_with(practice, 'Organization') group by organization_id""", unique=True),
    ),
    order=70,
)  # fmt: skip
