"""Columns that all bear the name of their table ("Activity - Type", "Referrals[Date]"), as tools for reports write them."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from pipelines.readers.reading import Reading

_LEAST = 3  # columns that bear it
_BORNE = re.compile(r"\s*('?[^\W\d_][\w ]{1,40}?'?)(?: - | – |: |::|\.|\[)(.*\S)\s*", re.DOTALL)


def shape(reading: Reading, known: Callable[[Reading], bool]) -> None:
    """Leave off what the names of all columns of ``reading`` begin with, unless the file is ``known`` by its whole names."""
    named = [place for place, text in enumerate(reading.header) if text.strip()]
    found = _borne([reading.header[place] for place in named])
    if found is None or known(reading):
        return
    prefix, names = found
    for place, name in zip(named, names, strict=True):
        reading.header[place] = name
    reading.notes.append(f"Every column's name begins with “{prefix}”, which was left off.")


def _borne(header: Sequence[str]) -> tuple[str, list[str]] | None:
    """What all names begin with, and what is left of each; ``None`` where that is nothing or tells no two of them apart."""
    split = [_BORNE.fullmatch(text) for text in header]
    parts = [(one[1].strip("' "), one[2], one[0][one.end(1) : one.start(2)]) for one in split if one]
    if len(parts) < max(_LEAST, len(header)) or len({(prefix, sign) for prefix, _, sign in parts}) > 1:
        return None
    names = [name.removesuffix("]") if sign == "[" else name for _, name, sign in parts]
    return (parts[0][0], names) if len(set(names)) == len(names) else None
