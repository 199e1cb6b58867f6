"""Harris CareTracker's Referrals. "ReferralName" is who the patient was referred to or by, as the practice keeps it; the
dates and visits are those of an authorisation."""

from __future__ import annotations

from pipelines.sources import Field
from pipelines.vocabulary import patient_fields, referrer_fields
from pipelines.vocabulary.referrals import bare, referral_source

FIELDS = (
    *bare(patient_fields(), mrn=("PatientID",)),
    Field("received", "EnteredDate", "datetime", ("EnteredDate",), required=True, example="03/31/2026"),
    *bare(referrer_fields(), practice=("ReferralName",)),
    Field("last", "ReferralLastName", "name", ("ReferralLastName",), example="Smith"),
    Field("first", "ReferralFirstName", "name", ("ReferralFirstName",), example="Jane"),
    Field("reason", "Description", "text", ("Description",)),
    Field("starts", "DateStarts", "date", ("DateStarts",), future=True),
    Field("ends", "DateEnds", "date", ("DateEnds",), future=True),
)  # fmt: skip

SOURCE = referral_source(
    name="caretracker_referrals",
    title="Harris CareTracker referrals",
    description="Referrals as the practice entered them, with whom they name and the dates they hold for.",
    system="caretracker",
    fields=FIELDS,
    person="concat_ws(', ', last, first)",
    signature=(frozenset({"mrn", "received", "practice", "starts"}), frozenset({"mrn", "received", "last", "first"}),
               frozenset({"mrn", "received", "practice", "last", "first"})),
    ignored=("NumberOfVisits", "Comment", "OnBehalfOfFirstName", "OnBehalfOfLastName"),
)  # fmt: skip
