"""Before a visit: all that is known of one practice, on one sheet to read, print or take along."""

from __future__ import annotations

import streamlit as st

from dashboard import charts, show
from dashboard.panels import practice, promises

LEAD = "All that is known of one practice: what it refers, what became of it, what we owe it, who works there, what they said."

if show.heading("Before a visit", LEAD):
    chosen = practice.chosen()
    if chosen is None:
        st.info("No practice has referred within these filters. Choose a longer period or clear a filter.")
    else:
        show.section(chosen.name)
        practice.narrow(chosen)
        practice.figures(chosen)
        practice.sheet(chosen)
        left, right = st.columns(2)
        with left:
            show.card("What they referred", "referral_volume", charts.volume, key="their_volume", grain="month",
                      unfinished="Hatched: not over yet")  # fmt: skip
            show.card("Who refers there", "referral_volume", charts.ranking, key="their_people", by="practitioner")
        with right:
            show.card("Waiting for us now", "slipped_patients", promises.rules, key="their_waiting",
                      none="None of these referrals is open: nothing waits for us.")  # fmt: skip
            show.card("How far their referrals came", "enrolment_funnel", charts.funnel, key="their_funnel")
        practice.lists(chosen)
