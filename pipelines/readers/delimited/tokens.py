"""One record's text into cells, without ever losing a character that is not a delimiter or a quote doing its job.

A quote works as one only at the start of a cell. Inside a quoted cell a quote ends the cell if a delimiter or the
end of the line follows; a doubled (or escaped) one is a quote; any other is taken as it stands and reported.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

CLOSED, LOOSE, STRAY, OPEN = "closed", "loose", "stray", "open"
_MOST_QUOTES = 24  # quotes of one line that are each tried as text


@dataclass(frozen=True)
class Dialect:
    """``delimiter`` None means one column; ``escape`` is the backslash where the writer used it; ``runs`` that several
    delimiters in a row count as one (columns set apart by blanks). ``starts`` are the places at which columns of fixed width
    begin, where a rule below the header, blanks in every line or the header show them: then nothing else parts cells. Cells
    may touch at the ``touching`` ones among them; ``length`` is that of every line, where they are all alike. ``unparted``
    says which columns, counted from 1, may be several that touch."""

    delimiter: str | None
    quote: str | None = '"'
    escape: str | None = None
    runs: bool = False
    starts: tuple[int, ...] = ()
    touching: frozenset[int] = frozenset()
    length: int = 0
    unparted: tuple[int, ...] = ()


def split(line: str, dialect: Dialect, *, eager: bool = False) -> tuple[list[str], str]:
    """Cells of ``line`` (without its end) and whether all quotes closed: CLOSED | LOOSE (a cell that is not quoted has a
    quote in it) | STRAY (some quote within a quoted cell was taken as it stands) | OPEN (the last cell's quote does not
    end). ``eager``: a doubled quote before a delimiter is text and the end of the cell (``"12 inches"",``)."""
    delimiter, quote = dialect.delimiter, dialect.quote
    if quote is None or quote not in line:
        if dialect.escape and dialect.escape in line and delimiter:
            return _split_escaped(line, dialect), CLOSED
        return (line.split(delimiter) if delimiter else [line]), CLOSED
    cells: list[str] = []
    state, place = CLOSED, 0
    while place <= len(line):
        start = _skip_blanks(line, place, delimiter)
        if line.startswith(quote, start):
            cell, place, how = _quoted(line, start + 1, dialect, eager)
            state = how if how != CLOSED else state
        else:
            end = line.find(delimiter, place) if delimiter else -1
            end = len(line) if end < 0 else end
            cell, place = line[place:end], end
            state = LOOSE if state == CLOSED and quote in cell else state
        cells.append(cell)
        if place >= len(line):
            break
        place += len(delimiter or "")
        if place == len(line):
            cells.append("")
            break
    return cells, state


def gaps(line: str, delimiter: str) -> int:
    """How many delimiters of one character part the cells of ``line``, if all its quotes (``"``) stand as a writer puts them:
    around whole cells, doubled within. Else -1: then ``split`` must look at them one by one, which takes twenty times as long."""
    if '"' not in line:
        return line.count(delimiter)
    outside = line.split('"')[
        ::2
    ]  # and what is empty between two of them is a quote that is doubled, or nothing at all
    if line.count('"') % 2 or delimiter in " \t":
        return -1
    first, *between, last = outside
    if (first and first[-1] != delimiter) or (last and last[0] != delimiter):
        return -1
    found = first.count(delimiter) + last.count(delimiter)
    for part in between:
        if part and not part[0] == part[-1] == delimiter:
            return -1
        found += part.count(delimiter)
    return found


def cut(line: str, dialect: Dialect) -> list[str]:
    """Cells of a line whose columns begin at ``dialect.starts``, one blank apart or touching where they may; a line with
    anything else at such a place is one cell: something in it is longer than its column, and may have moved the rest."""
    starts = dialect.starts
    for start in starts[1:]:
        if line[start - 1 : start].strip() and not (
            start in dialect.touching and may_part(line, start, dialect.length)
        ):
            return [line]
    ends = [*starts[1:], None]
    return [line[start:end].strip() for start, end in zip(starts, ends, strict=True)]


def may_part(line: str, place: int, length: int = 0) -> bool:
    """Whether a cell may end before ``place`` and another begin there: a blank stands on either side, a digit beside a
    letter, or the line is as long as all others, so that nothing has moved."""
    before, after = line[place - 1 : place], line[place : place + 1]
    if not before.strip() or not after.strip() or len(line.rstrip()) == length:
        return True
    return before.isalnum() and after.isalnum() and before.isdigit() != after.isdigit()


def other_readings(line: str, dialect: Dialect) -> Iterator[list[str]]:
    """Other ways to read a line whose quotes do not work out, the likelier first: quotes within cells were not doubled;
    one of the quotes is text; quotes count only around whole cells."""
    cells, state = split(line, dialect, eager=True)
    if state in (CLOSED, STRAY):
        yield cells
    quote, mark = dialect.quote or '"', "\ue000"
    places = (place for place, character in enumerate(line) if character == quote and _opens(line, place, dialect))
    if mark not in line:
        for place in islice(places, _MOST_QUOTES):
            cells, state = split(line[:place] + mark + line[place + 1 :], dialect)
            if state in (CLOSED, LOOSE):
                yield [cell.replace(mark, quote) for cell in cells]
    yield split_literally(line, dialect)


def _opens(line: str, place: int, dialect: Dialect) -> bool:
    """Does the quote at ``place`` stand where a cell begins (behind another quote, too)?"""
    end = place
    while end and line[end - 1] == " ":
        end -= 1
    end -= line.endswith(dialect.quote or '"', 0, end)
    return not end or (dialect.delimiter is not None and line.endswith(dialect.delimiter, 0, end))


def split_literally(line: str, dialect: Dialect) -> list[str]:
    """Cells of ``line`` when quotes count only where a cell is wrapped in them as a whole."""
    quote = dialect.quote or '"'
    cells = line.split(dialect.delimiter) if dialect.delimiter else [line]
    return [_unwrap(cell, quote) for cell in cells]


def _unwrap(cell: str, quote: str) -> str:
    bare = cell.strip()
    whole = len(bare) >= 2 and bare[0] == bare[-1] == quote and quote not in bare[1:-1].replace(quote * 2, "")
    return bare[1:-1].replace(quote * 2, quote) if whole else cell


def _skip_blanks(line: str, place: int, delimiter: str | None) -> int:
    blanks = " " if delimiter and delimiter[0] == "\t" else "\t" if delimiter == " " else " \t"
    while place < len(line) and line[place] in blanks:
        place += 1
    return place


def _quoted(line: str, place: int, dialect: Dialect, eager: bool) -> tuple[str, int, str]:
    """The cell whose opening quote lies just before ``place``: (text, where it ended, how)."""
    quote, escape, delimiter = dialect.quote or '"', dialect.escape, dialect.delimiter
    parts: list[str] = []
    how = CLOSED
    while True:
        end = line.find(quote, place)
        if escape:
            mark = line.find(escape, place, end if end >= 0 else len(line))
            if 0 <= mark < len(line) - 1:
                parts += [line[place:mark], _unescaped(line[mark : mark + 2], dialect)]
                place = mark + 2
                continue
        if end < 0:
            return "".join(parts) + line[place:], len(line), OPEN
        parts.append(line[place:end])
        if line.startswith(quote, end + 1):
            parts.append(quote)
            place = end + 2
            if eager and (place >= len(line) or (delimiter and line.startswith(delimiter, place))):
                return "".join(parts), place, STRAY
            continue
        after = _skip_blanks(line, end + 1, delimiter)
        if after >= len(line) or (delimiter and line.startswith(delimiter, after)):
            return "".join(parts), after, how
        parts.append(quote)
        place, how = end + 1, STRAY


def _unescaped(pair: str, dialect: Dialect) -> str:
    """``\\"`` is a quote, ``\\\\`` a backslash, ``\\,`` a comma; any other pair stands for itself."""
    return pair[1] if pair[1] in (dialect.quote, dialect.escape, dialect.delimiter, "\n", "\r") else pair


def _split_escaped(line: str, dialect: Dialect) -> list[str]:
    """Split an unquoted line in which the escape may stand before a delimiter."""
    delimiter, escape = dialect.delimiter or ",", dialect.escape or "\\"
    cells, cell, place = [], "", 0
    while place < len(line):
        if line.startswith(escape + delimiter, place):
            cell, place = cell + delimiter, place + len(escape) + len(delimiter)
        elif line.startswith(delimiter, place):
            cells.append(cell)
            cell, place = "", place + len(delimiter)
        else:
            cell, place = cell + line[place], place + 1
    return [*cells, cell]
