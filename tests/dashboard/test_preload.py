"""What the browser is told to fetch before the page asks for it."""

from __future__ import annotations

from pathlib import Path

import pytest
import streamlit
from screens.asgi import Client
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse
from starlette.routing import Route

from dashboard.serving.preload import NEEDED, Preload, needed_scripts


def _shell(folder: Path, index: str, **scripts: str) -> Path:
    (folder / "static" / "js").mkdir(parents=True)
    (folder / "index.html").write_text(index, "utf-8")
    for name, text in scripts.items():
        (folder / "static" / "js" / f"{name}.a1-_.js").write_text(text, "utf-8")
    return folder


def test_every_script_named_here_is_one_of_the_installed_streamlit() -> None:
    found = needed_scripts()
    for name in NEEDED:
        assert any(path.startswith(f"/static/js/{name}.") for path in found), name
    for path in found:
        assert (Path(streamlit.__file__).parent / "static" / path.lstrip("/")).is_file(), path


def test_what_a_script_imports_is_named_once_and_what_the_shell_asks_for_is_not(tmp_path: Path) -> None:
    shell = _shell(
        tmp_path, '<script src="./static/js/react.a1-_.js">', react="", deep='import"./react.a1-_.js"', lone="",
        PlotlyChart='import{a}from"./react.a1-_.js";import{b}from"./deep.a1-_.js";import("./lone.a1-_.js")',
        Selectbox='import"./deep.a1-_.js";import{c}from"./gone.a1-_.js"',
    )  # fmt: skip
    assert needed_scripts(shell) == tuple(f"/static/js/{name}.a1-_.js" for name in ("PlotlyChart", "Selectbox", "deep"))


def test_a_streamlit_without_these_scripts_is_served_as_it_is(tmp_path: Path) -> None:
    assert needed_scripts(_shell(tmp_path, "<html>")) == ()


async def _page(request: Request) -> HTMLResponse:
    return HTMLResponse("<p>page</p>", status_code=404 if request.url.path == "/gone" else 200)


async def _data(request: Request) -> PlainTextResponse:
    return PlainTextResponse("rows")


@pytest.mark.parametrize(
    ("path", "told"),
    [("/", "</static/js/a.js>; rel=modulepreload; crossorigin"), ("/gone", None), ("/media/rows.csv", None)],
)
def test_only_a_page_that_is_there_names_scripts(path: str, told: str | None) -> None:
    app = Starlette(
        routes=[Route("/media/rows.csv", _data), Route("/{page:path}", _page)],
        middleware=[Middleware(Preload, scripts=("/static/js/a.js",))],
    )
    assert Client(app, "http://localhost").get(path).headers.get("link") == told
