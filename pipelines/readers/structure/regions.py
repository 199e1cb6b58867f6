"""Several tables in one sheet: side by side with blank columns between, or one below the other.

A blank column alone parts nothing, people use them to give a table air: the tables must show that their rows do not
belong together. Blank rows alone part nothing either: below them must stand a header of its own.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from pipelines.readers.structure import rows as notable
from pipelines.readers.structure.cells import Row, filled, headerness, kind

MOST_CELLS = 1_500_000  # a larger sheet is taken for one table
_MOST_TABLES = 50
_LEAST_ROWS = 3  # a header and two records
_TITLED_ROWS = 2  # or one, where a title stands between the tables
_NAMES = re.compile(
    r"\b(?:practices?|provider|physician|doctor|patient|clinic|office|site|study|protocol|subject|campaign|mrn|npi|name)\b"
)
# A title of a table of its own, "New referrals", "Visit log"; what stands over some columns of one table is called by one: "Appointment".
_LISTS = re.compile(r"(?i)\b(?:log|list|tracker|sheet)\b|\b(?!status\b)[a-z]{3,}[^s\W]s\s*(?:[(\d–—:-].*)?$")


@dataclass
class Region:
    """One table's part of a sheet; ``offset`` columns of the sheet's used part lie left of it."""

    rows: list[Row]
    offset: int = 0


def split(grid: list[Row]) -> list[Region]:
    """The tables of a sheet, from left to right and downwards; the sheet as it is when it holds one."""
    bands = _bands(grid)
    found = [
        Region(part, left)
        for left, right in bands
        for part in _stacked(grid if len(bands) == 1 else [(row, cells[left:right]) for row, cells in grid])
    ]
    return found if 1 < len(found) <= _MOST_TABLES else [Region(grid)]


def _bands(grid: list[Row]) -> list[tuple[int, int]]:
    """(first, one past the last) column of each table that stands beside others."""
    width = len(grid[0][1]) if grid else 0
    used = [False] * width
    for _, cells in grid:
        for place, cell in enumerate(cells):
            if cell and not used[place]:
                used[place] = not cell.isspace()
    bands: list[tuple[int, int]] = []
    start: int | None = None
    for place, one in enumerate([*used, False]):
        if one and start is None:
            start = place
        elif not one and start is not None:
            bands.append((start, place))
            start = None
    if len(bands) < 2 or any(right - left < 2 for left, right in bands):
        return [(0, width)]
    tables = [_Band(grid, left, right) for left, right in bands]
    apart = all(table.records >= _LEAST_ROWS - 1 for table in tables) and all(
        _are_apart(one, other) for one, other in pairwise(tables)
    )
    return bands if apart else [(0, width)]


class _Band:
    """What the columns of a would-be table look like."""

    def __init__(self, grid: list[Row], left: int, right: int) -> None:
        cut = [(row, cells[left:right]) for row, cells in grid if filled(cells[left:right])]
        wide = [index for index, (_, cells) in enumerate(cut) if filled(cells) >= 2]
        top = wide[0] if wide else 0
        self.header_row = cut[top][0] if cut else 0
        above = [cell.strip() for cell in cut[top - 1][1] if cell.strip()] if top else []
        self.is_titled = len(above) == 1 and _LISTS.search(above[0]) is not None
        self.header = [cell.strip().lower() for cell in cut[top][1] if cell.strip()] if cut else []
        self.is_header = bool(cut) and notable.may_be_header(cut[top][1], least=2) and headerness(cut, top) > 0.3
        self.last_row = cut[-1][0] if cut else 0
        body = cut[top + 1 :]
        self.records = len(body)
        self.dense = self.records > 0 and all(filled(cells) >= 0.9 * len(self.header) for _, cells in body)
        self.unbroken = self.last_row - self.header_row == self.records


def _are_apart(one: _Band, other: _Band) -> bool:
    """Do the two show that a row of one is not the same record as that row of the other?"""
    if not (one.is_header and other.is_header):
        return False
    if one.header_row != other.header_row or one.header[0] == other.header[0] or _both_name(one, other):
        return True
    if one.is_titled and other.is_titled:
        return True
    short, long = sorted((one, other), key=lambda band: band.records)
    return short.records <= 0.5 * long.records and short.dense and short.unbroken and long.dense


def _both_name(one: _Band, other: _Band) -> bool:
    """Whether both have a column of the same name for somebody or a place ("Practice"): one record names each once. What
    happened may well stand twice in one ("Date", "Outcome")."""
    return any(_NAMES.search(text) for text in {*one.header} & {*other.header})


def _stacked(grid: list[Row]) -> list[list[Row]]:
    """The tables that lie one below the other."""
    blocks = _blocks(grid)
    starts = [0]
    current: list[Row] = []
    pending: int | None = None  # where titles begin that may belong to the next table
    for start, stop in blocks:
        block = grid[start:stop]
        top = next((index for index, (_, cells) in enumerate(block) if filled(cells) >= 2), None)
        if top is None:
            pending = start if pending is None and not _speaks_of_above(block) else pending
            continue
        least = _TITLED_ROWS if pending is not None or top else _LEAST_ROWS
        if _is_table(current, least) and _begins(block[top:], current, least):
            starts.append(start if pending is None else pending)
            current = []
        if not _is_table(current, least) and _is_table(block[top:]):
            current = []  # what stood above belongs to this one
        current += block[top:]
        pending = None
    return [grid[begin:end] for begin, end in zip(starts, [*starts[1:], len(grid)], strict=True)]


def _blocks(grid: list[Row]) -> list[tuple[int, int]]:
    """(first, one past the last) index of each run of rows with something in them, by their numbers."""
    found: list[tuple[int, int]] = []
    start: int | None = None
    for index, (_, cells) in enumerate(grid):
        some = filled(cells)
        if some and start is None:
            start = index
        elif not some and start is not None:
            found.append((start, index))
            start = None
    return [*found, (start, len(grid))] if start is not None else found


def _is_table(above: Sequence[Row], least: int = _LEAST_ROWS) -> bool:
    """A header and its records; not the pairs of label and value that stand above a table."""
    if len(above) < least or not notable.may_be_header(above[0][1], least=2) or headerness(above, 0) <= 0.3:
        return False
    usual = Counter(filled(cells) for _, cells in above[1:]).most_common(1)[0][0]
    return usual >= 3 or (usual == 2 and len(above) > 4)


def _speaks_of_above(block: Sequence[Row]) -> bool:
    return any(notable.is_footer(cells, 3) for _, cells in block)


def _begins(block: Sequence[Row], above: Sequence[Row], least: int = _LEAST_ROWS) -> bool:
    """Is the first row of ``block`` the header of a table other than the one ``above``?"""
    if len(block) < least or not notable.may_be_header(block[0][1], least=2) or headerness(block, 0) <= 0.3:
        return False
    names = _names(block[0][1])
    if any(_names(cells) == names for _, cells in above):
        return False  # the same header again: the table goes on
    body = [cells for _, cells in block[1:]]
    usual = Counter(map(filled, body)).most_common(1)[0][0]
    if abs(usual - len(names)) > max(1, 0.5 * len(names)):
        return False
    known = [cells for _, cells in above[1:]]
    return notable.no_record(
        block[0][1], [_usual(known, place) for place in range(len(block[0][1]))]
    ) or not _same_kinds(body, known)


def _names(cells: Sequence[str]) -> list[str]:
    return [cell.strip().lower() for cell in cells if cell.strip()]


def _same_kinds(body: Sequence[Sequence[str]], above: Sequence[Sequence[str]]) -> bool:
    """Do the records look like those above, column by column? Then the words over them are no header."""
    compared = agreed = 0
    for place in range(len(body[0])):
        here, there = _usual(body, place), _usual(above, place)
        if here or there:
            compared += 1
            agreed += here == there
    return agreed == compared


def _usual(body: Sequence[Sequence[str]], place: int) -> str:
    """The commonest kind of a column's cells; none when it is mostly blank."""
    kinds = Counter(kind(cells[place]) for cells in body[:200])
    blank = kinds.pop("blank", 0)
    return kinds.most_common(1)[0][0] if kinds and kinds.total() >= blank else ""
