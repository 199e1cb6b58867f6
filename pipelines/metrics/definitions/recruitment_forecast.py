"""Course of recruitment: enrolled so far, the plan, and what is to be expected (M32).

Frame, rows of three kinds per study: ``category`` (the study), ``category_id``, ``kind`` (enrolled | planned |
expected), ``on`` (the day), ``n`` (enrolled by the as-of day), ``value`` (participants by ``on``; the median where
expected), ``low``, ``high`` (95% interval), ``inner_low``, ``inner_high`` (80%), ``target``. Expected days reach to the
target's late date, at most five years. Studies below the gate have no expected rows.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from pipelines.metrics.declare import Answer, Metric
from pipelines.metrics.engine import Ask
from pipelines.metrics.recruiting import SETTINGS, Recruiting, caveats, days_to_dates, studies
from pipelines.statistics.gate import TooLittle
from pipelines.statistics.recruitment import MONTH

_COLUMNS = ("category", "category_id", "kind", "on", "n", "value", "low", "high", "inner_low", "inner_high", "target")
FARTHEST = 60 * MONTH


def answer(ask: Ask) -> Answer:
    """Monthly points of the past and the plan, and the fan ahead."""
    found = studies(ask)
    parts = [part for one in found for part in (_past(one), _plan(one), _ahead(one)) if len(part["on"])]
    rows: dict[str, Any] = {name: [] for name in _COLUMNS}
    for part in parts:
        size = len(part["on"])
        for name in _COLUMNS:
            value = part.get(name, np.nan)
            rows[name].extend(value if isinstance(value, np.ndarray) else [value] * size)
    frame = pd.DataFrame(rows)
    frame["on"] = days_to_dates(frame["on"]).to_numpy()
    frame["category_id"], frame["n"] = frame["category_id"].astype("Int64"), frame["n"].astype("int64")
    without = sum(
        not any(part["category_id"] == one.study_id and part["kind"] == "expected" for part in parts) for one in found
    )
    said = caveats(found)
    if without:
        said += (
            f"{without:,} studies are too small, closed or without a target: no forecast, see the pace table for why.",
        )
    return Answer(frame, said, sum(one.enrolled for one in found))


def _named(one: Recruiting, kind: str, **rest: Any) -> dict[str, Any]:
    return {
        "category": one.name,
        "category_id": one.study_id,
        "kind": kind,
        "n": one.enrolled,
        "target": one.target,
    } | rest


def _past(one: Recruiting) -> dict[str, Any]:
    days = one.days
    first = one.sites.opened.min() if len(one.sites) else np.nan
    if not np.isfinite(first) or first > one.cut:
        return _named(one, "enrolled", on=np.array([]))
    points = np.unique(np.append(np.floor(np.arange(first, one.cut, MONTH)), one.cut))  # whole days, as they are shown
    return _named(one, "enrolled", on=points, value=np.searchsorted(days, points, side="right").astype(float))


def _plan(one: Recruiting) -> dict[str, Any]:
    days, total = one.plan
    return _named(one, "planned", on=days, value=total)


def _ahead(one: Recruiting) -> dict[str, Any]:
    try:
        said = one.forecast()
    except TooLittle:
        return _named(one, "expected", on=np.array([]))
    late = said.completion[2] if np.isfinite(said.completion[2]) else FARTHEST
    until = max(min(late, FARTHEST), one.deadline - one.cut if np.isfinite(one.deadline) else 0, 90)
    shown = said.time <= until
    shown[min(int(shown.sum()), len(shown) - 1)] = True
    lowest, low, middle, high, highest = said.fan[:, shown]
    return _named(one, "expected", on=one.cut + said.time[shown], value=middle, low=lowest, high=highest,
                  inner_low=low, inner_high=high)  # fmt: skip


METRIC = Metric(
    name="recruitment_forecast",
    label="Recruitment forecast",
    question="How many participants will there be, by when, and how sure is that?",
    description="Participants enrolled so far and planned, and how many to expect with 80 and 95 percent intervals.",
    numerator="participants enrolled: first randomisation or on-study milestone",
    denominator="none: a count",
    unit="participants",
    window="from the first site's opening to the as-of day, and ahead to the target's late date",
    edge_cases=(
        "No forecast below 5 enrolled or 2 recruiting sites, without a target, or once closed.",
        "The fan goes on beyond the target: when it crosses is the date.",
        "Planned openings and closures count on their day; pauses end when planned, or not at all.",
        "The period filter does not apply.",
    ),
    source="Poisson-gamma forecast with site openings and a site-age trend (Anisimov & Fedorov 2007), integrated.",
    dimensions=("study",),
    grains=(),
    answer=answer,
    columns={
        "kind": "enrolled, planned or expected",
        "on": "the day",
        "inner_low": "80% interval, low",
        "inner_high": "80% interval, high",
        "target": "participants wanted",
    },
    relation="subject",
    population="code in ('randomized', 'on_study')",
    settings=SETTINGS,
    chart="fan",
)
