"""How long relationships last: from the first referral to dormancy.

``by`` names the unit: "practice" (also the default) or "practitioner". Frame, one row per month since the first
referral: ``category`` ("All"), ``category_id`` (empty), ``day``, ``n`` (relationships), ``at_risk`` (still watched just
before that day), ``ended`` (by then), ``value`` (share still going on), ``low``, ``high``, ``median_days`` (half have
ended by then; empty where that was never reached), ``median_low``, ``median_high``.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from pipelines.metrics.declare import Answer, Metric
from pipelines.metrics.engine import Ask
from pipelines.metrics.relationships import RHYTHM, judged
from pipelines.statistics import survival

MONTH = 30
SETTINGS = RHYTHM | {"fewest": 20}


def answer(ask: Ask) -> Answer:
    """The Kaplan-Meier curve of all relationships that can be judged."""
    found = judged(ask, ask.by or "practice")
    kept = found[found["state"] != "too rare to judge"]
    ended = kept["state"].isin(("dormant", "lost")).to_numpy()
    span = kept["span"].to_numpy(float)
    day = np.where(ended, np.minimum(span + kept["alarm_days"].to_numpy(float), kept["known_for"]), kept["known_for"])
    said = [
        f"One row per {ask.by or 'practice'}; it ends when silence passes its own limit or it is known to have stopped."
    ]
    rare = len(found) - len(kept)
    if rare:
        said.append(f"{rare:,} that refer too rarely to judge are left out: nobody can tell whether they go on.")
    if len(kept) < SETTINGS["fewest"]:
        said.append(f"A curve needs {SETTINGS['fewest']:g} relationships; there are {len(kept):,}. Counts are shown.")
    return Answer(_curve(day.astype(float), ended), tuple(said), len(kept))


def _curve(day: np.ndarray, ended: np.ndarray) -> pd.DataFrame:
    columns = ("category", "category_id", "day", "n", "at_risk", "ended", "value", "low", "high", "median_days",
               "median_low", "median_high")  # fmt: skip
    if not len(day):
        return pd.DataFrame({name: [] for name in columns}).astype({"category_id": "Int64", "n": "int64"})
    curve = survival.kaplan_meier(day, ended)
    days = np.arange(0, day.max() + 1, MONTH)
    value = curve.at(days)[0]
    place = np.searchsorted(curve.time, days, side="right")
    low, high = (np.concatenate(([1.0], bound))[place] for bound in curve.interval())
    few = len(day) < SETTINGS["fewest"]
    shown = {"value": value, "low": np.where(np.isnan(low), value, low), "high": np.where(np.isnan(high), value, high)}
    middle = (np.nan,) * 3 if few else curve.quantile()
    frame = pd.DataFrame({
        "category": "All", "category_id": pd.array([None] * len(days), "Int64"), "day": days, "n": len(day),
        "at_risk": [int((day >= at).sum()) for at in days], "ended": [int((ended & (day <= at)).sum()) for at in days],
    } | {name: np.where(few, np.nan, figure) for name, figure in shown.items()})  # fmt: skip
    return frame.assign(median_days=middle[0], median_low=middle[1], median_high=middle[2])


METRIC = Metric(
    name="relationship_survival",
    label="How long relationships last",
    question="How long do referrers stay with us?",
    description="Share of relationships that still go on, by days since the first referral.",
    numerator="relationships that went dormant",
    denominator="relationships that can be judged",
    unit="share",
    window="from the first referral to dormancy; those going on are followed until the as-of day and then count as open (censored)",
    edge_cases=(
        "Dormancy begins when silence passes the referrer's own limit, not at the last referral.",
        "A relationship that came back counts as going on.",
        "New relationships are among those going on, also after one referral.",
        "Those too rare to judge are left out and counted.",
        "Below 20 relationships there is no curve; a median that was never reached is empty.",
        "The period filter does not apply.",
    ),
    source="Kaplan-Meier with Greenwood's variance on the log(-log) scale; median interval by Brookmeyer & Crowley (1982).",
    dimensions=("practice", "practitioner"),
    grains=(),
    answer=answer,
    columns={
        "day": "days since the first referral",
        "at_risk": "still watched just before",
        "ended": "ended by then",
        "median_days": "half have ended by",
        "median_low": "its 95% interval, low",
        "median_high": "its 95% interval, high",
    },
    settings=SETTINGS,
    chart="curve",
    counts="relationship",
)
