"""Many people at once: each opens a page of the dashboard every five seconds; how long until it is drawn?

Talks to the server as a browser does (its websocket), without drawing. Needs RAPPORT_WORKSPACE, such as the demo's.
"""

from __future__ import annotations

import asyncio
import os
import random
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import psutil
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import connect

from dashboard import server

SESSIONS = int(os.environ.get("RAPPORT_SESSIONS", "50"))
SECONDS = int(os.environ.get("RAPPORT_SECONDS", "120"))
EVERY_S = 5.0
PORT = 8655
PAGES = ("", "volume", "conversion", "dormancy", "feedback")
PERIODS = ("", "period=3m", "period=6m", "period=24m", "period=all")


def run() -> None:
    """Print the median and 95th percentile of drawing a page, and the server's memory before and after."""
    workspace = os.environ.get("RAPPORT_WORKSPACE")
    if not workspace:
        raise SystemExit("Set RAPPORT_WORKSPACE, for instance to data/demo/workspace after make demo.")
    child = subprocess.Popen(server.command("127.0.0.1", PORT), env=server.environment(Path(workspace).resolve()),
                             stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # fmt: skip
    try:
        cookie = _ready()
        idle = _memory(child.pid)
        waits = asyncio.run(_load(cookie))
    finally:
        after = _memory(child.pid)
        child.terminate()
        child.wait()
    waits.sort()
    print(f"{SESSIONS} sessions, one page every {EVERY_S:g} s for {SECONDS} s: {len(waits)} pages drawn, median {waits[len(waits) // 2] * 1000:.0f} ms, "
          f"95% within {waits[int(len(waits) * 0.95)] * 1000:.0f} ms, worst {waits[-1] * 1000:.0f} ms")  # fmt: skip
    print(f"memory of the server: {idle:.0f} MB idle, {after:.0f} MB after")


def _ready() -> str:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{PORT}/", timeout=5) as answer:
                return "; ".join(
                    value.split(";")[0] for name, value in answer.headers.items() if name.lower() == "set-cookie"
                )
        except OSError:
            time.sleep(0.5)
    raise SystemExit("The dashboard did not start.")


async def _load(cookie: str) -> list[float]:
    waits: list[float] = []
    await asyncio.gather(*(_session(number, cookie, waits) for number in range(SESSIONS)))
    return waits


async def _session(number: int, cookie: str, waits: list[float]) -> None:
    chance = random.Random(number)
    await asyncio.sleep(chance.uniform(0, EVERY_S))
    headers = {"Cookie": cookie, "Origin": f"http://127.0.0.1:{PORT}"}
    end = time.monotonic() + SECONDS
    async with connect(
        f"ws://127.0.0.1:{PORT}/_stcore/stream", additional_headers=headers, subprotocols=["streamlit"], max_size=None
    ) as socket:
        while time.monotonic() < end:
            started = time.monotonic()
            await _draw(socket, chance.choice(PAGES), chance.choice(PERIODS))
            waits.append(time.monotonic() - started)
            await asyncio.sleep(max(0.0, EVERY_S - (time.monotonic() - started)))


async def _draw(socket, page: str, query: str) -> None:  # type: ignore[no-untyped-def]
    message = BackMsg()
    message.rerun_script.query_string = query
    message.rerun_script.page_name = page
    await socket.send(message.SerializeToString())
    while True:
        said = ForwardMsg()
        said.ParseFromString(await socket.recv())
        if said.WhichOneof("type") == "script_finished":
            return


def _memory(pid: int) -> float:
    process = psutil.Process(pid)
    return sum(one.memory_info().rss for one in (process, *process.children(recursive=True))) / 2**20


if __name__ == "__main__":
    sys.exit(run())
