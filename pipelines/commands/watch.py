"""rapport watch: load the files of a folder as they come."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from pipelines.commands import PARTLY, JsonOption, WorkspaceOption, err, out, progress
from pipelines.errors import UnknownName
from pipelines.ingest import Choices, watching
from pipelines.workspace import open_workspace


def watch(
    folder: Annotated[Path, typer.Argument(help="The folder whose files are loaded as they come.", show_default=False)],
    workspace: WorkspaceOption = None,
    every: Annotated[float, typer.Option(help="Seconds between two looks.", min=0.1)] = 10.0,
    settle: Annotated[
        float, typer.Option(help="Seconds a file must stay the same to count as complete.", min=0.0)
    ] = watching.SETTLE_S,
    once: Annotated[bool, typer.Option("--once", help="Load what is complete, then end (for a scheduler).")] = False,
    time_zone: Annotated[str | None, typer.Option(help="IANA zone of times whose site has none.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Load the files of a folder as they come: each once it is complete, remembered by its content, moved nowhere."""
    opened = open_workspace(workspace)
    if not folder.is_dir():
        raise UnknownName(f"There is no folder {folder.name}.", "Make it first, or check its name.")
    watcher = watching.Watch(
        opened, folder, settle_s=settle, choices=Choices(time_zone=time_zone) if time_zone else None
    )
    if not as_json:
        out.print(f"Watching {escape(folder.name)}. Ctrl-C ends it.")
    for name in _rounds(watcher, every, once):
        _print_seen(watcher, name, as_json)
    if once and any(seen.outcome in ("mend", "retry") for seen in watcher.seen.values()):
        raise typer.Exit(PARTLY)


def _rounds(watcher: watching.Watch, every: float, once: bool) -> Iterator[str]:
    """Names of files as they are tried; with ``once`` for as long as a file that is complete takes to count as such, and at the
    end those that are written to still: the next start finds them."""
    away, until = False, None
    while True:
        with progress(False) as report:
            tried = watcher.look(report)
        yield from tried
        if watcher.missing != away:
            away = watcher.missing
            err.print("The folder is away; it is looked for again." if away else "The folder is back.")
        waiting = [name for name, seen in watcher.seen.items() if seen.outcome == "waiting"]
        until = watcher.clock() + watcher.settle_s if until is None else until
        if once and (not waiting or watcher.clock() >= until):
            yield from sorted(waiting)
            return
        time.sleep(min(every, max(until - watcher.clock(), 0.01)) if once else every)


def _print_seen(watcher: watching.Watch, name: str, as_json: bool) -> None:
    seen = watcher.seen[name]
    if as_json:
        print(json.dumps(next(one for one in watcher.summary()["files"] if one["file"] == name)), flush=True)
        return
    color = {"loaded": "green", "known": "green"}.get(seen.outcome, "red")
    counts = f" {seen.rows['rows_loaded']:,} of {seen.rows['rows_in']:,} rows" if seen.rows.get("rows_in") else ""
    out.print(f"[{color}]{seen.outcome}[/]  {escape(watching.shown_name(name))}{counts}  {escape(seen.reason)}")
