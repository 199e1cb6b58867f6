"""Brings whoever signs in back to the page they had asked for: the address that a colleague sent, filters and all.

Streamlit's login always ends on the first page. Here the address is kept in a cookie of ten minutes, which the browser sends
to the end of the login alone, and the redirect that ends it leads there.
"""

from __future__ import annotations

import re
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

COOKIE, SECONDS, LONGEST = "rapport_back", 600, 2000
BEGIN, END = "/auth/login", "/oauth2callback"
_CODE = re.compile(r"[a-z_]{1,40}")


def address(headers: Headers) -> str:
    """The page of this server on which the login was asked for, as a path with its query; empty if it is not known."""
    try:
        page = urlsplit(headers.get("referer", ""))
    except ValueError:
        return ""
    if page.netloc.lower() != headers.get("host", "").lower():
        return ""
    return safe(page.path + (f"?{page.query}" if page.query else ""))


def safe(path: str) -> str:
    """``path`` if it can only lead to a page of this server, else nothing: a cookie may come from anywhere."""
    plain = path.isascii() and path.isprintable() and len(path) <= LONGEST
    return path if plain and path.startswith("/") and not path.startswith("//") and "\\" not in path else ""


def without_prose(query: bytes) -> bytes:
    """What came back with the browser, without words of the sender's choosing: Streamlit writes the error and its description
    into the log, and anybody who reaches the port can send them. An error is one of the codes of RFC 6749, 4.1.2.1."""
    told = parse_qsl(query.decode("latin-1"), keep_blank_values=True)
    kept = [(name, value) for name, value in told if name not in ("error", "error_description", "error_uri")]
    errors = [value if _CODE.fullmatch(value) else "unknown" for name, value in told if name == "error"]
    return query if kept == told else urlencode([*kept, *(("error", value) for value in errors[:1])]).encode("ascii")


class ComeBack:
    """Pure ASGI middleware around the two ends of a login."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        ends = {BEGIN: self._keeping, END: self._leading}
        told = ends.get(scope["path"]) if scope["type"] == "http" else None
        if told and scope["path"] == END:
            scope = {**scope, "query_string": without_prose(scope["query_string"])}
        await self.app(scope, receive, told(scope, send) if told else send)

    def _keeping(self, scope: Scope, send: Send) -> Send:
        wanted = address(Headers(scope=scope))

        async def kept(message: Message) -> None:
            if message["type"] == "http.response.start" and wanted:
                MutableHeaders(scope=message).append("set-cookie", _cookie(scope, quote(wanted, safe=""), SECONDS))
            await send(message)

        return kept

    def _leading(self, scope: Scope, send: Send) -> Send:
        wanted = _kept(Headers(scope=scope))

        async def led(message: Message) -> None:
            if message["type"] == "http.response.start" and wanted:
                answer = MutableHeaders(scope=message)
                if urlsplit(answer.get("location", "")).path == "/":
                    answer["location"] = wanted
                answer.append("set-cookie", _cookie(scope, "", 0))
            await send(message)

        return led


def _kept(headers: Headers) -> str:
    try:
        found = SimpleCookie(headers.get("cookie", "")).get(COOKIE)
    except CookieError:
        return ""
    return safe(unquote(found.value)) if found else ""


def _cookie(scope: Scope, value: str, seconds: int) -> str:
    # Lax, not strict: the provider's page, on another site, sends the browser to the end of the login.
    secure = "; Secure" if scope.get("scheme") == "https" else ""
    return f"{COOKIE}={value}; Path={END}; HttpOnly; SameSite=Lax; Max-Age={seconds}{secure}"
