"""A record with too few or too many cells: mended only when one way to mend it fits what the columns hold, and fits
clearly better than any other way.

Columns are described by the values of regular records: their shapes, their first and last characters, their pattern of
digits, the values themselves where they are few. A way to mend a record fits when every cell has a shape its column
knows; of several ways that fit, the likeliest is taken if the next is at least twenty times less likely.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import combinations, islice

from pipelines.readers.delimited.tokens import CLOSED, LOOSE, Dialect, other_readings, split
from pipelines.readers.structure.cells import filled, kind

_LONGEST_LINE = 5_000  # characters of a line that is tried in other ways
_MOST_WAYS = 400
_MOST_SPLITS = 240  # places within one cell at which it may be two
_CODE = re.compile(r"[A-Z0-9][A-Z0-9._/-]*")
_KNOWN_VALUES = 12  # a column with at most this many different values takes no others
_FEW_PATTERNS = 40  # a column with at most this many patterns of digits is one of figures, dates or codes
_FIRSTS = 200  # records
_CLEARLY = math.log(20)
_OTHERS = (";", ",", "\t", "|", " ")
_BETWEEN_BLANKS = re.compile(r'"(?:[^"]|"")*"|[^ ]+')
_MOST_TOKENS = 60


@dataclass
class Columns:
    """What the regular records' columns hold; ``learn`` a few thousand records, then ask."""

    width: int
    shapes: list[Counter[str]] = field(init=False)
    values: list[Counter[str]] = field(init=False)
    ends: list[Counter[str]] = field(init=False)
    patterns: list[Counter[str]] = field(init=False)
    learned: int = 0
    blank_at_end: int = 0
    spaced: int = 0  # records with a cell that begins with a blank
    firsts: list[str] = field(default_factory=list)  # what some records begin with

    def __post_init__(self) -> None:
        self.shapes = [Counter() for _ in range(self.width)]
        self.values = [Counter() for _ in range(self.width)]
        self.ends = [Counter() for _ in range(self.width)]
        self.patterns = [Counter() for _ in range(self.width)]

    def learn(self, cells: Sequence[str]) -> None:
        """Take a record in whose cells stand where they should; it may lack some at the end."""
        self.learned += 1
        self.blank_at_end += len(cells) == self.width and not cells[-1].strip()
        self.spaced += any(cell.startswith(" ") for cell in cells)
        if len(self.firsts) < _FIRSTS:
            self.firsts.append(cells[0].strip())
        for place, cell in enumerate(cells):
            text = cell.strip()
            self.shapes[place][shape(text)] += 1
            self.ends[place][_ends(text)] += 1
            if len(self.patterns[place]) <= _FEW_PATTERNS:
                self.patterns[place][_pattern(text)] += 1
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

    def known(self, place: int, cell: str) -> bool:
        """Has the column a value of this shape at all?"""
        return self.shapes[place][shape(cell.strip())] > 0

    def likelihood(self, place: int, cell: str) -> float:
        """How likely ``cell`` is in this column: the logarithm, for comparison only."""
        text = cell.strip()
        found = _share(self.shapes[place], shape(text), self.learned) + _share(
            self.ends[place], _ends(text), self.learned
        )
        if len(self.patterns[place]) <= _FEW_PATTERNS:
            found += _share(self.patterns[place], _pattern(text), self.learned)
        return found

    def __call__(self, cells: Sequence[str]) -> float:
        """How likely a record is as a whole."""
        return sum(self.likelihood(place, cell) for place, cell in enumerate(cells))


def _share(counts: Counter[str], value: str, total: int) -> float:
    return math.log((counts[value] + 0.5) / (total + 0.5 * (len(counts) + 1)))


def _ends(text: str) -> str:
    return _sort(text[0]) + _sort(text[-1]) if text else ""


def _sort(character: str) -> str:
    if character.isdigit():
        return "9"
    if character.isalpha():
        return "A" if character.isupper() else "a"
    return character


def _pattern(text: str) -> str:
    return re.sub(r"[^\W\d_]", "a", re.sub(r"\d", "9", text[:24]))


def shape(text: str) -> str:
    """A finer type than ``kind``: numbers by length and sign, dates by pattern, codes, single words, phrases."""
    what = kind(text)
    if what == "number":
        return f"number{len(text)}" if text.isdigit() and len(text) > 3 else "number"
    if what == "date":
        return "date" + re.sub(r"\d+", "9", re.sub(r"[A-Za-z]+", "a", text))[:24]
    if what != "text":
        return what
    if _CODE.fullmatch(text) and any(mark.isdigit() for mark in text):
        return "code" + re.sub(r"\d+", "9", text)[:12]
    return "word"


def mend(cells: Sequence[str], columns: Columns, dialect: Dialect, line: str | None = None) -> list[str] | None:
    """The one right reading of an irregular record (``line`` its text), or None."""
    surplus = len(cells) - columns.width
    ways = [way for way in islice(_ways(cells, columns, dialect, surplus, line), 4 * _MOST_WAYS) if _fit(way, columns)]
    if surplus > 0 and (natural := _naturally_joined(cells, columns, dialect, surplus)) in ways:
        return natural
    return _clearly_best(ways, columns)


def _fit(way: Sequence[str], columns: Columns) -> bool:
    return all(columns.fits(place, cell) for place, cell in enumerate(way))


def _clearly_best(ways: Sequence[list[str]], columns: Columns) -> list[str] | None:
    different = {tuple(cell.strip() for cell in way): way for way in ways}
    ranked = sorted(different.values(), key=columns, reverse=True)
    if len(ranked) > 1 and columns(ranked[0]) - columns(ranked[1]) < _CLEARLY:
        return None
    return ranked[0] if ranked else None


def _ways(
    cells: Sequence[str], columns: Columns, dialect: Dialect, surplus: int, line: str | None
) -> Iterator[list[str]]:
    if surplus == 0:
        yield list(cells)
    if surplus > 0 and not filled(cells[columns.width :]):
        yield list(cells[: columns.width])
    if surplus > 0:
        yield from _without_blanks(cells, surplus)
        yield from _joined(cells, columns, dialect.delimiter or ",", surplus)
    if surplus < 0:
        yield from _with_gaps(cells, -surplus, columns.width)
    if surplus == -1:
        yield from _split_cells(cells, columns)
    if line is not None and len(line) < _LONGEST_LINE:
        yield from (way for way in other_readings(line, dialect) if len(way) == columns.width)
        yield from _parted_at_quotes(line, columns.width, dialect)
        if surplus < -1 or surplus > 0:
            yield from _otherwise_delimited(line, columns, dialect)


def _without_blanks(cells: Sequence[str], surplus: int) -> Iterator[list[str]]:
    """A delimiter too many made a blank cell: leave it out."""
    blanks = [place for place, cell in enumerate(cells) if not cell.strip()]
    for gone in islice(combinations(blanks, surplus), _MOST_WAYS):
        yield [cell for place, cell in enumerate(cells) if place not in gone]


def _joined(cells: Sequence[str], columns: Columns, delimiter: str, surplus: int) -> Iterator[list[str]]:
    """A delimiter within a value was not quoted: join neighbours, at one place that holds texts."""
    for start in range(columns.width):
        if columns.shapes[start]["word"] >= 0.2 * max(1, columns.learned):
            piece = delimiter.join(cells[start : start + surplus + 1])
            yield [*cells[:start], piece, *cells[start + surplus + 1 :]]


def _naturally_joined(cells: Sequence[str], columns: Columns, dialect: Dialect, surplus: int) -> list[str] | None:
    """Neighbours joined at the only place where each begins with the blank that follows a comma in a text, in a file
    whose cells begin with none."""
    if dialect.delimiter != "," or columns.spaced:
        return None
    starts = [
        start for start in range(columns.width) if all(cell.startswith(" ") for cell in cells[start + 1 : start + surplus + 1])
    ]  # fmt: skip
    if len(starts) != 1:
        return None
    start = starts[0]
    return [*cells[:start], ",".join(cells[start : start + surplus + 1]), *cells[start + surplus + 1 :]]


def _with_gaps(cells: Sequence[str], lacking: int, width: int) -> Iterator[list[str]]:
    """Blank cells were left out: put them back."""
    for gaps in islice(combinations(range(width), lacking), _MOST_WAYS):
        rest = iter(cells)
        yield ["" if place in gaps else next(rest) for place in range(width)]


def _split_cells(cells: Sequence[str], columns: Columns) -> Iterator[list[str]]:
    """The delimiter between two cells is lost: part each cell that is not just what its column holds (of a text one cannot
    tell)."""
    for place, cell in enumerate(cells):
        if shape(cell.strip()) != "word" and columns.fits(place, cell):
            continue
        for at in range(1, min(len(cell), _MOST_SPLITS)):
            yield [*cells[:place], cell[:at], cell[at:], *cells[place + 1 :]]


def parted(line: str, width: int, dialect: Dialect) -> list[str] | None:
    """A line that has as many cells as the table only because a delimiter beside a quoted cell is lost while one within
    that cell counts (``Coat"Warm, dry"``): read with the delimiter put back, if one place alone makes it whole."""
    if len(line) > _LONGEST_LINE:
        return None
    ways = {tuple(way) for way in _parted_at_quotes(line, width, dialect)}
    return list(ways.pop()) if len(ways) == 1 else None


def _parted_at_quotes(line: str, width: int, dialect: Dialect) -> Iterator[list[str]]:
    """The delimiter before or after a quoted cell is lost (``Boots"These ..."``, ``"a""b"``): put it back."""
    quote, delimiter = dialect.quote or '"', dialect.delimiter
    if delimiter is None:
        return
    places = [place for place, character in enumerate(line) if character == quote and place]
    for place in places[:_MOST_SPLITS]:
        for at in (place, place + 1):
            cells, state = split(line[:at] + delimiter + line[at:], dialect)
            if len(cells) == width and state == CLOSED:
                yield cells


def _otherwise_delimited(line: str, columns: Columns, dialect: Dialect) -> Iterator[list[str]]:
    """One record is written with another delimiter than the rest."""
    for other in _OTHERS:
        if other == dialect.delimiter or other not in line:
            continue
        cells, state = split(line, Dialect(other, dialect.quote, dialect.escape))
        if len(cells) == columns.width and state in (CLOSED, LOOSE):
            yield cells
        elif other == " " and columns.width < len(_BETWEEN_BLANKS.findall(line)) <= _MOST_TOKENS:
            grouped = _grouped(line, columns)
            if grouped:
                yield grouped


def _grouped(line: str, columns: Columns) -> list[str] | None:
    """The likeliest way to lay the words of ``line`` into the columns, in their order; a quoted one stands alone."""
    tokens = [*_BETWEEN_BLANKS.findall(line), *([""] if line.endswith(" ") else [])]
    best: list[dict[int, tuple[float, list[str]]]] = [{0: (0.0, [])}]
    for place in range(columns.width):
        reached: dict[int, tuple[float, list[str]]] = {}
        for start, (score, done) in best[-1].items():
            for stop in range(start + 1, len(tokens) - (columns.width - place - 1) + 1):
                group = tokens[start:stop]
                if len(group) > 1 and any(token.startswith('"') for token in group):
                    break
                cell = " ".join(group)
                cell = cell[1:-1].replace('""', '"') if len(cell) > 1 and cell[0] == cell[-1] == '"' else cell
                total = score + columns.likelihood(place, cell)
                if stop not in reached or total > reached[stop][0]:
                    reached[stop] = (total, [*done, cell])
        best.append(reached)
    return best[-1][len(tokens)][1] if len(tokens) in best[-1] else None


def filled_out(cells: Sequence[str], columns: Columns) -> list[str] | None:
    """A short record with its end put back as blanks, if what it has stands where its column knows it."""
    if len(cells) > columns.width or not all(columns.known(place, cell) for place, cell in enumerate(cells)):
        return None
    return [*cells, *[""] * (columns.width - len(cells))]


def lacks_only_its_end(cells: Sequence[str], columns: Columns) -> bool:
    """Can the cells of a short record stand nowhere but where they stand, if the columns they would move to may not hold
    them?"""
    ways = islice(combinations(range(columns.width), columns.width - len(cells)), _MOST_WAYS + 1)
    for count, gaps in enumerate(ways):
        rest = iter(cells)
        fitting = all(place in gaps or columns.fits(place, next(rest)) for place in range(columns.width))
        at_end = gaps[0] == len(cells)
        if fitting != at_end or count >= _MOST_WAYS:
            return False
    return True


def trims_blank_ends(short: Sequence[Sequence[str]], columns: Columns) -> bool:
    """Does the program that wrote the file leave out blank cells at the end of every record? Then no regular record
    ends in one, no short one does, and the short ones' cells fit where they stand."""
    if len(short) < 3 or columns.blank_at_end or any(not cells[-1].strip() for cells in short):
        return False
    fitting = sum(all(columns.known(place, cell) for place, cell in enumerate(cells)) for cells in short)
    return fitting >= 0.9 * len(short)
