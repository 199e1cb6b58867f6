"""States of relationships and the call list."""

from __future__ import annotations

import plotly.graph_objects as go

from dashboard.charts.style import ROOM, STATE_COLOURS, labels_of, laid_out, tall, where
from pipelines.metrics import Result

BEYOND = "\u2002\u2002"  # sets a word apart from the mark of 10 points at whose middle it begins


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
    figure = laid_out([bars], height=tall(len(names)), flip=True, x_title="Referrers")
    figure.layout.yaxis.autorange = "reversed"
    figure.layout.xaxis.range = [0, ROOM * int(found.max())]
    return figure


def silence(result: Result, shown: int = 15) -> go.Figure:
    """The head of the call list: days silent as a bar, the silence at which each counts as dormant as a line."""
    frame = result.frame.dropna(subset=["call_rank"]).sort_values("call_rank").head(shown).iloc[::-1]
    labels, unit = labels_of(frame["category"]), result.by or "practice"
    bars = go.Bar(
        x=frame["days_silent"].tolist(), y=labels, orientation="h", name="Days since last referral",
        marker={"color": [STATE_COLOURS[state] for state in frame["state"]]}, text=frame["state"].tolist(),
        textposition="none", customdata=[where(**{unit: name}) for name in frame["category"]],
        hovertemplate="%{y}<br>%{x:,} days silent, %{text}<extra></extra>",
    )  # fmt: skip
    # White with a dark edge: it must be seen on every state's colour and on both backgrounds.
    limits = go.Scatter(
        x=frame["alarm_days"].round().tolist(), y=labels, mode="markers", name="Limit from its own rhythm",
        marker={"symbol": "diamond", "size": 10, "line": {"width": 2, "color": "#1c2430"}, "color": "#ffffff"},
        hovertemplate="%{y}<br>dormant after %{x:,} days<extra></extra>",
    )  # fmt: skip
    # Beyond whichever reaches further: right of the bar alone, a limit just passed or not yet reached would cover it.
    ends = frame[["days_silent", "alarm_days"]].max(axis=1)
    said = go.Scatter(
        x=ends.tolist(), y=labels, mode="text", text=[f"{BEYOND}{state}" for state in frame["state"]], hoverinfo="skip",
        textposition="middle right", cliponaxis=False,
    )  # fmt: skip
    figure = laid_out(
        [bars, limits, said], height=tall(len(labels)), showlegend=False, flip=True, x_title="Days without a referral"
    )
    if len(frame):
        figure.layout.xaxis.range = [0, ROOM * float(ends.max())]
    return figure
