"""Every method says below which amount of data it stays silent, and why, in words for the person who asked."""

from __future__ import annotations

from typing import Any, get_args


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
