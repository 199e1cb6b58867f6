"""``cell``: the texts of a file by field, and ``look_F``: what each spelling of a field with few of them means."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from pipelines import languages, values
from pipelines.mapping.halves import other_halves, whole_sql
from pipelines.mapping.work import DATES, LOOKED_UP, Work
from pipelines.mapping.zones import zone_named
from pipelines.sources import LONGEST_SPELLING, Field

# What stands before a word and takes it back: in the same clause with at most two words between, or as a prefix.
_DENIED = re.compile(
    r"(?:\b(?:not|never|no longer|cannot|nor|without|w/o|un|(?:is|was|has|had|did|does|do|could|would|can|have)n['’]?t)[\s-]+(?:[^\W\d_]+\s+){0,2}|\b(?:un|in|non|dis)-?)$"
)
_NUMBERED = re.compile(r"^\s*(?:\d{1,3}|[A-Za-z])\s*[-–.:)=]\s*(?=\S{2})")  # "3 - Scheduled"
_UNIT = re.compile(
    r"(?:\b|_)(?:(?P<millisecond>ms(?:ecs?)?|milli ?sec(?:ond)?s?)|(?P<second>s(?:ec(?:ond)?s?)?)|(?P<minute>min(?:ute)?s?)|(?P<hour>h(?:ou)?rs?))\b[\s).\]]*$", re.IGNORECASE
)  # fmt: skip
_SECONDS = {"millisecond": 0.001, "second": 1, "minute": 60, "hour": 3600}
_TITLED = r"(?i)^((?:[^^]*\^){2}[^^]*)\^ *(?:dr|prof|professor|doctor|mr|mrs|ms|miss)[. ]*(\^|$)"
# How programs write a yes and a no, where a column of other words knows these: "TRUE" under "Urgent", "checked" under "Appt Kept?".
_TICKS = {"true": "yes", "x": "yes", "✓": "yes", "✔": "yes", "checked": "yes", "false": "no", "unchecked": "no"}
MOST_SPELLINGS = 20_000  # distinct texts of an enum column; more than that is no enum


def make_cell(work: Work) -> None:
    """``cell``: one column of text per field, NULL where the file says there is nothing, and the row's hash. A
    view, so that nobody who does not ask for the hash pays for it."""
    work.halves = other_halves(work.source, work.columns, work.reading.header)
    for declared in work.given:
        if declared.coded and declared.kind == "text" and declared.name in work.columns:
            _set_codes(work, declared)
        if declared.name not in work.columns:
            work.con.execute(f"set variable said_{declared.name} = $value", {"value": work.context[declared.name]})
    shown = ", ".join(f"{_cell_sql(work, declared)} as {declared.name}" for declared in work.given)
    cells = ", ".join(f"c{place}" for place in range(len(work.reading.header)))
    # hash() and not MD5, which costs more than twice that: rows are compared with rows of the same file only.
    work.run(f"create or replace temp view cell as select stage.row, hash({cells}) as row_hash, {shown} from stage")


def _cell_sql(work: Work, declared: Field) -> str:
    raw = (
        f"c{work.columns[declared.name]}"
        if declared.name in work.columns
        else f"getvariable('said_{declared.name}')::varchar"
    )
    if half := work.halves.get(declared.name):
        raw = whole_sql(raw, half[0], f"c{half[1]}")
    language = languages.named(work.choices.language)
    if language:
        raw = _abroad_sql(declared, raw, language)
    if declared.clock and declared.clock in work.columns and declared.name in work.columns:
        # Date and time in a column each; a spreadsheet's pure date may already end in midnight, and what has a time needs none.
        clock = f"c{work.columns[declared.clock]}"
        if language:
            clock = _clock_abroad_sql(clock)
        # DICOM's times have fractions of a second behind six digits that nothing parts.
        clock = f"regexp_replace({clock}, '^([0-9]{{6}})[.][0-9]{{1,6}}$', '\\1')"
        raw = (f"case when {clock} is null or (contains({raw}, ':') and not regexp_matches({raw}, '[ T]0?0:00(:00)?$')) or regexp_full_match({clock}, '{values.BLANK}') then {raw} "
               f"else regexp_replace({raw}, '[ T]0?0:00(:00)?$', '') || ' ' || {clock} end")  # fmt: skip
    if declared.lasts and (unit := _seconds_in(work.header(declared.name))):
        raw = f"case when regexp_full_match({raw}, '[0-9]+([.,][0-9]+)?') then round(replace({raw}, ',', '.')::double * {unit})::bigint::varchar else {raw} end"
    if declared.coded and declared.kind == "text" and declared.name in work.columns:
        raw = f"coalesce(getvariable('codes_{declared.name}')[{raw}], {raw})"
    if declared.kind == "name":
        raw = _unwrapped_sql(raw)
        # Imaging systems write names as DICOM does, Family^Given^Middle^Title^MD: a title behind the names is part of none.
        named = f"regexp_replace({raw}, '{_TITLED}', '\\1\\2')"
        plain = f"trim(regexp_replace(regexp_replace({named}, '\\^', ', '), '\\^+', ' ', 'g'), ' ,')"
        nothing = f"length({raw}) <= 7 and regexp_full_match({raw}, '{values.BLANK_NAME}')"
        return f"case when {nothing} then null when contains({raw}, '^') then {plain} else {raw} end"
    if declared.kind in ("text", "identifier"):
        # A pattern and not "in": that would become a join per column, asked of every row and never pruned.
        return f"case when {values.blank_sql(raw, 7 if declared.kind == 'identifier' else 14)} then null else {raw} end"
    return raw


def _unwrapped_sql(raw: str) -> str:
    """SQL of a name without what tools wrap around it: the address of its record ("Anna Hill (https://...)", "[Anna Hill](https://...)"),
    and the quotation marks of a list of records ("Fox, Robert","Moss, Pat")."""
    web = "https?://[^\\s()<>\\[\\]]*"
    bare = f"regexp_replace({raw}, '\\[([^\\[\\]]+)\\]\\({web}\\)', '\\1', 'g')"
    listed = f"regexp_replace({bare}, '\\s*\\({web}\\)\\s*,\\s*', '; ', 'g')"
    unlinked = f"nullif(trim(regexp_replace({listed}, '\\s*[(<]?{web}[)>]?', '', 'g')), '')"
    part = '(?:"[^"]*"|[^",]+)'
    quoted = f"regexp_full_match({raw}, '\\s*{part}(?:,{part})*\\s*') and regexp_matches({raw}, '\"[^\",]*,[^\"]*\"')"
    unquoted = f"""replace(regexp_replace({raw}, '"\\s*,\\s*"?|,\\s*"', '; ', 'g'), '"', '')"""
    return f"case when contains({raw}, '://') then {unlinked} when contains({raw}, '\"') and {quoted} then {unquoted} else {raw} end"


def _abroad_sql(declared: Field, raw: str, language: languages.Language) -> str:
    """SQL of a cell's text, NULL where another language says that there is nothing, and in dates its yes and its no in English."""
    said = f"strip_accents(lower(trim({raw}, ' .')))"
    if declared.kind in DATES:
        whens = "".join(
            f"when regexp_full_match({said}, '{languages.folded(getattr(language, word))}') then '{word}' "
            for word in ("yes", "no")
        )
        raw = f"case {whens}else {_clock_abroad_sql(raw)} end"
    return f"case when regexp_full_match({said}, '{languages.folded(language.nothing)}') then null else {raw} end"


def _clock_abroad_sql(text: str) -> str:
    """SQL of a text whose time of day is written as 9h30, 9u30, 9.30 or 9:30 Uhr."""
    hours = f"regexp_replace({text}, '(?i)(?:(?:, *| +)(?:à|a las|as|às|alle|om|um) +)?\\b([0-9]{{1,2}}) ?[hu] ?([0-9]{{2}})?(?: ?min)?$', ' \\1:\\2')"
    plain = f"regexp_replace(regexp_replace({hours}, '(?i) *(?:uhr|uur|hrs|horas|h|ore)\\.?$', ''), ':$', ':00')"
    return f"trim(regexp_replace({plain}, '(^| )([01]?[0-9]|2[0-3])[.]([0-5][0-9])$', '\\1\\2:\\3'))"


def _seconds_in(header: str) -> float | None:
    """How many seconds the unit in a header has, if it names one: "Wait (min)", "Talk Time (ms)", "ring_minutes"."""
    found = _UNIT.search(header)
    return _SECONDS[found.lastgroup or ""] if found else None


def _set_codes(work: Work, declared: Field) -> None:
    """The displays of those numbers that occur in a coded column, as a map: a whole code table would be slow to ask."""
    place = work.columns[declared.name]
    present = [
        raw
        for (raw,) in work.run(f"select distinct c{place} from stage where c{place} is not null limit {MOST_SPELLINGS}")
    ]
    read = {raw: work.choices.codes[raw] for raw in present if raw in work.choices.codes}
    work.con.execute(
        f"set variable codes_{declared.name} = map($numbers::varchar[], $displays::varchar[])",
        {"numbers": list(read), "displays": list(read.values())},
    )


def look_up(work: Work) -> None:
    """``look_F(raw, value, fault)`` for every field whose values are few or costly: each spelling judged once."""
    for declared in work.given:
        if declared.kind == "npi":
            work.run(_NPI_LOOK.format(name=declared.name))
        elif declared.kind == "phone":
            work.run(_PHONE_LOOK.format(name=declared.name))
        elif declared.kind in LOOKED_UP:
            _look_up_words(work, declared)


_NPI_LOOK = """
    create or replace temp table look_{name} as
    with spelled as (select distinct {name} as raw from cell where {name} is not null),
    cleaned as (select raw, regexp_replace(regexp_replace(raw, '\\.0+$', ''), '[^0-9]', '', 'g') as digits from spelled)
    select raw, case when npi_valid(digits) then digits end as value,
        case when npi_valid(digits) or regexp_full_match(raw, '{nothing}') then 0 when regexp_full_match(raw, '[0-9](\\.[0-9]+)?[eE]\\+?[0-9]+') then 2 else 1 end as fault
    from cleaned""".replace("{nothing}", values.BLANK.replace("{", "{{").replace("}", "}}"))
_PHONE_LOOK = """
    create or replace temp table look_{name} as
    with spelled as (select distinct {name} as raw from cell where {name} is not null),
    cleaned as (select raw, regexp_replace(regexp_replace(lower(raw), '(x|ext).*$', ''), '[^0-9]', '', 'g') as digits from spelled),
    short as (select raw, case when length(digits) = 11 and digits[1] = '1' then digits[2:] else digits end as digits from cleaned)
    select raw, case when length(digits) between 7 and 15 then digits end as value, (length(digits) not between 7 and 15 and not regexp_full_match(raw, '{nothing}'))::int as fault
    from short""".replace("{nothing}", values.BLANK.replace("{", "{{").replace("}", "}}"))


def _look_up_words(work: Work, declared: Field) -> None:
    spelled = [raw for (raw,) in work.run(
        f"select distinct {declared.name} from cell where {declared.name} is not null limit {MOST_SPELLINGS}")]  # fmt: skip
    told = {values.squash(text): value for text, value in work.choices.values.get(declared.name, {}).items()}
    language = languages.named(work.choices.language)
    if language:
        told = {**_abroad(declared, spelled, language), **told}
    codes = work.choices.codes if declared.coded else {}
    judged = [_told_or_judged(declared, codes.get(raw, raw), told) for raw in spelled]
    kind = "boolean" if declared.kind == "boolean" else "varchar"
    work.run(
        f"create or replace temp table look_{declared.name} as "
        f"select unnest($raw::varchar[]) as raw, unnest($value::{kind}[]) as value, unnest($fault::integer[]) as fault",
        {"raw": spelled, "value": [value for value, _ in judged], "fault": [fault for _, fault in judged]},
    )


def _told_or_judged(declared: Field, raw: str, told: Mapping[str, str]) -> tuple[Any, int]:
    """What a person said the spelling means goes before everything else."""
    word = told.get(values.squash(raw))
    if word is None:
        return _judge(declared, raw)
    return (word == "yes") if declared.kind == "boolean" else word, 0


def _abroad(declared: Field, spelled: list[str], language: languages.Language) -> dict[str, str]:
    """What words of another language mean in a column, as far as its vocabulary has it."""
    letters = language.beside(declared.label, spelled)
    found = {}
    for raw in spelled:
        judged = (
            _judge(declared, word) for word in [letters.get(raw.strip().upper(), ""), *language.words(raw)] if word
        )
        value = next((value for value, fault in judged if value is not None and not fault), None)
        if value is not None:
            found[values.squash(raw)] = value if isinstance(value, str) else "yes" if value else "no"
    return found


def _judge(declared: Field, raw: str) -> tuple[Any, int]:
    """A spelling's value, and 1 if nobody knows it."""
    if declared.kind == "boolean":
        flag = True if values.squash(raw) in _squashed((declared.label, *declared.aliases)) else values.boolean(raw)
        return flag, int(flag is None and not values.blank(raw))
    if declared.kind == "zone":
        zone = zone_named(raw)
        return zone, int(zone is None and not values.blank(raw))
    words = _words_of(declared)
    word = next(
        (words[plain] for text in (raw, _NUMBERED.sub("", raw)) if (plain := values.squash(text)) in words), None
    )
    if word is not None:
        return word, 0
    asked = declared.patterns if len(raw) <= LONGEST_SPELLING else ()
    word = next((value for pattern, value in asked if _said(pattern, raw.lower())), None)
    if word is not None:
        return word, 0
    word = words.get(_TICKS.get(raw.strip().lower(), ""))
    if word is not None:
        return word, 0
    return (None, 0) if values.blank(raw) else (declared.otherwise, 1)


@cache
def _squashed(names: tuple[str, ...]) -> frozenset[str]:
    """What a column of yes and no may be called: people write "DNA" under "DNA", and mean yes."""
    return frozenset(values.squash(name) for name in names)


def _said(pattern: str, text: str) -> bool:
    """Whether ``text`` says what ``pattern`` looks for, and not that it is not so: "Not arrived" and "incomplete" tell of no
    arrival and no completion, "not a no show - kept" of a visit that was kept."""
    return any(not _DENIED.search(text[: found.start()]) for found in re.finditer(pattern, text) if found[0])


def _words_of(declared: Field) -> dict[str, str]:
    return {**{values.squash(value): value for value in declared.values.values()},
            **{values.squash(text): value for text, value in declared.values.items()}}  # fmt: skip
