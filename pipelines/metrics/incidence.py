"""From grouped times in SQL to cumulative incidence at fixed days: what the time-to-event metrics share.

A *cohort* is one category and period. SQL hands over one row per cohort, ``day`` and ``outcome`` with the number of
cases ``n`` and their ``age`` (days since received, in steps): outcome 0 is still open, 1 the event, 2 and above are
competing exits; for open cases the day is how long they were followed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pipelines.frames import Columns, length
from pipelines.statistics import proportions, survival
from pipelines.statistics.survival import Incidence

FOLLOWED = 0.90  # a cohort is mature when this share of it has had the whole window
COHORT = ("category", "category_id", "period")
Array = NDArray[np.float64]


@dataclass(frozen=True)
class Cohorts:
    """All cohorts of one answer: ``names`` (the columns of ``COHORT``, a row each), ``cases`` as counts (outcome, cohort,
    day) and the incidence computed from them."""

    names: Columns
    cases: Array
    incidence: Incidence
    place: NDArray[np.int64]  # the cohort of each row of what they were made of

    @property
    def n(self) -> NDArray[np.int64]:
        """People in each cohort."""
        return np.asarray(self.cases.sum(axis=(0, 2)), np.int64)

    def sums(self, values: Array) -> NDArray[np.int64]:
        """Per cohort the sum of one value per row of what they were made of."""
        return np.bincount(self.place, weights=values, minlength=length(self.names)).astype("int64")


def cohorts(found: Columns, causes: int, longest: int) -> Cohorts:
    """The cohorts of ``found`` in its order; outcomes above ``causes`` count as the last, days above ``longest``
    as open just after it."""
    first, place = _cohorts_of(found)
    day, outcome = np.asarray(found["day"], "int64"), np.minimum(np.asarray(found["outcome"], "int64"), causes)
    cases = np.zeros((causes + 1, len(first), longest + 2))
    late = day > longest
    np.add.at(cases, (np.where(late, 0, outcome), place, np.minimum(day, longest + 1)), np.asarray(found["n"], float))
    made = survival.aalen_johansen(np.arange(longest + 2), cases[1:], cases[0])
    return Cohorts({name: found[name][first] for name in COHORT}, cases, made, place)


def _cohorts_of(found: Columns) -> tuple[NDArray[np.intp], NDArray[np.int64]]:
    """Where each cohort first stands in ``found``, and the cohort of each row."""
    group = np.zeros(length(found), np.int64)
    for name in ("category", "period"):
        which, known = pd.factorize(found[name])
        group = group * (len(known) + 1) + which + 1
    _, first, place = np.unique(group, return_index=True, return_inverse=True)
    order = np.argsort(first)
    return first[order], np.argsort(order)[place].astype(np.int64)


def horizons(made: Cohorts, found: Columns, days: Sequence[int], seen: str) -> Columns:
    """One row per cohort and horizon: its names, ``horizon``, ``n``, ``followed`` (received at least that long ago),
    ``mature``, how many had the event so far, called as ``seen`` says, ``value``, ``low``, ``high``; NaN where nobody was
    followed that long, because the incidence is not known there."""
    value, var = made.incidence.at(np.array(days, float), 0)
    age, cases = np.asarray(found["age"], "int64"), np.asarray(found["n"], float)
    had = np.column_stack([made.sums(np.where(age >= day, cases, 0)) for day in days])
    so_far = np.column_stack([made.cases[1, :, : day + 1].sum(axis=1) for day in days]).astype("int64")
    low, high = _interval(value, var, had)
    known, n = had > 0, np.repeat(made.n, len(days))
    size = length(made.names)
    columns = {name: values[np.repeat(np.arange(size), len(days))] for name, values in made.names.items()}
    columns |= {"horizon": np.tile(days, size), "n": n, "followed": had.ravel(), seen: so_far.ravel()}
    columns |= {"mature": (had.ravel() >= FOLLOWED * n) & (n > 0)}
    figures = {"value": value, "low": low, "high": high}
    return columns | {name: np.where(known, figure, np.nan).ravel() for name, figure in figures.items()}


def _interval(value: Array, var: Array, had: NDArray[np.int64]) -> tuple[Array, Array]:
    """On the log(-log) scale; where none or all had the event, Jeffreys' bound on those followed that long."""
    low, high = survival.incidence_interval(value, var)
    none, every = value <= 1e-12, value >= 1 - 1e-12
    low_end, high_end = proportions.jeffreys(np.where(every, had, 0), had)
    return np.where(none | every, low_end, low), np.where(none | every, high_end, high)
