"""Loads: what was loaded when, what was kept out, and undo."""

from __future__ import annotations

import streamlit as st

from dashboard import show
from dashboard.panels import history, uploading
from dashboard.words import plain

st.title("Loads")
st.caption(
    "Every file that was loaded. Undoing one takes it out of every number; the file stays and can be loaded again."
)
uploading.undone_notice()
loads = history.newest_first()
if not loads:
    show.empty()
else:
    chosen = history.pick(loads)
    if chosen is None:
        st.caption(
            "Select a row to see what was decided, download the rows kept out, or undo it "
            "(by the keyboard: arrow keys, then Shift and the space bar)."
        )
    else:
        st.header(plain(f"Load {chosen.load_id}: {chosen.file_name}"))
        history.actions(chosen)
        history.details(chosen)
