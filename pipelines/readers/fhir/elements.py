"""Which elements of each resource type are staged, and how R4, R5 and STU3 spell them.

``ELEMENTS[type]`` maps a column's header (the element's path, as R4 has it) to SQL over JSON paths of the resource,
written ``{$.path}``. The first three columns of every type are the reference that names it, when it was last updated
and its version. To read another resource type, add its elements here and a source that names them.
"""

from __future__ import annotations

from pipelines.readers.fhir.modifiers import NOT_TO_BE_DONE
from pipelines.readers.fhir.references import (
    actor,
    actor_display,
    among,
    display,
    display_among,
    display_within_role,
    ref,
    within_role,
)

NUCC = "http://nucc.org/provider-taxonomy"
# Types of which every version in a file is a fact of its own: a history of statuses.
HISTORY = frozenset({"Task", "ResearchSubject"})
EARLIER_REQUESTS = ("ReferralRequest", "ProcedureRequest")  # STU3's, which R4 made one
NOT_DATA = {
    "OperationOutcome": "This is a server's list of errors (OperationOutcome), not data.",
    "CapabilityStatement": "This is a description of a server (CapabilityStatement), not data.",
}


def _concept(*paths: str) -> str:
    """A CodeableConcept in words: its text, else a coding's display, else its code."""
    return (
        "coalesce("
        + ", ".join(f"{{$.{path}.text}}, {{$.{path}.coding[0].display}}, {{$.{path}.coding[0].code}}" for path in paths)
        + ")"
    )


def _code(*paths: str) -> str:
    """A CodeableConcept's first code, else its words."""
    return "coalesce(" + ", ".join(f"{{$.{path}.coding[0].code}}, {{$.{path}.text}}" for path in paths) + ")"


def _first(*parts: str) -> str:
    return f"coalesce({', '.join(parts)})"


def _day(path: str, *others: str) -> str:
    paths = ", ".join(f"{{$.{name}}}" for name in (path, *others))
    return f"fhir_day(coalesce({paths}))" if others else f"fhir_day({paths})"


def _faceless(reference: str) -> str:
    """A reference of which only the type is kept where it means a patient or their family."""
    return f"regexp_replace({reference}, '^(Patient|RelatedPerson)[/?].*$', '\\1')"


def _type(kind: str, columns: dict[str, str]) -> dict[str, str]:
    always = {
        "id": f"'{kind}/' || {{$.id}}",
        "meta.lastUpdated": "{$.meta.lastUpdated}",
        "meta.versionId": "{$.meta.versionId}",
    }
    return {f"{kind}.{name}": sql for name, sql in (always | columns).items()}


def _place(path: str) -> dict[str, str]:
    """Columns of an Address."""
    return {
        "address.line": f"{{$.{path}.line[0]}}", "address.city": f"{{$.{path}.city}}", "address.state": f"{{$.{path}.state}}",
        "address.postalCode": f"{{$.{path}.postalCode}}",
    }  # fmt: skip


_LINK = "fhir_link({$.link})"
_ADDRESS = "fhir_address({$.address})"


def _patient(path: str) -> str:
    """A reference to a patient; a request for a group, a place or a device is about nobody."""
    return f"case when starts_with({ref(path, 'Patient')}, 'Patient') then {ref(path, 'Patient')} end"


_ASKED = "ServiceRequest|ReferralRequest|ProcedureRequest"
_TOLD = "Organization|PractitionerRole|Practitioner|CareTeam|HealthcareService"
_PLACES = "Organization|Location|HealthcareService|CareTeam"  # where somebody is asked to be seen; a person beside it sees them


def _request(path: str) -> str:
    """The request that something is based on, where it may be based on a plan or a prescription as well."""
    return among(path, _ASKED, "ServiceRequest")


_NAME = "fhir_official({$.name})"
_PHONES = {"telecom.phone": "fhir_contact({$.telecom}, 'phone')", "telecom.fax": "fhir_contact({$.telecom}, 'fax')"}

# Table 0074's laboratory sections, and CPT 80047 to 89398 with the proprietary analyses (0001U on).
_SECTIONS = "LAB|CH|HM|MB|SP|CG|CP|SR|TX|VR|BLB|IMM|MCB|MYC|OSL"
_CPT = "8[0-9]{4}|[0-9]{4}U"
_CODED = '"code"\\s*:\\s*'
_REQUEST = {
    "status": "{$.status}",
    # Britain's profiles call a referral that was sent a plan; it has the booking reference number that sending gives it.
    "intent": "case when {$.intent} = 'plan' and contains({$.identifier}, 'fhir.nhs.uk/Id/UBRN') then 'order' else {$.intent} end",
    "priority": "coalesce({$.priority.coding[0].code}, {$.priority})",
    "doNotPerform": "coalesce({$.doNotPerform}, list_filter(fhir_list({$.modifierExtension}, '[{\"url\":\"VARCHAR\",\"valueBoolean\":\"VARCHAR\"}]'), "
                    f"lambda one: ends_with(one.url, '{NOT_TO_BE_DONE}'))[1].valueBoolean)",
    "category": _concept("category[0]", "type"),
    "code": _concept("code", "code.concept", "serviceRequested[0]"),
    "performerType": _concept("performerType", "specialty"),
    "laboratory": "case when regexp_matches({$.category}, '\"3457005\"') then 'false' when {$.specimen[0].reference} is not null "
                  "or regexp_matches({$.category}, '\"(108252007|laboratory|LAB)\"') "
                  f"or (contains({{$.category}}, 'v2-0074') and regexp_matches({{$.category}}, '{_CODED}\"({_SECTIONS})\"')) "
                  f"or (regexp_matches({{$.code}}, 'ama-assn.org/go/cpt|2\\.16\\.840\\.1\\.113883\\.6\\.12') and regexp_matches({{$.code}}, '{_CODED}\"({_CPT})\"')) "
                  "then 'true' end",
    "subject": f"coalesce({_patient('subject')}, {ref('patient', 'Patient')})",
    "authoredOn": _day("authoredOn", "dateSent", "date"),
    "requester": _faceless(f"coalesce({ref('requester', 'Practitioner', role=True)}, {ref('requester.agent', 'Practitioner')})"),
    "requester.display": f"case when not coalesce(regexp_matches({{$.requester.reference}}, '(^|/)(Patient|RelatedPerson)[/?]'), false) "
                         f"then coalesce({display('requester', role=True)}, {display_within_role('requester', 'practitioner')}, {display('requester.agent')}) end",
    "requester.onBehalfOf": f"coalesce({ref('requester.onBehalfOf', 'Organization')}, {within_role('requester', 'organization', 'Organization')})",
    "requester.onBehalfOf.display": _first(display("requester.onBehalfOf"), display_within_role("requester", "organization")),
    "performer": _first(among("performer", _PLACES, "Organization"), ref("performer[0]", "Organization"), ref("performer", "Organization"),
                        among("recipient", _PLACES, "Organization"), ref("recipient[0]", "Organization")),
    "performer.display": _first(display_among("performer", _PLACES), display("performer[0]"), display("performer"),
                                display_among("recipient", _PLACES), display("recipient[0]")),
    "locationReference": f"coalesce({ref('locationReference[0]', 'Location')}, {ref('location[0].reference', 'Location')})",
    "locationReference.display": f"coalesce({display('locationReference[0]')}, {display('location[0].reference')}, "
                                 + _concept("locationCode[0]", "location[0].concept") + ")",
    "reasonCode": _code("reasonCode[0]", "reason[0].concept", "reason"),
    "basedOn": _request("basedOn"),
    "researchStudy": "nullif(regexp_extract({$.supportingInfo}, 'ResearchStudy/[A-Za-z0-9.-]+'), '')",
}  # fmt: skip

ELEMENTS: dict[str, dict[str, str]] = {
    "Organization": _type("Organization", {
        "identifier.npi": "fhir_npi({$.identifier})",
        "identifier": "{$.identifier}",
        "name": "{$.name}",
        "type": _code("type[0]"),
        "active": "{$.active}",
        "partOf": ref("partOf", "Organization"),
        "address.line": f"fhir_text({_ADDRESS}, '$.line[0]')",
        **{f"address.{part}": f"fhir_text({_ADDRESS}, '$.{part}')" for part in ("city", "state", "postalCode")},
        "telecom.phone": "coalesce(fhir_contact({$.telecom}, 'phone'), fhir_contact({$.contact[0].telecom}, 'phone'))",
        "telecom.fax": "coalesce(fhir_contact({$.telecom}, 'fax'), fhir_contact({$.contact[0].telecom}, 'fax'))",
    }),
    "Location": _type("Location", {
        "name": "{$.name}",
        "status": "{$.status}",
        "mode": "{$.mode}",
        "physicalType": _code("physicalType", "form"),
        "identifier": "{$.identifier}",
        **_place("address"),
        "managingOrganization": ref("managingOrganization", "Organization"),
        "partOf": ref("partOf", "Location"),
        "timezone": "list_filter(fhir_list({$.extension}, '[{\"url\":\"VARCHAR\",\"valueCode\":\"VARCHAR\"}]'), "
                    "lambda one: one.url = 'http://hl7.org/fhir/StructureDefinition/timezone')[1].valueCode",
    }),
    "Practitioner": _type("Practitioner", {
        "identifier.npi": "fhir_npi({$.identifier})",
        "identifier": "{$.identifier}",
        "name": f"fhir_person({_NAME})",
        "name.family": f"fhir_family({_NAME})",
        "name.given": f"fhir_text({_NAME}, '$.given[0]')",
        "qualification": _code("qualification[0].code"),
        "qualification.taxonomy": "nullif(regexp_extract({$.qualification}, '\"code\":\"([0-9A-Z]{9}X)\"', 1), '')",
        "active": "{$.active}",
    }),
    "PractitionerRole": _type("PractitionerRole", {
        "practitioner": ref("practitioner", "Practitioner"),
        "practitioner.display": display("practitioner"),
        "organization": ref("organization", "Organization"),
        "organization.display": display("organization"),
        "identifier": "{$.identifier}",
        "specialty": _concept("specialty[0]"),
        "specialty.taxonomy": f"list_filter(fhir_list({{$.specialty[0].coding}}, '[{{\"system\":\"VARCHAR\",\"code\":\"VARCHAR\"}}]'), "
                              f"lambda one: one.system = '{NUCC}')[1].code",
        "active": "{$.active}",
        "period.start": _day("period.start"),
        "period.end": _day("period.end"),
        "telecom.phone": "coalesce(fhir_contact({$.telecom}, 'phone'), fhir_contact({$.contact[0].telecom}, 'phone'))",
        "telecom.fax": "coalesce(fhir_contact({$.telecom}, 'fax'), fhir_contact({$.contact[0].telecom}, 'fax'))",
    }),
    "ResearchStudy": _type("ResearchStudy", {
        "identifier": "{$.identifier}",
        "title": "coalesce({$.title}, {$.name}, {$.label[0].value})",
        "status": "{$.status}",
        "progressStatus": _code("progressStatus[0].state"),
        "phase": _concept("phase"),
        "condition": _concept("condition[0]", "condition[0].concept", "focus[0]", "focus[0].concept"),
        "sponsor": display("sponsor"),
        "associatedParty": "{$.associatedParty}",
        "period.start": _day("period.start"),
        "period.end": _day("period.end"),
        "recruitment.targetNumber": "{$.recruitment.targetNumber}",
        "site": "{$.site}",
    }),
    "Patient": _type("Patient", {
        "identifier.MR": "coalesce(fhir_typed_identifier({$.identifier}, 'MR'), list_filter(fhir_list({$.identifier}, "
                         "'[{\"use\":\"VARCHAR\",\"system\":\"VARCHAR\",\"value\":\"VARCHAR\"}]'), "
                         "lambda one: regexp_matches(lower(one.system), '[^a-z](mrn|mr)$') and one.use is distinct from 'old')[1].value)",
        "name.family": f"fhir_family({_NAME})",
        "name.given": f"fhir_text({_NAME}, '$.given[0]')",
        "birthDate": "case when length({$.birthDate}) >= 10 then left({$.birthDate}, 10) end",
        "gender": "{$.gender}",
        "address.postalCode": f"fhir_text({_ADDRESS}, '$.postalCode')",
        "telecom.phone": "fhir_contact({$.telecom}, 'phone')",
        "telecom.email": "fhir_contact({$.telecom}, 'email')",
        "link": f"fhir_ref({_LINK}.other.reference, {_LINK}.other.identifier::varchar, {_LINK}.other.type, 'Patient', {{$.contained}}, {{$.id}})",
        "link.type": f"{_LINK}.type",
    }),
    "ServiceRequest": _type("ServiceRequest", _REQUEST),
    **{
        earlier: {name.replace(f"{earlier}.", "ServiceRequest."): sql for name, sql in _type(earlier, _REQUEST).items()}
        for earlier in EARLIER_REQUESTS
    },
    "Task": _type("Task", {
        "status": "{$.status}",
        "businessStatus": _code("businessStatus"),
        "intent": "{$.intent}",
        "doNotPerform": "{$.doNotPerform}",
        "code": _concept("code"),
        "code.action": "nullif(regexp_extract({$.code}, '\"(approve|fulfill|abort|replace|change|suspend|resume)\"', 1), '')",
        "partOf": ref("partOf[0]", "Task"),
        "focus": ref("focus", "ServiceRequest"),
        "basedOn": _request("basedOn"),
        "for": ref("for", "Patient"),
        "authoredOn": _day("authoredOn"),
        "lastModified": _day("lastModified"),
        "executionPeriod.end": _day("executionPeriod.end"),
        "statusReason": _concept("statusReason", "statusReason.concept"),
    }),
    "Appointment": _type("Appointment", {
        "status": "{$.status}",
        "basedOn": f"coalesce({_request('basedOn')}, {ref('incomingReferral[0]', 'ReferralRequest')})",
        "patient": f"coalesce({_patient('subject')}, {actor('participant', 'Patient')})",
        # Where a clinic takes part instead of a place, it is where the visit is.
        "location": _first(actor("participant", "Location"), actor("participant", "HealthcareService")),
        "location.display": _first(actor_display("participant", "Location"), actor_display("participant", "HealthcareService")),
        "serviceType": _concept("serviceType[0]", "serviceType[0].concept", "specialty[0]", "appointmentType", "type"),
        "created": _day("created"),
        "start": _day("start", "requestedPeriod[0].start"),
        "end": _day("end"),
        "cancelationReason": _concept("cancelationReason", "cancellationReason"),
        "cancellationDate": _day("cancellationDate"),
    }),
    "Encounter": _type("Encounter", {
        "status": "{$.status}",
        "class": "coalesce({$.class.code}, {$.class[0].coding[0].code}, {$.class.display}, {$.class[0].text}, {$.class[0].coding[0].display}, nullif(regexp_extract({$.class}, '^[a-z]+$'), ''))",  # DSTU2's is a word
        "type": _concept("type[0]"),
        "serviceType": _concept("serviceType", "serviceType[0].concept"),
        "subject": f"coalesce({_patient('subject')}, {ref('patient', 'Patient')})",
        "basedOn": f"coalesce({_request('basedOn')}, {ref('incomingReferral[0]', 'ReferralRequest')})",
        "partOf": ref("partOf", "Encounter"),
        "appointment": f"coalesce({ref('appointment[0]', 'Appointment')}, {ref('appointment', 'Appointment')})",
        "period.start": _day("period.start", "actualPeriod.start", "plannedStartDate"),
        "location": ref("location[0].location", "Location"),
        "location.display": display("location[0].location"),
        "serviceProvider": ref("serviceProvider", "Organization"),
        "serviceProvider.display": display("serviceProvider"),
    }),
    "Communication": _type("Communication", {
        "status": "{$.status}",
        "basedOn": f"coalesce({_request('basedOn')}, nullif(regexp_extract({{$.about}}, '(ServiceRequest|ReferralRequest)/[A-Za-z0-9.-]+'), ''))",
        "topic": _concept("topic", "category[0]", "reasonCode[0]", "reason[0].concept"),
        "medium": _code("medium[0]"),
        # Whoever asked may be told beside the patient, and is whom it is about.
        "recipient": _faceless(_first(among("recipient", _TOLD, "Organization"), ref("recipient[0]", "Organization"))),
        "recipient.display": display_among("recipient", _TOLD),
        "sent": _day("sent"),
        "received": _day("received"),
    }),
    "ResearchSubject": _type("ResearchSubject", {
        "status": "{$.status}",
        "study": ref("study", "ResearchStudy"),
        "study.display": display("study"),
        "individual": f"coalesce({_patient('individual')}, {_patient('subject')})",
        "identifier": "coalesce({$.identifier[0].value}, {$.subjectId})",
        "period.start": _day("period.start"),
        "period.end": _day("period.end"),
        # R6 parts what R5 tells in one list: states and milestones.
        "progress": "coalesce({$.progress}, '[' || nullif(concat_ws(',', trim({$.subjectState}, '[]'), trim({$.subjectMilestone}, '[]')), '') || ']')",
    }),
    "QuestionnaireResponse": _type("QuestionnaireResponse", {
        "status": "{$.status}",
        "questionnaire": "coalesce({$._questionnaire.extension[0].valueString}, regexp_extract({$.questionnaire}, '([^/|]+)(\\|.*)?$', 1), "
                         "{$.questionnaire.display}, {$.questionnaire.reference})",
        "subject.kind": f"nullif(regexp_extract({ref('subject', 'Patient')}, '^[A-Za-z]+'), '')",
        "author": _faceless(ref("author", "Practitioner")),
        "source": _faceless(ref("source", "Practitioner")),
        "authored": _day("authored"),
        "item": "{$.item}",
    }),
    "ImagingStudy": _type("ImagingStudy", {
        "status": "{$.status}",
        "identifier": "coalesce(fhir_identifier({$.identifier}, 'urn:dicom:uid'), {$.uid})",
        "modality": "coalesce({$.modality[0].code}, {$.modality[0].coding[0].code}, {$.modalityList[0].code}, {$.series[0].modality.code}, {$.series[0].modality.coding[0].code})",
        "subject": ref("subject", "Patient"),
        "basedOn": _request("basedOn"),
        "started": _day("started"),
        "location": ref("location", "Location"),
    }),
    "AuditEvent": _type("AuditEvent", {
        "type": _first("{$.type.code}", _code("type", "category[0]")),  # R4's are codings, R5's concepts
        "subtype": _first("{$.subtype[0].code}", _code("subtype[0]", "code")),
        "action": "{$.action}",
        "recorded": _day("recorded"),
        "outcome": "coalesce({$.outcome.code.code}, {$.outcome})",
        "agent": _faceless(f"coalesce({ref('agent[0].who', 'Practitioner')}, {{$.agent[0].altId}})"),
        "agent.type": _code("agent[0].type", "agent[0].role[0]"),
        "source.observer": ref("source.observer", "Organization"),
        "entity": "nullif(regexp_extract({$.entity}, 'ImagingStudy/[A-Za-z0-9.-]+'), '')",
        "entity.uid": "nullif(regexp_extract({$.entity}, 'urn:oid:([0-9.]+)', 1), '')",
    }),
    # An entry of a Bundle that says that a resource was deleted, as ``document`` writes it down.
    "Deletion": _type("Deletion", {"id": "{$.type} || '/' || nullif({$.id}, '')", "type": "{$.type}", "date": "{$.date}"}),
}  # fmt: skip
