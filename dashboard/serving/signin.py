"""Signing in with OpenID Connect: by which providers, for how long it holds, and the way out.

Streamlit's login cookie lives for thirty days and nobody looks at its times again. Here a session ends a working day
after it began (``iat``, set by the provider), and earlier when nothing was done in it for a while.
"""

from __future__ import annotations

import hashlib
import os
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import streamlit as st

from dashboard.serving.server import read_auth

HOURS, IDLE_MINUTES = 12.0, 60.0  # RAPPORT_SESSION_HOURS, RAPPORT_IDLE_MINUTES
CLOCKS_APART = 120  # seconds by which the provider's clock may be ahead of ours
_REMEMBERED = 10_000
_seen: OrderedDict[str, float] = OrderedDict()
_ended: dict[str, float] = {}  # logins that somebody signed out of -> when they were made
_lock = threading.Lock()


def is_fresh(claims: Mapping[str, Any], now: float) -> bool:
    """Whether a login with these claims is still young enough and nobody signed out of it. One that does not say when it was
    made is not."""
    made = claims.get("iat")
    if not isinstance(made, int | float):
        return False
    young = -CLOCKS_APART <= now - made <= 3600 * _limit("RAPPORT_SESSION_HOURS", HOURS)
    return young and _mark(claims) not in _ended


def holds(claims: Mapping[str, Any], now: float) -> bool:
    """Whether the session is fresh and was used lately; asking counts as use. A session that lay idle stays ended:
    signing in again makes another."""
    if not is_fresh(claims, now):
        return False
    key = _login(claims)
    with _lock:
        if now - _seen.get(key, now) > 60 * _limit("RAPPORT_IDLE_MINUTES", IDLE_MINUTES):
            return False
        _seen[key] = now
        _seen.move_to_end(key)
        while len(_seen) > _REMEMBERED:
            _seen.popitem(last=False)
    return True


def end(claims: Mapping[str, Any], now: float) -> None:
    """From now on this login holds nowhere, however often its cookie was copied. Those too old to hold anyway are forgotten."""
    made = claims.get("iat")
    oldest = now - 3600 * _limit("RAPPORT_SESSION_HOURS", HOURS)
    with _lock:
        for mark in [mark for mark, when in _ended.items() if when < oldest]:
            del _ended[mark]
        _ended[_mark(claims)] = float(made) if isinstance(made, int | float) else now


def ended() -> dict[str, float]:
    """The logins that were signed out of, without anybody's name, to be kept."""
    with _lock:
        return dict(_ended)


def recall(kept: Mapping[str, float]) -> None:
    """What ``ended`` told an earlier server."""
    with _lock:
        _ended.update({str(mark): float(when) for mark, when in kept.items()})


def _mark(claims: Mapping[str, Any]) -> str:
    return hashlib.sha256(_login(claims).encode()).hexdigest()[:32]


def _login(claims: Mapping[str, Any]) -> str:
    return "|".join(str(claims.get(name, "")) for name in ("iss", "sub", "iat"))


def _limit(name: str, default: float) -> float:
    """A limit from the environment; one that is no positive number does not loosen anything."""
    try:
        value = float(os.environ.get(name, ""))
    except ValueError:
        return default
    return value if 0 < value < float("inf") else default


def providers(auth: Mapping[str, Any]) -> tuple[str, ...]:
    """The names of the configured providers; the one without a name is the empty text."""
    named = tuple(name for name, table in auth.items() if isinstance(table, Mapping) and "client_id" in table)
    return (("",) if "client_id" in auth else ()) + named


def ask(ended: bool) -> None:
    """The page of whoever is not signed in, or no longer (``ended``)."""
    st.title("Rapport")
    if ended:
        st.info("Your session has ended. Sign in again to go on.")
    for name in providers(read_auth()):
        label = f"Sign in with {name.capitalize()}" if name else "Sign in"
        st.button(label, on_click=partial(st.login, name) if name else st.login, type="primary", key=f"sign_in_{name}")


def way_out(leave: Callable[[], None]) -> None:
    """The button that ends the session, by ``leave``."""
    st.sidebar.button("Sign out", on_click=leave, key="sign_out", width="stretch")
