"""Files made to be taken away: each is for the person whose tab asked for it, and one that cannot be made says why.

Streamlit makes such a file when its button is clicked, under an address that is a hash of what is in it, and gives it to whoever
asks. Of a failure it says only that there was one.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import sys
import threading
from collections.abc import Mapping
from typing import Any

from streamlit import runtime
from streamlit.proto.BackMsg_pb2 import BackendOperationRequest
from streamlit.proto.ForwardMsg_pb2 import BackendOperationResponse, DeferredFileResponsePayload
from streamlit.runtime import app_session, memory_media_file_storage
from streamlit.runtime.backend_operation_handler import DeferredFileHandler
from streamlit.runtime.media_file_manager import MediaFileManager
from streamlit.runtime.media_file_storage import MediaFileKind

from dashboard.serving import tabs
from pipelines.errors import RapportError, kind_and_place

log = logging.getLogger("rapport.dashboard")
FAILED = "This file could not be made. Nothing was changed. Reload the page; if it fails again, run: rapport doctor."
FETCHED_WITHIN = 120.0  # seconds
HELD = "held to be fetched"  # stands among Streamlit's tabs
_asked: dict[str, set[tabs.Person]] = {}  # a file's number -> who had it made; two who see the same have the same file
_lock = threading.Lock()


class ForWhoAsks(DeferredFileHandler):
    """Streamlit's making of a file at a click, with our words where it fails, and whose it is kept."""

    async def handle(self, request: BackendOperationRequest, session_id: str) -> BackendOperationResponse:
        asking, manager, hold = tabs.opened(session_id), self._get_media_file_mgr(), secrets.token_hex()
        try:
            url = await asyncio.to_thread(make, manager, request.deferred_file.file_id, asking, hold)
        except Exception as problem:
            return BackendOperationResponse(request_id=request.request_id, error_msg=why(problem))
        asyncio.get_running_loop().call_later(FETCHED_WITHIN, let_go, manager, hold)
        return BackendOperationResponse(
            request_id=request.request_id, deferred_file=DeferredFileResponsePayload(url=url)
        )


def make(manager: MediaFileManager, button: str, asking: Any, hold: str) -> str:
    """The address of the file that the ``button`` stands for, which is for whoever looks at the tab ``asking``. Streamlit drops
    it when any two tabs have been drawn since, which among many people is before a slow line has fetched it; so it is held
    under the name ``hold``."""
    url = manager.execute_deferred(button)
    number = _number(url)
    with manager._lock:
        manager._files_by_session_and_coord[HELD][hold] = number
    if asking:
        keep(number, tabs.looked_at_by(asking))
    return url


def let_go(manager: MediaFileManager, hold: str) -> None:
    """From now on Streamlit may drop the file that is held under this name."""
    with manager._lock:
        manager._files_by_session_and_coord[HELD].pop(hold, None)


def why(problem: Exception) -> str:
    """What the person reads below the button, and what the log says. Of an unforeseen error both keep its text back."""
    cause = problem.__cause__ or problem
    if isinstance(cause, RapportError):
        return str(cause)
    log.error("a file to take away could not be made: %s", kind_and_place(cause))
    return FAILED


def keep(number: str, who: tabs.Person) -> None:
    """``who`` may fetch the file of that number. What Streamlit no longer has is forgotten here, too."""
    with _lock:
        for gone in [known for known in _asked if known != number and _stored(known) is None]:
            del _asked[gone]
        _asked.setdefault(number, set()).add(who)


def is_for(path: str, claims: Mapping[str, Any]) -> bool:
    """Whether what lies at ``path`` is for this person. What is no file to take away, like a page's icon, is for everybody; one
    that does not exist Streamlit refuses itself."""
    number = _number(path)
    found = _stored(number)
    if found is None or found.kind != MediaFileKind.DOWNLOADABLE:
        return True
    with _lock:
        return tabs.person(claims) in _asked.get(number, ())


def _stored(number: str) -> Any:
    return runtime.get_instance().media_file_mgr.read_file(number) if runtime.exists() else None


def _number(address: str) -> str:
    return address.rpartition("/")[2].partition(".")[0]


def install() -> None:
    """From now on every tab that is opened has its files made by ``ForWhoAsks``. Of a file over a megabyte Streamlit hashes the two
    ends and the middle only: one that differs elsewhere alone would be answered with the earlier one."""
    app_session.DeferredFileHandler = ForWhoAsks  # type: ignore[attr-defined]
    memory_media_file_storage._PARTIAL_HASH_THRESHOLD = sys.maxsize  # type: ignore[misc]
