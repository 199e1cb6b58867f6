"""What becomes of appointments (M11).

Frame, one row per outcome, category and period of the start: ``outcome`` (kept | no_show | cancelled_late | cancelled
| left_unseen), ``category``, ``category_id``, ``period``, ``complete``, ``n`` (appointments with a final status),
``hits`` (with this outcome), ``value``, ``low``, ``high`` (Wilson), ``unresolved`` (past, but still open; not in n).
"""

from __future__ import annotations

import pandas as pd

from pipelines.metrics.declare import GRAINS, JOURNEY_DIMENSIONS, Answer, Metric
from pipelines.metrics.engine import Ask
from pipelines.metrics.shares import interval_of

OUTCOMES = ("kept", "no_show", "cancelled_late", "cancelled", "left_unseen")
_COUNTED = """counted as (
    select {key} as category_id, {label} as category, {period} as period, outcome, {count} as n
    from scoped where {population} group by all
), {fold}
select place, category, category_id, others, period, outcome, sum(n)::bigint as n
from folded group by all order by place, period, outcome"""
_CELL = ["category", "category_id", "period"]


def answer(ask: Ask) -> Answer:
    """Share of each outcome among appointments that have one."""
    found = ask.folded(_COUNTED)
    spread = _spread(found)
    frame = ask.marked(spread.assign(**interval_of(spread)))
    open_ = int(found.loc[found["outcome"] == "unresolved", "n"].sum())
    told = (f"{open_:,} are over by more than a business day and still open in the schedule: not counted.",) if open_ else ()  # fmt: skip
    return Answer(frame, told, int(frame.loc[frame["outcome"] == "kept", "n"].sum()))


def _spread(found: pd.DataFrame) -> pd.DataFrame:
    """A row for every outcome of every cell, also those that nobody had."""
    order = found.drop_duplicates(_CELL)[_CELL].reset_index(drop=True).assign(cell=lambda cells: range(len(cells)))
    cells = found.merge(order, on=_CELL, how="left")
    table = cells.pivot_table(index="cell", columns="outcome", values="n", aggfunc="sum", fill_value=0)
    table = table.reindex(columns=[*OUTCOMES, "unresolved"], fill_value=0).astype("int64")
    n = table[list(OUTCOMES)].sum(axis=1)
    parts = [
        order.assign(outcome=outcome, n=n.to_numpy(), hits=table[outcome].to_numpy(), unresolved=table["unresolved"].to_numpy())
        for outcome in OUTCOMES
    ]  # fmt: skip
    whole = pd.concat(parts, ignore_index=True).sort_values(["cell"], kind="stable", ignore_index=True)
    return whole.drop(columns="cell")


METRIC = Metric(
    name="appointment_outcomes",
    label="Appointments kept, missed and cancelled",
    question="Do referred patients come?",
    description="Share of appointments that were kept, missed, cancelled late or earlier, or left before being seen.",
    numerator="appointments with the outcome",
    denominator="appointments that started by the as-of day and have a final status",
    unit="share",
    window="by the day the appointment starts",
    edge_cases=(
        "Cancelled late: recorded less than 24 hours before the start. Where no time is recorded: cancelled.",
        "Moved to another day before the start is a cancellation of that appointment, never a no-show.",
        "Still open one business day after the start is unresolved: shown, and not counted.",
        "Appointments of referrals that do not count (void, duplicate, outbound) are left out.",
    ),
    source="Wilson interval (1927); FHIR AppointmentStatus with left-unseen.",
    dimensions=(*JOURNEY_DIMENSIONS, "priority"),
    grains=GRAINS,
    answer=answer,
    columns={
        "outcome": "what became of it",
        "hits": "appointments with that outcome",
        "unresolved": "over, but still open in the schedule",
    },
    relation="visit",
    population="outcome <> 'to_come'",
    picks={"outcome": "outcome = $pick"},
    chart="stacked",
)
