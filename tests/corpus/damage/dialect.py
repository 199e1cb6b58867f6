"""Dialects: what parts cells, what quotes them, how numbers are written."""

from __future__ import annotations

import random

from corpus.damage.kinds import Variant, kind
from corpus.damage.writing import file_of, has_breaks, joined, lines_of, plain, rows_of
from corpus.tables import Table


@kind(834)
def semicolons(table: Table, chance: random.Random) -> Variant:
    return file_of(table, plain(table, delimiter=";"))


@kind(4)
def tabs(table: Table, chance: random.Random) -> Variant:
    return file_of(table, plain(table, delimiter="\t"))


@kind()
def pipes(table: Table, chance: random.Random) -> Variant:
    return file_of(table, plain(table, delimiter="|"), file_name="file.txt")


@kind(4)
def spaces(table: Table, chance: random.Random) -> Variant:
    return file_of(table, plain(table, delimiter=" "))


@kind(101)
def comma_and_space(table: Table, chance: random.Random) -> Variant:
    return file_of(table, plain(table, delimiter=", "))


@kind()
def two_bars(table: Table, chance: random.Random) -> Variant:
    return file_of(table, plain(table, delimiter="||"))


@kind()
def two_tabs(table: Table, chance: random.Random) -> Variant | None:
    return file_of(table, plain(table, delimiter="\t\t"))


@kind()
def two_colons(table: Table, chance: random.Random) -> Variant | None:
    return file_of(table, plain(table, delimiter="::"))


@kind()
def carets(table: Table, chance: random.Random) -> Variant:
    return file_of(table, plain(table, delimiter="^"))


@kind()
def tildes(table: Table, chance: random.Random) -> Variant:
    return file_of(table, plain(table, delimiter="~"))


@kind()
def unit_separators(table: Table, chance: random.Random) -> Variant:
    return file_of(table, plain(table, delimiter="\x1f"))


@kind()
def declared_delimiter(table: Table, chance: random.Random) -> Variant:
    return file_of(table, "sep=;\r\n" + joined(lines_of(rows_of(table), ";"), "\r\n"))


@kind()
def all_quoted(table: Table, chance: random.Random) -> Variant:
    return file_of(table, plain(table, quote_all=True))


@kind(11)
def single_quotes(table: Table, chance: random.Random) -> Variant:
    return file_of(table, plain(table, quote="'", quote_all=chance.random() < 0.5))


@kind(1)
def backslashes(table: Table, chance: random.Random) -> Variant:
    return file_of(table, plain(table, escape="\\", quote_all=True))


@kind(7)
def quotes_not_escaped(table: Table, chance: random.Random) -> Variant | None:
    if not any('"' in cell for row in table.records for cell in row) or has_breaks(table):
        return None
    lines = [",".join(f'"{cell}"' for cell in row) for row in rows_of(table)]
    return file_of(table, joined(lines))


@kind()
def blanks_around_cells(table: Table, chance: random.Random) -> Variant:
    lines = [
        " , ".join(f'"{cell}"' if "," in cell or "\n" in cell else cell for cell in (c.replace('"', "") for c in row))
        for row in rows_of(table)
    ]
    records = [[cell.replace('"', "") for cell in row] for row in table.records]
    return file_of(table, joined(lines), records=records)


@kind()
def decimal_commas(table: Table, chance: random.Random) -> Variant:
    changed = [
        [cell.replace(".", ",") if cell.replace(".", "").replace("-", "").isdigit() else cell for cell in row]
        for row in table.records
    ]
    return file_of(table, joined(lines_of([table.header, *changed], ";")), records=changed)
