"""FHIR ServiceRequest (and STU3's ReferralRequest): one referral each.

A proposal or a plan is no request yet, and an order of a laboratory test is no referral: both are set aside.
``completed`` and ``revoked`` have no date of their own; they are dated by the last update, which is said.
"""

from __future__ import annotations

from pipelines.sources import Check, Emit, Field, Source
from pipelines.vocabulary import BSER
from pipelines.vocabulary.fhir import (
    NEWEST,
    REQUEST_PRIORITY,
    REQUEST_STATUS,
    REQUESTER,
    REQUESTER_EMITS,
    SITE_EMIT,
    SYSTEM,
    bookkeeping,
    id_fields,
    key,
    patient_field,
    site_relation,
)

FIELDS = (
    *id_fields("ServiceRequest", dated=True),
    patient_field("ServiceRequest.subject"),
    Field("authored", "Authored on", "datetime", ("ServiceRequest.authoredOn",), required=True, example="2026-03-31T14:05:00-04:00"),
    Field("status", "Status", "enum", ("ServiceRequest.status",), values=REQUEST_STATUS, example="active"),
    Field("intent", "Intent", "text", ("ServiceRequest.intent",), example="order"),
    Field("priority", "Priority", "enum", ("ServiceRequest.priority",), values=REQUEST_PRIORITY, otherwise="routine", example="routine"),
    Field("unwanted", "Not to be done", "boolean", ("ServiceRequest.doNotPerform",)),
    Field("category", "Category", "text", ("ServiceRequest.category",), example="Patient referral"),
    Field("code", "Service asked for", "text", ("ServiceRequest.code",), example="Referral to cardiologist"),
    Field("specialty", "Kind of performer", "text", ("ServiceRequest.performerType",), example="Cardiologist"),
    Field("requester", "Requester", "identifier", ("ServiceRequest.requester",), example="Practitioner/12"),
    Field("requester_name", "Requester's name", "name", ("ServiceRequest.requester.display",), example="Smith, Jane"),
    Field("behalf", "On behalf of", "identifier", ("ServiceRequest.requester.onBehalfOf",)),
    Field("performer", "Performer", "identifier", ("ServiceRequest.performer",), example="Organization/3"),
    Field("performer_name", "Performer's name", "name", ("ServiceRequest.performer.display",)),
    Field("location", "Location", "identifier", ("ServiceRequest.locationReference",), example="Location/5"),
    Field("location_name", "Location's name", "name", ("ServiceRequest.locationReference.display",)),
    Field("reason", "Reason", "text", ("ServiceRequest.reasonCode",), example="I48.0"),
    Field("based_on", "Based on", "identifier", ("ServiceRequest.basedOn",)),
    Field("study", "Research study", "identifier", ("ServiceRequest.researchStudy",)),
)  # fmt: skip
_SITE = "coalesce(location, case when regexp_matches(performer, '^(Organization|Location|HealthcareService|CareTeam)') then performer end)"
_SITE_NAME = "case when location is not null then location_name else performer_name end"

SOURCE = Source(
    name="fhir_service_request",
    title="FHIR ServiceRequest",
    description="Requests for a service, from bulk NDJSON or a Bundle: who asked, for whom, of which place, and how it stands.",
    system=SYSTEM,
    fields=FIELDS,
    signature=(frozenset({"number", "authored", "status", "requester"}),),
    primary="referral",
    own_patients=True,
    ignored=bookkeeping("ServiceRequest"),
    checks=(
        NEWEST,
        Check("not_ordered", "note", "intent", "select row from parsed where intent in ('proposal', 'plan', 'option')", aside=True),
        Check("laboratory_order", "note", "category",
              "select row from parsed where lower(category) similar to '(laboratory|lab)( procedure| order| test)?|108252007'", aside=True),
        Check("undated_outcome", "note", "status", "select row from parsed where status in ('completed', 'cancelled')"),
    ),
    relations=(REQUESTER, site_relation(_SITE, _SITE_NAME)),
    emits=(
        Emit("referral", f"""
            select p.row, {key("referral", "p.number")} as referral_id, p.number as source_key, 'in' as direction,
                case when starts_with(p.based_on, 'ServiceRequest/') then {key("referral", "p.based_on")} end as parent_referral_id, p.patient_key,
                r.source_id, r.practitioner_id as requester_practitioner_id, r.organization_id as requester_org_id, s.site_id as performer_site_id,
                case when p.study is not null then {key("study", "p.study")} end as study_id,
                case when p.study is not null or regexp_matches(lower(concat_ws(' ', p.category, p.code)), 'research|clinical trial') then 'research'
                    else 'clinical' end as intent,
                coalesce(p.specialty, p.code, p.category) as service_line, p.reason as reason_code, p.priority, p.authored as authored_at,
                p.authored_on, coalesce(p.status = 'void', false) or coalesce(p.unwanted, false) as void
            from parsed p left join requester_named r on r.requester = p.requester left join site_named s on s.ref = {_SITE}""", unique=True),
        Emit("referral_event", f"""
            select e.row, {key("referral", "e.number")} as referral_id, 0 as seq, e.code, {BSER} as bser_code,
                greatest(e.updated, e.authored) as occurred_at, greatest(e.updated_on, e.authored_on) as occurred_on, 'day' as precision,
                e.status_text as reason_code
            from (select *, status as code from parsed where status in ('completed', 'cancelled')) e where e.updated is not null""", unique=True),
        *REQUESTER_EMITS, SITE_EMIT,
    ),
    order=50,
)  # fmt: skip
