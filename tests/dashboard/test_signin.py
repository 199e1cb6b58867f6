"""How long a login holds, and who may take a file away with one."""

from __future__ import annotations

import json
import sqlite3
import time
from types import SimpleNamespace
from typing import Any
from urllib.parse import urljoin

import pytest
from hypothesis import given
from hypothesis import strategies as st
from screens.asgi import Client
from starlette.datastructures import Headers

from dashboard import session
from dashboard.serving import comeback, guard, signin, tabs
from pipelines.errors import NotAllowed
from pipelines.workspace import Workspace

NOW = 1_800_000_000.0
HOUR = 3600


def _claims(sub: str = "u", age: float = 0.0) -> dict[str, Any]:
    return {"iss": "https://id.example", "sub": sub, "iat": NOW - age}


@pytest.mark.parametrize(("age", "fresh"), [(0, True), (11.9 * HOUR, True), (12.1 * HOUR, False), (30 * 24 * HOUR, False),
                                            (-60, True), (-600, False)])  # fmt: skip
def test_a_login_holds_for_a_working_day(age: float, fresh: bool) -> None:
    assert signin.is_fresh(_claims(age=age), NOW) is fresh


@given(st.one_of(st.none(), st.text(), st.lists(st.integers()), st.just(float("nan"))))
def test_a_login_that_does_not_say_when_it_was_made_does_not_hold(iat: Any) -> None:
    assert not signin.is_fresh({**_claims(), "iat": iat}, NOW)
    assert not signin.is_fresh({}, NOW)


def test_a_session_left_alone_ends_and_stays_ended_until_the_next_login() -> None:
    claims = _claims("idle", age=HOUR)
    assert signin.holds(claims, NOW)
    assert signin.holds(claims, NOW + 0.9 * HOUR)
    assert signin.holds(claims, NOW + 1.8 * HOUR)
    assert not signin.holds(claims, NOW + 2.9 * HOUR)
    assert not signin.holds(claims, NOW + 2.9 * HOUR)
    assert signin.holds({**claims, "iat": NOW + 2.9 * HOUR}, NOW + 2.9 * HOUR)


def test_one_session_does_not_keep_another_awake() -> None:
    assert signin.holds(_claims("a"), NOW)
    assert signin.holds(_claims("b"), NOW)
    assert signin.holds(_claims("b"), NOW + 0.9 * HOUR)
    assert not signin.holds(_claims("a"), NOW + 1.1 * HOUR)


@pytest.mark.parametrize(
    ("written", "hours"), [("1", 1.0), ("0", 12.0), ("-3", 12.0), ("nan", 12.0), ("inf", 12.0), ("soon", 12.0)]
)
def test_a_limit_that_is_no_positive_number_loosens_nothing(
    written: str, hours: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RAPPORT_SESSION_HOURS", written)
    assert signin.is_fresh(_claims(age=hours * HOUR - 5), NOW)
    assert not signin.is_fresh(_claims(age=hours * HOUR + 5), NOW)


def test_every_configured_provider_has_a_button() -> None:
    assert signin.providers({"client_id": "x", "redirect_uri": "y"}) == ("",)
    assert signin.providers({"redirect_uri": "y", "okta": {"client_id": "x"}, "entra": {"client_id": "z"}}) == (
        "okta",
        "entra",
    )


def test_an_upload_goes_to_a_tab_of_whoever_sends_it_and_to_nobody_elses(monkeypatch: pytest.MonkeyPatch) -> None:
    kim, lee = ({"iss": "https://id.example", "sub": name, "iat": 1} for name in ("kim", "lee"))
    opened = {"kims": SimpleNamespace(session=SimpleNamespace(_user_info=kim)),
              "left": SimpleNamespace(session=SimpleNamespace(_user_info={}))}  # fmt: skip
    monkeypatch.setattr(tabs, "opened", opened.get)
    assert guard.is_theirs("/_stcore/upload_file/kims/1", {**kim, "iat": 2})
    assert not guard.is_theirs("/_stcore/upload_file/kims/1", lee)
    assert not guard.is_theirs("/volume/_stcore/upload_file/kims/1", lee)
    assert not guard.is_theirs("/_stcore/upload_file/left/1", kim)
    assert guard.is_theirs("/_stcore/upload_file/unknown/1", kim)  # no such tab: Streamlit refuses it
    assert guard.is_theirs("/_stcore/metrics", lee)


@pytest.mark.parametrize(("age", "lets_in"), [(60, True), (13 * HOUR, False)])
def test_a_download_needs_a_login_that_still_holds(age: float, lets_in: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    from streamlit.web.server import server_util
    from streamlit.web.server.starlette.starlette_app_utils import create_signed_value

    monkeypatch.setattr(server_util, "get_cookie_secret", lambda: "k" * 40)
    claims = {"iss": "https://id.example", "sub": "u", "iat": time.time() - age, "is_logged_in": True}
    signed = create_signed_value("k" * 40, "_streamlit_user", json.dumps(claims)).decode()
    assert guard._signed_in({"_streamlit_user": signed}) is lets_in
    assert not guard._signed_in({"_streamlit_user": signed[:-2] + "xx"})
    assert not guard._signed_in({})


def test_the_way_back_from_the_provider_is_open_and_the_way_there_is_not() -> None:
    assert not guard._is_guarded("/oauth2callback")
    assert guard._is_guarded("/auth/login")
    assert guard._is_guarded("/media/abc.csv")


@pytest.mark.parametrize(("referer", "back"), [
    ("https://rapport.example/volume?site=North&period=All+time", "/volume?site=North&period=All+time"),
    ("https://rapport.example/", "/"),
    ("https://elsewhere.example/volume", ""),
    ("https://rapport.example.evil.example/volume", ""),
    ("https://rapport.example//evil.example/", ""),
    ("https://rapport.example/\\evil.example", ""),
    ("https://rapport.example/" + "a" * 3000, ""),
    ("https://[", ""),
    ("", ""),
])  # fmt: skip
def test_only_a_page_of_this_server_is_kept_for_after_the_login(referer: str, back: str) -> None:
    assert comeback.address(Headers({"host": "rapport.example", "referer": referer})) == back


@given(st.text())
def test_no_forged_cookie_leads_to_another_server(value: str) -> None:
    led = comeback.safe(value)
    assert led in ("", value)
    assert urljoin("https://rapport.example/oauth2callback", led or "/").startswith("https://rapport.example/")


def test_a_login_ends_where_it_was_asked_for_once() -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        location = b"https://id.example/authorize" if scope["path"] == "/auth/login" else b"/"
        await send({"type": "http.response.start", "status": 302, "headers": [(b"location", location)]})
        await send({"type": "http.response.body", "body": b""})

    browser = Client(comeback.ComeBack(app))
    begun = browser.get("/auth/login", {"referer": "http://localhost/volume?site=North"})
    assert begun.headers["location"] == "https://id.example/authorize"
    kept = begun.headers["set-cookie"]
    assert all(word in kept for word in ("HttpOnly", "SameSite=Lax", "Path=/oauth2callback", "Max-Age=600"))

    ended = browser.get("/oauth2callback")
    assert ended.headers["location"] == "/volume?site=North"
    assert "Max-Age=0" in ended.headers["set-cookie"]
    browser.cookies.clear()
    assert browser.get("/oauth2callback").headers["location"] == "/"


class Person:
    """Streamlit's account of who is signed in, while the page runs and not afterwards."""

    def __init__(self, claims: dict[str, Any]) -> None:
        self.claims = claims

    def get(self, name: str, default: Any = None) -> Any:
        return self.claims.get(name, default)

    def to_dict(self) -> dict[str, Any]:
        return dict(self.claims)


@pytest.fixture
def person(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> Person:
    """An analyst who is signed in to a workspace, on the page."""
    claims = {"iss": "https://id.example", "sub": "kim", "iat": time.time() - 5, "is_logged_in": True}
    workspace.ledger.change_setting(
        "grant:https://id.example|kim", '{"sites": null, "studies": null, "role": "analyst"}', "admin"
    )
    monkeypatch.setenv("RAPPORT_WORKSPACE", str(workspace.root))
    monkeypatch.setattr(session, "login_configured", lambda: True)
    monkeypatch.setattr(session.st, "user", Person(claims))
    monkeypatch.setattr(session.st, "logout", lambda: None)
    monkeypatch.setattr(signin, "_ended", {})
    return session.st.user  # type: ignore[return-value]


def test_a_file_that_is_made_when_clicked_knows_who_asked_and_is_entered(person: Person) -> None:
    made = session.taken_away(lambda: b"file", metric="release", format="csv")
    person.claims = {}  # outside of a run of the page Streamlit knows nobody
    assert made() == b"file"
    assert made() == b"file"
    with sqlite3.connect(session.workspace().ledger.path) as con:
        noted = con.execute("select actor, detail from trail where action = 'export'").fetchall()
    assert noted == [("https://id.example|kim", '{"metric": "release", "format": "csv"}')] * 2


@pytest.mark.parametrize(
    "grant",
    ["{}", '{"sites": [1], "studies": null, "role": "analyst"}', '{"sites": null, "studies": null, "role": "liaison"}'],
)
def test_no_file_is_made_once_the_grant_is_another(person: Person, grant: str) -> None:
    made = session.taken_away(lambda: b"file", metric="release", format="csv")
    session.workspace().ledger.change_setting("grant:https://id.example|kim", grant, "admin")
    with pytest.raises(NotAllowed):
        made()


def test_signing_out_ends_the_login_in_every_tab_and_for_every_copy_of_its_cookie(person: Person) -> None:
    made, old = session.taken_away(lambda: b"file", metric="release", format="csv"), dict(person.claims)
    assert session.signed_in()
    session.sign_out()
    assert not session.signed_in()
    assert not signin.is_fresh(old, time.time())
    with pytest.raises(NotAllowed):
        made()
    person.claims = {**old, "iat": time.time()}
    assert session.signed_in()  # by signing in again


def test_a_server_that_is_started_again_knows_who_signed_out(person: Person) -> None:
    session.sign_out()
    signin._ended.clear()
    assert session.signed_in()
    session.recall_signed_out()
    assert not session.signed_in()
    assert "kim" not in json.dumps(signin.ended())


def test_sign_outs_too_old_to_matter_are_forgotten() -> None:
    signin.end(_claims("long ago", age=20 * HOUR), NOW - 15 * HOUR)
    signin.end(_claims("now"), NOW)
    assert len([when for when in signin.ended().values() if when <= NOW - 12 * HOUR]) == 0


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        (b"code=a%2Fb&state=x%20y", b"code=a%2Fb&state=x%20y"),
        (b"error=access_denied&state=s", b"state=s&error=access_denied"),
        (b"error=access_denied&error_description=Call%20555%0aforged&state=s", b"state=s&error=access_denied"),
        (b"error=%1b[31mCall+555&error=again", b"error=unknown"),
        (b"\xff=\xff&error=ok&error_uri=http://evil.example", b"%C3%BF=%C3%BF&error=ok"),
        (b"", b""),
    ],
)
def test_what_comes_back_from_a_login_holds_no_words_of_whoever_sent_it(sent: bytes, kept: bytes) -> None:
    assert comeback.without_prose(sent) == kept
