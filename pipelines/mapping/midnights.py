"""Days that a program wrote as instants: 2026-03-02T00:00:00.000Z is the second of March wherever the site is, if every cell of its
column is a midnight. Read as an instant it would be the evening before.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from pipelines.readers import Reading
from pipelines.sources import Source

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_FORMATS = frozenset({"fhir", "hl7v2"})  # these say of each field whether it is a day or an instant
_MIDNIGHT = r"[T ]00:00(?::00(?:\.0+)?)? ?(?:Z|UTC|[+]00:?00)$"


def to_days(con: DuckDBPyConnection, reading: Reading, source: Source, columns: Mapping[str, int]) -> list[str]:
    """Write the days of ``stage`` as days, in columns that hold nothing but midnights in UTC; say so of each."""
    if reading.format in _FORMATS:
        return []
    told = []
    for one in source.fields:
        if one.kind != "datetime" or one.utc or one.name not in columns:
            continue
        cell = f"c{columns[one.name]}"
        first = con.execute(f"select {cell} from stage where {cell} is not null limit 1").fetchall()
        if not first or "00:00" not in first[0][0]:
            continue
        others = f"select 1 from stage where {cell} is not null and not regexp_matches({cell}, $midnight) limit 1"
        if not con.execute(others, {"midnight": _MIDNIGHT}).fetchall():
            con.execute(f"update stage set {cell} = regexp_replace({cell}, $midnight, '')", {"midnight": _MIDNIGHT}).fetchall()  # fmt: skip
            told.append(f"“{reading.header[columns[one.name]]}” holds midnights in UTC only; they were read as days.")
    return told
