"""The dashboard's server in a process of its own, and the browser's half of its websocket, without drawing."""

from __future__ import annotations

import subprocess
import time
import urllib.request
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect

from dashboard.serving import server

PAGES = ("", "volume", "conversion", "dormancy", "feedback", "promises", "recruitment")


@dataclass
class Served:
    """A running dashboard."""

    child: subprocess.Popen[bytes]
    port: int
    cookie: str

    @property
    def address(self) -> str:
        """Where a browser finds it."""
        return f"http://127.0.0.1:{self.port}"

    def megabytes(self) -> float:
        """Resident memory of the server and its children."""
        process = psutil.Process(self.child.pid)
        return sum(one.memory_info().rss for one in (process, *process.children(recursive=True))) / 2**20

    def cpu_ms(self) -> float:
        """CPU milliseconds the server has used so far."""
        used = psutil.Process(self.child.pid).cpu_times()
        return 1000 * float(used.user + used.system)


@dataclass
class Drawn:
    """One run of a page: how long it took, what it sent, and which pieces of text were in it."""

    seconds: float
    sent: int
    messages: list[ForwardMsg]


@contextmanager
def serving(workspace: Path, port: int) -> Iterator[Served]:
    """The dashboard on ``workspace``, answering."""
    child = subprocess.Popen(server.command("127.0.0.1", port), env=server.environment(workspace.resolve()),
                             stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # fmt: skip
    try:
        if not server.wait_until_ready(f"http://127.0.0.1:{port}"):
            raise SystemExit("The dashboard did not start.")
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5) as answer:
            cookies = [value.split(";")[0] for name, value in answer.headers.items() if name.lower() == "set-cookie"]
        yield Served(child, port, "; ".join(cookies))
    finally:
        child.terminate()
        child.wait()


@asynccontextmanager
async def session(served: Served) -> AsyncIterator[ClientConnection]:
    """One visitor's websocket."""
    headers = {"Cookie": served.cookie, "Origin": served.address}
    address = f"ws://127.0.0.1:{served.port}/_stcore/stream"
    async with connect(address, additional_headers=headers, subprotocols=["streamlit"], max_size=None) as socket:  # type: ignore[list-item]
        yield socket


async def draw(socket: Any, page: str, query: str) -> Drawn:
    """Ask for a page with the filters of ``query`` and take what comes until it is finished."""
    message = BackMsg()
    message.rerun_script.query_string = query
    message.rerun_script.page_name = page
    started, sent, messages = time.perf_counter(), 0, []
    await socket.send(message.SerializeToString())
    while True:
        received = await socket.recv()
        sent += len(received)
        said = ForwardMsg()
        said.ParseFromString(received)
        messages.append(said)
        if said.WhichOneof("type") == "script_finished":
            return Drawn(time.perf_counter() - started, sent, messages)
