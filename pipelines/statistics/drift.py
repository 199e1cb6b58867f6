"""Small shifts that no single point shows, and the older books' rules: for comparison with what textbooks and packages print.

The product draws ``spc``'s charts with the rules of Making Data Count. Moving averages and cumulative sums find a shift of one
standard deviation several times sooner, at the price of a chart that fewer people can read.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from pipelines.statistics.gate import choose, known
from pipelines.statistics.spc import Chart

Array = NDArray[np.float64]
Signs = NDArray[np.int64]


def ewma(
    value: ArrayLike, centre: float, sigma: float, weight: float = 0.2, width: float = 3.0, settled: bool = False
) -> Chart:
    """Exponentially weighted moving average (Roberts 1959): z = ``weight`` x + (1 - weight) z before, starting at ``centre``.
    Limits are ``width`` standard errors, which grow with each point; ``settled``: those after many points, throughout."""
    x = known(value, "point")
    z, average = centre, np.empty(len(x))
    for at, one in enumerate(x):
        average[at] = z = weight * one + (1 - weight) * z
    grown = 1.0 if settled else 1 - (1 - weight) ** (2 * np.arange(1, len(x) + 1))
    error = np.full(len(x), sigma) * np.sqrt(weight / (2 - weight) * grown)
    middle, half = np.full(len(x), float(centre)), width * error
    return Chart(average, middle, middle - half, middle + half, half / 3)


@dataclass(frozen=True)
class Cusum:
    """``upper`` and ``lower`` sums of how far each point lay beyond the slack (both at least 0), and the ``limit``."""

    upper: Array
    lower: Array
    limit: float

    @property
    def outside(self) -> Signs:
        """1 where the upper sum is above the limit, -1 where the lower is, else 0."""
        return np.asarray(np.where(self.upper > self.limit, 1, np.where(self.lower > self.limit, -1, 0)), np.int64)


def cusum(
    value: ArrayLike, target: float, sigma: float = 1.0, slack: float = 0.5, limit: float = 5.0, head_start: float = 0.0
) -> Cusum:
    """Tabular cumulative sums (Page 1954): C+ = max(0, x - (target + K) + C+ before), C- likewise below, with K ``slack`` and
    the limit ``limit`` standard deviations ``sigma``. ``head_start``: where both begin, in standard deviations (Lucas &
    Crosier 1982: half the limit)."""
    x, k = known(value, "point"), slack * sigma
    up = down = head_start * sigma
    upper, lower = np.empty(len(x)), np.empty(len(x))
    for at, one in enumerate(x):
        upper[at] = up = max(0.0, one - target - k + up)
        lower[at] = down = max(0.0, target - k - one + down)
    return Cusum(upper, lower, limit * sigma)


def ewma_run_length(weight: float, width: float, shift: float = 0.0) -> float:
    """Points on average until a settled EWMA with limits ``width`` standard errors wide speaks, ``shift`` standard
    deviations away from the centre (0: until a false alarm). From its integral equation by Gauss-Legendre quadrature
    (Crowder 1987; tables in Lucas & Saccucci 1990). Raises ``ValueError`` for a weight that is not within 0 and 1."""
    if not 0 < weight <= 1 or width <= 0:
        raise ValueError("the weight lies above 0 and at most at 1, the width above 0")
    limit = width * np.sqrt(weight / (2 - weight))
    at, area = _nodes(-limit, limit)
    kernel = _density((at[None, :] - (1 - weight) * at[:, None]) / weight - shift) * area / weight
    length = np.linalg.solve(np.eye(len(at)) - kernel, np.ones(len(at)))
    from_centre = _density(at / weight - shift) * area / weight
    return float(1 + from_centre @ length)


Sides = Literal[1, 2]


def cusum_run_length(
    shift: float = 0.0, slack: float = 0.5, limit: float = 5.0, head_start: float = 0.0, sides: Sides = 2
) -> float:
    """Points on average until a tabular CUSUM speaks, ``shift`` standard deviations away from its target (0: until a false
    alarm); all in standard deviations. Page's (1954) integral equation by Gauss-Legendre quadrature; both sides together
    by the formula of Lucas & Crosier (1982), whose table holds the values with a head start."""
    choose("sides", Sides, sides)
    if limit <= 0 or not 0 <= head_start < limit:
        raise ValueError("the limit lies above 0, the head start below the limit")
    fresh, begun = _one_sided(shift, slack, limit, head_start)
    if sides == 1:
        return begun
    fresh_below, begun_below = _one_sided(-shift, slack, limit, head_start)
    return (begun * fresh_below + fresh * begun_below - fresh * fresh_below) / (fresh + fresh_below)


def _one_sided(shift: float, slack: float, limit: float, head_start: float) -> tuple[float, float]:
    """(run length from zero, from the head start) of the upper sum."""
    at, area = _nodes(0.0, limit)
    starts = np.concatenate([[0.0, head_start], at])
    moved = slack - shift - starts
    jump = np.zeros((len(starts), len(starts)))
    jump[:, 0] = special.ndtr(moved)  # the sum falls to zero
    jump[:, 2:] = _density(at[None, :] + moved[:, None]) * area
    length = np.linalg.solve(np.eye(len(starts)) - jump, np.ones(len(starts)))
    return float(length[0]), float(length[1])


Limits = Literal["limits", "western electric"]


def shewhart_run_length(shift: float = 0.0, rules_of: Limits = "limits") -> float:
    """Points on average until a chart of single points with known three-sigma limits speaks, ``shift`` standard deviations away
    from its centre (0: until a false alarm): by its ``limits`` alone, or by all four rules of ``western electric``. Exact: a
    Markov chain over what the rules remember of the points before (Champ & Woodall 1987)."""
    choose("the rules", Limits, rules_of)
    inside = np.diff(special.ndtr(np.array([-3.0, -2, -1, 0, 1, 2, 3]) - shift))
    if rules_of == "limits":
        return float(1 / (1 - inside.sum()))
    states: dict[_Remembered, int] = {((), 0): 0}
    moves: list[tuple[int, int, float]] = []
    waiting = list(states)
    while waiting:
        state = waiting.pop()
        for zone, chance in zip((-3, -2, -1, 1, 2, 3), inside, strict=True):
            if (after := _unless_it_speaks(state, zone)) is None:
                continue
            if after not in states:
                states[after] = len(states)
                waiting.append(after)
            moves.append((states[state], states[after], float(chance)))
    stay = np.zeros((len(states), len(states)))
    begin, end, chances = (np.array(part) for part in zip(*moves, strict=True))
    np.add.at(stay, (begin, end), chances)
    return float(np.linalg.solve(np.eye(len(states)) - stay, np.ones(len(states)))[0])


# The last four points by how many sigma they came to, with their side (0 within one), and how many lay on one side in a row.
_Remembered = tuple[tuple[int, ...], int]


def _unless_it_speaks(state: _Remembered, zone: int) -> _Remembered | None:
    """What is remembered after a point in ``zone`` (1 within one sigma, 2 within two, 3 within three, and its side), or None
    where one of Western Electric's rules 2 to 4 speaks."""
    last, run = (*state[0], zone), state[1]
    side = 1 if zone > 0 else -1
    run = run + side if run * side > 0 else side
    near = [side * one for one in last]
    if abs(run) >= 8 or sum(one >= 3 for one in near[-3:]) >= 2 or sum(one >= 2 for one in near) >= 4:
        return None
    return tuple(one if abs(one) > 1 else 0 for one in last[-4:]), run


def _nodes(low: float, high: float, many: int = 80) -> tuple[Array, Array]:
    """(points, weights) of Gauss-Legendre quadrature between two ends."""
    at, area = np.polynomial.legendre.leggauss(many)
    half = (high - low) / 2
    return low + half * (at + 1), half * area


def _density(z: Array) -> Array:
    return np.asarray(np.exp(-0.5 * z**2) / np.sqrt(2 * np.pi))


Book = Literal["nelson", "western electric"]


def rules(value: ArrayLike, centre: ArrayLike, sigma: ArrayLike, book: Book = "nelson") -> NDArray[np.bool_]:
    """(rule, point) whether each rule speaks at each point, which completes its pattern. ``nelson`` (1984): 1 beyond three sigma,
    2 nine on one side, 3 six steadily rising or falling, 4 fourteen up and down in turn, 5 two of three beyond two sigma on one
    side, 6 four of five beyond one sigma on one side, 7 fifteen within one sigma, 8 eight on both sides with none within one
    sigma. ``western electric`` (1956): 1 beyond three sigma, 2 two of three beyond two, 3 four of five beyond one, 4 eight on
    one side."""
    choose("the book", Book, book)
    z = (np.asarray(value, float) - np.asarray(centre, float)) / np.asarray(sigma, float)
    step = np.sign(np.diff(np.asarray(value, float), prepend=np.nan))
    three, two, four = _beyond(z, 3, 1, 1), _beyond(z, 2, 2, 3), _beyond(z, 1, 4, 5)
    if book == "western electric":
        return np.stack([three, two, four, _beyond(z, 0, 8, 8)])
    turned = np.concatenate(([False], step[1:] * step[:-1] < 0))
    return np.stack([
        three, _beyond(z, 0, 9, 9), _window(step, 5, lambda w: abs(w.sum()) == 5), _window(turned, 12, lambda w: bool(w.all())),
        two, four, _window(np.abs(z) < 1, 15, lambda w: bool(w.all())), _window(np.abs(z) > 1, 8, lambda w: bool(w.all())),
    ])  # fmt: skip


def _beyond(z: Array, far: float, hits: int, among: int) -> NDArray[np.bool_]:
    """Points beyond ``far`` sigma that make ``hits`` of the last ``among`` on their side."""
    found = np.zeros(len(z), bool)
    for side in (1, -1):
        there = side * z > far
        found |= there & _window(there, among, lambda w: bool(w.sum() >= hits), whole=hits == among)
    return found


def _window(
    flags: NDArray[np.generic], length: int, speaks: Callable[[NDArray[np.generic]], bool], whole: bool = True
) -> NDArray[np.bool_]:
    """Whether the last ``length`` flags up to each point (fewer at the beginning, unless ``whole``) speak."""
    found = np.zeros(len(flags), bool)
    for at in range(length - 1 if whole else 0, len(flags)):
        found[at] = speaks(flags[max(at - length + 1, 0) : at + 1])
    return found
