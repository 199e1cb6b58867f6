"""The file as a whole: line ends, encodings, bytes that belong to no text."""

from __future__ import annotations

import random
from dataclasses import replace

from corpus.damage.kinds import Variant, kind
from corpus.damage.writing import file_of, has_breaks, joined, lines_of, plain, rows_of
from corpus.tables import Table


@kind(1691)
def line_feed(table: Table, chance: random.Random) -> Variant:
    return file_of(table, plain(table))


@kind(1)
def crlf(table: Table, chance: random.Random) -> Variant:
    return file_of(table, joined(lines_of(rows_of(table)), "\r\n"))


@kind(7)
def carriage_return(table: Table, chance: random.Random) -> Variant | None:
    return None if has_breaks(table) else file_of(table, joined(lines_of(rows_of(table)), "\r"))


@kind(184)
def no_last_line_end(table: Table, chance: random.Random) -> Variant:
    return file_of(table, joined(lines_of(rows_of(table)), "\r\n").rstrip("\r\n"))


@kind(5)
def blank_lines_at_end(table: Table, chance: random.Random) -> Variant:
    return file_of(table, plain(table) + "\n\n")


@kind()
def mixed_line_ends(table: Table, chance: random.Random) -> Variant:
    return file_of(table, "".join(line + chance.choice(("\n", "\r\n")) for line in lines_of(rows_of(table))))


@kind()
def old_line_ends_among_new(table: Table, chance: random.Random) -> Variant | None:
    if has_breaks(table):
        return None
    return file_of(
        table,
        "".join(line + ("\r" if place % 9 == 4 else "\r\n") for place, line in enumerate(lines_of(rows_of(table)))),
    )


@kind()
def utf8_mark(table: Table, chance: random.Random) -> Variant:
    return file_of(table, "\ufeff" + plain(table))


@kind()
def utf16_with_mark(table: Table, chance: random.Random) -> Variant:
    return file_of(table, plain(table, delimiter="\t"), encoding="utf-16", file_name="file.txt")


@kind()
def utf16_without_mark(table: Table, chance: random.Random) -> Variant:
    return file_of(table, plain(table), encoding=chance.choice(("utf-16-le", "utf-16-be")))


@kind()
def utf32(table: Table, chance: random.Random) -> Variant:
    return file_of(table, plain(table), encoding="utf-32")


def _westernised(table: Table) -> Table:
    changed = [[cell.replace("'", "’").replace(" note", " note – café") for cell in row] for row in table.records]
    return replace(table, records=changed)


@kind()
def windows_1252(table: Table, chance: random.Random) -> Variant | None:
    changed = _westernised(table)
    return file_of(changed, plain(changed), encoding="cp1252")


@kind()
def latin_1(table: Table, chance: random.Random) -> Variant:
    changed = replace(
        table, records=[[cell.replace("s", "ß").replace("a", "à") for cell in row] for row in table.records]
    )
    return file_of(changed, plain(changed), encoding="latin-1")


@kind()
def mac_roman(table: Table, chance: random.Random) -> Variant | None:
    changed = replace(
        table,
        records=[
            [cell.replace("e,", "é,").replace("ar", "ür").replace("'", "’") for cell in row] for row in table.records
        ],
    )
    text = joined(lines_of(rows_of(changed)), "\r")
    if has_breaks(table) or text.isascii():
        return None
    return file_of(changed, text, encoding="mac-roman")


@kind()
def nul_bytes(table: Table, chance: random.Random) -> Variant:
    text = plain(table)
    for _ in range(4):
        place = chance.randrange(len(text))
        text = text[:place] + "\0" + text[place:]
    return file_of(table, text)


@kind()
def end_of_file_mark(table: Table, chance: random.Random) -> Variant:
    return file_of(table, plain(table) + "\x1a")


@kind(3)
def header_only(table: Table, chance: random.Random) -> Variant:
    return file_of(table, joined(lines_of([table.header])), records=[])


@kind(4)
def one_record(table: Table, chance: random.Random) -> Variant:
    return file_of(table, joined(lines_of(rows_of(table)[:2])), records=table.records[:1])
