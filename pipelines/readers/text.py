"""From bytes to characters: which encoding, told by marks first, then by whether UTF-8 holds for the whole file.

Bytes that do not fit are never dropped: a byte that is no UTF-8 among UTF-8 is read as Windows-1252, and one
that Windows-1252 leaves undefined keeps its number.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pipelines.errors import FileRefused

_CHUNK = 1 << 23
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"), (codecs.BOM_UTF32_BE, "utf-32-be"), (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"),
)  # fmt: skip
_MULTIBYTE = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
_HIGH = re.compile(rb"[\x80-\xff]")
_CONTROL = re.compile(rb"[\x01-\x08\x0e-\x19\x7f]")
_RARE_BLANKS = tuple(bytes([code]) for code in (0x0B, 0x0C, 0x1C, 0x1D, 0x1E, 0x1F))
# First bytes of the wide blanks in UTF-8, and the no-break space of Windows-1252.
_WIDE_BLANKS = (b"\xa0", b"\xc2\x85", b"\xe2\x80", b"\xe2\x81\x9f", b"\xe3\x80\x80", b"\xe1\x9a\x80")
_SINGLE_BYTE = "rapport-single-byte"  # name of the error handler registered below
_PAGES = {
    "cp1252": "Windows-1252 (Western European)",
    "mac-roman": "Mac Roman (old Macintosh)",
    "cp850": "code page 850 (DOS)",
}
_SAMPLED, _EVIDENT = 200_000, 3
QUOTED, MARKED = "quoted", "marked"
MARKS_NOTE = "Byte order marks stand within the file, as where files were put behind one another; they were left out."
NUL_NOTE = "The file has NUL bytes, which no text should have; they were left out."


@dataclass
class Text:
    """How to decode a file. ``plain`` says that its bytes are UTF-8 as they stand (but for a mark at the front);
    ``nul`` that NUL characters, or marks within the text, must be taken out."""

    encoding: str
    plain: bool
    nul: bool
    newline: str  # what ends a line: "\n" (also for "\r\n"), "\r", or "" where each of them does
    lone_cr: bool  # some "\r" is not followed by "\n"
    crlf: bool  # some lines end in "\r\n"
    mixed: bool  # some lines end in "\r\n", others in "\n"
    odd_blanks: bool  # characters that look like nothing, other than the space
    tabs: bool
    notes: list[str]
    wrapped: str | None = None  # what is around each line: QUOTED | MARKED

    def blanks(self, delimiter: str | None) -> str:
        """Which blanks may have to be taken off the ends of cells: spaces | all."""
        return "all" if self.odd_blanks or (self.tabs and delimiter != "\t") else "spaces"


def _as_single_byte(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    bad = error.object[error.start : error.end]
    if error.encoding.startswith(("utf-16", "utf16", "utf-32", "utf32")):
        return "\ufffd", error.end  # half a surrogate pair or a cut-off character: there is nothing to read
    return "".join(_single_byte(byte) for byte in bad), error.end


def _single_byte(byte: int) -> str:
    try:
        return bytes([byte]).decode("cp1252")
    except UnicodeDecodeError:
        return chr(byte)


codecs.register_error(_SINGLE_BYTE, _as_single_byte)


def examine(path: Path, override: str | None = None) -> Text:
    """Find the encoding and line ends of the file at ``path``, reading it once.

    Raises ``FileRefused`` for a file without characters, a binary file and an ``override`` that does not exist.
    """
    with path.open("rb") as file:
        head = file.read(65_536)
    encoding, notes = _named(override) if override else _by_marks(head)
    census = _Census(path, wide=bool(encoding) and _is_wide(encoding or ""))
    if not census.visible:
        raise FileRefused("The file holds nothing but blanks.", "Export it again, and check that it has rows.")
    if encoding is None:
        encoding, more = census.verdict()
        notes += more
    wide = _is_wide(encoding)
    if not wide:
        _refuse_binary(head)
    if census.nul:
        notes.append(NUL_NOTE)
    if census.marks:
        notes.append(MARKS_NOTE)
    newline, lone_cr = _line_ends(path, encoding) if wide else (census.newline, census.lone_cr)
    plain = encoding == "utf-8" and census.valid_utf8 and not census.nul and not census.marks
    return Text(
        encoding,
        plain,
        census.nul or census.marks or wide,
        newline,
        lone_cr,
        census.crlf > 0,
        census.crlf not in (0, census.lf),
        wide or census.odd_blanks,
        wide or census.tabs,
        notes,
    )


def lines(path: Path, text: Text) -> Iterator[str]:
    """The physical lines of the file, with their ends; a mark at the front and NUL characters left out."""
    with path.open(encoding=text.encoding, errors=_SINGLE_BYTE, newline=text.newline) as file:
        for number, line in enumerate(file):
            clean = line.replace("\0", "").replace("\ufeff", "") if text.nul else line
            begun = clean if number else clean.removeprefix("\ufeff")
            yield _unwrapped(begun, text.wrapped) if text.wrapped else begun


def _unwrapped(line: str, wrapped: str) -> str:
    """A line without what is around it, with its end."""
    said = line.rstrip("\r\n")
    end = line[len(said) :]
    if wrapped == MARKED:
        return re.sub(r"^\s*(?:> ?)+", "", said) + end
    bare = said.strip()
    return (bare[1:-1].replace('""', '"') if len(bare) > 1 and bare[0] == bare[-1] == '"' else said) + end


def _named(override: str) -> tuple[str, list[str]]:
    try:
        name = codecs.lookup(override).name
        "a".encode(name)
        if not isinstance(b"a".decode(name, "replace"), str):
            raise LookupError(override)
    except (LookupError, TypeError, AttributeError, ValueError) as error:
        raise FileRefused(f"There is no encoding called {override[:40]!r}.", "Try utf-8, cp1252 or utf-16.") from error
    return ("utf-8" if name in ("utf-8-sig", "ascii") else name), [f"Read as {name}, as you chose."]


def _by_marks(head: bytes) -> tuple[str | None, list[str]]:
    for mark, name in _MARKS:
        if head.startswith(mark):
            return (None if name == "utf-8" else name), []
    guess = _wide_without_mark(head)
    return (
        (guess, [f"The file has no byte order mark; its pattern of bytes is that of {guess.upper()}."])
        if guess
        else (None, [])
    )


def _wide_without_mark(head: bytes) -> str | None:
    """UTF-16 and UTF-32 of mostly Latin text have NULs at fixed places."""
    sample = head[: len(head) // 4 * 4][:4096]
    if len(sample) < 8:
        return None
    share = [sample[place::4].count(0) * 4 / len(sample) for place in range(4)]
    for name, pattern in (("utf-32-le", "0111"), ("utf-32-be", "1110"), ("utf-16-le", "0101"), ("utf-16-be", "1010")):
        if all((part > 0.7) if want == "1" else (part < 0.1) for part, want in zip(share, pattern, strict=True)):
            return name
    return None


def _is_wide(encoding: str) -> bool:
    return encoding.startswith(("utf-16", "utf-32"))


class _Census:
    """One pass over the bytes: is it UTF-8, are there NULs, which line ends, anything visible at all?"""

    def __init__(self, path: Path, *, wide: bool) -> None:
        self.valid_utf8, self.nul, self.visible = True, False, False
        self.odd_blanks = self.tabs = False
        self.marks = False  # byte order marks of UTF-8 elsewhere than at the front
        self.tail = b"\0\0\0"  # the end of the chunk before: nothing that a mark at the front could be part of
        self.good = self.high = 0
        self.sample = b""  # the first lines with bytes above ASCII
        self.crlf = self.cr = self.lf = 0
        decoder = codecs.getincrementaldecoder("utf-8")()
        with path.open("rb") as file:
            last = b""
            while chunk := file.read(_CHUNK):
                self._count(chunk, last, decoder, wide)
                last = chunk[-1:]
        try:
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            self.valid_utf8 = False

    def _count(self, chunk: bytes, last: bytes, decoder: codecs.IncrementalDecoder, wide: bool) -> None:
        self.visible = self.visible or bool(chunk.strip(b" \t\r\n\0\xef\xbb\xbf\xff\xfe\x0b\x0c\x1a"))
        self.nul = self.nul or (not wide and b"\0" in chunk)
        if b"\r" in chunk or last == b"\r":
            self.cr += chunk.count(b"\r")
            self.crlf += chunk.count(b"\r\n") + (last == b"\r" and chunk.startswith(b"\n"))
        self.lf += chunk.count(b"\n")
        self.tabs = self.tabs or b"\t" in chunk
        self.odd_blanks = self.odd_blanks or any(mark in chunk for mark in _RARE_BLANKS)
        if chunk.isascii() and decoder.getstate()[0] == b"":
            self.tail = chunk[-2:]
            return
        begins = self.tail + chunk if self.tail != b"\0\0\0" else chunk.removeprefix(codecs.BOM_UTF8)
        self.marks, self.tail = self.marks or (not wide and codecs.BOM_UTF8 in begins), chunk[-2:]
        self.odd_blanks = self.odd_blanks or any(mark in chunk for mark in _WIDE_BLANKS)
        if self.valid_utf8:
            try:
                decoder.decode(chunk)
            except UnicodeDecodeError:
                self.valid_utf8 = False
        if len(self.sample) < _SAMPLED:
            self.sample += b"\n".join(line for line in re.split(rb"[\r\n]+", chunk) if not line.isascii())[:_SAMPLED]
        self.good += sum(len(found) for found in _MULTIBYTE.findall(chunk))
        self.high += len(_HIGH.findall(chunk))

    @property
    def newline(self) -> str:
        return _newline(self.lf, self.cr, self.crlf)

    @property
    def lone_cr(self) -> bool:
        return self.cr > self.crlf

    def verdict(self) -> tuple[str, list[str]]:
        """UTF-8 if it holds, or if most of the bytes above ASCII are UTF-8; else Windows-1252."""
        if self.valid_utf8:
            return "utf-8", []
        if self.good > self.high - self.good:
            return "utf-8", ["Some bytes are not UTF-8 although most of the file is; those were read as Windows-1252."]
        page = _code_page(self.sample)
        return page, [f"The file is not UTF-8; it was read as {_PAGES[page]}."]


def _code_page(sample: bytes) -> str:
    """Windows-1252, unless most bytes above ASCII beside small letters are letters or apostrophes in an older Western code
    page only: 0x8E is "é" on an old Macintosh and "Ž" in Windows."""
    found = re.findall(rb"(?<=[a-z])[\x80-\xff](?=[a-z ,.;:\r\n-])|[\x80-\xff](?=[a-z]{2})", sample)
    if len(found) < _EVIDENT:
        return "cp1252"
    natural = {page: sum(_is_natural(byte.decode(page, "replace")) for byte in found) for page in _PAGES}
    best = max(natural, key=lambda page: (natural[page], page == "cp1252"))
    return best if natural[best] >= 0.8 * len(found) and natural["cp1252"] < 0.5 * natural[best] else "cp1252"


def _is_natural(character: str) -> bool:
    return (character.islower() and character not in "ªº") or character == "’"


def _line_ends(path: Path, codec: str) -> tuple[str, bool]:
    with path.open(encoding=codec, errors=_SINGLE_BYTE, newline="") as file:
        cr = crlf = lf = 0
        last = ""
        while chunk := file.read(1 << 20):
            crlf += chunk.count("\r\n") + (last == "\r" and chunk.startswith("\n"))
            cr, lf, last = cr + chunk.count("\r"), lf + chunk.count("\n"), chunk[-1:]
    return _newline(lf, cr, crlf), cr > crlf


def _newline(lf: int, cr: int, crlf: int) -> str:
    """What ends lines, from the counts of "\n", "\r" and "\r\n"; a few lone "\r" among many lines are within cells."""
    if not lf:
        return "\r" if cr else "\n"
    return "" if cr - crlf >= max(2, 0.02 * lf) else "\n"


def _refuse_binary(head: bytes) -> None:
    """Text has next to no control characters; NULs are judged more mildly, they also come from crashed writers."""
    odd = len(_CONTROL.findall(head))
    if odd > max(2, 0.02 * len(head)) or head.count(0) > 0.5 * len(head):
        raise FileRefused("This is a binary file, not a table.", "Export the data as .csv or .xlsx and upload that.")
