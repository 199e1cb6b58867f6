"""The chart and the list of the compensation ledger. Nothing on that page knows of referrals, nor may it."""

from __future__ import annotations

import math
from collections.abc import Hashable
from typing import Any

import plotly.graph_objects as go
import streamlit as st

from dashboard import charts, show
from dashboard.words import counted, mark, plain
from pipelines.metrics import Result

SHOWN = 20
STATE_COLOURS = {
    "within": charts.PALETTE[0],
    "alert": charts.CAREFUL,
    "over": charts.BAD,
    "no limit known": charts.QUIET,
}


def used(result: Result) -> go.Figure:
    """Those with the least room left: what they were given, and the limit of the year."""
    frame = result.frame.head(SHOWN).iloc[::-1]
    labels = charts.labels_of(frame["category"])
    texts = [_told(row) for row in frame.to_dict("records")]
    bars = go.Bar(
        x=frame["given_usd"].tolist(), y=labels, orientation="h", hovertext=texts, hovertemplate="%{hovertext}<extra></extra>",
        marker={"color": [STATE_COLOURS[state] for state in frame["state"]]}, customdata=[charts.where(practitioner=name) for name in frame["category"]],
        text=[f"${given:,.0f}" for given in frame["given_usd"]], textposition="outside", cliponaxis=False,
    )  # fmt: skip
    limits = go.Scatter(
        x=charts.numbers(frame["limit_usd"]), y=labels, mode="markers", hovertemplate="%{y}<br>limit $%{x:,.0f}<extra></extra>",
        marker={"symbol": "line-ns", "size": 18, "line": {"width": 3, "color": charts.QUIET}},
    )  # fmt: skip
    figure = charts.laid_out(
        [bars, limits], height=charts.tall(len(labels)), x_title="Given in the year, US dollars", flip=True
    )
    figure.layout.xaxis.range = [
        0,
        charts.ROOM * float(max(frame["given_usd"].max(), frame["limit_usd"].fillna(0).max())),
    ]
    return figure


def _told(row: dict[Hashable, Any]) -> str:
    left = (
        "no limit on record"
        if math.isnan(row["limit_usd"])
        else f"${max(row['value'], 0):,.2f} left of ${row['limit_usd']:,.0f}"
    )
    return f"{mark(row['category'], 120)}<br>${row['given_usd']:,.2f} in {counted(row['n'], 'item')}, {left}"


def alerts(result: Result) -> None:
    """Who is at or over the alert, in words, before any chart."""
    if result.frame.empty:
        return
    near, over = (result.frame[result.frame["state"] == state] for state in ("alert", "over"))
    if len(over):
        st.warning(
            plain(
                f"{counted(len(over), 'physician')} over the limit of the year: take it up with counsel before anything else is given."
            )
        )
    if len(near):
        st.warning(plain(f"{counted(len(near), 'physician')} at 80% of the limit or more."))


def ledger(result: Result) -> None:
    """Everybody who was given something in the year, the least room first."""
    number = st.column_config.NumberColumn
    show.listing("What may still be given this year", result, key="headroom", alt="Headroom by physician", columns={
        "category": st.column_config.TextColumn("Physician"), "state": st.column_config.TextColumn("State"),
        "given_usd": number("Given", format="dollar"), "limit_usd": number("Limit", format="dollar"),
        "value": number("Left", format="dollar"), "used": number("Used", format="percent"), "n": number("Items", format="%,d"),
    })  # fmt: skip
