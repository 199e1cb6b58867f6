"""Metric results drawn as plotly figures: pure functions, no Streamlit, no warehouse.

Colours are told apart with any colour vision and have a contrast of at least 3:1 on the light and on the dark
background (a test measures both); shape says what colour says: incomplete periods are hatched, estimates hollow.
Text and grid colours are left to the page's theme. Every point carries, as JSON, which rows are behind it.
"""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterable
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from dashboard.words import counted, day, mark, share
from pipelines.metrics import Result, periods

PALETTE = ("#2878b5", "#c2570c", "#0d8a6a", "#b0578f", "#9a7b00", "#7a5fc0", "#3f8fa8")
QUIET = "#7d7f86"  # everything that is not the subject: other members, exits, reference lines
GOOD, CAREFUL, BAD = PALETTE[2], PALETTE[4], PALETTE[1]
STATE_COLOURS = {
    "active": PALETTE[0], "new": PALETTE[2], "reactivated": PALETTE[6], "cooling": PALETTE[4], "dormant": PALETTE[1],
    "lost": PALETTE[3], "too rare to judge": QUIET,
}  # fmt: skip
MEMBERS_SHOWN = len(PALETTE)
REST = "All others"
# The page's theme fills this in the browser. The default one is nine tenths of a small figure, sent every time.
TEMPLATE = {"layout": {"colorway": list(PALETTE)}}
HEIGHT = 340
TICKS = 7
FEW = 6
ROOM = 1.22  # how much longer than the longest bar an axis is, where a word stands at its end
WIDE, LINES = 26, 2  # a label beside a bar: characters a line, and lines; a phone has room for no more
DASHES = ("dash", "dot", "dashdot", "longdash")
CONFIG = {"displayModeBar": False, "displaylogo": False, "responsive": True, "scrollZoom": False}


def period_name(period: Any, grain: str | None) -> str:
    """A period as a person names it: "week of 4 May 2026", "May 2026", "Q2 2026", "2026"."""
    first = pd.Timestamp(period)
    if grain == "week":
        return f"week of {day(first.date())}"
    if grain == "quarter":
        return f"Q{first.quarter} {first.year}"
    return str(first.year) if grain == "year" else f"{first:%b %Y}"


def where(**parts: Any) -> str:
    """The condition behind a bar, as it travels to the browser and back."""
    return json.dumps({name: str(value) for name, value in parts.items() if value is not None}, separators=(",", ":"))


def volume(result: Result) -> go.Figure:
    """Counts per period, stacked by member; the period not yet over hatched."""
    frame, unit = result.frame, result.metric.unit
    traces = []
    for place, (name, part) in enumerate(_members(frame)):
        colour = QUIET if name == REST else PALETTE[place % len(PALETTE)]
        names = [period_name(value, result.grain) for value in part["period"]]
        # Of the rest there is no condition that chooses it: its members have bars of their own in the ranking.
        behind = [None if name == REST else _where(result, name, value) for value in part["period"]]
        marker = {"color": colour, "pattern": hatched(part["complete"]), "line": {"width": 0}}
        traces.append(go.Bar(
            x=names, y=part["n"].tolist(), name=mark(name), marker=marker, customdata=behind,
            hovertemplate=f"%{{x}}<br>%{{y:,}} {unit}<extra>{mark(name)}</extra>",
        ))  # fmt: skip
    figure = laid_out(
        traces, barmode="stack", showlegend=len(traces) > 1, y_title=unit.capitalize(), bargap=0.15, over=result
    )
    if frame.groupby("period")["n"].sum().max() <= FEW:
        figure.layout.yaxis.dtick = 1  # there is no fifth of a practice
    return figure


def ranking(result: Result) -> go.Figure:
    """Members of a cut by size, largest on top: counts, or figures with their intervals where the metric has one.
    Of counts the rest is not drawn (see ``rest``): its bar would make all others slivers."""
    frame = result.frame if "value" in result.frame else result.frame[~_is_rest(result.frame)]
    frame = frame.iloc[::-1]
    labels = _unique(frame["category"])
    behind = [_where(result, name) for name in frame["category"]]
    if "value" not in frame:
        bars = go.Bar(x=frame["n"].tolist(), y=labels, orientation="h", marker={"color": PALETTE[0]}, customdata=behind,
                      hovertemplate="%{y}<br>%{x:,}<extra></extra>")  # fmt: skip
        return laid_out([bars], height=_tall(len(labels)), x_title=result.metric.unit.capitalize(), flip=True)
    return _interval_dots(frame, labels, behind, result.metric.unit)


def rest(result: Result) -> str:
    """What ``ranking`` leaves out, in words; empty if nothing."""
    left = result.frame[_is_rest(result.frame)]
    if left.empty or "value" in left:
        return ""
    n, whole = int(left["n"].sum()), int(result.frame["n"].sum())
    return f"Not drawn: {left['category'].iloc[0].lower()}, {n:,} {result.metric.unit} ({share(n / max(whole, 1))})"


def _is_rest(frame: pd.DataFrame) -> pd.Series:
    return frame["category"].str.startswith("Other (")


def _interval_dots(frame: pd.DataFrame, labels: list[str], behind: list[str], unit: str) -> go.Figure:
    column = "question" if "question" in frame and frame["category"].nunique() == 1 else "category"
    texts = [f"{mark(row[column], 120)}<br>{_amount(row, unit)}, n = {int(row['n']):,}" for _, row in frame.iterrows()]
    dots = go.Scatter(
        x=frame["value"].tolist(), y=labels, mode="markers", customdata=behind, text=texts,
        marker={"color": PALETTE[0], "size": 10, "symbol": ["circle" if ok else "circle-open" for ok in _firm(frame)]},
        error_x=_error(frame),
        hovertemplate="%{text}<extra></extra>",
    )  # fmt: skip
    return laid_out(
        [dots], height=_tall(len(labels)) + (14 * len(labels) if column == "question" else 0),
        percent="x" if unit == "share" else None, x_title=_axis(unit), flip=True,
    )  # fmt: skip


def _error(frame: pd.DataFrame) -> dict[str, Any]:
    """The interval of each point as a whisker."""
    return {
        "type": "data", "symmetric": False, "array": _numbers(frame["high"] - frame["value"]),
        "arrayminus": _numbers(frame["value"] - frame["low"]), "thickness": 1.5, "color": QUIET,
    }  # fmt: skip


def trend(result: Result) -> go.Figure:
    """A figure over time with its 95% interval: a band for one line, none where several would cover each other.
    Points of periods that are not complete, or whose cohort is not mature, are hollow."""
    unit, frame = result.metric.unit, result.frame
    members = [(name, part) for name, part in _groups(frame) if not name.startswith("Other (")][:MEMBERS_SHOWN]
    traces: list[Any] = []
    for place, (name, found) in enumerate(members):
        colour = PALETTE[place % len(PALETTE)]
        part = _with_gaps(found, result.grain)
        names = [period_name(value, result.grain) for value in part["period"]]
        alone = len(members) == 1 and {"low", "high"} <= set(part)
        whole = alone and _unbroken(part["value"])
        if whole:
            traces += _band(names, part, colour)
        traces.append(_line(result, name, part, names, colour, unit))
        if alone and not whole:  # a band would be drawn across the periods without a value
            traces[-1].update(error_y=_error(part))
    return laid_out(traces, percent="y" if unit == "share" else None, showlegend=len(members) > 1, y_title=_axis(unit),
                   from_zero=unit != "points", over=result)  # fmt: skip


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


def _line(result: Result, name: str, part: pd.DataFrame, names: list[str], colour: str, unit: str) -> go.Scatter:
    texts = [f"{_amount(row, unit)}, n = {int(row['n']):,}" for _, row in part.iterrows()]
    return go.Scatter(
        x=names, y=_numbers(part["value"]), name=mark(name), mode="lines+markers", text=texts, connectgaps=False,
        line={"color": colour, "width": 2},
        marker={"color": colour, "size": 9, "symbol": ["circle" if ok else "circle-open" for ok in _firm(part)]},
        customdata=[_where(result, name, value) for value in part["period"]],
        hovertemplate="%{x}<br>%{text}<extra>" + (mark(name) if name != "All" else "") + "</extra>",
    )  # fmt: skip


def _band(names: list[Any], part: pd.DataFrame, colour: str) -> list[go.Scatter]:
    edge = {"mode": "lines", "line": {"width": 0}, "hoverinfo": "skip", "showlegend": False, "x": names}
    return [
        go.Scatter(y=_numbers(part["low"]), **edge),
        go.Scatter(y=_numbers(part["high"]), fill="tonexty", fillcolor=_faint(colour), **edge),
    ]


def conversion(result: Result, horizon: int) -> go.Figure:
    """Share enrolled within ``horizon`` days by period of referral."""
    return trend(_only(result, result.frame["horizon"] == horizon))


def conversion_by(result: Result, horizon: int) -> go.Figure:
    """Share enrolled within ``horizon`` days by member of a cut, with intervals."""
    return ranking(_only(result, result.frame["horizon"] == horizon))


def top_box(result: Result) -> go.Figure:
    """Share of best answers per question, with intervals."""
    frame = result.frame.iloc[::-1]
    behind = [where(question=name) for name in frame["question"]]
    return _interval_dots(frame, _unique(frame["question"], lines=3), behind, "share")


def states(result: Result) -> go.Figure:
    """How many referrers are in each state."""
    found = result.frame["state"].value_counts()
    names = [name for name in STATE_COLOURS if name in found.index]
    bars = go.Bar(
        x=[int(found[name]) for name in names], y=[name.capitalize() for name in names], orientation="h",
        marker={"color": [STATE_COLOURS[name] for name in names]}, customdata=[where(state=name) for name in names],
        text=[f"{int(found[name]):,}" for name in names], textposition="outside", cliponaxis=False,
        hovertemplate="%{y}: %{x:,}<extra></extra>",
    )  # fmt: skip
    figure = laid_out([bars], height=_tall(len(names)), flip=True, x_title="Referrers")
    figure.layout.yaxis.autorange = "reversed"
    figure.layout.xaxis.range = [0, ROOM * int(found.max())]
    return figure


def silence(result: Result, shown: int = 15) -> go.Figure:
    """The head of the call list: days silent as a bar, the silence at which each counts as dormant as a line."""
    frame = result.frame.dropna(subset=["call_rank"]).sort_values("call_rank").head(shown).iloc[::-1]
    labels, unit = _unique(frame["category"]), result.by or "practice"
    bars = go.Bar(
        x=frame["days_silent"].tolist(), y=labels, orientation="h", name="Days since last referral",
        marker={"color": [STATE_COLOURS[state] for state in frame["state"]]}, text=frame["state"].tolist(),
        textposition="outside", cliponaxis=False, customdata=[where(**{unit: name}) for name in frame["category"]],
        hovertemplate="%{y}<br>%{x:,} days silent, %{text}<extra></extra>",
    )  # fmt: skip
    # White with a dark edge: it must be seen on every state's colour and on both backgrounds.
    limits = go.Scatter(
        x=frame["alarm_days"].round().tolist(), y=labels, mode="markers", name="Limit from its own rhythm",
        marker={"symbol": "diamond", "size": 10, "line": {"width": 2, "color": "#1c2430"}, "color": "#ffffff"},
        hovertemplate="%{y}<br>dormant after %{x:,} days<extra></extra>",
    )  # fmt: skip
    figure = laid_out(
        [bars, limits], height=_tall(len(labels)), showlegend=False, flip=True, x_title="Days without a referral"
    )
    if len(frame):
        figure.layout.xaxis.range = [0, ROOM * float(max(frame["days_silent"].max(), frame["alarm_days"].max()))]
    return figure


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
    return laid_out(
        traces, barmode="stack", height=_tall(len(labels)) + 40, showlegend=True, flip=True, x_title="Referrals"
    )


def exits(result: Result, shown: int = 12) -> go.Figure:
    """Why people left before enrolling, most frequent on top, with how they left."""
    frame = result.frame.head(shown).iloc[::-1]
    ways = [str(code).replace("_", " ") for code in frame["exit_code"]]
    bars = go.Bar(
        x=frame["n"].tolist(), y=_unique(f"{reason} ({way})" for reason, way in zip(frame["reason"], ways, strict=True)),
        orientation="h", marker={"color": PALETTE[1]}, text=[share(value) for value in frame["value"]], textposition="auto",
        customdata=[
            None if reason.startswith("Other (") else where(exit_code=code, reason=reason)
            for code, reason in zip(frame["exit_code"], frame["reason"].astype(str), strict=True)
        ],
        hovertemplate="%{y}<br>%{x:,}, %{text} of all who left<extra></extra>",
    )  # fmt: skip
    return laid_out([bars], height=_tall(len(frame)), flip=True, x_title="Referrals")


def course(result: Result) -> go.Figure:
    """Day by day since referral: the share enrolled, with its interval, and the shares that left each way."""
    traces: list[Any] = []
    for place, (outcome, part) in enumerate(result.frame.groupby("outcome", sort=False)):
        enrolled = outcome == "enrolled"
        colour = PALETTE[place] if place < len(PALETTE) else QUIET
        days, name = part["day"].tolist(), str(outcome).replace("_", " ").capitalize()
        if enrolled:
            traces += _band(days, part, colour)
        line = {
            "color": colour,
            "width": 3 if enrolled else 1.5,
            "dash": "solid" if enrolled else DASHES[place % len(DASHES)],
        }
        texts = [_amount(row, "share") for _, row in part.iterrows()]
        traces.append(go.Scatter(x=days, y=_numbers(part["value"]), name=name, mode="lines", line=line, text=texts,
                                 hovertemplate=f"day %{{x}}<br>%{{text}}<extra>{name}</extra>"))  # fmt: skip
    figure = laid_out(traces, percent="y", showlegend=True, x_title="Days since referral", y_title="Share of referrals")
    figure.layout.xaxis.type = "linear"
    return figure


def sentence(result: Result) -> str:
    """What a chart shows, for those who cannot see it."""
    frame, metric = result.frame, result.metric
    start = f"{metric.label}: {counted(result.n, 'record')} up to {day(result.as_of)}."
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


def laid_out(traces: list[Any], *, height: int = HEIGHT, percent: str | None = None, x_title: str | None = None,
            y_title: str | None = None, flip: bool = False, from_zero: bool = True, over: Result | None = None,
            **layout: Any) -> go.Figure:  # fmt: skip
    """``traces`` in the one layout all charts have: ``percent`` names the axis that counts shares, ``flip`` makes bars
    lie, ``over`` labels the periods of a result, anything else goes into plotly's layout."""
    x: dict[str, Any] = {"fixedrange": True, "automargin": True, **({"title": {"text": x_title}} if x_title else {})}
    y: dict[str, Any] = {"fixedrange": True, "automargin": True, **({"title": {"text": y_title}} if y_title else {})}
    x |= (
        {"showgrid": True, "rangemode": "tozero", "nticks": 5, "tickangle": 0, "separatethousands": True}
        if flip
        else {"type": "category", "showgrid": False}
    )
    y |= {"showgrid": False, "type": "category"} if flip else {"rangemode": "tozero" if from_zero else "normal"}
    x |= _ticks(over) if over else {}
    for axis, name in ((x, "x"), (y, "y")):
        if percent == name:
            axis["tickformat"] = ".0%"
    base = {
        "template": TEMPLATE, "height": height, "dragmode": False, "hovermode": "closest", "margin": {"l": 8, "r": 12, "t": 12, "b": 8},
        "showlegend": False, "xaxis": x, "yaxis": y, "hoverlabel": {"namelength": -1},
        "legend": {"orientation": "h", "yref": "container", "y": 0, "yanchor": "bottom", "x": 0, "traceorder": "normal"},
    }  # fmt: skip
    return go.Figure(data=traces, layout=base | layout)


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


def _members(frame: pd.DataFrame) -> list[tuple[str, pd.DataFrame]]:
    """The first members of a cut, and everything else as one."""
    groups = list(_groups(frame))
    if len(groups) <= MEMBERS_SHOWN:
        return groups
    kept = [group for group in groups if not group[0].startswith("Other (")][: MEMBERS_SHOWN - 1]
    names = {name for name, _ in kept}
    rest = (
        frame[~frame["category"].isin(names)]
        .groupby("period", as_index=False)
        .agg(n=("n", "sum"), complete=("complete", "min"))
    )
    return [*kept, (REST, rest)]


def _groups(frame: pd.DataFrame) -> Iterable[tuple[str, pd.DataFrame]]:
    return ((str(name), part) for name, part in frame.groupby("category", sort=False))


def _where(result: Result, name: str, period: Any = None) -> str:
    dated = None if period is None or pd.isna(period) else pd.Timestamp(period).date()
    parts: dict[str, Any] = {"period": dated, "grain": result.grain if dated else None}
    return where(**parts | ({result.by: name} if result.by else {}))


def _only(result: Result, rows: Any) -> Result:
    from dataclasses import replace

    return replace(result, frame=result.frame[rows])


def _firm(frame: pd.DataFrame) -> list[bool]:
    firm = frame["complete"] if "complete" in frame else pd.Series(True, index=frame.index)
    return [bool(value) for value in frame.get("mature", firm)]


def hatched(complete: pd.Series) -> dict[str, Any]:
    """The pattern of bars: hatched where the period is not over yet."""
    return {"shape": ["" if whole else "/" for whole in complete], "solidity": 0.45, "size": 6, "fgopacity": 0.9}


def _amount(row: pd.Series, unit: str) -> str:
    if pd.isna(row["value"]):
        return "not known yet"
    number = share(row["value"]) if unit == "share" else f"{row['value']:,.1f}"
    if "low" not in row or pd.isna(row["low"]):
        return number
    ends = [share(row[end]) if unit == "share" else f"{row[end]:,.0f}" for end in ("low", "high")]
    return f"{number} (95% interval {ends[0]} to {ends[1]})"


def _axis(unit: str) -> str:
    return unit.capitalize()


def _numbers(values: pd.Series) -> list[float | None]:
    return [None if pd.isna(value) else float(value) for value in values]


def _unique(names: Iterable[Any], lines: int = LINES) -> list[str]:
    """Labels for a category axis, where two equal ones would become one bar; long ones over several ``lines``."""
    seen: dict[str, int] = {}
    labels = []
    for name in names:
        text = " ".join(str(name).split())
        broken = textwrap.wrap(text, WIDE, max_lines=lines, placeholder=" …")
        label = "<br>".join(mark(line, WIDE) for line in broken)
        seen[label] = seen.get(label, 0) + 1
        labels.append(label if seen[label] == 1 else f"{label} ({seen[label]})")
    return labels


def _tall(rows: int) -> int:
    return max(160, 70 + 33 * rows)


def _faint(colour: str) -> str:
    red, green, blue = (int(colour[place : place + 2], 16) for place in (1, 3, 5))
    return f"rgba({red},{green},{blue},0.18)"
