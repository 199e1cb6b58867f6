"""Counts and figures by period."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from dashboard.charts.style import (
    PALETTE,
    QUIET,
    amount,
    axis_title,
    band,
    error_bars,
    firm,
    groups,
    hatched,
    laid_out,
    member,
    numbers,
    period_name,
    spelled,
    whole_steps,
)
from dashboard.words import mark
from pipelines.metrics import Result, periods

MEMBERS_SHOWN = len(PALETTE)
REST = "All others"


def volume(result: Result) -> go.Figure:
    """Counts per period, stacked by member; the period not yet over hatched."""
    frame, unit = result.frame, result.metric.unit
    traces = []
    for place, (name, part) in enumerate(_members(frame)):
        colour = QUIET if name == REST else PALETTE[place % len(PALETTE)]
        names = [period_name(value, result.grain) for value in part["period"]]
        # Of the rest there is no condition that chooses it: its members have bars of their own in the ranking.
        behind = [None if name == REST else member(result, name, value) for value in part["period"]]
        marker = {"color": colour, "pattern": hatched(part["complete"]), "line": {"width": 0}}
        traces.append(go.Bar(
            x=names, y=part["n"].tolist(), name=mark(name), marker=marker, customdata=behind,
            hovertemplate=f"%{{x}}<br>%{{y:,}} {unit}<extra>{spelled(name) if name != 'All' else ''}</extra>",
        ))  # fmt: skip
    figure = laid_out(
        traces, barmode="stack", showlegend=len(traces) > 1, y_title=unit.capitalize(), bargap=0.15, over=result
    )
    whole_steps(figure.layout.yaxis, frame.groupby("period")["n"].sum().max())
    return figure


def _members(frame: pd.DataFrame) -> list[tuple[str, pd.DataFrame]]:
    """The first members of a cut, and everything else as one."""
    found = list(groups(frame))
    if len(found) <= MEMBERS_SHOWN:
        return found
    kept = [group for group in found if not group[0].startswith("Other (")][: MEMBERS_SHOWN - 1]
    names = {name for name, _ in kept}
    rest = (
        frame[~frame["category"].isin(names)]
        .groupby("period", as_index=False)
        .agg(n=("n", "sum"), complete=("complete", "min"))
    )
    return [*kept, (REST, rest)]


def trend(result: Result, **more: Any) -> go.Figure:
    """A figure over time with its 95% interval: a band for one line, none where several would cover each other; ``more`` are
    conditions that the rows behind every point meet.
    Points of periods that are not complete, or whose cohort is not mature, are hollow."""
    unit, frame = result.metric.unit, result.frame
    members = [(name, part) for name, part in groups(frame) if not name.startswith("Other (")][:MEMBERS_SHOWN]
    traces: list[Any] = []
    for place, (name, found) in enumerate(members):
        colour = PALETTE[place % len(PALETTE)]
        part = _with_gaps(found, result.grain)
        names = [period_name(value, result.grain) for value in part["period"]]
        alone = len(members) == 1 and {"low", "high"} <= set(part)
        whole = alone and _unbroken(part["value"]) and not (part["value"].notna() & part["high"].isna()).any()
        if whole:
            traces += band(names, part, colour)
        behind = [member(result, name, value, **more) for value in part["period"]]
        traces.append(_line(name, part, names, behind, colour, unit))
        if alone and not whole:  # a band would be drawn across the periods without a value or an end
            traces[-1].update(error_y=error_bars(part))
    return laid_out(traces, percent="y" if unit == "share" else None, showlegend=len(members) > 1, y_title=axis_title(unit),
                   over=result)  # fmt: skip


def _unbroken(values: pd.Series) -> bool:
    """Whether nothing is missing between the first and the last value that is known."""
    places = values.notna().to_numpy().nonzero()[0]
    return len(places) == 0 or len(places) == places[-1] - places[0] + 1


def _with_gaps(part: pd.DataFrame, grain: str | None) -> pd.DataFrame:
    """``part`` with a row without a value for each period in between that has none, so that the axis is evenly spaced
    in time and no line runs over what is not known."""
    if not grain or part.empty:
        return part
    every = periods.starts(grain, part["period"].min().date(), part["period"].max().date())
    if len(every) == len(part):
        return part
    whole = part.set_index("period").reindex(every).rename_axis("period").reset_index()
    return whole.assign(
        n=whole["n"].fillna(0), **{name: whole[name].eq(True) for name in ("complete", "mature") if name in whole}
    )


def _line(name: str, part: pd.DataFrame, names: list[str], behind: list[str], colour: str, unit: str) -> go.Scatter:
    texts = [f"{amount(row, unit)}, n = {int(row['n']):,}" for _, row in part.iterrows()]
    return go.Scatter(
        x=names, y=numbers(part["value"]), name=mark(name), mode="lines+markers", text=texts, connectgaps=False, cliponaxis=False,
        line={"color": colour, "width": 2},
        marker={"color": colour, "size": 9, "symbol": ["circle" if ok else "circle-open" for ok in firm(part)]},
        customdata=behind,
        hovertemplate="%{x}<br>%{text}<extra>" + (spelled(name) if name != "All" else "") + "</extra>",
    )  # fmt: skip


def spread(result: Result, short: str = "") -> go.Figure:
    """The median over time with its interval, and the value that nine tenths stayed below; ``short`` is the unit in a hover."""
    figure = trend(result)
    figure.data[-1].name = "Median"
    part = _with_gaps(result.frame, result.grain)
    figure.add_trace(go.Scatter(
        x=[period_name(value, result.grain) for value in part["period"]], y=numbers(part["p90"]), name="Nine tenths below", mode="lines+markers",
        line={"color": PALETTE[1], "width": 2, "dash": "dash"}, marker={"symbol": "square", "size": 8, "color": PALETTE[1]},
        customdata=[member(result, "All", value) for value in part["period"]],
        hovertemplate=f"%{{x}}<br>%{{y:.0f}} {short or result.metric.unit}<extra>Nine tenths below</extra>",
    ))  # fmt: skip
    return figure.update_layout(showlegend=True)


def known_so_far(result: Result) -> go.Figure:
    """Referrals of each week as known, and how many more are to be expected from files that come late."""
    frame = result.frame
    names = [period_name(value, "week") for value in frame["period"]]
    missing = (frame["value"] - frame["n"]).clip(lower=0)
    texts = [
        f"{row['n']:,} known, {row['value']:,.0f} expected in the end (95% interval {row['low']:,.0f} to {row['high']:,.0f})"
        for _, row in frame.iterrows()
    ]
    shared: dict[str, Any] = {
        "x": names,
        "text": texts,
        "textposition": "none",
        "hovertemplate": "%{x}<br>%{text}<extra></extra>",
    }
    known = go.Bar(y=frame["n"].tolist(), name="Known", marker={"color": PALETTE[0]}, **shared)
    late = go.Bar(
        y=numbers(missing), name="Still to be reported", marker={"color": QUIET, "pattern": {"shape": "/", "solidity": 0.45, "size": 6}},
        error_y=error_bars(frame), **shared,
    )  # fmt: skip
    return laid_out(
        [known, late], barmode="stack", showlegend=True, y_title="Referrals", over=replace(result, grain="week")
    )
