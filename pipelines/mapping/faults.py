"""``found``: every fault of a cell or a row, and ``dropped``: the rows that are kept out because of one."""

from __future__ import annotations

from collections.abc import Sequence

from pipelines import values
from pipelines.checks import EITHER, REJECT, WARNING
from pipelines.mapping import name_context
from pipelines.mapping.typed import FIELDS_A_MASK, NAMED, fallible, fault_bits, kept_out, make_parsed, yes_sql
from pipelines.mapping.work import DATES, FAULTS, Work
from pipelines.sources import Field
from pipelines.values.dates import date_sql

# How systems' own people call patients that are none. Whole words: Testa and Tester are names.
_MADE_UP = r"(?i)(?:^|[^a-z])(?:z{2,}[a-z]*|x{3,}|test(?:ing)?[0-9]*|testpatient|test[ _-]?(?:pt|patient)|dummy|do ?not ?use|mickey,? mouse|mouse,? mickey|donald,? duck|duck,? donald)(?:[^a-z]|$)"
MANGLED = {"npi": "npi_mangled"}
FEW = 100_000  # rows: more of them without an afternoon were written by no people
_NO_YEAR = r"(?i)\s*(?:[0-9]{1,2}[-/. ](?:[0-9]{1,2}|[a-z]{3,9})\.?|[a-z]{3,9}\.? [0-9]{1,2}(?:st|nd|rd|th)?)\s*"
_OTHER_ERA = r"(?:^|[^0-9])(?:2[45][0-9]{2}|1[34][0-9]{2})(?:[^0-9]|$)"  # Buddhist; Hijri and Persian
WORSE = 2  # a fault's second degree: a number that a spreadsheet has rounded, a day that cannot be


def find_faults(work: Work) -> None:
    """``found``: every fault of a cell or row; rows with a reject go to ``dropped``."""
    work.run(
        "create or replace temp table found (row bigint, col varchar, value varchar, code varchar, severity varchar)"
    )
    judged = fallible(work)
    if judged:
        masks = ", ".join(f"bit_or(faults_{turn // FIELDS_A_MASK})" for turn in range(0, len(judged), FIELDS_A_MASK))
        found = work.run(f"select {masks} from typed")[0]
        for place, declared in enumerate(judged):
            if ((found[place // FIELDS_A_MASK] or 0) >> (2 * (place % FIELDS_A_MASK))) & 3:
                _note_cells(work, declared, fault_bits(place))
    for declared in work.given:
        if declared.required:
            _note_blank(work, declared)
    for group in work.source.one_of:
        _note_none_of(work, group)
    name_context.tell(work)
    _note_several(work)
    _note_practices(work)
    _note_named_once(work)
    _note_date_orders(work)
    _note_errors(work)
    _note_test_patients(work)
    for check in work.source.checks:
        cell = check.field if check.field in {declared.name for declared in work.given} else "null"
        work.run(
            f"""insert into found select t.row, $col, cell.{cell}, $code, $severity from ({check.sql}) t join cell using (row)"""
            if cell != "null" else f"insert into found select t.row, $col, null, $code, $severity from ({check.sql}) t",
            {"col": work.header(check.field), "code": check.code, "severity": check.severity},
        )  # fmt: skip
    _spare_asides(work)
    left_out = [check.code for check in work.source.checks if check.aside or check.repeats]
    work.run(
        f"insert into dropped select distinct row from found where severity = '{REJECT}' or list_contains($left_out::varchar[], code)",
        {"left_out": left_out},
    )
    make_parsed(work)


def _note_errors(work: Work) -> None:
    """What a sheet saved as text shows in place of a value that it could not compute. It is read as blank, and said."""
    if any(one.code == "error_cell" for one in work.reading.findings):
        return  # a workbook says so itself
    for declared in work.given:
        if declared.name in work.columns:
            cell = f"c{work.columns[declared.name]}"
            work.run(
                f"insert into found select row, $col, {cell}, 'error_cell', '{WARNING}' from stage where starts_with({cell}, '#') and regexp_full_match({cell}, '(?i){values.ERRORS}')",
                {"col": work.header(declared.name)},
            )


def _note_test_patients(work: Work) -> None:
    """Patients whom somebody made up to try a system. They are loaded: a person may be called Test."""
    for declared in work.given:
        if declared.name in NAMED and declared.name in work.columns:
            work.run(
                f"insert into found select row, $col, null, 'test_patient', '{WARNING}' from cell where regexp_matches({declared.name}, '{_MADE_UP}')",
                {"col": work.header(declared.name)},
            )


def _spare_asides(work: Work) -> None:
    """What is no record cannot lack what a record needs: a plan without a date is a plan."""
    work.run(
        f"""delete from found where severity = '{REJECT}'
        and row in (select row from found where list_contains($asides::varchar[], code))""",
        {"asides": [check.code for check in work.source.checks if check.aside]},
    )


def _note_cells(work: Work, declared: Field, fault: str) -> None:
    name = declared.name
    worse = "date_out_of_range" if declared.kind in DATES else MANGLED.get(declared.kind, FAULTS[declared.kind])
    plain = FAULTS[declared.kind]
    if declared.coded:
        plain = f"' || case when regexp_full_match(cell.{name}, '[0-9]+([.]0+)?') then 'code_unread' else '{plain}' end || '"
    severity = f"'{REJECT if _decisive(work, declared) else WARNING}'"
    if declared.kind == "npi" and _decisive(work, declared):
        known = _known_otherwise(work, declared)
        severity = f"case when {known} then '{WARNING}' else '{REJECT}' end"
        plain = f"' || case when {known} then 'npi_invalid' else 'npi_unusable' end || '"
    if declared.kind in DATES and work.dates[name].conflict:
        plain = "mixed_date_order"
    undated, elsewhen = "", ""
    if declared.kind in DATES:
        undated = f"when {yes_sql(f'cell.{name}')} then 'yes_for_date' when regexp_full_match(cell.{name}, '{_NO_YEAR}') then 'date_without_year'"
        elsewhen = f"when {fault} = {WORSE} and regexp_matches(cell.{name}, '{_OTHER_ERA}') then 'other_calendar'"
    dated = f" and not ({yes_sql(f'cell.{name}')} and typed.{name} is not null)" if declared.undated else ""
    work.run(
        f"""insert into found select cell.row, $col, cell.{name},
            case {elsewhen} when {fault} = {WORSE} then '{worse}' {undated} else '{plain}' end, {severity}
        from typed join cell using (row) where {fault} > 0{dated}""",
        {"col": work.header(name)},
    )


def _known_otherwise(work: Work, declared: Field) -> str:
    """SQL of whether a row says by something else than its NPI who it is about: a name, a practice."""
    given = {one.name for one in work.given}
    others = {name for group in work.source.one_of if declared.name in group for name in group} & given
    told = [f"nullif(trim(cell.{name}), '') is not null" for name in sorted(others - {declared.name})]
    return "(" + " or ".join(told) + ")" if told and not declared.required else "false"


def _decisive(work: Work, declared: Field) -> bool:
    """Whether an unreadable cell of this field keeps its row out: nothing may stand in for what cannot be read."""
    alternatives = {name for group in work.source.one_of for name in group}
    return (
        (declared.required and declared.kind != "enum")
        or declared.name in alternatives
        or (declared.phi and declared.kind == "date")
    )


def _note_blank(work: Work, declared: Field) -> None:
    name = declared.name
    unless = f" and {_fault_of(work, name)} = 0" if declared.kind in FAULTS and declared.kind != "enum" else ""
    work.run(
        f"insert into found select row, $col, null, 'required_blank', '{REJECT}' from typed where {name} is null{unless}",
        {"col": work.header(name)},
    )


def _note_several(work: Work) -> None:
    """Where more than one is named as referrer, the first counts, and that is said. Each spelling is judged once, and its table
    is made first: a condition on what a query makes distinct is asked by DuckDB of every row before that."""
    if "referrer" not in {one.name for one in work.given} or any(
        check.code == "several_physicians" for check in work.source.checks
    ):
        return
    work.run("create or replace temp table referrer_spelled as select distinct referrer from cell")
    work.run("create or replace temp table several as select referrer from referrer_spelled where many_named(referrer)")
    work.run("delete from several where trim(referrer) in (select said from name_told where how = 'departmental')")
    if work.run("select 1 from several limit 1"):
        work.run(
            f"insert into found select row, $col, referrer, 'several_named', '{WARNING}' from cell semi join several using (referrer)",
            {"col": work.header("referrer")},
        )


def _note_practices(work: Work) -> None:
    """Where a cell lists practices the first counts; one that may list two, and may be one practice's own name, counts as written."""
    if not work.run("select 1 from name_told where how in ('listed', 'perhaps') limit 1"):
        return
    for name in [one.name for one in work.given if one.name in ("referrer", "practice")]:
        work.run(
            f"""insert into found select cell.row, $col, said, case how when 'listed' then 'several_named' else 'perhaps_several' end, '{WARNING}'
            from cell join name_told on said = trim({name}) and how in ('listed', 'perhaps')
            where not exists (select 1 from found f where f.row = cell.row and f.code = 'several_named')""",
            {"col": work.header(name)},
        )


def _note_named_once(work: Work) -> None:
    """Many rows that name nobody who referred, each below one that does, and no name twice: a list may name each group in its
    first row only. Whether it does nothing shows, so the first such row is told. Programs that name their own fields do not write so."""
    named = [name for name in ("referrer", "practice", "npi") if name in {one.name for one in work.given}]
    if not named or work.reading.named or work.reading.records > FEW:
        return
    _note_groups(work, named)
    # A group stands to the left of what is in it: a practice there may be one though each row names a doctor.
    if len(named) > 1 and work.columns.get("practice", 1) == 0:
        _note_groups(work, ["practice"])


def _note_groups(work: Work, named: Sequence[str]) -> None:
    work.run(
        f"""insert into found with told as (select row, coalesce({", ".join(named)}) as whom from cell)
        select min(row) filter (whom is null), $col, null, 'named_once', '{WARNING}' from told
        having count(*) filter (whom is null) >= greatest(3, count(*) * 0.3) and arg_min(whom is null, row) = false
            and count(whom) between 2 and count(distinct whom)""",
        {"col": work.header(named[0])},
    )


def _fault_of(work: Work, name: str) -> str:
    return fault_bits([declared.name for declared in fallible(work)].index(name))


def _note_none_of(work: Work, group: tuple[str, ...]) -> None:
    """All cells of the group are named, with what they say instead ("n/a"): any of them would do."""
    given = [name for name in group if name in {declared.name for declared in work.given}]
    kept = [name for name in given if not kept_out(work.source.field(name))]
    nothing = [
        f"{name} is null" + (f" and {_fault_of(work, name)} = 0" if work.source.field(name).kind in FAULTS else "")
        for name in kept
    ]
    if len(kept) < len(given):
        nothing.append("patient_key is null")
    cells = ", ".join(f"nullif(trim(cell.{name}), '')" for name in given)
    named = [f"nullif(trim(cell.{name}), '') is not null" for name in given if name not in kept]
    code = f"case when {' or '.join(named)} then 'name_alone' else 'none_of' end" if named else "'none_of'"
    work.run(
        f"""insert into found select typed.row, $col, nullif(concat_ws('; ', {cells}), ''), {code}, '{REJECT}' from typed join cell using (row)
        where {" and ".join(f"typed.{part}" if not part.startswith("(") else part for part in nothing)}""",
        {"col": EITHER.join(work.header(name) for name in given)},
    )


def _note_night(work: Work, name: str, header: str) -> None:
    """Hours of one to five and of the morning, and none of the afternoon: a clock of twelve hours may have lost its PM.
    Seconds are written by machines, which count to twenty-four."""
    how = work.dates[name]
    timed = any("%H" in text for text in how.formats) and not any("%I" in text or "%S" in text for text in how.formats)
    if (
        not timed
        or work.source.field(name).kind != "datetime"
        or work.source.field(name).utc
        or work.reading.records > FEW
    ):
        return
    hour = f"hour({date_sql(name, how, work.reading.date_system)})"
    work.run(
        f"""insert into found select row, $col, {name}, 'twelve_hours', '{WARNING}' from cell
        where {hour} between 1 and 5 and (select count(*) filter ({hour} > 12) = 0 and count(*) filter ({hour} between 8 and 12) > 0 from cell)
        order by row limit 1""",
        {"col": header},
    )


def _note_date_orders(work: Work) -> None:
    for name, how in work.dates.items():
        header = work.header(name)
        _note_night(work, name, header)
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
                "language": "as the file's language writes them",
                None: "which is an assumption",
            }[how.proof]
            work.mapped.decisions.append(f"Dates in “{header}” are read {words}, {why}.")
