"""A time whose day and hour stand in a column each, where only one of the two is a field: "Signed Date" and "Signed Time"."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pipelines.recognition.headers import header_words
from pipelines.sources import Field, Source

DAY, HOUR = "date", "time"
# A time of day alone, as files write it: 8:05, 8:05 AM, 0805, 080500.
CLOCK = r"(?i)[0-9]{1,2}(?::[0-9]{2}){1,2}(?:\.[0-9]+)? ?(?:[ap]\.? ?m?\.?)?|[0-9]{1,2} ?[ap]m|[0-9]{3,4}|[0-9]{6}(?:\.[0-9]+)?"


def other_halves(source: Source, columns: Mapping[str, int], header: Sequence[str]) -> dict[str, tuple[str, int]]:
    """Field -> what stands in the other column (``DAY`` or ``HOUR``) and where, for each time that has one.

    The hour of "Signed Date" is in "Signed Time", or in a column that has another name of the same thing. The day of "Exam End Time" is in "Exam End Date", or where there is none
    in "Exam Date": the column of days whose words are all in the other's name."""
    words = [set(header_words(text)) for text in header]
    used = set(columns.values())
    found: dict[str, tuple[str, int]] = {}
    for declared in source.fields:
        place = columns.get(declared.name)
        if declared.kind != "datetime" or place is None or place >= len(words) or declared.clock in columns:
            continue
        mine = words[place]
        if (
            DAY in mine
            and HOUR not in mine
            and (hours := _named(words, mine - {DAY}, HOUR, used) or _called(words, declared, used))
        ):
            found[declared.name] = (HOUR, hours[0])
        elif HOUR in mine and DAY not in mine and (day := _day_of(words, mine - {HOUR}, used)) is not None:
            found[declared.name] = (DAY, day)
    return found


def _named(words: Sequence[set[str]], stem: set[str], half: str, used: set[int]) -> list[int]:
    return [place for place, mine in enumerate(words) if stem and mine == stem | {half} and place not in used]


def _called(words: Sequence[set[str]], declared: Field, used: set[int]) -> list[int]:
    """Further columns that are called as the field may be, of hours: "Start Time" beside "Appointment Date"."""
    spelled = [
        said
        for alias in declared.aliases
        if HOUR in (said := set(header_words(alias))) and DAY not in said and len(said) > 1
    ]
    return [place for place, mine in enumerate(words) if mine in spelled and place not in used]


def _day_of(words: Sequence[set[str]], stem: set[str], used: set[int]) -> int | None:
    """Where the day stands; a bare "Date" is that of any hour, if it is nothing else and no other column is called so."""
    bare = [place for place, mine in enumerate(words) if mine == {DAY}]
    days = {
        place: mine - {DAY} for place, mine in enumerate(words) if DAY in mine and HOUR not in mine and mine - {DAY}
    }
    nearest = [place for place, said in days.items() if said <= stem]
    most = max((len(days[place]) for place in nearest), default=0)
    best = [place for place in nearest if len(days[place]) == most]
    if not best and len(bare) == 1 and bare[0] not in used:
        return bare[0]
    return best[0] if len(best) == 1 else None


def whole_sql(text: str, half: str, other: str) -> str:
    """SQL of day and hour together, of two cells. What has both already, or lacks its fellow, stays as it is."""
    day, hour = (other, text) if half == DAY else (text, other)
    both = f"regexp_replace({day}, '[ T]0?0:00(:00)?$', '') || ' ' || {hour}"
    bare = f"not (contains({day}, ':') and not regexp_matches({day}, '[ T]0?0:00(:00)?$'))"
    return f"case when {day} is not null and regexp_full_match({hour}, '{CLOCK}') and {bare} then {both} when {half == HOUR} and contains({hour}, ':') and length({hour}) > 11 then {hour} else {text} end"
