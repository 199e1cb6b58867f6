"""Genesys Cloud's export of interactions: lengths of time in thousandths of a second or as 0:03:25.000, whether the caller gave
up in a column of its own."""

from __future__ import annotations

from pipelines.sources import Check, Field
from pipelines.vocabulary import site_field
from pipelines.vocabulary.calls import Told, call_source, direction_field, seconds
from pipelines.vocabulary.referrals import bare

LENGTHS = {
    name: f"case when contains(p.{name}, ':') then {seconds(f'p.{name}')} else (try_cast(p.{name} as double) / 1000)::integer end"
    for name in ("talk", "hold", "queued", "ring")
}
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
        lengths=LENGTHS,
        # A talk whose length cannot be read may have been one.
        answered=f"case when p.talk is null then false else {LENGTHS['talk']} > 0 end",
        abandoned="coalesce(p.gave_up_on, false) and p.direction is distinct from 'outbound'",
    ),
    checks=(
        Check("no_telephone_call", "note", "media", "select row from parsed where lower(coalesce(media, 'voice')) not in ('voice', 'call', 'callback')", aside=True),
        *(Check("unreadable_duration", "warning", name, f"select row from parsed p where {name} is not null and {length} is null") for name, length in LENGTHS.items()),
    ),
)  # fmt: skip
