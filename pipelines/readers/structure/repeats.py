"""Headers that occur twice: told apart as ``Site`` and ``Site (2)``, which is said, and the one that holds something
keeps the plain name, by which it is recognised."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pipelines.readers.reading import Reading

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_COUNTED = re.compile(r"(.+) \(([2-9]|\d\d)\)")
_MOST_NAMED = 6


def settle(con: DuckDBPyConnection, reading: Reading) -> None:
    """Say which headers of ``reading`` are repeated, and give the plain name of one that is blank throughout to the first
    of its fellows that is not. Its rows are in ``stage``."""
    groups = _groups(reading.header)
    for name, places in groups.items():
        filled = con.execute(f"select {', '.join(f'count(c{place})' for place in places)} from stage").fetchall()[0]
        full = next((place for place, count in zip(places, filled, strict=True) if count), places[0])
        if full != places[0]:
            reading.header[places[0]], reading.header[full] = reading.header[full], name
            reading.notes.append(f"Of the columns called “{name}” the first is blank; the next one counts.")
    if groups:
        told = ", ".join(f"“{name}”" for name in list(groups)[:_MOST_NAMED]) + (
            " and more" if len(groups) > _MOST_NAMED else ""
        )
        reading.notes.append(f"Headers that occur more than once: {told}. The first counts; the others are numbered.")


def _groups(header: list[str]) -> dict[str, list[int]]:
    """Positions of the columns of each repeated name, in their order."""
    places = {name.lower(): place for place, name in enumerate(header)}
    found: dict[str, list[int]] = {}
    for place, text in enumerate(header):
        match = _COUNTED.fullmatch(text)
        if match and match[1].lower() in places:
            first = places[match[1].lower()]
            found.setdefault(header[first], [first]).append(place)
    return found
