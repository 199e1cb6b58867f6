"""Which way the referrals of a list went, where no header says that a column tells it: its words may, or how many names stand
under whom they went to."""

from __future__ import annotations

from collections.abc import Container, Mapping
from typing import TYPE_CHECKING

from pipelines.readers import Reading
from pipelines.recognition.columns import is_sent_to
from pipelines.recognition.headers import TOWARDS, header_words
from pipelines.sources import Source

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

# Of whom somebody may be referred to, what is no name of theirs.
_NO_NAME = frozenset(
    {
        "specialty",
        "department",
        "service",
        "date",
        "time",
        "phone",
        "fax",
        "number",
        "npi",
        "id",
        "zip",
        "address",
        "reason",
        "type",
        "status",
        "email",
    }
)
# What a column may be called that says so ("Class", "Type", "WQ Tab"), nothing but its words tells.
_WAYS = (
    r"(?i)\s*(?:external[ -])?(?:incoming|inbound|outgoing|outbound|internal)(?: (?:referrals?|orders?|requests?))?\s*"
)
_AWAY = r"(?i)\bout"


def said_in_words(
    con: DuckDBPyConnection, reading: Reading, source: Source, columns: dict[str, int], context: Container[str]
) -> list[str]:
    """Take the only column of ``stage`` all of whose words are ways that a referral goes for the direction, and say so, where some
    were sent away: by itself a list is one of what came in."""
    if source.primary != "referral" or not _may_be_told(source, columns, context):
        return []
    free = [place for place in range(len(reading.header)) if place not in columns.values()]
    if not free:
        return []
    counted = ", ".join(
        f"count(*) filter (regexp_matches(c{place}, $away)) > 0 and bool_and(regexp_full_match(c{place}, $ways))"
        for place in free
    )
    tells = con.execute(f"select {counted} from stage", {"ways": _WAYS, "away": _AWAY}).fetchall()[0]
    found = [place for place, told in zip(free, tells, strict=True) if told]
    if len(found) != 1:
        return []
    columns["direction"] = found[0]
    return [f"“{reading.header[found[0]]}” is read as the direction: its words say which way each referral went."]


def sent_out(
    con: DuckDBPyConnection, reading: Reading, source: Source, columns: Mapping[str, int], context: Container[str]
) -> str | None:
    """The header under which more names stand than under the referrer's, of ``stage``; ``None`` if none does, or the direction
    is known. Many send to one place what it takes in; one place sends to many what it sends out."""
    if not _may_be_told(source, columns, context):
        return None
    referring = next((columns[name] for name in ("referrer", "referrer_last", "practice") if name in columns), None)
    places = [place for place, text in enumerate(reading.header) if _names_target(header_words(text))]
    if referring is None:
        return None
    if sent := next(
        (text for place, text in enumerate(reading.header) if place != referring and is_sent_to(text)), None
    ):
        return sent if {"ordering", "provider"} <= set(header_words(reading.header[referring])) else None
    if not places:
        return None
    counted = ", ".join(f"count(distinct lower(c{place}))" for place in (referring, *places))
    who, *towards = con.execute(f"select {counted} from stage").fetchall()[0]
    most = max(zip(towards, places, strict=True), key=lambda pair: pair[0])
    return reading.header[most[1]] if most[0] > who else None


def _may_be_told(source: Source, columns: Container[str], context: Container[str]) -> bool:
    """Whether referrals of this kind have a direction, and nothing tells it yet."""
    return (
        "direction" in {one.name for one in source.fields} and "direction" not in columns and "direction" not in context
    )


def _names_target(words: Container[str]) -> bool:
    return TOWARDS in words and not any(word in words for word in _NO_NAME)
