"""Rows within the table that are no records: blank ones, totals, the header once more, lines at the foot.

What is set aside is listed with its reason, so a rule here may be wrong about a row but never hides one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from pipelines import languages
from pipelines.readers.reading import SetAside
from pipelines.readers.structure import bands
from pipelines.readers.structure.cells import filled, kind, typical_fill
from pipelines.readers.structure.header import PAGE
from pipelines.readers.structure.layout import Layout, page_line

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_TOTAL_OF, _TOTAL_WORD = (
    r"(?:grand|sub|report|overall|column|page)[\s-]*",
    f"totals?|sum|count|average|mean|{languages.totals()}",
)
_TOTAL = re.compile(rf"(?:{_TOTAL_OF})?(?:{_TOTAL_WORD})\b(?!\s+[a-z]+\s+[a-z]).{{0,40}}", re.IGNORECASE)
_SUBTOTAL = re.compile(
    r".{1,60}\b(?:(?:sub[\s-]?)?totals?|count|sum|average):?", re.IGNORECASE
)  # "North Total", "Fox Count"
_TOLD_TOTAL = re.compile(
    r"(?:grand |sub-?)?totals?\b.{0,60}[:= ]\(?\d[\d,.]*\)?", re.IGNORECASE
)  # "Subtotal John Smith MD: 2"
# A line drawn below the header. Whatever comes before its first three strokes can be read in one way only: a cell of 30,000
# strokes and a letter would take minutes otherwise.
_RULE = r"(?:[-=_]{0,2}[+:| ])*[-=_]{3}[-=_+:| ]*"
_UNSPOKEN = "({0} < '0' or {0} >= ':' and {0} < 'A' or {0} >= '[' and {0} < 'a' or {0} >= '{{')"
_SURELY_TOTAL = re.compile(
    rf"(?:(?:grand |sub|report |overall )?totals?|{languages.totals()})(?:$|:| \()", re.IGNORECASE
)
_NOT_A_VALUE = re.compile(r"-+|—|–|n/?a|\*|\.|=SUM\(.*\)|usd|eur|gbp|cad|aud|chf|jpy", re.IGNORECASE)
_FOOTER = re.compile(
    r"(?:report |file |data |list )?(?:generated|printed|exported|created|run|produced|downloaded|prepared|extracted|refreshed)\b.*|end of .*"
    r"|-+ ?end.*|confidential.*|page \d+.*|source\b.*|notes?\b.*|copyright.*|©.*|\*.*|\(?\d+ (?:rows?|records?)\b.*|(?:total )?(?:rows?|records?)\b.*\d.*"
    r"|(?:legend|key|codes|abbreviations|status (?:key|codes)|colou?r (?:key|codes?))\b\s*:?|legend\b.*|\S{1,14} ?= ?[^\W\d].*|disclaimer\b.*|this (?:report|file)\b.*|as of .*|last (?:updated|refreshed)\b.*|signed?\b.*|signature\b.*|[-=_*]{3,}",
    re.IGNORECASE | re.DOTALL,
)
_LEGEND = re.compile(
    r"(?:legend|key|codes|abbreviations|status (?:key|codes)|colou?r (?:key|codes?))\s*:?", re.IGNORECASE
)
_CLOCK = re.compile(r"\d+:\d\d(?::\d\d)?")  # how long calls took, added up
_COUNTED = re.compile(r"[\d.,]+\s+[a-z]+(?:\s+[a-z]+)?", re.IGNORECASE)  # "64 referrals"
_PAIR = re.compile(r"[A-Za-z][^:]{0,40}:\s*\S.*", re.DOTALL)
_SENTENCE = 6  # words: alone in a row of a wider table they are no name of anything
_PAGE_NUMBER = r"(?i)page:? *[0-9]+(?: *(?:of|/) *[0-9]+)?"
_SQL_TYPE = re.compile(
    r"(?:(?:var|n|nvar)?char(?:acter)?|text|(?:big|small|tiny)?int(?:eger)?|number|numeric|decimal|float|double|real|date|datetime|time|timestamp|bool(?:ean)?|bit|uuid)(?:\(\d+(?:, ?\d+)?\))?",
    re.IGNORECASE,
)
_TAIL = 60
_MOST_LISTED = 2_000
_MOST_WRITTEN = 100_000  # records: more are no person's


class Aside:
    """Collects what is set aside: neighbouring rows of one reason become one entry, beyond a limit all do."""

    def __init__(self, entries: Sequence[SetAside] = ()) -> None:
        self._entries = list(entries)

    def add(self, row: int, reason: str) -> None:
        for entry in self._entries[-1:] if len(self._entries) < _MOST_LISTED else reversed(self._entries):
            adjoining = entry.row + entry.count == row or len(self._entries) >= _MOST_LISTED
            if entry.reason == reason and adjoining:
                place = len(self._entries) - 1 if entry is self._entries[-1] else self._entries.index(entry)
                self._entries[place] = SetAside(entry.row, reason, entry.count + 1)
                return
        self._entries.append(SetAside(row, reason))

    def listed(self) -> list[SetAside]:
        return sorted(self._entries, key=lambda entry: entry.row)


def is_totals(cells: Sequence[str], usual: float) -> bool:
    """A label such as "Total" or "Grand total:" and beside it numbers, blanks and dashes, in less than a full row."""
    texts = [cell.strip() for cell in cells if cell and cell.strip()]
    if not texts:
        return False
    if len(texts) == 1 and usual >= 3 and _TOLD_TOTAL.fullmatch(texts[0]):
        return True
    if not _TOTAL.fullmatch(texts[0]):
        return _is_subtotal(texts, usual)
    values = [text for text in texts[1:] if not _NOT_A_VALUE.fullmatch(text) and not _TOTAL.fullmatch(text)]
    if not all(kind(text) == "number" or _COUNTED.fullmatch(text) or _CLOCK.fullmatch(text) for text in values):
        return False
    return len(texts) < usual or (bool(values) and (usual <= 3 or _SURELY_TOTAL.match(texts[0]) is not None))


def _is_subtotal(texts: Sequence[str], usual: float) -> bool:
    """ "North Total" and beside it nothing but numbers, in a row that is far from full."""
    rest = texts[1:]
    return (
        _SUBTOTAL.fullmatch(texts[0]) is not None
        and bool(rest)
        and len(texts) <= usual - 2
        and all(kind(text) == "number" for text in rest)
    )


def is_rule(cells: Sequence[str]) -> bool:
    """A line drawn with dashes, as query tools draw below the header."""
    texts = [cell.strip() for cell in cells if cell and cell.strip()]
    return bool(texts) and all(re.fullmatch(_RULE, text) for text in texts)


def is_footer(cells: Sequence[str], usual: float) -> bool:
    """One or two cells of a wider table that speak about the file."""
    texts = [cell.strip() for cell in cells if cell and cell.strip()]
    if not texts or len(texts) > 2 or usual < 3:
        return False
    if len(texts) == 1 and cells[0].strip() and len(texts[0].split()) >= _SENTENCE:
        return True
    return bool(_FOOTER.fullmatch(texts[0]) or (len(texts) == 1 and _PAIR.fullmatch(texts[0])))


def is_footnote(cells: Sequence[str], usual: float, fits: Callable[[int, str], bool]) -> bool:
    """Words below the table: they begin with text and are far fewer cells than a record, or most of them fit no column."""
    texts = [(place, cell.strip()) for place, cell in enumerate(cells) if cell and cell.strip()]
    if usual < 3 or not texts or kind(texts[0][1]) not in ("text", "mark"):
        return False
    strange = sum(not fits(place, text) for place, text in texts)
    return len(texts) <= 0.4 * usual or strange == len(texts) or (len(texts) >= 3 and strange > 0.5 * len(texts))


def settle(con: DuckDBPyConnection, layout: Layout, aside: Aside) -> None:
    """Take the rows that are no records out of ``stage`` and list them in ``aside``."""
    names = [f"c{place}" for place in range(layout.width)]
    found = [(rowid, row, "blank") for rowid, row in _where(con, " and ".join(f"{name} is null" for name in names))]
    found += [(rowid, row, "repeated_header") for rowid, row in _repeated(con, layout, names)]
    taken = {rowid for rowid, *_ in found}
    found += [entry for entry in _turned(con, layout, names) if entry[0] not in taken]
    # A pattern is dear, and a cell that begins with a letter or digit cannot be a drawn line.
    drawn = " and ".join(
        f"coalesce({_UNSPOKEN.format(name)} and regexp_full_match({name}, $rule), true)" for name in names
    )
    blank = {rowid for rowid, _, _ in found}
    found += [(rowid, row, "rule") for rowid, row in _where(con, drawn, {"rule": _RULE}) if rowid not in blank]
    taken = {rowid for rowid, _, _ in found}
    found += [entry for entry in _page_numbers_and_types(con, names) if entry[0] not in taken]
    taken = {rowid for rowid, _, _ in found}
    found += [entry for entry in _totals_and_footers(con, names) if entry[0] not in taken]
    taken = {rowid for rowid, _, _ in found}
    found += [entry for entry in _page_tops(con, layout, names) if entry[0] not in taken]
    if found:
        _set_aside(con, found, aside)
    if headings := bands.spread(con, layout):
        _set_aside(con, headings, aside)
    drop_empty_tail(con, layout)


def _page_numbers_and_types(con: DuckDBPyConnection, names: Sequence[str]) -> list[tuple[int, int, str]]:
    """Rows that hold nothing but "Page 1 of 2", and a first row that holds nothing but the types of a database's columns."""
    whole = f"trim(concat_ws(' ', {', '.join(names)}))"
    # Asked of the first cell that has anything: to ask every cell of a million rows cost as much as reading them.
    begun = f"lower(left(coalesce({', '.join(names)}), 4)) = 'page'"
    pages = _where(con, f"{begun} and regexp_full_match({whole}, $page)", {"page": _PAGE_NUMBER})
    first = con.execute(f"select rowid, row, {', '.join(names)} from stage order by row limit 1").fetchall()
    typed = [(rowid, row) for rowid, row, *cells in first if len(names) > 1 and all(_SQL_TYPE.fullmatch(cell or "") for cell in cells)]  # fmt: skip
    return [*((rowid, row, "footer") for rowid, row in pages), *((rowid, row, "types") for rowid, row in typed)]


def _page_tops(con: DuckDBPyConnection, layout: Layout, names: Sequence[str]) -> list[tuple[int, int, str]]:
    """The lines above the table once more, where a printed report begins a page."""
    if not any(PAGE.search(line.replace("#", "1")) for line in layout.above):
        return []
    begins = {line.split(" ")[0] for line in layout.above if line}
    rows = con.execute(
        f"select rowid, row, {', '.join(names)} from stage where list_contains($begins, regexp_replace(split_part(lower(trim(coalesce({', '.join(names)}))), ' ', 1), '[0-9]+', '#', 'g'))",
        {"begins": sorted(begins)},
    ).fetchall()
    return [(rowid, row, "preamble") for rowid, row, *cells in rows if page_line(_texts(cells)) in layout.above]


def _set_aside(con: DuckDBPyConnection, found: Sequence[tuple[int, int, str]], aside: Aside) -> None:
    con.execute(
        "delete from stage where rowid in (select unnest($rows))", {"rows": [rowid for rowid, _, _ in found]}
    ).fetchall()
    for _, row, reason in sorted(found, key=lambda entry: entry[1]):
        aside.add(row, reason)


def drop_empty_tail(con: DuckDBPyConnection, layout: Layout) -> None:
    """Take away nameless columns at the right end in which no record has anything (trailing delimiters, a title that
    is wider than the table)."""
    named = max((place + 1 for place, cell in enumerate(layout.header_cells) if cell.strip()), default=layout.width)
    while layout.width > max(1, named):
        name = f"c{layout.width - 1}"
        if con.execute(f"select 1 from stage where {name} is not null limit 1").fetchall():
            return
        con.execute(f"alter table stage drop column {name}").fetchall()
        layout.width -= 1
        layout.header.pop()
        layout.sub_headers = [cells[: layout.width] for cells in layout.sub_headers]


def _where(con: DuckDBPyConnection, condition: str, parameters: dict[str, str] | None = None) -> list[tuple[int, int]]:
    return con.execute(f"select rowid, row from stage where {condition}", parameters or {}).fetchall()


def _of(con: DuckDBPyConnection, which: Sequence[int], names: Sequence[str], order: str) -> list[tuple]:  # type: ignore[type-arg]
    """What some rows say: rowid, row, cells."""
    if not which:
        return []
    return con.execute(
        f"select rowid, row, {', '.join(names)} from stage where rowid in (select unnest($which)) order by {order}",
        {"which": list(which)},
    ).fetchall()


def _repeated(con: DuckDBPyConnection, layout: Layout, names: Sequence[str]) -> list[tuple[int, int]]:
    cells = {name: cell.strip() for name, cell in zip(names, layout.header_cells, strict=False) if cell.strip()}
    if not cells:
        return []
    return _where(con, " and ".join(f"{name} = ${name}" for name in cells), cells)


def _turned(con: DuckDBPyConnection, layout: Layout, names: Sequence[str]) -> list[tuple[int, int, str]]:
    """The header once more in other letters, or with its columns in another order, as where exports were put behind one
    another: the records below it are put into the order of the first."""
    first = [cell.strip().lower() for cell in layout.header_cells]
    if len(first) != layout.width or len(set(first)) < len(first) or not all(first) or len(first) < 3:
        return []
    ((records,),) = con.execute("select count(*) from stage").fetchall()
    # Of a large file only the names as they stand are looked for: to put a million cells into small letters costs more than to read them.
    begins, cell = (first, "lower(trim(c0))") if records <= _MOST_WRITTEN else (layout.header_cells, "c0")
    # Which ones first, and what they say only of those: to sort all cells of a wide table takes memory for nothing.
    which = con.execute(
        f"select rowid from stage where {cell} in (select unnest($begins::varchar[])) order by row limit 1000",
        {"begins": [text.strip() for text in begins]},
    ).fetchall()
    rows = _of(con, [rowid for (rowid,) in which], names, order="row")
    heads = [
        (rowid, row, said)
        for rowid, row, *cells in rows
        if sorted(said := [cell.strip().lower() for cell in _texts(cells)]) == sorted(first)
    ]
    for place, (_, row, said) in enumerate(heads):
        if said != first:
            after = next((below for _, below, _ in heads[place + 1 :]), None)
            turned = ", ".join(f"c{at} = c{said.index(name)}" for at, name in enumerate(first))
            below = f"row > {row}" + (f" and row < {after}" if after is not None else "")
            con.execute(f"update stage set {turned} where {below}").fetchall()
            layout.notes.append(
                f"A header in row {row:,} has the columns in another order; the records below it were put into that of the first."
            )
    return [(rowid, row, "repeated_header") for rowid, row, _ in heads]


def _totals_and_footers(con: DuckDBPyConnection, names: Sequence[str]) -> list[tuple[int, int, str]]:
    listed = ", ".join(names)
    sample = con.execute(f"select {listed} from stage limit 500").fetchall()
    usual = typical_fill([[cell or "" for cell in cells] for cells in sample])
    marked = (
        f"regexp_matches(coalesce({listed}), '(?i)^({_TOTAL_OF})?({_TOTAL_WORD})|(?i)(?:totals?|count|sum|average):?$')"
    )
    # Which ones first, and what they say only of those: most files have none, and all cells are much to hand on.
    which = [rowid for (rowid,) in con.execute(f"select rowid from stage where {marked}").fetchall()]
    rows = _of(con, which, names, order="rowid")
    found = [(rowid, row, "totals") for rowid, row, *cells in rows if is_totals(_texts(cells), usual)]
    taken = {rowid for rowid, _, _ in found}
    tail = con.execute(
        f"select rowid, row, {listed} from stage where row > (select max(row) - {_TAIL} from stage) order by row desc"
    ).fetchall()
    return found + _footers([entry for entry in tail if entry[0] not in taken], usual)


def _footers(tail: Sequence[tuple], usual: float) -> list[tuple[int, int, str]]:  # type: ignore[type-arg]
    """From the last row upwards as long as rows speak about the file."""
    found = []
    listed: list[tuple[int, int, str]] = []  # what may be the lines of a legend, whose title stands above them
    for rowid, row, *cells in tail:
        texts = _texts(cells)
        if not filled(texts):
            continue
        if is_footer(texts, usual):
            if _LEGEND.fullmatch(next(text for text in texts if text.strip()).strip()):
                found += listed
                listed = []
            elif listed:
                break
            found.append((rowid, row, "footer"))
        elif filled(texts) == 2 and usual >= 4 and all(kind(text) == "text" for text in texts if text.strip()):
            listed.append((rowid, row, "footer"))
        else:
            break
    return found


def _texts(cells: Sequence[str | None]) -> list[str]:
    return [cell or "" for cell in cells]


def may_be_header(cells: Sequence[str], least: int) -> bool:
    """At least so many names, all different, none of them a number, a total or a sentence about the file."""
    texts = [cell.strip() for cell in cells if cell.strip()]
    return (
        len(texts) >= least
        and len({text.lower() for text in texts}) == len(texts)
        and all(kind(text) == "text" and len(text) <= 80 for text in texts)
        and not is_totals(cells, len(texts) + 1)
        and not is_footer(cells, len(texts) + 1)
    )


def no_record(cells: Sequence[str], kinds: Sequence[str]) -> bool:
    """Words where the records above have dates and numbers, in each such column: names of another table's columns."""
    told = [place for place, known in enumerate(kinds) if known not in ("", "text") and place < len(cells)]
    return bool(told) and all(kind(cells[place]) == "text" for place in told)
