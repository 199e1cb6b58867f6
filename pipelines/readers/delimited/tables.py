"""Several tables in one text file, one below the other: where the next one begins.

A further table begins with a row of names that is no record of the table above: after blank lines, or where rows of
another width follow. A title and blank lines before its header belong to it. The same header once more is no new
table: it is the same one, continued on another page.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterator, Sequence
from itertools import islice

from pipelines.readers.delimited.scan import BLANK, REGULAR, Record, Scanner
from pipelines.readers.structure import rows
from pipelines.readers.structure.cells import Row, filled, headerness, kind
from pipelines.readers.structure.layout import Layout

MOST_TABLES = 50
_SEEN_AHEAD = 25
_LEAST_BODY = 2


def first_break(head: Sequence[Row]) -> int | None:
    """Index in the first rows of a file at which a second table begins, if the first is a small one (a large one shows
    by its width what does not belong to it)."""
    found = [
        (start, stop)
        for first, stop in _blocks(head)
        if _is_table(head[(start := _below_titles(head, first, stop)) : stop]) and not _is_said(head[start:stop])
    ]
    if len(found) < 2 or _names(head[found[0][0]][1]) == _names(head[found[1][0]][1]):
        return None
    return found[0][1]


def _blocks(head: Sequence[Row]) -> list[tuple[int, int]]:
    """(first, one past the last) index of each run of rows without a blank one between them."""
    found: list[tuple[int, int]] = []
    start: int | None = None
    for index, (_, cells) in enumerate(head):
        if filled(cells) and start is None:
            start = index
        elif not filled(cells) and start is not None:
            found.append((start, index))
            start = None
    return [*found, (start, len(head))] if start is not None else found


def _below_titles(head: Sequence[Row], start: int, stop: int) -> int:
    """Index of the first row of a block that is more than one cell: a title stands alone."""
    return next((index for index in range(start, stop) if filled(head[index][1]) > 1), start)


def _is_table(block: Sequence[Row]) -> bool:
    """A row of names over at least two records of the same width."""
    if len(block) < 1 + _LEAST_BODY or not rows.may_be_header(block[0][1], least=3):
        return False
    width = len(block[0][1])
    alike = sum(len(cells) == width and filled(cells) >= 2 for _, cells in block[1:])
    return alike >= 0.8 * (len(block) - 1) and headerness(block, 0) > 0.3


def _is_said(block: Sequence[Row]) -> bool:
    """Lines that all begin with "#" are told of what follows."""
    return all(cells[0].lstrip().startswith("#") for _, cells in block)


def next_table(scanner: Scanner, table: Layout) -> int | None:
    """The line at which the next table begins, if one does; ``scanner`` stands before the first record of ``table``
    and knows its width."""
    ahead = _Ahead(scanner)
    since: int | None = None  # the first line after the last record
    gap = False
    for record in ahead:
        if record.how == BLANK or not filled(record.cells):
            since, gap = since or record.row, True
            continue
        if (gap or record.how != REGULAR) and _begins_table(record, ahead, table, gap=gap):
            return since or record.row
        if gap and filled(record.cells) == 1:
            continue  # a title, of what may follow
        if record.how == REGULAR:
            since, gap = None, False
            if not ahead.waiting:
                scanner.skim(_ignore)
        else:
            since = since or record.row
    return None


def _ignore(row: int, line: str) -> None:
    """Nothing to do with a regular line."""


class _Ahead:
    """Records one by one, with a look at those that follow."""

    def __init__(self, scanner: Scanner) -> None:
        self._records: Iterator[Record] = iter(scanner)
        self.waiting: deque[Record] = deque()

    def __iter__(self) -> Iterator[Record]:
        while True:
            record = self.waiting.popleft() if self.waiting else next(self._records, None)
            if record is None:
                return
            yield record

    def following(self) -> list[Record]:
        """The next records, as far as the next blank line but for blank ones that come first."""
        self.waiting.extend(islice(self._records, max(0, _SEEN_AHEAD - len(self.waiting))))
        found: list[Record] = []
        for record in self.waiting:
            if filled(record.cells):
                found.append(record)
            elif found:
                break
        return found


def _begins_table(record: Record, ahead: _Ahead, table: Layout, *, gap: bool) -> bool:
    if not rows.may_be_header(record.cells, least=2) or _is_header_of(record.cells, table):
        return False
    body = [found.cells for found in ahead.following()]
    if len(body) < _LEAST_BODY:
        return False
    if headerness([(record.row, record.cells), *((0, cells) for cells in body)], 0) <= 0.3:
        return False
    width, alike = Counter(map(len, body)).most_common(1)[0]
    if alike < 0.6 * len(body) or abs(width - len(record.cells)) > 1:
        return False
    if width == table.width:
        return gap and (rows.no_record(record.cells, table.kinds) or not _same_kinds(body, table))
    shared = _names(record.cells) & _names(table.header)
    return gap or width == len(record.cells) or len(shared) >= 0.5 * table.width


def _is_header_of(cells: Sequence[str], table: Layout) -> bool:
    return [cell.strip() for cell in cells if cell.strip()] == [
        cell.strip() for cell in table.header_cells if cell.strip()
    ]


def _same_kinds(body: Sequence[Sequence[str]], table: Layout) -> bool:
    """Do the rows below look like records of ``table``? Then what seemed to be a header is a record of words."""
    agree = compared = 0
    for place, known in enumerate(table.kinds):
        values = [kind(cells[place]) for cells in body if place < len(cells) and cells[place].strip()]
        if values and known:
            compared += 1
            agree += Counter(values).most_common(1)[0][0] == known
    return compared > 0 and agree == compared


def _names(cells: Sequence[str]) -> set[str]:
    return {cell.strip().lower() for cell in cells if cell.strip()}
