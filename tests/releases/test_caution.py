"""An attacker who knows the rules: what every table would have said, and which tables say the same as the one released."""

from __future__ import annotations

import datetime as dt
import itertools
from collections import defaultdict
from collections.abc import Iterable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from pipelines import releases
from pipelines.releases import lattice
from pipelines.releases.auditor import FEWEST, Published
from pipelines.releases.caution import untold
from pipelines.releases.disclosure import HIDDEN, SMALL, WITHHELD, bounds, shown

MONTHS = tuple(dt.date(2026, month, 1) for month in range(1, 13))
WHOLE_BANDS = 23  # up to the last of those who are told as 20: no table is missing that would say the same


def told(truth: np.ndarray, stops: Iterable[int]) -> list[Published]:
    """What is released of a study of these true counts, month after month of ``stops``."""
    said: list[Published] = []
    for stop in stops:
        part = truth[:, :, :stop]
        sites = tuple((site, str(site)) for site in range(truth.shape[1]))
        counts = lattice.Counts(sites, MONTHS[:stop], part, {})
        first = releases._say(counts, (False,) * len(truth), said[-1] if said else None)
        said.append(releases._audited(part, said, first, lambda label, share: None))
    return said


def everything(said: list[Published]) -> tuple[bytes, ...]:
    return tuple(getattr(one, part).tobytes() for one in said for part in ("cells", "sites", "months", "whole"))


@pytest.mark.parametrize(
    ("shape", "stops", "counts"),
    [
        ((1, 2, 1), (1,), range(WHOLE_BANDS)),
        ((1, 1, 2), (1, 2), range(WHOLE_BANDS)),
        ((1, 3, 1), (1,), range(0, SMALL + 1)),
    ],
)
def test_nobody_who_knows_the_rules_works_a_small_count_out_from_what_is_left_out(
    shape: tuple[int, ...], stops: tuple[int, ...], counts: range
) -> None:
    alike = defaultdict(list)
    for values in itertools.product(counts, repeat=int(np.prod(shape))):
        truth = np.array(values).reshape(shape)
        if len(counts) == WHOLE_BANDS or truth.ravel().tolist() == sorted(
            values
        ):  # three sites alike: one order will do
            alike[everything(said := told(truth, stops))].append((truth, said[-1]))
    for group in alike.values():
        for place in np.argwhere(group[0][1].cells == HIDDEN):
            same = [place] if len(counts) == WHOLE_BANDS else np.argwhere(group[0][1].cells == HIDDEN)
            possible = {int(truth[tuple(at)]) for truth, _ in group for at in same}
            assert len(possible) >= FEWEST, (possible, group[0][1])


def release_of(cells: np.ndarray) -> Published:
    """One stage, its cells (site, month), with every total, nothing left out."""
    n = cells[None]
    exact = np.zeros((1, cells.shape[1]), bool)
    return Published(shown(n), shown(n.sum(2)), shown(n.sum(1)), shown(n.sum((1, 2))), exact)


@settings(max_examples=25, deadline=None)
@given(some.lists(some.integers(0, 60), min_size=2, max_size=5))
def test_a_total_that_is_left_out_could_have_been_one_that_leaves_every_small_count_open(counts: list[int]) -> None:
    """Over one month of some sites: for each total there could be, is it told? Of those that are not, and of each that is, the
    sites' counts must stay open."""
    said = release_of(np.array(counts)[:, None])
    low, high = (of[0, :, 0] for of in bounds(said.cells))
    outcomes = defaultdict(set)
    for total in range(int(low.sum()), int(high.sum()) + 1):
        code = int(shown(total))
        told_of = Published(said.cells, said.sites, np.array([[code]]), np.array([code]), said.exact)
        gone = any(place.site < 0 and place.month == 0 for place in untold(told_of, None))
        outcomes[WITHHELD if gone else code].add(total)
    for totals in outcomes.values():
        for site in np.flatnonzero(said.cells[0, :, 0] == HIDDEN):
            others = (int(low.sum() - low[site]), int(high.sum() - high[site]))
            possible = [n for n in range(SMALL + 1) if any(others[0] <= total - n <= others[1] for total in totals)]
            assert len(possible) >= FEWEST


def test_of_two_small_sites_their_total_is_left_out_as_soon_as_it_is_no_small_one() -> None:
    """15 would be told of 11 to 17 and leave both open; it is left out because 20 would not."""
    gone = [sorted((place.site, place.month) for place in untold(release_of(np.array([[one], [other]])), None))
            for one, other in ((3, 4), (7, 8), (10, 10))]  # fmt: skip
    assert gone[0] == []
    assert gone[1] == gone[2] == [(-1, -1), (-1, 0)]


def test_a_total_is_left_out_as_well_for_what_it_says_of_the_stage_before() -> None:
    """At least 18 consented says that two months with up to ten identified each have at least eight; 11 to 17 would not, and is
    left out alike."""
    for consented in ([2, 11], [4, 15]):
        n = np.array([[[9, 9]], [consented]])
        said = Published(shown(n), shown(n.sum(2)), shown(n.sum(1)), shown(n.sum((1, 2))), np.zeros((2, 2), bool))
        assert {(1, 0, -1), (1, -1, -1)} <= {(place.stage, place.site, place.month) for place in untold(said, None)}
