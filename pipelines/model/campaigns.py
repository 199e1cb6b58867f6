"""Campaigns, what was spent on them, and who answered."""

from __future__ import annotations

from pipelines.model.declare import DAY, ID, INSTANT, PATIENT, TEXT, Column, Table

CAMPAIGN_AUDIENCES = ("patients", "referrers")
LEAD_STATUSES = ("new", "contacted", "qualified", "not_qualified", "unreachable", "referred", "void")

TABLES: tuple[Table, ...] = (
    Table(
        "campaign",
        "An advertisement or mailing with a beginning and an end.",
        ("campaign_id",),
        (
            Column("campaign_id", ID, "Surrogate key of its name.", required=True),
            Column("name", TEXT, "Name, as the advertising platform has it.", required=True),
            Column("medium", TEXT, "Where it ran: search, social, radio, mail ..."),
            Column("audience", TEXT, "Whom it addressed.", values=CAMPAIGN_AUDIENCES),
            Column("start_on", DAY, "First day."),
            Column("end_on", DAY, "Last day."),
            Column("utm", TEXT, "The mark that its links carry (utm_campaign)."),
            Column("study_id", ID, "For which study, where it is for one.", references="research_study"),
            Column("site_id", ID, "For which site, where it is for one.", references="site"),
        ),
        described=True,
    ),
    Table(
        "campaign_spend",
        "What a campaign cost on a day.",
        ("campaign_id", "spent_on"),
        (
            Column("campaign_id", ID, "Which campaign.", required=True, references="campaign"),
            Column("spent_on", DAY, "Day, as the platform counts it.", required=True),
            Column("spend", "DECIMAL(18,2)", "Money spent.", required=True),
            Column("currency", TEXT, "ISO 4217 code, where the file says."),
            Column("impressions", ID, "Times shown."),
            Column("clicks", ID, "Clicks."),
        ),
    ),
    Table(
        "lead",
        "Somebody who answered a campaign.",
        ("lead_id",),
        (
            Column("lead_id", ID, "Surrogate key.", required=True),
            Column("campaign_id", ID, "The campaign answered.", references="campaign"),
            Column("patient_key", PATIENT, "Keyed hash of the person's identifiers.", phi=True),
            Column("organization_id", ID, "The practice, where a practice answered.", references="organization"),
            Column("site_id", ID, "For which site.", references="site"),
            Column("study_id", ID, "For which study.", references="research_study"),
            Column("created_at", INSTANT, "When they answered (UTC).", required=True),
            Column("created_on", DAY, "Day, local to the site.", required=True),
            Column("status", TEXT, "How far it came; void is a test or a repetition.", values=LEAD_STATUSES),
            Column("status_on", DAY, "Day since when, where the file says."),
        ),
    ),
)
