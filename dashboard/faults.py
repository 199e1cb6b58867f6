"""Faults on a page, told as sentences: what a person can mend as it is, a fault of ours without its message."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from dashboard.words import plain
from pipelines.errors import RapportError

log = logging.getLogger("rapport.dashboard")


@contextmanager
def told(place: str) -> Iterator[None]:
    """Run a part of a page; whatever goes wrong in it is shown there and ends there.

    The message of an unforeseen error may hold a cell of a file, so neither the page nor the log repeats it; the
    log's debug level has the rest. Streamlit's own control flow passes through.
    """
    try:
        yield
    except RapportError as problem:
        st.error(plain(problem.message))
        st.write(plain(problem.remedy))
    except Exception as problem:
        complain(place, problem)


def complain(place: str, problem: Exception) -> None:
    """Show and log that a part of a page failed, and of what kind the fault is."""
    log.error("%s failed: %s", place, type(problem).__name__)
    log.debug("where", exc_info=problem)
    st.error("This could not be drawn. Nothing was changed. Reload the page; if it fails again, run: rapport doctor.")
