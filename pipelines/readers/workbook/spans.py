"""Cells of a sheet that are merged over several rows: what stands in the first of them is said of every row they reach over."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.readers.structure.cells import kind
from pipelines.readers.structure.layout import Layout
from pipelines.readers.workbook.book import Sheet

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

MOST = 50_000  # merged cells of a sheet that are looked at


def spread(con: DuckDBPyConnection, sheet: Sheet, table: Layout, left: int) -> int:
    """Write the text of merged cells into the blank ones of the rows below that they reach over; returns how many merged
    cells that were. ``left`` is the sheet column of the table's first. Numbers stay where they are: 30 over three rows is
    thirty, not ninety."""
    told = [
        (top, bottom, column - left) for top, bottom, column in sheet.merged[:MOST] if 0 <= column - left < table.width
    ]
    done = 0
    for place in sorted({place for _, _, place in told}):
        mine = [(top, bottom) for top, bottom, at in told if at == place]
        texts = dict(
            con.execute(
                f"select row, c{place} from stage where c{place} is not null and row in (select unnest($rows))",
                {"rows": [top for top, _ in mine]},
            ).fetchall()
        )
        said = [
            (top, bottom, texts[top]) for top, bottom in mine if kind(texts.get(top, "")) in ("text", "date", "mark")
        ]
        if said:
            _write(con, place, said)
        done += len(said)
    return done


def _write(con: DuckDBPyConnection, place: int, said: list[tuple[int, int, str]]) -> None:
    tops, bottoms, texts = (list(part) for part in zip(*said, strict=True))
    con.execute(
        "create or replace temp table span as select unnest($tops::bigint[]) as first, unnest($bottoms::bigint[]) as last, unnest($texts::varchar[]) as text",
        {"tops": tops, "bottoms": bottoms, "texts": texts},
    ).fetchall()
    con.execute(
        f"update stage set c{place} = span.text from span where stage.row > span.first and stage.row <= span.last and c{place} is null"
    ).fetchall()
    con.execute("drop table span").fetchall()
