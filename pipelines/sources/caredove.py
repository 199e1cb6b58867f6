"""Caredove's referral raw data: a referral that was passed on is the child of the one it came from."""

from __future__ import annotations

from pipelines.sources import Field
from pipelines.vocabulary import EVENTS, OUTCOME_PATTERNS, patient_fields, referrer_fields, site_field
from pipelines.vocabulary.referrals import bare, referral_source

STATUSES = {**EVENTS, "ready": "none", "admitted": "kept", "outcome not recorded": "none", "cancelled by registrant": "cancelled",
            "cancelled by provider (event)": "cancelled", "cancelled by provider (group)": "cancelled", "archived": "none", "failed": "declined",
            "routed": "redirected", "received": "none"}  # fmt: skip
FIELDS = (
    Field("number", "Reference #", "identifier", ("Reference #",), required=True, example="3502768696"),
    Field("shared_visit", "Group Appointment #", "identifier", ("Group Appointment #",)),
    Field("parent", "Parent Reference #", "identifier", ("Parent Reference #",)),
    Field("received", "Submitted Date", "datetime", ("Submitted Date", "Date Submitted", "Submitted", "Submission Date"), required=True, example="2026-03-31 14:05"),
    *bare(patient_fields(), patient=("Registrant Name", "Registrant", "Client Name"), patient_last=("Registrant Last Name", "Last Name"),
          patient_first=("Registrant First Name", "First Name"), born=("Registrant DOB", "Date of Birth", "DOB")),
    *bare(referrer_fields(), referrer=("Requester Name", "Requester", "Referrer Name", "Referrer"),
          practice=("Requester Organization", "Sending Organization", "Referring Organization", "Sender Organization")),
    *bare((site_field(label="Receiving Organization"),), site=("Receiving Organization", "Provider Organization", "Location", "Site")),
    Field("service", "Service", "text", ("Service", "Service Name", "Program")),
    Field("channel", "Send Method", "enum", ("Send Method", "Sent Method"), values={"online submission": "portal", "fax": "fax", "phone": "phone", "email": "email",
          "direct integration without sso": "ehr", "web launch integration with sso": "ehr", "web launch integration without sso": "ehr"}, otherwise="other"),
    Field("appt", "Appointment Date", "datetime", ("Appointment Date", "Appointment Date/Time", "Appointment"), future=True),
    Field("status", "Status", "enum", ("Sub-Status", "Sub Status", "Status", "Referral Status"), values=STATUSES, patterns=OUTCOME_PATTERNS),
    Field("closed", "Closed Date", "datetime", ("Closed Date", "Date Closed")),
)  # fmt: skip

SOURCE = referral_source(
    name="caredove",
    title="Caredove referral raw data",
    description="Inbound referrals of a Caredove organisation, with what each was passed on from.",
    system="caredove",
    fields=FIELDS,
    signature=(frozenset({"number", "shared_visit", "parent", "received"}), frozenset({"number", "shared_visit", "parent", "received", "status"})),
)  # fmt: skip
