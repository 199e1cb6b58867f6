"""Could somebody who reads every release work out a count that none of them shows?

All that was ever said of a study - cells, totals of sites and months, grand totals, in this release and those before - are
bounds on sums of the same true counts, and everybody knows that counts are not negative and that nobody reaches a stage
without the ones before. A linear program then says within which interval a hidden count must lie. The release is safe when
each such interval still holds at least ``FEWEST`` whole numbers.

Two programs for each hidden count would be too many. Every table that obeys all bounds is a witness for every count at
once: the true one is the first, the solution of every program another, and a count needs no program of its own once its
witnesses lie far enough apart. Of fractions the intervals of whole numbers are at most as wide: on that side the audit is lenient, as a
linear program is.

Method: Fischetti & Salazar (2001), the attacker's problem for cell suppression; Federal Committee on Statistical
Methodology (2005), Working Paper 22.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, sparse

from pipelines.errors import RapportError
from pipelines.releases.disclosure import HIDDEN, SMALL, WITHHELD, Whole, bounds

FEWEST = 5  # whole numbers that a hidden count may be
SLACK = 1e-6
Form = tuple[list[int], list[float]]  # numbers of unknowns, and their weights in a sum


@dataclass(frozen=True)
class Published:
    """What one release says, as codes of ``disclosure``: ``cells`` (stage, site, month), and the totals over months
    ``sites`` (stage, site), over sites ``months`` (stage, month), over both ``whole`` (stage); ``exact`` (stage,
    month) which are told as they are; totals over months are as the last month is."""

    cells: Whole
    sites: Whole
    months: Whole
    whole: Whole
    exact: NDArray[np.bool_]


@dataclass(frozen=True, order=True)
class Place:
    """One published figure: of which release, stage, and which site and month (-1: over all of them)."""

    release: int
    stage: int
    site: int
    month: int


class Auditor:
    """Everything that was said of one study, and what follows from it.

    ``truth``: the true counts (stage, site, month), new people in each month; ``said``: the releases, oldest first, each
    covering the first sites and months of ``truth``."""

    def __init__(self, truth: Whole, said: Sequence[Published]) -> None:
        self._shape = truth.shape
        # Unknown are the sums so far, so that most of what is said touches one or two of them.
        self._point = truth.cumsum(axis=2).astype(float).ravel()
        self._number = np.arange(truth.size).reshape(truth.shape)
        self._rows: list[Form] = []
        self._low: list[float] = []
        self._high: list[float] = []
        self._place: dict[Place, int] = {}
        self._told: set[tuple[tuple[int, ...], int, bool]] = set()
        self._watched: dict[int, Place] = {}
        # A stage that may be told as it is has nothing to hide any more, in earlier releases neither.
        self._protected = ~said[-1].exact[:, -1]
        self._order()
        for release, published in enumerate(said):
            self._say(release, published)
        self._matrix = self._built()
        self._true = self._matrix @ self._point
        self._least, self._most = self._true.copy(), self._true.copy()

    def narrow(self, progress: Callable[[float], None] = lambda share: None) -> list[Place]:
        """The hidden figures that are known too well; ``progress`` is told the share that has been looked at. Raises ``RapportError`` where what was said contradicts itself."""
        rng = np.random.default_rng(0)
        while open_ := self._undecided():
            progress(1 - len(open_) / len(self._watched))
            self._spread(open_, rng)
            if len(self._undecided()) == len(open_):
                break
        return [self._watched[row] for row in self._undecided() if not self._wide_enough(row)]

    def withhold(self, places: Iterable[Place]) -> None:
        """Say nothing of these figures: what is known can only become less, so that all witnesses stay. Small ones are watched
        all the same."""
        for place in places:
            row = self._place[place]
            self._low[row], self._high[row] = 0.0, np.inf
            if self._protected[place.stage] and self._true[row] <= SMALL:
                self._watched[row] = place

    def says(self, place: Place) -> bool:
        """Whether a figure was said here for the first time and is not withheld."""
        return place in self._place and self._high[self._place[place]] < np.inf

    def interval(self, place: Place) -> tuple[float, float]:
        """(least, most) that one figure can be by all that was said."""
        row = self._place[place]
        for sign in (1.0, -1.0):
            self._solve(_one(len(self._rows), row, sign))
        return float(self._least[row]), float(self._most[row])

    def _order(self) -> None:
        """Nobody reaches a stage without the one before. That no count is negative says every cell of its own."""
        for before, behind in zip(self._number[:-1].ravel(), self._number[1:].ravel(), strict=True):
            self._bound(([int(before), int(behind)], [1.0, -1.0]), 0.0, np.inf)

    def _say(self, release: int, published: Published) -> None:
        """What a release adds: months that it only repeats tell nothing new."""
        stages, sites, months = published.cells.shape
        for stage in range(stages):
            totals = [self._sofar(stage, site, months - 1) for site in range(sites)]
            for month in range(months):
                cells = [self._cell(stage, site, month) for site in range(sites)]
                exact = bool(published.exact[stage, month])
                for site, cell in enumerate(cells):
                    self._tell(Place(release, stage, site, month), cell, published.cells[stage, site, month], exact)
                self._tell(Place(release, stage, -1, month), _sum(cells), published.months[stage, month], exact)
            exact = bool(published.exact[stage, -1])
            for site, total in enumerate(totals):
                self._tell(Place(release, stage, site, -1), total, published.sites[stage, site], exact)
            self._tell(Place(release, stage, -1, -1), _sum(totals), published.whole[stage], exact)

    def _tell(self, place: Place, form: Form, code: int, exact: bool) -> None:
        told = (tuple(form[0]), int(code), exact)
        if place.month >= 0 and told in self._told:
            return
        self._told.add(told)
        low, high = bounds(code, exact)
        row = self._place[place] = self._bound(form, float(low), float(high))
        true = sum(weight * self._point[number] for number, weight in zip(*form, strict=True))
        if self._protected[place.stage] and (code == HIDDEN or (code == WITHHELD and true <= SMALL)):
            self._watched[row] = place

    def _sofar(self, stage: int, site: int, month: int) -> Form:
        return [int(self._number[stage, site, month])], [1.0]

    def _cell(self, stage: int, site: int, month: int) -> Form:
        now, before = self._sofar(stage, site, month), month and self._sofar(stage, site, month - 1)
        return ([*now[0], *before[0]], [1.0, -1.0]) if before else now

    def _bound(self, form: Form, low: float, high: float) -> int:
        self._rows.append(form)
        self._low.append(low)
        self._high.append(high)
        return len(self._rows) - 1

    def _built(self) -> sparse.csr_matrix:
        places = np.repeat(np.arange(len(self._rows)), [len(columns) for columns, _ in self._rows])
        columns = np.concatenate([np.asarray(columns) for columns, _ in self._rows])
        values = np.concatenate([np.asarray(values) for _, values in self._rows])
        return sparse.csr_matrix((values, (places, columns)), shape=(len(self._rows), self._point.size))

    def _undecided(self) -> list[int]:
        return [row for row in sorted(self._watched) if self._count(row) < FEWEST]

    def _count(self, row: int) -> int:
        """How many whole numbers lie between the witnesses."""
        return int(np.floor(self._most[row] + SLACK) - np.ceil(self._least[row] - SLACK)) + 1

    def _spread(self, rows: list[int], rng: np.random.Generator) -> None:
        """A witness against as many as it can: small counts become larger and large ones smaller, none by more than it needs,
        so that there is enough to go round."""
        high = self._high.copy()
        weights = np.zeros(len(self._rows))
        for row in rows:
            need = np.floor(self._least[row] + SLACK) + FEWEST - 1
            down = need > high[row]  # a large count of those that may be
            weights[row] = rng.uniform(0.5, 1.0) * (-1 if down else 1)
            self._high[row] = high[row] if down else need
        self._solve(weights)
        self._high = high

    def _wide_enough(self, row: int) -> bool:
        for sign in (1.0, -1.0):
            if self._count(row) < FEWEST:
                self._solve(_one(len(self._rows), row, sign))
        return self._count(row) >= FEWEST

    def _solve(self, weights: NDArray[np.float64]) -> None:
        """The table that obeys all bounds and makes this sum of figures largest: one more witness."""
        found = optimize.milp(
            -(self._matrix.T @ weights), constraints=optimize.LinearConstraint(self._matrix, self._low, self._high),
            bounds=optimize.Bounds(0, np.inf),
        )  # fmt: skip
        if found.x is None:
            raise RapportError(
                "What was released of this study contradicts what is known now.",
                "Nothing was released. Check the loads since the last release, and whether a release was altered.",
            )
        values = self._matrix @ found.x
        self._least, self._most = np.minimum(self._least, values), np.maximum(self._most, values)


def _one(size: int, row: int, sign: float) -> NDArray[np.float64]:
    weights = np.zeros(size)
    weights[row] = sign
    return weights


def _sum(forms: Iterable[Form]) -> Form:
    columns: list[int] = []
    values: list[float] = []
    for more, weights in forms:
        columns += more
        values += weights
    return columns, values


def silenced(published: Published, release: int, places: Iterable[Place]) -> Published:
    """``published`` with what stands at ``places`` (of this ``release``) withheld."""
    cells, sites, months, whole = (
        part.copy() for part in (published.cells, published.sites, published.months, published.whole)
    )
    for place in places:
        if place.release != release:
            continue
        if place.site >= 0 and place.month >= 0:
            cells[place.stage, place.site, place.month] = WITHHELD
        elif place.site >= 0:
            sites[place.stage, place.site] = WITHHELD
        elif place.month >= 0:
            months[place.stage, place.month] = WITHHELD
        else:
            whole[place.stage] = WITHHELD
    return Published(cells, sites, months, whole, published.exact)
