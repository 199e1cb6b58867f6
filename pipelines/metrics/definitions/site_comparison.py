"""A fair comparison of conversion: shrunken shares and a funnel plot, never a raw ranking.

``by`` names the unit: site (also the default), study, practice, practitioner, specialty or channel; every unit has its
row. Frame: ``category``, ``category_id``, ``n`` (referrals followed for 90 days), ``enrolled`` (within 90 days), ``raw``
(their share), ``value`` (the share drawn towards all units), ``low``, ``high`` (its 95% interval), ``target`` (share of
all), ``funnel_low``, ``funnel_high`` (95% limits at the unit's size), ``funnel_lowest``, ``funnel_highest`` (99.8%),
``z`` (distance in standard errors, over-dispersion allowed for), ``outside`` (-1 | 0 | 1 against the 99.8% limits),
``flagged`` (at a false discovery rate of 5%).
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from pipelines.metrics.declare import Answer, Metric
from pipelines.metrics.engine import Ask
from pipelines.statistics import funnel, proportions, shrinkage
from pipelines.statistics.gate import TooLittle

SETTINGS = {"within_days": 90, "fewest_for_raw": 5, "false_discovery_rate": 0.05}
_COUNTED = """counted as (
    select {key} as category_id, {label} as category, {count} as n,
        {count(enrolled_day between 0 and $within::integer)} as enrolled
    from scoped
    where {population} and received_on <= $cut_day::date - $within::integer
      and coalesce(enrolled_day >= 0, enrolled_on is null)
    group by all
)
select case when category_id >= 0 then category_id end as category_id, coalesce(names.name, category, '?') as category, n,
    enrolled from counted left join ({names}) names on names.id = counted.category_id order by n desc, category, category_id"""
_COLUMNS = (
    "category", "category_id", "n", "enrolled", "raw", "value", "low", "high", "target", "funnel_low", "funnel_high",
    "funnel_lowest", "funnel_highest", "z", "outside", "flagged",
)  # fmt: skip


def answer(ask: Ask) -> Answer:
    """Every unit's share of referrals enrolled within 90 days, of those followed that long."""
    frame = replace(ask, by=ask.by or "site").frame(_COUNTED, within=int(SETTINGS["within_days"]))
    frame["category_id"] = frame["category_id"].astype("Int64")
    hits, n = frame["enrolled"].to_numpy(float), frame["n"].to_numpy(float)
    said = [f"Referrals of the last {SETTINGS['within_days']:g} days are left out: they have not had the time."]
    raw = np.where(n >= SETTINGS["fewest_for_raw"], proportions.share(hits, n), np.nan)
    plot = funnel.proportions(hits, n, spread="additive")
    try:
        value, allowing = shrinkage.shares(hits, n).value, shrinkage.shares_allowing(hits, n)
        low, high = np.minimum(allowing.low, value), np.maximum(allowing.high, value)
    except TooLittle as refused:
        value = low = high = np.full(len(frame), np.nan)
        said.append(str(refused))
    if plot.tau > 0:
        said.append("They differ by more than chance anyway: the limits allow for their usual spread.")
    frame = frame.assign(
        raw=raw, value=value, low=low, high=high, target=plot.target, funnel_low=plot.low, funnel_high=plot.high,
        funnel_lowest=plot.lowest, funnel_highest=plot.highest, z=plot.z, outside=plot.outside(funnel.ALARM),
        flagged=funnel.flags(plot.p, SETTINGS["false_discovery_rate"]),
    )  # fmt: skip
    frame = frame.sort_values(["value", "n", "category"], ascending=[False, False, True], ignore_index=True)
    return Answer(pd.DataFrame(frame[list(_COLUMNS)]), tuple(said), int(n.sum()))


METRIC = Metric(
    name="site_comparison",
    label="Fair comparison",
    question="Which sites or referrers truly convert better or worse, and which only seem to?",
    description=(
        "Share of research referrals enrolled within 90 days, each unit drawn towards all of them by as much as its size "
        "calls for, and whether it lies outside what chance would make of the common share."
    ),
    numerator="referrals enrolled within 90 days",
    denominator="research referrals received at least 90 days before the as-of day",
    unit="share",
    window="received in the period and 90 days before the as-of day or earlier",
    edge_cases=(
        "Below 5 referrals no raw share is shown, only the shrunken one.",
        "Below 3 units, or without any enrolment, counts only.",
        "Where units differ by more than chance the limits are widened by their usual spread.",
        "The interval allows for how little few units tell of the spread between them.",
        "A flag holds the false discovery rate at 5 percent over all units, by the exact chance of each unit's count: a small unit may "
        "lie outside the drawn limits, which are for the eye, and have no flag.",
        "An enrolment dated before its referral is an error: left out.",
    ),
    source="Beta-binomial empirical Bayes, its interval averaged over the prior (a flat prior on the spread: Gelman et al., Bayesian Data Analysis, 5.3); funnel plot with over-dispersion (Spiegelhalter 2005); Benjamini & Hochberg 1995, of exact binomial or beta-binomial chances.",
    dimensions=("site", "study", "practice", "practitioner", "specialty", "channel"),
    grains=(),
    answer=answer,
    columns={
        "enrolled": "enrolled within 90 days",
        "raw": "their share",
        "target": "share of all units together",
        "funnel_low": "95% limit, low",
        "funnel_high": "95% limit, high",
        "funnel_lowest": "99.8% limit, low",
        "funnel_highest": "99.8% limit, high",
        "z": "standard errors from the target",
        "outside": "outside the 99.8% limits",
        "flagged": "flagged at 5% false discoveries",
    },
    population="countable and intent = 'research'",
    settings=SETTINGS,
    chart="ranking",
)
