"""Where the table lies within the first rows of a file: what comes before it, its header rows, its first record.

Works on rows of text, whatever they came from. A header is told from a record by contrast with what is below
it: words above numbers, dates or codes, names that are not repeated as values, words that headers are made of.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from pipelines.errors import FileRefused
from pipelines.readers.reading import SetAside
from pipelines.readers.structure.cells import Row, filled, headerness, kind, typical_fill
from pipelines.readers.structure.header import (
    aligned,
    filled_forward,
    fitted,
    has_groups_above,
    is_second_header,
    is_survey,
    joined,
    measured,
    spread_over,
    stack,
    unique,
    width_of,
    with_groups,
    without_spare_blanks,
)

__all__ = ["Layout", "Row", "filled", "find", "kind", "page_line", "pairs", "typical_fill", "unique"]
_PAIR = re.compile(r"\s*([^:]{1,60}?)\s*:\s*(\S.*?)\s*", re.DOTALL)
_LABEL = re.compile(r"\s*([A-Za-z][^:]{0,59}?)\s*:?\s*")
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
    kinds: list[str] = field(
        default_factory=list
    )  # of most values of each column in the first records; "" if they vary
    above: set[str] = field(default_factory=set)  # the lines above the table, as ``page_line`` writes them
    title: str = ""  # the one cell of the row right above the header, which may head the first group of records


def find(
    rows: Sequence[Row],
    header_row: int | None = None,
    width: int | None = None,
    *,
    no_header: bool = False,
    chosen: bool = True,
) -> Layout:
    """Find the table in the first rows of a file.

    ``header_row`` is the row number a person named (or, not ``chosen``, that a rule below it shows), ``width`` the number of columns where that is known (the used
    part of a sheet), ``no_header`` that a person says there is none. Raises ``FileRefused`` when no row has anything in it or the
    named row does not exist.
    """
    if not any(filled(cells) for _, cells in rows):
        raise FileRefused("The file holds nothing but blank rows.", "Export it again, and check that it has rows.")
    if header_row is None and (told := _comments(rows)):
        return _below_comments(rows, told, width, no_header=no_header)
    named = _index_of(rows, header_row) if header_row is not None else None
    top = named if named is not None or no_header else _header_index(rows)
    if top is None:
        layout = _without_header(rows, width)
        layout.kinds = _kinds([cells for _, cells in rows[layout.first :]], layout.width)
        return layout
    layout = _with_header(rows, top, width, told=header_row is not None)
    layout.kinds = _kinds([cells for _, cells in rows[layout.first :]], layout.width)
    if header_row is not None and chosen:
        layout.notes.append(f"Row {header_row} was taken as the header, as you chose.")
    return layout


def _comments(rows: Sequence[Row]) -> int:
    """How many of the first rows are lines that begin with "#", two at least. The last of them is none if it has as many
    cells as the row below: it may be the header."""
    marked = [bool(cells) and cells[0].lstrip().startswith("#") for _, cells in rows]
    first = next((place for place, (_, cells) in enumerate(rows) if filled(cells) and not marked[place]), len(rows))
    last = max((place for place in range(first) if marked[place]), default=0)
    if sum(marked[:first]) < 2 or first == len(rows):
        return 0
    return last if first == last + 1 and 1 < len(rows[last][1]) == len(rows[first][1]) else last + 1


def _below_comments(rows: Sequence[Row], count: int, width: int | None, *, no_header: bool) -> Layout:
    layout = find(rows[count:], None, width, no_header=no_header)
    layout.first += count
    if layout.header_rows and layout.header[0].startswith("#"):
        layout.header = unique([layout.header[0].lstrip("# "), *layout.header[1:]])
    _describe_top(layout, rows[:count])
    layout.set_aside.sort(key=lambda entry: entry.row)
    return layout


def _kinds(body: Sequence[Sequence[str]], width: int) -> list[str]:
    found = []
    for place in range(width):
        values = Counter(kind(cells[place]) for cells in body[:200] if place < len(cells) and cells[place].strip())
        main, count = values.most_common(1)[0] if values else ("", 0)
        found.append(main if count >= 0.8 * values.total() else "")
    return found


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
    scores = {index: headerness(rows, index) for index in candidates}
    if not scores:
        return None
    if scores[wide] >= 0.0:
        found = wide + 2 if _is_labels_and_values(rows, wide) else _better_below(rows, wide, scores)
        grouped = has_groups_above(rows, found) and not _is_narrow(rows, found - 1) and not _is_told(rows[found - 1][1])
        return found - 1 if grouped else found
    best = max(scores, key=lambda index: scores[index])
    return best if scores[best] > 0.25 else None


def _first_wide(rows: Sequence[Row]) -> int:
    """The first row that is about as wide as the table: what is above it is preamble."""
    usual = typical_fill([cells for _, cells in rows])
    threshold = max(min(2, usual), 0.5 * usual)
    common = _common_length(rows)
    if common is None:  # rows of any length: none of the first is set apart by its own
        threshold = min(2, usual)
    for index, (_, cells) in enumerate(rows[:_SEARCHED]):
        if (
            (filled(cells) >= threshold or _names_second_of_two(cells, usual))
            and not _is_pairs(rows, index, usual)
            and (not _is_narrow(rows, index) or _names_second_of_two(cells, usual))
            and not _is_comment(rows, index)
            and not _is_apart(rows, index, common)
        ):
            return index
    return next(index for index, (_, cells) in enumerate(rows) if filled(cells))


def _names_second_of_two(cells: Sequence[str], usual: float) -> bool:
    """The header of two columns of which the first, mostly running numbers, has no name."""
    return usual == 2 and len(cells) == 2 and not cells[0].strip() and kind(cells[1]) == "text"


def _common_length(rows: Sequence[Row]) -> int | None:
    """The number of cells that most rows have, if most agree."""
    counts = Counter(len(cells) for _, cells in rows if filled(cells))
    length, count = max(counts.items(), key=lambda item: item[1], default=(0, 0))
    return length if count >= 0.6 * counts.total() else None


def _is_apart(rows: Sequence[Row], index: int, common: int | None) -> bool:
    """Is this a line with another number of cells than the table, and a blank one between them? Text with commas is."""
    if common is None or len(rows[index][1]) == common:
        return False
    below = [cells for _, cells in rows[index + 1 : index + 8]]
    gap = next((place for place, cells in enumerate(below) if not filled(cells)), None)
    reached = next((place for place, cells in enumerate(below) if len(cells) == common and filled(cells)), None)
    return gap is not None and (reached is None or gap < reached)


def _is_comment(rows: Sequence[Row], index: int) -> bool:
    """A line that begins with "#" in a file whose other lines do not, above a line that may be a header itself."""
    if not rows[index][1][0].lstrip().startswith("#"):
        return False
    below = [cells for _, cells in rows[index + 1 : index + 60] if filled(cells)]
    marked = sum(cells[0].lstrip().startswith("#") for cells in below)
    after = next((cells for cells in below if not cells[0].lstrip().startswith("#")), None)
    if after is None or marked > 0.5 * len(below):
        return False
    return len(rows[index][1]) != len(after) or not any(kind(cell) in ("number", "date") for cell in after)


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


def _is_labels_and_values(rows: Sequence[Row], wide: int) -> bool:
    """Are the first two rows what is told of the table ("Source, Station" above "NSRDB, 401182"), and the third its names?
    Those stand above numbers or dates in most columns, and none of them occurs above."""
    if wide + 5 > len(rows) or any(kind(cell) in ("number", "date") for cell in rows[wide][1]):
        return False
    values, names = ([cell.strip() for cell in rows[index][1]] for index in (wide + 1, wide + 2))
    named = [cell for cell in names if cell]
    if (
        not any(kind(cell) == "number" for cell in values)
        or len(set(named)) < len(named)
        or not is_second_header(rows, wide + 2, 0.25)
    ):
        return False
    above = {cell.strip() for cell in rows[wide][1]} | set(values)
    return not above & set(named) and headerness(rows, wide + 2) > 0.8


def _is_narrow(rows: Sequence[Row], index: int) -> bool:
    """Cells side by side above a far wider row: a label and its value. Names over groups of columns leave gaps."""
    places = [place for place, cell in enumerate(rows[index][1]) if cell.strip()]
    widest = max((filled(cells) for _, cells in rows[index + 1 : index + 20]), default=0)
    return len(places) < 0.6 * widest and places[-1] - places[0] + 1 == len(places)


def _is_told(cells: Sequence[str]) -> bool:
    """Does any cell of this row tell of the table: a label, or one with its value?"""
    return any(cell.strip().endswith(":") or _PAIR.fullmatch(cell) for cell in cells if cell.strip())


def _is_pairs(rows: Sequence[Row], index: int, usual: float) -> bool:
    """Is this row ``Label: value`` pairs above a wider table?"""
    cells = [cell.strip() for cell in rows[index][1] if cell.strip()]
    labels = sum(cell.endswith(":") or (_PAIR.fullmatch(cell) is not None and kind(cell) == "text") for cell in cells)
    return len(cells) < usual and labels * 2 >= len(cells)


def _without_header(rows: Sequence[Row], known_width: int | None) -> Layout:
    first = _first_wide(rows)
    width = known_width or max(_usual_width(rows[first:]), 1)
    if known_width is None and _common_length(rows[first:]) is None:
        width = max(len(cells) for _, cells in rows[first:])
    header = [f"Column {place + 1}" for place in range(width)]
    layout = Layout(header, [], [], first, width, notes=["The file has no header row; the columns were numbered."])
    _describe_top(layout, rows[:first])
    return layout


def _usual_width(rows: Sequence[Row]) -> int:
    """The commonest number of cells, trailing blanks counted; of equally common ones the largest."""
    counts = Counter(len(cells) for _, cells in rows if filled(cells))
    return max(counts, key=lambda width: (counts[width], width), default=0)


def _with_header(rows: Sequence[Row], top: int, known_width: int | None, *, told: bool = False) -> Layout:
    made_of = stack(rows, top, told=told)
    first = max([top, *made_of.names, *made_of.subs, *made_of.units]) + 1
    lowest = rows[made_of.names[-1]][1]
    body = [cells for _, cells in rows[first:] if filled(cells)]
    head = without_spare_blanks([cell.strip() for cell in lowest], body)
    width = known_width or width_of(head, body)
    head = aligned(head, rows, first, width)
    above = [[cell.strip() for cell in rows[index][1]] for index in made_of.names[:-1]]
    if len(above) == 1 and not made_of.subs:
        above = [spread_over(above[0], head)]
    names = joined(above, head)
    if made_of.subs and is_survey(rows, top, made_of.subs):
        names = filled_forward(names)
    group = [cell.strip() for cell in rows[top][1]] if made_of.grouped else []
    named = with_groups(names, group)
    for index in made_of.units:
        named = measured(named, rows[index][1])
    layout = Layout(
        unique(named),
        head,
        [rows[index][0] for index in sorted({top, *made_of.names, *made_of.subs})],
        first,
        width,
    )
    layout.sub_headers = [fitted([cell.strip() for cell in rows[index][1]], width) for index in made_of.subs]
    layout.set_aside = [SetAside(rows[index][0], "units") for index in made_of.units]
    _describe_top(layout, rows[:top])
    if made_of.grouped:
        layout.notes.append(
            "The header has a row of group names above it; they were put before names that say nothing alone, or occur twice."
        )
    elif len(made_of.names) > 1:
        layout.notes.append(f"The header is written over {len(made_of.names)} rows; they were joined.")
    if made_of.subs:
        layout.notes.append(f"The header has {len(made_of.subs) + 1} rows.")
    return layout


def _describe_top(layout: Layout, rows: Sequence[Row]) -> None:
    last = rows[-1][1] if rows else []
    layout.title = next((cell.strip() for cell in last if cell.strip()), "") if filled(last) == 1 else ""
    for row, cells in rows:
        if filled(cells):
            declared = len(cells) <= 2 and cells[0].lower().startswith("sep=")
            layout.set_aside.append(
                SetAside(row, "comment" if declared or cells[0].lstrip().startswith("#") else "preamble")
            )
            layout.above.add(page_line(cells))
            for label, value in pairs(cells):
                layout.context.setdefault(label, value)
        else:
            layout.set_aside.append(SetAside(row, "blank"))


def page_line(cells: Sequence[str]) -> str:
    """A line as it stands at the top of every page of a printed report: the number of the page and the time may differ."""
    return re.sub(r"\d+", "#", " ".join(" ".join(cells).split())).lower()


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
