"""From referral to enrolment: conversion, its course, the stages."""

from __future__ import annotations

from typing import Any

import plotly.graph_objects as go

from dashboard.charts.over_time import trend
from dashboard.charts.ranked import ranking
from dashboard.charts.style import (
    DASHES,
    HEIGHT,
    PALETTE,
    QUIET,
    amount,
    band,
    laid_out,
    numbers,
    only,
    tall,
    where,
    whole_steps,
)
from pipelines.metrics import Result


def conversion(result: Result, horizon: int) -> go.Figure:
    """Share enrolled within ``horizon`` days by period of referral."""
    return trend(only(result, result.frame["horizon"] == horizon))


def conversion_by(result: Result, horizon: int) -> go.Figure:
    """Share enrolled within ``horizon`` days by member of a cut, with intervals."""
    return ranking(only(result, result.frame["horizon"] == horizon))


def funnel(result: Result) -> go.Figure:
    """Stages from referral to enrolment; of those who reached each, who went on, who left there, who is still there."""
    frame = result.frame.iloc[::-1]
    labels = [str(stage).capitalize() for stage in frame["stage"]]
    following = dict(zip(result.frame["stage"], [*result.frame["stage"].iloc[1:], None], strict=True))
    conditions: dict[str, list[str | None]] = {
        "moved_on": [
            where(reached=following[stage]) if following[stage] else where(stage=stage) for stage in frame["stage"]
        ],
        "open": [where(stage=stage, exited="false") if following[stage] else None for stage in frame["stage"]],
        "exited": [where(stage=stage, exited="true") if following[stage] else None for stage in frame["stage"]],
    }
    words = (
        ("moved_on", "Went on (or enrolled)", PALETTE[0]),
        ("open", "Still there", QUIET),
        ("exited", "Left there", PALETTE[1]),
    )
    traces = [
        go.Bar(x=frame[column].tolist(), y=labels, orientation="h", name=name, marker={"color": colour}, customdata=conditions[column],
               hovertemplate=f"%{{y}}<br>%{{x:,}} {name.lower()}<extra></extra>")
        for column, name, colour in words
    ]  # fmt: skip
    figure = laid_out(
        traces, barmode="stack", height=tall(len(labels)) + 40, showlegend=True, flip=True, x_title="Referrals"
    )
    whole_steps(figure.layout.xaxis, frame[list(conditions)].sum(axis=1).max())
    return figure


def course(result: Result) -> go.Figure:
    """Day by day since referral: the share enrolled, with its interval, and the shares that left each way."""
    traces: list[Any] = []
    for place, (outcome, part) in enumerate(result.frame.groupby("outcome", sort=False)):
        enrolled = outcome == "enrolled"
        if not enrolled and not part["value"].max() > 0:
            continue  # a way that nobody went
        colour = PALETTE[place] if place < len(PALETTE) else QUIET
        days, name = part["day"].tolist(), str(outcome).replace("_", " ").capitalize()
        if enrolled:
            traces += band(days, part, colour)
        line = {
            "color": colour,
            "width": 3 if enrolled else 1.5,
            "dash": "solid" if enrolled else DASHES[place % len(DASHES)],
        }
        texts = [amount(row, "share") for _, row in part.iterrows()]
        traces.append(go.Scatter(x=days, y=numbers(part["value"]), name=name, mode="lines", line=line, text=texts,
                                 hovertemplate=f"day %{{x}}<br>%{{text}}<extra>{name}</extra>"))  # fmt: skip
    # On a phone the legend has a line for each way: it must not take the place of the curves.
    height = HEIGHT + 18 * len(traces)
    figure = laid_out(
        traces, height=height, percent="y", showlegend=True, x_title="Days since referral", y_title="Share of referrals"
    )
    figure.layout.xaxis.type = "linear"
    return figure
