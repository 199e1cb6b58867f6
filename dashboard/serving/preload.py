"""Tells the browser, with the page's shell, which scripts every page of charts will need, so that it fetches and compiles
them while Streamlit is still starting, and not only once the first answer names them.

Plotly's script is most of what a first visit loads (4.7 MB); asked for last, it is what the first chart waits for.
"""

from __future__ import annotations

import re
from pathlib import Path

import streamlit
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

NEEDED = ("PlotlyChart", "Selectbox", "Multiselect", "DateInput", "ButtonGroup")
IMPORTED = re.compile(r"""(?:from|import)["']\./([\w.-]+\.js)["']""")


def needed_scripts(static: Path | None = None) -> tuple[str, ...]:
    """Addresses of the ``NEEDED`` scripts of the Streamlit installed here and of what they import, without those that its
    page shell asks for itself. Their names carry a hash of their content. One that this version does not have is left
    out: the page then loads as it would without."""
    static = static or Path(streamlit.__file__).parent / "static"
    scripts = static / "static" / "js"
    asked = set(re.findall(r"static/js/([\w.-]+\.js)", (static / "index.html").read_text("utf-8")))
    found: list[str] = []
    waiting = [path.name for name in NEEDED for path in sorted(scripts.glob(f"{name}.*.js"))[:1]]
    while waiting:
        name = waiting.pop(0)
        if name not in asked and (scripts / name).exists():
            asked.add(name)
            found.append(name)
            waiting += IMPORTED.findall((scripts / name).read_text("utf-8"))
    return tuple(f"/static/js/{name}" for name in found)


class Preload:
    """Pure ASGI middleware: a ``Link: rel=modulepreload`` header for each of ``scripts`` on every page."""

    def __init__(self, app: ASGIApp, *, scripts: tuple[str, ...]) -> None:
        self.app = app
        self.links = ", ".join(f"<{script}>; rel=modulepreload; crossorigin" for script in scripts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not self.links:
            await self.app(scope, receive, send)
            return

        async def told(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                if headers.get("content-type", "").startswith("text/html") and message["status"] < 400:
                    headers["link"] = self.links
            await send(message)

        await self.app(scope, receive, told)
