"""Signing in through a provider on another site, seeing what was granted, and signing out: in a real browser."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from screens.provider import CLIENT, CLIENT_SECRET, Provider, providing

from pipelines.workspace import open_workspace

from .conftest import Served, Visit, free_port, serve, visiting

pytestmark = [pytest.mark.browser, pytest.mark.filterwarnings("ignore::ResourceWarning")]

PERSON = {"sub": "u-17", "name": "Kim Poe", "email": "kim@clinic.example"}


@pytest.fixture
def provider() -> Iterator[Provider]:
    with providing(free_port(), PERSON) as made:
        yield made


@pytest.fixture
def guarded(tmp_path: Path, provider: Provider, monkeypatch: pytest.MonkeyPatch) -> Iterator[Served]:
    """A dashboard behind that provider. It is called localhost and the provider 127.0.0.1: two sites to a browser."""
    port = free_port()
    secrets = tmp_path / ".streamlit" / "secrets.toml"
    secrets.parent.mkdir()
    secrets.write_text(
        f"""[auth]
redirect_uri = "http://localhost:{port}/oauth2callback"
cookie_secret = "{"c" * 40}"
client_id = "{CLIENT}"
client_secret = "{CLIENT_SECRET}"
server_metadata_url = "{provider.address}/.well-known/openid-configuration"
""",
        "utf-8",
    )
    monkeypatch.setenv("HOME", str(tmp_path))
    yield from serve(tmp_path, filled=True, host="localhost", port=port)


@pytest.fixture
def guest(chromium: Any, guarded: Served) -> Iterator[Visit]:
    yield from visiting(chromium, guarded.address)


def _grant(served: Served, provider: Provider, grant: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(served.folder.parent / "config"))
    workspace = open_workspace(served.folder)
    workspace.ledger.change_setting(f"grant:{provider.address}|{PERSON['sub']}", json.dumps(grant), "admin")
    workspace.warehouse.close()


def _sign_in(guest: Visit) -> None:
    guest.page.get_by_role("button", name="Sign in").click()
    guest.page.get_by_role("button", name="Sign out").wait_for()
    guest.settle()


def test_a_person_signs_in_sees_what_is_granted_and_signs_out(
    guest: Visit, guarded: Served, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = "/volume?period=All+time&site=Riverside"  # by a colleague
    guest.open(sent)
    assert "Referrals over time" not in guest.text()

    guest.page.get_by_role("button", name="Sign in").click()
    guest.page.get_by_text("nothing has been granted to you yet").wait_for()
    guest.page.get_by_role("button", name="Sign out").wait_for()
    assert len(provider.challenges) == 1
    assert len(provider.codes) == 0
    assert guest.page.url == guarded.address + sent

    _grant(guarded, provider, {"sites": [1], "studies": None, "role": "liaison"}, monkeypatch)
    guest.open("/volume")
    guest.page.locator(".st-key-card_volume .barlayer .point").first.wait_for(state="attached")
    assert guest.page.get_by_role("link", name="Upload", exact=True).count() == 0
    guest.page.locator(".st-key-site input").click()
    assert guest.page.get_by_role("option").all_inner_texts() == ["Riverside"]
    guest.page.keyboard.press("Escape")

    assert guest.page.title() == "Referral volume · Rapport"
    guest.open("/upload")
    assert "Not one of your pages" in guest.text()
    assert "Page not found" not in guest.page.locator("body").inner_text()
    assert guest.page.locator("[data-testid=stFileUploader]").count() == 0
    guest.page.get_by_role("link", name="Go to Overview").click()
    guest.settle()
    assert guest.page.url == guarded.address + "/"

    guest.open("/")
    guest.page.get_by_role("button", name="Sign out").click()
    guest.page.get_by_role("button", name="Sign in").wait_for()
    assert [said["client_id"] for said in provider.signed_out] == [CLIENT]
    guest.open("/volume")
    assert "Referrals over time" not in guest.text()


def test_a_login_of_yesterday_has_to_be_made_again(
    guest: Visit, guarded: Served, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    _grant(guarded, provider, {"sites": None, "studies": None, "role": "analyst"}, monkeypatch)
    provider.age = 24 * 3600
    guest.open("/")
    guest.page.get_by_role("button", name="Sign in").click()
    guest.page.get_by_text("Your session has ended").wait_for()

    provider.age = 0
    _sign_in(guest)
    assert "Overview" in guest.text()
    cookies = {cookie["name"]: cookie for cookie in guest.page.context.cookies()}
    assert cookies["_streamlit_user"]["httpOnly"]
    assert cookies["rapport_visit"]["sameSite"] == "Strict"


def test_a_sponsor_takes_a_release_away_and_not_once_signed_out_elsewhere(
    chromium: Any, guest: Visit, guarded: Served, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    _grant(guarded, provider, {"sites": None, "studies": [2], "role": "sponsor"}, monkeypatch)
    guest.open("/releases")
    _sign_in(guest)
    assert guest.page.url.endswith("/releases")
    assert "Page not found" not in guest.page.locator("body").inner_text()
    button = guest.page.get_by_role("button", name="CSV of this release")
    with guest.page.expect_download() as taken:
        button.click()
    assert Path(taken.value.path()).read_bytes().startswith(b"\xef\xbb\xbfstage,site,month,shown")

    provider.person = {**PERSON, "sub": "u-18"}
    with closing(visiting(chromium, guarded.address)) as windows:
        stranger = next(windows)
        stranger.open("/")
        _sign_in(stranger)
        assert stranger.page.request.get(taken.value.url).status == 403
    assert guest.page.request.get(taken.value.url).status == 200

    copied = guest.page.context.cookies()
    other = guest.page.context.new_page()
    other.goto(guarded.address + "/releases")
    other.get_by_role("button", name="Sign out").click()
    other.get_by_role("button", name="Sign in").wait_for()
    answer = guest.page.request.get(
        taken.value.url, headers={"cookie": "; ".join(f"{one['name']}={one['value']}" for one in copied)}
    )
    assert answer.status == 403
    guest.page.get_by_role("link", name="Data dictionary").click()
    guest.page.get_by_text("Your session has ended").wait_for()
