"""Avaya's external call history: segments of calls. DISPTIME is the wait (vector, queue, ringing) until the disposition;
ANSHOLDTIME is what the answering agent kept the caller on hold, and TALKTIME does not hold it."""

from __future__ import annotations

from pipelines.sources import Field
from pipelines.vocabulary import site_field
from pipelines.vocabulary.calls import Told, call_source
from pipelines.vocabulary.referrals import bare

# CALL_DISP and DISPOSITION: 1 connected, 2 answered, 3 abandoned, 4 interflowed, 5 forced busy, 6 forced disconnect, 7 other.
DISPOSITIONS = {"1": "answered", "conn": "answered", "connected": "answered", "2": "answered", "ans": "answered", "answered": "answered", "3": "abandoned", "aban": "abandoned",
                "abandoned": "abandoned", "4": "other", "iflow": "other", "5": "other", "fbusy": "other", "6": "other", "fdisc": "other", "7": "other", "other": "other"}  # fmt: skip
FIELDS = (
    Field("number", "CALLID", "identifier", ("CALLID",), required=True, example="1001"),
    Field("segment", "SEGMENT", "integer", ("SEGMENT",), example="1"),
    Field("parent", "UCID", "identifier", ("UCID",), example="00001010011700000000"),
    Field("start_utc", "SEGSTARTUTC", "datetime", ("SEGSTARTUTC", "SEGSTART_UTC"), utc=True),
    Field("start", "SEGSTART", "datetime", ("SEGSTART",), example="2026-03-12 09:05:10"),
    Field("stop_utc", "SEGSTOPUTC", "datetime", ("SEGSTOPUTC", "SEGSTOP_UTC"), utc=True),
    Field("stop", "SEGSTOP", "datetime", ("SEGSTOP",), example="2026-03-12 09:09:10"),
    Field("waited", "DISPTIME", "text", ("DISPTIME",), example="42"),
    Field("queued", "QUEUETIME", "text", ("QUEUETIME",)),
    Field("ring", "RINGTIME", "text", ("RINGTIME",)),
    Field("hold", "ANSHOLDTIME", "text", ("ANSHOLDTIME",), example="20"),
    Field("talk", "TALKTIME", "text", ("TALKTIME",), example="205"),
    Field("result", "DISPOSITION", "enum", ("DISPOSITION", "CALL_DISP"), values=DISPOSITIONS, otherwise="other", example="2"),
    Field("line", "DISPVDN", "text", ("DISPVDN", "FIRSTVDN", "VDN"), example="5501"),
    *bare((site_field(),), site=("Site", "LOCID", "ACD")),
)  # fmt: skip

SOURCE = call_source(
    name="avaya_ech",
    title="Avaya external call history",
    description="Segments of calls through call-centre queues, put together; waiting and being on hold told apart.",
    system="avaya",
    fields=FIELDS,
    signature=(frozenset({"number", "start", "waited", "result"}), frozenset({"number", "start_utc", "waited", "result"}),
               frozenset({"number", "segment", "start", "waited", "hold", "talk", "result"})),
    ignored_patterns=(r"[A-Z0-9_]+",),
    told=Told(number="upper(p.number) || '@' || coalesce(p.start_on, p.start_utc_on)"),  # numbers begin anew every day
)  # fmt: skip
