"""Which totals are left out whatever stands behind them, so that leaving one out tells nothing.

An audit that looks at the true counts leaves a total out where it would give a small count away, and a reader who knows this
learns from the gap what the total would have told: of two sites with "<11" each, a total that is not shown would be 18, 19 or
20, and both sites have eight to ten. So the choice is made here from what everybody sees, before the audit, and wide enough:
a total is left out where it would say too much of a part, and where the next figure up or down would. Who finds it left out
cannot tell which of them it was.

Method: simulatable auditing (Kenthapadi, Mishra & Nissim 2005); the attack is minimality's (Wong, Fu, Wang & Pei 2007).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from pipelines.releases.auditor import FEWEST, Place, Published
from pipelines.releases.disclosure import HIDDEN, LEAST, NEAREST, SMALL, WITHHELD, Span, Whole, bounds

Spans = tuple[Span, Span]  # (least, most) of each part
UNBOUNDED = 1e12  # more people than there are, where nothing is said; numbers that can be added up


def untold(said: Published, before: Published | None) -> Iterator[Place]:
    """The totals of ``said`` (release 0) that are left out: of sites and months by their cells, then of everything by all that is
    left. ``before``: what the release before it said, whose totals differ from these by what came since."""
    for stage in np.flatnonzero(~said.exact[:, -1]):
        yield from _of_stage(said, before, int(stage))


def _of_stage(said: Published, before: Published | None, stage: int) -> Iterator[Place]:
    known = 0 if before is None else before.cells.shape[2]
    cells = _spans(said.cells[stage])
    sites, months = said.sites[stage].copy(), said.months[stage].copy()
    # Whoever reached this stage had reached the one before it, whose counts so far are therefore at least as many.
    above = [_spans(said.cells[stage - 1])] if stage and not said.exact[stage - 1, -1] else []
    for site, code in enumerate(said.sites[stage]):
        row = _at(cells, (site, slice(None)))
        sums = [row, *_since(before, stage, site, _at(cells, (site, slice(known, None))))]
        if _gives_away(int(code), sums, [_at(one, (site, slice(None))) for one in above]):
            sites[site] = WITHHELD
            yield Place(0, stage, site, -1)
    for month in range(known, len(months)):
        until = [_at(one, (slice(None), slice(month + 1))) for one in above]
        if _gives_away(int(months[month]), [_at(cells, (slice(None), month))], until):
            months[month] = WITHHELD
            yield Place(0, stage, -1, month)
    by_site, by_month = _both(_spans(sites), _sum(cells, 1)), _both(_spans(months), _sum(cells, 0))
    new = _at(by_month, slice(known, None))
    if _gives_away(int(said.whole[stage]), [cells, by_site, by_month, *_since(before, stage, -1, new)], above):
        yield Place(0, stage, -1, -1)


def _since(before: Published | None, stage: int, site: int, new: Spans) -> Iterator[Spans]:
    """The parts of a total that are what was said of it before, and what came since."""
    if before is not None and site < before.sites.shape[1]:
        code = before.whole[stage] if site < 0 else before.sites[stage, site]
        least, most = _spans(np.array([code]))
        yield np.append(least, new[0]), np.append(most, new[1])


def _gives_away(code: int, sums: Iterable[Spans], above: Iterable[Spans]) -> bool:
    """Whether this total, or the next one up or down that could be, says too much of a part in one of the ``sums`` it is, or
    in one of those it cannot be more than (``above``)."""
    if code < 0 and code != HIDDEN:
        return False
    bands = [tuple(float(of) for of in bounds(band)) for band in (code, *_beside(code))]
    return any(_narrows(least, most, parts) for parts in sums for least, most in bands) or any(
        _narrows(least, UNBOUNDED, parts) for parts in above for least, _ in bands
    )


def _beside(code: int) -> tuple[int, ...]:
    """What a total says that is a little smaller or larger."""
    if code == HIDDEN:
        return (LEAST,)
    return (HIDDEN if code == LEAST else code - NEAREST, code + NEAREST)


def _narrows(least: float, most: float, parts: Spans) -> bool:
    """Whether a part that may be small could be fewer than ``FEWEST`` numbers, were their sum from ``least`` to ``most``."""
    low, high = (np.ravel(of) for of in parts)
    if least > high.sum() or most < low.sum():
        return False  # this cannot be the sum
    lowest, highest = np.maximum(low, least - (high.sum() - high)), np.minimum(high, most - (low.sum() - low))
    left = np.minimum(FEWEST, high - low + 1)
    return bool(((low <= SMALL) & (high > low) & (highest - lowest + 1 < left) & (highest <= SMALL)).any())


def _spans(codes: Whole) -> Spans:
    least, most = bounds(codes)
    return least, np.minimum(most, UNBOUNDED)


def _sum(spans: Spans, axis: int) -> Spans:
    return spans[0].sum(axis), spans[1].sum(axis)


def _both(one: Spans, other: Spans) -> Spans:
    return np.maximum(one[0], other[0]), np.minimum(one[1], other[1])


def _at(spans: Spans, place: int | slice | tuple[int | slice, ...]) -> Spans:
    return spans[0][place], spans[1][place]
