"""FHIR ResearchStudy: a study by its protocol number, with its registry number and reference as further names."""

from __future__ import annotations

from pipelines.sources import Emit, Field, Relation, Source
from pipelines.vocabulary.fhir import NEWEST, STUDY_STATUS, SYSTEM, bookkeeping, id_fields, key

FIELDS = (
    *id_fields("ResearchStudy"),
    Field("identifiers", "Identifiers", "text", ("ResearchStudy.identifier",)),
    Field("title", "Title", "text", ("ResearchStudy.title",), example="A study of ..."),
    Field("status", "Status", "enum", ("ResearchStudy.status",), values=STUDY_STATUS, example="active"),
    Field("progress", "Progress status", "enum", ("ResearchStudy.progressStatus",), values=STUDY_STATUS, example="recruiting"),
    Field("phase", "Phase", "text", ("ResearchStudy.phase",), example="Phase 3"),
    Field("area", "Condition", "text", ("ResearchStudy.condition",), example="Cardiology"),
    Field("sponsor", "Sponsor", "name", ("ResearchStudy.sponsor",), example="Example Pharma"),
    Field("parties", "Associated parties", "text", ("ResearchStudy.associatedParty",)),
    Field("start", "Start", "date", ("ResearchStudy.period.start",), future=True),
    Field("ended", "End", "date", ("ResearchStudy.period.end",), future=True),
    Field("target", "Target number", "integer", ("ResearchStudy.recruitment.targetNumber",), example="120"),
    Field("sites", "Sites", "text", ("ResearchStudy.site",)),
)  # fmt: skip
_IDENTIFIERS = 'list_transform(try(from_json(identifiers, \'[{"value":"VARCHAR"}]\')), lambda one: one.value)'
_NCT = "'(?i)NCT[0-9]{8}'"

SOURCE = Source(
    name="fhir_research_study",
    title="FHIR ResearchStudy",
    description="Studies with protocol and registry number, sponsor, phase, status and sites, from bulk NDJSON or a Bundle.",
    system=SYSTEM,
    fields=FIELDS,
    signature=(frozenset({"number", "title", "status", "phase"}),),
    primary="research_study",
    ignored=bookkeeping("ResearchStudy"),
    checks=(NEWEST,),
    relations=(
        Relation("keyed", f"""
            select *, coalesce(protocol, nct, number) as code, study_key(coalesce(protocol, nct, number)) as study_id,
                try(from_json(parties, '[{{"name":"VARCHAR","role":{{"coding":[{{"code":"VARCHAR"}}]}},"party":{{"display":"VARCHAR"}}}}]')) as everyone
            from (select *, list_filter({_IDENTIFIERS}, lambda one: not regexp_full_match(one, {_NCT}))[1] as protocol,
                upper(list_filter({_IDENTIFIERS}, lambda one: regexp_full_match(one, {_NCT}))[1]) as nct from parsed)"""),
    ),
    emits=(
        Emit("research_study", """
            select row, study_id, code, nct as registry_id, title, coalesce(sponsor, leads.name, leads.party.display) as sponsor, area as therapeutic_area, phase,
                coalesce(progress, status) as status, case when target between 0 and 10000000 then target end as target_enrol, start as planned_fpi_on,
                ended as planned_lpi_on
            from (select *, list_filter(everyone, lambda one: one.role.coding[1].code = 'sponsor')[1] as leads from keyed)"""),
        Emit("research_study", f"select row, {key('study', 'number')} as study_id, code, study_id as merged_into from keyed"),
        Emit("research_study", """
            select row, study_key(nct) as study_id, nct as code, study_id as merged_into from keyed where nct is not null and study_key(nct) <> study_id"""),
        Emit("study_site", f"""
            select row, study_id, {key("site", "place")} as site_id from (
                select row, study_id, regexp_extract(unnest(try(from_json(sites, '[{{"reference":"VARCHAR"}}]'))).reference, '(Location/[^/]+)', 1) as place from keyed)
            where place <> ''"""),
    ),
    order=10,
)  # fmt: skip
