"""The charts of the promises page: pure functions from a result to a figure, on the tools of ``charts``."""

from __future__ import annotations

from dataclasses import replace

import plotly.graph_objects as go

from dashboard import charts
from dashboard.session import Question
from dashboard.words import mark
from pipelines.metrics import Result

# Asked whichever promises are chosen, and then by what is chosen, in the order of the cards: metric, cut, whether by the
# grain chosen on the page.
_Asked = tuple[tuple[str, str | None, bool], ...]
ALWAYS_ASKED: _Asked = (("slipped_patients", None, False),)
ASKED: dict[str, _Asked] = {
    "until the appointment": (
        ("acknowledgement", None, True), ("set_notice", None, True), ("urgent_scheduling", None, True), ("channel_friction", "channel", False),
    ),
    "afterwards": (
        ("outcome_notice", None, True), ("loop_closed", None, True), ("ever_slipped", None, True), ("welcome", None, True),
        ("progress_sharing", None, False), ("specialist_reports", None, False),
    ),
}  # fmt: skip
OUTCOME_WORDS = {
    "kept": "Kept", "no_show": "No-show", "cancelled_late": "Cancelled late", "cancelled": "Cancelled earlier",
    "left_unseen": "Left unseen",
}  # fmt: skip
OUTCOME_COLOURS = (charts.GOOD, charts.BAD, charts.CAREFUL, charts.QUIET, charts.PALETTE[3])


def questions(step: str, grain: str) -> tuple[Question, ...]:
    """What the page asks where the promises of ``step`` are chosen (a key of ``ASKED``) and its charts are by ``grain``, in the
    order of its cards."""
    return tuple((metric, by, grain if timed else None) for metric, by, timed in (*ALWAYS_ASKED, *ASKED[step]))


def kept_within(result: Result, horizon: int, measure: str | None = None) -> go.Figure:
    """Share of a promise kept within ``horizon`` days over time, with its interval."""
    frame = result.frame[result.frame["horizon"] == horizon]
    if measure is not None:
        frame = frame[frame["measure"] == measure]
    more = {"measure": measure} if "measure" in result.metric.picks else {}  # its rows are not those of every measure
    return charts.trend(replace(result, frame=frame.reset_index(drop=True)), **more)


def rules(result: Result) -> go.Figure:
    """How many open referrals meet each rule by which a patient slips, most on top; the whole first."""
    hits = result.frame[result.frame["hits"] > 0].groupby("rule", sort=False)["hits"].sum()
    found = hits[::-1].sort_values(
        kind="stable"
    )  # the whole, which the answer tells first, stays above a rule that all meet
    texts = [f"{mark(rule)}<br>{count:,} open referrals" for rule, count in found.items()]
    bars = go.Bar(
        x=found.tolist(), y=charts.labels_of(str(rule).capitalize() for rule in found.index), orientation="h", text=[f"{count:,}" for count in found],
        textposition="auto", textangle=0, hovertext=texts, hovertemplate="%{hovertext}<extra></extra>",
        customdata=[charts.where(rule=rule) for rule in found.index],
        marker={"color": [charts.QUIET if rule == "any rule" else charts.PALETTE[1] for rule in found.index]},
    )  # fmt: skip
    return charts.laid_out([bars], height=max(200, 90 + 34 * len(found)), x_title="Open referrals", flip=True)


def outcomes(result: Result) -> go.Figure:
    """What became of appointments, as shares of those that ended, per period."""
    traces = []
    for place, (outcome, words) in enumerate(OUTCOME_WORDS.items()):
        part = result.frame[result.frame["outcome"] == outcome]
        texts = [
            f"{value:.0%} ({hits:,} of {n:,})"
            for value, hits, n in zip(part["value"], part["hits"], part["n"], strict=True)
        ]
        traces.append(go.Bar(
            x=[charts.period_name(value, result.grain) for value in part["period"]], y=part["value"].tolist(), name=words, text=texts,
            textposition="none", marker={"color": OUTCOME_COLOURS[place], "pattern": charts.hatched(part["complete"])},
            customdata=[charts.where(outcome=outcome, period=value.date(), grain=result.grain) for value in part["period"]],
            hovertemplate="%{x}<br>%{text}<extra>" + words + "</extra>",
        ))  # fmt: skip
    return charts.laid_out(
        traces, barmode="stack", percent="y", showlegend=True, y_title="Share of appointments", over=result
    )
