"""What one cell looks like, and how much a row looks like a header: by contrast with what is below it."""

from __future__ import annotations

import re
import statistics
from collections import Counter
from collections.abc import Sequence

from pipelines.readers.structure.wide import is_period

Row = tuple[int, list[str]]  # line or sheet row, cells as text (blank: empty)
_NUMBER = re.compile(r"[-+(]?[$€£¥₹]?\s?\d[\d,.' ]*(?:[eE][-+]?\d+)?\s?%?\)?")
_DATE = re.compile(
    r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}(?:[ T]\d{1,2}:\d{2}.*)?|\d{1,2}:\d{2}(?::\d{2})?(?:\s?[AaPp][Mm])?"
    r"|\d{1,2}[- /.]?[A-Za-z]{3,9}[- /.,]{0,2}\d{2,4}.*|[A-Za-z]{3,9}\.? \d{1,2},? \d{4}.*|\d{4}-\d{2}-\d{2}T.*"
)
_MARK = re.compile(r"[^@\s]+@[^@\s]+\.[A-Za-z]+|https?://\S+|\+?[\d() .-]{7,}|true|false|yes|no|y|n", re.IGNORECASE)
_YES_NO = frozenset(("y", "n", "yes", "no", "true", "false"))
_ALSO_NAMES = frozenset(("n", "no", "y"))  # a number, or the height of a point, as well as an answer
_WORDS = re.compile(
    r"\b(?:id|ids|name|date|time|number|num|no|code|type|status|state|city|zip|postal|address|phone|fax|email|e-mail|"
    r"site|study|protocol|patient|provider|practice|referr\w*|reason|notes?|comments?|description|title|count|target|"
    r"total|value|amount|mrn|npi|dob|birth|gender|sex|age|specialty|priority|channel|outcome|received|created|"
    r"updated|start|end|from|to|on|at|by|phase|sponsor|subject|visit|screen\w*|enroll\w*|eligib\w*|consent\w*|score|"
    r"question|response|answer|duration|version|category|class|location|department|insurance|owner|user|key|year|month|day)\b",
    re.IGNORECASE,
)
_JOINED_UP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|[_\W]+")


def kind(cell: str) -> str:
    """A coarse type of one cell: blank | number | date | mark (e-mail, address, phone, yes/no) | text."""
    cell = cell.strip()
    if not cell:
        return "blank"
    if _NUMBER.fullmatch(cell):
        return "number"
    if _DATE.fullmatch(cell):
        return "date"
    return "mark" if _MARK.fullmatch(cell) else "text"


def filled(cells: Sequence[str]) -> int:
    # A list and not a generator: it is asked of every row of a sheet, and takes half the time.
    return len([1 for cell in cells if cell and not cell.isspace()])


def typical_fill(rows: Sequence[Sequence[str]]) -> float:
    """How many cells a row of the table has filled, judged by its fuller rows."""
    counts = [count for count in map(filled, rows) if count]
    if not counts:
        return 0.0
    common = Counter(counts).most_common(1)[0]
    median = statistics.median_high(counts)
    return max(median, common[0] if common[1] >= 3 else 0, 0.6 * max(counts) if len(counts) < 6 else 0)


def headerness(rows: Sequence[Row], index: int) -> float:
    """Above 0: more like a header than like a record of the rows below it."""
    head = rows[index][1]
    below = _without_copies(head, [cells for _, cells in rows[index + 1 : index + 120] if filled(cells)])
    usual = typical_fill(below)
    below = [cells for cells in below if filled(cells) >= 0.4 * usual]
    scores = [
        _cell_headerness(cell, [row[place].strip() for row in below if place < len(row)])
        for place, cell in enumerate(head)
    ]
    names = [cell.strip().lower() for cell in head if cell.strip()]
    repeats = len(names) - len(set(names))
    return (sum(scores) - 0.3 * repeats) / max(1, len(names))


def _without_copies(head: Sequence[str], below: Sequence[list[str]]) -> list[list[str]]:
    """``below`` without the rows that repeat ``head``, as the header of another page or table does: all of it, or most of
    it if few rows do."""
    copy = squeezed(head)
    rest = [cells for cells in below if squeezed(cells) != copy]
    near = [
        cells for cells in rest if sum(a.strip() == b for a, b in zip(cells, copy, strict=False) if b) >= 0.6 * max(2, len(copy))
    ]  # fmt: skip
    if len(rest) < 8 or len(near) > 0.05 * len(rest):
        return rest
    return [cells for cells in rest if cells not in near]


def squeezed(cells: Sequence[str]) -> list[str]:
    """Cells to compare rows by: trimmed, blank ones at the end left out."""
    found = [cell.strip() for cell in cells]
    while found and not found[-1]:
        found.pop()
    return found


def _cell_headerness(cell: str, below: Sequence[str]) -> float:
    cell = cell.strip()
    here = kind(cell)
    if here == "blank":
        return -0.1
    values = [value for value in below if value]
    if _is_period_head(cell, values):
        return 0.6
    if values and cell.lower() in _ALSO_NAMES and not any(value.lower() in _YES_NO for value in values):
        here = "text"  # "N" or "No" above numbers
    score = _words_score(cell) if here == "text" else -0.4
    if not values:
        return score
    kinds = Counter(kind(value) for value in values)
    main, count = kinds.most_common(1)[0]
    if count >= 0.7 * len(values):
        if main in ("number", "date", "mark"):
            score += 1.0 if here == "text" else (-1.0 if here == main else -0.3)
        elif here != "text":
            score -= 0.3
    if (
        here == "text"
        and _framed(cell)
        and sum(_framed(value) == _framed(cell) for value in values) >= 0.9 * len(values)
    ):
        score -= 0.8
    if here == "text" and cell in values:
        score -= 1.0 if len(values) > 1 else 0.5
    lengths = {len(value) for value in values}
    if here == "text" and main == "text" and len(values) >= 3 and len(lengths) == 1:
        score += 0.4 if len(cell) not in lengths else -0.3
    return score


def _framed(cell: str) -> str:
    """The signs a cell stands between, as in ``:smile:`` or ``<b>``; a header rarely has those of its values."""
    ends = cell[:1] + cell[-1:]
    return ends if len(cell) > 2 and not any(character.isalnum() for character in ends) else ""


def _words_score(cell: str) -> float:
    if not any(character.isalnum() for character in cell):
        return -0.3
    words = " ".join(_JOINED_UP.split(cell))
    if _WORDS.search(words):
        return 0.6
    return 0.1 if len(cell) < 60 else 0.0


def _is_period_head(cell: str, values: Sequence[str]) -> bool:
    """A year, month or day above numbers that are none: a column per period."""
    if not values or not is_period(cell) or kind(cell) == "text":  # few heads are: only then are the values asked
        return False
    return sum(is_period(value) for value in values) < 0.2 * len(values)
