"""From staged text to canonical rows: type the columns, find the faults, write Parquet. SQL throughout; Python
sees only distinct spellings and samples.

The invariant that every load is judged by: ``rows_in = rows_loaded + rows_rejected + rows_duplicate``.

Tables made on the way, all temporary: ``cell`` (the fields' texts), ``look_F`` (spelling -> value of a field),
``typed`` (values, faults and the row's hash), ``dropped`` (rows that are rejected or repeated), ``parsed``
(``typed`` without them), ``found`` (findings) and ``made_T`` (rows of a canonical table).
"""

from __future__ import annotations

import datetime as dt
import re
import zoneinfo
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipelines import items, model, reference, values
from pipelines.checks import NOTE, REJECT, WARNING, sentence
from pipelines.errors import MappingNeeded, UnknownName
from pipelines.readers import Reading
from pipelines.recognition import Candidate, fingerprint, match, missing_fields, recognise
from pipelines.sources import Emit, Field, Source
from pipelines.values import DateFormats
from pipelines.workbooks import rejects_workbook, template, write_rejects

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

FIELDS_A_MASK = 31
SAMPLE = 4000  # distinct texts of a column that Python looks at to find its date formats
MOST_SPELLINGS = 20_000  # distinct texts of an enum column; more than that is no enum
PREVIEW = 20
LOOKED_UP = ("enum", "boolean", "npi", "zone", "phone")
DATES = ("date", "datetime")
FAULTS = {"date": "unreadable_date", "datetime": "unreadable_date", "integer": "unreadable_number", "number": "unreadable_number",
          "boolean": "unreadable_boolean", "enum": "unknown_value", "npi": "npi_invalid", "phone": "unreadable_phone",
          "zone": "unknown_zone", "identifier": "id_mangled"}  # fmt: skip
MANGLED = {"npi": "npi_mangled"}


@dataclass(frozen=True)
class Choices:
    """What a person decides about values. ``date_order`` is mdy or dmy (for columns that leave it open),
    ``time_zone`` the zone of times whose site has none known."""

    date_order: str | None = None
    time_zone: str = "America/New_York"


@dataclass
class Mapped:
    """What became of a file's rows. ``findings`` are grouped by code and column (code, severity, count, message,
    remedy and the first row, column and value); ``tables`` counts the canonical rows written; ``missing`` lists
    what no column was found for, in which case nothing was written."""

    rows_in: int = 0
    rows_loaded: int = 0
    rows_rejected: int = 0
    rows_duplicate: int = 0
    set_aside: int = 0  # rows that are no records, not among rows_in (a survey's previews)
    findings: list[dict[str, Any]] = field(default_factory=list)
    decisions: list[str] = field(default_factory=list)
    date_formats: dict[str, str] = field(default_factory=dict)
    preview: list[dict[str, Any]] = field(default_factory=list)
    tables: dict[str, int] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)


@dataclass
class _Work:
    """One ``apply`` in progress."""

    con: DuckDBPyConnection
    reading: Reading
    source: Source
    columns: Mapping[str, int]
    context: Mapping[str, str]
    choices: Choices
    params: dict[str, Any]
    received_at: dt.datetime
    out: Path
    dates: dict[str, DateFormats] = field(default_factory=dict)
    first_pass: str = ""
    mapped: Mapped = field(default_factory=Mapped)

    @property
    def given(self) -> list[Field]:
        """The fields that a column or the preamble gives."""
        return [
            declared
            for declared in self.source.fields
            if declared.name in self.columns or declared.name in self.context
        ]

    def header(self, name: str) -> str:
        """What the file calls a field."""
        return self.reading.header[self.columns[name]] if name in self.columns else self.source.field(name).label

    def run(self, sql: str, more: Mapping[str, Any] | None = None) -> list[tuple[Any, ...]]:
        """Run static SQL with those of our parameters that occur in it."""
        have = {**self.params, **(more or {})}
        return self.con.execute(sql, {name: value for name, value in have.items() if f"${name}" in sql}).fetchall()


def apply(
    con: DuckDBPyConnection, reading: Reading, source: Source, columns: Mapping[str, int], context: Mapping[str, str], choices: Choices,
    *, file_id: str, system: str, received_at: dt.datetime, out_dir: Path,
) -> Mapped:  # fmt: skip
    """Map the staged file onto the canonical tables and write ``out_dir/<table>.parquet`` and ``findings.parquet``.

    ``con`` has ``stage``, ``zone(site_id, time_zone)`` and the macros of ``identity``; ``columns`` maps field
    names to header positions, ``context`` field names to one value for all rows. ``received_at`` is when the
    file came (UTC): days after the next one are faults. Raises ``UnknownName`` for a field or column that does
    not exist; where no column gives what every record needs, ``missing`` says so and nothing is written.
    """
    work = _Work(
        con, reading, source, columns, context, choices, {"system": system, "file": file_id}, received_at, Path(out_dir)
    )
    _refuse_unknown(work)
    work.mapped.rows_in = _count_in(work)
    work.mapped.missing = list(missing_fields(source, {declared.name for declared in work.given}))
    if work.mapped.missing:
        return work.mapped
    for macro in values.MACROS:
        con.execute(macro)
    con.execute("set variable load_system = $system", {"system": system})
    con.execute("set variable load_file = $file", {"file": file_id})
    _cells(work)
    _look_up(work)
    _decide_dates(work)
    _type(work)
    _find_faults(work)
    _make_relations(work)
    _make_tables(work)
    _write(work, system, file_id)
    _report(work)
    return work.mapped


def _refuse_unknown(work: _Work) -> None:
    known = {declared.name for declared in work.source.fields}
    unknown = sorted((set(work.columns) | set(work.context)) - known)
    if unknown:
        raise UnknownName(
            f"{work.source.title} has no field called {unknown[0]}.", f"It has: {', '.join(sorted(known))}."
        )
    if any(not 0 <= place < len(work.reading.header) for place in work.columns.values()):
        raise MappingNeeded("A column was named that the file does not have.", "Map the columns again.")
    if work.choices.time_zone not in zoneinfo.available_timezones():
        raise UnknownName("There is no such time zone.", "Name one such as America/New_York.")


def _structural(work: _Work) -> int:
    """Records that the reader could not stage, each counted once."""
    lost = {found.row for found in work.reading.findings if found.severity == REJECT and found.row is not None}
    nowhere = sum(found.severity == REJECT and found.row is None for found in work.reading.findings)
    staged = {
        row
        for (row,) in work.con.execute(
            "select row from stage where list_contains($rows, row)", {"rows": sorted(lost)}
        ).fetchall()
    }
    return len(lost - staged) + nowhere


def _count_in(work: _Work) -> int:
    return int(work.run("select count(*) from stage")[0][0]) + _structural(work)


# --- cells and lookups ------------------------------------------------------------------------------------------


def _cells(work: _Work) -> None:
    """``cell``: one column of text per field, NULL where the file says there is nothing, and the row's hash. A
    view, so that nobody who does not ask for the hash pays for it."""
    for declared in work.given:
        if declared.name not in work.columns:
            work.con.execute(f"set variable said_{declared.name} = $value", {"value": work.context[declared.name]})
    shown = ", ".join(f"{_cell_sql(work, declared)} as {declared.name}" for declared in work.given)
    cells = ", ".join(f"coalesce(c{place}, '')" for place in range(len(work.reading.header)))
    work.run(
        f"""create or replace temp view cell as
        select stage.row, (md5_number(concat_ws(chr(31), {cells})) >> 64)::ubigint as row_hash, {shown} from stage"""
    )


def _cell_sql(work: _Work, declared: Field) -> str:
    raw = (
        f"c{work.columns[declared.name]}"
        if declared.name in work.columns
        else f"getvariable('said_{declared.name}')::varchar"
    )
    if declared.clock and declared.clock in work.columns and declared.name in work.columns:
        # Date and time in a column each; a spreadsheet's pure date may already end in midnight.
        clock = f"c{work.columns[declared.clock]}"
        raw = (f"case when {clock} is null or regexp_full_match({clock}, '{values.BLANK}') then {raw} "
               f"else regexp_replace({raw}, '[ T]0?0:00(:00)?$', '') || ' ' || {clock} end")  # fmt: skip
    if declared.kind == "name":
        return (
            f"case when length({raw}) <= 4 and regexp_full_match({raw}, '{values.BLANK_NAME}') then null else {raw} end"
        )
    if declared.kind in ("text", "identifier"):
        # A pattern and not "in": that would become a join per column, asked of every row and never pruned.
        return f"case when length({raw}) <= {7 if declared.kind == 'identifier' else 14} and regexp_full_match({raw}, '{values.BLANK}') then null else {raw} end"
    return raw


def _look_up(work: _Work) -> None:
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
        case when npi_valid(digits) then 0 when regexp_full_match(raw, '[0-9](\\.[0-9]+)?[eE]\\+?[0-9]+') then 2 else 1 end as fault
    from cleaned"""
_PHONE_LOOK = """
    create or replace temp table look_{name} as
    with spelled as (select distinct {name} as raw from cell where {name} is not null),
    cleaned as (select raw, regexp_replace(regexp_replace(lower(raw), '(x|ext).*$', ''), '[^0-9]', '', 'g') as digits from spelled),
    short as (select raw, case when length(digits) = 11 and digits[1] = '1' then digits[2:] else digits end as digits from cleaned)
    select raw, case when length(digits) between 7 and 15 then digits end as value, (length(digits) not between 7 and 15)::int as fault from short"""


def _look_up_words(work: _Work, declared: Field) -> None:
    spelled = [raw for (raw,) in work.run(
        f"select distinct {declared.name} from cell where {declared.name} is not null limit {MOST_SPELLINGS}")]  # fmt: skip
    judged = [_judge(declared, raw) for raw in spelled]
    kind = "boolean" if declared.kind == "boolean" else "varchar"
    work.run(
        f"create or replace temp table look_{declared.name} as "
        f"select unnest($raw::varchar[]) as raw, unnest($value::{kind}[]) as value, unnest($fault::integer[]) as fault",
        {"raw": spelled, "value": [value for value, _ in judged], "fault": [fault for _, fault in judged]},
    )


def _judge(declared: Field, raw: str) -> tuple[Any, int]:
    """A spelling's value, and 1 if nobody knows it."""
    if declared.kind == "boolean":
        flag = values.boolean(raw)
        return flag, int(flag is None and not values.blank(raw))
    if declared.kind == "zone":
        zone = raw if raw in zoneinfo.available_timezones() else _words_of(declared).get(values.squash(raw))
        return zone, int(zone is None and not values.blank(raw))
    word = _words_of(declared).get(values.squash(raw))
    if word is not None:
        return word, 0
    word = next((value for pattern, value in declared.patterns if re.search(pattern, raw.lower())), None)
    if word is not None:
        return word, 0
    return (None, 0) if values.blank(raw) else (declared.otherwise, 1)


def _words_of(declared: Field) -> dict[str, str]:
    return {**{values.squash(value): value for value in declared.values.values()},
            **{values.squash(text): value for text, value in declared.values.items()}}  # fmt: skip


# --- dates ------------------------------------------------------------------------------------------------------


def _decide_dates(work: _Work) -> None:
    for declared in work.given:
        if declared.kind in DATES:
            how = _column_dates(work, declared)
            work.dates[declared.name] = how
    shown = {how.order for how in work.dates.values() if how.proof == "values" and not how.conflict}
    if len(shown) == 1:
        # One file is written by one hand: columns that leave the order open follow those that show it.
        work.dates = {name: values.follow(how, shown) if how.ambiguous else how for name, how in work.dates.items()}
    for declared in work.given:
        if declared.kind in DATES:
            how = work.dates[declared.name]
            if how.formats or how.serial or how.offset:
                work.mapped.date_formats[declared.name] = how.describe()


def _column_dates(work: _Work, declared: Field) -> DateFormats:
    """Formats from a sample; then from whatever the sample's formats could not read, until nothing new turns up."""
    name = declared.name
    step = max(1, work.reading.records // (2 * SAMPLE))
    texts = {raw for (raw,) in work.run(
        f"select distinct {name} from cell where row % {step} = 0 and {name} is not null limit {SAMPLE}")}  # fmt: skip
    how = values.decide_dates(texts, work.choices.date_order)
    for _ in range(4):
        more = _unread(work, name, how, declared)
        if not more - texts:
            break
        texts |= more
        how = values.decide_dates(texts, work.choices.date_order)
    how = how if not how.ambiguous else _settled(work, name, how)
    return values.follow(how, {work.source.date_order}, "shape") if how.ambiguous and work.source.date_order else how


def _unread(work: _Work, name: str, how: DateFormats, declared: Field) -> set[str]:
    both = f"coalesce({values.date_sql(name, how, work.reading.date_system)}, {values.offset_sql(name) if how.offset else 'null'})"
    rows = work.run(f"select distinct {name} from cell where {name} is not null and {both} is null limit {SAMPLE}")
    return {raw for (raw,) in rows}


def _settled(work: _Work, name: str, how: DateFormats) -> DateFormats:
    """The sample left open whether day or month comes first: ask every cell of the column."""
    other = values.date_sql(name, how.swapped(), work.reading.date_system)
    mine = values.date_sql(name, how, work.reading.date_system)
    telling = work.run(f"select count(*) from cell where {name} is not null and {other} is null and {mine} is not null")
    return values.proven(how) if telling[0][0] else how


# --- typing -----------------------------------------------------------------------------------------------------


def _type(work: _Work) -> None:
    """``typed``: the row, its hash, the fields that the source's SQL asks for, and ``faults_N``, two bits per field
    (0 fine, 1 unreadable, 2 worse). A column that nobody asks for is not made: writing columns is what costs."""
    zoned = _zones(work)
    work.first_pass = _first_pass_sql(work, zoned)
    columns = [column for declared in work.given for column in _second_pass(work, declared)] + _patient(work)
    asked = _asked(work)
    kept = "".join(f", {sql} as {name}" for name, sql in columns if name in asked)
    absent = "".join(f", {sql} as {name}" for declared in work.source.fields if declared not in work.given
                     for name, sql in _absent(declared) if name in asked)  # fmt: skip
    work.run(
        f"create or replace temp table typed as select row, row_hash{kept}{_masks(work)} from ({work.first_pass})",
        _today(work),
    )
    work.run("create or replace temp table dropped (row bigint)")
    work.run(
        f"create or replace temp view parsed as select *{absent} from typed where row not in (select row from dropped)"
    )


def _today(work: _Work) -> dict[str, Any]:
    """Parameters of the typing SQL: the fallback zone and the last day that may be right."""
    today = work.received_at.date()
    return {
        "zone": work.choices.time_zone,
        "latest": today + dt.timedelta(days=1),
        "far": dt.date(today.year + 20, 12, 31),
    }


def _first_pass_sql(work: _Work, zoned: bool) -> str:
    joins = "".join(
        f" left join look_{declared.name} on look_{declared.name}.raw = cell.{declared.name}"
        for declared in work.given if declared.kind in LOOKED_UP
    )  # fmt: skip
    if zoned:
        joins += f" left join zone_of on zone_of.raw = cell.{work.source.zone_field}"
    first = "".join(f", {part}" for declared in work.given for part in _first_pass(work, declared))
    zone = "coalesce(zone_of.time_zone, $zone)" if zoned else "$zone::varchar"
    return f"select cell.row, cell.row_hash, {zone} as local_zone{first} from cell{joins}"


def _asked(work: _Work) -> set[str]:
    """Every word in the source's SQL, and what the faults need."""
    source = work.source
    texts = [part.sql for group in (source.relations, source.emits, source.checks) for part in group]
    words = {word for text in texts for word in re.findall(r"[a-z_0-9]+", text)}
    required = {declared.name for declared in source.fields if declared.required and not _kept_out(declared)}
    return words | required | {name for group in source.one_of for name in group} | {"patient_key"}


def _masks(work: _Work) -> str:
    """SQL of ``faults_N``: the faults of 31 fields each, two bits a field."""
    faults = [_fault(work, declared) for declared in _fallible(work)]
    masks = []
    for turn in range(0, len(faults), FIELDS_A_MASK):
        bits = " | ".join(
            f"(({sql})::bigint << {2 * place})" for place, sql in enumerate(faults[turn : turn + FIELDS_A_MASK])
        )
        masks.append(f", {bits} as faults_{turn // FIELDS_A_MASK}")
    return "".join(masks)


def _fallible(work: _Work) -> list[Field]:
    return [declared for declared in work.given if declared.kind in FAULTS]


def _bits(place: int) -> str:
    return f"((faults_{place // FIELDS_A_MASK} >> {2 * (place % FIELDS_A_MASK)}) & 3)"


def _patient(work: _Work) -> list[tuple[str, str]]:
    """``patient_key`` and ``zip3``: what identifies a patient directly ends here. Record numbers are those of the
    EHR wherever they are written down, so that a log and an extract mean the same patient by them."""
    if "mrn" not in {one.name for one in work.source.fields}:
        return []
    have = {one.name: one.name for one in work.given}
    mrn, last, first, whole = (
        have.get(name, "null::varchar") for name in ("mrn", "patient_last", "patient_first", "patient")
    )
    born = _day_sql(work, work.source.field("born")) if "born" in have else "null::date"
    key = f"patient_key('ehr', {mrn}, coalesce({last}, patient_family({whole})), coalesce({first}, patient_given({whole})), {born})"
    return [("patient_key", key), ("zip3", f"left(digits({have.get('patient_zip', 'null::varchar')}), 3)")]


def _zones(work: _Work) -> bool:
    """``zone_of(raw, time_zone)``: the zone of each site the file names, where one is known."""
    name = work.source.zone_field
    timed = [one for one in work.given if one.kind == "datetime" and not one.utc]
    work.mapped.decisions += [f"“{work.header(one.name)}” is read as UTC." for one in work.given if one.utc]
    if not timed:
        return False
    if name is None or name not in {declared.name for declared in work.given}:
        work.mapped.decisions.append(f"Times are read as {work.choices.time_zone}.")
        return False
    work.run(
        f"""create or replace temp table zone_of as
        select raw, max(zone.time_zone) as time_zone
        from (select distinct {name} as raw from cell where {name} is not null) join zone on zone.site_id = site_key(raw) group by raw"""
    )
    known = [zone for (zone,) in work.run("select distinct time_zone from zone_of order by 1")]
    fallback = work.choices.time_zone
    told = f"Times are read in the time zone of each row's site ({', '.join(known)}), else in {fallback}." if known else (
        f"Times are read as {fallback}: no time zone is known for this file's sites.")  # fmt: skip
    work.mapped.decisions.append(told)
    return bool(known)


def _first_pass(work: _Work, declared: Field) -> list[str]:
    """Texts to values that need no other column; dates still local."""
    name, cell = declared.name, f"cell.{declared.name}"
    if declared.kind in LOOKED_UP:
        # A text beyond the spellings we looked at is unknown as well.
        fault = f"case when {cell} is null then 0 else coalesce(look_{name}.fault, 1) end as bad_{name}"
        return [f"look_{name}.value as {name}", fault, f"{cell} as text_{name}"]
    if declared.kind in ("integer", "number"):
        plain = f"try_cast(regexp_replace(replace({cell}, ',', ''), '^\\$|%$', '', 'g') as double)"
        return [f"{plain} as {name}", f"{cell} as text_{name}"]
    if declared.kind in DATES:
        how = work.dates[name]
        parts = [f"{values.date_sql(cell, how, work.reading.date_system)} as {name}", f"{cell} as text_{name}"]
        return [*parts, f"{values.offset_sql(cell)} as utc_{name}"] if how.offset else parts
    return [f"{cell} as {name}"]


def _second_pass(work: _Work, declared: Field) -> list[tuple[str, str]]:
    """Names and SQL of the columns of ``parsed`` that a field gives."""
    name = declared.name
    if _kept_out(declared):
        return []
    if declared.kind == "datetime":
        return _instant(work, declared)
    if declared.kind == "date":
        return [(name, _day_sql(work, declared))]
    if declared.kind in ("integer", "number"):
        return [(name, _number_sql(declared))]
    return [(name, name), *([(f"{name}_text", f"text_{name}")] if declared.kind == "enum" else [])]


def _absent(declared: Field) -> list[tuple[str, str]]:
    """The columns of ``parsed`` for a field that the file does not have."""
    if _kept_out(declared):
        return []
    types = {"date": "date", "datetime": "timestamp", "integer": "bigint", "number": "double", "boolean": "boolean"}
    name = declared.name
    parts = [(name, f"null::{types.get(declared.kind, 'varchar')}")]
    if declared.kind == "datetime":
        parts += [(f"{name}_on", "null::date"), (f"{name}_precision", "null::varchar")]
    return parts + ([(f"{name}_text", "null::varchar")] if declared.kind == "enum" else [])


def _fault(work: _Work, declared: Field) -> str:
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
    value, fine = _local_sql(work, declared)
    return f"case when {value} is null then {_unreadable(value, name)} when {fine} then 0 else 2 end"


def _kept_out(declared: Field) -> bool:
    """Whether a field identifies a patient directly: it makes ``patient_key`` and does not reach ``parsed``."""
    return declared.phi and declared.kind in ("name", "identifier")


def _number_sql(declared: Field) -> str:
    name = declared.name
    if declared.kind == "number":
        return name
    return f"case when {name} = round({name}) and abs({name}) < 1e15 then {name}::bigint end"


def _unreadable(value: str, name: str) -> str:
    """1 where there is a text that gave no value and is no word for "nothing"."""
    return f"case when {value} is null and text_{name} is not null and not regexp_full_match(text_{name}, '{values.BLANK}') then 1 else 0 end"


def _local_sql(work: _Work, declared: Field) -> tuple[str, str]:
    """SQL of a date's local TIMESTAMP, and of whether it can be right."""
    name, value = declared.name, declared.name
    if declared.kind == "datetime" and declared.utc:
        value = f"timezone(local_zone, timezone('UTC', {name}))"
    if work.dates[name].offset:
        value = f"coalesce({value}, timezone(local_zone, timezone('UTC', utc_{name})))"
    if declared.phi and any("%y" in text for text in work.dates[name].formats):
        # A birth year of two digits lies in the past: 45 is 1945.
        value = (
            f"(case when {value} >= $latest::date + interval 1 day then {value} - interval 100 year else {value} end)"
        )
    last = "$far" if declared.future else "$latest"
    return value, f"{value} >= timestamp '1900-01-01' and {value} < {last}::date + interval 1 day"


def _day_sql(work: _Work, declared: Field) -> str:
    value, fine = _local_sql(work, declared)
    return f"(case when {fine} then ({value})::date end)"


def _instant(work: _Work, declared: Field) -> list[tuple[str, str]]:
    """UTC instant, local day and precision: a time of exactly midnight is how files write a bare day."""
    name = declared.name
    local, fine = _local_sql(work, declared)
    utc = name if declared.utc else f"timezone('UTC', timezone(local_zone, {name}))"
    if work.dates[name].offset:
        utc = f"coalesce({utc}, utc_{name})"
    precision = (
        "'instant'" if declared.utc else f"case when {local} = date_trunc('day', {local}) then 'day' else 'instant' end"
    )
    return [
        (name, f"case when {fine} then {utc} end"),
        (f"{name}_on", f"case when {fine} then ({local})::date end"),
        (f"{name}_precision", f"case when {fine} then {precision} end"),
    ]


# --- faults -----------------------------------------------------------------------------------------------------


def _find_faults(work: _Work) -> None:
    """``found``: every fault of a cell or row; rows with a reject go to ``dropped``."""
    work.run(
        "create or replace temp table found (row bigint, col varchar, value varchar, code varchar, severity varchar)"
    )
    fallible = _fallible(work)
    if fallible:
        masks = ", ".join(f"bit_or(faults_{turn // FIELDS_A_MASK})" for turn in range(0, len(fallible), FIELDS_A_MASK))
        found = work.run(f"select {masks} from typed")[0]
        for place, declared in enumerate(fallible):
            if ((found[place // FIELDS_A_MASK] or 0) >> (2 * (place % FIELDS_A_MASK))) & 3:
                _note_cells(work, declared, _bits(place))
    for declared in work.given:
        if declared.required:
            _note_blank(work, declared)
    for group in work.source.one_of:
        _note_none_of(work, group)
    _note_date_orders(work)
    for check in work.source.checks:
        cell = check.field if check.field in {declared.name for declared in work.given} else "null"
        work.run(
            f"""insert into found select t.row, $col, cell.{cell}, $code, $severity from ({check.sql}) t join cell using (row)"""
            if cell != "null" else f"insert into found select t.row, $col, null, $code, $severity from ({check.sql}) t",
            {"col": work.header(check.field), "code": check.code, "severity": check.severity},
        )  # fmt: skip
    asides = [check.code for check in work.source.checks if check.aside]
    work.run(
        f"insert into dropped select distinct row from found where severity = '{REJECT}' or list_contains($asides::varchar[], code)",
        {"asides": asides},
    )


def _note_cells(work: _Work, declared: Field, fault: str) -> None:
    name = declared.name
    worse = "date_out_of_range" if declared.kind in DATES else MANGLED.get(declared.kind, FAULTS[declared.kind])
    plain = FAULTS[declared.kind]
    if declared.kind in DATES and work.dates[name].conflict:
        plain = "mixed_date_order"
    work.run(
        f"""insert into found select cell.row, $col, cell.{name},
            case when {fault} = 2 then '{worse}' else '{plain}' end, $severity
        from typed join cell using (row) where {fault} > 0""",
        {"col": work.header(name), "severity": REJECT if _decisive(work, declared) else WARNING},
    )


def _decisive(work: _Work, declared: Field) -> bool:
    """Whether an unreadable cell of this field keeps its row out: nothing may stand in for what cannot be read."""
    alternatives = {name for group in work.source.one_of for name in group}
    return (
        (declared.required and declared.kind != "enum")
        or declared.name in alternatives
        or (declared.phi and declared.kind == "date")
    )


def _note_blank(work: _Work, declared: Field) -> None:
    name = declared.name
    unless = f" and {_fault_of(work, name)} = 0" if declared.kind in FAULTS and declared.kind != "enum" else ""
    work.run(
        f"insert into found select row, $col, null, 'required_blank', '{REJECT}' from typed where {name} is null{unless}",
        {"col": work.header(name)},
    )


def _fault_of(work: _Work, name: str) -> str:
    return _bits([declared.name for declared in _fallible(work)].index(name))


def _note_none_of(work: _Work, group: tuple[str, ...]) -> None:
    given = [name for name in group if name in {declared.name for declared in work.given}]
    kept = [name for name in given if not _kept_out(work.source.field(name))]
    nothing = [
        f"{name} is null" + (f" and {_fault_of(work, name)} = 0" if work.source.field(name).kind in FAULTS else "")
        for name in kept
    ]
    if len(kept) < len(given):
        nothing.append("patient_key is null")
    work.run(
        f"""insert into found select typed.row, $col, cell.{given[0]}, 'none_of', '{REJECT}' from typed join cell using (row)
        where {" and ".join(f"typed.{part}" if not part.startswith("(") else part for part in nothing)}""",
        {"col": work.header(given[0])},
    )


def _note_date_orders(work: _Work) -> None:
    for name, how in work.dates.items():
        header = work.header(name)
        if how.ambiguous:
            work.run(
                f"""insert into found select row, $col, {name}, 'ambiguous_dates', '{WARNING}' from cell
                where {name} is not null order by row limit 1""",
                {"col": header},
            )
        if how.order:
            words = {"mdy": "month first", "dmy": "day first"}[how.order]
            why = {
                "values": "as its values show",
                "choice": "as chosen",
                "file": "as the file's other dates show",
                "shape": "as this export writes them",
                None: "which is an assumption",
            }[how.proof]
            work.mapped.decisions.append(f"Dates in “{header}” are read {words}, {why}.")


# --- canonical rows ---------------------------------------------------------------------------------------------


def _make_relations(work: _Work) -> None:
    if work.source.reference:
        reference.load_nucc(work.con)
    if work.source.items:
        items.make(work.con, work.reading, set(work.columns.values()), work.source.ignored)
    for relation in work.source.relations:
        work.run(f"create or replace temp table {relation.name} as {_bound(relation.sql)}")


def _bound(sql: str) -> str:
    """A source's SQL with its parameters as connection variables, since views take no parameters."""
    return sql.replace("$system", "getvariable('load_system')::varchar").replace(
        "$file", "getvariable('load_file')::varchar"
    )


def _make_tables(work: _Work) -> None:
    """``made_T`` for every table the source emits, the primary one first: it tells which rows repeat others.
    They are views until some key occurs twice: a million rows are not held a third time."""
    names = list(dict.fromkeys([work.source.primary, *(emit.table for emit in work.source.emits)]))
    for name in names:
        emits = [emit for emit in work.source.emits if emit.table == name]
        _make_table(work, name, emits)
        if name == work.source.primary:
            _drop_repeated(work, name)
        elif len(emits) > 1 or not emits[0].unique:
            _keep_last(work, name)


def _make_table(work: _Work, name: str, emits: list[Emit]) -> None:
    table = model.table(name)
    parts = []
    for emit in emits:
        sql = _bound(emit.sql)
        given = {row[0] for row in work.run(f"describe {sql}")}
        shown = ", ".join(
            f"{column.name if column.name in given else 'null'}::{column.type} as {column.name}"
            for column in table.columns
        )
        parts.append(f"select row, {shown} from ({sql})")
    needed = " and ".join(f"{column.name} is not null" for column in table.columns if column.required)
    work.run(f"create or replace temp view made_{name} as select * from ({' union all '.join(parts)}) where {needed}")


def _clashes(work: _Work, name: str) -> bool:
    """Whether some key occurs twice; if so, ``made_T`` becomes a table and ``clash`` lists the keys."""
    keys = ", ".join(model.table(name).key)
    work.run(
        f"create or replace temp table clash as select {keys} from made_{name} group by {keys} having count(*) > 1"
    )
    if not work.run("select count(*) from clash")[0][0]:
        return False
    work.run(f"create or replace temp table fixed_{name} as select * from made_{name}")
    work.run(f"create or replace temp view made_{name} as select * from fixed_{name}")
    return True


def _same_key(name: str, left: str, right: str) -> str:
    return " and ".join(f"{left}.{column} is not distinct from {right}.{column}" for column in model.table(name).key)


def _keep_last(work: _Work, name: str) -> None:
    """Reduce rows of one key to the last one (two spellings of one practice, two rows of one site)."""
    if _clashes(work, name):
        keys = ", ".join(model.table(name).key)
        work.run(
            f"""create or replace temp table fixed_{name} as
            select * from fixed_{name} qualify row_number() over (partition by {keys} order by row desc, md5(fixed_{name}::varchar)) = 1"""
        )


def _drop_repeated(work: _Work, name: str) -> None:
    """Rows whose every primary row is superseded are duplicates: of equal rows the first stays, else the last."""
    if _clashes(work, name):
        keys = ", ".join(model.table(name).key)
        work.run(
            f"""create or replace temp table rival as
            with standing as (
                select m.row, {", ".join(f"m.{column}" for column in model.table(name).key)}, t.row_hash
                from made_{name} m join clash on {_same_key(name, "m", "clash")} join typed t on t.row = m.row),
            newest as (select *, first_value(row_hash) over (partition by {keys} order by row desc) as last_hash from standing)
            select *, row_hash = last_hash as same,
                row <> min(row) filter (row_hash = last_hash) over (partition by {keys}) as loses from newest"""
        )
        work.run(
            f"delete from fixed_{name} m where exists (select 1 from rival where rival.loses and rival.row = m.row and {_same_key(name, 'rival', 'm')})"
        )
        # A row may win and lose the same key (two emits of one row): what is left of a key is then reduced below.
        work.run(
            f"""insert into found
            select row, null, null, case when bool_and(same) then 'duplicate_row' else 'repeated_key' end,
                case when bool_and(same) then '{NOTE}' else '{WARNING}' end
            from rival where row not in (select row from made_{name}) group by row"""
        )
        _keep_last(work, name)
    _drop_equal_rows(work, name)
    work.run("insert into dropped select distinct row from found where code in ('duplicate_row', 'repeated_key')")


def _drop_equal_rows(work: _Work, name: str) -> None:
    """Rows that put nothing into the primary table repeat one another when they are equal word for word."""
    work.run(
        f"""insert into found
        select row, null, null, 'duplicate_row', '{NOTE}' from parsed
        where row not in (select row from made_{name}) and row not in (select row from found where code in ('duplicate_row', 'repeated_key'))
        qualify row_number() over (partition by row_hash order by row) > 1"""
    )


# --- writing and telling ----------------------------------------------------------------------------------------


def _write(work: _Work, system: str, file_id: str) -> None:
    work.out.mkdir(parents=True, exist_ok=True)
    work.run("create or replace temp table bearer as select $system as source_system, $file as source_file_id, $at::timestamp as ingested_at",
             {"at": work.received_at})  # fmt: skip
    for name in dict.fromkeys(emit.table for emit in work.source.emits):
        count = int(work.run(f"select count(*) from made_{name}")[0][0])
        if count:
            work.mapped.tables[name] = count
            _write_table(work, name)
    _insert_structural(work)
    _copy(work, "select row, col, value, code, severity from found order by row nulls last, col, code", "findings")


def _write_table(work: _Work, name: str) -> None:
    columns = ", ".join(f"m.{column.name}" for column in model.table(name).columns)
    _copy(work, f"""
        select {columns}, b.source_system, b.source_file_id, m.row as source_row, t.row_hash, b.ingested_at
        from made_{name} m join typed t using (row) cross join bearer b""", name)  # fmt: skip


def _copy(work: _Work, sql: str, name: str) -> None:
    path = str(work.out / f"{name}.parquet").replace("'", "''")
    work.run(f"copy ({sql}) to '{path}' (format parquet, compression zstd)")


def _insert_structural(work: _Work) -> None:
    for found in work.reading.findings:
        work.run("insert into found values ($row, $col, $value, $code, $severity)",
                 {"row": found.row, "col": found.column, "value": found.value, "code": found.code, "severity": found.severity})  # fmt: skip


def _report(work: _Work) -> None:
    mapped = work.mapped
    staged, kept, repeated = work.run(
        """select (select count(*) from typed), (select count(*) from parsed),
            (select count(distinct row) from found where code in ('duplicate_row', 'repeated_key'))"""
    )[0]
    mapped.rows_loaded, mapped.rows_duplicate = int(kept), int(repeated)
    asides = [check.code for check in work.source.checks if check.aside]
    mapped.set_aside = int(work.run(
        f"""select count(distinct row) from found where list_contains($asides::varchar[], code)
        and row not in (select row from found where severity = '{REJECT}' and row is not null)""", {"asides": asides})[0][0])  # fmt: skip
    mapped.rows_in -= mapped.set_aside
    mapped.rows_rejected = int(staged - kept - repeated) - mapped.set_aside + _structural(work)
    mapped.findings = _summary(work)
    mapped.decisions = [*_column_decisions(work), *mapped.decisions]
    mapped.preview = _preview(work)


def _summary(work: _Work) -> list[dict[str, Any]]:
    rows = work.run(
        """select code, severity, count(*), min(row), col, arg_min(value, row),
            string_agg(distinct value, '; ' order by value) filter (code = 'unknown_value')
        from found group by code, severity, col
        order by case severity when 'reject' then 0 when 'warning' then 1 else 2 end, count(*) desc, code, col"""
    )
    told = []
    for code, severity, count, row, column, value, every in rows:
        said = sentence(code)
        shown = every[:200] if every else value
        told.append({"code": code, "severity": severity, "count": count, "message": said.message, "remedy": said.remedy,
                     "row": row, "column": column, "value": shown})  # fmt: skip
    return told


def _column_decisions(work: _Work) -> list[str]:
    header, used = work.reading.header, set(work.columns.values())
    found = match(work.source, header, work.context)
    told = [f"“{header[place]}” is read as {declared.label}, though it is spelled differently."
            for declared in work.source.fields for place in found.doubtful if work.columns.get(declared.name) == place]  # fmt: skip
    told += [f"“{name}” stands above the table and holds for every row." for name in
             (work.source.field(name).label for name in work.context if name not in work.columns)]  # fmt: skip
    unused = [header[place] for place in found.unused if place not in used]
    if unused and not work.source.items:
        told.append(f"Not used: {', '.join(unused[:12])}{' and more' if len(unused) > 12 else ''}.")
    return told


def _preview(work: _Work) -> list[dict[str, Any]]:
    """The first rows that are loaded, as texts; what identifies a patient is not shown again."""
    shown = ", ".join(f"{_shown(work, declared)} as {declared.name}" for declared in work.given)
    rows = work.run(
        f"""select row, {shown} from ({work.first_pass} where cell.row in (select row from parsed order by row limit {PREVIEW})) order by row""",
        _today(work),
    )
    names = ["row", *(declared.name for declared in work.given)]
    return [dict(zip(names, row, strict=True)) for row in rows]


def _shown(work: _Work, declared: Field) -> str:
    if declared.phi:
        return "'(kept out)'"
    columns = dict(_second_pass(work, declared))
    if declared.kind != "datetime":
        return f"({columns[declared.name]})::varchar"
    name = declared.name
    instant = f"case when ({columns[f'{name}_precision']}) = 'instant' then ' (' || ({columns[name]})::varchar || ' UTC)' else '' end"
    return f"({columns[f'{name}_on']})::varchar || {instant}"


__all__ = [
    "Candidate", "Choices", "Mapped", "apply", "fingerprint", "match", "recognise", "rejects_workbook", "template", "write_rejects",
]  # fmt: skip
