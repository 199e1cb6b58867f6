"""rapport templates and rapport doctor: what the workspace takes, and whether it is well."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from pipelines import doctor as doctors
from pipelines.commands import MENDABLE, JsonOption, WorkspaceOption, out, say


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


def doctor(workspace: WorkspaceOption = None, as_json: JsonOption = False) -> None:
    """Check the workspace and say what is wrong and what to do."""
    complaints = list(doctors.examine(workspace))
    if as_json:
        print(json.dumps([vars(complaint) for complaint in complaints], indent=1))
    for complaint in [] if as_json else complaints:
        mark = "[green]ok[/]" if complaint.healthy else "[red]wrong[/]"
        out.print(f"{mark}  {escape(complaint.what)}  {escape(complaint.remedy)}")
    raise typer.Exit(0 if all(complaint.healthy for complaint in complaints) else MENDABLE)
