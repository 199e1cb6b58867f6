"""What a study still needs, what its own database will bring, and the gap that others must fill."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipelines.metrics.engine import Ask
from pipelines.metrics.recruiting import Recruiting, studies
from pipelines.statistics import proportions
from pipelines.statistics.gate import TooLittle

# How many enrolled, and of how many the own database is known to be the source. A count says nothing of that.
_OWN = """select study_id, {count} as n, {count(origin = 'own_database')} as own from seen
where study_id is not null group by study_id"""
_AIMLESS = "without a target or a planned end (what is aimed at over all sites is not divided among them)"


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


def gaps(ask: Ask) -> tuple[list[Gap], tuple[str, ...]]:
    """Every study whose end can be forecast, and in words how many others there are and why theirs cannot."""
    frame = ask.frame(_OWN, "enrolled")
    sources = dict(zip(frame["study_id"], zip(frame["n"], frame["own"], strict=True), strict=True))
    found, refused, aimless = [], 0, 0
    for one in studies(ask):
        if one.closed or one.deadline <= one.cut:
            continue
        if np.isnan(one.target) or np.isnan(one.deadline):
            aimless += 1
            continue
        try:
            found.append(_gap(one, *map(int, sources.get(one.study_id, (0, 0)))))
        except TooLittle:
            refused += 1
    return found, (*_said(refused, "too small for a forecast"), *_said(aimless, _AIMLESS))


def _said(several: int, why: str) -> tuple[str, ...]:
    return (
        (f"{several:,} recruiting {'study has' if several == 1 else 'studies have'} no gap that is known here: {why}.",)
        if several
        else ()
    )


def _gap(one: Recruiting, n: int, own: int) -> Gap:
    """A split of the forecast: each one to come is from the own database, like ``own`` of the ``n`` who are named so far, with
    a chance that is itself uncertain."""
    others = n - own
    said = one.forecast()  # its draws are those of the deadline's day
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
