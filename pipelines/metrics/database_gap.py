"""Is the own database enough for a study, and what must referrers bring (M25)?

Frame, one row per study still recruiting with a target and a deadline: ``category`` (the study), ``category_id``, ``n``
(enrolled), ``remaining`` (to the target), ``deadline``, ``own_so_far`` (enrolled from the own database), ``own``
(expected from it by the deadline), ``own_low``, ``own_high``, ``network`` (expected from referrers and all others),
``network_low``, ``network_high``, ``gap`` (remaining less own: what others must bring), ``value`` (chance that together
they reach the target in time), ``low``, ``high``.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from pipelines.metrics.declare import Answer, Metric
from pipelines.metrics.engine import Ask
from pipelines.metrics.recruiting import ASSUMES, SETTINGS, Recruiting, days_to_dates, studies
from pipelines.statistics import proportions, recruitment
from pipelines.statistics.gate import TooLittle

DRAWS = 1000
_COLUMNS = (
    "category", "category_id", "n", "remaining", "deadline", "own_so_far", "own", "own_low", "own_high", "network",
    "network_low", "network_high", "gap", "value", "low", "high",
)  # fmt: skip
_KINDS = "select referral_id, source_kind as kind from seen where enrolled_on is not null"


def answer(ask: Ask) -> Answer:
    """Every study whose end can be forecast."""
    kinds = ask.frame(_KINDS, "journey").set_index("referral_id")["kind"]
    found, refused = [], 0
    for one in studies(ask, referred=True):
        if one.closed or np.isnan(one.target) or not one.deadline > one.cut:
            continue
        try:
            found.append(_row(one, kinds))
        except TooLittle:
            refused += 1
    frame = pd.DataFrame(found, columns=list(_COLUMNS))
    frame["deadline"] = days_to_dates(frame["deadline"]).to_numpy()
    frame["category_id"], frame["n"] = frame["category_id"].astype("Int64"), frame["n"].astype("int64")
    frame = frame.sort_values(["value", "category"], ignore_index=True)
    said = [ASSUMES, "The own database keeps the share of enrolment that it had so far."]
    if refused:
        said.append(f"{refused:,} recruiting studies are too small for a forecast.")
    return Answer(frame, tuple(said), int(frame["n"].sum()))


def _row(one: Recruiting, kinds: pd.Series) -> dict[str, Any]:
    """A split of the forecast: each one to come is from the own database with a chance that is itself uncertain."""
    enrolled = one.subjects.dropna(subset="enrolled_on")
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
    return {
        "category": one.name, "category_id": one.study_id, "n": one.enrolled, "remaining": remaining, "deadline": one.deadline,
        "own_so_far": own, "own": own_mid, "own_low": own_low, "own_high": own_high, "network": net_mid,
        "network_low": net_low, "network_high": net_high, "gap": max(remaining - own_mid, 0.0),
        "value": float(np.mean(coming >= remaining)), "low": float(low), "high": float(high),
    }  # fmt: skip


METRIC = Metric(
    name="database_gap",
    label="Own database and the gap",
    question="Is our own database enough, and how many must referrers bring?",
    description=(
        "What remains to a study's target, what its own database is expected to bring by the deadline, and the gap that "
        "referrers and others must fill."
    ),
    numerator="participants expected from the own database by the deadline",
    denominator="participants that remain to the target",
    unit="share",
    window="from the as-of day to the planned last participant in",
    edge_cases=(
        "The source is the one the screening log states, else that of the referral it names.",
        "Studies that are closed, past their deadline, or without target or deadline are left out.",
        "No forecast below 5 enrolled or 2 recruiting sites.",
        "The interval of the chance is that of the simulation, not of its assumptions.",
    ),
    source="Poisson-gamma forecast (Anisimov & Fedorov 2007), split by a beta-binomial share.",
    dimensions=("study",),
    grains=(),
    answer=answer,
    columns={
        "remaining": "to the target",
        "deadline": "last participant planned in",
        "own_so_far": "enrolled from the own database",
        "own": "expected from it by the deadline",
        "own_low": "its 95% interval, low",
        "own_high": "its 95% interval, high",
        "network": "expected from referrers and others",
        "network_low": "its 95% interval, low",
        "network_high": "its 95% interval, high",
        "gap": "what others must bring",
    },
    relation="subject",
    population="code in ('randomized', 'on_study')",
    settings=SETTINGS,
)
