"""FHIR ServiceRequest (and STU3's ReferralRequest and ProcedureRequest): one referral each.

FHIR has no referral of its own: a ServiceRequest is a request for any service. It counts as a referral where somebody asks somebody else
to see a patient or make an exam of one. So these are set aside, each with a finding: what asks nobody yet (a proposal, a plan, a
draft, a patient's directive), an order that follows from another (``reflex-order``; ``filler-order`` and ``instance-order`` that name what
they are based on), an order of a laboratory, and one to oneself. ``orders=all`` for the file makes all but the first count.
A requester or place without a reference counts by the name that is displayed, as a name in any other file does.
``completed`` and ``revoked`` have no date of their own; they are dated by the last update, which is said.
"""

from __future__ import annotations

from pipelines.sources import Check, Emit, Field, Source
from pipelines.vocabulary import BSER, REFERRER_EMITS, referrer_relation
from pipelines.vocabulary.fhir import (
    NEWEST,
    PLACE_EMIT,
    REQUEST_PRIORITY,
    REQUEST_STATUS,
    REQUESTER,
    REQUESTER_EMITS,
    REQUESTER_JOIN,
    SITE_EMIT,
    SYSTEM,
    bookkeeping,
    id_fields,
    key,
    patient_field,
    place_relation,
    site_relation,
)
from pipelines.vocabulary.laboratory import ALL_ORDERS, ONLY_REFERRALS, by_words

FIELDS = (
    *id_fields("ServiceRequest", dated=True),
    patient_field("ServiceRequest.subject"),
    Field("authored", "Authored on", "datetime", ("ServiceRequest.authoredOn",), required=True, example="2026-03-31T14:05:00-04:00"),
    Field("status", "Status", "enum", ("ServiceRequest.status",), values=REQUEST_STATUS, example="active"),
    Field("intent", "Intent", "text", ("ServiceRequest.intent",), example="order"),
    Field("priority", "Priority", "enum", ("ServiceRequest.priority",), values=REQUEST_PRIORITY, otherwise="routine", example="routine"),
    Field("unwanted", "Not to be done", "boolean", ("ServiceRequest.doNotPerform",)),
    Field("category", "Category", "text", ("ServiceRequest.category",), example="Patient referral"),
    Field("laboratory", "For a laboratory", "boolean", ("ServiceRequest.laboratory",)),
    Field("code", "Service asked for", "text", ("ServiceRequest.code",), example="Referral to cardiologist"),
    Field("specialty", "Kind of performer", "text", ("ServiceRequest.performerType",), example="Cardiologist"),
    Field("requester", "Requester", "identifier", ("ServiceRequest.requester",), example="Practitioner/12"),
    Field("requester_name", "Requester's name", "name", ("ServiceRequest.requester.display",), example="Smith, Jane"),
    Field("behalf", "On behalf of", "identifier", ("ServiceRequest.requester.onBehalfOf",)),
    Field("behalf_name", "Name of whom it is on behalf of", "name", ("ServiceRequest.requester.onBehalfOf.display",), example="Riverside Family Medicine"),
    Field("performer", "Performer", "identifier", ("ServiceRequest.performer",), example="Organization/3"),
    Field("performer_name", "Performer's name", "name", ("ServiceRequest.performer.display",)),
    Field("location", "Location", "identifier", ("ServiceRequest.locationReference",), example="Location/5"),
    Field("location_name", "Location's name", "name", ("ServiceRequest.locationReference.display",)),
    Field("reason", "Reason", "text", ("ServiceRequest.reasonCode",), example="I48.0"),
    Field("based_on", "Based on", "identifier", ("ServiceRequest.basedOn",)),
    Field("study", "Research study", "identifier", ("ServiceRequest.researchStudy",)),
    ALL_ORDERS,
)  # fmt: skip
_SITE = "coalesce(location, case when regexp_matches(performer, '^(Organization|Location|HealthcareService|CareTeam)') then performer end)"
_SITE_NAME = "case when location is not null then location_name else performer_name end"
# A reference may have nothing but a display. It then is a name as any file writes one.
_PLACE = "case when location is null and performer is null then coalesce(location_name, case when organisation_like(performer_name) then performer_name end) end"
_NAMED = """(select row, null::varchar as npi, requester_name as referrer, behalf_name as practice, null::varchar as practice_zip, null::varchar as source,
    null::varchar as specialty, null::varchar as practice_phone, null::varchar as practice_fax
    from parsed where requester is null and requester_name is not null)"""

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
        Check("not_ordered", "note", "intent", "select row from parsed where intent in ('proposal', 'plan', 'option', 'directive') or status_text in ('draft', 'proposed')", aside=True),
        Check("laboratory_order", "note", "category", f"""select row from parsed where {ONLY_REFERRALS}
            and (laboratory or lower(category) similar to '(laboratory|lab)( procedures?| orders?| tests?)?|108252007')""", aside=True),
        by_words("code", "code", "laboratory is not null"),
        Check("order_within", "note", "intent", f"""select row from parsed where {ONLY_REFERRALS} and (intent = 'reflex-order'
            or (intent in ('filler-order', 'instance-order') and regexp_matches(based_on, '^(Service|Referral|Procedure)Request/')))""", aside=True),
        Check("own_order", "note", "performer", f"""select row from parsed where {ONLY_REFERRALS} and performer = requester
            and regexp_matches(requester, '^Practitioner(Role)?/')""", aside=True),
        Check("nobody_asked", "warning", "requester", """select row from parsed where requester is not null
            and not regexp_matches(requester, '^(Practitioner|PractitionerRole|Organization|CareTeam|HealthcareService|Patient|RelatedPerson)\\b')"""),
        Check("undated_outcome", "note", "status", "select row from parsed where status in ('cancelled', 'declined') or (status in ('completed', 'accepted') and updated is not null)"),
        Check("no_date_for_outcome", "warning", "status", "select row from parsed where status = 'completed' and updated is null"),
    ),
    relations=(
        REQUESTER, referrer_relation(_NAMED), site_relation(_SITE, _SITE_NAME),
        place_relation(_PLACE),
    ),
    emits=(
        Emit("referral", f"""
            select p.row, {key("referral", "p.number")} as referral_id, p.number as source_key, 'in' as direction,
                case when starts_with(p.based_on, 'ServiceRequest/') then {key("referral", "p.based_on")} end as parent_referral_id, p.patient_key,
                coalesce(r.source_id, n.source_id) as source_id,
                coalesce(r.practitioner_id, case when n.kind in ('practitioner', 'practice') then n.practitioner_id end) as requester_practitioner_id,
                coalesce(r.organization_id, case when n.kind in ('practitioner', 'practice') then n.organization_id end) as requester_org_id,
                coalesce(s.site_id, l.site_id) as performer_site_id,
                case when p.study is not null then {key("study", "p.study")} end as study_id,
                case when p.study is not null or regexp_matches(lower(concat_ws(' ', p.category, p.code)), 'research|clinical trial') then 'research'
                    else 'clinical' end as intent,
                coalesce(p.specialty, p.code, p.category) as service_line, p.reason as reason_code, p.priority, p.authored as authored_at,
                p.authored_on, coalesce(p.status = 'void', false) or coalesce(p.unwanted, false) as void, p.updated as updated_at
            from parsed p left join {REQUESTER_JOIN} left join site_named s on s.ref = {_SITE}
            left join referrer n on p.requester is null and n.referrer = p.requester_name and n.practice is not distinct from p.behalf_name left join place_named l on l.place = {_PLACE}""", unique=True),
        Emit("referral_event", f"""
            select e.row, {key("referral", "e.number")} as referral_id, 0 as seq, e.code, {BSER} as bser_code,
                greatest(e.updated, e.authored) as occurred_at, greatest(e.updated_on, e.authored_on) as occurred_on, 'day' as precision,
                e.status_text as reason_code
            from (select * exclude (code), status as code from parsed where status in ('completed', 'cancelled', 'accepted', 'declined')) e
            where e.updated is not null or e.code in ('cancelled', 'declined')""", unique=True),
        *REQUESTER_EMITS, *REFERRER_EMITS, SITE_EMIT,
        PLACE_EMIT,
    ),
    order=50,
)  # fmt: skip
