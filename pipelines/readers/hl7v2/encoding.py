"""From a file's bytes to the lines of its messages: which characters they are in, and where lines end.

HL7 is ASCII unless MSH-18 says otherwise, and many that say nothing are UTF-8: that is looked for first, as nothing else
looks like it by chance. Frames of MLLP end a line, with or without a return of their own; so does a return that some
tool has spelled out.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from pathlib import Path

_STARTS = ("MSH", "FHS", "BHS")
_HEAD = 65_536
_MARKS = ((codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))  # fmt: skip
_CHUNK = 1 << 20
_WITHIN = 40  # lines of a log looked at for a message
_USUAL = ("MSH|^~\\&", "\x0bMSH|^~\\&")
# What MSH-18 says (HL7 table 0211), and Python's name for it.
_SETS = {
    "8859/1": "cp1252", "8859/2": "iso8859-2", "8859/3": "iso8859-3", "8859/4": "iso8859-4", "8859/5": "iso8859-5", "8859/6": "iso8859-6", "8859/7": "iso8859-7",
    "8859/8": "iso8859-8", "8859/9": "iso8859-9", "8859/15": "iso8859-15", "ISO IR6": "ascii", "ISO IR13": "shift_jis", "ISO IR14": "iso2022_jp",
    "ISO IR87": "iso2022_jp", "ISO IR159": "iso2022_jp_1", "GB 18030-2000": "gb18030", "KS X 1001": "euc_kr", "BIG-5": "big5", "CNS 11643-1992": "big5",
}  # fmt: skip
# Other ways in which systems name code pages (CP1250, WIN-1250, IBM852) and ISO 8859's parts (ISO-8859-2).
_PAGE = re.compile(r"(?:CP|IBM|WIN(?:DOWS)?)[-_ ]?(\d{3,4})")
_PART = re.compile(r"ISO[-_ ]?8859[-_/ ](\d{1,2})|8859[-_ ](\d{1,2})")
_SPELLED = re.compile(r"(?:\\r\\n|\\r|\\n|<cr>)(?=[A-Z][A-Z0-9]{2}\|)", re.IGNORECASE)
_FRAMES = re.compile("[\x0b\x1c]+")


def is_hl7(path: Path) -> bool:
    """Whether the file's text is that of messages."""
    with path.open("rb") as file:
        head = file.read(_HEAD)
    mark = next((name for mark, name in _MARKS if head.startswith(mark)), None)
    text = head.decode(mark, errors="replace") if mark else head.removeprefix(codecs.BOM_UTF8).decode("latin-1")
    start = text.lstrip("\ufeff\x0b \t\r\n")
    if start[:3] in _STARTS and len(start) > 8:
        return not start[3].isalnum() and not start[3].isspace() and start[3] != start[4]
    return any(
        line[:9].lstrip(" \t").upper().startswith(_USUAL)
        for line in re.split("[\r\n]+", text, maxsplit=_WITHIN)[:_WITHIN]
    )


def lines(path: Path) -> Iterator[str]:
    """The file's lines, whichever way they end."""
    with path.open(encoding=of(path), errors="replace", newline=None) as file:
        for ended in file:
            line = ended.rstrip("\n")
            # A frame that begins or ends a line parts nothing: rows are told by the lines that an editor shows.
            framed = "\x1c" in line or "\x0b" in line
            for part in [some for some in _FRAMES.split(line) if some] or [""] if framed else (line,):
                spelled = ("\\" in part or "<" in part) and part.lstrip().startswith(_STARTS)
                yield from _SPELLED.split(part) if spelled else (part,)


def of(path: Path) -> str:
    """The encoding of the file: by its mark, UTF-8 where it is that, else as its first message says that has it, else that of
    Windows in Western Europe."""
    with path.open("rb") as file:
        head = file.read(_HEAD)
    if mark := next((name for mark, name in _MARKS if head.startswith(mark)), None):
        return mark
    told = _python_name(_told(head))
    plain = told not in ("iso2022_jp", "iso2022_jp_1")  # those are written in the bytes of ASCII
    for name in ("utf-8-sig", told) if plain else (told,):
        if name and _decodes(path, name):
            return name
    return "cp1252"


def _python_name(said: str) -> str | None:
    """Python's name of the set of characters that MSH-18 names, or nothing where it is none that is known."""
    if page := _PAGE.fullmatch(said):
        return f"cp{page[1]}" if _is_ascii_in(f"cp{page[1]}") else None
    if part := _PART.fullmatch(said):
        number = part[1] or part[2]
        return _SETS.get(f"8859/{number}", f"iso8859-{number}")
    return _SETS.get(said)


def _is_ascii_in(name: str) -> bool:
    """Whether a code page writes a message's header as ASCII does, as those of mainframes do not."""
    try:
        return b"MSH|^~\\&".decode(name) == "MSH|^~\\&"
    except (LookupError, UnicodeDecodeError):
        return False


def _told(head: bytes) -> str:
    """What the first message header says in MSH-18, in its first repetition that is no default."""
    for found in re.finditer(rb"(?:^|[\r\n\x0b])[ \t]*MSH(.)([^\r\n]*)", head):
        fields = found[2].decode("latin-1").split(found[1].decode("latin-1"))
        for one in fields[16].split("~")[::-1] if len(fields) > 16 else ():
            if one.strip():
                return one.strip().upper()
    return ""


def _decodes(path: Path, name: str) -> bool:
    try:
        with path.open(encoding=name) as file:
            for _ in iter(lambda: file.read(_CHUNK), ""):
                pass
    except (UnicodeDecodeError, LookupError):
        return False
    return True
