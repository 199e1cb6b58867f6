"""rapport ingest: files and folders in, what became of each out."""

from __future__ import annotations

import json
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape

from pipelines import ingest as ingestion
from pipelines.commands import MENDABLE, PARTLY, JsonOption, WorkspaceOption, err, out, progress
from pipelines.errors import UnknownName
from pipelines.ingest import Choices, Inspection, watching
from pipelines.layouts.periods import HOW
from pipelines.mapping.named import allowed
from pipelines.record.ledger import Load
from pipelines.sources import registry
from pipelines.workspace import Workspace, open_workspace, write_durably


class DateOrder(StrEnum):
    """Which of 03/04/2026 comes first."""

    MDY = "mdy"
    DMY = "dmy"


def ingest(
    paths: Annotated[list[Path], typer.Argument(help="Files, or folders whose files are taken.", show_default=False)],
    workspace: WorkspaceOption = None,
    source: Annotated[
        str | None, typer.Option(help="Kind of export, when it is not recognised (see: rapport templates).")
    ] = None,
    part: Annotated[
        str | None, typer.Option("--part", "--sheet", help="Only this sheet of a workbook or file of an archive.")
    ] = None,
    header_row: Annotated[int | None, typer.Option(help="Row of the header, counted from 1.")] = None,
    no_header: Annotated[
        bool, typer.Option("--no-header", help="The first row is a record: number the columns (text files).")
    ] = False,
    skip_footer: Annotated[int, typer.Option(min=0, help="Rows at the end that are no records (text files).")] = 0,
    quote: Annotated[str | None, typer.Option(help="The quotation mark around cells, or none (text files).")] = None,
    encoding: Annotated[str | None, typer.Option(help="Text encoding, such as cp1252.")] = None,
    delimiter: Annotated[str | None, typer.Option(help="The character between cells.")] = None,
    date_order: Annotated[DateOrder | None, typer.Option(help="mdy or dmy, for dates like 03/04/2026.")] = None,
    time_zone: Annotated[
        str | None, typer.Option(help="IANA zone of the file's times, such as America/Chicago.")
    ] = None,
    system: Annotated[str | None, typer.Option(help="Whose record numbers the file holds.")] = None,
    periods: Annotated[
        str | None,
        typer.Option(
            help="What the numbers of a table with one column per month (quarter, week, ...) count: each (period alone) or so_far; keep leaves the columns as they are."
        ),
    ] = None,
    snapshot: Annotated[
        bool, typer.Option("--snapshot", help="The file holds everything its source has: what it lacks was deleted.")
    ] = False,
    besides: Annotated[
        bool,
        typer.Option("--besides", help="The file counts as another kind of export already, and is of this one, too."),
    ] = False,
    column: Annotated[list[str] | None, typer.Option(help="FIELD=HEADER, once for each column to map by hand.")] = None,
    value: Annotated[
        list[str] | None, typer.Option(help="FIELD:SPELLING=VALUE, once for each of the file's own words to explain.")
    ] = None,
    constant: Annotated[
        list[str] | None, typer.Option(help="FIELD=VALUE that holds for every row, such as study=ABC-101.")
    ] = None,
    mapping: Annotated[
        str | None, typer.Option(help="Name under which columns and words are kept for the next file.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be loaded; load nothing.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Load export files: every row is loaded, or listed with the reason why not."""
    opened = open_workspace(workspace)
    choices = Choices(source=source, part=part, header_row=header_row, encoding=encoding, delimiter=delimiter,
                      no_header=no_header, skip_footer=skip_footer, quote=quote,
                      date_order=date_order.value if date_order else None, time_zone=time_zone, system=system, constants=_pairs(constant), values=_words(value),
                      mapping=mapping, snapshot=snapshot, periods=_how(periods), besides=besides)  # fmt: skip
    files = list(_files(paths))
    if not files:
        raise UnknownName("There is no file to load.", "Name a file, or a folder that holds some.")
    if column or value:
        choices = _with_columns(opened, files[0], choices, column or [])
    with progress(as_json) as report:
        outcomes = ingestion.ingest_files(opened, files, choices=choices, on_progress=report, dry_run=dry_run)
    _print_outcomes(outcomes, as_json, dry_run)
    if any(path.is_dir() for path in paths) and not dry_run:
        summary = opened.root / watching.SUMMARY
        write_durably(
            summary, (json.dumps([_outcome_dict(*outcome) for outcome in outcomes], indent=1) + "\n").encode()
        )
    complete = all(
        isinstance(found, Inspection) and found.problem is None and not found.counts["rows_rejected"]
        for _, inspections, _ in outcomes for found in inspections
    )  # fmt: skip
    raise typer.Exit(0 if complete else PARTLY if any(made for _, _, made in outcomes) or dry_run else MENDABLE)


def _files(paths: list[Path]) -> Iterator[Path]:
    for path in paths:
        if not path.is_dir():
            yield path
            continue
        files, passed_over = watching.files_in(path)
        for name, why in passed_over:
            err.print(f"{escape(ingestion.clean_name(name))} was passed over: {escape(why)}", highlight=False)
        yield from files


def _how(periods: str | None) -> str | None:
    if periods is not None and periods not in HOW:
        raise UnknownName(f"--periods {periods} says nothing.", f"Say one of {', '.join(HOW)}.")
    return periods


def _pairs(texts: list[str] | None) -> dict[str, str] | None:
    """FIELD=VALUE texts as a dictionary."""
    for text in texts or ():
        if not text.partition("=")[2]:
            raise UnknownName(f"{text} is not of the form FIELD=VALUE.", "Write for example --constant study=ABC-101.")
    return {name: value for name, _, value in (text.partition("=") for text in texts)} if texts else None


def _words(texts: list[str] | None) -> dict[str, dict[str, str]] | None:
    """FIELD:SPELLING=VALUE texts as a dictionary of dictionaries."""
    found: dict[str, dict[str, str]] = {}
    for text in texts or ():
        field, _, rest = text.partition(":")
        spelling, _, value = rest.rpartition("=")
        if not (field and spelling and value):
            raise UnknownName(
                f"{text} is not of the form FIELD:SPELLING=VALUE.", "Write for example --value status:Nope=declined."
            )
        found.setdefault(field, {})[spelling] = value
    return found or None


def _with_columns(workspace: Workspace, path: Path, choices: Choices, pairs: list[str]) -> Choices:
    """The choices with ``FIELD=HEADER`` pairs turned into header positions of that file; what its words are said to mean must
    be something that its kind of export knows."""
    try:
        with ingestion.opened(path) as stream:
            inspection = ingestion.inspect(workspace, ingestion.receive(workspace, path.name, stream), choices)
    except OSError as problem:
        raise UnknownName(
            f"{ingestion.clean_name(path.name)} cannot be opened ({problem.strerror}).",
            "Check the path and your rights to it.",
        ) from None
    inspection.discard()
    _check_words(inspection.source, choices)
    columns = dict(inspection.columns)
    for pair in pairs:
        name, _, header = pair.partition("=")
        if not (name and header):
            raise UnknownName(f"{pair} is not of the form FIELD=HEADER.", "Write for example --column received=Came.")
        if header not in inspection.reading.header:
            raise UnknownName(
                f"The file has no column {header}.", f"Its columns are: {', '.join(inspection.reading.header)}."
            )
        columns[name] = inspection.reading.header.index(header)
    if not pairs:
        return choices
    return Choices(**{**vars(choices), "columns": columns, "source": choices.source or inspection.source})


def _check_words(kind: str | None, choices: Choices) -> None:
    """Raise ``UnknownName`` for a field that has no words to explain, or a meaning that it does not know."""
    source = registry().get(choices.source or kind or "")
    for name, words in (choices.values or {}).items() if source else ():
        known = allowed(source, name) if source and name in {declared.name for declared in source.fields} else []
        for value in words.values():
            if value not in known:
                said = f"{name} has no words to explain" if not known else f"{value} is nothing that {name} can be"
                fields = [one.name for one in source.fields if allowed(source, one.name)] if source else []
                raise UnknownName(f"{said}.", f"Say one of {', '.join(known or fields)}.")


def _print_outcomes(
    outcomes: list[tuple[Path, list[Inspection | Exception], list[Load]]], as_json: bool, dry_run: bool
) -> None:
    if as_json:
        print(json.dumps([_outcome_dict(*outcome) for outcome in outcomes], indent=1))
        return
    for path, inspections, _ in outcomes:
        for found in inspections:
            _print_inspection(path, found, dry_run)


def _print_inspection(path: Path, found: Inspection | Exception, dry_run: bool) -> None:
    if isinstance(found, Exception):
        out.print(f"[red]refused[/]  {escape(ingestion.clean_name(path.name))}: {escape(str(found))}")
        return
    part = f" [{found.part}]" if found.part else ""
    counts = found.counts
    state = (
        "not loaded" if found.problem else "would load" if dry_run else "known" if found.already_loaded else "loaded"
    )
    became = (
        f"{counts['rows_in']:,} in = {counts['rows_loaded']:,} loaded + {counts['rows_rejected']:,} rejected + "
        f"{counts['rows_duplicate']:,} duplicate"
    )
    if not any(counts[name] for name in ("rows_loaded", "rows_rejected", "rows_duplicate")):
        became = f"{counts['rows_in']:,} rows in the file, none of them mapped yet"
    out.print(
        f"[{'red' if found.problem else 'green'}]{state}[/]  {escape(ingestion.clean_name(path.name) + part)}  as {found.source or 'unknown'}: "
        f"{became}; {counts['set_aside']:,} lines set aside"
    )
    for said in filter(None, (found.problem, found.already, *found.also)):
        out.print(f"    {escape(said)}")
    for said in (*found.decisions, *found.reading.notes):
        out.print(f"    [dim]{escape(said)}[/]", highlight=False)
    for fault in found.findings:
        where = f" (first: row {fault.row}{', column ' + fault.column if fault.column else ''})" if fault.row else ""
        out.print(
            f"    {fault.severity} {fault.count:,}x {escape(fault.message + where + ' ' + fault.remedy)}",
            highlight=False,
        )


def _outcome_dict(path: Path, inspections: list[Inspection | Exception], made: list[Load]) -> dict[str, Any]:
    tables = [
        {"refused": str(found)} if isinstance(found, Exception) else
        {"part": found.part, "source": found.source, "problem": found.problem, **found.counts, "already_loaded": found.already_loaded, "besides": found.besides,
         "decisions": found.decisions, "notes": found.reading.notes,
         "findings": [{key: value for key, value in vars(fault).items() if key != "value"} for fault in found.findings]}
        for found in inspections
    ]  # fmt: skip
    return {"file": path.name, "tables": tables, "loads": [load.load_id for load in made]}
