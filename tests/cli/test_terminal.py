"""Text of a file that is printed can only be read: it moves no cursor, sets no title, colours nothing; and files with cells are private."""

from __future__ import annotations

import io
import stat
from pathlib import Path

import pytest
from rich.markup import escape
from rich.table import Table
from typer.testing import CliRunner

from pipelines.__main__ import app
from pipelines.commands import Terminal
from pipelines.workspace import Workspace

EVIL = "\x1b[31mRed\x1b]0;title\x07\x9b2J\rover\u202eback[bold]B[/bold]\x00"


def test_nothing_that_a_terminal_obeys_is_printed() -> None:
    said = io.StringIO()
    terminal = Terminal(file=said, force_terminal=True, width=120)
    table = Table(escape(EVIL))
    table.add_row(escape(EVIL))
    terminal.print(escape(EVIL), f"[green]{escape(EVIL)}[/]", table, highlight=False)
    text = said.getvalue()
    assert text.count("Red]0;title2Joverback[bold]B[/bold]") == text.count("Red") == 4
    assert "title\x07" not in text
    assert "\x1b[31m" not in text
    assert not set(text) & set("\x07\x9b\r\x00\u202e")


def test_headers_and_sheets_of_a_file_are_printed_as_text(workspace: Workspace, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(f"{EVIL},Other\n1,2\n3,4\n", "utf-8")
    said = CliRunner().invoke(app, ["ingest", str(path), "-w", str(workspace.root)])
    assert not set(said.output) & set("\x1b\x07\x9b\r")


@pytest.mark.parametrize("before", [False, True])
def test_the_rows_kept_out_are_written_for_their_owner_alone(
    workspace: Workspace, tmp_path: Path, before: bool
) -> None:
    path, target = tmp_path / "log.csv", tmp_path / "mend.xlsx"
    path.write_text(
        "Date Received,Patient Name,Referring Provider\n03/02/2026,Mary Poe,Ann Lee\nnonsense,Moe Poe,Ann Lee\n"
    )
    if before:
        target.write_bytes(b"")
        target.chmod(0o666)
    CliRunner().invoke(app, ["ingest", str(path), "-w", str(workspace.root)])
    done = CliRunner().invoke(app, ["rejects", "1", str(target), "-w", str(workspace.root)])
    assert done.exit_code == 0, done.output
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
