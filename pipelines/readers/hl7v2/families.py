"""What is staged of each family of messages: REF (and RRI) referrals, SIU appointments, orders (ORM, OML, OMG, OMI, and OSU that says how
one stands),
ADT visits and merges. A column's header says where it stands (``RF1-6.1``); a person or place that several
segments may name has one column.

``FAMILIES[name]`` makes one or more records of a message: (line, {header: text}).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from datetime import date, timedelta

from pipelines.readers.hl7v2.split import Message, Segment, moment

Record = tuple[int, dict[str, str]]
OF_TYPE = {
    "REF": "REF",
    "RRI": "REF",
    "SIU": "SIU",
    "ORM": "ORM",
    "OML": "ORM",
    "OMG": "ORM",
    "OMI": "ORM",
    "OSU": "ORM",  # how an order stands: IHE 360X answers referrals so
    "ADT": "ADT",
}
# Segments without which a message of the family says nothing. A block of time and an order may be without a patient, and
# the standard leaves RF1 out of what a referral must have: national profiles send a letter with its providers.
NEEDED = {"REF": ("PID",), "SIU": ("SCH",), "ORM": ("ORC",), "ADT": ("PID",)}
COMMON = (
    "MSH-4",
    "MSH-6",
    "MSH-7",
    "MSH-9.1",
    "MSH-9.2",
    "MSH-10",
    "PID-3.1",
    "PID-5.1",
    "PID-5.2",
    "PID-7",
    "PID-8",
    "PID-11.5",
    "PID-13",
    "PID-13.4",
)
REFERRER = (
    "Referring provider",
    "Referring NPI",
    "Referring practice",
    "Referring ZIP",
    "Referring phone",
    "Referring fax",
)
HEADERS = {
    "REF": (*COMMON, *REFERRER, "RF1-1", "RF1-2", "RF1-3", "RF1-4", "RF1-5", "RF1-6.1", "RF1-7", "RF1-9", "RF1-10", "RF1-11.1", "Other number", "Told as", "Referred to", "DG1-3.1", "NTE-3"),
    "SIU": (*COMMON, "SCH-1.1", "SCH-2.1", "SCH-6", "SCH-8", "SCH-11.4", "SCH-11.5", "SCH-25", "SCH-26.1", "Service", "Location", "Booked"),
    "ORM": (*COMMON, *REFERRER, "ORC-1", "ORC-2.1", "ORC-3.1", "ORC-4.1", "ORC-5", "ORC-9", "ORC-16", "Priority", "OBR-4", "OBR-24", "OBR-31", "Location", "Ordered as"),
    "ADT": (*COMMON, "PV1-2", "PV1-8", "PV1-10", "PV1-19.1", "PV1-44", "PV1-45", "EVN-2", "Came", "Planned", "Location", "MRG-1.1"),
}  # fmt: skip
DATES = frozenset(
    {
        "MSH-7",
        "PID-7",
        "RF1-7",
        "RF1-9",
        "SCH-11.4",
        "SCH-11.5",
        "ORC-9",
        "PV1-44",
        "PV1-45",
        "EVN-2",
        "Came",
        "Booked",
        "Planned",
    }
)
_NPI = re.compile(r"[12]\d{9}")


def _words(segment: Segment | None, number: int) -> str:
    """A coded field: its text, else its code."""
    return (segment.get(number, 2) or segment.get(number, 1)) if segment else ""


def _code(segment: Segment | None, number: int) -> str:
    return (segment.get(number, 1) or segment.get(number, 2)) if segment else ""


def _number(segment: Segment | None, number: int) -> str:
    """An EI: the identifier, or the universal one that some send alone."""
    return (segment.get(number, 1) or segment.get(number, 3)) if segment else ""


def _common(message: Message) -> dict[str, str]:
    return _header(message) | _patient(message.first("PID"))


def _header(message: Message) -> dict[str, str]:
    return {
        "MSH-4": message.get("MSH", 4), "MSH-6": message.get("MSH", 6), "MSH-7": message.get("MSH", 7), "MSH-9.1": message.get("MSH", 9).upper(),
        "MSH-9.2": _trigger(message), "MSH-10": message.get("MSH", 10),
    }  # fmt: skip


def _trigger(message: Message) -> str:
    """What made the message be sent; in the first versions EVN-1 alone may say it."""
    return (message.get("MSH", 9, 2) or message.get("EVN", 1)).upper()


def _patient(patient: Segment | None) -> dict[str, str]:
    """Whom a PID segment names."""
    if not patient:
        return {}
    return {
        "PID-3.1": _record_number(patient), "PID-5.1": patient.get(5, 1), "PID-5.2": patient.get(5, 2), "PID-7": patient.get(7),
        "PID-8": patient.get(8), "PID-11.5": patient.get(11, 5), "PID-13": _phones(patient, 13)[0] or _phones(patient, 40)[0],
        "PID-13.4": _email(patient, 13) or _email(patient, 40),
    }  # fmt: skip


def _record_number(patient: Segment) -> str:
    """The medical record number among a patient's identifiers (PID-3), else the first, else PID-2 (until v2.3)."""
    return _medical_number(patient, 3) or patient.get(2)


def _medical_number(segment: Segment | None, number: int) -> str:
    """The medical record number among the identifiers of a CX field, else the first of them; some leave out the number of a kind that
    a patient has none of."""
    numbers = [one for one in segment.repetitions(number) if segment.of(one, 1)] if segment else []
    best = next(
        (one for one in numbers if segment and segment.of(one, 5) in ("MR", "MRN")), numbers[0] if numbers else ""
    )
    return segment.of(best, 1) if segment else ""


def _person(segment: Segment, raw: str, start: int) -> str:
    """ "Family, Given" of an XPN or XCN whose family name is component ``start``."""
    family, given = segment.of(raw, start), segment.of(raw, start + 1)
    return f"{family}, {given}" if family and given else family or given


def _npi(*ids: str) -> str:
    return next((one for one in ids if _NPI.fullmatch(one)), "")


def _phones(segment: Segment, number: int) -> tuple[str, str]:
    """(telephone, fax) of an XTN field."""
    phone = fax = ""
    for one in segment.repetitions(number):
        said = segment.of(one, 1) or segment.of(one, 12) or (segment.of(one, 6) + segment.of(one, 7))
        if segment.of(one, 3) == "FX" or segment.of(one, 2) == "WPF":
            fax = fax or said
        elif "@" not in said:
            phone = phone or said
    return phone, fax


def _email(segment: Segment, number: int) -> str:
    """The e-mail address among an XTN field's repetitions; up to v2.2 it could be all that a number says."""
    told = (segment.of(one, 4) or segment.of(one, 1) for one in segment.repetitions(number))
    return next((one for one in told if "@" in one), "")


def _clinician(segment: Segment | None, number: int) -> dict[str, str]:
    """Whom an XCN field names first. Its repetitions may give the same person's other numbers, or name somebody else."""
    found = segment.repetitions(number) if segment else []
    if not segment or not found:
        return {}
    family = segment.of(found[0], 2)
    own = [one for one in found if not family or segment.of(one, 2).casefold() in ("", family.casefold())]
    return {
        "Referring provider": _person(segment, found[0], 2),
        "Referring NPI": _npi(*(segment.of(one, 1) for one in own)),
    }


def _provider(segment: Segment) -> dict[str, str]:
    """Whom a PRD segment names, and where."""
    names, ids = segment.repetitions(2), segment.repetitions(7)
    if not names and _is_person(segment, 5):  # some number and name the provider where the telephone belongs
        return _clinician(segment, 5) | {"Referring practice": _practice(segment), "Referring ZIP": segment.get(3, 5)}
    phone, fax = _phones(segment, 5)
    return {
        "Referring provider": _person(segment, names[0], 1) if names else "", "Referring NPI": _npi(*(segment.of(one, 1) for one in ids)),
        "Referring practice": _practice(segment), "Referring ZIP": segment.get(3, 5) or (segment.get(4, 5) if _is_address(segment, 4) else ""),
        "Referring phone": phone, "Referring fax": fax,
    }  # fmt: skip


# Tables 0201 and 0202, and their words: what an XTN field has where an XCN field has names.
_USES = frozenset(("PRN", "ORN", "WPN", "VHN", "ASN", "EMR", "NET", "BPN", "PRS", "PH", "FX", "MD", "CP", "SAT", "BP", "INTERNET", "X.400", "TDD", "TTY", "WORK", "HOME",
                   "PHONE", "TELEPHONE", "TEL", "FAX", "MOBILE", "CELL", "CELLULAR", "BUSINESS", "OFFICE", "EMAIL", "PERSONAL", "PRIMARY", "MAIN"))  # fmt: skip


def _is_person(segment: Segment, number: int) -> bool:
    """Whether a field for telephones names somebody: a family and a given name where these have codes."""
    told = (segment.get(number, 2), segment.get(number, 3))
    return all(one and one.upper() not in _USES and not re.search(r"[\d@]", one) for one in told)


_COUNTRY = re.compile(r"[A-Z]{3}")


def _is_address(segment: Segment, number: int) -> bool:
    """Whether a field for a place (PL) holds an address: a postcode where a place has its state, or a town or street of several
    words and a country where it has a bed and a kind."""
    road = " " in segment.get(number, 3) and _COUNTRY.fullmatch(segment.get(number, 6))
    return bool(road) or bool(re.search(r"\d", segment.get(number, 5)))


def _practice(segment: Segment) -> str:
    """Where the provider of a PRD segment works: the organisation, else the facility, the text or the point of the place; of an
    address that stands there the name before it, which a town is not."""
    if _is_address(segment, 4):
        name = segment.get(4, 1)
        return segment.get(10, 1) or ("" if name[:1].isdigit() else name)
    return segment.get(10, 1) or _place(segment, 4)


def _other_number(message: Message) -> str:
    """What a referral without a number of its own goes by: the order it came with, else the message that asked for it, as
    numbered by the facility that sent that; an answer names it in MSA-2."""
    order = next((said for name in ("ORC", "OBR") if (said := _number(message.first(name), 2))), "")
    answers = message.get("MSH", 9).upper() == "RRI"
    said = message.get("MSA", 2) if answers else message.get("MSH", 10)
    return order or (f"{message.get('MSH', 6 if answers else 4)}/{said}".lstrip("/") if said else "")


# Words beside the codes A, P, R and E of table 0283 that mean something else than those do.
_NO_STATE = frozenset(("ACTIVE", "NEW", "OPEN", "ROUTINE", "URGENT", "EMERGENCY", "RECEIVED", "REQUESTED", "SENT", "SCHEDULED", "BOOKED", "COMPLETED"))  # fmt: skip


def _referral_state(segment: Segment | None) -> str:
    """How a referral stands (RF1-1): the code, but for a text beside it that says something else ("A^Active" was not accepted)."""
    text = segment.get(1, 2) if segment else ""
    return text if text.upper() in _NO_STATE else _code(segment, 1)


_NEAR = timedelta(days=31)


def _misplaced_day(message: Message) -> str:
    """A day that stands where a referral has its number (RF1-6), from senders that leave out a field: of no numbering system, and
    about when the message was sent where no day stands where one belongs, else on that very day. As a number it would be that of
    every referral of the day."""
    segment = message.first("RF1")
    said = segment.get(6) if segment else ""
    bare_day = _MIDNIGHT.fullmatch(said)
    if segment is None or bare_day is None or any(segment.get(6, part) for part in (2, 3, 4)):
        return ""
    try:
        day, sent = date.fromisoformat(bare_day[1]), date.fromisoformat(message.get("MSH", 7)[:8])
    except ValueError:
        return ""
    return bare_day[1] if abs(day - sent) <= (timedelta(0) if segment.get(7) else _NEAR) else ""


# LOINC's discharge summaries and notes of a consultation, and what such documents are called.
_REPORTS = frozenset(("18842-5", "11490-0", "28655-9", "34105-7", "34106-5", "34745-0", "11488-4", "34108-1", "34133-9"))  # fmt: skip
_REPORT_WORDS = re.compile(r"discharge|(?:consult\w{0,9}|encounter|clinic|visit) (?:note|report|letter|summary)", re.IGNORECASE)  # fmt: skip
_ASKING_WORDS = re.compile(r"refer|request", re.IGNORECASE)


def _only_reports(message: Message, providers: Collection[str]) -> bool:
    """Whether a message sent as a referral brings the report of a visit or a stay, as Ireland's discharges do: its document says
    so, and neither is anything said of a referral nor a consultant named among the ``providers``, by their roles."""
    if message.first("RF1") or "CP" in providers:
        return False
    documents = [one for one in message.all("OBR") if one.get(4) or one.get(4, 2)]
    told = [one.get(4) in _REPORTS or bool(_REPORT_WORDS.search(_words(one, 4))) for one in documents]
    return any(told) and not any(_ASKING_WORDS.search(_words(one, 4)) for one in documents)


def _referral(message: Message) -> Iterator[Record]:
    segment, misplaced = message.first("RF1"), _misplaced_day(message)
    providers = {
        role: one for one in reversed(message.all("PRD")) for role in (one.of(raw, 1) for raw in one.repetitions(1))
    }
    # Table 0286; AP (author) and IR (intended recipient) are Australia's. Who looks after the patient (PP) may only be told of it:
    # whom the visit names as referring comes first.
    doctor = _clinician(message.first("PV1"), 8)
    told = ("RP", "AP") if any(doctor.values()) else ("RP", "AP", "PP")
    sender = next((providers[role] for role in told if role in providers), None)
    target = next((providers[role] for role in ("RT", "IR") if role in providers), None)
    asks = (message.get("MSH", 9), message.get("MSH", 9, 2)) == (
        "REF",
        "I12",
    )  # the receiver of a request is who is referred to
    found = _common(message) | {f"RF1-{number}": _code(segment, number) for number in (2, 4)}
    found |= {f"RF1-{number}": _words(segment, number) for number in (3, 5, 10)}
    found |= {
        "RF1-1": _referral_state(segment),
        "RF1-6.1": "" if misplaced else _number(segment, 6),
        "RF1-7": misplaced or message.get("RF1", 7),
        "RF1-9": message.get("RF1", 9),
        "RF1-11.1": _number(segment, 11),
        "Other number": _other_number(message),
        "Told as": "report" if asks and not target and _only_reports(message, providers) else "",
    }
    found |= _provider(sender) if sender else doctor
    if target:
        found["Referred to"] = _practice(target)
    found |= {
        "Referred to": found.get("Referred to") or (message.get("MSH", 6) if asks else ""),
        "DG1-3.1": message.get("DG1", 3),
        "NTE-3": message.get("NTE", 3),
    }
    yield message.line, found


def _place(segment: Segment | None, number: int) -> str:
    """A PL: facility, else the text of the place, else its point of care."""
    return _house(segment, number) or (segment.get(number, 1) if segment else "")


def _house(segment: Segment | None, number: int) -> str:
    """The facility of a PL, else the text of the place."""
    return (segment.get(number, 4) or segment.get(number, 9)) if segment else ""


# A point of care that is a room by its own words: no site, which has many of them.
_ROOM = re.compile(r"(?:exam(?:ination)?|treatment|procedure|consult(?:ation|ing)?)?[ ._-]*(?:rooms?|rm|bed|bay|chair|suite|pod)[ ._-]*#?[ ._-]*[a-z]?\d+[a-z]?", re.IGNORECASE)  # fmt: skip


def _site(message: Message) -> str:
    """Where an appointment is: the house that the room or the visit names, else the point of care that is not plainly a room."""
    places = [(message.first("AIL"), 3), (message.first("PV1"), 3)]
    cares = (_place(*place) for place in places)
    return next((said for place in places if (said := _house(*place))), "") or next(
        (one for one in cares if one and not _ROOM.fullmatch(one)), ""
    )


# Tables 0276 to 0278 (what visit, what kind of one, how it stands): in SCH-6 they give no reason for what happened.
_NO_REASON = frozenset(("ROUTINE", "WALKIN", "CHECKUP", "FOLLOWUP", "EMERGENCY", "NORMAL", "TENTATIVE", "COMPLETE", "PENDING", "WAITLIST", "BOOKED",
                        "STARTED", "CANCELLED", "CANCELED", "DC", "DELETED", "BLOCKED", "OVERBOOK", "NOSHOW"))  # fmt: skip


def _bare_words(schedule: Segment | None, number: int) -> set[str]:
    """A coded field's code and text, letters only."""
    told = (schedule.get(number, 1), _words(schedule, number)) if schedule else ()
    return {re.sub(r"[^A-Z]", "", one.upper()) for one in told}


def _event_reason(schedule: Segment | None, services: tuple[str, ...]) -> str:
    """Why the appointment was changed (SCH-6), where it says so: a status, a time or the service itself is no reason."""
    said = _words(schedule, 6)
    wordless = not any(map(str.isalpha, said))
    return "" if wordless or _bare_words(schedule, 6) & _NO_REASON or said in services else said


_MIDNIGHT = re.compile(r"(\d{8})(0000(00(\.0+)?)?([+-]\d{4})?)?")
_TIMES = re.compile(r"\d{8}(\d{2,6})?.*")
_RESOURCES = (("AIS", 4), ("TQ1", 7), ("AIP", 6), ("AIL", 6), ("AIG", 8))
_TIMED = (
    11,
    12,
    10,
)  # where a schedule has its times, and where they stand with a field too many or too few before them
_LONGEST_VISIT = timedelta(days=31)


def _span(schedule: Segment | None) -> tuple[str, str]:
    """When an appointment begins and ends by its schedule: the first repetition that says so. From one day to another that is more
    than a month away somebody is on a waiting list, and there is no appointment yet."""
    if schedule is None:
        return "", ""
    for number in _TIMED:
        for one in schedule.repetitions(number):
            start, end = schedule.of(one, 4), schedule.of(one, 5)
            if _TIMES.fullmatch(start) and (number == _TIMED[0] or _TIMES.fullmatch(end)):
                return ("", "") if _is_window(start, end) else (start, end)
    return schedule.get(11, 4), schedule.get(11, 5)


def _is_window(start: str, end: str) -> bool:
    days = _MIDNIGHT.fullmatch(start), _MIDNIGHT.fullmatch(end)
    try:
        first, last = (date.fromisoformat(day[1]) for day in days if day)
    except ValueError:  # one of the two is no day, or none that there is
        return False
    return last - first > _LONGEST_VISIT


def _start(message: Message) -> str:
    """When an appointment begins. Some name the day in the schedule and the hour with the service, the person or the room, of which
    the earliest counts."""
    told = [_span(message.first("SCH"))[0]]
    for name, number in _RESOURCES:
        told += sorted(said for one in message.all(name) if (said := one.get(number)))
    told = [one for one in told if one]
    bare_day = _MIDNIGHT.fullmatch(told[0]) if told else None
    if not bare_day:
        return told[0] if told else ""
    return next((one for one in told if one.startswith(bare_day[1]) and not _MIDNIGHT.fullmatch(one)), told[0])


def several_starts(message: Message) -> str:
    """The starts of a schedule that books several times at once (SCH-11 repeats), of which one is read; nothing of any other."""
    schedule = message.first("SCH")
    told = dict.fromkeys(said for one in schedule.repetitions(11) if (said := schedule.of(one, 4))) if schedule else {}
    return ", ".join(told) if len(told) > 1 else ""


# Words of table 0278 and of those who write their own, without their spaces and hyphens.
_STANDING = frozenset(("PENDING", "WAITLIST", "BOOKED", "STARTED", "COMPLETE", "COMPLETED", "CANCELLED", "CANCELED", "DC", "DELETED", "BLOCKED", "OVERBOOK",
                       "NOSHOW", "ARRIVED", "CHECKEDIN", "CONFIRMED", "RESCHEDULED", "SCHEDULED"))  # fmt: skip


_YET_TO_BE = frozenset(("PENDING", "WAITLIST", "BOOKED", "OVERBOOK", "CONFIRMED", "RESCHEDULED", "SCHEDULED"))


def _standing(schedule: Segment | None) -> str:
    """How an appointment stands: the code of SCH-25 or the text beside a code of the house, as Epic's ``Sch^Scheduled``; of two
    codings (``Sch^Scheduled^^Arr^Arrived``) what became of it. Where that field is blank, another that names table 0278."""
    told = [said for component in (1, 2, 4, 5) if schedule and (said := schedule.get(25, component))]
    if schedule and not told:
        coded = (place for place in range(1, len(schedule.fields)) if schedule.get(place, 3) in ("HL70278", "0278"))
        told = [said for place in coded for component in (1, 2) if (said := schedule.get(place, component))]
    known = {one: bare for one in told if (bare := re.sub(r"[^A-Z]", "", one.upper())) in _STANDING}
    ended = (one for one, bare in known.items() if bare not in _YET_TO_BE)
    return next(ended, "") or next(iter(known), "") or (told[0] if told else "")


def _appointment(message: Message) -> Iterator[Record]:
    schedule, service, starts = message.first("SCH"), message.first("AIS"), _start(message)
    missed = message.get("MSH", 9, 2).upper() in ("S15", "S16") and "NOSHOW" in _bare_words(schedule, 6)
    found = _common(message) | {"SCH-8": _words(schedule, 8)}
    found |= {
        "SCH-6": _event_reason(schedule, (_words(service, 3), found["SCH-8"])),
        "SCH-1.1": _number(schedule, 1), "SCH-2.1": _number(schedule, 2), "SCH-11.4": starts, "SCH-11.5": _span(schedule)[1],
        "SCH-25": "NOSHOW" if missed else _standing(schedule), "SCH-26.1": _number(schedule, 26) or _number(message.first("RF1"), 6), "Service": _words(service, 3) or _words(schedule, 8),
        "Location": _site(message),
        "Booked": message.get("MSH", 7) if message.get("MSH", 9, 2) == "S12" else "",
    }  # fmt: skip
    if message.get("MSH", 9, 2).upper() == "S17" and not starts:  # a deletion need not say when it would have been
        found["SCH-11.4"] = message.get("MSH", 7)
    yield message.line, found


# Detail segments of orders of things rather than services: medicines, diets, supplies, blood.
_THINGS = frozenset(("RXO", "RXE", "RXD", "RXG", "RXA", "RXR", "RXC", "ODS", "ODT", "RQD", "RQ1", "BPO", "BTX"))


# Order controls by which something is asked of the receiver; other messages tell how it stands, in either direction, and
# where they name nobody they may leave out the place as well.
_ASKING = ("", "NW", "SN", "RO", "XO", "RP", "PA", "CH")
_CPT = ("C4", "CPT", "CPT4", "CPT-4")
_LABORATORY_CPT = re.compile(r"8\d{4}|\d{4}U")  # 80047 to 89398, and the proprietary analyses


# Sections of table 0074 that test no specimens, and DICOM's names of what makes pictures, which many write there.
_NO_LABORATORY = frozenset((
    "AU", "CT", "CTH", "CUS", "EC", "EN", "ICU", "IMG", "NMR", "NMS", "NRS", "OT", "OTH", "OUS", "PAR", "PF", "PHR", "PHY", "PT", "RAD", "RC", "RT", "RUS", "RX", "VUS", "XRC",
    "BMD", "CR", "DG", "DX", "ECG", "ES", "IVUS", "MG", "MR", "MRI", "NM", "OP", "OPT", "PET", "PX", "RF", "US", "XA", "XR",
))  # fmt: skip


def _section(part: Message) -> str:
    """The diagnostic section of an order; an imaging order may tell its modality with the procedure instead (IPC)."""
    return part.get("OBR", 24) or part.get("IPC", 5)


def _ordered_as(message: Message, part: Message) -> str:
    """What an order is of, where that is no service: things, or a test of a laboratory. The section says so itself
    (OBR-24); where it is blank or a word of the house, a specimen or a message for laboratories does."""
    if any(segment.name in _THINGS for segment in part.segments):
        return "things"
    told = part.first("SPM") or part.get("OBR", 15) or message.get("MSH", 9).upper() == "OML"
    elsewhere = _section(part).upper() in _NO_LABORATORY
    coded = part.get("OBR", 4, 3).upper() in _CPT and _LABORATORY_CPT.fullmatch(part.get("OBR", 4))
    return "laboratory" if coded or (told and not elsewhere) else ""


def _orders(message: Message) -> Iterator[Record]:
    """Each order of a message: an ORC with what follows it until the next. A further PID begins another patient's orders
    in an ORM; in the newer messages it heads earlier results that are sent along."""
    header, kind = _header(message), message.get("MSH", 9).upper()
    general, asks = kind == "ORM", kind != "OSU"  # how an order stands is told by either side
    heads: list[Message] = [Message()]  # per patient of the message: the segments before that patient's first order
    groups: list[tuple[int, list[Segment]]] = []
    for segment in message.segments:
        if segment.name == "PID" and heads[-1].first("PID"):
            heads.append(Message())
        if segment.name == "ORC":
            groups.append((len(heads) - 1, [segment]))
        elif groups and groups[-1][0] == len(heads) - 1:
            groups[-1][1].append(segment)
        else:
            heads[-1].segments.append(segment)
    for turn, group in groups:
        order, part, head = group[0], Message(group), heads[turn]
        common, visit = header | _patient(head.first("PID")), head.first("PV1") or heads[0].first("PV1")
        request, timing, imaging = part.first("OBR"), part.first("TQ1"), part.first("IPC")
        who = _clinician(order, 12) or _clinician(request, 16) or _clinician(visit, 8)
        phone, fax = _phones(order, 23)
        yield order.line, common | who | {
            "Referring practice": order.get(21, 1) or order.get(17, 2), "Referring ZIP": order.get(22, 5), "Referring phone": phone, "Referring fax": fax,
            "ORC-1": order.get(1), "ORC-2.1": _number(order, 2) or _number(request, 2), "ORC-3.1": _number(order, 3) or _number(request, 3) or _number(imaging, 1),
            "ORC-4.1": _number(order, 4), "Ordered as": "before" if turn and not general else _ordered_as(message, part),
            "ORC-5": order.get(5), "ORC-9": order.get(9), "ORC-16": _words(order, 16),
            "Priority": (timing.get(9) if timing else "") or order.get(7, 6) or part.get("OBR", 27, 6) or part.get("OBR", 5),
            "OBR-4": _words(request, 4) or _words(request, 44) or _words(imaging, 6), "OBR-24": _section(part), "OBR-31": _code(request, 31) or part.get("DG1", 3),
            "Location": _place(visit, 3) or (message.get("MSH", 6) if asks and (order.get(1) in _ASKING or who) else ""),
        }  # fmt: skip


def _visit_number(message: Message) -> str:
    """The visit number, else the alternate one, else the account with the day: one account may be used for several visits."""
    account = message.get("PID", 18)
    day = (message.get("PV1", 44) or message.get("EVN", 2) or message.get("MSH", 7))[:8]
    return message.get("PV1", 19) or message.get("PV1", 50) or (f"{account}/{day}" if account and day else "")


def _class(visit: Segment | None) -> str:
    """The patient class (PV1-2): a code of table 0004, else the text beside a code of the house."""
    code, text = (visit.get(2), visit.get(2, 2)) if visit else ("", "")
    return text if text and code.upper() not in _CLASSES else code


_CLASSES = frozenset("EIOPRBCNU")

# Events with which a visit begins: others happen after it, or are about one that never did.
_COMING = ("A01", "A04")


def _visit(message: Message) -> Iterator[Record]:
    """The visit a message is about, or each pair of record numbers that it says are one patient's."""
    visit, happened = message.first("PV1"), message.get("EVN", 6) or message.get("EVN", 2)
    found = _common(message) | {
        "PV1-2": _class(visit), "PV1-10": _code(visit, 10), "PV1-19.1": _visit_number(message), "PV1-44": message.get("PV1", 44),
        "PV1-45": message.get("PV1", 45), "EVN-2": happened, "Planned": message.get("PV2", 8) or message.get("EVN", 3), "Location": _place(visit, 3),
        "PV1-8": _clinician(visit, 8).get("Referring provider", ""),
    }  # fmt: skip
    found["Came"] = (happened or message.get("MSH", 7)) if found["MSH-9.2"] in _COMING else ""
    merged = _merged(message)
    yield message.line, found | (merged[0][1] if merged else {"MRG-1.1": ""})
    for line, pair in merged[1:]:
        yield line, found | pair


def _merged(message: Message) -> list[Record]:
    """What each MRG segment merges: the prior number, and whom the PID before it names."""
    pairs, patient = [], message.first("PID")
    for segment in message.segments:
        if segment.name == "PID":
            patient = segment
        elif segment.name == "MRG" and patient:
            pairs.append((patient.line, _patient(patient) | {"MRG-1.1": _medical_number(segment, 1)}))
    return pairs


FAMILIES: dict[str, Callable[[Message], Iterator[Record]]] = {
    "REF": _referral,
    "SIU": _appointment,
    "ORM": _orders,
    "ADT": _visit,
}


def times(record: dict[str, str]) -> list[str]:
    """Turn a record's times into ISO text; returns the headers of those that name no day."""
    partial = []
    for header in DATES & set(record):
        record[header], open_ended = moment(record[header])
        if open_ended:
            partial.append(header)
    if record.get("PID-7"):
        record["PID-7"] = record["PID-7"][:10]
    return partial
