"""What a file is, by its first bytes, and whether it is safe to open; nothing is unpacked into memory here.

Everything that cannot be read is refused with the thing it is named and what to do about it.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path

from pipelines.errors import FileRefused

MAX_ENTRIES = 2_000
MAX_UNPACKED = 1_500_000_000  # bytes, over all parts of one workbook or archive
MAX_PART_RATIO, SMALL_PART = 250, 30_000_000  # a part above SMALL_PART must not be packed more tightly than this
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_SAVE_AS = "Save it as .xlsx or .csv and upload that."
_REFUSED = (  # first bytes, what it is
    (b"%PDF", "a PDF document"), (b"\x89PNG", "a picture"), (b"\xff\xd8\xff", "a picture"), (b"GIF8", "a picture"),
    (b"7z\xbc\xaf", "a compressed (7-Zip) file"), (b"Rar!", "a compressed (RAR) file"), (b"PARE", "an encrypted Parquet file"),
    (b"BZh", "a compressed (bzip2) file"), (b"\xfd7zXZ", "a compressed (xz) file"), (b"\x28\xb5\x2f\xfd", "a compressed (zstd) file"),
    (b"SQLite format 3", "an SQLite database"), (b"{\\rtf", "an RTF document"), (b"\x7fELF", "a program"), (b"MZ\x90", "a program"),
    (b"ORC", "an ORC file"), (b"Obj\x01", "an Avro file"), (b"ARROW1", "an Arrow (Feather) file"), (b"\xff\xff\xff\xff", "a stream of Arrow"),
    (b"HEADER RECORD*******", "a SAS transport file (.xpt)"), (b"$FL2", "an SPSS file (.sav)"), (b"$FL3", "an SPSS file (.zsav)"),
    (b"<stata_dta>", "a Stata file (.dta)"), (bytes(12) + b"\xc2\xea\x81\x60", "a SAS data set (.sas7bdat)"), (b"RDX", "an R workspace (.rda)"),
)  # fmt: skip
# Spreadsheets as text of the eighties, which old programs still write. A table of "ID;Patient" is none.
_OLD_TEXT = (
    (re.compile(rb"ID;P\w*(?:;[NE])*\r?\n(?:[A-Z]|NN);[A-Z]"), "a SYLK workbook (.slk)"),
    (re.compile(rb'TABLE\r?\n0,1\r?\n"'), "a workbook in the Data Interchange Format (.dif)"),
)
_HTML = (b"<html", b"<!doctype html", b"<table", b"<head", b"<body", b"<meta", b"<?xml", b"<style", b"<div")
_JSON = re.compile(rb"\{\s*[\"}]|\[\s*[\[{\]\"]|\[\s*$")
# A workbook's stream in the directory of its container: a name in 64 bytes, its length, its kind. Any letters' case.
_BOOK_STREAM = re.compile(rb"(?is)(?:W\0O\0R\0K\0B\0O\0O\0K\0.{48}\x12|B\0O\0O\0K\0.{56}\x0a)\0\x02")
_BIFF = re.compile(
    rb"\x09\x00\x04\x00[\x02-\x07]\x00|\x09[\x00\x02\x04\x08]\x06\x00|\x09\x08[\x08\x10]\x00"
)  # workbooks older than their container


@dataclass(frozen=True)
class Kind:
    """``format`` is text | html | json | parquet | zip | gzip | tar | xlsx | xlsm | xlsb | xls | ods | fods | xml2003 | odm |
    xml."""

    format: str


_TAG = re.compile(rb"</?[a-z][a-z0-9]*(?::[a-z]+)?(?: [^<>]{0,200})?/?>")
_MANY_TAGS = 12


def kind_of(path: Path, name: str) -> Kind:
    """Tell what the file at ``path`` is by its content. Raises ``FileRefused`` for what is no table."""
    size = path.stat().st_size
    if size == 0:
        raise FileRefused("The file is empty (0 bytes).", "Export it again, and check that the download finished.")
    with path.open("rb") as file:
        head = file.read(8192)
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")):
        return _zip_kind(path, size)
    if head.startswith(_OLE):
        return _ole_kind(path)
    for start, packed in ((b"\x1f\x8b", "gzip"), (b"PAR1", "parquet")):
        if head.startswith(start):
            return Kind(packed)
    if head[257:262] == b"ustar":
        return Kind("tar")
    if what := no_table(head):
        raise FileRefused(f"This is {what}, not a table.", "Export the data as .csv or .xlsx and upload that.")
    if old := next((what for begins, what in _OLD_TEXT if begins.match(head)), None):
        raise FileRefused(
            f"This is {old}, which is not read.", "Open it in a spreadsheet program and save it as .xlsx or .csv."
        )
    if _BIFF.match(head):
        return Kind("xls")
    return _text_kind(head)


def no_table(head: bytes) -> str | None:
    """What a file that begins with ``head`` is, if that is known and no table."""
    return next((what for start, what in _REFUSED if head.startswith(start)), None)


# By the namespace of an XML file that says what it is: what to ask the sender for instead.
_DIALECTS = (
    (b"gnumeric.org/v", "a Gnumeric workbook", "Save it as .xlsx in Gnumeric."),
    (b"http://hl7.org/fhir", "FHIR as XML", "Export it as JSON: a Bundle, or NDJSON with one resource a line."),
    (b"urn:hl7-org:v2xml", "HL7 v2 as XML", "Export the messages as HL7 v2 with bars, or the data as .csv or .xlsx."),
    (b"urn:hl7-org:v3", "a clinical document (C-CDA)", "Export the data as .csv or .xlsx, or as FHIR JSON."),
)

_BINARY = re.compile(rb"<Override[^<>]*sheet\.binary")


def _xml(start: bytes) -> Kind:
    """XML that says what it is and is not read is refused by its name; any other may hold records."""
    for name, what, remedy in _DIALECTS:
        if name in start:
            raise FileRefused(f"This is {what}, which is not read.", remedy)
    return Kind("xml")


_ANSWER = rb"(?:<\?xml[^>]*>\s*)?<(?:\w+:)?(?:(?:error|errors|errorresponse|fault|exception|serviceexceptionreport)\b|hash\s*>\s*<error\b|envelope\b.*<(?:\w+:)?fault\b)"
# XML without a namespace of its own that is no export: what begins with it, in how short a file, what it is, and what to do instead.
_NO_EXPORTS = (
    (re.compile(rb"(?:<\?xml[^>]*>\s*)?(?:<list>\s*)?<(?:message>.{0,2000}<(?:serverid|channelid|connectormessages)>|com\.mirth\.)", re.DOTALL), None,
     "These are messages in the XML of an integration engine (Mirth Connect), which is not read.", "Export them again as raw messages: HL7 v2 with bars."),
    (re.compile(_ANSWER, re.DOTALL), 8_000, "This is what a service answers when it gives no data: an error, and no records.",
     "Look at what it says, and run the export again."),
)  # fmt: skip


def _refuse_answers(start: bytes) -> None:
    for begins, shorter, what, remedy in _NO_EXPORTS:
        if (shorter is None or len(start) < shorter) and begins.match(start):
            raise FileRefused(what, remedy)


# The outermost element of XML that is not announced as such: it says whose it is, or is closed again at once.
_ELEMENT = re.compile(rb"<(?:[a-z_][\w.-]*:)?[a-z_][\w.-]*\s[^<>]*\bxmlns(?::[\w.-]+)?\s*=")
_ODM = b"www.cdisc.org/ns/odm"
_NAMESPACES = 2_000  # bytes within which the outermost element says whose it is


def _text_kind(head: bytes) -> Kind:
    start = head.replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")
    if _JSON.match(start):
        return Kind("json")
    start = start.lower()
    if start.startswith(b"<"):
        _refuse_answers(start)
    if start.startswith(b"<") and _ODM in start[:_NAMESPACES]:
        return Kind("odm")
    announced = start.startswith((b"<?xml", b"<workbook", b"<ss:workbook", b"<office:document"))
    if announced and (found := _announced(start)):
        return found
    if _ELEMENT.match(start) and b"xhtml" not in start[:_NAMESPACES]:
        return _xml(start)
    return Kind("html" if start.startswith(_HTML) or _is_markup(start) else "text")


def _announced(start: bytes) -> Kind | None:
    """What XML that is announced as such holds; nothing where it is a web page."""
    if b"gnumeric.org/v" in start[:_NAMESPACES]:
        return _xml(start)
    if b"urn:schemas-microsoft-com:office:spreadsheet" in start:
        return Kind("xml2003")
    if b"urn:oasis:names:tc:opendocument" in start:
        return Kind("fods")
    return None if b"<html" in start else _xml(start)


def _is_markup(start: bytes) -> bool:
    """Whether most of a text is tags: a page or XML sheet whose beginning is damaged. Notes with a few tags are not."""
    tags = _TAG.findall(start)
    return len(tags) >= _MANY_TAGS and sum(map(len, tags)) > 0.35 * len(start)


def _ole_kind(path: Path) -> Kind:
    """Old Office container: an .xls workbook, or a new workbook under a password."""
    with path.open("rb") as file:
        content = file.read(64_000_000)  # directory entries may lie anywhere, rarely this far
    if "EncryptedPackage".encode("utf-16-le") in content:
        raise FileRefused(
            "The workbook is protected with a password.",
            "Open it in Excel, remove the password (File > Info > Protect Workbook > Encrypt), save and upload it again.",
        )
    if _BOOK_STREAM.search(content):
        return Kind("xls")
    raise FileRefused("This is an old Office document, but not a workbook.", _SAVE_AS)


def _zip_kind(path: Path, size: int) -> Kind:
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
            names = {entry.filename.replace("\\", "/").lower() for entry in entries}
            _refuse_bomb(entries, size)
            content_types = _small_part(archive, "[Content_Types].xml")
            mime = _small_part(archive, "mimetype")
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, NotImplementedError, RuntimeError) as error:
        raise FileRefused(
            "The file is damaged: it cannot be unpacked.",
            "Download or export it again; if that does not help, save it as .csv.",
        ) from error
    return _office_kind(names, content_types, mime)


def _office_kind(names: set[str], content_types: bytes, mime: bytes) -> Kind:
    # What a part *is* says an Override; some writers declare every ending there is beside it (<Default>), that of binary
    # workbooks among them.
    if "xl/workbook.bin" in names or ("xl/workbook.xml" not in names and _BINARY.search(content_types)):
        return Kind("xlsb")
    if b"sheet.macroEnabled.main" in content_types or b"template.macroEnabled.main" in content_types:
        return Kind("xlsm")
    if "xl/workbook.xml" in names or (b"spreadsheetml" in content_types and b".main+xml" in content_types):
        return Kind("xlsx")
    if b"opendocument.spreadsheet" in mime:
        return Kind("ods")
    for mark, what in (
        ("word/document.xml", "a Word document"), ("ppt/presentation.xml", "a PowerPoint presentation"),
        ("index/document.iwa", "an Apple Numbers document"),
    ):  # fmt: skip
        if mark in names:
            raise FileRefused(f"This is {what}, not a table.", _SAVE_AS)
    if b"opendocument" in mime:
        raise FileRefused("This is an OpenDocument file, but not a spreadsheet.", _SAVE_AS)
    return Kind("ods" if {"content.xml", "meta-inf/manifest.xml"} <= names else "zip")


def _small_part(archive: zipfile.ZipFile, name: str) -> bytes:
    try:
        entry = archive.getinfo(name)
    except KeyError:
        return b""
    return archive.read(entry) if entry.file_size < 4_000_000 and not entry.flag_bits & 1 else b""


def _refuse_bomb(entries: list[zipfile.ZipInfo], size: int) -> None:
    """Judge by declared sizes. A part that lies about its size is cut off at the declared one when unpacked."""
    unpacked = sum(entry.file_size for entry in entries)
    tight = any(is_bomb(entry.file_size, entry.compress_size) for entry in entries)
    overlapping = sum(entry.compress_size for entry in entries) > size
    if len(entries) > MAX_ENTRIES:
        raise FileRefused(
            f"The file holds {len(entries):,} parts, more than the {MAX_ENTRIES:,} that are looked at, so it was not opened.",
            "Upload the tables of it as .csv, or in smaller archives.",
        )
    if unpacked > MAX_UNPACKED or tight or overlapping:
        raise FileRefused(
            f"The file unpacks to far more than it should ({unpacked // 1_000_000:,} MB from {max(size // 1_000_000, 1):,} MB in "
            f"{len(entries):,} parts), so it was not opened.",
            "Upload the table in it as .csv.",
        )


def is_bomb(unpacked: int, packed: int) -> bool:
    """Packed more tightly than any table is (sizes in bytes)."""
    return unpacked > SMALL_PART and unpacked > MAX_PART_RATIO * max(packed, 1)
