"""The schedule as it stood on a day: which times were still free, for the third next available appointment."""

from __future__ import annotations

from pipelines.sources import Check, Emit, Field, Relation, Source
from pipelines.vocabulary import SITE_EMIT, SITE_JOIN, SITE_NAMED, site_field

STATES = {
    "open": "free", "free": "free", "available": "free", "unbooked": "free", "empty": "free", "booked": "busy", "busy": "busy", "filled": "busy", "taken": "busy",
    "scheduled": "busy", "unavailable": "busy", "blocked": "busy", "held": "busy", "hold": "busy", "busy-unavailable": "busy", "busy-tentative": "busy",
}  # fmt: skip
FIELDS = (
    Field("snapshot", "Snapshot date", "date", ("Snapshot", "As Of", "As Of Date", "Extract Date", "Looked At", "Report Date", "Schedule As Of"), required=True, example="2026-03-12"),
    Field("start", "Slot starts", "datetime", ("Slot Start", "Slot Time", "Slot", "Open Slot", "Slot Date/Time", "Slot Begin Time", "Available At", "Slot Date"), required=True,
          clock="clock", future=True, example="2026-03-16 09:30"),
    Field("clock", "Slot time of day", "text", ("Slot Hour",)),
    Field("service", "Visit type", "text", ("Service", "Service Line", "Department", "Appointment Type", "Slot Type", "Specialty"), example="New patient"),
    Field("number", "Slot number", "identifier", ("Slot ID", "Slot Number", "Slot #", "Slot Identifier")),
    Field("provider", "Provider", "text", ("Provider Name", "Resource", "Clinician", "Resource Name", "Schedule", "Calendar", "Staff")),
    Field("room", "Room", "text", ("Room Name", "Exam Room", "Machine", "Scanner")),
    Field("state", "Slot status", "enum", ("Status", "Slot State", "Availability", "Open/Booked"), values=STATES, otherwise="busy", example="Open"),
    site_field(),
)  # fmt: skip

SOURCE = Source(
    name="open_slots",
    title="Open appointment times",
    description="Free times of the schedule as seen on one day: the only ground for the third next available appointment.",
    system="schedule",
    fields=FIELDS,
    signature=(frozenset({"snapshot", "start", "site"}), frozenset({"snapshot", "start", "service"}), frozenset({"snapshot", "start", "state"})),
    primary="slot",
    zone_field="site",
    one_of=(("site",),),
    preamble=("snapshot", "site"),
    ignored=("Duration", "Length", "Notes"),
    checks=(Check("slot_in_the_past", "note", "start", "select row from parsed where start_on < snapshot"),),
    relations=(SITE_NAMED, Relation("placed", f"select p.row, s.site_id from parsed p join {SITE_JOIN}")),
    emits=(
        Emit("slot", """
            select p.row, k.site_id, p.service as service_line, p.snapshot as snapshot_on, p.start as start_at, p.start_on,
                key64('slot|' || coalesce(upper(p.number), norm_text(concat_ws(' ', p.provider, p.room)))) as resource_id, coalesce(p.state, 'free') = 'free' as free
            from parsed p join placed k using (row)"""),
        SITE_EMIT,
    ),
    order=70,
)  # fmt: skip
