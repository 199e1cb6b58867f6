"""The time zone that a file itself states: beside the names of its times, in a survey tool's header, or above the table."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace

from pipelines import values
from pipelines.mapping.work import Work
from pipelines.readers import Reading
from pipelines.recognition.headers import UTC
from pipelines.sources import Source
from pipelines.vocabulary import TIME_ZONES

_LABELS = frozenset({"timezone", "tz", "exporttimezone", "reporttimezone", "timezoneid"})
_UTC = frozenset({"UTC", "Etc/UTC", "GMT", "Etc/GMT", "Zulu"})  # days are still those of the sites
_HINT = re.compile(r"[(\[]([^()\[\]]{2,40})[)\]]")
# What stands above a table: "Range: ... (GMT-06:00) Central Time (US & Canada)", "Times are shown in Central Time", "US/Central". Bare letters are
# no zone: "Wait times in CT".
_BESIDE_OFFSET = re.compile(r"\((?:UTC|GMT)[^()]{0,8}\)\s*([A-Za-z][A-Za-z ]+)")
_SHOWN_IN = re.compile(
    r"(?i:\btimes?\b[^0-9]*\b(?:in|are|zone)\b[^0-9]*?)\b((?i:eastern|central|mountain|pacific|alaska|hawaii|atlantic)(?i:(?: standard| daylight)? time)|[ECMP][SD]T|UTC|GMT)\b"
)
_IANA = re.compile(r"\b(?:Africa|America|Asia|Atlantic|Australia|Europe|Pacific|US)/[A-Za-z_]+(?:/[A-Za-z_]+)?\b")
_LONGEST_LINE = 300  # letters; longer ones are no line about the table, and would be searched in very many ways
_ZONES = {values.squash(text): zone for text, zone in TIME_ZONES.items()}


def stated_zone(reading: Reading, source: Source, columns: Mapping[str, int]) -> str | None:
    """The IANA zone in which the file says that its times are, if it says one and no other."""
    dated = [one for one in source.fields if one.kind == "datetime" and not one.utc and one.name in columns]
    timed = [columns[name] for one in dated for name in (one.name, one.clock or "") if name in columns]
    said = [_hinted(reading.header[place]) for place in timed if place < len(reading.header)]
    said += [_imported(cells[place]) for cells in reading.sub_headers for place in timed if place < len(cells)]
    said += [zone_named(text) for label, text in reading.context.items() if values.squash(label) in _LABELS]
    said += [zone for text in _above(reading) for zone in _told_above(text)]
    found = {zone for zone in said if zone}
    return found.pop() if len(found) == 1 else None


def read_in_utc(work: Work) -> None:
    """Take for UTC what its column, or the whole file, says is in UTC, whatever the source takes it for. A column of bare
    days says nothing of hours."""
    everywhere = work.choices.file_zone in _UTC
    said = {name for name, place in work.columns.items() if everywhere or UTC.search(work.reading.header[place])}
    timed = {name for name, how in work.dates.items() if any("%H" in text or "%I" in text for text in how.formats)}
    fields = tuple(
        replace(one, utc=True) if one.kind == "datetime" and one.name in said & timed else one
        for one in work.source.fields
    )
    if fields != work.source.fields:
        work.source = replace(work.source, fields=fields)
    if everywhere:
        work.choices = replace(work.choices, file_zone=None)


def zone_named(text: str) -> str | None:
    """The zone that ``text`` names: an IANA name, or the way people in the US call theirs."""
    bare = re.sub(r"^\((?:UTC|GMT)[^)]*\)\s*", "", text.strip())  # "(UTC-06:00) Central Time"
    return bare if bare in values.time_zones() else _ZONES.get(values.squash(re.sub(r"\([^)]*\)", "", bare)))


def _above(reading: Reading) -> list[str]:
    """The cells above the table, as far as they may be a line about it."""
    first = min(reading.header_rows, default=0)
    return [cell for row, cells in reading.top if row < first for cell in cells if len(cell) <= _LONGEST_LINE]


def _told_above(text: str) -> list[str | None]:
    """The zones that a line above a table names."""
    named = [found[1] for pattern in (_BESIDE_OFFSET, _SHOWN_IN) for found in pattern.finditer(text)]
    return [zone_named(name) for name in [*named, *_IANA.findall(text)]]


def _hinted(header: str) -> str | None:
    timed = re.search(r"\btime|\bat\b|stamp", header, re.IGNORECASE)  # CT and PT alone are no zones: "Exam Date (CT)"
    hints = [hint for hint in _HINT.findall(header) if (timed or len(hint) > 2) and not UTC.search(header)]
    return next((zone for hint in hints if (zone := zone_named(hint))), None)


def _imported(cell: str) -> str | None:
    """The zone in Qualtrics' row of import ids: {"ImportId":"startDate","timeZone":"America/Denver"}."""
    if '"timeZone"' not in cell:
        return None
    try:
        said = json.loads(cell).get("timeZone")
    except (ValueError, AttributeError, RecursionError):
        return None
    return said if said in values.time_zones() else None
