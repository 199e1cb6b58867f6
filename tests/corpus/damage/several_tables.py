"""More than one table in a file."""

from __future__ import annotations

import random
from collections.abc import Callable

from corpus.damage.kinds import Variant, kind
from corpus.damage.writing import file_of, joined, lines_of, rows_of
from corpus.tables import Table


def _second(chance: random.Random, width: int, rows: int = 10) -> list[list[str]]:
    """Another table of ``width`` columns."""
    names = [
        "Site",
        "Opened",
        "Beds",
        "Lead",
        "Region",
        "Visits",
        "Grade",
        "Phone",
        "Cost",
        "Rank",
        *(f"Extra {place}" for place in range(20)),
    ]
    kinds: list[Callable[[int], str]] = [
        lambda at: f"Site {'ABCDEFGHIJKL'[at]}", lambda at: f"20{10 + at}-0{at % 9 + 1}-15", lambda at: str(10 + 7 * at),
        lambda at: chance.choice(("Ana Berg", "Ben Ito")), lambda at: chance.choice(("North", "South")), lambda at: str(chance.randrange(900)),
    ]  # fmt: skip
    return [names[:width], *([kinds[place % 6](at) for place in range(width)] for at in range(rows))]


@kind(62)
def second_table_alike(table: Table, chance: random.Random) -> Variant:
    width = len(table.header)
    return file_of(table, joined([*lines_of(rows_of(table)), "", *lines_of(_second(chance, width))]))


@kind(31)
def second_table_wider(table: Table, chance: random.Random) -> Variant:
    return file_of(table, joined([*lines_of(rows_of(table)), "", *lines_of(_second(chance, len(table.header) + 3))]))


@kind(31)
def second_table_wider_without_gap(table: Table, chance: random.Random) -> Variant:
    wider = [[*table.header, "More"], *([*row, str(at)] for at, row in enumerate(table.records[:20]))]
    return file_of(table, joined([*lines_of(rows_of(table)), *lines_of(wider)]))


@kind(31)
def second_table_narrower(table: Table, chance: random.Random) -> Variant | None:
    if len(table.header) < 4:
        return None
    return file_of(table, joined([*lines_of(rows_of(table)), "", *lines_of(_second(chance, len(table.header) - 2))]))


@kind(31)
def second_table_narrower_without_gap(table: Table, chance: random.Random) -> Variant | None:
    if len(table.header) < 4:
        return None
    narrower = [row[:-2] for row in rows_of(table)[:20]]
    return file_of(table, joined([*lines_of(rows_of(table)), *lines_of(narrower)]))


@kind()
def small_table_first(table: Table, chance: random.Random) -> Variant | None:
    if len(table.header) < 4:
        return None
    first = _second(chance, 4, 5)
    return Variant("", "", joined([*lines_of(first), "", "", *lines_of(rows_of(table))]).encode(), first[0], first[1:])


@kind()
def second_table_with_title(table: Table, chance: random.Random) -> Variant | None:
    if len(table.header) < 3:
        return None
    other = [["Region", "Lead", "Visits"], ["North", "Ana", "12"], ["South", "Ben", "31"], ["West", "Kay", "7"]]
    return file_of(table, joined([*lines_of(rows_of(table)), "", "Visits by region", "", *lines_of(other)]))
