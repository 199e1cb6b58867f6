"""What people say by the look of a workbook's cells: struck through for void or done, a colour for a state.

Nobody can tell for certain what such a look means, so nothing is changed for it: rows and cells that are struck through get
a finding each, and a sheet whose records are coloured differently a note.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from xml.etree import ElementTree

MOST_ROWS = 20_000  # rows whose colours are looked at
_WHITE = frozenset({"FFFFFFFF", "00FFFFFF", "theme0", "indexed9", "indexed64", "indexed65"})
_BANDED = 0.8  # share of neighbours that differ in sheets whose rows are shaded in turn


@dataclass(frozen=True)
class Looks:
    """Cell style numbers that are struck through, and the colour that others are filled with."""

    struck: frozenset[int] = frozenset()
    filled: Mapping[int, str] = field(default_factory=dict)


@dataclass
class Marks:
    """The cells of one sheet that look so: places (row, column) of those struck through, and how many cells of which colour
    a row has."""

    struck: list[tuple[int, int]] = field(default_factory=list)
    colours: dict[int, Counter[str]] = field(default_factory=dict)

    def colour(self, row: int, colour: str) -> None:
        if row <= MOST_ROWS:
            self.colours.setdefault(row, Counter())[colour] += 1


def looks(styles: ElementTree.Element) -> Looks:
    """The looks among the cell styles of a workbook's ``styles.xml``."""
    parts = {node.tag.rpartition("}")[2]: node for node in styles}
    struck = [_is_struck(font) for font in parts.get("fonts", ())]
    fills = [_colour(fill) for fill in parts.get("fills", ())]
    cells = [(_number(node, "fontId"), _number(node, "fillId")) for node in parts.get("cellXfs", ())]
    return Looks(
        frozenset(place for place, (font, _) in enumerate(cells) if font < len(struck) and struck[font]),
        {place: colour for place, (_, fill) in enumerate(cells) if fill < len(fills) and (colour := fills[fill])},
    )


def _number(node: ElementTree.Element, name: str) -> int:
    text = node.get(name, "0")
    return int(text) if text.isascii() and text.isdigit() else 0


def _is_struck(font: ElementTree.Element) -> bool:
    said = next((node for node in font if node.tag.rpartition("}")[2] == "strike"), None)
    return said is not None and said.get("val", "1") not in ("0", "false", "off")


def _colour(fill: ElementTree.Element) -> str | None:
    """What a fill paints its cell with; nothing for white and for patterns, which are decoration."""
    pattern = next((node for node in fill if node.tag.rpartition("}")[2] == "patternFill"), None)
    if pattern is None or pattern.get("patternType") != "solid":
        return None
    front = next((node for node in pattern if node.tag.rpartition("}")[2] == "fgColor"), None)
    if front is None:
        return None
    said = next((f"{name}{front.get(name)}" for name in ("theme", "indexed") if front.get(name) is not None), None)
    colour = front.get("rgb") or f"{said or ''}{front.get('tint', '')}"
    return None if colour in _WHITE or not colour else colour


def struck_rows(marks: Marks, filled: Mapping[int, int]) -> list[tuple[int, int | None]]:
    """(row, column) of what is struck through among the records, whose filled cells are counted in ``filled``: no column where
    all of a row is, or all but one cell."""
    by_row: dict[int, list[int]] = {}
    for row, column in marks.struck:
        if row in filled:
            by_row.setdefault(row, []).append(column)
    found: list[tuple[int, int | None]] = []
    for row, columns in sorted(by_row.items()):
        whole = len(columns) >= max(1, filled[row] - 1) and (filled[row] > 2 or len(columns) >= filled[row])
        found += [(row, None)] if whole else [(row, column) for column in columns]
    return found


def ways(marks: Marks, filled: Mapping[int, int]) -> list[int]:
    """How many records have each of the colours in which rows are painted, the most frequent first; empty where the rows look
    alike or are only shaded in turn. Those without a colour are one of the ways."""
    rows = sorted(row for row in filled if row <= MOST_ROWS)
    painted = [_of_row(marks.colours.get(row, Counter()), filled[row]) for row in rows]
    counted = Counter(painted)
    return [] if len(counted) < 2 or _in_turn(painted) else [number for _, number in counted.most_common()]


def _of_row(colours: Counter[str], filled: int) -> str | None:
    most = colours.most_common(1)
    return most[0][0] if most and 2 * most[0][1] >= filled else None


def _in_turn(painted: Sequence[str | None]) -> bool:
    changes = sum(one != other for one, other in pairwise(painted))
    return len(set(painted)) == 2 and len(painted) > 3 and changes >= _BANDED * (len(painted) - 1)
