"""A referral hub's flattened ServiceRequests (Bright Street), misspelt "servcierequest_authoredon" included.

A request's status is FHIR's: "completed" says that it was dealt with, not that the patient was seen.
"""

from __future__ import annotations

from pipelines.sources import Field
from pipelines.vocabulary import referrer_fields, site_field
from pipelines.vocabulary.referrals import bare, referral_source

_S = "servicerequest"
STATUSES = {
    "draft": "none",
    "active": "none",
    "on-hold": "none",
    "unknown": "none",
    "completed": "none",
    "revoked": "cancelled",
    "entered-in-error": "void",
}
FIELDS = (
    Field("number", "servicerequest_id", "identifier", (f"{_S}_id",), required=True, example="8c1f"),
    Field("authored", "servicerequest_authoredon", "datetime", ("servcierequest_authoredon", f"{_S}_authoredon"), required=True, example="2026-03-02T14:05:00Z"),
    Field("status", "servicerequest_status", "enum", (f"{_S}_status",), values=STATUSES, example="active"),
    Field("reason", "servicerequest_code_display", "text", (f"{_S}_code_display", f"{_S}_code")),
    Field("service", "servicerequest_category_display", "text", (f"{_S}_category_display", f"{_S}_category_code")),
    Field("asker", "servicerequest_requester_type", "text", (f"{_S}_requester_type",)),
    *bare(referrer_fields(), referrer=(f"{_S}_requester_display",)),
    *bare((site_field(label="servicerequest_performer_display"),), site=(f"{_S}_performer_display",)),
)  # fmt: skip

SOURCE = referral_source(
    name="bright_street",
    title="Bright Street referral hub",
    description="One row per service request of a referral hub: who asked, what for, of whom.",
    system="bright_street",
    fields=FIELDS,
    signature=(frozenset({"number", "authored", "referrer"}), frozenset({"number", "authored", "status", "site"}),
               frozenset({"number", "authored", "status", "referrer", "site"})),
    ignored=("Event",),
    ignored_patterns=(rf"{_S}_.*(system|type|reference|note).*", r"patient_.*", r"observation_.*"),
    channel="'portal'",
)  # fmt: skip
