"""The tables and choices of the recruitment page."""

from __future__ import annotations

import streamlit as st

from dashboard import show
from pipelines.metrics import Result


def dates(result: Result) -> None:
    """When each running study will be full, and what it would need to be on time."""
    running = result.frame[~result.frame["why"].str.contains("closed")] if len(result.frame) else result.frame
    if running.empty:
        return
    with st.container(border=True, key="card_dates"):
        st.subheader("When each study will be full")
        st.caption(
            f"{len(running):,} still recruiting. Early, likely and late: full by then with 10, 50 and 90% chance; empty: "
            "not within ten years. The chance of being on time is optimistic where sites tire."
        )
        show.table(running, key="dates", alt="Dates by which each study will be full", columns=_columns())


def chosen(result: Result) -> str | None:
    """The study looked at closely, bound to the address: the one furthest behind unless chosen."""
    running = [str(name) for name in result.frame.loc[~result.frame["why"].str.contains("closed"), "category"]]
    if not running:
        return None
    return str(st.selectbox("Study", running, key="study_shown", bind="query-params"))


def _columns() -> dict[str, object]:
    number, date = st.column_config.NumberColumn, st.column_config.DateColumn
    return {
        "category": st.column_config.TextColumn("Study"), "n": number("Enrolled", format="%,d"),
        "target": number("Target", format="%,d"), "p_on_time": number("On time", format="percent"),
        "lpi_p10": date("Full, early", format="YYYY-MM-DD"), "lpi_p50": date("Full, likely", format="YYYY-MM-DD"),
        "lpi_p90": date("Full, late", format="YYYY-MM-DD"), "deadline": date("Planned", format="YYYY-MM-DD"),
        "per_month_28": number("A month, 28 days", format="%.1f"), "per_month_90": number("A month, 90 days", format="%.1f"),
        "needed": number("A month, needed", format="%.1f"), "sites": number("Sites open", format="%,d"),
        "sites_to_open": number("To open", format="%,d"), "screen_fail": number("Screen failures", format="percent"),
        "why": st.column_config.TextColumn("Why no date", width="medium"),
    }  # fmt: skip
