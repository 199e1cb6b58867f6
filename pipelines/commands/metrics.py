"""rapport metrics: list them, or show one as a table, CSV or JSON."""

from __future__ import annotations

import datetime as dt
import json
import sys
from enum import StrEnum
from typing import Annotated, Any

import pandas as pd
import typer
from rich.box import SIMPLE_HEAD
from rich.markup import escape
from rich.table import Table

from pipelines.commands import JsonOption, WorkspaceOption, current, naming, out
from pipelines.errors import UnknownName
from pipelines.workspace import open_workspace

FIRST = ("category", "period", "n", "value", "low", "high")
GAP = 3  # signs between two columns of a table
app = typer.Typer(help="The metrics: list them, or show one as a table, CSV or JSON.", no_args_is_help=True)


class Output(StrEnum):
    """How ``metrics show`` prints."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"


@app.command("list")
def list_metrics(as_json: JsonOption = False) -> None:
    """List every metric with the question it answers."""
    from pipelines.metrics import registry

    if as_json:
        print(
            json.dumps(
                [
                    {
                        "name": metric.name,
                        "label": metric.label,
                        "question": metric.question,
                        "roles": list(metric.roles),
                        "chart": metric.chart,
                        "settings": dict(metric.settings),
                        "dimensions": list(metric.dimensions),
                        "grains": list(metric.grains),
                    }
                    for metric in registry().values()
                ]
            )
        )
        return
    table = Table("Metric", "Answers")
    for metric in registry().values():
        table.add_row(metric.name, metric.question)
    out.print(table)


@app.command("show")
def show_metric(
    name: Annotated[str, typer.Argument(help="Name of the metric (see: rapport metrics list).", show_default=False)],
    by: Annotated[str | None, typer.Option(help="Cut by: site, study, practice, channel ...")] = None,
    grain: Annotated[str | None, typer.Option(help="week, month, quarter or year.")] = None,
    start: Annotated[str | None, typer.Option(help="First day, YYYY-MM-DD.")] = None,
    stop: Annotated[str | None, typer.Option(help="Last day, YYYY-MM-DD.")] = None,
    site: Annotated[
        list[str] | None, typer.Option(help="Only this site, as the filter names it; once per site.")
    ] = None,
    study: Annotated[list[str] | None, typer.Option(help="Only this study; once per study.")] = None,
    practice: Annotated[list[str] | None, typer.Option(help="Only this practice; once per practice.")] = None,
    area: Annotated[list[str] | None, typer.Option(help="Only this therapeutic area; once per area.")] = None,
    specialty: Annotated[
        list[str] | None, typer.Option(help="Only referrers of this specialty; once per specialty.")
    ] = None,
    channel: Annotated[list[str] | None, typer.Option(help="Only this way of referring; once per way.")] = None,
    as_of: Annotated[str | None, typer.Option(help="Use only what was known by this day, YYYY-MM-DD.")] = None,
    output: Annotated[Output, typer.Option("--output", "-o", help="How to print it.")] = Output.TABLE,
    as_json: JsonOption = False,
    workspace: WorkspaceOption = None,
) -> None:
    """Show one metric with its n, interval, as-of date and caveats."""
    from pipelines import export
    from pipelines.metrics import Filters, Scope, compute

    opened = current(open_workspace(workspace, create=False), silent=as_json)
    first, last = _day(start), _day(stop)
    if first and last and first > last:
        raise UnknownName(f"The period ends on {last}, before it begins on {first}.", "Give --start the earlier day.")
    names = {
        "site": site,
        "study": study,
        "practice": practice,
        "area": area,
        "specialty": specialty,
        "channel": channel,
    }
    filters = Filters(start=first, stop=last, **naming.chosen(opened, names))
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
    if "category" in shown and set(frame["category"]) == {"All"}:
        shown.remove("category")
    table = Table(
        box=SIMPLE_HEAD, pad_edge=False, title=f"{result.metric.label}, as of {result.as_of}, n = {result.n:,}"
    )
    rows = [[_cell_text(value) for value in row] for row in frame[shown].head(200).itertuples(index=False)]
    heads = [name.replace("_", " ") for name in shown]
    # A day or a number broken over lines is another one: only words and headings may be, and headings where there is no room.
    least = [
        max((len(row[place]) for row in rows if not pd.api.types.is_string_dtype(frame[name])), default=1)
        for place, name in enumerate(shown)
    ]
    unbroken = [max(wide, *map(len, head.split())) for wide, head in zip(least, heads, strict=True)]
    kept = _fitting(shown, unbroken, out.width)
    for place in kept:
        table.add_column(heads[place], overflow="fold", min_width=unbroken[place])
    for row in rows:
        table.add_row(*(escape(row[place]) for place in kept))
    out.print(table)
    left = [head for place, head in enumerate(heads) if place not in kept]
    if left:
        out.print(f"- Without room here: {', '.join(left)}. A wider terminal or --output csv shows them.", markup=False)
    if len(frame) > 200:
        out.print(f"- The first 200 of {len(frame):,} rows; --output csv gives all.", markup=False)
    for caveat in result.caveats:
        out.print(f"- {caveat}", markup=False)


def _fitting(names: list[str], widths: list[int], room: int) -> list[int]:
    """The places of the columns that stand in ``room`` unbroken, the figure and its interval before what is told beside it; at
    least one."""
    taken = 0
    kept: list[int] = []
    for place in sorted(range(len(names)), key=lambda place: (names[place] not in FIRST, place)):
        taken += widths[place] + GAP
        if taken > room and kept:
            break
        kept.append(place)
    return sorted(kept)


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
