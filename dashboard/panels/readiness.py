"""The charts and tables of the readiness page: pure functions from a result to a figure, on the tools of ``charts``."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from dashboard import charts, show
from dashboard.words import day, mark, share
from pipelines.metrics import Result

AREA_PARTS = (("referred", "Referred this year", charts.GOOD), ("touched", "In touch", charts.PALETTE[0]),
              ("known", "Known, not in touch", charts.CAREFUL), ("unknown", "Not known yet", charts.QUIET))  # fmt: skip


def index(result: Result) -> go.Figure:
    """Each study's readiness up to 100%, with its interval; expected and needed as numbers beside it."""
    frame = result.frame.dropna(subset=["value"]).iloc[::-1]
    labels = charts.labels_of(frame["category"])
    told = frame.to_dict("records")
    dots = go.Scatter(
        x=frame["value"].tolist(), y=labels, mode="markers+text", text=[_beside(row) for row in told], textposition=["top left" if value > 0.5 else "top right" for value in frame["value"]],
        textfont={"size": 11}, hovertext=[_told(row) for row in told], hovertemplate="%{hovertext}<extra></extra>", cliponaxis=False,
        marker={"color": [charts.BAD if value < 0.5 else charts.CAREFUL if value < 1 else charts.GOOD for value in frame["value"]], "size": 12,
                "symbol": ["triangle-down" if value < 0.5 else "circle" if value < 1 else "diamond" for value in frame["value"]]},
        error_x=charts.error_bars(frame), customdata=[charts.where(study=name) for name in frame["category"]],
    )  # fmt: skip
    figure = charts.laid_out(
        [dots],
        height=charts.tall(len(labels)) + 22 * len(labels),
        percent="x",
        x_title="Share of what is needed",
        flip=True,
    )
    figure.layout.xaxis.range = [-0.04, 1.12]
    return figure


def _told(row: dict[Hashable, Any]) -> str:
    if not row["needed"]:
        return f"{mark(row['category'])}<br>Nothing is needed: the own database is expected to suffice"
    return f"{mark(row['category'])}<br>{share(row['value'])}: {_beside(row)} needed by {day(row['deadline'].date())}"


def _beside(row: dict[Hashable, Any]) -> str:
    return f"{row['expected']:,.1f} of {row['needed']:,.0f}" if row["needed"] else "nothing needed"


def areas(result: Result) -> go.Figure:
    """Practices near the sites by therapeutic area: referred, in touch, known, not known yet."""
    frame = _apart(result.frame[result.frame["n"] > 0]).iloc[::-1]
    labels = charts.labels_of(frame["category"])
    traces = [
        go.Bar(
            x=frame[name].tolist(), y=labels, orientation="h", name=words, marker={"color": colour},
            customdata=[charts.where(therapeutic_area=area) for area in frame["category"]],
            hovertemplate="%{y}<br>%{x:,} practices<extra>" + words + "</extra>",
        )
        for name, words, colour in AREA_PARTS
    ]  # fmt: skip
    return _stacked(traces, len(labels), "Practices near a recruiting site")


def _stacked(traces: list[Any], rows: int, x_title: str) -> go.Figure:
    """Parts of a whole side by side in each of ``rows`` bars."""
    return charts.laid_out(
        traces, barmode="stack", height=charts.tall(rows) + 50, showlegend=True, flip=True, x_title=x_title
    )


def _apart(frame: pd.DataFrame) -> pd.DataFrame:
    """Every practice in one part only: whoever referred is not counted again as in touch."""
    referred = frame["referred"]
    touched = (frame["touched"] - referred).clip(lower=0)
    known = (frame["known"] - referred - touched).clip(lower=0)
    return frame.assign(touched=touched, known=known, unknown=frame["n"] - referred - touched - known)


def gap(result: Result) -> go.Figure:
    """What each study still needs, and what its own database and everybody else are expected to bring by the deadline."""
    frame = result.frame.sort_values("remaining")
    labels = charts.labels_of(frame["category"])
    texts = [
        f"{mark(row['category'])}: {row['remaining']:,.0f} needed by {day(row['deadline'].date())}<br>own database {row['own']:,.0f} "
        f"(95% interval {row['own_low']:,.0f} to {row['own_high']:,.0f}), others {row['network']:,.0f} ({row['network_low']:,.0f} to {row['network_high']:,.0f})"
        f"<br>enough in time with {share(row['value'])}"
        for row in frame.to_dict("records")
    ]  # fmt: skip
    shared: dict[str, Any] = {
        "y": labels,
        "orientation": "h",
        "text": texts,
        "textposition": "none",
        "hovertemplate": "%{text}<extra></extra>",
    }
    traces = [
        go.Bar(x=frame["own"].tolist(), name="Own database", marker={"color": charts.GOOD}, **shared),
        go.Bar(x=frame["network"].tolist(), name="Referrers and all others", marker={"color": charts.PALETTE[0]}, **shared),
        go.Scatter(x=frame["remaining"].tolist(), y=labels, mode="markers", name="Needed", text=texts, hovertemplate="%{text}<extra></extra>",
                   marker={"symbol": "line-ns", "size": 18, "color": charts.BAD, "line": {"width": 3, "color": charts.BAD}}),
    ]  # fmt: skip
    return _stacked(traces, len(labels), "Participants")


def studies(result: Result) -> None:
    """The index in absolute numbers, a row per study."""
    number, date = st.column_config.NumberColumn, st.column_config.DateColumn
    show.listing("What each study needs, and what is to be expected", result, key="index_numbers", alt="Needed and expected participants by study",
        lead="Expected of practices that spoke with us in the last 90 days, by the planned last participant in.", columns={
            "category": st.column_config.TextColumn("Study"), "needed": number("Needed", format="%,.0f"),
            "expected": number("Expected", format="%.1f"), "expected_low": number("At least", format="%.1f"),
            "expected_high": number("At most", format="%.1f"), "ratio": number("Of needed", format="percent"),
            "everybody": number("If all were warm", format="%.1f"), "n": number("Practices in touch", format="%,d"),
            "referring": number("Of them referring", format="%,d"), "referrals": number("Referrals a year", format="%,d"),
            "conversion": number("Enrol in 180 days", format="percent"), "deadline": date("By", format="YYYY-MM-DD"),
        })  # fmt: skip
