"""Rows that head a group of records, as reports print them: "Patel, Anita MD" alone, and below it the referrals of hers.

Three ways are known. Either the column of the groups is blank in all records, which then take what heads them; or the
first column holds dates or numbers in the records, or the headings can be nothing but titles (``titles``), and then they become a
column of their own. The first of them may stand above the header, which is then repeated below each.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from pipelines.readers.structure import titles
from pipelines.readers.structure.cells import kind
from pipelines.readers.structure.layout import Layout, pairs

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_MOST = 20_000  # headings
_SUM = re.compile(
    r"(?:sub[\s-]?|grand )?totals?(?: for| of)?:? ?(.*)|(.*?)[ :-]+(?:sub[\s-]?)?totals?:?", re.IGNORECASE
)
HEADING, SUM = "group", "totals"
Heading = tuple[int, int, str]  # its rowid, row and text
Sum = tuple[int, int]  # its rowid and row


def spread(con: DuckDBPyConnection, layout: Layout) -> list[tuple[int, int, str]]:
    """Hand every heading on to the records below it. Returns the (rowid, row, reason) of the rows that are no records: the
    headings, and sums of one group. Nothing is changed where the rows do not all fit the pattern."""
    if layout.width < 3:
        return []
    if further := _continued(con, layout):
        return further
    alone = " and ".join(f"c{place} is null" for place in range(1, layout.width))
    heads = con.execute(
        f"select rowid, row, c0 from stage where c0 is not null and {alone} order by row limit {_MOST}"
    ).fetchall()
    if not heads:
        return []
    sums = _sums(con, {text for _, _, text in heads})
    fill = _all_blank(con, heads, sums)
    heads = _all_heads(con, layout, heads, sums, fill=fill)
    if not heads:
        return []
    _hand_on(con, layout, heads, fill=fill)
    return [(rowid, row, HEADING) for rowid, row, _ in heads if rowid >= 0] + [(rowid, row, SUM) for rowid, row in sums]


def _all_heads(
    con: DuckDBPyConnection, layout: Layout, heads: list[Heading], sums: Sequence[Sum], *, fill: bool
) -> list[Heading]:
    """The headings, with the one above the header where the table does not begin with one; none where the rows do not fit."""
    above = [(-1, -1, layout.title)] if titles.sort_of(layout.title) else []
    if len(heads) + len(above) < 2 or len(heads) == _MOST:
        return []
    if not fill and not _strange(con, heads, sums) and not _titled(con, heads, sums):
        return []
    marked = [*heads, *((rowid, row, "") for rowid, row in sums)]
    if _each_heads(con, marked):
        return heads
    return [*above, *heads] if above and not fill and _each_heads(con, marked, begun=False) else []


def _continued(con: DuckDBPyConnection, layout: Layout) -> list[tuple[int, int, str]]:
    """Groups the first of which is headed above the table: "Protocol: ABC-101" there, and further down "Protocol: ABC-102"
    alone in a row. Returns the rows of the further headings."""
    said = {label.lower(): label for label in layout.context}
    if not said:
        return []
    cells = ", ".join(f"c{place}" for place in range(layout.width))
    rows = con.execute(
        f"select rowid, row, {cells} from stage where c0 like '%:%' and c{layout.width - 1} is null order by row limit {_MOST}"
    ).fetchall()
    heads: dict[str, list[Heading]] = {}
    for rowid, row, *texts in rows:
        told = pairs([text or "" for text in texts])
        if len(told) == 1 and told[0][0].lower() in said and sum(bool(text) for text in texts) <= 2:
            heads.setdefault(said[told[0][0].lower()], []).append((rowid, row, f"{told[0][0]}: {told[0][1]}"))
    found = []
    for label, further in heads.items():
        first = f"{further[0][2].split(':')[0]}: {layout.context.pop(label)}"
        _hand_on(con, layout, [(-1, -1, first), *further], fill=False)
        found += [(rowid, row, HEADING) for rowid, row, _ in further]
    return found


def _sums(con: DuckDBPyConnection, names: set[str]) -> list[tuple[int, int]]:
    """The rows with a sum of one of the groups called ``names``."""
    rows = con.execute("select rowid, row, c0 from stage where regexp_matches(c0, '(?i)totals?\\b')").fetchall()
    return [
        (rowid, row)
        for rowid, row, text in rows
        if (found := _SUM.fullmatch(text)) and (found[1] or found[2] or "").strip() in names
    ]


def _all_blank(con: DuckDBPyConnection, heads: Sequence[Heading], sums: Sequence[Sum]) -> bool:
    """Is the first column blank in every row that is neither heading nor sum?"""
    filled = con.execute("select count(*) from stage where c0 is not null").fetchall()[0][0]
    return bool(filled == len(heads) + len(sums))


def _strange(con: DuckDBPyConnection, heads: Sequence[Heading], sums: Sequence[Sum]) -> bool:
    """Are the headings words, where every record begins with a date or a number?"""
    if any(kind(text) != "text" for _, _, text in heads):
        return False
    apart = [rowid for rowid, *_ in (*heads, *sums)]
    sample = con.execute(
        "select c0 from stage where not list_contains($apart, rowid) order by hash(rowid) limit 2000", {"apart": apart}
    ).fetchall()
    return bool(sample) and all(text is not None and kind(text) in ("date", "number") for (text,) in sample)


def _titled(con: DuckDBPyConnection, heads: Sequence[Heading], sums: Sequence[Sum]) -> bool:
    """Are the headings titles beyond doubt, where the records begin with something else?"""
    texts = list({text for _, _, text in heads})
    apart = [rowid for rowid, *_ in (*heads, *sums)]
    sample = con.execute(
        "select distinct c0 from stage where c0 is not null and not list_contains($apart, rowid) order by hash(c0) limit 200",
        {"apart": apart},
    ).fetchall()
    return titles.are_titles(texts, [text for (text,) in sample])


def _each_heads(con: DuckDBPyConnection, marked: Sequence[Heading], *, begun: bool = True) -> bool:
    """Does the table begin with a heading (where it is ``begun`` with one), and does a record follow on each?"""
    rows = [row for (row,) in con.execute("select row from stage order by row, rowid").fetchall()]
    kinds = {row: text for _, row, text in marked}
    if begun and rows[0] not in kinds:
        return False
    following = zip(rows, [*rows[1:], None], strict=True)
    return all(after is not None and after not in kinds for row, after in following if kinds.get(row))


def _hand_on(con: DuckDBPyConnection, layout: Layout, heads: Sequence[Heading], *, fill: bool) -> None:
    name, texts = _labelled([text for _, _, text in heads], [*layout.above, *layout.header_cells])
    target = "c0" if fill else f"c{layout.width}"
    if not fill:
        con.execute(f"alter table stage add column {target} varchar").fetchall()
        layout.header.append(name)
        layout.header_cells.append("")
        layout.sub_headers = [[*cells, ""] for cells in layout.sub_headers]
        layout.width += 1
    con.execute("create or replace temp table heading as select unnest($rows::bigint[]) as row, unnest($texts::varchar[]) as text",
                {"rows": [row for _, row, _ in heads], "texts": texts}).fetchall()  # fmt: skip
    con.execute(
        f"""update stage set {target} = found.text from (
            select s.rowid as place, h.text from stage s asof join heading h on s.row > h.row) found
        where stage.rowid = found.place and stage.row not in (select row from heading)"""
    ).fetchall()
    con.execute("drop table heading").fetchall()
    layout.notes.append(
        f"{len(heads):,} rows head a group of records; what they say was put into the column “{layout.header[0 if fill else -1]}” of each."
    )


def _labelled(texts: Sequence[str], above: Sequence[str]) -> tuple[str, list[str]]:
    """("Provider", values) of headings that are all written "Provider: Patel", else what the lines ``above`` say of them, else a
    name that says nothing."""
    told = [pairs([text]) for text in texts]
    labels = {label for found in told for label, _ in found}
    if len(labels) == 1 and all(len(found) == 1 for found in told):
        return labels.pop(), [found[0][1] for found in told]
    return titles.name_for(texts, above) or "Group", list(texts)
