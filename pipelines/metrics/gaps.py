"""What a study still needs, what its own database will bring, and the gap that others must fill."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from pipelines.metrics.engine import Ask
from pipelines.metrics.recruiting import Recruiting, studies
from pipelines.statistics import proportions, recruitment
from pipelines.statistics.gate import TooLittle

DRAWS = 1000
_KINDS = "select referral_id, source_kind as kind from seen where enrolled_on is not null"


@dataclass(frozen=True)
class Gap:
    """One recruiting study with a target and a deadline (days since 1970); counts of participants, with 95% intervals."""

    category: str
    category_id: int
    n: int
    remaining: int
    deadline: float
    own_so_far: int
    own: float
    own_low: float
    own_high: float
    network: float
    network_low: float
    network_high: float
    gap: float
    value: float
    low: float
    high: float


def gaps(ask: Ask) -> tuple[list[Gap], int]:
    """Every study whose end can be forecast, and how many recruiting ones are too small for that."""
    kinds = ask.frame(_KINDS, "journey").set_index("referral_id")["kind"]
    found, refused = [], 0
    for one in studies(ask, referred=True):
        if one.closed or np.isnan(one.target) or not one.deadline > one.cut:
            continue
        try:
            found.append(_gap(one, kinds))
        except TooLittle:
            refused += 1
    return found, refused


def _gap(one: Recruiting, kinds: pd.Series) -> Gap:
    """A split of the forecast: each one to come is from the own database with a chance that is itself uncertain."""
    enrolled = one.subjects.dropna(subset="enrolled_on")
    enrolled = enrolled[~enrolled["counted"]]  # a count says nothing of where they came from
    source = enrolled["source_kind"].fillna(enrolled["referral_id"].map(kinds))
    n = enrolled["n"].to_numpy("int64")
    own = int(n[(source == "own_database").to_numpy(bool)].sum())
    others = int(n.sum()) - own
    left = one.deadline - one.cut
    said = recruitment.forecast(
        one.study(), one.cut, int(one.target), one.deadline, draws=DRAWS, horizon=left, also=[left]
    )
    rng = np.random.default_rng(one.study_id % 2**32)
    coming = (said.totals[:, -1] - one.enrolled).astype("int64")
    from_own = rng.binomial(coming, rng.beta(own + 0.5, others + 0.5, len(coming)))
    remaining = max(int(one.target) - one.enrolled, 0)
    low, high = proportions.interval(np.sum(coming >= remaining), len(coming))
    own_low, own_mid, own_high = np.quantile(from_own, [0.025, 0.5, 0.975])
    net_low, net_mid, net_high = np.quantile(coming - from_own, [0.025, 0.5, 0.975])
    return Gap(
        category=one.name, category_id=one.study_id, n=one.enrolled, remaining=remaining, deadline=one.deadline, own_so_far=own,
        own=own_mid, own_low=own_low, own_high=own_high, network=net_mid, network_low=net_low, network_high=net_high,
        gap=max(remaining - own_mid, 0.0), value=float(np.mean(coming >= remaining)), low=float(low), high=float(high),
    )  # fmt: skip
