"""Every method says below which amount of data it stays silent, and why, in words for the person who asked."""

from __future__ import annotations

from typing import Any, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray


class TooLittle(ValueError):
    """There is not enough to answer from; the message says what is missing and what is shown instead."""


def require(enough: bool, why: str) -> None:
    """Raise ``TooLittle(why)`` unless ``enough``."""
    if not enough:
        raise TooLittle(why)


def choose(what: str, among: Any, said: object) -> None:
    """Raise ``ValueError`` unless ``said`` is one of the words of ``among`` (a ``Literal``): another method in its place
    would give another figure without a word."""
    if said not in get_args(among):
        raise ValueError(f"{what} is one of {', '.join(map(repr, get_args(among)))}, not {said!r}")


def members(group: ArrayLike) -> tuple[NDArray[Any], NDArray[np.intp]]:
    """(names in order, the place of each one's among them). Raises ``ValueError`` where somebody's is missing: those would be
    compared as a group of their own."""
    told = np.asarray(group)
    missing = (
        [one is None or (isinstance(one, float) and np.isnan(one)) for one in told]
        if told.dtype == object
        else np.isnan(told) if told.dtype.kind in "fc" else False
    )  # fmt: skip
    if np.any(missing):
        raise ValueError(
            "everybody must have a group, and a stratum or cluster where these are asked for: leave out, and count, who has none"
        )
    names, place = np.unique(told, return_inverse=True)
    return names, place


def counted(count: ArrayLike) -> NDArray[np.float64]:
    """The counts as numbers; NaN where one is not known. Raises ``ValueError`` for one below 0 or without end: a figure would come
    out all the same."""
    x = np.asarray(count, float)
    if np.any(x < 0) or np.isinf(x).any():
        raise ValueError("a count cannot be below 0, nor infinite")
    return x


def known(values: ArrayLike, what: str = "value") -> NDArray[np.float64]:
    """The ``values`` as numbers. Raises ``ValueError`` for one that is missing or infinite, where a figure is of all together: it
    would be of nothing, or of others than it says."""
    x = np.asarray(values, float)
    if not np.isfinite(x).all():
        raise ValueError(f"every {what} must be known: leave out, and count, those that are not")
    return x


def together(**arrays: ArrayLike | None) -> None:
    """Raise ``ValueError`` unless the ``arrays`` that are given have one entry for each of the same things."""
    given = {name: len(np.asarray(values)) for name, values in arrays.items() if values is not None}
    if len(set(given.values())) > 1:
        raise ValueError(f"{', '.join(given)} must be of one length, not {', '.join(map(str, given.values()))}")


def in_order(when: ArrayLike, what: str) -> NDArray[np.float64]:
    """The moments as numbers. Raises ``ValueError`` unless each is known and later than the one before it."""
    t = np.asarray(when, float)
    if np.isnan(t).any() or np.any(np.diff(t) <= 0):
        raise ValueError(f"{what} must be known, each once and in ascending order")
    return t


def hits_of(hits: ArrayLike, n: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(hits, of how many) as numbers; NaN where one is not known. Raises ``ValueError`` for more hits than there are, for fewer than
    none, and for either without end."""
    x, total = np.asarray(hits, float), np.asarray(n, float)
    if np.any(x < 0) or np.any(x > total) or np.any(total < 0) or np.isinf(total).any():
        raise ValueError("hits must lie between 0 and n, and n be a number of people")
    return x, total
