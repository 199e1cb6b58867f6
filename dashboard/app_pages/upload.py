"""Upload: see what a file was taken for, correct it, load it, mend what was kept out, undo."""

from __future__ import annotations

import streamlit as st

from dashboard.panels import columns, inspection, shelf, uploading
from dashboard.words import plain
from pipelines.errors import FileRefused

st.title("Upload")
st.caption(
    "Drop an export or a sheet you keep by hand: text, Excel, OpenDocument, JSON, Parquet, or a ZIP of them. Nothing counts until you load it, and every load can be undone. "
    "Files stay on this machine, encrypted."
)
uploading.loaded_notice()
uploading.undone_notice()
dropped = st.file_uploader("Files", accept_multiple_files=True, key="files", label_visibility="collapsed")
kept = uploading.receive(list(dropped or []))
if not kept and not dropped:
    st.write(
        "Referral logs, EHR referral exports, appointments, screening logs, outreach logs, surveys, site and study lists are known."
    )
    st.page_link("app_pages/dictionary.py", label="Blank templates to fill in")
if kept:
    name = st.selectbox("File", list(kept), key="which_file") if len(kept) > 1 else next(iter(kept))
    file_id = kept.get(str(name), next(iter(kept.values())))
    if uploading.given_up(file_id):
        st.stop()
    change = st.session_state.get(f"mapping_{file_id[:12]}", False)
    try:
        found = uploading.inspected(file_id, change)
    except FileRefused as problem:
        st.error(plain(f"{name}: {problem.message}"))
        st.write(plain(problem.remedy))
        st.stop()
    uploading.read_again_notice(found)
    proposed = uploading.is_proposed(found)
    inspection.summary(found, proposed)
    if (besides := inspection.also(found)) is not None:
        uploading.choose(file_id, besides)
        st.rerun()
    if proposed and found.already_loaded is None:
        st.warning(
            "Nobody knows this kind of file yet, and what stands here is a guess: look at what the columns mean, below, before you load."
        )
    known = found.known_by != "your choice" and found.problem is None
    if known and found.already_loaded is None:
        st.toggle("Change what the columns mean", key=f"mapping_{file_id[:12]}")
    mapping = found.already_loaded is None and (change or not known) and "kinds" in found.details
    with st.container(key="load_bar" if mapping else "load_row"):
        if mapping:
            st.caption(plain(f"As read now: {uploading.will_load(found)}."))
        left, right = st.columns(2)
        with left:
            clicked = uploading.load_button(found)
        with right:
            inspection.rejects_button(found, found.counts["rows_rejected"], "rejects")
    changed = None
    if mapping:
        changed = columns.panel(found)
    if uploading.may_load(found, clicked, changed):
        with left:
            uploading.load(found)
        st.rerun()
    if changed is not None:
        uploading.choose(file_id, changed, beside=True)
        st.rerun()
    inspection.findings(found)
    inspection.preview(found)
    choices = inspection.corrections(found)
    if choices is not None:
        uploading.choose(file_id, choices)
        st.rerun()
shelf.drawer()
