"""Report turnaround (M17).

Frame, one row per measure, clock, category and period of the exam: ``measure`` ("exam end to final report", or "final
report to delivery"), ``clock`` ("by the clock", or "business hours" of the site), ``category``, ``category_id``, ``period``,
``complete``, ``n`` (exams measured), ``value`` (median minutes), ``low``, ``high`` (95%), ``p90``, ``errors`` (the interval
runs backwards; not in n), ``open`` (not reported, or not known to be delivered, so far; not in n), ``addended`` (of all exams
of the row, those with an addendum).
"""

from __future__ import annotations

import pandas as pd

from pipelines.metrics.declare import GRAINS, Answer, Metric
from pipelines.metrics.engine import Ask
from pipelines.metrics.spreads import SPREAD_COLUMNS, summed

REPORT, DELIVERY = "exam end to final report", "final report to delivery"
CLOCK, BUSINESS = "by the clock", "business hours"
_CELL = ["category", "category_id", "period"]
# Each exam is counted on each measure and clock: the number of ``_PARTS``.
_PART = """select {part} as part, {{key}} as category_id, {{label}} as category, {{period}} as period, {minutes} as days, {error} as error,
        {reached} as reached, addendum_count > 0 as addendum, count(*) as n
    from scoped where {{population}}{among} group by all"""
_PARTS = (
    (REPORT, CLOCK, "turnaround_min", "turnaround_error", "final_at is not null", ""),
    (REPORT, BUSINESS, "turnaround_bmin", "turnaround_error", "final_at is not null", ""),
    (DELIVERY, CLOCK, "delivery_min", "delivery_error", "delivered_at is not null", " and final_at is not null"),
    (DELIVERY, BUSINESS, "delivery_bmin", "delivery_error", "delivered_at is not null", " and final_at is not null"),
)
_UNION = "\n    union all\n    ".join(
    _PART.format(part=part, minutes=minutes, error=error, reached=reached, among=among)
    for part, (_, _, minutes, error, reached, among) in enumerate(_PARTS)
)
_COUNTED = f"""counted as (
    {_UNION}
), {{fold}}
select place, category, category_id, others, period, part, days, error, reached, addendum, sum(n)::bigint as n
from folded group by all order by place, period, part, days"""


def answer(ask: Ask) -> Answer:
    """Median and 90th percentile of both intervals on both clocks."""
    found = ask.folded(_COUNTED)
    part = found["part"].to_numpy("int64")
    parts = [_part(found[part == number], *names) for number, (*names, _, _, _, _) in enumerate(_PARTS)]
    frame = ask.marked(pd.concat(parts, ignore_index=True))
    first = frame[(frame["measure"] == REPORT) & (frame["clock"] == CLOCK)]
    told = []
    if first["open"].sum():
        told.append(f"{int(first['open'].sum()):,} exams have no final report yet: recent figures will rise.")
    wrong = int(frame.loc[frame["clock"] == CLOCK, "errors"].sum())
    if wrong:
        told.append(
            f"{wrong:,} times lie before what they follow, a report before its exam or a delivery before its report: left out, mend the dates."
        )
    return Answer(frame, tuple(told), int(first["n"].sum()))


def _part(found: pd.DataFrame, measure: str, clock: str) -> pd.DataFrame:
    """One measure on one clock: its spread, and beside it what could not be measured."""
    cell = found.groupby(_CELL, sort=False, dropna=False).ngroup()
    whole = found.loc[~cell.duplicated(), _CELL].set_index(cell.unique())
    wrong = found["error"].astype(bool)
    fine = ~wrong & found["days"].notna()
    whole = whole.join(summed(found[fine]).drop(columns=_CELL).set_index(cell[fine].unique()))
    counts = {"errors": wrong, "open": ~found["reached"].astype(bool), "addended": found["addendum"].astype(bool)}
    whole = whole.assign(**{name: found["n"].where(mask, 0).groupby(cell).sum() for name, mask in counts.items()})
    numbers = {name: whole[name].fillna(0).astype("int64") for name in ("n", *counts)}
    return whole.reset_index(drop=True).assign(
        **{name: column.array for name, column in numbers.items()}, measure=measure, clock=clock
    )


METRIC = Metric(
    name="report_turnaround",
    label="Report turnaround",
    question="How long does a referrer wait for the report of an exam?",
    description="Minutes from the end of the exam to the final report, and from the final report to its delivery, by the clock and in the site's business hours.",
    numerator="minutes between the two, each whole",
    denominator="exams with a final report (and, for delivery, a time of delivery)",
    unit="minutes",
    window="by the local day the exam ended; reports and deliveries up to the end of the as-of day",
    edge_cases=(
        "A preliminary report is none; an addendum does not move the final report and is counted beside.",
        "Where a worklist holds nothing but the time of the addendum, the time of the final report is lost, and the exam is open.",
        "A report dated before its exam is a data error: left out and counted, never cut to nothing.",
        "Business minutes run while the site is open: weekends, holidays and nights do not count.",
        "An exam that several systems tell of is one; the department's worklist goes before the archive.",
    ),
    source="Median with the order-statistic interval (Conover 1999); nine in ten do not exceed p90; business hours by the site's calendar.",
    dimensions=("site", "modality", "practice", "practitioner", "specialty", "priority", "source_kind"),
    grains=GRAINS,
    answer=answer,
    columns={
        "measure": "which interval",
        "clock": "by the clock, or business hours",
        "errors": "the interval runs backwards",
        "open": "not reported or delivered so far",
        "addended": "with an addendum",
    }
    | SPREAD_COLUMNS,
    relation="exam",
    population="exam_end_at is not null",
    picks={"reported": "cast(final_at is not null as varchar) = lower($pick)"},
    chart="trend",
)
