"""What stands before Streamlit: who is let in, with what, from where."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from screens.asgi import Client
from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket

from dashboard.serving.guard import (
    COOKIE,
    COOKIE_SECONDS,
    Guard,
    content_policy,
    host_name,
    issue,
    trusted_hosts,
    valid,
)

SECRET = b"s" * 32
HOME = "http://localhost"
CLOSED = ("/_stcore/upload_file/a/b", "/media/abc.csv", "/_stcore/metrics", "/_stcore/host-config", "/component/x/index.html",
          "/_stcore/agent/interact", "/volume/_stcore/host-config")  # fmt: skip


async def _page(request: Request) -> HTMLResponse:
    return HTMLResponse("<p>page</p>")


async def _endpoint(request: Request) -> PlainTextResponse:
    return PlainTextResponse("secret")


async def _stream(socket: WebSocket) -> None:
    await socket.accept()
    await socket.send_text("hello")
    await socket.close()


@pytest.fixture
def client() -> Client:
    guard = Middleware(Guard, secret=SECRET, hosts=("localhost", "127.0.0.1", "::1"), policy="default-src 'none'")
    methods = ["GET", "PUT", "POST", "DELETE"]
    routes = [Route(path, _endpoint, methods=methods) for path in (*CLOSED, "/_stcore/health", "/ready")]
    routes += [WebSocketRoute("/_stcore/stream", _stream), Route("/{page:path}", _page, methods=methods)]
    return Client(Starlette(routes=routes, middleware=[guard]), HOME)


@pytest.mark.parametrize("path", CLOSED)
def test_an_endpoint_is_closed_to_whoever_did_not_open_the_page(client: Client, path: str) -> None:
    assert client.get(path).status == 403
    client.get("/")
    assert client.get(path).text == "secret"


@pytest.mark.parametrize(
    "path", ["/static/media/SourceSans.woff2", "/static/media/a/../../media/abc.csv", "/x/static/media/abc.csv"]
)
def test_the_letters_of_the_page_that_asks_to_sign_in_need_no_login(path: str) -> None:
    open_to_all = path == "/static/media/SourceSans.woff2"
    guard = Guard(Starlette(), secret=SECRET, hosts=("localhost",), policy="", login=True)
    refused = guard.refusal({"type": "http", "method": "GET", "path": path}, Headers({"host": "localhost"}))
    assert (refused is None) == open_to_all


@pytest.mark.parametrize("path", ["/_stcore/health", "/ready"])
def test_a_monitor_needs_no_cookie(client: Client, path: str) -> None:
    assert client.get(path).status == 200


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(client: Client) -> None:
    cookie = client.get("/volume").headers["set-cookie"]
    assert cookie.startswith(f"{COOKIE}=")
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    assert "Secure" not in cookie


def test_over_https_the_cookie_stays_on_https(client: Client) -> None:
    assert "Secure" in client.get("/", home="https://localhost").headers["set-cookie"]


def test_a_forged_cookie_opens_nothing(client: Client) -> None:
    client.cookies[COOKIE] = f"{int(time.time())}.abc.forged"
    assert client.get("/media/abc.csv").status == 403


def test_an_upload_needs_our_own_origin_too(client: Client) -> None:
    client.get("/")
    assert client.ask("PUT", "/_stcore/upload_file/a/b").status == 403
    assert client.ask("PUT", "/_stcore/upload_file/a/b", {"origin": "http://evil.example"}).status == 403
    assert client.ask("PUT", "/_stcore/upload_file/a/b", {"origin": "null"}).status == 403
    assert client.ask("PUT", "/_stcore/upload_file/a/b", {"origin": "http://["}).status == 403
    assert client.ask("PUT", "/_stcore/upload_file/a/b", {"origin": HOME}).status == 200


@pytest.mark.parametrize(
    "host",
    ["evil.example", "localhost.evil.example", "169.254.169.254", "", "[::1", "127.0.0.1:8501:1", "evil.example@localhost", "localhost/x",
     "localhost#x", "localhost?x", "localhost:x", "localhost:", "[127.0.0.1", "localhost evil.example", "localhost,evil.example", "::1"],
)  # fmt: skip
def test_another_host_name_is_refused_so_a_rebound_name_reaches_nothing(client: Client, host: str) -> None:
    assert client.get("/", {"host": host}).status == 403


@pytest.mark.parametrize("host", ["localhost:8501", "127.0.0.1", "[::1]:8501", "LOCALHOST"])
def test_loopback_names_are_answered(client: Client, host: str) -> None:
    assert client.get("/", {"host": host}).status == 200


def test_of_two_hosts_or_origins_none_is_believed() -> None:
    guard = Guard(_page, secret=SECRET, hosts=("localhost",), policy="")  # type: ignore[arg-type]
    twice = [(b"host", b"localhost"), (b"host", b"evil.example")]
    assert guard.refusal({"type": "http", "method": "GET", "path": "/"}, Headers(raw=twice))
    assert guard.refusal({"type": "http", "method": "GET", "path": "/"}, Headers(raw=[]))
    origins = [(b"host", b"localhost"), (b"origin", b"http://localhost"), (b"origin", b"http://evil.example")]
    assert guard.refusal({"type": "http", "method": "PUT", "path": "/"}, Headers(raw=origins))


def test_the_websocket_needs_cookie_and_origin(client: Client) -> None:
    ours = {"origin": HOME, "host": "localhost"}
    assert not client.connect("/_stcore/stream", ours)
    client.get("/")
    assert not client.connect("/_stcore/stream", {"host": "localhost"})
    assert not client.connect("/_stcore/stream", {"origin": "http://evil.example", "host": "localhost"})
    assert client.connect("/_stcore/stream", ours)


def test_every_answer_carries_the_headers_refusals_too(client: Client) -> None:
    for path in ("/", "/media/abc.csv", "/_stcore/health"):
        headers = client.get(path).headers
        assert headers["content-security-policy"] == "default-src 'none'"
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"


def test_pages_and_downloads_are_not_kept_by_a_cache(client: Client) -> None:
    assert client.get("/").headers["cache-control"] == "no-store"
    assert client.get("/media/abc.csv").headers["cache-control"] == "no-store"


def test_a_cookie_holds_for_its_time_and_not_longer() -> None:
    now = 1_000_000.0
    cookie = issue(SECRET, now)
    assert valid(SECRET, cookie, now + COOKIE_SECONDS - 100)
    assert not valid(SECRET, cookie, now + COOKIE_SECONDS + 100)
    assert not valid(SECRET, cookie, now - 3600)
    assert not valid(b"o" * 32, cookie, now)


@given(st.text(max_size=60))
def test_no_text_passes_for_a_cookie(text: str) -> None:
    assert not valid(SECRET, text, 1_000_000.0)


def test_the_policy_lets_no_script_be_evaluated_and_nothing_be_fetched_from_elsewhere() -> None:
    policy = dict(part.split(" ", 1) for part in content_policy().split("; "))
    assert "unsafe" not in policy["script-src"]
    assert policy["connect-src"] == "'self'"
    assert policy["frame-ancestors"] == "'none'"
    assert not any("http" in value or "*" in value for value in policy.values())


def test_an_administrator_can_name_further_hosts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAPPORT_HOSTS", "rapport.clinic.example, Other.example")
    assert trusted_hosts()[-2:] == ("rapport.clinic.example", "other.example")


def test_a_host_header_is_read_without_port_and_brackets() -> None:
    assert [host_name(text) for text in ("LocalHost:80", "[::1]:8501", "")] == ["localhost", "::1", ""]
