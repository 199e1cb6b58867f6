"""How a count of patients is said so that it gives nobody away.

A count up to ten, nought included, is only said to be below eleven. Any other is rounded to the nearest five, and never to
less than fifteen, each from its own true value: a total is not the sum of what is shown beside it. What is shown is kept as a
whole number, with negative codes for what shows none.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Whole = NDArray[np.int64]
Span = NDArray[np.float64]

SMALL, LEAST, NEAREST = 10, 15, 5
HIDDEN, WITHHELD, ABSENT = -1, -2, -3  # below eleven; not said at all; the site was no part of it yet
WORDS = {HIDDEN: f"<{SMALL + 1}", WITHHELD: "not shown", ABSENT: ""}


def shown(n: ArrayLike, exact: bool = False) -> Whole:
    """What is published of true counts ``n``: themselves where the contract allows ``exact`` ones."""
    true = np.asarray(n, np.int64)
    if exact:
        return true
    rounded = NEAREST * ((true + NEAREST // 2) // NEAREST)
    return np.where(true <= SMALL, HIDDEN, np.maximum(rounded, LEAST))


def bounds(said: ArrayLike, exact: bool = False) -> tuple[Span, Span]:
    """(least, most) that a true count can be, as anybody can tell who knows the rule and sees what was ``said``."""
    code = np.asarray(said, np.int64)
    half = 0 if exact else NEAREST // 2
    low = np.where(code == LEAST, SMALL + 1, code - half) if not exact else code
    high = code + half
    most = np.select([code == HIDDEN, code == WITHHELD, code == ABSENT], [float(SMALL), np.inf, 0.0], high)
    return np.where(code < 0, 0.0, low).astype(float), most.astype(float)


def in_words(said: int) -> str:
    """What stands in a table: 40, <11, or that it is not shown."""
    return WORDS.get(said, f"{said:,}")


def rate(hits: int, of: int, exact: bool = False) -> float | None:
    """The share of two published counts; ``None`` where either is hidden, or those who are missing would be: they are a count,
    too. ``exact``: both are told as they are."""
    if min(hits, of) < 0 or of == 0 or (of - hits <= SMALL and not exact):
        return None
    return min(hits / of, 1.0)
