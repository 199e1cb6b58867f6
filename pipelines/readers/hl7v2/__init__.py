"""HL7 v2 messages in a file: referrals (REF, RRI), appointments (SIU), orders (ORM, OML, OMG, OMI, OSU), visits (ADT).

Each family is a part of the file. A row is a message (for orders, each order) and bears the number of its first line.
Messages of other types, and the lines of a batch's envelope, are set aside; a line that belongs to no message, and a
message without the segment that makes it one of its family, are rejects with line and segment.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from pipelines.checks import NOTE, REJECT, WARNING, Finding
from pipelines.errors import FileRefused
from pipelines.readers import stage
from pipelines.readers.hl7v2 import encoding
from pipelines.readers.hl7v2.families import FAMILIES, HEADERS, NEEDED, OF_TYPE, several_starts, times
from pipelines.readers.hl7v2.split import Message, Outside, split
from pipelines.readers.reading import Reading, ReadOptions, SetAside

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

__all__ = ["read", "recognises"]

# Families whose messages are versions of one visit: the numbers it goes by, and the events that are about it.
_VERSIONED: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "SIU": (("SCH-2.1", "SCH-1.1"), ()),
    "ADT": (("PV1-19.1",), ("A01", "A03", "A04", "A05", "A11", "A23", "A38")),
}
# What a message says of itself alone, and of why it was sent.
_OF_ONE_MESSAGE = frozenset(
    ("MSH-4", "MSH-6", "MSH-7", "MSH-9.1", "MSH-9.2", "MSH-10", "SCH-6", "EVN-2", "MRG-1.1", "Booked", "Older message")
)
_TYPE = re.compile(r"[A-Z]{3}(\^[A-Z]\d\d)?")
_CHANGED_CLASS = {"A06": "O", "A07": "I"}  # what a patient was before the event
_TO_THE_SECOND = len("2026-03-31 14:05:00")
_MOST_NAMED = 200  # findings of one kind named one by one


def recognises(path: Path) -> bool:
    """Whether the file begins with a message or with the envelope of a batch, or has a message with the usual encoding
    characters near its top: below what a log says of it."""
    return encoding.is_hl7(path)


@dataclass
class _Seen:
    """What was met on the way through a file."""

    families: Counter[str] = field(default_factory=Counter)
    others: dict[str, list[int]] = field(default_factory=dict)  # message type -> lines
    envelope: list[int] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    homeless: list[Finding] = field(default_factory=list)  # of no family: told with the first part
    messages: int = 0
    batch: int = 0  # messages since the last BHS


def read(path: Path, options: ReadOptions, con: DuckDBPyConnection, limit: int | None = None) -> Reading:
    """Read one family's messages into ``stage``; see ``pipelines.readers.read``. ``options.part`` names the family,
    else the first one met is taken."""
    part = options.part if options.part in FAMILIES else _first_family(path)
    if part is None:
        raise _unusable(path)
    headers, seen = (*HEADERS[part], "Older message"), _Seen()
    rows = list(_records(path, part, seen))
    if part == "SIU":
        _tie_numbers(rows)
    if part == "ADT":
        _tell_classes(rows)
    if part in _VERSIONED:
        _settle_versions(rows, *_VERSIONED[part])
    if part == "REF":
        _tie_answers(rows)
    with stage.collect(con, len(headers), path) as out:
        for line, record in rows[:limit]:
            out.add(line, [record.get(header, "") for header in headers])
    parts = [family for family in FAMILIES if seen.families[family]]
    first = part == parts[0] if parts else True
    findings = seen.findings + (seen.homeless if first else [])
    return Reading(
        format="hl7v2", header=list(headers), header_rows=[], records=len(rows[:limit]) + sum(one.severity == REJECT for one in findings),
        encoding=encoding.of(path),
        part=part, parts=parts or [part], named=True, set_aside=_aside(seen) if first else [], findings=findings, notes=_notes(seen, part),
    )  # fmt: skip


def _family(message: Message) -> tuple[str, str | None]:
    """(message type as it calls itself, its family if it has one)."""
    kind = message.get("MSH", 9).upper()
    return f"{kind}^{message.get('MSH', 9, 2)}".rstrip("^"), OF_TYPE.get(kind)


def _first_family(path: Path) -> str | None:
    messages = (found for found in split(encoding.lines(path)) if isinstance(found, Message))
    return next((family for _, family in map(_family, messages) if family), None)


def _unusable(path: Path) -> FileRefused:
    messages = islice((found for found in split(encoding.lines(path)) if isinstance(found, Message)), 1_000)
    if not any(message.get("MSH", 9) for message in messages):
        return FileRefused(
            "The file holds HL7 messages, but none of them says of what type it is (MSH-9 is blank).",
            "Export them again with their message type, such as REF^I12.",
        )
    return FileRefused(
        f"The file holds HL7 messages{_kinds(path)}, but none about referrals, orders, appointments or visits.",
        "Rapport reads REF, RRI, SIU, ORM, OML, OMG, OMI, OSU and ADT messages.",
    )


def _kinds(path: Path) -> str:
    """The types of a file's messages, to be named in a sentence; nothing where they are none of HL7's."""
    messages = islice((found for found in split(encoding.lines(path)) if isinstance(found, Message)), 1_000)
    told = dict.fromkeys(kind for kind, _ in map(_family, messages) if _TYPE.fullmatch(kind))
    return f" ({', '.join(list(told)[:5])}{' and others' if len(told) > 5 else ''})" if told else ""


def _records(path: Path, part: str, seen: _Seen) -> Iterator[tuple[int, dict[str, str]]]:
    for found in split(encoding.lines(path)):
        if isinstance(found, Outside):
            _outside(found, seen)
            continue
        seen.messages += 1
        seen.batch += 1
        kind, family = _family(found)
        if family is None:
            _other(found, kind, seen)
            continue
        seen.families[family] += 1
        if family == part:
            yield from _record(found, part, seen)


def _record(message: Message, part: str, seen: _Seen) -> Iterator[tuple[int, dict[str, str]]]:
    missing = next((name for name in NEEDED[part] if message.first(name) is None), None)
    if missing:
        seen.findings.append(Finding("hl7_no_segment", REJECT, message.line, missing, message.get("MSH", 10) or None))
        return
    if message.stray and len(seen.findings) < _MOST_NAMED:
        seen.findings.append(Finding("hl7_stray_line", WARNING, message.line, message.segments[-1].name, None))
    if part == "SIU" and len({one.get(3) or one.text for one in message.all("PID")}) > 1:
        seen.findings.append(Finding("hl7_more_patients", WARNING, message.line, "PID", None))
    if part == "SIU" and (times_told := several_starts(message)):
        seen.findings.append(Finding("hl7_more_times", WARNING, message.line, "SCH-11", times_told))
    for line, record in FAMILIES[part](message):
        for header in times(record):
            seen.findings.append(Finding("partial_date", WARNING, line, header, record[header]))
        yield line, record


def _outside(found: Outside, seen: _Seen) -> None:
    if found.name in ("FHS", "BHS", "BTS", "FTS"):
        seen.envelope.append(found.line)
        if found.name == "BTS":
            _count(found, seen)
        if found.name == "BHS":
            seen.batch = 0
    else:
        seen.homeless.append(Finding("hl7_outside", REJECT, found.line, found.name or None, found.text[:80]))


def _count(trailer: Outside, seen: _Seen) -> None:
    """A batch's trailer says how many messages it has; fewer in the file means that some were lost on the way."""
    said = trailer.text.split(trailer.text[3:4] or "|")
    if len(said) > 1 and said[1].strip().isdigit() and int(said[1]) != seen.batch:
        seen.homeless.append(
            Finding("hl7_batch_count", WARNING, trailer.line, "BTS-1", f"{said[1].strip()} said, {seen.batch} found")
        )


def _other(message: Message, kind: str, seen: _Seen) -> None:
    if not kind:
        seen.homeless.append(Finding("hl7_no_type", REJECT, message.line, "MSH-9", None))
    else:
        seen.others.setdefault(kind, []).append(message.line)
        refused = message.get("MSA", 1)
        if refused in ("AE", "AR", "CE", "CR"):  # an acknowledgement that says something went wrong
            seen.homeless.append(
                Finding("hl7_refused", NOTE, message.line, "MSA-1", f"{refused} {message.get('MSA', 2)}".strip())
            )


def _settle_versions(rows: list[tuple[int, dict[str, str]]], keys: Sequence[str], triggers: Collection[str]) -> None:
    """Of a visit's messages the latest counts; when it was booked is said by the first. ``keys`` are the headers of its
    numbers, ``triggers`` the events that are about it (all, if empty)."""
    booked: dict[str, str] = {}
    latest: dict[str, tuple[str, int]] = {}
    named = []
    for place, (_, record) in enumerate(rows):
        about = not triggers or record.get("MSH-9.2") in triggers
        key = next((record[name] for name in keys if record.get(name)), "") if about else ""
        named.append(key)
        if key and record.get("Booked"):
            booked.setdefault(key, record["Booked"])
        if key and (_sent(record), place) >= latest.get(key, ("", -1)):
            latest[key] = (_sent(record), place)
    _hand_on(rows, named)
    for place, (key, (_, record)) in enumerate(zip(named, rows, strict=True)):
        record["Booked"] = booked.get(key, "")
        record["Older message"] = "yes" if key and latest[key][1] != place else ""


def _sent(record: Mapping[str, str]) -> str:
    """When a message was sent, as text that sorts by it: in UTC where it says its offset, which changes on two nights of the year."""
    said = record.get("MSH-7", "")
    if len(said) <= _TO_THE_SECOND:
        return said
    try:
        return datetime.fromisoformat(said).astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")
    except ValueError:
        return said


def _tell_classes(rows: Sequence[tuple[int, dict[str, str]]]) -> None:
    """A visit's messages that leave out its class (PV1-2) have it from those that tell it: who is admitted (A06) was not before, who no
    longer is (A07) was."""
    told: dict[str, str] = {}
    before: dict[str, str] = {}
    for _, record in rows:
        number, trigger = record["PV1-19.1"], record["MSH-9.2"]
        if trigger in _CHANGED_CLASS:
            before.setdefault(number, _CHANGED_CLASS[trigger])
        elif record["PV1-2"]:
            told.setdefault(number, record["PV1-2"])
    for _, record in rows:
        number = record["PV1-19.1"]
        if number and not record["PV1-2"]:
            record["PV1-2"] = before.get(number) or told.get(number, "")


def _hand_on(rows: list[tuple[int, dict[str, str]]], named: Sequence[str]) -> None:
    """A field that a message leaves blank has not changed: what an earlier one about the same visit said stands. A
    cancellation often names the visit and nothing else."""
    known: dict[str, dict[str, str]] = {}
    for place in sorted(range(len(rows)), key=lambda place: (_sent(rows[place][1]), place)):
        key, record = named[place], rows[place][1]
        if key:
            before = known.setdefault(key, {})
            record.update({name: text for name, text in before.items() if not record.get(name)})
            before.update({name: text for name, text in record.items() if text and name not in _OF_ONE_MESSAGE})


def _tie_numbers(rows: list[tuple[int, dict[str, str]]]) -> None:
    """An appointment that a message names by the placer's number alone has the filler's number that any other gives it."""
    fillers: dict[str, set[str]] = {}
    for _, record in rows:
        if record["SCH-1.1"] and record["SCH-2.1"]:
            fillers.setdefault(record["SCH-1.1"], set()).add(record["SCH-2.1"])
    for _, record in rows:
        known = fillers.get(record["SCH-1.1"], set())
        if not record["SCH-2.1"] and len(known) == 1:
            record["SCH-2.1"] = next(iter(known))


def _tie_answers(rows: list[tuple[int, dict[str, str]]]) -> None:
    """An answer that names no referral is about the one asked for in the message that it answers."""
    asked = {
        record["Other number"]: {name: record[name] for name in ("RF1-6.1", "RF1-11.1")}
        for _, record in rows
        if record["MSH-9.1"] == "REF" and record["Other number"]
    }
    for _, record in rows:
        if not record["RF1-6.1"] and not record["RF1-11.1"]:
            record.update(asked.get(record["Other number"], {}))


def _aside(seen: _Seen) -> list[SetAside]:
    told = [SetAside(lines[0], f"{kind} message (not used)", len(lines)) for kind, lines in seen.others.items()]
    return [
        *told,
        *([SetAside(seen.envelope[0], "batch header or trailer", len(seen.envelope))] if seen.envelope else []),
    ]


def _notes(seen: _Seen, part: str) -> list[str]:
    others = [family for family in FAMILIES if seen.families[family] and family != part]
    told = [
        f"The file holds {seen.messages:,} HL7 messages; {seen.families[part]:,} of them ({part}) were read, a row each."
    ]
    return [*told, f"It also holds {', '.join(others)}: each is looked at on its own."] if others else told
