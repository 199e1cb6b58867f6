"""Dialpad's export of calls: times in UTC as its reports give them, lengths in minutes with a fraction."""

from __future__ import annotations

from pipelines.sources import Check, Field
from pipelines.vocabulary import site_field
from pipelines.vocabulary.calls import Told, call_source, direction_field
from pipelines.vocabulary.referrals import bare

LENGTHS = ("talk", "ring", "hold", "queued")
FIELDS = (
    Field("number", "call_id", "identifier", ("call_id",), required=True, example="5123456789"),
    Field("parent", "entry_point_call_id", "identifier", ("entry_point_call_id", "master_call_id")),
    Field("start_utc", "date_started", "datetime", ("date_started",), utc=True, required=True, example="2026-03-12 14:05:08"),
    Field("answer_utc", "date_connected", "datetime", ("date_connected",), utc=True, example="2026-03-12 14:05:22"),
    Field("stop_utc", "date_ended", "datetime", ("date_ended",), utc=True, example="2026-03-12 14:09:10"),
    direction_field(),
    Field("kind", "category", "text", ("category", "categories"), example="incoming"),
    Field("line", "name", "text", ("name", "target_name", "department_name"), example="Referral line"),
    Field("talk", "talk_duration", "text", ("talk_duration",), example="3.8"),
    Field("ring", "ringing_duration", "text", ("ringing_duration",), example="0.17"),
    Field("hold", "hold_duration", "text", ("hold_duration", "total_hold_duration"), example="0"),
    Field("queued", "queued_duration", "text", ("queued_duration", "queue_duration", "time_in_queue"), example="0.03"),
    Field("mailed", "voicemail", "boolean", ("voicemail",), example="No"),
    *bare((site_field(),), site=("site", "office_name", "office")),
)  # fmt: skip
_MAILED = "coalesce(p.mailed, false) or regexp_matches(lower(coalesce(p.kind, '')), 'voice ?mail')"

SOURCE = call_source(
    name="dialpad_calls",
    title="Dialpad calls",
    description="Calls of an office or a call centre, one row each, with lengths in minutes.",
    system="dialpad",
    fields=FIELDS,
    signature=(frozenset({"number", "start_utc", "direction", "stop_utc"}), frozenset({"number", "start_utc", "direction", "talk"})),
    ignored=("contact_id", "date_first_rang", "date_queued", "date_rang", "email", "external_number", "internal_number", "is_internal", "target_id", "target_kind",
             "timezone", "was_recorded", "transfer_type", "talk_time_exclude_hold"),
    told=Told(
        lengths={name: f"round(try_cast(p.{name} as double) * 60)::integer" for name in LENGTHS},
        result=f"case when {_MAILED} then 'voicemail' end",
        answered=f"coalesce(p.answer_utc is not null, try_cast(p.talk as double) > 0) and not ({_MAILED})",
        abandoned=f"p.direction = 'inbound' and p.answer_utc is null and not ({_MAILED})",
    ),
    checks=tuple(
        Check("unreadable_duration", "warning", name, f"select row from parsed where {name} is not null and try_cast({name} as double) is null") for name in LENGTHS
    ),
)  # fmt: skip
