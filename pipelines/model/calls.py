"""Telephone calls, one row per call however many legs it had."""

from __future__ import annotations

from pipelines.model.declare import DAY, ID, INSTANT, TEXT, Column, Table

DIRECTIONS = ("inbound", "outbound", "internal")

TABLES: tuple[Table, ...] = (
    Table(
        "call",
        "A telephone call, its legs put together. Waiting for somebody and being put on hold are told apart.",
        ("call_id",),
        (
            Column("call_id", ID, "Surrogate key of the telephone system's number of the call.", required=True),
            Column("site_id", ID, "Whose telephone.", references="site"),
            Column("line", TEXT, "Line, queue or department called."),
            Column("direction", TEXT, "Towards us or away.", values=DIRECTIONS),
            Column("started_at", INSTANT, "When it came in (UTC).", required=True),
            Column("started_on", DAY, "Day, local to the site.", required=True),
            Column("queued_s", "INTEGER", "Seconds waited before a telephone rang."),
            Column("ring_s", "INTEGER", "Seconds it rang; the whole wait, where the system does not part the two."),
            Column("hold_s", "INTEGER", "Seconds on hold after somebody had answered."),
            Column("talk_s", "INTEGER", "Seconds talked, hold not counted."),
            Column("answered", "BOOLEAN", "Whether a person answered."),
            Column("abandoned", "BOOLEAN", "Whether the caller gave up before that."),
            Column(
                "caller_org_id", ID, "The practice that called, where its name is known.", references="organization"
            ),
            Column("legs", "INTEGER", "Rows of the file that it was put together from."),
        ),
    ),
)
