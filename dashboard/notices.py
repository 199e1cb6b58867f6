"""What an action did, said where whoever clicked can see it: pages are long, and its lasting words may stand far above the button."""

from __future__ import annotations

import streamlit as st

from dashboard.words import plain

LEFT = "notices"  # session state: what is to be said once a page is drawn


def leave(text: str) -> None:
    """Have ``text``, which may hold names of files, said once on the page that is drawn next. What an action says itself just before
    it has the page drawn anew would be lost on the way."""
    st.session_state.setdefault(LEFT, []).append(text)


def show() -> None:
    """Say what was left, at the edge of the window for some seconds, wherever the page was scrolled to."""
    for text in st.session_state.pop(LEFT, []):
        st.toast(plain(text), duration="long")
