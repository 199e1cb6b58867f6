"""Cisco Unified Communications Manager's call detail records: times in seconds since 1970, a second header row of types.

Legs share a call's number, which a restarted cluster begins anew: the day is part of it. Nothing says which way a call
went; the lengths of the two numbers do, where extensions are shorter than numbers outside.
"""

from __future__ import annotations

from pipelines.sources import Field
from pipelines.vocabulary.calls import Told, by_numbers, call_source

FIELDS = (
    Field("call", "globalCallID_callId", "identifier", ("globalCallID_callId",), required=True, example="500"),
    Field("manager", "globalCallID_callManagerId", "identifier", ("globalCallID_callManagerId",), example="1"),
    Field("cluster", "globalCallId_ClusterID", "identifier", ("globalCallId_ClusterID",), example="StandAloneCluster"),
    Field("start_utc", "dateTimeOrigination", "datetime", ("dateTimeOrigination",), required=True, utc=True, example="1773306310"),
    Field("connected", "dateTimeConnect", "text", ("dateTimeConnect",), example="1773306322"),
    Field("stop_utc", "dateTimeDisconnect", "datetime", ("dateTimeDisconnect",), utc=True, example="1773306400"),
    Field("source", "callingPartyNumber", "text", ("callingPartyNumber",), phi=True, example="6175550100"),
    Field("asked", "originalCalledPartyNumber", "text", ("originalCalledPartyNumber",), example="2001"),
    Field("called", "finalCalledPartyNumber", "text", ("finalCalledPartyNumber",), example="2001"),
    Field("pilot", "huntPilotDN", "text", ("huntPilotDN", "huntPilotPattern"), example="2100"),
    Field("talk", "duration", "text", ("duration",), example="78"),
)  # fmt: skip
_ANSWERED = "coalesce(try_cast(p.connected as bigint), 0) > 0"
_DIRECTION = by_numbers("p.source", "coalesce(p.called, p.asked)")

SOURCE = call_source(
    name="cisco_cdr",
    title="Cisco Unified CM call detail records",
    description="Legs of calls of Cisco Unified Communications Manager, put together to calls: when, to which number, rung and talked.",
    system="cucm",
    fields=FIELDS,
    signature=(frozenset({"call", "start_utc", "connected", "called", "talk"}),),
    ignored_patterns=(r"(?i)^(?!globalCallID_callI|dateTime(Origination|Connect|Disconnect)$|(calling|originalCalled|finalCalled)PartyNumber$|huntPilot|duration$).*",),
    told=Told(
        number="upper(concat_ws('-', p.cluster, p.manager, p.call, p.start_utc::date))",
        direction=_DIRECTION,
        line=f"case when ({_DIRECTION}) = 'inbound' then coalesce(p.pilot, p.asked, p.called) end",
        answered=_ANSWERED,
        abandoned=f"not ({_ANSWERED})",
        lengths={"talk": f"case when {_ANSWERED} then try_cast(p.talk as integer) else 0 end",
                 "ring": f"case when {_ANSWERED} then (try_cast(p.connected as bigint) - epoch(p.start_utc))::integer "
                         "when p.stop_utc >= p.start_utc then date_diff('second', p.start_utc, p.stop_utc) end"},
    ),
    order=60,
)  # fmt: skip
