"""Named mappings: how one shape of file is read, kept once and recognised by its headers ever after.

A mapping goes to other sites as a small JSON text: the kind of export, which header means which field, what the
file's own words mean, values that hold for every row, and how dates and times are read. It holds headers and words
for states ("Scheduled", "Fax"), never a cell that identifies anybody: only enumerations may be translated.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from pipelines.errors import MappingNeeded
from pipelines.recognition import fingerprint
from pipelines.sources import Source, registry
from pipelines.values import squash, time_zones

FORMAT, VERSION = "rapport-mapping", 1
MOST = 200_000  # characters of a mapping's text; a real one has some thousand
NAME_LENGTH = 80
_EXPORT_AGAIN = "Export it again from the site it came from."


@dataclass(frozen=True)
class NamedMapping:
    """``headers`` are the file's headers, ``columns`` field -> header, ``values`` field -> (spelling -> canonical
    value), ``constants`` field -> one value for every row. ``date_order``, ``time_zone`` and ``system`` as in a
    load's choices, ``periods`` (each | so_far) what the numbers of a table with one column per period count; ``None``
    means: find out."""

    name: str
    source: str
    headers: tuple[str, ...]
    columns: Mapping[str, str]
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    constants: Mapping[str, str] = field(default_factory=dict)
    date_order: str | None = None
    time_zone: str | None = None
    system: str | None = None
    periods: str | None = None

    @property
    def fingerprint(self) -> str:
        """The key by which a file with these headers is recognised."""
        return fingerprint(self.headers)

    def places(self, header: Sequence[str]) -> dict[str, int]:
        """Field -> position in a file's ``header``; a header that stands twice is taken at its first place."""
        first: dict[str, int] = {}
        for place, text in enumerate(header):
            first.setdefault(squash(text), place)
        return {name: first[squash(text)] for name, text in self.columns.items() if squash(text) in first}

    def text(self) -> str:
        """The mapping as JSON to share."""
        return json.dumps({"format": FORMAT, "version": VERSION, **asdict(self)}, indent=1, ensure_ascii=False) + "\n"


def from_text(text: str) -> NamedMapping:
    """A mapping from its JSON. Raises ``MappingNeeded`` with a sentence when it is none, is of a later version, or
    names a kind of export, field or value that this Rapport does not know."""
    if len(text) > MOST:
        raise MappingNeeded("This is no mapping: it is far too long.", _EXPORT_AGAIN)
    try:
        told = json.loads(text)
    except (ValueError, RecursionError):  # deeper than any mapping
        raise MappingNeeded("This is no mapping: it is not JSON.", _EXPORT_AGAIN) from None
    if not isinstance(told, dict) or told.get("format") != FORMAT:
        raise MappingNeeded("This is no mapping of Rapport's.", _EXPORT_AGAIN)
    if told.get("version") != VERSION:
        raise MappingNeeded(
            f"The mapping is of version {told.get('version')}, and only version {VERSION} is known here.",
            "Bring Rapport up to date, or export the mapping from one of the same age.",
        )
    made = _made(told)
    _check(made)
    return made


def _made(told: dict[str, Any]) -> NamedMapping:
    try:
        return NamedMapping(
            name=clean_name(_text(told["name"])), source=_text(told["source"]), headers=tuple(_text(text) for text in told["headers"]),
            columns=_texts(told["columns"]), values={_text(name): _texts(words) for name, words in told.get("values", {}).items()},
            constants=_texts(told.get("constants", {})), date_order=_text_or_none(told.get("date_order")), time_zone=_text_or_none(told.get("time_zone")),
            system=_text_or_none(told.get("system")), periods=_text_or_none(told.get("periods")),
        )  # fmt: skip
    except (KeyError, TypeError, AttributeError, ValueError):
        raise MappingNeeded("The mapping is damaged: a part of it is missing.", _EXPORT_AGAIN) from None


def clean_name(name: str) -> str:
    """A mapping's name: printable, one line, at most 80 characters."""
    printable = " ".join("".join(character if character.isprintable() else " " for character in name).split())
    return printable[:NAME_LENGTH] or "Unnamed"


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _text_or_none(value: Any) -> str | None:
    return None if value is None else _text(value)


def _texts(value: Any) -> dict[str, str]:
    return {_text(name): _text(text) for name, text in value.items()}


def _check(made: NamedMapping) -> None:
    source = registry().get(made.source)
    if source is None:
        raise MappingNeeded(
            f"The mapping is for a kind of export called {made.source}, which is not known here.",
            "Bring Rapport up to date.",
        )
    fields = {declared.name for declared in source.fields}
    for name in (*made.columns, *made.values, *made.constants):
        if name not in fields:
            raise MappingNeeded(
                f"The mapping names {name}, which {source.title} does not have.", "Bring Rapport up to date."
            )
    headers = {squash(text) for text in made.headers}
    astray = next((text for text in made.columns.values() if squash(text) not in headers), None)
    if astray is not None:  # no file of these headers could have it: its field would stay empty without a word
        raise MappingNeeded(f"The mapping reads a column {astray}, which is not among its own headers.", _EXPORT_AGAIN)
    for name, words in made.values.items():
        unknown = sorted(set(words.values()) - set(allowed(source, name)))
        if unknown:
            raise MappingNeeded(f"The mapping gives {unknown[0]} for {name}, which is no value of it.", _EXPORT_AGAIN)
    if made.periods not in (None, "each", "so_far"):
        raise MappingNeeded("The mapping says of periods what nobody knows here.", "Bring Rapport up to date.")
    if made.date_order not in (None, "mdy", "dmy") or (made.time_zone and made.time_zone not in time_zones()):
        raise MappingNeeded("The mapping's date order or time zone is none.", _EXPORT_AGAIN)


def allowed(source: Source, name: str) -> list[str]:
    """The canonical values of a field whose words can be translated; empty for any other field."""
    declared = source.field(name)
    if declared.kind == "boolean":
        return ["yes", "no"]
    if declared.kind != "enum":
        return []
    more = [value for _, value in declared.patterns] + ([declared.otherwise] if declared.otherwise else [])
    return list(dict.fromkeys([*declared.values.values(), *more]))
