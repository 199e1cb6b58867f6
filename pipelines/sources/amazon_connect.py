"""Amazon Connect's contact records: one row per contact, flattened from JSON or as the contact search exports them."""

from __future__ import annotations

from dataclasses import replace

from pipelines.sources import Check, Field
from pipelines.vocabulary import site_field
from pipelines.vocabulary.calls import DIRECTIONS, Told, call_source, direction_field
from pipelines.vocabulary.referrals import bare

# How a contact began: one that was handed on goes on from the one it names as the contact before.
METHODS = {
    **DIRECTIONS,
    "transfer": "inbound",
    "queue transfer": "inbound",
    "callback": "outbound",
    "external outbound": "outbound",
    "monitor": "internal",
}
FIELDS = (
    Field("number", "ContactId", "identifier", ("ContactId", "Contact ID"), required=True, example="c1"),
    Field("parent", "PreviousContactId", "identifier", ("PreviousContactId", "Previous Contact ID")),
    Field("media", "Channel", "text", ("Channel",), example="VOICE"),
    replace(direction_field("InitiationMethod", "Initiation Method"), values=METHODS),
    Field("start", "InitiationTimestamp", "datetime", ("InitiationTimestamp", "Initiation Timestamp"), required=True, example="2026-03-14T14:05:10Z"),
    Field("stop", "DisconnectTimestamp", "datetime", ("DisconnectTimestamp", "Disconnect Timestamp")),
    Field("answer", "Agent.ConnectedToAgentTimestamp", "datetime", ("Agent.ConnectedToAgentTimestamp", "ConnectedToAgentTimestamp", "Connected To Agent Timestamp")),
    Field("line", "Queue.Name", "text", ("Queue.Name", "Queue", "QueueName"), example="Referrals"),
    Field("queued", "Queue.Duration", "text", ("Queue.Duration", "QueueDuration", "Queue Wait Time", "Queue Time", "Contact Queue Time"), example="40"),
    Field("talk", "Agent.AgentInteractionDuration", "text", ("Agent.AgentInteractionDuration", "AgentInteractionDuration", "Agent Interaction Duration", "Agent Interaction Time"), example="230"),
    Field("hold", "Agent.CustomerHoldDuration", "text", ("Agent.CustomerHoldDuration", "CustomerHoldDuration", "Customer Hold Duration", "Customer Hold Time"), example="20"),
    *bare((site_field(),), site=("Site",)),
)  # fmt: skip
_TALKED = "coalesce(try_cast(p.talk as double) > 0, regexp_matches(p.talk, '[1-9]'), false)"

SOURCE = call_source(
    name="amazon_connect",
    title="Amazon Connect contacts",
    description="Contact records: when a contact began and ended, in which queue it waited, how long an agent talked and held.",
    system="amazon_connect",
    fields=FIELDS,
    signature=(frozenset({"number", "start", "direction"}), frozenset({"number", "start", "media", "talk"}), frozenset({"number", "start", "direction", "line", "queued", "talk"})),
    ignored_patterns=(r"(?:Agent|Queue|Customer|System|Attributes|Recording|Transferred|Voice|Routing)\w*\.\w[\w.]*",),
    ignored=("InitialContactId", "NextContactId", "InstanceARN", "AWSAccountId", "LastUpdateTimestamp", "ContactDuration", "Contact Duration", "Agent", "Phone Number",
             "Customer Phone Number", "System Phone Number", "Tags", "DisconnectReason", "Disconnect Reason", "Routing Profile", "After Contact Work Duration"),
    told=Told(
        answered=f"p.answer is not null or {_TALKED}",
        abandoned=f"p.direction is distinct from 'outbound' and not (p.answer is not null or {_TALKED}) and p.queued is not null",
    ),
    checks=(Check("no_telephone_call", "note", "media", "select row from parsed where lower(coalesce(media, 'voice')) not in ('voice', 'telephony')", aside=True),),
    order=60,
)  # fmt: skip
