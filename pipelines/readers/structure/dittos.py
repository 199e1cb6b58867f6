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
# An answer, too: it takes a sure mark elsewhere in the row or the column, or a column of what nobody answers with it.
_WORD = r"(?i)\s*(?:same|idem|ídem|id\.|s\. ?o\.)\s*"
_WHO_REFERS = re.compile(
    r"\bref(?:err(?:ed|al|ing|er))?(?:'g|g)?\.?[ _-]*(?:by|from|source|sender|provider|physician|doctor|md|dr|practice|clinic|office|facility|hospital|group)\b|^(?:referrer|practice|clinic)\b",
    re.IGNORECASE,
)
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
    worded = [name for name, text in names.items() if _WHO_REFERS.search(text)]
    some = " or ".join([sure, *(f"regexp_full_match({name}, $word)" for name in worded)])
    told = {"sure": _SURE, "word": _WORD} if worded else {"sure": _SURE}
    if not con.execute(f"select 1 from stage where {some} limit 1", told).fetchall():
        return
    rows = [rowid for (rowid,) in con.execute(f"select rowid from stage where {sure}", {"sure": _SURE}).fetchall()]
    for name, header in names.items():
        if cells := _hand_down(con, name, rows, worded=name in worded):
            reading.notes.append(
                f"{cells:,} cells of “{header}” say that they are the same as the cell above; they were read so."
            )


def _hand_down(con: DuckDBPyConnection, name: str, rows: list[int], *, worded: bool) -> int:
    """How many cells of a column are marks, filled with what stands above. A bare word is one in the ``rows`` that have a sure mark,
    and throughout a column that has one or is ``worded``. A mark below a blank cell stays as it is: nothing is above it to be said again."""
    told = {"sure": _SURE, "word": _WORD, "rows": rows, "worded": worded}
    con.execute(
        f"""create or replace temp table ditto as select rowid as place, row, {name} as own, coalesce(regexp_full_match({name}, $sure) or (regexp_full_match({name}, $word)
            and (rowid in (select unnest($rows::bigint[])) or $worded or (select bool_or(regexp_full_match({name}, $sure)) from stage))), false) as marked from stage""",
        told,
    ).fetchall()
    con.execute(
        f"""update stage set {name} = found.text from (
            select place, marked, lag(case when not marked then coalesce(own, '') end ignore nulls) over (order by row, place) as text from ditto) found
        where stage.rowid = found.place and found.marked and found.text <> ''"""
    ).fetchall()
    ((cells,),) = con.execute("select count(*) filter (marked) from ditto").fetchall()
    con.execute("drop table ditto").fetchall()
    return int(cells)
