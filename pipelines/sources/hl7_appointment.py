"""HL7 v2 SIU messages (S12 to S26): an appointment booked, moved, cancelled, missed. Of several about one the latest
counts; when it was booked is what its S12 says. A change or a cancellation that does not repeat the time of the visit counts once
the message that booked it is loaded, in whatever file."""

from __future__ import annotations

from pipelines.sources import Check, Emit, Field, Source
from pipelines.vocabulary import SITE_EMIT, SITE_JOIN, SITE_NAMED, site_field
from pipelines.vocabulary.hl7 import FILLER_STATUS, SYSTEM, header_fields, message_patient
from pipelines.vocabulary.referrals import bare

FIELDS = (
    *header_fields(),
    Field("placer", "Placer appointment number", "identifier", ("SCH-1.1",)),
    Field("number", "Filler appointment number", "identifier", ("SCH-2.1",), example="A-3001"),
    *message_patient(),
    *bare((site_field(),), site=("Location",)),
    Field("status", "Filler status", "enum", ("SCH-25",), values=FILLER_STATUS, otherwise="booked", example="Booked"),
    Field("start", "Start", "datetime", ("SCH-11.4",), future=True, example="2026-04-14 09:30:00"),
    Field("ended", "End", "datetime", ("SCH-11.5",), future=True),
    Field("booked", "Booked", "datetime", ("Booked",)),
    Field("referral", "Order or referral number", "identifier", ("SCH-26.1",)),
    Field("event_reason", "Event reason", "text", ("SCH-6",)),
    Field("kind", "Appointment type", "text", ("SCH-8",)),
    Field("service", "Service", "text", ("Service",)),
    Field("superseded", "Older message", "boolean", ("Older message",)),
)  # fmt: skip
# What the trigger says for certain goes before the status; a deletion (S17) is no appointment. Nobody has
# failed to come before the hour: some send S26 for a cancellation, and say so in the status; others cancel a visit that was missed.
_STATUS = """case when p.trigger in ('S15', 'S16') and p.status = 'noshow' and p.sent >= p.start then 'noshow' when p.trigger in ('S15', 'S16') then 'cancelled'
    when p.trigger = 'S26' and p.status = 'cancelled' and coalesce(p.sent < p.start, p.start is null) then 'cancelled' when p.trigger = 'S26' then 'noshow'
    else coalesce(p.status, 'booked') end"""

_CHANGED = "('S14', 'S15', 'S16', 'S26')"  # what becomes of an appointment may be told without its time

SOURCE = Source(
    name="hl7_appointment",
    title="HL7 v2 appointments (SIU)",
    description="SIU^S12 to S26 messages: when and where a visit is booked, and what became of it.",
    system=SYSTEM,
    fields=FIELDS,
    signature=(frozenset({"trigger", "number", "status", "start"}),),
    primary="appointment",
    zone_field="site",
    one_of=(("number", "placer"),),
    adds=True,
    checks=(
        Check("older_version", "note", "superseded", "select row from parsed where superseded", repeats=True),
        Check("blocked_time", "note", "trigger", "select row from parsed where patient_key is null and (trigger in ('S23', 'S24') or status_text ilike 'blocked')", aside=True),
        Check("appointment_untimed", "reject", "start", f"select row from parsed where start is null and coalesce(trigger, 'S12') not in {_CHANGED}"),
        Check("time_awaited", "warning", "start", f"select row from parsed where start is null and trigger in {_CHANGED}"),
        Check("no_patient", "warning", "trigger", "select row from parsed where patient_key is null and trigger not in ('S23', 'S24') and status_text is distinct from 'Blocked'"),
        Check("own_trigger", "warning", "trigger", "select row from parsed where not regexp_full_match(trigger, 'S(1[2-9]|2[0-6])')"),
        Check("end_before_start", "warning", "ended", "select row from parsed where ended < start"),
    ),
    relations=(SITE_NAMED,),
    emits=(
        Emit("appointment", f"""
            select p.row, key64('appointment|' || $system || '|n|' || upper(coalesce(p.number, p.placer))) as appointment_id,
                case when p.referral is not null then key64('referral|' || $system || '|' || upper(p.referral)) end as referral_id, p.patient_key, s.site_id,
                coalesce(p.service, p.kind) as service_line, p.booked as created_at, p.booked_on as created_on, p.start as start_at, p.start_on as start_on, {_STATUS} as status,
                case when {_STATUS} = 'cancelled' then p.event_reason end as cancel_reason, p.sent as recorded_at, p.sent_on as recorded_on
            from parsed p left join {SITE_JOIN} where p.trigger is distinct from 'S17'""", unique=True),
        # What earlier files said of an appointment that was deleted no longer counts.
        Emit("deletion", """
            select row, 'appointment_id' as record, key64('appointment|' || $system || '|n|' || upper(coalesce(number, placer))) as record_id,
                sent as deleted_at, sent_on as deleted_on
            from parsed where trigger = 'S17'""", unique=True),
        SITE_EMIT,
    ),
    order=70,
)  # fmt: skip
