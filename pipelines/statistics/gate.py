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
    """The counts as numbers. Raises ``ValueError`` for one below 0: a figure would come out all the same."""
    x = np.asarray(count, float)
    if np.any(x < 0):
        raise ValueError("a count cannot be below 0")
    return x


def hits_of(hits: ArrayLike, n: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(hits, of how many) as numbers. Raises ``ValueError`` for more hits than there are, and for fewer than none."""
    x, total = np.asarray(hits, float), np.asarray(n, float)
    if np.any(x < 0) or np.any(x > total):
        raise ValueError("hits must lie between 0 and n")
    return x, total
