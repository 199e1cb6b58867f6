"""How many of the true links are found, and how few wrong ones, on labelled networks with the noise of real files."""

from __future__ import annotations

import pytest

from tests.identity.judge import Score, resolved, score
from tests.identity.people import network


def _judged(records: int, seed: int) -> Score:
    with resolved(network(records, seed)) as con:
        return score(con)


def test_a_small_network_is_linked_nearly_without_error() -> None:
    found = _judged(6_000, seed=11)
    assert found.precision >= 0.998
    assert found.recall >= 0.95
    assert found.reviewed >= 0.975
    assert found.unnumbered >= 0.93


@pytest.mark.slow
@pytest.mark.parametrize("seed", [2, 3, 5])
def test_fifty_thousand_records_are_linked_as_promised(seed: int) -> None:
    found = _judged(50_000, seed)
    assert found.precision >= 0.999
    assert found.recall >= 0.95
    assert found.reviewed >= 0.98
