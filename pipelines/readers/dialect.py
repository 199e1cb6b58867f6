"""Which delimiter, quote and escape a text file uses, told from its first lines.

Every candidate splits the sample; the one under which most lines have the same, large number of cells, and under
which the cells look least like several cells in one, wins. The name of the file only breaks ties.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from pipelines.errors import FileRefused
from pipelines.readers.tokens import OPEN, STRAY, Dialect, split

USUAL = (",", ";", "\t", "|")
UNUSUAL = ("\x1f", "\x01", "^", "~", "§", "¦", "\xa6", ":", "#", "*", " ")
_SEVERAL_IN_ONE = re.compile(r'[;|\t\x1f\x01§¦^]|,(?! )|^"|"$')
_DECLARED = re.compile(r"^sep=(.)\s*$", re.IGNORECASE)
_NAMES = {"comma": ",", "semicolon": ";", "tab": "\t", "\\t": "\t", "pipe": "|", "space": " "}
SAMPLE_LINES = 400


def declared_delimiter(line: str) -> str | None:
    """The delimiter of a first line ``sep=;``, which Excel writes and reads."""
    found = _DECLARED.match(line.rstrip("\r\n"))
    return found.group(1) if found else None


def detect(sample: Sequence[str], name: str, override: str | None = None) -> Dialect:
    """The dialect of ``sample`` (lines, with or without ends). ``override`` fixes the delimiter.

    Raises ``FileRefused`` for an override that cannot be a delimiter.
    """
    texts = [line.rstrip("\r\n") for line in sample]
    texts = [text for text in texts if text.strip()][:SAMPLE_LINES]
    if override is not None:
        return _finish(texts, _delimiter_named(override))
    declared = declared_delimiter(sample[0]) if sample else None
    if declared:
        return _finish(texts[1:], declared)
    scores = {delimiter: _score(texts, delimiter, name) for delimiter in USUAL}
    best = max(scores, key=lambda delimiter: scores[delimiter])
    if scores[best] < 0.25:
        more = {
            delimiter: 0.8 * _score(texts, delimiter, name) for delimiter in UNUSUAL if _everywhere(texts, delimiter)
        }
        rival = max(more, key=lambda delimiter: more[delimiter], default=None)
        if rival is not None and more[rival] > max(scores[best], 0.4):
            return _finish(texts, rival)
    return _finish(texts, best if scores[best] >= 0.1 else None)


def _delimiter_named(text: str) -> str:
    delimiter = _NAMES.get(text.lower(), text)
    if not delimiter or len(delimiter) > 4 or any(mark in delimiter for mark in "\r\n\"'\0"):
        raise FileRefused(
            "That delimiter cannot be used.", "Choose comma, semicolon, tab, pipe, or up to four other characters."
        )
    return delimiter


def _everywhere(texts: Sequence[str], delimiter: str) -> bool:
    return bool(texts) and sum(delimiter in text for text in texts) >= 0.8 * len(texts)


def _score(texts: Sequence[str], delimiter: str, name: str) -> float:
    """0 to 1: how well ``delimiter`` explains the lines."""
    if not any(delimiter in text for text in texts):
        return 0.0
    rows = _rows(texts, Dialect(delimiter, _quote(texts, delimiter)))
    lengths = Counter(len(row) for row in rows)
    pattern = (
        sum(count * count * (length - 1) / length for length, count in lengths.items() if length > 1) / len(rows) ** 2
    )
    pattern = max(pattern, 0.6 * sum(count * (length - 1) / length for length, count in lengths.items()) / len(rows))
    cells = [cell for row in rows if len(row) > 1 for cell in row]
    odd = sum(bool(_SEVERAL_IN_ONE.search(cell)) for cell in cells[:4000]) / max(1, len(cells[:4000]))
    hint = 1.05 if delimiter == "\t" and name.lower().endswith((".tsv", ".tab")) else 1.0
    return pattern * (1 - 0.6 * odd) * hint


def _rows(texts: Sequence[str], dialect: Dialect) -> list[list[str]]:
    """Cells of the sample's records; a cell that spans lines is followed for a while."""
    rows, place = [], 0
    while place < len(texts):
        cells, state = split(texts[place], dialect)
        reach = 1
        while state == OPEN and reach < 40 and place + reach < len(texts):
            reach += 1
            joined, state = split("\n".join(texts[place : place + reach]), dialect)
            if state != OPEN:
                cells = joined
        if state in (OPEN, STRAY) and reach > 1:
            cells, reach = split(texts[place], dialect)[0], 1
        rows.append(cells)
        place += reach
    return rows


def _finish(texts: Sequence[str], delimiter: str | None) -> Dialect:
    quote = _quote(texts, delimiter)
    return Dialect(delimiter, quote, _escape(texts, delimiter, quote))


def _quote(texts: Sequence[str], delimiter: str | None) -> str:
    """The double quote, unless cells are wrapped in single quotes and none in double ones."""
    edge = re.escape(delimiter) if delimiter else r"(?!x)x"
    wrapped = {
        quote: sum(len(re.findall(rf"(?:^|{edge})\s*{quote}[^{quote}]*{quote}\s*(?=$|{edge})", text)) for text in texts)
        for quote in "\"'"
    }
    return "'" if wrapped["'"] >= 2 and wrapped["'"] > 4 * wrapped['"'] else '"'


def _escape(texts: Sequence[str], delimiter: str | None, quote: str) -> str | None:
    """The backslash, where taking it as an escape makes the sample more regular."""
    if not any("\\" + quote in text for text in texts):
        return None
    plain, escaped = (_regularity(texts, Dialect(delimiter, quote, escape)) for escape in (None, "\\"))
    return "\\" if escaped > plain else None


def _regularity(texts: Sequence[str], dialect: Dialect) -> float:
    clean = sum(split(text, dialect)[1] not in (OPEN, STRAY) for text in texts)
    lengths = Counter(len(row) for row in _rows(texts, dialect))
    return max(lengths.values()) / sum(lengths.values()) + clean / len(texts)
