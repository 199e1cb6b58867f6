"""Who the new practices of the volume page are."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import streamlit as st

from dashboard import session, show
from dashboard.words import counted


def newcomers() -> None:
    """The practices whose first referral lies in the period, newest first: the ones the chart of new practices counts."""
    with st.expander("Which practices are new", key="newcomers", on_change="rerun") as opened:
        if not opened.open:
            return
        view = show.view()
        result = session.result(view, "relationship_state", "practice")
        first = result.frame["first_on"]
        within = first.notna()
        if view.filters.start:
            within &= first >= pd.Timestamp(view.filters.start)
        if view.filters.stop:
            within &= first <= pd.Timestamp(view.filters.stop)
        found = result.frame[within].sort_values("first_on", ascending=False)
        if found.empty:
            st.caption("No practice referred for the first time in this period.")
            return
        text, day, number = st.column_config.TextColumn, st.column_config.DateColumn, st.column_config.NumberColumn
        show.table(found, key="new_practices", alt=f"{counted(len(found), 'practice')} new in the period", columns={
            "category": text("Practice", width="large"), "first_on": day("First referral", format="YYYY-MM-DD"),
            "last_on": day("Last referral", format="YYYY-MM-DD"), "n": number("Referrals", format="%,d"),
            "enrolled": number("Enrolled", format="%,d"), "last_touch_on": day("Last contact", format="YYYY-MM-DD"),
        })  # fmt: skip
        show.downloads(replace(result, frame=found, n=len(found)), "new_practices", "this list")
