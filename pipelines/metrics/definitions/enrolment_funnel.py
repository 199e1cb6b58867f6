"""Stages from referral to enrolment.

Frame, seven rows per category in order: ``category``, ``category_id``, ``step`` (0-6), ``stage`` (referred | contacted |
prescreened | consented | screened | eligible | enrolled), ``n`` (reached the stage, or a later one), and where they
are now: ``moved_on`` (reached the next stage; for enrolled: all), ``exited`` (left at this stage), ``open`` (still
there). Always n = moved_on + exited + open, and moved_on is the next stage's n. ``value`` (n as a share of referrals),
``low``, ``high`` (Wilson), ``step_share`` (n as a share of the stage before; 1 for the first).
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from pipelines.marts import RESEARCH_STAGES
from pipelines.metrics.declare import JOURNEY_DIMENSIONS, Answer, Metric
from pipelines.metrics.engine import Ask
from pipelines.statistics import proportions

_COUNTED = """counted as (
    select {key} as category_id, {label} as category, {period} as period, stage,
        exit_code is not null as gone, {count} as n
    from scoped where {population} group by all
), {fold}
select place, category, category_id, others, stage, gone, sum(n)::bigint as cases
from folded group by all order by place"""


def answer(ask: Ask) -> Answer:
    """Where everyone referred is now, by stage."""
    found = ask.folded(_COUNTED)
    names = found[["category", "category_id"]].drop_duplicates("category").reset_index(drop=True)
    stopped = np.zeros((2, len(names), len(RESEARCH_STAGES)), "int64")  # left or still there, at their last stage
    where = (
        found["gone"].to_numpy("int64"),
        names.set_index("category").index.get_indexer(pd.Index(found["category"])),
    )
    step = pd.Index(RESEARCH_STAGES).get_indexer(pd.Index(found["stage"]))
    np.add.at(stopped, (*where, step), found["cases"].to_numpy("int64"))
    frame = _steps(names, stopped[0], stopped[1])
    said = (
        ("Those still under way may yet move on: shares of recent referrals will rise.",) if frame["open"].any() else ()
    )
    return Answer(frame, said, int(stopped.sum()))


def _steps(names: pd.DataFrame, still: np.ndarray, left: np.ndarray) -> pd.DataFrame:
    reached = np.flip(np.flip(still + left, 1).cumsum(axis=1), 1)
    moved = np.column_stack((reached[:, 1:], still[:, -1]))
    before = np.column_stack((reached[:, :1], reached[:, :-1]))
    still = np.column_stack((still[:, :-1], np.zeros(len(names), "int64")))  # the enrolled have arrived
    first = np.repeat(reached[:, 0], len(RESEARCH_STAGES))
    low, high = proportions.interval(reached.ravel(), first)
    certain = np.tile(np.arange(len(RESEARCH_STAGES)) == 0, len(names))  # all were referred: nothing to estimate
    columns = {
        "step": np.tile(np.arange(len(RESEARCH_STAGES)), len(names)), "stage": np.tile(RESEARCH_STAGES, len(names)),
        "n": reached.ravel(), "moved_on": moved.ravel(), "exited": left.ravel(), "open": still.ravel(),
        "value": proportions.share(reached.ravel(), first),
        "low": np.where(certain, np.nan, low), "high": np.where(certain, np.nan, high),
        "step_share": proportions.share(reached.ravel(), before.ravel()),
    }  # fmt: skip
    return names.loc[names.index.repeat(len(RESEARCH_STAGES))].reset_index(drop=True).assign(**columns)


METRIC = Metric(
    name="enrolment_funnel",
    label="Enrolment funnel",
    question="Where on the way to enrolment are referred patients, and where do they leave?",
    description="Everyone referred for research, by the furthest stage reached, and whether they left there or are open.",
    numerator="referrals that reached the stage or a later one",
    denominator="research referrals",
    unit="referrals",
    window="received in the period; stages as of the as-of day",
    edge_cases=(
        "A stage that was skipped or not recorded counts as passed by whoever reached a later one.",
        "Each referral is in exactly one place: moved on, left, or still there.",
        "Not a conversion rate: those still open are in the denominator. See Conversion to enrolment.",
    ),
    source="SEAR framework (Wilson et al. 2018); Wilson interval.",
    dimensions=JOURNEY_DIMENSIONS,
    grains=(),
    answer=answer,
    columns={
        "step": "order of the stage",
        "stage": "the stage",
        "moved_on": "reached the next stage",
        "exited": "left at this stage",
        "open": "still at this stage",
        "step_share": "share of those at the stage before",
    },
    population="countable and intent = 'research'",
    picks={
        "stage": "stage = $pick",
        "reached": (
            "list_position(['referred', 'contacted', 'prescreened', 'consented', 'screened', 'eligible', 'enrolled'], stage)"
            " >= list_position(['referred', 'contacted', 'prescreened', 'consented', 'screened', 'eligible', 'enrolled'], $pick)"
        ),
        "exited": "(exit_on is not null and enrolled_on is null) = ($pick = 'true')",
    },
    chart="funnel",
)
