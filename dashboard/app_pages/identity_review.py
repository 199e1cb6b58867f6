"""Who is who: records that may be one practitioner, practice or patient wait here for a decision that can be taken back."""

from __future__ import annotations

import streamlit as st

from dashboard import session, show
from dashboard.panels import identities
from dashboard.words import plain

TASKS = ("To decide", "Joined", "Decided")

st.title("Who is who")
st.caption(
    "Records that are clearly one practitioner, practice or patient were joined when their files were loaded. The unclear ones "
    "wait here, side by side. What you say is kept with your name and the time, and can be taken back."
)
said = st.session_state.pop("identity_said", None)
if said:
    st.success(plain(said))
if not session.has_data():
    show.empty()
else:
    task = st.segmented_control(
        "Task", TASKS, default=TASKS[0], key="task", required=True, label_visibility="collapsed"
    )
    if task == "Decided":
        identities.decided()
    else:
        label = st.segmented_control("Of what", list(identities.KINDS), default="Practitioners", key="of_what", required=True,
                                     label_visibility="collapsed")  # fmt: skip
        kind = identities.KINDS[str(label)]
        identities.to_decide(kind) if task == "To decide" else identities.joined(kind)
