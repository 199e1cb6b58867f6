"""Headers that are missing, stacked, split, nameless, repeated, or come again."""

from __future__ import annotations

import random

from corpus.damage.kinds import Variant, kind
from corpus.damage.writing import file_of, joined, lines_of, rows_of
from corpus.tables import Table


@kind(470)
def no_header(table: Table, chance: random.Random) -> Variant:
    return file_of(table, joined(lines_of(table.records)), header=False)


def _stacked(table: Table, times: int) -> Variant:
    lines = lines_of([*[table.header] * times, *table.records])
    return file_of(table, joined(lines), header=[" ".join([name] * times) for name in table.header])


@kind(47)
def header_in_two_rows(table: Table, chance: random.Random) -> Variant:
    return _stacked(table, 2)


@kind(47)
def header_in_three_rows(table: Table, chance: random.Random) -> Variant:
    return _stacked(table, 3)


@kind()
def header_split_over_rows(table: Table, chance: random.Random) -> Variant | None:
    words = [name.split() for name in table.header]
    if sum(len(parts) > 1 for parts in words) < 2:
        return None
    upper = [parts[0] if len(parts) > 1 else "" for parts in words]
    lower = [" ".join(parts[1:]) if len(parts) > 1 else parts[0] for parts in words]
    return file_of(table, joined(lines_of([upper, lower, *table.records])))


@kind()
def nameless_column(table: Table, chance: random.Random) -> Variant:
    place = chance.choice(
        [
            at
            for at in range(len(table.header))
            if any(row[at] for row in table.records) and (at == 0 or len(table.header) > 2)
        ]
    )
    header = ["" if at == place else name for at, name in enumerate(table.header)]
    told = [name or f"Column {at + 1}" for at, name in enumerate(header)]
    return file_of(table, joined(lines_of([header, *table.records])), header=told)


@kind()
def repeated_names(table: Table, chance: random.Random) -> Variant | None:
    if len(table.header) < 3:
        return None
    header = [table.header[0], table.header[1], table.header[1], *table.header[3:]]
    told = [table.header[0], table.header[1], f"{table.header[1]} (2)", *table.header[3:]]
    return file_of(table, joined(lines_of([header, *table.records])), header=told)


@kind()
def units_below_header(table: Table, chance: random.Random) -> Variant:
    units = [
        chance.choice(("(mm/dd/yyyy)", "(text)", "%", "days")) if place else "text"
        for place in range(len(table.header))
    ]
    return file_of(table, joined(lines_of([table.header, units, *table.records])))


@kind()
def header_again_in_the_middle(table: Table, chance: random.Random) -> Variant:
    lines = lines_of(rows_of(table))
    return file_of(table, joined([*lines[:21], lines[0], *lines[21:]]))
