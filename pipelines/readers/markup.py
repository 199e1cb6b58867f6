"""HTML pages that were named .xls: many systems export their reports so. The largest table of the page is read."""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING

from pipelines.errors import FileRefused
from pipelines.readers import text
from pipelines.readers.preflight import Kind
from pipelines.readers.reading import Reading, ReadOptions
from pipelines.readers.structure import grid
from pipelines.readers.structure.layout import filled

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

LARGEST = 200_000_000  # bytes
_MOST_SPANNED = 500


class _Tables(HTMLParser):
    """Collects the cells of every table, outermost rows only; rows count from 1 within their table."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tables: list[list[list[str]]] = []
        self._open: list[list[list[str]]] = []
        self._cell: list[str] | None = None
        self._span = 1
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "table":
            self._end_cell()
            self._open.append([])
            self.tables.append(self._open[-1])
        elif tag == "tr" and self._open:
            self._end_cell()
            self._open[-1].append([])
        elif tag in ("td", "th") and self._open:
            self._end_cell()
            if not self._open[-1]:
                self._open[-1].append([])
            span = dict(attrs).get("colspan") or "1"
            self._cell, self._span = [], min(int(span), _MOST_SPANNED) if span.isdigit() else 1
        elif tag == "br" and self._cell is not None:
            self._cell.append("\n")
        elif tag in ("style", "script"):
            self._hidden += 1

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th", "tr"):
            self._end_cell()
        elif tag == "table" and self._open:
            self._end_cell()
            self._open.pop()
        elif tag in ("style", "script"):
            self._hidden = max(0, self._hidden - 1)

    def handle_data(self, data: str) -> None:
        if self._cell is not None and not self._hidden:
            self._cell.append(data)

    def _end_cell(self) -> None:
        if self._cell is not None and self._open and self._open[-1]:
            content = "\n".join(" ".join(line.split()) for line in "".join(self._cell).strip().split("\n"))
            self._open[-1][-1] += [content, *[""] * max(0, self._span - 1)]
        self._cell = None

    def close(self) -> None:
        super().close()
        self._end_cell()


def read(path: Path, kind: Kind, options: ReadOptions, con: DuckDBPyConnection, limit: int | None = None) -> Reading:
    """Read the largest table of an HTML page into ``stage``; see ``pipelines.readers.read``. Rows count within it."""
    if path.stat().st_size > LARGEST:
        raise FileRefused("This web page is too large to read.", "Open it in Excel, save it as .xlsx and upload that.")
    decoded = text.examine(path, options.encoding)
    table = _largest("".join(text.lines(path, decoded)))
    width = max(map(len, table))
    rows = ((row, cells + [""] * (width - len(cells))) for row, cells in enumerate(table, 1))
    found = grid.load(con, path, rows, options.header_row, limit, width)
    return Reading(
        format=kind.format, header=found.table.header, header_rows=found.table.header_rows, records=found.staged,
        sub_headers=found.table.sub_headers, encoding=decoded.encoding, set_aside=found.aside, context=found.table.context, top=found.top,
        notes=["The file is a web page; its largest table was read, and rows count within that.", *decoded.notes, *found.table.notes],
    )  # fmt: skip


def _largest(page: str) -> list[list[str]]:
    parser = _Tables()
    parser.feed(page)
    parser.close()
    best = max(parser.tables, key=lambda table: sum(map(filled, table)), default=[])
    if not any(filled(cells) for cells in best):
        raise FileRefused(
            "This is a web page or XML without a table, not an export.",
            "Export the data as .csv or .xlsx and upload that.",
        )
    return best
