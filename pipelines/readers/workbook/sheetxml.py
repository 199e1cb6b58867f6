"""What a workbook's XML says about its sheets, read in passing before anything opens it as a workbook.

Unpacked piece by piece, never as a whole: the last row and column (a cell at XFD1048576 would make the reader ask
for hundreds of gigabytes), error cells and formulas without a value (the reader shows both as blank), hidden and
merged cells, and the formats that change what a number says (leading zeros, percent).
"""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree

from pipelines.errors import FileRefused
from pipelines.readers.workbook import cellformat, marked
from pipelines.readers.workbook.book import DAMAGED, Book, Sheet
from pipelines.readers.workbook.cellformat import Format

MOST_CELLS = 25_000_000  # rows x columns of one sheet, blank ones too: that is what the reader allocates
_PIECE = 1 << 20
_LONGEST_ROW = 1 << 25
_LONGEST_TAG = 4_096
# What may stand in a tag any number of times is given up once it is found (``(?>``, ``*+``): a hostile file could have it
# shared out in every way, which takes the square of its length.
_ROW = re.compile(rb"<(?:\w+:)?row\b[^<>]*?\br\s*=\s*[\"'](\d+)")
_PLAIN_ROW = re.compile(rb'<row r="(\d+)')
_FAR_ROW = re.compile(rb'r="[A-Z]{1,3}(\d{6,})')
_WIDE_COLUMN = re.compile(rb'r="([A-Z]{2,})\d')
_ANY_FAR_ROW = re.compile(rb"\br\s*=\s*[\"'][A-Z]{1,3}(\d{6,})")
_ANY_WIDE_COLUMN = re.compile(rb"\br\s*=\s*[\"']([A-Z]{2,})\d")
_HIDDEN = re.compile(rb"<(?:\w+:)?row\b[^<>]*\bhidden=\"(?:1|true)\"")
_ERROR, _ISO = b't="e"', b't="d"'
_CELL_END = re.compile(rb"</(?:\w+:)?c>")
_CELL_VALUE = re.compile(rb"<(?:\w+:)?v>([^<]*)<")
_NO_VALUE = re.compile(
    rb"<(?:\w+:)?c\b([^<>]*)>\s*<(?:\w+:)?f\b(?:[^<>]*/>|[^<>]*>[^<]*</(?:\w+:)?f>)\s*+(?:<v\s*/>|<v>\s*</v>)?\s*+</(?:\w+:)?c>"
)
_FILLED = re.compile(rb"<(?:\w+:)?c\b(?>[^<>]*?\br=\"([A-Z]+)(\d+)\")[^<>]*+(?<!/)>\s*<(?!/)")
_INLINE = re.compile(rb"<(?:\w+:)?is>")
_REFERENCE = re.compile(rb"\br=\"([A-Z]+)(\d+)\"")
_COLUMN = re.compile(rb"<(?:\w+:)?col\b((?>[^<>]*?\bhidden=\"(?:1|true)\")[^<>]*+)>")
_OTHER_TYPE = re.compile(rb'\bt="(?!n")')
_ROW_OR_CELL = re.compile(rb"<(?:\w+:)?(row|c)\b([^<>]*)>")
_ANY_PLACE = re.compile(rb"\br\s*=\s*[\"']?([A-Z]*)(\d*)")
_STYLE = re.compile(rb'\bs="(\d+)"')
_SPAN = re.compile(rb"\b(min|max)=\"(\d+)\"")
_MERGED = re.compile(rb"<(?:\w+:)?mergeCell\b[^<>]*\bref=\"([A-Z]+)(\d+):([A-Z]+)(\d+)\"")
_RELATIONS = "_rels/.rels"
_DECLARED = re.compile(rb"<!DOCTYPE|<!ENTITY")
_BEGINNING = 65_536
_DECLARES = (
    "The workbook holds XML declarations that no workbook needs, so it was not opened.",
    "Save it again in Excel.",
)
_MOMENTS = (cellformat.DATE, cellformat.TIME, cellformat.DURATION)


class Runs:
    """The formats of one column's cells, in runs of rows; ``at`` is asked for ascending rows."""

    def __init__(self) -> None:
        self._runs: list[tuple[int, int, Format]] = []
        self._place = 0

    def add(self, row: int, form: Format) -> None:
        if self._runs and self._runs[-1][1] == row - 1 and self._runs[-1][2] is form:
            self._runs[-1] = (self._runs[-1][0], row, form)
        else:
            self._runs.append((row, row, form))

    def at(self, row: int) -> Format | None:
        if self._place and self._runs[self._place - 1][1] >= row:
            self._place = 0  # from the top again
        while self._place < len(self._runs) and self._runs[self._place][1] < row:
            self._place += 1
        if self._place < len(self._runs) and self._runs[self._place][0] <= row:
            return self._runs[self._place][2]
        return None


@dataclass
class Worksheet(Sheet):
    """A sheet and what its XML tells beforehand."""

    part: str = ""
    last_row: int = 0
    last_column: int = 26  # an upper bound up to here, exact beyond
    cells: int = 0
    styled: dict[int, Runs] = field(default_factory=dict)  # column -> the formats that change what a number says
    odd: dict[int, dict[int, str]] = field(default_factory=dict)  # row -> column -> text of a day or time that is none


@dataclass
class Workbook(Book):
    sheets: list[Worksheet]  # type: ignore[assignment]


def examine(path: Path) -> Workbook:
    """Look through the workbook at ``path``. Raises ``FileRefused`` when it is damaged or too large to open."""
    try:
        with zipfile.ZipFile(path) as archive:
            book = _book(archive)
            formats, looks = _styles(archive)
            telling = {place: form for place, form in formats.items() if form.kind not in _MOMENTS}
            moments = {place: form for place, form in formats.items() if form.kind in _MOMENTS}
            for sheet in book.sheets:
                _look_through(archive, sheet, telling, moments, book.date_system, looks)
    except FileRefused:
        raise
    except Exception as error:  # a damaged archive can raise nearly anything (zlib, struct, XML, key errors)
        raise FileRefused(*DAMAGED) from error
    return book


def _book(archive: zipfile.ZipFile) -> Workbook:
    names = {name.replace("\\", "/").lower(): name for name in archive.namelist()}
    main = _main_part(archive, names)
    folder, _, last = main.rpartition("/")
    links = _xml(archive, names[f"{folder}/_rels/{last}.rels".lstrip("/").lower()])
    targets = {item.get("Id"): item.get("Target", "") for item in links}
    book = Workbook([], 1900)
    for node in _xml(archive, names[main.lower()]).iter():
        tag = node.tag.rpartition("}")[2]
        if tag == "workbookPr" and node.get("date1904") in ("1", "true", "on"):
            book.date_system = 1904
        if tag == "sheet":
            link = next((value for key, value in node.attrib.items() if key.rpartition("}")[2] == "id"), None)
            part = names.get(_resolved(folder, targets.get(link, "")).lower())
            if part is not None:
                visible = node.get("state") not in ("hidden", "veryHidden")
                book.sheets.append(Worksheet(node.get("name", ""), visible, part=part))
    return book


def _main_part(archive: zipfile.ZipFile, names: dict[str, str]) -> str:
    """Where the workbook itself lies: nearly always at the usual place."""
    if "xl/workbook.xml" in names or _RELATIONS not in names:
        return "xl/workbook.xml"
    for item in _xml(archive, names[_RELATIONS]):
        if item.get("Type", "").endswith("/officeDocument"):
            return item.get("Target", "").lstrip("/")
    raise FileRefused(*DAMAGED)


def _resolved(folder: str, target: str) -> str:
    target = target.replace("\\", "/")
    return target.lstrip("/") if target.startswith("/") else f"{folder}/{target.removeprefix('./')}".lstrip("/")


def _xml(archive: zipfile.ZipFile, part: str) -> ElementTree.Element:
    entry = archive.getinfo(part)
    if entry.file_size > 64_000_000:
        raise FileRefused(*DAMAGED)
    content = archive.read(entry)
    if _DECLARED.search(content):
        raise FileRefused(*_DECLARES)
    return ElementTree.fromstring(content)  # noqa: S314 - small, and without the declarations that attacks need


def refuse_declarations(path: Path) -> None:
    """Raise ``FileRefused`` where a part of the workbook declares what it then repeats: parsers that forgive much expand it."""
    with zipfile.ZipFile(path) as archive:
        for entry in archive.infolist():
            if entry.filename.lower().endswith((".xml", ".rels")):
                try:
                    with archive.open(entry) as part:
                        begins = part.read(_BEGINNING)
                except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError):
                    continue  # said of the part when it is read
                if _DECLARED.search(begins):
                    raise FileRefused(*_DECLARES)


def _styles(archive: zipfile.ZipFile) -> tuple[dict[int, Format], marked.Looks]:
    """Cell style number -> format, for those that make something else of a number; and which look struck or coloured."""
    if "xl/styles.xml" not in archive.namelist():
        return {}, marked.Looks()
    root = _xml(archive, "xl/styles.xml")
    return _formats(root), marked.looks(root)


def _formats(root: ElementTree.Element) -> dict[int, Format]:
    codes = {str(number): code for number, code in cellformat.BUILT_IN.items()}
    for node in root.iter():
        if node.tag.rpartition("}")[2] == "numFmt" and node.get("formatCode"):
            codes[node.get("numFmtId", "")] = node.get("formatCode", "")
    styles = next((node for node in root if node.tag.rpartition("}")[2] == "cellXfs"), ())
    found = [cellformat.parse(codes.get(node.get("numFmtId", ""), "")) for node in styles]
    return {
        place: form
        for place, form in enumerate(found)
        if form.kind in (cellformat.MASK, cellformat.MONEY, cellformat.PERCENT, cellformat.WORDS, *_MOMENTS)
    }


def _look_through(
    archive: zipfile.ZipFile,
    sheet: Worksheet,
    formats: dict[int, Format],
    moments: dict[int, Format],
    date_system: int,
    looks: marked.Looks,
) -> None:
    styled, struck, coloured = _styled(formats), _styled(looks.struck), _styled(looks.filled)
    end, last, lacking = b"", 0, None
    for read in _pieces(archive, sheet.part):
        end = read[-200:]
        # Asked of the beginning alone, for it takes a tenth of the whole look: a writer leaves places out everywhere or nowhere.
        lacking = _lacks_places(read) if lacking is None else lacking
        piece, last = _with_places(read, last) if lacking else (read, last)
        _measure(sheet, piece)
        sheet.hidden_rows += len(_HIDDEN.findall(piece)) if b"hidden=" in piece else 0
        sheet.errors += _typed_cells(piece, _ERROR)
        for row, column, text in _typed_cells(piece, _ISO):
            sheet.odd.setdefault(row, {})[column] = _moment(text)
        if b"<f" in piece or b":f" in piece:
            sheet.no_values += [_place(attributes) for attributes in _NO_VALUE.findall(piece)]
        for found in styled.finditer(piece) if styled else ():
            row, column = _place(found.group(0))
            sheet.styled.setdefault(column, Runs()).add(row, formats[int(found.group(1))])
        if struck or coloured:
            _note_marks(sheet, piece, struck, coloured, looks)
        if moments:
            _note_odd(sheet, piece, moments, date_system)
        if b"hidden=" in piece and (b"<col " in piece or b":col " in piece):
            sheet.hidden_columns += sum(_spanned(told) for told in _COLUMN.findall(piece))
        if b"mergeCell" in piece:
            _note_merged(sheet, piece)
    if b"worksheets/" in sheet.part.encode() and not end.rstrip().endswith(b"worksheet>"):
        raise FileRefused(*DAMAGED)  # cut off: the reader would take what is left for the whole
    if _too_large(sheet):
        _measure_filled(archive, sheet)
    rows, columns = sheet.last_row, sheet.last_column
    if _too_large(sheet):
        raise FileRefused(
            f"A sheet of the workbook reaches to row {rows:,} and column {columns:,}, far more than it can hold data for.",
            "Delete the stray cells and the empty rows and columns beyond the table (Ctrl+End shows where it ends), save, and upload it again.",
        )


def _lacks_places(piece: bytes) -> bool:
    """Are there more rows and cells than places?"""
    tags = (b"<c ", b":c ", b"<c>", b":c>", b"<row ", b":row ", b"<row>", b":row>")
    return sum(map(piece.count, tags)) > piece.count(b' r="')


def _with_places(piece: bytes, row: int) -> tuple[bytes, int]:
    """The piece with every row and cell saying its place: one that does not say it is the one after the last, which is ``row``
    before the piece. Returns the last row, too."""
    column = 0

    def told(found: re.Match[bytes]) -> bytes:
        nonlocal row, column
        name, said = found.groups()
        place = _ANY_PLACE.search(said)
        if name == b"row":
            row, column = (int(place.group(2)) if place and place.group(2) else row + 1), 0
            return found.group(0) if place else _placed(found, str(row).encode())
        if place:
            column = _column(place.group(1)) if place.group(1) else column + 1
            return found.group(0)
        column += 1
        return _placed(found, _letters(column) + str(row).encode())

    return _ROW_OR_CELL.sub(told, piece), row


def _placed(found: re.Match[bytes], place: bytes) -> bytes:
    at = found.start(2) - found.start()
    return found.group(0)[:at] + b' r="' + place + b'"' + found.group(0)[at:]


def _letters(column: int) -> bytes:
    letters = b""
    while column:
        column, rest = divmod(column - 1, 26)
        letters = bytes([65 + rest]) + letters
    return letters


def _note_marks(
    sheet: Worksheet,
    piece: bytes,
    struck: re.Pattern[bytes] | None,
    coloured: re.Pattern[bytes] | None,
    looks: marked.Looks,
) -> None:
    """Cells with something in them that are struck through, and near the top those that are coloured."""
    for found in struck.finditer(piece) if struck else ():
        if not found.group(0).endswith(b"/>"):
            sheet.marks.struck.append(_place(found.group(0)))
    for found in coloured.finditer(piece) if coloured and sheet.last_row <= marked.MOST_ROWS else ():
        if not found.group(0).endswith(b"/>"):
            sheet.marks.colour(_place(found.group(0))[0], looks.filled[int(found.group(1))])


def _too_large(sheet: Worksheet) -> bool:
    rows, columns = sheet.last_row, sheet.last_column
    return rows * columns > max(MOST_CELLS, 26 * 1_048_576 if columns <= 26 else 0)


def _measure_filled(archive: zipfile.ZipFile, sheet: Worksheet) -> None:
    """How far the cells reach that hold something: other programs write blank styled rows down to the very last one.
    Nothing is changed where a cell does not say its place."""
    last_row, last_column = 0, 26
    for piece in _pieces(archive, sheet.part):
        filled = _FILLED.findall(piece)
        if len(filled) < sum(len(mark.findall(piece)) for mark in (_CELL_VALUE, _INLINE)):
            return
        last_row = max([last_row, *(int(row) for _, row in filled)])
        last_column = max([last_column, *map(_column, {letters for letters, _ in filled})])
    sheet.last_row, sheet.last_column = last_row, last_column


def _note_odd(sheet: Worksheet, piece: bytes, moments: dict[int, Format], date_system: int) -> None:
    """Numbers under a date format that are no dates, though the reader would make one of them: those below nothing, and
    the 29th of February 1900. Looked for by their first signs: most sheets have none."""
    for sign in (b"<v>-", b"<v>60<", b"<v>60."):
        place = piece.find(sign)
        while place >= 0:
            begin, end = piece.rfind(b"<c ", max(0, place - _LONGEST_TAG), place), piece.find(b"<", place + 3)
            closed = piece.find(b">", begin, place) if begin >= 0 else -1
            # A text's number in the list of texts, or a text itself, is no day, whatever the column's format.
            plain = closed >= 0 and not _OTHER_TYPE.search(piece, begin, closed)
            style = _STYLE.search(piece, begin, closed) if plain else None
            form = moments.get(int(style.group(1))) if style else None
            number = _plain_number(piece[place + 3 : end]) if form else None
            if form and number is not None:
                row, column = _place(piece[begin:place])
                sheet.odd.setdefault(row, {})[column] = cellformat.shown(number, form, date_system)
            place = piece.find(sign, place + 3)


def _plain_number(text: bytes) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _moment(text: str) -> str:
    """A date of a cell that holds one as ISO text, as other dates are given: a workbook knows no zones, whatever a writer
    put behind the time."""
    day, _, clock = (
        re.sub(r"(?:\.0+)?(?:Z|[+-]\d\d:\d\d)?$", "", text.strip()).partition("T")
        if "T" in text
        else (text.strip(), "", "")
    )
    return day if clock in ("", "00:00", "00:00:00") else f"{day} {clock}"


def _typed_cells(piece: bytes, kind: bytes) -> Iterator[tuple[int, int, str]]:
    """The cells of a type (those that show an error, those with a date in ISO text), in one walk whatever the XML looks
    like: row, column and value."""
    place = 0
    while (mark := piece.find(kind, place)) >= 0:
        place = mark + len(kind)
        begin, closed = piece.rfind(b"<", max(0, mark - _LONGEST_TAG), mark), piece.find(b">", mark)
        if closed < 0:
            return
        if begin < 0 or piece[closed - 1 : closed] == b"/":
            continue
        end = _CELL_END.search(piece, closed)
        if end is None:
            return
        value = _CELL_VALUE.search(piece, closed, end.start() + 1)
        if value:
            yield (*_place(piece[begin:closed]), value.group(1).decode("utf-8", "replace"))
        place = end.end()


def _styled(formats: Collection[int]) -> re.Pattern[bytes] | None:
    if not formats:
        return None
    numbers = "|".join(str(number) for number in sorted(formats, reverse=True))
    return re.compile(rf'<(?:\w+:)?c\b(?>[^<>]*?\bs="({numbers})")[^<>]*+>'.encode())


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


def _measure(sheet: Worksheet, piece: bytes) -> None:
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


def _spanned(told: bytes) -> int:
    """How many columns a hidden ``<col min max>`` covers."""
    span = {name: int(value) for name, value in _SPAN.findall(told)}
    return min(max(0, span.get(b"max", 0) - span.get(b"min", 1) + 1), 16_384)


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters[:8]:
        number = number * 26 + letter - 64
    return number


def _note_merged(sheet: Sheet, piece: bytes) -> None:
    for left, top, right, bottom in _MERGED.findall(piece):
        if int(top) < int(bottom):
            sheet.merged_down += 1
            if left == right:
                sheet.merged.append((int(top), int(bottom), _column(left)))


def _place(attributes: bytes) -> tuple[int, int]:
    found = _REFERENCE.search(attributes)
    return (int(found.group(2)), _column(found.group(1))) if found else (0, 0)
