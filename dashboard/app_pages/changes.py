"""Changes: what changed the volume, whether it is more than noise, and on how few it hangs."""

from __future__ import annotations

import streamlit as st

from dashboard import charts, show
from dashboard.charts import evidence
from dashboard.panels import review

LEAD = "What changed the volume, whether it is more than noise, and on how few it hangs."

if show.heading("Changes", LEAD):
    review.since_review()
    show.card("What changed the volume", "volume_waterfall", evidence.waterfall, key="waterfall", drill=False)
    grain = review.judged_by(show.view())
    show.card("Is it more than noise?", "volume_change", evidence.control, key="control", grain=grain,
              note=("By week, since the period has too few whole months to judge · " if grain == "week" else "")
              + "Triangles: beyond what an unchanged volume would do")  # fmt: skip
    left, right = st.columns(2)
    with left:
        show.card(
            "Effective number of practices",
            "concentration",
            charts.trend,
            key="concentration",
            grain="quarter",
            drill=False,
        )
    with right:
        show.card("Referrals associated with visits", "outreach_lift", evidence.lift, key="lift", drill=False,
                  note="Hollow: before the visit, should be about nothing")  # fmt: skip
    by = show.choose("Compare", ("site", "study", "practice", "channel"), "compare",
                     {"site": "Sites", "study": "Studies", "practice": "Practices", "channel": "Channels"})  # fmt: skip
    show.card("A fair comparison of enrolment", "site_comparison", evidence.funnel_plot, key="fair", by=by,
              note="Diamonds: more or less than chance explains, at one false flag in twenty")  # fmt: skip
