"""A bare "Ref To" by what stands in it: a service, or whoever the patient is sent to, who is none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.readers import Reading
from pipelines.recognition.headers import TOWARDS, header_words

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_PERSON = r"(?i)\s*(?:dr|doctor|prof)\b.*|.*[,\s](?:m\.?d|d\.?o|np|pa|pa-c|fnp|aprn|dpm|phd|facc|facs)\.?\s*|[a-z'’-]+, ?[a-z'’-]+(?: [a-z]\.?)?"
_MOSTLY = 0.6


def settle(con: DuckDBPyConnection, reading: Reading, columns: dict[str, int]) -> list[str]:
    """Take the column of services back from one of persons, and say so."""
    place = columns.get("service")
    if place is None or header_words(reading.header[place]) != (TOWARDS,):
        return []
    said, persons = con.execute(
        f"select count(*), count(*) filter (regexp_full_match(said, $person)) from (select distinct c{place} as said from stage where c{place} is not null)",
        {"person": _PERSON},
    ).fetchall()[0]
    if not said or persons < _MOSTLY * said:
        return []
    del columns["service"]
    return [f"“{reading.header[place]}” names whom patients are sent to; it is no service and is not used."]
