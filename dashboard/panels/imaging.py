"""The charts of the imaging page: pure functions from a result to a figure, on the tools of ``charts``."""

from __future__ import annotations

import math
from dataclasses import replace

import pandas as pd
import plotly.graph_objects as go

from dashboard import charts
from dashboard.words import mark
from pipelines.metrics import Result

MEDIAN, TENTH = charts.PALETTE[0], charts.PALETTE[1]


def turnaround(result: Result, measure: str, clock: str) -> go.Figure:
    """Median hours with their interval over time, and the time by which nine tenths were done."""
    frame = result.frame[(result.frame["measure"] == measure) & (result.frame["clock"] == clock)]
    part = frame.assign(**{name: frame[name] / 60 for name in ("value", "low", "high", "p90")})
    names = [charts.period_name(value, result.grain) for value in part["period"]]
    median = _line(result, frame, part, names, "value", "Median", MEDIAN, "solid")
    whole = bool(part["low"].notna().all())
    if not whole:  # a band would be drawn across the periods whose interval is not known
        median.update(error_y=charts.error_bars(part))
    traces = [
        *(charts.band(names, part, MEDIAN) if whole else []),
        median,
        _line(result, frame, part, names, "p90", "Nine tenths done", TENTH, "dash"),
    ]
    return charts.laid_out(traces, showlegend=True, y_title="Hours", over=replace(result, frame=frame))


def _line(
    result: Result,
    frame: pd.DataFrame,
    part: pd.DataFrame,
    names: list[str],
    column: str,
    name: str,
    colour: str,
    dash: str,
) -> go.Scatter:
    texts = [f"{lasting(minutes)}, n = {n:,}" for minutes, n in zip(frame[column], frame["n"], strict=True)]
    symbol = "circle" if dash == "solid" else "square"
    return go.Scatter(
        x=names, y=charts.numbers(part[column]), name=name, mode="lines+markers", text=texts, connectgaps=False,
        line={"color": colour, "width": 2, "dash": dash},
        marker={"color": colour, "size": 8, "symbol": [symbol if whole else f"{symbol}-open" for whole in part["complete"]]},
        customdata=[charts.member(result, "All", value) for value in part["period"]], hovertemplate="%{x}<br>%{text}<extra>" + name + "</extra>",
    )  # fmt: skip


def by_member(result: Result, measure: str, clock: str) -> go.Figure:
    """Median hours of each member of the cut with its interval, the quickest on top."""
    frame = result.frame[
        (result.frame["measure"] == measure) & (result.frame["clock"] == clock) & (result.frame["n"] > 0)
    ]
    frame = frame.sort_values("value", ascending=False)
    part = frame.assign(**{name: frame[name] / 60 for name in ("value", "low", "high")})
    texts = [
        f"{lasting(minutes)}, nine tenths in {lasting(most)}, n = {n:,}"
        for minutes, most, n in zip(frame["value"], frame["p90"], frame["n"], strict=True)
    ]
    bars = go.Bar(
        x=charts.numbers(part["value"]), y=charts.labels_of(frame["category"]), orientation="h", text=[lasting(minutes) for minutes in frame["value"]], textposition="none",
        hovertext=texts, hovertemplate="%{y}<br>%{hovertext}<extra></extra>", marker={"color": MEDIAN}, error_x=charts.error_bars(part),
        customdata=[charts.member(result, str(name)) for name in frame["category"]],
    )  # fmt: skip
    return charts.laid_out([bars], height=charts.tall(len(frame)), x_title="Median hours", flip=True)


def lasting(minutes: float) -> str:
    """Minutes as people say them: 35 min, 7 h 40 min, 3 d 2 h."""
    if math.isnan(minutes):
        return "not known"
    whole = round(minutes)
    if whole < 60:
        return f"{whole} min"
    if whole < 48 * 60:
        return f"{whole // 60} h {whole % 60:02d} min"
    return f"{whole // 1440} d {whole % 1440 // 60} h"


def other_share(result: Result, share: str, low: str, high: str, n: str) -> go.Figure:
    """A share that stands beside the metric's own, over time."""
    frame = result.frame.assign(
        value=result.frame[share], low=result.frame[low], high=result.frame[high], n=result.frame[n]
    )
    return charts.trend(replace(result, frame=frame, metric=replace(result.metric, unit="share")))


def per_thousand(result: Result) -> go.Figure:
    """Changes of protocol per 1,000 exams over time."""
    frame = result.frame.assign(
        value=result.frame["changed_per_1000"], low=result.frame["changed_low"], high=result.frame["changed_high"], n=result.frame["exams"]
    )  # fmt: skip
    return charts.trend(replace(result, frame=frame, metric=replace(result.metric, unit=mark("of 1,000 exams"))))
