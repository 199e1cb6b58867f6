"""Many people at once: each opens a page of the dashboard every five seconds; how long until it is drawn?

Talks to the server as a browser does (its websocket), without drawing, from a process beside it. Everyone arrives within
the first five seconds of a server that has just started. Needs RAPPORT_WORKSPACE, such as the demo's.
RAPPORT_SECONDS=1800 shows whether its memory stays flat.
"""

from __future__ import annotations

import asyncio
import os
import random
import sys
import time
from pathlib import Path
from urllib.parse import urlencode

from dashboard.filters import PERIODS
from tests.benchmarks import client

SESSIONS = int(os.environ.get("RAPPORT_SESSIONS", "50"))
SECONDS = int(os.environ.get("RAPPORT_SECONDS", "120"))
EVERY_S = 5.0
PORT = 8655
QUERIES = tuple(urlencode({"period": name}) for name in PERIODS[:-1])  # all but the two days of one's own


def run() -> None:
    """Print the median and 95th percentile of drawing a page, and the server's memory over time."""
    workspace = os.environ.get("RAPPORT_WORKSPACE")
    if not workspace:
        raise SystemExit("Set RAPPORT_WORKSPACE, for instance to data/demo/workspace after make demo.")
    with client.serving(Path(workspace), PORT) as served:
        idle, before = served.megabytes(), served.cpu_ms()
        waits, memory = asyncio.run(_load(served))
        cpu = served.cpu_ms() - before
    ordered = sorted(waits)
    print(f"{SESSIONS} sessions, one page every {EVERY_S:g} s for {SECONDS} s: {len(ordered)} pages drawn, median {_at(ordered, 0.5):.0f} ms, "
          f"95% within {_at(ordered, 0.95):.0f} ms, 99% within {_at(ordered, 0.99):.0f} ms, worst {1000 * ordered[-1]:.0f} ms; "
          f"{cpu / len(ordered):.0f} CPU-ms a page")  # fmt: skip
    print(f"memory of the server: {idle:.0f} MB idle, then {', '.join(f'{value:.0f}' for value in memory)} MB")


def _at(ordered: list[float], share: float) -> float:
    return 1000 * ordered[min(int(len(ordered) * share), len(ordered) - 1)]


async def _load(served: client.Served) -> tuple[list[float], list[float]]:
    waits: list[float] = []
    memory: list[float] = []
    watching = asyncio.create_task(_watch(served, memory))
    await asyncio.gather(*(_session(number, served, waits) for number in range(SESSIONS)))
    watching.cancel()
    return waits, memory


async def _watch(served: client.Served, memory: list[float]) -> None:
    """The server's memory ten times over the run."""
    while True:
        await asyncio.sleep(SECONDS / 10)
        memory.append(served.megabytes())


async def _session(number: int, served: client.Served, waits: list[float]) -> None:
    chance = random.Random(number)
    await asyncio.sleep(chance.uniform(0, EVERY_S))
    end = time.monotonic() + SECONDS
    async with client.session(served) as socket:
        while time.monotonic() < end:
            started = time.monotonic()
            await client.draw(socket, chance.choice(client.PAGES), chance.choice(QUERIES))
            waits.append(time.monotonic() - started)
            await asyncio.sleep(max(0.0, EVERY_S - (time.monotonic() - started)))


if __name__ == "__main__":
    sys.exit(run())
