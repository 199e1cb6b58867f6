"""The list of campaigns: what ran where, for whom, from when to when, for which study or site."""

from __future__ import annotations

from pipelines.sources import Check, Emit, Field, Source
from pipelines.vocabulary import (
    SITE_EMIT,
    SITE_JOIN,
    SITE_NAMED,
    STUDY_EMIT,
    STUDY_JOIN,
    STUDY_NAMED,
    site_field,
    study_field,
)
from pipelines.vocabulary.campaigns import CAMPAIGN_JOIN, CAMPAIGN_NAMED, campaign_field

AUDIENCES = {
    "patients": "patients", "patient": "patients", "public": "patients", "consumers": "patients", "community": "patients", "participants": "patients", "volunteers": "patients",
    "referrers": "referrers", "referring providers": "referrers", "providers": "referrers", "physicians": "referrers", "practices": "referrers", "clinicians": "referrers",
    "referring physicians": "referrers", "hcp": "referrers", "healthcare professionals": "referrers",
}  # fmt: skip
FIELDS = (
    campaign_field("Name"),
    Field("medium", "Medium", "text", ("Channel", "Campaign Type", "Media", "Platform", "utm_medium", "Network", "Media Type"), example="Search"),
    Field("audience", "Audience", "enum", ("Target Audience", "Aimed At", "Target", "Target Group"), values=AUDIENCES, example="Patients"),
    Field("starts", "Starts on", "date", ("Start", "Start Date", "Launch Date", "Campaign Start", "From", "Launched", "Flight Start"), future=True, example="2026-01-12"),
    Field("ends", "Ends on", "date", ("End", "End Date", "Campaign End", "Stopped", "Flight End"), future=True, example="2026-04-30"),
    Field("utm", "Link mark", "text", ("UTM", "UTM Campaign", "Tracking Code", "utm_id", "Campaign Code"), example="asthma-2026"),
    study_field(),
    site_field(),
)  # fmt: skip

SOURCE = Source(
    name="campaign_list",
    title="Campaigns",
    description="Advertisements and mailings: name, medium, audience, first and last day, study and site.",
    system="campaigns",
    fields=FIELDS,
    signature=(frozenset({"campaign", "medium", "starts"}), frozenset({"campaign", "starts", "ends"}), frozenset({"campaign", "audience", "starts"})),
    primary="campaign",
    ignored=("Budget", "Owner", "Agency", "Notes", "Comments", "Status", "Landing Page", "URL", "Creative", "Objective"),
    checks=(Check("end_before_start", "warning", "ends", "select row from parsed where ends < starts"),),
    relations=(CAMPAIGN_NAMED, SITE_NAMED, STUDY_NAMED),
    emits=(
        Emit("campaign", f"""
            select p.row, c.campaign_id, p.campaign as name, p.medium, p.audience, p.starts as start_on, p.ends as end_on, p.utm, y.study_id, s.site_id
            from parsed p join {CAMPAIGN_JOIN} left join {SITE_JOIN} left join {STUDY_JOIN}"""),
        SITE_EMIT, STUDY_EMIT,
    ),
    order=20,
)  # fmt: skip
