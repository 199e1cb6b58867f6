"""What lists of campaigns, their cost and their answers share: a campaign is known by its name everywhere."""

from __future__ import annotations

from pipelines.sources import Emit, Field, Relation


def campaign_field(*more: str, required: bool = True) -> Field:
    """The campaign a record belongs to, by the name that the advertising platform shows."""
    return Field(
        "campaign",
        "Campaign",
        "name",
        (*more, "Campaign Name", "campaign_name", "utm_campaign", "Campaign Title"),
        required=required,
        example="Asthma study search 2026",
    )


def campaign_key(name: str) -> str:
    """SQL of a campaign's key from its name."""
    return f"key64('campaign|' || norm_text({name}))"


# A campaign that a file only mentions: visible even if its list is never loaded.
CAMPAIGN_NAMED = Relation("campaign_named", f"""
    select campaign, row, {campaign_key("campaign")} as campaign_id
    from (select campaign, min(row) as row from parsed where campaign is not null group by campaign) where norm_text(campaign) is not null""")  # fmt: skip
CAMPAIGN_JOIN = "campaign_named c on c.campaign = p.campaign"
CAMPAIGN_EMIT = Emit("campaign", """
    select min(row) as row, campaign_id, arg_min(campaign, row) as name from campaign_named group by campaign_id""", unique=True)  # fmt: skip
