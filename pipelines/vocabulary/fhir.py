"""What FHIR resources have in common: their code systems in our words, and keys made of references.

A reference such as ``Practitioner/12`` names the same thing in every file of one system, so it is a key by itself:
``fhir|SYSTEM|practitioner|Practitioner/12``. The resource it names, in whatever file and load it comes, adds a row
under that key which is another name (``merged_into``) of the practitioner as every other export keys him. What only
refers therefore joins before and after the resource is loaded.
"""

from __future__ import annotations

from collections.abc import Mapping

from pipelines.sources import Check, Emit, Field, Relation
from pipelines.values.names import named_sql

SYSTEM = "fhir"
# http://hl7.org/fhir/request-status (and STU3's), referralstatus (DSTU2), request-priority
REQUEST_STATUS: Mapping[str, str] = {
    "draft": "none", "active": "none", "on-hold": "none", "suspended": "none", "unknown": "none", "completed": "completed", "ended": "completed",
    "revoked": "cancelled", "cancelled": "cancelled", "entered-in-error": "void", "proposed": "none", "requested": "none", "accepted": "accepted",
    "rejected": "declined", "in-progress": "none", "stopped": "cancelled",
}  # fmt: skip
REQUEST_PRIORITY: Mapping[str, str] = {"routine": "routine", "urgent": "urgent", "asap": "asap", "stat": "stat"}
# http://hl7.org/fhir/task-status; TaskBusinessStatus of BSeR says more and goes before it.
TASK_STATUS: Mapping[str, str] = {
    "draft": "none", "requested": "received", "received": "acknowledged", "accepted": "accepted", "rejected": "declined", "ready": "none",
    "cancelled": "cancelled", "in-progress": "none", "on-hold": "none", "failed": "declined", "completed": "completed", "entered-in-error": "void",
}  # fmt: skip
BUSINESS_STATUS: Mapping[str, str] = {
    "2.0": "created", "3.0": "accepted", "4.0": "declined", "5.0": "none", "5.1": "none", "5.1.1": "scheduled", "5.1.2": "no_show",
    "5.1.3": "appt_cancelled", "5.1.4": "kept", "5.2": "cancel_requested", "5.4": "cancel_requested", "6.0": "cancelled", "7.0": "completed",
    "service request created": "created", "service request accepted": "accepted", "service request declined": "declined",
    "service request event scheduled": "scheduled", "scheduled service request event unattended": "no_show",
    "scheduled service request event cancelled": "appt_cancelled", "service request event completed": "kept",
    "service request cancellation requested": "cancel_requested", "service request fulfillment cancelled": "cancelled",
    "service request fulfillment completed": "completed", "service request fulfillment initiated": "none", "5.x": "none",
}  # fmt: skip
# http://hl7.org/fhir/appointmentstatus. One entered in error was never booked.
APPOINTMENT_STATUS: Mapping[str, str] = {
    "proposed": "proposed", "pending": "proposed", "waitlist": "proposed", "booked": "booked", "arrived": "arrived", "checked-in": "arrived",
    "fulfilled": "fulfilled", "cancelled": "cancelled", "noshow": "noshow", "entered-in-error": "void",
}  # fmt: skip
# http://hl7.org/fhir/encounter-status, R4 and R5
ENCOUNTER_STATUS: Mapping[str, str] = {
    "planned": "booked", "arrived": "arrived", "triaged": "arrived", "in-progress": "arrived", "onleave": "arrived", "on-hold": "arrived",
    "finished": "fulfilled", "discharged": "fulfilled", "completed": "fulfilled", "cancelled": "cancelled", "discontinued": "left_unseen",
    "entered-in-error": "void", "unknown": "booked",
}  # fmt: skip
# http://hl7.org/fhir/research-subject-status (R4), research-subject-state and -milestone (R5)
SUBJECT_STATE: Mapping[str, str] = {
    "candidate": "identified", "potential-candidate": "identified", "not-registered": "identified", "screening": "screened", "eligible": "eligible",
    "pending-on-study": "eligible", "ineligible": "screen_failed", "on-study": "on_study", "on-study-intervention": "on_study",
    "on-study-observation": "on_study", "follow-up": "on_study", "off-study": "off_study", "withdrawn": "withdrawn",
    "signedup": "identified", "signed-up": "identified", "screened": "screened", "randomized": "randomized", "randomised": "randomized",
    "enrolled": "on_study", "consented": "consented", "informed-consent": "consented", "signedconsent": "consented", "completed": "completed",
    "lost-to-follow-up": "lost", "screen-failed": "screen_failed",
}  # fmt: skip
STUDY_STATUS: Mapping[str, str] = {
    "active": "recruiting", "approved": "not yet recruiting", "in-review": "not yet recruiting", "closed-to-accrual": "active, not recruiting",
    "closed-to-accrual-and-intervention": "active, not recruiting", "temporarily-closed-to-accrual": "suspended",
    "temporarily-closed-to-accrual-and-intervention": "suspended", "administratively-completed": "completed", "completed": "completed",
    "disapproved": "withdrawn", "withdrawn": "withdrawn", "recruiting": "recruiting", "retired": "completed",
    "overall-study": "recruiting", "open": "recruiting",
}  # fmt: skip

NPI_REFERENCE = "Practitioner?identifier=http://hl7.org/fhir/sid/us-npi|"
ORGANIZATION_NPI_REFERENCE = "Organization?identifier=http://hl7.org/fhir/sid/us-npi|"


def key(kind: str, reference: str) -> str:
    """SQL of the surrogate key of whatever ``reference`` (a column) names; ``kind`` tells the tables apart."""
    return f"key64('fhir|' || $system || '|{kind}|' || {reference})"


def practitioner_key(reference: str) -> str:
    """SQL of a practitioner's key: a reference by NPI is the NPI's own."""
    return (f"case when starts_with({reference}, '{NPI_REFERENCE}') and npi_valid(split_part({reference}, '|', 2)) "
            f"then practitioner_key(split_part({reference}, '|', 2), null, null, null) else {key('practitioner', reference)} end")  # fmt: skip


def id_fields(kind: str, *, dated: bool = False) -> tuple[Field, ...]:
    """What every resource has: the reference that names it, whether a newer version is here and, where something is
    dated by it, when it was updated."""
    updated = Field(
        "updated", "Last updated", "instant", (f"{kind}.meta.lastUpdated",), example="2026-03-31T14:05:00-04:00"
    )
    return (
        Field("number", f"{kind} reference", "identifier", (f"{kind}.id",), required=True, example=f"{kind}/12"),
        *([updated] if dated else []),
        Field("superseded", "Older version", "boolean", (f"{kind}.meta.superseded",), example=""),
    )  # fmt: skip


def study_hash(uid: str, reference: str) -> str:
    """SQL of the keyed hash that an imaging study goes by: its DICOM UID, which a viewer's log knows it by too, else
    the reference."""
    return f"hmac_key('imaging|' || coalesce(replace({uid}, 'urn:oid:', ''), $system || '|' || {reference}))"


def bookkeeping(kind: str) -> tuple[str, ...]:
    """Columns that the reader needs and no source does: versions are told apart while reading."""
    return (f"{kind}.meta.lastUpdated", f"{kind}.meta.versionId")


def patient_field(path: str) -> Field:
    """The patient a resource is about. The reference makes the patient key and goes no further."""
    return Field("mrn", "Patient", "identifier", (path,), phi=True, example="Patient/12")


# Of several versions of one resource in a file the newest counts.
NEWEST = Check("older_version", "note", "superseded", "select row from parsed where superseded", repeats=True)


def unreached(column: str) -> Check:
    """Told of a request that ``column`` names by an identifier, or that is held within: requests are known by their reference."""
    return Check(
        "request_unreached", "warning", column, f"select row from parsed where regexp_matches({column}, '[?#]')"
    )


def site_relation(reference: str, name: str) -> Relation:
    """``site_named(ref, site_id, name)``: the places that a file refers to, by their display or reference."""
    return Relation("site_named", f"""
        select {reference} as ref, {key("site", reference)} as site_id, coalesce(max({name}), {reference}) as name, min(row) as row
        from parsed where {reference} is not null group by {reference}""")  # fmt: skip


SITE_EMIT = Emit("site", "select row, site_id, name from site_named", unique=True)


def place_relation(name: str) -> Relation:
    """``place_named(place, row, site_id)``: places that are only displayed, which count by their name as in any other file;
    ``name`` is the SQL of such a name in ``parsed``."""
    return Relation("place_named", f"""
        select place, min(row) as row, site_key(place) as site_id from (select *, {name} as place from parsed) where place is not null group by place""")  # fmt: skip


PLACE_EMIT = Emit("site", "select row, site_id, place as name from place_named where site_id is not null", unique=True)

# Who asked: each distinct requester with the keys it stands for. A role stands for a person and a practice; whoever works at several
# asks on behalf of one at a time. A practice without a reference goes by its name, as in any other file.
REQUESTER = Relation("requester_named", f"""
    with told as (
        select requester, behalf, behalf_name, min(row) as row, max(requester_name) as called, regexp_extract(requester, '^[A-Za-z]+') as type
        from parsed where requester is not null group by requester, behalf, behalf_name
    ),
    named as (select *, case when type in ('Practitioner', 'PractitionerRole') and not organisation_like(called) then called end as person from told),
    split as ({named_sql("named")}),
    keyed as (
        select *, case type when 'Practitioner' then 'practitioner' when 'PractitionerRole' then 'practitioner' when 'Organization' then 'practice'
                when 'CareTeam' then 'practice' when 'HealthcareService' then 'practice' when 'Patient' then 'self' when 'RelatedPerson' then 'self' end as kind,
            case when type in ('Practitioner', 'PractitionerRole') then {practitioner_key("requester")} end as practitioner_id,
            case when type in ('Organization', 'CareTeam', 'HealthcareService', 'PractitionerRole') then {key("organization", "requester")}
                 when behalf is not null then {key("organization", "behalf")} when behalf_name is not null then organization_key(behalf_name, null) end as organization_id
        from split
    )
    select *, case when kind is not null then key64('source|' || kind || '|' || case kind when 'practitioner' then practitioner_id::varchar
        when 'practice' then organization_id::varchar else '' end) end as source_id
    from keyed
""")  # fmt: skip
REQUESTER_JOIN = "requester_named r on r.requester = p.requester and r.behalf is not distinct from p.behalf and r.behalf_name is not distinct from p.behalf_name"
REQUESTER_EMITS = (
    Emit("practitioner", f"""
        select min(row) as row, practitioner_id, max(case when starts_with(requester, '{NPI_REFERENCE}') and npi_valid(split_part(requester, '|', 2))
            then split_part(requester, '|', 2) end) as npi, arg_min(family_name, row) as family_name, arg_min(given_name, row) as given_name,
            arg_min(credential, row) as credential
        from requester_named where practitioner_id is not null group by practitioner_id""", unique=True),
    Emit("organization", """
        select min(row) as row, organization_id, arg_min(name, row) as name, 'practice' as kind
        from (select row, organization_id, case when kind = 'practice' then coalesce(called, requester) else behalf_name end as name from requester_named)
        where organization_id is not null and name is not null group by organization_id""", unique=True),
    Emit("referral_source", """
        select min(row) as row, source_id, kind, case when kind = 'practitioner' then practitioner_id end as practitioner_id,
            case when kind = 'practice' then organization_id end as organization_id
        from requester_named where source_id is not null group by all""", unique=True),
)  # fmt: skip
