"""What is true of any metric's answer and has to be said beside it."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd

from pipelines.frames import Columns
from pipelines.metrics import periods
from pipelines.metrics.declare import SMALL
from pipelines.metrics.engine import Ask
from pipelines.metrics.relations import RELATIONS

NOT_FILTERED = "Not filtered by"
_AS_OF, _DATA_END, _NOT_WHOLE = "As of", "The data end on", "not shown whole"
NO_MATCH = "Nothing matches these filters."
FILTER_NAMES = {
    "sites": "site", "studies": "study", "practices": "practice", "therapeutic_areas": "therapeutic area", "specialties": "specialty", "channels": "channel",
}  # fmt: skip


def common_caveats(ask: Ask, found: Columns | pd.DataFrame, n: int, wanted: dt.date | None) -> tuple[str, ...]:
    """What is true of any metric: the day, the filters that mean nothing here, few or no rows, open periods."""
    said: list[str] = []
    if ask.is_past:
        said.append(f"{_AS_OF} {ask.as_of:%-d %b %Y}: what happened or was recorded later is left out.")
    elif wanted and wanted > ask.as_of:
        said.append(f"{_DATA_END} {ask.as_of:%-d %b %Y}: nothing later is known.")
    ignored = [FILTER_NAMES[name] for name in RELATIONS[ask.metric.relation].ignores if getattr(ask.filters, name)]
    if ignored:
        said.append(f"{NOT_FILTERED} {', '.join(ignored)}: these records do not carry it.")
    if n == 0:
        said.append(_why_nothing(ask))
    elif few(n) and (ask.metric.chart != "table" or "value" in found):  # of a list there is nothing to be unsure of
        said.append(few(n))
    if ask.grain and "complete" in found:
        whole = np.asarray(found["complete"], bool)
        if not whole.all():
            said.append(_open_periods(ask.grain, np.asarray(found["period"], "datetime64[D]")[~whole]))
    return tuple(said)


def few(n: int) -> str:
    """What is said beside a figure of so few that it is an indication; empty where there are none, or enough."""
    return f"Only {n} in all: read this as an indication." if 0 < n < SMALL else ""


def is_aside(caveat: str, n: int) -> bool:
    """Whether a caveat of an answer of ``n`` only tells how to read the figures that are there, and never why there are none."""
    return caveat == few(n) or caveat.startswith((NOT_FILTERED, _AS_OF, _DATA_END)) or _NOT_WHOLE in caveat


def _why_nothing(ask: Ask) -> str:
    if ask.scope.sites == () or ask.scope.studies == ():
        return "Nothing is assigned to you: ask an administrator for sites and studies."
    if ask.scope.sites is not None and "sites" in RELATIONS[ask.metric.relation].ignores:
        return "These records are of the whole organisation, so a viewer limited to sites cannot see them."
    if ask.scope.studies is not None and "studies" in RELATIONS[ask.metric.relation].ignores:
        return "These records name no study, so a viewer limited to studies cannot see them."
    return NO_MATCH


def _open_periods(unit: str, first_days: periods.Days) -> str:
    days = np.unique(first_days).tolist()
    named = " and ".join(periods.named(day, unit) for day in days[:2])
    if len(days) == 1:
        return f"{named} is {_NOT_WHOLE}: do not compare it with a whole {unit}."
    more = f" and {len(days) - 2} more" if len(days) > 2 else ""
    return f"{named}{more} are {_NOT_WHOLE}: do not compare them with a whole {unit}."
