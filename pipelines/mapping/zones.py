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
_ZONES = {values.squash(text): zone for text, zone in TIME_ZONES.items()}


def stated_zone(reading: Reading, source: Source, columns: Mapping[str, int]) -> str | None:
    """The IANA zone in which the file says that its times are, if it says one and no other."""
    timed = [
        columns[one.name] for one in source.fields if one.kind == "datetime" and not one.utc and one.name in columns
    ]
    said = [_hinted(reading.header[place]) for place in timed if place < len(reading.header)]
    said += [_imported(cells[place]) for cells in reading.sub_headers for place in timed if place < len(cells)]
    said += [zone_named(text) for label, text in reading.context.items() if values.squash(label) in _LABELS]
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
