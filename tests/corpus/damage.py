"""Kinds of damage to a clean table, and what a reader should make of each.

A kind is a function ``(table, chance) -> Variant | None`` under ``@kind``; None means that it cannot befall the table.
``weight`` is how many of 3,712 public files were found to have it (Vitagliano et al., VLDB 2023), 1 where that was not
counted.
"""

from __future__ import annotations

import csv
import io
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from corpus.tables import Table, tables


@dataclass(frozen=True)
class Variant:
    """One damaged file: its bytes and the truth about it. ``header`` None: the file has none."""

    kind: str
    table: str
    data: bytes
    header: list[str] | None
    records: list[list[str]]
    weight: float = 1.0
    file_name: str = "file.csv"

    @property
    def name(self) -> str:
        return f"{self.kind}/{self.table}"


Damage = Callable[[Table, random.Random], Variant | None]
KINDS: dict[str, tuple[Damage, float]] = {}
COMMON = 40.0  # of row-wise damage in the public files, shared among its kinds here


def kind(weight: float = 1.0) -> Callable[[Damage], Damage]:
    def register(damage: Damage) -> Damage:
        KINDS[damage.__name__] = (damage, weight)
        return damage

    return register


def corpus(seed: int = 1) -> Iterator[Variant]:
    """Every kind of damage on every table it can befall, the same for the same ``seed``."""
    for table in tables(seed):
        for name, (damage, weight) in KINDS.items():
            made = damage(table, random.Random(f"{seed}/{table.name}/{name}"))
            if made is not None:
                yield replace(made, kind=name, table=table.name, weight=weight)


# --- writing ----------------------------------------------------------------------------------------------------


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


def _rows(table: Table) -> list[list[str]]:
    return [table.header, *table.records]


def _file(table: Table, text: str, header: list[str] | bool | None = True, records: list[list[str]] | None = None,
          encoding: str = "utf-8", file_name: str = "file.csv") -> Variant:  # fmt: skip
    names = table.header if header is True else header or None
    return Variant(
        "", "", text.encode(encoding), names, table.records if records is None else records, file_name=file_name
    )


def _joined(lines: Sequence[str], newline: str = "\n") -> str:
    return newline.join(lines) + newline


def _plain(table: Table, **dialect: object) -> str:
    return _joined(lines_of(_rows(table), **dialect))  # type: ignore[arg-type]


def _has_breaks(table: Table) -> bool:
    return any("\n" in cell for row in table.records for cell in row)


# --- the file as a whole ----------------------------------------------------------------------------------------


@kind(1691)
def line_feed(table: Table, chance: random.Random) -> Variant:
    return _file(table, _plain(table))


@kind(1)
def crlf(table: Table, chance: random.Random) -> Variant:
    return _file(table, _joined(lines_of(_rows(table)), "\r\n"))


@kind(7)
def carriage_return(table: Table, chance: random.Random) -> Variant | None:
    return None if _has_breaks(table) else _file(table, _joined(lines_of(_rows(table)), "\r"))


@kind(184)
def no_last_line_end(table: Table, chance: random.Random) -> Variant:
    return _file(table, _joined(lines_of(_rows(table)), "\r\n").rstrip("\r\n"))


@kind(5)
def blank_lines_at_end(table: Table, chance: random.Random) -> Variant:
    return _file(table, _plain(table) + "\n\n")


@kind()
def mixed_line_ends(table: Table, chance: random.Random) -> Variant:
    return _file(table, "".join(line + chance.choice(("\n", "\r\n")) for line in lines_of(_rows(table))))


@kind()
def old_line_ends_among_new(table: Table, chance: random.Random) -> Variant | None:
    if _has_breaks(table):
        return None
    return _file(
        table, "".join(line + ("\r" if place % 9 == 4 else "\r\n") for place, line in enumerate(lines_of(_rows(table))))
    )


@kind()
def utf8_mark(table: Table, chance: random.Random) -> Variant:
    return _file(table, "\ufeff" + _plain(table))


@kind()
def utf16_with_mark(table: Table, chance: random.Random) -> Variant:
    return _file(table, _plain(table, delimiter="\t"), encoding="utf-16", file_name="file.txt")


@kind()
def utf16_without_mark(table: Table, chance: random.Random) -> Variant:
    return _file(table, _plain(table), encoding=chance.choice(("utf-16-le", "utf-16-be")))


@kind()
def utf32(table: Table, chance: random.Random) -> Variant:
    return _file(table, _plain(table), encoding="utf-32")


def _westernised(table: Table) -> Table:
    changed = [[cell.replace("'", "’").replace(" note", " note – café") for cell in row] for row in table.records]
    return replace(table, records=changed)


@kind()
def windows_1252(table: Table, chance: random.Random) -> Variant | None:
    changed = _westernised(table)
    return _file(changed, _plain(changed), encoding="cp1252")


@kind()
def latin_1(table: Table, chance: random.Random) -> Variant:
    changed = replace(
        table, records=[[cell.replace("s", "ß").replace("a", "à") for cell in row] for row in table.records]
    )
    return _file(changed, _plain(changed), encoding="latin-1")


@kind()
def mac_roman(table: Table, chance: random.Random) -> Variant | None:
    changed = replace(
        table,
        records=[
            [cell.replace("e,", "é,").replace("ar", "ür").replace("'", "’") for cell in row] for row in table.records
        ],
    )
    text = _joined(lines_of(_rows(changed)), "\r")
    if _has_breaks(table) or text.isascii():
        return None
    return _file(changed, text, encoding="mac-roman")


@kind()
def nul_bytes(table: Table, chance: random.Random) -> Variant:
    text = _plain(table)
    for _ in range(4):
        place = chance.randrange(len(text))
        text = text[:place] + "\0" + text[place:]
    return _file(table, text)


@kind()
def end_of_file_mark(table: Table, chance: random.Random) -> Variant:
    return _file(table, _plain(table) + "\x1a")


@kind(3)
def header_only(table: Table, chance: random.Random) -> Variant:
    return _file(table, _joined(lines_of([table.header])), records=[])


@kind(4)
def one_record(table: Table, chance: random.Random) -> Variant:
    return _file(table, _joined(lines_of(_rows(table)[:2])), records=table.records[:1])


# --- dialect ----------------------------------------------------------------------------------------------------


@kind(834)
def semicolons(table: Table, chance: random.Random) -> Variant:
    return _file(table, _plain(table, delimiter=";"))


@kind(4)
def tabs(table: Table, chance: random.Random) -> Variant:
    return _file(table, _plain(table, delimiter="\t"))


@kind()
def pipes(table: Table, chance: random.Random) -> Variant:
    return _file(table, _plain(table, delimiter="|"), file_name="file.txt")


@kind(4)
def spaces(table: Table, chance: random.Random) -> Variant:
    return _file(table, _plain(table, delimiter=" "))


@kind(101)
def comma_and_space(table: Table, chance: random.Random) -> Variant:
    return _file(table, _plain(table, delimiter=", "))


@kind()
def two_bars(table: Table, chance: random.Random) -> Variant:
    return _file(table, _plain(table, delimiter="||"))


@kind()
def two_tabs(table: Table, chance: random.Random) -> Variant | None:
    return _file(table, _plain(table, delimiter="\t\t"))


@kind()
def two_colons(table: Table, chance: random.Random) -> Variant | None:
    return _file(table, _plain(table, delimiter="::"))


@kind()
def carets(table: Table, chance: random.Random) -> Variant:
    return _file(table, _plain(table, delimiter="^"))


@kind()
def tildes(table: Table, chance: random.Random) -> Variant:
    return _file(table, _plain(table, delimiter="~"))


@kind()
def unit_separators(table: Table, chance: random.Random) -> Variant:
    return _file(table, _plain(table, delimiter="\x1f"))


@kind()
def declared_delimiter(table: Table, chance: random.Random) -> Variant:
    return _file(table, "sep=;\r\n" + _joined(lines_of(_rows(table), ";"), "\r\n"))


@kind()
def all_quoted(table: Table, chance: random.Random) -> Variant:
    return _file(table, _plain(table, quote_all=True))


@kind(11)
def single_quotes(table: Table, chance: random.Random) -> Variant:
    return _file(table, _plain(table, quote="'", quote_all=chance.random() < 0.5))


@kind(1)
def backslashes(table: Table, chance: random.Random) -> Variant:
    return _file(table, _plain(table, escape="\\", quote_all=True))


@kind(7)
def quotes_not_escaped(table: Table, chance: random.Random) -> Variant | None:
    if not any('"' in cell for row in table.records for cell in row) or _has_breaks(table):
        return None
    lines = [",".join(f'"{cell}"' for cell in row) for row in _rows(table)]
    return _file(table, _joined(lines))


@kind()
def blanks_around_cells(table: Table, chance: random.Random) -> Variant:
    lines = [
        " , ".join(f'"{cell}"' if "," in cell or "\n" in cell else cell for cell in (c.replace('"', "") for c in row))
        for row in _rows(table)
    ]
    records = [[cell.replace('"', "") for cell in row] for row in table.records]
    return _file(table, _joined(lines), records=records)


@kind()
def decimal_commas(table: Table, chance: random.Random) -> Variant:
    changed = [
        [cell.replace(".", ",") if cell.replace(".", "").replace("-", "").isdigit() else cell for cell in row]
        for row in table.records
    ]
    return _file(table, _joined(lines_of([table.header, *changed], ";")), records=changed)


# --- header -----------------------------------------------------------------------------------------------------


@kind(470)
def no_header(table: Table, chance: random.Random) -> Variant:
    return _file(table, _joined(lines_of(table.records)), header=False)


def _stacked(table: Table, times: int) -> Variant:
    lines = lines_of([*[table.header] * times, *table.records])
    return _file(table, _joined(lines), header=[" ".join([name] * times) for name in table.header])


@kind(47)
def header_in_two_rows(table: Table, chance: random.Random) -> Variant:
    return _stacked(table, 2)


@kind(47)
def header_in_three_rows(table: Table, chance: random.Random) -> Variant:
    return _stacked(table, 3)


@kind()
def header_split_over_rows(table: Table, chance: random.Random) -> Variant | None:
    words = [name.split() for name in table.header]
    if sum(len(parts) > 1 for parts in words) < 2:
        return None
    upper = [parts[0] if len(parts) > 1 else "" for parts in words]
    lower = [" ".join(parts[1:]) if len(parts) > 1 else parts[0] for parts in words]
    return _file(table, _joined(lines_of([upper, lower, *table.records])))


@kind()
def nameless_column(table: Table, chance: random.Random) -> Variant:
    place = chance.choice(
        [
            at
            for at in range(len(table.header))
            if any(row[at] for row in table.records) and (at == 0 or len(table.header) > 2)
        ]
    )
    header = ["" if at == place else name for at, name in enumerate(table.header)]
    told = [name or f"Column {at + 1}" for at, name in enumerate(header)]
    return _file(table, _joined(lines_of([header, *table.records])), header=told)


@kind()
def repeated_names(table: Table, chance: random.Random) -> Variant | None:
    if len(table.header) < 3:
        return None
    header = [table.header[0], table.header[1], table.header[1], *table.header[3:]]
    told = [table.header[0], table.header[1], f"{table.header[1]} (2)", *table.header[3:]]
    return _file(table, _joined(lines_of([header, *table.records])), header=told)


@kind()
def units_below_header(table: Table, chance: random.Random) -> Variant:
    units = [
        chance.choice(("(mm/dd/yyyy)", "(text)", "%", "days")) if place else "text"
        for place in range(len(table.header))
    ]
    return _file(table, _joined(lines_of([table.header, units, *table.records])))


@kind()
def header_again_in_the_middle(table: Table, chance: random.Random) -> Variant:
    lines = lines_of(_rows(table))
    return _file(table, _joined([*lines[:21], lines[0], *lines[21:]]))


# --- above and below --------------------------------------------------------------------------------------------


@kind(141)
def preamble(table: Table, chance: random.Random) -> Variant:
    return _file(table, _joined([f"Extract of {table.name}", "", *lines_of(_rows(table))]))


@kind(141)
def delimited_preamble(table: Table, chance: random.Random) -> Variant:
    fill = "," * (len(table.header) - 1)
    return _file(table, _joined([f"Extract of {table.name}{fill}", fill, *lines_of(_rows(table))]))


@kind()
def long_preamble(table: Table, chance: random.Random) -> Variant:
    above = [
        "Quarterly activity report",
        "Prepared by: Data Office",
        "Period: Jan 1, 2025 - Jun 30, 2026",
        "",
        "All sites",
        "",
    ]
    return _file(table, _joined([*above, *lines_of(_rows(table))]))


@kind()
def preamble_without_gap(table: Table, chance: random.Random) -> Variant | None:
    if len(table.header) < 4:
        return None
    fill = "," * (len(table.header) - 1)
    above = [
        f"Department of Records{fill}",
        f"Listing of entries{fill}",
        f"Period: 1 January 2025 to 31 March 2025{fill}",
    ]
    return _file(table, _joined([*above, *lines_of(_rows(table))]))


@kind()
def comments_above(table: Table, chance: random.Random) -> Variant:
    return _file(table, _joined(["# exported 2026-05-01", "# by: registry, nightly", *lines_of(_rows(table))]))


@kind()
def comments_between(table: Table, chance: random.Random) -> Variant:
    lines = lines_of(_rows(table))
    return _file(table, _joined([*lines[:10], "# checked up to here", *lines[10:]]))


@kind()
def footnotes(table: Table, chance: random.Random) -> Variant:
    below = ["", "Notes: figures are provisional", "Source: registry"]
    return _file(table, _joined([*lines_of(_rows(table)), *below]))


@kind()
def delimited_footnote(table: Table, chance: random.Random) -> Variant | None:
    if len(table.header) < 3:
        return None
    fill = "," * (len(table.header) - 1)
    return _file(table, _joined([*lines_of(_rows(table)), fill, f"* provisional figures{fill}"]))


@kind()
def total_row(table: Table, chance: random.Random) -> Variant | None:
    if len(table.header) < 3:
        return None
    return _file(
        table,
        _joined(
            [*lines_of(_rows(table)), ",".join(["Total", *[""] * (len(table.header) - 2), str(len(table.records))])]
        ),
    )


@kind()
def subtotals(table: Table, chance: random.Random) -> Variant | None:
    if len(table.header) < 3:
        return None
    lines = lines_of(_rows(table))
    sub = ",".join(["Subtotal", *[""] * (len(table.header) - 2), "10"])
    return _file(table, _joined([*lines[:11], sub, *lines[11:21], sub, *lines[21:]]))


@kind()
def blank_lines_between(table: Table, chance: random.Random) -> Variant:
    lines = lines_of(_rows(table))
    return _file(table, _joined([*lines[:7], "", *lines[7:15], "", "", *lines[15:]]))


@kind()
def blank_delimited_lines(table: Table, chance: random.Random) -> Variant:
    lines, fill = lines_of(_rows(table)), "," * (len(table.header) - 1)
    return _file(table, _joined([*lines[:7], fill, *lines[7:15], fill, *lines[15:]]))


@kind(COMMON)
def delimiters_at_the_end(table: Table, chance: random.Random) -> Variant:
    """Every line has two delimiters too many."""
    return _file(table, _joined([line + ",," for line in lines_of(_rows(table))]))


# --- several tables ---------------------------------------------------------------------------------------------


def _second(chance: random.Random, width: int, rows: int = 10) -> list[list[str]]:
    """Another table of ``width`` columns."""
    names = [
        "Site",
        "Opened",
        "Beds",
        "Lead",
        "Region",
        "Visits",
        "Grade",
        "Phone",
        "Cost",
        "Rank",
        *(f"Extra {place}" for place in range(20)),
    ]
    kinds: list[Callable[[int], str]] = [
        lambda at: f"Site {'ABCDEFGHIJKL'[at]}", lambda at: f"20{10 + at}-0{at % 9 + 1}-15", lambda at: str(10 + 7 * at),
        lambda at: chance.choice(("Ana Berg", "Ben Ito")), lambda at: chance.choice(("North", "South")), lambda at: str(chance.randrange(900)),
    ]  # fmt: skip
    return [names[:width], *([kinds[place % 6](at) for place in range(width)] for at in range(rows))]


@kind(62)
def second_table_alike(table: Table, chance: random.Random) -> Variant:
    width = len(table.header)
    return _file(table, _joined([*lines_of(_rows(table)), "", *lines_of(_second(chance, width))]))


@kind(31)
def second_table_wider(table: Table, chance: random.Random) -> Variant:
    return _file(table, _joined([*lines_of(_rows(table)), "", *lines_of(_second(chance, len(table.header) + 3))]))


@kind(31)
def second_table_wider_without_gap(table: Table, chance: random.Random) -> Variant:
    wider = [[*table.header, "More"], *([*row, str(at)] for at, row in enumerate(table.records[:20]))]
    return _file(table, _joined([*lines_of(_rows(table)), *lines_of(wider)]))


@kind(31)
def second_table_narrower(table: Table, chance: random.Random) -> Variant | None:
    if len(table.header) < 4:
        return None
    return _file(table, _joined([*lines_of(_rows(table)), "", *lines_of(_second(chance, len(table.header) - 2))]))


@kind(31)
def second_table_narrower_without_gap(table: Table, chance: random.Random) -> Variant | None:
    if len(table.header) < 4:
        return None
    narrower = [row[:-2] for row in _rows(table)[:20]]
    return _file(table, _joined([*lines_of(_rows(table)), *lines_of(narrower)]))


@kind()
def small_table_first(table: Table, chance: random.Random) -> Variant | None:
    if len(table.header) < 4:
        return None
    first = _second(chance, 4, 5)
    return Variant("", "", _joined([*lines_of(first), "", "", *lines_of(_rows(table))]).encode(), first[0], first[1:])


@kind()
def second_table_with_title(table: Table, chance: random.Random) -> Variant | None:
    if len(table.header) < 3:
        return None
    other = [["Region", "Lead", "Visits"], ["North", "Ana", "12"], ["South", "Ben", "31"], ["West", "Kay", "7"]]
    return _file(table, _joined([*lines_of(_rows(table)), "", "Visits by region", "", *lines_of(other)]))


# --- single rows ------------------------------------------------------------------------------------------------


@kind(COMMON)
def delimiter_missing(table: Table, chance: random.Random) -> Variant | None:
    """Between two cells of one record the delimiter is gone."""
    if len(table.header) < 4:
        return None
    row, place = chance.randrange(3, len(table.records)), chance.randrange(len(table.header) - 1)
    lines = lines_of(_rows(table))
    cells = [_line([cell], ",", '"', None, False) for cell in table.records[row]]
    if "\n" in "".join(cells):
        return None
    lines[row + 1] = ",".join([*cells[:place], cells[place] + cells[place + 1], *cells[place + 2 :]])
    return _file(table, _joined(lines))


@kind(COMMON)
def delimiter_too_many(table: Table, chance: random.Random) -> Variant | None:
    if len(table.header) < 4:
        return None
    row, place = chance.randrange(3, len(table.records)), chance.randrange(len(table.header))
    lines = lines_of(_rows(table))
    cells = [_line([cell], ",", '"', None, False) for cell in table.records[row]]
    lines[row + 1] = ",".join([*cells[:place], "", *cells[place:]])
    return _file(table, _joined(lines))


@kind(COMMON)
def delimiter_within_a_cell(table: Table, chance: random.Random) -> Variant | None:
    """Cells with a comma in them are not quoted in one record."""
    rows = [
        at
        for at, row in enumerate(table.records)
        if at > 2 and sum("," in cell for cell in row) == 1 and '"' not in "".join(row)
    ]
    if len(table.header) < 4 or not rows:
        return None
    row = chance.choice(rows)
    lines = lines_of(_rows(table))
    lines[row + 1] = ",".join(table.records[row])
    return _file(table, _joined(lines))


@kind(10)
def other_delimiter_in_a_row(table: Table, chance: random.Random) -> Variant | None:
    """One record has other delimiters; as in the other records, only cells with a comma are quoted."""
    row, other = chance.randrange(3, len(table.records)), chance.choice((" ", ";"))
    if len(table.header) < 4 or "\n" in "".join(table.records[row]):
        return None
    lines = lines_of(_rows(table))
    lines[row + 1] = other.join(_line([cell], ",", '"', None, False) for cell in table.records[row])
    return _file(table, _joined(lines))


@kind(COMMON)
def records_cut_short(table: Table, chance: random.Random) -> Variant | None:
    """Blank cells at the end of a record are left out with their delimiters."""
    rows = [row for row in table.records if not row[-1]]
    if not rows:
        return None
    lines = [table.header, *table.records]
    return _file(table, _joined([line.rstrip(",") for line in lines_of(lines)]))


@kind(COMMON)
def one_record_lacks_its_end(table: Table, chance: random.Random) -> Variant | None:
    """One record has fewer cells; what is there is where it should be."""
    if len(table.header) < 4:
        return None
    row = chance.randrange(3, len(table.records) - 3)
    keep = len(table.header) - chance.randint(1, 2)
    lines = lines_of(_rows(table))
    lines[row + 1] = lines_of([table.records[row][:keep]])[0]
    records = [list(cells) for cells in table.records]
    records[row] = [*records[row][:keep], *[""] * (len(table.header) - keep)]
    return _file(table, _joined(lines), records=records)


@kind(7)
def quote_too_many(table: Table, chance: random.Random) -> Variant | None:
    """One cell begins with a quote that belongs to nothing; it is kept as text."""
    row, place = chance.randrange(3, len(table.records)), chance.randrange(len(table.header))
    cell = table.records[row][place]
    if not cell or "\n" in "".join(table.records[row]):
        return None
    cells = [_line([text], ",", '"', None, False) for text in table.records[row]]
    cells[place] = f'""{cells[place][1:]}' if cells[place].startswith('"') else f'"{cells[place]}'
    lines = lines_of(_rows(table))
    lines[row + 1] = ",".join(cells)
    records = [list(found) for found in table.records]
    records[row][place] = f'"{cell}'
    return _file(table, _joined(lines), records=records)


@kind(7)
def quotes_within_cells(table: Table, chance: random.Random) -> Variant | None:
    if len(table.header) < 3:
        return None
    records = [list(cells) for cells in table.records]
    places = [
        (at, place)
        for at, row in enumerate(records)
        for place, cell in enumerate(row)
        if cell.isalpha() and len(cell) > 4
    ]
    for at, place in chance.sample(places, min(4, len(places))):
        cell = records[at][place]
        records[at][place] = f'{cell[:2]}"{cell[2:4]}"{cell[4:]}'
    if not places:
        return None
    made = io.StringIO()
    writer = csv.writer(made, lineterminator="\n")
    for row in [table.header, *records]:
        if any('"' in cell for cell in row) and not any(mark in cell for cell in row for mark in ",\n"):
            made.write(",".join(row) + "\n")
        else:
            writer.writerow(row)
    return _file(table, made.getvalue(), records=records)
