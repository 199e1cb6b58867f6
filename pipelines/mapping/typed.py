"""``typed``: the values of every row, and two bits per field that say whether its cell was readable.

A first pass turns texts into values that need no other column, a second makes instants, days and the patient key
of them. ``parsed`` is what a source's SQL sees: ``typed`` without the rows that are dropped.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Container
from typing import Any

from pipelines import values
from pipelines.mapping.unnamed import unnamed_sql
from pipelines.mapping.work import DATES, FAULTS, LOOKED_UP, Work
from pipelines.sources import ROW_ZONE, Field
from pipelines.values import dates

NAMED = ("patient", "patient_last", "patient_first")
PLACED = ("patient_zip", "patient_phone", "patient_email")
MENTIONED = {"mrn", "born", "sex", *NAMED, *PLACED}  # what a row may say of its patient
FIELDS_A_MASK = 31
MANY = 20_000  # from which on it pays to ask whether patients' numbers repeat
_FEW_NUMBERS = 0.6  # of as many rows: then to find a hash costs less than to make it


def make_typed(work: Work) -> None:
    """``typed``: the row, its hash, the fields that the source's SQL asks for, and ``faults_N``, two bits per field
    (0 fine, 1 unreadable, 2 worse). A column that nobody asks for is not made: writing columns is what costs."""
    work.zoned = _zones(work)
    for name in sorted(work.repeated):
        _make_when(work, work.source.field(name))
    work.keyed = _make_key_of(work)
    work.first_pass = first_pass_sql(work)
    columns = (
        [column for declared in work.given for column in second_pass(work, declared)] + _patient(work) + _mention(work)
    )
    asked = _asked(work)
    kept = "".join(f", {sql} as {name}" for name, sql in columns if name in asked)
    work.run(
        f"create or replace temp table typed as select row, row_hash{kept}{_masks(work)} from ({work.first_pass})",
        today(work),
    )
    work.run("create or replace temp table dropped (row bigint)")
    make_parsed(work)


def make_parsed(work: Work) -> None:
    """``parsed``: ``typed`` without the rows that are dropped by now. Where none are, it says so plainly: every one of a
    dozen queries would else look for them, and reckon with a fifth of the rows."""
    asked = _asked(work)
    absent = "".join(f", {sql} as {name}" for declared in work.source.fields if declared not in work.given
                     for name, sql in _absent(declared) if name in asked)  # fmt: skip
    some = work.run("select 1 from dropped limit 1")
    kept = "anti join (select distinct row from dropped) using (row)" if some else ""
    work.run(f"create or replace temp view parsed as select *{absent} from typed {kept}")


def today(work: Work) -> dict[str, Any]:
    """Parameters of the typing SQL: the fallback zone and the last day that may be right."""
    today = work.received_at.date()
    return {
        "zone": work.choices.file_zone or work.choices.time_zone,
        "latest": today + dt.timedelta(days=1),
        "far": dt.date(today.year + 20, 12, 31),
    }


def first_pass_sql(work: Work, names: Container[str] | None = None) -> str:
    """SQL of the first pass, of the fields in ``names`` (else of all): what nobody asks for need not be looked up."""
    given = [declared for declared in work.given if names is None or declared.name in names]
    joins = "".join(
        f" left join look_{declared.name} on look_{declared.name}.raw = cell.{declared.name}"
        for declared in given if declared.kind in LOOKED_UP
    )  # fmt: skip
    zone, zone_join = _zone_sql(work)
    joins += zone_join
    for declared in given:
        if declared.name in work.repeated:
            when = f"when_{declared.name}"
            same_zone = f" and {when}.local_zone = {zone}" if zone_join else ""
            joins += f" left join {when} on {when}.raw = cell.{declared.name}{same_zone}"
    first = "".join(f", {part}" for declared in given for part in _first_pass(work, declared))
    if names is None and (said := [f"cell.{declared.name}" for declared in given if declared.name in MENTIONED]):
        first += f", hash({', '.join(said)}) as mention_hash"
    if work.keyed and names is None:
        joins += " left join key_of on key_of.raw = cell.mrn"
        first += ", key_of.key as known_key"
    return f"select cell.row, cell.row_hash, {zone} as local_zone{first} from cell{joins}"


def _zone_sql(work: Work) -> tuple[str, str]:
    """SQL of the zone that a row's times are in, and what must be joined to ``cell`` for it."""
    zones, joins = [], ""
    if _said_by_rows(work):
        zones.append("row_zone.value")
        joins += f" left join look_{ROW_ZONE} row_zone on row_zone.raw = cell.{ROW_ZONE}"
    if work.zoned:
        zones.append("zone_of.time_zone")
        joins += f" left join zone_of on zone_of.raw = cell.{work.source.zone_field}"
    return (f"coalesce({', '.join(zones)}, $zone)" if zones else "$zone::varchar"), joins


def _said_by_rows(work: Work) -> bool:
    """Whether the rows say in which zone their times are."""
    return ROW_ZONE in {one.name for one in work.given}


def _make_when(work: Work, declared: Field) -> None:
    """``when_F(raw, local_zone, local, utc)``: each spelling of a time read once in each zone. To find an instant in a zone
    takes longer than all else that is asked of a time, and a log of a million rows may name a thousand days."""
    name = declared.name
    zone, zone_join = _zone_sql(work)
    read = ", ".join(_time_parts(work, declared, "raw"))
    local, _ = _local_sql(work, declared, plain=True)
    work.run(
        f"""create or replace temp table when_{name} as
        select raw, local_zone, {local} as local, {_utc_sql(work, declared)} as utc from (
            select *, {read} from (select distinct cell.{name} as raw, {zone} as local_zone from cell{zone_join} where cell.{name} is not null))""",
        today(work),
    )


def _asked(work: Work) -> set[str]:
    """Every word in the source's SQL, and what the faults need."""
    source = work.source
    texts = [part.sql for group in (source.relations, source.emits, source.checks) for part in group]
    words = {word for text in texts for word in re.findall(r"[a-z_0-9]+", text)}
    required = {declared.name for declared in source.fields if declared.required and not kept_out(declared)}
    return words | required | {name for group in source.one_of for name in group} | {"patient_key", "mention_hash"}


def _masks(work: Work) -> str:
    """SQL of ``faults_N``: the faults of 31 fields each, two bits a field."""
    faults = [_fault(work, declared) for declared in fallible(work)]
    masks = []
    for turn in range(0, len(faults), FIELDS_A_MASK):
        bits = " | ".join(
            f"(({sql})::bigint << {2 * place})" for place, sql in enumerate(faults[turn : turn + FIELDS_A_MASK])
        )
        masks.append(f", {bits} as faults_{turn // FIELDS_A_MASK}")
    return "".join(masks)


def fallible(work: Work) -> list[Field]:
    return [declared for declared in work.given if declared.kind in FAULTS]


def fault_bits(place: int) -> str:
    return f"((faults_{place // FIELDS_A_MASK} >> {2 * (place % FIELDS_A_MASK)}) & 3)"


def _patient(work: Work) -> list[tuple[str, str]]:
    """``patient_key`` and ``zip3``: what identifies a patient directly ends here. Record numbers are those of the
    EHR wherever they are written down, so that a log and an extract mean the same patient by them."""
    if "mrn" not in {one.name for one in work.source.fields}:
        return []
    have = {one.name: one.name for one in work.given}
    mrn, last, first, whole = (
        have.get(name, "null::varchar") for name in ("mrn", "patient_last", "patient_first", "patient")
    )
    whose, born = whose_sql(work), born_sql(work)
    key = f"patient_key({whose}, {mrn}, coalesce({last}, patient_family({whole})), coalesce({first}, patient_given({whole})), {born})"
    if work.keyed:
        key = f"coalesce(known_key, {key})"
    other = "null::uuid"
    record = f"patient_key('ehr', {have['record']}, null, null, null)" if "record" in have else other
    replacing = f"patient_key({whose}, {have['replaced_by']}, null, null, null)" if "replaced_by" in have else other
    named = f"patient_key('', null, {last}, {first}, {born})" if "record" in have else other
    return [("patient_key", key), ("zip3", _zip3_sql(have.get("patient_zip", "null::varchar"))), ("record_key", record),
            ("name_key", named), ("replacing_key", replacing)]  # fmt: skip


def _zip3_sql(text: str) -> str:
    """SQL of the first three digits of a ZIP, masked or not (021, 021XX); a postcode with letters in it is another country's."""
    return f"case when not regexp_matches({text}, '[A-WYZa-wyz]') then left(digits({text}), 3) end"


def _mention(work: Work) -> list[tuple[str, str]]:
    """``mention_hash``: equal in rows that write their patient alike, word for word."""
    return [("mention_hash", "mention_hash")] if MENTIONED & {one.name for one in work.given} else []


def _make_key_of(work: Work) -> bool:
    """``key_of(raw, key)``: each record number hashed once, where a file names its patients again and again (visits, exams,
    calls); returns whether it does. A keyed hash takes longer than everything else that is asked of a row."""
    if "mrn" not in {one.name for one in work.given} or work.reading.records < MANY:
        return False
    numbers, rows = work.run("select approx_count_distinct(mrn), count(mrn) from cell")[0]
    if not rows or numbers > _FEW_NUMBERS * rows:
        return False
    work.run(
        f"""create or replace temp table key_of as
        select mrn as raw, patient_key({whose_sql(work)}, mrn, null, null, null) as key
        from (select distinct mrn from cell where mrn is not null)"""
    )
    return True


def whose_sql(work: Work) -> str:
    """SQL of whose the file's record numbers are: the EHR's, or its own system's."""
    return "getvariable('load_system')::varchar" if work.source.own_patients else "'ehr'"


def born_sql(work: Work) -> str:
    """SQL over the first pass of the patient's birth date."""
    return _day_sql(work, work.source.field("born")) if "born" in {one.name for one in work.given} else "null::date"


def _beside_zones(work: Work, timed: list[Field]) -> str:
    """That the sites lie in several zones, of which a file that names no site's can keep one only. It matters where times say
    how far they are from UTC: others are of the day that is written."""
    if not any(work.dates[one.name].offset for one in timed):
        return ""
    known = [zone for (zone,) in work.run("select distinct time_zone from zone order by 1")]
    return f", and its days are those there, though the sites lie in {', '.join(known)}" if len(known) > 1 else ""


_NO_ZONE = "Times are read as {}: no time zone is known for this file's sites."


def _zones(work: Work) -> bool:
    """``zone_of(raw, time_zone)``: the zone of each site the file names, where one is known."""
    name = work.source.zone_field
    timed = [one for one in work.given if one.kind == "datetime" and not one.utc]
    stated = work.choices.file_zone
    told = work.mapped.decisions if timed and not stated else []
    work.mapped.decisions += [f"“{work.header(one.name)}” is read as UTC." for one in work.given if one.utc]
    if timed and stated:
        work.mapped.decisions.append(f"Times are read as {stated}, as the file says.")
    if timed and _said_by_rows(work):
        work.mapped.decisions.append(f"Times are read in the zone that “{work.header(ROW_ZONE)}” names.")
    if name is None or name not in {declared.name for declared in work.given}:
        told.append(f"Times are read as {work.choices.time_zone}{_beside_zones(work, timed)}.")
        return False
    if not work.run("select 1 from zone limit 1"):
        told.append(_NO_ZONE.format(work.choices.time_zone))
        return False
    work.run(
        f"""create or replace temp table zone_of as
        select raw, max(zone.time_zone) as time_zone
        from (select distinct {name} as raw from cell where {name} is not null) join zone on zone.site_id = site_key(raw) group by raw"""
    )
    work.mapped.zones = known = [zone for (zone,) in work.run("select distinct time_zone from zone_of order by 1")]
    fallback = work.choices.time_zone
    each = f"Times are read in the time zone of each row's site ({', '.join(known)}), else in {fallback}."
    told.append(each if known else _NO_ZONE.format(fallback))
    return bool(known and timed and not stated)


def _first_pass(work: Work, declared: Field) -> list[str]:
    """Texts to values that need no other column; dates still local."""
    name, cell = declared.name, f"cell.{declared.name}"
    if declared.kind in LOOKED_UP:
        # A text beyond the spellings we looked at is unknown as well.
        fault = f"case when {cell} is null then 0 else coalesce(look_{name}.fault, 1) end as bad_{name}"
        return [f"look_{name}.value as {name}", fault, f"{cell} as text_{name}"]
    if declared.kind in ("integer", "number"):
        # A comma before one or two last digits parts no thousands: "23,50" is written where "23.50" is not.
        english = f"case when regexp_matches({cell}, ',[0-9]{{1,2}} ?[€$£¥₹%]?$') then replace(replace({cell}, '.', ''), ',', '.') else replace({cell}, ',', '') end"
        plain = f"try_cast(trim(regexp_replace({english}, '^ ?(-?)(?:USD ?|(?:US)?[$€£¥₹])|(?: ?USD|[%€$£¥₹])$', '\\1', 'g')) as double)"
        return [f"{plain} as {name}", f"{cell} as text_{name}"]
    if declared.kind in DATES:
        if name in work.repeated:
            return [f"when_{name}.local as {name}", f"when_{name}.utc as utc_{name}", f"{cell} as text_{name}"]
        return [*_time_parts(work, declared, cell), f"{cell} as text_{name}"]
    if declared.kind == "instant":
        return [f"{dates.instant_sql(cell, zone='local_zone')} as {name}", f"{cell} as text_{name}"]
    return [f"{unnamed_sql(work, declared) if declared.kind == 'text' else cell} as {name}"]


def _time_parts(work: Work, declared: Field, text: str) -> list[str]:
    """A time's columns of the first pass: as it stands, and the instant of one that says its own offset."""
    name, how = declared.name, work.dates[declared.name]
    parts = [f"{dates.date_sql(text, how, work.reading.date_system)} as {name}"]
    return [*parts, f"{dates.offset_sql(text, how)} as utc_{name}"] if how.offset else parts


def second_pass(work: Work, declared: Field) -> list[tuple[str, str]]:
    """Names and SQL of the columns of ``parsed`` that a field gives."""
    name = declared.name
    if kept_out(declared):
        return []
    if declared.kind == "datetime":
        return _instant(work, declared)
    if declared.kind == "date":
        return [(name, _day_sql(work, declared))]
    if declared.kind in ("integer", "number"):
        return [(name, _number_sql(declared))]
    if declared.kind == "instant":
        fine = _possible_sql(work, declared, name)
        return [
            (name, f"case when {fine} then {name} end"),
            (f"{name}_on", f"case when {fine} then {_in_zone(name)}::date end"),
        ]
    return [(name, name), *([(f"{name}_text", f"text_{name}")] if declared.kind == "enum" else [])]


def yes_sql(text: str) -> str:
    """SQL of whether the text in a column of dates says that it happened, and not when."""
    return f"regexp_full_match({text}, '{values.UNDATED}')"


def _absent(declared: Field) -> list[tuple[str, str]]:
    """The columns of ``parsed`` for a field that the file does not have."""
    if kept_out(declared):
        return []
    types = {
        "date": "date",
        "datetime": "timestamp",
        "instant": "timestamp",
        "integer": "bigint",
        "number": "double",
        "boolean": "boolean",
    }
    name = declared.name
    parts = [(name, f"null::{types.get(declared.kind, 'varchar')}")]
    if declared.kind in ("datetime", "instant"):
        parts.append((f"{name}_on", "null::date"))
    if declared.kind == "datetime":
        parts.append((f"{name}_precision", "null::varchar"))
    return parts + ([(f"{name}_text", "null::varchar")] if declared.kind == "enum" or declared.undated else [])


def _fault(work: Work, declared: Field) -> str:
    """SQL of 0 (fine), 1 (unreadable) or 2 (worse) for a field of the first pass."""
    name = declared.name
    if declared.kind in LOOKED_UP:
        return f"bad_{name}"
    if declared.kind == "identifier":
        return (
            f"case when contains({name}, 'E+') and regexp_full_match({name}, '{values.SCIENTIFIC}') then 1 else 0 end"
        )
    if declared.kind in ("integer", "number"):
        return _unreadable(_number_sql(declared), name)
    value, fine = (
        (name, _possible_sql(work, declared, name)) if declared.kind == "instant" else _local_sql(work, declared)
    )
    return f"case when {value} is null then {_unreadable(value, name, f'{values.BLANK}|{values.NOT_YET}')} when {fine} then 0 else 2 end"


def kept_out(declared: Field) -> bool:
    """Whether a field identifies a patient directly: it makes ``patient_key`` and does not reach ``parsed``."""
    return declared.phi and declared.kind in ("name", "identifier")


def _number_sql(declared: Field) -> str:
    name = declared.name
    if declared.kind == "number":
        return name
    return f"case when {name} = round({name}) and abs({name}) < 1e15 then {name}::bigint end"


def _unreadable(value: str, name: str, nothing: str = values.BLANK) -> str:
    """1 where there is a text that gave no value and is no word for "nothing" (a pattern)."""
    return f"case when {value} is null and text_{name} is not null and not regexp_full_match(text_{name}, '{nothing}') then 1 else 0 end"


def _local_sql(work: Work, declared: Field, *, plain: bool = False) -> tuple[str, str]:
    """SQL of a date's local TIMESTAMP, and of whether it can be right. ``plain``: of a repeated one as it stands, too, which
    else comes from ``when_F``."""
    name, value = declared.name, declared.name
    told = name in work.repeated and not plain
    if declared.kind == "datetime" and declared.utc and not told:
        value = _in_zone(name)
    if work.dates[name].offset and not told:
        value = f"coalesce({value}, {_in_zone(f'utc_{name}')})"
    if declared.phi and any("%y" in text for text in work.dates[name].formats):
        # A birth year of two digits lies in the past: 45 is 1945.
        value = (
            f"(case when {value} >= $latest::date + interval 1 day then {value} - interval 100 year else {value} end)"
        )
    return value, _possible_sql(work, declared, value)


def _possible_sql(work: Work, declared: Field, value: str) -> str:
    """SQL of whether a time can be right."""
    last = "$far" if declared.future else "$latest"
    # What people type is of their own time, unlike a birth; programs also write what happened to somebody now old when young.
    first = "1900-01-01" if declared.phi or work.reading.named else "1970-01-01"
    return f"{value} >= timestamp '{first}' and {value} < {last}::date + interval 1 day"


def _day_sql(work: Work, declared: Field) -> str:
    value, fine = _local_sql(work, declared)
    return f"(case when {fine} then ({value})::date end)"


def _instant(work: Work, declared: Field) -> list[tuple[str, str]]:
    """UTC instant, local day and precision: a time of exactly midnight is how files write a bare day."""
    name = declared.name
    local, fine = _local_sql(work, declared)
    utc = f"utc_{name}" if name in work.repeated else _utc_sql(work, declared)
    precision = (
        "'instant'" if declared.utc else f"case when {local} = date_trunc('day', {local}) then 'day' else 'instant' end"
    )
    parts = [
        (name, f"case when {fine} then {utc} end"),
        (f"{name}_on", f"case when {fine} then ({local})::date end"),
        (f"{name}_precision", f"case when {fine} then {precision} end"),
    ]
    if declared.undated is None:
        return parts
    if declared.undated in {one.name for one in work.given}:
        parts = _dated_by(work, work.source.field(declared.undated), name, parts)
    return [*parts, (f"{name}_text", f"text_{name}")]


def _dated_by(work: Work, other: Field, name: str, parts: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """A bare "yes" happened when ``other`` took place, if that is past."""
    past = f"{_local_sql(work, other)[0]} < $latest::date + interval 1 day"
    return [
        (column, f"coalesce({sql}, case when {yes_sql(f'text_{name}')} and {past} then {theirs} end)")
        for (column, sql), (_, theirs) in zip(parts, _instant(work, other), strict=True)
    ]


def _utc_sql(work: Work, declared: Field) -> str:
    """SQL of the instant of a time as it stands."""
    name = declared.name
    utc = name if declared.utc else f"make_timestamp(epoch_us(timezone(local_zone, {name})))"
    return f"coalesce({utc}, utc_{name})" if work.dates[name].offset else utc


def _in_zone(utc: str) -> str:
    """SQL of the local time of a naive instant in UTC. The instant by its number: the zone UTC would be gone through like
    any other."""
    return f"timezone(local_zone, make_timestamptz(epoch_us({utc})))"
