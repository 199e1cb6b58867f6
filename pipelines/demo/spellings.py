"""How the same practice, physician and day are spelled by different hands."""

from __future__ import annotations

import datetime as dt
from functools import cache

import numpy as np

from pipelines.demo.clock import Texts

_SHORTER = (("Associates", "Assoc"), ("Group", "Grp"), ("Family", "Fam"), ("Medicine", "Med"), ("Center", "Ctr"),
            ("Medical", "Med"), ("Specialists", "Spec."), ("Internal", "Int."), ("Primary Care", "Prim Care"))  # fmt: skip


def practice(name: str, rng: np.random.Generator) -> str:
    """``name`` as some clerk writes it: as it is, with a company form, abbreviated, in capitals or mistyped."""
    turn = int(rng.integers(0, 6))
    if turn == 0:
        return f"{name}, {('LLC', 'PC', 'P.A.', 'Inc.')[int(rng.integers(0, 4))]}"
    if turn == 1:
        return shortened(name)
    if turn == 2:
        return name.upper()
    if turn == 3:
        return f"The {name}"
    if turn == 4:
        return mistyped(name, rng)
    return name.replace(" ", "  ", 1)


def shortened(name: str) -> str:
    """``name`` with the words that people abbreviate abbreviated."""
    for long, short in _SHORTER:
        name = name.replace(long, short)
    return name


def mistyped(name: str, rng: np.random.Generator) -> str:
    """``name`` with two neighbouring letters of its first word swapped."""
    first = name.split(" ", maxsplit=1)[0]
    where = int(rng.integers(1, len(first) - 1))
    return name[:where] + name[where + 1] + name[where] + name[where + 2 :] if where + 1 < len(first) else name


def physician(family: str, given: str, credential: str, style: int) -> str:
    """A practitioner's name in one of five styles."""
    return (
        f"Dr. {given} {family}",
        f"{family}, {given} {credential}",
        f"{given} {family}, {credential}",
        f"{family.upper()} {given.upper()}",
        f"{given[0]}. {family}",
    )[style]


@cache
def day(value: dt.date, style: int) -> str:
    """A day in one of five styles, of which each keeper uses one throughout."""
    if style == 0:
        return f"{value.month}/{value.day}/{value.year}"
    if style in {3, 4}:
        return f"{value.day}-{value:%b-%Y}" if style == 3 else f"{value:%b} {value.day}, {value.year}"
    return value.strftime("%m/%d/%y" if style == 1 else "%Y-%m-%d")


def vendors(official: Texts, rng: np.random.Generator) -> Texts:
    """For one practice in eight a second vendor record, entered by somebody who did not find the first."""
    second = [practice(name, rng) if rng.random() < 0.125 else name for name in official]
    return np.array(second, dtype=object)
