"""Campaigns and calls: what a participant from a campaign costs, and whether somebody answers who calls."""

from __future__ import annotations

import streamlit as st

from dashboard import charts, show
from dashboard.panels import campaigns, promises

LEAD = "What does a participant from a campaign cost, by which rule, and does a person answer when an office calls?"
RULES = ("first contact", "last contact", "as stated")

if show.heading("Campaigns and calls", LEAD):
    left, right = st.columns(2)
    with left:
        rule = show.choose("Whose is a participant", RULES, "rule")
    with right:
        grain = show.choose("By", ("month", "quarter", "year"), "grain", default=1)
    show.section("Campaigns")
    left, right = st.columns(2)
    with left:
        spent = show.card(
            "Cost per randomised participant",
            "campaign_cost",
            campaigns.cost,
            key="cost",
            by="campaign",
            settings=(rule,),
        )
    with right:
        show.card(
            "Leads randomised within 90 days",
            "campaign_conversion",
            promises.kept_within,
            key="leads",
            grain=grain,
            settings=(90,),
        )
    campaigns.by_campaign(spent)
    show.section("Calls")
    left, right = st.columns(2)
    with left:
        show.card("Calls answered by a person", "call_answering", charts.trend, key="answered", grain=grain)
    with right:
        show.card(
            "Callers who gave up",
            "call_answering",
            campaigns.gave_up,
            key="gave_up",
            grain=grain,
        )
    left, right = st.columns(2)
    with left:
        show.card(
            "Wait until a call is answered", "call_waits", charts.spread, key="waits", grain=grain, settings=("s",)
        )
    with right:
        show.card(
            "When referring offices call",
            "calls_by_hour",
            campaigns.hours,
            key="hours",
            note="By the site's own clock",
        )
