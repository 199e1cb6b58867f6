"""What a workbook's XML says about its sheets, read in passing before anything opens it as a workbook.

Unpacked piece by piece, never as a whole: the last row and column (a cell at XFD1048576 would make the reader ask
for hundreds of gigabytes), error cells and formulas without a value (the reader shows both as blank), hidden rows,
and cells whose number format fills them up with leading zeros.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree

from pipelines.errors import FileRefused

MOST_CELLS = 25_000_000  # rows x columns of one sheet, blank ones too: that is what the reader allocates
_PIECE = 1 << 20
_LONGEST_ROW = 1 << 25
_ROW = re.compile(rb"<(?:\w+:)?row\b[^>]*?\br\s*=\s*[\"'](\d+)")
_PLAIN_ROW = re.compile(rb'<row r="(\d+)')
_FAR_ROW = re.compile(rb'r="[A-Z]{1,3}(\d{6,})')
_WIDE_COLUMN = re.compile(rb'r="([A-Z]{2,})\d')
_ANY_FAR_ROW = re.compile(rb"\br\s*=\s*[\"'][A-Z]{1,3}(\d{6,})")
_ANY_WIDE_COLUMN = re.compile(rb"\br\s*=\s*[\"']([A-Z]{2,})\d")
_HIDDEN = re.compile(rb"<(?:\w+:)?row\b[^>]*\bhidden=\"(?:1|true)\"")
_ERROR = re.compile(rb"<(?:\w+:)?c\b([^>]*\bt=\"e\"[^>]*)>(?:(?!</(?:\w+:)?c>).)*?<(?:\w+:)?v>([^<]*)<", re.DOTALL)
_NO_VALUE = re.compile(
    rb"<(?:\w+:)?c\b([^>]*)>\s*<(?:\w+:)?f\b(?:[^>]*/>|[^>]*>[^<]*</(?:\w+:)?f>)\s*(?:<v\s*/>|<v>\s*</v>)?\s*</(?:\w+:)?c>"
)
_REFERENCE = re.compile(rb"\br=\"([A-Z]+)(\d+)\"")
_ZEROS = re.compile(r"0{2,}(?:[-. ]0+)*")
_DAMAGED = (
    "The workbook is damaged: its parts do not fit together.",
    "Open it in Excel, save it again and upload that; or save it as .csv.",
)


@dataclass
class Sheet:
    """One worksheet. Places are (row, column), 1-based."""

    name: str
    part: str
    visible: bool
    last_row: int = 0
    last_column: int = 26  # an upper bound up to here, exact beyond
    cells: int = 0
    hidden_rows: int = 0
    errors: list[tuple[int, int, str]] = field(default_factory=list)
    no_values: list[tuple[int, int]] = field(default_factory=list)
    zero_filled: dict[tuple[int, int], str] = field(default_factory=dict)


@dataclass
class Book:
    sheets: list[Sheet]
    date_system: int


def examine(path: Path) -> Book:
    """Look through the workbook at ``path``. Raises ``FileRefused`` when it is damaged or too large to open."""
    try:
        with zipfile.ZipFile(path) as archive:
            book = _book(archive)
            masks = _zero_masks(archive)
            for sheet in book.sheets:
                _look_through(archive, sheet, masks)
    except FileRefused:
        raise
    except Exception as error:  # a damaged archive can raise nearly anything (zlib, struct, XML, key errors)
        raise FileRefused(*_DAMAGED) from error
    return book


def _book(archive: zipfile.ZipFile) -> Book:
    root = _xml(archive, "xl/workbook.xml")
    targets = {item.get("Id"): item.get("Target", "") for item in _xml(archive, "xl/_rels/workbook.xml.rels")}
    sheets, date_system = [], 1900
    for node in root.iter():
        tag = node.tag.rpartition("}")[2]
        if tag == "workbookPr" and node.get("date1904") in ("1", "true", "on"):
            date_system = 1904
        if tag == "sheet":
            link = next((value for key, value in node.attrib.items() if key.rpartition("}")[2] == "id"), None)
            part = _resolved(targets.get(link, ""))
            if part in archive.namelist():
                sheets.append(Sheet(node.get("name", ""), part, node.get("state", "visible") == "visible"))
    return Book(sheets, date_system)


def _resolved(target: str) -> str:
    return target.lstrip("/") if target.startswith("/") else "xl/" + target.removeprefix("./")


def _xml(archive: zipfile.ZipFile, part: str) -> ElementTree.Element:
    entry = archive.getinfo(part)
    if entry.file_size > 64_000_000:
        raise FileRefused(*_DAMAGED)
    content = archive.read(entry)
    if b"<!DOCTYPE" in content or b"<!ENTITY" in content:
        raise FileRefused(
            "The workbook holds XML declarations that no workbook needs, so it was not opened.",
            "Save it again in Excel.",
        )
    return ElementTree.fromstring(content)  # noqa: S314 - small, and without the declarations that attacks need


def _zero_masks(archive: zipfile.ZipFile) -> dict[int, str]:
    """Cell style number -> mask such as ``00000`` or ``000-00-0000``, for the formats that fill up with zeros."""
    if "xl/styles.xml" not in archive.namelist():
        return {}
    root = _xml(archive, "xl/styles.xml")
    formats: dict[str, str] = {}
    for node in root.iter():
        if node.tag.rpartition("}")[2] == "numFmt":
            mask = (node.get("formatCode") or "").split(";")[0].replace("\\", "").replace('"', "")
            if _ZEROS.fullmatch(mask):
                formats[node.get("numFmtId", "")] = mask
    cell_formats = next((node for node in root if node.tag.rpartition("}")[2] == "cellXfs"), None)
    if not formats or cell_formats is None:
        return {}
    return {
        place: formats[node.get("numFmtId", "")]
        for place, node in enumerate(cell_formats)
        if node.get("numFmtId") in formats
    }


def _look_through(archive: zipfile.ZipFile, sheet: Sheet, masks: dict[int, str]) -> None:
    styled = _styled(masks)
    end = b""
    for piece in _pieces(archive, sheet.part):
        end = piece[-200:]
        _measure(sheet, piece)
        sheet.hidden_rows += len(_HIDDEN.findall(piece)) if b"hidden=" in piece else 0
        if b't="e"' in piece:
            sheet.errors += [
                (*_place(attributes), value.decode("utf-8", "replace")) for attributes, value in _ERROR.findall(piece)
            ]
        if b"<f" in piece or b":f" in piece:
            sheet.no_values += [_place(attributes) for attributes in _NO_VALUE.findall(piece)]
        for found in styled.finditer(piece) if styled else ():
            sheet.zero_filled[_place(found.group(0))] = masks[int(found.group(1))]
    if b"worksheets/" in sheet.part.encode() and not end.rstrip().endswith(b"worksheet>"):
        raise FileRefused(*_DAMAGED)  # cut off: the reader would take what is left for the whole
    rows, columns = sheet.last_row, sheet.last_column
    if rows * columns > max(MOST_CELLS, 26 * 1_048_576 if columns <= 26 else 0):
        raise FileRefused(
            f"A sheet of the workbook reaches to row {rows:,} and column {columns:,}, far more than it can hold data for.",
            "Delete the stray cells and the empty rows and columns beyond the table (Ctrl+End shows where it ends), save, and upload it again.",
        )


def _styled(masks: dict[int, str]) -> re.Pattern[bytes] | None:
    if not masks:
        return None
    numbers = "|".join(str(number) for number in sorted(masks, reverse=True))
    return re.compile(rf'<(?:\w+:)?c\b[^>]*\bs="({numbers})"[^>]*>'.encode())


def _pieces(archive: zipfile.ZipFile, part: str) -> Iterator[bytes]:
    """The part's bytes in pieces that end where a row does, at most ``_LONGEST_ROW`` each."""
    kept = b""
    with archive.open(part) as stream:
        while chunk := stream.read(_PIECE):
            kept += chunk
            cut = kept.rfind(b"</row>") + 6
            if cut > 5:
                yield kept[:cut]
                kept = kept[cut:]
            elif len(kept) > _LONGEST_ROW:
                yield kept
                kept = b""
    if kept:
        yield kept


def _measure(sheet: Sheet, piece: bytes) -> None:
    usual = _is_usual(piece)
    numbers = _PLAIN_ROW.findall(piece)
    if not usual or len(numbers) != piece.count(b"<row "):
        numbers = _ROW.findall(piece)
    rows = [int(number) for number in numbers]
    # A row may not say its number, or a wrong one; its cells do.
    far = (
        [int(number) for number in (_FAR_ROW if usual else _ANY_FAR_ROW).findall(piece)]
        if sheet.last_row < 100_000
        else []
    )
    columns = set((_WIDE_COLUMN if usual else _ANY_WIDE_COLUMN).findall(piece))
    sheet.last_row = max([sheet.last_row, *rows, *far])
    sheet.last_column = max([sheet.last_column, *(_column(letters) for letters in columns)])
    sheet.cells += piece.count(b"<v>") + piece.count(b"<v ") + piece.count(b"<is>") + piece.count(b":v>")


def _is_usual(piece: bytes) -> bool:
    """Are all places written ``r="A1"``? The patterns that also find other spellings take ten times as long."""
    return b":c " not in piece and piece.count(b"<c ") + piece.count(b"<row ") <= piece.count(b' r="')


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters[:8]:
        number = number * 26 + letter - 64
    return number


def _place(attributes: bytes) -> tuple[int, int]:
    found = _REFERENCE.search(attributes)
    return (int(found.group(2)), _column(found.group(1))) if found else (0, 0)
