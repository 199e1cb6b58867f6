"""What stands before Streamlit: only known hosts, only our own pages as callers, headers on every answer.

Streamlit's own login guards none of its endpoints: uploads are accepted from anyone who reaches the port, and
``/media/<hash>`` (every download) asks for nothing. So the page route hands out a signed cookie, and every
other endpoint, the websocket included, wants it back; requests that change something must also come from our
own origin, which keeps foreign pages out even when the browser sends the cookie.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import re
import secrets
import time
from collections.abc import Iterable, Mapping
from http.cookies import CookieError, SimpleCookie
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import streamlit
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dashboard.serving import downloads, signin, tabs

COOKIE = "rapport_visit"
COOKIE_SECONDS = 7 * 24 * 3600  # an open tab reconnects after a laptop's weekend; a page view renews it
LOOPBACK = ("localhost", "127.0.0.1", "::1")
OPEN_PATHS = ("/_stcore/health", "/ready")  # say nothing about the data
GUARDED = ("/_stcore/", "/media/", "/component/", "/auth/")
FOR_USERS = ("/media/", "/_stcore/upload_file", "/_stcore/metrics", "/_stcore/agent")  # where a login is configured
# Not /oauth2callback: the provider's page sends the browser there, and from another site no strict cookie comes along.
# What guards it is the login's own state, which it must find in the session that began the login.
_UPLOAD = re.compile(r"/_stcore/upload_file/([^/]+)")
# The fonts of the framework, the letters of the page that asks to sign in among them: they say nothing about the data.
_FONTS = re.compile(r"/static/media/[^/]+")
_HOST = re.compile(r"([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?")
HEADERS = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=(), usb=(), payment=()",
}


def trusted_hosts() -> tuple[str, ...]:
    """Host names this server answers to: loopback, and those an administrator put into RAPPORT_HOSTS."""
    named = os.environ.get("RAPPORT_HOSTS", "").replace(",", " ").split()
    return (*LOOPBACK, *(name.lower() for name in named))


def content_policy() -> str:
    """A Content-Security-Policy under which a page can load, run and reach nothing but this server.

    Styles may be inline because Streamlit's are made at run time; scripts may not, save the one in its page
    shell, which is allowed by its hash.
    """
    shell = Path(streamlit.__file__).parent / "static" / "index.html"
    inline = re.findall(r"<script>(.*?)</script>", shell.read_text("utf-8"), re.S)
    hashes = "".join(
        f" 'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'" for text in inline
    )
    return "; ".join((
        "default-src 'none'", f"script-src 'self'{hashes}", "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:", "font-src 'self' data:", "connect-src 'self'", "worker-src 'self' blob:",
        "manifest-src 'self'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'", "object-src 'none'",
    ))  # fmt: skip


def issue(secret: bytes, now: float) -> str:
    """A cookie value that only this workspace's server can make."""
    body = f"{int(now)}.{secrets.token_urlsafe(12)}"
    return f"{body}.{_sign(secret, body)}"


def valid(secret: bytes, value: str | None, now: float) -> bool:
    """Whether ``value`` was issued by ``issue`` and is not too old."""
    body, _, signature = (value or "").rpartition(".")
    if not body or not hmac.compare_digest(signature.encode(), _sign(secret, body).encode()):
        return False
    issued = body.partition(".")[0]
    return issued.isdigit() and 0 <= now - int(issued) + 60 <= COOKIE_SECONDS


def _sign(secret: bytes, body: str) -> str:
    return base64.urlsafe_b64encode(hmac.digest(secret, body.encode(), "sha256")).decode().rstrip("=")


def host_name(host: str) -> str:
    """The name in a Host header, without port and brackets, in lower case; empty for what is no host and port."""
    found = _HOST.fullmatch(host)
    return found[1].strip("[]").lower() if found else ""


class Guard:
    """Pure ASGI middleware. ``secret`` signs the cookie, ``hosts`` are the names answered to, ``policy`` is the
    Content-Security-Policy, ``login`` asks for a signed-in user's cookie too on the guarded endpoints."""

    def __init__(self, app: ASGIApp, *, secret: bytes, hosts: Iterable[str], policy: str, login: bool = False) -> None:
        self.app = app
        self.secret = secret
        self.hosts = frozenset(hosts)
        self.policy = policy
        self.login = login

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        refusal = self.refusal(scope, headers)
        if refusal:
            await _refuse(scope, receive, self._dressed(scope, headers, send), refusal)
        else:
            await self.app(scope, receive, self._dressed(scope, headers, send))

    def refusal(self, scope: Scope, headers: Headers) -> str | None:
        """Why the request is turned away, ``None`` if it may pass."""
        # One host, and one origin: of two, another part of the server might believe the other.
        named, origins = headers.getlist("host"), headers.getlist("origin")
        if len(named) != 1 or len(origins) > 1 or host_name(named[0]) not in self.hosts:
            return "This server does not answer to that host name."
        socket = scope["type"] == "websocket"
        changing = socket or scope.get("method") not in ("GET", "HEAD")
        if changing and not _same_origin(headers):
            return "Requests from other origins are refused."
        path = scope["path"]
        if (socket or _is_guarded(path)) and not self._known(headers, path):
            return "Open Rapport's page first."
        return None

    def _known(self, headers: Headers, path: str) -> bool:
        cookies = _cookies(headers)
        if not valid(self.secret, cookies.get(COOKIE), time.time()):
            return False
        if not self.login or not any(part in path for part in FOR_USERS):
            return True
        claims = _claims(cookies)
        return claims is not None and is_theirs(path, claims)

    def _dressed(self, scope: Scope, headers: Headers, send: Send) -> Send:
        """``send`` with the security headers, and on a page with the cookie where it is missing or half spent."""
        page = scope["type"] == "http" and scope.get("method") == "GET" and not _is_guarded(scope["path"])

        async def dressed(message: Message) -> None:
            if message["type"] == "http.response.start":
                answer = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    answer[name] = value
                answer["content-security-policy"] = self.policy
                is_html = answer.get("content-type", "").startswith("text/html")
                if is_html or scope["path"].startswith("/media/"):
                    answer["cache-control"] = "no-store"
                if page and is_html and message["status"] < 400:
                    answer.append("set-cookie", self._cookie(scope))
            await send(message)

        return dressed

    def _cookie(self, scope: Scope) -> str:
        secure = "; Secure" if scope.get("scheme") == "https" else ""
        value = issue(self.secret, time.time())
        return f"{COOKIE}={value}; Path=/; HttpOnly; SameSite=Strict; Max-Age={COOKIE_SECONDS}{secure}"


def _is_guarded(path: str) -> bool:
    # A page's address may precede an endpoint ("/volume/_stcore/health"), so the whole path is looked at.
    return path not in OPEN_PATHS and not _FONTS.fullmatch(path) and any(part in path for part in GUARDED)


def _same_origin(headers: Headers) -> bool:
    try:
        parts = urlsplit(headers.get("origin", ""))
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and parts.netloc.lower() == headers.get("host", "").lower()


def _cookies(headers: Headers) -> dict[str, str]:
    try:
        return {name: morsel.value for name, morsel in SimpleCookie(headers.get("cookie", "")).items()}
    except CookieError:
        return {}


def _signed_in(cookies: dict[str, str]) -> bool:
    """Whether Streamlit's own signed login cookie is there, unaltered and not of yesterday."""
    return _claims(cookies) is not None


def _claims(cookies: dict[str, str]) -> dict[str, Any] | None:
    """What Streamlit's own signed login cookie says, if it is there, unaltered and not of yesterday."""
    from streamlit.auth_util import get_cookie_with_chunks
    from streamlit.web.server.server_util import get_cookie_secret
    from streamlit.web.server.starlette.starlette_app_utils import decode_signed_value

    secret = get_cookie_secret()
    if not secret:
        return None

    def decoded(name: str) -> bytes | None:
        value = cookies.get(name)
        return decode_signed_value(secret, name, value.encode("latin-1", "replace")) if value else None

    try:
        claims = json.loads(get_cookie_with_chunks(decoded, "_streamlit_user") or b"null")
    except ValueError:
        return None
    return claims if isinstance(claims, dict) and signin.is_fresh(claims, time.time()) else None


def is_theirs(path: str, claims: Mapping[str, Any]) -> bool:
    """Whether a file is this person's: one that is taken away, or the tab that an upload goes to. Streamlit takes a file for any
    tab that is open, from whoever knows its number, and so one person's file could stand in place of another's. A tab that is not
    open it refuses itself."""
    if "/media/" in path:
        return downloads.is_for(path, claims)
    number = _UPLOAD.search(path)
    found = tabs.opened(number[1]) if number else None
    return not found or tabs.looked_at_by(found) == tabs.person(claims)


async def _refuse(scope: Scope, receive: Receive, send: Send, reason: str) -> None:
    if scope["type"] == "websocket":
        await receive()  # the connect message must be taken before the handshake can be refused
        await send({"type": "websocket.close", "code": 1008, "reason": reason})
        return
    await PlainTextResponse(reason, status_code=403)(scope, receive, send)
