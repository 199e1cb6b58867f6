"""``rapport releases``: monthly figures for sponsors, made once and audited."""

from __future__ import annotations

import datetime as dt
import json
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from pipelines import releases
from pipelines.commands import JsonOption, WorkspaceOption, current, out, progress, say
from pipelines.errors import UnknownName
from pipelines.export import csv_of_frame
from pipelines.releases import tables
from pipelines.workspace import open_workspace

app = typer.Typer(help="Figures for sponsors: make, list, show.", no_args_is_help=True)
StudyArgument = Annotated[str, typer.Argument(help="The study's protocol number.", show_default=False)]
MonthOption = Annotated[
    dt.datetime | None, typer.Option("--month", formats=["%Y-%m"], help="The last month told, 2026-09.", show_default=False)
]  # fmt: skip
BY = "local"


@app.command()
def make(
    study: StudyArgument,
    month: MonthOption = None,
    try_only: Annotated[bool, typer.Option("--try", help="Only say whether it can be released.")] = False,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Release a study's figures up to a month (else the last that is over). A release is never changed."""
    opened = current(open_workspace(workspace, create=False), silent=as_json)
    with progress(as_json) as report:
        made = releases.make(opened, study, month and month.date(), by=BY, keep=not try_only, progress=report)
    left_out = int((tables.cells(made)["shown"] == "not shown").sum())
    gaps = "every total is shown, and" if not left_out else f"{left_out} not shown, so that"
    say(as_json, {"study": made.study, "month": f"{made.month:%Y-%m}", "kept": not try_only, "totals_not_shown": left_out},
        f"{escape(made.study)} up to {made.month:%B %Y}: {'can be released' if try_only else 'released'}; "
        f"{gaps} no hidden count can be worked out.")  # fmt: skip


@app.command("list")
def list_releases(workspace: WorkspaceOption = None, as_json: JsonOption = False) -> None:
    """List every release, newest first."""
    found = releases.released(open_workspace(workspace, create=False), None)
    if as_json:
        print(
            json.dumps(
                [{"study": one.study, "month": f"{one.month:%Y-%m}", "made_on": str(one.made_on)} for one in found]
            )
        )
        return
    table = Table("Study", "Up to", "Made on")
    for one in found:
        table.add_row(escape(one.study), f"{one.month:%Y-%m}", str(one.made_on))
    out.print(table if found else "Nothing has been released.")


@app.command()
def show(
    study: StudyArgument,
    month: MonthOption = None,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print everything that is said as CSV.")] = False,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show what a release says (the newest, or that of a month)."""
    found = [
        one for one in releases.released(open_workspace(workspace, create=False), None)
        if one.study == study and (month is None or one.month == month.date())
    ]  # fmt: skip
    if not found:
        raise UnknownName("There is no such release.", "See: rapport releases list.")
    if as_json:
        print(found[0].document())
    elif as_csv:
        print(csv_of_frame(tables.cells(found[0])).decode("utf-8-sig"), end="")
    else:
        _print(found[0])


@app.command()
def exact(
    study: StudyArgument,
    reason: Annotated[str, typer.Option(help="The contract that allows it, for the trail.", show_default=False)],
    off: Annotated[bool, typer.Option("--off", help="No longer.")] = False,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Let a study's releases tell exact counts of those who consented, from the next one on."""
    opened = current(open_workspace(workspace, create=False), silent=as_json)
    releases.allow_exact(opened, study, not off, reason, BY)
    say(as_json, {"study": study, "exact": not off}, f"{escape(study)}: {'rounded' if off else 'exact'} counts of those who consented, from the next release on.")  # fmt: skip


def _print(release: releases.Release) -> None:
    frame = tables.by_site(release)
    table = Table(
        *(str(name).capitalize() for name in frame), title=f"{escape(release.study)} up to {release.month:%B %Y}"
    )
    for row in frame.itertuples(index=False):
        table.add_row(*(escape(str(cell)) for cell in row))
    out.print(table)
    for name, text in tables.about(release):
        out.print(f"[bold]{escape(name)}[/] {escape(text)}")
