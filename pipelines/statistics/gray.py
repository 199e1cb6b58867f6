"""Do groups differ in how many come to one outcome, where others compete? Gray's (1988) k-sample test."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from pipelines.statistics.gate import members
from pipelines.statistics.survival import known, numbered

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Difference:
    """``statistic`` with its chi-square ``p`` and degrees of freedom ``df``; the ``score`` of each group but the last (how
    many more had the event than if all were alike) and its ``covariance``."""

    statistic: float
    p: float
    df: int
    score: Array
    covariance: Array


def gray(
    time: ArrayLike,
    cause: ArrayLike,
    group: ArrayLike,
    of: int = 1,
    stratum: ArrayLike | None = None,
    rho: float = 0.0,
) -> Difference:
    """Whether the cumulative incidence of cause ``of`` is the same in every ``group``.

    One entry per person: last ``time`` seen, ``cause`` (0 censored, any other number an outcome), ``group`` and, if
    asked, the ``stratum`` within which groups are compared. Weights (1 - F)^rho let early differences count more. The
    hazards compared are those of the subdistribution; the variance is Gray's, with his correction for ties. One group,
    or groups that cannot be told apart, give NaN. Raises ``ValueError`` for arrays of different lengths and for a time, cause, group or stratum that is not known.
    """
    t, which = known(time), numbered(cause)
    names, member = members(group)
    within = np.zeros(len(t), int) if stratum is None else members(stratum)[1]
    if not len(t) == len(which) == len(member) == len(within):
        raise ValueError("time, cause, group and stratum must be of one length")
    size = max(len(names) - 1, 0)
    score, covariance = np.zeros(size), np.zeros((size, size))
    for one in np.unique(within):
        here = within == one
        more, spread = _within(t[here], which[here], member[here], len(names), of, rho)
        score, covariance = score + more, covariance + spread
    if not size or np.linalg.matrix_rank(covariance) < size:
        return Difference(np.nan, np.nan, size, score, covariance)
    statistic = float(score @ np.linalg.solve(covariance, score))
    return Difference(statistic, float(stats.chi2.sf(statistic, size)), size, score, covariance)


def _within(
    t: Array, cause: NDArray[np.int_], member: NDArray[np.intp], groups: int, of: int, rho: float
) -> tuple[Array, Array]:
    """(score, covariance) of all groups but the last, of one stratum."""
    times, place = np.unique(t, return_inverse=True)
    ours, others, leaving = (np.zeros((groups, len(times))) for _ in range(3))
    np.add.at(ours, (member, place), (cause == of).astype(float))
    np.add.at(others, (member, place), ((cause != of) & (cause != 0)).astype(float))
    np.add.at(leaving, (member, place), 1.0)
    at_risk = leaving[:, ::-1].cumsum(axis=1)[:, ::-1]
    y = np.maximum(at_risk, 1.0)
    after = np.cumprod(1 - (ours + others) / y, axis=1)
    before = np.column_stack((np.ones(groups), after[:, :-1]))
    incidence = np.cumsum(before * ours / y, axis=1)
    # As many as would be at risk had nobody been lost to another cause or to censoring, of each group and of all.
    whole = np.divide(at_risk, before, out=np.zeros_like(y), where=before > 0)
    every = np.maximum(whole.sum(axis=0), 1e-300)
    events = ours.sum(axis=0)
    step = events / every
    pooled = step.cumsum()
    free = np.concatenate(([1.0], 1 - pooled[:-1]))
    # Where a group is used up before the others the pooled incidence can pass 1; cmprsk goes on with it, and so does this.
    weight = np.maximum(free, 0.0) ** rho
    exposed = whole * (1 - np.column_stack((np.zeros(groups), incidence[:, :-1])))
    expected = exposed * (events / np.maximum(exposed.sum(axis=0), 1e-300))
    score = (weight * (ours - expected)).sum(axis=1)[:-1]
    # How much an event of each group (second axis) moves each score (first axis): at once, and by what is still to come.
    apart = np.eye(groups)[:-1, :, None] - whole / every
    at_once = weight * whole[:-1, None, :] * apart
    ahead = at_once * np.divide(step, free, out=np.zeros_like(step), where=free != 0)
    ahead = np.flip(np.flip(ahead, -1).cumsum(axis=-1), -1) - ahead
    gone = np.divide(1 - pooled, after, out=np.zeros_like(after), where=after > 0)
    own, other = at_once + (1 - gone) * ahead, gone * ahead
    unit = np.divide(1.0, whole, out=np.zeros_like(whole), where=whole > 0)
    own_spread = unit * step * _tied(events, every * before)
    other_spread = unit * before * others / y * _tied(others, at_risk)
    covariance = np.einsum("krt,lrt,rt->kl", own, own, own_spread)
    return score, covariance + np.einsum("krt,lrt,rt->kl", other, other, other_spread)


def _tied(events: Array, at_risk: Array) -> Array:
    """What is left of the variance where several have the event at one time."""
    return np.where(events > 1, 1 - (events - 1) / np.maximum(at_risk - 1, 1e-12), 1.0)
