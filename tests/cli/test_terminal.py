"""Text of a file that is printed can only be read: it moves no cursor, sets no title, colours nothing; and files with cells are private."""

from __future__ import annotations

import io
import socket
import stat
from pathlib import Path

import pytest
from rich.markup import escape
from rich.table import Table
from typer.testing import CliRunner

from pipelines import commands
from pipelines.__main__ import app
from pipelines.commands import Terminal
from pipelines.errors import WorkspaceError
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


def test_long_work_says_in_a_log_now_and_then_how_far_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    said, moments = io.StringIO(), iter([0.0, 14.0, 16.0, 16.0, 20.0, 40.0, 40.0])
    monkeypatch.setattr(commands, "err", Terminal(file=said, width=20))
    report = commands.now_and_then(lambda: next(moments))
    for label in ("too soon", f"[b]{EVIL}, a long label", "again too soon", "Done"):
        report(label, 0.5)
    assert said.getvalue().splitlines()[0].startswith(" 50%  [b][31mRed")
    assert said.getvalue().splitlines()[-1] == " 50%  Done"
    assert "too soon" not in said.getvalue()
    assert not set(said.getvalue()) & set("\x1b\x07\x9b")


def test_a_short_load_says_nothing_of_its_progress_in_a_log(workspace: Workspace, tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_text("Date Received,Patient Name,Referring Provider\n03/02/2026,Mary Poe,Ann Lee\n")
    assert CliRunner().invoke(app, ["ingest", str(path), "-w", str(workspace.root)]).stderr == ""


def test_a_demo_on_a_port_that_is_taken_says_so_before_it_writes_anything(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = str(other.getsockname()[1])
        done = CliRunner().invoke(app, ["demo", "-w", str(tmp_path / "demo"), "--port", port])
    assert isinstance(done.exception, WorkspaceError)
    assert port in str(done.exception)
    assert not (tmp_path / "demo").exists()
