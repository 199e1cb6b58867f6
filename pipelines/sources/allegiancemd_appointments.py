"""AllegianceMD's AppointmentsEntity: visits, checked in and out, with the name of who referred."""

from __future__ import annotations

from pipelines.sources import Field
from pipelines.vocabulary import APPOINTMENT_PATTERNS, VISIT_STATUSES, patient_fields
from pipelines.vocabulary.referrals import bare
from pipelines.vocabulary.visits import visit_source

FIELDS = (
    Field("number", "appointmentId", "identifier", ("id", "appointmentId"), example="1"),
    *bare(patient_fields(), mrn=("patientId", "patientAccount", "patientNumber"), patient=("patientName", "patient"), born=("dob",)),
    Field("start", "calDate", "datetime", ("calDate",), future=True, clock="start_time", required=True, example="2026-04-14 09:30"),
    Field("start_time", "calTime", "text", ("calTime", "startTime")),
    Field("status", "status", "enum", ("status",), values=VISIT_STATUSES, patterns=APPOINTMENT_PATTERNS, otherwise="booked", example="Scheduled"),
    Field("arrived", "checkedIn", "boolean", ("checkedIn",)),
    Field("gone", "checkedOut", "boolean", ("checkedOut",)),
    Field("referrer", "referrerName", "name", ("referrerName",), example="Smith, Jane MD"),
    Field("reason", "reasonForVisit", "text", ("reasonForVisit",)),
)  # fmt: skip

SOURCE = visit_source(
    name="allegiancemd_appointments",
    title="AllegianceMD appointments",
    description="Visits (AppointmentsEntity), with check-in and check-out.",
    system="allegiancemd",
    fields=FIELDS,
    signature=(frozenset({"start", "status", "arrived"}), frozenset({"start", "referrer", "arrived"}), frozenset({"start", "status", "arrived", "gone", "referrer"})),
    ignored=("checkedInTime", "checkedOutTime", "provider", "resource", "duration", "note"),
    status="case when p.gone then 'fulfilled' when p.arrived and coalesce(p.status, 'booked') = 'booked' then 'arrived' else coalesce(p.status, 'booked') end",
)  # fmt: skip
