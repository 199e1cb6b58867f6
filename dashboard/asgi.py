"""The server: Streamlit's ASGI app behind the guard, warmed up before it says that it is ready.

Started as ``python -m streamlit run dashboard/asgi.py`` (see ``server.serve``), so that the configuration
beside this file is read: telemetry, error details and developer options stay off.
"""

from __future__ import annotations

import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import streamlit as st
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, RedirectResponse
from starlette.routing import Route

from dashboard import faults, session, warming
from dashboard.serving import downloads
from dashboard.serving.comeback import ComeBack
from dashboard.serving.guard import Guard, content_policy, trusted_hosts
from dashboard.serving.logs import without_tracebacks
from dashboard.serving.preload import Preload, needed_scripts
from dashboard.serving.server import login_configured
from pipelines.errors import RapportError


def ready(request: Request) -> JSONResponse:
    """Whether the workspace answers: for a monitor. Nobody has signed in here, so it says nothing of the data, not even how
    often they change."""
    try:
        there = session.workspace().warehouse.current is not None or not session.has_data()
    except (RapportError, OSError):
        there = False
    return JSONResponse({"status": "ok" if there else "unwell"}, status_code=200 if there else 503)


def to_root(request: Request) -> RedirectResponse:
    """The overview is the page at the root; whoever types its name is led there with all they asked for. Streamlit would draw it
    and say over it that there is no such page."""
    query = request.url.query
    return RedirectResponse(f"/?{query}" if query else "/", status_code=307)


def focus(request: Request) -> FileResponse:
    """The script that keeps the focus for whoever goes by the keyboard. It holds no data."""
    return FileResponse(Path(__file__).parent / "serving" / "focus.js", headers={"cache-control": "no-cache"})


@asynccontextmanager
async def warm(app: st.App) -> AsyncIterator[None]:
    """Import and open all that a first page needs, then exempt it from garbage collection.

    Streamlit collects nothing after a rerun (``runner.postScriptGC``); freezing what stays for good keeps the
    interpreter's own collections short. The caches are bounded, so what is frozen does not grow. A workspace
    that does not open stops the start, with its own message.
    """
    session.recall_signed_out()
    warming.at_start()
    gc.collect()
    gc.freeze()
    warmer = warming.Warmer()
    warmer.start()
    try:
        yield
    finally:
        warmer.stop()


def complain(problem: Exception) -> bool:
    """What neither the entry script nor a card has told: a fault in a callback."""
    faults.complain("a callback", problem)
    return True


without_tracebacks()
downloads.install()
app = st.App(
    Path(__file__).parent / "app.py",
    lifespan=warm,
    routes=[
        Route("/ready", ready),
        Route("/focus.js", focus),
        Route("/overview", to_root),
        Route("/overview/", to_root),
    ],
    middleware=[
        Middleware(
            Guard,
            secret=session.workspace().derived_key("visit cookie"),
            hosts=trusted_hosts(),
            policy=content_policy(),
            login=login_configured(),
        ),
        *((Middleware(ComeBack),) if login_configured() else ()),
        Middleware(Preload, scripts=needed_scripts()),
    ],
    on_script_error=complain,
)
