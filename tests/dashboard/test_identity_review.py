"""The review page: two records side by side, a decision, and taking it back."""

from __future__ import annotations

from typing import Any

import pytest
from screens import network
from streamlit.testing.v1 import AppTest

from pipelines.identity import review
from pipelines.workspace import Workspace

MARRIED = {
    "practitioner_id": 501,
    "family_name": "Brannigan",
    "given_name": "Ruth",
    "credential": "MD",
    "specialty": "Neurology",
}
RUTH = {**MARRIED, "practitioner_id": 500, "family_name": "Halvorsen", "npi": "1234567893"}
NASTY = {
    "practitioner_id": 502,
    "family_name": "![x](http://evil.example/a.png)",
    "given_name": "Grace",
    "npi": "1234567893",
}


@pytest.fixture
def unclear(empty: Workspace) -> Workspace:
    """A network with a physician who may have married, and a stranger's name under her number."""
    rows = network.tables(referrals=60)
    rows["practitioner"] += [RUTH, MARRIED, NASTY]
    rows["practitioner_role"] = [
        *rows.get("practitioner_role", []),
        *({"practitioner_id": one["practitioner_id"], "organization_id": 1} for one in (RUTH, MARRIED)),
    ]
    network.put(empty, rows)
    return empty


LIKE = {"trait_id": 1, "birth": 5, "family": 7, "given": 8, "numbered_by": None}


@pytest.fixture
def alike(empty: Workspace) -> Workspace:
    """A network in which two patients share birth date and family name, and whose given names differ."""
    rows = network.tables(referrals=60)
    keys = sorted({referral["patient_key"] for referral in rows["referral"] if referral.get("patient_key")}, key=str)[
        :2
    ]
    rows["patient_trait"] = [
        {**LIKE, "patient_key": key, "sound": 9, "given": 8 + place} for place, key in enumerate(keys)
    ]
    network.put(empty, rows)
    return empty


def _button(app: AppTest, label: str) -> Any:
    return next(button for button in app.button if button.label == label)


def _open(app: AppTest) -> AppTest:
    app.run()
    return app.switch_page("app_pages/identity_review.py").run()


def _texts(app: AppTest) -> str:
    return "\n".join(element.value for kind in (app.markdown, app.caption, app.success, app.info) for element in kind)


def test_a_decision_is_made_and_leads_on_to_the_next_pair(app: AppTest, unclear: Workspace) -> None:
    _open(app)
    assert not app.exception
    before = len(review.queue(unclear, "practitioner"))
    assert before >= 2
    _button(app, "Different").click().run()
    assert not app.exception
    assert len(review.queue(unclear, "practitioner")) == before - 1
    assert "Decision 1: different" in _texts(app).replace("\\", "")


def test_an_answer_given_in_a_tab_that_is_behind_decides_no_pair_that_its_person_has_not_seen(
    app: AppTest, unclear: Workspace
) -> None:
    stale = _button(_open(app), "The same")
    shown, *waiting = review.queue(unclear, "practitioner")
    review.decide(unclear, shown.kind, shown.left_id, shown.right_id, "different", "somebody else")
    stale.click().run()
    assert not app.exception
    assert [one.decided_by for one, _, _ in review.decisions(unclear)] == ["somebody else"]
    assert len(review.queue(unclear, "practitioner")) == len(waiting)


def test_taking_back_in_a_tab_that_is_behind_takes_back_what_it_showed_or_nothing(
    app: AppTest, unclear: Workspace
) -> None:
    first, second, *_ = review.queue(unclear, "practitioner")
    review.decide(unclear, first.kind, first.left_id, first.right_id, "different", "me")
    stale = _button(_open(app).segmented_control(key="task").set_value("Decided").run(), "Take decision 1 back")
    review.decide(unclear, second.kind, second.left_id, second.right_id, "different", "somebody else")
    stale.click().run()
    assert not app.exception
    assert next(one for one, _, _ in review.decisions(unclear) if one.decided_by == "somebody else").holds


def test_a_decision_is_taken_back_on_the_page(app: AppTest, unclear: Workspace) -> None:
    hashes = unclear.warehouse.table_hashes()
    _button(_open(app), "The same").click().run()
    assert unclear.warehouse.table_hashes() != hashes
    app.segmented_control(key="task").set_value("Decided").run()
    _button(app, "Take decision 1 back").click().run()
    assert not app.exception
    assert unclear.warehouse.table_hashes() == hashes


def test_no_name_of_a_record_becomes_an_image(app: AppTest, unclear: Workspace) -> None:
    assert "](http" not in _texts(_open(app))


def test_what_was_joined_is_found_by_any_of_its_spellings(app: AppTest, unclear: Workspace) -> None:
    _open(app).segmented_control(key="task").set_value("Joined").run()
    app.text_input(key="search_practitioner").set_value("no such name").run()
    assert not app.exception
    assert "No entity of several records" in _texts(app)


def test_practices_have_a_queue_of_their_own(app: AppTest, unclear: Workspace) -> None:
    _open(app).segmented_control(key="of_what").set_value("Practices").run()
    assert not app.exception


def test_two_patients_are_compared_without_any_identifier_and_joined(app: AppTest, alike: Workspace) -> None:
    (pair,) = review.queue(alike, "patient")
    _open(app).segmented_control(key="of_what").set_value("Patients").run()
    assert not app.exception
    said = _texts(app)
    assert "kept nowhere" in said
    assert "perhaps" in said or "twins" in said
    frames = [frame.value for frame in app.table]
    judged = next(frame for frame in frames if "How far" in frame.columns)
    assert dict(zip(judged[""], judged["How far"], strict=True))["Given name"] == "differs"
    assert any("Known by" in set(frame[""]) for frame in frames if "" in frame.columns)
    _button(app, "The same").click().run()
    assert not app.exception
    assert review.queue(alike, "patient") == []
    app.segmented_control(key="task").set_value("Joined").run()
    app.segmented_control(key="of_what").set_value("Patients").run()
    assert not app.exception
    assert (
        str(pair.left_id) in app.selectbox(key="which_patient").value
        or str(pair.right_id) in app.selectbox(key="which_patient").value
    )
    app.segmented_control(key="task").set_value("Decided").run()
    _button(app, "Take decision 1 back").click().run()
    assert not app.exception
    assert review.queue(alike, "patient") == [pair]


def test_who_may_ask_about_patients_is_who_may_load_files_of_every_site() -> None:
    from dashboard.session import may_load
    from pipelines.metrics import Scope

    assert may_load(Scope(None, None, "analyst"))
    for role in ("practice_manager", "liaison", "sponsor", "admin"):
        assert not may_load(Scope(None, None, role))
    assert not may_load(Scope((1,), None, "analyst"))
