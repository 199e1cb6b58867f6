"""Is the own database enough for a study, and what must referrers bring (M25)?

Frame, one row per study still recruiting with a target and a deadline: ``category`` (the study), ``category_id``, ``n``
(enrolled), ``remaining`` (to the target), ``deadline``, ``own_so_far`` (enrolled from the own database), ``own``
(expected from it by the deadline), ``own_low``, ``own_high``, ``network`` (expected from referrers and all others),
``network_low``, ``network_high``, ``gap`` (remaining less own: what others must bring), ``value`` (chance that together
they reach the target in time), ``low``, ``high``.
"""

from __future__ import annotations

from dataclasses import asdict

import pandas as pd

from pipelines.metrics.declare import Answer, Metric
from pipelines.metrics.engine import Ask
from pipelines.metrics.gaps import gaps
from pipelines.metrics.recruiting import ASSUMES, SETTINGS, days_to_dates

_COLUMNS = (
    "category", "category_id", "n", "remaining", "deadline", "own_so_far", "own", "own_low", "own_high", "network",
    "network_low", "network_high", "gap", "value", "low", "high",
)  # fmt: skip


def answer(ask: Ask) -> Answer:
    """Every study whose end can be forecast."""
    found, left_out = gaps(ask)
    frame = pd.DataFrame([asdict(one) for one in found], columns=list(_COLUMNS))
    frame["deadline"] = days_to_dates(frame["deadline"]).to_numpy()
    frame["category_id"], frame["n"] = frame["category_id"].astype("Int64"), frame["n"].astype("int64")
    frame = frame.sort_values(["value", "category"], ignore_index=True)
    said = (ASSUMES, "The own database keeps the share of enrolment that it had so far.", *left_out)
    return Answer(frame, said, int(frame["n"].sum()))


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
        "Participants known by count alone have no source: they are in the forecast and not in the split.",
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
    chart="table",
)
