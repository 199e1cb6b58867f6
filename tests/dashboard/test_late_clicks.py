"""A click that comes late, after what stood beside the button has changed, acts on nothing that nobody saw."""

from __future__ import annotations

from typing import Any

import pytest
from screens import network
from streamlit.testing.v1 import AppTest

from dashboard.panels import history
from pipelines.mapping.named import NamedMapping
from pipelines.workspace import Workspace


def _button(app: AppTest, label: str) -> Any:
    return next(one for one in app.button if one.label == label)


def _open(app: AppTest, page: str) -> AppTest:
    app.run()
    app.switch_page(f"app_pages/{page}.py").run()
    assert not app.exception
    return app


def _two_loads(workspace: Workspace) -> None:
    for seed in (1, 2):
        network.put(workspace, network.tables(seed=seed, referrals=20), name=f"file {seed}.csv")


def _states(workspace: Workspace) -> dict[int, str]:
    return {load.load_id: load.status for load in workspace.ledger.loads()}


def test_a_late_click_on_forget_does_not_forget_the_mapping_that_came_up_next(app: AppTest, empty: Workspace) -> None:
    for name, header in (("Ash", "Came in"), ("Birch", "Arrived")):
        made = NamedMapping(
            name=name, source="referral_log", headers=(header, "Who"), columns={"received": header, "referrer": "Who"}
        )
        empty.ledger.save_mapping(made.name, made.fingerprint, made.text(), "test")
    _open(app, "upload")
    first = str(app.selectbox(key="mapping_pick").value)
    forget = _button(app, "Forget it")
    empty.ledger.forget_mapping(first, "somebody else")
    forget.click().run()
    assert len(empty.ledger.mappings()) == 1
    _button(app, "Forget it").click().run()
    assert empty.ledger.mappings() == {}
    assert app.toast[0].value.startswith("The mapping ")


def test_a_late_click_on_undo_does_not_undo_the_load_made_since(app: AppTest, empty: Workspace) -> None:
    _two_loads(empty)
    app.session_state["just_loaded"] = 1
    _open(app, "upload")
    undo = _button(app, "Undo this load")
    app.session_state["just_loaded"] = 2
    undo.click().run()
    assert _states(empty) == {1: "active", 2: "active"}
    _button(app, "Undo this load").click().run()
    assert _states(empty) == {1: "active", 2: "undone"}
    assert "Load 2 is undone" in app.toast[0].value
    assert "Load 2 is undone" in app.success[0].value
    app.run()
    assert not app.toast
    assert not any("undone" in one.value for one in app.success)


@pytest.mark.parametrize(("label", "before"), [("Undo", "active"), ("Load again", "undone")])
def test_a_late_click_beside_one_load_does_nothing_to_the_one_selected_since(
    app: AppTest, empty: Workspace, monkeypatch: pytest.MonkeyPatch, label: str, before: str
) -> None:
    _two_loads(empty)
    if before == "undone":
        for number in (1, 2):
            empty.ledger.undo(number, "test")
    selected = {"load": 1}
    monkeypatch.setattr(history, "pick", lambda loads: next(load for load in loads if load.load_id == selected["load"]))
    _open(app, "loads")
    for box in app.checkbox:
        box.check().run()
    late = _button(app, label)
    selected["load"] = 2
    late.click().run()
    assert _states(empty) == {1: before, 2: before}
