"""NICE CXone's completed contacts: one row each, with waits in seconds, and whether the caller gave up in a column of its own."""

from __future__ import annotations

from pipelines.sources import Check, Field
from pipelines.vocabulary import site_field
from pipelines.vocabulary.calls import Told, call_source, direction_field
from pipelines.vocabulary.referrals import bare

FIELDS = (
    Field("number", "contact_id", "identifier", ("contact_id", "contactId"), required=True, example="1001"),
    Field("parent", "master_contact_id", "identifier", ("master_contact_id", "masterContactId"), example="1001"),
    Field("start", "contact_start", "datetime", ("contact_start", "contactStart", "contactStartDate", "start_date"), required=True, example="2026-03-14 14:05:10"),
    Field("line", "skill_name", "text", ("skill_name", "skillName"), example="Referrals"),
    Field("media", "media_name", "text", ("media_name", "mediaTypeName", "media_type_name"), example="Call"),
    direction_field("direction", "inbound_outbound"),
    Field("outbound", "is_outbound", "boolean", ("is_outbound", "isOutbound")),
    Field("queued", "inqueue_seconds", "text", ("inqueue_seconds", "inQueueSeconds", "in_queue_seconds"), example="40"),
    Field("talk", "agent_time", "text", ("agent_time", "agentSeconds", "agent_seconds"), example="230"),
    Field("hold", "hold_time", "text", ("hold_time", "holdSeconds", "hold_seconds"), example="20"),
    Field("gave_up_on", "abandon", "boolean", ("abandon", "abandoned"), example="N"),
    *bare((site_field(),), site=("Site", "team_name")),
)  # fmt: skip
_DIRECTION = "coalesce(p.direction, case when p.outbound then 'outbound' else 'inbound' end)"
_WITH_AGENT = "coalesce(try_cast(p.talk as double), 0) > 0"

SOURCE = call_source(
    name="nice_cxone",
    title="NICE CXone contacts",
    description="Completed contacts of a contact centre; the time with an agent includes that on hold.",
    system="nice_cxone",
    fields=FIELDS,
    signature=(frozenset({"number", "parent", "start", "line"}), frozenset({"number", "start", "line", "queued", "gave_up_on"})),
    ignored_patterns=(r"(?:agent|campaign|team|skill|media|point_?of_?contact|disposition|routing|abandon|acw|conference|pre_?queue|post_?queue|release|total|contact|callback|dateacw)\w*",),
    ignored=("from_addr", "to_addr", "fromAddr", "toAddr", "holdCount", "hold_count", "transferIndicatorName", "refuseTime", "service_level", "isLogged", "isTakeover"),
    told=Told(
        direction=_DIRECTION, answered=_WITH_AGENT, abandoned=f"coalesce(p.gave_up_on, false) and not ({_WITH_AGENT}) and {_DIRECTION} <> 'outbound'",
        talk_includes_hold=True, parallel=True,
    ),
    checks=(Check("no_telephone_call", "note", "media", "select row from parsed where lower(coalesce(media, 'call')) not in ('call', 'voice', 'phone call', 'phone')", aside=True),),
    order=60,
)  # fmt: skip
