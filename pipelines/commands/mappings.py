"""rapport mappings: list, export, import and remove named mappings."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from pipelines.commands import JsonOption, WorkspaceOption, out, say
from pipelines.errors import UnknownName
from pipelines.ingest import keep_named
from pipelines.mapping.named import NamedMapping, from_text
from pipelines.workspace import Workspace, open_workspace

app = typer.Typer(help="Named mappings of unknown files: list, export, import, remove.", no_args_is_help=True)


@app.command("list")
def list_mappings(workspace: WorkspaceOption = None, as_json: JsonOption = False) -> None:
    """List the named mappings: for which kind of export each is, and how many columns and words it knows."""
    found = [from_text(text) for text in open_workspace(workspace, create=False).ledger.mappings().values()]
    if as_json:
        print(
            json.dumps(
                [{"name": made.name, "source": made.source, "headers": list(made.headers)} for made in found], indent=1
            )
        )
        return
    table = Table("Mapping", "Kind", "Columns", "Words")
    for made in found:
        table.add_row(escape(made.name), made.source, str(len(made.columns)), str(sum(map(len, made.values.values()))))
    out.print(table if found else "No mapping is kept yet. Map a file on Upload, or with: rapport ingest --column.")


@app.command("export")
def export_mapping(
    name: Annotated[str, typer.Argument(help="Name of the mapping (see: rapport mappings list).", show_default=False)],
    target: Annotated[Path, typer.Argument(help="The file to write.", show_default=False)],
    workspace: WorkspaceOption = None,
) -> None:
    """Write a mapping as a small JSON file that another site can import. It holds no data."""
    target.write_text(_mapping(open_workspace(workspace, create=False), name).text(), "utf-8")
    out.print(f"Wrote {escape(target.name)}.")


@app.command("import")
def import_mapping(
    path: Annotated[Path, typer.Argument(help="The mapping's file.", show_default=False)],
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Keep a mapping that another site exported: files with its headers are then read by it."""
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        raise UnknownName(f"{path.name} cannot be read.", "Name the file that was exported.") from None
    made = keep_named(open_workspace(workspace), from_text(text))
    say(
        as_json,
        {"name": made.name, "source": made.source},
        f"Kept {escape(made.name)}: files with its {len(made.headers)} headers are read by it.",
    )


@app.command("remove")
def remove_mapping(
    name: Annotated[str, typer.Argument(help="Name of the mapping (see: rapport mappings list).", show_default=False)],
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Drop a mapping. Loads that were made with it stay as they are."""
    open_workspace(workspace, create=False).ledger.forget_mapping(name, "local")
    say(as_json, {"removed": name}, f"Removed {escape(name)}.")


def _mapping(workspace: Workspace, name: str) -> NamedMapping:
    found = [made for made in map(from_text, workspace.ledger.mappings().values()) if made.name == name]
    if not found:
        raise UnknownName(f"There is no mapping called {name}.", "See: rapport mappings list.")
    return found[0]
