"""From opening the address to the first chart on the screen, in a real Chromium, with a warm server and no browser cache.

Needs RAPPORT_WORKSPACE, such as the demo's, and a Chromium (RAPPORT_CHROMIUM, else Debian's).
"""

from __future__ import annotations

import os
import statistics
import time
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from tests.benchmarks import client

PORT = 8657
VISITS = 7
PAGES = {"/": ".st-key-card_overview_volume", "/volume": ".st-key-card_volume"}


def run() -> None:
    """Print the median and the longest wait for a first chart, for each of two pages."""
    workspace = os.environ.get("RAPPORT_WORKSPACE")
    if not workspace:
        raise SystemExit("Set RAPPORT_WORKSPACE, for instance to data/demo/workspace after make demo.")
    with client.serving(Path(workspace), PORT) as served, sync_playwright() as driver:
        path = os.environ.get("RAPPORT_CHROMIUM", "/usr/bin/chromium")
        browser = driver.chromium.launch(executable_path=path, args=["--headless=new", "--no-sandbox", "--disable-gpu"])
        for page, card in PAGES.items():
            _wait(browser, served.address + page, card)
            waits = [_wait(browser, served.address + page, card) for _ in range(VISITS)]
            print(
                f"{page:<10} first chart after {statistics.median(waits):.2f} s (median of {VISITS}), longest {max(waits):.2f} s; limit 3 s"
            )
        browser.close()


def _wait(browser: Browser, address: str, card: str) -> float:
    """Seconds until a bar is drawn, for a visitor who was never here."""
    context = browser.new_context(viewport={"width": 1400, "height": 1000})
    context.set_default_timeout(120_000)
    page = context.new_page()
    started = time.perf_counter()
    page.goto(address, wait_until="commit")
    page.locator(f"{card} .barlayer .point").first.wait_for(state="attached")
    seconds = time.perf_counter() - started
    context.close()
    return seconds
