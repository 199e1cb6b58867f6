"""The call list: a table of relationships by state, with the columns a caller needs, what a phone has room for first."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from dashboard import charts, show
from dashboard.words import counted, day, plain
from pipelines.metrics import Result

TO_CALL = "To call"


def call_list(result: Result, unit: str) -> None:
    """The relationships of one state, or all worth a call; the order is the list's."""
    if result.frame.empty:
        return
    with st.container(border=True, key="card_calls"):
        st.header("Call list")
        present = [name for name in charts.STATE_COLOURS if (result.frame["state"] == name).any()]
        which = show.choose("Show", (TO_CALL, *present), "state", {TO_CALL: "Worth a call"})
        frame = result.frame
        chosen = frame[frame["call_rank"].notna()] if which == TO_CALL else frame[frame["state"] == which]
        shown = replace(result, frame=chosen, n=len(chosen), caveats=())
        if chosen.empty:
            st.caption("Nobody's silence is worth a call today.")
            return
        ordered = "Ordered by the referrals a month that silence is expected to cost"
        st.caption(plain(f"{counted(len(chosen), unit)} · as of {day(result.as_of)} · {ordered}"))
        show.table(
            chosen.head(500), key=f"calls_{unit}", alt=f"{which}: {counted(len(chosen), unit)}", columns=_columns(unit)
        )
        show.definition(result.metric, "calls")
        show.downloads(shown, "calls", "this list")


def _columns(unit: str) -> dict[str, object]:
    number, text, date = st.column_config.NumberColumn, st.column_config.TextColumn, st.column_config.DateColumn
    return {
        "days_silent": number("Days silent", format="%,d", width=85), "category": text(unit.capitalize(), width=300), "state": text("State"), "last_touch_on": date("Last contact", format="YYYY-MM-DD"),
        "alarm_days": number("Own limit, days", format="%,.0f"), "per_month": number("Weeks a month", format="%.1f", help="In so many weeks of a month a referral used to come."),
        "p_active": number("Still active", format="percent", help="The chance that silence is only chance."),
        "at_stake": number("At stake", format="%.1f", help="Referrals a month that this silence is expected to cost."),
        "n": number("Referrals", format="%,d"), "enrolled": number("Enrolled", format="%,d"),
        "last_on": date("Last referral", format="YYYY-MM-DD"),
        "liaison": text("By"), "next_touch_on": date("Agreed next", format="YYYY-MM-DD"),
        "touch_due": st.column_config.CheckboxColumn("Contact due"),
    }  # fmt: skip
