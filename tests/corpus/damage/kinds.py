"""What a kind of damage is, and the register of all of them.

A kind is a function ``(table, chance) -> Variant | None`` under ``@kind``; None means that it cannot befall the table.
``weight`` is how many of 3,712 public files were found to have it (Vitagliano et al., VLDB 2023), 1 where that was not
counted.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

from corpus.tables import Table


@dataclass(frozen=True)
class Variant:
    """One damaged file: its bytes and the truth about it. ``header`` None: the file has none."""

    kind: str
    table: str
    data: bytes
    header: list[str] | None
    records: list[list[str]]
    weight: float = 1.0
    file_name: str = "file.csv"

    @property
    def name(self) -> str:
        return f"{self.kind}/{self.table}"


Damage = Callable[[Table, random.Random], Variant | None]
KINDS: dict[str, tuple[Damage, float]] = {}
COMMON = 40.0  # of row-wise damage in the public files, shared among its kinds here


def kind(weight: float = 1.0) -> Callable[[Damage], Damage]:
    def register(damage: Damage) -> Damage:
        KINDS[damage.__name__] = (damage, weight)
        return damage

    return register
