"""Deciding who is who in a real browser: the numbers follow, and can be had back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from screens import network

from pipelines.workspace import open_workspace

from .conftest import Served, Visit, visiting

pytestmark = [pytest.mark.browser, pytest.mark.filterwarnings("ignore::ResourceWarning")]

MARRIED = {
    "practitioner_id": 501,
    "family_name": "Brannigan",
    "given_name": "Ruth",
    "credential": "MD",
    "specialty": "Neurology",
}
RUTH = {**MARRIED, "practitioner_id": 500, "family_name": "Halvorsen", "npi": "1234567893"}


@pytest.fixture
def unclear(chromium: Any, served_alone: Served, monkeypatch: pytest.MonkeyPatch) -> Iterator[Visit]:
    """A window on a network in which a physician may have married: 20 referrals from one name, 10 from the other."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(served_alone.folder.parent / "config"))
    rows = network.tables(referrals=30)
    for place, referral in enumerate(rows["referral"]):
        referral |= {
            "referral_id": 90_000 + place,
            "void": False,
            "requester_practitioner_id": 501 if place % 3 == 0 else 500,
        }
    network.put(open_workspace(served_alone.folder), {
        "referral": rows["referral"], "practitioner": [RUTH, MARRIED],
        "practitioner_role": [{"practitioner_id": number, "organization_id": 1} for number in (500, 501)],
    }, name="married.csv")  # fmt: skip
    yield from visiting(chromium, served_alone.address)


def test_two_names_are_joined_and_parted_again(unclear: Visit) -> None:
    unclear.open("/who_is_who")
    said = unclear.text()
    assert "Are these the same?" in said
    assert "20 referrals" in said
    assert "10 referrals" in said
    unclear.page.get_by_role("button", name="The same").click()
    unclear.page.get_by_text("It can be taken back").first.wait_for()
    unclear.settle()
    assert "Nothing waits" in unclear.text()
    unclear.page.get_by_test_id("stMain").get_by_text("Joined", exact=True).click()
    unclear.settle()
    assert "30 referrals" in unclear.page.get_by_test_id("stSelectbox").last.inner_html()
    unclear.page.get_by_test_id("stMain").get_by_text("Decided", exact=True).click()
    unclear.settle()
    unclear.page.get_by_role("button", name="Take decision 1 back").click()
    unclear.page.get_by_text("as before it").first.wait_for()
    unclear.page.get_by_test_id("stMain").get_by_text("To decide", exact=True).click()
    unclear.settle()
    said = unclear.text()
    assert "20 referrals" in said
    assert "10 referrals" in said
    assert unclear.strangers == []


@pytest.fixture
def alike(chromium: Any, served_alone: Served, monkeypatch: pytest.MonkeyPatch) -> Iterator[Visit]:
    """A window on a network in which two patients of one telephone and birth date may be one: a slip in the name."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(served_alone.folder.parent / "config"))
    rows = network.tables(referrals=30)
    keys = sorted({one["patient_key"] for one in rows["referral"] if one.get("patient_key")}, key=str)[:2]
    same = {"trait_id": 1, "birth": 5, "sound": 9, "given": 8, "phone": 11, "zip": 12}
    traits = [{**same, "patient_key": key, "family": 20 + place} for place, key in enumerate(keys)]
    for place, one in enumerate(rows["referral"]):
        one |= {"referral_id": 90_000 + place, "void": False}
    network.put(
        open_workspace(served_alone.folder), {"referral": rows["referral"], "patient_trait": traits}, name="alike.csv"
    )
    yield from visiting(chromium, served_alone.address)


def test_two_patients_are_joined_without_being_named(alike: Visit) -> None:
    alike.open("/who_is_who")
    alike.page.get_by_test_id("stMain").get_by_text("Patients", exact=True).click()
    alike.settle()
    said = alike.text()
    assert "Are these the same?" in said
    assert "kept nowhere" in said
    alike.page.get_by_role("button", name="The same").click()
    alike.page.get_by_text("It can be taken back").first.wait_for()
    alike.settle()
    assert "Nothing waits" in alike.text()
    alike.page.get_by_test_id("stMain").get_by_text("Decided", exact=True).click()
    alike.settle()
    alike.page.get_by_role("button", name="Take decision 1 back").click()
    alike.page.get_by_text("as before it").first.wait_for()
    assert alike.strangers == []
