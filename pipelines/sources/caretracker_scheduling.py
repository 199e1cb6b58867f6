"""Harris CareTracker's Scheduling: visits without a status; one that lies in the past is taken as booked and no more."""

from __future__ import annotations

from pipelines.sources import Field
from pipelines.vocabulary import patient_fields
from pipelines.vocabulary.referrals import bare
from pipelines.vocabulary.visits import visit_source

FIELDS = (
    Field("number", "VisitIdExternal", "identifier", ("VisitIdExternal",), example="V-1"),
    *bare(patient_fields(), mrn=("PatientID",)),
    Field("start", "AppointmentDate", "datetime", ("AppointmentDate",), future=True, required=True, example="04/14/2026 09:30 AM"),
    Field("service", "VisitType", "text", ("VisitType",), example="New patient"),
    Field("created", "DateBooked", "datetime", ("DateBooked",), example="04/01/2026"),
    Field("remote", "IsTelehealth", "boolean", ("IsTelehealth",)),
)  # fmt: skip

SOURCE = visit_source(
    name="caretracker_scheduling",
    title="Harris CareTracker scheduling",
    description="Visits that were booked. The export does not say whether they took place.",
    system="caretracker",
    fields=FIELDS,
    signature=(frozenset({"mrn", "start", "created", "number"}), frozenset({"mrn", "start", "created", "remote"}), frozenset({"mrn", "start", "created", "service", "number"})),
    ignored=("Comments", "BookedByFirstName", "BookedByLastName", "ProviderFirstName", "ProviderLastName", "Duration", "XLinkProviderID", "IsEditable"),
)  # fmt: skip
