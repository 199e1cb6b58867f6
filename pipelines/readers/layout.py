"""Where the table lies within the first rows of a file: what comes before it, its header rows, its first record.

Works on rows of text, whatever they came from. A header is told from a record by contrast with what is below
it: words above numbers, dates or codes, names that are not repeated as values, words that headers are made of.
"""

from __future__ import annotations

import re
import statistics
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from pipelines.errors import FileRefused
from pipelines.readers.reading import SetAside

Row = tuple[int, list[str]]  # line or sheet row, cells as text (blank: empty)
_NUMBER = re.compile(r"[-+(]?[$€£]?\s?\d[\d,.' ]*(?:[eE][-+]?\d+)?\s?%?\)?")
_DATE = re.compile(
    r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}(?:[ T]\d{1,2}:\d{2}.*)?|\d{1,2}:\d{2}(?::\d{2})?(?:\s?[AaPp][Mm])?"
    r"|\d{1,2}[- /.]?[A-Za-z]{3,9}[- /.,]{0,2}\d{2,4}.*|[A-Za-z]{3,9}\.? \d{1,2},? \d{4}.*|\d{4}-\d{2}-\d{2}T.*"
)
_MARK = re.compile(r"[^@\s]+@[^@\s]+\.[A-Za-z]+|https?://\S+|\+?[\d() .-]{7,}|true|false|yes|no|y|n", re.IGNORECASE)
_WORDS = re.compile(
    r"\b(?:id|ids|name|date|time|number|num|no|code|type|status|state|city|zip|postal|address|phone|fax|email|e-mail|"
    r"site|study|protocol|patient|provider|practice|referr\w*|reason|notes?|comments?|description|title|count|target|"
    r"total|value|amount|mrn|npi|dob|birth|gender|sex|age|specialty|priority|channel|outcome|received|created|"
    r"updated|start|end|from|to|on|at|by|phase|sponsor|subject|visit|screen\w*|enroll\w*|eligib\w*|consent\w*|score|"
    r"question|response|answer|duration|version|category|class|location|department|insurance|owner|user|key|year|month|day)\b",
    re.IGNORECASE,
)
_JOINED_UP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|[_\W]+")
_UNIT = re.compile(
    r"\(.{1,20}\)|\[.{1,20}\]|[YMDyhms/:. -]{6,20}|(?:MM|DD|YYYY)[-/. ].*|%|days?|weeks?|months?|years?|hours?|h|min(?:utes)?|sec(?:onds)?|"
    r"text|varchar|string|integer|number|date|datetime|boolean|free text|\$|usd|kg|cm|mg",
    re.IGNORECASE,
)
_PAIR = re.compile(r"\s*([^:]{1,60}?)\s*:\s*(\S.*?)\s*", re.DOTALL)
_LABEL = re.compile(r"\s*([A-Za-z][^:]{0,59}?)\s*:?\s*")
_LONGEST_NAME = 1_000  # characters of a column's name; a longer one is a damaged file's
_SEARCHED = 80  # rows within which a header is looked for


@dataclass
class Layout:
    """``first`` is the index (in the rows given) of the first record, ``header_rows`` their row numbers."""

    header: list[str]
    header_cells: list[str]  # as written, to recognise a repeated header
    header_rows: list[int]
    first: int
    width: int
    sub_headers: list[list[str]] = field(default_factory=list)
    set_aside: list[SetAside] = field(default_factory=list)
    context: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


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
    return sum(1 for cell in cells if cell and not cell.isspace())


def find(rows: Sequence[Row], header_row: int | None = None, width: int | None = None) -> Layout:
    """Find the table in the first rows of a file.

    ``header_row`` is the row number a person named, ``width`` the number of columns where that is known (the used
    part of a sheet). Raises ``FileRefused`` when no row has anything in it or the
    named row does not exist.
    """
    if not any(filled(cells) for _, cells in rows):
        raise FileRefused("The file holds nothing but blank rows.", "Export it again, and check that it has rows.")
    top = _index_of(rows, header_row) if header_row is not None else _header_index(rows)
    if top is None:
        return _without_header(rows, width)
    layout = _with_header(rows, top, width)
    if header_row is not None:
        layout.notes.append(f"Row {header_row} was taken as the header, as you chose.")
    return layout


def _index_of(rows: Sequence[Row], header_row: int) -> int:
    for index, (row, cells) in enumerate(rows):
        if row == header_row and filled(cells):
            return index
    raise FileRefused(
        f"Row {header_row} cannot be the header: it is blank or beyond the first {len(rows)} rows.",
        "Choose another row.",
    )


def _header_index(rows: Sequence[Row]) -> int | None:
    """Index of the header row, or None when the file begins with a record."""
    wide = _first_wide(rows)
    candidates = [index for index in range(wide, min(len(rows), wide + 4)) if filled(rows[index][1])]
    scores = {index: _headerness(rows, index) for index in candidates}
    if not scores:
        return None
    if scores[wide] >= 0.0:
        return _better_below(rows, wide, scores)
    best = max(scores, key=lambda index: scores[index])
    return best if scores[best] > 0.25 else None


def _first_wide(rows: Sequence[Row]) -> int:
    """The first row that is about as wide as the table: what is above it is preamble."""
    usual = typical_fill([cells for _, cells in rows])
    threshold = max(min(2, usual), 0.5 * usual)
    for index, (_, cells) in enumerate(rows[:_SEARCHED]):
        if filled(cells) >= threshold and not _is_pairs(rows, index, usual) and not _is_narrow(rows, index):
            return index
    return next(index for index, (_, cells) in enumerate(rows) if filled(cells))


def _better_below(rows: Sequence[Row], wide: int, scores: dict[int, float]) -> int:
    """A preamble line with delimiters in it ("Jan 1, 2026 - Jan 31, 2026") can look like a header. The header then is
    the row of words only, as full or fuller, that follows."""
    if not any(kind(cell) in ("number", "date") for cell in rows[wide][1]):
        return wide
    for index, score in scores.items():
        words = all(kind(cell) in ("text", "blank") for cell in rows[index][1])
        if index > wide and words and score > scores[wide] + 0.2 and filled(rows[index][1]) >= filled(rows[wide][1]):
            return index
    return wide


def _is_narrow(rows: Sequence[Row], index: int) -> bool:
    """Cells side by side above a far wider row: a label and its value. Names over groups of columns leave gaps."""
    places = [place for place, cell in enumerate(rows[index][1]) if cell.strip()]
    widest = max((filled(cells) for _, cells in rows[index + 1 : index + 20]), default=0)
    return len(places) < 0.6 * widest and places[-1] - places[0] + 1 == len(places)


def _is_pairs(rows: Sequence[Row], index: int, usual: float) -> bool:
    """Is this row ``Label: value`` pairs above a wider table?"""
    cells = [cell.strip() for cell in rows[index][1] if cell.strip()]
    labels = sum(cell.endswith(":") or (_PAIR.fullmatch(cell) is not None and kind(cell) == "text") for cell in cells)
    return len(cells) < usual and labels * 2 >= len(cells)


def typical_fill(rows: Sequence[Sequence[str]]) -> float:
    """How many cells a row of the table has filled, judged by its fuller rows."""
    counts = [count for count in map(filled, rows) if count]
    if not counts:
        return 0.0
    common = Counter(counts).most_common(1)[0]
    median = statistics.median_high(counts)
    return max(median, common[0] if common[1] >= 3 else 0, 0.6 * max(counts) if len(counts) < 6 else 0)


def _headerness(rows: Sequence[Row], index: int) -> float:
    """Above 0: more like a header than like a record of the rows below it."""
    head = rows[index][1]
    below = [cells for _, cells in rows[index + 1 : index + 120] if filled(cells)]
    usual = typical_fill(below)
    below = [cells for cells in below if filled(cells) >= 0.4 * usual]
    scores = [
        _cell_headerness(cell, [row[place].strip() for row in below if place < len(row)])
        for place, cell in enumerate(head)
    ]
    names = [cell.strip().lower() for cell in head if cell.strip()]
    repeats = len(names) - len(set(names))
    return (sum(scores) - 0.3 * repeats) / max(1, len(names))


def _cell_headerness(cell: str, below: Sequence[str]) -> float:
    cell = cell.strip()
    here = kind(cell)
    if here == "blank":
        return -0.1
    values = [value for value in below if value]
    score = _words_score(cell) if here == "text" else -0.4
    if not values:
        return score
    kinds = Counter(kind(value) for value in values)
    main, count = kinds.most_common(1)[0]
    if count >= 0.7 * len(values):
        if main in ("number", "date", "mark"):
            score += 1.0 if here == "text" else (-1.0 if here == main and not _is_year_head(cell, values) else -0.3)
        elif here != "text":
            score -= 0.3
    if here == "text" and cell in values:
        score -= 1.0 if len(values) > 1 else 0.5
    lengths = {len(value) for value in values}
    if here == "text" and main == "text" and len(values) >= 3 and len(lengths) == 1:
        score += 0.4 if len(cell) not in lengths else -0.3
    return score


def _words_score(cell: str) -> float:
    words = " ".join(_JOINED_UP.split(cell))
    if _WORDS.search(words):
        return 0.6
    return 0.1 if len(cell) < 60 else 0.0


def _is_year_head(cell: str, values: Sequence[str]) -> bool:
    return bool(re.fullmatch(r"(19|20)\d\d", cell)) and not all(re.fullmatch(r"(19|20)\d\d", value) for value in values)


def _without_header(rows: Sequence[Row], known_width: int | None) -> Layout:
    first = _first_wide(rows)
    width = known_width or max(_usual_width(rows[first:]), 1)
    header = [f"Column {place + 1}" for place in range(width)]
    layout = Layout(header, [], [], first, width, notes=["The file has no header row; the columns were numbered."])
    _describe_top(layout, rows[:first])
    return layout


def _usual_width(rows: Sequence[Row]) -> int:
    """The commonest number of cells, trailing blanks counted; of equally common ones the largest."""
    counts = Counter(len(cells) for _, cells in rows if filled(cells))
    return max(counts, key=lambda width: (counts[width], width), default=0)


def _with_header(rows: Sequence[Row], top: int, known_width: int | None) -> Layout:
    names_at, subs, units = _stack(rows, top)
    first = max([names_at, *subs, *units]) + 1
    head = [cell.strip() for cell in rows[names_at][1]]
    group = [cell.strip() for cell in rows[top][1]] if names_at > top else []
    width = known_width or _width(head, [cells for _, cells in rows[first:] if filled(cells)])
    head = _aligned(head, rows, first, width)
    names = _filled_forward(head) if subs and _is_survey(rows, names_at, subs) else head
    layout = Layout(
        unique(_with_groups(names, group)),
        head,
        [rows[index][0] for index in (*range(top, names_at + 1), *subs)],
        first,
        width,
    )
    layout.sub_headers = [_fitted([cell.strip() for cell in rows[index][1]], width) for index in subs]
    layout.set_aside = [SetAside(rows[index][0], "units") for index in units]
    _describe_top(layout, rows[:top])
    if names_at > top:
        layout.notes.append(
            "The header has a row of group names above it; they were put before names that occur twice."
        )
    if subs:
        layout.notes.append(f"The header has {len(subs) + 1} rows.")
    return layout


def _stack(rows: Sequence[Row], top: int) -> tuple[int, list[int], list[int]]:
    """(index of the row of names, further header rows, rows of units) for a header that begins at ``top``."""
    following = [index for index in range(top + 1, min(len(rows), top + 4)) if filled(rows[index][1])]
    for place, index in enumerate(following[:3]):
        if any(cell.lstrip().startswith('{"ImportId"') for cell in rows[index][1]):
            return top, following[: place + 1], []
    if not following:
        return top, [], []
    below = following[0]
    if _is_respondent_header(rows[top][1]) and _is_sub_labels(rows[top][1], rows[below][1]):
        return top, [below], []
    if below == top + 1 and _is_group_row(rows, top, below):
        return below, [], []
    if _is_units(rows[below][1]):
        return top, [], [below]
    return top, ([below] if _is_second_header(rows, below) else []), []


def _is_respondent_header(head: Sequence[str]) -> bool:
    names = {re.sub(r"\W", "", cell).lower() for cell in head}
    return bool(names & {"respondentid", "collectorid"})


def _is_sub_labels(head: Sequence[str], below: Sequence[str]) -> bool:
    first = next((place for place, cell in enumerate(head) if cell.strip()), 0)
    no_id = first >= len(below) or not below[first].strip() or kind(below[first]) == "text"
    return no_id and not any(kind(cell) in ("number", "date") for cell in below[:4])


def _is_survey(rows: Sequence[Row], names_at: int, subs: Sequence[int]) -> bool:
    return _is_respondent_header(rows[names_at][1]) and len(subs) == 1


def _is_group_row(rows: Sequence[Row], top: int, below: int) -> bool:
    """Sparse names above a full row of names: the upper ones span several columns."""
    upper, lower = rows[top][1], rows[below][1]
    inner_gaps = filled(lower) - filled(upper)
    texts = [cell.strip() for cell in lower if cell.strip()]
    if inner_gaps < max(2, 0.3 * len(texts)) or any(kind(cell) in ("number", "date") for cell in (*upper, *lower)):
        return False
    return _headerness(rows, below) > 0.3


def _is_units(cells: Sequence[str]) -> bool:
    texts = [cell.strip() for cell in cells if cell.strip()]
    return (
        len(texts) >= 2
        and all(_UNIT.fullmatch(text) for text in texts)
        and not all(kind(text) in ("mark", "number") for text in texts)
    )


def _is_second_header(rows: Sequence[Row], index: int) -> bool:
    """Words in at least two columns that hold numbers or dates in nearly all rows below."""
    cells = rows[index][1]
    below = [row for _, row in rows[index + 1 : index + 120] if filled(row)]
    if len(below) < 3 or any(kind(cell) in ("number", "date") for cell in cells):
        return False
    against = 0
    for place, cell in enumerate(cells):
        values = [row[place] for row in below if place < len(row) and row[place].strip()]
        hard = sum(kind(value) in ("number", "date") for value in values)
        against += kind(cell) == "text" and len(values) >= 3 and hard >= 0.95 * len(values)
    return against >= 2 and filled(cells) >= 0.5 * len(cells)


def _width(head: Sequence[str], body: Sequence[Sequence[str]]) -> int:
    """Columns of the table: as many as the header names, or as most records have when those agree on more."""
    named = max((place + 1 for place, cell in enumerate(head) if cell), default=1)
    counts = Counter(len(cells) for cells in body)
    if not counts:
        return named
    common, count = max(counts.items(), key=lambda item: (item[1], item[0]))
    if common > named and count >= 0.6 * len(body):
        used = max(
            (place + 1 for cells in body if len(cells) == common for place, cell in enumerate(cells) if cell.strip()),
            default=0,
        )
        return max(named, common if common == len(head) or used > named else named)
    return named if common < named or common > len(head) else max(named, common)


def _aligned(head: list[str], rows: Sequence[Row], first: int, width: int) -> list[str]:
    """``head`` for ``width`` columns. One name too few above running numbers: the numbers are the nameless first column."""
    head = head[:width]
    if len(head) == width - 1:
        numbers = [cells[0].strip() for _, cells in rows[first : first + 50] if len(cells) == width]
        runs = all(text.isdigit() for text in numbers) and [int(text) for text in numbers] in (
            list(range(len(numbers))), list(range(1, len(numbers) + 1)),
        )  # fmt: skip
        return ["", *head] if runs and len(numbers) > 1 else [*head, ""]
    return _fitted(head, width)


def _fitted(cells: list[str], width: int) -> list[str]:
    return cells[:width] + [""] * (width - len(cells))


def _filled_forward(head: Sequence[str]) -> list[str]:
    """A question over several columns is named once, above the first of them."""
    names: list[str] = []
    for cell in head:
        names.append(cell or (names[-1] if names else ""))
    return names


def _with_groups(names: Sequence[str], group: Sequence[str]) -> list[str]:
    if not group:
        return list(names)
    spread = _filled_forward(_fitted(list(group), len(names)))
    times = Counter(name.lower() for name in names)
    return [
        f"{over} {name}" if over and (times[name.lower()] > 1 or not name) else name
        for name, over in zip(names, spread, strict=True)
    ]


def unique(names: Sequence[str]) -> list[str]:
    """Names for all columns: white space evened, nameless ones numbered, a repeated one as ``Name (2)``."""
    made: list[str] = []
    taken: set[str] = set()
    given = {" ".join(name.split()).lower() for name in names}
    for place, name in enumerate(names):
        clean = " ".join(name[: 2 * _LONGEST_NAME].split())[:_LONGEST_NAME] or f"Column {place + 1}"
        candidate, count = clean, 1
        while candidate.lower() in taken or (count > 1 and candidate.lower() in given):
            count += 1
            candidate = f"{clean} ({count})"
        taken.add(candidate.lower())
        made.append(candidate)
    return made


def _describe_top(layout: Layout, rows: Sequence[Row]) -> None:
    for row, cells in rows:
        if filled(cells):
            declared = len(cells) <= 2 and cells[0].lower().startswith("sep=")
            layout.set_aside.append(
                SetAside(row, "comment" if declared or cells[0].lstrip().startswith("#") else "preamble")
            )
            for label, value in pairs(cells):
                layout.context.setdefault(label, value)
        else:
            layout.set_aside.append(SetAside(row, "blank"))


def pairs(cells: Sequence[str]) -> list[tuple[str, str]]:
    """``Label: value`` within a cell, ``Label:`` beside its value, or two cells alone in a row."""
    texts = [cell.strip() for cell in cells if cell.strip()]
    found: list[tuple[str, str]] = []
    place = 0
    while place < len(texts):
        text = texts[place].lstrip("# ")
        within = _PAIR.fullmatch(text)
        if text.endswith(":") and place + 1 < len(texts):
            found.append((" ".join(text[:-1].split()), texts[place + 1]))
            place += 1
        elif within and kind(text) == "text":
            found.append((" ".join(within.group(1).split()), within.group(2)))
        place += 1
    if not found and len(texts) == 2 and _LABEL.fullmatch(texts[0]) and kind(texts[0]) == "text":
        found.append((" ".join(texts[0].split()), texts[1]))
    return [(label, value[:200]) for label, value in found]
