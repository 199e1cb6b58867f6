"""How a reading is marked against the truth: precision, recall and F1 of header, records and cells, as counted bags.

The scale is that of the Pollock benchmark (Vitagliano et al., VLDB 2023): whether the file was loaded at all, and the
nine measures, each 0 to 1, so at most 10. Texts are compared as they stand, but for white space at their ends.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Loaded:
    """What a reader made of a file: ``header`` None when it says there is none; ``said`` what it told about the file
    (findings and refusals), ``refused`` that it loaded nothing."""

    header: list[str] | None
    records: list[list[str]]
    said: tuple[str, ...] = ()
    refused: bool = False


@dataclass(frozen=True)
class Mark:
    """``points`` 0 to 10; ``exact`` that header, records and cells are right and nothing else was found."""

    points: float
    exact: bool
    header: float
    records: float
    cells: float


def mark(loaded: Loaded, header: Sequence[str] | None, records: Sequence[Sequence[str]]) -> Mark:
    """Mark ``loaded`` against the true ``header`` and ``records``."""
    if loaded.refused:
        return Mark(0.0, False, 0.0, 0.0, 0.0)
    true_rows, rows = [_clean(row) for row in records], [_clean(row) for row in loaded.records]
    names = _measures(_names(header), _names(loaded.header))
    found = _measures(map(_row, true_rows), map(_row, rows))
    cells = _measures((cell for row in true_rows for cell in row), (cell for row in rows for cell in row))
    exact = _names(loaded.header) == _names(header) and sorted(rows) == sorted(true_rows)
    return Mark(1.0 + sum(names) + sum(found) + sum(cells), exact, names[2], found[2], cells[2])


def _clean(cells: Iterable[str]) -> list[str]:
    return [cell.strip().replace("\r\n", "\n") for cell in cells]


def _names(header: Sequence[str] | None) -> list[str]:
    return [" ".join(name.split()) for name in header or []]


def _row(cells: Sequence[str]) -> str:
    return "\x1f".join(cells)


def _measures(true: Iterable[Any], found: Iterable[Any]) -> tuple[float, float, float]:
    truth, seen = Counter(true), Counter(found)
    if not truth:
        return 1.0, 1.0, 1.0
    common = (truth & seen).total()
    if not common:
        return 0.0, 0.0, 0.0
    precision, recall = common / seen.total(), common / truth.total()
    return precision, recall, 2 * precision * recall / (precision + recall)
