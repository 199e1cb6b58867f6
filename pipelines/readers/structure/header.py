"""The rows a header is made of, and the names they give to the columns."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from pipelines.readers.structure.cells import Row, filled, headerness, kind, squeezed

# Of what a column counts. Lengths within a day and amounts are kept in one measure, so that theirs changes what a number says.
_CHANGING = r"hours?|hrs?|h|min(?:ute)?s?\.?|sec(?:ond)?s?\.?|s|ms|milliseconds?|[$€£¥]|usd|us\$|eur|gbp|cad|aud|nzd|chf|jpy|sek|nok|dkk"
_MEASURE = rf"days?|weeks?|months?|years?|{_CHANGING}"
_MEASURED = re.compile(rf"[(\[]?\s*(?:in )?({_MEASURE})\s*[)\]]?", re.IGNORECASE)
_CHANGES = re.compile(rf"[(\[]?\s*(?:in )?({_CHANGING})\s*[)\]]?", re.IGNORECASE)
_UNIT = re.compile(
    r"\(.{1,20}\)|\[.{1,20}\]|[YMDyhms/:. -]{6,20}|h{1,2}:mm(?::ss)?|mm?:ss|(?:MM|DD|YYYY)[-/. ].*|%|#|"
    + _MEASURE
    + "|"
    r"text|varchar|string|integer|number|date|datetime|boolean|free text|kg|cm|mg|\d{1,3}[sdn]",  # the last: how wide a column is, as the RDB format has it
    re.IGNORECASE,
)
_MISSING = frozenset(
    ("na", "n/a", "nan", "null", "none", "nil", "missing", "unknown", "unk", "tbd", "nd", "n.d.", "inf", "-inf")
)
_YEAR = re.compile(r"(?:19|20)\d\d")
_FEW = 3  # columns: in a narrower table a word alone may be a record

# What printing puts at the top of a page; it names no column.
PAGE = re.compile(
    r"\bpage:? *\d+(?: *(?:of|/) *\d+)?\b|^\s*(?:printed|run|report) (?:on|date|by)\b|^\s*printed\b", re.IGNORECASE
)


@dataclass
class Stack:
    """Rows (indexes) a header is made of: ``names`` are joined, ``subs`` kept beside them, ``units`` set aside.
    ``grouped``: the first row of all names groups of columns."""

    names: list[int]
    subs: list[int] = field(default_factory=list)
    units: list[int] = field(default_factory=list)
    grouped: bool = False


def stack(rows: Sequence[Row], top: int, *, told: bool = False) -> Stack:
    """The rows of a header that begins at ``top``. ``told``: a person named that row; the same row again is no part."""
    following = [index for index in range(top + 1, min(len(rows), top + 4)) if filled(rows[index][1])]
    if not following:
        return Stack([top])
    below = following[0]
    return (
        _labelled(rows, top, following)
        or (None if told or below != top + 1 else _written_over_rows(rows, top, below))
        or (Stack([top]) if told else _with_row_below(rows, top, below))
    )


def _labelled(rows: Sequence[Row], top: int, following: Sequence[int]) -> Stack | None:
    """The header rows of survey tools: labels, and ids as JSON, below the names."""
    for place, index in enumerate(following[:3]):
        if any(cell.lstrip().startswith('{"ImportId"') for cell in rows[index][1]):
            return Stack([top], list(following[: place + 1]))
    if _is_respondent_header(rows[top][1]) and _is_sub_labels(rows, top, following):
        return Stack([top], [following[0]])
    return None


def _written_over_rows(rows: Sequence[Row], top: int, below: int) -> Stack | None:
    copies = [top, *_copies(rows, top)]
    if len(copies) > 1:
        return Stack(copies)
    return Stack([top, below]) if _is_split(rows, top, below) else None


def _with_row_below(rows: Sequence[Row], top: int, below: int) -> Stack:
    """Is the row below the first one the row of names proper, one of units, one of further names, or a record?"""
    if below == top + 1 and _is_group_row(rows, top, below):
        return Stack([below], grouped=True)
    if _is_units(rows[below][1]) or _is_lone_unit(rows, top, below):
        return Stack([top], units=[below])
    deepest = _deepest(rows, top)
    if deepest is None:
        return Stack([top])
    subs = [index for index in range(top + 1, deepest + 1) if filled(rows[index][1])]
    names = [cell.strip() for cell in rows[top][1] if cell.strip()]
    labels = filled(rows[below][1]) <= len(names) and len({name.lower() for name in names}) == len(names)
    return Stack([top], subs) if labels or len(subs) > 1 else Stack([top, below])


def _deepest(rows: Sequence[Row], top: int) -> int | None:
    """The last of the rows straight below the header that name things, too: units, ways of counting, another program's
    names. Sparse words may stand between them."""
    found = None
    for index in range(top + 1, min(len(rows), top + 4)):
        if is_second_header(rows, index):
            found = index
        elif any(kind(cell) in ("number", "date") for cell in rows[index][1]):
            break
    return found


def _copies(rows: Sequence[Row], top: int) -> list[int]:
    """The rows straight below ``top`` that repeat it."""
    copy, found = squeezed(rows[top][1]), []
    for index in range(top + 1, min(len(rows), top + 5)):
        if squeezed(rows[index][1]) != copy:
            break
        found.append(index)
    return found if len(rows) > top + len(found) + 1 else []


def _is_split(rows: Sequence[Row], top: int, below: int) -> bool:
    """Names written over two rows: words in both, about as many, and together they name more columns than either; the
    lower row is no record, for it has words where records have numbers or dates, or words that headers are made of."""
    upper, lower = rows[top][1], rows[below][1]
    here = [cell.strip() for cell in upper if cell.strip()]
    under = [cell.strip() for cell in lower if cell.strip()]
    if min(len(here), len(under)) < 2 or any(
        kind(cell) in ("number", "date") and not _YEAR.fullmatch(cell.strip()) for cell in (*here, *under)
    ):
        return False
    gaps = sum(not cell.strip() for cell in upper[: len(lower)]) + max(0, len(lower) - len(upper))
    if not gaps or len(here) < 0.5 * len(under) or _spans(upper, lower) or any(PAGE.search(cell) for cell in upper):
        return False
    return len(rows) > below + 3 and headerness(rows, below) > 0.3


def _spans(upper: Sequence[str], lower: Sequence[str]) -> bool:
    """Do names of the lower row occur again where the upper row is blank? Then the upper names groups of columns."""
    names = Counter(cell.strip().lower() for cell in lower if cell.strip())
    again = [place for place, cell in enumerate(lower) if names[cell.strip().lower()] > 1]
    bare = {place for place in range(len(lower)) if place >= len(upper) or not upper[place].strip()}
    # "Date" and "Time" below "Appointment", where "Date" stands below "Referral", too: a time is not one without its group.
    unsaid = again and all(cell.strip() for cell in lower) and any(lower[place].strip().lower() in _SAY_NOTHING_ALONE for place in bare)  # fmt: skip
    return bool(unsaid) or any(place in bare for place in again)


def _is_respondent_header(head: Sequence[str]) -> bool:
    names = {re.sub(r"\W", "", cell).lower() for cell in head}
    return bool(names & {"respondentid", "collectorid"})


def _is_sub_labels(rows: Sequence[Row], top: int, following: Sequence[int]) -> bool:
    """Labels have no respondent's number, and no day on which anybody answered."""
    head, below = rows[top][1], rows[following[0]][1]
    first = next((place for place, cell in enumerate(head) if cell.strip()), 0)
    number, *others = (
        _digits_alike(cells[first]) if first < len(cells) else "" for cells in (rows[index][1] for index in following)
    )
    no_id = not number or (kind(below[first]) == "text" and number not in others)
    return no_id and not any(
        kind(cell) == "date" or (place < 4 and kind(cell) == "number") for place, cell in enumerate(below)
    )


def _digits_alike(text: str) -> str:
    return re.sub(r"\d+", "#", text.strip())


def is_survey(rows: Sequence[Row], names_at: int, subs: Sequence[int]) -> bool:
    return _is_respondent_header(rows[names_at][1]) and len(subs) == 1


def has_groups_above(rows: Sequence[Row], top: int) -> bool:
    """Whether the row straight above the names at ``top`` names groups of them, though it is too sparse to be found alone."""
    return top > 0 and filled(rows[top - 1][1]) >= 2 and _is_group_row(rows, top - 1, top)


def _is_group_row(rows: Sequence[Row], top: int, below: int) -> bool:
    """Sparse names above a full row of names: the upper ones span several columns."""
    upper, lower = rows[top][1], rows[below][1]
    inner_gaps = filled(lower) - filled(upper)
    texts = [cell.strip() for cell in lower if cell.strip()]
    if inner_gaps < max(2, 0.3 * len(texts)) or any(kind(cell) in ("number", "date") for cell in (*upper, *lower)):
        return False
    return headerness(rows, below) > 0.3 and not any(PAGE.search(cell) for cell in upper)


def _is_units(cells: Sequence[str]) -> bool:
    texts = [cell.strip() for cell in cells if cell.strip()]
    return (
        len(texts) >= 2
        and all(_UNIT.fullmatch(text) for text in texts)
        and not all(kind(text) in ("mark", "number") for text in texts)
    )


def _is_lone_unit(rows: Sequence[Row], top: int, below: int) -> bool:
    """Is nothing in the row but one measure, above numbers: "(USD)" below "Value"?"""
    place = next((place for place, cell in enumerate(rows[below][1]) if cell.strip()), 0)
    if (
        filled(rows[below][1]) != 1
        or filled(rows[top][1]) < _FEW
        or not _MEASURED.fullmatch(rows[below][1][place].strip())
    ):
        return False
    values = [cells[place].strip() for _, cells in rows[below + 1 : below + 20] if place < len(cells)]
    return any(values) and all(kind(value) in ("number", "date", "blank") for value in values)  # 0:45 looks like a date


def measured(names: Sequence[str], units: Sequence[str]) -> list[str]:
    """Names with the measure that a row of units has for them, "Wait (min)", where it changes what their numbers say and they do not
    say it themselves."""
    found = [_CHANGES.fullmatch(unit.strip()) for unit in fitted(list(units), len(names))]
    return [
        f"{name} ({told[1]})"
        if told and not re.search(rf"[(\[]\s*{re.escape(told[1])}\s*[)\]]", name, re.IGNORECASE)
        else name
        for name, told in zip(names, found, strict=True)
    ]


def is_second_header(rows: Sequence[Row], index: int, least: float = 0.5) -> bool:
    """Words in at least two columns that hold numbers or dates in nearly all rows below, in ``least`` of the row's cells."""
    cells = rows[index][1]
    below = [row for _, row in rows[index + 1 : index + 120] if filled(row)]
    if len(below) < 3 or any(kind(cell) in ("number", "date") for cell in cells):
        return False
    against = 0
    for place, cell in enumerate(cells):
        values = [row[place].strip() for row in below if place < len(row) and row[place].strip()]
        hard = sum(kind(value) in ("number", "date") for value in values)
        against += _is_word(cell) and len(values) >= 3 and hard >= 0.95 * len(values) and cell.strip() not in values
    return against >= 2 and filled(cells) >= least * len(cells)


def _is_word(cell: str) -> bool:
    """Text with a letter in it, and none of those that stand for a missing number."""
    text = cell.strip()
    return kind(text) == "text" and any(letter.isalpha() for letter in text) and text.lower() not in _MISSING


def joined(upper: Sequence[Sequence[str]], head: Sequence[str]) -> list[str]:
    """Each column's names from top to bottom, with a blank between them."""
    return [
        " ".join(part for part in (*(row[place] if place < len(row) else "" for row in upper), name) if part)
        for place, name in enumerate(head)
    ]


def spread_over(upper: Sequence[str], lower: Sequence[str]) -> list[str]:
    """The upper of two rows of names where some of them stand over several columns: "Time" to the right of "Date", which stands
    below "Appointment", is the appointment's. Names that can stand alone are left alone."""
    spread = fitted(list(upper), len(lower))
    for place in range(1, len(lower)):
        over, name = spread[place - 1], lower[place]
        if (
            not spread[place]
            and over
            and lower[place - 1]
            and (name.lower() in _ARE_OF_SOMETHING or _is_whose(over, name))
        ):
            spread[place] = over
    return spread


def without_spare_blanks(head: list[str], body: Sequence[Sequence[str]]) -> list[str]:
    """``head`` without its blank cells where it has just so many more cells than nearly all records have."""
    common, count = max(Counter(map(len, body)).items(), key=lambda item: item[1], default=(0, 0))
    surplus = len(head) - common
    blanks = [place for place, cell in enumerate(head) if not cell]
    if surplus > 0 and len(blanks) == surplus and count >= 0.9 * len(body) and len(body) > 2:
        return [cell for cell in head if cell]
    return head


def width_of(head: Sequence[str], body: Sequence[Sequence[str]]) -> int:
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


def aligned(head: list[str], rows: Sequence[Row], first: int, width: int) -> list[str]:
    """``head`` for ``width`` columns. One name too few above running numbers: the numbers are the nameless first column."""
    head = head[:width]
    if len(head) == width - 1:
        numbers = [cells[0].strip() for _, cells in rows[first : first + 50] if len(cells) == width]
        runs = all(text.isdigit() for text in numbers) and [int(text) for text in numbers] in (
            list(range(len(numbers))), list(range(1, len(numbers) + 1)),
        )  # fmt: skip
        return ["", *head] if runs and len(numbers) > 1 else [*head, ""]
    return fitted(head, width)


def fitted(cells: list[str], width: int) -> list[str]:
    return cells[:width] + [""] * (width - len(cells))


def filled_forward(head: Sequence[str]) -> list[str]:
    """A question over several columns is named once, above the first of them."""
    names: list[str] = []
    for cell in head:
        names.append(cell or (names[-1] if names else ""))
    return names


def with_groups(names: Sequence[str], group: Sequence[str]) -> list[str]:
    if not group:
        return list(names)
    spread = filled_forward(fitted(list(group), len(names)))
    times = Counter(name.lower() for name in names)
    return [
        f"{over} {name}"
        if over and (times[name.lower()] > 1 or not name or name.lower() in _SAY_NOTHING_ALONE or _is_whose(over, name))
        else name
        for name, over in zip(names, spread, strict=True)
    ]


# Names that mean something only with what stands above them: the Name below Patient.
_SAY_NOTHING_ALONE = frozenset(
    ("name", "first name", "last name", "first", "last", "number", "no", "no.", "#", "id", "phone", "fax", "zip", "npi", "date", "time", "status", "from", "by",
     "type", "result", "reason", "outcome")
)  # fmt: skip
_ARE_OF_SOMETHING = _SAY_NOTHING_ALONE - {"status", "type", "result", "reason", "outcome", "from", "by", "number", "no", "no.", "#"}  # fmt: skip
# A provider or a place is nobody's without the group that says whose: Referring over Provider and Practice.
_WHO = frozenset(("provider", "physician", "doctor", "practice", "clinic", "organization", "organisation", "facility", "location", "specialty", "department", "office", "group"))  # fmt: skip
_WHOSE = re.compile(
    r"refer(?:ring|rer|red (?:by|from|to)|ral(?: (?:from|to|source|info(?:rmation)?|details?))?)|requesting|ordering|sending|receiving|from|to",
    re.IGNORECASE,
)


def _is_whose(group: str, name: str) -> bool:
    return name.lower() in _WHO and _WHOSE.fullmatch(group.strip()) is not None


_LONGEST_NAME = 1_000  # characters; what is longer is no name, and patterns are searched in names


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
