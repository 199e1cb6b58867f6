"""What a number format makes of a number: a date, a time, a share, money that is no dollars, digits filled into a mask; otherwise
just the number.

Not a renderer of formats. Numbers keep every digit they have (a format that shows two decimals hides the others), and
dates become ISO whatever order the sheet shows them in. What counts is what a format *means*.
"""

from __future__ import annotations

import datetime as dt
import math
import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

GENERAL, DATE, TIME, DURATION, PERCENT, MONEY, MASK, WORDS = (
    "general",
    "date",
    "time",
    "duration",
    "percent",
    "money",
    "mask",
    "words",
)
# Built into Excel, with the numbers that East Asian versions use for dates; others are written out in the file.
BUILT_IN = {
    9: "0%", 10: "0.00%", **dict.fromkeys((14, 15, 16, 17, *range(27, 32), 36, *range(50, 59)), "yyyy-mm-dd"), 18: "h:mm AM/PM",
    19: "h:mm:ss AM/PM", 20: "h:mm", 21: "h:mm:ss", 22: "yyyy-mm-dd h:mm", 32: "h:mm", 33: "h:mm:ss", 34: "h:mm", 35: "h:mm:ss",
    45: "mm:ss", 46: "[h]:mm:ss", 47: "mm:ss.0",
}  # fmt: skip
_LITERAL = re.compile(r'"([^"]*)"?|\\(.)|_.|\*.')
_BRACKET = re.compile(r"\[([^\]]*)\]")
_ELAPSED = re.compile(r"h+|m+|s+", re.IGNORECASE)
_CONDITION = re.compile(r"(<=|>=|<>|<|>|=)\s*(-?[\d.]+)")
_COMPARE: dict[str, Callable[[float, float], bool]] = {
    "<=": operator.le, ">=": operator.ge, "<>": operator.ne, "<": operator.lt, ">": operator.gt, "=": operator.eq,
}  # fmt: skip
_SYMBOL = re.compile(r"\[\$([^\]-]*)(?:-[^\]]*)?\]")  # [$€-407], [$EUR]
# Amounts are in US dollars unless something says otherwise; these signs and ISO 4217 codes do.
_CURRENCY = re.compile(
    r"[€£¥₹₪₩₺₽]|\bkr\b|zł|Kč|R\$|\b(?:AED|AUD|BRL|CAD|CHF|CNY|CZK|DKK|EUR|GBP|HKD|HUF|ILS|INR|JPY|KRW|MXN|NOK|NZD|PLN|SAR|SEK|SGD|ZAR)\b"
)
_CODE = re.compile(r"[A-Z]{1,5}[-_/#]?")  # right before the digits: S-12, V3; not "Day 3" or "$3"
_PLAIN = set("-()/: +")  # signs that stand for themselves


@dataclass(frozen=True)
class Mask:
    """Digits and signs, such as ``000-00-0000``; ``holds`` tells for which numbers."""

    signs: tuple[tuple[bool, str], ...]  # (is a place for a digit, "0" or "#" or the sign)
    condition: tuple[str, float] | None

    def holds(self, value: float) -> bool:
        return self.condition is None or _COMPARE[self.condition[0]](value, self.condition[1])


@dataclass(frozen=True)
class Word:
    """What a section shows in place of a number (``"Yes"``), None where it shows the number; ``holds`` tells when."""

    text: str | None
    condition: tuple[str, float]

    def holds(self, value: float) -> bool:
        return _COMPARE[self.condition[0]](value, self.condition[1])


@dataclass(frozen=True)
class Format:
    """What a number format means. ``symbol``: the currency of ``MONEY``."""

    kind: str
    masks: tuple[Mask, ...] = ()
    words: tuple[Word, ...] = ()
    symbol: str = ""


PLAIN = Format(GENERAL)


@lru_cache(maxsize=4096)
def parse(code: str) -> Format:
    """The meaning of a number format as workbooks write it (``m/d/yyyy``, ``0.0%``, ``00000``, ``[h]:mm``)."""
    sections = _sections(code[:1000])
    words = _words(sections[:3])
    if any(word.text for word in words):
        return Format(WORDS, words=words)
    bare = _LITERAL.sub("", sections[0])
    if any(_ELAPSED.fullmatch(inner) for inner in _BRACKET.findall(bare)):
        return Format(DURATION)
    letters = re.sub(r"general", "", _BRACKET.sub("", bare), flags=re.IGNORECASE).lower()
    if kind := _moment_kind(letters.replace("am/pm", "h").replace("a/p", "h")):
        return Format(kind)
    if "%" in letters:
        return Format(PERCENT)
    masks = [mask for section in sections[:2] if (mask := _mask(section))]
    if masks and _says_something(masks[0]):
        return Format(MASK, tuple(masks))
    symbol = _currency(sections[0])
    return Format(MONEY, symbol=symbol) if symbol and set(letters) & set("0#?") else PLAIN


def _currency(section: str) -> str:
    """The currency that a section names beside its digits, empty where that is none or the dollar."""
    said = " ".join(
        [
            *_SYMBOL.findall(section),
            *(a or b for a, b in _LITERAL.findall(section)),
            _LITERAL.sub(" ", _BRACKET.sub(" ", section)),
        ]
    )
    found = _CURRENCY.search(said)
    return found.group() if found else ""


def _moment_kind(letters: str) -> str | None:
    """DATE or TIME, by the letters of a format that has no places for digits."""
    have = set(letters)
    if have & set("0#?") and not re.search(r"s\.0", letters):
        return None
    if have & set("yd") or ("m" in have and not have & set("hs")):
        return DATE
    if have & set("hs"):
        return TIME
    return DATE if have & set("eg") else None  # eras of the Japanese calendar


def _sections(code: str) -> list[str]:
    """The parts between semicolons that are not quoted."""
    parts, start, quoted = [], 0, False
    for place, sign in enumerate(code):
        if sign == '"' and (place == 0 or code[place - 1] != "\\"):
            quoted = not quoted
        elif sign == ";" and not quoted:
            parts.append(code[start:place])
            start = place + 1
    return [*parts, code[start:]]


def _words(sections: list[str]) -> tuple[Word, ...]:
    """The sections for numbers, and which of them show a word instead: ``"Yes";"Yes";"No"``, ``[=1]"Male";"Female"``. A
    section without a condition of its own has the usual one: above nothing, below it, nothing."""
    usual = {1: (("<>", math.inf),), 2: ((">=", 0.0), ("<>", math.inf)), 3: ((">", 0.0), ("<", 0.0), ("<>", math.inf))}[
        len(sections)
    ]
    found = []
    for section, condition in zip(sections, usual, strict=True):
        said = _condition(section)
        text = "".join(a or b for a, b in _LITERAL.findall(section))
        wordy = not _LITERAL.sub("", _BRACKET.sub("", section)).strip() and any(sign.isalpha() for sign in text)
        found.append(Word(" ".join(text.split()) if wordy else None, said or condition))
    told = any(_condition(section) for section in sections)  # then what has no condition is for all other numbers
    return tuple(
        Word(word.text, ("<>", math.inf)) if told and not _condition(section) else word
        for word, section in zip(found, sections, strict=True)
    )


def _condition(section: str) -> tuple[str, float] | None:
    found = next((found for inner in _BRACKET.findall(section) if (found := _CONDITION.fullmatch(inner))), None)
    return (found.group(1), float(found.group(2))) if found else None


def _mask(section: str) -> Mask | None:
    """The section as a mask, or None when it does more than fill in digits."""
    rest, signs, place = _BRACKET.sub("", section), [], 0
    while place < len(rest):
        literal = _LITERAL.match(rest, place)
        if literal:
            signs += [(False, sign) for sign in literal.group(1) or literal.group(2) or ""]
            place = literal.end()
            continue
        if rest[place] not in "0#" and rest[place] not in _PLAIN:
            return None
        signs.append((rest[place] in "0#", rest[place]))
        place += 1
    while signs and not signs[-1][0]:
        signs.pop()  # a unit behind the number, such as " days"
    if not signs:
        return None
    return Mask(tuple(signs), _condition(section))


def _says_something(mask: Mask) -> bool:
    """Zeros to fill up with, signs between the digits, or the letters of a code before them (``"S-"0``)."""
    digits = [place for place, (is_digit, _) in enumerate(mask.signs) if is_digit]
    zeros = sum(sign == "0" for is_digit, sign in mask.signs if is_digit)
    within = any(not is_digit for is_digit, _ in mask.signs[digits[0] :])
    before = "".join(sign for _, sign in mask.signs[: digits[0]])
    return zeros >= 2 or (within and len(digits) >= 4) or _CODE.fullmatch(before) is not None


def shown(value: float, form: Format, date_system: int = 1900) -> str:
    """The text of a number under a format; what is no number (a damaged writer's NaN) is blank."""
    return _shown(value, form, date_system) if math.isfinite(value) else ""


def _shown(value: float, form: Format, date_system: int) -> str:
    if form.kind in (PERCENT, MONEY):
        return money(value, form.symbol) if form.symbol else f"{number(float(f'{value * 100:.13g}'))}%"
    if form.kind == WORDS:
        return next((word.text for word in form.words if word.holds(value)), None) or number(value)
    if form.kind == MASK:
        return masked(value, form)
    if form.kind == DURATION:
        return _elapsed(value)
    if form.kind in (DATE, TIME):
        return moment(value, date_system, time_only=form.kind == TIME)
    return number(value)


def number(value: float) -> str:
    """Fifteen significant digits, as Excel keeps, never with an exponent where digits will do."""
    if value.is_integer() and abs(value) < 1e21:
        return str(int(value))
    text = f"{value:.15g}"
    return f"{value:.20f}".rstrip("0") if "e-" in text and abs(value) > 1e-9 else text


def money(value: float, currency: str) -> str:
    """``24.5`` in ``€`` is ``€24.5``, in ``CHF`` ``CHF 24.5``; below nothing the sign stands first."""
    gap = " " if currency.isalpha() else ""
    return f"{'-' * (value < 0)}{currency}{gap}{number(abs(value))}"


def masked(value: float, form: Format) -> str:
    """``2110`` under ``00000`` is ``02110``; ``123456789`` under ``000-00-0000`` is ``123-45-6789``."""
    mask = next((mask for mask in form.masks if mask.holds(value)), None)
    if mask is None or value < 0 or not value.is_integer() or value >= 1e21:
        return number(value)
    places = [sign for is_digit, sign in mask.signs if is_digit]
    digits = str(int(value)).zfill(len(places))
    lead, rest = digits[: len(digits) - len(places)], iter(digits[len(digits) - len(places) :])
    text, begun = "", False
    for is_digit, sign in mask.signs:
        if is_digit:
            digit = next(rest)
            begun_now = begun or digit != "0" or sign == "0" or bool(lead)
            text += (lead if not begun else "") + digit if begun_now else ""
            begun = begun or begun_now
        else:
            text += sign
    return text


def moment(value: float, date_system: int, *, time_only: bool = False) -> str:
    """A day number as ISO date, with the time if there is any; just the time below one day. Negative ones and those
    beyond the year 9999 are no dates: Excel shows hashes, the number is kept."""
    if date_system == 1904 and -1 < value < 0:  # days from 1904 may go back
        return f"-{_clock(round(-value * 86_400_000))}"
    if value < 0 or value >= 2_958_466:
        return number(value)
    days, milliseconds = divmod(round(value * 86_400_000), 86_400_000)
    if days == 0 and (time_only or milliseconds):
        return _clock(milliseconds)
    if date_system == 1904:
        day = dt.date(1904, 1, 1) + dt.timedelta(days=days)
    elif days == 60:
        return "1900-02-29"  # a day that only spreadsheets know
    elif days == 0:
        return "1900-01-00"
    else:
        day = dt.date(1899, 12, 31 if days < 60 else 30) + dt.timedelta(days=days)
    return f"{day.isoformat()} {_clock(milliseconds)}" if milliseconds else day.isoformat()


def _clock(milliseconds: int) -> str:
    seconds, rest = divmod(milliseconds, 1000)
    if rest in (1, 999):  # day numbers are not exact to the millisecond
        seconds, rest = seconds + (rest == 999), 0
    text = f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
    return f"{text}.{rest:03d}" if rest else text


def _elapsed(value: float) -> str:
    seconds = round(abs(value) * 86_400)
    sign = "-" if value < 0 and seconds else ""
    return f"{sign}{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
