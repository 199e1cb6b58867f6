"""rapport loads, undo, rejects, renew and rebuild: what was loaded, and taking it back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.box import SIMPLE_HEAD
from rich.markup import escape
from rich.table import Table

from pipelines import ingest as ingestion
from pipelines.commands import PARTLY, JsonOption, WorkspaceOption, out, progress, say
from pipelines.record.ledger import Load
from pipelines.workspace import open_workspace, private


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


def rejects(
    load_id: Annotated[int, typer.Argument(help="Number of the load (see: rapport loads).", show_default=False)],
    target: Annotated[Path, typer.Argument(help="The workbook to write.", show_default=False)],
    workspace: WorkspaceOption = None,
) -> None:
    """Write the rows a load kept out as a workbook, to mend and load again."""
    opened = open_workspace(workspace, create=False)
    made = ingestion.rejects_workbook(opened, opened.ledger.load(load_id))
    with private(target) as file:  # its cells may name patients
        file.write(made)
    out.print(f"Wrote {escape(target.name)}. Mend the coloured cells and ingest it.")


def renew(workspace: WorkspaceOption = None, as_json: JsonOption = False) -> None:
    """Read the stored files of loads that an older version made, or whose kept rows are damaged, again; their numbers, days and
    decisions stay."""
    opened = open_workspace(workspace, create=False)
    with progress(as_json) as report:
        found = ingestion.renew(opened, on_progress=report)
    for load_id, why in {} if as_json else found.failed.items():
        out.print(f"Load {load_id} stays as it is: {escape(why)}")
    words = "1 load was" if len(found.done) == 1 else f"{len(found.done):,} loads were"
    say(
        as_json,
        {"renewed": found.done, "failed": found.failed},
        f"{words} made anew."
        if found.done or found.failed
        else "Every load is whole and kept as this version keeps it: nothing to do.",
    )
    if found.failed:
        raise typer.Exit(PARTLY)


def rebuild(workspace: WorkspaceOption = None, as_json: JsonOption = False) -> None:
    """Build the warehouse again from the kept loads; the tables come out identical."""
    opened = open_workspace(workspace, create=False)
    with progress(as_json) as report:
        name = opened.warehouse.publish(report, full=True)
    opened.ledger.note("local", "rebuild", generation=name)
    say(as_json, {"generation": name}, f"Built {name}.")


def _load_dict(load: Load) -> dict[str, Any]:
    return {key: value for key, value in vars(load).items() if key != "detail"}


def _shown_name(load: Load) -> str:
    return f"{load.file_name} [{load.part}]" if load.part else load.file_name
