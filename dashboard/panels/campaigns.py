"""The charts and tables of the campaigns and calls page: pure functions from a result to a figure, and one table."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from dashboard import charts, show
from pipelines.metrics import Result


def cost(result: Result, rule: str) -> go.Figure:
    """What a participant cost by campaign and rule, dearest on top, with the bootstrap interval; of campaigns with too few
    participants, only how many there are."""
    frame = result.frame[result.frame["rule"] == rule]
    frame = frame[(frame["n"] > 0) | (frame["spend"] > 0)].sort_values("value", na_position="first")
    others = frame["category"].str.startswith("Other (")
    frame = pd.concat([frame[others], frame[~others]])  # many together are no campaign: below all
    known = frame["value"].notna().tolist()
    texts = [_cost_text(row) for row in frame.to_dict("records")]
    bars = go.Bar(
        x=frame["value"].fillna(0).tolist(), y=charts.labels_of(frame["category"]), orientation="h",
        text=["" if ok else f"{count:,} randomised" for ok, count in zip(known, frame["randomised"], strict=True)], textposition="outside", cliponaxis=False,
        hovertext=texts, hovertemplate="%{y}<br>%{hovertext}<extra></extra>", marker={"color": charts.PALETTE[0]}, error_x=charts.error_bars(frame),
        customdata=[charts.member(result, str(name)) for name in frame["category"]],
    )  # fmt: skip
    figure = charts.laid_out(
        [bars], height=charts.tall(len(frame)), x_title=f"Spent per participant{currency(result)}", flip=True
    )
    figure.layout.xaxis.visible = any(known)  # without a cost there is nothing to read off, nor a line to read it by
    return figure


def _cost_text(row: dict[Any, Any]) -> str:
    unit = f" {row['currency']}" if isinstance(row["currency"], str) else ""
    came = f"{row['randomised']:,} randomised of {row['n']:,} leads, {money(row['spend'])}{unit} spent"
    if math.isnan(row["value"]):
        return f"{came}: too few for a cost"
    return f"{money(row['value'])}{unit} each (95% interval {money(row['low'])} to {money(row['high'])})<br>{came}"


def currency(result: Result) -> str:
    """The currency of all amounts of a result, as it stands behind a word; each campaign's own where they differ."""
    spent = result.frame.loc[result.frame["spend"] > 0, "currency"]
    known = sorted(set(spent.dropna()))
    if len(known) != 1:
        return ", each in its own currency" if known else ""
    return f", {known[0]} where the file says" if spent.isna().any() else f", {known[0]}"


def money(value: float) -> str:
    """An amount, without its currency."""
    return "not known" if math.isnan(value) else "without end" if math.isinf(value) else f"{value:,.0f}"


def by_campaign(result: Result) -> None:
    """Every campaign by each rule, and the baseline without any."""
    number, text = st.column_config.NumberColumn, st.column_config.TextColumn
    show.listing("Campaigns by every rule", result, key="campaigns", alt="Campaigns with leads, participants, spend and costs by each rule",
        lead="No rule is the truth. The last row is who came to studies without any campaign.", columns={
            "category": text("Campaign"), "rule": text("Rule"), "n": number("Leads", format="%,d"), "qualified": number("Qualified", format="%,d"),
            "randomised": number("Randomised", format="%,d"), "spend": number("Spent", format="%,.0f"), "currency": text("Currency"), "value": number("Per randomised", format="%,.0f"),
            "low": number("At least", format="%,.0f"), "high": number("At most", format="%,.0f"), "cost_per_qualified": number("Per qualified lead", format="%,.0f"),
            "new_practices": number("New practices", format="%,d"), "cost_per_new_practice": number("Per new practice", format="%,.0f"),
        })  # fmt: skip


def hours(result: Result) -> go.Figure:
    """Calls a day in each hour of the day, with the share that gave up in the hover and as the darker part."""
    frame = result.frame.sort_values("hour")
    lost = (frame["value"] * frame["abandoned_share"]).fillna(0)
    kept = frame["value"] - lost
    others = "Not known to have given up" if frame["abandoned_share"].isna().any() else "Answered or voicemail"
    names = [f"{hour}" for hour in frame["hour"]]
    texts = [
        f"{row.value:.1f} calls a day (95% interval {row.low:.1f} to {row.high:.1f}), {_lost(share)}, n = {row.n:,}"
        for row, share in zip(frame.itertuples(), frame["abandoned_share"].to_numpy(float), strict=True)
    ]
    behind = [charts.where(hour=hour) for hour in frame["hour"]]
    traces = [
        go.Bar(x=names, y=charts.numbers(part), name=name, marker={"color": colour, "pattern": {"shape": shape, "solidity": 0.45, "size": 6}}, text=texts, textposition="none",
               customdata=behind, hovertemplate="%{x}:00<br>%{text}<extra>" + name + "</extra>")
        for part, name, colour, shape in ((kept, others, charts.PALETTE[0], ""), (lost, "Gave up", charts.BAD, "/"))
    ]  # fmt: skip
    return charts.laid_out(traces, barmode="stack", showlegend=True, y_title="Calls a day", x_title="Hour of the day")


def _lost(share: float) -> str:
    return "who gave up is not known" if math.isnan(share) else f"{share:.0%} gave up"


def gave_up(result: Result) -> go.Figure:
    """Share of calls in which the caller gave up, over time."""
    frame = result.frame.assign(
        value=result.frame["abandoned_share"], low=result.frame["abandoned_low"], high=result.frame["abandoned_high"]
    )
    return charts.trend(replace(result, frame=frame))
