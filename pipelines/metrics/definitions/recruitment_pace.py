"""Recruitment pace and last participant in (M32).

Frame, one row per study: ``category`` (the study), ``category_id``, ``n`` (enrolled), ``target``, ``planned`` (by now),
``value`` (enrolled / planned by now), ``low``, ``high``, ``sites`` (recruiting now), ``sites_to_open``, ``per_month_28``
and ``per_month_90`` (pace of the last 28 and 90 days, a month), ``needed`` (a month, to reach the target by the
deadline), ``deadline``, ``lpi_p10``, ``lpi_p50``, ``lpi_p90`` (the last participant is in by then with 10, 50 and 90%;
empty where not within ten years), ``p_on_time``, ``trend`` (change of a site's pace per month of its age), ``screened``
(with an outcome), ``screen_failed``, ``screen_fail`` (their share), ``fail_low``, ``fail_high``, ``why`` (why there is
no date).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from pipelines.metrics.declare import Answer, Metric
from pipelines.metrics.engine import Ask
from pipelines.metrics.recruiting import SETTINGS, Recruiting, caveats, days_to_dates, studies
from pipelines.statistics import proportions, rates
from pipelines.statistics.gate import TooLittle
from pipelines.statistics.recruitment import MONTH

_DATES = ("deadline", "lpi_p10", "lpi_p50", "lpi_p90")
_COLUMNS = (
    "category", "category_id", "n", "target", "planned", "value", "low", "high", "sites", "sites_to_open", "per_month_28",
    "per_month_90", "needed", "deadline", "lpi_p10", "lpi_p50", "lpi_p90", "p_on_time", "trend", "screened",
    "screen_failed", "screen_fail", "fail_low", "fail_high", "why",
)  # fmt: skip


def answer(ask: Ask) -> Answer:
    """Each study against its plan, and when it will be full."""
    found = studies(ask)
    frame = pd.DataFrame([_row(one) for one in found], columns=list(_COLUMNS))
    for name in _DATES:
        frame[name] = days_to_dates(frame[name]).to_numpy()
    frame["category_id"] = frame["category_id"].astype("Int64")
    numbers = frame[["n", "planned", "screened", "screen_failed"]].to_numpy(float).T
    enrolled, planned, screened, failed = numbers if len(frame) else np.zeros((4, 0))
    known = planned > 0
    low, high = rates.byar(enrolled, np.where(known, planned, 1))
    frame["value"], frame["low"], frame["high"] = (
        np.where(known, value, np.nan) for value in (enrolled / np.where(known, planned, 1), low, high)
    )
    frame["screen_fail"] = proportions.share(failed, screened)
    frame["fail_low"], frame["fail_high"] = proportions.interval(failed, screened)
    frame = frame.sort_values(["value", "category"], ignore_index=True, na_position="last")
    return Answer(frame, caveats(found), int(frame["n"].sum()))


def _row(one: Recruiting) -> dict[str, Any]:
    days, left = one.days, one.deadline - one.cut
    row: dict[str, Any] = {
        "category": one.name, "category_id": one.study_id, "n": one.enrolled, "target": one.target,
        "planned": one.planned(one.cut), "deadline": one.deadline, "why": "",
        "sites_to_open": int((one.sites.opened > one.cut).sum()), "sites": _recruiting(one),
        "per_month_28": float((days > one.cut - 28).sum()) / 28 * MONTH,
        "per_month_90": float((days > one.cut - 90).sum()) / 90 * MONTH,
        "needed": max(one.target - one.enrolled, 0) / left * MONTH if left > 0 else np.nan,
        "screened": int(one.subjects.n[one.subjects.failed | one.subjects.passed].sum()),
        "screen_failed": int(one.subjects.n[one.subjects.failed].sum()),
    }  # fmt: skip
    full = _full(one)
    try:
        said = one.forecast()
    except TooLittle as refused:
        return row | full | ({} if full else {"why": str(refused)})
    if full:
        return row | full | {"trend": said.trend[0]}
    early, likely, late = one.cut + said.completion
    return row | {
        "lpi_p10": early,
        "lpi_p50": likely,
        "lpi_p90": late,
        "p_on_time": said.p_on_time,
        "trend": said.trend[0],
    }


def _full(one: Recruiting) -> dict[str, float]:
    """What is known, and no longer forecast, of a study that has its target: the day of the participant who filled it, and
    whether that was in time. Empty for any other."""
    if not 0 < one.target <= one.enrolled:
        return {}
    day = float(one.days[int(np.ceil(one.target)) - 1])
    on_time = np.nan if np.isnan(one.deadline) else float(day <= one.deadline)
    return {"lpi_p10": day, "lpi_p50": day, "lpi_p90": day, "p_on_time": on_time}


def _recruiting(one: Recruiting) -> int:
    """Sites open now: opened, not closed, not paused."""
    sites, cut = one.sites, one.cut
    return 0 if one.closed else int(((sites.opened <= cut) & ~(sites.closed <= cut) & ~sites.away(cut)).sum())


METRIC = Metric(
    name="recruitment_pace",
    label="Recruitment pace",
    question="Is each study recruiting to plan, and when will its last participant be in?",
    description=(
        "Enrolment against the plan, the pace of the last 28 and 90 days against the pace needed, the share of screened "
        "people who fail, and when the target will be reached."
    ),
    numerator="participants enrolled: first randomisation or on-study milestone",
    denominator="participants planned by the as-of day",
    unit="share",
    window="from each site's opening to the as-of day; forecasts to ten years ahead",
    edge_cases=(
        "No date below 5 enrolled or 2 recruiting sites, without a target, or once closed: the reason is shown.",
        "Where the target is reached the date is the day on which it was, and nothing is forecast.",
        "A date is the day by which the target is reached with 10, 50 and 90 percent; empty beyond ten years.",
        "Paused and closed sites are left out of exposure while paused or closed; planned openings are part of it.",
        "Screen failures that were reinstated are none; people still in screening are not in the share.",
        "The period filter does not apply: a study is judged on its whole course.",
        "As of an earlier day plan, target and deadline are those known then.",
    ),
    source=(
        "Poisson-gamma forecast with site openings and a site-age trend (Anisimov & Fedorov 2007), integrated over its "
        "unknowns; Byar's interval; Wilson's for screen failures."
    ),
    dimensions=("study",),
    grains=(),
    answer=answer,
    columns={
        "target": "participants wanted",
        "planned": "planned by now",
        "sites": "sites recruiting now",
        "sites_to_open": "sites still to open",
        "per_month_28": "enrolled a month, last 28 days",
        "per_month_90": "enrolled a month, last 90 days",
        "needed": "needed a month to be on time",
        "deadline": "last participant planned in",
        "lpi_p10": "last participant in, early (10%)",
        "lpi_p50": "last participant in, likely (50%)",
        "lpi_p90": "last participant in, late (90%)",
        "p_on_time": "chance of being on time",
        "trend": "change of a site's pace per month of its age",
        "screened": "screened with an outcome",
        "screen_failed": "of them failed",
        "screen_fail": "share that failed",
        "fail_low": "its 95% interval, low",
        "fail_high": "its 95% interval, high",
        "why": "why there is no date",
    },
    relation="subject",
    population="code in ('randomized', 'on_study')",
    settings=SETTINGS,
    chart="ranking",
)
