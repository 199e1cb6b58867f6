"""Pace of each site of a study (M32).

Frame, one row per study and site: ``category`` (the site), ``category_id``, ``study``, ``opened_on``, ``state`` (to open
| recruiting | paused | closed), ``months_open``, ``n`` (enrolled), ``raw`` (enrolled a month while open, so far),
``value`` (its pace now a month: shrunken towards the study's other sites), ``low``, ``high``.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from pipelines.metrics.counted import UNKNOWN
from pipelines.metrics.declare import Answer, Metric
from pipelines.metrics.engine import Ask
from pipelines.metrics.recruiting import SETTINGS, Recruiting, caveats, days_to_dates, studies
from pipelines.statistics.gate import TooLittle
from pipelines.statistics.recruitment import MONTH

_COLUMNS = ("category", "category_id", "study", "opened_on", "state", "months_open", "n", "raw", "value", "low", "high")


def answer(ask: Ask) -> Answer:
    """Every site of every study, slowest last."""
    found = studies(ask)
    parts = [_sites(one) for one in found if len(one.sites)]
    frame = pd.DataFrame({name: np.concatenate([part[name] for part in parts]) if parts else [] for name in _COLUMNS})
    frame["opened_on"] = days_to_dates(frame["opened_on"]).to_numpy()
    frame["category_id"] = frame["category_id"].astype("Int64").where(frame["category_id"] != UNKNOWN)
    frame = frame.sort_values(
        ["study", "value", "n", "category"], ascending=[True, False, False, True], ignore_index=True
    )
    return Answer(frame[list(_COLUMNS)], caveats(found), int(frame["n"].sum()))


def _sites(one: Recruiting) -> dict[str, Any]:
    sites, cut = one.sites, one.cut
    n = np.bincount(np.asarray(one.study.site, np.int64), minlength=len(sites))
    end = np.fmin(sites.closed, cut)
    away = np.nan_to_num(np.maximum(np.fmin(sites.resumed, end) - sites.paused, 0))
    months = np.maximum(end - sites.opened - away, 0) / MONTH
    closed = (sites.closed <= cut) | one.closed
    state = np.select([sites.opened > cut, closed, sites.away(cut)], ["to open", "closed", "paused"], "recruiting")
    try:
        said = one.forecast(dated=False)
        value, low, high = said.rate, said.rate_low, said.rate_high
    except TooLittle:
        value = low = high = np.full(len(sites), np.nan)
    raw = np.where(months > 0, n / np.where(months > 0, months, 1), np.nan)
    return {
        "category": sites.name, "category_id": sites.site_id, "study": np.full(len(n), one.name, object), "opened_on": sites.opened,
        "state": state, "months_open": months, "n": n, "raw": raw, "value": value, "low": low, "high": high,
    }  # fmt: skip


METRIC = Metric(
    name="recruitment_sites",
    label="Pace of sites",
    question="Which sites carry a study, and which have stalled?",
    description=(
        "Each site's pace now, drawn towards the other sites of its study by as much as chance could explain, with its "
        "95 percent interval."
    ),
    numerator="participants enrolled at the site",
    denominator="months the site was open to enrolment",
    unit="a month",
    window="from the site's opening to the as-of day, pauses left out",
    edge_cases=(
        "A site still to open has the pace to be expected of a new site of its study.",
        "No pace below 5 enrolled or 2 recruiting sites in the study: the counts are shown.",
        "Enrolments at a site without a stated opening begin with the first of them.",
    ),
    source="Posterior of the Poisson-gamma forecast (Anisimov & Fedorov 2007) with a site-age trend.",
    dimensions=("site",),
    grains=(),
    answer=answer,
    columns={
        "study": "the study",
        "opened_on": "opened, or planned to",
        "state": "to open, recruiting, paused or closed",
        "months_open": "months open to enrolment",
        "raw": "enrolled a month while open",
    },
    relation="subject",
    population="code in ('randomized', 'on_study')",
    settings=SETTINGS,
    chart="ranking",
)
