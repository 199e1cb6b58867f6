"""What the columns of an unknown file hold, told by counts and shapes of a sample: never by a cell that identifies anybody."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipelines import values
from pipelines.readers import stage
from pipelines.values import dates

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

SAMPLE = 400  # distinct values of a column that are looked at
_ZIP = re.compile(r"\d{5}(-\d{4})?")
_PHONE = re.compile(r"(\+?1[-. ]?)?\(?\d{3}\)?[-. ]?\d{3}[-. ]?\d{4}(\s*(x|ext\.?)\s*\d+)?", re.IGNORECASE)
_UPPER, _LETTER = r"[^\W\d_a-zß-öø-ÿ]", r"[^\W\d_]"
_NAME = re.compile(
    rf"{_UPPER}(?:{_LETTER}|['’.\-])+,? (?:{_LETTER}+\. )*{_UPPER}(?:{_LETTER}|['’.\- ])+(, ?{_UPPER}(?:{_LETTER}|[.\-])+)*"
)
_OFFICE = re.compile(
    r"\b(clinic|center|centre|medical|associates|group|hospital|practice|health|llc|physicians|cardiology|office|care|praxis|klinik|klinikum|krankenhaus|"
    r"hausärzte|mvz|cabinet|clinique|hôpital|clínica|clinica|consultorio|ospedale|ambulatorio|praktijk|ziekenhuis|centro|zentrum)\b",
    re.IGNORECASE,
)
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_NUMBER = re.compile(r"[-+$]?\d[\d,]*(\.\d+)?%?")
MOST = 0.7  # share of values that must look like something for the column to be of that kind
_CLEAR_NAMES = (
    "npi",
    "phone",
    "date",
    "yes or no",
    "postcode",
    "number",
    "e-mail address",
    "organisation",
    "person's name",
)


@dataclass(frozen=True)
class Profile:
    """What the values of one column look like: shares (0..1) by what they could be, how many distinct ones were
    looked at and whether nearly all differ. ``words`` are those of a column with few different values."""

    filled: int
    distinct: int
    shares: Mapping[str, float]
    words: tuple[str, ...] = ()
    unlike: bool = False

    @property
    def kind(self) -> str | None:
        """The first thing that most values are."""
        return next((name for name in _CLEAR_NAMES if self.shares.get(name, 0.0) >= MOST), None)

    @property
    def identifying(self) -> bool:
        """Whether its values could identify somebody, so that they are not shown."""
        return self.kind in ("person's name", "e-mail address", "phone", "npi") or (self.unlike and not self.words)


def profile(con: DuckDBPyConnection, width: int) -> list[Profile]:
    """A profile of every column of ``stage``."""
    found = []
    for part, names in _slices(con, width):
        filled = con.execute(f"select {', '.join(f'count({name})' for name in names)} from {part}").fetchall()[0]
        for name, count in zip(names, filled, strict=True):
            rows = con.execute(
                f"select {name}, count(*) from {part} where {name} is not null group by 1 order by 2 desc, 1 limit {SAMPLE}"
            ).fetchall()
            texts = [str(text) for text, _ in rows if not values.blank(str(text))]
            found.append(_profile(texts, int(count), sum(count for _, count in rows)))
    return found


def _slices(con: DuckDBPyConnection, width: int) -> Iterator[tuple[str, list[str]]]:
    """``stage`` as tables of few columns each, with their names: every question about a table costs as much as the table
    is wide, so one for each of thousands of columns would take minutes."""
    names = [f"c{place}" for place in range(width)]
    if width <= stage.AT_ONCE:
        yield "stage", names
        return
    for start in range(0, width, stage.AT_ONCE):
        some = names[start : start + stage.AT_ONCE]
        con.execute(f"create or replace temp table slice as select row, {', '.join(some)} from stage").fetchall()
        yield "slice", some
    con.execute("drop table slice").fetchall()


def _profile(texts: Sequence[str], filled: int, seen: int) -> Profile:
    if not texts:
        return Profile(filled, 0, {})
    tests = {
        "npi": valid_npi,
        "phone": lambda text: bool(_PHONE.fullmatch(text)),
        "date": lambda text: dates.shape(text) is not None and not _NUMBER.fullmatch(text),
        "yes or no": lambda text: values.boolean(text) is not None,
        "postcode": lambda text: bool(_ZIP.fullmatch(text)),
        "number": lambda text: bool(_NUMBER.fullmatch(text)),
        "e-mail address": lambda text: bool(_EMAIL.fullmatch(text)),
        "organisation": lambda text: bool(_OFFICE.search(text)),
        "person's name": lambda text: bool(_NAME.fullmatch(text)) and not _OFFICE.search(text),
    }
    shares = {name: sum(map(test, texts)) / len(texts) for name, test in tests.items()}
    few = len(texts) <= 40 and (filled >= 3 * len(texts) or len(texts) <= 6)
    return Profile(filled, len(texts), shares, tuple(texts) if few else (), unlike=len(texts) >= 0.9 * max(1, seen))


def valid_npi(text: str) -> bool:
    """Ten digits that start with 1 or 2, with the right check digit (Luhn over 80840 and the number)."""
    if not re.fullmatch(r"[12]\d{9}", text):
        return False
    doubled = [int(digit) * 2 for digit in text[-2::-2]]
    plain = [int(digit) for digit in text[-1::-2]]
    return (24 + sum(value - 9 if value > 9 else value for value in doubled) + sum(plain)) % 10 == 0


def shape(text: str) -> str:
    """A value's outline, for columns that could identify somebody: letters become a or A, digits 9."""
    outline = re.sub(r"[A-Z]", "A", re.sub(r"[a-z]", "a", re.sub(r"\d", "9", text)))
    return re.sub(r"[^\x00-\x7f]", "a", outline)[:30]


def examples(
    con: DuckDBPyConnection, profiles: Sequence[Profile], hidden: Collection[int], most: int = 3
) -> list[list[str]]:
    """The most frequent values of each column as examples; outlines where a value could identify somebody."""
    shown: list[list[str]] = []
    for part, names in _slices(con, len(profiles)):
        for name in names:
            rows = con.execute(
                f"select {name} from {part} where {name} is not null group by 1 order by count(*) desc, min(row) limit {most}"
            ).fetchall()
            texts = [str(text) for (text,) in rows]
            secret = len(shown) in hidden or profiles[len(shown)].identifying
            shown.append(list(dict.fromkeys(shape(text) if secret else text[:40] for text in texts)))
    return shown
