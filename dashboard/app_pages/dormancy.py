"""Dormant relationships: who has gone quiet by their own rhythm, and whom to call first."""

from __future__ import annotations

import streamlit as st

from dashboard import charts, show
from dashboard.charts import evidence
from dashboard.panels import dormancy

LEAD = "Who has gone quiet, judged by each referrer's own rhythm, and whom to call first."

if show.heading("Dormant relationships", LEAD):
    unit = show.choose(
        "Judge", ("practice", "practitioner"), "unit", {"practice": "Practices", "practitioner": "Practitioners"}
    )
    left, right = st.columns([2, 3])
    with left:
        result = show.card(
            "State of the relationships", "relationship_state", charts.states, key="states", by=unit, drill=False
        )
    with right:
        show.card("Silence against their own limit", "relationship_state", charts.silence, key="silence", by=unit, above=result,
                  note="Drawn: the head of the call list, at most 15. The diamond is the silence after which each counts as dormant",
                  blank="Nobody has been silent for long by their own rhythm.")  # fmt: skip
    dormancy.call_list(result, unit)
    show.card(
        "How long relationships last", "relationship_survival", evidence.survival, key="lasting", by=unit, drill=False
    )
