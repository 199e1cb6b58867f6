"""Appointments: how soon referred patients are booked and seen, how long they would wait, and what became of their visits."""

from __future__ import annotations

import streamlit as st

from dashboard import charts, show
from dashboard.panels import promises
from pipelines.metrics.definitions.scheduling import HORIZONS

LEAD = "How soon are referred patients booked and seen, how long would the next one wait, and do they come?"

if show.heading("Appointments", LEAD):
    left, right = st.columns(2)
    with left:
        grain = show.choose("By", ("month", "quarter", "year"), "grain")
    with right:
        within = show.choose("Within", tuple(str(days) for days in HORIZONS), "within_days",
                             {str(days): f"{days} days" for days in HORIZONS}, default=2)  # fmt: skip
    left, right = st.columns(2)
    with left:
        show.card(f"Scheduled within {within} days of referral", "scheduling", promises.kept_within, key="scheduled", grain=grain,
                  settings=(int(within), "scheduled"))  # fmt: skip
    with right:
        show.card(f"Seen within {within} days of referral", "scheduling", promises.kept_within, key="seen", grain=grain,
                  settings=(int(within), "kept"))  # fmt: skip
    left, right = st.columns(2)
    with left:
        show.card(
            "Days until the third free appointment", "third_next_available", charts.spread, key="third", grain=grain
        )
    with right:
        show.card("Days from booking to the appointment", "booked_lead_time", charts.spread, key="lead", grain=grain)
    show.card("What became of appointments", "appointment_outcomes", promises.outcomes, key="outcomes", grain=grain,
              unfinished="Hatched: not over yet")  # fmt: skip
    by = show.choose(
        "Compare the wait", ("site", "service_line"), "wait_by", {"site": "Sites", "service_line": "Services"}
    )
    show.card(
        "Days until the third free appointment, compared",
        "third_next_available",
        charts.longest,
        key="third_by",
        by=by,
        note="The longest waits, at most twenty: all are in the table",
    )
