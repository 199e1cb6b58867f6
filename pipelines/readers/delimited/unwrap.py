"""Lines that something was wrapped around: each whole line quoted as if it were one cell, or marked with ">" by a reply to a mail."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from pipelines.readers.text import MARKED, QUOTED, Text

_DELIMITERS = ",;\t|"
_NOTES = {
    QUOTED: "Each line is quoted as a whole; the quotes around the lines were taken off.",
    MARKED: "Each line begins with “>”, as in a reply to a mail; the signs were taken off.",
}


def settle(decoded: Text, sample: Sequence[str]) -> Text:
    """How to read the file, with what is around its lines taken off."""
    lines = [line.strip() for line in sample if line.strip()]
    found = MARKED if all(line.startswith(">") for line in lines) else QUOTED if _quoted(lines) else None
    if found is None or len(lines) < 2:
        return decoded
    return replace(decoded, wrapped=found, plain=False, notes=[*decoded.notes, _NOTES[found]])


def _quoted(lines: Sequence[str]) -> bool:
    """Whether a quote opens and closes every line, and the lines have as many delimiters within: no cell has that."""
    if not all(len(line) > 2 and line.startswith('"') and line.endswith('"') for line in lines):
        return False
    within = [line[1:-1].replace('""', "\0") for line in lines]
    if any('"' in line for line in within):
        return False
    bare = [re.sub("\0[^\0]*\0", "", line) for line in within]
    return any(bare[0].count(sign) and len({line.count(sign) for line in bare}) == 1 for sign in _DELIMITERS)
