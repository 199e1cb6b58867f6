"""Readiness: would the network fill each study, whom do we not know yet, and are we in touch?"""

from __future__ import annotations

import streamlit as st

from dashboard import charts, show
from dashboard.panels import readiness

LEAD = "Would the relationships we have fill each study, whom near our sites do we not know yet, and are we in touch?"

if show.heading("Readiness", LEAD):
    index = show.card("Expected of warm relationships, of what is needed", "readiness_index", readiness.index, key="index", drill=False,
                      note="Capped at 100%; diamonds: enough; triangles: less than half")  # fmt: skip
    readiness.studies(index)
    show.card("Is the own database enough? Needed and expected by the deadline", "database_gap", readiness.gap, key="gap", by="study", drill=False,
              note="Mark: what is still needed; the bars end where it is expected to end")  # fmt: skip
    show.card(
        "Practices near our sites, by therapeutic area",
        "therapeutic_readiness",
        readiness.areas,
        key="areas",
        drill=False,
    )
    by = show.choose("In touch, by", ("site", "therapeutic_area", "specialty", "channel"), "touch_by")
    left, right = st.columns(2)
    with left:
        show.card("Reached within their own cadence", "touch_coverage", charts.ranking, key="touch", by=by, drill=False)
    with right:
        show.card(
            "Front line reached within 90 days", "front_line_coverage", charts.ranking, key="front", by=by, drill=False
        )
    left, right = st.columns(2)
    with left:
        show.card(
            "Newsletter: delivered and clicked", "newsletter_reach", charts.measures, key="newsletter", drill=False
        )
    with right:
        show.card(
            "Studies presented with an approved text",
            "study_presentations",
            charts.trend,
            key="presented",
            grain="quarter",
        )
