"""Referral volume: how many, from whom, through which channel."""

from __future__ import annotations

import streamlit as st

from dashboard import charts, session, show
from dashboard.panels import volume

if show.heading("Referral volume", "Distinct referrals received: how many, from whom, and by which way."):
    left, right = st.columns(2)
    with left:
        grain = show.choose("Period", ("week", "month", "quarter", "year"), "grain", default=1)
    with right:
        by = show.cut("referral_volume", "cut")
    show.card("Referrals over time", "referral_volume", charts.volume, key="volume", by=by, grain=grain,
              unfinished="Hatched: not over yet")  # fmt: skip
    if by:
        words = by.replace("_", " ")
        left_out = charts.rest(session.result(show.view(), "referral_volume", by))
        show.card(f"Referrals by {words}", "referral_volume", charts.ranking, key="volume_by", by=by, note=left_out)
    left, right = st.columns(2)
    with left:
        show.card(
            "Active referring practices", "active_referrers", charts.volume, key="active", grain=grain, drill=False
        )
    with right:
        show.card("New referring practices", "new_referrers", charts.volume, key="new", grain=grain, drill=False,
                  none="No practice referred for the first time in this period.")  # fmt: skip
    volume.newcomers()
    show.card("Without a known referrer", "unattributed_share", charts.trend, key="unattributed", grain=grain,
              unfinished="A hollow point is a period not over yet")  # fmt: skip
    show.card("Referrals of recent weeks that are still to be reported", "complete_to_date", charts.known_so_far, key="to_come",
              drill=False)  # fmt: skip
