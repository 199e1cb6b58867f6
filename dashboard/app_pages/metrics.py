"""Metric dictionary: what each number means, from the declarations that compute it."""

from __future__ import annotations

import streamlit as st

from dashboard import show
from dashboard.panels import dictionary
from dashboard.words import counted, plain

FEW = 3

st.title("Metric dictionary")
st.caption("What each number means. These are the definitions the figures are computed from.")
search = st.text_input("Find a metric", key="find_metric", bind="query-params", placeholder="for example: no-show")
found = dictionary.metrics_matching(search)
st.caption(counted(len(found), "metric") if found else "No metric says that.")
for metric in found:
    title = f"{plain(metric.label)}: {plain(metric.question)}"
    # Sixty definitions one below the other would be read by nobody: each opens when it is asked for, a few at once.
    with st.expander(title, expanded=len(found) <= FEW, key=f"metric_{metric.name}"):
        st.markdown(show.definition_text(metric))
        cuts = ", ".join(name.replace("_", " ") for name in metric.dimensions) or "nothing"
        st.caption(
            plain(
                f"Can be cut by {cuts}; over time by {', '.join(metric.grains) or 'nothing'}. On the command line: rapport metrics show {metric.name}"
            )
        )
