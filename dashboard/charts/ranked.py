"""Members of a cut, questions and reasons, one bar or dot each."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go

from dashboard.charts.style import (
    PALETTE,
    QUIET,
    amount,
    axis_title,
    error_bars,
    firm,
    labels_of,
    laid_out,
    member,
    numbers,
    spelled,
    tall,
    where,
    whole_steps,
)
from dashboard.words import headed, share
from pipelines.metrics import Result

CHANCE = 2  # standard errors: what one word reaches by chance once in forty


def ranking(result: Result) -> go.Figure:
    """Members of a cut by size, largest on top: counts, or figures with their intervals where the metric has one. Shares and
    scores stand in the order of n, too: in the order of the figure, those with few would always be the best and the worst.
    Of counts the rest is not drawn (see ``rest``): its bar would make all others slivers."""
    frame = result.frame if "value" in result.frame else result.frame[~is_rest(result.frame)]
    frame = frame.iloc[::-1]
    labels = labels_of(map(headed, frame["category"]))
    behind = [member(result, name) for name in frame["category"]]
    if "value" not in frame:
        bars = go.Bar(x=frame["n"].tolist(), y=labels, orientation="h", marker={"color": PALETTE[0]}, customdata=behind,
                      hovertext=[spelled(headed(name)) for name in frame["category"]], hovertemplate="%{hovertext}<br>%{x:,}<extra></extra>")  # fmt: skip
        figure = laid_out([bars], height=tall(len(labels)), x_title=result.metric.unit.capitalize(), flip=True)
        whole_steps(figure.layout.xaxis, frame["n"].max())
        return figure
    return interval_dots(frame, labels, behind, result.metric.unit)


def longest(result: Result, shown: int = 20) -> go.Figure:
    """Members of a cut by their figure, the largest on top: waits, of which the longest ask for something to be done."""
    frame = (
        result.frame[~is_rest(result.frame)].sort_values("value", ascending=False, kind="stable").head(shown).iloc[::-1]
    )
    behind = [member(result, name) for name in frame["category"]]
    return interval_dots(frame, labels_of(map(headed, frame["category"])), behind, result.metric.unit)


def rest(result: Result) -> str:
    """What ``ranking`` leaves out, in words; empty if nothing."""
    left = result.frame[is_rest(result.frame)]
    if left.empty or "value" in left:
        return ""
    n, whole = int(left["n"].sum()), int(result.frame["n"].sum())
    return f"Not drawn: {left['category'].iloc[0].lower()}, {n:,} {result.metric.unit} ({share(n / max(whole, 1))})"


def is_rest(frame: pd.DataFrame) -> pd.Series:
    """Of each row, whether it stands for the members that have no row of their own."""
    return frame["category"].str.startswith("Other (")


def interval_dots(frame: pd.DataFrame, labels: list[str], behind: list[str], unit: str) -> go.Figure:
    """A dot with its interval for each row; hollow where the figure may still move."""
    column = "question" if "question" in frame and frame["category"].nunique() == 1 else "category"
    texts = [f"{spelled(row[column])}<br>{amount(row, unit)}, n = {int(row['n']):,}" for _, row in frame.iterrows()]
    dots = go.Scatter(
        x=frame["value"].tolist(), y=labels, mode="markers", customdata=behind, text=texts,
        marker={"color": PALETTE[0], "size": 10, "symbol": ["circle" if ok else "circle-open" for ok in firm(frame)]},
        error_x=error_bars(frame), cliponaxis=False,
        hovertemplate="%{text}<extra></extra>",
    )  # fmt: skip
    figure = laid_out(
        [dots], height=tall(len(labels)) + (30 * len(labels) if column == "question" else 0),
        percent="x" if unit == "share" else None, x_title=axis_title(unit), flip=True,
    )  # fmt: skip
    figure.layout.yaxis.range = [-0.6, len(labels) - 0.4]  # labels of several lines stay off the axis
    return figure


def top_box(result: Result) -> go.Figure:
    """Share of best answers per question, with intervals."""
    frame = result.frame.iloc[::-1]
    behind = [where(question=name) for name in frame["question"]]
    return interval_dots(frame, labels_of(frame["question"], lines=3), behind, "share")


def exits(result: Result, shown: int = 12) -> go.Figure:
    """Why people left before enrolling, most frequent on top, with how they left."""
    frame = result.frame.head(shown).iloc[::-1]
    ways = [str(code).replace("_", " ") for code in frame["exit_code"]]
    bars = go.Bar(
        x=frame["n"].tolist(), y=labels_of(f"{headed(reason)} ({way})" for reason, way in zip(frame["reason"], ways, strict=True)),
        orientation="h", marker={"color": PALETTE[1]}, text=[share(value) for value in frame["value"]], textposition="auto", textangle=0,
        customdata=[
            None if reason.startswith("Other (") else where(exit_code=code, reason=reason)
            for code, reason in zip(frame["exit_code"], frame["reason"].astype(str), strict=True)
        ],
        hovertemplate="%{y}<br>%{x:,}, %{text} of all who left<extra></extra>",
    )  # fmt: skip
    figure = laid_out([bars], height=tall(len(frame)), flip=True, x_title="Referrals")
    whole_steps(figure.layout.xaxis, frame["n"].max())
    return figure


def measures(result: Result) -> go.Figure:
    """The measures of a metric, a share with its interval each."""
    frame = result.frame.iloc[::-1]
    texts = [f"{amount(row, 'share')}, {int(row['hits']):,} of {int(row['n']):,}" for _, row in frame.iterrows()]
    dots = go.Scatter(
        x=numbers(frame["value"]), y=labels_of(map(headed, frame["measure"])), mode="markers",
        marker={"color": PALETTE[0], "size": 11}, error_x=error_bars(frame), cliponaxis=False, text=texts, hovertemplate="%{y}<br>%{text}<extra></extra>",
    )  # fmt: skip
    figure = laid_out([dots], height=210, percent="x", x_title="Share", flip=True)
    figure.layout.xaxis.range = [0, 1.02]
    return figure


def words(result: Result, shown: int = 20) -> go.Figure:
    """Words that comments use more than before, the most emerging on top: those beyond what chance makes of one word, for
    a bar of any other is no news."""
    frame = result.frame[result.frame["value"] > CHANCE].head(shown).iloc[::-1]
    texts = [f"in {row.n:,} comments, {row.before:,} before" for row in frame.itertuples()]
    bars = go.Bar(
        x=frame["value"].tolist(), y=labels_of(frame["category"]), orientation="h", text=texts, textposition="none",
        marker={"color": PALETTE[0]}, hovertemplate="%{y}<br>%{text}<extra></extra>",
    )  # fmt: skip
    figure = laid_out([bars], height=tall(len(frame)), x_title="Above before, in standard errors", flip=True)
    figure.add_vline(x=CHANCE, line={"color": QUIET, "dash": "dot", "width": 1.5})
    return figure
