"""Calls of Microsoft Teams to and from numbers outside, as its reports of usage and of direct routing give them: a row per leg, in UTC.

What an auto attendant or a queue took has a row of its own (``ucap``): it answers every call, and nobody has spoken yet.
"""

from __future__ import annotations

from pipelines.sources import Field
from pipelines.vocabulary.calls import Told, call_source

FIELDS = (
    Field("number", "Call ID", "identifier", ("Call ID", "callId", "Correlation ID", "correlationId"), example="c-1"),
    Field("start_utc", "Start Time", "datetime", ("Start Time", "Start Time (UTC)", "Start DateTime", "startDateTime", "Start Date Time"), utc=True, required=True, example="2026-03-12 14:05:10"),
    Field("ended", "End Time", "datetime", ("End Time", "End Time (UTC)", "End DateTime", "endDateTime", "End Date Time"), utc=True, example="2026-03-12 14:09:10"),
    Field("kind", "Call Type", "text", ("Call Type", "callType", "Event Type"), example="user_in"),
    Field("account", "UPN", "text", ("UPN", "User Principal Name", "userPrincipalName"), example="desk@example.org"),
    Field("line", "User Display Name", "text", ("User Display Name", "userDisplayName", "Display Name", "User Name"), example="Referral desk"),
    Field("whole", "Duration Seconds", "integer", ("Duration Seconds", "Duration", "Duration (seconds)", "Call Duration Seconds"), example="240"),
)  # fmt: skip
_KIND = "lower(coalesce(p.kind, ''))"
_MACHINE = f"starts_with({_KIND}, 'ucap')"
_INBOUND = f"regexp_matches({_KIND}, 'in$|_in_')"
_OUTBOUND = f"regexp_matches({_KIND}, 'out$|_out_')"

SOURCE = call_source(
    name="teams_pstn",
    title="Microsoft Teams calls (PSTN)",
    description="Calls of Teams users with numbers outside: when, whose line, which way and how long.",
    system="teams",
    fields=FIELDS,
    signature=(frozenset({"number", "start_utc", "ended", "kind", "account", "whole"}),),
    ignored=("UsageId", "id", "User Location", "AAD ObjectId", "userId", "User ID", "Caller ID", "callerNumber", "Caller Number", "calleeNumber", "Callee Number", "Number Type", "Domestic/International",
             "Destination Dialed", "Destination Number", "destinationName", "destinationContext", "Connection Fee", "Charge", "Currency", "connectionCharge", "Capability", "licenseCapability", "Inventory Type",
             "operator", "usageCountryCode", "tenantCountryCode", "callDurationSource", "Conference ID", "Inbound/Outbound", "Final SIP code", "Final Microsoft subcode", "Final SIP Phrase", "finalSipCodePhrase",
             "callEndSubReason", "SBC", "SBC FQDN", "trunkFullyQualifiedDomainName", "Media Bypass", "mediaBypassEnabled", "mediaPathLocation", "signalingLocation", "Azure Region", "successfulCall",
             "Invite DateTime", "inviteDateTime", "Failure DateTime", "failureDateTime", "Country", "Tenant ID", "otherPartyCountryCode", "administrativeUnitInfos"),
    told=Told(
        machine=_MACHINE,
        direction=f"case when {_INBOUND} then 'inbound' when {_OUTBOUND} then 'outbound' end",
        answered=f"case when {_MACHINE} then null else coalesce(p.whole, 0) > 0 end",
        abandoned=f"case when {_MACHINE} then null else {_INBOUND} and coalesce(p.whole, 0) = 0 end",
        lengths={"talk": f"case when not {_MACHINE} then p.whole::integer end"},
        parallel=True,
    ),
)  # fmt: skip
