"""Cells written as formulas so that a spreadsheet leaves their zeros alone: ="00017"."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.readers.reading import Reading

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

SAMPLE = 1_000  # rows that are looked at: a program that writes one cell so writes its column so
_WRAPPED = '="[^"]*"'


def unwrap(con: DuckDBPyConnection, reading: Reading) -> None:
    """Put the text of every cell of ``stage`` that is nothing but a quoted text behind an equals sign in its place."""
    names = [f"c{place}" for place in range(len(reading.header))]
    if reading.format in ("xlsx", "xls", "xlsb", "ods", "parquet") or not names:
        return
    asked = ", ".join(f"coalesce(bool_or(starts_with({name}, '=\"')), false)" for name in names)
    seen = con.execute(f"select {asked} from (select * from stage limit {SAMPLE})").fetchall()[0]
    for name, header, wrapped in zip(names, reading.header, seen, strict=True):
        if wrapped:
            con.execute(
                f"update stage set {name} = nullif(trim({name}[3:-2]), '') where regexp_full_match({name}, $wrapped)",
                {"wrapped": _WRAPPED},
            ).fetchall()
            reading.notes.append(f'Cells of “{header}” are formulas of a text (="…"); the text was taken.')
