"""The charts of the data-quality page: pure functions from frames of ``pipelines.quality`` to figures."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from dashboard import charts
from dashboard.words import counted, day, mark, share
from pipelines.quality import OVERDUE, Quality

OUTCOMES = {
    "rows_loaded": ("Loaded", charts.PALETTE[0]), "rows_duplicate": ("Duplicate", charts.QUIET),
    "rows_rejected": ("Rejected", charts.BAD),
}  # fmt: skip
COLUMNS_SHOWN, DAYS_SHOWN, MARGIN_DAYS = 15, 400, 5


def feed_names(frame: pd.DataFrame) -> pd.Series:
    """A name for the feed of each row: the kind of export, with its system where that kind has several."""
    several = frame.groupby("source")["system"].transform("nunique") > 1
    return frame["title"].where(~several, frame["title"] + " · " + frame["system"]).astype(object)


def arrivals(found: Quality) -> go.Figure:
    """The days on which each feed's files came, and where an expected one has not; the overdue feeds on top."""
    feeds = found.feeds.assign(name=feed_names(found.feeds), late=found.feeds["state"] == OVERDUE)
    feeds = feeds.sort_values(["late", "name"], ascending=[True, False])
    feeds = feeds.assign(label=charts.labels_of(feeds["name"]))
    came = found.arrivals.merge(feeds[["source", "system", "name", "label"]], on=["source", "system"])
    texts = [f"{mark(row['name'])}<br>{day(row['arrived_on'].date())}, {counted(row['files'], 'file')}" for row in came.to_dict("records")]  # fmt: skip
    traces = [go.Scatter(
        x=_iso(came["arrived_on"]), y=came["label"].tolist(), mode="markers", name="A file came", text=texts,
        marker={"color": charts.PALETTE[0], "size": 9}, hovertemplate="%{text}<extra></extra>",
    )]  # fmt: skip
    late = feeds[feeds["late"]]
    if len(late):
        traces.append(go.Scatter(
            x=_iso(late["expected_on"]), y=late["label"].tolist(), mode="markers", name="Expected, not come",
            marker={"color": charts.BAD, "size": 12, "symbol": "x-thin", "line": {"width": 3, "color": charts.BAD}},
            hovertemplate="%{y}<br>expected %{x|%-d %b %Y}<extra></extra>",
        ))  # fmt: skip
    figure = charts.laid_out(traces, height=max(170, 110 + 30 * len(feeds)), flip=True, showlegend=len(late) > 0)
    first = max(came["arrived_on"].min().date(), found.as_of - dt.timedelta(days=DAYS_SHOWN))
    margin = dt.timedelta(days=MARGIN_DAYS)
    figure.update_xaxes(type="date", rangemode="normal", range=[str(first - margin), str(found.as_of + margin)], tickformat="%-d %b<br>%Y", nticks=3)  # fmt: skip
    figure.update_yaxes(categoryorder="array", categoryarray=feeds["label"].tolist())
    return figure


def rows(months: pd.DataFrame) -> go.Figure:
    """What became of the rows that came in, by month of arrival; months without a file are gaps."""
    summed = months.groupby("month")[list(OUTCOMES)].sum()
    every = summed.reindex(pd.date_range(summed.index.min(), summed.index.max(), freq="MS"), fill_value=0)
    names = [charts.period_name(month, "month") for month in every.index]
    traces: list[Any] = [
        go.Bar(x=names, y=every[column].tolist(), name=words, marker={"color": colour, "line": {"width": 0}},
               hovertemplate=f"%{{x}}<br>%{{y:,}} rows<extra>{words}</extra>")
        for column, (words, colour) in OUTCOMES.items()
    ]  # fmt: skip
    figure = charts.laid_out(traces, barmode="stack", showlegend=True, y_title="Rows", bargap=0.15)
    step = -(-len(names) // charts.TICKS)
    shown = list(range(len(names) - 1, -1, -step))[::-1]  # counted from the newest month, which has its name
    months_shown = [every.index[place] for place in shown]
    years = [place == 0 or month.year != months_shown[place - 1].year for place, month in enumerate(months_shown)]
    figure.update_xaxes(
        tickvals=[names[place] for place in shown], tickangle=0,
        ticktext=[f"{month:%b}<br>{month:%Y}" if year else f"{month:%b}" for month, year in zip(months_shown, years, strict=True)],
    )  # fmt: skip
    return figure


def missing(frame: pd.DataFrame) -> go.Figure:
    """Share of rows that leave a column blank in the newest month, worst on top, and in the months before it."""
    newest = frame["month"].max()
    now, before = (by_column(frame[frame["month"] == newest]), by_column(frame[frame["month"] < newest]))
    now = now.sort_values(["share", "column"], ascending=[False, True]).head(COLUMNS_SHOWN).iloc[::-1]
    name = charts.period_name(newest, "month")
    labels = [mark(column, charts.WIDE) for column in now["column"]]
    texts = [
        f"{mark(row['column'])}<br>{share(row['share'])}: {row['blank']:,} of {counted(row['rows'], 'row')}"
        for row in now.to_dict("records")
    ]
    traces: list[Any] = [
        go.Bar(x=now["share"].tolist(), y=labels, orientation="h", name=name, text=texts, textposition="none",
               marker={"color": charts.PALETTE[0]}, hovertemplate="%{text}<extra></extra>")
    ]  # fmt: skip
    earlier = before.set_index("column")["share"].reindex(now["column"]).dropna()
    if len(earlier):
        traces.append(go.Scatter(
            x=earlier.tolist(), y=[mark(column, charts.WIDE) for column in earlier.index], mode="markers", name="Months before",
            marker={"color": charts.BAD, "size": 10, "symbol": "diamond-open", "line": {"width": 2}},
            hovertemplate="%{y}<br>%{x:.1%} in the months before<extra></extra>",
        ))  # fmt: skip
    figure = charts.laid_out(traces, height=max(190, 110 + 28 * len(now)), percent="x", flip=True,
                             showlegend=len(earlier) > 0, x_title=f"Rows left blank, {name}")  # fmt: skip
    figure.update_xaxes(range=[-0.03, 1.03])
    return figure


def by_column(frame: pd.DataFrame) -> pd.DataFrame:
    """Blank cells per column over all months of ``frame``."""
    summed = frame.groupby("column", as_index=False)[["blank", "rows"]].sum()
    return summed.assign(share=summed["blank"] / summed["rows"].clip(lower=1))


def _iso(days: pd.Series) -> list[str]:
    return [f"{value:%Y-%m-%d}" for value in days]
