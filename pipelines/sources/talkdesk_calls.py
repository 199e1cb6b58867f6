"""Talkdesk's report of calls: one word says which way a call went and what became of it."""

from __future__ import annotations

from pipelines.sources import Field
from pipelines.vocabulary import site_field
from pipelines.vocabulary.calls import Told, call_source, direction_field
from pipelines.vocabulary.referrals import bare

FIELDS = (
    Field("number", "Interaction ID", "identifier", ("Interaction ID", "Call ID", "Callsid"), required=True, example="int-100001"),
    Field("start", "Start Time", "datetime", ("Start Time", "Start At"), required=True, example="2026-03-12 09:05:10"),
    Field("stop", "End Time", "datetime", ("End Time", "End At")),
    Field("line", "Talkdesk Phone Display Name", "text", ("Talkdesk Phone Display Name", "Ring Groups", "Ring Group"), example="Referral line"),
    direction_field("Call Type", "Type"),
    Field("contact", "Contact Type", "text", ("Contact Type",)),
    Field("queued", "Wait Time", "text", ("Wait Time",), example="22"),
    Field("hold", "Hold Time", "text", ("Hold Time",), example="0"),
    Field("talk", "Talk Time", "text", ("Talk Time",), example="205"),
    Field("mailed", "Voicemail?", "boolean", ("Voicemail?", "Voicemail", "Is Voicemail"), example="false"),
    *bare((site_field(),), site=("Site",)),
)  # fmt: skip
_WORD = "lower(coalesce(p.direction_text, ''))"
_MAILED = f"coalesce(p.mailed, false) or {_WORD} = 'voicemail'"

SOURCE = call_source(
    name="talkdesk_calls",
    title="Talkdesk calls",
    description="Calls of a contact centre, one row each; the call type says inbound, outbound, missed, abandoned or voicemail.",
    system="talkdesk",
    fields=FIELDS,
    signature=(frozenset({"number", "start", "direction", "talk", "mailed"}),),
    ignored=("Talkdesk Phone Number", "Contact Phone Number", "Customer Phone Number", "User Name", "User Email", "Handling User", "Ring Groups", "Total Time", "Abandon Time",
             "In Business Hours?", "Callback From Queue?", "Waiting Queue?", "Transfer?", "Disposition Code", "Recording", "Notes", "Ring Time", "Total Ringing Time",
             "IVR Options", "Mood", "Rating", "Company Name"),
    told=Told(
        result=f"case when {_MAILED} then 'voicemail' end",
        answered=f"{_WORD} in ('inbound', 'outbound') and not ({_MAILED}) and coalesce(try_cast(p.talk as double) > 0, p.talk is not null)",
        abandoned=f"{_WORD} in ('missed', 'abandoned', 'short abandoned', 'short_abandoned')",
    ),
    order=60,
)  # fmt: skip
