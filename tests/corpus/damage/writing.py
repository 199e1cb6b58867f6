"""Tables as text in a dialect, and as the variant that is right about them."""

from __future__ import annotations

from collections.abc import Sequence

from corpus.damage.kinds import Variant
from corpus.tables import Table


def lines_of(
    rows: Sequence[Sequence[str]],
    delimiter: str = ",",
    quote: str = '"',
    escape: str | None = None,
    *,
    quote_all: bool = False,
) -> list[str]:
    """``rows`` as lines without ends; cells that need it (or all) are quoted, quotes doubled or escaped."""
    return [_line(row, delimiter, quote, escape, quote_all) for row in rows]


def _line(row: Sequence[str], delimiter: str, quote: str, escape: str | None, quote_all: bool) -> str:
    cells = []
    for cell in row:
        needs = (
            quote_all or any(mark in cell for mark in (delimiter, quote, "\n", "\r")) or (delimiter == " " and not cell)
        )
        inner = cell.replace(escape, escape * 2) if escape else cell
        cells.append(f"{quote}{inner.replace(quote, (escape or quote) + quote)}{quote}" if needs else cell)
    return delimiter.join(cells)


def rows_of(table: Table) -> list[list[str]]:
    return [table.header, *table.records]


def file_of(table: Table, text: str, header: list[str] | bool | None = True, records: list[list[str]] | None = None,
          encoding: str = "utf-8", file_name: str = "file.csv") -> Variant:  # fmt: skip
    names = table.header if header is True else header or None
    return Variant(
        "", "", text.encode(encoding), names, table.records if records is None else records, file_name=file_name
    )


def joined(lines: Sequence[str], newline: str = "\n") -> str:
    return newline.join(lines) + newline


def plain(table: Table, **dialect: object) -> str:
    return joined(lines_of(rows_of(table), **dialect))  # type: ignore[arg-type]


def has_breaks(table: Table) -> bool:
    return any("\n" in cell for row in table.records for cell in row)
