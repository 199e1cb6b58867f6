"""The mappings that were kept: take one along as a file, bring one from another site, or drop one."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from dashboard import notices, session
from dashboard.words import counted, plain
from pipelines import ingest, sources
from pipelines.errors import RapportError
from pipelines.mapping.named import MOST, NamedMapping, from_text

BROUGHT = "mapping_brought"  # session state: which dropped mapping was kept


def kept() -> list[NamedMapping]:
    """Every kept mapping that this version understands."""
    found = []
    for text in session.workspace().ledger.mappings().values():
        try:
            found.append(from_text(text))
        except RapportError:
            continue
    return found


def drawer() -> None:
    """The kept mappings and what can be done with them."""
    found = kept()
    with st.expander(f"Kept mappings ({len(found)})", key="mappings"):
        st.caption(
            "How a shape of file is read, kept once and used for every file with the same headers. A mapping is a small text without any data; sites can share it."
        )
        if found:
            _one(found)
        _bring()


def _one(found: list[NamedMapping]) -> None:
    names = {made.name: made for made in found}
    made = names[str(st.selectbox("Mapping", list(names), key="mapping_pick"))]
    title = sources.registry()[made.source].title
    words = sum(len(words) for words in made.values.values())
    st.write(
        plain(
            f"For {title}: {counted(len(made.columns), 'column')}, {counted(words, 'word')}, {counted(len(made.constants), 'value')} for every row."
        )
    )
    left, right = st.columns(2)
    left.download_button(
        "Download as a file",
        made.text,
        f"{made.name}.rapport-mapping.json",
        "application/json",
        key="mapping_file",
        on_click="ignore",
    )
    if right.button("Forget it", key=f"mapping_forget_{made.fingerprint[:12]}"):
        session.workspace().ledger.forget_mapping(made.name, session.viewer().name)
        notices.leave(f"The mapping {made.name} is forgotten. Loads made by it stay as they are.")
        st.rerun()


def _bring() -> None:
    brought = st.file_uploader(
        "Bring a mapping from another site", type="json", key="mapping_upload", max_upload_size=1
    )
    if brought is None:
        return
    try:
        made = from_text(brought.read(MOST + 1).decode("utf-8", errors="replace"))
        # Kept once: the file stays in its box, and what is forgotten or told otherwise since must not come back by itself.
        if st.session_state.get(BROUGHT) != brought.file_id:
            st.session_state[BROUGHT] = brought.file_id
            ingest.keep_named(session.workspace(), made, session.viewer().name)
            st.rerun()
        name = next((one.name for one in kept() if replace(one, name=made.name) == made), None)
        if name:
            st.success(plain(f"{name} is kept: files with its headers are read by it."))
    except RapportError as problem:
        st.error(plain(problem))
