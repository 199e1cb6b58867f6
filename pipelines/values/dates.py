"""Dates and times as files write them.

03/04/2026 means nothing until some other cell of its column shows a day above 12. ``decide_dates`` looks at sample texts and
answers with the formats, ``date_sql`` parses with them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from pipelines import languages

MONTHS = (
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
)

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

_TIME = re.compile(
    r"(?P<gap>[ T:]|, ?| at )(?P<hour>\d{1,2})(?::(?P<minute>\d\d)(?::(?P<second>\d\d)(?P<fraction>\.\d{1,9})?)?|(?= ?[AaPp][Mm]))"
    r"(?P<meridiem>(?P<space> ?)[AaPp][Mm])?(?P<offset> ?(?:Z|UTC|[+-]\d\d:?\d\d))?$"
)
# Zones that a time may end with, in hours from UTC. CST, BST and IST mean several; the first is that of the US.
_ZONES = {"utc": 0, "gmt": 0, "est": -5, "edt": -4, "cst": -6, "cdt": -5, "mst": -7, "mdt": -6, "pst": -8, "pdt": -7, "akst": -9, "akdt": -8, "hst": -10,
          "cet": 1, "mez": 1, "cest": 2, "mesz": 2}  # fmt: skip
_ZONE = rf" (?:(?:utc|gmt)?[+-][0-9]{{1,2}}(?::?[0-9]{{2}})?|[(]?(?:{'|'.join(_ZONES)})[)]?)$"  # for Python and DuckDB alike
_EPOCH = re.compile(r"1\d{9}(\d{3})?$")  # seconds or their thousandths since 1970, from 2001 on
_NUMERIC = re.compile(r"(\d{1,2})([-/. ])(\d{1,2})\2(\d{4}|\d{2})$")
_YEAR_FIRST = re.compile(r"\d{4}([-/. ])\d{1,2}\1\d{1,2}$")
# What is written in a way of its own, and as formats can say it; for Python and DuckDB alike.
_PLAINER = (
    (
        r"(?i)^(?:mon|tues?|weds?|thu|thurs?|thur|fri|sat|sun)\.?,? +([0-9]|[a-z]{3})",
        r"\1",
    ),  # Thurs 3/5/26, Thurs. Mar 5 2026
    (r"(?i)\bde ", ""),
    (r" (?:@ )? *", " "),
    (r"(\d)@(\d)", r"\1 \2"),  # MAR 02, 2026@10:15
    (r"(?i)\b(\d{1,2})(?:st|nd|rd|th)\b", r"\1"),  # March 3rd, 2026
    (r"(\d) (\d\d)\.(\d\d)\.(\d\d)(?:\.\d+)?", r"\1 \2:\3:\4"),  # 18-MAR-26 09.30.00.000000 AM
    (r"(?i)((?:19|20)\d\d|[-/.]\d\d) ([01]\d|2[0-3]|[1-9])([0-5]\d)(?: ?hrs?)?$", r"\1 \2:\3"),  # 3/18/2026 0930, 930
    (r"(?i)(\d) (?:12 ?)?noon$", r"\1 12:00 pm"),
    (r"(?i)(\d) ?([ap])(?:\.? ?m\.|\. ?m|)$", r"\1 \2m"),  # 8:41 a.m., 8:41 p
)
_DAY_MONTH = re.compile(r"\d{1,2}([-/. ]|\. |)(?P<month>[A-Za-z]{3,9})(\.?,? ?[-/]?)(?P<year>\d{4}|\d{2})$")
_MONTH_DAY = re.compile(r"(?P<month>[A-Za-z]{3,9})(\.?)([-/ ])\d{1,2}(,? ?[-/]?)(?P<year>\d{4})$")
_WEEKDAY = re.compile(r"(mon|tue|wed|thu|fri|sat|sun)([a-z]*)(,? )", re.IGNORECASE)
_SERIAL = re.compile(r"\d{5}(\.\d+)?$")
_SAFE_FORMAT = re.compile(r"[-%A-Za-z0-9/.,: ]+")


@dataclass(frozen=True)
class Shape:
    """What one text looks like: its strptime format with ``{0}{1}`` where day and month may be either way."""

    kind: str  # format | serial | offset | epoch | zoned (a format, with a zone's name behind it)
    format: str = ""
    first: int = 0
    second: int = 0
    timed: bool = False
    abroad: bool = False  # its month is not in English, or it is written in a way of its own (``_PLAINER``)

    @property
    def open_order(self) -> bool:
        return "{0}" in self.format


@dataclass(frozen=True)
class DateFormats:
    """How a column's dates are written. ``order`` is mdy or dmy where the column leaves that open, ``proof``
    whether some cell (or the person) settles it, ``conflict`` that cells contradict each other."""

    formats: tuple[str, ...] = ()
    serial: bool = False
    offset: bool = False
    order: str | None = None
    proof: str | None = None  # values | choice | file (its other columns) | shape | language | None (assumed)
    conflict: bool = False
    epoch: bool = False  # some are seconds, or thousandths of them, since 1970
    zoned: bool = False  # the name of a zone follows some of its times
    abroad: bool = False  # some are in another language, or written in a way of their own

    @property
    def ambiguous(self) -> bool:
        return self.order is not None and self.proof is None

    def swapped(self) -> DateFormats:
        """The same column read in the other order."""
        other = "dmy" if self.order == "mdy" else "mdy"
        pairs = str.maketrans({"m": "d", "d": "m"})
        turned = tuple(text.translate(pairs) if re.match(r"%[md][-/. ]?%[md]", text) else text for text in self.formats)
        return replace(self, formats=turned, order=other)

    def describe(self) -> str:
        """The formats as a person would name them."""
        names = {"%Y": "YYYY", "%y": "YY", "%m": "MM", "%d": "DD", "%b": "Mon", "%B": "Month", "%H": "HH", "%I": "HH", "%M": "MM",
                 "%S": "SS", "%g": "fff", "%p": "AM", "%a": "Day", "%A": "Day", "%n": "fff", "%f": "ffffff"}  # fmt: skip
        told = [re.sub(r"%[A-Za-z]", lambda match: names[match[0]], text) for text in self.formats]
        return ", ".join(
            [
                *told,
                *(["spreadsheet day numbers"] if self.serial else []),
                *(["ISO 8601 with offset"] if self.offset else []),
            ]
        )


def shape(text: str) -> Shape | None:
    """The shape of one text, or ``None`` if it is no date at all."""
    found = _TIME.search(text)
    if found and found["offset"] and found["offset"][:2] not in (" +", " -"):
        return Shape("offset", timed=True) if _YEAR_FIRST.match(text[: found.start()]) else None
    clock = _clock(found) if found else ""
    body = text[: found.start()] if found else text
    day = _day(body) if not (found and found["offset"]) else None
    if day is not None:
        return Shape("format", day.format + clock, day.first, day.second, bool(found))
    return _rarer(text, timed=bool(found))


def _rarer(text: str, *, timed: bool) -> Shape | None:
    """What few files write: numbers of days or seconds, a zone by its name, months of other languages."""
    if not timed and _SERIAL.match(text):
        return Shape("serial", timed="." in text)
    if _EPOCH.match(text):
        return Shape("epoch", timed=True)
    if (zone := re.search(_ZONE, text, re.IGNORECASE)) and (bare := shape(text[: zone.start()])) and bare.timed:
        return replace(bare, kind="zoned") if bare.kind == "format" else None
    english = _in_english(text)
    found = shape(english) if english != text else None
    return replace(found, abroad=True) if found and found.kind == "format" else None


def _in_english(text: str) -> str:
    """A date as formats can say it: "12 de marzo de 2026" is "12 Mar 2026", "8:41 a.m." is "8:41 am"."""
    for month, words in languages.months().items():
        text = re.sub(rf"(?i)\b(?:{words})\b\.?", month, text)
    for pattern, plain in _PLAINER:
        text = re.sub(pattern, plain, text)
    return text


def _english_sql(cell: str) -> str:
    """SQL of ``_in_english``."""
    for month, words in languages.months().items():
        cell = f"regexp_replace({cell}, '(?i)\\b(?:{words})\\b\\.?', '{month}')"
    for pattern, plain in _PLAINER:
        cell = f"regexp_replace({cell}, '{pattern}', '{plain}', 'g')"
    return cell


def _clock(found: re.Match[str]) -> str:
    second = ":%S" if found["second"] else ""
    digits = len(found["fraction"] or ".") - 1
    fraction = "" if not digits else ".%g" if digits <= 3 else ".%f" if digits <= 6 else ".%n"
    meridiem = f"{found['space']}%p" if found["meridiem"] else ""
    minute = ":%M" if found["minute"] else ""
    return f"{found['gap']}{'%I' if meridiem else '%H'}{minute}{second}{fraction}{meridiem}"


def _day(text: str) -> Shape | None:
    week = _WEEKDAY.match(text)
    if week and week[2] and f"{week[1]}{week[2]}".lower() not in WEEKDAYS:
        return None
    if week:
        rest = _day(text[week.end() :])
        return rest and replace(rest, format=f"{'%A' if week[2] else '%a'}{week[3]}{rest.format}")
    return _numeric(text) or _year_first(text) or _unseparated(text) or _named_month(text)


def _numeric(text: str) -> Shape | None:
    found = _NUMERIC.match(text)
    if not found or not _possible(int(found[1]), int(found[3])):
        return None
    return Shape("format", f"{{0}}{found[2]}{{1}}{found[2]}{_year(found[4])}", int(found[1]), int(found[3]))


def _year_first(text: str) -> Shape | None:
    found = _YEAR_FIRST.match(text)
    return Shape("format", f"%Y{found[1]}%m{found[1]}%d") if found else None


def _unseparated(text: str) -> Shape | None:
    if re.fullmatch(r"(19|20)\d{6}", text) and 1 <= int(text[4:6]) <= 12:
        return Shape("format", "%Y%m%d")
    if re.fullmatch(r"(19|20)\d{10}(\d\d)?", text) and 1 <= int(text[4:6]) <= 12:
        return Shape("format", "%Y%m%d%H%M%S" if len(text) == 14 else "%Y%m%d%H%M", timed=True)
    if (found := re.fullmatch(r"(?:19|20)\d{6}([ T])\d{4}(\d\d)?", text)) and 1 <= int(text[4:6]) <= 12:
        return Shape("format", f"%Y%m%d{found[1]}%H%M{'%S' if found[2] else ''}", timed=True)
    if found := re.fullmatch(r"\d{4}-\d\d-\d\d-\d\d\.\d\d\.\d\d(\.\d{1,6})?", text):
        return Shape("format", "%Y-%m-%d-%H.%M.%S" + (".%f" if found[1] else ""), timed=True)
    if re.fullmatch(r"\d{4}(19|20)\d\d", text) and _possible(int(text[:2]), int(text[2:4])):
        return Shape("format", "{0}{1}%Y", int(text[:2]), int(text[2:4]))
    return None


def _possible(first: int, second: int) -> bool:
    """Whether two numbers can be a day and a month in either order."""
    return min(first, second) >= 1 and min(first, second) <= 12 and max(first, second) <= 31


def _named_month(text: str) -> Shape | None:
    if (found := _DAY_MONTH.match(text)) and (month := _month(found["month"])):
        return Shape("format", f"%d{found[1]}{month}{found[3]}{_year(found['year'])}")
    if (found := _MONTH_DAY.match(text)) and (month := _month(found["month"])):
        return Shape("format", f"{month}{found[2]}{found[3]}%d{found[4]}%Y")
    return None


def _month(name: str) -> str | None:
    low = name.lower()
    if low in MONTHS and low != "may":
        return "%B"
    return "%b" if any(month[:3] == low for month in MONTHS) else None


def _year(text: str) -> str:
    return "%Y" if len(text) == 4 else "%y"


def decide_dates(texts: Iterable[str], order: str | None = None) -> DateFormats:
    """The formats of a column, from distinct ``texts`` of it. ``order`` (mdy or dmy) is a person's choice and
    settles what the texts leave open. Texts that are no dates are left to be reported as such."""
    shapes = [found for found in map(shape, texts) if found]
    unsettled = [found for found in shapes if found.open_order]
    decided = _order(unsettled, order)
    formats: dict[str, None] = {}
    first, second = ("%d", "%m") if decided.order == "dmy" else ("%m", "%d")
    for found in shapes:
        if found.kind in ("format", "zoned"):
            formats[found.format.format(first, second) if found.open_order else found.format] = None
    # Two-digit years first: %y refuses 2026, whereas %Y would read 26 as the year 26.
    ordered = tuple(sorted(formats, key=lambda text: ("%y" not in text, text)))
    kinds = {found.kind for found in shapes}
    return replace(
        decided, formats=ordered, serial="serial" in kinds, offset=bool(kinds & {"offset", "epoch", "zoned"}),
        epoch="epoch" in kinds, zoned="zoned" in kinds, abroad=any(found.abroad for found in shapes),
    )  # fmt: skip


def _order(unsettled: Sequence[Shape], chosen: str | None) -> DateFormats:
    if not unsettled:
        return DateFormats()
    day_first = sum(found.first > 12 >= found.second for found in unsettled)
    month_first = sum(found.second > 12 >= found.first for found in unsettled)
    conflict = bool(day_first and month_first)
    if chosen:
        return DateFormats(order=chosen, proof="choice", conflict=conflict)
    if day_first or month_first:
        return DateFormats(order="dmy" if day_first > month_first else "mdy", proof="values", conflict=conflict)
    # Assumed, and said to be: where days and months are parted by dots, the day comes first.
    dotted = all(found.format.startswith("{0}.{1}") for found in unsettled)
    return DateFormats(order="dmy" if dotted else "mdy")


def follow(how: DateFormats, orders: set[str | None], proof: str = "file") -> DateFormats:
    """An open column read in the one order that something else shows: the file's other columns, or its shape."""
    return replace(how if how.order in orders else how.swapped(), proof=proof)


def proven(how: DateFormats) -> DateFormats:
    """The same formats, their order settled by the column's values."""
    return replace(how, proof="values")


def date_sql(cell: str, how: DateFormats, date_system: int) -> str:
    """SQL for the local TIMESTAMP in ``cell`` (a column reference of ours), NULL where it is not readable.
    Times with an offset are not local: see ``offset_sql``."""
    parts = [_parsed(_english_sql(cell) if how.abroad else cell, how)] if how.formats else []
    if how.serial:
        origin = "1904-01-01" if date_system == 1904 else "1899-12-30"
        # Seconds, rounded: 0.5 of a day is exact, but one second is not.
        parts.append(
            f"case when regexp_full_match({cell}, '[0-9]{{5}}(\\.[0-9]+)?') then timestamp '{origin}' "
            f"+ to_seconds(round(try_cast({cell} as double) * 86400)::bigint) end"
        )
    return f"coalesce({', '.join(parts)})" if parts else "null::timestamp"


def _parsed(cell: str, how: DateFormats) -> str:
    if not all(_SAFE_FORMAT.fullmatch(text) for text in how.formats):
        raise ValueError("a date format may hold only directives and separators")
    if any("%n" in text for text in how.formats):
        # Finer than a microsecond would give the whole column a type that ends in 2262, and that nothing later takes.
        cell = f"regexp_replace({cell}, '([0-9][.][0-9]{{6}})[0-9]{{1,3}}', '\\1')"
        how = replace(how, formats=tuple(dict.fromkeys(text.replace("%n", "%f") for text in how.formats)))
    return f"try_strptime({cell}, [{', '.join(repr(text) for text in how.formats)}])"


def offset_sql(cell: str, how: DateFormats) -> str:
    """SQL for the UTC TIMESTAMP of a cell that says its own offset or zone, or is a count of seconds; else NULL."""
    parts = [
        f"case when regexp_matches({cell}, '[0-9] ?(Z|UTC|[+-][0-9]{{2}}:?[0-9]{{2}})$') "
        f"then make_timestamp(epoch_us(try_cast(replace(replace({cell}, ' UTC', 'Z'), 'UTC', 'Z') as timestamptz))) end"
    ]
    if how.epoch:
        thousandths = f"case when length({cell}) = 13 then {cell} else {cell} || '000' end"
        parts.append(
            f"case when regexp_full_match({cell}, '1[0-9]{{9}}([0-9]{{3}})?') then epoch_ms(try_cast({thousandths} as bigint)) end"
        )
    if how.zoned:
        parts.append(_zoned_sql(cell, how))
    return f"coalesce({', '.join(parts)})" if len(parts) > 1 else parts[0]


def instant_sql(cell: str, zone: str) -> str:
    """SQL for the UTC TIMESTAMP of a cell that a machine wrote by ISO 8601 with its offset; one without is of ``zone``. Nothing is
    looked for in the column first, so that what a bulk export stamps on every record costs no more than its cast."""
    told = f"(ends_with({cell}, 'Z') or regexp_matches({cell}, '[0-9][+-][0-9]{{2}}:?[0-9]{{2}}$'))"
    local = f"make_timestamp(epoch_us(timezone({zone}, try_cast({cell} as timestamp))))"
    return f"case when {told} then make_timestamp(epoch_us(try_cast({cell} as timestamptz))) else {local} end"


def _zoned_sql(cell: str, how: DateFormats) -> str:
    zone = f"lower(trim(regexp_extract({cell}, '(?i){_ZONE}'), ' ()'))"
    named = " ".join(f"when '{name}' then {hours * 60}" for name, hours in _ZONES.items())
    sign = f"(case when contains({zone}, '-') then -1 else 1 end)"
    hours = f"coalesce(try_cast(regexp_extract({zone}, '[+-]([0-9]{{1,2}})', 1) as integer), 0)"
    minutes = f"coalesce(try_cast(regexp_extract({zone}, '[+-][0-9]{{1,2}}:?([0-9]{{2}})$', 1) as integer), 0)"
    ahead = f"(case {zone} {named} else {sign} * ({hours} * 60 + {minutes}) end)"
    bare = _parsed(f"regexp_replace({cell}, '(?i){_ZONE}', '')", how)
    return f"case when regexp_matches({cell}, '(?i){_ZONE}') then {bare} - to_minutes({ahead}) end"
