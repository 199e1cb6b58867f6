"""Columns set apart by blanks alone, where the cells have blanks in them, too: told from the places that are blank in
every line, and from the names above where cells touch."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from pipelines.readers.delimited.tokens import Dialect, cut, may_part

_PADDED = 0.6  # share of lines in which a delimiter leaves blanks in a row within a cell
_KEPT = 0.9  # share of lines that columns of fixed width must fit where a delimiter would do, too
_PARTED = 0.95  # share of lines that can be parted at the boundary of two columns
_ALIKE = 0.8  # the same where all lines are of one length, so that nothing has moved
_NO_QUOTE = "\0"  # no file has it once it is read


@dataclass
class _Column:
    """The places ``start`` to ``end`` (the last), which some line has something at; ``name`` is what the first line has."""

    start: int
    end: int
    name: str


def spaced(texts: Sequence[str]) -> Dialect | None:
    """The dialect of lines that a single blank does not part well: columns of fixed width, else any number of blanks
    between two cells. None where a single blank is no worse."""
    if len(texts) < 3 or any('"' in text or "\t" in text for text in texts):
        return None
    single = _agreement([len(text.split(" ")) for text in texts])
    if single >= 0.9 and sum("  " in text.strip() for text in texts) < 0.5 * len(texts):
        return None
    if found := _fixed(texts):
        return found
    several = _agreement([len(text.split()) for text in texts])
    return Dialect(" ", runs=True) if several >= 0.6 and (several > single or single >= 0.9) else None


def instead_of_runs(texts: Sequence[str]) -> Dialect | None:
    """Columns of fixed width where any number of blanks between two cells does not part every line alike: cells are
    blank, or touch."""
    words = Counter(len(text.split()) for text in texts)
    usual, count = words.most_common(1)[0]
    found = _fixed(texts) if count < len(texts) else None
    return found if found and len(found.starts) == usual and _kept(texts, found) > count else None


def instead_of(texts: Sequence[str], delimiter: str | None) -> Dialect | None:
    """Columns of fixed width where ``delimiter`` stands within their cells ("Doe, Jane"): what it would part has blanks
    in a row within, which cells of delimited text hardly have."""
    if delimiter is None or len(texts) < 3 or any('"' in text or "\t" in text for text in texts):
        return None
    padded = sum(any("  " in cell.strip() for cell in text.split(delimiter)) for text in texts)
    found = _fixed(texts) if padded >= _PADDED * len(texts) else None
    return found if found and _kept(texts, found) >= _KEPT * len(texts) else None


def _kept(texts: Sequence[str], dialect: Dialect) -> int:
    return sum(len(cut(text, dialect)) == len(dialect.starts) for text in texts)


def _agreement(lengths: Sequence[int]) -> float:
    """The share of lines that have the commonest number of cells, if that is more than one."""
    length, count = Counter(lengths).most_common(1)[0]
    return count / len(lengths) if length > 1 else 0.0


def _fixed(texts: Sequence[str]) -> Dialect | None:
    """Columns of fixed width, or nothing if the first line does not name each of at least two."""
    length = max(len(text.rstrip()) for text in texts)
    length = length if sum(len(text.rstrip()) == length for text in texts) >= _PARTED * len(texts) else 0
    columns: list[_Column] = []
    touching: set[int] = set()
    for region in _merged(_regions(texts), texts[0]):
        parts = _parted(texts, region, length)
        columns += parts
        touching |= {part.start for part in parts[1:]}
    if len(columns) < 2 or not all(column.name for column in columns):
        return None
    if sum(_fills(texts, column) for column in columns) < 2:
        return None
    starts = tuple(
        column.start if column.start in touching else _reach(texts, columns, place)
        for place, column in enumerate(columns)
    )
    unparted = tuple(place for place, column in enumerate(columns, 1) if _several(texts, column))
    return Dialect(" ", _NO_QUOTE, starts=starts, touching=frozenset(touching), length=length, unparted=unparted)


def _several(texts: Sequence[str], column: _Column) -> bool:
    """Do blanks in a row stand within the name, or within the cells of at least every third line?"""
    cells = [text[column.start : column.end + 1].strip() for text in texts]
    return "  " in column.name or 3 * sum("  " in cell for cell in cells) >= len(cells)


def _parted(texts: Sequence[str], region: _Column, length: int) -> list[_Column]:
    """A region as the columns that its name shows, where several names stand over cells that touch in some lines."""
    words = [
        (found.start() + region.start, found.end() + region.start)
        for found in re.finditer(r"\S+(?: \S+)*", texts[0][region.start : region.end + 1])
    ]
    edges = [region.start]
    for (_, end), (begin, _) in pairwise(words):
        place = _boundary(texts[1:], end, begin, length)
        if place is None:
            return [region]
        edges.append(place)
    ends = [*edges[1:], region.end + 1]
    return [_Column(start, stop - 1, texts[0][start:stop].strip()) for start, stop in zip(edges, ends, strict=True)]


def _boundary(body: Sequence[str], end: int, begin: int, length: int) -> int | None:
    """Where between two names (the first ends before ``end``, the second begins at ``begin``) one column ends and the next
    begins: where most lines may be parted and most cells begin below a name, or end below one."""

    def parts(place: int) -> tuple[float, float, int]:
        allowed = sum(may_part(text, place) for text in body)
        flush = sum(
            may_part(text, place) and bool(text[place : place + 1].strip() or text[place - 1 : place].strip())
            for text in body
        )
        return allowed, flush, -abs(place - begin)

    best = max(range(end, begin + 1), key=parts)
    needed = _PARTED if not length else _ALIKE
    return best if parts(best)[0] >= needed * len(body) else None


def _regions(texts: Sequence[str]) -> list[_Column]:
    """The runs of places at which some line has something."""
    width = max(map(len, texts))
    used = [False] * (width + 1)
    for text in texts:
        for place, character in enumerate(text):
            if character != " ":
                used[place] = True
    found, start = [], None
    for place, filled in enumerate(used):
        if filled and start is None:
            start = place
        elif not filled and start is not None:
            found.append(_Column(start, place - 1, texts[0][start:place].strip()))
            start = None
    return found


def _merged(regions: Sequence[_Column], header: str) -> list[_Column]:
    """Nameless regions go with the named one that is one blank away: words of one cell, which happen to stand below one
    another."""
    made: list[_Column] = []
    for region in regions:
        close = bool(made) and region.start - made[-1].end == 2
        if close and not (made[-1].name and region.name):
            end = region.end
            made[-1] = _Column(made[-1].start, end, header[made[-1].start : end + 1].strip())
        else:
            made.append(region)
    return made


def _fills(texts: Sequence[str], column: _Column) -> bool:
    """Does at least every third line have something there?"""
    return 3 * sum(bool(text[column.start : column.end + 1].strip()) for text in texts) >= len(texts)


def _reach(texts: Sequence[str], columns: Sequence[_Column], place: int) -> int:
    """Where the column may begin: right behind the one before it, if its cells all end at one place (a longer number
    reaches further to the left), else where the longest of them does."""
    column = columns[place]
    if place == 0:
        return 0
    cells = [text[column.start : column.end + 1] for text in texts]
    flush = all(len(cell) > column.end - column.start and cell[-1] != " " for cell in cells if cell.strip())
    return columns[place - 1].end + 2 if flush else column.start
