"""Asterisk's call detail records (FreePBX and other systems built on it): a row per channel, in seconds.

A queue, a menu or a mailbox answers too: only a call that reached another channel was talked. Telephones that ring
together are rows beside one another. The caller's number stays in the file.
"""

from __future__ import annotations

from pipelines.sources import Field
from pipelines.vocabulary.calls import Told, by_numbers, call_source

FIELDS = (
    Field("start", "calldate", "datetime", ("calldate", "start"), required=True, example="2026-03-12 09:05:10"),
    Field("linked", "linkedid", "identifier", ("linkedid",), example="1773306310.41"),
    Field("own", "uniqueid", "identifier", ("uniqueid",), example="1773306310.41"),
    Field("source", "src", "text", ("src",), phi=True, example="6175550100"),
    Field("called", "dst", "text", ("dst",), example="2001"),
    Field("context", "dcontext", "text", ("dcontext",), example="from-trunk"),
    Field("reached", "dstchannel", "text", ("dstchannel",), example="PJSIP/2001-0000002a"),
    Field("application", "lastapp", "text", ("lastapp",), example="Dial"),
    Field("whole", "duration", "text", ("duration",), example="62"),
    Field("talk", "billsec", "text", ("billsec",), example="55"),
    Field("result", "disposition", "text", ("disposition",), example="ANSWERED"),
    Field("did", "did", "text", ("did",)),
)  # fmt: skip
_MAILED = "lower(coalesce(p.application, '')) like 'voicemail%'"
_ANSWERED = f"upper(coalesce(p.result, '')) = 'ANSWERED' and p.reached is not null and not ({_MAILED})"
_DIRECTION = f"case when regexp_matches(lower(coalesce(p.context, '')), 'trunk|pstn|from-did|external|incoming|inbound') then 'inbound' else {by_numbers('p.source', 'p.called')} end"

SOURCE = call_source(
    name="asterisk_cdr",
    title="Asterisk call detail records",
    description="Calls of Asterisk, FreePBX and the like, a row per channel: when, to which extension or queue, and whether anybody answered.",
    system="asterisk",
    fields=FIELDS,
    signature=(frozenset({"start", "source", "called", "context", "talk", "result"}),),
    ignored=("clid", "channel", "lastdata", "amaflags", "accountcode", "userfield", "answer", "end", "recordingfile", "cnum", "cnam", "outbound_cnum", "outbound_cnam",
             "dst_cnam", "peeraccount", "sequence"),
    told=Told(
        number="upper(coalesce(p.linked, p.own))",
        direction=_DIRECTION,
        line=f"case when ({_DIRECTION}) = 'inbound' then coalesce(p.did, p.called) end",
        result=f"case when {_MAILED} then 'voicemail' end",
        answered=_ANSWERED,
        abandoned=f"not ({_ANSWERED}) and not ({_MAILED})",
        lengths={"talk": f"case when {_ANSWERED} then try_cast(p.talk as integer) else 0 end",
                 "queued": f"case when lower(p.application) = 'queue' and not ({_ANSWERED}) then try_cast(p.talk as integer) end",
                 "ring": "try_cast(p.whole as integer) - try_cast(p.talk as integer)"},
        parallel=True,
    ),
    order=60,
)  # fmt: skip
