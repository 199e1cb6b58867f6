"""rapport quality: rows by source and month, and which expected files have not come."""

from __future__ import annotations

import json
import sys
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.box import SIMPLE_HEAD
from rich.markup import escape
from rich.table import Table

from pipelines.commands import MENDABLE, JsonOption, WorkspaceOption, out
from pipelines.errors import UnknownName
from pipelines.workspace import Workspace, open_workspace

if TYPE_CHECKING:
    from pipelines.quality import Quality


class Sheet(StrEnum):
    """Which of the page's tables is printed as CSV."""

    FEEDS = "feeds"
    MONTHS = "months"
    MISSING = "missing"


def quality(
    workspace: WorkspaceOption = None,
    csv: Annotated[Sheet | None, typer.Option(help="Print one of the tables as CSV.")] = None,
    late_days: Annotated[int, typer.Option(help="A fact told more days after it happened is late.", min=0)] = 30,
    check: Annotated[bool, typer.Option("--check", help="End with exit code 1 if a file is overdue.")] = False,
    source: Annotated[str | None, typer.Option(help="The feed that --every, --silence or --learn is about.")] = None,
    system: Annotated[str | None, typer.Option(help="Its system, where files of that source have several.")] = None,
    every: Annotated[float | None, typer.Option(help="Expect a file of the feed every so many days.")] = None,
    silence: Annotated[bool, typer.Option("--silence", help="Wait for no file of the feed.")] = False,
    learn: Annotated[bool, typer.Option("--learn", help="Learn again how often the feed comes.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Say how well the files come: rows by source and month, blanks by column, and which files are overdue."""
    from pipelines.quality import Expectation, expect, measure

    opened = open_workspace(workspace, create=False)
    said = (every is not None) + silence + learn
    if said > 1 or bool(said) is not bool(source):
        raise typer.BadParameter("Give --source with one of --every, --silence and --learn.")
    if source:
        expect(opened.ledger, _feed(opened, source, system), Expectation(every, silence), "command line")
    found = measure(opened, late_days=late_days)
    if csv:
        from pipelines import export

        sys.stdout.buffer.write(export.csv_of_frame(getattr(found, csv.value)))
    elif as_json:
        print(json.dumps(_document(found), indent=1))
    else:
        _print(found)
    if check and len(found.overdue):
        raise typer.Exit(MENDABLE)


def _feed(workspace: Workspace, source: str, system: str | None) -> tuple[str, str]:
    """The feed that is meant; ``UnknownName`` if it could be several."""
    systems = sorted({load.system for load in workspace.ledger.loads() if load.source == source})
    if system is None and len(systems) > 1:
        raise UnknownName(f"Files of {source} come from several systems.", f"Add --system: {', '.join(systems)}.")
    return source, system or next(iter(systems), "")


def _document(found: Quality) -> dict[str, Any]:
    tables = {name: getattr(found, name) for name in ("feeds", "months", "missing")}
    rows = {
        name: json.loads(frame.to_json(orient="records", date_format="iso", date_unit="s"))
        for name, frame in tables.items()
    }
    return {"as_of": str(found.as_of), "late_days": found.late_days, "overdue": len(found.overdue), **rows}


def _print(found: Quality) -> None:
    if found.feeds.empty:
        out.print("Nothing is loaded yet. Run: rapport ingest FILE.")
        return
    from pipelines.quality import usual_gap

    feeds = Table("Source", "System", "Last arrival", "Files", "Usual gap", "Expected", "State", title=f"Files, as of {found.as_of}")  # fmt: skip
    for row in found.feeds.to_dict("records"):
        gap = usual_gap(row["every_days"], row["working_days"]) or row["basis"]
        color = "red" if row["state"] == "overdue" else ""
        state = f"[{color}]{row['state']}[/]" if color else row["state"]
        feeds.add_row(row["source"], escape(row["system"]), _day(row["last_arrival"]), f"{row['files']:,}", gap, _day(row["expected_on"]), state)  # fmt: skip
    out.print(_fitting(feeds))
    months = Table("Month", "Source", "System", "In", "Loaded", "Rejected", "Duplicate", "Late")  # fmt: skip
    for row in found.months.sort_values(["month", "source"], ascending=[False, True]).to_dict("records"):
        counts = [f"{row[name]:,}" for name in ("rows_in", "rows_loaded", "rows_rejected", "rows_duplicate")]
        late = f"{row['facts_late']:,} of {row['facts_judged']:,}" if row["facts_judged"] else "-"
        months.add_row(f"{row['month']:%Y-%m}", row["source"], escape(row["system"]), *counts, late)  # fmt: skip
    out.print(_fitting(months))


def _fitting(table: Table) -> Table:
    """The table in a terminal of any width: words are broken over lines, days and numbers are not."""
    table.box, table.pad_edge = SIMPLE_HEAD, False
    for column in table.columns:
        column.overflow = "fold"
        if column.header not in ("Source", "System", "Usual gap", "State"):
            column.min_width = max(len(str(column.header)), *(len(str(cell)) for cell in column.cells), 1)
    return table


def _day(value: Any) -> str:
    import pandas as pd

    return "-" if pd.isna(value) else f"{value:%Y-%m-%d}"
