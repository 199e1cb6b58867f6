"""What a figure shows, in words, for those who cannot see it."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from dashboard.charts.style import SHARES
from dashboard.words import share

NAMED = 8  # lines or kinds of bar that are told one by one
Points = list[tuple[str, float]]  # what each point is of, and how far along the axis it stands


def spoken(figure: go.Figure) -> str:
    """How far the points of ``figure`` reach along the axis that measures, and which reach least and furthest: each named line or
    kind of bar on its own, as far as there are few, and stacked bars together. Taken from what is drawn, so that both say the
    same. Empty where no axis measures (days on both, or no point)."""
    lying = figure.layout.yaxis.type == "category"
    axis = figure.layout.xaxis if lying else figure.layout.yaxis
    percent = axis.tickformat == SHARES
    told = [(name, points) for name, points in _lines(figure, lying) if points]
    if not told:
        return ""
    every = [point for _, points in told for point in points]
    stacked = figure.layout.barmode == "stack" and len(told) > 1
    parts = [f"{name} {_range(points, percent)}" for name, points in told if name] if 1 < len(told) <= NAMED else []
    said = "; ".join([f"together {_range(_stacked(every), percent)}"] * stacked + parts or [_range(every, percent)])
    title = " ".join((axis.title.text or "").replace("<br>", " ").split())
    return f"{title}: {said}." if title else f"{said[:1].upper()}{said[1:]}."


def _lines(figure: go.Figure, lying: bool) -> Iterator[tuple[str, Points]]:
    """Each line or kind of bar of the figure with its points; traces of one name are one. The edge of an interval, which has no
    hover text, is no point, nor is a bar without length that says a word instead ("3 randomised": too few for a cost)."""
    found: dict[str, Points] = defaultdict(list)
    for trace in figure.data:
        places, lengths = (trace.y, trace.x) if lying else (trace.x, trace.y)
        if trace.hoverinfo == "skip" or places is None or lengths is None:
            continue
        texts = trace.text if isinstance(trace.text, tuple | list) else [""] * len(lengths)
        found[trace.name or ""] += [
            (_plain(place), float(length))
            for place, length, text in zip(places, lengths, texts, strict=False)
            if _measures(length) and not (length == 0 and any(sign.isalpha() for sign in str(text)))
        ]
    yield from found.items()


def _stacked(points: Points) -> Points:
    """What stands on one another added up."""
    found: dict[str, float] = defaultdict(float)
    for place, length in points:
        found[place] += length
    return list(found.items())


def _measures(length: Any) -> bool:
    return isinstance(length, int | float) and not isinstance(length, bool) and math.isfinite(length)


def _range(points: Points, percent: bool) -> str:
    least, most = min(points, key=lambda point: point[1]), max(points, key=lambda point: point[1])
    if least[1] == most[1]:
        return _number(most[1], percent) + (f" ({most[0]})" if len(points) == 1 else "")
    return f"from {_number(least[1], percent)} ({least[0]}) to {_number(most[1], percent)} ({most[0]})"


def _number(value: float, percent: bool) -> str:
    if percent:
        return share(value)
    if value == round(value) or abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:,.1f}" if abs(value) >= 1 else f"{value:.2g}"


def _plain(place: Any) -> str:
    if isinstance(place, pd.Timestamp):
        return f"{place.date()}"
    if isinstance(place, float):
        return f"{place:,.10g}"
    return " ".join(str(place).replace("<br>", " ").split())
