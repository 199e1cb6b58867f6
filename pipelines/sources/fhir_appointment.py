"""FHIR Appointment: a visit booked, with the request it is based on. One entered in error was never booked."""

from __future__ import annotations

from pipelines.sources import Check, Emit, Field, Source
from pipelines.vocabulary.fhir import (
    APPOINTMENT_STATUS,
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
    *id_fields("Appointment", dated=True),
    patient_field("Appointment.patient"),
    Field("status", "Status", "enum", ("Appointment.status",), values=APPOINTMENT_STATUS, otherwise="booked", example="booked"),
    Field("request", "Based on", "identifier", ("Appointment.basedOn",), example="ServiceRequest/7"),
    Field("location", "Location", "identifier", ("Appointment.location",), example="Location/5"),
    Field("location_name", "Location's name", "name", ("Appointment.location.display",)),
    Field("service", "Service", "text", ("Appointment.serviceType",), example="Cardiology"),
    Field("cancelled", "Cancelled", "datetime", ("Appointment.cancellationDate",), example="2026-04-12"),
    Field("created", "Created", "datetime", ("Appointment.created",), example="2026-04-01"),
    Field("start", "Start", "datetime", ("Appointment.start",), required=True, future=True, example="2026-04-14T09:30:00-04:00"),
    Field("ended", "End", "datetime", ("Appointment.end",), future=True),
    Field("reason", "Cancelation reason", "text", ("Appointment.cancelationReason",)),
)  # fmt: skip
_PLACE = "case when location is null then location_name end"

SOURCE = Source(
    name="fhir_appointment",
    title="FHIR Appointment",
    description="Booked visits: for whom, where, of which request, and whether they were kept, from bulk NDJSON or a Bundle.",
    system=SYSTEM,
    fields=FIELDS,
    signature=(frozenset({"number", "status", "start", "request"}),),
    primary="appointment",
    own_patients=True,
    ignored=bookkeeping("Appointment"),
    checks=(
        NEWEST,
        unreached("request"),
        Check("not_booked_yet", "note", "start", "select row from parsed where status in ('proposed', 'void') and start is null", aside=True),
        Check("no_patient", "warning", "mrn", "select row from parsed where patient_key is null and coalesce(status, '') not in ('proposed', 'void')"), Check("end_before_start", "warning", "ended", "select row from parsed where ended < start"),
    ),
    relations=(site_relation("location", "location_name"), place_relation(_PLACE)),
    emits=(
        Emit("appointment", f"""
            select p.row, {key("appointment", "p.number")} as appointment_id, case when p.request is not null then {key("referral", "p.request")} end as referral_id,
                p.patient_key, coalesce(s.site_id, l.site_id) as site_id, p.service as service_line, p.created as created_at, p.created_on, p.start as start_at, p.start_on as start_on,
                coalesce(p.status, 'booked') as status, case when p.status_text = 'entered-in-error' then p.status_text
                    when p.status = 'cancelled' then p.reason end as cancel_reason,
                case when p.status = 'cancelled' then p.cancelled end as cancelled_at, case when p.status = 'cancelled' then p.cancelled_on end as cancelled_on, p.updated as updated_at
            from parsed p left join site_named s on s.ref = p.location left join place_named l on l.place = {_PLACE}""", unique=True),
        SITE_EMIT, PLACE_EMIT,
    ),
    order=70,
)  # fmt: skip
