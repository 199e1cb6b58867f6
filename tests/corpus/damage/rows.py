"""Single rows with cells too few, too many, or wrongly quoted."""

from __future__ import annotations

import csv
import io
import random

from corpus.damage.kinds import COMMON, Variant, kind
from corpus.damage.writing import file_of, joined, lines_of, rows_of
from corpus.tables import Table


@kind(COMMON)
def delimiter_missing(table: Table, chance: random.Random) -> Variant | None:
    """Between two cells of one record the delimiter is gone."""
    if len(table.header) < 4:
        return None
    row, place = chance.randrange(3, len(table.records)), chance.randrange(len(table.header) - 1)
    lines = lines_of(rows_of(table))
    cells = lines_of([[cell] for cell in table.records[row]])
    if "\n" in "".join(cells):
        return None
    lines[row + 1] = ",".join([*cells[:place], cells[place] + cells[place + 1], *cells[place + 2 :]])
    return file_of(table, joined(lines))


@kind(COMMON)
def delimiter_too_many(table: Table, chance: random.Random) -> Variant | None:
    if len(table.header) < 4:
        return None
    row, place = chance.randrange(3, len(table.records)), chance.randrange(len(table.header))
    lines = lines_of(rows_of(table))
    cells = lines_of([[cell] for cell in table.records[row]])
    lines[row + 1] = ",".join([*cells[:place], "", *cells[place:]])
    return file_of(table, joined(lines))


@kind(COMMON)
def delimiter_within_a_cell(table: Table, chance: random.Random) -> Variant | None:
    """Cells with a comma in them are not quoted in one record."""
    rows = [
        at
        for at, row in enumerate(table.records)
        if at > 2 and sum("," in cell for cell in row) == 1 and '"' not in "".join(row)
    ]
    if len(table.header) < 4 or not rows:
        return None
    row = chance.choice(rows)
    lines = lines_of(rows_of(table))
    lines[row + 1] = ",".join(table.records[row])
    return file_of(table, joined(lines))


@kind(10)
def other_delimiter_in_a_row(table: Table, chance: random.Random) -> Variant | None:
    """One record has other delimiters; as in the other records, only cells with a comma are quoted."""
    row, other = chance.randrange(3, len(table.records)), chance.choice((" ", ";"))
    if len(table.header) < 4 or "\n" in "".join(table.records[row]):
        return None
    lines = lines_of(rows_of(table))
    lines[row + 1] = other.join(lines_of([[cell] for cell in table.records[row]]))
    return file_of(table, joined(lines))


@kind(COMMON)
def records_cut_short(table: Table, chance: random.Random) -> Variant | None:
    """Blank cells at the end of a record are left out with their delimiters."""
    rows = [row for row in table.records if not row[-1]]
    if not rows:
        return None
    lines = [table.header, *table.records]
    return file_of(table, joined([line.rstrip(",") for line in lines_of(lines)]))


@kind(COMMON)
def one_record_lacks_its_end(table: Table, chance: random.Random) -> Variant | None:
    """One record has fewer cells; what is there is where it should be."""
    if len(table.header) < 4:
        return None
    row = chance.randrange(3, len(table.records) - 3)
    keep = len(table.header) - chance.randint(1, 2)
    lines = lines_of(rows_of(table))
    lines[row + 1] = lines_of([table.records[row][:keep]])[0]
    records = [list(cells) for cells in table.records]
    records[row] = [*records[row][:keep], *[""] * (len(table.header) - keep)]
    return file_of(table, joined(lines), records=records)


@kind(7)
def quote_too_many(table: Table, chance: random.Random) -> Variant | None:
    """One cell begins with a quote that belongs to nothing; it is kept as text."""
    row, place = chance.randrange(3, len(table.records)), chance.randrange(len(table.header))
    cell = table.records[row][place]
    if not cell or "\n" in "".join(table.records[row]):
        return None
    cells = lines_of([[text] for text in table.records[row]])
    cells[place] = f'""{cells[place][1:]}' if cells[place].startswith('"') else f'"{cells[place]}'
    lines = lines_of(rows_of(table))
    lines[row + 1] = ",".join(cells)
    records = [list(found) for found in table.records]
    records[row][place] = f'"{cell}'
    return file_of(table, joined(lines), records=records)


@kind(7)
def quotes_within_cells(table: Table, chance: random.Random) -> Variant | None:
    if len(table.header) < 3:
        return None
    records = [list(cells) for cells in table.records]
    places = [
        (at, place)
        for at, row in enumerate(records)
        for place, cell in enumerate(row)
        if cell.isalpha() and len(cell) > 4
    ]
    for at, place in chance.sample(places, min(4, len(places))):
        cell = records[at][place]
        records[at][place] = f'{cell[:2]}"{cell[2:4]}"{cell[4:]}'
    if not places:
        return None
    made = io.StringIO()
    writer = csv.writer(made, lineterminator="\n")
    for row in [table.header, *records]:
        if any('"' in cell for cell in row) and not any(mark in cell for cell in row for mark in ",\n"):
            made.write(",".join(row) + "\n")
        else:
            writer.writerow(row)
    return file_of(table, made.getvalue(), records=records)
