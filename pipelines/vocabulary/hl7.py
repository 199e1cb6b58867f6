"""What HL7 v2 messages have in common: the header's and the patient's fields, and the tables behind their codes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from pipelines.sources import Field
from pipelines.vocabulary import SEXES, patient_fields, referrer_fields
from pipelines.vocabulary.referrals import bare

SYSTEM = "ehr"  # record and order numbers are the EHR's own
# Tables 0280 (referral priority), 0485 and 0027 (order priorities)
PRIORITY: Mapping[str, str] = {
    "s": "stat", "stat": "stat", "a": "asap", "asap": "asap", "r": "routine", "routine": "routine", "u": "urgent", "urgent": "urgent", "p": "routine",
    "c": "routine", "t": "urgent", "e": "stat", "n": "routine", "preop": "routine", "callback": "routine",
}  # fmt: skip
REFERRAL_STATUS: Mapping[str, str] = {
    "a": "accepted",
    "p": "acknowledged",
    "r": "declined",
    "e": "cancelled",
}  # table 0283
FILLER_STATUS: Mapping[str, str] = {  # table 0278
    "pending": "proposed", "waitlist": "proposed", "booked": "booked", "started": "arrived", "complete": "fulfilled", "completed": "fulfilled",
    "cancelled": "cancelled", "canceled": "cancelled", "dc": "cancelled", "deleted": "void", "blocked": "void", "overbook": "booked",
    "noshow": "noshow", "no show": "noshow", "arrived": "arrived", "checked in": "arrived", "confirmed": "booked", "rescheduled": "booked", "scheduled": "booked",
}  # fmt: skip
ORDER_STATUS: Mapping[str, str] = {  # table 0038
    "a": "none", "ca": "cancelled", "cm": "completed", "dc": "cancelled", "er": "void", "hd": "none", "ip": "none", "rp": "cancelled", "sc": "scheduled",
}  # fmt: skip
# Which repetition of PID-3 is meant and how names are put together is the reader's business.
_NUMBERED_SEX = {"1": "male", "2": "female", "0": "unknown", "9": "unknown"}  # ISO/IEC 5218, as the NHS sends PID-8
_PATIENT = {
    "mrn": ("PID-3.1",),
    "patient_last": ("PID-5.1",),
    "patient_first": ("PID-5.2",),
    "born": ("PID-7",),
    "sex": ("PID-8",),
    "patient_zip": ("PID-11.5",),
    "patient_phone": ("PID-13",),
    "patient_email": ("PID-13.4",),
}
_REFERRER = {"referrer": ("Referring provider",), "npi": ("Referring NPI",), "practice": ("Referring practice",), "practice_zip": ("Referring ZIP",),
             "practice_phone": ("Referring phone",), "practice_fax": ("Referring fax",)}  # fmt: skip


def header_fields() -> tuple[Field, ...]:
    """When a message was sent, what made it be sent, and its number."""
    return (
        Field("sent", "Message time", "datetime", ("MSH-7",), example="2026-03-31 14:05:00"),
        Field("type", "Message type", "text", ("MSH-9.1",), example="REF"),
        Field("trigger", "Trigger event", "text", ("MSH-9.2",), example="I12"),
        Field("control", "Message number", "identifier", ("MSH-10",), example="MSG0001"),
        Field("sender", "Sending facility", "text", ("MSH-4",)),
        Field("receiver", "Receiving facility", "text", ("MSH-6",)),
    )  # fmt: skip


def message_patient() -> tuple[Field, ...]:
    """What identifies the patient (PID). It makes the patient key and goes no further."""
    said = (field for field in bare(patient_fields(), **_PATIENT) if field.name in _PATIENT)
    return tuple(replace(field, values={**SEXES, **_NUMBERED_SEX}) if field.name == "sex" else field for field in said)


def message_referrer() -> tuple[Field, ...]:
    """Who referred or ordered, wherever the message says so."""
    return bare(referrer_fields(), **_REFERRER)


__all__ = [
    "FILLER_STATUS",
    "ORDER_STATUS",
    "PRIORITY",
    "REFERRAL_STATUS",
    "SYSTEM",
    "header_fields",
    "message_patient",
    "message_referrer",
]
