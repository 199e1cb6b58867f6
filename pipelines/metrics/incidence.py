"""From grouped times in SQL to cumulative incidence at fixed days: what the time-to-event metrics share.

A *cohort* is one category and period. SQL hands over one row per cohort, ``day`` and ``outcome`` with the number of
``cases`` and their ``age`` (days since received, in steps): outcome 0 is still open, 1 the event, 2 and above are
competing exits; for open cases the day is how long they were followed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pipelines.statistics import proportions, survival
from pipelines.statistics.survival import Incidence

FOLLOWED = 0.90  # a cohort is mature when this share of it has had the whole window
COHORT = ["category", "category_id", "period"]
Array = NDArray[np.float64]


@dataclass(frozen=True)
class Cohorts:
    """All cohorts of one answer: ``names`` (a row each), ``cases`` as counts (outcome, cohort, day) and the
    incidence computed from them."""

    names: pd.DataFrame
    cases: Array
    incidence: Incidence
    place: NDArray[np.int64]  # the cohort of each row of the frame they were made of

    @property
    def n(self) -> NDArray[np.int64]:
        """People in each cohort."""
        return np.asarray(self.cases.sum(axis=(0, 2)), np.int64)

    def sums(self, values: Array) -> NDArray[np.int64]:
        """Per cohort the sum of one value per row of the frame."""
        return np.bincount(self.place, weights=values, minlength=len(self.names)).astype("int64")


def cohorts(frame: pd.DataFrame, causes: int, longest: int) -> Cohorts:
    """The cohorts of ``frame`` in its order; outcomes above ``causes`` count as the last, days above ``longest``
    as open just after it."""
    place = np.asarray(frame.groupby(["category", "period"], sort=False, dropna=False).ngroup(), np.int64)
    names = frame.loc[~frame.duplicated(["category", "period"]), COHORT].reset_index(drop=True)
    day, outcome = frame["day"].to_numpy("int64"), np.minimum(frame["outcome"].to_numpy("int64"), causes)
    cases = np.zeros((causes + 1, len(names), longest + 2))
    late = day > longest
    np.add.at(cases, (np.where(late, 0, outcome), place, np.minimum(day, longest + 1)), frame["cases"].to_numpy(float))
    found = survival.aalen_johansen(np.arange(longest + 2), cases[1:], cases[0])
    return Cohorts(names, cases, found, place)


def horizons(made: Cohorts, frame: pd.DataFrame, days: Sequence[int], cause: int = 0) -> pd.DataFrame:
    """One row per cohort and horizon: its names, ``horizon``, ``n``, ``followed`` (received at least that long ago),
    ``mature``, ``enrolled`` or otherwise had the event so far (``seen``), ``value``, ``low``, ``high``; NaN where
    nobody was followed that long, because the incidence is not known there."""
    value, var = made.incidence.at(np.array(days, float), cause)
    age, cases = frame["age"].to_numpy(), frame["cases"].to_numpy(float)
    had = np.column_stack([made.sums(np.where(age >= day, cases, 0)) for day in days])
    seen = np.column_stack([made.cases[cause + 1, :, : day + 1].sum(axis=1) for day in days]).astype("int64")
    low, high = _interval(value, var, had)
    known, n = had > 0, np.repeat(made.n, len(days))
    columns = {"horizon": np.tile(days, len(made.names)), "n": n, "followed": had.ravel(), "seen": seen.ravel()}
    columns |= {"mature": (had.ravel() >= FOLLOWED * n) & (n > 0)}
    figures = {"value": value, "low": low, "high": high}
    columns |= {name: np.where(known, figure, np.nan).ravel() for name, figure in figures.items()}
    return made.names.loc[made.names.index.repeat(len(days))].reset_index(drop=True).assign(**columns)


def _interval(value: Array, var: Array, had: NDArray[np.int64]) -> tuple[Array, Array]:
    """On the log(-log) scale; where none or all had the event, Jeffreys' bound on those followed that long."""
    low, high = survival.incidence_interval(value, var)
    none, every = value <= 1e-12, value >= 1 - 1e-12
    low_end, high_end = proportions.jeffreys(np.where(every, had, 0), had)
    return np.where(none | every, low_end, low), np.where(none | every, high_end, high)
