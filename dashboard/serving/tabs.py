"""The open tabs, as Streamlit keeps them, and who looks at each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from streamlit import runtime

Person = tuple[str, str]


def person(claims: Mapping[str, Any]) -> Person:
    """Who somebody is: issuer and subject, which no other person has."""
    return str(claims.get("iss", "")), str(claims.get("sub", ""))


def opened(number: str) -> Any:
    """The open tab of that number; None if there is none."""
    return runtime.get_instance()._session_mgr.get_session_info(number) if runtime.exists() else None


def looked_at_by(tab: Any) -> Person:
    """Who looks at an open tab; with nobody signed in, two empty texts."""
    return person(tab.session._user_info)
