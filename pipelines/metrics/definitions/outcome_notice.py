"""Told whether the patient came (M12).

Frame, one row per measure, category, period of the start and horizon: ``measure`` ("not kept", the one that matters,
or "kept"), ``category``, ``category_id``, ``period``, ``complete``, ``horizon`` (2, 5 business days), ``n``
(appointments), ``followed``, ``mature``, ``reached``, ``value`` (cumulative incidence), ``low``, ``high``,
``median_days``.
"""

from __future__ import annotations

from pipelines.metrics.declare import GRAINS, JOURNEY_DIMENSIONS, Answer, Metric
from pipelines.metrics.engine import Ask
from pipelines.metrics.shares import PROMISE_COLUMNS, measured, promise, said, untold

HORIZONS = (2, 5)
_ENDED = {
    "not kept": "outcome in ('no_show', 'left_unseen', 'cancelled_late', 'cancelled')",
    "kept": "outcome = 'kept'",
}


def answer(ask: Ask) -> Answer:
    """Share of ended appointments whose referrer was told how they ended."""
    parts = {
        measure: promise(ask, "told_bd", "told_followed_bd", HORIZONS, among=among, longest=30)
        for measure, among in _ENDED.items()
    }
    frame = measured(parts, ask)
    n = int(frame["n"][frame["horizon"] == HORIZONS[0]].sum())
    return Answer(frame, (*untold(ask), *said(frame)), n)


METRIC = Metric(
    name="outcome_notice",
    label="Outcome notice to the referrer",
    question="Is the referrer told that the patient came, and above all that the patient did not?",
    description="Share of ended appointments whose referrer was told within 2 and 5 business days how they ended.",
    numerator="ended appointments with an outcome notice within the horizon",
    denominator="appointments that ended: kept, missed, cancelled or left unseen",
    unit="share",
    window="business days of the site from the day the appointment starts, followed until the as-of day",
    edge_cases=(
        "A notice that the patient came does not tell of a visit that was missed before it; one that does not say which tells of either.",
        "A notice that covers several appointments of one referral answers each of them once.",
        "An appointment that names no referral has nobody to tell: it counts as not told.",
    ),
    source="Kaplan-Meier, interval on the log(-log) scale of the share, Jeffreys bound at none or all.",
    dimensions=(*JOURNEY_DIMENSIONS, "priority"),
    grains=GRAINS,
    answer=answer,
    columns={"measure": "not kept, or kept"} | PROMISE_COLUMNS,
    relation="visit",
    population="outcome not in ('to_come', 'unresolved')",
    picks={"measure": "case when outcome = 'kept' then 'kept' else 'not kept' end = $pick"},
    settings={"promised_days": 2},
    chart="trend",
)
