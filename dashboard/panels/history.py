"""The table of loads and what can be done with one of them."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from dashboard import session, show
from dashboard.panels import inspection, uploading
from dashboard.words import plain
from pipelines import ingest
from pipelines.ingest import Load

STATES = {"active": "Counts", "undone": "Undone"}


def newest_first() -> list[Load]:
    """Every load, the newest first."""
    return list(reversed(ingest.loads(session.workspace())))


def listed(loads: list[Load]) -> pd.DataFrame:
    """Loads as rows of a table."""
    frame = pd.DataFrame([
        {"load": load.load_id, "loaded at (UTC)": load.loaded_at[:16].replace("T", " "), "file": load.file_name, "part": load.part or None, "kind": inspection.title_of(load.source),
         "state": STATES.get(load.status, load.status), "rows": load.rows_in, "loaded": load.rows_loaded,
         "kept out": load.rows_rejected, "repeats": load.rows_duplicate,
         "by": load.loaded_by, "undone at (UTC)": (load.undone_at or "")[:16].replace("T", " ") or None}
        for load in loads
    ])  # fmt: skip
    return frame.dropna(axis=1, how="all").fillna("")


def pick(loads: list[Load]) -> Load | None:
    """Show the table; the load whose row is selected."""
    chosen = show.table(listed(loads), key=f"loads_{len(loads)}", alt="Loads, newest first", choose=True,
                        columns=_columns(), height=min(720, 38 + 36 * len(loads)))  # fmt: skip
    return None if chosen is None else loads[chosen]


def _columns() -> dict[str, Any]:
    """What a load is known by has room for its name; the rest as wide as it is."""
    text = st.column_config.TextColumn
    wide = {"file": text("File", width=230), "kind": text("Kind", width=210)}
    names = (
        "load",
        "file",
        "kind",
        "state",
        "rows",
        "loaded",
        "kept out",
        "repeats",
        "loaded at (UTC)",
        "part",
        "by",
        "undone at (UTC)",
    )
    return {name: wide.get(name) for name in names}


def actions(load: Load) -> None:
    """Undo or load again, and the rows kept out."""
    left, right = st.columns(2)
    with left:
        if load.status == "active":
            sure = st.checkbox("Take this load out of every number", key=f"sure_{load.load_id}")
            first = None if sure else "Tick the box above first."
            if st.button("Undo", key=f"undo_{load.load_id}", type="primary", disabled=not sure, help=first):
                uploading.undo(load.load_id)
        elif st.button("Load again", key=f"again_{load.load_id}"):
            uploading.again(load)
    with right:
        inspection.rejects_button(load, load.rows_rejected, "load_rejects")


def details(load: Load) -> None:
    """What was decided about the file, and what was found, without any cell of it."""
    for said in (*load.detail.get("decisions", ()), *load.detail.get("notes", ())):
        st.write("- " + plain(said))
    found = load.detail.get("findings", [])
    if found:
        frame = pd.DataFrame(found)[["severity", "count", "message", "column", "row", "remedy"]]
        frame["severity"] = frame["severity"].map(inspection.SEVERITIES)
        frame = frame.rename(
            columns={"severity": "", "count": "rows", "message": "what", "row": "first row", "remedy": "what to do"}
        )
        st.dataframe(frame, hide_index=True, key=f"found_{load.load_id}", alt="What was found in the file")
    st.caption(plain(f"SHA-256 of the file: {load.file_id}"))
