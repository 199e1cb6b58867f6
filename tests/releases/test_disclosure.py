"""How a count is said: nothing below eleven, nothing exact, and no more known of it than the rule says."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some

from pipelines.releases.disclosure import HIDDEN, WITHHELD, bounds, in_words, rate, shown


@pytest.mark.parametrize(
    ("n", "words"),
    [(0, "<11"), (1, "<11"), (10, "<11"), (11, "15"), (17, "15"), (18, "20"), (22, "20"), (23, "25"), (1_003, "1,005")],
)
def test_a_count_is_said_to_be_small_or_rounded_to_five(n: int, words: str) -> None:
    assert in_words(int(shown(n))) == words


def test_a_contract_may_allow_exact_counts() -> None:
    assert shown([0, 7, 23], exact=True).tolist() == [0, 7, 23]
    assert [part.tolist() for part in bounds([0, 7, 23], exact=True)] == [[0, 7, 23], [0, 7, 23]]


@given(some.integers(0, 3000))
def test_what_is_said_leaves_exactly_the_counts_that_would_be_said_so(n: int) -> None:
    low, high = bounds(shown(n))
    alike = [other for other in range(max(n - 20, 0), n + 20) if shown(other) == shown(n)]
    assert (low, high) == (min(alike), max(alike))
    assert len(alike) >= 5


def test_a_total_that_is_not_shown_says_nothing() -> None:
    assert bounds(WITHHELD) == (0.0, np.inf)
    assert in_words(WITHHELD) == "not shown"


@pytest.mark.parametrize(
    ("hits", "of", "exact", "told"),
    [
        (20, 80, False, 0.25),
        (HIDDEN, 80, False, None),
        (20, HIDDEN, False, None),
        (20, WITHHELD, False, None),
        (70, 80, False, None),  # ten are missing: too few
        (80, 80, False, None),
        (8, 9, True, 8 / 9),
        (0, 0, True, None),
    ],
)
def test_a_share_is_told_only_where_those_who_are_missing_could_be(
    hits: int, of: int, exact: bool, told: float | None
) -> None:
    assert rate(hits, of, exact) == told
