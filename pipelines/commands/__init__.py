"""What the commands share: where they print, their common options, progress, and exit codes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from pipelines import ingest as ingestion
from pipelines.workspace import Workspace

out, err = Console(), Console(stderr=True)

MENDABLE, PARTLY = 1, 3

WorkspaceOption = Annotated[
    Path | None,
    typer.Option(
        "--workspace", "-w", envvar="RAPPORT_WORKSPACE", help="The workspace folder; if not given, ./workspace."
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON document for scripts.")]


def say(as_json: bool, document: dict[str, Any], sentence: str) -> None:
    if as_json:
        print(json.dumps(document))
    else:
        out.print(sentence)


def current(workspace: Workspace, silent: bool = False) -> Workspace:
    """``workspace``, its warehouse built first, with progress, where there is none that this release made."""
    if workspace.warehouse.outdated:
        with progress(silent) as report:
            workspace.warehouse.publish(report)
    return workspace


@contextmanager
def progress(silent: bool) -> Iterator[ingestion.Progress]:
    if silent:
        yield lambda label, fraction: None
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=err, transient=True) as bar:
        task = bar.add_task("Starting", total=1.0)
        yield lambda label, fraction: bar.update(task, description=escape(label), completed=fraction)
