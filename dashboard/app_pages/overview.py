"""Overview: what changed, what needs attention, as of when."""

from __future__ import annotations

import streamlit as st

from dashboard import show
from dashboard.panels import overview
from dashboard.words import day

if show.heading("Overview", "What changed, what needs attention, and as of when."):
    overview.figures()
    left, right = st.columns(2, gap="medium")
    with left:
        overview.volume()
    with right:
        overview.attention()
    overview.provenance()
    st.caption(
        f"Data up to {day(overview.as_of())}. Every figure counts only what had happened and been recorded by then."
    )
