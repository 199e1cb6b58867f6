"""What a person is told of a file: counts, findings by code, decisions, and the first rows as they will be kept."""

from __future__ import annotations

from typing import Any

from pipelines.checks import REJECT, WARNING, sentence
from pipelines.mapping.typed import second_pass, today
from pipelines.mapping.work import FAULTS, Work, structural
from pipelines.recognition import match
from pipelines.recognition.columns import rivals
from pipelines.recognition.headers import unnamed
from pipelines.sources import Field

PREVIEW = 20
_MANY_FILLED = 0.2  # of the rows
_UNREAD = {
    *FAULTS.values(),
    "date_out_of_range",
    "date_without_year",
    "other_calendar",
    "yes_for_date",
    "npi_mangled",
    "npi_unusable",
    "mixed_date_order",
    "code_unread",
}


def report(work: Work) -> None:
    mapped = work.mapped
    repeats = ["duplicate_row", "repeated_key", *(check.code for check in work.source.checks if check.repeats)]
    staged, kept, repeated = work.run(
        """select (select count(*) from typed), (select count(*) from parsed),
            (select count(distinct row) from found where list_contains($repeats, code))""",
        {"repeats": repeats},
    )[0]
    mapped.rows_loaded, mapped.rows_duplicate = int(kept), int(repeated)
    asides = [check.code for check in work.source.checks if check.aside]
    mapped.set_aside = int(work.run(
        f"""select count(distinct row) from found where list_contains($asides::varchar[], code)
        and row not in (select row from found where (severity = '{REJECT}' or list_contains($repeats, code)) and row is not null)""",
        {"asides": asides, "repeats": repeats})[0][0])  # fmt: skip
    mapped.rows_in -= mapped.set_aside
    mapped.rows_rejected = int(staged - kept - repeated) - mapped.set_aside + structural(work)
    mapped.findings = _summary(work) + _rivals(work) + _nameless(work)
    mapped.decisions = [*_column_decisions(work), *mapped.decisions]
    mapped.preview = _preview(work)
    mapped.unknown = _unknown(work)
    mapped.blanks = _blanks(work)


def _unknown(work: Work) -> dict[str, list[tuple[str, int]]]:
    """Words that nobody knows, the most frequent first, for the fields whose words a person can explain."""
    found = {}
    for declared in work.given:
        if declared.kind in ("enum", "boolean") and not declared.phi:
            rows = work.run(
                """select value, count(*) from found where col = $col and code in ('unknown_value', 'unreadable_boolean') and value is not null
                group by value order by count(*) desc, value limit 40""",
                {"col": work.header(declared.name)},
            )
            if rows:
                found[declared.name] = [(str(value), int(count)) for value, count in rows]
    return found


def _blanks(work: Work) -> dict[str, int]:
    """Rows that say nothing in a column, by header. Columns that were typed know the words for nothing ("N/A"); of the
    others only empty cells are seen. An unreadable cell says something."""
    columns = {declared.name: work.columns[declared.name] for declared in work.given if declared.name in work.columns}
    made = {name for (name, *_) in work.run("describe typed")}
    typed = [name for name in columns if name in made]
    plain = [name for name in columns if name not in made]
    counts: dict[str, int] = {}
    for names, shown, table in ((typed, typed, "typed"), (plain, [f"c{columns[name]}" for name in plain], "stage")):
        if names:
            total, *filled = work.run(f"select count(*), {', '.join(f'count({text})' for text in shown)} from {table}")[
                0
            ]
            counts |= {name: int(total) - int(count) for name, count in zip(names, filled, strict=True)}
    unread = {fault["column"]: fault["count"] for fault in work.mapped.findings if fault["code"] in _UNREAD}
    return {
        work.header(name): max(0, count - (unread.get(work.header(name), 0) if name in typed else 0))
        for name, count in counts.items()
    }


def _summary(work: Work) -> list[dict[str, Any]]:
    rows = work.run(
        """select code, severity, count(*), min(row) // $step, col, arg_min(value, row),
            string_agg(distinct value, '; ' order by value) filter (code = 'unknown_value')
        from found group by code, severity, col
        order by case severity when 'reject' then 0 when 'warning' then 1 else 2 end, count(*) desc, code, col""",
        {"step": work.reading.step},
    )
    told = []
    for code, severity, count, row, column, value, every in rows:
        said = sentence(code)
        shown = every[:200] if every else value
        told.append({"code": code, "severity": severity, "count": count, "message": said.message, "remedy": said.remedy,
                     "row": row, "column": column, "value": shown})  # fmt: skip
    return told


def _rivals(work: Work) -> list[dict[str, Any]]:
    """A warning for each filled column that is not read because another one is read for the same thing."""
    header, said = work.reading.header, sentence("column_not_read")
    unused = [place for place in match(work.source, header, work.context).unused if place not in _used(work)]
    told = []
    for place in sorted(rivals(work.source.fields, header, work.columns, unused)):
        count = int(work.run(f"select count(c{place}) from stage")[0][0])
        if count:
            told.append({"code": "column_not_read", "severity": WARNING, "count": count, "message": said.message, "remedy": said.remedy,
                         "row": None, "column": header[place], "value": None})  # fmt: skip
    return told


def _nameless(work: Work) -> list[dict[str, Any]]:
    """A warning for each column without a name that holds something in many rows: it may be one that is missed. Running
    numbers are none."""
    used, said, told = _used(work), sentence("column_unnamed"), []
    for place, name in enumerate(work.reading.header):
        if place in used or not unnamed(name) or work.source.items:
            continue
        rows, filled, numbers, different = work.run(
            f"select count(*), count(c{place}), count(try_cast(c{place} as bigint)), count(distinct c{place}) from stage"
        )[0]
        if filled >= _MANY_FILLED * rows > 0 and not (numbers == filled == different):
            told.append({"code": "column_unnamed", "severity": WARNING, "count": int(filled), "message": said.message, "remedy": said.remedy,
                         "row": None, "column": name, "value": None})  # fmt: skip
    return told


def _used(work: Work) -> set[int]:
    return {*work.columns.values(), *(place for _, place in work.halves.values())}


def _column_decisions(work: Work) -> list[str]:
    header, used = work.reading.header, set(work.columns.values())
    found = match(work.source, header, work.context)
    told = [f"“{header[place]}” is read as {declared.label}, though it is spelled differently."
            for declared in work.source.fields for place in found.doubtful if work.columns.get(declared.name) == place]  # fmt: skip
    told += [f"“{name}” stands outside the table and holds for every row." for name in
             (work.source.field(name).label for name in work.context if name not in work.columns)]  # fmt: skip
    told += [
        f"“{work.header(name)}” and “{header[place]}” are read together: day and time."
        for name, (_, place) in work.halves.items()
    ]
    used |= {place for _, place in work.halves.values()}
    unused = [header[place] for place in found.unused if place not in used]
    if unused and not work.source.items:
        told.append(f"Not used: {', '.join(unused[:12])}{' and more' if len(unused) > 12 else ''}.")
    return told


def _preview(work: Work) -> list[dict[str, Any]]:
    """The first rows that are loaded, as texts; what identifies a patient is not shown again."""
    shown = ", ".join(f"{_shown(work, declared)} as {declared.name}" for declared in work.given)
    rows = work.run(
        f"""select row // $step as row, {shown} from ({work.first_pass} where cell.row in (select row from parsed order by row limit {PREVIEW})) s order by s.row""",
        {**today(work), "step": work.reading.step},
    )
    names = ["row", *(declared.name for declared in work.given)]
    return [dict(zip(names, row, strict=True)) for row in rows]


def _shown(work: Work, declared: Field) -> str:
    if declared.phi:
        return "'(kept out)'"
    columns = dict(second_pass(work, declared))
    if declared.kind != "datetime":
        return f"({columns[declared.name]})::varchar"
    name = declared.name
    instant = f"case when ({columns[f'{name}_precision']}) = 'instant' then ' (' || ({columns[name]})::varchar || ' UTC)' else '' end"
    return f"({columns[f'{name}_on']})::varchar || {instant}"
