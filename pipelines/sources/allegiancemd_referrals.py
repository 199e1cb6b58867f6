"""AllegianceMD's EmrRefToProvidersEntity: referrals to other providers, mostly authorisations; "status" is that of the
authorisation and says nothing of the visit."""

from __future__ import annotations

from pipelines.sources import Field
from pipelines.vocabulary import PRIORITIES, patient_fields
from pipelines.vocabulary.referrals import bare, referral_source

FIELDS = (
    Field("number", "refToProviderId", "identifier", ("id", "refToProviderId", "emrRefToProviderId"), example="1"),
    *bare(patient_fields(), mrn=("patientId", "patientAccount", "patientNumber"), patient=("patientName", "patient"), born=("dob",)),
    Field("authored", "referralDate", "datetime", ("referralDate",), example="2026-03-31"),
    Field("received", "receivedDate", "datetime", ("receivedDate",)),
    Field("appt", "apptDate", "datetime", ("apptDate",), future=True),
    Field("reported", "reportReceived", "datetime", ("reportReceivedDate", "reportReceived")),
    Field("summary", "summaryOfCareSentDate", "datetime", ("summaryOfCareSentDate",)),
    Field("service", "refToProvider", "name", ("refToProvider",), example="Heart Group"),
    Field("priority", "priority", "enum", ("priority",), values=PRIORITIES, otherwise="routine"),
    Field("reason", "reason", "text", ("reason",)),
    Field("active", "active", "boolean", ("active",)),
)  # fmt: skip

SOURCE = referral_source(
    name="allegiancemd_referrals",
    title="AllegianceMD referrals to providers",
    description="Referrals that the practice sent to other providers (EmrRefToProvidersEntity).",
    system="allegiancemd",
    direction="out",
    fields=FIELDS,
    signature=(frozenset({"authored", "service", "summary"}), frozenset({"authored", "service", "appt"}), frozenset({"authored", "received", "service", "reported", "summary"})),
    steps=(("received", "acknowledged"), ("reported", "report_sent")),
    ignored=("authCode", "authType", "clinicalNote", "endDate", "note", "startDate", "status", "unitType", "visitAllowed"),
)  # fmt: skip
