"""rapport demo and rapport serve: a network to look at, and the dashboard."""

from __future__ import annotations

import os
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Annotated

import typer

from pipelines import ingest as ingestion
from pipelines.commands import WorkspaceOption, current, out, progress
from pipelines.ingest import watching
from pipelines.workspace import Workspace, open_workspace

DemoOption = Annotated[
    Path | None,
    typer.Option(
        "--workspace",
        "-w",
        envvar="RAPPORT_WORKSPACE",
        help="The workspace folder; if not given, ./data/demo/workspace.",
    ),
]


def demo(
    workspace: DemoOption = None,
    scale: Annotated[
        float, typer.Option(help="1 is a network of 60 sites and about 150,000 referrals.", min=0.005, max=10)
    ] = 1.0,
    seed: Annotated[int, typer.Option(help="The same seed writes the same network.")] = 2026,
    serve_it: Annotated[bool, typer.Option("--serve/--no-serve", help="Open the dashboard afterwards.")] = True,
    port: Annotated[int, typer.Option(help="Port of the dashboard.", min=1, max=65535)] = 8501,
    browser: Annotated[bool, typer.Option("--browser/--no-browser", help="Open a browser window.")] = True,
) -> None:
    """Write a synthetic network's export files, load them like anyone's, and open the dashboard."""
    if serve_it:
        _check("127.0.0.1", port)
    opened = _demo_workspace(workspace)
    _load_demo(opened, scale, seed)
    if serve_it:
        _serve(opened, "127.0.0.1", port, browser)


def serve(
    workspace: WorkspaceOption = None,
    host: Annotated[
        str, typer.Option(help="Address to listen on; other than loopback needs a configured login.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.", min=1, max=65535)] = 8501,
    browser: Annotated[bool, typer.Option("--browser/--no-browser", help="Open a browser window.")] = True,
) -> None:
    """Open the dashboard on this machine."""
    _serve(open_workspace(workspace), host, port, browser)


def _demo_workspace(folder: Path | None) -> Workspace:
    return open_workspace(folder or os.environ.get("RAPPORT_WORKSPACE") or Path("data") / "demo" / "workspace")


def _load_demo(workspace: Workspace, scale: float, seed: int) -> None:
    from pipelines import demo as network

    marker = f"demo seed {seed} scale {scale}"
    if workspace.ledger.setting("demo", "") == marker:
        with progress(False) as report:
            workspace.warehouse.publish(report)
        out.print("The demo is loaded already.")
        return
    folder = workspace.root.parent / "exports"
    with progress(False) as report:
        network.write(folder, seed=seed, scale=scale, on_progress=lambda label, part: report(label, 0.2 * part))
        outcomes = ingestion.ingest_files(
            workspace, watching.files_in(folder)[0], on_progress=lambda label, part: report(label, 0.2 + 0.8 * part)
        )
    refused = [
        path.name for path, found, _ in outcomes if any(isinstance(one, Exception) or one.problem for one in found)
    ]
    workspace.ledger.change_setting("demo", marker, "local")
    rows = sum(load.rows_loaded for _, _, made in outcomes for load in made)
    out.print(
        f"Loaded {rows:,} rows from {len(outcomes)} files." + (f" Not loaded: {', '.join(refused)}." if refused else "")
    )


def _check(host: str, port: int) -> ModuleType:
    """The server, which may listen there: asked before anything that takes its time."""
    # The one arrow from here to the dashboard: the command line is the front door of both packages.
    server = import_module("dashboard.serving.server")
    server.check_address(host)
    server.check_port(host, port)
    return server


def _serve(workspace: Workspace, host: str, port: int, browser: bool) -> None:
    server = _check(host, port)
    current(workspace)  # writes only where something is to be published: a disk mounted read-only is served, too
    server.serve(host=host, port=port, workspace=workspace.root, open_browser=browser)
