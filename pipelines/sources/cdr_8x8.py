"""8x8's call detail records: several legs per call, each with its own number, tied by the parent's. Talk time includes
what was spent on hold."""

from __future__ import annotations

from pipelines.sources import Field
from pipelines.vocabulary import site_field
from pipelines.vocabulary.calls import Told, call_source, direction_field
from pipelines.vocabulary.referrals import bare

CAUSES = {"normal": "other", "originator disconnect": "abandoned", "caller disconnect": "abandoned", "abandoned": "abandoned", "no answer": "abandoned", "missed": "abandoned",
          "voicemail": "voicemail", "answered": "answered", "connected": "answered", "completed": "other", "busy": "other", "failed": "other", "ended": "other"}  # fmt: skip
FIELDS = (
    Field("number", "Call ID", "identifier", ("Call ID", "callId"), required=True, example="1700000000001"),
    Field("leg", "Leg ID", "identifier", ("Leg ID", "Call Leg ID", "legId"), required=True, example="leg-1"),
    Field("parent", "Parent Call ID", "identifier", ("Parent Call ID", "parentCallId")),
    Field("start_utc", "Start Time UTC", "datetime", ("Start Time UTC", "Start Time (UTC)", "startTimeUTC"), utc=True),
    Field("start", "Start Time", "datetime", ("Start Time", "startTime"), example="2026-03-12 09:05:10"),
    Field("answer_utc", "Answer Time UTC", "datetime", ("Answer Time UTC", "Answer Time (UTC)"), utc=True),
    Field("answer", "Answer Time", "datetime", ("Answer Time", "answerTime"), example="2026-03-12 09:05:22"),
    Field("stop_utc", "Stop Time UTC", "datetime", ("Stop Time UTC", "Stop Time (UTC)"), utc=True),
    Field("stop", "Stop Time", "datetime", ("Stop Time", "stopTime", "End Time", "Disconnect Time"), example="2026-03-12 09:09:10"),
    Field("talk", "Talk Time", "text", ("Talk Time", "talkTime", "Talk Time (sec)"), example="00:03:48"),
    Field("hold", "Hold Time", "text", ("Hold Time", "Total Hold Time", "Caller Hold Duration", "holdTime"), example="00:00:20"),
    Field("ring", "Ring Duration", "text", ("Ring Duration", "ringDuration")),
    direction_field(),
    Field("caller", "Caller Name", "name", ("Caller Name", "callerName"), example="RIVERSIDE FAMILY MEDICINE"),
    Field("line", "Callee Name", "text", ("Callee Name", "calleeName", "DNIS"), example="Referral line"),
    Field("result", "Cause", "enum", ("Cause", "Last Leg Disposition", "Disposition"), values=CAUSES, otherwise="other", example="Normal"),
    Field("status", "Status", "text", ("Status",)),
    Field("service", "Callee Service", "text", ("Callee Service", "Service Type", "Callee Type"), example="User"),
    *bare((site_field(),), site=("Site", "Caller Site", "Callee Site", "Branch")),
)  # fmt: skip
# An attendant, a queue or a ring group takes every call at once: that is no answer.
_MACHINE = (
    r"regexp_matches(lower(concat_ws(' ', p.service, p.line)), 'attendant|queue|ring ?group|voice ?mail|\bivr\b')"
)
_VOICEMAIL = "regexp_matches(lower(concat_ws(' ', p.service, p.line, p.status)), 'voice ?mail')"

SOURCE = call_source(
    name="cdr_8x8",
    title="8x8 call detail records",
    description="Legs of calls, put together by the parent's number; waiting, talk and hold told apart.",
    system="8x8",
    fields=FIELDS,
    signature=(frozenset({"number", "leg", "start", "stop"}), frozenset({"number", "leg", "start_utc", "stop_utc"}), frozenset({"number", "leg", "parent", "start", "answer", "stop"})),
    ignored=("Caller", "Callee", "Transfer to Call ID", "Caller Device ID", "Callee Device ID", "Caller Service", "PBX ID", "Account Codes", "Departments",
             "Caller Disposition", "Callee Disposition"),
    told=Told(
        talk_includes_hold=True,
        machine=_MACHINE,
        line="case when not regexp_matches(lower(p.line), 'attendant') then p.line end",
        result=f"case when {_VOICEMAIL} then 'voicemail' else p.result end",
        # Nobody answered, and the system knows of no voicemail: the caller gave up.
        abandoned=f"case when p.direction = 'inbound' and ({_MACHINE} or coalesce(p.answer, p.answer_utc) is null) then coalesce(p.result, 'other') in ('abandoned', 'other') and not ({_VOICEMAIL}) end",
        answered=f"coalesce(p.answer, p.answer_utc) is not null and not ({_MACHINE})",
    ),
)  # fmt: skip
