"""Referrals after visits, against practices that fell as much and were not visited (M28).

Frame, one row per month about the visit: ``category`` ("All"), ``category_id`` (empty), ``month`` (0 the visit's),
``n`` (visited practices with matched controls), ``value`` (referrals a month, visited less matched, relative to the
months before), ``low``, ``high``; and on every row ``effect``, ``effect_low``, ``effect_high`` (mean of the months
after), ``relative`` (against what was to be expected), ``placebo``, ``placebo_low``, ``placebo_high`` (the same before
anything happened), ``before_after`` and ``unmatched`` (what the usual comparisons would claim), ``candidates`` (visited
after a fall), ``controls``.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pandas as pd

from pipelines.metrics.declare import Answer, Metric
from pipelines.metrics.engine import Ask
from pipelines.metrics.shares import unseen
from pipelines.statistics import outreach
from pipelines.statistics.gate import TooLittle, require

SETTINGS = {
    "fewest_visited": outreach.FEWEST,
    "fewest_touched": 30,
    "baseline_months": 6,
    "dip_months": 3,
    "post_months": 3,
    "fall_to": 0.6,
}
_COUNTS = """select practice_id as unit_id, received_on - (day(received_on)::integer - 1) as month, {count} as n
from seen where {population} and practice_id is not null group by all"""
_VISITS = """select practice_id as unit_id, min(occurred_on) as visited_on from outreach
where occurred_on <= $cut_day::date and channel = 'visit' and coalesce(outcome, '') <> 'not_reached' and practice_id is not null and $scope_studies::bigint[] is null
  and ($scope_sites::bigint[] is null or list_contains($scope_sites::bigint[], site_id))
group by all"""
_COLUMNS = (
    "category", "category_id", "month", "n", "value", "low", "high", "effect", "effect_low", "effect_high", "relative",
    "placebo", "placebo_low", "placebo_high", "before_after", "unmatched", "candidates", "controls",
)  # fmt: skip


def answer(ask: Ask) -> Answer:
    """The matched comparison over all first visits, or why there is none."""
    counts, visits = ask.frame(_COUNTS), ask.frame(_VISITS)
    said = ["Associated with, not caused by: nobody was visited by lot.", *unseen(ask)]
    fewest = SETTINGS["fewest_touched"]
    try:
        require(
            len(visits) >= fewest,
            f"An effect of visits needs {fewest:g} visited practices; there are {len(visits)}. No figure is shown.",
        )
        lift = outreach.matched_lift(*_panel(counts, visits, ask.last))
    except TooLittle as refused:
        empty = pd.DataFrame({name: [] for name in _COLUMNS}).astype({"category_id": "Int64", "n": "int64"})
        return Answer(empty, (*said, str(refused)), int(counts["n"].sum()))
    if np.isnan(lift.placebo[0]):
        said.append(
            f"No placebo can be told: below {SETTINGS['fewest_visited']:g} visited and matched practices have a history that reaches back "
            "before the months matched on. Nothing shows whether they differed before."
        )
    elif not lift.placebo[1] <= 0 <= lift.placebo[2]:
        said.append(
            "The placebo is not about nothing: visited and matched already differed before. Do not rely on this."
        )
    said.append(f"{lift.crossed:.0%} of the practices compared with were visited later, so the figure is cautious.")
    return Answer(_frame(lift), tuple(said), int(counts["n"].sum()))


def _panel(counts: pd.DataFrame, visits: pd.DataFrame, last: dt.date) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(counts by practice and whole month, month of first visit, month of first referral)."""
    month = _months(counts["month"])
    end = int(_months([last + dt.timedelta(days=1)])[0]) - 1  # the last month that is over
    if counts.empty or month.min() > end:
        return np.zeros((0, 1)), np.zeros(0), np.zeros(0)
    begin, units = int(month.min()), pd.Index(np.unique(counts["unit_id"]))
    size, at = end - begin + 1, month - begin
    whole = at < size
    table = np.zeros((len(units), size))
    np.add.at(
        table, (units.get_indexer(pd.Index(counts["unit_id"]))[whole], at[whole]), counts["n"].to_numpy(float)[whole]
    )
    first = np.full(len(units), np.inf)
    place = units.get_indexer(pd.Index(visits["unit_id"]))
    first[place[place >= 0]] = (_months(visits["visited_on"]) - begin)[place >= 0]
    since = np.full(len(units), np.inf)
    np.minimum.at(since, units.get_indexer(pd.Index(counts["unit_id"])), at.astype(float))
    return table, first, since


def _months(days: Any) -> np.ndarray:
    """Months since 1970."""
    return np.asarray(days, "datetime64[M]").astype("int64")


def _frame(lift: outreach.Lift) -> pd.DataFrame:
    value, low, high = lift.path.T
    return pd.DataFrame({
        "category": "All", "category_id": pd.array([None] * len(value), "Int64"), "month": lift.months, "n": lift.visited,
        "value": value, "low": low, "high": high, "effect": lift.effect, "effect_low": lift.low, "effect_high": lift.high,
        "relative": lift.relative, "placebo": lift.placebo[0], "placebo_low": lift.placebo[1], "placebo_high": lift.placebo[2],
        "before_after": lift.before_after, "unmatched": lift.unmatched, "candidates": lift.candidates, "controls": lift.controls,
    })  # fmt: skip


METRIC = Metric(
    name="outreach_lift",
    label="Referrals associated with visits",
    question="Do practices refer more after we visit them than others like them do?",
    description=(
        "Referrals a month of practices visited after a fall, less those of practices that fell as much in the same "
        "months and had not been visited."
    ),
    numerator="referrals a month, visited less matched, in the visit's month and the two after",
    denominator="first visits to practices whose last quarter had fallen to 60% of the half-year before",
    unit="referrals a month",
    window="nine months before the visit to three months from it; whole months only",
    edge_cases=(
        "Below 30 visited practices, or 20 with matched controls, there is no figure, only this sentence.",
        "A visit at which nobody was reached is an attempt and not a visit.",
        "Visits go to practices that are falling, and those who fall by chance recover by chance: what a plain before and "
        "after would claim is shown beside it.",
        "The placebo is the same difference in the months before those matched on; it should be about nothing.",
        "Controls who are visited later stay controls: leaving them out would leave the recovered. A true effect therefore shows somewhat smaller (30% in a simulation as 22%).",
        "Never used to judge a liaison.",
    ),
    source="Matched-trigger comparison with intervals by resampling practices; Callaway & Sant'Anna (2021) for the design.",
    dimensions=(),
    grains=(),
    answer=answer,
    columns={
        "month": "months since the visit",
        "effect": "mean difference after the visit",
        "effect_low": "its 95% interval, low",
        "effect_high": "its 95% interval, high",
        "relative": "against what was to be expected",
        "placebo": "the same before anything happened",
        "placebo_low": "its 95% interval, low",
        "placebo_high": "its 95% interval, high",
        "before_after": "what before and after would claim",
        "unmatched": "what all others would claim",
        "candidates": "visited after a fall",
        "controls": "practices compared with",
    },
    population="countable",
    settings=SETTINGS,
    chart="curve",
)
