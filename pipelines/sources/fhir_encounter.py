"""FHIR Encounter: a visit that took place (or was to), of R4 and R5.

An encounter of an Appointment is that appointment's, which says whether it was kept, so it makes no second visit; it
dates the request's "kept". An emergency or an inpatient stay that no request asked for is no booked visit. Nor is a visit
what is part of one: many systems (all of Germany's hospitals) tell a visit once for the house, once more for the department
and once for the room. A part on another day than the encounter that it is part of is a visit of its own, as a series has.
"""

from __future__ import annotations

from pipelines.sources import Check, Emit, Field, Source
from pipelines.vocabulary.fhir import (
    ENCOUNTER_STATUS,
    NEWEST,
    PLACE_EMIT,
    SITE_EMIT,
    SYSTEM,
    bookkeeping,
    id_fields,
    key,
    patient_field,
    place_relation,
    site_relation,
    unreached,
)

FIELDS = (
    *id_fields("Encounter", dated=True),
    patient_field("Encounter.subject"),
    Field("status", "Status", "enum", ("Encounter.status",), values=ENCOUNTER_STATUS, otherwise="booked", example="finished"),
    Field("class", "Class", "text", ("Encounter.class",), example="AMB"),
    Field("type", "Type", "text", ("Encounter.type",)),
    Field("service", "Service", "text", ("Encounter.serviceType",)),
    Field("request", "Based on", "identifier", ("Encounter.basedOn",), example="ServiceRequest/7"),
    Field("appointment", "Appointment", "identifier", ("Encounter.appointment",), example="Appointment/9"),
    Field("part_of", "Part of", "identifier", ("Encounter.partOf",), example="Encounter/3"),
    Field("start", "Start", "datetime", ("Encounter.period.start",), required=True, future=True, example="2026-04-14T09:30:00-04:00"),
    Field("location", "Location", "identifier", ("Encounter.location",), example="Location/5"),
    Field("location_name", "Location's name", "name", ("Encounter.location.display",)),
    Field("provider", "Service provider", "identifier", ("Encounter.serviceProvider",), example="Organization/3"),
    Field("provider_name", "Service provider's name", "name", ("Encounter.serviceProvider.display",)),
)  # fmt: skip
_STAY = "coalesce(regexp_full_match(lower({0}), '(emer|imp|acute|nonac|obsenc)|(emergency|inpatient).*'), false)"
_SITE = "coalesce(location, provider)"
_PLACE = "case when location is null and provider is null then coalesce(location_name, provider_name) end"

SOURCE = Source(
    name="fhir_encounter",
    title="FHIR Encounter",
    description="Visits: whose, when, where and of which request, from bulk NDJSON or a Bundle.",
    system=SYSTEM,
    fields=FIELDS,
    signature=(frozenset({"number", "status", "class", "start"}),),
    primary="appointment",
    own_patients=True,
    ignored=bookkeeping("Encounter"),
    checks=(
        NEWEST,
        unreached("request"),
        Check("unbooked_stay", "note", "class", f"select row from parsed where {_STAY.format('class')} and request is null and appointment is null", aside=True),
        # A part that alone names the request or the appointment tells of the visit what the whole leaves out, and counts.
        Check("within_visit", "note", "part_of", f"""select part.row from parsed part join parsed whole on whole.number = part.part_of and whole.row <> part.row
            where (part.start_on = whole.start_on or {_STAY.format("whole.class")}) and coalesce(part.request = whole.request, part.request is null)
                and coalesce(part.appointment = whole.appointment, part.appointment is null)""", aside=True),
    ),
    relations=(site_relation(_SITE, "case when location is not null then location_name else provider_name end"), place_relation(_PLACE)),
    emits=(
        Emit("appointment", f"""
            select p.row, p.row_hash, {key("appointment", "p.number")} as appointment_id, case when p.request is not null then {key("referral", "p.request")} end as referral_id,
                p.patient_key, coalesce(s.site_id, l.site_id) as site_id, coalesce(p.service, p.type) as service_line, p.start as start_at, p.start_on as start_on,
                coalesce(p.status, 'booked') as status, case when p.status_text = 'entered-in-error' then p.status_text end as cancel_reason, p.updated as updated_at
            from parsed p left join site_named s on s.ref = coalesce(p.location, p.provider) left join place_named l on l.place = {_PLACE} where p.appointment is null""", unique=True, hashed=True),
        Emit("referral_event", f"""
            select row, {key("referral", "request")} as referral_id, 0 as seq, 'kept' as code, '5.1.4' as bser_code, start as occurred_at,
                start_on as occurred_on, start_precision as precision
            from parsed where appointment is not null and request is not null and status in ('arrived', 'fulfilled')"""),
        SITE_EMIT, PLACE_EMIT,
    ),
    order=70,
)  # fmt: skip
