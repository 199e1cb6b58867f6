"""Where the dashboard may be served, and with which settings."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import tomllib
from pathlib import Path

import pytest

from dashboard.serving import server
from pipelines.errors import NotAllowed, WorkspaceError

GOOD = {"client_id": "x", "redirect_uri": "https://rapport.example/oauth2callback", "cookie_secret": "c" * 40}
CONFIG = tomllib.loads((server.FOLDER / ".streamlit" / "config.toml").read_text("utf-8"))


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.4", "rapport.example"])
def test_an_address_others_can_reach_is_refused_without_a_login(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "read_auth", dict)
    with pytest.raises(NotAllowed, match="no login provider"):
        server.check_address(host)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "[::1]", "127.0.0.2"])
def test_loopback_needs_no_login(host: str) -> None:
    server.check_address(host)


@pytest.mark.parametrize(("changed", "fault"), [
    ({"client_id": None}, "no login provider"), ({"redirect_uri": "http://x"}, "not https"), ({"cookie_secret": "short"}, "fewer than 32"),
])  # fmt: skip
def test_a_login_fit_for_a_network_has_a_provider_https_and_a_long_secret(
    changed: dict[str, str | None], fault: str
) -> None:
    assert server.login_faults(GOOD) == []
    auth = {name: value for name, value in {**GOOD, **changed}.items() if value is not None}
    assert any(fault in said for said in server.login_faults(auth))


def test_a_provider_named_in_a_table_of_its_own_counts() -> None:
    auth = {"redirect_uri": GOOD["redirect_uri"], "cookie_secret": GOOD["cookie_secret"], "okta": {"client_id": "x"}}
    assert server.login_faults(auth) == []


def test_a_taken_port_is_said_before_anything_starts() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        with pytest.raises(WorkspaceError, match="cannot be used"):
            server.check_port("127.0.0.1", other.getsockname()[1])


def test_the_workspace_is_told_by_the_environment_and_never_by_the_command(tmp_path: Path) -> None:
    assert server.environment(tmp_path)["RAPPORT_WORKSPACE"] == str(tmp_path)
    assert server.environment(None).get("RAPPORT_WORKSPACE") == os.environ.get("RAPPORT_WORKSPACE")
    assert str(tmp_path) not in " ".join(server.command("127.0.0.1", 8501))


def test_nothing_is_sent_anywhere_and_no_error_detail_is_shown() -> None:
    assert CONFIG["browser"]["gatherUsageStats"] is False
    assert CONFIG["client"]["showErrorDetails"] == "none"
    assert CONFIG["client"]["toolbarMode"] == "minimal"
    assert "--browser.gatherUsageStats=false" in server.command("127.0.0.1", 8501)


def test_no_table_offers_an_unguarded_csv() -> None:
    assert CONFIG["client"]["disableDataExport"] is True


def test_no_garbage_collection_runs_after_a_rerun() -> None:
    assert CONFIG["runner"]["postScriptGC"] is False


def test_fonts_are_the_systems_own() -> None:
    assert "http" not in str(CONFIG["theme"])
    assert "fontFaces" not in CONFIG["theme"]


def test_the_server_does_not_outlive_a_command_that_is_told_to_end(tmp_path: Path) -> None:
    note = tmp_path / "child"
    served = f"import os, pathlib, time; pathlib.Path({str(note)!r}).write_text(str(os.getpid())); time.sleep(60)"
    asked = (
        "import sys; from dashboard.serving import server;"
        f"server.command = lambda host, port: [sys.executable, '-c', {served!r}];"
        "sys.exit(server.serve(port=0, open_browser=False))"
    )
    command = subprocess.Popen([sys.executable, "-c", asked])
    while not note.exists() or not note.read_text():
        assert command.poll() is None
        time.sleep(0.05)
    command.terminate()
    assert command.wait(timeout=30) == 0
    with pytest.raises(ProcessLookupError):
        os.kill(int(note.read_text()), 0)
