"""Contacts with referrers: who they are, what was agreed with them, and every touch, presentation and newsletter."""

from __future__ import annotations

from pipelines.model.declare import DAY, ID, INSTANT, PATIENT, TEXT, Column, Table
from pipelines.model.referrals import CHANNELS

TOUCH_CHANNELS = ("visit", "call", "email", "mail", "event", "webinar", "gift")
TOUCH_OUTCOMES = ("positive", "no_fit_now", "not_reached", "complaint", "opt_out")
CONTACT_ROLES = ("front_desk", "referral_coordinator", "nurse", "practice_manager", "clinician", "other")
FRONT_LINE_ROLES = ("front_desk", "referral_coordinator")
CONTACT_CHANNELS = ("visit", "phone", "email", "fax", "text", "mail", "portal")
NEWSLETTER_ACTIONS = ("subscribed", "unsubscribed", "cleaned", "sent", "delivered", "bounced", "opened", "clicked")

TABLES: tuple[Table, ...] = (
    Table(
        "contact_person",
        "Somebody at a practice whom we speak with.",
        ("contact_id",),
        (
            Column("contact_id", ID, "Surrogate key of practice and name, else of the address.", required=True),
            Column("organization_id", ID, "The practice.", references="organization"),
            Column("display_name", TEXT, "Name as the file writes it."),
            Column("role", TEXT, "What the person does there.", values=CONTACT_ROLES),
            Column("is_front_line", "BOOLEAN", "Handles referrals at the desk: as stated, else by the role."),
            Column("preferred_channel", TEXT, "How the person wants to be reached.", values=CONTACT_CHANNELS),
            Column("opt_out", "BOOLEAN", "Asked not to be contacted."),
            Column("address_key", PATIENT, "Keyed hash of the e-mail address, which is not kept.", phi=True),
        ),
    ),
    Table(
        "relationship",
        "What was agreed with a referral source, at a site and for a service.",
        ("source_id", "site_id", "service_line"),
        (
            Column("source_id", ID, "With whom.", required=True, references="referral_source"),
            Column("site_id", ID, "For which site; empty for all.", references="site"),
            Column("service_line", TEXT, "For which service; empty for all."),
            Column("preferred_channel", TEXT, "How they prefer to refer.", values=CHANNELS),
            Column("cadence_days", "INTEGER", "Days within which they are to be contacted again."),
            Column("tier", TEXT, "Rank given to the relationship."),
            Column("owner_user", TEXT, "Who of ours looks after it."),
            Column("therapeutic_area", TEXT, "What they really see, whatever their taxonomy says."),
            Column("started_on", DAY, "Since when."),
            Column("ended_on", DAY, "Until when, where it ended."),
        ),
    ),
    Table(
        "touch",
        "A contact of ours with a practice.",
        ("touch_id",),
        (
            Column("touch_id", ID, "Surrogate key.", required=True),
            Column("organization_id", ID, "Which practice.", references="organization"),
            Column("practitioner_id", ID, "Which practitioner, when named.", references="practitioner"),
            Column("contact_id", ID, "Which contact person, when named.", references="contact_person"),
            Column("contact_role", TEXT, "What that person does there, as the log says.", values=CONTACT_ROLES),
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
    Table(
        "touch_study",
        "A study that was presented at a touch.",
        ("touch_id", "study_id"),
        (
            Column("touch_id", ID, "The touch.", required=True, references="touch"),
            Column("study_id", ID, "The study.", required=True, references="research_study"),
            Column("profile_version", TEXT, "Version of the profile that was shown."),
        ),
    ),
    Table(
        "newsletter_event",
        "What became of a newsletter at one address, or of a subscription.",
        ("recipient_key", "issue", "action", "occurred_at"),
        (
            Column("recipient_key", PATIENT, "Keyed hash of the e-mail address, which is not kept.", required=True, phi=True),
            Column("organization_id", ID, "The practice, when the file names it.", references="organization"),
            Column("issue", TEXT, "Which newsletter; empty for the subscription itself."),
            Column("action", TEXT, "What happened.", required=True, values=NEWSLETTER_ACTIONS),
            Column("occurred_at", INSTANT, "When (UTC).", required=True),
            Column("occurred_on", DAY, "Day, local.", required=True),
        ),
    ),
)  # fmt: skip
