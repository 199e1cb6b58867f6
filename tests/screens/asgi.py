"""A browser of a few lines, for middleware: calls an ASGI app in this process and keeps its cookies."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import urlsplit


@dataclass
class Answer:
    """What came back: status, headers (lower case), text."""

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    text: str = ""


@dataclass
class Client:
    """``app`` seen from ``home``."""

    app: Any
    home: str = "http://localhost"
    cookies: dict[str, str] = field(default_factory=dict)

    def ask(self, method: str, path: str, headers: dict[str, str] | None = None, home: str | None = None) -> Answer:
        """One request over http."""
        messages = [{"type": "http.request", "body": b"", "more_body": False}]
        sent = self._run("http", method, path, headers or {}, home or self.home, messages)
        answer = Answer()
        for message in sent:
            if message["type"] == "http.response.start":
                answer.status = message["status"]
                answer.headers = {name.decode(): value.decode() for name, value in message["headers"]}
            elif message["type"] == "http.response.body":
                answer.text += message.get("body", b"").decode()
        self._keep(answer.headers.get("set-cookie", ""))
        return answer

    def get(self, path: str, headers: dict[str, str] | None = None, home: str | None = None) -> Answer:
        """A GET."""
        return self.ask("GET", path, headers, home)

    def connect(self, path: str, headers: dict[str, str]) -> bool:
        """Whether a websocket was accepted."""
        messages = [{"type": "websocket.connect"}, {"type": "websocket.disconnect", "code": 1000}]
        return any(
            message["type"] == "websocket.accept"
            for message in self._run("websocket", "GET", path, headers, self.home, messages)
        )

    def _run(
        self, kind: str, method: str, path: str, headers: dict[str, str], home: str, messages: list[dict[str, Any]]
    ) -> list[Any]:
        parts, sent, waiting = urlsplit(home), [], iter(messages)
        told = {"host": parts.netloc, **headers}
        if self.cookies:
            told["cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        scope = {
            "type": kind, "method": method, "path": path, "raw_path": path.encode(), "query_string": b"", "root_path": "",
            "scheme": parts.scheme, "server": (parts.hostname, 80), "client": ("127.0.0.1", 1), "http_version": "1.1",
            "headers": [(name.encode(), value.encode()) for name, value in told.items()], "subprotocols": [], "extensions": {},
        }  # fmt: skip

        async def receive() -> Any:
            return next(waiting, {"type": f"{kind}.disconnect"})

        async def send(message: Any) -> None:
            sent.append(message)

        # In a thread of its own: a browser driven in this process may have left its event loop running here.
        with ThreadPoolExecutor(max_workers=1) as pool:
            pool.submit(lambda: asyncio.run(self.app(scope, receive, send))).result()
        return sent

    def _keep(self, header: str) -> None:
        for name, morsel in SimpleCookie(header).items():
            self.cookies[name] = morsel.value
