"""``rapport identities``: what waits for a decision on who is who, and deciding it from the command line."""

from __future__ import annotations

import json
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Column, Table

from pipelines.commands import JsonOption, WorkspaceOption, out
from pipelines.identity import review
from pipelines.identity.resolve import DIFFERENT, SAME
from pipelines.identity.told import TOLD
from pipelines.record.ledger import LATER
from pipelines.workspace import open_workspace

app = typer.Typer(help="Who is who: pairs that may be one, joining, parting, taking back.", no_args_is_help=True)
Left = Annotated[
    int, typer.Argument(help="Number of a record or entity (see: rapport identities list).", show_default=False)
]
Right = Annotated[int, typer.Argument(help="Number of the other one.", show_default=False)]
BY = "local"


class Kind(StrEnum):
    """What there may be two of."""

    PRACTITIONER = "practitioner"
    ORGANIZATION = "organization"
    PATIENT = "patient"


def _number(heading: str) -> Column:
    """A column of the numbers that ``merge`` and ``split`` want: whole on a narrow terminal, too."""
    return Column(heading, no_wrap=True, min_width=19)


@app.command("list")
def list_pairs(
    workspace: WorkspaceOption = None,
    kind: Annotated[
        Kind | None, typer.Option("--kind", "-k", help="Only pairs of this kind.", show_default=False)
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """List the pairs of practitioners, practices and patients that wait for a decision."""
    pairs = review.queue(open_workspace(workspace, create=False), kind.value if kind else None)
    if as_json:
        print(json.dumps([asdict(pair) for pair in pairs], indent=1))
        return
    table = Table(_number("Left"), _number("Right"), "One", "Other", "Referrals", "Likeness", "Why")
    for pair in pairs:
        table.add_row(str(pair.left_id), str(pair.right_id), escape(pair.left), escape(pair.right), f"{pair.referrals:,}", str(pair.score),
                      pair.reason + (", put off" if pair.later else ""))  # fmt: skip
    out.print(table if pairs else "Nothing waits for a decision.")


@app.command()
def compare(left: Left, right: Right, workspace: WorkspaceOption = None, as_json: JsonOption = False) -> None:
    """Show two side by side: what agrees, what differs. Of patients that is told without their identifiers."""
    opened = open_workspace(workspace, create=False)
    one, other, lines = review.compare(opened, review.kind_of(opened, left), left, right)
    if as_json:
        print(
            json.dumps(
                {"left": asdict(one), "right": asdict(other), "lines": [asdict(line) for line in lines]}, indent=1
            )
        )
        return
    table = Table("", "", escape(one.label), escape(other.label))
    for line in lines:
        table.add_row(line.what, "" if line.verdict == TOLD else line.verdict, escape(line.left), escape(line.right))
    out.print(table)


@app.command("show")
def show_records(record: Left, workspace: WorkspaceOption = None, as_json: JsonOption = False) -> None:
    """Show every record that was joined into one practitioner, practice or patient."""
    opened = open_workspace(workspace, create=False)
    records = review.records(opened, review.kind_of(opened, record), record)
    if as_json:
        print(json.dumps([asdict(one) for one in records], indent=1))
        return
    table = Table(_number("Record"), "Spelling", "Source", "Referrals", *records[0].facts)
    for one in records:
        told = (escape("; ".join(values)) for values in one.facts.values())
        table.add_row(str(one.record_id), escape(one.spelling), escape(one.source), f"{one.referrals:,}", *told)
    out.print(table)


@app.command()
def merge(left: Left, right: Right, workspace: WorkspaceOption = None, as_json: JsonOption = False) -> None:
    """Say that two are the same: from now on they count as one."""
    _decide(workspace, left, right, SAME, as_json)


@app.command()
def split(left: Left, right: Right, workspace: WorkspaceOption = None, as_json: JsonOption = False) -> None:
    """Say that two are different: the second is taken out of the first, and never joined to it again."""
    _decide(workspace, left, right, DIFFERENT, as_json)


@app.command()
def later(left: Left, right: Right, workspace: WorkspaceOption = None, as_json: JsonOption = False) -> None:
    """Put a pair off: it moves to the end of the queue, and no number changes."""
    _decide(workspace, left, right, LATER, as_json)


@app.command()
def undo(
    decision: Annotated[
        int, typer.Argument(help="Number of the decision (see: rapport identities decisions).", show_default=False)
    ],
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Take a decision back; every number is as before it."""
    taken = review.undo(open_workspace(workspace, create=False), decision, BY)
    _say(as_json, {"undone": taken.decision_id}, f"Decision {decision} is taken back.")


@app.command("decisions")
def list_decisions(workspace: WorkspaceOption = None, as_json: JsonOption = False) -> None:
    """List every decision on who is who, with who made it and when."""
    told = review.decisions(open_workspace(workspace, create=False))
    if as_json:
        print(json.dumps([{**asdict(one), "left": left, "right": right} for one, left, right in told], indent=1))
        return
    table = Table("No.", "One", "Other", "Said", "When (UTC)", "By", "Taken back (UTC)")
    for one, left, right in told:
        table.add_row(
            str(one.decision_id),
            escape(left),
            escape(right),
            one.verdict,
            one.decided_at[:16],
            one.decided_by,
            (one.undone_at or "")[:16],
        )
    out.print(table if told else "Nobody has decided anything yet.")


def _decide(workspace: Path | None, left: int, right: int, verdict: str, as_json: bool) -> None:
    opened = open_workspace(workspace, create=False)
    number = review.decide(opened, review.kind_of(opened, left), left, right, verdict, BY)
    _say(
        as_json,
        {"decision": number, "verdict": verdict},
        f"Decision {number}: {verdict}. Undo it with: rapport identities undo {number}.",
    )


def _say(as_json: bool, document: dict[str, object], sentence: str) -> None:
    print(json.dumps(document)) if as_json else out.print(sentence)
