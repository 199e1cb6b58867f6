"""Which delimiter, quote and escape a text file uses, told from its first lines.

Every candidate splits the sample; the one under which most lines have the same, large number of cells, and under
which the cells look least like several cells in one, wins. The name of the file only breaks ties.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from pipelines.errors import FileRefused
from pipelines.readers.delimited import fixed
from pipelines.readers.delimited.tokens import CLOSED, OPEN, STRAY, Dialect, cut, split

USUAL = (",", ";", "\t", "|")
# Delimiters that are also common within values, with how much less likely each is than a usual one.
UNUSUAL = {
    "\x1f": 1.0,
    "\x01": 1.0,
    "^": 0.95,
    "~": 0.95,
    "§": 0.95,
    "¦": 0.95,
    ":": 0.6,
    "#": 0.6,
    "*": 0.6,
    "!": 0.6,
    "@": 0.6,
    " ": 0.55,
}
_RUN = re.compile(r"(?<![^\w\s\"'])[^\w\s\"'.,-]{2,3}(?![^\w\s\"'])")  # several signs in a row, such as || or ::
_SEVERAL_IN_ONE = re.compile(r'[;|\t\x1f\x01§¦^]|,(?! )|^"|"$')
_ONE_VALUE = re.compile(
    r"[-+]?\d+(?:\.\d+)?(?:e[-+]?\d+)?%?|\d{1,4}([-/.])\d{1,2}\1\d{1,4}(?:[ T]\d{1,2}:\d\d(?::\d\d(?:\.\d+)?)?(?:z|[-+]\d\d:?\d\d| ?[ap]m)?)?"
    r"|\d{1,2}:\d\d(?::\d\d(?:\.\d+)?)?(?: ?[ap]m)?|https?://[^\s,;|]+|[\w.+-]+@[\w-]+\.[\w.-]+",
    re.IGNORECASE,
)
_QUOTED_BOTH_SIDES = re.compile(r'(?:[^"]|[,;|\t]")"\r"(?!")')
_DECIMAL = re.compile(r"[-+]?\d[\d.' ]*,\d+(?:e[-+]?\d+)?%?|[-+]?\d{1,3}(?:,\d{3})+(?:\.\d+)?", re.IGNORECASE)
_DECLARED = re.compile(r"^sep=(.)\s*$", re.IGNORECASE)
_NAMES = {"comma": ",", "semicolon": ";", "tab": "\t", "\\t": "\t", "pipe": "|", "space": " "}
SAMPLE_LINES = 400
_RULE = re.compile(r" *([-=_])\1+(?: +\1+)+ *| *([-=_])\2*(?: +\2{2,})+ *")
_RULED_WITHIN = 40
_NO_QUOTE = "\0"  # no file has it once it is read
_FOLLOWED = 200  # lines over which a cell of the sample is followed
_TRIED = 25  # of those, lines on which it may end: each is looked at together with all before it


def declared_delimiter(line: str) -> str | None:
    """The delimiter of a first line ``sep=;``, which Excel writes and reads."""
    found = _DECLARED.match(line.rstrip("\r\n"))
    return found.group(1) if found else None


def returns_end_lines(sample: Sequence[str]) -> bool:
    """Whether a lone carriage return within one of the lines ends a record: what stands on both its sides is, for some
    usual delimiter, a whole record of equally many cells (within a cell it would leave two unequal pieces), or it stands
    between the quotes that end one record and begin the next."""
    lines = sample[:SAMPLE_LINES]
    if any(_QUOTED_BOTH_SIDES.search(line) for line in lines):
        return True
    parted = [[part for part in line.rstrip("\r\n").split("\r") if part.strip()] for line in lines]
    return any(_equally_wide(parts, Dialect(delimiter)) for parts in parted if len(parts) > 1 for delimiter in USUAL)


def _equally_wide(parts: Sequence[str], dialect: Dialect) -> bool:
    """Whether all the parts are records of one width. The last may go on over the next lines: a quote is open."""
    *whole, (last, state) = [split(part, dialect) for part in parts]
    widths = {len(cells) for cells, _ in whole}
    width = widths.pop()
    fits = len(last) == width if state == CLOSED else state == OPEN and 1 < len(last) <= width
    return not widths and width > 1 and fits and all(how == CLOSED for _, how in whole)


def detect(sample: Sequence[str], name: str, override: str | None = None, quote: str | None = None) -> Dialect:
    """The dialect of ``sample`` (lines, with or without ends). ``override`` fixes the delimiter, ``quote`` the quotation mark.

    Raises ``FileRefused`` for what cannot be a delimiter or a quotation mark.
    """
    found = _detected(sample, name, override)
    if quote is None or found.starts:
        return found
    mark = _NO_QUOTE if quote.lower() == "none" else quote
    if len(mark) != 1 or mark.isalnum() or mark in " \t\r\n" or mark == found.delimiter:
        raise FileRefused("That quotation mark cannot be used.", 'Choose one sign, such as ", or none.')
    texts = [line.rstrip("\r\n") for line in sample][:SAMPLE_LINES]
    return Dialect(
        found.delimiter, mark, None if mark == _NO_QUOTE else _escape(texts, found.delimiter, mark), found.runs
    )


def _detected(sample: Sequence[str], name: str, override: str | None) -> Dialect:
    texts = [line.rstrip("\r\n") for line in sample]
    texts = [text for text in texts if text.strip()][:SAMPLE_LINES]
    if override is not None:
        return _finish(texts, _delimiter_named(override))
    declared = declared_delimiter(sample[0]) if sample else None
    if declared:
        return _finish(texts[1:], declared)
    texts = _below_comments(texts)
    if ruled := _ruled(texts):
        return ruled
    if _is_one_column(texts):
        return _finish(texts, None)
    if _is_aligned(texts):
        return fixed.instead_of_runs(texts) or Dialect(" ", runs=True)
    best, score = _best(texts, name)
    spaced = fixed.spaced(texts) if best == " " else fixed.instead_of(texts, best) if best in USUAL else None
    return spaced or _finish(texts, _widened(texts, best) if best and score >= 0.1 else None)


def _below_comments(texts: list[str]) -> list[str]:
    """``texts`` without the lines of words at their top that all begin with "#": they say nothing of delimiters. The last
    of them may be the header and stays."""
    first = next((place for place, text in enumerate(texts) if not text.lstrip().startswith("#")), len(texts))
    return texts[first - 1 :] if 1 < first < len(texts) else texts


def _ruled(texts: Sequence[str]) -> Dialect | None:
    """Columns of fixed width, if a rule of dashes below a header shows where they begin, as query tools print it; the
    lines below keep to it."""
    for place, text in enumerate(texts[1:_RULED_WITHIN], 1):
        if _RULE.fullmatch(text):
            found = Dialect(" ", _NO_QUOTE, starts=tuple(found.start() for found in re.finditer("[-=_]+", text)))
            body = [texts[place - 1], *texts[place + 1 :]]
            width = len(found.starts)
            kept = sum(len(cut(line, found)) == width for line in body)
            return found if kept >= 0.6 * len(body) and len(cut(body[0], found)) == width else None
    return None


def _is_aligned(texts: Sequence[str]) -> bool:
    """Columns set apart by several blanks in a row, and by nothing else."""
    if len(texts) < 3 or any(mark in text for text in texts for mark in (*USUAL, '"')):
        return False
    spaced = sum("  " in text.strip() for text in texts)
    lengths = Counter(len(text.split()) for text in texts)
    length, count = max(lengths.items(), key=lambda item: item[1])
    return spaced >= 0.5 * len(texts) and length > 1 and count >= 0.8 * len(texts)


def _best(texts: Sequence[str], name: str) -> tuple[str | None, float]:
    """The most convincing delimiter and its score."""
    usual = {delimiter: _score(texts, delimiter, name) for delimiter in USUAL}
    more = {
        delimiter: trust * _score(texts, delimiter, name)
        for delimiter, trust in UNUSUAL.items()
        if _everywhere(texts, delimiter)
    }
    more |= {delimiter: _score(texts, delimiter, name) for delimiter in _runs(texts)}
    best = max(usual, key=lambda delimiter: usual[delimiter])
    rival = max(more, key=lambda delimiter: more[delimiter], default=None)
    if rival is not None and more[rival] > usual[best] + 0.05:
        return rival, more[rival]
    return best, usual[best]


def _is_one_column(texts: Sequence[str]) -> bool:
    """Is each line as a whole one number, date, time, web or mail address?"""
    return bool(texts) and sum(_ONE_VALUE.fullmatch(text.strip()) is not None for text in texts) >= 0.8 * len(texts)


def _runs(texts: Sequence[str]) -> list[str]:
    """Signs that occur several in a row in nearly every line."""
    counts = Counter(run for text in texts[:60] for run in set(_RUN.findall(text)))
    return [run for run, count in counts.most_common(3) if count >= 0.8 * min(60, len(texts)) and len(texts) > 1]


def _widened(texts: Sequence[str], delimiter: str) -> str:
    """The delimiter twice where every second cell would be blank in all lines, or with a blank where only then the
    lines agree ("12,345.67, 5%")."""
    if len(delimiter) > 1 or delimiter == " ":
        return delimiter
    rows = _rows(texts, Dialect(delimiter, _quote(texts, delimiter)))
    wide = [row for row in rows if len(row) > 2]
    if len(wide) > 1 and len(wide) >= 0.9 * len(rows) and not any(cell.strip() for row in wide for cell in row[1::2]):
        return delimiter * 2
    spaced = delimiter + " "
    if delimiter in ",;" and sum(spaced in text for text in texts) >= 0.9 * len(texts):
        apart = _rows(texts, Dialect(spaced, _quote(texts, spaced)))
        widths, theirs = Counter(map(len, rows)), Counter(map(len, apart))
        if len(theirs) == 1 and len(apart[0]) > 1 and len(widths) > 1:
            return spaced
    return delimiter


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
    cells = [cell.strip() for row in rows if len(row) > 1 for cell in row]
    odd = sum(_is_several(cell) for cell in cells[:4000]) / max(1, len(cells[:4000]))
    usual = max(lengths, key=lambda length: lengths[length])
    first = 0.8 if usual > 1 and len(rows[0]) == 1 else 1.0  # a first line without it: a title, or the wrong delimiter
    hint = 1.05 if delimiter == "\t" and name.lower().endswith((".tsv", ".tab")) else 1.0
    return pattern * (1 - 0.6 * odd) * hint * first


def _is_several(cell: str) -> bool:
    """Does the cell look like several? A number with a decimal comma does not."""
    return _SEVERAL_IN_ONE.search(cell) is not None and _DECIMAL.fullmatch(cell) is None


def _rows(texts: Sequence[str], dialect: Dialect) -> list[list[str]]:
    """Cells of the sample's records; a cell that spans lines is followed for a while."""
    rows, place = [], 0
    while place < len(texts):
        cells, state = split(texts[place], dialect)
        if state == OPEN:
            cells, reach = _followed(texts, place, dialect) or (cells, 1)
        else:
            reach = 1
        rows.append(cells)
        place += reach
    return rows


def _followed(texts: Sequence[str], place: int, dialect: Dialect) -> tuple[list[str], int] | None:
    """The record that begins at ``place`` with a cell over several lines, and how many they are."""
    parts, tried = [texts[place]], 0
    for text in texts[place + 1 : place + _FOLLOWED]:
        parts.append(text)
        if (dialect.quote or '"') not in text:
            continue
        if (tried := tried + 1) > _TRIED:
            return None
        cells, state = split("\n".join(parts), dialect)
        if state != OPEN:
            return (cells, len(parts)) if state == CLOSED else None
    return None


def _finish(texts: Sequence[str], delimiter: str | None) -> Dialect:
    quote = _quote(texts, delimiter)
    return Dialect(delimiter, quote, _escape(texts, delimiter, quote))


def _quote(texts: Sequence[str], delimiter: str | None) -> str:
    """The double quote, unless cells are wrapped in single quotes and none in double ones."""
    edge = re.escape(delimiter) if delimiter else r"(?!x)x"
    # Blanks are bounded and what a quote holds is not given back: a long run of either would else be tried from each place.
    wrapped = {
        quote: sum(
            len(
                re.findall(
                    rf"(?:^|{edge})\s{{0,9}}{quote}(?:[^{quote}]|{quote}{quote})*+{quote}\s{{0,9}}(?=$|{edge})", text
                )
            )
            for text in texts
        )
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
