"""Whether a list of referrals may be of those that were sent out, though nothing in it says so."""

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


def sent_out(
    con: DuckDBPyConnection, reading: Reading, source: Source, columns: Mapping[str, int], context: Container[str]
) -> str | None:
    """The header under which more names stand than under the referrer's, of ``stage``; ``None`` if none does, or the direction
    is known. Many send to one place what it takes in; one place sends to many what it sends out."""
    if "direction" not in {one.name for one in source.fields} or "direction" in columns or "direction" in context:
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


def _names_target(words: Container[str]) -> bool:
    return TOWARDS in words and not any(word in words for word in _NO_NAME)
