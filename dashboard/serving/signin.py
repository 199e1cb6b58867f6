"""Signing in with OpenID Connect: by which providers, for how long it holds, and the way out.

Streamlit's login cookie lives for thirty days and nobody looks at its times again. Here a session ends a working day
after it began (``iat``, set by the provider), and earlier when nothing was done in it for a while.
"""

from __future__ import annotations

import os
import threading
from collections import OrderedDict
from collections.abc import Mapping
from functools import partial
from typing import Any

import streamlit as st

from dashboard.serving.server import read_auth

HOURS, IDLE_MINUTES = 12.0, 60.0  # RAPPORT_SESSION_HOURS, RAPPORT_IDLE_MINUTES
CLOCKS_APART = 120  # seconds by which the provider's clock may be ahead of ours
_REMEMBERED = 10_000
_seen: OrderedDict[str, float] = OrderedDict()
_lock = threading.Lock()


def is_fresh(claims: Mapping[str, Any], now: float) -> bool:
    """Whether a login with these claims is still young enough. One that does not say when it was made is not."""
    made = claims.get("iat")
    if not isinstance(made, int | float):
        return False
    return -CLOCKS_APART <= now - made <= 3600 * _limit("RAPPORT_SESSION_HOURS", HOURS)


def holds(claims: Mapping[str, Any], now: float) -> bool:
    """Whether the session is fresh and was used lately; asking counts as use. A session that lay idle stays ended:
    signing in again makes another."""
    if not is_fresh(claims, now):
        return False
    key = "|".join(str(claims.get(name, "")) for name in ("iss", "sub", "iat"))
    with _lock:
        if now - _seen.get(key, now) > 60 * _limit("RAPPORT_IDLE_MINUTES", IDLE_MINUTES):
            return False
        _seen[key] = now
        _seen.move_to_end(key)
        while len(_seen) > _REMEMBERED:
            _seen.popitem(last=False)
    return True


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


def way_out() -> None:
    """The button that ends the session, here and at the provider where it can be."""
    st.sidebar.button("Sign out", on_click=st.logout, key="sign_out", width="stretch")
