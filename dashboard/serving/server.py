"""Starting the dashboard: on loopback for one person, anywhere else only behind a configured login.

``serve`` is what the command line calls. It starts ``python -m streamlit run`` on ``asgi.py``, because only
that way of starting reads the configuration that lies beside it, in a checkout and in an installed package.
"""

from __future__ import annotations

import contextlib
import ipaddress
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import tomllib
import urllib.request
import webbrowser
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pipelines.errors import NotAllowed, WorkspaceError

FOLDER = Path(__file__).parents[1]
SECRET_LENGTH = 32
START_SECONDS = 120.0


def serve(
    host: str = "127.0.0.1",
    port: int = 8501,
    workspace: Path | str | None = None,
    open_browser: bool = True,
    on_ready: Callable[[str], None] | None = None,
) -> int:
    """Run the dashboard until it is stopped; returns its exit status.

    ``workspace`` is the folder (else RAPPORT_WORKSPACE). ``on_ready`` is told the address once it answers.
    Raises ``NotAllowed`` for an address other than loopback without a login, ``WorkspaceError`` when the port
    is taken.
    """
    check_address(host)
    check_port(host, port)
    child = subprocess.Popen(command(host, port), env=environment(workspace))
    stop = threading.Event()
    address = f"http://{'localhost' if is_loopback(host) else host}:{port}"
    threading.Thread(target=_announce, args=(address, open_browser, on_ready, stop), daemon=True).start()
    before = _end_like_ctrl_c()
    try:
        return child.wait()
    except KeyboardInterrupt:
        return 0
    finally:
        stop.set()
        _end(child)
        if before is not None:
            signal.signal(signal.SIGTERM, before)


def _end_like_ctrl_c() -> Any:
    """Take SIGTERM, by which service managers end a program, for Ctrl-C, so that the server does not outlive the command.
    Returns what to put back afterwards; None outside the main thread, where Python hears no signals."""

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    return signal.signal(signal.SIGTERM, stop) if threading.current_thread() is threading.main_thread() else None


def command(host: str, port: int) -> list[str]:
    """The command that starts the server. The settings that keep data on the machine are said here too, so
    that no configuration of the user's can undo them."""
    return [
        sys.executable, "-m", "streamlit", "run", str(FOLDER / "asgi.py"),
        f"--server.address={host}", f"--server.port={port}", "--server.headless=true", "--browser.gatherUsageStats=false",
        "--client.showErrorDetails=none",
    ]  # fmt: skip


def environment(workspace: Path | str | None) -> dict[str, str]:
    """The child's environment: ours, with the workspace told and two thread pools of one: see ``pipelines``."""
    told = {"RAPPORT_WORKSPACE": str(Path(workspace).expanduser().resolve())} if workspace else {}
    return {**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", **told}


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach a server bound to ``host``."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def check_address(host: str) -> None:
    """Raise ``NotAllowed`` if serving on ``host`` would show the data to people who did not sign in."""
    if is_loopback(host):
        return
    faults = login_faults(read_auth())
    if faults:
        raise NotAllowed(
            f"Rapport will not serve on {host} yet: {'; '.join(faults)}.",
            "Serve on 127.0.0.1, or configure a login in .streamlit/secrets.toml ([auth]) and serve over https.",
        )


def check_port(host: str, port: int) -> None:
    """Raise ``WorkspaceError`` if another program listens there."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as problem:
            raise WorkspaceError(
                f"Port {port} cannot be used ({problem.strerror}).",
                f"Stop the other program, or choose another: --port {port + 1}.",
            ) from None


def read_auth() -> dict[str, Any]:
    """The ``[auth]`` table of the secrets file beside the server or in the user's configuration; empty if none."""
    for base in (FOLDER, Path.home()):
        path = base / ".streamlit" / "secrets.toml"
        if path.exists():
            try:
                found = tomllib.loads(path.read_text("utf-8")).get("auth", {})
            except (tomllib.TOMLDecodeError, UnicodeDecodeError):
                return {}
            return dict(found) if isinstance(found, dict) else {}
    return {}


def login_configured() -> bool:
    """Whether visitors must sign in."""
    return bool(read_auth())


def login_faults(auth: dict[str, Any]) -> list[str]:
    """What is missing from a login that may face a network: a provider, https, a long cookie secret."""
    faults = []
    if not any("client_id" in table for table in (auth, *(v for v in auth.values() if isinstance(v, dict)))):
        faults.append("no login provider is configured")
    if not str(auth.get("redirect_uri", "")).startswith("https://"):
        faults.append("its address (redirect_uri) is not https")
    if len(str(auth.get("cookie_secret", ""))) < SECRET_LENGTH:
        faults.append(f"the cookie secret has fewer than {SECRET_LENGTH} characters")
    return faults


def _announce(address: str, open_browser: bool, on_ready: Callable[[str], None] | None, stop: threading.Event) -> None:
    if not wait_until_ready(address, stop):
        return
    if on_ready:
        on_ready(address)
    if open_browser:
        with contextlib.suppress(webbrowser.Error):
            webbrowser.open(address)


def wait_until_ready(address: str, stop: threading.Event | None = None, seconds: float = START_SECONDS) -> bool:
    """Whether the server at ``address`` answered before ``stop`` was set or the time was up."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # never ask a proxy for loopback
    until = time.monotonic() + seconds
    while time.monotonic() < until and not (stop and stop.is_set()):
        try:
            with opener.open(f"{address}/ready", timeout=5) as answer:
                return bool(answer.status == 200)
        except OSError:
            time.sleep(0.1)
    return False


def _end(child: subprocess.Popen[bytes]) -> None:
    if child.poll() is not None:
        return
    child.send_signal(signal.SIGTERM)
    try:
        child.wait(timeout=10)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
