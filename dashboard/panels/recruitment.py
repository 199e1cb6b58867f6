"""The tables and choices of the recruitment page."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from dashboard import charts, show
from dashboard.words import counted, mark, share
from pipelines.metrics import Result

BASES = {"stated": "As the screening log says", "last": "Last referral to the study", "first": "First referral ever"}
SHAPES = ("", "x")  # of kinds beyond as many as there are colours
LABELLED = 0.06  # a smaller part has no room for its share


def sources(result: Result) -> go.Figure:
    """Shares of the enrolled by where they came from, a bar for each way of asking."""
    kinds = list(dict.fromkeys(result.frame.sort_values("n", ascending=False)["category"]))
    traces = []
    for place, kind in enumerate(kinds):
        part = result.frame[result.frame["category"] == kind].set_index("basis").reindex(list(BASES)[::-1])
        texts = [
            "" if pd.isna(n) else f"{int(n):,}, {charts.amount(row, 'share')}"
            for n, (_, row) in zip(part["n"], part.iterrows(), strict=True)
        ]
        name = mark(str(kind).replace("_", " ").capitalize())
        traces.append(go.Bar(
            x=part["value"].fillna(0).tolist(), y=[BASES[basis] for basis in part.index], orientation="h", name=name,
            marker={"color": charts.QUIET if kind == "not known" else charts.PALETTE[place % len(charts.PALETTE)],
                    "pattern": {"shape": SHAPES[place // len(charts.PALETTE) % len(SHAPES)] if kind != "not known" else "/"}},
            text=[share(value) if value >= LABELLED and kind != "not known" else "" for value in part["value"]], textposition="inside", insidetextanchor="middle",
            hovertext=texts, hovertemplate="%{y}<br>%{hovertext}<extra>" + name + "</extra>",
        ))  # fmt: skip
    return charts.laid_out(
        traces,
        barmode="stack",
        height=220 + 18 * len(traces),
        percent="x",
        showlegend=True,
        flip=True,
        x_title="Share of the enrolled",
    )


def running_of(result: Result) -> pd.DataFrame:
    """The rows of the studies that still recruit."""
    return result.frame[~result.frame["why"].str.contains("closed")] if len(result.frame) else result.frame


def drawn(result: Result) -> str:
    """What the chart of paces draws: of all studies counted, those still recruiting."""
    running = running_of(result)
    closed = len(result.frame) - len(running)
    said = f"Drawn: {counted(len(running), 'study', 'studies')} still recruiting, {counted(int(running['n'].sum()), 'participant')} so far; "
    return (
        f"{said}{closed:,} closed {'is' if closed == 1 else 'are'} among the figures · " * (closed > 0)
        + "Over each study's whole course, whatever the period · Triangles: above (up) or below plan by more than chance"
    )


def dates(result: Result) -> None:
    """When each running study will be full, and what it would need to be on time."""
    running = running_of(result)
    if running.empty:
        return
    show.listing(
        "When each study will be full", replace(result, frame=running, n=int(running["n"].sum())), _columns(), key="dates",
        alt="Dates by which each study will be full",
        lead=f"{counted(len(running), 'study', 'studies')} still recruiting. Early, likely and late: full by then with 10, 50 and 90% chance; "
        "empty: not within ten years. The chance of being on time is optimistic where sites tire.",
    )  # fmt: skip


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
        "per_month_28": number("Pace, last 28 days", format="%.1f", help="Enrolled a month"), "per_month_90": number("Pace, last 90 days", format="%.1f", help="Enrolled a month"),
        "needed": number("Pace needed", format="%.1f", help="Enrolled a month, to be full by the planned day"), "sites": number("Sites open", format="%,d"),
        "sites_to_open": number("To open", format="%,d"), "screen_fail": number("Screen failures", format="percent"),
        "why": st.column_config.TextColumn("Why no date", width="medium"),
    }  # fmt: skip
