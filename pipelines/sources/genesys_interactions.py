"""Genesys Cloud's export of interactions: lengths of time in thousandths of a second, whether the caller gave up in a column
of its own."""

from __future__ import annotations

from pipelines.sources import Check, Field
from pipelines.vocabulary import site_field
from pipelines.vocabulary.calls import Told, call_source, direction_field
from pipelines.vocabulary.referrals import bare

LENGTHS = {"talk": "talk", "hold": "hold", "queued": "queued", "ring": "ring"}
FIELDS = (
    Field("number", "Conversation ID", "identifier", ("Conversation ID",), required=True, example="3f5a6b1c-0000-4000-8000-000000000001"),
    Field("start", "Date", "datetime", ("Date", "Start Date", "Conversation Start"), required=True, example="3/12/26 9:05 AM"),
    Field("stop", "End Date", "datetime", ("End Date", "Conversation End")),
    direction_field("Initial Direction"),
    Field("media", "Media Type", "text", ("Media Type",), example="voice"),
    Field("line", "Queue", "text", ("Queue", "Queue Name"), example="Referrals"),
    Field("talk", "Total Talk", "text", ("Total Talk", "Talk"), example="205000"),
    Field("hold", "Total Hold", "text", ("Total Hold", "Hold"), example="10000"),
    Field("queued", "Total Queue", "text", ("Total Queue", "Queue Time", "Total Queue Wait"), example="22000"),
    Field("ring", "Total Alert", "text", ("Total Alert", "Alert"), example="6000"),
    Field("gave_up_on", "Abandoned", "boolean", ("Abandoned",), example="No"),
    *bare((site_field(),), site=("Site", "Division")),
)  # fmt: skip

SOURCE = call_source(
    name="genesys_interactions",
    title="Genesys Cloud interactions",
    description="Conversations of a contact centre, one row each, with their waits, talk and hold in thousandths of a second.",
    system="genesys",
    fields=FIELDS,
    signature=(frozenset({"number", "start", "direction", "media"}), frozenset({"number", "start", "direction", "line", "gave_up_on"})),
    ignored=("Full Export Completed", "Partial Result Timestamp", "Filters", "Users", "Remote", "Duration", "ANI", "DNIS", "Wrap-up", "Flow", "Disconnect Type",
             "Total ACW", "External Tag", "Skills", "Languages", "Session DNIS", "Users - Interacted", "Total Handle", "Total IVR", "Transferred", "Conference"),
    told=Told(
        lengths={name: f"(try_cast(p.{column} as double) / 1000)::integer" for name, column in LENGTHS.items()},
        answered="coalesce(try_cast(p.talk as double), 0) > 0",
        abandoned="coalesce(p.gave_up_on, false) and p.direction is distinct from 'outbound'",
    ),
    checks=(
        Check("no_telephone_call", "note", "media", "select row from parsed where lower(coalesce(media, 'voice')) not in ('voice', 'call', 'callback')", aside=True),
        *(Check("unreadable_duration", "warning", name, f"select row from parsed where {name} is not null and try_cast({name} as double) is null") for name in LENGTHS),
    ),
)  # fmt: skip
