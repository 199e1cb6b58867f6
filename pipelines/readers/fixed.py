"""Columns set apart by blanks alone, where the cells have blanks in them, too: told from the places that are blank in
every line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from pipelines.readers.tokens import Dialect

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
    starts = _starts(texts)
    if starts:
        return Dialect(" ", _NO_QUOTE, starts=starts)
    several = _agreement([len(text.split()) for text in texts])
    return Dialect(" ", runs=True) if several >= 0.6 and (several > single or single >= 0.9) else None


def _agreement(lengths: Sequence[int]) -> float:
    """The share of lines that have the commonest number of cells, if that is more than one."""
    length, count = Counter(lengths).most_common(1)[0]
    return count / len(lengths) if length > 1 else 0.0


def _starts(texts: Sequence[str]) -> tuple[int, ...]:
    """Where the columns begin, or nothing if the first line does not name each of at least two."""
    columns = _merged(_regions(texts), texts[0])
    if len(columns) < 2 or not all(column.name for column in columns):
        return ()
    if sum(_fills(texts, column) for column in columns) < 2:
        return ()
    return tuple(_reach(texts, columns, place) for place in range(len(columns)))


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
