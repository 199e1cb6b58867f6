"""How complete is the recent past? Chain-ladder estimates of what has happened but is not reported yet.

A triangle: row i a period in which things happened (oldest first), column j how long after they were reported,
cumulated; NaN where that is still in the future. Development factors are those of Mack (1993).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pipelines.statistics.gate import choose, counted, known, require, together

Array = NDArray[np.float64]
FEWEST_PERIODS = 6
Last = Literal["mack", "log-linear"]
COMPLETE = 0.95  # above it the figure is shown as it is


@dataclass(frozen=True)
class Ladder:
    """``factors`` from each age to the next; ``complete`` the share reported by each age (the last is 1, or 1 / tail);
    per period ``latest`` reported, ``ultimate`` expected in the end, ``outstanding`` their difference, its standard
    ``error`` (Mack); ``total_error`` that of the sum of all."""

    factors: Array
    complete: Array
    latest: Array
    ultimate: Array
    outstanding: Array
    error: Array
    total_error: float
    age: NDArray[np.intp]

    @property
    def completeness(self) -> Array:
        """Share of each period's ultimate that has been reported."""
        return np.asarray(self.complete[self.age])


def chain_ladder(triangle: ArrayLike, tail: float = 1.0, last: Last = "mack") -> Ladder:
    """The chain ladder of a cumulative triangle (period, age). Factors: sum of next / sum of this over the periods
    seen at both. Error: Mack (1993), distribution-free; the ``last`` variance, which one ratio cannot tell, by his
    extrapolation or from a straight line through the logs of the others (R's ChainLadder prints either). Raises ``TooLittle``
    with fewer than two periods or a column never reached, ``ValueError`` for a gap within a period or a tail that is not above 0."""
    choose("the last variance", Last, last)
    c = counted(triangle)
    seen = ~np.isnan(c)
    require(c.ndim == 2 and len(c) >= 2 and bool(seen[:, 0].all() and seen.any(axis=0).all()),
            "Completeness cannot be told: each delay must have been seen for some period.")  # fmt: skip
    if np.any(seen[:, 1:] & ~seen[:, :-1]):
        raise ValueError("a period is seen from its beginning to some age, without a gap")
    if not 0 < tail < np.inf:
        raise ValueError("the tail is a factor above 0")
    both = seen[:, 1:]
    this, after = np.where(both, c[:, :-1], 0.0), np.where(both, c[:, 1:], 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        factors = np.where(this.sum(axis=0) > 0, after.sum(axis=0) / this.sum(axis=0), 1.0)
    to_end = np.concatenate([np.cumprod(factors[::-1])[::-1], [1.0]]) * tail
    age = seen.sum(axis=1) - 1
    latest = c[np.arange(len(c)), age]
    ultimate = latest * to_end[age]
    error, total = _mack(c, both, factors, age, ultimate / tail, last)
    return Ladder(
        factors, 1 / np.maximum(to_end, 1e-300), latest, ultimate, ultimate - latest, error * tail, total * tail, age
    )  # fmt: skip


def bornhuetter_ferguson(triangle: ArrayLike, prior: ArrayLike, tail: float = 1.0) -> Array:
    """What each period comes to in the end, where what is not reported yet is taken from a ``prior`` figure of the whole
    (one per period, or one for all) and not from the little that is: for young periods, whose own figures say hardly
    anything (Bornhuetter & Ferguson 1972). The shares reported by each age are the chain ladder's."""
    ladder = chain_ladder(triangle, tail)
    return np.asarray(ladder.latest + np.asarray(prior, float) * (1 - ladder.completeness))


def cape_cod(triangle: ArrayLike, exposure: ArrayLike, tail: float = 1.0) -> tuple[float, Array]:
    """(facts per unit of ``exposure``, what each period comes to in the end): Bornhuetter and Ferguson's with a prior that the
    triangle tells itself, all that is reported over the exposure that has been reported on (Stanard 1985; Buehlmann)."""
    ladder = chain_ladder(triangle, tail)
    size = np.broadcast_to(known(exposure, "exposure"), ladder.latest.shape)
    if np.any(size <= 0):
        raise ValueError("every exposure must lie above 0")
    rate = float(ladder.latest.sum() / (size * ladder.completeness).sum())
    return rate, np.asarray(ladder.latest + rate * size * (1 - ladder.completeness))


def _mack(
    c: Array, both: NDArray[np.bool_], f: Array, age: NDArray[np.intp], ultimate: Array, last: str
) -> tuple[Array, float]:
    """Mack's standard errors of each ultimate and of their sum (0 for what has no factors left)."""
    steps, n = len(f), both.sum(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(both & (c[:, :-1] > 0), c[:, 1:] / c[:, :-1], np.nan)
        squares = np.where(np.isnan(ratio), 0.0, np.nan_to_num(c[:, :-1]) * (np.nan_to_num(ratio) - f) ** 2).sum(axis=0)
        sigma2 = np.where(n > 1, squares / np.maximum(n - 1, 1), np.nan)
    told = np.flatnonzero(sigma2 > 0)
    for k in map(int, np.flatnonzero(np.isnan(sigma2))):
        if last == "log-linear" and len(told) >= 2:  # the line is of sigma, so the variance is its square
            slope, level = np.polyfit(told, np.log(sigma2[told]) / 2, 1)
            sigma2[k] = np.exp(2 * (level + slope * k))
            continue
        if k >= 2 and sigma2[k - 2] > 0:
            sigma2[k] = min(sigma2[k - 1] ** 2 / sigma2[k - 2], sigma2[k - 2], sigma2[k - 1])
        else:
            sigma2[k] = sigma2[k - 1] if k else 0.0
    base = np.where(both, c[:, :-1], 0.0).sum(axis=0)
    relative = np.where(base > 0, sigma2 / f**2, 0.0)
    error2, total = np.zeros(len(c)), 0.0
    for i in range(len(c)):
        value = c[i, age[i]]
        for k in range(age[i], steps):
            own = 1 / value if value > 0 else 0.0
            error2[i] += relative[k] * (own + 1 / base[k]) if base[k] > 0 else 0.0
            value *= f[k]
        error2[i] *= ultimate[i] ** 2
    for i in range(len(c)):
        later = ultimate[i + 1 :].sum()
        shared = sum(2 * relative[k] / base[k] for k in range(age[i], steps) if base[k] > 0)
        total += error2[i] + ultimate[i] * later * shared
    return np.sqrt(error2), float(np.sqrt(total))


def triangle(happened: ArrayLike, delay: ArrayLike, now: int, ages: int) -> Array:
    """Cumulative triangle from one entry per fact: the period in which it ``happened`` (0, 1, ... ``now``, the last
    complete one) and after how many periods it was reported (``delay`` >= 0). Delays beyond ``ages - 1`` count as that
    long; facts reported after ``now`` are not known yet and left out."""
    together(happened=happened, delay=delay)
    told, waited = known(happened, "period"), known(delay, "delay")
    if np.any(told != np.round(told)) or np.any(waited != np.round(waited)):
        raise ValueError("periods and delays are whole numbers")
    when, late = told.astype(np.intp), np.minimum(waited.astype(np.intp), ages - 1)
    if len(late) and late.min() < 0:
        raise ValueError("a fact was reported before it happened: mend its dates")
    reported = (when >= 0) & (when + waited <= now)
    table = np.zeros((now + 1, ages))
    np.add.at(table, (when[reported], late[reported]), 1.0)
    table = table.cumsum(axis=1)
    ahead = np.arange(now + 1)[:, None] + np.arange(ages) > now
    return np.where(ahead, np.nan, table)


def to_date(table: ArrayLike, recent: int | None = None) -> Ladder:
    """Completeness of each period of a reporting triangle, from the last ``recent`` periods only if asked (habits of
    reporting change). Raises ``TooLittle`` below 6 periods."""
    c = np.asarray(table, float)
    require(
        len(c) >= FEWEST_PERIODS,
        f"How complete recent periods are can be told from {FEWEST_PERIODS} periods of reporting on; there are {len(c)}.",
    )
    if recent is None or len(c) <= recent:
        return chain_ladder(c)
    lately = chain_ladder(_last(c, recent))
    to_end = 1 / lately.complete
    age = (~np.isnan(c)).sum(axis=1) - 1
    latest = c[np.arange(len(c)), age]
    error = np.concatenate([np.zeros(len(c) - recent), lately.error])
    return Ladder(lately.factors, lately.complete, latest, latest * to_end[age], latest * (to_end[age] - 1), error,
                  lately.total_error, age)  # fmt: skip


def _last(c: Array, recent: int) -> Array:
    """The last ``recent`` rows; needs as many rows as columns to have seen each delay."""
    return c[-max(recent, c.shape[1]) :]
