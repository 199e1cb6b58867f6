"""HL7 v2 text into messages, segments, fields, repetitions, components and subcomponents.

The encoding characters are each message's own (MSH-1 and MSH-2). Messages may come framed (MLLP), in batches (FHS, BHS,
BTS, FTS) or one after the other, with segments ended by CR, LF or both. A line that begins no segment belongs to the
field before it: somebody's text had a line break in it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property

ENVELOPE = ("FHS", "BHS", "BTS", "FTS")
_FRAME = "\x0b\x1c\x1a\ufeff"
_SEGMENT = re.compile(r"[A-Z][A-Z0-9]{2}(?=[^A-Za-z0-9\s]|$)")
# Those that are known in small letters, too; anything else in them is text that goes on.
_SMALL = frozenset(("MSH", "EVN", "PID", "PD1", "PV1", "PV2", "MRG", "RF1", "PRD", "CTD", "AUT", "DG1", "PR1", "ORC", "OBR", "OBX", "NTE", "TQ1", "SCH", "RGS", "AIS",
                    "AIL", "AIP", "AIG", "MSA", "ERR", "NK1", "IN1", "GT1", "AL1", *ENVELOPE))  # fmt: skip
_HEX = re.compile(r"(?:[0-9A-Fa-f]{2})+")


def _bytes_meant(raw: bytes) -> str:
    """The text of bytes spelled out in an escape: as UTF-8 where they are that."""
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("latin-1")


@dataclass(frozen=True)
class Encoding:
    """The five characters that give a message its structure."""

    field: str = "|"
    component: str = "^"
    repetition: str = "~"
    escape: str = "\\"
    sub: str = "&"

    @classmethod
    def of(cls, header: str) -> Encoding:
        """Those that an MSH segment declares; what it leaves out is as usual."""
        separator = header[3:4] or "|"
        declared = header[4:].split(separator, 1)[0]
        usual = "^~\\&"
        return cls(separator, *(declared[place] if place < len(declared) else usual[place] for place in range(4)))

    def plain(self, text: str) -> str:
        """``text`` without escape sequences."""
        if self.escape not in text:
            return text
        mark = re.escape(self.escape)
        return re.sub(f"{mark}([^{mark}]*){mark}", lambda found: self._meant(found[1]), text)

    def _meant(self, code: str) -> str:
        known = {
            "F": self.field,
            "S": self.component,
            "T": self.sub,
            "R": self.repetition,
            "E": self.escape,
            ".br": "\n",
            ".sp": "\n",
            "H": "",
            "N": "",
        }
        if code in known:
            return known[code]
        if code[:1] == "X" and _HEX.fullmatch(code[1:]):
            return _bytes_meant(bytes.fromhex(code[1:]))
        return "" if code.startswith((".", "C", "M", "Z")) else f"{self.escape}{code}{self.escape}"


@dataclass(frozen=True)
class Segment:
    """One segment: its name, the line it starts on and its text."""

    name: str
    line: int
    text: str
    encoding: Encoding

    @cached_property
    def fields(self) -> list[str]:
        """Raw fields; ``fields[n]`` is NAME-n (MSH-1 is the separator itself)."""
        parts = self.text.split(self.encoding.field)
        return [parts[0], self.encoding.field, *parts[1:]] if self.name in ("MSH", "FHS", "BHS") else parts

    def repetitions(self, number: int) -> list[str]:
        """The repetitions of a field, raw; ``\"\"`` (delete what you have) counts as nothing."""
        raw = self.fields[number] if number < len(self.fields) else ""
        if self.name == "MSH" and number in (1, 2):
            return [raw]
        return [one for one in raw.split(self.encoding.repetition) if one and one != '""']

    def of(self, repetition: str, component: int = 1, sub: int = 1) -> str:
        """One component of a raw repetition as plain text, empty if absent."""
        parts = repetition.split(self.encoding.component)
        if component > len(parts):
            return ""
        inner = parts[component - 1].split(self.encoding.sub)
        text = inner[sub - 1] if sub <= len(inner) else ""
        return "" if text == '""' else self.encoding.plain(text).strip()

    def get(self, number: int, component: int = 1, sub: int = 1) -> str:
        """One component of a field's first repetition."""
        found = self.repetitions(number)
        return self.of(found[0], component, sub) if found else ""


@dataclass
class Message:
    """One message: its segments in order, MSH first. ``stray`` are the lines that continue a field."""

    segments: list[Segment] = field(default_factory=list)
    stray: list[int] = field(default_factory=list)

    @property
    def line(self) -> int:
        return self.segments[0].line

    def all(self, name: str) -> list[Segment]:
        return [segment for segment in self.segments if segment.name == name]

    def first(self, name: str) -> Segment | None:
        return next((segment for segment in self.segments if segment.name == name), None)

    def get(self, name: str, number: int, component: int = 1, sub: int = 1) -> str:
        segment = self.first(name)
        return segment.get(number, component, sub) if segment else ""


@dataclass(frozen=True)
class Outside:
    """A line outside any message: of the envelope, or of nothing known."""

    line: int
    name: str
    text: str


def split(lines: Iterable[str]) -> Iterator[Message | Outside]:
    """The messages of a file's lines (without their ends), and the lines outside them, in order."""
    message: Message | None = None
    encoding = Encoding()
    following: list[str] = []  # lines that continue the last segment: put to it at once, however many they are
    for number, raw in enumerate(lines, 1):
        text = raw.strip(_FRAME).lstrip(" \t")
        if not text.strip():
            continue
        name = _name(text, encoding)
        begins = name == "MSH" or name in ENVELOPE or (name and text[3:4] in ("", encoding.field))
        if message is not None and not begins:
            following.append(text.rstrip())
            message.stray.append(number)
            continue
        if message is not None:
            _continue(message, following)
        if name == "MSH":
            if message:
                yield message
            encoding, message = Encoding.of(text), Message()
        elif name in ENVELOPE:
            if message:
                yield message
            message = None
            yield Outside(number, name, text)
            continue
        if message is None:
            yield Outside(number, name, text)
        else:
            message.segments.append(Segment(name, number, text.rstrip(), encoding))
    if message:
        _continue(message, following)
        yield message


def _continue(message: Message, lines: list[str]) -> None:
    """The message's last segment goes on over ``lines``, which are used up."""
    if lines:
        last = message.segments[-1]
        message.segments[-1] = Segment(last.name, last.line, "\n".join((last.text, *lines)), last.encoding)
        lines.clear()


def _name(text: str, encoding: Encoding) -> str:
    """The name of the segment that a line begins, or nothing."""
    if _SEGMENT.match(text):
        return text[:3]
    small = text[:3].upper()
    return small if small in _SMALL and text[3:4] == encoding.field else ""


# Some write ISO 8601's basic form: a T before the hour, Z for UTC, a colon in the offset.
_TIME = re.compile(
    r"(\d{4})(\d\d)?(\d\d)?(?:(?<=\d{8})[T ](?=\d\d))?(\d\d)?(\d\d)?(\d\d)?(\.\d{1,6})?\d*([+-]\d{2}:?\d{2}|Z)?"
)


def moment(text: str) -> tuple[str, bool]:
    """A TS or DTM as ISO text, and whether it names no day (a year or a month: its first day is given). What is no
    such time comes back as it is."""
    found = _TIME.fullmatch(text.strip())
    if not found or (found[2] and not 1 <= int(found[2]) <= 12):
        return text, False
    year, month, day, hour, minute, second, _, offset = found.groups()
    partial = day is None
    told = f"{year}-{month or '01'}-{day or '01'}"
    if hour:
        told += f" {hour}:{minute or '00'}:{second or '00'}" + _offset(offset)
    return told, partial


def _offset(said: str | None) -> str:
    if not said or said == "Z":
        return "+00:00" if said else ""
    return f"{said[:3]}:{said[-2:]}"
