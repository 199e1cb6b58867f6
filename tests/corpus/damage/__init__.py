"""Kinds of damage to a clean table, and what a reader should make of each: a module for each part of a file that can be
damaged, whose kinds register themselves."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace

from corpus.damage import around, dialect, header, rows, several_tables, whole  # noqa: F401 - their kinds register themselves
from corpus.damage.kinds import KINDS, Variant
from corpus.tables import tables


def corpus(seed: int = 1) -> Iterator[Variant]:
    """Every kind of damage on every table it can befall, the same for the same ``seed``."""
    for table in tables(seed):
        for name, (damage, weight) in KINDS.items():
            made = damage(table, random.Random(f"{seed}/{table.name}/{name}"))
            if made is not None:
                yield replace(made, kind=name, table=table.name, weight=weight)
