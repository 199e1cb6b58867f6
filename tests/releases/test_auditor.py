"""What can be worked out from releases: the audit against trying every table, and leaks that are known."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from pipelines.errors import RapportError
from pipelines.releases.auditor import FEWEST, Auditor, Place, Published, silenced
from pipelines.releases.disclosure import HIDDEN, WITHHELD, bounds, shown

ROUNDED = (False,)


def said_of(truth: np.ndarray, exact: tuple[bool, ...] = ROUNDED) -> Published:
    def told(n: np.ndarray) -> np.ndarray:
        return np.stack([shown(part, one) for part, one in zip(n, exact, strict=True)])

    return Published(
        told(truth),
        told(truth.sum(2)),
        told(truth.sum(1)),
        told(truth.sum((1, 2))),
        np.repeat(np.array(exact)[:, None], truth.shape[2], axis=1),
    )


def by_trying(truth: np.ndarray) -> dict[tuple[int, int], tuple[int, int]]:
    """Least and most of each cell over every table of one stage that would have been said alike, before and with the last month."""
    releases = [said_of(truth[:, :, :stop]) for stop in (truth.shape[2] - 1, truth.shape[2])]
    spans = [
        range(int(low), int(high) + 1)
        for low, high in zip(*(part.ravel() for part in bounds(releases[-1].cells)), strict=True)
    ]
    found: dict[tuple[int, int], list[int]] = {}
    for values in itertools.product(*spans):
        table = np.array(values).reshape(truth.shape)
        alike = [said_of(table[:, :, :stop]) for stop in (truth.shape[2] - 1, truth.shape[2])]
        if all(
            (getattr(one, part) == getattr(other, part)).all()
            for one, other in zip(alike, releases, strict=True) for part in ("cells", "sites", "months", "whole")
        ):  # fmt: skip
            for (_, site, month), value in np.ndenumerate(table):
                found.setdefault((site, month), []).append(int(value))
    return {place: (min(values), max(values)) for place, values in found.items()}


@settings(max_examples=3, deadline=None)
@given(some.lists(some.integers(0, 16), min_size=4, max_size=4))
def test_the_interval_of_a_count_is_what_trying_every_table_gives(counts: list[int]) -> None:
    truth = np.array(counts).reshape(1, 2, 2)
    said = [said_of(truth[:, :, :1]), said_of(truth)]
    auditor = Auditor(truth, said)
    narrow = {(place.site, place.month) for place in auditor.narrow() if place.site >= 0 and place.month >= 0}
    for (site, month), (least, most) in by_trying(truth).items():
        release = 0 if month == 0 else 1  # the first month was said by the first release
        low, high = auditor.interval(Place(release, 0, site, month))
        assert (math.ceil(low - 1e-6), math.floor(high + 1e-6)) == (least, most)
        if said[1].cells[0, site, month] == HIDDEN:
            assert ((site, month) in narrow) == (most - least + 1 < FEWEST)


def test_an_exact_count_of_the_consented_gives_away_who_was_identified() -> None:
    truth = np.array([[[9]], [[8]]])
    said = said_of(truth, (False, True))
    auditor = Auditor(truth, [said])
    assert Place(0, 0, 0, 0) in auditor.narrow()
    assert auditor.interval(Place(0, 0, 0, 0)) == pytest.approx((8, 10))


def test_totals_of_two_releases_tell_what_came_between() -> None:
    """22 people, then one more: 20 leaves 18 to 22 and 25 leaves 23 to 27, so that between one and nine have come."""
    truth = np.array([[[22, 1]]])
    both = Auditor(truth, [said_of(truth[:, :, :1]), said_of(truth)])
    assert both.interval(Place(1, 0, 0, 1)) == pytest.approx((1, 9))
    assert both.narrow() == []


def test_what_is_withheld_is_known_no_longer() -> None:
    truth = np.array([[[9]], [[8]]])
    exact = said_of(truth, (False, True))
    silent = silenced(exact, 0, [Place(0, 1, 0, -1)])
    assert silent.sites[1, 0] == WITHHELD
    assert exact.sites[1, 0] == 8
    auditor = Auditor(truth, [exact])
    auditor.withhold([Place(0, 1, 0, 0), Place(0, 1, 0, -1), Place(0, 1, -1, -1)])
    assert not auditor.says(Place(0, 1, 0, 0))
    assert auditor.narrow() == []


def test_releases_that_contradict_what_is_known_are_found() -> None:
    truth = np.array([[[30, 0]]])
    wrong = said_of(np.array([[[60]]]))
    with pytest.raises(RapportError, match="contradicts"):
        Auditor(truth, [wrong, said_of(truth)]).narrow()
