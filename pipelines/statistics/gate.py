"""Every method says below which amount of data it stays silent, and why, in words for the person who asked."""

from __future__ import annotations


class TooLittle(ValueError):
    """There is not enough to answer from; the message says what is missing and what is shown instead."""


def require(enough: bool, why: str) -> None:
    """Raise ``TooLittle(why)`` unless ``enough``."""
    if not enough:
        raise TooLittle(why)
