"""What stands above, below and between the records of a table."""

from __future__ import annotations

import random

from corpus.damage.kinds import COMMON, Variant, kind
from corpus.damage.writing import file_of, joined, lines_of, rows_of
from corpus.tables import Table


@kind(141)
def preamble(table: Table, chance: random.Random) -> Variant:
    return file_of(table, joined([f"Extract of {table.name}", "", *lines_of(rows_of(table))]))


@kind(141)
def delimited_preamble(table: Table, chance: random.Random) -> Variant:
    fill = "," * (len(table.header) - 1)
    return file_of(table, joined([f"Extract of {table.name}{fill}", fill, *lines_of(rows_of(table))]))


@kind()
def long_preamble(table: Table, chance: random.Random) -> Variant:
    above = [
        "Quarterly activity report",
        "Prepared by: Data Office",
        "Period: Jan 1, 2025 - Jun 30, 2026",
        "",
        "All sites",
        "",
    ]
    return file_of(table, joined([*above, *lines_of(rows_of(table))]))


@kind()
def preamble_without_gap(table: Table, chance: random.Random) -> Variant | None:
    if len(table.header) < 4:
        return None
    fill = "," * (len(table.header) - 1)
    above = [
        f"Department of Records{fill}",
        f"Listing of entries{fill}",
        f"Period: 1 January 2025 to 31 March 2025{fill}",
    ]
    return file_of(table, joined([*above, *lines_of(rows_of(table))]))


@kind()
def comments_above(table: Table, chance: random.Random) -> Variant:
    return file_of(table, joined(["# exported 2026-05-01", "# by: registry, nightly", *lines_of(rows_of(table))]))


@kind()
def comments_between(table: Table, chance: random.Random) -> Variant:
    lines = lines_of(rows_of(table))
    return file_of(table, joined([*lines[:10], "# checked up to here", *lines[10:]]))


@kind()
def footnotes(table: Table, chance: random.Random) -> Variant:
    below = ["", "Notes: figures are provisional", "Source: registry"]
    return file_of(table, joined([*lines_of(rows_of(table)), *below]))


@kind()
def delimited_footnote(table: Table, chance: random.Random) -> Variant | None:
    if len(table.header) < 3:
        return None
    fill = "," * (len(table.header) - 1)
    return file_of(table, joined([*lines_of(rows_of(table)), fill, f"* provisional figures{fill}"]))


@kind()
def total_row(table: Table, chance: random.Random) -> Variant | None:
    if len(table.header) < 3:
        return None
    return file_of(
        table,
        joined(
            [*lines_of(rows_of(table)), ",".join(["Total", *[""] * (len(table.header) - 2), str(len(table.records))])]
        ),
    )


@kind()
def subtotals(table: Table, chance: random.Random) -> Variant | None:
    if len(table.header) < 3:
        return None
    lines = lines_of(rows_of(table))
    sub = ",".join(["Subtotal", *[""] * (len(table.header) - 2), "10"])
    return file_of(table, joined([*lines[:11], sub, *lines[11:21], sub, *lines[21:]]))


@kind()
def blank_lines_between(table: Table, chance: random.Random) -> Variant:
    lines = lines_of(rows_of(table))
    return file_of(table, joined([*lines[:7], "", *lines[7:15], "", "", *lines[15:]]))


@kind()
def blank_delimited_lines(table: Table, chance: random.Random) -> Variant:
    lines, fill = lines_of(rows_of(table)), "," * (len(table.header) - 1)
    return file_of(table, joined([*lines[:7], fill, *lines[7:15], fill, *lines[15:]]))


@kind(COMMON)
def delimiters_at_the_end(table: Table, chance: random.Random) -> Variant:
    """Every line has two delimiters too many."""
    return file_of(table, joined([line + ",," for line in lines_of(rows_of(table))]))
