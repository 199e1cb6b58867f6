"""Ditto marks: what a hand writes below a cell that would say the same again."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pipelines.readers.reading import Reading

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

MOST_ROWS = 100_000  # nobody writes more by hand, and every cell is looked at
_MARK = r"""[-–—_ ]*(?:["“”„″〃‟]|''|’’|,,)[-–—_ ]*|[↓⇓]"""
_PHRASE = r"ditto|dito|do\.|dto\.|(?:same|as)(?: as)? (?:above|prev(?:ious)?)|see above"
_SURE = rf"(?i)\s*(?:{_MARK}|{_PHRASE})\s*"
_WORD = r"(?i)\s*(?:same|idem|ídem|id\.|s\. ?o\.)\s*"  # an answer, too: it takes a sure mark elsewhere in the row
# In what people say in words of their own "same as above" points to another question.
_OWN_WORDS = re.compile(r"comment|note|remark|feedback|suggest|answer|\?|(?:\S+\s+){6,}", re.IGNORECASE)


def fill(con: DuckDBPyConnection, reading: Reading) -> None:
    """Put what stands above into every cell of ``stage`` that holds nothing but a ditto mark. One without anything above
    stays as it is."""
    if reading.records > MOST_ROWS:
        return
    names = {f"c{place}": text for place, text in enumerate(reading.header) if not _OWN_WORDS.search(text)}
    if not names:
        return
    sure = " or ".join(f"regexp_full_match({name}, $sure)" for name in names)
    rows = [rowid for (rowid,) in con.execute(f"select rowid from stage where {sure}", {"sure": _SURE}).fetchall()]
    if not rows:
        return
    counts = ", ".join(
        f"count(*) filter (regexp_full_match({name}, $sure) or regexp_full_match({name}, $word))" for name in names
    )
    marked = con.execute(
        f"select {counts} from stage where rowid in (select unnest($rows))",
        {"sure": _SURE, "word": _WORD, "rows": rows},
    ).fetchall()[0]
    for (name, header), cells in zip(names.items(), marked, strict=True):
        if cells:
            _hand_down(con, name, rows)
            reading.notes.append(
                f"{cells:,} cells of “{header}” say that they are the same as the cell above; they were read so."
            )


def _hand_down(con: DuckDBPyConnection, name: str, rows: list[int]) -> None:
    """A mark below a blank cell stays as it is: nothing is above it to be said again."""
    con.execute(
        f"""update stage set {name} = found.text from (
            select place, marked, lag(case when not marked then coalesce(own, '') end ignore nulls) over (order by row, place) as text from (
                select rowid as place, row, {name} as own, coalesce(rowid in (select unnest($rows))
                    and (regexp_full_match({name}, $sure) or regexp_full_match({name}, $word)), false) as marked from stage)) found
        where stage.rowid = found.place and found.marked and found.text <> ''""",
        {"sure": _SURE, "word": _WORD, "rows": rows},
    ).fetchall()
