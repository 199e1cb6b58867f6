"""How referrals come, and how each way works (M16).

Frame, one row per channel and period: ``category`` (the channel), ``category_id``, ``period``, ``complete``, ``n``
(referrals), ``all`` (of every channel in the period), ``value`` (share of all), ``low``, ``high`` (Wilson),
``scheduled_7`` (cumulative incidence of scheduling within 7 days), ``scheduled_low``, ``scheduled_high``,
``missing_info`` (referrals for which information had to be asked), ``missing_share``.
"""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from pipelines.metrics.declare import GRAINS, Answer, Metric
from pipelines.metrics.engine import Ask
from pipelines.metrics.shares import promise, shares, with_interval
from pipelines.statistics import proportions

_CELL = ["category", "period"]


def answer(ask: Ask) -> Answer:
    """Each channel's share, speed and missing information."""
    cut = replace(ask, by="channel")
    counted = shares(cut, "info_requested").rename(columns={"hits": "missing_info"})
    counted["missing_share"] = proportions.share(counted["missing_info"], counted["n"])
    counted["all"] = counted.groupby("period", dropna=False)["n"].transform("sum")
    speed = cut.marked(
        promise(cut, "date_diff('day', received_on, scheduled_on)", "$cut_day::date - received_on", (7,), left="exit_day")
    )  # fmt: skip
    speed = speed.rename(columns={"value": "scheduled_7", "low": "scheduled_low", "high": "scheduled_high"})
    whole: pd.DataFrame = counted.drop(columns=["value", "low", "high"]).merge(
        speed[[*_CELL, "scheduled_7", "scheduled_low", "scheduled_high"]], on=_CELL, how="left"
    )
    return Answer(with_interval(whole, "n", "all"), (), int(whole["n"].sum()))


METRIC = Metric(
    name="channel_friction",
    label="Ways of referring",
    question="How do referrals reach us, and which way works best?",
    description="Share of referrals by channel, how soon those of each channel are scheduled, and how often information was missing.",
    numerator="referrals by the channel; scheduled within 7 days; information asked for",
    denominator="referrals received in the period",
    unit="share",
    window="by the day received; scheduling is censored at the as-of day and competes with leaving",
    edge_cases=(
        "A fax read by a machine is a fax; an unknown channel is a category of its own.",
        "Channels are chosen by who refers: a slower one is not slower for being that channel alone.",
    ),
    source="Wilson interval (1927); Aalen & Johansen 1978.",
    dimensions=("channel",),
    grains=GRAINS,
    answer=answer,
    columns={
        "all": "referrals of every channel in the period",
        "scheduled_7": "share scheduled within 7 days",
        "scheduled_low": "lower end of its interval",
        "scheduled_high": "upper end of its interval",
        "missing_info": "information had to be asked for",
        "missing_share": "share of them",
    },
    relation="closed_loop",
)
