"""The command line: rapport demo | serve | ingest | loads | quality | undo | rebuild | identities | metrics |
templates | doctor.

Exit codes: 0 done, 1 something a person must mend (said on stderr), 2 the command was called wrongly, 3 done
in part (a batch in which some files or rows were kept out). ``--json`` prints one JSON document on stdout.
"""

from __future__ import annotations

import datetime as dt
import json
import logging
import os
import sys
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.box import SIMPLE_HEAD
from rich.markup import escape
from rich.table import Table

from pipelines import doctor as doctors
from pipelines import ingest as ingestion
from pipelines import watching
from pipelines.commands import MENDABLE, PARTLY, JsonOption, WorkspaceOption, err, out, progress, say
from pipelines.commands.mappings import app as mappings_app
from pipelines.commands.quality import quality
from pipelines.commands.watch import watch
from pipelines.errors import RapportError, UnknownName
from pipelines.identity import commands as identity_commands
from pipelines.ingest import Choices, Inspection
from pipelines.ledger import Load
from pipelines.workspace import Workspace, open_workspace

app = typer.Typer(
    help="Know and keep the physicians who refer patients to you.", no_args_is_help=True, pretty_exceptions_enable=False
)
metrics_app = typer.Typer(help="The metrics: list them, or show one as a table, CSV or JSON.", no_args_is_help=True)
app.add_typer(metrics_app, name="metrics")
app.add_typer(identity_commands.app, name="identities")
app.add_typer(mappings_app, name="mappings")
app.command()(watch)
app.command()(quality)


class Output(StrEnum):
    """How ``metrics show`` prints."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"


class Role(StrEnum):
    """What a signed-in person may be."""

    ANALYST = "analyst"
    MANAGER = "manager"
    LIAISON = "liaison"
    SPONSOR = "sponsor"


@app.command()
def demo(
    workspace: WorkspaceOption = None,
    scale: Annotated[
        float, typer.Option(help="1 is a network of 60 sites and about 150,000 referrals.", min=0.005, max=10)
    ] = 1.0,
    seed: Annotated[int, typer.Option(help="The same seed writes the same network.")] = 2026,
    serve_it: Annotated[bool, typer.Option("--serve/--no-serve", help="Open the dashboard afterwards.")] = True,
    port: Annotated[int, typer.Option(help="Port of the dashboard.")] = 8501,
    browser: Annotated[bool, typer.Option("--browser/--no-browser", help="Open a browser window.")] = True,
) -> None:
    """Write a synthetic network's export files, load them like anyone's, and open the dashboard."""
    opened = _demo_workspace(workspace)
    _load_demo(opened, scale, seed)
    if serve_it:
        _serve(opened, "127.0.0.1", port, browser)


@app.command()
def serve(
    workspace: WorkspaceOption = None,
    host: Annotated[
        str, typer.Option(help="Address to listen on; other than loopback needs a configured login.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.")] = 8501,
    browser: Annotated[bool, typer.Option("--browser/--no-browser", help="Open a browser window.")] = True,
) -> None:
    """Open the dashboard on this machine."""
    _serve(open_workspace(workspace), host, port, browser)


@app.command()
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
    date_order: Annotated[str | None, typer.Option(help="mdy or dmy, for dates like 03/04/2026.")] = None,
    time_zone: Annotated[
        str | None, typer.Option(help="IANA zone of the file's times, such as America/Chicago.")
    ] = None,
    system: Annotated[str | None, typer.Option(help="Whose record numbers the file holds.")] = None,
    snapshot: Annotated[
        bool, typer.Option("--snapshot", help="The file holds everything its source has: what it lacks was deleted.")
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
                      date_order=date_order, time_zone=time_zone, system=system, constants=_pairs(constant), values=_words(value),
                      mapping=mapping, snapshot=snapshot)  # fmt: skip
    files = list(_files(paths))
    if not files:
        raise UnknownName("There is no file to load.", "Name a file, or a folder that holds some.")
    if column:
        choices = _with_columns(opened, files[0], choices, column)
    with progress(as_json) as report:
        outcomes = ingestion.ingest_files(opened, files, choices=choices, on_progress=report, dry_run=dry_run)
    _print_outcomes(outcomes, as_json, dry_run)
    if any(path.is_dir() for path in paths) and not dry_run:
        summary = opened.root / watching.SUMMARY
        summary.write_text(json.dumps([_outcome_dict(*outcome) for outcome in outcomes], indent=1) + "\n", "utf-8")
    complete = all(
        isinstance(found, Inspection) and found.problem is None and not found.counts["rows_rejected"]
        for _, inspections, _ in outcomes for found in inspections
    )  # fmt: skip
    raise typer.Exit(0 if complete else PARTLY if any(made for _, _, made in outcomes) or dry_run else MENDABLE)


@app.command()
def loads(workspace: WorkspaceOption = None, as_json: JsonOption = False) -> None:
    """List every load, with its rows in, loaded, rejected and duplicate."""
    found = ingestion.loads(open_workspace(workspace, create=False))
    if as_json:
        print(json.dumps([_load_dict(load) for load in found], indent=1))
        return
    table = Table("Load", "File, and what it is", box=SIMPLE_HEAD, pad_edge=False)
    table.add_column("Rows in = loaded + rejected + duplicate")
    table.add_column("When (UTC)", no_wrap=True)
    table.add_column("Status", no_wrap=True)
    for load in found:
        counts = f"{load.rows_in:,} = {load.rows_loaded:,} + {load.rows_rejected:,} + {load.rows_duplicate:,}"
        named = f"{escape(_shown_name(load))}\n[dim]{load.source}[/]"
        table.add_row(str(load.load_id), named, counts, load.loaded_at[:16].replace("T", " "), load.status)
    out.print(table if found else "Nothing is loaded yet. Run: rapport ingest FILE.")


@app.command()
def grant(
    person: Annotated[
        str,
        typer.Argument(help="Issuer and subject of the person's login: https://id.example|u-17.", show_default=False),
    ],
    role: Annotated[Role, typer.Option(help="What the person may do.")] = Role.MANAGER,
    site: Annotated[list[str] | None, typer.Option(help="A site as the filter names it; once per site.")] = None,
    study: Annotated[list[str] | None, typer.Option(help="A study's protocol number; once per study.")] = None,
    revoke: Annotated[bool, typer.Option("--revoke", help="Take everything back from this person.")] = False,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say whose rows a signed-in person may see; it holds from their next click on."""
    issuer, _, subject = person.rpartition("|")
    if not issuer or not subject:
        raise typer.BadParameter("Write issuer and subject with a bar between them: 'https://id.example|u-17'.")
    opened = open_workspace(workspace, create=False)
    given: dict[str, Any] = {}
    if not revoke:
        given = {"sites": _ids(opened, "sites", site), "studies": _ids(opened, "studies", study), "role": role.value}
    opened.ledger.change_setting(f"grant:{person}", json.dumps(given), "command line")
    say(as_json, {"person": person, **given}, f"{escape(person)}: {'nothing any more' if revoke else role.value}.")


def _ids(workspace: Workspace, kind: str, names: list[str] | None) -> list[int] | None:
    """The numbers of named sites or studies; ``None``, which is all of them, where none is named."""
    from pipelines.metrics import Scope, options

    if not names:
        return None
    known = {label: number for number, label in options(Scope.everything(), warehouse=workspace.warehouse)[kind]}
    for name in names:
        if name not in known:
            raise UnknownName(
                f"There is no {name!r} among the {kind}.",
                f"Write it as the filter does: {', '.join(list(known)[:8])} ...",
            )
    return [known[name] for name in names]


@app.command()
def undo(
    load_id: Annotated[int, typer.Argument(help="Number of the load (see: rapport loads).", show_default=False)],
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Take a load out of every number; its file stays, and it can be loaded again."""
    opened = open_workspace(workspace, create=False)
    with progress(as_json) as report:
        load = ingestion.undo(opened, load_id, on_progress=report)
    say(
        as_json, _load_dict(load), f"Load {load_id} ({escape(load.file_name)}) is undone: every number is as before it."
    )


@app.command()
def rejects(
    load_id: Annotated[int, typer.Argument(help="Number of the load (see: rapport loads).", show_default=False)],
    target: Annotated[Path, typer.Argument(help="The workbook to write.", show_default=False)],
    workspace: WorkspaceOption = None,
) -> None:
    """Write the rows a load kept out as a workbook, to mend and load again."""
    opened = open_workspace(workspace, create=False)
    target.write_bytes(ingestion.rejects_workbook(opened, opened.ledger.load(load_id)))
    out.print(f"Wrote {escape(target.name)}. Mend the coloured cells and ingest it.")


@app.command()
def rebuild(workspace: WorkspaceOption = None, as_json: JsonOption = False) -> None:
    """Build the warehouse again from the kept loads; the tables come out identical."""
    opened = open_workspace(workspace, create=False)
    with progress(as_json) as report:
        name = opened.warehouse.publish(report, full=True)
    opened.ledger.note("local", "rebuild", generation=name)
    say(as_json, {"generation": name}, f"Built {name}.")


@app.command()
def templates(
    folder: Annotated[
        Path | None, typer.Argument(help="Folder for the blank workbooks; without it, list the kinds.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """List the kinds of export Rapport knows, or write a blank workbook of each."""
    from pipelines.sources import registry
    from pipelines.workbooks import template

    if folder is None:
        kinds = [
            {"name": source.name, "title": source.title, "description": source.description}
            for source in registry().values()
        ]
        if as_json:
            print(json.dumps(kinds, indent=1))
            return
        table = Table("Kind", "What it is")
        for kind in kinds:
            table.add_row(kind["name"], f"{kind['title']}. {kind['description']}")
        out.print(table)
        return
    folder.mkdir(parents=True, exist_ok=True)
    for source in registry().values():
        (folder / f"{source.name}.xlsx").write_bytes(template(source))
    say(as_json, {"written": len(registry())}, f"Wrote {len(registry())} blank workbooks to {escape(folder.name)}.")


@app.command()
def doctor(workspace: WorkspaceOption = None, as_json: JsonOption = False) -> None:
    """Check the workspace and say what is wrong and what to do."""
    complaints = list(doctors.examine(workspace))
    if as_json:
        print(json.dumps([vars(complaint) for complaint in complaints], indent=1))
    for complaint in [] if as_json else complaints:
        mark = "[green]ok[/]" if complaint.healthy else "[red]wrong[/]"
        out.print(f"{mark}  {escape(complaint.what)}  {escape(complaint.remedy)}")
    raise typer.Exit(0 if all(complaint.healthy for complaint in complaints) else MENDABLE)


@metrics_app.command("list")
def list_metrics(as_json: JsonOption = False) -> None:
    """List every metric with the question it answers."""
    from pipelines.metrics import registry

    if as_json:
        print(
            json.dumps(
                [
                    {"name": metric.name, "label": metric.label, "question": metric.question}
                    for metric in registry().values()
                ]
            )
        )
        return
    table = Table("Metric", "Answers")
    for metric in registry().values():
        table.add_row(metric.name, metric.question)
    out.print(table)


@metrics_app.command("show")
def show_metric(
    name: Annotated[str, typer.Argument(help="Name of the metric (see: rapport metrics list).", show_default=False)],
    by: Annotated[str | None, typer.Option(help="Cut by: site, study, practice, channel ...")] = None,
    grain: Annotated[str | None, typer.Option(help="week, month, quarter or year.")] = None,
    start: Annotated[str | None, typer.Option(help="First day, YYYY-MM-DD.")] = None,
    stop: Annotated[str | None, typer.Option(help="Last day, YYYY-MM-DD.")] = None,
    as_of: Annotated[str | None, typer.Option(help="Use only what was known by this day, YYYY-MM-DD.")] = None,
    output: Annotated[Output, typer.Option("--output", "-o", help="How to print it.")] = Output.TABLE,
    as_json: JsonOption = False,
    workspace: WorkspaceOption = None,
) -> None:
    """Show one metric with its n, interval, as-of date and caveats."""
    from pipelines import export
    from pipelines.metrics import Filters, Scope, compute

    opened = open_workspace(workspace, create=False)
    filters = Filters(start=_day(start), stop=_day(stop))
    result = compute(
        name, Scope.everything(), filters, by=by, grain=grain, as_of=_day(as_of), warehouse=opened.warehouse
    )
    if as_json or output is Output.JSON:
        print(_result_json(result))
    elif output is Output.CSV:
        sys.stdout.buffer.write(export.csv(result))
    else:
        _print_result(result)


def _print_result(result: Any) -> None:
    """A table of what says something: keys, and columns in which no row holds anything, are left to CSV and JSON."""
    frame = result.frame
    shown = [name for name in frame.columns if not name.endswith("_id") and (frame.empty or frame[name].notna().any())]
    table = Table(
        box=SIMPLE_HEAD, pad_edge=False, title=f"{result.metric.label}, as of {result.as_of}, n = {result.n:,}"
    )
    for name in shown:
        table.add_column(name, overflow="fold")
    for row in frame[shown].head(200).itertuples(index=False):
        table.add_row(*(escape(_cell_text(value)) for value in row))
    out.print(table)
    if len(frame) > 200:
        out.print(f"- The first 200 of {len(frame):,} rows; --output csv gives all.", markup=False)
    for caveat in result.caveats:
        out.print(f"- {caveat}", markup=False)


def _cell_text(value: Any) -> str:
    """A value as a terminal shows it: days without midnight, numbers in four digits, nothing where there is none."""
    if value is None or str(value) in ("nan", "<NA>", "NaT"):
        return ""
    if isinstance(value, dt.datetime):
        return f"{value:%Y-%m-%d}" if value.time() == dt.time() else f"{value:%Y-%m-%d %H:%M}"
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _result_json(result: Any) -> str:
    rows = json.loads(result.frame.to_json(orient="records", date_format="iso", date_unit="s"))
    return json.dumps({"metric": result.metric.name, "as_of": str(result.as_of), "generation": result.generation, "n": result.n,
                       "caveats": list(result.caveats), "rows": rows}, indent=1)  # fmt: skip


def _day(text: str | None) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text) if text else None
    except ValueError:
        raise UnknownName(f"{text} is not a day.", "Write days as YYYY-MM-DD.") from None


def _files(paths: list[Path]) -> Iterator[Path]:
    for path in paths:
        yield from watching.files_in(path) if path.is_dir() else [path]


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
    """The choices with ``FIELD=HEADER`` pairs turned into header positions of that file."""
    with open(path, "rb") as stream:
        inspection = ingestion.inspect(workspace, ingestion.receive(workspace, path.name, stream), choices)
    inspection.discard()
    columns = dict(inspection.columns)
    for pair in pairs:
        name, _, header = pair.partition("=")
        if header not in inspection.reading.header:
            raise UnknownName(
                f"The file has no column {header}.", f"Its columns are: {', '.join(inspection.reading.header)}."
            )
        columns[name] = inspection.reading.header.index(header)
    return Choices(**{**vars(choices), "columns": columns, "source": choices.source or inspection.source})


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
        out.print(f"[red]refused[/]  {escape(path.name)}: {escape(str(found))}")
        return
    part = f" [{found.part}]" if found.part else ""
    counts = found.counts
    state = (
        "not loaded" if found.problem else "would load" if dry_run else "known" if found.already_loaded else "loaded"
    )
    out.print(
        f"[{'red' if found.problem else 'green'}]{state}[/]  {escape(path.name + part)}  as {found.source or 'unknown'}: "
        f"{counts['rows_in']:,} in = {counts['rows_loaded']:,} loaded + {counts['rows_rejected']:,} rejected + "
        f"{counts['rows_duplicate']:,} duplicate; {counts['set_aside']:,} lines set aside"
    )
    if found.problem:
        out.print(f"    {escape(found.problem)}")
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
        {"part": found.part, "source": found.source, "problem": found.problem, **found.counts, "already_loaded": found.already_loaded,
         "decisions": found.decisions, "notes": found.reading.notes,
         "findings": [{key: value for key, value in vars(fault).items() if key != "value"} for fault in found.findings]}
        for found in inspections
    ]  # fmt: skip
    return {"file": path.name, "tables": tables, "loads": [load.load_id for load in made]}


def _load_dict(load: Load) -> dict[str, Any]:
    return {key: value for key, value in vars(load).items() if key != "detail"}


def _shown_name(load: Load) -> str:
    return f"{load.file_name} [{load.part}]" if load.part else load.file_name


def _demo_workspace(folder: Path | None) -> Workspace:
    return open_workspace(folder or os.environ.get("RAPPORT_WORKSPACE") or Path("data") / "demo" / "workspace")


def _load_demo(workspace: Workspace, scale: float, seed: int) -> None:
    from pipelines import demo as network

    marker = f"demo seed {seed} scale {scale}"
    if workspace.ledger.setting("demo", "") == marker:
        workspace.warehouse.publish()
        out.print("The demo is loaded already.")
        return
    folder = workspace.root.parent / "exports"
    with progress(False) as report:
        network.write(folder, seed=seed, scale=scale, on_progress=lambda label, part: report(label, 0.2 * part))
        outcomes = ingestion.ingest_files(
            workspace, list(_files([folder])), on_progress=lambda label, part: report(label, 0.2 + 0.8 * part)
        )
    refused = [
        path.name for path, found, _ in outcomes if any(isinstance(one, Exception) or one.problem for one in found)
    ]
    workspace.ledger.change_setting("demo", marker, "local")
    rows = sum(load.rows_loaded for _, _, made in outcomes for load in made)
    out.print(
        f"Loaded {rows:,} rows from {len(outcomes)} files." + (f" Not loaded: {', '.join(refused)}." if refused else "")
    )


def _serve(workspace: Workspace, host: str, port: int, browser: bool) -> None:
    # The one arrow from here to the dashboard: the command line is the front door of both packages.
    from importlib import import_module

    workspace.warehouse.publish()
    import_module("dashboard.server").serve(host=host, port=port, workspace=workspace.root, open_browser=browser)


def main() -> None:
    """Run the command line; whatever a person can mend ends in one sentence and exit code 1."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    try:
        app()
    except RapportError as problem:
        err.print(f"[red]{escape(problem.message)}[/] {escape(problem.remedy)}", highlight=False)
        raise SystemExit(MENDABLE) from None
    except KeyboardInterrupt:
        err.print("Stopped. Nothing half-done was kept.")
        raise SystemExit(130) from None


if __name__ == "__main__":
    main()
