"""A first-time user loads a spreadsheet that nobody knows, with nothing but what the screen says."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from .conftest import Served, Visit, visiting

pytestmark = [pytest.mark.browser, pytest.mark.filterwarnings("ignore::ResourceWarning")]

HEADER = (
    "Came in",
    "Who sent them",
    "Their office",
    "Person",
    "Birthday",
    "How it got here",
    "Where it stands",
    "Initials of clerk",
)
ROWS = (
    ("2026-06-01", "Smith, Jane MD", "Elm Street Clinic", "Roe, Ann", "1960-01-22", "Fax", "On the board", "AB"),
    ("2026-06-02", "Lee, Wei", "Oak Medical Group", "Poe, Max", "1971-11-30", "Portal", "Nope", "AB"),
    ("2026-06-13", "Smith, Jane MD", "Elm Street Clinic", "Doe, Eve", "1958-04-14", "Fax", "On the board", "CD"),
    ("2026-06-14", "Lee, Wei", "Oak Medical Group", "Coe, Tim", "1949-04-14", "Fax", "Nope", "CD"),
)  # fmt: skip


def _workbook(rows: tuple[tuple[str, ...], ...] = ROWS) -> bytes:
    book = openpyxl.Workbook()
    for row in (HEADER, *rows):
        book.active.append(row)
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


@pytest.fixture
def newcomer(chromium: Any, served_empty: Served) -> Iterator[Visit]:
    yield from visiting(chromium, served_empty.address)


def _drop(visit: Visit, name: str, data: bytes) -> None:
    visit.page.locator(".st-key-files [data-testid=stFileUploaderDropzoneInput]").set_input_files(
        {"name": name, "mimeType": "application/octet-stream", "buffer": data}
    )
    visit.page.get_by_text("What was found", exact=True).wait_for()
    visit.settle()


def _pick(visit: Visit, label: str, option: str) -> None:
    box = visit.page.get_by_role("combobox", name=label)
    if box.input_value() == option:  # suggested already
        return
    box.click()
    box.fill(option)
    visit.page.get_by_role("option", name=option).first.click()
    visit.settle()


def test_a_first_time_user_loads_an_unknown_spreadsheet_and_it_is_known_the_next_time(newcomer: Visit) -> None:
    newcomer.open("/upload")
    _drop(newcomer, "our sheet.xlsx", _workbook())
    _picture(newcomer, "mapping-proposal")
    said = newcomer.text()
    assert "What the columns mean" in said
    assert "Suggested because" in said
    assert "Poe, Max" not in said  # examples that could identify somebody are outlines

    _pick(newcomer, "Kind of file", "Referral log")
    for header, meaning in (("Came in", "Date received"), ("Who sent them", "Referring provider"), ("Their office", "Referring practice"),
                            ("Person", "Patient name"), ("Birthday", "Date of birth"), ("Where it stands", "Status")):  # fmt: skip
        _pick(newcomer, f"Meaning of {header}", meaning)
    assert "Load 4 rows" in newcomer.page.get_by_role("button", name="Load 4 rows").inner_text()
    _pick(newcomer, "Meaning of On the board", "scheduled")
    _pick(newcomer, "Meaning of Nope", "declined")
    assert "The wording is not one that is known" not in newcomer.text()
    box = newcomer.page.get_by_role("textbox", name="Keep this as")
    box.fill("Elm network sheet")
    box.press("Enter")
    newcomer.settle()
    _picture(newcomer, "mapping-done")
    newcomer.page.get_by_role("button", name="Load 4 rows").click()
    newcomer.page.get_by_text("is loaded (load 1)").wait_for()
    newcomer.settle()

    newcomer.page.get_by_text("Kept mappings (1)").click()
    with newcomer.page.expect_download() as waiting:
        newcomer.page.get_by_role("button", name="Download as a file").click()
    document = json.loads(Path(waiting.value.path()).read_text("utf-8"))
    assert (document["name"], document["source"]) == ("Elm network sheet", "referral_log")
    assert document["values"] == {"status": {"On the board": "scheduled", "Nope": "declined"}}
    assert "Poe" not in json.dumps(document)

    newcomer.open("/upload")
    _drop(newcomer, "july.xlsx", _workbook((("2026-07-01", *ROWS[0][1:]), ("2026-07-02", *ROWS[1][1:]))))
    assert "Read by the mapping “Elm network sheet”" in newcomer.text()
    newcomer.page.get_by_role("button", name="Load 2 rows").click()
    newcomer.page.get_by_text("is loaded (load 2)").wait_for()


WEEKLY = b"""Study,Site,Week Ending,Screened,Enrolled
ABC-101,Boston,2026-03-06,5,3
ABC-101,Boston,2026-03-13,2,1
ABC-101,Miami,2026-03-06,3,2
ABC-101,Miami,2026-03-13,1,0
"""


def test_what_only_a_person_knows_of_a_known_file_is_said_on_the_same_screen(newcomer: Visit) -> None:
    newcomer.open("/upload")
    _drop(newcomer, "weekly.csv", WEEKLY)
    assert "No row can be loaded. Numbers fall from one date to the next" in newcomer.text()
    _picture(newcomer, "mapping-asked")
    _pick(newcomer, "What the numbers count", "each")
    newcomer.page.get_by_role("button", name="Load 4 rows").click()
    newcomer.page.get_by_text("is loaded (load 1)").wait_for()


@pytest.mark.parametrize(("theme", "size"), [("dark", "wide"), ("light", "phone")])
def test_the_mapping_screen_fits_its_window(chromium: Any, served_empty: Served, theme: str, size: str) -> None:
    phone = (
        {"viewport": {"width": 390, "height": 1600}, "is_mobile": True, "has_touch": True} if size == "phone" else {}
    )
    for visit in visiting(chromium, served_empty.address, color_scheme=theme, **phone):
        visit.open("/upload")
        _drop(visit, "our sheet.xlsx", _workbook())
        wide = visit.page.evaluate(
            "() => document.scrollingElement.scrollWidth - document.scrollingElement.clientWidth"
        )
        assert wide <= 0
        _picture(visit, f"mapping-{theme}-{size}")


def _picture(visit: Visit, name: str) -> None:
    folder = os.environ.get("RAPPORT_PICTURES")
    if folder:
        visit.page.wait_for_timeout(800)
        visit.page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)
