"""Did visits change anything? Visited physicians against physicians who fell just as much and were not visited.

Visits go to those whose referrals are falling, and who falls by chance comes back by chance: before and after, and an
ordinary comparison with everybody else, both show a large effect of visits that do nothing. Here each visited
physician is compared with those who, in the same calendar months, had the same volume before and the same fall, and had
not been visited yet; who of them is visited later stays among them, since leaving them out would leave the recovered.
An association, whatever its size: nobody was visited by lot.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pipelines.statistics.gate import counted, known, require, together

Array = NDArray[np.float64]
FEWEST = 20
_VOLUMES = np.array([0.5, 2.5, 5.5, 11.5, 23.5])  # referrals in the baseline months
_FALLS = np.array([0.2, 0.4, 0.6, 0.8, 1.0, 1.25, 1.75])  # recent months against the baseline


@dataclass(frozen=True)
class Design:
    """Months of ``baseline``, then of the ``dip`` before the visit's month, then ``post`` from that month on; ``fall``:
    the dip's mean is at most this share of the baseline's."""

    baseline: int = 6
    dip: int = 3
    post: int = 3
    fall: float = 0.60

    @property
    def before(self) -> int:
        """Months before the visit that are looked at."""
        return self.baseline + self.dip


@dataclass(frozen=True)
class Lift:
    """Referrals a month, visited less matched: ``effect`` with its 95% interval (mean over the months after),
    ``expected`` what the matched had then, ``relative`` their ratio less one. ``path`` (month, [value, low, high]) the
    difference in each of ``months`` (0 the visit's), relative to all months before; those before are the pre-trend.
    ``placebo`` (value, low, high): the same difference in the months before
    those matched on, when nothing had been done: it should be about nothing. ``before_after`` and
    ``unmatched``: what the usual comparisons would claim, as shares. ``visited`` matched of ``candidates``;
    ``crossed``: share of the controls who were visited before the end."""

    effect: float
    low: float
    high: float
    expected: float
    relative: float
    months: NDArray[np.int64]
    path: Array
    placebo: tuple[float, float, float]
    before_after: float
    unmatched: float
    visited: int
    candidates: int
    controls: int
    crossed: float


def matched_lift(
    counts: ArrayLike,
    visit: ArrayLike,
    known_from: ArrayLike | None = None,
    design: Design = Design(),
    draws: int = 400,
    seed: int = 7,
) -> Lift:
    """``counts`` (physician, month) of referrals in whole months; ``visit``: per physician the month (index) of the
    first visit, NaN or inf for none; ``known_from``: the first month each could have referred (default 0). Intervals by
    resampling physicians. Raises ``TooLittle`` below 20 visited with matched controls, ``ValueError`` for a count that is not known
    and for a visit within no month."""
    together(counts=counts, visit=visit, known_from=known_from)
    y, told = known(counted(counts), "count"), np.asarray(visit, float)
    if np.any(told == -np.inf) or np.any(np.isfinite(told) & (told != np.round(told))):
        raise ValueError("the month of a visit is a whole number, NaN or inf where there was none")
    first = np.where(np.isfinite(told), told, np.inf)
    since = np.zeros(len(y)) if known_from is None else np.asarray(known_from, float)
    real = _matched(y, first, since, design, 0)
    treated, candidates = real.visited, real.candidates
    require(
        treated >= FEWEST,
        f"An effect of visits needs {FEWEST} visited physicians whose referrals had fallen, with others like them who "
        f"were not visited; there are {treated}. No effect is shown.",
    )
    rng = np.random.default_rng(seed)
    weights = np.vstack([np.ones(len(y)), rng.multinomial(len(y), np.full(len(y), 1 / len(y)), draws)])
    gap, level = real.gaps(weights)
    path = np.column_stack([gap[0], *np.quantile(gap[1:], [0.025, 0.975], axis=0)])
    post = slice(design.before, None)
    effect = gap[:, post].mean(axis=1)
    low, high = np.quantile(effect[1:], [0.025, 0.975])
    expected = float(level[0, post].mean())
    raw, others = real.usual(y, first)
    return Lift(
        effect=float(effect[0]), low=float(low), high=float(high), expected=expected,
        relative=float(effect[0] / expected) if expected > 0 else np.nan,
        months=np.arange(-design.before, design.post), path=path,
        placebo=_placebo(y, first, since, design, weights), before_after=raw, unmatched=others,
        visited=treated, candidates=candidates, controls=real.controls, crossed=real.crossed,
    )  # fmt: skip


def _placebo(y: Array, first: Array, since: Array, design: Design, weights: Array) -> tuple[float, float, float]:
    """The same difference in the months before those that were matched on; NaN where histories are too short."""
    found = _matched(y, first, since, design, design.post)
    if found.visited < FEWEST:
        return np.nan, np.nan, np.nan
    effect = found.gaps(weights)[0][:, : design.post].mean(axis=1)
    low, high = np.quantile(effect[1:], [0.025, 0.975])
    return float(effect[0]), float(low), float(high)


@dataclass(frozen=True)
class _Cell:
    """Alike at one date: ``treated`` and ``control`` (physicians), and the months about the date of both."""

    treated: NDArray[np.intp]
    control: NDArray[np.intp]
    month: int
    seen_treated: Array
    seen_control: Array


@dataclass(frozen=True)
class _Matched:
    """All cells; their months begin ``lead`` before those matched on. ``crossed``: share of controls visited later."""

    cells: list[_Cell]
    candidates: int
    design: Design
    lead: int
    crossed: float

    @property
    def visited(self) -> int:
        return sum(len(cell.treated) for cell in self.cells)

    @property
    def controls(self) -> int:
        return len(np.unique(np.concatenate([cell.control for cell in self.cells]))) if self.cells else 0

    def gaps(self, weights: Array) -> tuple[Array, Array]:
        """(draw, month) visited less matched, and the matched's expected level; the visited weigh, each compared with
        the mean of its cell, relative to the mean of all months before."""
        matched = slice(self.lead, self.lead + self.design.before)
        gap = np.zeros((len(weights), matched.stop + self.design.post))
        level, total = np.zeros_like(gap), np.zeros((len(weights), 1))
        for cell in self.cells:
            mine, others = weights[:, cell.treated], weights[:, cell.control]
            n, m = mine.sum(axis=1, keepdims=True), others.sum(axis=1, keepdims=True)
            n = np.where(m > 0, n, 0.0)  # a draw without controls for these leaves them out
            own = mine @ cell.seen_treated / np.maximum(mine.sum(axis=1, keepdims=True), 1e-12)
            like = others @ cell.seen_control / np.maximum(m, 1e-12)
            shift = (own - like)[:, matched].mean(axis=1, keepdims=True)
            gap, level, total = gap + n * (own - like - shift), level + n * (like + shift), total + n
        total = np.maximum(total, 1e-12)
        return gap / total, level / total

    def usual(self, y: Array, first: Array) -> tuple[float, float]:
        """(before/after, ordinary comparison with everyone not visited): relative changes of the visited from the dip
        to the months after."""
        dip, post = self.design.dip, self.design.post
        own, rest = np.zeros(2), np.zeros(2)
        for cell in self.cells:
            at = cell.month
            others = np.flatnonzero(first > at)
            for place, part in enumerate((slice(at - dip, at), slice(at, at + post))):
                own[place] += y[cell.treated, part].mean(axis=1).sum()
                rest[place] += y[others, part].mean() * len(cell.treated)
        if min(own[0], rest[0]) <= 0:
            return np.nan, np.nan
        return float(own[1] / own[0] - 1), float(own[1] / own[0] - rest[1] / rest[0])


def _matched(y: Array, first: Array, since: Array, design: Design, lead: int) -> _Matched:
    """The matched cells of all first visits, with ``lead`` more months before those matched on."""
    cells: list[_Cell] = []
    candidates, crossing, controls = 0, 0, 0
    for at in np.unique(first[np.isfinite(first)]).astype(int):
        begin = at - design.before - lead
        if begin < 0 or at + design.post > y.shape[1]:
            continue
        months = y[:, begin : at + design.post]
        base = months[:, lead : lead + design.baseline].mean(axis=1)
        dip = months[:, lead + design.baseline : lead + design.before].mean(axis=1)
        fell = (since <= begin) & (base > 0) & (dip <= design.fall * base)
        treated, control = fell & (first == at), fell & (first > at)
        candidates += int(treated.sum())
        depth = np.searchsorted(_FALLS, dip / np.where(base > 0, base, 1.0))
        stratum = np.searchsorted(_VOLUMES, base * design.baseline) * 10 + depth
        for kind in np.unique(stratum[treated]):
            mine, others = (np.flatnonzero(group & (stratum == kind)) for group in (treated, control))
            if len(others):
                cells.append(_Cell(mine, others, at, months[mine], months[others]))
                crossing += int((first[others] < at + design.post).sum())
                controls += len(others)
    return _Matched(cells, candidates, design, lead, crossing / controls if controls else np.nan)
