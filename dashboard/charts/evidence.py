"""Charts of the statistical metrics: forecasts, control charts, funnels, survival, effects. Pure, as ``charts`` is."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from dashboard.charts import (
    BAD,
    GOOD,
    PALETTE,
    QUIET,
    WIDE,
    faint,
    labels_of,
    laid_out,
    numbers,
    period_name,
    tall,
    where,
)
from dashboard.words import day, mark, share
from pipelines.metrics import Result

DATES: dict[str, Any] = {"type": "date", "showgrid": False}
ROUND = [
    step * 10**power for power in range(7) for step in (1, 3)
]  # ticks of an axis that runs over several powers of ten
SHOWN = 40  # members of one chart; the table below it has them all


def _rows(frame: pd.DataFrame) -> list[Any]:
    """Rows by their columns' names, of any type."""
    return list(frame.itertuples())


def pace(result: Result) -> go.Figure:
    """Each running study's enrolment against its plan, with its interval; 100% is on plan."""
    frame = (
        result.frame[result.frame["value"].notna() & ~result.frame["why"].str.contains("closed")].head(SHOWN).iloc[::-1]
    )
    labels = labels_of(frame["category"])
    texts = [
        f"{mark(row.category)}<br>{row.n:,} of {row.planned:,.0f} planned ({share(row.value)})<br>{_date_said(row)}"
        for row in _rows(frame)
    ]
    marks = [
        (GOOD, "triangle-up") if low >= 1 else (BAD, "triangle-down") if high < 1 else (PALETTE[0], "circle")
        for low, high in zip(frame["low"], frame["high"], strict=True)
    ]
    dots = go.Scatter(
        x=frame["value"].tolist(), y=labels, mode="markers", text=texts, hovertemplate="%{text}<extra></extra>",
        customdata=[where(study=name) for name in frame["category"]],
        marker={"size": 11, "color": [colour for colour, _ in marks], "symbol": [symbol for _, symbol in marks]},
        error_x={"type": "data", "symmetric": False, "array": (frame["high"] - frame["value"]).tolist(),
                 "arrayminus": (frame["value"] - frame["low"]).tolist(), "thickness": 1.5, "color": QUIET},
    )  # fmt: skip
    figure = laid_out([dots], height=tall(len(labels)), percent="x", x_title="Enrolled, of planned by now", flip=True)
    figure.add_vline(x=1, line={"color": QUIET, "dash": "dot", "width": 1.5})
    return figure


def _date_said(row: Any) -> str:
    if row.why:
        return str(row.why)
    if pd.isna(row.lpi_p50):
        return "not full within ten years"
    chance = "" if pd.isna(row.p_on_time) else f", on time with {share(row.p_on_time)}"
    return f"full about {day(row.lpi_p50.date())}{chance}"


def fan(result: Result, study: str) -> go.Figure:
    """One study: enrolled so far, its plan, and the 80% and 95% intervals of what is to come."""
    frame = result.frame[result.frame["category"] == study]
    kinds: dict[str, pd.DataFrame] = {str(name): part for name, part in frame.groupby("kind", sort=False)}
    traces: list[Any] = []
    ahead = kinds.get("expected")
    if ahead is not None:
        for low, high, name in (("low", "high", "95%"), ("inner_low", "inner_high", "80%")):
            edge = {"x": ahead["on"].tolist(), "mode": "lines", "line": {"width": 0}, "hoverinfo": "skip"}
            traces.append(go.Scatter(y=numbers(ahead[low]), showlegend=False, **edge))
            traces.append(go.Scatter(y=numbers(ahead[high]), fill="tonexty", fillcolor=faint(PALETTE[0]), name=f"{name} of what may come", **edge))  # fmt: skip
        traces.append(_course(ahead, "Expected", PALETTE[0], "dash"))
    for kind, name, colour, dash in (
        ("planned", "Planned", QUIET, "dot"),
        ("enrolled", "Enrolled", PALETTE[1], "solid"),
    ):
        if kind in kinds:
            traces.append(_course(kinds[kind], name, colour, dash))
    figure = laid_out(traces, showlegend=True, y_title="Participants")
    figure.layout.xaxis.update(DATES)
    target = frame["target"].dropna()
    if len(target):
        figure.add_hline(y=float(target.iloc[0]), line={"color": QUIET, "width": 1.5}, annotation_text="Target",
                         annotation_position="top left")  # fmt: skip
    return figure


def _course(part: pd.DataFrame, name: str, colour: str, dash: str) -> go.Scatter:
    return go.Scatter(
        x=part["on"].tolist(), y=numbers(part["value"]), name=name, mode="lines", line={"color": colour, "width": 2, "dash": dash},
        hovertemplate=f"%{{x|%-d %b %Y}}<br>%{{y:,.0f}}<extra>{name}</extra>",
    )  # fmt: skip


def sites(result: Result, study: str) -> go.Figure:
    """Pace of a study's open sites, shrunken, with intervals; the raw pace as a cross."""
    frame = result.frame[(result.frame["study"] == study) & (result.frame["state"] != "closed")].head(SHOWN).iloc[::-1]
    labels = labels_of(frame["category"])
    texts = [f"{mark(row.category)}<br>{row.value:.2f} a month, {row.n} enrolled, {row.state}" for row in _rows(frame)]
    dots = go.Scatter(
        x=numbers(frame["value"]), y=labels, mode="markers", name="Pace to expect", text=texts,
        marker={"color": PALETTE[0], "size": 10}, hovertemplate="%{text}<extra></extra>",
        error_x={"type": "data", "symmetric": False, "array": numbers(frame["high"] - frame["value"]),
                 "arrayminus": numbers(frame["value"] - frame["low"]), "thickness": 1.5, "color": QUIET},
    )  # fmt: skip
    raw = go.Scatter(x=numbers(frame["raw"]), y=labels, mode="markers", name="As counted so far", hovertemplate="%{x:.2f} a month<extra></extra>",
                     marker={"symbol": "x-thin", "size": 8, "color": QUIET, "line": {"width": 2, "color": QUIET}})  # fmt: skip
    return laid_out([dots, raw], height=tall(len(labels)) + 40, showlegend=True, x_title="Enrolled a month", flip=True)


def backtest(result: Result) -> go.Figure:
    """Forecasts made earlier for today against what came: on the diagonal they were right."""
    frame = result.frame
    texts = [f"{mark(row.category)}, said {day(row.said_on.date())}<br>expected {row.value:,.0f} ({row.inner_low:,.0f} to {row.inner_high:,.0f}), came {row.actual:,.0f}"
             for row in _rows(frame)]  # fmt: skip
    dots = go.Scatter(
        x=frame["actual"].tolist(), y=frame["value"].tolist(), mode="markers", text=texts, hovertemplate="%{text}<extra></extra>",
        marker={"size": 9, "color": [PALETTE[0] if held else BAD for held in frame["held"]],
                "symbol": ["circle" if held else "circle-open" for held in frame["held"]]},
        error_y={"type": "data", "symmetric": False, "array": (frame["inner_high"] - frame["value"]).tolist(),
                 "arrayminus": (frame["value"] - frame["inner_low"]).tolist(), "thickness": 1.5, "color": QUIET},
    )  # fmt: skip
    figure = laid_out([dots], x_title="Participants that came", y_title="Participants expected")
    figure.layout.xaxis.update({"type": "linear", "rangemode": "tozero"})
    top = float(max(frame["actual"].max(), frame["value"].max()))
    figure.add_shape(type="line", x0=0, y0=0, x1=top, y1=top, line={"color": QUIET, "dash": "dot", "width": 1.5})
    return figure


def waterfall(result: Result) -> go.Figure:
    """From the referrals of one period to those of the next, step by step."""
    frame = result.frame
    level = frame["category"].isin(("Before", "After"))
    bars = go.Waterfall(
        y=frame["category"].tolist(), x=frame["value"].tolist(), orientation="h",
        measure=["absolute" if flat else "relative" for flat in level[:-1]] + ["total"],
        text=[f"{value:+,.0f}" if not flat else f"{value:,.0f}" for value, flat in zip(frame["value"], level, strict=True)],
        textposition="outside", cliponaxis=False, increasing={"marker": {"color": GOOD}}, decreasing={"marker": {"color": BAD}},
        totals={"marker": {"color": PALETTE[0]}}, connector={"line": {"color": QUIET, "width": 1}},
        customdata=frame["practices"].tolist(), hovertemplate="%{y}<br>%{text} referrals<br>%{customdata:,} practices<extra></extra>",
    )  # fmt: skip
    figure = laid_out(
        [bars], height=tall(len(frame)), x_title="Referrals", flip=True
    )  # steps lie: a phone has room for their names
    figure.layout.yaxis.autorange = "reversed"
    running = frame["value"].where(~level, 0).cumsum() + frame["value"].iloc[0]
    low, high = float(running.min()), float(running.max())
    if low > 0.5 * high > 0:  # levels far above the changes would hide them
        figure.layout.xaxis.range = [max(low - (high - low), 0.0), high + 0.35 * (high - low)]
        figure.layout.xaxis.rangemode = "normal"
        figure.layout.xaxis.title.text = "Referrals<br>(the axis does not begin at zero)"
    return figure


def control(result: Result) -> go.Figure:
    """Counts with the limits of no change; periods that stand out are marked by shape and colour."""
    first = result.frame["category"].iloc[0]
    frame = result.frame[result.frame["category"] == first]
    names = [period_name(value, result.grain or "month") for value in frame["period"]]
    line = {"mode": "lines", "x": names, "hoverinfo": "skip"}
    limits = [go.Scatter(y=numbers(frame[name]), name=label, line={"color": QUIET, "width": 1.5, "dash": dash}, showlegend=name != "low", **line)
              for name, label, dash in (("low", "Limits of no change", "dash"), ("high", "Limits of no change", "dash"), ("centre", "Mean", "dot"))
              if frame[name].notna().any()]  # fmt: skip
    signs = frame["signal"].tolist()
    dots = go.Scatter(
        x=names, y=numbers(frame["value"]), mode="lines+markers", name=mark(first) if first != "All" else "Referrals",
        line={"color": PALETTE[0], "width": 1.5},
        marker={"size": 9, "color": [GOOD if sign > 0 else BAD if sign < 0 else PALETTE[0] for sign in signs],
                "symbol": ["triangle-up" if sign > 0 else "triangle-down" if sign < 0 else "circle" for sign in signs]},
        customdata=[where(period=value.date(), grain=result.grain or "month") for value in frame["period"]],
        text=[f"{count:,} referrals" for count in frame["n"]], hovertemplate="%{x}<br>%{text}, %{y:,.0f} adjusted<extra></extra>",
    )  # fmt: skip
    over = replace(result, grain=result.grain or "month")
    return laid_out([*limits, dots], showlegend=True, y_title="Referrals", from_zero=False, over=over)


def funnel_plot(result: Result) -> go.Figure:
    """Shares against size, with the limits of chance about the common share."""
    frame = result.frame[result.frame["n"] > 0].sort_values("n")
    line = {"mode": "lines", "x": frame["n"].tolist(), "hoverinfo": "skip"}
    limited = (
        frame["funnel_low"].notna().any()
    )  # of too few there are no limits, and a legend of them would name what is not there
    edges = [go.Scatter(y=numbers(frame[name]), name=label, showlegend=bool(shown and limited), line={"color": QUIET, "width": 1.5, "dash": dash}, **line)
             for name, label, dash, shown in (("funnel_low", "95% limits", "dot", True), ("funnel_high", "", "dot", False),
                                              ("funnel_lowest", "99.8% limits", "dash", True), ("funnel_highest", "", "dash", False),
                                              ("target", "All together", "solid", True))]  # fmt: skip
    raw = frame["raw"].fillna(frame["enrolled"] / frame["n"])
    texts = [f"{mark(row.category)}<br>{row.enrolled:,} of {row.n:,}; fair value {share(row.value) if pd.notna(row.value) else 'not given'}"
             for row in _rows(frame)]  # fmt: skip
    dots = go.Scatter(
        x=frame["n"].tolist(), y=raw.tolist(), mode="markers+text", name="Each", cliponaxis=False, hovertext=texts, hovertemplate="%{hovertext}<extra></extra>",
        text=[mark(name, WIDE) if flag else "" for name, flag in zip(frame["category"], frame["flagged"], strict=True)],
        textposition=["middle left" if n > frame["n"].max() / 3 else "middle right" for n in frame["n"]], textfont={"size": 11},
        customdata=[where(**{result.by or "site": name}) for name in frame["category"]],
        marker={"size": 9, "color": [BAD if flag else PALETTE[0] for flag in frame["flagged"]],
                "symbol": ["diamond" if flag else "circle" for flag in frame["flagged"]]},
    )  # fmt: skip
    figure = laid_out(
        [*edges, dots], percent="y", showlegend=True, y_title="Enrolled within 90 days", x_title="Referrals followed"
    )
    wide = frame["n"].max() > 50 * max(frame["n"].min(), 1)
    figure.layout.xaxis.update(
        {"type": "log", "tickvals": ROUND, "tickmode": "array"} if wide else {"type": "linear", "rangemode": "tozero"}
    )
    return figure


def survival(result: Result) -> go.Figure:
    """Share of relationships still going on, with its interval."""
    frame = result.frame
    edge = {"x": frame["day"].tolist(), "mode": "lines", "hoverinfo": "skip", "showlegend": False}
    traces = [
        go.Scatter(y=numbers(frame["low"]), line={"width": 0, "shape": "hv"}, **edge),
        go.Scatter(y=numbers(frame["high"]), line={"width": 0, "shape": "hv"}, fill="tonexty", fillcolor=faint(PALETTE[0]), **edge),
        go.Scatter(x=frame["day"].tolist(), y=numbers(frame["value"]), mode="lines", line={"color": PALETTE[0], "width": 2, "shape": "hv"},
                   customdata=frame["at_risk"].tolist(), hovertemplate="day %{x:.0f}: %{y:.0%}, %{customdata:,} still watched<extra></extra>"),
    ]  # fmt: skip
    figure = laid_out(traces, percent="y", x_title="Days since the first referral", y_title="Still going on")
    figure.layout.xaxis.update({"type": "linear"})
    return figure


def lift(result: Result) -> go.Figure:
    """Visited less matched, month by month about the visit."""
    frame = result.frame
    dots = go.Scatter(
        x=frame["month"].tolist(), y=numbers(frame["value"]), mode="markers", hovertemplate="month %{x}: %{y:+.2f} a month<extra></extra>",
        marker={"size": 10, "color": [PALETTE[0] if month >= 0 else QUIET for month in frame["month"]],
                "symbol": ["circle" if month >= 0 else "circle-open" for month in frame["month"]]},
        error_y={"type": "data", "symmetric": False, "array": numbers(frame["high"] - frame["value"]),
                 "arrayminus": numbers(frame["value"] - frame["low"]), "thickness": 1.5, "color": QUIET},
    )  # fmt: skip
    figure = laid_out(
        [dots], x_title="Months since the visit", y_title="Referrals a month, more than matched", from_zero=False
    )
    figure.layout.xaxis.update({"type": "linear", "dtick": 3})
    figure.add_hline(y=0, line={"color": QUIET, "width": 1})
    return figure
