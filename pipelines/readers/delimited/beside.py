"""Two tables side by side in one text file, as a sheet saved as CSV has them: each is read on its own, as in the sheet."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from pipelines.errors import FileRefused
from pipelines.readers.delimited.recordwise import TextFile
from pipelines.readers.delimited.scan import BLANK, REGULAR
from pipelines.readers.reading import Reading, ReadOptions
from pipelines.readers.structure import grid, regions
from pipelines.readers.structure.cells import Row

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_SAMPLE = 60  # records in which a column between two tables must be empty


def read(name: str, file: TextFile, options: ReadOptions, con: DuckDBPyConnection) -> Reading | None:
    """The table that is wanted of several side by side, in ``stage``; ``None`` where the file has no such tables."""
    if not file.dialect.delimiter or file.dialect.starts or not _may_be_parted(file):
        return None
    rows = _rows(file)
    found = regions.split(rows) if rows else []
    if len({region.offset for region in found}) < 2:
        return None
    names = [f"Table {number}" for number in range(1, len(found) + 1)]
    if options.part is not None and options.part not in names:
        raise FileRefused("The file has no table of that name.", f"It has {names[0]} to {names[-1]}.")
    chosen = found[names.index(options.part)] if options.part else found[0]
    told = grid.load(con, file.path, chosen.rows, options.header_row, file.limit)
    return Reading(
        format="csv", header=told.table.header, header_rows=told.table.header_rows, records=told.staged, sub_headers=told.table.sub_headers,
        encoding=file.decoded.encoding, delimiter=file.dialect.delimiter, quote=file.dialect.quote, part=names[found.index(chosen)], parts=names,
        set_aside=told.aside, context=told.table.context, top=told.top,
        notes=[*file.decoded.notes, *told.table.notes, f"The file holds {len(found)} tables side by side; each is read on its own."],
    )  # fmt: skip


def _may_be_parted(file: TextFile) -> bool:
    """Whether a column between others is empty in all of the first records: what most files have not."""
    head = [record.cells for record in islice(file.scanner(), _SAMPLE) if record.how != BLANK]
    width = max(map(len, head), default=0)
    used = [any(place < len(cells) and cells[place].strip() for cells in head) for place in range(width)]
    return any(not one and any(used[:place]) and any(used[place + 1 :]) for place, one in enumerate(used))


def _rows(file: TextFile) -> list[Row]:
    """All records as rows of one width; none where the file is too large, or damaged in a way that must be told."""
    kept, cells = [], 0
    for record in file.scanner():
        if record.how not in (REGULAR, BLANK):
            return []
        cells += len(record.cells)
        if cells > regions.MOST_CELLS:
            return []
        kept.append((record.row, record.cells))
    width = max((len(cells) for _, cells in kept), default=0)
    return [(row, [*cells, *[""] * (width - len(cells))]) for row, cells in kept]
