"""Colours, layout, labels and hover texts: what every chart shares."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from dashboard.nouns import counted_of
from dashboard.words import day, mark, share
from pipelines.metrics import Result, periods

PALETTE = ("#2878b5", "#c2570c", "#0b8465", "#b0578f", "#9a7b00", "#7a5fc0", "#3f8fa8")
QUIET = "#6f7178"  # everything that is not the subject: other members, exits, reference lines
GOOD, CAREFUL, BAD = PALETTE[2], PALETTE[4], PALETTE[1]
STATE_COLOURS = {
    "active": PALETTE[0], "new": PALETTE[2], "reactivated": PALETTE[6], "cooling": PALETTE[4], "dormant": PALETTE[1],
    "lost": PALETTE[3], "too rare to judge": QUIET,
}  # fmt: skip
# The page's theme fills this in the browser. The default one is nine tenths of a small figure, sent every time.
TEMPLATE = {"layout": {"colorway": list(PALETTE)}}
HEIGHT = 340
TICKS = 7
SHARES = ".2~%"  # labels of shares: 20%, and 0.5% where they are small, never the same label twice
THOUSANDS = 2000  # from here on an axis counts in thousands
FEW = 6
ROOM = 1.22  # how much longer than the longest bar an axis is, where a word stands at its end
TITLE, NARROW = 34, 22  # characters of one line of the title below an axis: a longer one would be cut off on a phone
WIDE, LINES = 26, 2  # a label beside a bar: characters a line, and lines; a phone has room for no more
SPOKEN = 48  # characters of one line of a name in a hover
DASHES = ("dash", "dot", "dashdot", "longdash", "longdashdot", "1px,7px")
CONFIG = {"displayModeBar": False, "displaylogo": False, "responsive": True, "scrollZoom": False}


def period_name(period: Any, grain: str | None) -> str:
    """A period as a person names it: "week of 4 May 2026", "May 2026", "Q2 2026", "2026"."""
    return periods.named(pd.Timestamp(period).date(), grain)


def where(**parts: Any) -> str:
    """The condition behind a bar, as it travels to the browser and back."""
    return json.dumps({name: str(value) for name, value in parts.items() if value is not None}, separators=(",", ":"))


def member(result: Result, name: str, period: Any = None, **more: Any) -> str:
    """The condition behind the point of one member of the cut, and one period; ``more`` of the metric's own conditions."""
    dated = None if period is None or pd.isna(period) else pd.Timestamp(period).date()
    parts: dict[str, Any] = {"period": dated, "grain": result.grain if dated else None}
    return where(**parts | ({result.by: name} if result.by else {}) | more)


def laid_out(traces: list[Any], *, height: int = HEIGHT, percent: str | None = None, x_title: str | None = None,
            y_title: str | None = None, flip: bool = False, from_zero: bool = True, over: Result | None = None,
            **layout: Any) -> go.Figure:  # fmt: skip
    """``traces`` in the one layout all charts have: ``percent`` names the axis that counts shares, ``flip`` makes bars
    lie, ``over`` labels the periods of a result, anything else goes into plotly's layout."""
    # Centred below the bars, of which labels beside them leave a phone little more than half.
    room = NARROW if flip and _beside(traces) > NARROW // 2 else TITLE
    below = "<br>".join(textwrap.wrap(x_title or "", room))
    x: dict[str, Any] = {
        "fixedrange": True,
        "automargin": True,
        "separatethousands": True,
        **({"title": {"text": below}} if below else {}),
    }
    y: dict[str, Any] = {"fixedrange": True, "automargin": True, **({"title": {"text": y_title}} if y_title else {})}
    x |= (
        {"showgrid": True, "rangemode": "tozero", "nticks": 5, "tickangle": 0}
        if flip
        else {"type": "category", "showgrid": False}
    )
    y |= (
        {"showgrid": False, "type": "category"}
        if flip
        else {"rangemode": "tozero" if from_zero else "normal", "separatethousands": True, "exponentformat": "none"}
    )
    if flip and _longest(traces) >= THOUSANDS:
        x |= {"tickformat": "~s"}  # 2k: on a phone the whole numbers would stand on each other
    x |= _ticks(over) if over else {}
    for axis, name in ((x, "x"), (y, "y")):
        if percent == name:
            axis["tickformat"] = SHARES
    base = {
        "template": TEMPLATE, "height": height, "dragmode": False, "hovermode": "closest", "margin": {"l": 8, "r": 12, "t": 12, "b": 8},
        "showlegend": False, "xaxis": x, "yaxis": y, "hoverlabel": {"namelength": -1},
        "legend": {"orientation": "h", "yref": "container", "y": 0, "yanchor": "bottom", "x": 0, "traceorder": "normal"},
    }  # fmt: skip
    return go.Figure(data=traces, layout=base | layout)


def _beside(traces: list[Any]) -> int:
    """How many characters the longest line of the labels beside lying bars has."""
    labels = (str(y) for trace in traces for y in (trace.y if trace.y is not None else ()))
    return max((len(line) for label in labels for line in label.split("<br>")), default=0)


def _longest(traces: list[Any]) -> float:
    """The largest number along the bars of ``traces``, their whiskers included."""
    return max((_end(trace, place, x) for trace in traces for place, x in enumerate(trace.x if trace.x is not None else ()) if isinstance(x, int | float)), default=0.0)  # fmt: skip


def _end(trace: Any, place: int, x: float) -> float:
    whiskers = trace.error_x.array if "error_x" in trace else None
    return float(x) + float(whiskers[place] or 0 if whiskers is not None else 0)


def _ticks(result: Result) -> dict[str, Any]:
    """Labels under the periods: never turned, few enough for a phone, the year where it begins."""
    known = result.frame["period"].dropna()
    if known.empty or not result.grain:
        return {}
    every = periods.starts(result.grain, known.min().date(), known.max().date())
    shown = list(every[:: -(-len(every) // TICKS) or 1])
    years = [place == 0 or value.year != shown[place - 1].year for place, value in enumerate(shown)]
    texts = [_tick(value, result.grain) + (f"<br>{value.year}" if new and result.grain != "year" else "")
             for value, new in zip(shown, years, strict=True)]  # fmt: skip
    return {
        "tickmode": "array",
        "tickvals": [period_name(value, result.grain) for value in shown],
        "ticktext": texts,
        "tickangle": 0,
    }


def _tick(value: pd.Timestamp, grain: str | None) -> str:
    """The short name of a period: "4 May", "May", "Q2", "2026"."""
    if grain == "week":
        return f"{value.day} {value:%b}"
    if grain == "quarter":
        return f"Q{value.quarter}"
    return str(value.year) if grain == "year" else f"{value:%b}"


def hatched(complete: pd.Series) -> dict[str, Any]:
    """The pattern of bars: hatched where the period is not over yet."""
    return {"shape": ["" if whole else "/" for whole in complete], "solidity": 0.45, "size": 6, "fgopacity": 0.9}


def firm(frame: pd.DataFrame) -> list[bool]:
    """Of each row, whether its figure will not move any more: the period is over, or its cohort mature."""
    firm = frame["complete"] if "complete" in frame else pd.Series(True, index=frame.index)
    return [bool(value) for value in frame.get("mature", firm)]


def amount(row: pd.Series, unit: str) -> str:
    """A figure with its interval, as a hover text says it."""
    if pd.isna(row["value"]):
        return "not known yet"
    number = share(row["value"]) if unit == "share" else f"{row['value']:,.1f}"
    if "low" not in row or pd.isna(row["low"]):
        return number
    ends = [share(row[end]) if unit == "share" else f"{row[end]:,.0f}" for end in ("low", "high")]
    if pd.isna(row["high"]):
        return f"{number} (95% interval from {ends[0]}, without an upper end)"
    return f"{number} (95% interval {ends[0]} to {ends[1]})"


def axis_title(unit: str) -> str:
    """The title of the axis that counts ``unit``."""
    return unit.capitalize()


def numbers(values: pd.Series) -> list[float | None]:
    """Values as plotly takes them: what is not known is None."""
    return [None if pd.isna(value) else float(value) for value in values]


def labels_of(names: Iterable[Any], lines: int = LINES) -> list[str]:
    """Labels for a category axis, where two equal ones would become one bar; long ones over several ``lines``."""
    seen: dict[str, int] = {}
    labels = []
    for name in names:
        text = " ".join(str(name).split())
        broken = _evenly(text, lines)
        label = "<br>".join(mark(line, WIDE) for line in broken)
        seen[label] = seen.get(label, 0) + 1
        labels.append(label if seen[label] == 1 else f"{label} ({seen[label]})")
    return labels


def spelled(name: Any) -> str:
    """A name in full, over as many lines as it takes, as a hover says it: beside a bar and in a legend long ones are cut, and two that
    begin alike would be told apart nowhere."""
    return "<br>".join(mark(line, SPOKEN) for line in textwrap.wrap(" ".join(str(name).split()), SPOKEN))


def _evenly(text: str, lines: int) -> list[str]:
    """``text`` over as few lines as it takes, each as long as the others: no number of a name stands alone."""
    broken = textwrap.wrap(text, WIDE, max_lines=lines, placeholder=" …")
    if len(broken) < 2 or broken[-1].endswith(" …"):
        return broken
    narrower = (textwrap.wrap(text, width) for width in range(len(text) // len(broken), WIDE))
    return next((found for found in narrower if len(found) == len(broken)), broken)


def tall(rows: int) -> int:
    """The height in pixels of a chart with so many rows."""
    return max(160, 70 + 33 * rows)


def faint(colour: str, opacity: float = 0.18) -> str:
    """``colour`` as the background of its own line."""
    red, green, blue = (int(colour[place : place + 2], 16) for place in (1, 3, 5))
    return f"rgba({red},{green},{blue},{opacity:g})"


def error_bars(frame: pd.DataFrame) -> dict[str, Any]:
    """The interval of each point as a whisker."""
    return {
        "type": "data", "symmetric": False, "array": numbers(frame["high"] - frame["value"]),
        "arrayminus": numbers(frame["value"] - frame["low"]), "thickness": 1.5, "color": QUIET,
    }  # fmt: skip


def band(names: list[Any], part: pd.DataFrame, colour: str) -> list[go.Scatter]:
    """The interval of a line as an area behind it."""
    edge = {"mode": "lines", "line": {"width": 0}, "hoverinfo": "skip", "showlegend": False, "x": names}
    return [
        go.Scatter(y=numbers(part["low"]), **edge),
        go.Scatter(y=numbers(part["high"]), fill="tonexty", fillcolor=faint(colour), **edge),
    ]


def groups(frame: pd.DataFrame) -> Iterable[tuple[str, pd.DataFrame]]:
    """Each member of the cut with its rows, in the order of the result."""
    return ((str(name), part) for name, part in frame.groupby("category", sort=False))


def only(result: Result, rows: Any) -> Result:
    """The result with only these rows."""
    return replace(result, frame=result.frame[rows])


def whole_steps(axis: Any, largest: float) -> None:
    """Label an axis of counts at whole numbers where all are few: there is no half of a referral."""
    if largest <= FEW:
        axis.dtick = 1


def is_blank(figure: go.Figure) -> bool:
    """Whether a figure shows nothing: no trace has a point of which both places are known."""
    return not any(
        pd.notna(x) and pd.notna(y)
        for trace in figure.data
        for x, y in zip(trace.x if trace.x is not None else (), trace.y if trace.y is not None else (), strict=False)
    )


def sentence(result: Result) -> str:
    """What a chart shows, for those who cannot see it."""
    frame, metric = result.frame, result.metric
    start = f"{metric.label}: {counted_of(metric, result.n)} up to {day(result.as_of)}."
    if frame.empty:
        return f"{start} Nothing to show."
    if "value" in frame and frame["value"].notna().any():
        known = frame.dropna(subset=["value"])
        return f"{start} From {_said(known['value'].min(), metric.unit)} to {_said(known['value'].max(), metric.unit)}."
    if result.grain and frame["period"].notna().any():
        by_period = frame.groupby("period")["n"].sum()
        return f"{start} Most in {period_name(by_period.idxmax(), result.grain)} ({int(by_period.max()):,})."
    return start


def _said(value: float, unit: str) -> str:
    return share(value) if unit == "share" else f"{value:,.1f} {unit}"
