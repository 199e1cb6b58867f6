"""A record with too few or too many cells: mended only when exactly one way to mend it fits what the columns hold.

Columns are described by the shapes of their values in regular records. A way to mend a record fits when every
non-blank cell has a shape its column knows. Zero or several ways that fit: the record is rejected.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import combinations

from pipelines.readers.layout import filled, kind

_MOST_WAYS = 400
_CODE = re.compile(r"[A-Z0-9][A-Z0-9._/-]*")
_KNOWN_VALUES = 12  # a column with at most this many different values takes no others


@dataclass
class Columns:
    """What the regular records' columns hold; ``learn`` a few thousand records, then ask ``fits``."""

    width: int
    shapes: list[Counter[str]] = field(init=False)
    values: list[Counter[str]] = field(init=False)
    learned: int = 0
    blank_at_end: int = 0
    spaced: int = 0  # records with a cell that begins with a blank

    def __post_init__(self) -> None:
        self.shapes = [Counter() for _ in range(self.width)]
        self.values = [Counter() for _ in range(self.width)]

    def learn(self, cells: Sequence[str]) -> None:
        self.learned += 1
        self.blank_at_end += not cells[-1].strip()
        self.spaced += any(cell.startswith(" ") for cell in cells)
        for place, cell in enumerate(cells):
            text = cell.strip()
            self.shapes[place][shape(text)] += 1
            if len(self.values[place]) <= _KNOWN_VALUES:
                self.values[place][text] += 1

    def fits(self, place: int, cell: str) -> bool:
        """Can ``cell`` stand in this column? A blank can where blanks occur."""
        text = cell.strip()
        if self.shapes[place][shape(text)] < max(1, 0.02 * self.learned):
            return False
        listed = self.values[place]
        few = len(listed) <= _KNOWN_VALUES and self.learned >= 4 * len(listed)
        return not text or not few or text in listed

    def is_rigid(self, place: int, cell: str) -> bool:
        """Would this cell no longer fit if a piece of its neighbour were stuck to it?"""
        text = cell.strip()
        listed = self.values[place]
        few = len(listed) <= _KNOWN_VALUES and self.learned >= 4 * len(listed)
        return (few and text in listed) or re.fullmatch(r"date.*|number\d+|code.*|mark", shape(text)) is not None


def shape(text: str) -> str:
    """A finer type than ``kind``: numbers by length and sign, dates by pattern, codes, single words, phrases."""
    what = kind(text)
    if what == "number":
        return f"number{len(text)}" if text.isdigit() and len(text) > 3 else "number"
    if what == "date":
        return "date" + re.sub(r"\d+", "9", re.sub(r"[A-Za-z]+", "a", text))
    if what != "text":
        return what
    if _CODE.fullmatch(text) and any(mark.isdigit() for mark in text):
        return "code" + re.sub(r"\d+", "9", text)[:12]
    return "word"


def mend(cells: Sequence[str], columns: Columns, delimiter: str) -> list[str] | None:
    """The one right reading of an irregular record, or None."""
    surplus = len(cells) - columns.width
    if surplus > 0:
        return _drop_blank_tail(cells, columns.width) or _mend_long(cells, columns, delimiter, surplus)
    return _mend_short(cells, columns, -surplus)


def _drop_blank_tail(cells: Sequence[str], width: int) -> list[str] | None:
    return None if filled(cells[width:]) else list(cells[:width])


def _mend_long(cells: Sequence[str], columns: Columns, delimiter: str, surplus: int) -> list[str] | None:
    """A delimiter within a value was not quoted: join neighbours, at one place."""
    ways = []
    for start in range(columns.width):
        joined = [*cells[:start], delimiter.join(cells[start : start + surplus + 1]), *cells[start + surplus + 1 :]]
        spaced = (
            delimiter == ","
            and not columns.spaced
            and all(cell.startswith(" ") for cell in cells[start + 1 : start + surplus + 1])
        )
        others = all(columns.fits(place, cell) for place, cell in enumerate(joined) if place != start)
        if others and _can_hold_text(columns, start):
            ways.append((spaced, joined))
    natural = [joined for spaced, joined in ways if spaced]
    if len(natural) == 1:
        return natural[0]
    return ways[0][1] if len(ways) == 1 else None


def _can_hold_text(columns: Columns, place: int) -> bool:
    return columns.shapes[place]["word"] >= 0.2 * max(1, columns.learned)


def _mend_short(cells: Sequence[str], columns: Columns, lacking: int) -> list[str] | None:
    """Blank cells were left out: put them back, at the only places where the others then fit."""
    ways: list[list[str]] = []
    for count, gaps in enumerate(combinations(range(columns.width), lacking)):
        if count >= _MOST_WAYS:
            return None
        way = _with_gaps(cells, gaps, columns.width)
        if way not in ways and _holds(way, gaps, columns):
            ways.append(way)
        if len(ways) > 1:
            return None
    return ways[0] if ways else None


def _holds(way: Sequence[str], gaps: Sequence[int], columns: Columns) -> bool:
    """Do all cells fit, and can no cell beside a gap be two values that lost the delimiter between them?"""
    if not all(columns.fits(place, cell) for place, cell in enumerate(way)):
        return False
    beside = {place + step for place in gaps for step in (-1, 1)} - set(gaps)
    return all(columns.is_rigid(place, way[place]) for place in beside if 0 <= place < columns.width)


def _with_gaps(cells: Sequence[str], gaps: Sequence[int], width: int) -> list[str]:
    rest = iter(cells)
    return ["" if place in gaps else next(rest) for place in range(width)]


def trims_blank_ends(short: Sequence[Sequence[str]], columns: Columns) -> bool:
    """Does the program that wrote the file leave out blank cells at the end of every record? Then no regular record
    ends in one, no short one does, and the short ones' cells fit where they stand."""
    if len(short) < 3 or columns.blank_at_end or any(not cells[-1].strip() for cells in short):
        return False
    fitting = sum(
        all(columns.shapes[place][shape(cell.strip())] for place, cell in enumerate(cells)) for cells in short
    )
    return fitting >= 0.9 * len(short)


def filled_out(cells: Sequence[str], columns: Columns) -> list[str] | None:
    """A short record of a file whose writer trims blank ends, with its end put back, if its cells fit."""
    if not all(columns.shapes[place][shape(cell.strip())] for place, cell in enumerate(cells)):
        return None
    return [*cells, *[""] * (columns.width - len(cells))]
