"""What the commands share: where they print, their common options, progress, and exit codes."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.text import Text

from pipelines import ingest as ingestion
from pipelines.workspace import Workspace

# Signs that a terminal obeys instead of showing them (colours, titles, the cursor), and those that turn text round.
_ACTING = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


class Terminal(Console):
    """A console on which the text of a file can only be read: headers, sheets and names may hold anything."""

    def render_str(self, text: str, **how: Any) -> Text:
        return super().render_str(_ACTING.sub("", text), **how)


out, err = Terminal(), Terminal(stderr=True)

MENDABLE, PARTLY = 1, 3
LINE_EVERY = 15.0  # seconds between two lines of progress where no terminal shows a bar

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
    """``workspace``, its warehouse built first, with progress, where there is none that this release made, or where a load was
    stopped before it had published."""
    if workspace.warehouse.outdated:
        with progress(silent) as report:
            workspace.warehouse.publish(report)
    workspace.warehouse.catch_up()
    return workspace


@contextmanager
def progress(silent: bool) -> Iterator[ingestion.Progress]:
    """Somebody to tell of the progress of long work: what is done now, and which part of all is done. A terminal shows a bar; a file
    (a log, a scheduled job) gets a line now and then."""
    if silent:
        yield lambda label, fraction: None
        return
    if not err.is_terminal:
        yield now_and_then(time.monotonic)
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


def now_and_then(clock: Callable[[], float]) -> ingestion.Progress:
    """Progress as lines on standard error, ``LINE_EVERY`` seconds of ``clock`` apart: what is soon done says nothing."""
    told_at = clock()

    def report(label: str, fraction: float) -> None:
        nonlocal told_at
        if clock() - told_at >= LINE_EVERY:
            told_at = clock()
            err.print(f"{fraction:4.0%}  {escape(label)}", highlight=False, soft_wrap=True)

    return report
