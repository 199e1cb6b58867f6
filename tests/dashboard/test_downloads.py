"""A file made to be taken away: for whom it is, and what is said where it cannot be made."""

from __future__ import annotations

import ast
import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from streamlit.proto.BackMsg_pb2 import BackendOperationRequest
from streamlit.proto.ForwardMsg_pb2 import BackendOperationResponse
from streamlit.runtime import app_session, backend_operation_handler, memory_media_file_storage
from streamlit.runtime.media_file_manager import MediaFileManager
from streamlit.runtime.memory_media_file_storage import MemoryMediaFileStorage

from dashboard import session
from dashboard.serving import downloads, guard
from pipelines.errors import WorkspaceError
from pipelines.workspace import Workspace

KIM, LEE = ({"iss": "https://id.example", "sub": name} for name in ("kim", "lee"))
DASHBOARD = Path(downloads.__file__).parents[1]


@pytest.fixture
def manager(monkeypatch: pytest.MonkeyPatch) -> MediaFileManager:
    made = MediaFileManager(MemoryMediaFileStorage("/media"))
    tabs = {name: SimpleNamespace(session=SimpleNamespace(_user_info=who)) for name, who in (("kims", KIM), ("lees", LEE))}  # fmt: skip
    server = SimpleNamespace(media_file_mgr=made, _session_mgr=SimpleNamespace(get_session_info=tabs.get))
    monkeypatch.setattr(downloads.runtime, "exists", lambda: True)
    monkeypatch.setattr(downloads.runtime, "get_instance", lambda: server)
    monkeypatch.setattr(downloads, "_asked", {})
    for place, name in ((app_session, "DeferredFileHandler"), (memory_media_file_storage, "_PARTIAL_HASH_THRESHOLD")):
        monkeypatch.setattr(place, name, getattr(place, name))  # put back afterwards what ``install`` changes
    downloads.install()
    return made


def _clicked(manager: MediaFileManager, make: Callable[[], bytes], tab: str = "kims") -> BackendOperationResponse:
    """What a tab is answered that clicked a button whose file ``make`` makes."""
    request = BackendOperationRequest(request_id="1")
    request.deferred_file.file_id = manager.add_deferred(make, "text/csv", "1.(0)", "figures.csv")
    handler = app_session.DeferredFileHandler(lambda: manager)
    # In a thread of its own: a browser driven in this process may have left its event loop running here.
    with ThreadPoolExecutor(max_workers=1) as pool:
        return pool.submit(lambda: asyncio.run(handler.handle(request, tab))).result()


def test_a_file_is_for_whoever_had_it_made_and_for_nobody_else(manager: MediaFileManager) -> None:
    path = _clicked(manager, lambda: b"site,n").deferred_file.url
    assert guard.is_theirs(path, {**KIM, "iat": 2})
    assert not guard.is_theirs(path, LEE)
    assert not guard.is_theirs(f"/volume{path}", LEE)
    assert not guard.is_theirs(path, {})


def test_two_who_have_the_same_file_made_may_both_fetch_it(manager: MediaFileManager) -> None:
    paths = {_clicked(manager, lambda: b"site,n", tab).deferred_file.url for tab in ("kims", "lees")}
    assert len(paths) == 1
    assert guard.is_theirs(paths.pop(), LEE)


def test_a_file_made_for_a_tab_that_has_gone_is_for_nobody(manager: MediaFileManager) -> None:
    path = _clicked(manager, lambda: b"site,n", "closed").deferred_file.url
    assert not guard.is_theirs(path, KIM)


def test_a_pages_icon_is_for_everybody_and_what_does_not_exist_is_left_to_be_refused(manager: MediaFileManager) -> None:
    assert guard.is_theirs(manager.add(b"\x89PNG", "image/png", "icon"), LEE)
    assert guard.is_theirs("/media/0123.csv", LEE)


def _others_are_drawn(manager: MediaFileManager) -> None:
    for _ in range(3):
        manager.clear_session_refs("lees")
        manager.remove_orphaned_files()


def _let_go_of_all(manager: MediaFileManager) -> None:
    for hold in list(manager._files_by_session_and_coord[downloads.HELD]):
        downloads.let_go(manager, hold)


def test_a_file_can_be_fetched_however_often_other_tabs_are_drawn_meanwhile(manager: MediaFileManager) -> None:
    number = downloads._number(_clicked(manager, lambda: b"site,n").deferred_file.url)
    _others_are_drawn(manager)
    assert manager.read_file(number) is not None

    _let_go_of_all(manager)
    _others_are_drawn(manager)
    assert manager.read_file(number) is None


def test_whose_a_file_was_is_forgotten_with_the_file(manager: MediaFileManager) -> None:
    _clicked(manager, lambda: b"first")
    _let_go_of_all(manager)
    _others_are_drawn(manager)
    _clicked(manager, lambda: b"second")
    assert len(downloads._asked) == 1


def test_of_two_large_files_that_differ_in_one_figure_each_is_given_as_it_is(manager: MediaFileManager) -> None:
    before, after = (b"%s12,%d\n%s" % (b"a" * 10**6, figure, b"b" * 2 * 10**6) for figure in (12, 13))
    for made in (before, after):
        found = manager.read_file(downloads._number(_clicked(manager, lambda made=made: made).deferred_file.url))
        assert found is not None
        assert found.content == made


def test_a_file_that_cannot_be_made_says_why_and_what_to_do(manager: MediaFileManager) -> None:
    def full() -> bytes:
        raise WorkspaceError("The disk is full.", "Make room, then try again.")

    assert _clicked(manager, full).error_msg == "The disk is full. Make room, then try again."


def test_an_unforeseen_fault_says_nothing_of_what_was_in_the_file(
    manager: MediaFileManager, caplog: pytest.LogCaptureFixture
) -> None:
    def broken() -> bytes:
        raise ValueError("could not convert Halvorsen, Robert")

    with caplog.at_level(logging.DEBUG):
        said = _clicked(manager, broken).error_msg
    assert said == downloads.FAILED
    assert "ValueError at test_downloads.py" in caplog.text
    assert "Halvorsen" not in said + caplog.text


def test_streamlit_still_asks_for_its_files_where_ours_are_put_in_its_place(manager: MediaFileManager) -> None:
    opened: Any = SimpleNamespace(_script_data=SimpleNamespace(main_script_path="app.py"))
    dispatcher = app_session.AppSession._create_backend_operation_dispatcher(opened)
    assert isinstance(dispatcher._handlers["deferred_file"], downloads.ForWhoAsks)
    assert issubclass(downloads.ForWhoAsks, backend_operation_handler.DeferredFileHandler)


def test_every_file_to_take_away_is_made_at_the_click() -> None:
    """One that is ready beforehand would be nobody's, and could not be fetched where people sign in."""
    ready = ("_taken", "taken", "session.taken_away")
    found = [call for path in sorted(DASHBOARD.rglob("*.py")) for call in _buttons(ast.parse(path.read_text("utf-8")))]
    assert len(found) >= 9
    for call in found:
        given = call.args[1]
        made = isinstance(given, ast.Lambda | ast.Name | ast.Attribute)  # what makes it, by name
        assert made or (isinstance(given, ast.Call) and ast.unparse(given.func) in ready), ast.unparse(call)


def _buttons(tree: ast.AST) -> list[ast.Call]:
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return [call for call in calls if isinstance(call.func, ast.Attribute) and call.func.attr == "download_button"]


def test_nothing_is_given_out_that_the_trail_cannot_note_which_is_said(
    empty: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise WorkspaceError("The ledger could not be changed.", "Check your rights.")

    made: list[bytes] = []
    asked = session.taken_away(lambda: made.append(b"site,n") or b"site,n", metric="volume", format="csv", rows=1)  # type: ignore[func-returns-value]
    monkeypatch.setattr(type(empty.ledger), "note", refuse)
    with pytest.raises(
        WorkspaceError, match=r"first noted in the audit trail\. The ledger could not be changed\. Check"
    ):
        asked()
    assert made == []
