"""A served workspace and a real Chromium that tells of every request it makes."""

from __future__ import annotations

import datetime as dt
import os
import socket
import subprocess
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from screens import network

from dashboard.serving import server
from pipelines import releases
from pipelines.workspace import open_workspace

CHROMIUM = Path(os.environ.get("RAPPORT_CHROMIUM", "/usr/bin/chromium"))
ARGUMENTS = [
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
MILLISECONDS = 60_000
IDLE = "[data-testid=stApp][data-test-script-state=notRunning]"


@dataclass
class Served:
    """A running dashboard: its address and its workspace folder."""

    address: str
    folder: Path


@dataclass
class Visit:
    """A browser page and what happened behind it."""

    page: Any
    address: str
    strangers: list[str] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)

    def open(self, path: str = "/") -> None:
        """Go to a page of the dashboard and wait until it is drawn."""
        self.page.goto(self.address + path)
        self.settle()

    def settle(self) -> None:
        """Wait until the script has run and everything it sent is drawn."""
        self.page.wait_for_timeout(400)  # a rerun that a click asks for begins a moment later
        self.page.wait_for_selector(IDLE)
        self.page.wait_for_function(
            "() => !document.querySelector('[data-testid=stSkeleton], [data-testid=stElementContainer][data-stale=true]')"
        )

    def text(self) -> str:
        """All text on the page."""
        return str(self.page.locator("[data-testid=stMain]").inner_text())


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    if not CHROMIUM.exists():
        pytest.skip(f"no browser at {CHROMIUM}: install Debian's chromium, or set RAPPORT_CHROMIUM")
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One dashboard for all tests that only look, with the small network loaded."""
    yield from serve(tmp_path_factory.mktemp("served"), filled=True)


@pytest.fixture
def served_alone(tmp_path: Path) -> Iterator[Served]:
    """A dashboard of its own for a test that changes what is loaded."""
    yield from serve(tmp_path, filled=True)


@pytest.fixture
def served_empty(tmp_path: Path) -> Iterator[Served]:
    """A dashboard of its own, with nothing loaded."""
    yield from serve(tmp_path, filled=False)


def serve(folder: Path, filled: bool, host: str = "127.0.0.1", port: int = 0) -> Iterator[Served]:
    """A dashboard on loopback, known to the browser as ``host``, until the generator is closed."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CONFIG_HOME", str(folder / "config"))
        patch.delenv("RAPPORT_KEY", raising=False)
        workspace = open_workspace(folder / "workspace")
        if filled:
            network.put(workspace, network.tables())
            releases.make(workspace, network.STUDIES[1][0], dt.date(2026, 5, 1), by="test")
        workspace.warehouse.close()
        port = port or free_port()
        with open(folder / "server.log", "wb") as log:
            child = subprocess.Popen(
                server.command("127.0.0.1", port), env=server.environment(folder / "workspace"), stdout=log, stderr=log
            )
        try:
            address = f"http://127.0.0.1:{port}"
            assert server.wait_until_ready(address), (folder / "server.log").read_text("utf-8")
            yield Served(f"http://{host}:{port}", folder / "workspace")
        finally:
            server._end(child)


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def visit(chromium: Any, served: Served) -> Iterator[Visit]:
    """A wide, light browser window on the filled dashboard."""
    yield from visiting(chromium, served.address)


def visiting(chromium: Any, address: str, **options: Any) -> Generator[Visit]:
    """A browser window of its own: no cookie, no history."""
    context = chromium.new_context(**{"viewport": {"width": 1400, "height": 1800}, "accept_downloads": True, **options})
    context.set_default_timeout(MILLISECONDS)
    seen = Visit(context.new_page(), address)
    ours = (address, address.replace("http", "ws"), "data:", "blob:")
    context.on("request", lambda request: None if request.url.startswith(ours) else seen.strangers.append(request.url))
    context.on(
        "console", lambda message: seen.refusals.append(message.text) if "Content Security" in message.text else None
    )
    try:
        yield seen
    finally:
        context.close()
