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
