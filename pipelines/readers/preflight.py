"""What a file is, by its first bytes, and whether it is safe to open; nothing is unpacked into memory here.

Everything that cannot be read is refused with the thing it is named and what to do about it.
"""

from __future__ import annotations

import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path

from pipelines.errors import FileRefused

MAX_ENTRIES = 2_000
MAX_UNPACKED = 1_500_000_000  # bytes, over all parts of one workbook
MAX_PART_RATIO, SMALL_PART = 250, 30_000_000  # a part above SMALL_PART must not be packed more tightly than this
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_SAVE_AS = "Save it as .xlsx or .csv and upload that."
_REFUSED = (  # first bytes, what it is
    (b"%PDF", "a PDF document"), (b"\x89PNG", "a picture"), (b"\xff\xd8\xff", "a picture"), (b"GIF8", "a picture"),
    (b"\x1f\x8b", "a compressed (gzip) file"), (b"7z\xbc\xaf", "a compressed (7-Zip) file"), (b"Rar!", "a compressed (RAR) file"),
    (b"BZh", "a compressed (bzip2) file"), (b"\xfd7zXZ", "a compressed (xz) file"), (b"PAR1", "a Parquet file"),
    (b"SQLite format 3", "an SQLite database"), (b"{\\rtf", "an RTF document"), (b"\x7fELF", "a program"), (b"MZ\x90", "a program"),
)  # fmt: skip


@dataclass(frozen=True)
class Kind:
    """``format`` is text | html | xlsx | xlsm | xls; ``workbook`` tells spreadsheets from text."""

    format: str
    workbook: bool = False


def kind_of(path: Path, name: str) -> Kind:
    """Tell what the file at ``path`` is by its content. Raises ``FileRefused`` for what is no table."""
    size = path.stat().st_size
    if size == 0:
        raise FileRefused("The file is empty (0 bytes).", "Export it again, and check that the download finished.")
    with path.open("rb") as file:
        head = file.read(8192)
    if head.startswith(b"PK\x03\x04") or head.startswith(b"PK\x05\x06"):
        return _zip_kind(path, size)
    if head.startswith(_OLE):
        return _ole_kind(path)
    for start, what in _REFUSED:
        if head.startswith(start):
            raise FileRefused(f"This is {what}, not a table.", "Export the data as .csv or .xlsx and upload that.")
    return _text_kind(head)


def _text_kind(head: bytes) -> Kind:
    start = head.replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").lower()
    if start.startswith(b"<?xml") or start.startswith(b"<workbook"):
        if b"urn:schemas-microsoft-com:office:spreadsheet" in start:
            raise FileRefused(
                "This is an Excel 2003 XML spreadsheet, which is not supported.", f"Open it in Excel. {_SAVE_AS}"
            )
        if b"<html" not in start:
            raise FileRefused("This is an XML file, not a table.", "Export the data as .csv or .xlsx and upload that.")
    if start.startswith(
        (b"<html", b"<!doctype html", b"<table", b"<head", b"<body", b"<meta", b"<?xml", b"<style", b"<div")
    ):
        return Kind("html")
    return Kind("text")


def _ole_kind(path: Path) -> Kind:
    """Old Office container: an .xls workbook, or a new workbook under a password."""
    with path.open("rb") as file:
        content = file.read(64_000_000)  # directory entries may lie anywhere, rarely this far
    if "EncryptedPackage".encode("utf-16-le") in content:
        raise FileRefused(
            "The workbook is protected with a password.",
            "Open it in Excel, remove the password (File > Info > Protect Workbook > Encrypt), save and upload it again.",
        )
    if "Workbook".encode("utf-16-le") in content or "Book".encode("utf-16-le") in content:
        return Kind("xls", workbook=True)
    raise FileRefused("This is an old Office document, but not a workbook.", _SAVE_AS)


def _zip_kind(path: Path, size: int) -> Kind:
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
            names = {entry.filename for entry in entries}
            _refuse_bomb(entries, size)
            content_types = _small_part(archive, "[Content_Types].xml")
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, NotImplementedError, RuntimeError) as error:
        raise FileRefused(
            "The workbook is damaged: it cannot be unpacked.",
            "Download or export it again; if that does not help, save it as .csv.",
        ) from error
    return _office_kind(names, content_types)


def _office_kind(names: set[str], content_types: bytes) -> Kind:
    if "xl/workbook.xml" in names or b"spreadsheetml.sheet.main" in content_types:
        macros = b"sheet.macroEnabled.main" in content_types
        return Kind("xlsm" if macros else "xlsx", workbook=True)
    if b"sheet.macroEnabled.main" in content_types or (
        b"spreadsheetml" in content_types and b"template.main" in content_types
    ):
        return Kind("xlsm", workbook=True)
    for mark, what in (
        ("xl/workbook.bin", "a binary workbook (.xlsb)"), ("word/document.xml", "a Word document"),
        ("ppt/presentation.xml", "a PowerPoint presentation"), ("content.xml", "an OpenDocument file"),
    ):  # fmt: skip
        if mark in names:
            raise FileRefused(f"This is {what}, which is not supported.", _SAVE_AS)
    raise FileRefused("This is a ZIP archive, not a table.", "Unpack it and upload the files in it.")


def _small_part(archive: zipfile.ZipFile, name: str) -> bytes:
    try:
        entry = archive.getinfo(name)
    except KeyError:
        return b""
    return archive.read(entry) if entry.file_size < 4_000_000 else b""


def _refuse_bomb(entries: list[zipfile.ZipInfo], size: int) -> None:
    """Judge by declared sizes. A part that lies about its size is cut off at the declared one when unpacked."""
    unpacked = sum(entry.file_size for entry in entries)
    tight = any(
        entry.file_size > SMALL_PART and entry.file_size > MAX_PART_RATIO * max(entry.compress_size, 1)
        for entry in entries
    )
    overlapping = sum(entry.compress_size for entry in entries) > size
    if len(entries) > MAX_ENTRIES or unpacked > MAX_UNPACKED or tight or overlapping:
        raise FileRefused(
            f"The workbook unpacks to far more than it should ({unpacked // 1_000_000:,} MB from {max(size // 1_000_000, 1):,} MB in "
            f"{len(entries):,} parts), so it was not opened.",
            "Save the sheet as .csv and upload that.",
        )
