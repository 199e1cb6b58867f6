"""Binary workbooks (.xlsb): records of [number, length, content], read one after the other.

Read by ourselves: the reader for the other formats allocates what the far corners of a sheet tell it to, and does not
tell error cells, hidden rows or formats. Only cells that are there take memory here. Numbers of records and their
layout are those of the format's specification (MS-XLSB).
"""

from __future__ import annotations

import math
import struct
import zipfile
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

from pipelines.errors import FileRefused
from pipelines.readers.workbook import cellformat
from pipelines.readers.workbook.book import DAMAGED, Book, Budget, Cells, Sheet
from pipelines.readers.workbook.cellformat import PLAIN, Format
from pipelines.readers.workbook.oldbook import ERRORS

ROW, BLANK, RK, ERROR, BOOL, REAL, STRING, SHARED = 0, 1, 2, 3, 4, 5, 6, 7
F_STRING, F_REAL, F_BOOL, F_ERROR = 8, 9, 10, 11
SHORT = range(12, 19)  # BLANK to SHARED again, without the column: it is the one after the last
SHARED_TEXT, FORMAT, STYLE, COLUMN, BOOK_PROPERTIES, SHEET, MERGED, STYLES, STYLES_END = (
    19,
    44,
    47,
    60,
    153,
    156,
    176,
    617,
    618,
)
_LONGEST_PART = 800_000_000
_Record = tuple[int, bytes]


def read(path: Path) -> Book:
    """Open the workbook at ``path``. Raises ``FileRefused`` when it is damaged."""
    try:
        with zipfile.ZipFile(path) as archive:
            return _book(archive)
    except (FileRefused, MemoryError):
        raise
    except Exception as error:  # a damaged file can raise nearly anything (zlib, struct, index, XML, Unicode)
        raise FileRefused(*DAMAGED) from error


def _book(archive: zipfile.ZipFile) -> Book:
    names = {name.lower(): name for name in archive.namelist()}
    targets = _targets(archive, names)
    texts = _shared_texts(archive, names)
    formats = _formats(archive, names)
    book, budget = Book([]), Budget()
    for number, content in _records(archive, names["xl/workbook.bin"]):
        if number == BOOK_PROPERTIES:
            book.date_system = 1904 if content[0] & 1 else 1900
        elif number == SHEET:
            (state,) = struct.unpack_from("<I", content)
            link, after = _wide(content, 8)
            name, _ = _wide(content, after)
            part = names.get(targets.get(link, "").lower())
            sheet = Sheet(name, state == 0)
            book.sheets.append(sheet)
            if part and "worksheets/" in part.lower():
                _fill(sheet, archive, part, texts, formats, book.date_system, budget)
    return book


def _targets(archive: zipfile.ZipFile, names: dict[str, str]) -> dict[str, str]:
    content = archive.read(names["xl/_rels/workbook.bin.rels"])
    if b"<!DOCTYPE" in content or len(content) > 10_000_000:
        raise FileRefused(*DAMAGED)
    root = ElementTree.fromstring(content)  # noqa: S314 - small, and without declarations
    found = {item.get("Id", ""): item.get("Target", "") for item in root}
    return {link: to.lstrip("/") if to.startswith("/") else f"xl/{to.removeprefix('./')}" for link, to in found.items()}


def _records(archive: zipfile.ZipFile, part: str) -> Iterator[_Record]:
    """The records of a part. Numbers and lengths are written seven bits a byte. Raises ValueError at a torn end."""
    if archive.getinfo(part).file_size > _LONGEST_PART:
        raise FileRefused(*DAMAGED)
    data = archive.read(part)
    place, end = 0, len(data)
    while place < end:
        number = data[place]
        place += 1
        if number & 0x80:
            number = (number & 0x7F) | (data[place] & 0x7F) << 7
            place += 1
        length = shift = 0
        while True:
            byte = data[place]
            place += 1
            length |= (byte & 0x7F) << shift
            shift += 7
            if not byte & 0x80 or shift == 28:
                break
        if place + length > end:
            raise ValueError("torn record")
        yield number, data[place : place + length]
        place += length


def _wide(content: bytes, place: int) -> tuple[str, int]:
    """The text at ``place`` (its length, then UTF-16) and where it ends."""
    (length,) = struct.unpack_from("<I", content, place)
    if length == 0xFFFFFFFF:
        return "", place + 4
    end = place + 4 + 2 * length
    if end > len(content):
        raise ValueError("torn text")
    return content[place + 4 : end].decode("utf-16-le", "replace"), end


def _shared_texts(archive: zipfile.ZipFile, names: dict[str, str]) -> list[str]:
    part = names.get("xl/sharedstrings.bin")
    if part is None:
        return []
    return [_wide(content, 1)[0] for number, content in _records(archive, part) if number == SHARED_TEXT]


def _formats(archive: zipfile.ZipFile, names: dict[str, str]) -> list[Format]:
    """The meaning of each cell style."""
    part = names.get("xl/styles.bin")
    codes, found, inside = dict(cellformat.BUILT_IN), [], False
    for number, content in _records(archive, part) if part else ():
        inside = number == STYLES or (inside and number != STYLES_END)
        if number == FORMAT:
            codes[struct.unpack_from("<H", content)[0]] = _wide(content, 2)[0]
        elif number == STYLE and inside:
            found.append(cellformat.parse(codes.get(struct.unpack_from("<H", content, 2)[0], "")))
    return found


def _fill(
    sheet: Sheet, archive: zipfile.ZipFile, part: str, texts: list[str], formats: list[Format], date_system: int, budget: Budget
) -> None:  # fmt: skip
    cells, row, column = Cells(budget), 0, 0
    for number, content in _records(archive, part):
        if number == ROW:
            column = 0
            row = int.from_bytes(content[:4], "little") + 1
            sheet.hidden_rows += len(content) > 11 and bool(content[11] & 0x10)
        elif number == COLUMN:
            first, last = struct.unpack_from("<II", content)
            sheet.hidden_columns += min(last - first + 1, 16_384) if content[16] & 1 else 0
        elif number == MERGED:
            first, last, left, right = struct.unpack_from("<IIII", content)
            sheet.merged_down += last > first
            if last > first and left == right:
                sheet.merged.append((first + 1, last + 1, left + 1))
        elif BLANK <= number <= SHORT[-1]:
            short = number in SHORT
            column = column + 1 if short else int.from_bytes(content[:4], "little") + 1
            kind, value = (number - SHORT[0] + BLANK, content[4:]) if short else (number, content[8:])
            if kind in (ERROR, F_ERROR):
                sheet.error(row, column, ERRORS.get(value[0], "#ERROR!"))
            elif kind != BLANK:
                style = int.from_bytes(content[:3] if short else content[4:7], "little")
                form = formats[style] if style < len(formats) else PLAIN
                cells.put(row, column, _text(kind, value, texts, form, date_system))
    if cells:
        sheet.rows, sheet.left = cells.rows, cells.left


def _text(kind: int, content: bytes, texts: list[str], form: Format, date_system: int) -> str:
    if kind == SHARED:
        return texts[int.from_bytes(content[:4], "little")]
    if kind in (STRING, F_STRING):
        return _wide(content, 0)[0]
    if kind in (BOOL, F_BOOL):
        return "TRUE" if content[0] else "FALSE"
    value = _packed(content) if kind == RK else struct.unpack_from("<d", content)[0]
    return cellformat.shown(value, form, date_system) if math.isfinite(value) else ""


def _packed(content: bytes) -> float:
    """A number in 30 bits: whole, or the upper half of a double; perhaps to be divided by 100."""
    (raw,) = struct.unpack_from("<i", content)
    value = float(raw >> 2) if raw & 2 else struct.unpack("<d", struct.pack("<Q", (raw & 0xFFFFFFFC) << 32))[0]
    return value / 100 if raw & 1 else value
