"""From staged text to canonical rows: type the columns, find the faults, write Parquet. SQL throughout; Python
sees only distinct spellings and samples.

The invariant that every load is judged by: ``rows_in = rows_loaded + rows_rejected + rows_duplicate``.

Tables made on the way, all temporary: ``cell`` (the fields' texts), ``look_F`` (spelling -> value of a field),
``typed`` (values, faults and the row's hash), ``dropped`` (rows that are rejected or repeated), ``parsed``
(``typed`` without them), ``found`` (findings) and ``made_T`` (rows of a canonical table).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from pipelines import values
from pipelines.errors import MappingNeeded, UnknownName
from pipelines.mapping import unnamed
from pipelines.mapping.cells import look_up, make_cell
from pipelines.mapping.dates import decide_dates
from pipelines.mapping.faults import find_faults
from pipelines.mapping.report import report
from pipelines.mapping.tables import make_relations, make_tables
from pipelines.mapping.typed import make_typed
from pipelines.mapping.work import Choices, Mapped, Work, structural
from pipelines.mapping.writing import write_tables
from pipelines.mapping.zones import read_in_utc, stated_zone
from pipelines.readers import Reading
from pipelines.recognition import Candidate, fingerprint, match, may_be_header, missing_fields, recognise, spoken
from pipelines.sources import Source
from pipelines.values import names

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

MACROS = (*names.MACROS, *unnamed.MACROS)  # what the queries of a mapping call


def apply(
    con: DuckDBPyConnection, reading: Reading, source: Source, columns: Mapping[str, int], context: Mapping[str, str], choices: Choices,
    *, file_id: str, system: str, received_at: dt.datetime, out_dir: Path,
) -> Mapped:  # fmt: skip
    """Map the staged file onto the canonical tables and write ``out_dir/<table>.parquet`` and ``findings.parquet``.

    ``con`` has ``stage``, ``zone(site_id, time_zone)`` and the macros of ``identity``; ``columns`` maps field
    names to header positions, ``context`` field names to one value for all rows. ``received_at`` is when the
    file came (UTC): days after the next one are faults. Raises ``UnknownName`` for a field or column that does
    not exist; where no column gives what every record needs, ``missing`` says so and nothing is written.
    """
    work = Work(
        con,
        reading,
        source,
        columns,
        context,
        choices,
        {"system": system, "file": file_id},
        received_at,
        Path(out_dir),
    )
    _refuse_unknown(work)
    work.mapped.rows_in = _count_in(work)
    work.mapped.missing = list(missing_fields(source, {declared.name for declared in work.given}))
    if work.mapped.missing:
        return work.mapped
    for macro in MACROS:
        con.execute(macro)
    con.execute("set variable load_system = $system", {"system": system})
    con.execute("set variable load_file = $file", {"file": file_id})
    con.execute("set variable load_day = $day", {"day": received_at.date()})
    make_cell(work)
    look_up(work)
    decide_dates(work)
    read_in_utc(work)
    make_typed(work)
    find_faults(work)
    make_relations(work)
    make_tables(work)
    write_tables(work, system, file_id)
    report(work)
    return work.mapped


def _refuse_unknown(work: Work) -> None:
    known = {declared.name for declared in work.source.fields}
    unknown = sorted((set(work.columns) | set(work.context)) - known)
    if unknown:
        raise UnknownName(
            f"{work.source.title} has no field called {unknown[0]}.", f"It has: {', '.join(sorted(known))}."
        )
    if any(not 0 <= place < len(work.reading.header) for place in work.columns.values()):
        raise MappingNeeded("A column was named that the file does not have.", "Map the columns again.")
    if work.choices.time_zone not in values.time_zones():
        raise UnknownName("There is no such time zone.", "Name one such as America/New_York.")


def _count_in(work: Work) -> int:
    return int(work.run("select count(*) from stage")[0][0]) + structural(work)


__all__ = [
    "Candidate", "Choices", "Mapped", "apply", "fingerprint", "match", "may_be_header", "recognise", "spoken", "stated_zone",
]  # fmt: skip
