"""No page breaks a rule of axe-core (WCAG 2.1 A and AA) in what is ours; what the framework breaks is listed."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import Served, visiting

pytestmark = [pytest.mark.browser, pytest.mark.filterwarnings("ignore::ResourceWarning")]

PAGES = (
    "/",
    "/volume?cut=Channel",
    "/conversion?split=Site",
    "/dormancy",
    "/practice",
    "/appointments",
    "/promises",
    "/promises?step=Afterwards",
    "/recruitment",
    "/releases",
    "/feedback",
    "/upload",
    "/loads",
    "/data_quality",
    "/who_is_who",
    "/dictionary",
    "/metrics",
)
OPTIONS = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"], "resultTypes": ["violations"],
           "rules": {"heading-order": {"enabled": True}}}  # fmt: skip
# The framework's own parts: rule -> what in the address of the element (its selectors) shows that it is theirs.
FRAMEWORKS: dict[str, tuple[str, ...]] = {
    "list": ("stSidebarNavItems",),  # the navigation puts its sections between its list and their items
    "listitem": ('<li class="st-emotion-cache',),
}


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_no_page_breaks_a_rule_of_accessibility(chromium: Any, served: Served, theme: str) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed")
    found = []
    for visit in visiting(chromium, served.address, color_scheme=theme, bypass_csp=True):
        for path in PAGES:
            visit.open(path)
            for fault in axe.Axe().run(visit.page, options=OPTIONS).response["violations"]:
                found += [
                    f"{path}: {fault['id']}: {node['target']} {node['html'][:160]}"
                    for node in fault["nodes"]
                    if not _theirs(fault["id"], node)
                ]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_file_about_to_be_loaded_breaks_no_rule(chromium: Any, served_empty: Served, theme: str) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed")
    for visit in visiting(chromium, served_empty.address, color_scheme=theme, bypass_csp=True):
        visit.open("/upload")
        log = b'Date Received,Referring Provider,Referring Practice\n06/13/2026,"Smith, Jane MD",Elm Street Clinic\n'
        visit.page.locator("[data-testid=stFileUploaderDropzoneInput]").first.set_input_files(
            {"name": "log.csv", "mimeType": "text/csv", "buffer": log}
        )
        visit.page.get_by_role("button", name="Load 1 row").wait_for()
        visit.settle()
        found = axe.Axe().run(visit.page, options=OPTIONS).response["violations"]
        assert [
            (fault["id"], node["target"])
            for fault in found
            for node in fault["nodes"]
            if not _theirs(fault["id"], node)
        ] == []


def _theirs(rule: str, node: dict[str, Any]) -> bool:
    text = f"{node['target']} {node['html']}"
    return any(sign in text for sign in FRAMEWORKS.get(rule, ()))
