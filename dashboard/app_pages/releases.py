"""Released figures: what a sponsor reads of a study, made once a month and audited."""

from __future__ import annotations

import streamlit as st

from dashboard import session, show
from dashboard.panels import releases

st.title("Released figures")
st.caption("Is the study recruiting to plan, told so that nobody can be recognised. Made once a month, never changed.")
found = releases.readable()
if found:
    release = releases.chosen(found)
    releases.totals(release)
    releases.cards(found, release)
elif not session.has_data() and session.viewer().scope.role != "sponsor":
    show.empty()
else:
    if session.viewer().scope.sites:
        st.info(
            "A release is of a whole study, and you were granted single sites: ask your administrator to grant the study alone."
        )
    else:
        st.info("Nothing has been released for you yet.")
    if session.viewer().scope.role != "sponsor":
        st.write(
            "A study's figures are released from a terminal, with its protocol number; nothing of it is changed later:"
        )
        st.code("rapport releases make ABC-101", language=None)
