"""What people come to do, done in a real browser."""

from __future__ import annotations

import io
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from screens import network

from pipelines.workspace import open_workspace

from .conftest import Served, Visit, visiting

pytestmark = [pytest.mark.browser, pytest.mark.filterwarnings("ignore::ResourceWarning")]

PAGES = (
    "/",
    "/volume",
    "/conversion",
    "/dormancy",
    "/practice",
    "/appointments",
    "/feedback",
    "/releases",
    "/upload",
    "/loads",
    "/who_is_who",
    "/dictionary",
    "/metrics",
)
LOG = """Clinic referral log 2026,,,,,,,,
,,,,,,,,
Date Received,Patient Name,DOB,Referring Provider,Referring Practice,Site,Study,How Received,Status
06/01/2026,Jane Roe,01/22/1960,"Smith, Jane MD",Elm Street Clinic,Riverside,CARD-101,Fax,Scheduled
06/02/2026,Ann Null,11/30/1971,"Smith, Jane MD",Elm Street Clinic,Riverside,CARD-101,Fax,Scheduled
06/33/2026,Max Poe,04/14/1958,"Smith, Jane MD",Elm Street Clinic,Riverside,CARD-101,Fax,Scheduled
"""
PHONE = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}


@pytest.fixture
def newcomer(chromium: Any, served_empty: Served) -> Iterator[Visit]:
    yield from visiting(chromium, served_empty.address)


def _drop(visit: Visit, name: str, data: bytes) -> None:
    visit.page.locator("[data-testid=stFileUploaderDropzoneInput]").first.set_input_files(
        {"name": name, "mimeType": "text/csv", "buffer": data}
    )
    visit.page.get_by_text("What was found", exact=True).wait_for()
    visit.settle()


def _download(visit: Visit, name: str) -> bytes:
    with visit.page.expect_download() as waiting:
        visit.page.get_by_role("button", name=name).first.click()
    return Path(waiting.value.path()).read_bytes()


def test_an_analyst_loads_a_file_mends_what_was_kept_out_and_takes_it_back(newcomer: Visit) -> None:
    newcomer.open("/")
    assert "Nothing has been loaded yet" in newcomer.text()
    newcomer.page.get_by_role("link", name="Upload a first file").click()
    newcomer.settle()
    _drop(newcomer, "log.csv", LOG.encode())
    said = newcomer.text()
    assert re.search(r"Will load\s+2\b", said)
    assert re.search(r"Kept out\s+1\b", said)
    assert "month first" in said

    rejects = openpyxl.load_workbook(io.BytesIO(_download(newcomer, "kept out")))
    assert any("06/33/2026" in str(cell.value) for row in rejects.worksheets[0].iter_rows() for cell in row)

    newcomer.page.get_by_role("button", name="Load 2 rows").click()
    newcomer.page.get_by_text("is loaded (load 1)").wait_for()
    newcomer.settle()
    assert "already loaded, as load 1" in newcomer.text()
    assert newcomer.page.get_by_role("button", name="Load 2 rows").is_disabled()

    newcomer.page.get_by_role("link", name="Referral volume").click()
    newcomer.page.locator(".st-key-card_volume .barlayer .point").first.wait_for(state="attached")
    assert "2 referrals · as of" in newcomer.text()

    newcomer.page.get_by_role("link", name="Upload", exact=True).click()
    newcomer.page.get_by_role("button", name="Undo this load").click()
    newcomer.settle()
    newcomer.page.get_by_role("link", name="Referral volume").click()
    newcomer.page.get_by_text("Nothing has been loaded yet").wait_for()
    assert newcomer.strangers == []


def test_on_a_phone_what_a_click_did_is_seen_where_it_was_clicked(chromium: Any, served_empty: Served) -> None:
    for phone in visiting(chromium, served_empty.address, **PHONE):
        phone.open("/upload")
        _drop(phone, "log.csv", LOG.encode())
        cells = phone.page.locator("[aria-label='Findings, worst first'] td")
        assert min(cell.bounding_box()["width"] for cell in cells.all()) > 250  # a column of letters cannot be read
        phone.page.get_by_text("Correct how it was read").click()
        phone.page.get_by_role("button", name="Read again with these").click()
        said = phone.page.get_by_test_id("stToast")
        said.filter(has_text="log.csv was read again: 2 rows will load, 1 kept out.").wait_for()
        phone.settle()
        phone.page.get_by_role("button", name="Load 2 rows").click()
        said.filter(has_text="log.csv is loaded (load 1)").wait_for()
        assert phone.page.locator(".st-key-just_loaded_card").bounding_box()["y"] < 0  # out of sight
        phone.settle()
        phone.page.get_by_role("button", name="Undo this load").click()
        said.filter(has_text="Load 1 is undone").wait_for()
        phone.settle()
        assert phone.page.get_by_role("button", name="Load 2 rows").is_enabled()
        assert "already loaded" not in phone.text()


def test_a_manager_filters_and_sends_the_address_to_a_colleague(visit: Visit, chromium: Any, served: Served) -> None:
    visit.open("/volume")
    whole = visit.page.locator(".st-key-card_volume").inner_text()
    visit.page.locator(".st-key-site input").click()
    visit.page.get_by_role("option", name="Riverside").click()
    visit.page.keyboard.press("Escape")
    visit.page.get_by_text("Site: Riverside").wait_for()
    visit.settle()
    mine = visit.page.locator(".st-key-card_volume").inner_text()
    assert mine != whole
    assert "site=Riverside" in visit.page.url

    for colleague in visiting(chromium, served.address):
        colleague.open(visit.page.url.removeprefix(served.address))
        assert colleague.page.locator(".st-key-card_volume").inner_text() == mine

    visit.page.reload()
    visit.settle()
    assert visit.page.locator(".st-key-card_volume").inner_text() == mine
    for name in ("Conversion to enrolment", "Loads", "Feedback scores"):
        visit.page.get_by_role("link", name=name).click()
        visit.page.get_by_role("heading", name=name, level=1).wait_for()
        visit.settle()
        assert "site=Riverside" in visit.page.url
    assert "Site: Riverside" in visit.text()


def test_a_click_on_a_bar_gives_its_rows_with_file_and_row_and_files_to_take_away(visit: Visit) -> None:
    visit.open("/volume")
    bar = visit.page.locator(".st-key-card_volume .barlayer .point").nth(2)
    bar.wait_for()
    box = bar.bounding_box()
    visit.page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    visit.page.get_by_text("Workbook of these rows").wait_for()
    visit.settle()
    assert "Sep 2025" in visit.page.locator(".st-key-card_volume").inner_text()

    book = openpyxl.load_workbook(io.BytesIO(_download(visit, "Workbook of these rows")))
    sheet = book.worksheets[0]
    header = [cell.value for cell in next(sheet.iter_rows())]
    assert any("file" in str(name).lower() for name in header)
    assert any("row" in str(name).lower() for name in header)
    assert sheet.freeze_panes
    assert not [cell for row in sheet.iter_rows() for cell in row if cell.data_type == "f"]
    lines = _download(visit, "CSV of these rows").decode("utf-8-sig").splitlines()
    assert len(lines) > 2


def test_a_liaison_takes_the_sheet_of_a_practice_along(visit: Visit) -> None:
    visit.open("/practice?practice=Birch+Family+Medicine")
    visit.page.get_by_role("heading", name="Birch Family Medicine", level=2).wait_for()
    for title in ("Waiting for us now", "Who works there", "Our last contacts"):
        assert title in visit.text()
    printed = _download(visit, "Visit sheet to print").decode("utf-8")
    assert "<h1>Birch Family Medicine</h1>" in printed
    assert "Our last contacts" in printed
    book = openpyxl.load_workbook(io.BytesIO(_download(visit, "Visit sheet as a workbook")))
    assert {"About", "Who works there", "Our last contacts"} <= set(book.sheetnames)


@pytest.fixture
def alone(chromium: Any, served_alone: Served) -> Iterator[Visit]:
    yield from visiting(chromium, served_alone.address)


def test_a_load_from_the_command_line_shows_at_the_next_click(
    alone: Visit, served_alone: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    visit, served = alone, served_alone
    visit.open("/volume")
    before = visit.page.locator(".st-key-card_volume").inner_text()
    monkeypatch.setenv("XDG_CONFIG_HOME", str(served.folder.parent / "config"))
    workspace = open_workspace(served.folder)
    workspace.ledger.undo(1, "elsewhere")
    network.put(workspace, network.tables(seed=8, referrals=300), name="other.csv")
    workspace.warehouse.close()
    visit.page.locator(".st-key-grain").get_by_text("Quarter").click()
    visit.settle()
    visit.page.locator(".st-key-grain").get_by_text("Month").click()
    visit.settle()
    assert visit.page.locator(".st-key-card_volume").inner_text() != before


def test_a_load_is_undone_on_the_page_of_loads(alone: Visit) -> None:
    visit = alone
    visit.open("/loads")
    _select_first_row(visit)
    visit.page.get_by_text("Load 1: network.csv").wait_for()
    undo = visit.page.get_by_role("button", name="Undo", exact=True)
    assert undo.is_disabled()
    visit.page.get_by_text("Take this load out of every number").click()
    visit.settle()
    undo.click()
    visit.page.get_by_text("Load 1 is undone: every number is as it was before it.").first.wait_for()
    visit.page.get_by_role("link", name="Referral volume").click()
    visit.page.get_by_text("Nothing has been loaded yet").wait_for()


def _select_first_row(visit: Visit) -> None:
    """The table is a canvas: its first checkbox is a place, not an element."""
    table = visit.page.locator("[data-testid=stDataFrame] canvas").first
    table.wait_for()
    box = table.bounding_box()
    visit.page.mouse.click(box["x"] + 18, box["y"] + 54)
    visit.settle()


def test_no_page_asks_anything_of_another_address(visit: Visit) -> None:
    for path in PAGES:
        visit.open(path)
        visit.page.wait_for_timeout(300)
    assert visit.strangers == []
    assert visit.refusals == []


def test_nobody_gets_at_uploads_downloads_or_figures_around_the_page(visit: Visit) -> None:
    visit.open("/")
    outsider = visit.page.context.browser.new_context()
    for path in ("/_stcore/host-config", "/_stcore/metrics", "/media/x.csv", "/_stcore/upload_file/a/b"):
        assert outsider.request.get(visit.address + path).status == 403
    assert outsider.request.put(visit.address + "/_stcore/upload_file/a/b", data=b"x").status == 403
    assert outsider.request.get(visit.address + "/", headers={"Host": "rebound.example"}).status == 403
    outsider.close()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", ["wide", "phone"])
def test_every_page_fits_its_window(chromium: Any, served: Served, theme: str, size: str) -> None:
    options = {"color_scheme": theme, **(PHONE if size == "phone" else {})}
    for visit in visiting(chromium, served.address, **options):
        for path in PAGES:
            visit.open(path)
            wide = visit.page.evaluate(
                "() => document.scrollingElement.scrollWidth - document.scrollingElement.clientWidth"
            )
            assert wide <= 0, path
            assert not visit.page.locator("[data-testid=stException], [data-testid=stAlertContentError]").count(), path
            _picture(visit, f"{path.strip('/') or 'overview'}-{theme}-{size}")


def _picture(visit: Visit, name: str) -> None:
    """Save a picture where RAPPORT_PICTURES says, for the README and for a look."""
    folder = os.environ.get("RAPPORT_PICTURES")
    if folder:
        visit.page.wait_for_timeout(1500)
        visit.page.screenshot(path=Path(folder) / f"{name}.png")


def test_the_name_of_the_overview_typed_by_hand_leads_to_it_with_its_filters(visit: Visit) -> None:
    for typed in ("/overview?period=All+time&site=Riverside", "/overview/?period=All+time&site=Riverside"):
        visit.open(typed)
        assert visit.page.url == visit.address + "/?period=All+time&site=Riverside"
        assert "Site: Riverside" in visit.text()
        assert "Page not found" not in visit.page.locator("body").inner_text()
    visit.open("/overview")
    assert visit.page.url == visit.address + "/"


def _focused(visit: Visit) -> str:
    """The name of the control that has the focus, or what kind of thing has it."""
    return str(visit.page.evaluate(
        "() => { const on = document.activeElement; return on.dataset.testid === 'stMain' ? 'the page' "
        ": on.getAttribute('aria-label') || on.textContent.trim() }"
    ))  # fmt: skip


def _press(visit: Visit, role: str, name: str, key: str = "Enter") -> None:
    visit.page.get_by_role(role, name=name).focus()
    visit.page.keyboard.press(key)
    visit.settle()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_control_that_the_keyboard_comes_to_is_marked_by_more_than_a_thin_border(
    chromium: Any, served: Served, theme: str
) -> None:
    marked = """() => { let on = document.activeElement; const name = on.getAttribute("aria-label") || on.textContent.slice(0, 40);
        for (let up = 0; on && up < 6; up++, on = on.parentElement) {
            const drawn = getComputedStyle(on);
            if (drawn.outlineStyle === "solid" && parseFloat(drawn.outlineWidth) >= 2) return [name, true];
        } return [name, false]; }"""
    for visit in visiting(chromium, served.address, color_scheme=theme):
        visit.open("/dictionary")
        visit.page.get_by_text("Filters of the charts").click()
        visit.page.wait_for_timeout(600)
        found = dict(_at_each_stop(visit, marked, 45))
        assert {"Period", "Site", "Study", "year, As known on", "Kind of file", "Find a table or column"} <= set(found)
        assert [name for name, is_marked in found.items() if not is_marked] == []


def _at_each_stop(visit: Visit, question: str, stops: int) -> list[Any]:
    """What the page answers at each of the next controls that the keyboard comes to, but for the page itself, which scrolls."""
    answers = []
    for _ in range(stops):
        visit.page.keyboard.press("Tab")
        if visit.page.evaluate("() => !document.activeElement.matches('body, main, [data-testid=stSidebarContent]')"):
            answers.append(visit.page.evaluate(question))
    return answers


def test_whoever_goes_by_the_keyboard_stays_where_they_were(newcomer: Visit) -> None:
    newcomer.open("/upload")
    _drop(newcomer, "log.csv", LOG.encode())
    _press(newcomer, "switch", "Change what the columns mean", "Space")
    assert _focused(newcomer) == "Change what the columns mean"
    newcomer.page.get_by_role("combobox", name="Meaning of Study").focus()
    newcomer.page.keyboard.press("ArrowDown")
    newcomer.page.keyboard.type("not used")
    newcomer.page.get_by_role("option", name="(not used)").wait_for()
    newcomer.page.keyboard.press("Enter")
    newcomer.settle()
    newcomer.page.wait_for_timeout(600)
    assert _focused(newcomer) == "Meaning of Study"
    _press(newcomer, "button", "Load 2 rows")
    newcomer.page.get_by_text("is loaded (load 1)").first.wait_for()
    newcomer.page.wait_for_timeout(600)
    assert _focused(newcomer) == "the page"  # the button is closed now, and what it did stands at the top
    newcomer.page.keyboard.press("Tab")
    assert _focused(newcomer) == "See the Overview"
    _press(newcomer, "button", "Undo this load")
    newcomer.page.get_by_text("is undone").first.wait_for()
    newcomer.page.wait_for_timeout(600)
    assert _focused(newcomer) == "the page"
    assert newcomer.refusals == []


def test_whoever_clicks_elsewhere_is_not_brought_back(newcomer: Visit) -> None:
    newcomer.open("/upload")
    _drop(newcomer, "log.csv", LOG.encode())
    newcomer.page.get_by_role("button", name="Load 2 rows").click()
    newcomer.page.get_by_text("is loaded (load 1)").first.wait_for()
    newcomer.settle()
    newcomer.page.wait_for_timeout(600)
    assert newcomer.page.evaluate("() => document.activeElement === document.body")


def test_what_a_change_of_a_column_does_stays_in_sight_down_the_list(newcomer: Visit) -> None:
    newcomer.page.set_viewport_size({"width": 1400, "height": 700})
    newcomer.open("/upload")
    _drop(newcomer, "log.csv", LOG.encode())
    newcomer.page.get_by_role("switch", name="Change what the columns mean").focus()
    newcomer.page.keyboard.press("Space")
    newcomer.settle()
    newcomer.page.get_by_role("textbox", name="Keep this as").scroll_into_view_if_needed()
    newcomer.page.wait_for_timeout(300)
    _picture(newcomer, "load-bar")
    place = newcomer.page.get_by_role("button", name="Load 2 rows").bounding_box()
    assert 0 <= place["y"] < 300
