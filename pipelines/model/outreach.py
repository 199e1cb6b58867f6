"""Contacts with referrers."""

from __future__ import annotations

from pipelines.model.declare import DAY, ID, INSTANT, TEXT, Column, Table

TOUCH_CHANNELS = ("visit", "call", "email", "mail", "event", "webinar", "gift")
TOUCH_OUTCOMES = ("positive", "no_fit_now", "not_reached", "complaint", "opt_out")

TABLES: tuple[Table, ...] = (
    Table(
        "touch",
        "A contact of ours with a practice.",
        ("touch_id",),
        (
            Column("touch_id", ID, "Surrogate key.", required=True),
            Column("organization_id", ID, "Which practice.", references="organization"),
            Column("practitioner_id", ID, "Which practitioner, when named.", references="practitioner"),
            Column("site_id", ID, "On behalf of which site.", references="site"),
            Column("liaison", TEXT, "Who of ours."),
            Column("channel", TEXT, "How.", required=True, values=TOUCH_CHANNELS),
            Column("purpose", TEXT, "Why."),
            Column("outcome", TEXT, "How it went.", values=TOUCH_OUTCOMES),
            Column("duration_min", "INTEGER", "Minutes."),
            Column("next_touch_on", DAY, "Agreed next contact."),
            Column("occurred_at", INSTANT, "When (UTC).", required=True),
            Column("occurred_on", DAY, "Day, local.", required=True),
        ),
    ),
)
