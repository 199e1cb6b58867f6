"""What a page costs the server after a change of filters: CPU and wall milliseconds, never asked before and asked before,
and the bytes that travel to the browser; and what a view of all sites costs over some period that nobody has asked about
(the default, twelve months, is answered before the server opens). One visitor; needs RAPPORT_WORKSPACE, such as the
demo's, or RAPPORT_ROWS for a network of so many referrals."""

from __future__ import annotations

import asyncio
import os
import statistics
import tempfile
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import quote_plus

from dashboard.filters import MONTHS_BACK
from dashboard.session import labelled
from pipelines.metrics import Scope, options
from pipelines.workspace import open_workspace
from tests.benchmarks import client, network

PORT = 8656
CHANGES = int(os.environ.get("RAPPORT_CHANGES", "12"))
LIMITS = "limits: 300 ms wall uncached, 40 CPU-ms cached, 300 KB"
AFTERWARDS = "promises?step=Afterwards"  # the half of that page that is drawn when it is chosen


def run() -> None:
    """Print, for each page, the cost of a change of filters."""
    folder, rows = os.environ.get("RAPPORT_WORKSPACE"), os.environ.get("RAPPORT_ROWS")
    if not folder and not rows:
        raise SystemExit("Set RAPPORT_WORKSPACE, for instance to data/demo/workspace after make demo, or RAPPORT_ROWS.")
    with tempfile.TemporaryDirectory() as name:
        if not folder:
            made = network.made(Path(os.environ.get("RAPPORT_BENCH", name)), int(rows or 0))
            made.warehouse.close()
            folder = str(made.root)
        sites = _sites(Path(folder))
        print(LIMITS)
        with client.serving(Path(folder), PORT) as served:
            print(f"memory of the server, idle: {served.megabytes():.0f} MB")
            asyncio.run(_pages(served, sites))


def _sites(folder: Path) -> list[str]:
    """As many sites as there are changes, as the control names them."""
    workspace = open_workspace(folder, create=False)
    found = list(labelled(options(Scope.everything(), warehouse=workspace.warehouse)["sites"]))
    workspace.warehouse.close()
    return found[:CHANGES]


async def _pages(served: client.Served, sites: list[str]) -> None:
    for page in (*client.PAGES, AFTERWARDS):
        async with client.session(served) as socket:
            await client.draw(socket, *_asked(page, ""))
            fresh = [await _measured(served, socket, page, f"site={quote_plus(site)}") for site in sites]
            again = [await _measured(served, socket, page, f"site={quote_plus(site)}") for site in 2 * sites]
            every = [
                await _measured(served, socket, page, f"period={quote_plus(period)}") for period in (*MONTHS_BACK, "This year")
            ]  # fmt: skip
            print(f"{page or 'overview':<24} all sites {max(row[0] for row in every):5.0f} ms wall {max(row[1] for row in every):5.0f} CPU-ms at most   uncached {_median(row[0] for row in fresh):5.0f} ms wall {_mean(row[1] for row in fresh):5.0f} CPU-ms   "
                  f"cached {_median(row[0] for row in again):5.0f} ms wall {_mean(row[1] for row in again):5.0f} CPU-ms   "
                  f"{max(row[2] for row in again) / 1000:5.0f} KB", flush=True)  # fmt: skip


async def _measured(served: client.Served, socket: object, page: str, query: str) -> tuple[float, float, int]:
    before = served.cpu_ms()
    drawn = await client.draw(socket, *_asked(page, query))
    return 1000 * drawn.seconds, served.cpu_ms() - before, drawn.sent


def _asked(address: str, query: str) -> tuple[str, str]:
    """A page's name and all of its query."""
    page, _, own = address.partition("?")
    return page, "&".join(part for part in (own, query) if part)


def _median(values: Iterable[float]) -> float:
    return statistics.median(values)


def _mean(values: Iterable[float]) -> float:
    """The processor's clock ticks every 10 ms, so single runs say little and their mean says all."""
    return statistics.fmean(values)
