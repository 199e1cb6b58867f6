"""AltiGen's call detail records: the time before the answer, and the time in the queue of who gave up there."""

from __future__ import annotations

from pipelines.sources import Field
from pipelines.vocabulary import site_field
from pipelines.vocabulary.calls import Told, call_source, direction_field
from pipelines.vocabulary.referrals import bare

FIELDS = (
    Field("number", "SessionID", "identifier", ("SessionID", "CallID"), example="1001"),
    Field("start", "StartTime", "datetime", ("StartTime", "CallStartTime"), required=True, example="2026-03-12 09:05:10"),
    Field("stop", "EndTime", "datetime", ("EndTime", "CallEndTime")),
    Field("waited", "BeforeAnswerDuration", "text", ("BeforeAnswerDuration",), example="42"),
    Field("gave_up", "DurationInQOfCallAband", "text", ("DurationInQOfCallAband", "DurationInQOfCallAbandoned")),
    Field("queued", "QueueDuration", "text", ("QueueDuration", "DurationInQ")),
    Field("ring", "RingDuration", "text", ("RingDuration",)),
    Field("hold", "HoldDuration", "text", ("HoldDuration",), example="20"),
    Field("talk", "TalkDuration", "text", ("TalkDuration",), example="205"),
    direction_field("CallDirection", "Direction"),
    Field("line", "WorkgroupName", "text", ("WorkgroupName", "Workgroup", "WGName", "TargetName"), example="Referral line"),
    Field("caller", "CallerName", "name", ("CallerName",), example="RIVERSIDE FAMILY MEDICINE"),
    *bare((site_field(),), site=("Site", "System", "ServerName")),
)  # fmt: skip

SOURCE = call_source(
    name="altigen_cdr",
    title="AltiGen call detail records",
    description="Calls with the time before the answer, or in the queue of those who gave up.",
    system="altigen",
    fields=FIELDS,
    signature=(frozenset({"start", "waited", "talk"}), frozenset({"start", "waited", "gave_up"}), frozenset({"number", "start", "waited", "gave_up", "talk"})),
    ignored=("CallerNum", "CallerNumber", "TargetNum", "CalleeNum", "DNIS", "AgentID", "AgentName", "Extension", "URL"),
    told=Told(answered="regexp_matches(coalesce(p.talk, ''), '[1-9]')", abandoned="regexp_matches(coalesce(p.gave_up, ''), '[1-9]')"),
)  # fmt: skip
